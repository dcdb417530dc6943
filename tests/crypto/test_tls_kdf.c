/*
 * Key schedules.  TLS 1.3: a record of RFC 8448, section 3, opens under the published traffic
 * secret. Before: master secrets as `openssl kdf` gives them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/tls_keys.h>

#include "crypto/crypto.h"

#include "unhex.h"

/* RFC 8448, section 3: {client} application data, 0 to 49. */
#define CLIENT_SECRET "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define HEADER "17 03 03 00 43"
#define FRAGMENT                                                                                   \
    "a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5"                             \
    "b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb2169"                             \
    "4915e4"

/* made up */
#define PRE_MASTER                                                                                 \
    "0303111111111111111111111111111111111111111111111111111111111111"                             \
    "11111111111111111111111111111111"
#define CLIENT_RANDOM "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define SERVER_RANDOM "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"

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

static void rfc8448_record(void **state)
{
    struct sgs_tls_opener *o = NULL;
    struct sgs_slice plain = {NULL, 0};
    uint8_t type = 0;

    assert_int_equal(sgs_tls13_opener(sgs_tls_suite_find(0x1301), unhex(&arena, CLIENT_SECRET), &o),
                     SGS_OK);
    struct sgs_slice header = unhex(&arena, HEADER), fragment = unhex(&arena, FRAGMENT);
    assert_int_equal(sgs_tls_open(o, 1, header, fragment, &arena, &plain, &type), SGS_E_AUTH);
    assert_false(sgs_tls_check(o, 1, header, fragment));
    assert_true(sgs_tls_check(o, 0, header, fragment));
    assert_int_equal(sgs_tls_open(o, 0, header, fragment, &arena, &plain, &type), SGS_OK);
    assert_int_equal(type, 23);
    assert_int_equal(plain.len, 50);
    for (size_t i = 0; i < plain.len; i++) {
        assert_int_equal(plain.ptr[i], i);
    }
    sgs_tls_opener_free(o);
}

/* A secret has the length of the suite's hash. */
static void secret_lengths(void **state)
{
    struct sgs_slice secret = unhex(&arena, CLIENT_SECRET);
    struct sgs_tls_opener *o = NULL, *pair[2];
    uint8_t next[SGS_TLS_MAX_SECRET];

    assert_int_equal(sgs_tls13_opener(sgs_tls_suite_find(0x1302), secret, &o), SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_tls13_opener(sgs_tls_suite_find(0xc02f), secret, &o), SGS_E_UNSUPPORTED);
    assert_int_equal(sgs_tls13_next(sgs_tls_suite_find(0x1302), secret, next), SGS_E_UNSUPPORTED);
    assert_int_equal(
        sgs_tls12_openers(sgs_tls_suite_find(0xc02f), 0x0303, false, secret, secret, secret, pair),
        SGS_E_UNSUPPORTED);
    assert_int_equal(
        sgs_tls12_openers(sgs_tls_suite_find(0x1301), 0x0303, false, secret, secret, secret, pair),
        SGS_E_UNSUPPORTED);
}

/*
 * The vectors are those of
 *   openssl kdf -keylen 48 -kdfopt digest:SHA256 -kdfopt hexsecret:... -kdfopt "seed:master secret"
 *     -kdfopt hexseed:<client random> -kdfopt hexseed:<server random> TLS1-PRF
 * An empty server random asks for the extended master secret (RFC 7627).
 */
