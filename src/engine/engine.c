/*
 * The one loop: a frame goes through net, net's calls become pushes into layers and events of the
 * conversation, and after each frame the queue of events is drained to the readers in order of
 * emission.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "net/net.h"

/* events without a layer */

#define MAX_SPARE 64 /* drafts: a frame rarely has more events */

static struct sgs_draft *take_draft(struct sgs_engine *e, enum sgs_kind kind)
{
    struct sgs_draft *d = e->spare;

    if (!d) {
        return sgs_draft_new(kind);
    }
    e->spare = d->next;
    e->n_spare--;
    sgs_draft_renew(d, kind);
    return d;
}

static void give_back(struct sgs_engine *e, struct sgs_draft *d)
{
    if (e->n_spare == MAX_SPARE) {
        sgs_draft_free(d);
        return;
    }
    d->next = e->spare;
    e->spare = d;
    e->n_spare++;
}

struct sgs_draft *sgs_engine_event(struct sgs_engine *e, enum sgs_kind kind,
                                   const struct sgs_conn_info *info, enum sgs_dir dir,
                                   const struct sgs_origin *origin)
{
    struct sgs_draft *d = take_draft(e, kind);
    d->ev.id = ++e->last_id;
    d->ev.origin = *origin;
    d->ev.dir = dir;
    if (info) {
        d->ev.transport = info->transport;
        d->ev.conn = info->number;
        d->ev.src = info->end[dir];
        d->ev.dst = info->end[!dir];
        d->ev.client = info->end[SGS_C2S];
    }
    return d;
}

void sgs_engine_emit(struct sgs_engine *e, struct sgs_draft *d)
{
    *e->queue_end = d;
    e->queue_end = &d->next;
}

/* The next event of the queue, or NULL. */
static struct sgs_draft *take_event(struct sgs_engine *e)
{
    if (!e->queue) {
        sgs_revocation_settle(e->revocation);
        sgs_interception_settle(e->interception);
    }
    struct sgs_draft *d = e->queue;
    e->queue = d ? d->next : NULL;
    if (!e->queue) {
        e->queue_end = &e->queue;
    }
    return d;
}

void sgs_engine_drain(struct sgs_engine *e)
{
    struct sgs_draft *d = NULL;

    sgs_holds_serve(e);
    while ((d = take_event(e))) {
        sgs_revocation_see(e->revocation, d);
        sgs_tokens_see(e->tokens, d);
        const struct sgs_event *ev = sgs_draft_seal(d);
        sgs_asked_see(e->asked, ev);
        sgs_interception_see(e->interception, ev);
        sgs_auth_see(e->auth, ev);
        for (size_t i = 0; i < e->n_readers; i++) {
            e->readers[i].fn(e->readers[i].ctx, ev);
        }
        give_back(e, d);
    }
}

void sgs_engine_on_event(struct sgs_engine *e, void (*fn)(void *ctx, const struct sgs_event *ev),
                         void *ctx)
{
    assert(e->n_readers < SGS_MAX_READERS);
    e->readers[e->n_readers].fn = fn;
    e->readers[e->n_readers++].ctx = ctx;
}

/* streams */

static void set_now(struct sgs_engine *e, sgs_time t)
{
    e->now = t > e->now ? t : e->now;
}

struct sgs_stream *sgs_stream_open(struct sgs_engine *e, const struct sgs_conn_info *info,
                                   const char *name)
{
    const struct sgs_dissector *d = name ? sgs_registry_name(sgs_slice_str(name)) : NULL;
    struct sgs_stream *s = sgs_xcalloc(1, sizeof *s);
    s->engine = e;
    s->info = *info;
    s->root = sgs_layer_new(s, NULL);
    s->root->by = info->transport == SGS_UDP ? SGS_BY_UDP_PROBE : SGS_BY_PROBE;
    if (name && !(d && sgs_layer_become(s->root, d))) {
        s->root->is_dead = true;
    }
    return s;
}

void sgs_stream_push(struct sgs_stream *s, enum sgs_dir dir, struct sgs_slice octets, bool is_cut,
                     const struct sgs_origin *origin)
{
    set_now(s->engine, origin->time_last);
    s->root->is_cut = is_cut;
    sgs_layer_push(s->root, dir, octets, origin);
    s->root->is_cut = false;
}

