/*
 * Records behind a hole.  The handshake is one that openssl made (make.py); what follows it is
 * sealed here with OpenSSL under the secret of its key log (RFC 8446, sections 5.2 and 7.3), at
 * whatever sequence number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/reader.h>
#include <signscope/tls_keys.h>

#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))
#define MAX_CONTENT 16384

struct link {
    struct feed_sample sample;
    struct feed feed;
    const char *cipher;
    uint8_t secret[32]; /* of the client's application data */
};

/* wire */

/* The records of a sample one by one, up to the client's request. */
static void push_handshake(struct link *k)
{
    for (size_t i = 0; i < k->sample.n; i++) {
        struct sgs_reader r = rd_open(k->sample.records[i].octets);
        while (rd_more(&r)) {
            size_t off = r.off;
            uint8_t type = rd_u8(&r);
            rd_skip(&r, 2);
            size_t len = rd_be16(&r);
            rd_skip(&r, len);
            bool is_finished = type == 23 && len == 53; /* 4 of head, 32 of hash, type and tag */
            feed_next(&k->feed);
            feed_push(&k->feed, k->sample.records[i].dir,
                      rd_at(k->sample.records[i].octets, off, r.off - off));
            if (is_finished && k->sample.records[i].dir == SGS_C2S) {
                return;
            }
        }
    }
    fail_msg("the client sends no Finished");
}

static void open_link(struct link *k, const char *name, const char *cipher)
{
    char path[512];
    struct sgs_arena a;

    (void)snprintf(path, sizeof path, "%s/tls/%s.bin", SGS_SAMPLES, name);
    assert_true(feed_load(path, &k->sample));
    static const char label[] = "\nCLIENT_TRAFFIC_SECRET_0 ";
    const char *line = strstr(k->sample.keys, label);
    assert_non_null(line);
    sgs_arena_init(&a, 4096);
    struct sgs_slice secret;
    struct sgs_slice hex = sgs_slice((const uint8_t *)line + sizeof label - 1 + 64 + 1, 64);
    assert_true(sgs_hex_decode(&a, hex, &secret));
    memcpy(k->secret, secret.ptr, sizeof k->secret);
    sgs_arena_clear(&a);
    k->cipher = cipher;
    feed_open(&k->feed, "tls", &k->sample);
    push_handshake(k);
}

/* All events; ends the conversation.  Borrowed until close_link. */
static const char *lines_of(struct link *k)
{
    feed_end(&k->feed);
    assert_true(sgs_buf_add_octet(&k->feed.lines, 0));
    return (const char *)k->feed.lines.ptr;
}

static void close_link(struct link *k)
{
    feed_close(&k->feed);
    feed_unload(&k->sample);
}

/* sealing */

static void expand(const uint8_t secret[32], const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64], full[32];
    unsigned n = 0;
    int used = snprintf((char *)info, sizeof info, "%c%c%ctls13 %s%c%c", 0, (int)len,
                        (int)strlen(label) + 6, label, 0, 1);

    assert_non_null(HMAC(EVP_sha256(), secret, 32, info, (size_t)used, full, &n));
    memcpy(out, full, len);
}

