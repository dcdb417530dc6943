/* mask.h: what must not get through, and what must stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/mask.h>

#define UUID "8e4f0f0e-1111-2222-3333-444444444444"
#define HEX40 "0123456789abcdef0123456789abcdef01234567"
#define BLOB "AAEBHAEFAAAAAAADFQAAAJ9xXzQ1b1Q5Y2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6"
#define JWT "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."

static struct sgs_arena a;

struct row {
    const char *text;
    const char *masked; /* NULL: nothing to mask */
};

static int fresh(void **state)
{
    sgs_arena_init(&a, 1u << 24);
    return 0;
}

static int release(void **state)
{
    sgs_arena_clear(&a);
    return 0;
}

static void check(const struct row *rows, size_t n,
                  struct sgs_slice (*mask)(struct sgs_arena *, struct sgs_slice))
{
    for (size_t i = 0; i < n; i++) {
        struct sgs_slice text = sgs_slice_str(rows[i].text);
        struct sgs_slice have = mask(&a, text);
        assert_string_equal(sgs_arena_text(&a, have),
                            rows[i].masked ? rows[i].masked : rows[i].text);
        assert_int_equal(have.ptr == text.ptr, rows[i].masked == NULL);
    }
}

static const struct row parameters[] = {
    {"/?sipuri=ada@contoso.com&login_hint=ada@contoso.com",                                      NULL                              },
    {"/authorize?response_type=code&client_id=" UUID "&client-request-id=" UUID "&prompt=login",
     NULL                                                                                                                          },
    {"/cb?code=0.AB&x=1",                                                                        "/cb?code=***&x=1"                },
    {"/cb?x=1&state=2&nonce=3&session_state=" UUID "&y=4",
     "/cb?x=1&state=***&nonce=***&session_state=***&y=4"                                                                           },
    {"https://h.example/p#access_token=a&token_type=bearer&expires_in=3599",
     "https://h.example/p#access_token=***&token_type=bearer&expires_in=3599"                                                      },
    {"https://h.example/p#id_token=a",                                                           "https://h.example/p#id_token=***"},
    {"grant_type=password&username=ada&password=p%26w&resource=https%3A%2F%2Fh.example",
     "grant_type=password&username=ada&password=***&resource=https%3A%2F%2Fh.example"                                              },
    {"grant_type=refresh_token&refresh_token=a&client_secret=b&client_assertion=c&assertion=d",
     "grant_type=refresh_token&refresh_token=***&client_secret=***&client_assertion=***&"
     "assertion=***"                                                                                                               },
    {"/?wa=wsignin1.0&wtrealm=urn:federation:MicrosoftOnline&wctx=a&wresult=b",
     "/?wa=wsignin1.0&wtrealm=urn:federation:MicrosoftOnline&wctx=***&wresult=***"                                                 },
    {"/?SAMLRequest=a&SAMLResponse=b&RelayState=c",
     "/?SAMLRequest=***&SAMLResponse=***&RelayState=***"                                                                           },
    {"/?cwt=a&ticket=b&sid=c&key=d&sig=e&signature=f&auth=g&apikey=h&session=i&token=j&pwd=k",
     "/?cwt=***&ticket=***&sid=***&key=***&sig=***&signature=***&auth=***&apikey=***&session=***&"
     "token=***&pwd=***"                                                                                                           },
    {"/?opaque=a",                                                                               "/?opaque=***"                    },
    {"/?code=",                                                                                  NULL                              },
    {"/?code",                                                                                   NULL                              },
    {"/codes/code?error_code=50008&zipcode=12345",                                               NULL                              },
    {"",                                                                                         NULL                              },
};

