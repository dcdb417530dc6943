/*
 * TLS connections that openssl made (make.py), with all of their keys, with some, with none, and
 * with octets missing or damaged.  What the two sides said is known: one request, one answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/dissector.h>
#include <signscope/reader.h>
#include <signscope/tls_keys.h>

#include "base/mem.h"
#include "engine/stream.h"
#include "feed.h"

extern const struct sgs_dissector sgs_dissector_tls;

#define N(array) (sizeof(array) / sizeof *(array))

#define REQUEST "http.request c>s method=\"GET\" host=\"web.contoso.example\" target=\"/hello.txt\""
#define RESPONSE "http.response s>c status=200"

static void load(const char *name, struct feed_sample *s)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tls/%s.bin", SGS_SAMPLES, name);
    if (!feed_load(path, s)) {
        fail_msg("%s is no sample", path);
    }
}

static void assert_has(const char *lines, const char *what)
{
    if (!strstr(lines, what)) {
        const char *session = strstr(lines, "tls.session");
        fail_msg("no \"%s\" in\n%s", what, session ? session : lines);
    }
}

static void assert_lacks(const char *lines, const char *what)
{
    if (strstr(lines, what)) {
        fail_msg("\"%s\" in\n%s", what, lines);
    }
}

static unsigned count(const char *lines, const char *what)
{
    unsigned n = 0;

    for (const char *p = strstr(lines, what); p; p = strstr(p + 1, what)) {
        n++;
    }
    return n;
}

/* What `openssl ocsp -resp_text` prints of the answer of make.py. */
#define STAPLED                                                                                    \
    "tls.ocsp s>c position=0 serial=\"7e57\" ocsp_status=\"successful\" cert_status=\"revoked\""

/* all keys */

struct opened {
    const char *name;
    const char *has[4]; /* besides request and answer */
};

static const struct opened all_keys[] = {
    {"tls10-cbc",              {"version=\"TLSv1.0\" cipher=\"TLS_RSA_WITH_AES_128_CBC_SHA\" resumed=0"}    },
    {"tls11-cbc-etm",          {"version=\"TLSv1.1\" cipher=\"TLS_RSA_WITH_AES_128_CBC_SHA\" resumed=0"}    },
    {"tls12-cbc-sha256",       {"cipher=\"TLS_RSA_WITH_AES_256_CBC_SHA256\""}                               },
    {"tls12-cbc-sha384-etm",   {"cipher=\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384\""}                         },
    {"tls12-gcm-alpn",
     {"tls.client_hello c>s version=\"TLSv1.2\" sni=\"web.contoso.example\" "
      "alpn=\"h2\",\"http/1.1\"",
      "tls.server_hello s>c version=\"TLSv1.2\" alpn=\"http/1.1\" "
      "cipher=\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\" resumed=0 [tls]",
      "subject=\"O=Contoso, CN=web.contoso.example\" issuer=\"O=Contoso, CN=web.contoso.example\" "
      "names=\"web.contoso.example\",\"sip.contoso.example\"",
      "name_match=1 chain=\"self-signed\" sources=\"sni\" [tls]"}                                           },
    {"tls12-ccm8",             {"cipher=\"TLS_RSA_WITH_AES_128_CCM_8\""}                                    },
    {"tls12-ccm",              {"cipher=\"TLS_ECDHE_ECDSA_WITH_AES_256_CCM\""}                              },
    {"tls12-chacha20",         {"cipher=\"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\""}                   },
    {"tls12-camellia",         {"cipher=\"TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256\""}                          },
    {"tls12-null",             {"cipher=\"TLS_RSA_WITH_NULL_SHA256\""}                                      },
    {"tls12-client-cert",
     {"tls.certificate c>s subject=\"O=Contoso, CN=ann\"", "side=\"client\" ", "side=\"server\" ",
      "client_cert=\"shown\""}                                                                              },
    {"tls12-client-cert-none", {"client_cert=\"none\""}                                                     },
    {"tls12-renegotiation",    {"records=15 records_decrypted=15"}                                          },
    {"tls12-resumed-ticket",   {"session=\"ticket\"", "resumed=1 [tls]"}                                    },
    {"tls12-resumed-id",       {"session=\"id\"", "resumed=1 [tls]"}                                        },
    {"tls13-aes128",           {"version=\"TLSv1.3\" cipher=\"TLS_AES_128_GCM_SHA256\" resumed=0 [tls]"}    },
    {"tls13-aes256-alpn",
     {"tls.server_hello s>c version=\"TLSv1.3\" alpn=\"http/1.1\" "
      "cipher=\"TLS_AES_256_GCM_SHA384\" resumed=0 [tls]",
      "tls.certificate s>c name=\"web.contoso.example\" subject=\"O=Contoso, "
      "CN=web.contoso.example\""}                                                                           },
    {"tls13-chacha20",         {"cipher=\"TLS_CHACHA20_POLY1305_SHA256\""}                                  },
    {"tls13-ccm8",             {"cipher=\"TLS_AES_128_CCM_8_SHA256\""}                                      },
    {"tls13-retry",            {"version=\"TLSv1.3\""}                                                      },
    {"tls13-key-update",       {"records=14 records_decrypted=14"}                                          },
    {"tls13-client-cert-none", {"client_cert=\"none\""}                                                     },
    {"tls13-client-cert",
     {"tls.certificate c>s subject=\"O=Contoso, CN=ann\"", "client_cert=\"shown\""}                         },
    {"tls12-staple",           {"name_match=0 chain=\"ok\" sources=\"sni\" [tls]", STAPLED, "must_staple=1"}},
    {"tls13-staple",
     {"name_match=0 chain=\"ok\" sources=\"sni\" [tls]", STAPLED,
      "crl_kinds=\"ldap\" aia_kinds=\"http\""}                                                              },
    {"tls12-other-sni",
     {"name=\"sip.contoso.example\" ", "sources=\"sni\"",
      "target=\"/hello.txt\" version=\"HTTP/1.0\" name_match=1 certificate=3 [tls/http1]"}                  },
    {"tls13-other-sni",
     {"name=\"sip.contoso.example\" ", "name_match=1 chain=\"ok\" sources=\"sni\" [tls]",
      "target=\"/hello.txt\" version=\"HTTP/1.0\" name_match=0 certificate=3 [tls/http1]"}                  },
    {"tls13-resumed",          {"session=\"psk\"", "resumed=1 [tls]"}                                       },
};

