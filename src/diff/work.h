/* A comparison while it is made, and its parts. */
#ifndef SGS_DIFF_WORK_H
#define SGS_DIFF_WORK_H

#include "base/map.h"
#include "diff/compare.h"
#include "diff/diff.h"
#include "diff/units.h"

struct sgs_diff_work {
    struct sgs_comparison c;
    const struct sgs_diff_input *in;
    struct sgs_units units[SGS_N_SIDES];
    struct sgs_diff_line *lines;
    size_t n_lines;
    size_t blind[SGS_N_SIDES];          /* first unit that could not be seen, or n */
    size_t next[SGS_N_SIDES];           /* first unit that is not among the lines yet */
    size_t tail;                        /* first line behind the last that both have */
    struct sgs_map *conns[SGS_N_SIDES]; /* role of a host -> its first connection; ours */
};

/* Sets the units side by side: fills lines. */
void sgs_diff_make_lines(struct sgs_diff_work *w);

/* The sign-in of that side may go on behind the end of its capture. */
bool sgs_diff_is_open(const struct sgs_diff_work *w, unsigned side);

/* Differences of the lines, and of steps that only one side has. */
void sgs_diff_compare_lines(struct sgs_diff_work *w);

/* Differences of the connections, each told where it is used first. */
void sgs_diff_compare_conns(struct sgs_diff_work *w);

/* Where nothing else decides, one side signed in and the other stopped: that. */
void sgs_diff_compare_ends(struct sgs_diff_work *w);

#endif