static const struct row tricks[] = {
    {"/?CODE=a&PassWord=b",                                           "/?CODE=***&PassWord=***"    },
    {"/?%63%6Fd%65=a",                                                "/?%63%6Fd%65=***"           },
    {"/?%2563ode=a&x=%2541",                                          "/?%2563ode=***&x=%2541"     },
    {"/?code%3Da",                                                    "/?code%3D***"               },
    {"/?x=1;token=a",                                                 "/?x=1;token=***"            },
    {"/?x=1;token=a;b",                                               "/?x=1;token=***"            },
    {"/?x=1&amp;token=a&amp;y=1",                                     "/?x=1&amp;token=***&amp;y=1"},
    {"/p;jsessionid=a/q?x=1",                                         "/p;jsessionid=***?x=1"      },
    {"/?client-secret=a&clientSecret=b&X-Api-Key=c&api.key=d",
     "/?client-secret=***&clientSecret=***&X-Api-Key=***&api.key=***"                              },
    {"/?user[password]=a&password[]=b&password[1]=c&form.id_token=d",
     "/?user[password]=***&password[]=***&password[1]=***&form.id_token=***"                       },
    {"/?password=a b\"c<d#e&x=1",                                     "/?password=***&x=1"         },
    {"/?x=password=a",                                                "/?x=password=***"           },
    {"/?code==a",                                                     "/?code=***"                 },
    {"/?r=https%3A%2F%2Fh.example%2Fcb%3Fcode%3Da%26x%3D1&y=2",
     "/?r=https%3A%2F%2Fh.example%2Fcb%3Fcode%3D***%26x%3D1&y=2"                                   },
    {"/?r=https%253A%252F%252Fh%253Fcode%253Da%2526x%253D1",
     "/?r=https%253A%252F%252Fh%253Fcode%253D***%2526x%253D1"                                      },
    {"/?x=%252525252541",                                             "***"                        },
    {"/?code=a\xff\xfe&x=%zz",                                        "/?code=***&x=%zz"           },
};

static const struct row passwords[] = {
    {"https://ada:secret@h.example:443/x",                                 "https://ada:***@h.example:443/x"        },
    {"https://ada:p%40ss:w@h.example/x",                                   "https://ada:***@h.example/x"            },
    {"https://ada:p@ss@h.example/x",                                       "https://ada:***@h.example/x"            },
    {"https://ada:p/ss@h.example/x",                                       "https://ada:***@h.example/x"            },
    {"//ada:secret@h.example/x",                                           "//ada:***@h.example/x"                  },
    {"/?u=https%3A%2F%2Fada%3Asecret%40h.example",                         "/?u=https%3A%2F%2Fada%3A***%40h.example"},
    {"sip:ada:secret@contoso.com;transport=tls",                           "sip:ada:***@contoso.com;transport=tls"  },
    {"SIPS:ada:secret@contoso.com",                                        "SIPS:ada:***@contoso.com"               },
    {"sip:ada@contoso.com;opaque=user:epid:5Xv_SPnhBVyZq2MqLGRWngAA;gruu", NULL                                     },
    {"https://ada@h.example:8443/x",                                       NULL                                     },
    {"https://[2001:db8::1]:443/mail@x",                                   NULL                                     },
    {"https://h.example:8443/a:b@c",                                       NULL                                     },
    {"h.example:443",                                                      NULL                                     },
};

