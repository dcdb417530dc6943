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

struct maker {
    struct sgs_arena *arena;
    struct sgs_exchange **list; /* in order of making; ours, the exchanges are the arena's */
    size_t n;
    size_t room;
    struct sgs_map *by_id;    /* id of an event -> exchange it is part of */
    struct sgs_map *by_query; /* conn, type and name of a DNS question without answer -> exchange */
    struct sgs_map *conns;    /* conn -> struct conn */
    struct sgs_map *names;    /* client and server address -> name last resolved to it */
};

/* What is known of a conversation so far. */
struct conn {
    struct sgs_slice host;           /* SNI, else Host, else the name resolved */
    const struct sgs_event *session; /* tls.session */
    const struct sgs_event *alert;   /* first fatal tls.alert */
    const struct sgs_event *hello;   /* tls.client_hello */
    bool has_messages;               /* something inside was read */
};

const struct sgs_event *sgs_exchange_first(const struct sgs_exchange *x)
{
    return x->req ? x->req : x->rsp;
}

const struct sgs_event *sgs_exchange_last(const struct sgs_exchange *x)
{
    return x->rsp ? x->rsp : x->again ? x->again : x->req;
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

struct conn_key {
    int transport;
    uint32_t number;
};

static const struct sgs_addr *server_of(const struct sgs_event *ev)
{
    return ev->dir == SGS_C2S ? &ev->dst : &ev->src;
}

/* The key of what ip (an address as text) is called by client; text is room for it. */
#define NAME_KEY_LEN (2 * SGS_ADDR_TEXT_LEN)

static struct sgs_slice name_key(char text[NAME_KEY_LEN], const struct sgs_addr *client,
                                 struct sgs_slice ip)
{
    char host[SGS_ADDR_TEXT_LEN];
    sgs_addr_host(client, host);
    int n = snprintf(text, NAME_KEY_LEN, "%s>%.*s", host, (int)ip.len, (const char *)ip.ptr);
    return sgs_slice(text, n > 0 ? (size_t)n : 0);
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
    struct conn_key k;
    memset(&k, 0, sizeof k);
    k.transport = (int)ev->transport;
    k.number = ev->conn;
    struct sgs_slice key = sgs_slice(&k, sizeof k);
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

/* The name of the server of a conversation, as far as it was named. */
static struct sgs_slice host_of(struct maker *m, const struct sgs_event *ev)
{
    const struct conn *c = conn_of(m, ev);
    if (c->host.len > 0) {
        return c->host;
    }
    char ip[SGS_ADDR_TEXT_LEN];
    char key[NAME_KEY_LEN];
    sgs_addr_host(server_of(ev), ip);
    const struct sgs_slice *name =
        sgs_map_get(m->names, name_key(key, &ev->client, sgs_slice_str(ip)));
    return name ? *name : (struct sgs_slice){NULL, 0};
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

/* What the answers of ev resolve host to is called host from here on. */
static void name_addresses(struct maker *m, const struct sgs_event *ev, struct sgs_slice host)
{
    const struct sgs_value *answers = sgs_event_get(ev, SGS_F_ANSWERS);
    struct sgs_slice *name =
        answers && host.len > 0 ? sgs_arena_alloc(m->arena, sizeof *name) : NULL;
    if (!name) {
        return;
    }
    *name = host;
    for (size_t i = 0; i < answers->n; i++) {
        for (size_t j = 0; j < answers->rows[i].n; j++) {
            const struct sgs_member *d = &answers->rows[i].members[j];
            char key[NAME_KEY_LEN];
            if (sgs_slice_eq(d->name, SGS_LIT("data")) && d->text.len < SGS_ADDR_TEXT_LEN) {
                (void)sgs_map_put(m->names, name_key(key, &ev->client, d->text), name);
            }
        }
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
    name_addresses(m, ev, x->host);
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
    struct conn *c = conn_of(m, ev);
    c->has_messages = true;
    if (ev->kind == SGS_K_HTTP_REQUEST) {
        struct sgs_slice host = sgs_event_text(ev, SGS_F_HOST);
        struct sgs_exchange *x = add(m, SGS_P_HTTP, ev);
        if (host.len > 0) {
            x->host = sgs_slice_cut(&host, ':');
            c->host = c->host.len ? c->host : x->host;
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
    conn_of(m, ev)->has_messages = true;
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
    /* A provisional answer stands only until the final one comes. */
    if (!x->rsp || sgs_event_int(x->rsp, SGS_F_STATUS, 0) < 200) {
        x->rsp = ev;
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

static void tls(struct maker *m, const struct sgs_event *ev)
{
    struct conn *c = conn_of(m, ev);
    struct sgs_slice nested = SGS_LIT("sip/");
    if (sgs_slice_find(ev->layers, nested) < ev->layers.len) {
        return; /* a handshake inside SIP says nothing of the connection */
    }
    if (ev->kind == SGS_K_TLS_CLIENT_HELLO && !c->hello) {
        struct sgs_slice sni = sgs_event_text(ev, SGS_F_SNI);
        c->host = sni.len ? sni : c->host;
        c->hello = ev;
    } else if (ev->kind == SGS_K_TLS_ALERT && !c->alert &&
               sgs_slice_eq(sgs_event_text(ev, SGS_F_LEVEL), SGS_LIT("fatal"))) {
        c->alert = ev;
    } else if (ev->kind == SGS_K_TLS_SESSION) {
        c->session = ev;
    }
}

/* A connection that failed, or one whose inside stayed closed, speaks for itself. */
static void session(struct maker *m, const struct sgs_event *ev)
{
    struct conn *c = conn_of(m, ev);
    struct sgs_slice end = sgs_event_text(ev, SGS_F_END);
    bool failed = end.len > 0 && !sgs_slice_eq(end, SGS_LIT("ok"));
    if (ev != c->session || (c->has_messages && !c->alert)) {
        return;
    }
    if (failed || c->alert || !c->has_messages) {
        struct sgs_exchange *x = add(m, SGS_P_TLS, c->hello ? c->hello : ev);
        x->rsp = c->alert ? c->alert : ev;
        x->host = c->host.len ? c->host : x->host;
        add_inner(m, x, ev);
    }
}

static void tcp(struct maker *m, const struct sgs_event *ev)
{
    const struct conn *c = conn_of(m, ev);
    bool is_silent_reset = ev->kind == SGS_K_TCP_RESET && !c->has_messages && !c->session;
    if (ev->kind == SGS_K_TCP_REFUSED || ev->kind == SGS_K_TCP_UNANSWERED || is_silent_reset) {
        (void)add(m, SGS_P_TCP, ev);
    }
}

typedef void sgs_taker(struct maker *m, const struct sgs_event *ev);

/* First pass: what later events say of a conversation that earlier exchanges need to know. */
static sgs_taker *const early[SGS_N_KINDS] = {
    [SGS_K_TLS_CLIENT_HELLO] = tls,
    [SGS_K_TLS_ALERT] = tls,
    [SGS_K_TLS_SESSION] = tls,
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
    [SGS_K_SOAP_MESSAGE] = inner,
    [SGS_K_AUTODISCOVER_RESULT] = inner,
};

bool sgs_exchanges_use(enum sgs_kind kind)
{
    return early[kind] || takers[kind];
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
    free(m->list);
    return all;
}

size_t sgs_exchanges_make(const struct sgs_event *const *events, size_t n, struct sgs_arena *a,
                          struct sgs_exchange **out)
{
    struct maker m = {.arena = a,
                      .by_id = sgs_map_new(),
                      .by_query = sgs_map_new(),
                      .conns = sgs_map_new(),
                      .names = sgs_map_new()};
    run(&m, early, events, n);
    run(&m, takers, events, n);
    *out = sorted(&m);
    sgs_map_free(m.by_id);
    sgs_map_free(m.by_query);
    sgs_map_free(m.conns);
    sgs_map_free(m.names);
    return m.n;
}
