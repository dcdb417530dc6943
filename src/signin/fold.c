/* What is over, and what of it is still needed. */
#include "signin/fold.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/arena.h>
#include <signscope/timeline.h>

#include "base/map.h"
#include "base/mem.h"
#include "signin/lead.h"

#define FOLD_MEMORY ((size_t)1 << 30) /* octets: events are capped before they get here */
#define PATIENCE SGS_CONN_IDLE        /* an answer may come so long after its question */

/* A client: what happened before is settled. */
struct client {
    sgs_time settled;
};

struct folder {
    const struct sgs_fold *f;
    bool *is_kept;
    bool *is_spent; /* the exchange it was part of has gone where it belongs */
    sgs_time young; /* what is not before this may still change */
    struct sgs_arena arena;
    struct sgs_map *clients; /* address -> struct client */
    struct sgs_map *runs;    /* struct sgs_run.key -> struct progress */
};

struct progress {
    bool is_finished;
    uint64_t n_kept_beyond;
    const struct sgs_ledger_run *entry;
};

static sgs_time time_of(const struct sgs_exchange *x)
{
    return sgs_exchange_first(x)->origin.time;
}

static struct client *client_of(struct folder *f, const struct sgs_addr *addr)
{
    struct sgs_slice key = sgs_slice(addr->ip, addr->len);
    struct client *c = sgs_map_get(f->clients, key);
    if (!c) {
        c = sgs_arena_alloc(&f->arena, sizeof *c);
        if (!c) {
            sgs_die("a sign-in table is full");
        }
        c->settled = f->young;
        (void)sgs_map_put(f->clients, key, c);
    }
    return c;
}

static sgs_time settled(struct folder *f, const struct sgs_exchange *x)
{
    return client_of(f, &sgs_exchange_first(x)->client)->settled;
}

/* Some questions are never answered: ACK (RFC 3261, 17.1.1.3) and BENOTIFY (MS-SIP, 3.1.4). */
static bool wants_answer(const struct sgs_exchange *x)
{
    struct sgs_slice method = x->req ? sgs_event_text(x->req, SGS_F_METHOD) : (struct sgs_slice){0};
    bool is_asked = x->req && (x->proto == SGS_P_HTTP || x->proto == SGS_P_SIP) &&
                    !sgs_slice_eq(method, SGS_LIT("ACK")) &&
                    !sgs_slice_eq(method, SGS_LIT("BENOTIFY"));
    return is_asked && (!x->rsp || sgs_event_int(x->rsp, SGS_F_STATUS, 0) < 200);
}

/* What is told at the end of a conversation may come after the end itself. */
static bool may_go_on(const struct folder *f, const struct sgs_exchange *x)
{
    sgs_time end = sgs_known_conn(f->f->known, x->req)->ended_at;
    return end == SGS_TIME_NONE || end >= f->young;
}

static bool is_pending(const struct folder *f, const struct sgs_exchange *x)
{
    return wants_answer(x) && may_go_on(f, x) &&
           x->req->origin.time >= sgs_time_later(f->f->now, -PATIENCE);
}

static bool is_open(const struct folder *f, const struct sgs_exchange *x)
{
    return x->row && may_go_on(f, x);
}

/* What its answer says may decide where later exchanges belong. */
static bool may_decide(const struct sgs_exchange *x)
{
    bool is_after = x->run && x->run->is_registered && x->row->stage == SGS_STAGE_POST_SIGNIN;
    return x->row && !is_after;
}

/* What comes later stays open, and so do look-ups that may have led there. */
static void hold(struct folder *f, const struct sgs_exchange *x)
{
    struct client *c = client_of(f, &sgs_exchange_first(x)->client);
    sgs_time from = sgs_time_later(time_of(x), -SGS_LEAD);
    c->settled = from < c->settled ? from : c->settled;
}

static void find_settled(struct folder *f)
{
    const struct sgs_exchanges *e = f->f->exchanges;
    for (size_t i = 0; i < e->n; i++) {
        if (may_decide(&e->list[i]) && is_pending(f, &e->list[i])) {
            hold(f, &e->list[i]);
        }
    }
    for (size_t i = 0; i < e->n_open; i++) {
        if (is_open(f, &e->open[i])) {
            hold(f, &e->open[i]);
        }
    }
}

static bool is_run_finished(struct folder *f, const struct sgs_run *r)
{
    sgs_time silence = f->f->is_crowded ? SGS_CROWDED_WAIT : SGS_SILENCE;
    sgs_time quiet = r->last;
    if (r->is_registered) {
        sgs_time end = sgs_run_ended(r, f->f->links, f->f->now);
        if (end == SGS_TIME_NONE) {
            return false;
        }
        quiet = end > quiet ? end : quiet;
    }
    return sgs_time_later(quiet, silence) < client_of(f, &r->client)->settled;
}

static struct progress *progress_of(struct folder *f, const struct sgs_run *r)
{
    return sgs_map_get(f->runs, sgs_slice(&r->key, sizeof r->key));
}

static void find_finished(struct folder *f, bool *is_finished)
{
    for (size_t i = 0; i < f->f->n_runs; i++) {
        const struct sgs_run *r = f->f->runs[i];
        struct progress *p = sgs_arena_alloc(&f->arena, sizeof *p);
        if (!p) {
            sgs_die("a sign-in table is full");
        }
        is_finished[i] = p->is_finished = is_run_finished(f, r);
        (void)sgs_map_put(f->runs, sgs_slice(&r->key, sizeof r->key), p);
    }
}

/* events */

