/*
 * Grouping of exchanges into attempts: one try of one user on one client.  What names the user goes
 * to that user's attempt; what names nobody goes where its connection, its host or the latest
 * attempt of that client point.  A new attempt begins when the last one is over: signed out or its
 * registration lost, failed and begun again, or silent.
 */
#include "signin/attempt.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

#define SILENCE (120 * SGS_SEC) /* without a sign-in message: the attempt is over */
#define GUESS_RANK 14           /* guessed SIP host names */
#define BEYOND_DISCOVERY 30     /* ranks from here on do not belong to a list of candidates */

struct grouper {
    struct sgs_arena *arena;
    const struct sgs_ends *ends;
    struct sgs_run **runs; /* in order of their start; ours */
    size_t n;
    size_t room;
    struct sgs_map *by_user;   /* client and user -> run */
    struct sgs_map *by_host;   /* client and host -> run */
    struct sgs_map *by_client; /* client -> run started last */
    struct sgs_map *conn_user; /* conn -> user named on it, a struct sgs_slice */
};

/* ends of conversations */

struct sgs_ends {
    struct sgs_map *by_conn;
};

struct conn_key {
    int transport;
    uint32_t number;
};

static struct sgs_slice key_of(const struct sgs_event *ev, struct conn_key *k)
{
    memset(k, 0, sizeof *k);
    k->transport = (int)ev->transport;
    k->number = ev->conn;
    return sgs_slice(k, sizeof *k);
}

bool sgs_ends_use(enum sgs_kind kind)
{
    return kind == SGS_K_TCP_CLOSED || kind == SGS_K_TCP_RESET;
}

struct sgs_ends *sgs_ends_make(const struct sgs_event *const *events, size_t n)
{
    struct sgs_ends *e = sgs_xmalloc(sizeof *e);
    e->by_conn = sgs_map_new();
    for (size_t i = 0; i < n; i++) {
        if (sgs_ends_use(events[i]->kind)) {
            struct conn_key k;
            (void)sgs_map_put(e->by_conn, key_of(events[i], &k), (void *)(uintptr_t)events[i]);
        }
    }
    return e;
}

void sgs_ends_free(struct sgs_ends *ends)
{
    sgs_map_free(ends->by_conn);
    free(ends);
}

const struct sgs_event *sgs_ends_find(const struct sgs_ends *ends, const struct sgs_event *ev)
{
    struct conn_key k;
    return sgs_map_get(ends->by_conn, key_of(ev, &k));
}

/* grouping */

static const struct sgs_addr *client_of(const struct sgs_exchange *x)
{
    return &sgs_exchange_first(x)->client;
}

static struct sgs_slice client_key(struct grouper *g, const struct sgs_exchange *x,
                                   struct sgs_slice tail)
{
    char host[SGS_ADDR_TEXT_LEN];
    sgs_addr_host(client_of(x), host);
    return sgs_arena_printf(g->arena, "%s|%.*s", host, (int)tail.len, (const char *)tail.ptr);
}

static sgs_time time_of(const struct sgs_exchange *x)
{
    return sgs_exchange_first(x)->origin.time;
}

static bool same_question(const struct sgs_exchange *a, const struct sgs_exchange *b)
{
    return a && a != b && a->row == b->row && sgs_slice_ieq(a->host, b->host);
}

static bool same_call(const struct sgs_exchange *a, const struct sgs_exchange *b)
{
    return a->req && b->req &&
           sgs_slice_eq(sgs_event_text(a->req, SGS_F_CALL_ID),
                        sgs_event_text(b->req, SGS_F_CALL_ID));
}

/* The attempt has failed, and x asks what it began with: the client starts over. */
static bool starts_over(const struct sgs_run *r, const struct sgs_exchange *x)
{
    bool is_used_up = r->has_failed_guess && !r->has_sip;
    if (r->refused_rank < BEYOND_DISCOVERY && !is_used_up) {
        return false;
    }
    const struct sgs_exchange *first = r->first[x->proto];
    return same_question(first, x) && !(x->proto == SGS_P_SIP && same_call(first, x));
}

static bool ends_with(const struct grouper *g, const struct sgs_run *r,
                      const struct sgs_exchange *x)
{
    if (!x->row->can_begin) {
        return false;
    }
    if (r->is_registered) {
        const struct sgs_event *end = sgs_ends_find(g->ends, r->binding);
        return r->is_signed_out ||
               (end && end->origin.time < time_of(x) && sgs_event_get(end, SGS_F_BY));
    }
    return time_of(x) - r->last > SILENCE || starts_over(r, x);
}

/* x can no longer belong to r; once over, an attempt stays over. */
static bool is_over(const struct grouper *g, struct sgs_run *r, const struct sgs_exchange *x)
{
    r->is_over |= ends_with(g, r, x);
    return r->is_over;
}

static struct sgs_run *start(struct grouper *g, const struct sgs_exchange *x)
{
    if (!x->row->can_begin || g->n >= SGS_MAX_ATTEMPTS) {
        return NULL;
    }
    struct sgs_run *r = sgs_arena_alloc(g->arena, sizeof *r);
    if (!r) {
        return NULL;
    }
    if (g->n == g->room) {
        g->room = g->room ? 2 * g->room : 16;
        g->runs = sgs_xrealloc(g->runs, g->room, sizeof *g->runs);
    }
    g->runs[g->n++] = r;
    r->client = *client_of(x);
    r->client.port = 0;
    (void)sgs_map_put(g->by_client, client_key(g, x, SGS_LIT("")), r);
    return r;
}