void sgs_stream_gap(struct sgs_stream *s, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why,
                    const struct sgs_origin *origin)
{
    static const char *const names[] = {"lost", "snaplen", "cap"};
    struct sgs_draft *d = sgs_engine_event(s->engine, SGS_K_NET_GAP, &s->info, dir, origin);
    if (n > 0) {
        ev_int(d, SGS_F_OCTETS, n);
    }
    ev_str(d, SGS_F_WHY, names[why]);
    sgs_engine_emit(s->engine, d);
    sgs_layer_gap(s->root, dir, n, why);
}

void sgs_stream_end(struct sgs_stream *s, enum sgs_dir dir, enum sgs_end why,
                    const struct sgs_origin *origin)
{
    set_now(s->engine, origin->time_last);
    sgs_layer_end(s->root, dir, why);
}

void sgs_stream_close(struct sgs_stream *s)
{
    sgs_layer_close(s->root);
}

/* what net tells */

static struct sgs_conn_info info_of(const struct sgs_conn *c)
{
    return (struct sgs_conn_info){
        .transport = c->transport,
        .number = c->number,
        .end = {c->end[SGS_C2S], c->end[SGS_S2C]},
        .has_start = c->transport == SGS_UDP || c->has_syn
    };
}

static void on_opened(void *ctx, struct sgs_conn *conn)
{
    struct sgs_conn_info info = info_of(conn);
    conn->user = sgs_stream_open(ctx, &info, NULL);
}

static void put_totals(struct sgs_draft *d, const struct sgs_conn *c, const struct sgs_tcp_fact *f)
{
    const struct sgs_conn_side *a = &c->side[SGS_C2S];
    const struct sgs_conn_side *b = &c->side[SGS_S2C];
    ev_int(d, SGS_F_OCTETS_C2S, a->octets);
    ev_int(d, SGS_F_OCTETS_S2C, b->octets);
    ev_int(d, SGS_F_RETRANSMITTED_C2S, a->retransmitted);
    ev_int(d, SGS_F_RETRANSMITTED_S2C, b->retransmitted);
    ev_ms(d, SGS_F_IDLE_MS, f->idle);
    if (a->stuck > 0) {
        ev_int(d, SGS_F_STUCK_C2S, a->stuck);
    }
    if (b->stuck > 0) {
        ev_int(d, SGS_F_STUCK_S2C, b->stuck);
    }
}

static void put_reset(struct sgs_draft *d, const struct sgs_conn *c, const struct sgs_tcp_fact *f)
{
    ev_str(d, SGS_F_BY, f->by == SGS_C2S ? "client" : "server");
    if (f->ttl) {
        ev_int(d, SGS_F_TTL, f->ttl);
    }
    if (c->side[f->by].ttl) {
        ev_int(d, SGS_F_TTL_USUAL, c->side[f->by].ttl);
    }
    if (f->is_after_fin) {
        ev_bool(d, SGS_F_AFTER_FIN, true);
    }
}

