/* Host roles: what each host is for, by its name, by what others say of it, and by what is asked of
 * it (roles.def). */
#ifndef SGS_SIGNIN_ROLE_H
#define SGS_SIGNIN_ROLE_H

#include "signin/exchange.h"

/* Events of that kind may name a host's role. */
bool sgs_roles_use(enum sgs_kind kind);

/* x names or shows the role of a host. */
bool sgs_roles_taught_by(const struct sgs_exchange *x);

/* Sets role of all n exchanges.  events: those the exchanges were made of. */
void sgs_roles_assign(struct sgs_exchange *list, size_t n, const struct sgs_event *const *events,
                      size_t n_events, struct sgs_arena *a);

#endif
