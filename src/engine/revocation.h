/*
 * Revocation lists, OCSP answers and issuers that clients fetch: each fetch is tied to the chain
 * that asked for it, with its answer and the time it took; those that got none are told as well.
 */
#ifndef SGS_ENGINE_REVOCATION_H
#define SGS_ENGINE_REVOCATION_H

#include <signscope/engine.h>

#include "timeline/draft.h"

struct sgs_revocation;

/* e is kept. */
struct sgs_revocation *sgs_revocation_new(struct sgs_engine *e);
void sgs_revocation_free(struct sgs_revocation *r); /* accepts NULL */

/* Learns from an event that was taken off the engine's queue; revocation.fetch gains fields, and
 * others may be followed by one (at the end of the queue). */
void sgs_revocation_see(struct sgs_revocation *r, struct sgs_draft *d);

/* The queue is empty: tells of fetches that cannot be answered any more. */
void sgs_revocation_settle(struct sgs_revocation *r);

#endif
