/*
 * Pairing of events into exchanges: answers by the id of their request (DNS: by the frame of the
 * question), carried events by the id of their carrier.  Connections become exchanges of their own
 * when they failed, or when they stayed closed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/map.h"
#include "base/mem.h"
#include "signin/exchange.h"
#include "signin/known.h"

#define LOGON (30 * SGS_SEC) /* between a logon and the ticket it was made for (own choice) */

struct maker {
    struct sgs_arena *arena;
    struct sgs_exchange **list; /* in order of making; ours, the exchanges are the arena's */
    size_t n;
    size_t room;
    struct sgs_map *by_id;    /* id of an event -> exchange it is part of */
    struct sgs_map *by_query; /* conn, type and name of a DNS question without answer -> exchange */
    struct sgs_map *conns;    /* conn -> struct conn */
    struct sgs_map *logons;   /* client -> struct logon, of AS exchanges since its last ticket */
    struct sgs_known *known;
};

/* The events of a conversation that may make an exchange of it, as far as they are still there. */
struct conn {
    const struct sgs_event *session; /* tls.session */
    const struct sgs_event *alert;   /* first fatal tls.alert */
    const struct sgs_event *hello;   /* first tls.client_hello */
    const struct sgs_event *leaf;    /* first tls.certificate of the server */
};

/* An AS exchange: what it was for shows with the next ticket that the client asks for. */
struct logon {
    struct sgs_exchange *x;
    struct logon *older;
};

const struct sgs_event *sgs_exchange_first(const struct sgs_exchange *x)
{
    return x->req ? x->req : x->rsp;
}

const struct sgs_event *sgs_exchange_last(const struct sgs_exchange *x)
{
    return x->rsp ? x->rsp : x->again ? x->again : x->req;
}

struct sgs_slice sgs_exchange_place(const struct sgs_exchange *x)
{
    struct sgs_slice place =
        x->rsp ? sgs_event_text(x->rsp, SGS_F_LOCATION) : (struct sgs_slice){NULL, 0};
    for (size_t i = 0; i < x->n_inner && place.len == 0; i++) {
        place = sgs_event_text(x->inner[i], SGS_F_REDIRECT);
    }
    return place;
}

struct sgs_slice sgs_user_of(struct sgs_slice text, struct sgs_arena *a)
{
    static const char *const schemes[] = {"sip:", "sips:"};
    struct sgs_slice s = sgs_slice_trim(sgs_percent_decode(a, text));
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct sgs_slice scheme = sgs_slice_str(schemes[i]);
        s = sgs_slice_istarts(s, scheme) ? sgs_slice_from(s, scheme.len) : s;
    }
    s = sgs_slice_cut(&(struct sgs_slice){s.ptr, s.len}, ';');
    size_t at = sgs_slice_chr(s, '@');
    if (at == 0 || at + 1 >= s.len || sgs_slice_chr(s, ' ') < s.len) {
        return (struct sgs_slice){NULL, 0};
    }
    return sgs_arena_lower(a, s);
}

/* keys of the maps */

static struct sgs_slice id_key(const uint64_t *id)
{
    return sgs_slice(id, sizeof *id);
}

struct sgs_conn_id sgs_conn_id(const struct sgs_event *ev)
{
    return (struct sgs_conn_id){(uint32_t)ev->transport, ev->conn};
}

static const struct sgs_addr *server_of(const struct sgs_event *ev)
{
    return ev->dir == SGS_C2S ? &ev->dst : &ev->src;
}

static struct sgs_slice query_key(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_slice name = sgs_event_text(ev, SGS_F_NAME);
    struct sgs_slice type = sgs_event_text(ev, SGS_F_TYPE);
    return sgs_arena_printf(m->arena, "%d %u %.*s %.*s", (int)ev->transport, (unsigned)ev->conn,
                            (int)type.len, (const char *)type.ptr, (int)name.len,
                            (const char *)name.ptr);
}

static struct conn *conn_of(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_conn_id id = sgs_conn_id(ev);
    struct sgs_slice key = sgs_slice(&id, sizeof id);
    struct conn *c = sgs_map_get(m->conns, key);
    if (!c) {
        c = sgs_arena_alloc(m->arena, sizeof *c);
        if (!c) {
            sgs_die("a sign-in table is full");
        }
        (void)sgs_map_put(m->conns, key, c);
    }
    return c;
}