static struct sgs_slice user_of(struct grouper *g, const struct sgs_exchange *x)
{
    struct conn_key k;
    if (x->user.len > 0 || x->proto == SGS_P_DNS) {
        return x->user;
    }
    const struct sgs_slice *named = sgs_map_get(g->conn_user, key_of(sgs_exchange_first(x), &k));
    return named ? *named : (struct sgs_slice){NULL, 0};
}

/* The attempt of a user who is named. */
static struct sgs_run *of_user(struct grouper *g, const struct sgs_exchange *x,
                               struct sgs_slice user)
{
    struct sgs_slice key = client_key(g, x, user);
    struct sgs_run *r = sgs_map_get(g->by_user, key);
    if (r && !is_over(g, r, x)) {
        return r;
    }
    struct sgs_run *last = sgs_map_get(g->by_client, client_key(g, x, SGS_LIT("")));
    bool is_nobodys = last && last->user.len == 0 && !is_over(g, last, x);
    r = is_nobodys ? last : start(g, x);
    if (r) {
        r->user = user;
        (void)sgs_map_put(g->by_user, key, r);
    }
    return r;
}

/* The attempt of an exchange that names nobody. */
static struct sgs_run *of_nobody(struct grouper *g, const struct sgs_exchange *x)
{
    struct sgs_run *r = sgs_map_get(g->by_host, client_key(g, x, x->host));
    struct sgs_run *last = sgs_map_get(g->by_client, client_key(g, x, SGS_LIT("")));
    r = r && !is_over(g, r, x) ? r : last;
    return r && !is_over(g, r, x) ? r : start(g, x);
}

static void note_effect(struct sgs_run *r, const struct sgs_exchange *x)
{
    switch (x->ruling->effect) {
    case SGS_FX_REGISTERED:
        r->is_registered = true;
        r->is_signed_out = false;
        r->binding = sgs_exchange_last(x);
        break;
    case SGS_FX_SIGNED_OUT:
        r->is_signed_out = true;
        break;
    case SGS_FX_REFUSED:
        r->refused_rank = x->row->rank;
        break;
    case SGS_FX_NEGATIVE:
        r->has_failed_guess |= x->row->rank == GUESS_RANK;
        break;
    case SGS_FX_PROGRESS:
    case SGS_FX_CHALLENGE:
    case SGS_FX_REDIRECT:
        if (x->row->rank >= r->refused_rank && x->row->rank > GUESS_RANK) {
            r->refused_rank = 0;
        }
        break;
    case SGS_FX_NONE:
        break;
    }
    r->has_sip |= x->proto == SGS_P_SIP && x->rsp;
}

static void join(struct grouper *g, struct sgs_run *r, struct sgs_exchange *x)
{
    if (r->n >= SGS_MAX_STEPS) {
        return;
    }
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 32;
        struct sgs_exchange **list = sgs_arena_array(g->arena, room, sizeof(struct sgs_exchange *));
        if (!list) {
            return;
        }
        if (r->n > 0) {
            memcpy(list, r->list, r->n * sizeof(struct sgs_exchange *));
        }
        r->list = list;
        r->room = room;
    }
    r->list[r->n++] = x;
    if (!r->first[x->proto]) {
        r->first[x->proto] = x;
    }
    sgs_time end = sgs_exchange_last(x)->origin.time_last;
    r->last = end > r->last ? end : r->last;
    note_effect(r, x);
    if (x->host.len > 0) {
        (void)sgs_map_put(g->by_host, client_key(g, x, x->host), r);
    }
}

/* Who is named on which connection; the first one counts. */
static void name_conns(struct grouper *g, struct sgs_exchange *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct conn_key k;
        struct sgs_slice key = key_of(sgs_exchange_first(&list[i]), &k);
        if (list[i].user.len > 0 && list[i].proto != SGS_P_DNS && !sgs_map_get(g->conn_user, key)) {
            (void)sgs_map_put(g->conn_user, key, &list[i].user);
        }
    }
}

size_t sgs_attempts_group(struct sgs_exchange *list, size_t n, const struct sgs_ends *ends,
                          struct sgs_arena *a, struct sgs_run **out)
{
    struct grouper g = {.arena = a,
                        .ends = ends,
                        .by_user = sgs_map_new(),
                        .by_host = sgs_map_new(),
                        .by_client = sgs_map_new(),
                        .conn_user = sgs_map_new()};
    name_conns(&g, list, n);
    for (size_t i = 0; i < n; i++) {
        struct sgs_exchange *x = &list[i];
        if (!x->row) {
            continue;
        }
        struct sgs_slice user = user_of(&g, x);
        struct sgs_run *r = user.len ? of_user(&g, x, user) : of_nobody(&g, x);
        if (r) {
            join(&g, r, x);
        }
    }
    struct sgs_run *all = sgs_arena_array(a, g.n ? g.n : 1, sizeof *all);
    size_t n_runs = all ? g.n : 0;
    for (size_t i = 0; i < n_runs; i++) {
        all[i] = *g.runs[i];
    }
    free(g.runs);
    sgs_map_free(g.by_user);
    sgs_map_free(g.by_host);
    sgs_map_free(g.by_client);
    sgs_map_free(g.conn_user);
    *out = all;
    return n_runs;
}
