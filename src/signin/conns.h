/* The connections of an attempt, as what rules can ask like any exchange. */
#ifndef SGS_SIGNIN_CONNS_H
#define SGS_SIGNIN_CONNS_H

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "signin/attempt.h"
#include "signin/links.h"

/*
 * One step a TCP connection that r used, in order of first use, called "conn.web" by the role of
 * its host: its question is the opening, its answer the end, the handshake is carried inside.  They
 * live in the arena and borrow events.  Returns their number.
 */
size_t sgs_conns_make(const struct sgs_run *r, const struct sgs_links *links, struct sgs_arena *a,
                      struct sgs_step **out);

#endif