static bool has_happened(sgs_time at, const struct sgs_event *ev)
{
    return at != SGS_TIME_NONE && at <= ev->origin.time;
}

/* Of resolvers nothing is known: who they are does not matter, and each question is to a new one.
 */
static bool is_dns(const struct sgs_event *ev)
{
    return ev->kind == SGS_K_DNS_QUERY || ev->kind == SGS_K_DNS_RESPONSE ||
           ev->kind == SGS_K_DNS_UNANSWERED;
}

/* The name of the server of a conversation, as far as it was named. */
static struct sgs_slice host_of(struct maker *m, const struct sgs_event *ev)
{
    if (is_dns(ev)) {
        return (struct sgs_slice){NULL, 0};
    }
    const struct sgs_known_conn *c = sgs_known_conn(m->known, ev);
    if (c->sni.len > 0) {
        return c->sni;
    }
    return has_happened(c->host_at, ev) ? c->host : c->named;
}

/* exchanges */

static struct sgs_exchange *add(struct maker *m, enum sgs_proto proto, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_arena_alloc(m->arena, sizeof *x);
    if (!x) {
        sgs_die("a sign-in table is full");
    }
    if (m->n == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->list = sgs_xrealloc(m->list, m->room, sizeof(struct sgs_exchange *));
    }
    m->list[m->n++] = x;
    *x = (struct sgs_exchange){.proto = proto, .req = ev};
    x->host = host_of(m, ev);
    (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
    return x;
}

static void add_inner(struct maker *m, struct sgs_exchange *x, const struct sgs_event *ev)
{
    if (x->n_inner == SGS_MAX_INNER) {
        return;
    }
    if ((x->n_inner & (x->n_inner - 1)) == 0) {
        size_t room = x->n_inner ? 2 * x->n_inner : 1;
        const struct sgs_event **bigger =
            sgs_arena_array(m->arena, room, sizeof(const struct sgs_event *));
        if (!bigger) {
            return;
        }
        for (size_t i = 0; i < x->n_inner; i++) {
            bigger[i] = x->inner[i];
        }
        x->inner = bigger;
    }
    x->inner[x->n_inner++] = ev;
}

static void name_user(struct maker *m, struct sgs_exchange *x, struct sgs_slice text)
{
    if (x->user.len == 0 && text.len > 0) {
        x->user = sgs_user_of(text, m->arena);
    }
}

static void dns(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_slice key = query_key(m, ev);
    struct sgs_exchange *x = sgs_map_get(m->by_query, key);
    if (ev->kind == SGS_K_DNS_QUERY) {
        if (x) {
            x->again = ev;
            return;
        }
        x = add(m, SGS_P_DNS, ev);
        x->host = sgs_event_text(ev, SGS_F_NAME);
        (void)sgs_map_put(m->by_query, key, x);
        return;
    }
    if (!x) {
        x = add(m, SGS_P_DNS, ev);
        x->req = NULL;
        x->host = sgs_event_text(ev, SGS_F_NAME);
    }
    x->rsp = ev;
    (void)sgs_map_del(m->by_query, key);
}

/* That a question got no answer is said of the question. */
static void unanswered(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_query, query_key(m, ev));
    if (x) {
        add_inner(m, x, ev);
    }
}

