/*
 * What the tests of net share: frames made by hand, and a sink that writes down what it is told,
 * one short line a call.  A test compares the whole of it.
 *
 *   tcp0 open 1000>80      tcp0 c "GET"          tcp0 s gap 5 lost      tcp0 c end fin
 *   tcp0 opened rtt=5      tcp0 closed s fin     tcp0 done              skip network: ARP
 */
#ifndef SGS_TESTS_NET_BENCH_H
#define SGS_TESTS_NET_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

struct bench {
    struct sgs_net *net;
    char text[1 << 16]; /* what the sink was told */
    size_t len;
    uint64_t frames;
    sgs_time time; /* of the next frame */
    uint32_t link; /* of the next frame */
    bool shows_frames;
};

__attribute__((format(printf, 2, 3))) static inline void bench_say(struct bench *b,
                                                                   const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(&b->text[b->len], sizeof b->text - b->len, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof b->text - b->len) {
        b->len += (size_t)n;
    }
}

static inline void bench_name(struct bench *b, const struct sgs_conn *c)
{
    bench_say(b, "%s%u ", c->transport == SGS_TCP ? "tcp" : "udp", (unsigned)c->number);
}

static inline void bench_opened(void *ctx, struct sgs_conn *c)
{
    bench_name(ctx, c);
    bench_say(ctx, "open %u>%u\n", (unsigned)c->end[SGS_C2S].port, (unsigned)c->end[SGS_S2C].port);
}

static inline void bench_fact(void *ctx, struct sgs_conn *c, const struct sgs_tcp_fact *f)
{
    static const char *const kinds[] = {"opened", "joined", "refused",  "unanswered",
                                        "reset",  "closed", "different"};
    static const char *const whys[] = {"fin", "rst", "idle", "capture"};

    bench_name(ctx, c);
    bench_say(ctx, "%s", kinds[f->kind]);
    if (f->kind == SGS_TCP_FACT_REFUSED || f->kind == SGS_TCP_FACT_RESET ||
        f->kind == SGS_TCP_FACT_CLOSED || f->kind == SGS_TCP_FACT_DIFFERENT) {
        bench_say(ctx, " %c", f->by == SGS_C2S ? 'c' : 's');
    }
    if (f->kind == SGS_TCP_FACT_CLOSED) {
        bench_say(ctx, " %s", whys[f->why]);
    }
    if (f->kind == SGS_TCP_FACT_DIFFERENT) {
        bench_say(ctx, " at %u", (unsigned)f->offset);
    }
    if (f->rtt != SGS_TIME_NONE) {
        bench_say(ctx, " rtt=%d", (int)(f->rtt / SGS_MS));
    }
    if (f->idle != SGS_TIME_NONE) {
        bench_say(ctx, " idle=%d", (int)(f->idle / SGS_MS));
    }
    if (f->ttl) {
        bench_say(ctx, " ttl=%u/%u", (unsigned)f->ttl, (unsigned)c->side[f->by].ttl);
    }
    if (f->is_after_fin) {
        bench_say(ctx, " behind fin");
    }
    if (c->n_syn > 1) {
        bench_say(ctx, " syn=%u", (unsigned)c->n_syn);
    }
    bench_say(ctx, "\n");
}

static inline void bench_octets(struct bench *b, struct sgs_slice s)
{
    bench_say(b, "\"");
    for (size_t i = 0; i < s.len; i++) {
        bench_say(b, s.ptr[i] >= 0x20 && s.ptr[i] < 0x7f ? "%c" : "\\%02x", s.ptr[i]);
    }
    bench_say(b, "\"");
}

static inline void bench_data(void *ctx, struct sgs_conn *c, enum sgs_dir dir, struct sgs_slice s,
                              uint64_t wire_len, const struct sgs_origin *origin)
{
    struct bench *b = ctx;

    bench_name(b, c);
    bench_say(b, "%c ", dir == SGS_C2S ? 'c' : 's');
    bench_octets(b, s);
    if (wire_len != s.len) {
        bench_say(b, " of %u", (unsigned)wire_len);
    }
    if (b->shows_frames) {
        bench_say(b, " frame %u-%u", (unsigned)origin->frame, (unsigned)origin->frame_last);
    }
    bench_say(b, "\n");
}

static inline void bench_gap(void *ctx, struct sgs_conn *c, enum sgs_dir dir, uint64_t n,
                             enum sgs_gap_why why, const struct sgs_origin *origin)
{
    static const char *const whys[] = {"lost", "snaplen", "cap"};

    (void)origin;
    bench_name(ctx, c);
    bench_say(ctx, "%c gap %llu %s\n", dir == SGS_C2S ? 'c' : 's', (unsigned long long)n,
              whys[why]);
}