static void master_secrets(void **state)
{
    static const struct {
        uint16_t version, suite;
        const char *server_random, *master;
    } rows[] = {
        {0x0303, 0x002f, SERVER_RANDOM,
         "72f39758d6240f32cd8d466f9d1f35ecb5dd0accbb93dfff5a3fca9e6a193560"
         "16cd8ead16e02d3a8ddcf98c686fc25d"},
        {0x0303, 0xc030, SERVER_RANDOM,
         "772146630ae58444725fdc25830f25346bb31d44a6b774789cf5a347737e87fb"
         "0ded40adb3c3d323d57b0091491f822f"},
        {0x0301, 0x002f, SERVER_RANDOM,
         "c052e5c8018ebe6ffc214f28ba7fb13005318df17b61236c0af9110fdb83ddef"
         "f9e909b042a04082619de2f42927de49"},
        {0x0303, 0x002f, "",
         "9732b0d1ccfb65ab94c92acb3d274d3c08d67e6df5504a784bbd0d75e9288fe1"
         "3aee687ba417a208f9c053065a9c81ca"},
        {0x0302, 0x002f, "",
         "9ee4fe239f6da1dc9eae98a3297756c8e6330792bf540e0885594ecf126f19f3"
         "3c59a8dfc3cbb00b4ce0920415da24de"},
    };
    struct sgs_slice pre_master = unhex(&arena, PRE_MASTER);
    uint8_t master[SGS_TLS_MASTER_LEN];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_tls_master(sgs_tls_suite_find(rows[i].suite), rows[i].version,
                                        pre_master, unhex(&arena, CLIENT_RANDOM),
                                        unhex(&arena, rows[i].server_random), master),
                         SGS_OK);
        assert_octets(sgs_slice(master, sizeof master), unhex(&arena, rows[i].master));
    }
}

static void session_hashes(void **state)
{
    uint8_t out[SGS_TLS_MAX_SECRET];

    /* SHA-256 of "abc"; MD5 and SHA-1 of it, joined (RFC 1321, appendix A.5; FIPS 180-2) */
    size_t len = sgs_tls_session_hash(sgs_tls_suite_find(0x002f), 0x0303, SGS_LIT("abc"), out);
    assert_octets(
        sgs_slice(out, len),
        unhex(&arena, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    len = sgs_tls_session_hash(sgs_tls_suite_find(0x002f), 0x0301, SGS_LIT("abc"), out);
    assert_octets(sgs_slice(out, len), unhex(&arena, "900150983cd24fb0d6963f7d28e17f72"
                                                     "a9993e364706816aba3e25717850c26c9cd0d89d"));
}

/* SSL 3.0: master secret, key block and MAC as RFC 6101 says, worked out with Python's hashlib. */
static void ssl3(void **state)
{
    static const struct {
        uint16_t suite;
        enum sgs_dir dir;
        uint64_t seq;
        const char *header, *fragment;
    } rows[] = {
        {0x0002, SGS_C2S, 0, "1703000019", "68656c6c6ff75dfb92d7b4377eceefca63f5b5f8bae4504936"},
        {0x0001, SGS_S2C, 1, "1703000015", "68656c6c6f30a93d16ea7dd7a7d1f46e3c6f307e0b"        },
    };
    struct sgs_slice client = unhex(&arena, CLIENT_RANDOM), server = unhex(&arena, SERVER_RANDOM);
    uint8_t master[SGS_TLS_MASTER_LEN];

    assert_int_equal(sgs_tls_master(sgs_tls_suite_find(0x0002), 0x0300, unhex(&arena, PRE_MASTER),
                                    client, server, master),
                     SGS_OK);
    assert_octets(sgs_slice(master, sizeof master),
                  unhex(&arena, "d6d8b756d13713416266c50d0e903ff0b9a0a54520ca69e1cd3e40d30df98d07"
                                "65d65c27804658370d4b3e7f9460b39a"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_tls_opener *pair[2] = {NULL, NULL};
        struct sgs_slice plain = {NULL, 0}, header = unhex(&arena, rows[i].header),
                         fragment = unhex(&arena, rows[i].fragment);
        uint8_t type = 0;

        assert_int_equal(sgs_tls12_openers(sgs_tls_suite_find(rows[i].suite), 0x0300, false,
                                           sgs_slice(master, sizeof master), client, server, pair),
                         SGS_OK);
        assert_false(sgs_tls_check(pair[rows[i].dir], rows[i].seq + 1, header, fragment));
        assert_false(sgs_tls_check(pair[!rows[i].dir], rows[i].seq, header, fragment));
        assert_int_equal(
            sgs_tls_open(pair[rows[i].dir], rows[i].seq, header, fragment, &arena, &plain, &type),
            SGS_OK);
        assert_octets(plain, SGS_LIT("hello"));
        sgs_tls_opener_free(pair[SGS_C2S]);
        sgs_tls_opener_free(pair[SGS_S2C]);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {CASE(rfc8448_record), CASE(secret_lengths),
                                       CASE(master_secrets), CASE(session_hashes), CASE(ssl3)};
    return cmocka_run_group_tests_name("tls_kdf", tests, NULL, NULL) != 0;
}
