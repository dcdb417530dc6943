/*
 * Flows and verdicts: the tables that say which exchange is which step, what it means, and how the
 * steps of one way of signing in stand in its timeline.  Rows are in flows/ and verdicts.def; this
 * code runs any of them and knows no protocol.
 */
#ifndef SGS_SIGNIN_FLOW_H
#define SGS_SIGNIN_FLOW_H

#include <signscope/signin.h>

#include "signin/cond.h"
#include "signin/exchange.h"

/* What an exchange is, whatever the flow (flows/blocks/). */
struct sgs_flow_step {
    const char *name;   /* what rows of flows call it: "sip.bare" */
    const char *id;     /* id in its block ("K1"), or NULL */
    const char *answer; /* id of its answer there ("K2"), or NULL: one id for both */
    enum sgs_proto proto;
    enum sgs_stage stage;
    unsigned rank;  /* how far along the flow: later steps have higher ranks */
    bool can_begin; /* may open an attempt */
    const char *title;
    const char *answer_title;
    const struct sgs_cond *conds;
};

/* Which of its parts a row shows as its own request, response and verdict. */
enum sgs_shows {
    SGS_SHOWS_LAST, /* the last one: it decides */
    SGS_SHOWS_BEST, /* the first good one, else the first failed: they are alternatives */
    SGS_SHOWS_WORST /* the first failed one, if any: they stand side by side */
};

/* A row of the timeline of a flow; patterns of step names, NULL at the end, "dns.*" for many. */
struct sgs_flow_row {
    const char *id;
    const char *answer; /* id of the row of the answer, or NULL */
    enum sgs_shows shows;
    const char *title; /* of a row of several messages */
    const char *answer_title;
    const char *const *takes;  /* steps it stands for */
    const char *const *splits; /* steps whose answer is a row of its own */
    const char *after;         /* only after such a step in the attempt, or NULL */
    const char *until;         /* only before the first such step, or NULL */
};

/* A row without traffic, in front of another one. */
struct sgs_flow_inferred {
    const char *id;
    const char *title;
    const char *before; /* id of that row */
};

/* How surely a step that is not seen has happened. */
enum sgs_need {
    SGS_NEED_SURE,    /* nothing else leads from one of its neighbours to the other */
    SGS_NEED_IF_BLIND /* a cache may stand for it: said only where the capture is blind */
};

/* A step that must lie between two others. */
struct sgs_flow_need {
    const char *id; /* of its row */
    enum sgs_need how;
    enum sgs_proto proto;
    enum sgs_stage stage;
    const char *title;
    enum sgs_host_role role; /* of the host it would be with */
    const char *after;       /* step before it, NULL: none */
    enum sgs_effect effect;  /* that one had */
    const char *before;      /* step behind it */
};

/* One line of a flow's table. */
struct sgs_flow_line {
    enum { SGS_LINE_ROW, SGS_LINE_INFERRED, SGS_LINE_NEED } what;
    struct sgs_flow_row row;
    struct sgs_flow_inferred inferred;
    struct sgs_flow_need need;
};

/* One way a sign-in can go. */
struct sgs_flow {
    const char *name; /* word of the JSON contract */
    const struct sgs_cond *const
        *choose; /* lists of conditions, NULL at the end: one must fit an exchange */
    const struct sgs_cond *const *unless; /* none of these may fit any exchange */
    const struct sgs_flow_line *lines;    /* rows in the order in which they happen */
    size_t n_lines;
};

/* What an exchange means. */
struct sgs_verdict_row {
    enum sgs_proto proto;
    enum sgs_verdict verdict;
    enum sgs_effect effect;
    const char *note; /* why, NULL when plain */
    const struct sgs_cond *conds;
};

/* The step x is, or NULL: then it is no part of a sign-in. */
const struct sgs_flow_step *sgs_flow_step_of(const struct sgs_exchange *x);

/* The first flow that is chosen and not ruled out by the exchanges of an attempt; never NULL. */
const struct sgs_flow *sgs_flow_choose(const struct sgs_exchange *const *list, size_t n);

/* Never NULL. */
const struct sgs_verdict_row *sgs_verdict_match(const struct sgs_exchange *x);

#endif
