/*
 * One authentication is all that a client and a server (or a proxy) say to each other on one
 * connection until the server takes the proof or asks anew:
 *
 *   request                          401 with challenges     the first question, if it was seen
 *   request, token of a handshake    401 with its answer     a leg; NTLM has one, Kerberos none
 *   request, last token or password  anything but 401        accepted, or unclear where it is an
 * error 401                     refused
 *
 * A challenge to a request without credentials is no refusal, and a leg without an answer in the
 * scheme's own terms is one.  On a new connection everything starts over: NTLM proves who a
 * connection belongs to.  SIP does the same for each Call-ID ([MS-SIPAE], section 3.2.5.2); there a
 * leg is an answer with the handle of a security association.
 *
 * Of proofs that each request repeats (passwords, tickets) the first one that is accepted is told,
 * and each one that is refused.
 */
#include "engine/auth.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "engine/internal.h"

#define MAX_TEXT 255 /* octets of a name that is kept */
#define MAX_SEEN 32  /* requests of a conversation that may still be answered */
#define MAX_EARLY 4  /* answers that came before the end of their requests */
#define MAX_TOKENS 6 /* tokens whose carrier has not been seen yet */
#define WEB_TICKET "X-MS-WebTicket"

struct text {
    uint8_t len;
    uint8_t octets[MAX_TEXT];
};

/* What a token said. */
struct token {
    uint64_t root;      /* id of the outermost message known to carry it; 0: the row is free */
    enum sgs_kind kind; /* SGS_N_KINDS: SPNEGO with nothing inside */
    bool is_rejected;   /* SPNEGO: reject */
    struct text user, domain, service, realm, error;
};

enum whom { SERVER, PROXY, SIP, N_WHOM };

/* A request that brings credentials. */
struct proof {
    struct text layers, scheme, leg, user, call;
    struct token token;
};

struct request {
    uint64_t id; /* 0: the row is free */
    struct sgs_origin origin;
    struct proof *proofs[N_WHOM]; /* ours; NULL: none for that side */
};

struct answer {
    uint64_t id, request;
    struct sgs_origin origin;
    uint64_t status;
    bool has_token;   /* the handshake's next message */
    bool is_stale;    /* Digest: only the nonce was too old */
    bool has_schemes; /* it offers some */
    bool is_cut;
    struct text schemes; /* with a comma before and behind each */
    struct text error, call;
};

/* One authentication on its way. */
struct run {
    enum whom whom;
    struct text layers, call; /* together the key */
    struct text scheme, user, domain, service, realm, error;
    enum sgs_kind kind;   /* of the client's last token */
    bool is_going;        /* credentials were sent and not settled */
    uint64_t first, last; /* ids of requests */
    uint64_t challenged;  /* id of the request whose challenge came last; 0: none */
    struct text offered;  /* in it */
    unsigned rounds;
    struct sgs_origin origin;           /* of the last request */
    struct text told_scheme, told_user; /* of what was accepted last */
};

struct conn {
    struct sgs_conn_info info;
    enum sgs_trust trust;
    struct request seen[MAX_SEEN];
    struct answer *early; /* MAX_EARLY of them; ours, NULL until one comes */
    struct token *tokens; /* MAX_TOKENS of them; ours, NULL until one comes */
    struct run *runs;     /* ours, in order of making */
    size_t next_seen, next_early, next_token, n_runs;
};

struct sgs_auth {
    struct sgs_engine *engine;
    struct sgs_map *conns; /* transport and number -> struct conn */
};

/* texts */

static void keep(struct text *t, struct sgs_slice s)
{
    t->len = (uint8_t)(s.len < MAX_TEXT ? s.len : MAX_TEXT);
    if (t->len > 0) {
        memcpy(t->octets, s.ptr, t->len);
    }
}

static struct sgs_slice slice_of(const struct text *t)
{
    return sgs_slice(t->octets, t->len);
}

static void keep_field(struct text *t, const struct sgs_event *ev, enum sgs_field_id id)
{
    keep(t, sgs_event_text(ev, id));
}

