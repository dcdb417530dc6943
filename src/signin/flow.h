/*
 * Flows and verdicts: the tables that say which exchange is which step, and what it means.  Rows
 * stand in flows/ and verdicts.def; this code runs any of them and knows no protocol.
 */
#ifndef SGS_SIGNIN_FLOW_H
#define SGS_SIGNIN_FLOW_H

#include <signscope/signin.h>

#include "signin/cond.h"
#include "signin/exchange.h"

/* One step of a flow. */
struct sgs_flow_step {
    const char *id; /* id in the catalogue of flows, or NULL */
    enum sgs_proto proto;
    enum sgs_stage stage;
    unsigned rank;  /* how far along the flow: later steps have higher ranks */
    bool can_begin; /* may open an attempt */
    const char *title;
    const struct sgs_cond *conds;
};

/* One way a sign-in can go. */
struct sgs_flow {
    const char *name; /* word of the JSON contract */
    const struct sgs_cond *const
        *choose; /* lists of conditions, NULL at the end: one must fit an exchange */
    const struct sgs_cond *const *unless; /* none of these may fit any exchange */
    const struct sgs_flow_step *steps;
    size_t n_steps;
};

/* What an exchange means. */
struct sgs_verdict_row {
    enum sgs_proto proto;
    enum sgs_verdict verdict;
    enum sgs_effect effect;
    const char *note; /* why, NULL when plain */
    const struct sgs_cond *conds;
};

/* The first step of the flow that fits, or NULL. */
const struct sgs_flow_step *sgs_flow_match(const struct sgs_flow *f, const struct sgs_exchange *x);

/* The first flow that is chosen and not ruled out by the exchanges of an attempt; never NULL. */
const struct sgs_flow *sgs_flow_choose(const struct sgs_exchange *const *list, size_t n);

/* The step of any flow that x fits: how one sees that it belongs to a sign-in.  NULL: it does not.
 */
const struct sgs_flow_step *sgs_flow_any(const struct sgs_exchange *x);

/* Never NULL. */
const struct sgs_verdict_row *sgs_verdict_match(const struct sgs_exchange *x);

#endif
