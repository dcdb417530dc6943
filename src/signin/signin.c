/*
 * The builder: keeps events, and makes attempts of them anew in every round and whenever it is
 * asked.
 *
 *   events -> exchanges -> roles -> rows and verdicts (tables) -> runs -> attempts with steps
 *
 * A round gives away the attempts that are finished and drops what nobody needs any more (fold.h).
 */
#include <signscope/signin.h>

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/mem.h"
#include "signin/assemble.h"
#include "signin/attempt.h"
#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/fold.h"
#include "signin/known.h"
#include "signin/ledger.h"
#include "signin/links.h"
#include "signin/role.h"

#define BUILD_MEMORY                                                                               \
    ((size_t)4 << 30) /* octets for one build: everything is capped before it gets here */

struct sgs_signin {
    struct sgs_timeline *kept;
    struct sgs_known *known;
    struct sgs_ledger *ledger;
    struct sgs_arena arena;   /* of the last build */
    struct sgs_arena attempt; /* of the one that is given away */
    size_t first_round;       /* events held at which the first round comes */
    size_t round_at;          /* and the next one */
    sgs_time last;            /* latest capture time seen in an event */
    sgs_time oldest;          /* earliest of those held; SGS_TIME_NONE: none are */
    sgs_time held;            /* from here on events wait for keys; SGS_TIME_NONE: none do */
    sgs_signin_taker *taker;
    void *ctx;
    uint64_t n_given;
    uint64_t n_seen; /* attempts that were there at the last build, those given away included */
};

/* What a build makes of the kept events; in the arena but for links. */
struct build {
    const struct sgs_event *const *events;
    size_t n_events;
    struct sgs_exchanges exchanges;
    struct sgs_links *links;
    struct sgs_run **runs;
    size_t n_runs;
};

static const char *const outcomes[] = {"signed-in", "failed", "unknown"};
static const char *const verdicts[] = {"ok",         "expected", "slow",  "failed",
                                       "unanswered", "missing",  "unseen"};

const char *sgs_outcome_name(enum sgs_outcome outcome)
{
    return outcomes[outcome];
}

const char *sgs_verdict_name(enum sgs_verdict verdict)
{
    return verdicts[verdict];
}

struct sgs_signin *sgs_signin_new(void)
{
    struct sgs_signin *s = sgs_xcalloc(1, sizeof *s);
    s->kept = sgs_timeline_new(SGS_MAX_EVENTS_HELD, SGS_MAX_EVENTS_MEMORY);
    s->known = sgs_known_new();
    s->ledger = sgs_ledger_new();
    s->last = s->held = s->oldest = SGS_TIME_NONE;
    s->first_round = s->round_at = SGS_ROUND_EVENTS;
    sgs_arena_init(&s->arena, BUILD_MEMORY);
    sgs_arena_init(&s->attempt, BUILD_MEMORY);
    return s;
}

void sgs_signin_free(struct sgs_signin *s)
{
    if (s) {
        sgs_timeline_free(s->kept);
        sgs_known_free(s->known);
        sgs_ledger_free(s->ledger);
        sgs_arena_clear(&s->arena);
        sgs_arena_clear(&s->attempt);
        free(s);
    }
}

void sgs_signin_on_attempt(struct sgs_signin *s, sgs_signin_taker *taker, void *ctx)
{
    s->taker = taker;
    s->ctx = ctx;
}

void sgs_signin_rounds(struct sgs_signin *s, size_t events)
{
    s->first_round = s->round_at = events;
}

void sgs_signin_held(struct sgs_signin *s, sgs_time from)
{
    s->held = from;
}

/* Up to here all was told, as far as nothing is late. */
static sgs_time told(const struct sgs_signin *s)
{
    return s->held != SGS_TIME_NONE && s->held < s->last ? s->held : s->last;
}

/* What of the conversation the capture lacks. */
static void put_blindness(struct sgs_known *known, struct sgs_exchange *x)
{
    const struct sgs_event *first = sgs_exchange_first(x);
    if (x->proto != SGS_P_DNS) {
        const struct sgs_known_conn *c = sgs_known_conn(known, first);
        x->is_joined = c->is_joined;
        x->has_gap = c->gap_at != SGS_TIME_NONE && c->gap_at >= first->origin.time;
    }
}

