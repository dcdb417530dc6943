/* Two sign-ins step by step: what differs, how much that weighs, and where they part. */
#ifndef SGS_DIFF_DIFF_H
#define SGS_DIFF_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/export.h>
#include <signscope/signin.h>

#include "diff/facts.h"

#define SGS_OF_ALL SIZE_MAX /* line of what is of the whole sign-in */

enum { SGS_GOOD_SIDE, SGS_BAD_SIDE, SGS_N_SIDES };

/* How two things differ. */
enum sgs_how {
    SGS_BY_VALUE,   /* a fact of facts.def */
    SGS_BY_VERDICT, /* what became of the step */
    SGS_BY_TIME,    /* how long it took */
    SGS_BY_STEPS,   /* steps of one side only */
    SGS_BY_END,     /* one side stops, the other goes on */
    SGS_BY_FLOW     /* the way of signing in */
};

/* One value on one side. */
struct sgs_diff_value {
    struct sgs_slice text;       /* empty: there is none */
    const struct sgs_step *step; /* where; NULL: that side has no such step */
    const uint64_t *frames;      /* ascending */
    size_t n_frames;
};

struct sgs_difference {
    enum sgs_how how;
    enum sgs_weight weight;
    const char *what;  /* name in JSON */
    const char *label; /* for people */
    enum sgs_fact_id fact;
    size_t line; /* where it is, or SGS_OF_ALL */
    struct sgs_diff_value value[SGS_N_SIDES];
    unsigned side;   /* BY_STEPS: that has them; BY_END: that stops */
    size_t n_steps;  /* BY_STEPS: that many */
    size_t n_more;   /* further steps with the same two values */
    bool is_after;   /* behind the place where they part: most likely a consequence */
    bool is_of_conn; /* of a connection, not of a message */
};

enum sgs_mark {
    SGS_MARK_SAME,
    SGS_MARK_DIFFERS, /* its differences tell how much */
    SGS_MARK_ONLY,    /* on one side only */
    SGS_MARK_UNSEEN   /* the other side's capture cannot show it */
};

/* Steps side by side: one of each sign-in, or NULL on one side. */
struct sgs_diff_line {
    const struct sgs_step *step[SGS_N_SIDES];
    enum sgs_mark mark;
    enum sgs_weight weight; /* of its gravest difference */
};

struct sgs_diff {
    const struct sgs_attempt *at[SGS_N_SIDES]; /* borrowed: as long as they */
    const struct sgs_diff_line *lines;
    size_t n_lines;
    const struct sgs_difference *list; /* in order of lines, without those that are harmless */
    size_t n;
    const struct sgs_difference *harmless; /* likewise, all others */
    size_t n_harmless;
    uint64_t n_lost;                      /* for which there was no room */
    const struct sgs_difference *parting; /* first that is decisive, or NULL */
    const struct sgs_difference *first;   /* first that matters, or NULL */
    size_t n_weight[SGS_W_DECISIVE + 1];  /* how many of each weight */
    size_t n_unseen[SGS_N_SIDES];         /* lines that this side's capture cannot show */
};

/* One side: a sign-in whose steps come from sgs_diff_collect (perhaps through sgs_pack_attempt). */
struct sgs_diff_input {
    const struct sgs_attempt *at;
    sgs_time captured_from; /* first frame of its capture, or SGS_TIME_NONE */
};

/* Compares them; they are borrowed as long as the result is used, which lives in the arena. */
struct sgs_diff *sgs_diff_make(const struct sgs_diff_input in[SGS_N_SIDES], struct sgs_arena *a);

#endif
