/* The tables of flows and verdicts, and the look-ups in them. */
#include "signin/flow.h"

#include <stddef.h>

#define STEP(name, id, answer, proto, stage, rank, begins, title, answer_title, conds)             \
    {name, id, answer, SGS_P_##proto, SGS_STAGE_##stage, rank, begins, title, answer_title, conds},

static const struct sgs_flow_step steps[] = {
#include "signin/flows/steps.def"
};

#undef STEP

#define TAKES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SPLITS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AFTER(step, effect) step, SGS_FX_##effect
#define BEFORE(step) step
/* clang-format off */
#define ROW(id, answer, shows, title, answer_title, takes, splits, after, until)                   \
    {.what = SGS_LINE_ROW,                                                                         \
     .row = {id, answer, SGS_SHOWS_##shows, title, answer_title, takes, splits, after, until}},
#define INFER(id, title, before)                                                                   \
    {.what = SGS_LINE_INFERRED, .inferred = {id, title, before}},
#define NEED(id, how, proto, stage, title, role, after, before)                                    \
    {.what = SGS_LINE_NEED,                                                                        \
     .need = {id, SGS_NEED_##how, SGS_P_##proto, SGS_STAGE_##stage, title, SGS_HOST_##role, after, \
              before}},
/* clang-format on */

static const struct sgs_flow_line online[] = {
#include "signin/flows/online.def"
};

static const struct sgs_flow_line online_adfs[] = {
#include "signin/flows/online_adfs.def"
};

static const struct sgs_flow_line onprem_internal[] = {
#include "signin/flows/onprem_internal.def"
};

static const struct sgs_flow_line onprem_external[] = {
#include "signin/flows/onprem_external.def"
};

static const struct sgs_flow_line passive[] = {
#include "signin/flows/passive.def"
};

static const struct sgs_flow_line manual[] = {
#include "signin/flows/manual.def"
};

static const struct sgs_flow_line unknown[] = {
#include "signin/flows/unknown.def"
};

#undef TAKES
#undef SPLITS
#undef AFTER
#undef BEFORE
#undef ROW
#undef INFER
#undef NEED

#define CHOOSE(...) ((const struct sgs_cond *const[]){__VA_ARGS__, NULL})
#define UNLESS(...) ((const struct sgs_cond *const[]){__VA_ARGS__, NULL})
#define FLOW(name, lines, choose, unless)                                                          \
    {name, choose, unless, lines, sizeof lines / sizeof *lines},

static const struct sgs_flow flows[] = {
#include "signin/flows.def"
};

#undef FLOW

#define N_FLOWS (sizeof flows / sizeof *flows)

#define VERDICT(proto, verdict, effect, note, conds)                                               \
    {SGS_P_##proto, SGS_V_##verdict, SGS_FX_##effect, note, conds},

static const struct sgs_verdict_row verdicts[] = {
#include "signin/verdicts.def"
};

#undef VERDICT

const struct sgs_flow_step *sgs_flow_step_of(const struct sgs_exchange *x)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].proto == x->proto && sgs_cond_all(steps[i].conds, x)) {
            return &steps[i];
        }
    }
    return NULL;
}

static bool any_fits(const struct sgs_cond *const *lists, const struct sgs_exchange *const *list,
                     size_t n)
{
    for (; *lists; lists++) {
        for (size_t i = 0; i < n; i++) {
            if (sgs_cond_all(*lists, list[i])) {
                return true;
            }
        }
    }
    return false;
}

const struct sgs_flow *sgs_flow_choose(const struct sgs_exchange *const *list, size_t n)
{
    for (size_t i = 0; i + 1 < N_FLOWS; i++) {
        if (any_fits(flows[i].choose, list, n) && !any_fits(flows[i].unless, list, n)) {
            return &flows[i];
        }
    }
    return &flows[N_FLOWS - 1];
}

const struct sgs_verdict_row *sgs_verdict_match(const struct sgs_exchange *x)
{
    static const struct sgs_verdict_row plain = {SGS_P_DNS, SGS_V_OK, SGS_FX_NONE, NULL, NULL};
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        if (verdicts[i].proto == x->proto && sgs_cond_all(verdicts[i].conds, x)) {
            return &verdicts[i];
        }
    }
    return &plain;
}
