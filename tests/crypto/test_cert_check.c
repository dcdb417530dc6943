/*
 * Verdicts on chains.  Names are held against `openssl x509 -checkhost` and `-checkip`, trust
 * against `openssl verify -attime -partial_chain -purpose` with the same files; the certificates
 * are valid in 2026.
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
#define MAX_SENT 4

#define IN_TIME (sgs_time_civil(2026, 6, 1, 0, 0, 0) * SGS_SEC)
#define BEFORE (sgs_time_civil(2025, 6, 1, 0, 0, 0) * SGS_SEC)
#define AFTER (sgs_time_civil(2027, 6, 1, 0, 0, 0) * SGS_SEC)

static void load(struct sgs_arena *a, const char *const *names, struct sgs_slice *ders, size_t *n)
{
    *n = 0;
    while (*n < MAX_SENT && names[*n]) {
        ders[*n] = certs_load(a, names[*n]);
        (*n)++;
    }
}

static void names(void **state)
{
    static const struct {
        const char *cert;
        const char *name;
        bool is_match;
    } rows[] = {
        {"leaf.der", "web.contoso.example",       true },
        {"leaf.der", "WEB.contoso.example",       true },
        {"leaf.der", "web.contoso.example.",      true },
        {"leaf.der", "a.pool.contoso.example",    true },
        {"leaf.der", "a.b.pool.contoso.example",  false},
        {"leaf.der", "pool.contoso.example",      false},
        {"leaf.der", "wxb.contoso.example",       false},
        {"leaf.der", "not-asked.contoso.example", false},
        {"leaf.der", "192.0.2.9",                 true },
        {"leaf.der", "192.0.2.8",                 false},
        {"leaf.der", ".",                         false},
        {"cn.der",   "old.contoso.example",       true },
        {"cn.der",   "web.contoso.example",       false},
    };
    struct sgs_arena a;
    struct sgs_cert_verdict v;

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < N(rows); i++) {
        struct sgs_slice der = certs_load(&a, rows[i].cert);
        struct sgs_cert_chain chain = {
            .ders = &der, .n = 1, .name = sgs_slice_str(rows[i].name), .when = IN_TIME};
        for (int again = 0; again < 2; again++) { /* the second one is remembered */
            assert_int_equal(sgs_cert_check(&chain, NULL, &v), SGS_OK);
            assert_true(v.has_name);
            assert_int_equal(v.name_match, rows[i].is_match);
        }
        chain.name = sgs_slice_str("");
        assert_int_equal(sgs_cert_check(&chain, NULL, &v), SGS_OK);
        assert_false(v.has_name || v.name_match || v.has_trust);
    }
    sgs_arena_clear(&a);
}

/* Zeros inside a name and names longer than DNS has match nothing. */
static void odd_names(void **state)
{
    struct sgs_arena a;
    struct sgs_cert_verdict v;
    char name[1024];

    sgs_arena_init(&a, 1u << 20);
    struct sgs_slice der = certs_load(&a, "leaf.der");
    memset(name, 'a', sizeof name);
    memcpy(name, "web.contoso.example\0.evil", 25);
    const size_t lens[] = {20, 25, sizeof name};
    for (size_t i = 0; i < N(lens); i++) {
        struct sgs_cert_chain chain = {
            .ders = &der, .n = 1, .name = sgs_slice(name, lens[i]), .when = IN_TIME};
        assert_int_equal(sgs_cert_check(&chain, NULL, &v), SGS_OK);
        assert_true(v.has_name && !v.name_match);
    }
    sgs_arena_clear(&a);
}

static void order(void **state)
{
    static const struct {
        const char *sent[MAX_SENT];
        const char *chain;
    } rows[] = {
        {{"leaf.der", "issuing.der", "root.der"}, "ok"         },
        {{"leaf.der", "issuing.der"},             "ok"         },
        {{"leaf.der"},                            "incomplete" },
        {{"leaf.der", "root.der"},                "incomplete" },
        {{"leaf.der", "root.der", "issuing.der"}, "wrong-order"},
        {{"leaf.der", "issuing.der", "cn.der"},   "wrong-order"},
        {{"leaf.der", "leaf.der", "issuing.der"}, "wrong-order"},
        {{"leaf.der", "issuing.der", "crl.der"},  "ok"         },
        {{"cn.der", "root.der"},                  "ok"         },
        {{"self.der"},                            "self-signed"},
        {{"root.der"},                            "self-signed"},
    };
    struct sgs_arena a;
    struct sgs_cert_verdict v;

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < N(rows); i++) {
        struct sgs_slice ders[MAX_SENT];
        struct sgs_cert_chain chain = {.ders = ders, .when = IN_TIME};
        load(&a, rows[i].sent, ders, &chain.n);
        assert_int_equal(sgs_cert_check(&chain, NULL, &v), SGS_OK);
        assert_string_equal(v.chain, rows[i].chain);
    }
    struct sgs_slice crl = certs_load(&a, "crl.der");
    struct sgs_cert_chain chain = {.ders = &crl, .n = 1, .when = IN_TIME};
    assert_int_equal(sgs_cert_check(&chain, NULL, &v), SGS_E_FORMAT);
    sgs_arena_clear(&a);
}