static void match_rows(struct sgs_known *known, struct sgs_exchange *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_blindness(known, &list[i]);
        list[i].row = sgs_flow_step_of(&list[i]);
        list[i].ruling = sgs_verdict_match(&list[i]);
    }
}

static struct build build(struct sgs_signin *s)
{
    struct build b = {.events = sgs_timeline_sorted(s->kept),
                      .n_events = sgs_timeline_len(s->kept)};
    sgs_arena_clear(&s->arena);
    b.exchanges = sgs_exchanges_make(b.events, b.n_events, s->known, &s->arena);
    sgs_roles_teach(s->known, b.exchanges.list, b.exchanges.n, b.events, b.n_events, &s->arena);
    sgs_roles_assign(s->known, b.exchanges.list, b.exchanges.n, &s->arena);
    match_rows(s->known, b.exchanges.list, b.exchanges.n);
    b.links = sgs_links_make(b.events, b.n_events, &s->arena);
    struct sgs_past past = {b.links, s->known, s->ledger, s->n_given};
    b.n_runs = sgs_attempts_group(b.exchanges.list, b.exchanges.n, &past, &s->arena, &b.runs);
    s->n_seen = s->n_given + b.n_runs;
    return b;
}

/* How long an attempt was quiet does not depend on when it is asked, once that is long enough. */
static struct sgs_attempt make(const struct sgs_signin *s, const struct build *b, size_t i,
                               struct sgs_arena *a)
{
    sgs_time end = sgs_time_later(b->runs[i]->last, SGS_SILENCE);
    end = s->last < end ? s->last : end;
    struct sgs_attempt at = sgs_attempt_make(b->runs[i], i + 1, b->links, end, a);
    struct sgs_known_client client = sgs_known_client_of(s->known, &at.client);
    at.named_since = client.named_at;
    at.discovered_since = client.discovered_at;
    return at;
}

static void give(struct sgs_signin *s, const struct build *b, size_t i)
{
    sgs_arena_reset(&s->attempt);
    struct sgs_attempt at = make(s, b, i, &s->attempt);
    s->taker(s->ctx, &at, sgs_exchange_first(b->runs[i]->list[0]));
    s->n_given++;
}

/* A name that is young may still get a role. */
static void match_open(struct sgs_signin *s, struct sgs_exchanges *e)
{
    sgs_roles_assign(s->known, e->open, e->n_open, &s->arena);
    for (size_t i = 0; i < e->n_open; i++) {
        struct sgs_exchange *x = &e->open[i];
        bool is_young =
            sgs_time_later(sgs_exchange_first(x)->origin.time, SGS_HINDSIGHT) >= told(s);
        x->role = is_young && x->host.len > 0 ? SGS_HOST_ANY : x->role;
    }
    match_rows(s->known, e->open, e->n_open);
}

static size_t count(const bool *flags, size_t n)
{
    size_t set = 0;
    for (size_t i = 0; i < n; i++) {
        set += flags[i];
    }
    return set;
}

static bool is_much(const bool *is_kept, size_t n, size_t limit)
{
    return n > limit && count(is_kept, n) > n / 4 * 3;
}

static void note_age(struct sgs_signin *s, const struct sgs_event *ev)
{
    bool is_older = s->oldest == SGS_TIME_NONE || ev->origin.time < s->oldest;
    s->oldest = is_older ? ev->origin.time : s->oldest;
}

/* Rounds come when twice as much is held, of much when half as much again: so all of them together
 * stay linear. */
static void plan_round(struct sgs_signin *s)
{
    size_t n = sgs_timeline_len(s->kept);
    size_t step = n < SGS_PRESSED_EVENTS / 2 ? n : SGS_PRESSED_EVENTS / 2;
    step = step > n / 3 ? step : n / 3;
    s->round_at = n + (step > s->first_round ? step : s->first_round);
}

/* A round would find everything young (fold.h). */
static bool is_idle(const struct sgs_signin *s)
{
    return s->oldest >= sgs_time_later(told(s), -SGS_LATE) &&
           sgs_timeline_len(s->kept) <= SGS_PRESSED_EVENTS;
}