static inline void bench_end(void *ctx, struct sgs_conn *c, enum sgs_dir dir, enum sgs_end why,
                             const struct sgs_origin *origin)
{
    static const char *const whys[] = {"fin", "rst", "idle", "capture"};

    (void)origin;
    bench_name(ctx, c);
    bench_say(ctx, "%c end %s\n", dir == SGS_C2S ? 'c' : 's', whys[why]);
}

/* A counter of both sides, when one of them is not 0. */
static inline void bench_count(struct bench *b, const char *name, uint64_t c2s, uint64_t s2c)
{
    if (c2s || s2c) {
        bench_say(b, " %s=%llu/%llu", name, (unsigned long long)c2s, (unsigned long long)s2c);
    }
}

static inline void bench_closed(void *ctx, struct sgs_conn *c)
{
    const struct sgs_conn_side *s = c->side;

    bench_name(ctx, c);
    bench_say(ctx, "done");
    bench_count(ctx, "again", s[0].retransmitted, s[1].retransmitted);
    bench_count(ctx, "gaps", s[0].gap_octets, s[1].gap_octets);
    bench_count(ctx, "probes", s[0].keep_alives, s[1].keep_alives);
    bench_count(ctx, "stuck", s[0].stuck, s[1].stuck);
    bench_count(ctx, "zero", s[0].zero_windows, s[1].zero_windows);
    bench_say(ctx, "\n");
}

static inline void bench_icmp(void *ctx, const struct sgs_icmp_error *e)
{
    char about[2][SGS_ADDR_TEXT_LEN];

    sgs_addr_text(&e->about[0], about[0]);
    sgs_addr_text(&e->about[1], about[1]);
    bench_say(ctx, "icmp %s, %s: %s %s ", e->type, e->code, about[0], about[1]);
    if (e->conn) {
        bench_name(ctx, e->conn);
    }
    bench_say(ctx, "\n");
}

static inline void bench_skipped(void *ctx, const char *layer, const char *name)
{
    bench_say(ctx, "skip %s: %s\n", layer, name);
}

static inline void bench_limit(void *ctx, struct sgs_conn *c, const char *what, uint64_t number,
                               const struct sgs_origin *origin)
{
    (void)origin;
    (void)number;
    if (c) {
        bench_name(ctx, c);
    }
    bench_say(ctx, "limit %s\n", what);
}

static inline void bench_malformed(void *ctx, struct sgs_conn *c, const char *what,
                                   const struct sgs_origin *origin)
{
    (void)c;
    (void)origin;
    bench_say(ctx, "malformed %s\n", what);
}

/* Given: release with bench_free. */
static inline struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);

    if (!b) {
        abort();
    }
    b->link = 101;
    b->net = sgs_net_new(&(struct sgs_net_sink){
        .ctx = b,
        .opened = bench_opened,
        .fact = bench_fact,
        .data = bench_data,
        .gap = bench_gap,
        .end = bench_end,
        .closed = bench_closed,
        .icmp = bench_icmp,
        .skipped = bench_skipped,
        .limit = bench_limit,
        .malformed = bench_malformed,
    });
    return b;
}

static inline void bench_free(struct bench *b)
{
    sgs_net_free(b->net);
    free(b);
}

/* The octets are copied to a heap block of their own, so that reading past them is caught. */
static inline void bench_feed(struct bench *b, struct sgs_slice octets, size_t wire_len)
{
    uint8_t *copy = malloc(octets.len ? octets.len : 1);

    if (!copy) {
        abort();
    }
    if (octets.len > 0) {
        memcpy(copy, octets.ptr, octets.len);
    }
    b->frames++;
    struct sgs_frame frame = {
        .number = b->frames,
        .input_number = b->frames,
        .input = 1,
        .link = b->link,
        .time = b->time,
        .wire_len = (uint32_t)wire_len,
        .octets = sgs_slice(copy, octets.len),
    };
    sgs_net_feed(b->net, &frame);
    free(copy);
}

/* Frames are built from the outside in. */
struct build {
    uint8_t octets[1 << 17];
    size_t len;
};

static inline void put(struct build *f, uint64_t value, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        f->octets[f->len++] = (uint8_t)(value >> 8 * (i - 1));
    }
}

static inline void put_octets(struct build *f, const void *octets, size_t len)
{
    if (len > 0) {
        memcpy(&f->octets[f->len], octets, len);
        f->len += len;
    }
}

/* Hex digits; blanks do not count. */
static inline void put_hex(struct build *f, const char *hex)
{
    while (*hex) {
        unsigned value = 0;
        if (*hex == ' ') {
            hex++;
            continue;
        }
        (void)sscanf(hex, "%2x", &value);
        put(f, value, 1);
        hex += 2;
    }
}

struct ip4 {
    uint32_t src, dst;
    uint8_t protocol;
    uint8_t ttl; /* 0: 64 */
    uint16_t id;
    uint16_t fragment; /* flags and offset as on the wire */
};

