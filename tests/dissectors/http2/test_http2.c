/*
 * HTTP/2: frames, header blocks, streams, holes and caps.  Expected values are those of appendix C
 * of RFC 7541, and what make.py wrote into the other samples.
 */
#include "../play.h"

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))

/* samples */

struct sample {
    const char *name;
    const char *expected; /* lines */
};

static const struct sample samples[] = {
#define SAMPLE(name, expected) {name, expected},
#include "samples.def"
#undef SAMPLE
};

static void sample(void **state)
{
    const struct sample *row = *state;
    struct play p;
    char path[64];

    (void)snprintf(path, sizeof path, "http2/%s.bin", row->name);
    play_open(&p, "http2", strcmp(row->name, "late") != 0);
    play_sample(&p, path);
    assert_string_equal(play_end(&p, SGS_END_FIN), row->expected);
    play_close(&p);
}

/* by hand */

struct talk {
    struct play play;
    struct sgs_buf octets; /* of the frames at hand */
};

static void frame(struct talk *t, uint32_t len, uint8_t type, uint8_t flags, uint32_t stream)
{
    for (int i = 16; i >= 0; i -= 8) {
        assert_true(sgs_buf_add_octet(&t->octets, (uint8_t)(len >> i)));
    }
    assert_true(sgs_buf_add_octet(&t->octets, type));
    assert_true(sgs_buf_add_octet(&t->octets, flags));
    for (int i = 24; i >= 0; i -= 8) {
        assert_true(sgs_buf_add_octet(&t->octets, (uint8_t)(stream >> i)));
    }
}

static void octets(struct talk *t, const char *text, size_t len)
{
    assert_true(sgs_buf_add(&t->octets, sgs_slice(text, len)));
}

static void send(struct talk *t, enum sgs_dir dir)
{
    play_push(&t->play, dir, sgs_buf_slice(&t->octets));
    sgs_buf_drop(&t->octets, t->octets.len);
}

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

/* A connection whose begin was seen, with an empty SETTINGS of each side. */
static void talk_open(struct talk *t)
{
    memset(t, 0, sizeof *t);
    sgs_buf_init(&t->octets, 32u << 20);
    play_open(&t->play, "http2", true);
    octets(t, PREFACE, sizeof PREFACE - 1);
    frame(t, 0, 4, 0, 0);
    send(t, SGS_C2S);
    frame(t, 0, 4, 0, 0);
    send(t, SGS_S2C);
}

static void talk_close(struct talk *t, const char *expected)
{
    assert_string_equal(play_end(&t->play, SGS_END_FIN), expected);
    play_close(&t->play);
    sgs_buf_clear(&t->octets);
}

/* :method GET, :scheme https, :path /, :authority a */
#define GET                                                                                        \
    "\x82\x87\x84\x41\x01"                                                                         \
    "a"

static void request(struct talk *t, uint32_t stream, uint8_t flags)
{
    frame(t, sizeof GET - 1, 1, flags, stream);
    octets(t, GET, sizeof GET - 1);
    send(t, SGS_C2S);
}

#define ASKED "http.request method=GET host=a target=/ version=HTTP/2 stream=1"

static void continuations(void **state)
{
    struct talk t;

    talk_open(&t);
    frame(&t, sizeof GET - 1, 1, 1, 1);
    octets(&t, GET, sizeof GET - 1);
    for (unsigned i = 0; i <= SGS_MAX_H2_CONTINUATIONS; i++) {
        frame(&t, 0, 9, 0, 1);
    }
    frame(&t, 0, 9, 4, 1);
    send(&t, SGS_C2S);
    request(&t, 3, 5);
    talk_close(&t, "#1 limit what=http2.block number=262144\n"
                   "#2 http.request method=GET host=a target=/ version=HTTP/2 stream=3\n");
}

static void block_without_end(void **state)
{
    struct talk t;

    talk_open(&t);
    request(&t, 1, 1);
    request(&t, 3, 5);
    talk_close(&t, "#1 malformed what=header block without an end offset=0\n"
                   "#2 http.request method=GET host=a target=/ version=HTTP/2 stream=3\n");
}

static void block_cut(void **state)
{
    for (int is_hole = 0; is_hole < 2; is_hole++) {
        struct talk t;

        talk_open(&t);
        request(&t, 1, 1);
        if (is_hole) {
            play_gap(&t.play, SGS_C2S, 100);
        }
        talk_close(&t, is_hole
                           ? "#1 net.gap octets=100 why=lost\n#2 http.request method=GET host=a "
                             "target=/ version=HTTP/2 stream=1 cut=1\n"
                           : "#1 " ASKED " cut=1\n");
    }
}

