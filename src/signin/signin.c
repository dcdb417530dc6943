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
#include "signin/assemble.h"
#include "signin/attempt.h"
#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/fold.h"
#include "signin/role.h"

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
        list[i].row = sgs_flow_step_of(&list[i]);
        list[i].ruling = sgs_verdict_match(&list[i]);
    }
    struct sgs_ends *ends = sgs_ends_make(events, n_events);
    size_t n_runs = sgs_attempts_group(list, n, ends, &s->arena, &runs);
    struct sgs_attempt *all = sgs_arena_array(&s->arena, n_runs ? n_runs : 1, sizeof *all);
    for (size_t i = 0; all && i < n_runs; i++) {
        all[i] = sgs_attempt_make(&runs[i], i + 1, ends, s->last, &s->arena);
    }
    sgs_ends_free(ends);
    *out = all;
    return all ? n_runs : 0;
}