/* The value of parameter name in the query of a request target, or empty. */
static struct sgs_slice query_value(struct sgs_slice target, struct sgs_slice name)
{
    struct sgs_slice rest = sgs_slice_from(target, sgs_slice_chr(target, '?') + 1);
    while (rest.len > 0) {
        struct sgs_slice value = sgs_slice_cut(&rest, '&');
        struct sgs_slice key = sgs_slice_cut(&value, '=');
        if (sgs_slice_ieq(key, name)) {
            return value;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static void http(struct maker *m, const struct sgs_event *ev)
{
    if (ev->kind == SGS_K_HTTP_REQUEST) {
        struct sgs_slice host = sgs_event_text(ev, SGS_F_HOST);
        struct sgs_exchange *x = add(m, SGS_P_HTTP, ev);
        if (host.len > 0) {
            x->host = sgs_slice_cut(&host, ':');
        }
        name_user(m, x, query_value(sgs_event_text(ev, SGS_F_TARGET), SGS_LIT("sipuri")));
        return;
    }
    uint64_t id = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&id));
    if (!x) {
        x = add(m, SGS_P_HTTP, ev);
        x->req = NULL;
    }
    x->rsp = ev;
    (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
}

static void sip(struct maker *m, const struct sgs_event *ev)
{
    if (ev->kind == SGS_K_SIP_REQUEST) {
        struct sgs_exchange *x = add(m, SGS_P_SIP, ev);
        name_user(m, x, sgs_event_text(ev, ev->dir == SGS_C2S ? SGS_F_FROM : SGS_F_TO));
        return;
    }
    uint64_t id = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&id));
    if (!x) {
        x = add(m, SGS_P_SIP, ev);
        x->req = NULL;
        name_user(m, x, sgs_event_text(ev, ev->dir == SGS_S2C ? SGS_F_FROM : SGS_F_TO));
    }
    (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
    /* A provisional answer stands only until the final one comes. */
    if (!x->rsp || sgs_event_int(x->rsp, SGS_F_STATUS, 0) < 200) {
        x->rsp = ev;
        (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
    }
}

/* A token names an account, which need not be the address that signs in. */
static void token(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&ev->in));
    if (x) {
        add_inner(m, x, ev);
    }
}

/* The host of a service principal: web.contoso.com of HTTP/web.contoso.com; empty: of a realm. */
static struct sgs_slice service_host(struct sgs_slice principal)
{
    struct sgs_slice service = sgs_slice_cut(&principal, '/');
    struct sgs_slice host = sgs_slice_cut(&principal, '/');
    host = sgs_slice_cut(&host, ':');
    return sgs_slice_ieq(service, SGS_LIT("krbtgt")) ? (struct sgs_slice){NULL, 0} : host;
}

static struct sgs_slice client_key(struct maker *m, const struct sgs_event *ev)
{
    return sgs_arena_copy(m->arena, sgs_slice(ev->client.ip, ev->client.len));
}

/* What was said to the KDC, and to services inside their own protocols. */
static void kerberos(struct maker *m, const struct sgs_event *ev)
{
    if (ev->in > 0) {
        token(m, ev);
        return;
    }
    struct sgs_exchange *x = add(m, SGS_P_KERBEROS, ev);
    struct sgs_slice key = client_key(m, ev);
    struct logon *l = sgs_map_get(m->logons, key);
    x->host = service_host(sgs_event_text(ev, SGS_F_SNAME));
    if (ev->kind == SGS_K_KERBEROS_AS_REQ) {
        struct logon *newest = sgs_arena_alloc(m->arena, sizeof *newest);
        if (!newest) {
            sgs_die("a sign-in table is full");
        }
        *newest = (struct logon){x, l};
        (void)sgs_map_put(m->logons, key, newest);
        return;
    }
    for (; l && x->host.len > 0; l = l->older) {
        sgs_time since = ev->origin.time - l->x->req->origin.time;
        l->x->host = since <= LOGON ? x->host : l->x->host;
    }
    (void)sgs_map_del(m->logons, key);
}

static void kerberos_answer(struct maker *m, const struct sgs_event *ev)
{
    if (ev->in > 0) {
        token(m, ev);
        return;
    }
    uint64_t id = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&id));
    if (x) {
        x->rsp = ev;
    }
}

/* A body that may carry tokens: what is in it is in the exchange, too. */
static void body(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&ev->in));
    if (x) {
        (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
        add_inner(m, x, ev);
    }
}

/* What is inside SPNEGO is inside its carrier. */
static void spnego(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&ev->in));
    if (x) {
        (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
    }
}

static void inner(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&ev->in));
    if (!x) {
        return;
    }
    add_inner(m, x, ev);
    name_user(m, x, sgs_event_text(ev, SGS_F_USER));
}

/* What another protocol answered to a question is all the answer there is. */
static void foreign(struct maker *m, const struct sgs_event *ev)
{
    uint64_t id = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&id));
    if (x) {
        add_inner(m, x, ev);
    }
}