static bool is_same(const struct text *a, const struct text *b)
{
    return sgs_slice_ieq(slice_of(a), slice_of(b));
}

static void copy_if_told(struct text *to, const struct text *from)
{
    if (from->len > 0) {
        *to = *from;
    }
}

/* conversations */

struct key {
    uint32_t transport, number;
};

static struct key key_of(const struct sgs_event *ev)
{
    return (struct key){(uint32_t)ev->transport, ev->conn};
}

static void free_request(struct request *r)
{
    for (size_t i = 0; i < N_WHOM; i++) {
        free(r->proofs[i]);
    }
    *r = (struct request){0};
}

static void free_conn(struct conn *c)
{
    for (size_t i = 0; i < MAX_SEEN; i++) {
        free_request(&c->seen[i]);
    }
    free(c->early);
    free(c->tokens);
    free(c->runs);
    free(c);
}

/* telling */

static const char *mech_of(enum sgs_kind kind)
{
    switch ((int)kind) { /* of all kinds these */
    case SGS_K_NTLM_NEGOTIATE:
    case SGS_K_NTLM_AUTHENTICATE:
        return "NTLM";
    case SGS_K_KERBEROS_AP_REQ:
        return "Kerberos 5";
    default:
        return NULL;
    }
}

static void put(struct sgs_draft *d, enum sgs_field_id id, const struct text *t)
{
    ev_text(d, id, slice_of(t));
}

/* The end of the run; by: its answer, or NULL.  why: of a run without end, or NULL. */
static void tell(struct sgs_auth *a, const struct conn *c, struct run *r, const struct answer *by,
                 const char *result, const char *why)
{
    static const char *const carriers[] = {[SERVER] = "http", [PROXY] = "proxy", [SIP] = "sip"};
    struct sgs_draft *d = sgs_engine_event(a->engine, SGS_K_AUTH_RESULT, &c->info,
                                           by ? SGS_S2C : SGS_C2S, by ? &by->origin : &r->origin);

    d->ev.trust = c->trust;
    d->ev.in = by ? by->id : r->last;
    d->ev.layers = sgs_arena_copy(&d->arena, slice_of(&r->layers));
    if (by) {
        ev_int(d, SGS_F_STATUS, by->status);
        put(d, SGS_F_ERROR, &by->error);
    }
    ev_int(d, SGS_F_REQUEST, r->last);
    ev_str(d, SGS_F_WHY, why);
    put(d, SGS_F_AUTH_SCHEME, &r->scheme);
    put(d, SGS_F_USER, &r->user);
    put(d, SGS_F_DOMAIN, &r->domain);
    put(d, SGS_F_SNAME, &r->service);
    put(d, SGS_F_REALM, &r->realm);
    put(d, SGS_F_CALL_ID, &r->call);
    ev_str(d, SGS_F_MECH, mech_of(r->kind));
    ev_str(d, SGS_F_CARRIER, carriers[r->whom]);
    ev_str(d, SGS_F_RESULT, result);
    ev_int(d, SGS_F_ROUNDS, r->rounds);
    ev_int(d, SGS_F_FIRST_REQUEST, r->first);
    sgs_engine_emit(a->engine, d);
    r->is_going = false;
    r->challenged = 0;
}

static void tell_pending(struct sgs_auth *a, const struct conn *c, struct run *r, const char *why)
{
    if (r->is_going) {
        tell(a, c, r, NULL, "pending", why);
    }
}

/* A proof that each request repeats. */
static bool is_repeated(const struct run *r)
{
    return r->kind == SGS_N_KINDS && r->told_scheme.len > 0 &&
           is_same(&r->scheme, &r->told_scheme) && is_same(&r->user, &r->told_user);
}

/* runs */

