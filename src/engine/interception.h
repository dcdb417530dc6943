/*
 * TLS that is opened on its way: another issuer stands in the certificate of a host than the one
 * its owner would have chosen.  What is told is likely, never proven: names of issuers are texts.
 */
#ifndef SGS_ENGINE_INTERCEPTION_H
#define SGS_ENGINE_INTERCEPTION_H

#include <signscope/engine.h>
#include <signscope/event.h>

struct sgs_interception;

/* e is kept. */
struct sgs_interception *sgs_interception_new(struct sgs_engine *e);
void sgs_interception_free(struct sgs_interception *x); /* accepts NULL */

/* Learns from an event that was taken off the engine's queue. */
void sgs_interception_see(struct sgs_interception *x, const struct sgs_event *ev);

/* The queue is empty: tells what the last chain shows by itself. */
void sgs_interception_settle(struct sgs_interception *x);

/* The capture is over: tells what only all chains together show. */
void sgs_interception_finish(struct sgs_interception *x);

/* The part of a host name that one owner has: "contoso.co.uk" of "sip.contoso.co.uk". */
struct sgs_slice sgs_interception_domain(struct sgs_slice host);

#endif
