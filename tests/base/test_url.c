/* URLs; what is expected is RFC 3986, section 3.2, and the default ports of RFC 9110 and 4516. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/url.h>

#define N(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *url;
    const char *scheme; /* NULL: it is none */
    const char *host;
    uint16_t port;
    const char *path;
} rows[] = {
    {"http://crl.contoso.example/ca.crl",           "http",  "crl.contoso.example",  80,   "/ca.crl"},
    {"HTTP://CRL.contoso.example:8080/a?b",         "HTTP",  "CRL.contoso.example",  8080, "/a?b"   },
    {"https://ocsp.contoso.example",                "https", "ocsp.contoso.example", 443,  ""       },
    {"https://user:pw@a.example:444?x=1",           "https", "a.example",            444,  "?x=1"   },
    {"http://[2001:db8::1]/a",                      "http",  "2001:db8::1",          80,   "/a"     },
    {"http://[2001:db8::1]:81#f",                   "http",  "2001:db8::1",          81,   "#f"     },
    {"http://a.example:/b",                         "http",  "a.example",            80,   "/b"     },
    {"ldap:///CN=CA,DC=contoso?base?objectClass=a", "ldap",  "",                     389,
     "/CN=CA,DC=contoso?base?objectClass=a"                                                         },
    {"ldaps://dc01.contoso.example/CN=CA",          "ldaps", "dc01.contoso.example", 636,  "/CN=CA" },
    {"ftp://a.example/b",                           "ftp",   "a.example",            0,    "/b"     },
    {"http://[2001:db8::1/a",                       "http",  "2001:db8::1",          80,   "/a"     },
    {"http://a.example:x/b",                        NULL,    NULL,                   0,    NULL     },
    {"http://a.example:65536/b",                    NULL,    NULL,                   0,    NULL     },
    {"://a.example",                                NULL,    NULL,                   0,    NULL     },
    {"/ca.crl",                                     NULL,    NULL,                   0,    NULL     },
    {"urn:x",                                       NULL,    NULL,                   0,    NULL     },
    {"",                                            NULL,    NULL,                   0,    NULL     },
};

static void parts(void **state)
{
    for (size_t i = 0; i < N(rows); i++) {
        struct sgs_url u = {.port = 1};
        print_message("%s\n", rows[i].url);
        assert_int_equal(sgs_url_read(sgs_slice_str(rows[i].url), &u), rows[i].scheme != NULL);
        if (rows[i].scheme) {
            assert_true(sgs_slice_eq(u.scheme, sgs_slice_str(rows[i].scheme)));
            assert_true(sgs_slice_eq(u.host, sgs_slice_str(rows[i].host)));
            assert_int_equal(u.port, rows[i].port);
            assert_true(sgs_slice_eq(u.path, sgs_slice_str(rows[i].path)));
        } else {
            assert_int_equal(u.port, 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts)};
    return cmocka_run_group_tests_name("url", tests, NULL, NULL) != 0;
}