static void opens(void **state)
{
    const struct opened *row = *state;
    struct feed_sample s;

    load(row->name, &s);
    char *lines = feed_run("tls", &s, 0, NULL);
    assert_has(lines, REQUEST);
    assert_has(lines, RESPONSE);
    assert_has(lines, "body_octets=31");
    assert_has(lines, "octets_c2s=54 octets_s2c=76 state=\"decrypted\"");
    assert_has(lines, "key_source=\"keylog\" end=\"ok\"");
    assert_int_equal(count(lines, "tls.session "), 1);
    assert_int_equal(count(lines, "client_cert="), strstr(row->name, "client-cert") != NULL);
    assert_lacks(lines, "malformed");
    for (size_t i = 0; i < N(row->has) && row->has[i]; i++) {
        assert_has(lines, row->has[i]);
    }
    free(lines);
    feed_unload(&s);
}

/* A HelloRetryRequest is no ServerHello. */
static void retry(void **state)
{
    struct feed_sample s;

    load("tls13-retry", &s);
    char *lines = feed_run("tls", &s, 0, NULL);
    assert_int_equal(count(lines, "tls.client_hello "), 2);
    assert_int_equal(count(lines, "tls.server_hello "), 1);
    free(lines);
    feed_unload(&s);
}

static void early_data(void **state)
{
    struct feed_sample s;

    load("tls13-early-data", &s);
    char *lines = feed_run("tls", &s, 0, NULL);
    assert_has(lines, "target=\"/early.txt\"");
    assert_has(lines, REQUEST);
    assert_has(lines,
               "octets_c2s=108 octets_s2c=0 state=\"decrypted\" records=9 records_decrypted=9");
    free(lines);
    feed_unload(&s);
}

/*
 * HTTP/2 is named once, as long as nobody claims it; its octets are probed all the same, and the
 * sample's client, which agreed to it, sends HTTP/1.
 */
