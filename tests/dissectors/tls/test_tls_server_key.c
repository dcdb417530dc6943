/*
 * TLS connections that openssl made (make.py), opened with secrets of the server: its private key
 * (tests/crypto/keys) and the pre-shared key of make.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/server_keys.h>

#include "engine/stream.h"
#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define REQUEST "http.request c>s method=\"GET\" host=\"web.contoso.example\" target=\"/hello.txt\""
#define EARLY_REQUEST                                                                              \
    "http.request c>s method=\"GET\" host=\"web.contoso.example\" target=\"/early.txt\""
#define WHOLE "octets_c2s=54 octets_s2c=76 state=\"decrypted\""
#define PSK "00112233445566778899aabbccddeeff"
#define OTHER_PSK "ff112233445566778899aabbccddeeff"
#define SESSION_PSK                                                                                \
    "361143FC15DFDF24AC8D64FF9F5AF355DF19242BD8675A74A1C236BABCF99B92" /* make.py says */
#define MAX_KEYS 4

static void add_key(struct sgs_tls_keys *keys, const char *name)
{
    uint8_t octets[4096];
    char path[512];
    struct sgs_slice file = sgs_slice_str(name);

    if (strchr(name, '.')) {
        (void)snprintf(path, sizeof path, "%s/tests/crypto/keys/%s", SGS_SOURCE_DIR, name);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        file = sgs_slice(octets, fread(octets, 1, sizeof octets, f));
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(
        sgs_server_keys_add(sgs_tls_keys_servers(keys), sgs_key_file_probe(file), file, NULL, 0),
        SGS_KEY_ERROR_NONE);
}

static void load(const char *name, struct feed_sample *s)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tls/%s.bin", SGS_SAMPLES, name);
    if (!feed_load(path, s)) {
        fail_msg("%s is no sample", path);
    }
    feed_keys(s, SGS_LIT("# nothing\n"));
}

static void push(struct feed *f, const struct feed_sample *s)
{
    for (size_t i = 0; i < s->n; i++) {
        feed_next(f);
        feed_push(f, s->records[i].dir, s->records[i].octets);
    }
    feed_end(f);
}

static void assert_has(struct feed *f, const char *what)
{
    assert_true(sgs_buf_add_octet(&f->lines, 0));
    if (!strstr((const char *)f->lines.ptr, what)) {
        fail_msg("no \"%s\" in\n%s", what, (const char *)f->lines.ptr);
    }
    f->lines.len--;
}

/* What must be told. */
static const char *const shut[] = {"state=\"opaque\"", NULL};
static const char *const whole[] = {REQUEST, WHOLE, NULL};
static const char *const early[] = {EARLY_REQUEST, "octets_c2s=54 octets_s2c=0 state=\"partly\"",
                                    NULL};
static const char *const both[] = {EARLY_REQUEST, REQUEST,
                                   "octets_c2s=108 octets_s2c=0 state=\"decrypted\"", NULL};

struct row {
    const char *name;
    const char *keys[MAX_KEYS];
    const char *const *wanted;
    const char *session;
};

static const struct row rows[] = {
    {"nokey-rsa10",           {"rsa.pem"},                        whole, "key_source=\"rsa\" end=\"ok\""},
    {"nokey-rsa12",           {"rsa.pem"},                        whole, "key_source=\"rsa\" end=\"ok\""},
    {"nokey-rsa12",           {"ec.pem", "other.pem", "rsa.pem"}, whole, "key_source=\"rsa\" end=\"ok\""},
    {"nokey-rsa12-no-ems",    {"rsa.pem"},                        whole, "key_source=\"rsa\" end=\"ok\""},
    {"nokey-rsa12",           {"other.pem", "ec.pem"},            shut,  "reason=\"no-key-entries\""    },
    {"nokey-ecdhe",           {"rsa.pem"},                        shut,  "reason=\"key-unusable\""      },
    {"nokey-ecdhe",           {"other.pem"},                      shut,  "reason=\"no-key-entries\""    },
    {"nokey-tls13",           {"rsa.pem"},                        shut,  "reason=\"key-unusable\""      },
    {"nokey-tls13",           {PSK},                              shut,  "reason=\"no-key-entries\""    },
    {"nokey-psk12",           {PSK},                              whole, "key_source=\"psk\" end=\"ok\""},
    {"nokey-psk12",           {OTHER_PSK, "rsa.pem", PSK},        whole, "key_source=\"psk\" end=\"ok\""},
    {"nokey-psk12",           {OTHER_PSK},                        shut,  "reason=\"no-key-entries\""    },
    {"nokey-rsapsk12",        {PSK, "rsa.pem"},                   whole, "key_source=\"psk\" end=\"ok\""},
    {"nokey-rsapsk12",        {PSK},                              shut,  "reason=\"key-unusable\""      },
    {"nokey-rsapsk12",        {"rsa.pem"},                        shut,  "reason=\"key-unusable\""      },
    {"nokey-psk13",           {OTHER_PSK, PSK},                   whole, "key_source=\"psk\" end=\"ok\""},
    {"nokey-psk13",           {OTHER_PSK},                        shut,  "reason=\"no-key-entries\""    },
    {"nokey-psk13-early",     {PSK},                              both,  "key_source=\"psk\""           },
    {"nokey-resumed13-early", {SESSION_PSK},                      both,  "key_source=\"psk\""           },
    {"nokey-pskdhe13",        {PSK},                              shut,  "reason=\"key-unusable\""      },
    {"nokey-pskdhe13",        {OTHER_PSK},                        shut,  "reason=\"no-key-entries\""    },
    {"nokey-pskdhe13-early",  {PSK},                              early, "reason=\"key-unusable\""      },
    {"nokey-pskdhe13-early",  {OTHER_PSK},                        shut,  "reason=\"no-key-entries\""    },
    {"nokey-pskdhe13-retry",  {PSK},                              shut,  "reason=\"key-unusable\""      },
    {"nokey-pskdhe13-retry",  {OTHER_PSK},                        shut,  "reason=\"no-key-entries\""    },
    {"nokey-dhepsk12",        {PSK},                              shut,  "reason=\"key-unusable\""      },
};