/* What a handshake inside SIP says belongs to the message that brought it. */
static void carried(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_exchange *x = sgs_map_get(m->by_id, id_key(&ev->in));
    if (x) {
        (void)sgs_map_put(m->by_id, id_key(&ev->id), x);
        inner(m, ev);
    }
}

/* A connection that failed, or one whose inside stayed closed, speaks for itself. */
static void session(struct maker *m, const struct sgs_event *ev)
{
    const struct conn *c = conn_of(m, ev);
    const struct sgs_known_conn *k = sgs_known_conn(m->known, ev);
    struct sgs_slice end = sgs_event_text(ev, SGS_F_END);
    bool failed = end.len > 0 && !sgs_slice_eq(end, SGS_LIT("ok"));
    bool has_messages = has_happened(k->message_at, ev);
    bool is_gone = k->hello_at != SGS_TIME_NONE && !c->hello; /* it could be no step */
    const struct sgs_event *alert = c->alert;
    if (alert && has_messages && c->hello &&
        alert->origin.time > sgs_time_later(k->hello_at, SGS_HINDSIGHT)) {
        alert = NULL; /* it ended a connection that had worked */
    }
    if (ev != c->session || is_gone || (has_messages && !alert)) {
        return;
    }
    if (failed || alert || !has_messages) {
        struct sgs_exchange *x = add(m, SGS_P_TLS, c->hello ? c->hello : ev);
        struct sgs_slice host = host_of(m, ev);
        x->rsp = alert ? alert : ev;
        x->host = host.len ? host : x->host;
        add_inner(m, x, ev);
        if (c->leaf && (failed || alert)) {
            add_inner(m, x, c->leaf);
        }
    }
}

static void tcp(struct maker *m, const struct sgs_event *ev)
{
    const struct sgs_known_conn *c = sgs_known_conn(m->known, ev);
    bool is_silent_reset = ev->kind == SGS_K_TCP_RESET && !has_happened(c->message_at, ev) &&
                           c->session_at == SGS_TIME_NONE;
    if (ev->kind == SGS_K_TCP_REFUSED || ev->kind == SGS_K_TCP_UNANSWERED || is_silent_reset) {
        (void)add(m, SGS_P_TCP, ev);
    }
}

bool sgs_alert_counts(const struct sgs_event *ev)
{
    return sgs_slice_eq(sgs_event_text(ev, SGS_F_LEVEL), SGS_LIT("fatal"));
}

static bool is_server_leaf(const struct sgs_event *ev)
{
    return sgs_event_int(ev, SGS_F_POSITION, 0) == 0 &&
           sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("server"));
}

/* what is taught */

static void teach_tls(struct maker *m, const struct sgs_event *ev)
{
    struct conn *c = conn_of(m, ev);
    struct sgs_known_conn *k = sgs_known_conn(m->known, ev);
    struct sgs_slice nested = SGS_LIT("sip/");
    if (sgs_slice_find(ev->layers, nested) < ev->layers.len) {
        return; /* a handshake inside SIP says nothing of the connection */
    }
    if (ev->kind == SGS_K_TLS_CLIENT_HELLO && !c->hello) {
        sgs_known_first_text(&k->sni, &k->hello_at, sgs_event_text(ev, SGS_F_SNI), ev->origin.time);
        c->hello = ev;
    } else if (ev->kind == SGS_K_TLS_ALERT && !c->alert && sgs_alert_counts(ev)) {
        c->alert = ev;
    } else if (ev->kind == SGS_K_TLS_CERTIFICATE && !c->leaf && is_server_leaf(ev)) {
        c->leaf = ev;
    } else if (ev->kind == SGS_K_TLS_SESSION) {
        sgs_known_first(&k->session_at, ev->origin.time);
        c->session = ev;
    }
}

static void teach_message(struct maker *m, const struct sgs_event *ev)
{
    struct sgs_known_conn *k = sgs_known_conn(m->known, ev);
    struct sgs_slice host = sgs_event_text(ev, SGS_F_HOST);
    sgs_known_first(&k->message_at, ev->origin.time);
    host = sgs_slice_cut(&host, ':');
    if (ev->kind == SGS_K_HTTP_REQUEST && host.len > 0) {
        sgs_known_first_text(&k->host, &k->host_at, host, ev->origin.time);
    }
}