static void names_protocol(void **state)
{
    struct feed_sample s;

    load("tls13-h2", &s);
    char *lines = feed_run("tls", &s, 0, NULL);
    if (!strstr(lines, "/http2")) {
        assert_int_equal(count(lines, "proto.named c>s name=\"HTTP/2\" by=\"alpn\""), 1);
    }
    assert_has(lines, "http.request c>s method=\"GET\"");
    free(lines);
    feed_unload(&s);
}

/* refused handshakes */

static void refusals(void **state)
{
    static const struct {
        const char *name, *alert, *session;
    } rows[] = {
        {"tls12-unknown-ca",
         "tls.alert c>s by=\"client\" level=\"fatal\" description=\"unknown_ca\" [tls]",        "version=\"TLSv1.2\" octets_c2s=0 octets_s2c=0 state=\"opaque\" records=0 "
         "records_decrypted=0 end=\"alert-c\""                                                   },
        {"tls12-no-shared-cipher",
         "tls.alert s>c by=\"server\" level=\"fatal\" description=\"handshake_failure\" [tls]", "reason=\"no-application-data\" octets_c2s=0 octets_s2c=0 state=\"opaque\" records=0 "
         "records_decrypted=0 end=\"alert-s\""                                            },
        {"tls13-unknown-ca",
         "tls.alert c>s by=\"client\" level=\"fatal\" description=\"unknown_ca\" [tls]",        "state=\"decrypted\" records=4 records_decrypted=4 key_source=\"keylog\" end=\"alert-c\""},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct feed_sample s;
        load(rows[i].name, &s);
        char *lines = feed_run("tls", &s, 0, NULL);
        assert_has(lines, rows[i].alert);
        assert_has(lines, rows[i].session);
        free(lines);
        feed_unload(&s);
    }
}

/* fewer keys */

/* Keeps only the lines of the key log that begin with one of labels; NULL ends them. */
static void keep_labels(struct feed_sample *s, const char *const *labels)
{
    struct sgs_slice rest = sgs_slice(s->keys, s->keys_len);
    struct sgs_buf kept;

    sgs_buf_init(&kept, s->keys_len + 1);
    while (rest.len > 0) {
        struct sgs_slice line = sgs_slice_cut(&rest, '\n');
        bool is_wanted = false;
        for (size_t i = 0; labels[i]; i++) {
            is_wanted |= sgs_slice_starts(line, sgs_slice_str(labels[i]));
        }
        if (is_wanted) {
            assert_true(sgs_buf_add(&kept, line) && sgs_buf_add_octet(&kept, '\n'));
        }
    }
    s->keys_len = kept.len;
    if (kept.len > 0) {
        memcpy(s->keys, kept.ptr, kept.len);
    }
    sgs_buf_clear(&kept);
}

/* Changes the last hex digit (damage: to x, else to another one) of each line. */
static void spoil_keys(struct feed_sample *s, bool damage)
{
    for (size_t i = 1; i < s->keys_len; i++) {
        if (s->keys[i] == '\n' && s->keys[i - 1] != '\n') {
            s->keys[i - 1] = damage ? 'x' : s->keys[i - 1] == '0' ? '1' : '0';
        }
    }
}

enum keys { ALL, NO_LOG, NO_LINES, OTHER_LINES, SPOILT, DAMAGED };

struct fewer {
    const char *name;
    enum keys keys;
    const char *labels[4]; /* for ALL: only these */
    bool has_request, has_response;
    const char *session;
};

