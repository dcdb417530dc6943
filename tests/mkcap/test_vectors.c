/* What mkcap computes itself, against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypt.h"
#include "ntlm.h"

static void same_hex(const uint8_t *octets, size_t n, const char *hex)
{
    struct mk_buf b = {0};

    mk_hex(&b, octets, n);
    assert_string_equal(mk_buf_text(&b), hex);
    mk_buf_free(&b);
}

/* RFC 1320, section A.5. */
static void md4_of_the_rfc(void **state)
{
    static const struct {
        const char *text, *digest;
    } rows[] = {
        {"",                                                  "31d6cfe0d16ae931b73c59d7e0c089c0"},
        {"abc",                                               "a448017aaf21d8525fc10ae87aa6729d"},
        {"message digest",                                    "d9130a8164549fe818874806e1c7014b"},
        {"abcdefghijklmnopqrstuvwxyz",                        "d79e1c308aa5bbcdeea8ed63df412da9"},
        {"1234567890123456789012345678901234567890"
         "1234567890123456789012345678901234567890", "e33b4ddc9c38f2199c3e7b164fcc0536"},
    };
    uint8_t digest[16];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mk_md4(rows[i].text, strlen(rows[i].text), digest);
        same_hex(digest, sizeof digest, rows[i].digest);
    }
}

/* RFC 6229, section 2: the key 0102030405, octets 0 to 15 of the stream. */
static void rc4_of_the_rfc(void **state)
{
    static const uint8_t key[5] = {1, 2, 3, 4, 5};
    static const uint8_t zeros[16];
    uint8_t out[16];

    mk_rc4(key, sizeof key, zeros, sizeof zeros, out);
    same_hex(out, sizeof out, "b2396305f03dc027ccc3524a0a1118a8");
}

/* [MS-NLMP] 4.2.1 and 4.2.4.1.1. */
static void ntowfv2_of_the_spec(void **state)
{
    uint8_t key[16];

    mk_ntowfv2("User", "Domain", "Password", key);
    same_hex(key, sizeof key, "0c868a403bfd7a93a3001ef22ef02e3f");
}

/* Published pairs of epid and +sip.instance. */
static void instances_of_endpoints(void **state)
{
    static const struct {
        const char *epid, *memory; /* of the GUID: its first three parts are little endian */
    } rows[] = {
        {"c8ca638a15", "db59d8348565915fa3b4de853c15347d"},
        {"8248ca9ebb", "41fd33423b09d65fb5d2651ed55969e6"},
        {"2ebb6f264f", "e44148124d26e85296c5d22aa8cdc316"},
    };
    uint8_t out[16];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mk_instance_of_epid(rows[i].epid, out);
        same_hex(out, sizeof out, rows[i].memory);
    }
}

static void base64_of_the_rfc(void **state)
{
    static const char *const rows[][2] = {
        {"",       ""        },
        {"f",      "Zg=="    },
        {"fo",     "Zm8="    },
        {"foo",    "Zm9v"    },
        {"foobar", "Zm9vYmFy"}
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mk_buf b = {0};

        mk_base64(&b, rows[i][0], strlen(rows[i][0]), 0);
        assert_string_equal(mk_buf_text(&b), rows[i][1]);
        mk_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md4_of_the_rfc),      cmocka_unit_test(rc4_of_the_rfc),
        cmocka_unit_test(ntowfv2_of_the_spec), cmocka_unit_test(instances_of_endpoints),
        cmocka_unit_test(base64_of_the_rfc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
