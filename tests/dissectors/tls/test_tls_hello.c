/*
 * Handshake messages in the clear that no ordinary peer sends (RFC 5246, section 7.4, appendix E.2;
 * RFC 6066, section 8; RFC 6961): cut, too long, too many, in pieces, of old and unknown kinds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))
#define MAX_SAID 6
#define LARGEST 16384 /* octets of a record */

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, TICKET = 4, CERTIFICATE = 11, STATUS = 22, RAW = 256 };

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define CLIENT_HEAD                                                                                \
    "0303" RANDOM "00"                                                                             \
    "0004c02f002f"                                                                                 \
    "0100"
#define SERVER_HEAD                                                                                \
    "0303" RANDOM "00"                                                                             \
    "c02f"                                                                                         \
    "00"
#define PLAIN_CLIENT                                                                               \
    {                                                                                              \
        SGS_C2S, CLIENT_HELLO, CLIENT_HEAD                                                         \
    }
#define PLAIN_SERVER                                                                               \
    {                                                                                              \
        SGS_S2C, SERVER_HELLO, SERVER_HEAD                                                         \
    }
#define TICKET_CLIENT                                                                              \
    {                                                                                              \
        SGS_C2S, CLIENT_HELLO,                                                                     \
            CLIENT_HEAD "0006"                                                                     \
                        "0023"                                                                     \
                        "0002"                                                                     \
                        "aabb"                                                                     \
    }
/* A certificate with its length, made by openssl: CN=a, Ed25519. */
#define ONE_CERTIFICATE                                                                            \
    "0000c13081be3072020101300506032b6570300c310a300806035504030c0161301e170d323631313231"         \
    "3233323631385a170d3236313132323233323631385a300c310a300806035504030c0161302a30050603"         \
    "2b657003210082d3f937a5fb7c92d7b14e96bd4a74a2676ba8b8eed9393dbdf9aa74001d006230050603"         \
    "2b65700341008638642591983726a9cf97ee30525593791213f062fb1bb0e426c0ac6b0156aceabcf721"         \
    "a25526f25954dac73853f6c64fed11c1484c61b81e64f755a14ea404"

/* One message; type RAW: octets as they are, else the body of a handshake message. */
struct said {
    enum sgs_dir dir;
    unsigned type;
    const char *hex; /* NULL: no more */
};

struct row {
    const char *name;
    size_t piece; /* octets of a record, 0: as much as fits */
    struct said said[MAX_SAID];
    const char *has[3];
    const char *lacks;
};

static const struct row rows[] = {
#include "hello_rows.def"
};

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add_hex(struct sgs_buf *out, const char *hex)
{
    for (; *hex; hex += 2) {
        assert_true(sgs_buf_add_octet(out, (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]))));
    }
}

static void add_be(struct sgs_buf *out, size_t n, size_t value)
{
    while (n-- > 0) {
        assert_true(sgs_buf_add_octet(out, (uint8_t)(value >> 8 * n)));
    }
}

/* Pushes octets as handshake records. */
static void push_records(struct feed *f, enum sgs_dir dir, struct sgs_slice octets, size_t piece)
{
    while (octets.len > 0) {
        struct sgs_slice part = sgs_slice_head(octets, piece < octets.len ? piece : octets.len);
        struct sgs_buf record;

        sgs_buf_init(&record, LARGEST + 5);
        add_hex(&record, "160303");
        add_be(&record, 2, part.len);
        assert_true(sgs_buf_add(&record, part));
        feed_next(f);
        feed_push(f, dir, sgs_buf_slice(&record));
        sgs_buf_clear(&record);
        octets = sgs_slice_from(octets, part.len);
    }
}

static void push_message(struct feed *f, enum sgs_dir dir, unsigned type, struct sgs_slice body,
                         size_t piece)
{
    struct sgs_buf message;

    sgs_buf_init(&message, 4 + body.len);
    add_be(&message, 1, type);
    add_be(&message, 3, body.len);
    assert_true(sgs_buf_add(&message, body));
    push_records(f, dir, sgs_buf_slice(&message), piece > 0 ? piece : LARGEST);
    sgs_buf_clear(&message);
}

static void say(struct feed *f, const struct said *said, size_t piece)
{
    struct sgs_buf octets;

    sgs_buf_init(&octets, 1u << 16);
    add_hex(&octets, said->hex);
    if (said->type == RAW) {
        feed_next(f);
        feed_push(f, said->dir, sgs_buf_slice(&octets));
    } else {
        push_message(f, said->dir, said->type, sgs_buf_slice(&octets), piece);
    }
    sgs_buf_clear(&octets);
}

