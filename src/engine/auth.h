/*
 * Authentication of HTTP and SIP as a whole: the questions and answers of one proof on one
 * connection are put together, and what came of it is told as one event.
 */
#ifndef SGS_ENGINE_AUTH_H
#define SGS_ENGINE_AUTH_H

#include <signscope/engine.h>
#include <signscope/event.h>

struct sgs_auth;

/* e is kept. */
struct sgs_auth *sgs_auth_new(struct sgs_engine *e);
void sgs_auth_free(struct sgs_auth *a); /* accepts NULL */

/* Learns from an event that was taken off the engine's queue, which may be followed by one more (at
 * the end of the queue). */
void sgs_auth_see(struct sgs_auth *a, const struct sgs_event *ev);

/* The capture is over: tells what is left. */
void sgs_auth_finish(struct sgs_auth *a);

#endif
