/* Conversations: what is known of each from the events around its messages. */
#ifndef SGS_SIGNIN_LINKS_H
#define SGS_SIGNIN_LINKS_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/event.h>

#include "signin/exchange.h"

#define SGS_MAX_LINK_CERTS 8 /* certificates of a server that are looked at: longer chains end */
#define SGS_MAX_LINK_FETCHES                                                                       \
    16 /* fetches to judge them: a list or two and an OCSP answer each, and some once more */

/* NULL: not seen.  Of a kind that comes more than once the first one, but the last end. */
struct sgs_link {
    const struct sgs_event *open;
    const struct sgs_event *hello;
    const struct sgs_event *answer;                    /* ServerHello */
    const struct sgs_event *certs[SGS_MAX_LINK_CERTS]; /* of the server */
    size_t n_certs;
    const struct sgs_event *session;      /* tls.session */
    const struct sgs_event *interception; /* tls.interception: of its certificate */
    const struct sgs_event *pings[2];     /* keep-alives of the client: the last, the one before */
    const struct sgs_event *end;          /* tcp.closed or tcp.reset */
    const struct sgs_event *fetches[SGS_MAX_LINK_FETCHES]; /* what came of those that ended */
    size_t n_fetches;
};

struct sgs_links;

/* Events of that kind are looked at. */
bool sgs_links_use(enum sgs_kind kind);

/* The conversation that ev says something of: of a fetch that of the chain it was made for. */
struct sgs_conn_id sgs_links_id(const struct sgs_event *ev);

/* Links live in the arena; events stay borrowed. */
struct sgs_links *sgs_links_make(const struct sgs_event *const *events, size_t n,
                                 struct sgs_arena *a);
void sgs_links_free(struct sgs_links *links);

/* The conversation; one of which nothing is known when there is none.  Never NULL. */
const struct sgs_link *sgs_links_find(const struct sgs_links *links, struct sgs_conn_id id);

#endif