static const struct fewer fewer_keys[] = {
    {"tls12-chacha20",
     NO_LOG,                          {0},
     false,                                                                            false,
     "octets_c2s=54 octets_s2c=76 state=\"opaque\" records=6 records_decrypted=0 "
     "end=\"ok\""                                                                                                                                },
    {"tls12-chacha20",   NO_LINES,    {0},                                      false, false, "reason=\"no-key-entries\""                        },
    {"tls12-chacha20",   OTHER_LINES, {0},                                      false, false, "reason=\"no-key\""                                },
    {"tls12-chacha20",
     SPOILT,                          {0},
     false,                                                                            false,
     "octets_c2s=54 octets_s2c=76 state=\"opaque\" records=6"                                                                                    },
    {"tls12-chacha20",   DAMAGED,     {0},                                      false, false, "reason=\"key-line-damaged\""                      },
    {"tls12-ccm8",       ALL,         {"RSA "},                                 true,  true,  "state=\"decrypted\" records=6 records_decrypted=6"},
    {"tls13-aes128",
     NO_LOG,                          {0},
     false,                                                                            false,
     "octets_c2s=54 octets_s2c=76 state=\"opaque\" records=11 "
     "records_decrypted=0"                                                                                                                       },
    {"tls13-aes128",     SPOILT,      {0},                                      false, false, "reason=\"wrong-key\""                             },
    {"tls13-aes128",
     ALL,                             {"CLIENT_TRAFFIC", "CLIENT_HANDSHAKE"},
     true,                                                                             false,
     "reason=\"key-one-direction\""                                                                                                              },
    {"tls13-aes128",
     ALL,                             {"SERVER_TRAFFIC", "SERVER_HANDSHAKE"},
     false,                                                                            true,
     "reason=\"key-one-direction\""                                                                                                              },
    {"tls13-aes128",
     ALL,                             {"CLIENT_TRAFFIC", "SERVER_TRAFFIC"},
     true,                                                                             true,
     "octets_c2s=54 octets_s2c=76 state=\"decrypted\" records=11 records_decrypted=6"                                                            },
    {"tls13-aes128",
     ALL,                             {"CLIENT_HANDSHAKE", "SERVER_HANDSHAKE"},
     false,                                                                            false,
     "state=\"partly\" records=11 records_decrypted=5"                                                                                           },
    {"tls13-unknown-ca",
     NO_LOG,                          {0},
     false,                                                                            false,
     "octets_c2s=0 octets_s2c=0 state=\"opaque\" records=4 records_decrypted=0 "
     "end=\"alert-c\""                                                                                                                           },
};

static void prepare(struct feed_sample *s, const struct fewer *row)
{
    static const char *const none[] = {NULL};

    switch (row->keys) {
    case ALL:
        keep_labels(s, row->labels);
        break;
    case NO_LOG:
        free(s->keys);
        s->keys = NULL;
        break;
    case NO_LINES:
        keep_labels(s, none);
        break;
    case OTHER_LINES:
        s->keys[strcspn(s->keys, "\n") + sizeof "CLIENT_RANDOM "] ^= 1;
        break;
    case SPOILT:
    case DAMAGED:
        spoil_keys(s, row->keys == DAMAGED);
        break;
    }
}

static void fewer(void **state)
{
    const struct fewer *row = *state;
    struct feed_sample s;

    load(row->name, &s);
    prepare(&s, row);
    char *lines = feed_run("tls", &s, 0, NULL);
    assert_int_equal(count(lines, REQUEST), row->has_request);
    assert_int_equal(count(lines, "http.response"), row->has_response);
    assert_has(lines, row->session);
    free(lines);
    feed_unload(&s);
}

/* damaged, lost and cut records */

/* All records of the sample's octets, one for each: dir, octets. */
struct wire {
    struct {
        enum sgs_dir dir;
        struct sgs_slice octets;
    } records[64];
    size_t n;
};

static void cut_records(const struct feed_sample *s, struct wire *w)
{
    w->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct sgs_reader r = rd_open(s->records[i].octets);
        while (rd_more(&r)) {
            size_t off = r.off;
            rd_skip(&r, 3);
            rd_skip(&r, rd_be16(&r));
            assert_true(rd_ok(&r) && w->n < N(w->records));
            w->records[w->n].dir = s->records[i].dir;
            w->records[w->n++].octets = rd_at(s->records[i].octets, off, r.off - off);
        }
    }
}

/* The nth record of application data (type 23) from the end of a direction. */
static size_t data_record(const struct wire *w, enum sgs_dir dir, size_t nth)
{
    for (size_t i = w->n; i > 0; i--) {
        if (w->records[i - 1].dir == dir && w->records[i - 1].octets.ptr[0] == 23 && nth-- == 0) {
            return i - 1;
        }
    }
    fail_msg("no such record");
    return 0;
}

enum harm { FLIP, LOSE, LOSE_UNKNOWN, CUT, CUT_FRAME };

struct harmed {
    const char *name;
    enum sgs_dir dir;
    size_t nth; /* record of application data from the end */
    enum harm harm;
    const char *has, *lacks;
    const char *session;
};

