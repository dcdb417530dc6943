/* The rows of a timeline: the exchanges of an attempt, put together as the table of its flow says.
 */
#ifndef SGS_SIGNIN_ROWS_H
#define SGS_SIGNIN_ROWS_H

#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "signin/flow.h"
#include "signin/phases.h"

/*
 * Makes the rows of n exchanges in capture order; acts[i] is list[i] as a step.  Each phase is a
 * row of its own.  Rows live in the arena, in order of time.  Returns their number.
 */
size_t sgs_rows_make(const struct sgs_flow *flow, const struct sgs_exchange *const *list,
                     const struct sgs_step *acts, size_t n, const struct sgs_phase *phases,
                     size_t n_phases, struct sgs_arena *a, struct sgs_step **out);

#endif
