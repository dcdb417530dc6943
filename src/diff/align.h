/* Two sequences side by side. */
#ifndef SGS_DIFF_ALIGN_H
#define SGS_DIFF_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#define SGS_NOT_THERE SIZE_MAX

/* Points for setting element i of the first beside element j of the second; 0: they do not fit. */
typedef unsigned sgs_align_score(void *ctx, size_t i, size_t j);

/* An element of each, or SGS_NOT_THERE on one side. */
struct sgs_aligned {
    size_t at[2];
};

/*
 * Sets n elements beside m so that the points are most; of several ways the one that pairs
 * earliest. Order is kept on both sides, and between two pairs what only the first has stands
 * before what only the second has.  Beyond SGS_MAX_DIFF_CELLS (n times m) the nearest fit is taken
 * each time.  out has room for n + m; returns how many it holds.
 */
size_t sgs_align(size_t n, size_t m, sgs_align_score *score, void *ctx, struct sgs_aligned *out);

#endif