static void trust(void **state)
{
    static const struct {
        const char *anchor;
        const char *sent[MAX_SENT];
        bool is_client;
        sgs_time when;
        const char *chain;
        const char *why; /* NULL: trusted */
    } rows[] = {
        {"root.der",    {"leaf.der", "issuing.der"}, false, 0,  "ok", NULL                                    },
        {"root.der",
         {"leaf.der"},
         false,                                             0,
         "incomplete",                                                "unable to get local issuer certificate"},
        {"issuing.der", {"leaf.der"},                false, 0,  "ok", NULL                                    },
        {"root.der",    {"leaf.der", "issuing.der"}, false, 1,  "ok", "certificate has expired"               },
        {"root.der",    {"leaf.der", "issuing.der"}, false, -1, "ok", "certificate is not yet valid"          },
        {"root.der",    {"ec.der", "issuing.der"},   false, 0,  "ok", "unsuitable certificate purpose"        },
        {"root.der",    {"ec.der", "issuing.der"},   true,  0,  "ok", NULL                                    },
        {"root.der",    {"cn.der"},                  false, 0,  "ok", NULL                                    },
    };
    struct sgs_arena a;
    struct sgs_cert_verdict v;

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < N(rows); i++) {
        struct sgs_slice ders[MAX_SENT];
        struct sgs_anchors *anchors = sgs_anchors_new();
        size_t n = 0;
        sgs_time when = rows[i].when < 0 ? BEFORE : rows[i].when > 0 ? AFTER : IN_TIME;
        struct sgs_cert_chain chain = {.ders = ders, .when = when, .is_client = rows[i].is_client};
        load(&a, rows[i].sent, ders, &chain.n);
        assert_int_equal(sgs_anchors_add(anchors, certs_load(&a, rows[i].anchor), &n), SGS_OK);
        assert_int_equal(n, 1);
        assert_int_equal(sgs_cert_check(&chain, anchors, &v), SGS_OK);
        assert_string_equal(v.chain, rows[i].chain);
        assert_true(v.has_trust);
        assert_int_equal(v.is_trusted, rows[i].why == NULL);
        if (rows[i].why) {
            assert_string_equal(v.why, rows[i].why);
        }
        sgs_anchors_free(anchors);
    }
    sgs_arena_clear(&a);
}

/* A certificate whose signature was changed is not trusted. */
static void forged(void **state)
{
    struct sgs_arena a;
    struct sgs_anchors *anchors = sgs_anchors_new();
    struct sgs_cert_verdict v;
    uint8_t octets[CERTS_MAX];
    size_t n = 0;

    sgs_arena_init(&a, 1u << 20);
    struct sgs_slice leaf = certs_load(&a, "leaf.der");
    memcpy(octets, leaf.ptr, leaf.len);
    octets[leaf.len - 1] ^= 1;
    struct sgs_slice der = sgs_slice(octets, leaf.len);
    struct sgs_cert_chain chain = {.ders = &der, .n = 1, .when = IN_TIME};
    assert_int_equal(sgs_anchors_add(anchors, certs_load(&a, "issuing.der"), &n), SGS_OK);
    assert_int_equal(sgs_cert_check(&chain, anchors, &v), SGS_OK);
    assert_false(v.is_trusted);
    assert_string_equal(v.why, "certificate signature failure");
    sgs_anchors_free(anchors);
    sgs_arena_clear(&a);
}

static void anchor_files(void **state)
{
    static const char locked[] = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                                 "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n"
                                 "-----END CERTIFICATE-----\n";
    struct sgs_arena a;
    struct sgs_anchors *anchors = sgs_anchors_new();
    size_t n = 0;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_anchors_add(anchors, certs_load(&a, "anchors.pem"), &n), SGS_OK);
    assert_int_equal(n, 2);
    assert_int_equal(sgs_anchors_add(anchors, certs_load(&a, "crl.der"), &n), SGS_E_FORMAT);
    assert_int_equal(sgs_anchors_add(anchors, sgs_slice_str("no PEM"), &n), SGS_E_FORMAT);
    assert_int_equal(sgs_anchors_add(anchors, sgs_slice_str(""), &n), SGS_E_FORMAT);
    assert_int_equal(sgs_anchors_add(anchors, sgs_slice_str(locked), &n), SGS_E_FORMAT);
    assert_int_equal(n, 2);
    sgs_anchors_free(anchors);
    sgs_anchors_free(NULL);
    sgs_arena_clear(&a);
}

static enum sgs_status check(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_slice ders[] = {der, certs_load(a, "issuing.der")};
    struct sgs_cert_chain chain = {
        .ders = ders, .n = 2, .name = sgs_slice_str("web.contoso.example"), .when = IN_TIME};
    struct sgs_cert_verdict v;
    return sgs_cert_check(&chain, NULL, &v);
}

static void damage(void **state)
{
    certs_damage("leaf.der", check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),  cmocka_unit_test(odd_names), cmocka_unit_test(order),
        cmocka_unit_test(trust),  cmocka_unit_test(forged),    cmocka_unit_test(anchor_files),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests_name("cert_check", tests, NULL, NULL) != 0;
}