static void round_over(struct sgs_signin *s)
{
    struct build b = build(s);
    bool *is_kept = sgs_xcalloc(b.n_events, sizeof *is_kept);
    bool *is_finished = sgs_xcalloc(b.n_runs, sizeof *is_finished);
    struct sgs_fold f = {b.events, b.n_events, &b.exchanges, b.runs, b.n_runs, b.links,
                         s->known, s->last,    told(s),      false,  false};
    match_open(s, &b.exchanges);
    sgs_fold(&f, is_finished, is_kept, s->ledger);
    if (is_much(is_kept, b.n_events, SGS_PRESSED_EVENTS)) {
        f.is_pressed = true;
        sgs_fold(&f, is_finished, is_kept, s->ledger);
    }
    if (is_much(is_kept, b.n_events, SGS_CROWDED_EVENTS)) {
        f.is_crowded = true;
        sgs_fold(&f, is_finished, is_kept, s->ledger);
    }
    for (size_t i = 0; i < b.n_runs; i++) {
        if (is_finished[i]) {
            give(s, &b, i);
        }
    }
    s->oldest = SGS_TIME_NONE;
    for (size_t i = 0; i < b.n_events; i++) {
        if (is_kept[i]) {
            note_age(s, b.events[i]);
        }
    }
    sgs_links_free(b.links);
    sgs_arena_clear(&s->arena); /* it points to events */
    sgs_timeline_keep(s->kept, is_kept);
    sgs_known_prune(s->known, sgs_time_later(f.is_pressed ? f.now : f.told, -SGS_LATE));
    free(is_kept);
    free(is_finished);
    plan_round(s);
}

/* Of kinds that are many and large the fields that are asked for, in order of their ids. */
static const struct {
    enum sgs_kind kind;
    enum sgs_field_id field;
} lean[] = {
    {SGS_K_TLS_CLIENT_HELLO,  SGS_F_VERSION          },
    {SGS_K_TLS_CLIENT_HELLO,  SGS_F_SNI              },
    {SGS_K_TLS_SERVER_HELLO,  SGS_F_VERSION          },
    {SGS_K_TLS_SERVER_HELLO,  SGS_F_CIPHER           },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SUBJECT          },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_ISSUER           },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NAMES            },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NOT_BEFORE       },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NOT_AFTER        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_POSITION         },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CRL              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_AIA              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SIDE             },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_KEY              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SIGNATURE        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_EKU              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_OCSP             },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CRL_KINDS        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_AIA_KINDS        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_VALIDITY         },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NAME_MATCH       },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CHAIN            },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SHA256           },
    {SGS_K_TOKEN_ISSUED,      SGS_F_DIGEST           },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_DIGEST           },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_TYPE             },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_PLACE            },
    {SGS_K_CERT_PROVISIONED,  SGS_F_SUBJECT          },
    {SGS_K_CERT_PROVISIONED,  SGS_F_SHA256           },
    {SGS_K_TCP_CLOSED,        SGS_F_BY               },
    {SGS_K_TCP_CLOSED,        SGS_F_WHY              },
    {SGS_K_TCP_CLOSED,        SGS_F_OCTETS_C2S       },
    {SGS_K_TCP_CLOSED,        SGS_F_OCTETS_S2C       },
    {SGS_K_TCP_CLOSED,        SGS_F_RETRANSMITTED_C2S},
    {SGS_K_TCP_CLOSED,        SGS_F_RETRANSMITTED_S2C},
    {SGS_K_TCP_CLOSED,        SGS_F_IDLE_MS          },
    {SGS_K_TCP_CLOSED,        SGS_F_STUCK_C2S        },
    {SGS_K_TCP_CLOSED,        SGS_F_STUCK_S2C        },
    {SGS_K_REVOCATION_FETCH,  SGS_F_STATUS           },
    {SGS_K_REVOCATION_FETCH,  SGS_F_IDLE_MS          },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CONTENT_TYPE     },
    {SGS_K_REVOCATION_FETCH,  SGS_F_HOW              },
    {SGS_K_REVOCATION_FETCH,  SGS_F_URL              },
    {SGS_K_REVOCATION_FETCH,  SGS_F_OCSP_STATUS      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_THIS_UPDATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_NEXT_UPDATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CERTIFICATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CHAIN_CONN       },
    {SGS_K_REVOCATION_FETCH,  SGS_F_OUTCOME          },
    {SGS_K_NTLM_CHALLENGE,    SGS_F_TARGET           },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_USER             },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_DOMAIN           },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_WORKSTATION      },
    {SGS_K_SPNEGO_INIT,       SGS_F_CARRIER          },
    {SGS_K_SPNEGO_RESPONSE,   SGS_F_NEG_STATE        },
    {SGS_K_KERBEROS_AS_REQ,   SGS_F_CNAME            },
    {SGS_K_KERBEROS_AS_REQ,   SGS_F_SNAME            },
    {SGS_K_KERBEROS_TGS_REQ,  SGS_F_SNAME            },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_REQUEST          },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_CNAME            },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_CREALM           },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_REQUEST          },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_CNAME            },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_CREALM           },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_SNAME            },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_TICKET           },
    {SGS_K_KERBEROS_AP_REQ,   SGS_F_SNAME            },
    {SGS_K_KERBEROS_AP_REQ,   SGS_F_TICKET           },
    {SGS_K_KERBEROS_ERROR,    SGS_F_REQUEST          },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CNAME            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CREALM           },
    {SGS_K_KERBEROS_ERROR,    SGS_F_ERROR            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_NT_STATUS        },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CTIME            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_STIME            },
};

