/*
 * Folding: of a long capture most conversations have nothing to do with a sign-in.  What of the
 * events kept so far can no longer count is told here, so that memory grows with the sign-ins and
 * not with the capture.
 */
#ifndef SGS_SIGNIN_FOLD_H
#define SGS_SIGNIN_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/event.h>

/*
 * Clears is_kept (n elements, all true before) of events, in capture order, that cannot change what
 * is built, whatever comes later: all of conversations that are over and in which nothing can be
 * a step, name a user or teach a role, and HTTP messages of that kind in others, but not what is
 * still waiting for its answer.  The last n_young events stay.
 */
void sgs_fold(const struct sgs_event *const *events, size_t n, size_t n_young, bool *is_kept);

#endif