/* One large entry, and as many references to it as fit. */
static void bomb(void **state)
{
    static const char entry[] = "\x40\x01x\x7f\xc1\x1e"; /* x: 4032 octets */
    struct talk t;

    talk_open(&t);
    frame(&t, sizeof GET - 1 + sizeof entry - 1 + 4000, 1, 1, 1);
    octets(&t, GET, sizeof GET - 1);
    octets(&t, entry, sizeof entry - 1);
    for (unsigned i = 0; i < 4000; i++) {
        octets(&t, "y", 1);
    }
    frame(&t, 16000, 9, 4, 1);
    for (unsigned i = 0; i < 16000; i++) {
        octets(&t, "\xbe", 1);
    }
    send(&t, SGS_C2S);
    talk_close(&t, "#1 limit what=http2.list number=262144\n#2 " ASKED "\n");
}

static void windows(void **state)
{
    struct talk t;

    talk_open(&t);
    frame(&t, 4, 8, 0, 0);
    octets(&t, "\x7f\xff\x00\x00", 4);
    frame(&t, 4, 8, 0, 0);
    octets(&t, "\0\0\0\0", 4);
    frame(&t, 4, 8, 0, 0);
    octets(&t, "\0\0\0\1", 4);
    frame(&t, 6, 4, 0, 0);
    octets(&t, "\0\4\x80\0\0\0", 6);
    send(&t, SGS_S2C);
    talk_close(&t, "#1 malformed what=WINDOW_UPDATE by 0 offset=9\n"
                   "#2 malformed what=flow control window above 2^31-1 offset=9\n"
                   "#3 malformed what=value that SETTINGS does not allow offset=11\n");
}

static void beyond_the_window(void **state)
{
    struct talk t;

    talk_open(&t);
    request(&t, 1, 4);
    for (unsigned i = 0; i < 5; i++) { /* 65535 octets may be sent unasked */
        frame(&t, 14000, 0, i == 4, 1);
        for (unsigned k = 0; k < 14000; k++) {
            octets(&t, ".", 1);
        }
    }
    send(&t, SGS_C2S);
    talk_close(&t, "#2 malformed in=1 what=DATA beyond the flow control window offset=0\n"
                   "#1 " ASKED " body_octets=70000\n");
}

static void streams(void **state)
{
    struct talk t;

    talk_open(&t);
    for (uint32_t i = 0; i <= SGS_MAX_H2_STREAMS; i++) {
        request(&t, 2 * i + 1, 4);
    }
    const char *lines = play_end(&t.play, SGS_END_FIN);
    assert_non_null(strstr(lines, "limit in=1024 what=http2.streams number=1024\n"
                                  "#1 " ASKED " body_octets=0 cut=1\n"));
    assert_non_null(strstr(lines, "#2 http.request"));
    play_close(&t.play);
    sgs_buf_clear(&t.octets);
}

static void damaged_blocks(void **state)
{
    struct talk t;

    talk_open(&t);
    frame(&t, 3, 1, 5, 1);
    octets(&t, "\x82\xff\x7f", 3); /* :method GET, then an entry that is not there */
    send(&t, SGS_C2S);
    request(&t, 3, 5);
    frame(&t, 2, 1, 5, 5); /* what stream 3 put in is there, what was before is not known */
    octets(&t, "\xbe\xbf", 2);
    send(&t, SGS_C2S);
    talk_close(&t, "#1 malformed what=header block cannot be read offset=0\n"
                   "#2 http.request method=GET version=HTTP/2 stream=1 cut=1\n"
                   "#3 http.request method=GET host=a target=/ version=HTTP/2 stream=3\n"
                   "#4 http.request method=unknown (late start) host=a target=unknown (late start) "
                   "version=HTTP/2 stream=5\n");
}

/* What a hole has taken is unknown; it was no late start. */
static void table_in_a_hole(void **state)
{
    struct talk t;

    talk_open(&t);
    request(&t, 1, 5);
    play_gap(&t.play, SGS_C2S, 40);
    request(&t, 5, 5);
    frame(&t, 2, 1, 5, 7); /* what stream 5 put in, and what stood there before */
    octets(&t, "\xbe\xbf", 2);
    frame(&t, 8, 6, 0, 0);
    octets(&t, "\0\0\0\0\0\0\0\0", 8);
    send(&t, SGS_C2S);
    talk_close(&t,
               "#1 http.request method=GET host=a target=/ version=HTTP/2 stream=1\n"
               "#2 net.gap octets=40 why=lost\n"
               "#3 http.request method=GET host=a target=/ version=HTTP/2 stream=5\n"
               "#4 http.request method=unknown host=a target=unknown version=HTTP/2 stream=7\n");
}

