/* Differences of steps that stand side by side. */
#ifndef SGS_DIFF_COMPARE_H
#define SGS_DIFF_COMPARE_H

#include "diff/diff.h"
#include "diff/same.h"

/* All that is found, in order of its coming. */
struct sgs_comparison {
    struct sgs_arena *arena;
    const struct sgs_attempt *at[SGS_N_SIDES];
    struct sgs_same same;
    struct sgs_difference *list; /* ours: free */
    size_t n;
    size_t room;
    uint64_t n_lost; /* beyond SGS_MAX_DIFFERENCES */
};

/* It failed, got no answer or is not there. */
bool sgs_is_bad(const struct sgs_step *s);

/* A handshake that went well, though nothing behind it could be read. */
bool sgs_is_connected(const struct sgs_step *s);

/* The frames of a step as a value: text is what stands there. */
struct sgs_diff_value sgs_diff_value(const struct sgs_step *s, struct sgs_slice text);

/* Another one, copied. */
void sgs_compare_add(struct sgs_comparison *c, const struct sgs_difference *d);

/* What became of two steps, one of which may be NULL. */
void sgs_compare_verdicts(struct sgs_comparison *c, const struct sgs_step *const step[SGS_N_SIDES],
                          size_t line);

/* All else of two rows, part by part; or of two connections. */
void sgs_compare_rows(struct sgs_comparison *c, const struct sgs_step *const step[SGS_N_SIDES],
                      size_t line, bool is_of_conn);

/* The detail of a leaf, or NULL. */
const struct sgs_detail *sgs_detail_of(const struct sgs_step *s, enum sgs_fact_id id);

#endif
