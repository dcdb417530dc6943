/* A group of exchanges becomes an attempt. */
#ifndef SGS_SIGNIN_ASSEMBLE_H
#define SGS_SIGNIN_ASSEMBLE_H

#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "signin/attempt.h"

/*
 * The attempt that r is, without outcome and findings; end is the latest time in the capture.  What
 * it points to lives in the arena or is borrowed of the events of r.
 */
struct sgs_attempt sgs_attempt_make(const struct sgs_run *r, uint64_t id,
                                    const struct sgs_links *links, sgs_time end,
                                    struct sgs_arena *a);

#endif