static struct run *run_of(struct sgs_auth *a, struct conn *c, enum whom whom,
                          struct sgs_slice layers, const struct text *call)
{
    for (size_t i = 0; i < c->n_runs; i++) {
        struct run *r = &c->runs[i];
        if (r->whom == whom && sgs_slice_eq(slice_of(&r->layers), layers) &&
            is_same(&r->call, call)) {
            return r;
        }
    }
    if (c->n_runs == SGS_MAX_AUTH_RUNS) {
        tell_pending(a, c, &c->runs[0], NULL);
        memmove(c->runs, c->runs + 1, (c->n_runs - 1) * sizeof *c->runs);
        c->n_runs--;
    }
    c->runs = sgs_xrealloc(c->runs, c->n_runs + 1, sizeof *c->runs);
    struct run *r = &c->runs[c->n_runs++];
    *r = (struct run){.whom = whom, .call = *call, .kind = SGS_N_KINDS};
    keep(&r->layers, layers);
    return r;
}

static bool is_offered(const struct text *offered, const struct text *scheme)
{
    uint8_t word[MAX_TEXT + 2];
    size_t n = scheme->len;

    word[0] = word[n + 1] = ',';
    memcpy(word + 1, scheme->octets, n);
    struct sgs_slice list = slice_of(offered);
    return sgs_slice_ifind(list, sgs_slice(word, n + 2)) < list.len;
}

/* The request goes on with the run, or begins one. */
static void join(struct sgs_auth *a, const struct conn *c, struct run *r, const struct request *q,
                 const struct proof *p)
{
    bool is_first = sgs_slice_eq(slice_of(&p->leg), SGS_LIT("first")) && r->whom != SIP;

    if (r->is_going && (!is_same(&r->scheme, &p->scheme) || is_first)) {
        tell_pending(a, c, r, NULL);
    }
    if (!r->is_going) {
        bool is_asked = r->challenged > 0 && is_offered(&r->offered, &p->scheme);
        r->first = is_asked ? r->challenged : q->id;
        r->rounds = is_asked;
        r->user.len = r->domain.len = r->service.len = r->realm.len = 0;
        r->kind = SGS_N_KINDS;
        r->scheme = p->scheme;
    }
    r->is_going = true;
    r->challenged = 0;
    r->rounds++;
    r->last = q->id;
    r->origin = q->origin;
    if (p->token.root > 0) {
        r->kind = p->token.kind;
        copy_if_told(&r->user, &p->token.user);
        copy_if_told(&r->domain, &p->token.domain);
        copy_if_told(&r->service, &p->token.service);
        copy_if_told(&r->realm, &p->token.realm);
    }
    copy_if_told(&r->user, &p->user);
}

static void settle(struct sgs_auth *a, const struct conn *c, struct run *r, const struct answer *by)
{
    bool is_asking = r->whom == PROXY    ? by->status == 407
                     : r->whom == SERVER ? by->status == 401
                                         : by->status == 401 || by->status == 407;
    bool is_hidden = r->whom == SERVER && by->status == 407; /* the proxy did not let it through */

    if (is_hidden || (is_asking && (by->has_token || by->is_stale)) ||
        (is_asking && by->is_cut && !by->has_schemes)) {
        return;
    }
    if (is_asking) {
        tell(a, c, r, by, "refused", NULL);
        return;
    }
    bool is_error = by->status >= 400 && !(r->whom == PROXY && by->status == 401);
    if (is_error || !is_repeated(r)) {
        tell(a, c, r, by, is_error ? "unclear" : "accepted", NULL);
    }
    r->is_going = false;
    r->told_scheme.len = 0;
    if (!is_error) {
        r->told_scheme = r->scheme;
        r->told_user = r->user;
    }
}

/* Of SIP: with a signature instead of a token. */
static bool is_signed(const struct proof *p)
{
    return sgs_slice_eq(slice_of(&p->leg), SGS_LIT("signed"));
}

