/* The tables of flows and verdicts, and the look-ups in them. */
#include "signin/flow.h"

#include <stddef.h>

#define STEP(id, proto, stage, rank, begins, title, conds)                                         \
    {id, SGS_P_##proto, SGS_STAGE_##stage, rank, begins, title, conds},

static const struct sgs_flow_step onprem[] = {
#include "signin/flows/onprem.def"
};

static const struct sgs_flow_step online[] = {
#include "signin/flows/online.def"
};

#undef STEP

#define CHOOSE(...) ((const struct sgs_cond *const[]){__VA_ARGS__, NULL})
#define UNLESS(...) ((const struct sgs_cond *const[]){__VA_ARGS__, NULL})
#define FLOW(name, steps, choose, unless)                                                          \
    {name, choose, unless, steps, sizeof steps / sizeof *steps},

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

const struct sgs_flow_step *sgs_flow_match(const struct sgs_flow *f, const struct sgs_exchange *x)
{
    for (size_t i = 0; i < f->n_steps; i++) {
        if (f->steps[i].proto == x->proto && sgs_cond_all(f->steps[i].conds, x)) {
            return &f->steps[i];
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

const struct sgs_flow_step *sgs_flow_any(const struct sgs_exchange *x)
{
    for (size_t i = 0; i < N_FLOWS; i++) {
        const struct sgs_flow_step *step = sgs_flow_match(&flows[i], x);
        if (step) {
            return step;
        }
    }
    return NULL;
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
