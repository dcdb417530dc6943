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
#include "signin/lead.h"

#define GUESS_RANK 14       /* guessed SIP host names */
#define AFTER_RANK 125      /* ranks from here on mean something only when signed in */
#define BEYOND_DISCOVERY 30 /* ranks from here on do not belong to a list of candidates */

/* Runs of one key, the newest first. */
struct chain {
    struct sgs_run *run;
    struct chain *older;
};

struct grouper {
    struct sgs_arena *arena;
    const struct sgs_past *past;
    struct sgs_run **runs; /* in order of their start; ours */
    size_t n;
    size_t room;
    struct sgs_map *by_key;    /* struct sgs_run.key -> run */
    struct sgs_map *by_user;   /* client and user -> run */
    struct sgs_map *by_host;   /* client and host -> chain */
    struct sgs_map *by_client; /* client -> chain, by start */
};

/* Where nobody ended the conversation it fell silent, and that shows only when it is given up. */
sgs_time sgs_run_ended(const struct sgs_run *r, const struct sgs_links *links, sgs_time t)
{
    const struct sgs_event *end =
        sgs_links_find(links, r->has_late_binding ? r->late_binding : r->binding)->end;
    if (r->is_signed_out) {
        return r->signed_out_at;
    }
    if (!end) {
        return SGS_TIME_NONE;
    }
    sgs_time at = sgs_event_get(end, SGS_F_BY)
                      ? end->origin.time
                      : sgs_time_later(end->origin.time_last, SGS_CONN_IDLE);
    return at < t ? at : SGS_TIME_NONE;
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

/* It may open an attempt; a look-up may if what it was made for may. */
static bool can_begin(const struct sgs_exchange *x)
{
    return x->row->can_begin || (x->leads && x->leads->row->can_begin);
}

static uint16_t port_of(const struct sgs_exchange *x)
{
    const struct sgs_event *ev = sgs_exchange_first(x);
    return ev->dir == SGS_C2S ? ev->dst.port : ev->src.port;
}

/* Another port of a host is another candidate; resolvers are asked from and to any. */
static bool same_question(const struct sgs_exchange *a, const struct sgs_exchange *b)
{
    return a && a != b && a->row == b->row && sgs_slice_ieq(a->host, b->host) &&
           (a->proto == SGS_P_DNS || port_of(a) == port_of(b));
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
    sgs_time t = time_of(x);
    if (!r->is_registered) {
        return t > sgs_time_later(r->last, SGS_SILENCE) || (can_begin(x) && starts_over(r, x));
    }
    sgs_time end = sgs_run_ended(r, g->past->links, t);
    return end != SGS_TIME_NONE && (can_begin(x) || t > sgs_time_later(end, SGS_SILENCE));
}

/* x can no longer belong to r; once over, an attempt stays over. */
static bool is_over(const struct grouper *g, struct sgs_run *r, const struct sgs_exchange *x)
{
    if (!r->is_over && ends_with(g, r, x)) {
        r->is_over = true;
        r->over_at = time_of(x);
    }
    return r->is_over;
}

static void *room_for(struct grouper *g, size_t size)
{
    void *p = sgs_arena_alloc(g->arena, size);
    if (!p) {
        sgs_die("a sign-in table is full");
    }
    return p;
}

static void put_chain(struct grouper *g, struct sgs_map *m, struct sgs_slice key, struct sgs_run *r)
{
    struct chain *older = sgs_map_get(m, key);
    if (older && older->run == r) {
        return;
    }
    struct chain *c = room_for(g, sizeof *c);
    *c = (struct chain){r, older};
    (void)sgs_map_put(m, key, c);
}

/* The newest run of the chain that is not over; those that are leave it for good. */
static struct sgs_run *newest(struct grouper *g, struct sgs_map *m, struct sgs_slice key,
                              const struct sgs_exchange *x)
{
    struct chain *c = sgs_map_get(m, key);
    struct chain *old = c;
    while (c && is_over(g, c->run, x)) {
        c = c->older;
    }
    if (!c) {
        (void)sgs_map_del(m, key);
    } else if (c != old) {
        (void)sgs_map_put(m, key, c);
    }
    return c ? c->run : NULL;
}

/* The run that x begins; what it has become by exchanges that are gone. */
static struct sgs_run *add_run(struct grouper *g, const struct sgs_exchange *x,
                               const struct sgs_ledger_run *past)
{
    struct sgs_run *r = room_for(g, sizeof *r);
    if (g->n == g->room) {
        g->room = g->room ? 2 * g->room : 16;
        g->runs = sgs_xrealloc(g->runs, g->room, sizeof *g->runs);
    }
    g->runs[g->n++] = r;
    r->key = sgs_exchange_first(x)->id;
    r->client = *client_of(x);
    r->client.port = 0;
    r->last = r->over_at = SGS_TIME_NONE;
    if (past) {
        r->is_over = past->is_over;
        r->n_beyond = past->n_beyond;
        r->last = past->last;
        r->has_late_binding = past->has_binding;
        r->late_binding = past->binding;
    }
    (void)sgs_map_put(g->by_key, sgs_slice(&r->key, sizeof r->key), r);
    put_chain(g, g->by_client, client_key(g, x, SGS_LIT("")), r);
    return r;
}

static struct sgs_run *start(struct grouper *g, const struct sgs_exchange *x)
{
    if (!can_begin(x) || g->past->n_given + g->n >= SGS_MAX_ATTEMPTS) {
        return NULL;
    }
    return add_run(g, x, NULL);
}

static struct sgs_slice user_of(struct grouper *g, const struct sgs_exchange *x)
{
    if (x->proto == SGS_P_DNS) {
        return x->leads ? user_of(g, x->leads) : (struct sgs_slice){NULL, 0};
    }
    if (x->user.len > 0) {
        return x->user;
    }
    const struct sgs_known_conn *c = sgs_known_conn(g->past->known, sgs_exchange_first(x));
    bool is_in_time =
        c->user_at != SGS_TIME_NONE && c->user_at <= sgs_time_later(time_of(x), SGS_HINDSIGHT);
    return is_in_time ? c->user : (struct sgs_slice){NULL, 0};
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
    struct sgs_run *last = newest(g, g->by_client, client_key(g, x, SGS_LIT("")), x);
    return last && last->user.len == 0 ? last : start(g, x);
}

/* The attempt of an exchange that names nobody. */
static struct sgs_run *of_nobody(struct grouper *g, const struct sgs_exchange *x)
{
    struct sgs_slice host = x->leads ? x->leads->host : x->host;
    struct sgs_run *r = newest(g, g->by_host, client_key(g, x, host), x);
    r = r ? r : newest(g, g->by_client, client_key(g, x, SGS_LIT("")), x);
    return r ? r : start(g, x);
}

/* Where an earlier round has put it. */
static struct sgs_run *as_before(struct grouper *g, const struct sgs_exchange *x,
                                 const struct sgs_ledger_run *past)
{
    struct sgs_run *r = sgs_map_get(g->by_key, sgs_slice(&past->key, sizeof past->key));
    return r ? r : add_run(g, x, past);
}

static struct sgs_run *run_of(struct grouper *g, const struct sgs_exchange *x)
{
    const struct sgs_ledger_run *past = sgs_ledger_find(g->past->ledger, sgs_exchange_first(x)->id);
    struct sgs_slice user = user_of(g, x);
    struct sgs_run *r = past       ? as_before(g, x, past)
                        : user.len ? of_user(g, x, user)
                                   : of_nobody(g, x);
    if (r && x->row->rank >= AFTER_RANK && !r->is_registered && !past) {
        return NULL;
    }
    if (r && user.len > 0 && r->user.len == 0) {
        r->user = user;
        (void)sgs_map_put(g->by_user, client_key(g, x, user), r);
    }
    return r;
}

static void note_effect(struct sgs_run *r, const struct sgs_exchange *x)
{
    switch (x->ruling->effect) {
    case SGS_FX_REGISTERED:
        r->is_registered = true;
        r->is_signed_out = false;
        r->binding = sgs_conn_id(sgs_exchange_last(x));
        break;
    case SGS_FX_SIGNED_OUT:
        r->is_signed_out = true;
        r->signed_out_at = sgs_exchange_last(x)->origin.time_last;
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

static bool has_room(struct grouper *g, struct sgs_run *r)
{
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 32;
        struct sgs_exchange **list = sgs_arena_array(g->arena, room, sizeof(struct sgs_exchange *));
        if (!list) {
            return false;
        }
        if (r->n > 0) {
            memcpy(list, r->list, r->n * sizeof(struct sgs_exchange *));
        }
        r->list = list;
        r->room = room;
    }
    return true;
}

/* Of what follows a sign-in the first exchanges are enough, and the sign-out. */
static bool is_beyond(const struct sgs_run *r, const struct sgs_exchange *x)
{
    bool is_after = r->is_registered && x->ruling->effect != SGS_FX_SIGNED_OUT;
    return r->n >= SGS_MAX_STEPS || (is_after && r->n_after >= SGS_MAX_STEPS_AFTER);
}

static void join(struct grouper *g, struct sgs_run *r, struct sgs_exchange *x)
{
    sgs_time end = sgs_exchange_last(x)->origin.time_last;
    x->run = r;
    x->is_beyond = is_beyond(r, x) || !has_room(g, r);
    r->last = end > r->last ? end : r->last;
    if (x->is_beyond) {
        r->n_beyond++;
        if (x->ruling->effect == SGS_FX_REGISTERED) {
            r->has_late_binding = true;
            r->late_binding = sgs_conn_id(sgs_exchange_last(x));
        }
        return;
    }
    r->n_after += r->is_registered;
    r->list[r->n++] = x;
    if (!r->first[x->proto]) {
        r->first[x->proto] = x;
    }
    note_effect(r, x);
    if (x->host.len > 0) {
        put_chain(g, g->by_host, client_key(g, x, x->host), r);
    }
}

/* Who is named on which connection; the first one counts. */
static void name_conns(const struct sgs_past *past, const struct sgs_exchange *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sgs_exchange *x = &list[i];
        if (x->user.len > 0 && x->proto != SGS_P_DNS) {
            struct sgs_known_conn *c = sgs_known_conn(past->known, sgs_exchange_first(x));
            sgs_known_first_text(&c->user, &c->user_at, x->user, time_of(x));
        }
    }
}

size_t sgs_attempts_group(struct sgs_exchange *list, size_t n, const struct sgs_past *past,
                          struct sgs_arena *a, struct sgs_run ***out)
{
    struct grouper g = {.arena = a,
                        .past = past,
                        .by_key = sgs_map_new(),
                        .by_user = sgs_map_new(),
                        .by_host = sgs_map_new(),
                        .by_client = sgs_map_new()};
    name_conns(past, list, n);
    sgs_leads_find(list, n, a);
    for (size_t i = 0; i < n; i++) {
        struct sgs_run *r = list[i].row ? run_of(&g, &list[i]) : NULL;
        if (r) {
            join(&g, r, &list[i]);
        }
    }
    struct sgs_run **all = sgs_arena_array(a, g.n ? g.n : 1, sizeof *all);
    if (!all) {
        sgs_die("a sign-in table is full");
    }
    if (g.n > 0) {
        memcpy(all, g.runs, g.n * sizeof *all);
    }
    free(g.runs);
    sgs_map_free(g.by_key);
    sgs_map_free(g.by_user);
    sgs_map_free(g.by_host);
    sgs_map_free(g.by_client);
    *out = all;
    return g.n;
}