/* A request and its answer. */
static void pair(struct sgs_auth *a, struct conn *c, const struct request *q,
                 const struct answer *by, struct sgs_slice layers)
{
    static const struct text none = {0};
    bool is_sip = q->proofs[SIP] || by->call.len > 0;

    for (unsigned w = 0; w < N_WHOM; w++) {
        const struct proof *p = q->proofs[w];
        bool is_asking = is_sip ? w == SIP && (by->status == 401 || by->status == 407)
                                : by->status == (w == PROXY ? 407 : 401) && w != SIP;
        if (!p && !(is_asking && by->has_schemes)) {
            continue;
        }
        struct run *r = run_of(a, c, (enum whom)w, layers, is_sip ? &by->call : &none);
        if (!p) {
            if (!r->is_going) {
                r->challenged = q->id;
                r->offered = by->schemes;
            }
            continue;
        }
        if (is_signed(p) && !r->is_going) {
            continue; /* inside an association that stands, or did */
        }
        join(a, c, r, q, p);
        settle(a, c, r, by);
    }
}

/* Requests with credentials that got no answer, oldest first, and what was begun. */
static void give_up(struct sgs_auth *a, struct conn *c)
{
    static const struct text none = {0};

    for (size_t n = 0; n < MAX_SEEN; n++) {
        struct request *q = &c->seen[(c->next_seen + n) % MAX_SEEN];
        for (unsigned w = 0; w < N_WHOM; w++) {
            const struct proof *p = q->proofs[w];
            struct run *r =
                p ? run_of(a, c, (enum whom)w, slice_of(&p->layers), w == SIP ? &p->call : &none)
                  : NULL;
            if (p && (r->is_going || !is_signed(p))) {
                join(a, c, r, q, p);
            }
        }
        free_request(q);
    }
    for (size_t i = 0; i < c->n_runs; i++) {
        tell_pending(a, c, &c->runs[i], NULL);
    }
}

/* seeing */

static struct conn *conn_of(struct sgs_auth *a, const struct sgs_event *ev)
{
    struct key key = key_of(ev);
    struct conn *c = sgs_map_get(a->conns, sgs_slice(&key, sizeof key));

    if (c) {
        return c;
    }
    if (sgs_map_len(a->conns) >= SGS_MAX_AUTH_CONNS) {
        struct sgs_slice oldest;
        void *value = NULL;
        size_t cursor = 0;
        if (sgs_map_next(a->conns, &cursor, &oldest, &value)) {
            (void)sgs_map_del(a->conns, oldest);
            give_up(a, value);
            free_conn(value);
        }
    }
    c = sgs_xcalloc(1, sizeof *c);
    c->trust = ev->trust;
    c->info = (struct sgs_conn_info){.transport = ev->transport, .number = ev->conn};
    c->info.end[ev->dir] = ev->src;
    c->info.end[!ev->dir] = ev->dst;
    (void)sgs_map_put(a->conns, sgs_slice(&key, sizeof key), c);
    return c;
}

/* SPNEGO comes behind what is inside it. */
static void see_spnego(struct conn *c, const struct sgs_event *ev)
{
    bool is_rejected = sgs_slice_eq(sgs_event_text(ev, SGS_F_NEG_STATE), SGS_LIT("reject"));
    bool has_inside = false;

    for (size_t i = 0; c->tokens && i < MAX_TOKENS; i++) {
        if (c->tokens[i].root == ev->id) {
            c->tokens[i].root = ev->in;
            c->tokens[i].is_rejected = is_rejected;
            has_inside = true;
        }
    }
    if (!has_inside) {
        c->tokens = c->tokens ? c->tokens : sgs_xcalloc(MAX_TOKENS, sizeof *c->tokens);
        c->tokens[c->next_token++ % MAX_TOKENS] =
            (struct token){.root = ev->in, .kind = SGS_N_KINDS, .is_rejected = is_rejected};
    }
}

