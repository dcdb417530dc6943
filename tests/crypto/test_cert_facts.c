/*
 * Keys, signatures and uses of certificates that openssl made; expected values are those that
 * `openssl x509 -text` prints, in the words of RFC 5280.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signscope/cert.h>

#include "certs.h"

#define N(array) (sizeof(array) / sizeof *(array))

/* The items with commas between them. */
static const char *joined(struct sgs_arena *a, const struct sgs_slice *items, size_t n)
{
    struct sgs_slice all = sgs_arena_copy(a, sgs_slice_str(""));

    for (size_t i = 0; i < n; i++) {
        all = sgs_arena_printf(a, "%.*s%s%.*s", (int)all.len, (const char *)all.ptr, i ? "," : "",
                               (int)items[i].len, (const char *)items[i].ptr);
    }
    return (const char *)all.ptr;
}

static void facts(void **state)
{
    static const struct {
        const char *file, *key, *signature, *usage, *eku, *ocsp;
        bool is_ca, must_staple;
    } rows[] = {
        {"leaf.der",    "RSA 2048", "sha256WithRSAEncryption", "digitalSignature,keyEncipherment",
         "serverAuth",                                                                                                               "", false, true },
        {"ec.der",      "EC P-384", "sha384WithRSAEncryption", "",                                 "clientAuth,1.3.6.1.4.1.99999.7",
         "http://ocsp.contoso.example",                                                                                                  false, false},
        {"cn.der",      "RSA 1024", "sha1WithRSAEncryption",   "",                                 "",                               "", false, false},
        {"self.der",    "ED25519",  "ED25519",                 "",                                 "",                               "", false, false},
        {"issuing.der", "RSA 2048", "sha256WithRSAEncryption",
         "digitalSignature,keyCertSign,cRLSign",                                                   "",                               "", true,  false},
    };
    struct sgs_arena a;
    struct sgs_cert c;

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(sgs_cert_read(certs_load(&a, rows[i].file), &a, &c), SGS_OK);
        assert_text(c.key, rows[i].key);
        assert_text(c.signature, rows[i].signature);
        assert_string_equal(joined(&a, c.usage, c.n_usage), rows[i].usage);
        assert_string_equal(joined(&a, c.eku, c.n_eku), rows[i].eku);
        assert_string_equal(joined(&a, c.ocsp, c.n_ocsp), rows[i].ocsp);
        assert_int_equal(c.is_ca, rows[i].is_ca);
        assert_int_equal(c.must_staple, rows[i].must_staple);
    }
    sgs_arena_clear(&a);
}

/* The first and the last second belong to the validity (RFC 5280, section 4.1.2.5). */
static void validity(void **state)
{
    struct sgs_arena a;
    struct sgs_cert c;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_cert_read(certs_load(&a, "leaf.der"), &a, &c), SGS_OK);
    sgs_time from = sgs_time_civil(2026, 1, 1, 0, 0, 0) * SGS_SEC;
    sgs_time to = sgs_time_civil(2027, 1, 1, 0, 0, 0) * SGS_SEC;
    assert_string_equal(sgs_cert_validity(&c, from - 1), "not-yet");
    assert_string_equal(sgs_cert_validity(&c, from), "ok");
    assert_string_equal(sgs_cert_validity(&c, to), "ok");
    assert_string_equal(sgs_cert_validity(&c, to + SGS_SEC), "expired");
    c.not_after = SGS_TIME_NONE;
    assert_null(sgs_cert_validity(&c, from));
    sgs_arena_clear(&a);
}

static void kinds(void **state)
{
    static const struct {
        const char *url, *kind;
    } rows[] = {
        {"http://crl.contoso.example/ca.crl", "http" },
        {"HTTPS://crl.contoso.example/",      "https"},
        {"ldap:///CN=CA",                     "ldap" },
        {"ldaps://dc.contoso.example/CN=CA",  "ldap" },
        {"file://srv/ca.crl",                 "file" },
        {"\\\\srv\\ca.crl",                   "file" },
        {"ftp://srv/ca.crl",                  "ftp"  },
        {"httpx:",                            "other"},
        {"",                                  "other"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        assert_string_equal(sgs_cert_url_kind(sgs_slice_str(rows[i].url)), rows[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),
        cmocka_unit_test(validity),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests_name("cert_facts", tests, NULL, NULL) != 0;
}
