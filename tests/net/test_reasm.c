/*
 * Reassembly against the truth: two sides talk, a bad mirror loses, doubles, joins and shuffles
 * what they send, and what comes out must be what was sent, in an order in which it can have been
 * sent, with gaps exactly where nothing was captured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"
#include "net/reasm.h"

#define MAX_STREAM 6000
#define MAX_SENT 600
#define SHUFFLE 20 /* frames that one may be late: less than a gap waits */

struct sent {
    bool is_server;
    size_t off, len; /* octets of its stream */
    size_t heard;    /* octets of the other stream its sender had received */
    bool is_fin;
    unsigned at; /* place in the capture */
};

struct world {
    uint32_t random;
    uint32_t isn[2];
    struct sent sent[MAX_SENT * 3];
    size_t n;
    size_t len[2];                   /* octets sent */
    size_t need[2][MAX_STREAM];      /* heard by the sender of this octet */
    bool is_captured[2][MAX_STREAM]; /* some frame has this octet */
    size_t at[2];                    /* octets and gaps that came out */
    bool has_ended[2];
    size_t gaps;
};

static uint32_t roll(struct world *w, uint32_t n)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return w->random % n;
}

static uint8_t octet(int dir, size_t off)
{
    return (uint8_t)(off * 31 + off / 251 + (dir ? 7 : 0));
}

/* Both sides in turn, each segment at least two octets long (one alone may be a probe or a FIN). */
static void talk(struct world *w)
{
    for (int round = 0; round < 12; round++) {
        int dir = round % 2;
        for (uint32_t i = roll(w, 12) + 1; i > 0 && w->n < MAX_SENT; i--) {
            size_t len = roll(w, 90) + 2;
            if (w->len[dir] + len > MAX_STREAM) {
                return;
            }
            for (size_t k = 0; k < len; k++) {
                w->need[dir][w->len[dir] + k] = w->len[1 - dir];
            }
            w->sent[w->n++] = (struct sent){dir == 1, w->len[dir], len, w->len[1 - dir], false, 0};
            w->len[dir] += len;
            if (roll(w, 3) == 0) { /* an acknowledgement alone */
                w->sent[w->n++] =
                    (struct sent){dir == 0, w->len[1 - dir], 0, w->len[dir], false, 0};
            }
        }
    }
}