static void see_token(struct conn *c, const struct sgs_event *ev)
{
    c->tokens = c->tokens ? c->tokens : sgs_xcalloc(MAX_TOKENS, sizeof *c->tokens);
    struct token *t = &c->tokens[c->next_token++ % MAX_TOKENS];
    *t = (struct token){.root = ev->in, .kind = ev->kind};
    if (ev->kind == SGS_K_NTLM_AUTHENTICATE) {
        keep_field(&t->user, ev, SGS_F_USER);
        keep_field(&t->domain, ev, SGS_F_DOMAIN);
    } else if (ev->kind == SGS_K_KERBEROS_AP_REQ) {
        keep_field(&t->service, ev, SGS_F_SNAME);
        keep_field(&t->realm, ev, SGS_F_REALM);
    } else {
        keep_field(&t->error, ev, SGS_F_ERROR);
    }
}

/* Takes the first or last token of the message out; its root is 0 when there is none. */
static struct token take_token(struct conn *c, uint64_t id, bool is_last)
{
    struct token out = {0};

    for (size_t n = 0; c->tokens && n < MAX_TOKENS; n++) {
        struct token *t = &c->tokens[(c->next_token + n) % MAX_TOKENS]; /* oldest first */
        if (t->root == id && (out.root == 0 || is_last)) {
            out = *t;
            t->root = is_last ? 0 : t->root;
        }
    }
    return out;
}

static bool is_for(const struct sgs_event *ev, const char *whom)
{
    const struct sgs_value *v = sgs_event_get(ev, SGS_F_AUTH_FOR);

    for (size_t i = 0; v && i < v->n; i++) {
        if (sgs_slice_eq(v->list[i], sgs_slice_str(whom))) {
            return true;
        }
    }
    return false;
}

