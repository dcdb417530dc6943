/* Exchanges as steps: the rows that people and programs read. */
#ifndef SGS_SIGNIN_STEP_H
#define SGS_SIGNIN_STEP_H

#include "signin/exchange.h"
#include "signin/flow.h"

/* Describes x as a step of its row; texts and arrays live in the arena. */
struct sgs_step sgs_step_make(const struct sgs_exchange *x, const struct sgs_flow_step *row,
                              struct sgs_arena *a);

#endif