/* A server may use the larger table only when it has said that it knows of it. */
static void table_size(void **state)
{
    for (int is_acked = 0; is_acked < 2; is_acked++) {
        struct talk t;

        talk_open(&t);
        request(&t, 1, 5);
        frame(&t, 6, 4, 0, 0);
        octets(&t, "\0\1\0\1\0\0", 6); /* 65536 */
        send(&t, SGS_C2S);
        if (is_acked) {
            frame(&t, 0, 4, 1, 0);
        }
        frame(&t, 5, 1, 5, 1);
        octets(&t, "\x3f\xe1\xff\x03\x88", 5); /* table size 65536, :status 200 */
        send(&t, SGS_S2C);
        talk_close(&t, is_acked ? "#1 " ASKED "\n"
                                  "#2 http.response status=200 version=HTTP/2 stream=1 request=1\n"
                                : "#1 " ASKED "\n"
                                  "#2 malformed what=header block cannot be read offset=0\n");
    }
}

/* A table of 64 KiB was agreed on before the capture began: entry 62 + 200 lies in it. */
static void large_table_unseen(void **state)
{
    struct talk t;

    memset(&t, 0, sizeof t);
    sgs_buf_init(&t.octets, 1u << 20);
    play_open(&t.play, "http2", false);
    frame(&t, 4, 1, 5, 1);
    octets(&t, "\x88\xff\x87\x01", 4);
    send(&t, SGS_S2C);
    talk_close(&t, "#1 http.response status=200 version=HTTP/2 stream=1\n");
}

static void upgrade(void **state)
{
    struct talk t;

    memset(&t, 0, sizeof t);
    sgs_buf_init(&t.octets, 1u << 20);
    play_open(&t.play, NULL, true);
    play_text(
        &t.play, SGS_C2S,
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
    octets(&t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 50);
    frame(&t, 0, 4, 0, 0);
    frame(&t, 1, 1, 5, 1);
    octets(&t, "\x88", 1);
    send(&t, SGS_S2C);
    octets(&t, PREFACE, sizeof PREFACE - 1);
    frame(&t, 0, 4, 0, 0);
    send(&t, SGS_C2S);
    request(&t, 3, 5);
    talk_close(&t, "#1 http.request method=GET host=a target=/x version=HTTP/1.1\n"
                   "#2 http.response status=101 reason=Switching Protocols version=HTTP/1.1 "
                   "request=1\n"
                   "#3 http.response status=200 version=HTTP/2 stream=1 request=1\n"
                   "#4 http.request method=GET host=a target=/ version=HTTP/2 stream=3\n");
}

/* ALPN may name HTTP/2 where something else is spoken. */
static void something_else(void **state)
{
    struct play p;

    play_open(&p, "http2", true);
    play_slowly(&p, SGS_C2S, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(play_end(&p, SGS_END_FIN),
                        "#1 http.request method=GET host=a target=/ version=HTTP/1.1\n");
    play_close(&p);
}

static void probes(void **state)
{
    static const struct {
        const char *head;
        size_t len;
        enum sgs_guess guess;
    } rows[] = {
        {PREFACE,                                                  24, SGS_SURE },
        {PREFACE,                                                  9,  SGS_SHORT},
        {"GET / HTTP/1.1\r\n",                                     16, SGS_NO   },
        {"\0\0\0\4\0\0\0\0\0",                                     9,  SGS_MAYBE},
        {"\0\0\0\4\0\0\0\0",                                       8,  SGS_NO   },
        {"\0\0\0\0\0\0\0\0\0",                                     9,  SGS_NO   },
        {"\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0\0\0\1\1\5\0\0\0\1", 27, SGS_SURE },
        {"\0\0\1\4\0\0\0\0\0\0",                                   10, SGS_NO   },
    };
    const struct sgs_dissector *d = NULL;

    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        d = strcmp(sgs_dissectors[i]->name, "http2") == 0 ? sgs_dissectors[i] : d;
    }
    assert_non_null(d);
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(d->probe(sgs_slice(rows[i].head, rows[i].len), SGS_C2S), rows[i].guess);
    }
}

/* holes */

/* The value of a field of a line of feed.h, quotes included; empty when it has none. */
static struct sgs_slice field(struct sgs_slice line, const char *name)
{
    size_t at = sgs_slice_find(line, sgs_slice_str(name));
    struct sgs_slice value = sgs_slice_from(line, at + strlen(name));
    bool is_quoted = value.len > 0 && value.ptr[0] == '"';
    size_t end =
        is_quoted ? 1 + sgs_slice_chr(sgs_slice_from(value, 1), '"') : sgs_slice_chr(value, ' ');

    return sgs_slice_head(value, end);
}

