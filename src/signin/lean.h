/* What is held of an event: of kinds that are many and large not all fields are asked for. */
#ifndef SGS_SIGNIN_LEAN_H
#define SGS_SIGNIN_LEAN_H

#include <signscope/event.h>

#define SGS_LEAN_FIELDS 96 /* there is room for all fields of such kinds */

/* ev with the fields that sign-ins ask for; its values are those of ev, or lie in values. */
struct sgs_event sgs_lean(const struct sgs_event *ev, struct sgs_value values[SGS_LEAN_FIELDS]);

#endif