static const struct harmed harmed[] = {
  /* the request: the answer stays readable */
    {"tls12-gcm-alpn",   SGS_C2S, 0, FLIP,         RESPONSE, REQUEST,
     "reason=\"record-damaged\" octets_c2s=54 octets_s2c=76 state=\"partly\" records=6 "
     "records_decrypted=5"                                                                                                                                               },
    {"tls10-cbc",        SGS_S2C, 1, FLIP,         REQUEST,  "nothing", "reason=\"record-damaged\""                                                                      },
    {"tls12-chacha20",   SGS_C2S, 0, LOSE,         RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=0 octets_s2c=76 state=\"partly\" records=5 records_decrypted=5"                                                                          },
    {"tls12-gcm-alpn",   SGS_C2S, 0, LOSE_UNKNOWN, RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=0 octets_s2c=76 state=\"partly\" records=5 records_decrypted=5"                                                                          },
    {"tls12-cbc-sha256", SGS_C2S, 0, LOSE,         RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=0 octets_s2c=76 state=\"partly\" records=5 records_decrypted=5"                                                                          },
    {"tls13-aes128",     SGS_C2S, 1, LOSE,         RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=0 octets_s2c=76 state=\"partly\" records=10 records_decrypted=10"                                                                        },
    {"tls13-aes128",     SGS_C2S, 2, LOSE,         REQUEST,  "nothing", /* Finished of the client */
     "reason=\"gap\" octets_c2s=54 octets_s2c=76 state=\"partly\" records=10 records_decrypted=10"},
    {"tls12-gcm-alpn",   SGS_C2S, 0, CUT,          RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=54 octets_s2c=76 state=\"partly\" records=6 records_decrypted=5"                                                                         },
    {"tls13-chacha20",   SGS_C2S, 1, CUT,          RESPONSE, REQUEST,
     "reason=\"gap\" octets_c2s=54 octets_s2c=76 state=\"partly\" records=11 records_decrypted=10"                                                                       },
};

static void push_harmed(struct feed *f, enum sgs_dir dir, struct sgs_slice octets, enum harm harm)
{
    uint8_t copy[4096];

    switch (harm) {
    case FLIP:
        assert_true(octets.len <= sizeof copy);
        memcpy(copy, octets.ptr, octets.len);
        copy[octets.len - 1] ^= 0x80;
        feed_push(f, dir, sgs_slice(copy, octets.len));
        break;
    case LOSE:
        feed_gap(f, dir, octets.len);
        break;
    case LOSE_UNKNOWN:
        feed_gap(f, dir, 0);
        break;
    case CUT:
        feed_push(f, dir, sgs_slice_head(octets, 20));
        feed_gap(f, dir, octets.len - 20);
        break;
    case CUT_FRAME:
        feed_push(f, dir, sgs_slice_head(octets, 20));
        break;
    }
}

static void harm(void **state)
{
    const struct harmed *row = *state;
    struct feed_sample s;
    struct wire w;
    struct feed f;

    load(row->name, &s);
    cut_records(&s, &w);
    size_t at = data_record(&w, row->dir, row->nth);
    feed_open(&f, "tls", &s);
    for (size_t i = 0; i < w.n; i++) {
        feed_next(&f);
        if (i == at) {
            push_harmed(&f, w.records[i].dir, w.records[i].octets, row->harm);
        } else {
            feed_push(&f, w.records[i].dir, w.records[i].octets);
        }
    }
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    const char *lines = (const char *)f.lines.ptr;
    assert_has(lines, row->has);
    assert_lacks(lines, row->lacks);
    assert_has(lines, row->session);
    feed_close(&f);
    feed_unload(&s);
}

/* The first records from to on, the others never come. */
static char *run_part(const char *name, size_t from, size_t to, bool has_cut)
{
    struct feed_sample s;
    struct wire w;
    struct feed f;

    load(name, &s);
    cut_records(&s, &w);
    feed_open(&f, "tls", &s);
    for (size_t i = from; i < w.n && i < to; i++) {
        feed_next(&f);
        feed_push(&f, w.records[i].dir, w.records[i].octets);
    }
    if (has_cut) {
        push_harmed(&f, w.records[to].dir, w.records[to].octets, CUT_FRAME);
    }
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    char *lines = sgs_xmalloc(f.lines.len);
    memcpy(lines, f.lines.ptr, f.lines.len);
    feed_close(&f);
    feed_unload(&s);
    return lines;
}

