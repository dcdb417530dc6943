/*
 * The builder: keeps events, and makes attempts of them anew whenever it is asked.
 *
 *   events -> exchanges -> roles -> rows and verdicts (tables) -> runs -> attempts with steps
 */
#include <signscope/signin.h>

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/mem.h"
#include "signin/attempt.h"
#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/fold.h"
#include "signin/role.h"
#include "signin/step.h"

#define BUILD_MEMORY                                                                               \
    ((size_t)4 << 30) /* octets for one build: everything is capped before it gets here */

struct sgs_signin {
    struct sgs_timeline *kept;
    struct sgs_arena arena; /* of the last build */
    size_t fold_at;         /* so many events held: fold */
    sgs_time last;          /* latest capture time seen in an event */
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

/* methods */

static const struct {
    const char *name;
    const struct sgs_cond *conds;
} methods[] = {
#define METHOD(name, conds) {name, conds},
#include "signin/methods.def"
#undef METHOD
};

#define N_METHODS (sizeof methods / sizeof *methods)

struct sgs_signin *sgs_signin_new(void)
{
    struct sgs_signin *s = sgs_xcalloc(1, sizeof *s);
    s->kept = sgs_timeline_new(SGS_MAX_EVENTS_HELD, SGS_MAX_EVENTS_MEMORY);
    s->last = SGS_TIME_NONE;
    s->fold_at = SGS_FOLD_EVENTS;
    sgs_arena_init(&s->arena, BUILD_MEMORY);
    return s;
}

void sgs_signin_free(struct sgs_signin *s)
{
    if (s) {
        sgs_timeline_free(s->kept);
        sgs_arena_clear(&s->arena);
        free(s);
    }
}

/* Next time when twice as many are held: so all folding together stays linear. */
static void fold(struct sgs_signin *s)
{
    size_t n = sgs_timeline_len(s->kept);
    const struct sgs_event *const *events = sgs_timeline_sorted(s->kept);
    bool *is_kept = sgs_xmalloc(n * sizeof *is_kept);
    for (size_t i = 0; i < n; i++) {
        is_kept[i] = true;
    }
    sgs_arena_clear(&s->arena); /* it points to events */
    sgs_fold(events, n, SGS_FOLD_EVENTS / 16, is_kept);
    sgs_timeline_keep(s->kept, is_kept);
    free(is_kept);
    n = 2 * sgs_timeline_len(s->kept);
    s->fold_at = n > SGS_FOLD_EVENTS ? n : SGS_FOLD_EVENTS;
}

void sgs_signin_event(struct sgs_signin *s, const struct sgs_event *ev)
{
    s->last = ev->origin.time_last > s->last ? ev->origin.time_last : s->last;
    if (sgs_exchanges_use(ev->kind) || sgs_ends_use(ev->kind) || sgs_roles_use(ev->kind)) {
        sgs_timeline_add(s->kept, ev);
        if (sgs_timeline_len(s->kept) >= s->fold_at) {
            fold(s);
        }
    }
}

uint64_t sgs_signin_lost(const struct sgs_signin *s)
{
    return sgs_timeline_lost(s->kept);
}

static void put_methods(struct sgs_attempt *at, const struct sgs_run *r, struct sgs_arena *a)
{
    const char **list = sgs_arena_array(a, N_METHODS, sizeof *list);
    bool seen[N_METHODS] = {false};
    for (size_t i = 0; list && i < r->n; i++) {
        for (size_t m = 0; m < N_METHODS; m++) {
            if (!seen[m] && sgs_cond_all(methods[m].conds, r->list[i])) {
                seen[m] = true;
                list[at->n_methods++] = methods[m].name;
            }
        }
    }
    at->methods = list;
}

/* Something further along worked: what failed before on the way there did no harm. */
static void forgive(struct sgs_step *steps, size_t n)
{
    unsigned best = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_good = steps[i].effect == SGS_FX_PROGRESS || steps[i].effect == SGS_FX_CHALLENGE ||
                       steps[i].effect == SGS_FX_REDIRECT || steps[i].effect == SGS_FX_REGISTERED;
        best = is_good && steps[i].rank > best ? steps[i].rank : best;
    }
    for (size_t i = 0; i < n; i++) {
        if (steps[i].effect == SGS_FX_NEGATIVE && steps[i].rank < best &&
            steps[i].verdict == SGS_V_FAILED) {
            steps[i].verdict = SGS_V_EXPECTED;
            steps[i].note = SGS_LIT("harmless here: another way worked");
        }
    }
}

