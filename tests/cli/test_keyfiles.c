/* Key logs that grow, shrink, are moved away, or are none. */
#define _POSIX_C_SOURCE 200809L /* mkstemp, ftruncate, poll */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* Linux tells of growth, also of a log that was begun anew; elsewhere there may always be news. */
static void tells(void **state)
{
    char old[80];

    (void)state;
    append(LINE("1"), "w");
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    struct pollfd fd = {.fd = sgs_keyfiles_watched(files), .events = POLLIN};
    if (fd.fd < 0) {
        assert_true(sgs_keyfiles_have_news(files));
        return;
    }
    assert_false(sgs_keyfiles_have_news(files));
    append(LINE("2"), "a");
    assert_int_equal(poll(&fd, 1, 5000), 1);
    assert_true(sgs_keyfiles_have_news(files));
    assert_false(sgs_keyfiles_have_news(files));
    (void)snprintf(old, sizeof old, "%s.old", path);
    assert_int_equal(rename(path, old), 0);
    append(LINE("3"), "w");
    sgs_keyfiles_reopen(files);
    (void)sgs_keyfiles_have_news(files);
    append(LINE("4"), "a");
    assert_int_equal(poll(&fd, 1, 5000), 1);
    assert_true(sgs_keyfiles_have_news(files));
    (void)unlink(old);
}

static bool never(void)
{
    return false;
}

/* The last line of a log that nobody writes to any more counts without its end. */
static void finishes(void **state)
{
    static const char line[] = LINE("2");
    char head[sizeof line - 1];

    (void)state;
    append(LINE("1"), "w");
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    memcpy(head, line, sizeof head - 1);
    head[sizeof head - 1] = '\0';
    append(head, "a");
    sgs_keyfiles_more(files);
    assert_false(is_known('2'));
    sgs_keyfiles_finish(files, never);
    assert_true(is_known('2'));
    assert_int_equal(sgs_tls_keys_counts(keys)->files, 1);
}

/* A named pipe in place of the file; what writes to it, and is gone when the text is written. */
static int make_pipe(void)
{
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    return 0;
}

