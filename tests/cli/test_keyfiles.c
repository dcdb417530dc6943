/* Key logs that grow, shrink, are moved away, or are none. */
#define _POSIX_C_SOURCE 200809L /* mkstemp, ftruncate */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/keyfiles.h"
#include "cli/message.h"

#define HEX16 "0123456789abcdef"
#define RANDOM(c) c HEX16 HEX16 HEX16 "0123456789abcde"
#define SECRET HEX16 HEX16 HEX16 HEX16 HEX16 HEX16
#define LINE(c) "CLIENT_RANDOM " RANDOM(c) " " SECRET "\n"

static char path[64];
static struct sgs_tls_keys *keys;
static struct sgs_keyfiles *files;

static void append(const char *text, const char *mode)
{
    FILE *f = fopen(path, mode);

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    int fd = -1;

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/signscope-keys-XXXXXX");
    fd = mkstemp(path);
    keys = sgs_tls_keys_new();
    files = NULL;
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    sgs_keyfiles_close(files);
    sgs_tls_keys_free(keys);
    (void)unlink(path);
    return 0;
}

static int open_log(bool is_growing)
{
    const char *const names[] = {path};
    const struct sgs_passes passes = {NULL, 0};
    int status = SGS_EXIT_DONE;

    files = sgs_keyfiles_open(names, 1, is_growing, &passes, keys, &status);
    return status;
}

/* random is the first digit of a client random. */
static bool is_known(char random)
{
    uint8_t id[SGS_TLS_RANDOM_LEN];
    uint8_t secret[SGS_TLS_MAX_SECRET];
    const char *digits = "0123456789abcdef";

    id[0] = (uint8_t)((strchr(digits, random) - digits) << 4);
    for (size_t i = 1; i < 2 * sizeof id; i++) {
        unsigned digit = (unsigned)((i - 1) % 16);

        id[i / 2] = (uint8_t)(i % 2 ? (id[i / 2] & 0xf0) | digit : digit << 4);
    }
    return sgs_tls_keys_find(keys, SGS_TLS_CLIENT_RANDOM, sgs_slice(id, sizeof id), secret, NULL) ==
           SGS_TLS_MASTER_LEN;
}

static void whole(void **state)
{
    (void)state;
    append(LINE("1") "# a remark\n" LINE("2"), "w");
    assert_int_equal(open_log(false), SGS_EXIT_DONE);
    assert_true(is_known('1') && is_known('2'));
    assert_false(is_known('3'));
}

/* A line that comes in two parts counts once it is whole. */
static void grows(void **state)
{
    static const char line[] = LINE("2");
    char head[40];

    (void)state;
    append(LINE("1"), "w");
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    memcpy(head, line, sizeof head - 1);
    head[sizeof head - 1] = '\0';
    append(head, "a");
    sgs_keyfiles_more(files);
    assert_true(is_known('1'));
    assert_false(is_known('2'));
    append(line + sizeof head - 1, "a");
    sgs_keyfiles_more(files);
    assert_true(is_known('2'));
    assert_int_equal(sgs_tls_keys_counts(keys)->damaged, 0);
}

static void begins_empty(void **state)
{
    (void)state;
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    append(LINE("7"), "a");
    sgs_keyfiles_more(files);
    assert_true(is_known('7'));
}

/* Written anew by the client: shorter than what was read. */
static void shrinks(void **state)
{
    (void)state;
    append(LINE("1") LINE("2"), "w");
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    append(LINE("3"), "w");
    sgs_keyfiles_more(files);
    assert_true(is_known('1') && is_known('3'));
}

/* Moved away and begun anew under the old name: seen after reopen. */
static void moved(void **state)
{
    char old[80];

    (void)state;
    append(LINE("1"), "w");
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    (void)snprintf(old, sizeof old, "%s.old", path);
    assert_int_equal(rename(path, old), 0);
    sgs_keyfiles_reopen(files); /* nothing is there: the old one stays */
    append(LINE("4"), "w");
    sgs_keyfiles_more(files);
    assert_false(is_known('4'));
    sgs_keyfiles_reopen(files);
    assert_true(is_known('4'));
    (void)unlink(old);
}

static void large(void **state)
{
    FILE *f = fopen(path, "w");

    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 2000; i++) { /* more than one read, lines across their borders */
        (void)fputs(i == 1999 ? LINE("9") : LINE("8"), f);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(open_log(false), SGS_EXIT_DONE);
    assert_int_equal(sgs_tls_keys_counts(keys)->lines, 2000);
    assert_true(is_known('9'));
}

/* UTF-16 in both byte orders, as some shells write what they pass on; more than one read. */
static void wide(void **state)
{
    static const char line[] = LINE("8"), last[] = LINE("9");

    (void)state;
    for (int low = 0; low < 2; low++) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(low ? "\xfe\xff" : "\xff\xfe", 1, 2, f), 2);
        for (size_t i = 0; i < 2000 * (sizeof line - 1); i++) {
            const char *text = i / (sizeof line - 1) == 1999 ? last : line;
            char octets[2] = {0, 0};

            octets[low] = text[i % (sizeof line - 1)];
            assert_int_equal(fwrite(octets, 1, 2, f), 2);
        }
        assert_int_equal(fclose(f), 0);
        assert_int_equal(open_log(false), SGS_EXIT_DONE);
        assert_int_equal(sgs_tls_keys_counts(keys)->lines, 2000);
        assert_true(is_known('8') && is_known('9'));
        sgs_keyfiles_close(files);
        files = NULL;
        sgs_tls_keys_free(keys);
        keys = sgs_tls_keys_new();
    }
}

/* Private keys and pre-shared keys beside a log: told apart by content, and read once only. */
static void other_kinds(void **state)
{
    const char *const names[] = {SGS_SOURCE_DIR "/tests/crypto/keys/new.p12", path,
                                 SGS_SOURCE_DIR "/tests/crypto/keys/rsa.pem"};
    struct sgs_slice pass = SGS_LIT("correct-horse");
    const struct sgs_passes passes = {&pass, 1};
    int status = SGS_EXIT_DONE;

    (void)state;
    append("00112233445566778899aabbccddeeff\n", "w");
    files = sgs_keyfiles_open(names, 3, true, &passes, keys, &status);
    assert_int_equal(status, SGS_EXIT_DONE);
    assert_int_equal(sgs_keyfiles_info(files, 0)->kind, SGS_KEY_FILE_PRIVATE);
    assert_int_equal(sgs_keyfiles_info(files, 0)->n, 1);
    assert_int_equal(sgs_keyfiles_info(files, 1)->kind, SGS_KEY_FILE_PSK);
    assert_int_equal(sgs_keyfiles_info(files, 1)->first, 1);
    assert_int_equal(sgs_keyfiles_info(files, 2)->n, 0); /* the key of the first file */
    assert_false(sgs_keyfiles_have_log(files));
    append(LINE("1"), "w");
    sgs_keyfiles_more(files);
    sgs_keyfiles_reopen(files);
    assert_false(is_known('1'));
    assert_int_equal(sgs_server_keys_len(sgs_tls_keys_servers(keys)), 2);
}

static void no_key_log(void **state)
{
    (void)state;
    append("dear diary\n", "w");
    assert_int_equal(open_log(false), SGS_EXIT_INPUT);
    assert_null(files);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole), TEST(grows),      TEST(begins_empty), TEST(shrinks),     TEST(moved),
        TEST(large), TEST(no_key_log), TEST(wide),         TEST(other_kinds),
    };
    return cmocka_run_group_tests_name("keyfiles", tests, NULL, NULL) != 0;
}