static const struct row looks[] = {
    {"/a/" JWT "/b",                                                                            "/a/***/b"                   },
    {"/?x=" JWT "&y=1",                                                                         "/?x=***&y=1"                },
    {"/?x=eyJhbGciOiJub25lIn0%2EeyJzdWIiOiJhIn0%2Eabc&y=1",                                     "/?x=***&y=1"                },
    {"/?x=eyJhbGciOiJub25lIn0",                                                                 "/?x=***"                    }, /* cut */
    {"/?x=" BLOB "==&y=1",                                                                      "/?x=***&y=1"                },
    {"/?x=" BLOB "%3D%3D&y=1",                                                                  "/?x=***&y=1"                },
    {"/tickets/" BLOB "/x",                                                                     "/tickets/***/x"             },
    {"/tickets/AAEBHAEFAAAAAAADFQ/AAJ9xXzQ1b1Q5Y2Rl+ZmdoaWprbG1ub3BxcnN0dXZ3eHl6/x",
     "/tickets/***/x"                                                                                                        },
    {"/?x=AAEBHAEFAAAAAAADFQ%2FAAJ9xXzQ1b1Q5Y2Rl%2BZmdoaWprbG1ub3BxcnN0dXZ3eHl6",               "/?x=***"                    },
    {"/?x=" HEX40,                                                                              "/?x=***"                    },
    {"/(S(zjd2ab55qqpa3fvrmjlbkk45))/x.aspx",                                                   "/(S(***))/x.aspx"           },
    {"/?x=" UUID,                                                                               NULL                         },
    {"/x/uuid-" UUID "-1/" UUID,                                                                NULL                         },
    {"/?x={" UUID "}&y=_" UUID,                                                                 NULL                         },
    {"/?x=" UUID HEX40,                                                                         "/?x=" UUID "***"            },
    {"https://label-" HEX40 ".h.example/x/y",                                                   NULL                         },
    {"https://label-" HEX40 "/" HEX40,                                                          "https://label-" HEX40 "/***"},
    {"/adfs/services/trust/2005/usernamemixed/and/a/path/of/words/v1/2013",                     NULL                         },
    {"/AutodiscoverService/GetAndPublishCertCapable/AuthenticationMethodNotAllowedForThisUser",
     NULL                                                                                                                    },
    {"/ucwa/oauth/v1/applications/102628315134/communication/mcxMessages",                      NULL                         },
    {"/?x=some_words-and+others_that-are+long+enough+to+be+looked+at",                          NULL                         },
    {"/x?a=1234567890123456789012345678901234567890",                                           "/x?a=***"                   },
};

static const struct row texts[] = {
    {"The web ticket is invalid; the security token could not be authenticated.",  NULL                                           },
    {"error code=0x8009030C state=3 key=x opaque=y",                               NULL                                           },
    {"28032;source=\"fe01.contoso.com\";reason=\"The web ticket is invalid.\"",    NULL                                           },
    {"UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)",               NULL                                           },
    {"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#"
     "X509SubjectKeyIdentifier",                                              NULL                                           },
    {"http://schemas.microsoft.com/OCS/AuthWebServices/GetAndPublishCert",         NULL                                           },
    {"user=ada Password=hunter2;x ok",                                             "user=ada Password=*** ok"                     },
    {"password = 'a b' ok",                                                        "password = '***' ok"                          },
    {"password=\"a\\\"b c\" ok",                                                   "password=\"***\" ok"                          },
    {"Password: hunter2 ok",                                                       "Password: *** ok"                             },
    {"{\"access_token\":\"a\",\"expires_in\":3599,\"Password\" : \"b\"}",
     "{\"access_token\":\"***\",\"expires_in\":3599,\"Password\" : \"***\"}"                                                      },
    {"{\\\"access_token\\\":\\\"a\\\"}",                                           "{\\\"access_token\\\":\\\"***\"}"             },
    {"at https://h.example/p?code=a&state=b now",                                  "at https://h.example/p?code=***&state=*** now"},
    {"at https://ada:b@h.example/ now",                                            "at https://ada:***@h.example/ now"            },
    {"token=" BLOB "==, ok",                                                       "token=*** ok"                                 },
    {"got " JWT " instead",                                                        "got *** instead"                              },
    {"got " BLOB "==, not",                                                        "got ***, not"                                 },
    {"opaque=cwt=AAEB ok",                                                         "opaque=cwt=*** ok"                            },
    {"Authorization: Bearer abc123DEF",                                            "Authorization: Bearer ***"                    },
    {"Basic YWxhZGRpbg==, NTLM TlRMTVNTUAAB; x",                                   "Basic ***, NTLM ***; x"                       },
    {"Negotiate oYGeMIGboAMKAQCh",                                                 "Negotiate ***"                                },
    {"Bearer token expired, Basic authentication, Kerberos V5, NTLM AUTHENTICATE", NULL                                           },
    {"Bearer authorization_uri=\"https://h.example/x\", Basic realm=\"x\"",        NULL                                           },
    {"urn:uuid:" UUID " uuid-" UUID "-1",                                          NULL                                           },
};