/* What the answers resolve the name to is called by it from here on. */
static void teach_names(struct maker *m, const struct sgs_event *ev)
{
    const struct sgs_value *answers = sgs_event_get(ev, SGS_F_ANSWERS);
    struct sgs_slice name = sgs_event_text(ev, SGS_F_NAME);
    sgs_known_answer(m->known, &ev->client, name, ev->origin.time);
    for (size_t i = 0; answers && i < answers->n; i++) {
        for (size_t j = 0; j < answers->rows[i].n; j++) {
            const struct sgs_member *d = &answers->rows[i].members[j];
            if (sgs_slice_eq(d->name, SGS_LIT("data")) && d->text.len < SGS_ADDR_TEXT_LEN) {
                sgs_known_name(m->known, &ev->client, d->text, name, ev->origin.time);
            }
        }
    }
}

/* The name counts that the client can have meant when it connected. */
static void name_conn(struct maker *m, const struct sgs_event *ev)
{
    char ip[SGS_ADDR_TEXT_LEN];
    struct sgs_known_conn *c = is_dns(ev) ? NULL : sgs_known_conn(m->known, ev);
    if (c && (c->named_at == SGS_TIME_NONE || ev->origin.time < c->named_at)) {
        sgs_addr_host(server_of(ev), ip);
        struct sgs_slice name =
            sgs_known_name_of(m->known, &ev->client, sgs_slice_str(ip), ev->origin.time);
        sgs_known_first_text(&c->named, &c->named_at, name, ev->origin.time);
    }
}

static void teach_end(struct maker *m, const struct sgs_event *ev)
{
    sgs_known_first(&sgs_known_conn(m->known, ev)->ended_at, ev->origin.time);
}

typedef void sgs_taker(struct maker *m, const struct sgs_event *ev);

/* First pass: what later events say of a conversation that earlier exchanges need to know. */
static sgs_taker *const teachers[SGS_N_KINDS] = {
    [SGS_K_TLS_CLIENT_HELLO] = teach_tls, [SGS_K_TLS_ALERT] = teach_tls,
    [SGS_K_TLS_SESSION] = teach_tls,      [SGS_K_TLS_CERTIFICATE] = teach_tls,
    [SGS_K_HTTP_REQUEST] = teach_message, [SGS_K_HTTP_RESPONSE] = teach_message,
    [SGS_K_SIP_REQUEST] = teach_message,  [SGS_K_SIP_RESPONSE] = teach_message,
    [SGS_K_DNS_RESPONSE] = teach_names,   [SGS_K_TCP_CLOSED] = teach_end,
    [SGS_K_TCP_RESET] = teach_end,        [SGS_K_TCP_REFUSED] = teach_end,
    [SGS_K_TCP_UNANSWERED] = teach_end,
};

