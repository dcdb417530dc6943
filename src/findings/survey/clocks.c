/* Servers whose clock differs from that of the others, by the Date of their answers. */
#include "findings/survey/survey.h"

#include <stdlib.h>

#include "base/mem.h"
#include "signin/exchange.h"

#define STEADY (5 * SGS_SEC) /* Dates that vary more are of answers that were kept somewhere */
#define OFF (60 * SGS_SEC)   /* worth a line (findings catalogue) */
#define ENOUGH_HOSTS 3       /* two cannot tell which of them is wrong */

static void see(struct sgs_survey *s, struct sgs_slice host, const struct sgs_event *rsp,
                sgs_time ahead)
{
    struct sgs_host_clock *c = sgs_map_get(s->clocks, host);

    if (!c && sgs_map_len(s->clocks) < SGS_MAX_HOST_CLOCKS) {
        c = sgs_arena_alloc(&s->arena, sizeof *c);
        if (c) {
            *c = (struct sgs_host_clock){.host = sgs_arena_copy(&s->arena, host),
                                         .least = ahead,
                                         .most = ahead,
                                         .event = rsp->id,
                                         .frame = rsp->origin.frame};
            (void)sgs_map_put(s->clocks, host, c);
        }
    }
    if (c) {
        bool is_earlier = rsp->origin.frame < c->frame;
        c->samples++;
        c->least = ahead < c->least ? ahead : c->least;
        c->most = ahead > c->most ? ahead : c->most;
        c->event = is_earlier ? rsp->id : c->event;
        c->frame = is_earlier ? rsp->origin.frame : c->frame;
    }
}

void sgs_survey_see_clocks(struct sgs_survey *s, const struct sgs_attempt *at)
{
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *act = &at->acts[i];
        const struct sgs_event *rsp = act->exchange ? act->exchange->rsp : NULL;
        sgs_time date = SGS_TIME_NONE;

        if (rsp && act->host.len > 0 &&
            sgs_time_read_date(sgs_event_text(rsp, SGS_F_DATE), &date)) {
            see(s, act->host, rsp, date - rsp->origin.time);
        }
    }
}

static int compare_clocks(const void *x, const void *y)
{
    const struct sgs_host_clock *a = x, *b = y;
    int c = (a->most > b->most) - (a->most < b->most);

    return c ? c : sgs_survey_compare_texts(a->host, b->host);
}

void sgs_survey_judge_clocks(struct sgs_survey *s)
{
    struct sgs_host_clock *list = sgs_xcalloc(sgs_map_len(s->clocks) + 1, sizeof *list);
    size_t cursor = 0, n = 0;
    void *value = NULL;

    while (sgs_map_next(s->clocks, &cursor, NULL, &value)) {
        const struct sgs_host_clock *c = value;
        if (c->most - c->least <= STEADY) {
            list[n++] = *c;
        }
    }
    qsort(list, n, sizeof *list, compare_clocks);
    for (size_t i = 0; n >= ENOUGH_HOSTS && i < n; i++) {
        sgs_time off = list[i].most - list[n / 2].most;
        if (off > -OFF && off < OFF) {
            continue;
        }
        struct sgs_finding *f = sgs_survey_add(
            s, "clock-skew-server", SGS_LIKELY,
            sgs_arena_printf(&s->arena, "The clock of %.*s is %lld s %s that of the other servers.",
                             (int)list[i].host.len, (const char *)list[i].host.ptr,
                             (long long)((off < 0 ? -off : off) / SGS_SEC),
                             off < 0 ? "behind" : "ahead of"));
        if (f) {
            f->severity = SGS_WARNING;
            sgs_survey_prove(s, f, list[i].event, list[i].frame);
        }
    }
    free(list);
}
