/* Host roles: what each host is for, by its name, by what others say of it, and by what is asked of
 * it (roles.def). */
#ifndef SGS_SIGNIN_ROLE_H
#define SGS_SIGNIN_ROLE_H

#include "signin/exchange.h"
#include "signin/known.h"

/* Events of that kind may name a host's role. */
bool sgs_roles_use(enum sgs_kind kind);

/* Tells k what events and the exchanges made of them say of hosts. */
void sgs_roles_teach(struct sgs_known *k, const struct sgs_exchange *list, size_t n,
                     const struct sgs_event *const *events, size_t n_events, struct sgs_arena *a);

/* Sets role of all n exchanges. */
void sgs_roles_assign(const struct sgs_known *k, struct sgs_exchange *list, size_t n,
                      struct sgs_arena *a);

#endif
