/*
 * The builder: keeps events, each client's by themselves, and makes attempts of them anew in every
 * round that may finish one, and whenever it is asked.
 *
 *   events -> exchanges -> roles -> rows and verdicts (tables) -> runs -> attempts with steps
 *
 * A round gives away the attempts that are finished and drops what nobody needs any more (fold.h).
 * Only what hosts are for is known across clients: so before a client is folded the others are
 * taught from, as far as what they say may count for it.
 */
#include <signscope/signin.h>

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/mem.h"
#include "signin/assemble.h"
#include "signin/attempt.h"
#include "signin/clients.h"
#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/fold.h"
#include "signin/known.h"
#include "signin/links.h"
#include "signin/role.h"

#define BUILD_MEMORY                                                                               \
    ((size_t)4 << 30) /* octets for one build: everything is capped before it gets here */

#define OVER                                                                                       \
    (SGS_LATE + SGS_SILENCE) /* so long after its last message an attempt may be finished */
#define AGAIN (60 * SGS_SEC) /* when nothing comes a client is not folded sooner */
#define SHARE 4              /* rounds look at so many events for each that comes, at most */

/* How much rounds hurry, and what for. */
enum haste {
    AT_EASE, /* clients that have something to give, as far as that can be guessed */
    IN_TURN, /* all that may have */
    PRESSED, /* memory is used up: nothing is waited for */
    CROWDED  /* that was not enough: see fold.h */
};

struct sgs_signin {
    struct sgs_clients *clients;
    struct sgs_known *known;
    struct sgs_arena arena;   /* of the last build */
    struct sgs_arena attempt; /* of the one that is given away */
    size_t first_round;       /* events between two rounds, at least */
    size_t n_coming;          /* events since the last one */
    size_t round_at;          /* of these, when the next one comes */
    size_t work;              /* events and clients that the round at hand has looked at */
    size_t pressed_at;        /* octets held at which a round comes in any case */
    sgs_time last;            /* latest capture time seen in an event */
    sgs_time held;            /* from here on events wait for keys; SGS_TIME_NONE: none do */
    sgs_signin_taker *taker;
    void *ctx;
    uint64_t n_given;
    size_t n_runs; /* attempts of all clients at their last builds */
};

/* What a build makes of the events of a client; in the arena but for links. */
struct build {
    struct sgs_client *client;
    const struct sgs_event *const *events;
    size_t n_events;
    struct sgs_exchanges exchanges;
    struct sgs_links *links;
    struct sgs_run **runs;
    size_t n_runs;
};

static const char *const outcomes[] = {"signed-in", "failed", "unknown"};
static const char *const verdicts[] = {"ok",         "expected", "slow",  "failed",
                                       "unanswered", "missing",  "unseen"};

const char *sgs_outcome_name(enum sgs_outcome outcome)
{
    return outcomes[outcome];
}

const char *sgs_verdict_name(enum sgs_verdict verdict)
{
    return verdicts[verdict];
}

struct sgs_signin *sgs_signin_new(void)
{
    struct sgs_signin *s = sgs_xcalloc(1, sizeof *s);
    s->clients = sgs_clients_new();
    s->known = sgs_known_new();
    s->last = s->held = SGS_TIME_NONE;
    s->first_round = s->round_at = SGS_ROUND_EVENTS;
    s->pressed_at = SGS_PRESSED_MEMORY;
    sgs_arena_init(&s->arena, BUILD_MEMORY);
    sgs_arena_init(&s->attempt, BUILD_MEMORY);
    return s;
}

void sgs_signin_free(struct sgs_signin *s)
{
    if (s) {
        sgs_clients_free(s->clients);
        sgs_known_free(s->known);
        sgs_arena_clear(&s->arena);
        sgs_arena_clear(&s->attempt);
        free(s);
    }
}

void sgs_signin_on_attempt(struct sgs_signin *s, sgs_signin_taker *taker, void *ctx)
{
    s->taker = taker;
    s->ctx = ctx;
}