/* One record of application data into out; returns its octets. */
static size_t seal(const struct link *k, uint64_t seq, struct sgs_slice text, uint8_t *out)
{
    size_t len = text.len + 1 + 16, key_len = strcmp(k->cipher, "AES-128-GCM") == 0 ? 16 : 32;
    uint8_t key[32], nonce[12];
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, k->cipher, NULL);
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    const uint8_t type = 23;
    int n = 0;

    expand(k->secret, "key", key, key_len);
    expand(k->secret, "iv", nonce, sizeof nonce);
    for (size_t i = 0; i < 8; i++) {
        nonce[11 - i] ^= (uint8_t)(seq >> 8 * i);
    }
    const uint8_t head[5] = {23, 3, 3, (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(out, head, 5);
    assert_true(EVP_EncryptInit_ex2(x, cipher, key, nonce, NULL) == 1 &&
                EVP_EncryptUpdate(x, NULL, &n, head, 5) == 1 &&
                EVP_EncryptUpdate(x, out + 5, &n, text.ptr, (int)text.len) == 1 &&
                EVP_EncryptUpdate(x, out + 5 + text.len, &n, &type, 1) == 1 &&
                EVP_EncryptFinal_ex(x, out + 6 + text.len, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, 16, out + 6 + text.len) == 1);
    EVP_CIPHER_CTX_free(x);
    EVP_CIPHER_free(cipher);
    return 5 + len;
}

static void push_request(struct link *k, uint64_t seq, const char *target)
{
    char text[128];
    uint8_t record[256];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a.example\r\n\r\n", target);

    feed_next(&k->feed);
    size_t len = seal(k, seq, sgs_slice((const uint8_t *)text, (size_t)n), record);
    feed_push(&k->feed, SGS_C2S, sgs_slice(record, len));
}

static void push_large(struct link *k, uint64_t seq)
{
    static uint8_t text[MAX_CONTENT], record[MAX_CONTENT + 256];

    memset(text, 'x', sizeof text);
    feed_next(&k->feed);
    size_t len = seal(k, seq, sgs_slice(text, sizeof text), record);
    feed_push(&k->feed, SGS_C2S, sgs_slice(record, len));
}

static void push_junk(struct link *k, size_t len, bool has_head)
{
    uint8_t junk[1024];

    assert_true(len <= sizeof junk);
    for (size_t i = 0; i < len; i++) {
        junk[i] = (uint8_t)(0x80 | (i * 131 >> 2));
    }
    if (has_head) {
        memcpy(junk + len / 2, (const uint8_t[]){23, 3, 3, 0, 40}, 5);
    }
    feed_push(&k->feed, SGS_C2S, sgs_slice(junk, len));
}

static void has(const char *lines, const char *what)
{
    if (!strstr(lines, what)) {
        fail_msg("no \"%s\" in\n%s", what, lines);
    }
}

static void has_not(const char *lines, const char *what)
{
    if (strstr(lines, what)) {
        fail_msg("\"%s\" in\n%s", what, lines);
    }
}

/* tests */

static const char *const both[][2] = {
    {"tls13-aes128",   "AES-128-GCM"      },
    {"tls13-chacha20", "ChaCha20-Poly1305"}
};

/* The hole, the place of the first record behind it, and whether that many records fit into it. */
static const struct {
    uint64_t hole, seq;
    bool is_found;
} places[] = {
    {100,         0,     true }, /* of the handshake */
    {100,         4,     true },
    {100,         50,    false}, /* 50 records have more octets */
    {22 * 1000,   999,   true },
    {1500000,     60000, true },
    {0,           60000, true }, /* nobody knows how large it was */
    {0,           65536, true },
    {0,           65537, false},
    {16406 * 200, 200,   true }, /* the longest records */
    {16406 * 200, 150,   false}, /* too few of them */
};

static void far_away(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        for (size_t i = 0; i < N(places); i++) {
            struct link k;
            open_link(&k, both[c][0], both[c][1]);
            feed_gap(&k.feed, SGS_C2S, places[i].hole);
            push_junk(&k, 30, false);
            push_request(&k, places[i].seq, "/first");
            push_request(&k, places[i].seq + 1, "/second");
            push_request(&k, places[i].seq + 2, "/last");
            const char *lines = lines_of(&k);
            if (places[i].is_found) {
                has(lines, "target=\"/first\"");
                has(lines, "target=\"/second\"");
                has(lines, "target=\"/last\"");
                has(lines, " resyncs=1 trials=");
            } else {
                has_not(lines, "http.request");
            }
            close_link(&k);
        }
    }
}