static bool is_one_of(struct sgs_slice scheme, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(scheme, sgs_slice_str(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Schemes whose credentials are tokens of their own. */
static bool has_tokens(struct sgs_slice scheme)
{
    static const char *const names[] = {"NTLM", "Negotiate", "Kerberos"};

    return is_one_of(scheme, names, sizeof names / sizeof *names);
}

/* Schemes that name the user in the clear. */
static bool names_user(struct sgs_slice scheme)
{
    static const char *const names[] = {"Basic", "Digest"};

    return is_one_of(scheme, names, sizeof names / sizeof *names);
}

/* is_last: of several tokens in the message the last one. */
static struct proof *new_proof(struct conn *c, const struct sgs_event *ev, struct sgs_slice scheme,
                               bool is_last)
{
    struct proof *p = sgs_xcalloc(1, sizeof *p);

    keep(&p->layers, ev->layers);
    keep(&p->scheme, scheme);
    keep_field(&p->leg, ev, SGS_F_AUTH_LEG);
    if (names_user(scheme)) {
        keep_field(&p->user, ev, SGS_F_USER);
    }
    if (has_tokens(scheme)) {
        p->token = take_token(c, ev->id, is_last);
    }
    return p;
}

static void read_proofs(struct conn *c, const struct sgs_event *ev, struct request *q)
{
    struct sgs_slice scheme = sgs_event_text(ev, SGS_F_AUTH_SCHEME);

    if (ev->kind == SGS_K_SIP_REQUEST && scheme.len > 0) {
        q->proofs[SIP] = new_proof(c, ev, scheme, true);
        keep_field(&q->proofs[SIP]->call, ev, SGS_F_CALL_ID);
    }
    if (ev->kind == SGS_K_HTTP_REQUEST && is_for(ev, "proxy")) {
        struct sgs_slice other = sgs_event_text(ev, SGS_F_PROXY_AUTH_SCHEME);
        q->proofs[PROXY] = new_proof(c, ev, other.len > 0 ? other : scheme, false);
    }
    if (ev->kind == SGS_K_HTTP_REQUEST && scheme.len > 0 &&
        (!q->proofs[PROXY] || is_for(ev, "server"))) {
        q->proofs[SERVER] = new_proof(c, ev, scheme, true);
        if (q->proofs[PROXY] && names_user(scheme)) {
            q->proofs[PROXY]->user.len = 0; /* the request has room for one, and it is this one */
        }
    } else if (sgs_event_get(ev, SGS_F_WEB_TICKET)) {
        q->proofs[SERVER] = new_proof(c, ev, SGS_LIT(WEB_TICKET), true);
    }
}

/* Of SIP the registration counts, and no sign-out. */
static bool is_relevant(const struct sgs_event *ev)
{
    return ev->kind != SGS_K_SIP_REQUEST ||
           (sgs_slice_eq(sgs_event_text(ev, SGS_F_METHOD), SGS_LIT("REGISTER")) &&
            sgs_event_int(ev, SGS_F_EXPIRES, 1) != 0);
}

static void see_request(struct sgs_auth *a, const struct sgs_event *ev)
{
    if (!is_relevant(ev)) {
        return;
    }
    struct conn *c = conn_of(a, ev);
    struct request *q = &c->seen[c->next_seen++ % MAX_SEEN];
    free_request(q);
    q->id = ev->id;
    q->origin = ev->origin;
    read_proofs(c, ev, q);
    for (size_t i = 0; c->early && i < MAX_EARLY; i++) {
        if (c->early[i].request == ev->id) {
            pair(a, c, q, &c->early[i], ev->layers);
            free_request(q);
            c->early[i].request = 0;
            return;
        }
    }
}

/* The schemes an answer offers; a web ticket has no scheme of its own. */
static void read_schemes(const struct sgs_event *ev, struct answer *by)
{
    const struct sgs_value *v = sgs_event_get(ev, SGS_F_AUTH_SCHEMES);
    uint8_t list[MAX_TEXT + 1] = {','};
    size_t n = 1;

    for (size_t i = 0; v && i < v->n && n + v->list[i].len < MAX_TEXT; i++) {
        memcpy(list + n, v->list[i].ptr, v->list[i].len);
        n += v->list[i].len;
        list[n++] = ',';
    }
    struct sgs_slice ticket = SGS_LIT(WEB_TICKET ",");
    if (sgs_event_get(ev, SGS_F_WEB_TICKET_URL) && n + ticket.len <= MAX_TEXT) {
        memcpy(list + n, ticket.ptr, ticket.len);
        n += ticket.len;
    }
    by->has_schemes = n > 1;
    keep(&by->schemes, sgs_slice(list, n));
}

static bool says_stale(const struct sgs_event *ev)
{
    const struct sgs_value *v = sgs_event_get(ev, SGS_F_AUTH_PARAMS);

    for (size_t i = 0; v && i < v->n; i++) {
        for (size_t k = 0; k < v->rows[i].n; k++) {
            const struct sgs_member *m = &v->rows[i].members[k];
            if (sgs_slice_eq(m->name, SGS_LIT("stale")) &&
                sgs_slice_ieq(m->text, SGS_LIT("true"))) {
                return true;
            }
        }
    }
    return false;
}

/* Its opaque (RFC 7616) is the handle of nothing. */
static bool asks_for_digest(const struct sgs_event *ev)
{
    const struct sgs_value *schemes = sgs_event_get(ev, SGS_F_AUTH_SCHEMES);

    return schemes && schemes->n == 1 && sgs_slice_ieq(schemes->list[0], SGS_LIT("Digest"));
}

static void read_answer(struct conn *c, const struct sgs_event *ev, struct answer *by)
{
    struct token t = take_token(c, ev->id, true);

    by->id = ev->id;
    by->request = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    by->origin = ev->origin;
    by->status = (uint64_t)sgs_event_int(ev, SGS_F_STATUS, 0);
    by->is_cut = sgs_event_get(ev, SGS_F_CUT);
    by->is_stale = says_stale(ev);
    by->has_token = ev->kind == SGS_K_SIP_RESPONSE
                        ? sgs_event_get(ev, SGS_F_OPAQUE) && !asks_for_digest(ev)
                        : t.root > 0 && !t.is_rejected && t.kind != SGS_K_KERBEROS_ERROR;
    by->error = t.error;
    read_schemes(ev, by);
    if (ev->kind == SGS_K_SIP_RESPONSE) {
        keep_field(&by->call, ev, SGS_F_CALL_ID);
    }
}

static void see_answer(struct sgs_auth *a, const struct sgs_event *ev)
{
    struct conn *c = conn_of(a, ev);
    struct answer by = {0};

    read_answer(c, ev, &by);
    if (by.status < 200 || by.request == 0) {
        return;
    }
    for (size_t i = 0; i < MAX_SEEN; i++) {
        if (c->seen[i].id == by.request) {
            pair(a, c, &c->seen[i], &by, ev->layers);
            free_request(&c->seen[i]);
            return;
        }
    }
    bool is_sip = ev->kind == SGS_K_SIP_RESPONSE;
    if (!is_sip && by.request > 0) { /* the end of the request is still to come */
        c->early = c->early ? c->early : sgs_xcalloc(MAX_EARLY, sizeof *c->early);
        c->early[c->next_early++ % MAX_EARLY] = by;
    }
}

/* HTTP/2 given up for HTTP/1.1: [MS-NLMP] over HTTP needs a connection of its own. */
static void see_error(struct sgs_auth *a, const struct sgs_event *ev)
{
    struct key key = key_of(ev);
    struct conn *c = sgs_map_get(a->conns, sgs_slice(&key, sizeof key));
    struct sgs_slice why = sgs_event_text(ev, SGS_F_WHY);
    uint64_t request = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);

    for (size_t i = 0; c && i < c->n_runs && sgs_slice_eq(why, SGS_LIT("HTTP_1_1_REQUIRED")); i++) {
        if (request == 0 || c->runs[i].last == request) {
            tell_pending(a, c, &c->runs[i], "HTTP_1_1_REQUIRED");
        }
    }
}

static void end_conn(struct sgs_auth *a, const struct sgs_event *ev)
{
    struct key key = key_of(ev);
    struct conn *c = sgs_map_del(a->conns, sgs_slice(&key, sizeof key));

    if (c) {
        give_up(a, c);
        free_conn(c);
    }
}

void sgs_auth_see(struct sgs_auth *a, const struct sgs_event *ev)
{
    switch ((int)ev->kind) { /* of all kinds these */
    case SGS_K_HTTP_REQUEST:
    case SGS_K_SIP_REQUEST:
        see_request(a, ev);
        break;
    case SGS_K_HTTP_RESPONSE:
    case SGS_K_SIP_RESPONSE:
        see_answer(a, ev);
        break;
    case SGS_K_NTLM_NEGOTIATE:
    case SGS_K_NTLM_CHALLENGE:
    case SGS_K_NTLM_AUTHENTICATE:
    case SGS_K_KERBEROS_AP_REQ:
    case SGS_K_KERBEROS_AP_REP:
    case SGS_K_KERBEROS_ERROR:
        if (ev->in > 0) {
            see_token(conn_of(a, ev), ev);
        }
        break;
    case SGS_K_SPNEGO_INIT:
    case SGS_K_SPNEGO_RESPONSE:
        if (ev->in > 0) {
            see_spnego(conn_of(a, ev), ev);
        }
        break;
    case SGS_K_HTTP2_ERROR:
        see_error(a, ev);
        break;
    case SGS_K_TCP_CLOSED:
    case SGS_K_TCP_RESET:
        end_conn(a, ev);
        break;
    default:
        break;
    }
}

/* life */

struct sgs_auth *sgs_auth_new(struct sgs_engine *e)
{
    struct sgs_auth *a = sgs_xcalloc(1, sizeof *a);

    a->engine = e;
    a->conns = sgs_map_new();
    return a;
}

void sgs_auth_finish(struct sgs_auth *a)
{
    void *value = NULL;

    for (size_t cursor = 0; sgs_map_next(a->conns, &cursor, NULL, &value);) {
        give_up(a, value);
    }
}

void sgs_auth_free(struct sgs_auth *a)
{
    void *value = NULL;

    if (a) {
        for (size_t cursor = 0; sgs_map_next(a->conns, &cursor, NULL, &value);) {
            free_conn(value);
        }
        sgs_map_free(a->conns);
        free(a);
    }
}