void sgs_signin_rounds(struct sgs_signin *s, size_t events)
{
    s->first_round = s->round_at = events;
}

void sgs_signin_held(struct sgs_signin *s, sgs_time from)
{
    s->held = from;
}

/* Up to here all was told, as far as nothing is late. */
static sgs_time told(const struct sgs_signin *s)
{
    return s->held != SGS_TIME_NONE && s->held < s->last ? s->held : s->last;
}

/* What of the conversation the capture lacks. */
static void put_blindness(struct sgs_known *known, struct sgs_exchange *x)
{
    const struct sgs_event *first = sgs_exchange_first(x);
    if (x->proto != SGS_P_DNS) {
        const struct sgs_known_conn *c = sgs_known_conn(known, first);
        x->is_joined = c->is_joined;
        x->has_gap = c->gap_at != SGS_TIME_NONE && c->gap_at >= first->origin.time;
    }
}

static void match_rows(struct sgs_known *known, struct sgs_exchange *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_blindness(known, &list[i]);
        list[i].row = sgs_flow_step_of(&list[i]);
        list[i].ruling = sgs_verdict_match(&list[i]);
    }
}

/* The first half: what other clients may have to know of this one is known then. */
static struct build begin(struct sgs_signin *s, struct sgs_client *c)
{
    struct build b = {
        .client = c, .events = sgs_bundle_open(&c->events, &s->arena), .n_events = c->events.n};
    b.exchanges = sgs_exchanges_make(b.events, b.n_events, s->known, &s->arena);
    sgs_roles_teach(s->known, b.exchanges.list, b.exchanges.n, b.events, b.n_events, &s->arena);
    c->untaught = SGS_TIME_NONE;
    s->work += b.n_events;
    return b;
}

static void complete(struct sgs_signin *s, struct build *b)
{
    struct sgs_client *c = b->client;
    sgs_roles_assign(s->known, b->exchanges.list, b->exchanges.n, &s->arena);
    match_rows(s->known, b->exchanges.list, b->exchanges.n);
    b->links = sgs_links_make(b->events, b->n_events, &s->arena);
    uint64_t n_else = s->n_given + s->n_runs - c->n_runs;
    struct sgs_past past = {b->links, s->known, c->ledger, n_else};
    b->n_runs = sgs_attempts_group(b->exchanges.list, b->exchanges.n, &past, &s->arena, &b->runs);
    s->n_runs += b->n_runs - c->n_runs;
    c->n_runs = b->n_runs;
    c->is_counted = true;
}

static struct build build(struct sgs_signin *s, struct sgs_client *c)
{
    sgs_arena_reset(&s->arena);
    struct build b = begin(s, c);
    complete(s, &b);
    return b;
}

/* How long an attempt was quiet does not depend on when it is asked, once that is long enough. */
static struct sgs_attempt make(const struct sgs_signin *s, const struct build *b, size_t i,
                               struct sgs_arena *a)
{
    sgs_time end = sgs_time_later(b->runs[i]->last, SGS_SILENCE);
    end = s->last < end ? s->last : end;
    struct sgs_attempt at = sgs_attempt_make(b->runs[i], i + 1, b->links, end, a);
    struct sgs_known_client client = sgs_known_client_of(s->known, &at.client);
    at.named_since = client.named_at;
    at.discovered_since = client.discovered_at;
    return at;
}

static void give(struct sgs_signin *s, const struct build *b, size_t i)
{
    sgs_arena_reset(&s->attempt);
    struct sgs_attempt at = make(s, b, i, &s->attempt);
    s->taker(s->ctx, &at, sgs_exchange_first(b->runs[i]->list[0]));
    s->n_given++;
    s->n_runs--;
    b->client->n_runs--;
}

