/*
 * The same again and again, without anything that would change it.
 *
 *   loop.http     equal refusals of one question; its number is how many
 *   loop.moved    registrars that send the client to each other; text: where to at last
 *   moved.dead    a registrar sends the client to a host that does not take it in; text: that host,
 *                 more: why
 *   loop.exchange Exchange refuses credentials; number: how many times
 *   loop.ladder   Autodiscover sends the client where it had been sent away; text: host and path
 */
#include "findings/facts.h"

#include <string.h>

#include <signscope/url.h>

#include "base/map.h"
#include "signin/cond.h"
#include "signin/exchange.h"

#define SPAN (120 * SGS_SEC) /* three within this time are a loop (own choice) */
#define TIMES 3

/* A question that was refused: how often so, and when first. */
struct again {
    int64_t n;
    sgs_time from;
};

static struct sgs_slice path_of(const struct sgs_step *s)
{
    struct sgs_slice target = sgs_event_text(s->exchange->req, SGS_F_TARGET);
    return sgs_slice_head(target, sgs_slice_chr(target, '?'));
}

static void refusal(struct sgs_facts *f, struct sgs_map *seen, const struct sgs_step *s)
{
    struct sgs_slice path = path_of(s);
    struct sgs_slice method = sgs_event_text(s->exchange->req, SGS_F_METHOD);
    struct sgs_slice key = sgs_arena_printf(
        f->arena, "%.*s %.*s%.*s %lld %lld %.*s", (int)method.len, (const char *)method.ptr,
        (int)s->host.len, (const char *)s->host.ptr, (int)path.len, (const char *)path.ptr,
        (long long)s->status, (long long)s->code, (int)s->symbol.len, (const char *)s->symbol.ptr);
    struct again *a = sgs_map_get(seen, key);
    if (!a || s->time - a->from > SPAN) {
        a = sgs_arena_alloc(f->arena, sizeof *a);
        if (!a) {
            return;
        }
        *a = (struct again){0, s->time};
        (void)sgs_map_put(seen, key, a);
    }
    if (++a->n == TIMES) {
        (void)sgs_facts_add(f, "loop.http", s, a->n, path);
    }
}

static void find_refusals(struct sgs_facts *f)
{
    struct sgs_map *seen = sgs_map_new();
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (s->effect == SGS_FX_REFUSED && s->exchange && s->exchange->proto == SGS_P_HTTP &&
            s->exchange->req) {
            refusal(f, seen, s);
        }
    }
    sgs_map_free(seen);
}

static void find_prompts(struct sgs_facts *f)
{
    struct sgs_map *seen = sgs_map_new();
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (!sgs_glob("R.exchange", sgs_slice_str(s->name))) {
            continue;
        }
        struct sgs_slice key = sgs_arena_lower(f->arena, s->host);
        struct again *a = sgs_map_get(seen, key);
        if (!a || s->time - a->from > SPAN) {
            a = sgs_arena_alloc(f->arena, sizeof *a);
            if (!a) {
                break;
            }
            *a = (struct again){0, s->time};
            (void)sgs_map_put(seen, key, a);
        }
        if (++a->n == TIMES) {
            (void)sgs_facts_add(f, "loop.exchange", s, a->n, s->host);
        }
    }
    sgs_map_free(seen);
}

/* The host that the answer sends the client to. */
static struct sgs_slice next_host(const struct sgs_event *rsp)
{
    struct sgs_slice contact = sgs_event_text(rsp, SGS_F_CONTACT);
    struct sgs_slice host = sgs_slice_from(contact, sgs_slice_chr(contact, ':') + 1);
    size_t user = sgs_slice_chr(host, '@');
    host = sgs_slice_from(host, user < host.len ? user + 1 : 0);
    host = sgs_slice_head(host, sgs_slice_chr(host, ';'));
    return sgs_slice_head(host, sgs_slice_chr(host, ':'));
}

/* A registrar that has sent the client away is where it is sent again. */
static void find_moves(struct sgs_facts *f)
{
    struct sgs_map *left = sgs_map_new();
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (!sgs_glob("moved", sgs_slice_str(s->name)) || !s->exchange->rsp) {
            continue;
        }
        struct sgs_slice to = sgs_arena_lower(f->arena, next_host(s->exchange->rsp));
        struct sgs_slice from = sgs_arena_lower(f->arena, s->host);
        (void)sgs_map_put(left, from, f);
        if (to.len > 0 && sgs_map_get(left, to)) {
            (void)sgs_facts_add(f, "loop.moved", s, 2, to);
        }
    }
    sgs_map_free(left);
}

/* What it was that failed at host after act number i, and nothing after it worked there; NULL:
 * nothing did. */
static const struct sgs_step *dead_end(const struct sgs_attempt *at, size_t i,
                                       struct sgs_slice host)
{
    const struct sgs_step *bad = NULL;
    for (; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        bool is_there = s->exchange && sgs_slice_ieq(s->exchange->host, host);
        if (is_there && strcmp(s->proto, "sip") == 0) {
            return NULL;
        }
        bad = is_there && s->effect == SGS_FX_NEGATIVE ? s : bad;
    }
    return bad;
}

static void find_dead_ends(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (!sgs_glob("moved", sgs_slice_str(s->name)) || !s->exchange->rsp) {
            continue;
        }
        struct sgs_slice to = next_host(s->exchange->rsp);
        const struct sgs_step *bad = to.len > 0 ? dead_end(f->at, i + 1, to) : NULL;
        struct sgs_step *fact = bad ? sgs_facts_add(f, "moved.dead", bad, 0, to) : NULL;
        if (fact) {
            fact->symbol = sgs_arena_copy(f->arena, bad->note);
        }
    }
}

static struct sgs_slice place_key(struct sgs_facts *f, struct sgs_slice host, struct sgs_slice path)
{
    struct sgs_slice key =
        sgs_arena_printf(f->arena, "%.*s %.*s", (int)host.len, (const char *)host.ptr,
                         (int)sgs_slice_chr(path, '?'), (const char *)path.ptr);
    return sgs_arena_lower(f->arena, key);
}

/* A place that has sent the client away is where it is sent again.  http and https are one place:
 * a host that sends from one to the other does so once. */
static void find_ladders(struct sgs_facts *f)
{
    struct sgs_map *left = sgs_map_new();
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        struct sgs_url url;
        if (s->effect != SGS_FX_REDIRECT || !sgs_glob("discover.*", sgs_slice_str(s->name)) ||
            !s->exchange->req) {
            continue;
        }
        struct sgs_slice from =
            place_key(f, s->host, sgs_event_text(s->exchange->req, SGS_F_TARGET));
        if (sgs_url_read(sgs_exchange_place(s->exchange), &url)) {
            struct sgs_slice to = place_key(f, url.host, url.path);
            if (!sgs_slice_eq(to, from) && sgs_map_get(left, to)) {
                (void)sgs_facts_add(f, "loop.ladder", s, 2, to);
            }
        }
        (void)sgs_map_put(left, from, f);
    }
    sgs_map_free(left);
}

void sgs_facts_loops(struct sgs_facts *f)
{
    find_refusals(f);
    find_prompts(f);
    find_moves(f);
    find_dead_ends(f);
    find_ladders(f);
}
