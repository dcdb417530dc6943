/* SHA-256 and SHA-1 against the examples of FIPS 180-2, appendices A and B, and hashes of nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/digest.h>

#include "unhex.h"

static void check(void **state)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"",                                                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc",                                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"                                                            },
    };
    struct sgs_arena a;
    uint8_t out[SGS_SHA256_LEN];

    sgs_arena_init(&a, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_sha256(sgs_slice_str(rows[i].text), out);
        assert_octets(sgs_slice(out, sizeof out), unhex(&a, rows[i].hex));
    }
    sgs_sha256((struct sgs_slice){NULL, 0}, out);
    assert_octets(sgs_slice(out, sizeof out), unhex(&a, rows[0].hex));
    sgs_arena_clear(&a);
}

static void sha1(void **state)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"",                                                         "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc",                                                      "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"                                                            },
    };
    struct sgs_arena a;
    uint8_t out[SGS_SHA1_LEN];

    sgs_arena_init(&a, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_sha1(sgs_slice_str(rows[i].text), out);
        assert_octets(sgs_slice(out, sizeof out), unhex(&a, rows[i].hex));
    }
    sgs_arena_clear(&a);
}

/* By Python's hashlib: a label, the kind and the secret, each behind its length in eight octets. */
static void stands_for_secrets(void **state)
{
    struct sgs_arena a;

    sgs_arena_init(&a, 4096);
    struct sgs_slice cwt = sgs_digest_secret(&a, SGS_LIT("text"), SGS_LIT("cwt=AAEB"));
    struct sgs_slice other = sgs_digest_secret(&a, SGS_LIT("textc"), SGS_LIT("wt=AAEB"));
    assert_true(sgs_slice_eq(cwt, SGS_LIT("71814c92708b4af66d7775fd740248de")));
    assert_false(sgs_slice_eq(cwt, other));
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(check), cmocka_unit_test(sha1),
                                       cmocka_unit_test(stands_for_secrets)};
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL) != 0;
}