static void on_fact(void *ctx, struct sgs_conn *conn, const struct sgs_tcp_fact *f)
{
    struct sgs_engine *e = ctx;
    static const enum sgs_kind kinds[] = {
        [SGS_TCP_FACT_OPEN] = SGS_K_TCP_OPEN,
        [SGS_TCP_FACT_JOINED] = SGS_K_TCP_JOINED,
        [SGS_TCP_FACT_REFUSED] = SGS_K_TCP_REFUSED,
        [SGS_TCP_FACT_UNANSWERED] = SGS_K_TCP_UNANSWERED,
        [SGS_TCP_FACT_RESET] = SGS_K_TCP_RESET,
        [SGS_TCP_FACT_CLOSED] = SGS_K_TCP_CLOSED,
        [SGS_TCP_FACT_DIFFERENT] = SGS_K_MALFORMED,
    };
    static const char *const ends[] = {"fin", "rst", "idle", "capture"};
    struct sgs_conn_info info = info_of(conn);
    enum sgs_dir dir = f->kind == SGS_TCP_FACT_RESET || f->kind == SGS_TCP_FACT_CLOSED ||
                               f->kind == SGS_TCP_FACT_DIFFERENT
                           ? f->by
                           : SGS_C2S;
    struct sgs_draft *d = sgs_engine_event(e, kinds[f->kind], &info, dir, &f->origin);
    switch (f->kind) {
    case SGS_TCP_FACT_OPEN:
    case SGS_TCP_FACT_REFUSED:
        ev_ms(d, SGS_F_RTT_MS, f->rtt);
        ev_int(d, SGS_F_ATTEMPTS, conn->n_syn);
        break;
    case SGS_TCP_FACT_UNANSWERED:
        ev_int(d, SGS_F_ATTEMPTS, conn->n_syn);
        ev_ms(d, SGS_F_IDLE_MS, e->now - conn->first.time);
        break;
    case SGS_TCP_FACT_JOINED:
        break;
    case SGS_TCP_FACT_RESET:
        put_reset(d, conn, f);
        put_totals(d, conn, f);
        break;
    case SGS_TCP_FACT_CLOSED:
        if (f->why == SGS_END_FIN) {
            ev_str(d, SGS_F_BY, f->by == SGS_C2S ? "client" : "server");
        }
        ev_str(d, SGS_F_WHY, ends[f->why]);
        put_totals(d, conn, f);
        break;
    case SGS_TCP_FACT_DIFFERENT:
        ev_str(d, SGS_F_WHAT, "octets were sent again with another content; the first ones count");
        ev_int(d, SGS_F_OFFSET, f->offset);
        break;
    }
    sgs_engine_emit(ctx, d);
}

static void on_data(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, struct sgs_slice octets,
                    uint64_t wire_len, const struct sgs_origin *origin)
{
    (void)ctx;
    sgs_stream_push(conn->user, dir, octets, wire_len > octets.len, origin);
}

static void on_gap(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, uint64_t n,
                   enum sgs_gap_why why, const struct sgs_origin *origin)
{
    (void)ctx;
    sgs_stream_gap(conn->user, dir, n, why, origin);
}

static void on_end(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, enum sgs_end why,
                   const struct sgs_origin *origin)
{
    (void)ctx;
    sgs_stream_end(conn->user, dir, why, origin);
}

static void on_closed(void *ctx, struct sgs_conn *conn)
{
    (void)ctx;
    sgs_stream_close(conn->user);
}

static void on_icmp(void *ctx, const struct sgs_icmp_error *x)
{
    struct sgs_draft *d = sgs_engine_event(ctx, SGS_K_ICMP_ERROR, NULL, SGS_S2C, &x->origin);
    d->ev.src = x->src;
    d->ev.dst = x->dst;
    d->ev.client = x->conn ? x->conn->end[SGS_C2S] : x->about[0];
    ev_str(d, SGS_F_TYPE, x->type);
    ev_str(d, SGS_F_CODE, x->code);
    char text[2 * SGS_ADDR_TEXT_LEN + 8];
    if (x->conn) {
        (void)snprintf(text, sizeof text, "%s%u", x->conn->transport == SGS_TCP ? "tcp" : "udp",
                       (unsigned)x->conn->number);
    } else {
        sgs_addr_text(&x->about[1], text);
    }
    ev_str(d, SGS_F_ABOUT, text);
    sgs_engine_emit(ctx, d);
}

static void on_skipped(void *ctx, const char *layer, const char *name)
{
    struct sgs_engine *e = ctx;
    struct sgs_skipped row = {.layer = layer};
    (void)snprintf(row.name, sizeof row.name, "%s", name);
    char key[64];
    int n = snprintf(key, sizeof key, "%s %s", layer, row.name);
    struct sgs_slice k = sgs_slice(key, n < (int)sizeof key ? (size_t)n : sizeof key - 1);
    struct sgs_skipped *have = sgs_map_get(e->skipped, k);
    if (!have) {
        have = sgs_xcalloc(1, sizeof *have);
        *have = row;
        (void)sgs_map_put(e->skipped, k, have);
    }
    have->frames++;
}

static void net_fact(struct sgs_engine *e, const struct sgs_conn *conn, enum sgs_kind kind,
                     const char *what, const struct sgs_origin *origin, uint64_t number)
{
    struct sgs_conn_info info = conn ? info_of(conn) : (struct sgs_conn_info){0};
    struct sgs_draft *d = sgs_engine_event(e, kind, conn ? &info : NULL, SGS_C2S, origin);
    ev_str(d, SGS_F_WHAT, what);
    if (kind == SGS_K_LIMIT) {
        ev_int(d, SGS_F_NUMBER, number);
    }
    sgs_engine_emit(e, d);
}

