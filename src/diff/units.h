/* The steps of a sign-in as they are set beside those of another one. */
#ifndef SGS_DIFF_UNITS_H
#define SGS_DIFF_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "diff/align.h"
#include "diff/same.h"

struct sgs_units {
    const struct sgs_step *const *list;
    const struct sgs_slice *asked; /* of each: what was asked, as it is compared */
    size_t n;
    bool by_id; /* they are called by the ids of one flow; else by the names of their tables */
};

/* Rows of the timeline; connections; or, where flows differ, exchanges. */
enum sgs_unit_kind { SGS_UNIT_ROWS, SGS_UNIT_CONNS, SGS_UNIT_ACTS };

struct sgs_units sgs_units_make(const struct sgs_attempt *at, enum sgs_unit_kind kind,
                                const struct sgs_same *same, unsigned side, struct sgs_arena *a);
/* The parts of a row, or the row itself where it has none. */
struct sgs_units sgs_units_parts(const struct sgs_step *row, const struct sgs_same *same,
                                 unsigned side, struct sgs_arena *a);

/* Sets them side by side; *out lives in the arena.  Returns its length. */
size_t sgs_units_align(const struct sgs_units *good, const struct sgs_units *bad,
                       struct sgs_arena *a, struct sgs_aligned **out);

#endif