/* A name that is young may still get a role. */
static void match_open(struct sgs_signin *s, struct sgs_exchanges *e)
{
    sgs_roles_assign(s->known, e->open, e->n_open, &s->arena);
    for (size_t i = 0; i < e->n_open; i++) {
        struct sgs_exchange *x = &e->open[i];
        bool is_young =
            sgs_time_later(sgs_exchange_first(x)->origin.time, SGS_HINDSIGHT) >= told(s);
        x->role = is_young && x->host.len > 0 ? SGS_HOST_ANY : x->role;
    }
    match_rows(s->known, e->open, e->n_open);
}

static size_t count(const bool *flags, size_t n)
{
    size_t set = 0;
    for (size_t i = 0; i < n; i++) {
        set += flags[i];
    }
    return set;
}

static bool is_much(const bool *is_kept, size_t n, size_t limit)
{
    return n > limit && count(is_kept, n) > n / 4 * 3;
}

/* Gives away what is finished of the client, and drops what nobody needs; it may be gone then. */
static void fold(struct sgs_signin *s, struct sgs_client *c, enum haste haste)
{
    struct build b = build(s, c);
    bool *is_kept = sgs_xcalloc(b.n_events, sizeof *is_kept);
    bool *is_finished = sgs_xcalloc(b.n_runs + 1, sizeof *is_finished);
    struct sgs_fold f = {b.events, b.n_events,       &b.exchanges,    b.runs,
                         b.n_runs, b.links,          s->known,        s->last,
                         told(s),  haste >= PRESSED, haste == CROWDED};
    match_open(s, &b.exchanges);
    sgs_fold(&f, is_finished, is_kept, c->ledger);
    if (is_much(is_kept, b.n_events, SGS_PRESSED_EVENTS)) {
        f.is_pressed = true;
        sgs_fold(&f, is_finished, is_kept, c->ledger);
    }
    if (is_much(is_kept, b.n_events, SGS_CROWDED_EVENTS)) {
        f.is_crowded = true;
        sgs_fold(&f, is_finished, is_kept, c->ledger);
    }
    for (size_t i = 0; i < b.n_runs; i++) {
        if (is_finished[i]) {
            give(s, &b, i);
        }
    }
    sgs_time quiet = f.now - c->last;
    size_t n = count(is_kept, b.n_events);
    c->since = SGS_TIME_NONE;
    c->n_new = 0;
    c->again = sgs_time_later(f.now, quiet / 2 > AGAIN ? quiet / 2 : AGAIN);
    c->many = n + (n / 3 > SGS_PRESSED_EVENTS / 2 ? n / 3 : SGS_PRESSED_EVENTS / 2);
    sgs_links_free(b.links);
    sgs_known_release(s->known, b.events, is_kept, b.n_events,
                      sgs_time_later(f.is_pressed ? f.now : f.told, -SGS_LATE));
    s->n_runs -= n == 0 ? c->n_runs : 0;
    sgs_clients_keep(s->clients, c, b.events, is_kept);
    free(is_kept);
    free(is_finished);
}

/* Something of the client may be over. */
static bool is_due(const struct sgs_signin *s, const struct sgs_client *c, enum haste haste)
{
    sgs_time now = haste >= PRESSED ? s->last : told(s);
    sgs_time young = sgs_time_later(now, haste == CROWDED ? -SGS_CROWDED_WAIT : -SGS_LATE);
    if (c->events.n >= c->many) {
        return true;
    }
    if (c->oldest >= young || haste > AT_EASE) {
        return c->oldest < young;
    }
    bool is_quiet = now > sgs_time_later(c->last, OVER);
    bool is_long = c->n_new >= c->events.n / SHARE && now > sgs_time_later(c->since, 2 * OVER);
    return c->since == SGS_TIME_NONE ? now >= c->again : is_quiet || is_long;
}

/* Learns what the events before t say of hosts. */
static void teach(struct sgs_signin *s, sgs_time t)
{
    struct sgs_client *c = NULL;
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        if (c->untaught != SGS_TIME_NONE && c->untaught < t) {
            sgs_arena_reset(&s->arena);
            (void)begin(s, c);
        }
    }
}

