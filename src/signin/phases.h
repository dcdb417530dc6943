/*
 * What connections that stayed closed were for, concluded from the order of hosts: which role was
 * spoken to when, after which others.  Nothing is said of how it went.
 */
#ifndef SGS_SIGNIN_PHASES_H
#define SGS_SIGNIN_PHASES_H

#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "signin/flow.h"

/* One host, reached for one purpose. */
struct sgs_phase {
    struct sgs_step step; /* trust is inferred, verdict unseen */
    const char *why;      /* clause for an attempt that got no farther; static; NULL: none */
    size_t act;           /* the connection */
};

/*
 * The phases of n exchanges in capture order; acts[i] is list[i] as a step.  Phases live in the
 * arena, in order of time.  Returns their number.
 */
size_t sgs_phases_find(const struct sgs_flow *flow, const struct sgs_exchange *const *list,
                       const struct sgs_step *acts, size_t n, struct sgs_arena *a,
                       struct sgs_phase **out);

#endif
