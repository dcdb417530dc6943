/*
 * Exchanges: a question, its answer and what both carried, or a connection that says something by
 * itself.  They are what the tables of flows and verdicts look at.
 */
#ifndef SGS_SIGNIN_EXCHANGE_H
#define SGS_SIGNIN_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/event.h>
#include <signscope/signin.h>

enum sgs_proto { SGS_P_DNS, SGS_P_TCP, SGS_P_TLS, SGS_P_HTTP, SGS_P_SIP };

/* What a host is for in a sign-in. */
enum sgs_host_role {
    SGS_HOST_NONE,
    SGS_HOST_DISCOVER,
    SGS_HOST_WEB,
    SGS_HOST_IDP,
    SGS_HOST_SIP,
    SGS_HOST_PROXY,
    SGS_HOST_ANY /* it may turn out to have any of them */
};

#define SGS_MAX_INNER 16 /* events kept inside one exchange */

struct sgs_exchange {
    enum sgs_proto proto;
    const struct sgs_event *req;    /* NULL: not seen */
    const struct sgs_event *rsp;    /* NULL: not seen */
    const struct sgs_event *again;  /* last repetition of the question, or NULL */
    const struct sgs_event **inner; /* carried by either of them; in the arena */
    size_t n_inner;
    struct sgs_slice host;   /* name of the server as far as known; borrowed of the events */
    enum sgs_host_role role; /* of that host */
    struct sgs_slice user;   /* named in it, normalised; empty */
    /* filled by the tables */
    const struct sgs_flow_step *row; /* NULL: no part of a sign-in */
    const struct sgs_verdict_row *ruling;
};

/* The event that stands for the exchange: the question, else the answer. */
const struct sgs_event *sgs_exchange_first(const struct sgs_exchange *x);
/* The event that ends it. */
const struct sgs_event *sgs_exchange_last(const struct sgs_exchange *x);

/* ada@contoso.com of sip:ada@contoso.com;x, in lower case; empty when it is no user at a domain. */
struct sgs_slice sgs_user_of(struct sgs_slice text, struct sgs_arena *a);

/* Events of that kind are looked at. */
bool sgs_exchanges_use(enum sgs_kind kind);

/*
 * Pairs events (in capture order) into exchanges, in order of their first octet.  Exchanges live in
 * the arena, events stay borrowed.  Returns their number.
 */
size_t sgs_exchanges_make(const struct sgs_event *const *events, size_t n, struct sgs_arena *a,
                          struct sgs_exchange **out);

#endif