static void on_limit(void *ctx, struct sgs_conn *conn, const char *what, uint64_t number,
                     const struct sgs_origin *origin)
{
    net_fact(ctx, conn, SGS_K_LIMIT, what, origin, number);
}

static void on_malformed(void *ctx, struct sgs_conn *conn, const char *what,
                         const struct sgs_origin *origin)
{
    net_fact(ctx, conn, SGS_K_MALFORMED, what, origin, 0);
}

/* life */

struct sgs_engine *sgs_engine_new(const struct sgs_engine_options *options)
{
    struct sgs_engine *e = sgs_xcalloc(1, sizeof *e);
    const struct sgs_net_sink sink = {
        .ctx = e,
        .opened = on_opened,
        .fact = on_fact,
        .data = on_data,
        .gap = on_gap,
        .end = on_end,
        .closed = on_closed,
        .icmp = on_icmp,
        .skipped = on_skipped,
        .limit = on_limit,
        .malformed = on_malformed,
    };
    e->options = *options;
    e->queue_end = &e->queue;
    e->now = e->replayed = SGS_TIME_NONE;
    e->skipped = sgs_map_new();
    e->asked = sgs_asked_new();
    e->tokens = sgs_tokens_new();
    e->revocation = sgs_revocation_new(e);
    e->interception = sgs_interception_new(e);
    e->auth = sgs_auth_new(e);
    for (size_t i = 0; i <= SGS_MAX_LAYER_DEPTH; i++) {
        sgs_arena_init(&e->scratch[i], SGS_MAX_MESSAGE_MEMORY);
    }
    sgs_holds_open(e);
    e->net = sgs_net_new(&sink);
    return e;
}

void sgs_engine_free(struct sgs_engine *e)
{
    if (!e) {
        return;
    }
    sgs_net_free(e->net);
    sgs_holds_finish(e);
    sgs_engine_drain(e);
    sgs_holds_close(e);
    while (e->spare) {
        struct sgs_draft *next = e->spare->next;
        sgs_draft_free(e->spare);
        e->spare = next;
    }
    sgs_auth_free(e->auth);
    sgs_interception_free(e->interception);
    sgs_revocation_free(e->revocation);
    sgs_asked_free(e->asked);
    sgs_tokens_free(e->tokens);
    size_t at = 0;
    void *row = NULL;
    while (sgs_map_next(e->skipped, &at, NULL, &row)) {
        free(row);
    }
    sgs_map_free(e->skipped);
    free(e->skipped_rows);
    for (size_t i = 0; i <= SGS_MAX_LAYER_DEPTH; i++) {
        sgs_arena_clear(&e->scratch[i]);
    }
    free(e);
}

void sgs_engine_feed(struct sgs_engine *e, const struct sgs_frame *frame)
{
    set_now(e, frame->time);
    sgs_net_feed(e->net, frame);
    sgs_engine_drain(e);
}

void sgs_engine_keys(struct sgs_engine *e)
{
    sgs_engine_drain(e);
}

void sgs_engine_finish(struct sgs_engine *e)
{
    sgs_net_finish(e->net);
    sgs_holds_finish(e);
    sgs_engine_drain(e);
    sgs_auth_finish(e->auth);
    sgs_interception_finish(e->interception);
    sgs_engine_drain(e);
}

static int by_name(const void *a, const void *b)
{
    const struct sgs_skipped *x = a;
    const struct sgs_skipped *y = b;
    int order = strcmp(x->layer, y->layer);
    return order ? order : strcmp(x->name, y->name);
}

size_t sgs_engine_skipped(struct sgs_engine *e, const struct sgs_skipped **out)
{
    size_t n = 0;
    size_t at = 0;
    void *row = NULL;
    e->skipped_rows =
        sgs_xrealloc(e->skipped_rows, sgs_map_len(e->skipped) + 1, sizeof *e->skipped_rows);
    while (sgs_map_next(e->skipped, &at, NULL, &row)) {
        e->skipped_rows[n++] = *(const struct sgs_skipped *)row;
    }
    qsort(e->skipped_rows, n, sizeof *e->skipped_rows, by_name);
    *out = e->skipped_rows;
    return n;
}
