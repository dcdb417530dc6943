/* What of the kept events can no longer count. */
#include "signin/fold.h"

#include <string.h>

#include <signscope/arena.h>
#include <signscope/timeline.h>

#include "base/map.h"
#include "base/mem.h"
#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/role.h"

#define FOLD_MEMORY ((size_t)4 << 30) /* octets: events are capped before they get here */

/* A conversation. */
struct talk {
    bool has_ended;
    bool is_needed;
    bool has_message; /* an HTTP exchange of it was seen */
    bool has_host;    /* one that names the server */
};

struct folder {
    const struct sgs_event *const *events;
    size_t n;
    bool *is_kept;
    struct sgs_arena arena;
    struct sgs_map *talks;
};

static struct talk *talk_of(struct folder *f, const struct sgs_event *ev)
{
    struct {
        int transport;
        uint32_t number;
    } k;
    memset(&k, 0, sizeof k);
    k.transport = (int)ev->transport;
    k.number = ev->conn;
    struct sgs_slice key = sgs_slice(&k, sizeof k);
    struct talk *t = sgs_map_get(f->talks, key);
    if (!t) {
        t = sgs_arena_alloc(&f->arena, sizeof *t);
        if (!t) {
            sgs_die("a sign-in table is full");
        }
        (void)sgs_map_put(f->talks, key, t);
    }
    return t;
}

static bool is_end(enum sgs_kind kind)
{
    return kind == SGS_K_TCP_CLOSED || kind == SGS_K_TCP_RESET || kind == SGS_K_TCP_REFUSED ||
           kind == SGS_K_TCP_UNANSWERED;
}

/*
 * It is a step, or would be one if its server had the right role, or it says something of others:
 * names of addresses, users of connections, roles of hosts.
 */
static bool may_count(const struct sgs_exchange *x)
{
    struct sgs_exchange any = *x;
    bool carries = x->n_inner > 0 && x->proto != SGS_P_TLS;
    any.role = x->host.len > 0 ? SGS_HOST_ANY : SGS_HOST_NONE;
    return x->proto == SGS_P_DNS || x->user.len > 0 || carries || sgs_roles_taught_by(x) ||
           sgs_flow_step_of(&any);
}

static void drop(struct folder *f, const struct sgs_event *ev)
{
    size_t low = 0;
    size_t high = f->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (sgs_event_order(f->events[mid], ev) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low < f->n && f->events[low] == ev) {
        f->is_kept[low] = false;
    }
}

/* The first messages of a conversation tell what it is and who the server is. */
static void fold_exchange(struct folder *f, const struct sgs_exchange *x)
{
    struct talk *t = talk_of(f, sgs_exchange_first(x));
    bool is_http = x->proto == SGS_P_HTTP;
    bool has_host = is_http && x->req && sgs_event_get(x->req, SGS_F_HOST);
    bool tells = !t->has_message || (has_host && !t->has_host);
    bool counts = may_count(x);
    bool is_done = x->rsp && sgs_event_int(x->rsp, SGS_F_STATUS, 0) >= 200;
    t->has_message |= is_http;
    t->has_host |= has_host;
    t->is_needed |= counts;
    if (is_http && is_done && !counts && !tells) {
        if (x->req) {
            drop(f, x->req);
        }
        drop(f, x->rsp);
    }
}

void sgs_fold(const struct sgs_event *const *events, size_t n, size_t n_young, bool *is_kept)
{
    struct folder f = {.events = events, .n = n, .is_kept = is_kept, .talks = sgs_map_new()};
    struct sgs_exchange *list = NULL;
    size_t n_old = n > n_young ? n - n_young : 0;
    sgs_arena_init(&f.arena, FOLD_MEMORY);
    size_t n_list = sgs_exchanges_make(events, n, &f.arena, &list);
    for (size_t i = 0; i < n_list; i++) {
        fold_exchange(&f, &list[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct talk *t = talk_of(&f, events[i]);
        t->has_ended |= is_end(events[i]->kind) && i < n_old;
        t->is_needed |= i >= n_old && !is_end(events[i]->kind);
    }
    for (size_t i = 0; i < n; i++) {
        const struct talk *t = talk_of(&f, events[i]);
        bool is_over = events[i]->transport == SGS_TCP && t->has_ended && !t->is_needed;
        is_kept[i] = i >= n_old || (is_kept[i] && !is_over);
    }
    sgs_map_free(f.talks);
    sgs_arena_clear(&f.arena);
}
