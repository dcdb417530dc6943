/* The table of cipher suites: numbers and names of the IANA registry, and what can be run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <signscope/tls_keys.h>

enum {
#define NAMED(id, name) +1
#define MAC(id, kx, cipher, hash) +1
#define AEAD(id, kx, cipher, hash) +1
#define CCM(id, kx, cipher) +1
#define TLS13(id, cipher, hash) +1
    N_ROWS = 0
#include "crypto/tls_suites.def"
};

static void names(void **state)
{
    static const struct {
        uint16_t id;
        const char *name;
    } rows[] = {
        {0x0000, "TLS_NULL_WITH_NULL_NULL"                    },
        {0x0005, "TLS_RSA_WITH_RC4_128_SHA"                   },
        {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"              },
        {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"               },
        {0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"            },
        {0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"          },
        {0x1301, "TLS_AES_128_GCM_SHA256"                     },
        {0x1305, "TLS_AES_128_CCM_8_SHA256"                   },
        {0x5600, "TLS_FALLBACK_SCSV"                          },
        {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"         },
        {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"      },
        {0xc09c, "TLS_RSA_WITH_AES_128_CCM"                   },
        {0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"         },
        {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
        {0xccac, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
        {0x0a0a, "GREASE"                                     },
        {0xfafa, "GREASE"                                     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(sgs_tls_suite_name(rows[i].id), rows[i].name);
    }
    assert_null(sgs_tls_suite_name(0x0a1a));
    assert_null(sgs_tls_suite_name(0xffff));
    assert_null(sgs_tls_suite_find(0x00ff));
    assert_null(sgs_tls_suite_find(0x0000));
    assert_null(sgs_tls_suite_find(0x0a0a));
}

static void parameters(void **state)
{
    static const struct {
        uint16_t id;
        enum sgs_tls_kind kind;
        uint8_t key_len, mac_len;
        const char *hash, *mac;
        enum sgs_tls_kx kx;
        bool is_tls13;
    } rows[] = {
        {0x002f, SGS_TLS_CBC,      16, 20, "SHA256", "SHA1",   SGS_TLS_KX_RSA,     false},
        {0x003d, SGS_TLS_CBC,      32, 32, "SHA256", "SHA256", SGS_TLS_KX_RSA,     false},
        {0xc024, SGS_TLS_CBC,      32, 48, "SHA384", "SHA384", SGS_TLS_KX_OTHER,   false},
        {0xc02f, SGS_TLS_GCM,      16, 0,  "SHA256", NULL,     SGS_TLS_KX_OTHER,   false},
        {0xc030, SGS_TLS_GCM,      32, 0,  "SHA384", NULL,     SGS_TLS_KX_OTHER,   false},
        {0xc09d, SGS_TLS_CCM,      32, 0,  "SHA256", NULL,     SGS_TLS_KX_RSA,     false},
        {0xc0ae, SGS_TLS_CCM_8,    16, 0,  "SHA256", NULL,     SGS_TLS_KX_OTHER,   false},
        {0xcca8, SGS_TLS_CHACHA20, 32, 0,  "SHA256", NULL,     SGS_TLS_KX_OTHER,   false},
        {0x003b, SGS_TLS_NULL,     0,  32, "SHA256", "SHA256", SGS_TLS_KX_RSA,     false},
        {0xc0a4, SGS_TLS_CCM,      16, 0,  "SHA256", NULL,     SGS_TLS_KX_PSK,     false},
        {0xc0aa, SGS_TLS_CCM_8,    16, 0,  "SHA256", NULL,     SGS_TLS_KX_DHE_PSK, false},
        {0x00b6, SGS_TLS_CBC,      16, 32, "SHA256", "SHA256", SGS_TLS_KX_RSA_PSK, false},
        {0xccac, SGS_TLS_CHACHA20, 32, 0,  "SHA256", NULL,     SGS_TLS_KX_DHE_PSK, false},
        {0x1302, SGS_TLS_GCM,      32, 0,  "SHA384", NULL,     SGS_TLS_KX_OTHER,   true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sgs_tls_suite *s = sgs_tls_suite_find(rows[i].id);
        assert_non_null(s);
        assert_int_equal(s->id, rows[i].id);
        assert_int_equal(s->kind, rows[i].kind);
        assert_int_equal(s->key_len, rows[i].key_len);
        assert_int_equal(s->mac_len, rows[i].mac_len);
        assert_string_equal(s->hash, rows[i].hash);
        assert_true(s->mac ? strcmp(s->mac, rows[i].mac) == 0 : !rows[i].mac);
        assert_int_equal(s->kx, rows[i].kx);
        assert_int_equal(s->is_tls13, rows[i].is_tls13);
    }
}

/* Every suite that OpenSSL has can be run, with its cipher, key and MAC. */
static void openssl(void **state)
{
    enum enc { NONE, RC4, E3DES, SEED, AES, CAMELLIA, AESGCM, ARIAGCM, AESCCM, AESCCM8, CHACHA20 };
    enum mac { MD5 = 16, SHA1 = 20, SHA256 = 32, SHA384 = 48, AEAD = 0 };
    static const struct {
        enum sgs_tls_kind kind;
        const char *cipher; /* with * for the bits of its key */
    } encs[] = {
        [NONE] = {SGS_TLS_NULL,     "NULL"             },
        [RC4] = {SGS_TLS_STREAM,   "RC4"              },
        [E3DES] = {SGS_TLS_CBC,      "DES-EDE3-CBC"     },
        [SEED] = {SGS_TLS_CBC,      "SEED-CBC"         },
        [AES] = {SGS_TLS_CBC,      "AES-*-CBC"        },
        [CAMELLIA] = {SGS_TLS_CBC,      "CAMELLIA-*-CBC"   },
        [AESGCM] = {SGS_TLS_GCM,      "AES-*-GCM"        },
        [ARIAGCM] = {SGS_TLS_GCM,      "ARIA-*-GCM"       },
        [AESCCM] = {SGS_TLS_CCM,      "AES-*-CCM"        },
        [AESCCM8] = {SGS_TLS_CCM_8,    "AES-*-CCM"        },
        [CHACHA20] = {SGS_TLS_CHACHA20, "ChaCha20-Poly1305"},
    };
    static const struct {
        uint16_t id;
        enum enc enc;
        unsigned bits;
        enum mac mac;
    } rows[] = {
#define OPENSSL(id, enc, bits, mac) {id, enc, bits, mac},
#include "openssl_suites.def"
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sgs_tls_suite *s = sgs_tls_suite_find(rows[i].id);
        const char *cipher = encs[rows[i].enc].cipher, *star = strchr(cipher, '*');
        char name[32];
        size_t key_len = rows[i].enc == E3DES ? 24 : rows[i].bits / 8; /* 168 bits, and parity */

        assert_non_null(s);
        if (star) {
            (void)snprintf(name, sizeof name, "%.*s%u%s", (int)(star - cipher), cipher,
                           rows[i].bits, star + 1);
        } else {
            (void)snprintf(name, sizeof name, "%s", cipher);
        }
        assert_string_equal(s->cipher, name);
        assert_int_equal(s->kind, encs[rows[i].enc].kind);
        assert_int_equal(s->key_len, key_len);
        assert_int_equal(s->mac_len, rows[i].mac);
        assert_int_equal(s->is_tls13, rows[i].id >> 8 == 0x13);
    }
}

/* Look-up halves the table, so it must be sorted: every number that has a name gives itself. */
static void sorted(void **state)
{
    size_t n = 0;

    for (uint32_t id = 0; id <= 0xffff; id++) {
        const struct sgs_tls_suite *s = sgs_tls_suite_find((uint16_t)id);
        assert_true(!s || s->id == id);
        n += sgs_tls_suite_name((uint16_t)id) != NULL;
    }
    assert_int_equal(n, N_ROWS + 16); /* GREASE has 16 values */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(parameters),
        cmocka_unit_test(sorted),
        cmocka_unit_test(openssl),
    };
    return cmocka_run_group_tests_name("tls_suites", tests, NULL, NULL) != 0;
}