#define N_LEAN (sizeof lean / sizeof *lean)

static void keep(struct sgs_signin *s, const struct sgs_event *ev)
{
    struct sgs_event copy = *ev;
    struct sgs_value values[N_LEAN];
    bool is_lean = false;
    copy.n_values = 0;
    for (size_t i = 0; i < N_LEAN; i++) {
        is_lean |= lean[i].kind == ev->kind;
        const struct sgs_value *v =
            lean[i].kind == ev->kind ? sgs_event_get(ev, lean[i].field) : NULL;
        if (v) {
            values[copy.n_values++] = *v;
        }
    }
    copy.values = values;
    sgs_timeline_add(s->kept, is_lean ? &copy : ev);
}

static bool is_of_use(const struct sgs_event *ev)
{
    bool is_warning = ev->kind == SGS_K_TLS_ALERT && !sgs_alert_counts(ev);
    bool is_noise = ev->kind == SGS_K_PROTO_NAMED && !sgs_event_get(ev, SGS_F_REQUEST);
    return !is_warning && !is_noise &&
           (sgs_exchanges_use(ev->kind) || sgs_links_use(ev->kind) || sgs_roles_use(ev->kind));
}

void sgs_signin_event(struct sgs_signin *s, const struct sgs_event *ev)
{
    s->last = ev->origin.time_last > s->last ? ev->origin.time_last : s->last;
    sgs_known_blind(s->known, ev);
    if (is_of_use(ev)) {
        keep(s, ev);
        note_age(s, ev);
        if (!s->taker || sgs_timeline_len(s->kept) < s->round_at) {
            return;
        }
        if (is_idle(s)) {
            s->round_at += s->first_round;
        } else {
            round_over(s);
        }
    }
}

uint64_t sgs_signin_lost(const struct sgs_signin *s)
{
    return sgs_timeline_lost(s->kept);
}

uint64_t sgs_signin_count(struct sgs_signin *s)
{
    if (sgs_timeline_len(s->kept) <= SGS_ROUND_EVENTS) {
        struct build b = build(s);
        sgs_links_free(b.links);
    }
    return s->n_seen;
}

size_t sgs_signin_build(struct sgs_signin *s, struct sgs_attempt **out)
{
    struct build b = build(s);
    struct sgs_attempt *all = sgs_arena_array(&s->arena, b.n_runs ? b.n_runs : 1, sizeof *all);
    for (size_t i = 0; all && i < b.n_runs; i++) {
        all[i] = make(s, &b, i, &s->arena);
    }
    sgs_links_free(b.links);
    *out = all;
    return all ? b.n_runs : 0;
}

void sgs_signin_finish(struct sgs_signin *s)
{
    struct build b = build(s);
    for (size_t i = 0; i < b.n_runs; i++) {
        give(s, &b, i);
    }
    bool *is_kept = sgs_xcalloc(b.n_events, sizeof *is_kept);
    sgs_links_free(b.links);
    sgs_arena_clear(&s->arena); /* it points to events */
    sgs_timeline_keep(s->kept, is_kept);
    free(is_kept);
}
