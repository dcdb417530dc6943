/* Why a client did something: the earlier event that told it to. */
#ifndef SGS_SIGNIN_TIE_H
#define SGS_SIGNIN_TIE_H

#include <stddef.h>

#include "signin/exchange.h"

/*
 * Sets because of each of acts (one for each exchange of list, in capture order): the latest event
 * of each kind in ties.def that came before it and named what it went to.  Lives in the arena.
 */
void sgs_ties_find(const struct sgs_exchange *const *list, struct sgs_step *acts, size_t n,
                   struct sgs_arena *a);

#endif