static void mark(const struct folder *f, const struct sgs_event *ev, bool *marks)
{
    size_t low = 0;
    size_t high = ev ? f->f->n : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (sgs_event_order(f->f->events[mid], ev) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (ev && low < f->f->n && f->f->events[low] == ev) {
        marks[low] = true;
    }
}

static bool is_young(const struct folder *f, const struct sgs_exchange *x)
{
    bool is_new = sgs_exchange_last(x)->origin.time_last >= f->young;
    for (size_t i = 0; i < x->n_inner && !is_new; i++) {
        is_new = x->inner[i]->origin.time_last >= f->young;
    }
    return is_new;
}

/* All events of an exchange stay, or none. */
static bool is_needed(struct folder *f, const struct sgs_exchange *x)
{
    const struct progress *p = x->run ? progress_of(f, x->run) : NULL;
    bool is_listed = p && !p->is_finished && !x->is_beyond;
    bool is_free = x->row && !x->run && time_of(x) >= settled(f, x);
    return is_listed || is_free || is_young(f, x) || (!(p && p->is_finished) && is_pending(f, x));
}

static void mark_exchange(const struct folder *f, const struct sgs_exchange *x, bool *marks)
{
    mark(f, x->req, marks);
    mark(f, x->rsp, marks);
    mark(f, x->again, marks);
    for (size_t i = 0; i < x->n_inner; i++) {
        mark(f, x->inner[i], marks);
    }
}

static void keep_exchanges(struct folder *f)
{
    const struct sgs_exchanges *e = f->f->exchanges;
    for (size_t i = 0; i < e->n; i++) {
        const struct sgs_exchange *x = &e->list[i];
        if (is_needed(f, x)) {
            mark_exchange(f, x, f->is_kept);
            if (x->is_beyond) {
                progress_of(f, x->run)->n_kept_beyond++;
            }
        } else if (x->run) {
            mark_exchange(f, x, f->is_spent);
        }
    }
    for (size_t i = 0; i < e->n_open; i++) {
        if (is_open(f, &e->open[i])) {
            mark_exchange(f, &e->open[i], f->is_kept);
        }
    }
}

/* What is around the messages of a conversation stays as long as anything of it, as messages may
 * come, or as the attempt it registered. */
static void keep_links(struct folder *f)
{
    struct sgs_map *bindings = sgs_map_new();
    for (size_t i = 0; i < f->f->n_runs; i++) {
        struct sgs_run *r = f->f->runs[i];
        const struct sgs_conn_id *id = r->has_late_binding ? &r->late_binding : &r->binding;
        if (r->is_registered && !progress_of(f, r)->is_finished) {
            (void)sgs_map_put(bindings, sgs_slice(id, sizeof *id), r);
        }
    }
    for (size_t i = 0; i < f->f->n; i++) {
        if (f->is_kept[i]) {
            sgs_known_use(f->f->known, f->f->events[i]);
        }
    }
    for (size_t i = 0; i < f->f->n; i++) {
        const struct sgs_event *ev = f->f->events[i];
        if (!f->is_kept[i] && !f->is_spent[i] && sgs_links_use(ev->kind)) {
            struct sgs_conn_id id = sgs_links_id(ev);
            const struct sgs_known_conn *c = sgs_known_conn_by(f->f->known, id);
            f->is_kept[i] = c->is_used || (c->ended_at == SGS_TIME_NONE && !f->f->is_pressed) ||
                            sgs_map_get(bindings, sgs_slice(&id, sizeof id));
        }
    }
    sgs_map_free(bindings);
}

static void write_ledger(struct folder *f, struct sgs_ledger *ledger)
{
    const struct sgs_exchanges *e = f->f->exchanges;
    sgs_ledger_clear(ledger);
    for (size_t i = 0; i < e->n; i++) {
        const struct sgs_exchange *x = &e->list[i];
        const struct sgs_run *r = x->run;
        struct progress *p = r ? progress_of(f, r) : NULL;
        if (!p || p->is_finished || time_of(x) >= settled(f, x)) {
            continue;
        }
        if (!p->entry) {
            uint64_t gone = r->n_beyond - p->n_kept_beyond;
            p->entry = sgs_ledger_add(
                ledger,
                &(struct sgs_ledger_run){.key = r->key,
                                         .is_over = r->is_over && r->over_at < settled(f, x),
                                         .n_beyond = gone,
                                         .last = gone ? r->last : SGS_TIME_NONE,
                                         .has_binding = gone && r->has_late_binding,
                                         .binding = r->late_binding});
        }
        sgs_ledger_assign(ledger, sgs_exchange_first(x)->id, p->entry);
    }
}

void sgs_fold(const struct sgs_fold *in, bool *is_finished, bool *is_kept,
              struct sgs_ledger *ledger)
{
    sgs_time late = in->is_crowded ? SGS_CROWDED_WAIT : SGS_LATE;
    struct folder f = {.f = in,
                       .is_kept = is_kept,
                       .is_spent = sgs_xcalloc(in->n ? in->n : 1, sizeof *is_kept),
                       .young = sgs_time_later(in->is_pressed ? in->now : in->told, -late),
                       .clients = sgs_map_new(),
                       .runs = sgs_map_new()};
    sgs_arena_init(&f.arena, FOLD_MEMORY);
    if (!in->is_pressed) {
        find_settled(&f);
    }
    find_finished(&f, is_finished);
    for (size_t i = 0; i < in->n; i++) {
        is_kept[i] = in->events[i]->origin.time_last >= f.young;
    }
    keep_exchanges(&f);
    keep_links(&f);
    write_ledger(&f, ledger);
    free(f.is_spent);
    sgs_map_free(f.clients);
    sgs_map_free(f.runs);
    sgs_arena_clear(&f.arena);
}