/* What the mirror makes of it: losses, doubles, two segments sent again as one, late frames. */
static void mirror(struct world *w, uint32_t loss)
{
    size_t n = 0;
    static struct sent shown[MAX_SENT * 3];

    for (size_t i = 0; i < w->n; i++) {
        const struct sent *s = &w->sent[i];
        bool is_lost = s->len > 0 && roll(w, 100) < loss;
        if (is_lost) {
            continue;
        }
        shown[n] = *s;
        shown[n++].at = (unsigned)i * 4 + (roll(w, 4) == 0 ? roll(w, SHUFFLE) : 0);
        if (s->len > 0 && roll(w, 8) == 0) {
            shown[n] = *s;
            shown[n++].at = (unsigned)i * 4 + roll(w, SHUFFLE);
        }
        if (i > 0 && s->len > 0 && roll(w, 8) == 0 && w->sent[i - 1].is_server == s->is_server &&
            w->sent[i - 1].off + w->sent[i - 1].len == s->off) {
            shown[n] = *s;
            shown[n].off = w->sent[i - 1].off;
            shown[n].len += w->sent[i - 1].len;
            shown[n++].at = (unsigned)i * 4 + roll(w, SHUFFLE);
        }
    }
    memcpy(w->sent, shown, n * sizeof *shown);
    w->n = n;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < shown[i].len; k++) {
            w->is_captured[shown[i].is_server][shown[i].off + k] = true;
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct sent *x = a;
    const struct sent *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static void on_data(void *ctx, struct sgs_conn *c, enum sgs_dir dir, struct sgs_slice s,
                    uint64_t wire_len, const struct sgs_origin *origin)
{
    struct world *w = ctx;

    (void)c;
    (void)wire_len;
    (void)origin;
    assert_false(w->has_ended[dir]);
    assert_true(w->at[dir] + s.len <= w->len[dir]);
    for (size_t i = 0; i < s.len; i++) {
        assert_int_equal(s.ptr[i], octet((int)dir, w->at[dir] + i));
    }
    assert_true(w->at[1 - dir] >= w->need[dir][w->at[dir]]); /* no answer before its question */
    w->at[dir] += s.len;
}

static void on_gap(void *ctx, struct sgs_conn *c, enum sgs_dir dir, uint64_t n,
                   enum sgs_gap_why why, const struct sgs_origin *origin)
{
    struct world *w = ctx;

    (void)c;
    (void)origin;
    assert_int_equal(why, SGS_GAP_LOST);
    assert_true(n > 0 && w->at[dir] + n <= w->len[dir]);
    for (size_t i = 0; i < n; i++) {
        assert_false(w->is_captured[dir][w->at[dir] + i]);
    }
    w->at[dir] += (size_t)n;
    w->gaps++;
}

static void on_end(void *ctx, struct sgs_conn *c, enum sgs_dir dir, enum sgs_end why,
                   const struct sgs_origin *origin)
{
    struct world *w = ctx;

    (void)c;
    (void)why;
    (void)origin;
    assert_false(w->has_ended[dir]);
    w->has_ended[dir] = true;
}

static void on_conn(void *ctx, struct sgs_conn *c)
{
    (void)ctx;
    (void)c;
}

static void on_fact(void *ctx, struct sgs_conn *c, const struct sgs_tcp_fact *f)
{
    (void)ctx;
    (void)c;
    assert_int_not_equal(f->kind, SGS_TCP_FACT_DIFFERENT);
}

static void on_icmp(void *ctx, const struct sgs_icmp_error *e)
{
    (void)ctx;
    (void)e;
    fail();
}

static void on_skipped(void *ctx, const char *layer, const char *name)
{
    (void)ctx;
    fail_msg("%s %s", layer, name);
}

static void on_limit(void *ctx, struct sgs_conn *c, const char *what, uint64_t number,
                     const struct sgs_origin *origin)
{
    (void)ctx;
    (void)c;
    (void)number;
    (void)origin;
    fail_msg("%s", what);
}

static void on_malformed(void *ctx, struct sgs_conn *c, const char *what,
                         const struct sgs_origin *origin)
{
    (void)ctx;
    (void)c;
    (void)origin;
    fail_msg("%s", what);
}

static const struct sgs_net_sink sink = {
    NULL,    on_conn, on_fact,    on_data,  on_gap,       on_end,
    on_conn, on_icmp, on_skipped, on_limit, on_malformed,
};

static void feed(struct sgs_net *net, const struct world *w, const struct sent *s, uint64_t number,
                 unsigned flags)
{
    static struct build f;
    struct ip4 ip = {.protocol = 6};
    int dir = s->is_server;
    uint32_t seq = w->isn[dir] + (uint32_t)s->off + (flags & 2 ? 0 : 1);

    f.len = 0;
    ip.src = dir ? 0x0a000002 : 0x0a000001;
    ip.dst = dir ? 0x0a000001 : 0x0a000002;
    put_ip4(&f, &ip, 20 + s->len);
    put(&f, dir ? 80 : 1000, 2);
    put(&f, dir ? 1000 : 80, 2);
    put(&f, seq, 4);
    put(&f, flags & 16 ? w->isn[1 - dir] + (uint32_t)s->heard + 1 : 0, 4);
    put(&f, 0x5000 | flags, 2);
    put(&f, 8192, 2);
    put(&f, 0, 4);
    for (size_t i = 0; i < s->len; i++) {
        put(&f, octet(dir, s->off + i), 1);
    }
    uint8_t *copy = malloc(f.len);
    assert_non_null(copy);
    memcpy(copy, f.octets, f.len);
    struct sgs_frame frame = {
        .number = number,
        .input_number = number,
        .input = 1,
        .link = 101,
        .time = (sgs_time)number * SGS_MS,
        .wire_len = (uint32_t)f.len,
        .octets = sgs_slice(copy, f.len),
    };
    sgs_net_feed(net, &frame);
    free(copy);
}

/* Nothing that was captured may be missing at the end. */
static void check_tails(const struct world *w)
{
    for (int dir = 0; dir < 2; dir++) {
        assert_true(w->has_ended[dir]);
        for (size_t i = w->at[dir]; i < w->len[dir]; i++) {
            assert_false(w->is_captured[dir][i]);
        }
    }
}

static size_t play(uint32_t seed, uint32_t loss)
{
    static struct world w;
    struct sgs_net_sink mine = sink;
    uint64_t number = 0;

    memset(&w, 0, sizeof w);
    w.random = seed * 2654435761u + 1;
    w.isn[0] = roll(&w, 2) ? 0u - roll(&w, 3000) : roll(&w, UINT32_MAX);
    w.isn[1] = roll(&w, 2) ? 0u - roll(&w, 3000) : roll(&w, UINT32_MAX);
    talk(&w);
    mirror(&w, loss);
    qsort(w.sent, w.n, sizeof *w.sent, by_place);
    mine.ctx = &w;
    struct sgs_net *net = sgs_net_new(&mine);
    feed(net, &w, &(struct sent){.is_server = false}, ++number, 2);
    feed(net, &w, &(struct sent){.is_server = true}, ++number, 18);
    for (size_t i = 0; i < w.n; i++) {
        feed(net, &w, &w.sent[i], ++number, 16);
    }
    if (seed % 2) {
        struct sent fin = {.is_server = false, .off = w.len[0], .heard = w.len[1]};
        feed(net, &w, &fin, ++number, 17);
        fin = (struct sent){.is_server = true, .off = w.len[1], .heard = w.len[0]};
        feed(net, &w, &fin, ++number, 17);
    }
    sgs_net_finish(net);
    sgs_net_free(net);
    check_tails(&w);
    return w.gaps;
}

/* A mirror that shuffles and doubles but loses nothing: no gaps. */
static void shuffled(void **state)
{
    for (uint32_t seed = 1; seed <= 600; seed++) {
        assert_int_equal(play(seed, 0), 0);
    }
}

static void lossy(void **state)
{
    size_t gaps = 0;

    for (uint32_t seed = 1; seed <= 600; seed++) {
        gaps += play(seed, 1 + seed % 30);
    }
    assert_true(gaps > 1000);
}

/* Offsets around next, on both sides of the wrap, as far as a window reaches. */
static void locate(void **state)
{
    static const struct {
        uint32_t next_seq, seq;
        bool is_known;
        int64_t distance;
    } rows[] = {
        {100,        100,        true,  0         },
        {100,        101,        true,  1         },
        {100,        99,         true,  -1        },
        {0xfffffff0, 0x10,       true,  0x20      },
        {0x10,       0xfffffff0, true,  -0x20     },
        {0,          1u << 30,   true,  1 << 30   },
        {0,          0xc0000000, true,  -(1 << 30)},
        {0,          0x40000001, false, 0         },
        {0,          0xbfffffff, false, 0         },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_half h;
        uint64_t off = 0;
        sgs_half_init(&h);
        sgs_half_set_base(&h, SGS_BASE_EXACT, rows[i].next_seq);
        assert_int_equal(sgs_half_locate(&h, rows[i].seq, &off), rows[i].is_known);
        if (rows[i].is_known) {
            assert_true((int64_t)(off - SGS_STREAM_START) == rows[i].distance);
        }
    }
}

/* Four gigaoctets and more: offsets go on where sequence numbers begin again. */
static void long_stream(void **state)
{
    struct sgs_half h;
    uint64_t off = 0;

    sgs_half_init(&h);
    sgs_half_set_base(&h, SGS_BASE_EXACT, 7);
    for (int i = 0; i < 10; i++) {
        sgs_half_advance(&h, 1u << 30);
    }
    assert_true(sgs_half_locate(&h, 7 + (2u << 30), &off));
    assert_true(off - SGS_STREAM_START == UINT64_C(10) << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled),
        cmocka_unit_test(lossy),
        cmocka_unit_test(locate),
        cmocka_unit_test(long_stream),
    };

    return cmocka_run_group_tests_name("reasm", tests, NULL, NULL) != 0;
}