#define CHECK(rows, mask) check(rows, sizeof(rows) / sizeof *(rows), mask)

static void masks_parameters(void **state)
{
    CHECK(parameters, sgs_mask_url);
}

static void masks_in_spite_of_tricks(void **state)
{
    CHECK(tricks, sgs_mask_url);
}

static void masks_passwords(void **state)
{
    CHECK(passwords, sgs_mask_url);
}

static void masks_by_looks(void **state)
{
    CHECK(looks, sgs_mask_url);
}

static void masks_texts(void **state)
{
    CHECK(texts, sgs_mask_text);
}

/* A stream of tokens of three alphabets: not one may come through, wherever it stands.  Of one that
 * holds a '/' a first or last part may stay that looks like a word, never as much as half. */
static void masks_random_tokens(void **state)
{
    static const char *const alphabets[] = {
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    };
    static const char *const places[] = {"/a/%s/b", "/?x=%s&y=1", "https://h.example/p/%s",
                                         "https://h.example/p#x=%s"};
    uint32_t seed = 1;

    for (size_t i = 0; i < 3000; i++) {
        const char *alphabet = alphabets[i % 3];
        char token[65] = {0};
        char url[128];
        for (size_t k = 0; k < 44 + i % 21; k++) {
            seed = seed * 1664525 + 1013904223;
            token[k] = alphabet[(seed >> 16) % strlen(alphabet)];
        }
        const char *place = places[i / 3 % 4];
        const char *hole = strchr(place, '%');
        (void)snprintf(url, sizeof url, "%.*s%s%s", (int)(hole - place), place, token, hole + 2);
        struct sgs_slice masked = sgs_mask_url(&a, sgs_slice_str(url));
        for (size_t k = 0; k + 22 <= strlen(token); k++) {
            assert_int_equal(sgs_slice_find(masked, sgs_slice(token + k, 22)), masked.len);
        }
        sgs_arena_reset(&a);
    }
}

static void keeps_to_the_cap(void **state)
{
    struct sgs_arena small;

    sgs_arena_init(&small, 8);
    assert_int_equal(sgs_mask_url(&small, SGS_LIT("/some/path?code=a")).len, 0);
    assert_int_equal(sgs_mask_url(&small, SGS_LIT("/some/path?x=a")).len, 14);
    sgs_arena_clear(&small);
}

static void takes_linear_time(void **state)
{
    static const char *const units[] = {"=",      "://",    "sip:",  "token=", "eyJ",
                                        "/(S(",   "a@",     "://a:", "%25",    "\"",
                                        "code=&", "basic ", "Aa1/",  UUID,     " \t"};
    static char text[1u << 17];

    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t len = strlen(units[u]);
        for (size_t i = 0; i < sizeof text; i++) {
            text[i] = units[u][i % len];
        }
        (void)sgs_mask_url(&a, sgs_slice(text, sizeof text));
        (void)sgs_mask_text(&a, sgs_slice(text, sizeof text));
        sgs_arena_reset(&a);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(masks_parameters), CASE(masks_in_spite_of_tricks),
        CASE(masks_passwords),  CASE(masks_by_looks),
        CASE(masks_texts),      CASE(masks_random_tokens),
        CASE(keeps_to_the_cap), CASE(takes_linear_time),
    };

    return cmocka_run_group_tests_name("mask", tests, NULL, NULL) != 0;
}