/* The only record behind the hole; nothing tells that a record ends where it does. */
static void alone(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        struct link k;
        open_link(&k, both[c][0], both[c][1]);
        feed_gap(&k.feed, SGS_C2S, 0);
        push_request(&k, 30000, "/alone");
        has(lines_of(&k), "target=\"/alone\"");
        close_link(&k);
    }
}

/* What looks like a head and is none. */
static void false_heads(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        struct link k;
        open_link(&k, both[c][0], both[c][1]);
        for (size_t i = 0; i < 20; i++) {
            feed_gap(&k.feed, SGS_C2S, 0);
            push_junk(&k, 60, true);
        }
        push_request(&k, 20000, "/first");
        push_request(&k, 20001, "/second");
        const char *lines = lines_of(&k);
        has(lines, "target=\"/first\"");
        has(lines, "target=\"/second\"");
        close_link(&k);
    }
}

/* Two holes, one after the other and one inside the other's search. */
static void two_holes(void **state)
{
    struct link k;

    open_link(&k, "tls13-chacha20", "ChaCha20-Poly1305");
    feed_gap(&k.feed, SGS_C2S, 5000);
    push_junk(&k, 100, false);
    feed_gap(&k.feed, SGS_C2S, 5000);
    push_request(&k, 400, "/first");
    feed_gap(&k.feed, SGS_C2S, 2000);
    push_request(&k, 450, "/second");
    const char *lines = lines_of(&k);
    has(lines, "target=\"/first\"");
    has(lines, "target=\"/second\"");
    has(lines, " resyncs=2 trials=");
    close_link(&k);
}

/* A long record at many places would cost more than is allowed; the short one behind it tells. */
static void shortest_first(void **state)
{
    struct link k;
    static uint8_t text[8000], records[16400];

    open_link(&k, "tls13-chacha20", "ChaCha20-Poly1305");
    feed_gap(&k.feed, SGS_C2S, 0);
    memset(text, 'x', sizeof text);
    size_t len = seal(&k, 60000, sgs_slice(text, sizeof text), records);
    len += seal(&k, 60001, SGS_LIT("\r\nGET /short HTTP/1.1\r\n\r\n"), records + len);
    feed_next(&k.feed);
    feed_push(&k.feed, SGS_C2S, sgs_slice(records, len));
    const char *lines = lines_of(&k);
    has(lines, "target=\"/short\"");
    has(lines, "octets_c2s=8025 ");
    has_not(lines, "limit");
    close_link(&k);
}

/* Where only long ones come the work ends, and this is said. */
static void too_much_work(void **state)
{
    struct link k;

    open_link(&k, "tls13-chacha20", "ChaCha20-Poly1305");
    feed_gap(&k.feed, SGS_C2S, 0);
    for (size_t i = 0; i < 8; i++) {
        push_large(&k, 60000 + i);
    }
    const char *lines = lines_of(&k);
    has(lines, "limit c>s what=\"tls.trial\"");
    const char *trials = strstr(lines, " trials=");
    assert_non_null(trials);
    assert_true(strtoul(trials + strlen(" trials="), NULL, 10) <
                3 * SGS_MAX_TLS_TRIAL / MAX_CONTENT);
    close_link(&k);
}

/* The writer goes on with the secret after n KeyUpdates. */
static void update(struct link *k, size_t n)
{
    uint8_t next[32];

    while (n-- > 0) {
        expand(k->secret, "traffic upd", next, sizeof next);
        memcpy(k->secret, next, sizeof next);
    }
}

/* KeyUpdates were lost in one hole: a later secret, numbered from 0. */
static void lost_key_updates(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        for (size_t n = 1; n <= SGS_MAX_TLS_UPDATES + 1; n++) {
            struct link k;
            open_link(&k, both[c][0], both[c][1]);
            push_request(&k, 0, "/before");
            feed_gap(&k.feed, SGS_C2S, 1000);
            update(&k, n);
            push_request(&k, 5, "/after");
            push_request(&k, 6, "/behind");
            update(&k, 1);
            feed_gap(&k.feed, SGS_C2S, 1000);
            push_request(&k, 0, "/again");
            const char *lines = lines_of(&k);
            has(lines, "target=\"/before\"");
            if (n <= SGS_MAX_TLS_UPDATES) {
                has(lines, "target=\"/after\"");
                has(lines, "target=\"/behind\"");
                has(lines, "target=\"/again\"");
            } else {
                has_not(lines, "target=\"/after\"");
                has_not(lines, "target=\"/again\"");
            }
            close_link(&k);
        }
    }
}