/* The newest User-Agent of the client; SIP's before any other. */
static void put_agent(struct sgs_attempt *at, const struct sgs_run *r)
{
    for (size_t pass = 0; pass < 2 && at->agent.len == 0; pass++) {
        enum sgs_proto proto = pass ? SGS_P_HTTP : SGS_P_SIP;
        for (size_t i = 0; i < r->n; i++) {
            const struct sgs_event *req = r->list[i]->proto == proto ? r->list[i]->req : NULL;
            struct sgs_slice agent = req && req->dir == SGS_C2S
                                         ? sgs_event_text(req, SGS_F_USER_AGENT)
                                         : (struct sgs_slice){NULL, 0};
            at->agent = agent.len ? agent : at->agent;
        }
    }
}

/* What the rules about outcomes need to know of connections. */
static void put_ends(struct sgs_attempt *at, const struct sgs_run *r, const struct sgs_ends *ends)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sgs_exchange *x = r->list[i];
        const struct sgs_event *first = sgs_exchange_first(x);
        const struct sgs_event *end = sgs_ends_find(ends, first);
        if (x->proto == SGS_P_SIP) {
            at->is_closed = end && sgs_slice_eq(sgs_event_text(end, SGS_F_BY), SGS_LIT("client"));
        }
        const struct sgs_event *session = x->proto == SGS_P_TLS && x->n_inner ? x->inner[0] : NULL;
        if (session && x->role == SGS_HOST_SIP && x->ruling->verdict == SGS_V_UNSEEN) {
            uint64_t octets = (uint64_t)sgs_event_int(session, SGS_F_OCTETS_S2C, 0);
            sgs_time open = (end ? end : session)->origin.time_last - first->origin.time;
            if (octets > at->opaque_octets) {
                at->opaque_octets = octets;
                at->opaque_open = open;
            }
        }
    }
}

static struct sgs_attempt attempt(struct sgs_signin *s, const struct sgs_run *r, uint64_t id,
                                  const struct sgs_ends *ends)
{
    struct sgs_attempt at = {.id = id,
                             .user = r->user,
                             .client = r->client,
                             .outcome = SGS_UNKNOWN,
                             .confidence = SGS_HINT,
                             .ended = r->last,
                             .quiet = s->last - r->last};
    const struct sgs_exchange *const *list = (const struct sgs_exchange *const *)r->list;
    const struct sgs_flow *flow = sgs_flow_choose(list, r->n);
    struct sgs_step *steps = sgs_arena_array(&s->arena, r->n, sizeof *steps);
    at.flow = flow->name;
    bool is_in = false;
    for (size_t i = 0; steps && i < r->n; i++) {
        const struct sgs_flow_step *row = sgs_flow_match(flow, list[i]);
        steps[i] = sgs_step_make(list[i], row ? row : list[i]->row, &s->arena);
        steps[i].stage = is_in ? SGS_STAGE_POST_SIGNIN : steps[i].stage;
        is_in |= steps[i].effect == SGS_FX_REGISTERED;
        at.n_steps = i + 1;
    }
    at.steps = steps;
    at.started = at.n_steps ? steps[0].time : r->last;
    if (steps) {
        forgive(steps, at.n_steps);
    }
    put_methods(&at, r, &s->arena);
    put_agent(&at, r);
    put_ends(&at, r, ends);
    return at;
}

size_t sgs_signin_build(struct sgs_signin *s, struct sgs_attempt **out)
{
    struct sgs_exchange *list = NULL;
    struct sgs_run *runs = NULL;
    const struct sgs_event *const *events = sgs_timeline_sorted(s->kept);
    size_t n_events = sgs_timeline_len(s->kept);
    sgs_arena_clear(&s->arena);
    size_t n = sgs_exchanges_make(events, n_events, &s->arena, &list);
    sgs_roles_assign(list, n, events, n_events, &s->arena);
    for (size_t i = 0; i < n; i++) {
        list[i].row = sgs_flow_any(&list[i]);
        list[i].ruling = sgs_verdict_match(&list[i]);
    }
    struct sgs_ends *ends = sgs_ends_make(events, n_events);
    size_t n_runs = sgs_attempts_group(list, n, ends, &s->arena, &runs);
    struct sgs_attempt *all = sgs_arena_array(&s->arena, n_runs ? n_runs : 1, sizeof *all);
    for (size_t i = 0; all && i < n_runs; i++) {
        all[i] = attempt(s, &runs[i], i + 1, ends);
    }
    sgs_ends_free(ends);
    *out = all;
    return all ? n_runs : 0;
}