static void write_to(int fd, const char *text)
{
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int open_writer(void)
{
    return open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Nobody has written to the pipe yet: that keeps nobody waiting, and its lines are read later. */
static void silent_pipe(void **state)
{
    (void)state;
    assert_int_equal(make_pipe(), 0);
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    assert_true(sgs_keyfiles_have_log(files));
    sgs_keyfiles_more(files);
    int fd = open_writer();
    sgs_keyfiles_more(files);
    write_to(fd, "CLIENT_RAND");
    sgs_keyfiles_more(files);
    write_to(fd, LINE("1") + strlen("CLIENT_RAND"));
    sgs_keyfiles_more(files);
    assert_true(is_known('1'));
    write_to(fd, LINE("2"));
    assert_int_equal(close(fd), 0);
    sgs_keyfiles_more(files);
    assert_true(is_known('2'));
    fd = open_writer(); /* another one, which leaves out the last line end */
    sgs_keyfiles_reopen(files);
    static const char line[] = LINE("3");
    assert_int_equal(write(fd, line, sizeof line - 2), sizeof line - 2);
    sgs_keyfiles_more(files);
    assert_false(is_known('3'));
    assert_int_equal(close(fd), 0);
    sgs_keyfiles_more(files);
    assert_true(is_known('3'));
    assert_int_equal(sgs_tls_keys_counts(keys)->damaged, 0);
    assert_int_equal(sgs_tls_keys_counts(keys)->unknown, 0);
}

/* A child writes texts, each after a while. */
static pid_t write_slowly(const char *const *texts, size_t n)
{
    const struct timespec while_ = {.tv_nsec = 150 * 1000 * 1000};
    pid_t child = fork();

    if (child == 0) {
        int fd = open(path, O_WRONLY);
        for (size_t i = 0; i < n; i++) {
            (void)nanosleep(&while_, NULL);
            if (write(fd, texts[i], strlen(texts[i])) < 0) {
                _exit(1);
            }
        }
        _exit(0);
    }
    assert_true(child > 0);
    return child;
}

static void assert_written(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* The capture is over before whoever writes the keys is: they are waited for. */
static void slow_pipe(void **state)
{
    const char *const texts[] = {LINE("1"), LINE("2"), LINE("3")};

    (void)state;
    assert_int_equal(make_pipe(), 0);
    pid_t child = write_slowly(texts, 3);
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    assert_false(is_known('3'));
    sgs_keyfiles_finish(files, never);
    assert_true(is_known('1') && is_known('2') && is_known('3'));
    assert_written(child);
}

/* The same where nothing may wait for keys that are not needed yet. */
static void pipe_of_a_file(void **state)
{
    const char *const texts[] = {LINE("1"), LINE("2")};

    (void)state;
    assert_int_equal(make_pipe(), 0);
    pid_t child = write_slowly(texts, 2);
    assert_int_equal(open_log(false), SGS_EXIT_DONE);
    assert_true(is_known('1') && is_known('2'));
    assert_written(child);
}

/* Other keys come whole, or not at all. */
static void keys_in_a_pipe(void **state)
{
    const char *const texts[] = {"0011223344556677", "8899aabbccddeeff\n"};

    (void)state;
    assert_int_equal(make_pipe(), 0);
    pid_t child = write_slowly(texts, 2);
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    assert_int_equal(sgs_keyfiles_info(files, 0)->kind, SGS_KEY_FILE_PSK);
    assert_int_equal(sgs_server_keys_at(sgs_tls_keys_servers(keys), 0)->bits, 128);
    assert_written(child);
}

/* A pipe that was silent at first and then speaks of something else. */
static void late_keys_in_a_pipe(void **state)
{
    (void)state;
    assert_int_equal(make_pipe(), 0);
    assert_int_equal(open_log(true), SGS_EXIT_DONE);
    int fd = open_writer();
    write_to(fd, "00112233445566778899aabbccddeeff\n");
    sgs_keyfiles_more(files);
    write_to(fd, LINE("1"));
    sgs_keyfiles_more(files);
    assert_int_equal(close(fd), 0);
    sgs_keyfiles_finish(files, never);
    assert_false(is_known('1'));
    assert_int_equal(sgs_server_keys_len(sgs_tls_keys_servers(keys)), 0);
    assert_int_equal(sgs_tls_keys_counts(keys)->unknown, 0);
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

/* Octets that must not be in memory, every bit turned so that they are not there themselves. */
#define NEEDLE 24
#define MAX_REGION ((uint64_t)1 << 30) /* octets: larger ones are the sanitizer's own */

static void turn_needle(const char *name, size_t off, uint8_t needle[NEEDLE])
{
    FILE *f = fopen(name, "rb");

    assert_non_null(f);
    (void)setvbuf(f, NULL, _IONBF, 0);
    assert_int_equal(fseek(f, (long)off, SEEK_SET), 0);
    for (size_t i = 0; i < NEEDLE; i++) {
        int c = fgetc(f);
        assert_true(c != EOF);
        needle[i] = (uint8_t)(c ^ 0xff);
    }
    assert_int_equal(fclose(f), 0);
}

static bool is_at(const uint8_t *p, const uint8_t needle[NEEDLE])
{
    size_t n = 0;

    while (n < NEEDLE && (p[n] ^ needle[n]) == 0xff) {
        n++;
    }
    return n == NEEDLE;
}

/* Places in the octets of piece. */
static unsigned count_in(const uint8_t *piece, size_t len, const uint8_t needle[NEEDLE])
{
    const uint8_t *p = piece, *end = len >= NEEDLE ? piece + len - NEEDLE + 1 : piece;
    unsigned n_found = 0;

    while (p < end && (p = memchr(p, needle[0] ^ 0xff, (size_t)(end - p)))) {
        n_found += is_at(p++, needle);
    }
    return n_found;
}

/* Places in all memory that can be written, but for what was read of it here. */
static unsigned count_in_memory(const uint8_t needle[NEEDLE])
{
    static uint8_t piece[1u << 20];
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512];
    unsigned n_found = 0;

    assert_true(maps && memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        char *rest = NULL;
        uint64_t from = strtoull(line, &rest, 16), to = strtoull(rest + 1, &rest, 16);
        bool is_ours = strncmp(rest, " rw", 3) == 0 && to - from < MAX_REGION;
        ssize_t n = 1;

        for (; is_ours && n > 0 && from + NEEDLE < to; from += sizeof piece - NEEDLE) {
            memset(piece, 0, sizeof piece);
            n = pread(memory, piece, sizeof piece, (off_t)from);
            n_found += count_in(piece, n > 0 ? (size_t)n : 0, needle);
        }
    }
    memset(piece, 0, sizeof piece);
    assert_int_equal(fclose(maps), 0);
    assert_int_equal(close(memory), 0);
    return n_found;
}

/*
 * When keys are released nothing of them is left, neither as text nor as numbers; the text is gone
 * as soon as it was read.  (In the sanitizer's build released memory stays as it was for a while.)
 */
static void wiped(void **state)
{
    static const char pem[] = SGS_SOURCE_DIR "/tests/crypto/keys/pkcs1.pem";
    static const char der[] = SGS_SOURCE_DIR "/tests/crypto/keys/pkcs1.der";
    static const char hex[] = "d1d2d3d4d5d6d7d8c1c2c3c4c5c6c7c8b1b2b3b4b5b6b7b8\n";
    static const char log[] = SGS_SOURCE_DIR "/tests/dissectors/tls/tls12-null.keys";
    const char *const names[] = {pem, path, log};
    const struct sgs_passes passes = {NULL, 0};
    uint8_t text[NEEDLE], prime[NEEDLE], psk[NEEDLE], line[NEEDLE];
    int status = SGS_EXIT_DONE;

    (void)state;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, hex, sizeof hex - 1), sizeof hex - 1);
    assert_int_equal(close(fd), 0);
    turn_needle(pem, 1000, text);
    turn_needle(der, 600, prime); /* inside the first prime */
    turn_needle(path, 8, psk);
    turn_needle(log, 260, line); /* in the master secret */
    files = sgs_keyfiles_open(names, 3, false, &passes, keys, &status);
    assert_int_equal(status, SGS_EXIT_DONE);
    assert_int_equal(count_in_memory(text), 0);
    assert_int_equal(count_in_memory(psk), 0);
    sgs_keyfiles_close(files);
    files = NULL;
    sgs_tls_keys_free(keys);
    keys = NULL;
    assert_int_equal(count_in_memory(text), 0);
    assert_int_equal(count_in_memory(line), 0);
    assert_int_equal(count_in_memory(prime), 0);
    for (size_t i = 0; i < NEEDLE; i++) { /* big numbers are kept the other way round */
        uint8_t c = prime[i];
        if (i < NEEDLE / 2) {
            prime[i] = prime[NEEDLE - 1 - i];
            prime[NEEDLE - 1 - i] = c;
        }
    }
    assert_int_equal(count_in_memory(prime), 0);
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
        TEST(whole),
        TEST(grows),
        TEST(begins_empty),
        TEST(shrinks),
        TEST(moved),
        TEST(large),
        TEST(no_key_log),
        TEST(wide),
        TEST(other_kinds),
        TEST(wiped),
        TEST(tells),
        TEST(finishes),
        TEST(silent_pipe),
        TEST(slow_pipe),
        TEST(pipe_of_a_file),
        TEST(keys_in_a_pipe),
        TEST(late_keys_in_a_pipe),
    };
    return cmocka_run_group_tests_name("keyfiles", tests, NULL, NULL) != 0;
}