static void ends_and_starts(void **state)
{
    static const struct {
        const char *name;
        size_t from, to;
        bool has_cut;
        const char *session;
    } rows[] = {
  /* 0 hello, 1..4 server hello .. done, 5..7 client, 8..10 server, 11 request, 12.. answer */
        {"tls12-chacha20", 0,  1,  false,
         "state=\"opaque\" records=0 records_decrypted=0 end=\"closed-c-early\""},
        {"tls12-chacha20", 0,  5,  false,
         "records=0 records_decrypted=0 end=\"closed-c-after-cert\""            },
        {"tls12-chacha20", 0,  11, false,
         "state=\"decrypted\" records=2 records_decrypted=2 key_source=\"keylog\" "
         "end=\"closed-c-after-cert\""                                          },
        {"tls12-chacha20", 0,  11, true,  "reason=\"cut-end\""                  },
        {"tls12-chacha20", 1,  99, false, "reason=\"no-client-hello\""          },
        {"tls12-chacha20", 11, 99, false, "reason=\"no-client-hello\""          },
    };
    for (size_t i = 0; i < N(rows); i++) {
        char *lines = run_part(rows[i].name, rows[i].from, rows[i].to, rows[i].has_cut);
        assert_int_equal(count(lines, "tls.session "), 1);
        assert_has(lines, rows[i].session);
        free(lines);
    }
}

/* Nobody answers for ten seconds. */
static void stalls(void **state)
{
    struct feed_sample s;
    struct wire w;
    struct feed f;

    load("tls12-chacha20", &s);
    cut_records(&s, &w);
    feed_open(&f, "tls", &s);
    feed_push(&f, w.records[0].dir, w.records[0].octets);
    f.origin.time_last = f.origin.time += 12 * SGS_SEC;
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    assert_has((const char *)f.lines.ptr, "end=\"stalled\"");
    feed_close(&f);
    feed_unload(&s);
}

/* Keys that come after the handshake open what comes after them. */

static void late_keys(void **state)
{
    struct feed_sample s;
    struct wire w;
    struct feed f;

    load("tls13-aes128", &s);
    cut_records(&s, &w);
    struct sgs_slice log = sgs_slice(s.keys, s.keys_len);
    s.keys_len = 0;
    feed_open(&f, "tls", &s);
    size_t request = data_record(&w, SGS_C2S, 1);
    for (size_t i = 0; i < w.n; i++) {
        if (i == request) {
            sgs_tls_keys_add(f.keys, SGS_KEY_KEYLOG, log, true, NULL);
        }
        feed_next(&f);
        feed_push(&f, w.records[i].dir, w.records[i].octets);
    }
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    assert_has((const char *)f.lines.ptr, REQUEST);
    feed_close(&f);
    feed_unload(&s);
}

/* A session that is resumed has the master secret of the one before it, whose line is enough. */
static void resumed(void **state)
{
    static const char *const names[] = {"tls12-resumed-id", "tls12-resumed-ticket"};

    for (size_t i = 0; i < N(names); i++) {
        char name[64];
        struct feed_sample first, second;
        struct feed f;
        (void)snprintf(name, sizeof name, "%s-first", names[i]);
        load(name, &first);
        load(names[i], &second);
        feed_open(&f, "tls", &first);
        for (size_t k = 0; k < first.n; k++) {
            feed_push(&f, first.records[k].dir, first.records[k].octets);
        }
        feed_end(&f);
        const struct sgs_conn_info info = {.transport = SGS_TCP, .number = 1, .has_start = true};
        f.stream = sgs_stream_open(f.engine, &info, "tls");
        for (size_t k = 0; k < second.n; k++) {
            feed_push(&f, second.records[k].dir, second.records[k].octets);
        }
        feed_end(&f);
        assert_true(sgs_buf_add_octet(&f.lines, 0));
        assert_int_equal(count((const char *)f.lines.ptr, "state=\"decrypted\""), 2);
        assert_int_equal(count((const char *)f.lines.ptr, REQUEST), 2);
        assert_int_equal(count((const char *)f.lines.ptr, "resumed=1 resumes=\"tcp0\" [tls]"), 1);
        feed_close(&f);
        feed_unload(&first);
        feed_unload(&second);
    }
}