/* What may count for what a fold decides; a client that holds much decides of all but seconds. */
static sgs_time lesson(const struct sgs_signin *s, size_t most, enum haste haste)
{
    bool is_crowded = haste == CROWDED || most > SGS_CROWDED_EVENTS;
    return is_crowded ? INT64_MAX : sgs_time_later(s->last, SGS_HINDSIGHT - SGS_LATE);
}

static void pass(struct sgs_signin *s, enum haste haste)
{
    struct sgs_client *c = NULL;
    size_t n_due = 0;
    size_t most = 0; /* events of one client that is due */
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        bool is_one = is_due(s, c, haste);
        n_due += is_one;
        most = is_one && c->events.n > most ? c->events.n : most;
    }
    if (n_due == 0) {
        return;
    }
    if (sgs_clients_len(s->clients) > 1) {
        teach(s, lesson(s, most, haste));
    }
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        if (is_due(s, c, haste)) {
            fold(s, c, haste);
        }
    }
    sgs_known_prune(s->known, sgs_time_later(haste >= PRESSED ? s->last : told(s), -SGS_LATE));
}

/* The next round comes when so much has come that all rounds together stay linear. */
static void round_over(struct sgs_signin *s)
{
    static const size_t limits[] = {[AT_EASE] = 0,
                                    [IN_TURN] = SGS_PRESSED_MEMORY,
                                    [PRESSED] = SGS_PRESSED_MEMORY,
                                    [CROWDED] = SGS_CROWDED_MEMORY};
    s->work = sgs_clients_len(s->clients) / SHARE;
    for (enum haste haste = AT_EASE; haste <= CROWDED; haste++) {
        if (sgs_clients_octets(s->clients) >= limits[haste]) {
            pass(s, haste);
        }
    }
    size_t octets = sgs_clients_octets(s->clients);
    octets += octets / SHARE;
    s->pressed_at = octets > SGS_PRESSED_MEMORY ? octets : SGS_PRESSED_MEMORY;
    s->round_at = s->work / SHARE > s->first_round ? s->work / SHARE : s->first_round;
    s->n_coming = 0;
}

static bool is_of_use(const struct sgs_event *ev)
{
    bool is_warning = ev->kind == SGS_K_TLS_ALERT && !sgs_alert_counts(ev);
    bool is_noise = ev->kind == SGS_K_PROTO_NAMED && !sgs_event_get(ev, SGS_F_REQUEST);
    return !is_warning && !is_noise &&
           (sgs_exchanges_use(ev->kind) || sgs_links_use(ev->kind) || sgs_roles_use(ev->kind));
}

static void tell_addresses(struct sgs_known *k, const struct sgs_event *ev)
{
    const struct sgs_value *answers = sgs_event_get(ev, SGS_F_ANSWERS);
    for (size_t i = 0; answers && i < answers->n; i++) {
        for (size_t j = 0; j < answers->rows[i].n; j++) {
            const struct sgs_member *m = &answers->rows[i].members[j];
            if (sgs_slice_eq(m->name, SGS_LIT("data")) && m->text.len < SGS_ADDR_TEXT_LEN) {
                sgs_known_tell(k, &ev->client, m->text, ev->origin.time);
            }
        }
    }
}

/* A client asks for names by one address and may dial by another one, of IPv6: an address that
 * nobody else was told is dialled by who was told. */
static struct sgs_event by_asker(const struct sgs_known *k, const struct sgs_event *ev)
{
    char ip[SGS_ADDR_TEXT_LEN];
    struct sgs_event mine = *ev;
    sgs_addr_host(&ev->dst, ip);
    if (ev->kind == SGS_K_TCP_UNANSWERED && ev->dst.len == 16) {
        (void)sgs_known_told(k, sgs_slice_str(ip), ev->origin.time, &mine.client);
    }
    return mine;
}