/* The header in front of payload_len octets that the caller puts next. */
static inline void put_ip4(struct build *f, const struct ip4 *ip, size_t payload_len)
{
    put(f, 0x4500, 2);
    put(f, 20 + payload_len, 2);
    put(f, ip->id, 2);
    put(f, ip->fragment, 2);
    put(f, ip->ttl ? ip->ttl : 64, 1);
    put(f, ip->protocol, 1);
    put(f, 0, 2);
    put(f, ip->src, 4);
    put(f, ip->dst, 4);
}

static inline void put_udp(struct build *f, uint16_t from, uint16_t to, const char *payload)
{
    put(f, from, 2);
    put(f, to, 2);
    put(f, 8 + strlen(payload), 2);
    put(f, 0, 2);
    put_octets(f, payload, strlen(payload));
}

/* A whole IPv4 datagram with UDP from 10.0.0.1 to 10.0.0.2. */
static inline void put_ip4_udp(struct build *f, uint16_t from, uint16_t to, const char *payload)
{
    struct ip4 ip = {.src = 0x0a000001, .dst = 0x0a000002, .protocol = 17};

    put_ip4(f, &ip, 8 + strlen(payload));
    put_udp(f, from, to, payload);
}

/* One segment: ">SA 100 200 hello" in a struct.  '>' goes from 10.0.0.1:1000 to 10.0.0.2:80. */
struct seg {
    const char *how; /* '>' or '<', then letters of F S R A, 'P' for any other, 'Z' for window 0 */
    uint32_t seq, ack;
    const char *data;
    int ms;               /* since the frame before */
    unsigned cut;         /* octets of data that were not captured */
    uint8_t ttl;          /* 0: 64 */
    uint16_t port;        /* of the client side; 0: 1000 */
    uint16_t server_port; /* 0: 80 */
    unsigned pad;         /* octets behind the datagram */
};

static inline void put_tcp(struct build *f, const struct seg *s, bool is_swapped)
{
    bool is_from = (s->how[0] == '>') != is_swapped;
    size_t len = s->data ? strlen(s->data) : 0;
    uint16_t client = s->port ? s->port : 1000;
    uint16_t server = s->server_port ? s->server_port : 80;
    struct ip4 ip = {.protocol = 6, .ttl = s->ttl};
    unsigned flags = 0;

    ip.src = is_from ? 0x0a000001 : 0x0a000002;
    ip.dst = is_from ? 0x0a000002 : 0x0a000001;
    for (const char *c = s->how; *c; c++) {
        flags |= *c == 'F' ? 1u : *c == 'S' ? 2u : *c == 'R' ? 4u : *c == 'A' ? 16u : 0u;
    }
    put_ip4(f, &ip, 20 + len);
    put(f, s->how[0] == '>' ? client : server, 2);
    put(f, s->how[0] == '>' ? server : client, 2);
    put(f, s->seq, 4);
    put(f, s->ack, 4);
    put(f, 0x50, 1);
    put(f, flags, 1);
    put(f, strchr(s->how, 'Z') ? 0 : 8192, 2);
    put(f, 0, 4);
    put_octets(f, s->data, len);
}

static inline void bench_seg(struct bench *b, const struct seg *s, bool is_swapped)
{
    struct build *f = calloc(1, sizeof *f);

    if (!f) {
        abort();
    }
    b->time += s->ms * SGS_MS;
    put_tcp(f, s, is_swapped);
    f->len += s->pad;
    bench_feed(b, sgs_slice(f->octets, f->len - s->cut), f->len);
    free(f);
}

/* One case of a table: segments in, all that the sink was told out; "--" stands for the end. */
struct row {
    const char *name;
    const struct seg *segs;
    size_t n;
    unsigned repeat; /* times that the last segment comes again */
    const char *told;
};

#define SEGS(...)                                                                                  \
    (const struct seg[]){__VA_ARGS__},                                                             \
        sizeof((const struct seg[]){__VA_ARGS__}) / sizeof(struct seg)

/* Feeds a row, from both sides of the addresses' order; b->text of each must be what was told. */
static inline void bench_row(const struct row *row,
                             void (*check)(const char *told, const char *want))
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct bench *b = bench_new();
        for (size_t i = 0; i < row->n; i++) {
            bench_seg(b, &row->segs[i], swapped);
        }
        for (unsigned i = 0; i < row->repeat; i++) {
            bench_seg(b, &row->segs[row->n - 1], swapped);
        }
        bench_say(b, "--\n");
        sgs_net_finish(b->net);
        char *told = malloc(b->len + 1);
        if (!told) {
            abort();
        }
        memcpy(told, b->text, b->len + 1);
        bench_free(b);
        check(told, row->told);
        free(told);
    }
}

#endif
