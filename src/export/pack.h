/* Attempts as octets, so that many take little room. */
#ifndef SGS_EXPORT_PACK_H
#define SGS_EXPORT_PACK_H

#include <stdbool.h>

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/signin.h>

/* Appends all of at that a report shows (acts are not). */
void sgs_pack_attempt(struct sgs_buf *out, const struct sgs_attempt *at);

/*
 * What pack made of an attempt.  Texts are borrowed of packed, all else is in the arena.  False: it
 * is not what pack made, or the arena is full.
 */
bool sgs_unpack_attempt(struct sgs_slice packed, struct sgs_arena *a, struct sgs_attempt *out);

#endif
