/*
 * Sign-ins: attempts, their steps and their outcomes, concluded from events alone.  The builder
 * keeps what it needs of the events it is given (capped) until the attempt they belong to is over,
 * and builds in capture order (time, frame, id).
 */
#ifndef SGS_SIGNIN_H
#define SGS_SIGNIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/addr.h>
#include <signscope/arena.h>
#include <signscope/clock.h>
#include <signscope/event.h>
#include <signscope/finding.h>
#include <signscope/slice.h>

enum sgs_outcome { SGS_SIGNED_IN, SGS_FAILED, SGS_UNKNOWN };

enum sgs_verdict {
    SGS_V_OK,
    SGS_V_EXPECTED, /* looks alarming, is normal here: a first 401 */
    SGS_V_SLOW,
    SGS_V_FAILED,
    SGS_V_UNANSWERED,
    SGS_V_MISSING, /* the flow needs it, the capture should show it, it is not there */
    SGS_V_UNSEEN   /* happens where this capture cannot see */
};

/* What an exchange did to the sign-in. */
enum sgs_effect {
    SGS_FX_NONE,       /* nothing that decides */
    SGS_FX_PROGRESS,   /* a good answer */
    SGS_FX_CHALLENGE,  /* asked for proof: normal */
    SGS_FX_REDIRECT,   /* sent elsewhere: normal */
    SGS_FX_REGISTERED, /* signed in */
    SGS_FX_SIGNED_OUT, /* the client took its registration back */
    SGS_FX_REFUSED,    /* a final no */
    SGS_FX_NEGATIVE    /* a name, host or port that did not work: others may */
};

const char *sgs_outcome_name(enum sgs_outcome outcome);
const char *sgs_verdict_name(enum sgs_verdict verdict);

struct sgs_exchange; /* private to the builder and the rules of findings */

/*
 * What told a client to do something.  Proven: the very same thing is on both sides (a fingerprint,
 * a connection, a Call-ID), or all of a named address; likely: a host alone.
 */
struct sgs_because {
    uint64_t event;  /* id */
    uint64_t frame;  /* its first */
    const char *how; /* word of the JSON contract (src/signin/ties.def, tie.c) */
    enum sgs_confidence strength;
};

/* A value that comparisons look at, beyond what a step shows. */
struct sgs_detail {
    unsigned what;         /* row of src/diff/facts.def */
    uint64_t frame;        /* where it stands; 0: nowhere */
    struct sgs_slice text; /* for people */
};

/*
 * One row of the timeline: an exchange, one half of it, several, or a connection that failed.  A
 * row of several shows one of them as its own and has all as parts; parts have no parts.
 */
struct sgs_step {
    const char *id;                      /* id in the flow ("A1"), or NULL */
    const char *name;                    /* what tables call such a thing ("sip.bare"), or NULL */
    const struct sgs_exchange *exchange; /* of them: what they were made of, as long as they */
    enum sgs_stage stage;
    const char *proto;         /* dns tcp tls http sip kerberos ldap none */
    struct sgs_slice title;    /* what happens, for people */
    struct sgs_slice request;  /* "GET /?sipuri=...", empty when none */
    struct sgs_slice response; /* "200", "401 NTLM,TLS-DSK", empty when none */
    sgs_time time;             /* of the first octet of the request */
    sgs_time duration;         /* ns to the last octet of the answer; SGS_TIME_NONE when unknown */
    struct sgs_addr src, dst;  /* who asks whom */
    bool is_answer;            /* src is the server */
    struct sgs_slice host;     /* name of the server, empty when not known */
    enum sgs_transport transport;
    uint32_t conn;          /* number within the transport */
    const uint64_t *frames; /* ascending, each once */
    size_t n_frames;
    const uint64_t *events; /* ids, ascending */
    size_t n_events;
    enum sgs_verdict verdict;
    enum sgs_trust trust;
    struct sgs_slice note;    /* why this verdict, empty when plain */
    struct sgs_slice account; /* whom a token names: CONTOSO\\ada, ada@CONTOSO.COM; empty: none */
    struct sgs_slice service; /* principal that a ticket is asked or shown for, likewise */
    struct sgs_slice shown;   /* which answer brought the token that it shows, likewise */
    struct sgs_slice proxy;   /* through whose tunnel it went, address and port, likewise */
    const struct sgs_because *because; /* what led to it, each kind once */
    size_t n_because;
    const struct sgs_step *parts; /* steps this one stands for, or NULL */
    size_t n_parts;
    enum sgs_effect effect;
    unsigned rank;           /* how far along the flow */
    bool is_blind;           /* application data went both ways, and none of it could be read */
    sgs_time blind_until;    /* of it the last, as far as told; else SGS_TIME_NONE */
    int64_t status;          /* HTTP or SIP status, 0 when none */
    int64_t code;            /* diagnostics code of the answer, -1 when none */
    struct sgs_slice symbol; /* code that is no number ("0x80048821"), empty when none */
    struct sgs_slice reason; /* reason given with it, or the text of a fault */
    size_t act; /* which of the acts it shows, from 1; 0: none.  It and these for comparisons only:
                   elsewhere there are none */
    const struct sgs_detail *details;
    size_t n_details;
};