static sgs_taker *const takers[SGS_N_KINDS] = {
    [SGS_K_DNS_QUERY] = dns,
    [SGS_K_DNS_RESPONSE] = dns,
    [SGS_K_HTTP_REQUEST] = http,
    [SGS_K_HTTP_RESPONSE] = http,
    [SGS_K_SIP_REQUEST] = sip,
    [SGS_K_SIP_RESPONSE] = sip,
    [SGS_K_TCP_REFUSED] = tcp,
    [SGS_K_TCP_UNANSWERED] = tcp,
    [SGS_K_TCP_RESET] = tcp,
    [SGS_K_TLS_SESSION] = session,
    [SGS_K_DNS_UNANSWERED] = unanswered,
    [SGS_K_SOAP_MESSAGE] = carried,
    [SGS_K_OAUTH_REQUEST] = body,
    [SGS_K_OAUTH_RESPONSE] = body,
    [SGS_K_FORM_POST] = body,
    [SGS_K_HTML_PAGE] = token,
    [SGS_K_SERVICE_METADATA] = token,
    [SGS_K_TOKEN_ISSUED] = token,
    [SGS_K_TOKEN_PRESENTED] = token,
    [SGS_K_CERT_PROVISIONED] = token,
    [SGS_K_CERT_REFUSED] = token,
    [SGS_K_REALM_RESULT] = token,
    [SGS_K_NTLM_CHALLENGE] = token,
    [SGS_K_NTLM_AUTHENTICATE] = token,
    [SGS_K_KERBEROS_AP_REQ] = token,
    [SGS_K_AUTH_RESULT] = token,
    [SGS_K_SPNEGO_INIT] = spnego,
    [SGS_K_SPNEGO_RESPONSE] = spnego,
    [SGS_K_KERBEROS_AS_REQ] = kerberos,
    [SGS_K_KERBEROS_TGS_REQ] = kerberos,
    [SGS_K_KERBEROS_AS_REP] = kerberos_answer,
    [SGS_K_KERBEROS_TGS_REP] = kerberos_answer,
    [SGS_K_KERBEROS_ERROR] = kerberos_answer,
    [SGS_K_AUTODISCOVER_RESULT] = inner,
    [SGS_K_REGISTRATION_EVENT] = inner,
    [SGS_K_ERROR_REPORT] = inner,
    [SGS_K_PROTO_NAMED] = foreign,
    [SGS_K_TLSDSK_MESSAGE] = carried,
    [SGS_K_TLS_CERTIFICATE] = inner,
    [SGS_K_TLS_ALERT] = inner,
};

bool sgs_exchanges_use(enum sgs_kind kind)
{
    return teachers[kind] || takers[kind];
}

static void run(struct maker *m, sgs_taker *const *table, const struct sgs_event *const *events,
                size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (table[events[i]->kind]) {
            table[events[i]->kind](m, events[i]);
        }
    }
}

static int by_first(const void *a, const void *b)
{
    const struct sgs_exchange *const *x = a;
    const struct sgs_exchange *const *y = b;
    return sgs_event_order(sgs_exchange_first(*x), sgs_exchange_first(*y));
}

/* The exchanges in order of their first octet, one after the other. */
static struct sgs_exchange *sorted(struct maker *m)
{
    struct sgs_exchange *all = sgs_arena_array(m->arena, m->n ? m->n : 1, sizeof *all);
    if (!all) {
        sgs_die("a sign-in table is full");
    }
    if (m->n > 1) {
        qsort(m->list, m->n, sizeof(struct sgs_exchange *), by_first);
    }
    for (size_t i = 0; i < m->n; i++) {
        all[i] = *m->list[i];
    }
    return all;
}

/* Connections of which a tls.session may still make an exchange. */
static void open_conns(struct maker *m)
{
    void *value = NULL;
    for (size_t cursor = 0; sgs_map_next(m->conns, &cursor, NULL, &value);) {
        const struct conn *c = value;
        const struct sgs_known_conn *k = c->hello ? sgs_known_conn(m->known, c->hello) : NULL;
        if (k && k->session_at == SGS_TIME_NONE && (k->message_at == SGS_TIME_NONE || c->alert)) {
            struct sgs_exchange *x = add(m, SGS_P_TLS, c->hello);
            x->rsp = c->alert;
            if (c->leaf) {
                add_inner(m, x, c->leaf);
            }
        }
    }
}

struct sgs_exchanges sgs_exchanges_make(const struct sgs_event *const *events, size_t n,
                                        struct sgs_known *k, struct sgs_arena *a)
{
    struct sgs_exchanges out;
    struct maker m = {.arena = a,
                      .by_id = sgs_map_new(),
                      .by_query = sgs_map_new(),
                      .conns = sgs_map_new(),
                      .logons = sgs_map_new(),
                      .known = k};
    run(&m, teachers, events, n);
    for (size_t i = 0; i < n; i++) {
        name_conn(&m, events[i]);
    }
    run(&m, takers, events, n);
    out.list = sorted(&m);
    out.n = m.n;
    m.n = 0;
    open_conns(&m);
    out.open = sorted(&m);
    out.n_open = m.n;
    free(m.list);
    sgs_map_free(m.by_id);
    sgs_map_free(m.by_query);
    sgs_map_free(m.conns);
    sgs_map_free(m.logons);
    return out;
}