void sgs_signin_event(struct sgs_signin *s, const struct sgs_event *ev)
{
    s->last = ev->origin.time_last > s->last ? ev->origin.time_last : s->last;
    sgs_known_blind(s->known, ev);
    if (!is_of_use(ev)) {
        return;
    }
    if (ev->kind == SGS_K_DNS_RESPONSE) {
        tell_addresses(s->known, ev);
    }
    struct sgs_event mine = by_asker(s->known, ev);
    sgs_clients_add(s->clients, &mine);
    s->n_coming++;
    bool is_full = sgs_clients_octets(s->clients) >= s->pressed_at;
    if (s->taker && (s->n_coming >= s->round_at || is_full)) {
        round_over(s);
    }
}

uint64_t sgs_signin_lost(const struct sgs_signin *s)
{
    return sgs_clients_lost(s->clients);
}

uint64_t sgs_signin_count(struct sgs_signin *s)
{
    struct sgs_client *c = NULL;
    size_t n = 0;
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        if (!c->is_counted && n + c->events.n <= SGS_ROUND_EVENTS) {
            struct build b = build(s, c);
            sgs_links_free(b.links);
            n += b.n_events;
        }
    }
    return s->n_given + s->n_runs;
}

/* An attempt before it has its number. */
struct entry {
    const struct build *build;
    size_t run;
    const struct sgs_event *first;
};

static int by_start(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    return sgs_event_order(x->first, y->first);
}

/* The attempts of all builds, in order of their start. */
static struct entry *sorted(const struct build *builds, size_t n_builds, size_t *n)
{
    struct entry *list = NULL;
    size_t total = 0;
    *n = 0;
    for (size_t i = 0; i < n_builds; i++) {
        total += builds[i].n_runs;
    }
    list = sgs_xcalloc(total + 1, sizeof *list);
    for (size_t i = 0; i < n_builds; i++) {
        for (size_t k = 0; k < builds[i].n_runs; k++) {
            list[(*n)++] =
                (struct entry){&builds[i], k, sgs_exchange_first(builds[i].runs[k]->list[0])};
        }
    }
    qsort(list, total, sizeof *list, by_start);
    return list;
}

size_t sgs_signin_build(struct sgs_signin *s, struct sgs_attempt **out)
{
    struct build *builds = sgs_xcalloc(sgs_clients_len(s->clients) + 1, sizeof *builds);
    struct sgs_client *c = NULL;
    size_t n_builds = 0;
    size_t n = 0;
    sgs_arena_clear(&s->arena);
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        builds[n_builds++] = begin(s, c);
    }
    for (size_t i = 0; i < n_builds; i++) {
        complete(s, &builds[i]);
    }
    struct entry *list = sorted(builds, n_builds, &n);
    struct sgs_attempt *all = sgs_arena_array(&s->arena, n ? n : 1, sizeof *all);
    for (size_t i = 0; all && i < n; i++) {
        all[i] = make(s, list[i].build, list[i].run, &s->arena);
        all[i].id = i + 1;
    }
    for (size_t i = 0; i < n_builds; i++) {
        sgs_links_free(builds[i].links);
    }
    free(list);
    free(builds);
    *out = all;
    return all ? n : 0;
}

static void finish(struct sgs_signin *s, struct sgs_client *c)
{
    struct build b = build(s, c);
    for (size_t i = 0; i < b.n_runs; i++) {
        give(s, &b, i);
    }
    bool *is_kept = sgs_xcalloc(b.n_events, sizeof *is_kept);
    sgs_links_free(b.links);
    sgs_clients_keep(s->clients, c, b.events, is_kept);
    free(is_kept);
}

void sgs_signin_finish(struct sgs_signin *s)
{
    struct sgs_client *c = NULL;
    if (sgs_clients_len(s->clients) > 1) {
        teach(s, INT64_MAX);
    }
    for (size_t cursor = 0; (c = sgs_clients_next(s->clients, &cursor));) {
        finish(s, c);
    }
}