static void server_key(void **state)
{
    const struct row *row = *state;
    struct feed_sample s;
    struct feed f;

    load(row->name, &s);
    feed_open(&f, "tls", &s);
    for (size_t i = 0; i < MAX_KEYS && row->keys[i]; i++) {
        add_key(f.keys, row->keys[i]);
    }
    push(&f, &s);
    for (size_t i = 0; row->wanted[i]; i++) {
        assert_has(&f, row->wanted[i]);
    }
    assert_has(&f, row->session);
    feed_close(&f);
    feed_unload(&s);
}

/* Length of the TLS record at the head of octets. */
static size_t record_len(struct sgs_slice octets)
{
    assert_true(octets.len >= 5);
    return 5 + (size_t)(octets.ptr[3] << 8 | octets.ptr[4]);
}

/* The server's Certificate was not captured: each RSA key is tried. */
static void certificate_lost(void **state)
{
    struct feed_sample s;
    struct feed f;

    (void)state;
    load("nokey-rsa12-no-ems", &s);
    feed_open(&f, "tls", &s);
    add_key(f.keys, "other.pem");
    add_key(f.keys, "rsa.pem");
    for (size_t i = 0; i < s.n; i++) {
        struct sgs_slice octets = s.records[i].octets;

        feed_next(&f);
        if (i == 1) { /* ServerHello, Certificate, ServerHelloDone */
            size_t hello = record_len(octets);
            size_t certificate = record_len(sgs_slice_from(octets, hello));
            assert_int_equal(octets.ptr[hello + 5], 11);
            feed_push(&f, s.records[i].dir, sgs_slice_head(octets, hello));
            feed_gap(&f, s.records[i].dir, certificate);
            octets = sgs_slice_from(octets, hello + certificate);
        }
        feed_push(&f, s.records[i].dir, octets);
    }
    feed_end(&f);
    assert_has(&f, REQUEST);
    assert_has(&f, "key_source=\"rsa\" end=\"ok\"");
    assert_int_equal(sgs_server_keys_at(sgs_tls_keys_servers(f.keys), 0)->sessions, 0);
    assert_int_equal(sgs_server_keys_at(sgs_tls_keys_servers(f.keys), 1)->sessions, 1);
    feed_close(&f);
    feed_unload(&s);
}

/* The octets of a session ID in both hellos of the second connection. */
static void change_session_id(struct feed_sample *s)
{
    uint8_t id[32];
    size_t n_changed = 0;
    const size_t at = 5 + 4 + 2 + 32 + 1; /* record, message, version, random, length */

    memcpy(id, s->records[0].octets.ptr + at, sizeof id);
    for (uint8_t *p = s->data; p + sizeof id <= s->data + s->data_len; p++) {
        if (memcmp(p, id, sizeof id) == 0) {
            p[7] ^= 0x40;
            n_changed++;
        }
    }
    assert_int_equal(n_changed, 2);
}

/* A resumed session has no ClientKeyExchange: the one before it tells, by session ID or ticket. */
static void resumed(void **state)
{
    static const struct {
        const char *first, *second;
        bool is_by_ticket; /* and by nothing else: openssl's client makes the session ID of the
                              ticket */
    } pairs[] = {
        {"nokey-rsa12-id-first",     "nokey-rsa12-id",     false},
        {"nokey-rsa12-ticket-first", "nokey-rsa12-ticket", false},
        {"nokey-rsa12-ticket-first", "nokey-rsa12-ticket", true },
    };

    (void)state;
    for (size_t i = 0; i < N(pairs); i++) {
        const struct sgs_conn_info info = {.transport = SGS_TCP, .number = 1, .has_start = true};
        struct feed_sample first, second;
        struct feed f;

        load(pairs[i].first, &first);
        load(pairs[i].second, &second);
        if (pairs[i].is_by_ticket) {
            change_session_id(&second);
        }
        feed_open(&f, "tls", &first);
        add_key(f.keys, "rsa.pem");
        push(&f, &first);
        sgs_buf_drop(&f.lines, f.lines.len);
        f.stream = sgs_stream_open(f.engine, &info, "tls");
        push(&f, &second);
        assert_has(&f, REQUEST);
        assert_has(&f, "resumed=1 resumes=");
        assert_has(&f, WHOLE);
        assert_has(&f, "key_source=\"rsa\" end=\"ok\"");
        assert_int_equal(sgs_server_keys_at(sgs_tls_keys_servers(f.keys), 0)->sessions, 1);
        feed_close(&f);
        feed_unload(&first);
        feed_unload(&second);
    }
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 2];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = server_key,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(resumed);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(certificate_lost);
    return cmocka_run_group_tests_name("tls_server_key", tests, NULL, NULL) != 0;
}
