/*
 * What events have taught so far and later ones may need, when the events themselves are gone:
 * roles of hosts, names of addresses, and of each conversation its server, its user and how far it
 * is. Facts carry the time at which they were learned, and are asked for as of a time: so the
 * answer does not depend on when events are dropped.  Teaching the same again changes nothing.
 */
#ifndef SGS_SIGNIN_KNOWN_H
#define SGS_SIGNIN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/event.h>

#include "signin/exchange.h"

/* Capture time for which a fact counts backwards as well: a host may be asked before it is named.
 */
#define SGS_HINDSIGHT (120 * SGS_SEC)

/* A conversation.  Times are SGS_TIME_NONE and texts empty until something says so. */
struct sgs_known_conn {
    struct sgs_slice sni;  /* name its first ClientHello asks for */
    sgs_time hello_at;     /* time of that */
    struct sgs_slice host; /* name its first Host header asks for */
    sgs_time host_at;
    struct sgs_slice named; /* name its address had when it was first seen, and that time */
    sgs_time named_at;
    struct sgs_slice user; /* first one named on it */
    sgs_time user_at;
    sgs_time message_at; /* first message inside that was read */
    sgs_time session_at; /* tls.session */
    sgs_time ended_at;   /* tcp.closed or tcp.reset */
    bool is_joined;      /* its beginning is not in the capture */
    sgs_time gap_at;     /* last hole in it */
    bool is_used;        /* since the last sgs_known_release of its client */
};

/* t + span (which may be negative), saturated. */
sgs_time sgs_time_later(sgs_time t, sgs_time span);

struct sgs_known *sgs_known_new(void);
void sgs_known_free(struct sgs_known *k);

/* The conversation of ev, new when it is not known; borrowed until pruned. */
struct sgs_known_conn *sgs_known_conn(struct sgs_known *k, const struct sgs_event *ev);

struct sgs_known_conn *sgs_known_conn_by(struct sgs_known *k, struct sgs_conn_id id);

/* Any event: late starts and holes are noted. */
void sgs_known_blind(struct sgs_known *k, const struct sgs_event *ev);

/* Something of the conversation of ev, if it is known, is still there. */
void sgs_known_use(struct sgs_known *k, const struct sgs_event *ev);

/* Sets *at, and the text (copied) that goes with it, if t is earlier. */
void sgs_known_first(sgs_time *at, sgs_time t);
void sgs_known_first_text(struct sgs_slice *text, sgs_time *at, struct sgs_slice value, sgs_time t);

/* At t a name was resolved to ip (as text) for client. */
void sgs_known_name(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice ip,
                    struct sgs_slice name, sgs_time t);
/* The name last resolved to ip for client at t or before; borrowed until pruned. */
struct sgs_slice sgs_known_name_of(const struct sgs_known *k, const struct sgs_addr *client,
                                   struct sgs_slice ip, sgs_time t);

/* At t client was told the address ip (as text), in any order. */
void sgs_known_tell(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice ip,
                    sgs_time t);
/* The only client that was told the address ip by t; false: there is none, or there are more. */
bool sgs_known_told(const struct sgs_known *k, struct sgs_slice ip, sgs_time t,
                    struct sgs_addr *client);

/* Since when the capture shows answers of DNS for a client; SGS_TIME_NONE: it has none. */
struct sgs_known_client {
    sgs_time named_at;      /* of any name */
    sgs_time discovered_at; /* of a name that only discovery asks for */
};

/* At t client got an answer about name; the earliest one counts. */
void sgs_known_answer(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice name,
                      sgs_time t);
struct sgs_known_client sgs_known_client_of(const struct sgs_known *k,
                                            const struct sgs_addr *client);

/* Who says what a host is for: what others name counts more than what is asked of it. */
enum sgs_known_by { SGS_KNOWN_NAMED, SGS_KNOWN_ASKED, SGS_N_KNOWN_BY };

/* At t host (lower case) was seen to have a role; the earliest one counts. */
void sgs_known_role(struct sgs_known *k, struct sgs_slice host, enum sgs_host_role role,
                    enum sgs_known_by by, sgs_time t);
/* Its role for what happened at t, or SGS_HOST_NONE. */
enum sgs_host_role sgs_known_role_of(const struct sgs_known *k, struct sgs_slice host, sgs_time t);

/*
 * Some events of a client go, and with them conversations that nothing is kept of, if they have
 * ended before floor (of UDP: all).
 */
void sgs_known_release(struct sgs_known *k, const struct sgs_event *const *events,
                       const bool *is_kept, size_t n, sgs_time floor);

/* Forgets names that were already followed by others at floor, and what is beyond the caps, oldest
 * first. */
void sgs_known_prune(struct sgs_known *k, sgs_time floor);

#endif