/* True if all that line tells is told by whole too, or unknown. */
static bool agrees(struct sgs_slice line, struct sgs_slice whole)
{
    static const char *const names[] = {
        " method=",      " host=",         " target=",         " status=",   " user_agent=",
        " soap_action=", " auth_schemes=", " ms_diagnostics=", " location=", " content_type=",
        " server=",      " server_fqdn=",  " date=",           " version=",  " stream=",
    };

    for (size_t i = 0; i < N(names); i++) {
        struct sgs_slice value = field(line, names[i]);
        if (value.len > 0 && !sgs_slice_eq(value, field(whole, names[i])) &&
            !sgs_slice_eq(value, SGS_LIT("\"unknown")) &&
            !sgs_slice_eq(value, SGS_LIT("\"unknown (late start)"))) {
            return false;
        }
    }
    return true;
}

/* Every message of a conversation with a hole is one of the whole conversation.  Where the hole is
 * in the first octets nobody had known that this is HTTP/2: then it starts late. */
static void no_wrong_values(const char *damaged, const char *whole, size_t from, size_t to)
{
    struct sgs_slice rest = sgs_slice_str(damaged);

    while (rest.len > 0) {
        struct sgs_slice line = sgs_slice_cut(&rest, '\n');
        struct sgs_slice all = sgs_slice_str(whole);
        struct sgs_slice kind = sgs_slice_head(line, sgs_slice_chr(line, ' '));
        bool is_found = !sgs_slice_starts(kind, SGS_LIT("http.")) ||
                        !sgs_slice_iends(line, SGS_LIT("[http2]")); /* inside a tunnel */
        while (!is_found && all.len > 0) {
            struct sgs_slice other = sgs_slice_cut(&all, '\n');
            is_found = sgs_slice_starts(other, kind) && agrees(line, other);
        }
        if (!is_found) {
            fail_msg("octets %zu to %zu lost: \"%.*s\" is no message of the whole", from, to,
                     (int)line.len, (const char *)line.ptr);
        }
    }
}

/* A sample without the octets [from, to) of record lost. */
static void lose(const struct feed_sample *s, size_t lost, size_t from, size_t to, bool is_told,
                 const char *whole)
{
    struct feed f;

    feed_open(&f, "http2", s);
    for (size_t i = 0; i < s->n; i++) {
        const struct feed_record *r = &s->records[i];
        feed_next(&f);
        if (i != lost) {
            feed_push(&f, r->dir, r->octets);
            continue;
        }
        feed_push(&f, r->dir, sgs_slice_head(r->octets, from));
        feed_gap(&f, r->dir, is_told ? to - from : 0);
        feed_push(&f, r->dir, sgs_slice_from(r->octets, to));
    }
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    no_wrong_values((const char *)f.lines.ptr, whole, from, to);
    assert_non_null(strstr((const char *)f.lines.ptr, "http.")); /* the connection goes on */
    feed_close(&f);
}

static void hole_anywhere(void **state)
{
    const struct sample *row = *state;
    static const size_t runs[] = {1, 9, 40};
    struct feed_sample s;
    char path[256];

    (void)snprintf(path, sizeof path, "%s/http2/%s.bin", SGS_SAMPLES, row->name);
    assert_true(feed_load(path, &s));
    char *whole = feed_run("http2", &s, 0, NULL);
    for (size_t i = 0; i < s.n; i++) {
        size_t len = s.records[i].octets.len;
        lose(&s, i, 0, len, true, whole);
        lose(&s, i, 0, len, false, whole);
        for (size_t from = 0; from < len; from += 3) {
            size_t to = from + runs[from % N(runs)];
            lose(&s, i, from, to < len ? to : len, from % 2, whole);
        }
    }
    free(whole);
    feed_unload(&s);
}

int main(void)
{
    const struct CMUnitTest by_hand[] = {
        cmocka_unit_test(continuations),
        cmocka_unit_test(block_without_end),
        cmocka_unit_test(bomb),
        cmocka_unit_test(block_cut),
        cmocka_unit_test(windows),
        cmocka_unit_test(beyond_the_window),
        cmocka_unit_test(streams),
        cmocka_unit_test(damaged_blocks),
        cmocka_unit_test(table_in_a_hole),
        cmocka_unit_test(table_size),
        cmocka_unit_test(large_table_unseen),
        cmocka_unit_test(upgrade),
        cmocka_unit_test(something_else),
        cmocka_unit_test(probes),
    };
    struct CMUnitTest tests[N(by_hand) + 2 * N(samples)];
    size_t n = 0;

    for (size_t i = 0; i < N(by_hand); i++) {
        tests[n++] = by_hand[i];
    }
    for (size_t i = 0; i < N(samples); i++) {
        void *row = (void *)(uintptr_t)&samples[i];
        tests[n++] =
            (struct CMUnitTest){.name = samples[i].name, .test_func = sample, .initial_state = row};
        tests[n++] = (struct CMUnitTest){
            .name = "a hole anywhere", .test_func = hole_anywhere, .initial_state = row};
    }
    return cmocka_run_group_tests_name("http2", tests, NULL, NULL) != 0;
}
