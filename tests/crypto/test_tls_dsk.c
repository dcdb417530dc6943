/*
 * Keys, signatures and Finished of TLS-DSK.  Keys and HMACs are the vectors that Python's hmac
 * gives for PRF and label of [MS-SIPAE], section 3.2.5.1, over made up secrets; so is verify_data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/tls_dsk.h>

#include "unhex.h"

#define MASTER                                                                                     \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                             \
    "202122232425262728292a2b2c2d2e2f"
#define CLIENT_RANDOM "a0a1a2a3a4a5a6a7a8a9aaabacadaeafa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define SERVER_RANDOM "505152535455565758595a5b5c5d5e5f505152535455565758595a5b5c5d5e5f"
#define TEXT                                                                                       \
    "<TLS-DSK><0a1b2c3d><1><SIP Communications Service><fe01.contoso.com>"                         \
    "<1f3870be274f4ab8a1d1c0de5a1ad001><4><REGISTER><sip:ada@contoso.com><7e57a9c001>"             \
    "<sip:ada@contoso.com><><><><>"

#define AES128_SHA 0x002f          /* PRF of 1.2: SHA-256 */
#define ECDHE_AES256_SHA384 0xc028 /* PRF of 1.2: SHA-384 */

#define TLS10_CLIENT "a6249f15de4a1507361f9961eaa68806bb8b8cb500367dbbd60ceb3937ee449b"
#define TLS10_SERVER "dc0c6dfb95eed906cf64bc9bf15731ea74e250db07eeef2df8663439edc80899"
#define TLS12_CLIENT "961e640a1ff6cb6067ef67887ad8d8536d1690c36b488332f5ccd8d738b241ff"
#define TLS12_SERVER "6eaa59b6e343ed3aeaf25452f580d476037cc9f9aaa3f9a62e266a41766dfcc0"
#define SHA384_CLIENT "97baa0cdcbb325eb54506e8a5cbae21cdd886f1fb51eddb3e520d4372b605eea"
#define SHA384_SERVER "1f6bdaabcab211a89f20587e1307d5dd02ddfcf2475af98ab5c5f7a6cad4301e"

static struct sgs_arena arena;

static int set_up(void **state)
{
    sgs_arena_init(&arena, 1u << 20);
    return 0;
}

static int tear_down(void **state)
{
    sgs_arena_clear(&arena);
    return 0;
}

static void keys(void **state)
{
    static const struct {
        uint16_t suite, version;
        const char *client, *server;
    } cases[] = {
        {AES128_SHA,          0x0301, TLS10_CLIENT,  TLS10_SERVER },
        {AES128_SHA,          0x0302, TLS10_CLIENT,  TLS10_SERVER },
        {AES128_SHA,          0x0303, TLS12_CLIENT,  TLS12_SERVER },
        {ECDHE_AES256_SHA384, 0x0303, SHA384_CLIENT, SHA384_SERVER},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t client[SGS_TLS_DSK_KEY_LEN], server[SGS_TLS_DSK_KEY_LEN];
        assert_int_equal(sgs_tls_dsk_keys(sgs_tls_suite_find(cases[i].suite), cases[i].version,
                                          unhex(&arena, MASTER), unhex(&arena, CLIENT_RANDOM),
                                          unhex(&arena, SERVER_RANDOM), client, server),
                         SGS_OK);
        assert_octets(sgs_slice(client, sizeof client), unhex(&arena, cases[i].client));
        assert_octets(sgs_slice(server, sizeof server), unhex(&arena, cases[i].server));
    }
}

static void keys_of_nothing(void **state)
{
    const struct sgs_tls_suite *suite = sgs_tls_suite_find(AES128_SHA);
    struct sgs_slice master = unhex(&arena, MASTER), random = unhex(&arena, CLIENT_RANDOM);
    uint8_t a[SGS_TLS_DSK_KEY_LEN], b[SGS_TLS_DSK_KEY_LEN];

    assert_int_equal(sgs_tls_dsk_keys(NULL, 0x0301, master, random, random, a, b),
                     SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_tls_dsk_keys(suite, 0x0300, master, random, random, a, b),
                     SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_tls_dsk_keys(suite, 0x0304, master, random, random, a, b),
                     SGS_E_UNSUPPORTED);
    assert_int_equal(
        sgs_tls_dsk_keys(sgs_tls_suite_find(0x1301), 0x0303, master, random, random, a, b),
        SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_tls_dsk_keys(suite, 0x0301, random, random, random, a, b),
                     SGS_E_UNSUPPORTED);
}

static void signatures(void **state)
{
    static const struct {
        const char *key, *signature;
        bool is_valid;
    } cases[] = {
        {TLS10_CLIENT,  "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae648",                         true },
        {TLS10_CLIENT,  "2ff8af659e5596f282f16a38c3669000",                                 true },
        {TLS12_CLIENT,  "44d4fe073cc1f60599de92e06b9fcd1f3fe04c5d",                         true },
        {TLS12_CLIENT,  "ea0c9420f5b5f79f17befc10ab45f6155b6aec682c43214296ca03c37c11e253", true },
        {SHA384_CLIENT,
         "89bd4bf0122862244c5da55292953afd55989fdd2071a9b3877b5ed216df75715091ae20786f4beb18284e029"
         "508a2a2",                                                                         true },
        {TLS10_SERVER,  "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae648",                         false},
        {TLS10_CLIENT,  "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae649",                         false},
        {TLS10_CLIENT,  "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae6",                           false},
        {TLS10_CLIENT,  "",                                                                 false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sgs_tls_dsk_is_valid(unhex(&arena, cases[i].key), SGS_LIT(TEXT),
                                              unhex(&arena, cases[i].signature)),
                         cases[i].is_valid);
    }
}

static void finished(void **state)
{
    static const struct {
        uint16_t suite, version;
        bool is_client;
        const char *want;
    } cases[] = {
        {AES128_SHA,          0x0301, true,  "fb3c7795aa98cca1b4f320ac"},
        {AES128_SHA,          0x0302, false, "5675b05815612f1390fc782f"},
        {AES128_SHA,          0x0303, true,  "05801d395a8c81213cc5e5c6"},
        {ECDHE_AES256_SHA384, 0x0303, false, "bffd7af5c2b447cc52eec21f"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[SGS_TLS_FINISHED_LEN];
        assert_int_equal(sgs_tls_finished(sgs_tls_suite_find(cases[i].suite), cases[i].version,
                                          unhex(&arena, MASTER), cases[i].is_client,
                                          SGS_LIT("messages"), out),
                         SGS_OK);
        assert_octets(sgs_slice(out, sizeof out), unhex(&arena, cases[i].want));
    }
    uint8_t out[SGS_TLS_FINISHED_LEN];
    assert_int_equal(
        sgs_tls_finished(NULL, 0x0301, unhex(&arena, MASTER), true, SGS_LIT("messages"), out),
        SGS_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signatures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finished, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
