/* Look-ups of names and what they were made for. */
#ifndef SGS_SIGNIN_LEAD_H
#define SGS_SIGNIN_LEAD_H

#include <stddef.h>

#include <signscope/arena.h>

#include "signin/exchange.h"

#define SGS_LEAD                                                                                   \
    (30 * SGS_SEC) /* between a look-up and what it was made for, at most (own choice) */

/*
 * Sets leads of each name look-up in list (n exchanges in capture order, with rows): the exchange
 * with the host asked for, or with the target of its SRV answer, that the same client made next,
 * within SGS_LEAD.
 */
void sgs_leads_find(struct sgs_exchange *list, size_t n, struct sgs_arena *a);

#endif