/* A compression method is told; what it made of the octets stays closed when nobody can undo it. */
static void compression(void **state)
{
    static const struct {
        uint8_t method;
        const char *name, *session;
    } rows[] = {
        {1,  "compression=\"DEFLATE\"", "state=\"opaque\""                      },
        {64, "compression=\"LZS\"",     "reason=\"cipher-unsupported\" version="},
        {65, "compression=\"65\"",      "reason=\"cipher-unsupported\" version="},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct feed_sample s;
        load("tls12-null", &s);
        for (size_t k = 0; k < s.n; k++) {
            struct sgs_slice hello = s.records[k].octets;
            if (s.records[k].dir == SGS_S2C && hello.ptr[5] == 2) { /* ServerHello */
                size_t off = 5 + 4 + 2 + 32;
                off += 1 + (size_t)hello.ptr[off] + 2;
                assert_int_equal(hello.ptr[off], 0);
                s.data[hello.ptr + off - s.data] = rows[i].method;
                break;
            }
        }
        char *lines = feed_run("tls", &s, 0, NULL);
        assert_has(lines, rows[i].name);
        assert_has(lines, rows[i].session);
        assert_lacks(lines, REQUEST);
        free(lines);
        feed_unload(&s);
    }
}

/* the head */

static void guesses(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        enum sgs_guess guess;
    } rows[] = {
#define HEAD(text, guess) {text, sizeof(text) - 1, guess}
        HEAD("\x16", SGS_SHORT),
        HEAD("\x16\x03\x01\x00", SGS_SHORT),
        HEAD("\x16\x03\x01\x00\xa5\x01", SGS_SHORT),
        HEAD("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", SGS_SURE),
        HEAD("\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03", SGS_SURE),
        HEAD("\x16\x03\x01\x00\xa5\x01\x7f\x00\xa1\x03\x03", SGS_NO),
        HEAD("\x16\x03\x01\x00\xa5\x63\x00\x00\xa1\x03\x03", SGS_NO),
        HEAD("\x16\x03\x05\x00\xa5\x01\x00\x00\xa1\x03\x03", SGS_NO),
        HEAD("\x17\x03\x03\x01\x00\x99", SGS_MAYBE),
        HEAD("\x15\x03\x03\x00\x02\x02", SGS_MAYBE),
        HEAD("\x17\x03\x03\xff\xff\x99", SGS_NO),
        HEAD("\x80\x2e\x01\x03\x01\x00\x15\x00\x00", SGS_MAYBE),
        HEAD("GET /", SGS_NO),
        HEAD("GET / HTTP/1.1", SGS_NO),
        HEAD("\x05\x01\x00", SGS_NO),
    };
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(sgs_dissector_tls.probe(sgs_slice(rows[i].octets, rows[i].len), SGS_C2S),
                         rows[i].guess);
    }
}

static void add_rows(struct CMUnitTest *tests, size_t *n, const void *rows, size_t n_rows,
                     size_t size, CMUnitTestFunction fn)
{
    for (size_t i = 0; i < n_rows; i++) {
        const char *row = (const char *)rows + i * size;
        tests[(*n)++] = (struct CMUnitTest){.name = *(const char *const *)(const void *)row,
                                            .test_func = fn,
                                            .initial_state = (void *)(uintptr_t)row};
    }
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(retry),           cmocka_unit_test(early_data),
        cmocka_unit_test(names_protocol),  cmocka_unit_test(refusals),
        cmocka_unit_test(ends_and_starts), cmocka_unit_test(late_keys),
        cmocka_unit_test(resumed),         cmocka_unit_test(stalls),
        cmocka_unit_test(guesses),         cmocka_unit_test(compression),
    };
    struct CMUnitTest tests[N(all_keys) + N(fewer_keys) + N(harmed) + N(others)];
    size_t n = N(others);

    memcpy(tests, others, sizeof others);
    add_rows(tests, &n, all_keys, N(all_keys), sizeof *all_keys, opens);
    add_rows(tests, &n, fewer_keys, N(fewer_keys), sizeof *fewer_keys, fewer);
    add_rows(tests, &n, harmed, N(harmed), sizeof *harmed, harm);
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL) != 0;
}
