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

enum sgs_proto {
    SGS_P_DNS,
    SGS_P_TCP,
    SGS_P_TLS,
    SGS_P_HTTP,
    SGS_P_SIP,
    SGS_P_KERBEROS, /* with a KDC */
    SGS_N_PROTOS    /* number of them, none itself */
};

/* What a host is for in a sign-in. */
enum sgs_host_role {
    SGS_HOST_NONE,
    SGS_HOST_DISCOVER,
    SGS_HOST_WEB,
    SGS_HOST_IDP,
    SGS_HOST_SIP,
    SGS_HOST_PROXY,
    SGS_HOST_PORTAL, /* a network sends there who asks for something else */
    SGS_HOST_ANY     /* it may turn out to have any of them */
};

/* A conversation as a key: what it is made of has no padding. */
struct sgs_conn_id {
    uint32_t transport;
    uint32_t number;
};

struct sgs_conn_id sgs_conn_id(const struct sgs_event *ev);

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
    bool is_joined;          /* the beginning of its conversation is not in the capture */
    bool has_gap;            /* octets of its conversation are missing from here on */
    bool is_to_portal;       /* its answer sends the client to a host with that role */
    /* filled by the tables */
    const struct sgs_flow_step *row; /* NULL: no part of a sign-in */
    const struct sgs_verdict_row *ruling;
    /* filled by grouping (attempt.h) */
    const struct sgs_exchange *leads; /* of a look-up: what it was made for, or NULL */
    struct sgs_run *run;              /* attempt it belongs to, or NULL */
    bool is_beyond;                   /* of that attempt only counted: it has too many */
};

/* What is made of events. */
struct sgs_exchanges {
    struct sgs_exchange *list; /* in order of their first octet */
    size_t n;
    struct sgs_exchange *open; /* connections that tls.session may make exchanges of: a ClientHello
                                  was seen, nothing inside; in the same order */
    size_t n_open;
};

struct sgs_known;

/* The event that stands for the exchange: the question, else the answer. */
const struct sgs_event *sgs_exchange_first(const struct sgs_exchange *x);
/* The event that ends it. */
const struct sgs_event *sgs_exchange_last(const struct sgs_exchange *x);

/* Where its answer leads, by Location or by a link of its body; empty: nowhere. */
struct sgs_slice sgs_exchange_place(const struct sgs_exchange *x);

/* ada@contoso.com of sip:ada@contoso.com;x, in lower case; empty when it is no user at a domain. */
struct sgs_slice sgs_user_of(struct sgs_slice text, struct sgs_arena *a);

/* A tls.alert that ends its connection. */
bool sgs_alert_counts(const struct sgs_event *ev);

/* Events of that kind are looked at. */
bool sgs_exchanges_use(enum sgs_kind kind);

/*
 * Pairs events (in capture order) into exchanges.  What they teach of conversations and addresses
 * goes into k.  Exchanges live in the arena; events stay borrowed, and so do the texts of k.
 */
struct sgs_exchanges sgs_exchanges_make(const struct sgs_event *const *events, size_t n,
                                        struct sgs_known *k, struct sgs_arena *a);

#endif