static void begin(struct feed *f)
{
    struct feed_sample nothing;

    feed_parse((struct sgs_slice){NULL, 0}, false, &nothing);
    feed_open(f, "tls", &nothing);
    feed_unload(&nothing);
}

/* Ends it; its lines, borrowed until feed_close. */
static const char *lines_of(struct feed *f)
{
    feed_end(f);
    assert_true(sgs_buf_add_octet(&f->lines, 0));
    return (const char *)f->lines.ptr;
}

static void assert_has(const char *lines, const char *what)
{
    if (!strstr(lines, what)) {
        fail_msg("no \"%s\" in\n%s", what, lines);
    }
}

static void one(void **state)
{
    const struct row *row = *state;
    struct feed f;

    begin(&f);
    for (size_t i = 0; i < MAX_SAID && row->said[i].hex; i++) {
        say(&f, &row->said[i], row->piece);
    }
    const char *lines = lines_of(&f);
    for (size_t i = 0; i < N(row->has) && row->has[i]; i++) {
        assert_has(lines, row->has[i]);
    }
    if (row->lacks && strstr(lines, row->lacks)) {
        fail_msg("\"%s\" in\n%s", row->lacks, lines);
    }
    feed_close(&f);
}

/* The body of a message that is n times the same, behind a head that counts them. */
static void many(const struct said *head, size_t len_octets, const char *item, size_t n,
                 const char *limit)
{
    struct sgs_buf body;
    struct feed f;

    begin(&f);
    sgs_buf_init(&body, 1u << 20);
    add_hex(&body, head->hex);
    add_be(&body, len_octets, n * strlen(item) / 2);
    for (size_t i = 0; i < n; i++) {
        add_hex(&body, item);
    }
    push_message(&f, head->dir, head->type, sgs_buf_slice(&body), 0);
    const char *lines = lines_of(&f);
    if (limit) {
        assert_has(lines, limit);
    } else {
        assert_null(strstr(lines, "limit "));
    }
    feed_close(&f);
    sgs_buf_clear(&body);
}

/* As many as the cap says are fine, one more is told. */
static void caps(void **state)
{
    static const struct {
        struct said head;
        size_t len_octets;
        const char *item;
        size_t most;
        const char *limit;
    } lists[] = {
        {{SGS_C2S, CLIENT_HELLO, CLIENT_HEAD},
         2, "7a7a0000",
         SGS_MAX_TLS_EXTENSIONS,   "what=\"tls.extensions\""  },
        {{SGS_S2C, CERTIFICATE, ""},
         3, ONE_CERTIFICATE,
         SGS_MAX_TLS_CERTIFICATES, "what=\"tls.certificates\""},
        {{SGS_S2C, STATUS, "02"},
         3, "000000",
         SGS_MAX_TLS_CERTIFICATES, "what=\"tls.certificates\""},
    };
    (void)state;
    for (size_t i = 0; i < N(lists); i++) {
        many(&lists[i].head, lists[i].len_octets, lists[i].item, lists[i].most, NULL);
        many(&lists[i].head, lists[i].len_octets, lists[i].item, lists[i].most + 1, lists[i].limit);
    }
}

/* A message that is too long, behind the ServerHello in its record, is left out; what comes behind
 * it is read. */
static void too_long(void **state)
{
    static const uint8_t zeros[SGS_MAX_TLS_HANDSHAKE + 100];
    const struct said hello = PLAIN_CLIENT, behind = {SGS_S2C, STATUS, "01000001"};
    struct sgs_buf flight;
    struct feed f;

    (void)state;
    sgs_buf_init(&flight, 2 * SGS_MAX_TLS_HANDSHAKE);
    add_hex(&flight, "02000026" SERVER_HEAD "0b");
    add_be(&flight, 3, sizeof zeros);
    assert_true(sgs_buf_add(&flight, sgs_slice(zeros, sizeof zeros)));
    begin(&f);
    say(&f, &hello, 0);
    push_records(&f, SGS_S2C, sgs_buf_slice(&flight), LARGEST);
    say(&f, &behind, 0);
    const char *lines = lines_of(&f);
    assert_has(lines, "tls.server_hello");
    assert_has(lines, "what=\"tls.handshake\"");
    assert_has(lines, "what=\"CertificateStatus cut short\"");
    assert_null(strstr(lines, "not a handshake message"));
    feed_close(&f);
    sgs_buf_clear(&flight);
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 2] = {cmocka_unit_test(caps), cmocka_unit_test(too_long)};

    for (size_t i = 0; i < N(rows); i++) {
        tests[2 + i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    return cmocka_run_group_tests_name("tls_hello", tests, NULL, NULL) != 0;
}
