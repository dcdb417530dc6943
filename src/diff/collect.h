/* What two sign-ins are compared by, taken from a sign-in while its exchanges are at hand. */
#ifndef SGS_DIFF_COLLECT_H
#define SGS_DIFF_COLLECT_H

#include <signscope/arena.h>
#include <signscope/signin.h>

/*
 * Replaces the steps of at by ones that know their act and have their details; its connections
 * stand behind them, as steps called "conn.*".  All of that lives in the arena or is borrowed of
 * the events of at.
 */
void sgs_diff_collect(struct sgs_attempt *at, struct sgs_arena *a);

/* A step that is such a connection. */
bool sgs_diff_is_conn(const struct sgs_step *s);

#endif
