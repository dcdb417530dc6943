/*
 * The PRF of TLS 1.2 against the published P_SHA256 and P_SHA384 vectors, and HKDF-Expand-Label
 * against RFC 8448, section 3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/crypto.h"

#include "unhex.h"

static void prf_sha256(void **state)
{
    struct sgs_arena a;
    uint8_t out[100];

    sgs_arena_init(&a, 4096);
    assert_int_equal(sgs_crypto_prf("SHA256", unhex(&a, "9bbe436ba940f017b17652849a71db35"),
                                    "test label", unhex(&a, "a0ba9f936cda311827a6f796ffd5198c"),
                                    (struct sgs_slice){NULL, 0}, out, sizeof out),
                     SGS_OK);
    assert_octets(sgs_slice(out, sizeof out),
                  unhex(&a, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
                            "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
                            "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
                            "87347b66"));
    sgs_arena_clear(&a);
}

/* The two seeds are one: where it is cut makes no difference. */
static void prf_seeds(void **state)
{
    struct sgs_arena a;
    uint8_t whole[48], cut[48];

    sgs_arena_init(&a, 4096);
    struct sgs_slice seed = unhex(&a, "a0ba9f936cda311827a6f796ffd5198c");
    struct sgs_slice secret = unhex(&a, "9bbe436ba940f017b17652849a71db35");
    assert_int_equal(sgs_crypto_prf("SHA256", secret, "test label", seed,
                                    (struct sgs_slice){NULL, 0}, whole, sizeof whole),
                     SGS_OK);
    assert_int_equal(sgs_crypto_prf("SHA256", secret, "test label", sgs_slice_head(seed, 5),
                                    sgs_slice_from(seed, 5), cut, sizeof cut),
                     SGS_OK);
    assert_memory_equal(whole, cut, sizeof whole);
    sgs_arena_clear(&a);
}

static void expand_label(void **state)
{
    static const struct {
        const char *secret, *key, *iv;
    } rows[] = {
        {"b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
         "dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"},
        {"b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
         "3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"},
        {"9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
         "17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"},
        {"a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
         "9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"},
    };
    struct sgs_arena a;
    uint8_t key[16], iv[12];

    sgs_arena_init(&a, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_slice secret = unhex(&a, rows[i].secret);
        const struct sgs_expansion wanted[] = {
            {"key", key, sizeof key},
            {"iv",  iv,  sizeof iv },
        };
        assert_int_equal(sgs_crypto_expand("SHA256", secret, wanted, 2), SGS_OK);
        assert_octets(sgs_slice(key, sizeof key), unhex(&a, rows[i].key));
        assert_octets(sgs_slice(iv, sizeof iv), unhex(&a, rows[i].iv));
    }
    sgs_arena_clear(&a);
}

static void refuses(void **state)
{
    uint8_t out[16];

    assert_int_equal(sgs_crypto_prf("SHA256", (struct sgs_slice){NULL, 0}, "x", SGS_LIT("seed"),
                                    (struct sgs_slice){NULL, 0}, out, sizeof out),
                     SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_crypto_prf("NO-SUCH-HASH", SGS_LIT("secret"), "x", SGS_LIT("seed"),
                                    (struct sgs_slice){NULL, 0}, out, sizeof out),
                     SGS_E_UNSUPPORTED);
    assert_null(sgs_crypto_cipher("NO-SUCH-CIPHER"));
    assert_non_null(sgs_crypto_cipher("AES-128-GCM"));
    assert_int_equal(sgs_crypto_hash_len("SHA384"), 48);
    assert_int_equal(sgs_crypto_hash_len("SHA512"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_sha256),
        cmocka_unit_test(prf_seeds),
        cmocka_unit_test(expand_label),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL) != 0;
}