/* The capture begins behind the handshake: the key log is tried. */
static void late_start(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        for (uint64_t seq = 0; seq < 60; seq += 50) {
            struct link k;
            open_link(&k, both[c][0], both[c][1]);
            lines_of(&k);
            feed_close(&k.feed);
            feed_open(&k.feed, "tls", &k.sample);
            push_request(&k, seq, "/first");
            push_request(&k, seq + 1, "/second");
            const char *lines = lines_of(&k);
            has(lines, "target=\"/first\"");
            has(lines, "target=\"/second\"");
            has(lines, "records=2 records_decrypted=2 key_source=\"keylog\"");
            close_link(&k);
        }
    }
}

/* The capture begins between the two Finished: the client's is of an epoch whose secret is not
 * tried. */
static void late_start_in_the_handshake(void **state)
{
    struct link k;
    uint8_t finished[58] = {23, 3, 3, 0, 53};

    open_link(&k, "tls13-aes128", "AES-128-GCM");
    lines_of(&k);
    feed_close(&k.feed);
    feed_open(&k.feed, "tls", &k.sample);
    feed_push(&k.feed, SGS_C2S, sgs_slice(finished, sizeof finished));
    push_request(&k, 0, "/first");
    push_request(&k, 1, "/second");
    const char *lines = lines_of(&k);
    has(lines, "target=\"/first\"");
    has(lines, "target=\"/second\"");
    close_link(&k);
}

/* Of the hellos the client's is missing: the server's first record is of the handshake. */
static void no_client_hello(void **state)
{
    for (size_t c = 0; c < N(both); c++) {
        struct link k;
        open_link(&k, both[c][0], both[c][1]);
        lines_of(&k);
        feed_close(&k.feed);
        feed_open(&k.feed, "tls", &k.sample);
        for (size_t i = 1; i < k.sample.n; i++) {
            feed_next(&k.feed);
            feed_push(&k.feed, k.sample.records[i].dir, k.sample.records[i].octets);
        }
        const char *lines = lines_of(&k);
        has(lines, "tls.certificate s>c subject=\"O=Contoso, CN=web.contoso.example\"");
        has(lines, "target=\"/hello.txt\"");
        has(lines, "http.response s>c status=200");
        has(lines, "state=\"decrypted\"");
        close_link(&k);
    }
}

/* The secrets are those of another connection. */
static void late_start_without_key(void **state)
{
    struct link k;

    open_link(&k, "tls13-aes128", "AES-128-GCM");
    lines_of(&k);
    feed_close(&k.feed);
    feed_open(&k.feed, "tls", &k.sample);
    k.secret[7] ^= 1;
    for (uint64_t seq = 0; seq < 20; seq++) {
        push_request(&k, seq, "/first");
    }
    const char *lines = lines_of(&k);
    has_not(lines, "http.request");
    has(lines, "state=\"opaque\" records=20 records_decrypted=0");
    close_link(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(far_away),
        cmocka_unit_test(alone),
        cmocka_unit_test(false_heads),
        cmocka_unit_test(two_holes),
        cmocka_unit_test(shortest_first),
        cmocka_unit_test(too_much_work),
        cmocka_unit_test(lost_key_updates),
        cmocka_unit_test(late_start),
        cmocka_unit_test(late_start_in_the_handshake),
        cmocka_unit_test(no_client_hello),
        cmocka_unit_test(late_start_without_key),
    };
    return cmocka_run_group_tests_name("tls_resync", tests, NULL, NULL) != 0;
}
