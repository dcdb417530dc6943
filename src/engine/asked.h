/*
 * Names that clients were told of: what DNS and Autodiscover answered them, so that it can be said
 * of a certificate which name its client had asked for, and where the client had it from.
 */
#ifndef SGS_ENGINE_ASKED_H
#define SGS_ENGINE_ASKED_H

#include <signscope/event.h>
#include <signscope/layer.h>

struct sgs_asked;

struct sgs_asked *sgs_asked_new(void);
void sgs_asked_free(struct sgs_asked *a); /* accepts NULL */

/* Learns from an event what it has to tell. */
void sgs_asked_see(struct sgs_asked *a, const struct sgs_event *ev);

/* Where the client has a name from: bits of enum sgs_name_source. */
unsigned sgs_asked_sources(const struct sgs_asked *a, const struct sgs_addr *client,
                           struct sgs_slice name);

/* The name that the client had looked up last at that time of those with this address; empty: none.
 * Borrowed until the next see. */
struct sgs_slice sgs_asked_name(const struct sgs_asked *a, const struct sgs_addr *client,
                                const struct sgs_addr *server, sgs_time when);

#endif