struct sgs_attempt {
    uint64_t id;           /* from 1, in order of their start */
    struct sgs_slice user; /* "ada@contoso.com"; empty when nobody is named */
    struct sgs_addr client;
    struct sgs_slice agent;     /* User-Agent, the newest seen */
    const char *flow;           /* word of the JSON contract */
    const char *const *methods; /* words of the JSON contract, in order of first use */
    size_t n_methods;
    enum sgs_outcome outcome;
    enum sgs_confidence confidence; /* of the outcome */
    const char *why; /* of the outcome: one clause, static; NULL before it is judged */
    const struct sgs_step *decisive; /* the act that shows the outcome, or NULL; gone as acts */
    sgs_time started, ended;
    sgs_time named_since;      /* when the capture first has an answer of DNS for this client; else
                                  SGS_TIME_NONE */
    sgs_time discovered_since; /* the same of a name of discovery */
    const struct sgs_step *steps; /* rows of the timeline, as the flow has them */
    size_t n_steps;
    const struct sgs_step *acts; /* one an exchange, in capture order: what outcomes are judged by;
                                    gone once that is done */
    size_t n_acts;
    const struct sgs_step *conns; /* one a TCP connection that was used; gone likewise */
    size_t n_conns;
    const struct sgs_finding *findings;
    size_t n_findings;
    const struct sgs_wanted *wanted; /* where outcome or cause are open, most useful first */
    size_t n_wanted;
    sgs_time quiet; /* ns from its last message to the end of the capture */
    bool is_closed; /* the client has closed the connection of the last SIP message */
    const struct sgs_step *reached; /* the last thing done as far as the order of hosts tells, where
                                       connections stayed closed, or NULL; gone once judged */
    const char *reached_why;        /* what that means: one clause, static */
    bool is_cut_off; /* every connection to a registrar stayed closed to us and was ended, after the
                        client had spoken once at most */
    uint64_t opaque_octets; /* octets from the server on the longest SIP connection that stayed
                               closed to us */
    sgs_time opaque_open;   /* ns that connection was open */
};

struct sgs_signin; /* the builder */

struct sgs_signin *sgs_signin_new(void);
void sgs_signin_free(struct sgs_signin *s);

/* An event, in any order; what is needed of it is copied. */
void sgs_signin_event(struct sgs_signin *s, const struct sgs_event *ev);
/* Events that would have been needed but are not there: there were too many. */
uint64_t sgs_signin_lost(const struct sgs_signin *s);

/*
 * Takes an attempt, without outcome and findings: those are judged (finding.h).  at is the taker's
 * to change, what it points to borrowed during the call; its id says nothing yet: attempts are
 * numbered in order of the event they began with (first, borrowed as well), and come in any order.
 */
typedef void sgs_signin_taker(void *ctx, struct sgs_attempt *at, const struct sgs_event *first);

/*
 * From now on attempts that are finished are given to taker (kept, with ctx, until free) and
 * forgotten, so that what is held does not grow with the capture.
 */
void sgs_signin_on_attempt(struct sgs_signin *s, sgs_signin_taker *taker, void *ctx);
/*
 * Events from capture time from on may still come, however late: what tells of them waits for keys.
 * SGS_TIME_NONE: none are waited for.  It holds until the next call; call it before they come no
 * longer late.
 */
void sgs_signin_held(struct sgs_signin *s, sgs_time from);
/* When so many events are held attempts are finished for the first time; for tests. */
void sgs_signin_rounds(struct sgs_signin *s, size_t events);
/* The end of all events: gives the rest to the taker. */
void sgs_signin_finish(struct sgs_signin *s);

/* Attempts so far, those given away included; cheap, so the newest may be missing. */
uint64_t sgs_signin_count(struct sgs_signin *s);

/*
 * Builds all attempts that were not given away from the events so far, in order of their start. The
 * result is borrowed until the next call on s (an event included).  May be called again after more
 * events: everything is built anew.
 */
size_t sgs_signin_build(struct sgs_signin *s, struct sgs_attempt **out);

#endif
