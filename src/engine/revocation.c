/*
 * A fetch begins with its request and ends with its response, or without one when its connection
 * does; by LDAP it is a search.  Where there never was a connection, the look-up or the SYN that
 * failed stands for it, if that was soon after the certificate; so does a connection for LDAP in
 * which no search could be read (an LDAP URL without host means any domain controller: RFC 4516,
 * section 2).
 */
#include "engine/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/revocation_source.h"

#define SGS_REVOCATION_URL                                                                         \
    1024                    /* octets of a URL that is remembered: longer ones are not fetched */
#define FRESH (5 * SGS_SEC) /* a request so young at the end may yet be answered */
#define N_ASKED 4096        /* requests whose times are remembered */
#define MAX_AHEAD 64        /* events between a body's and its message's */

/* A request on its way. */
struct fetch {
    uint64_t request; /* id of its event */
    uint64_t certificate;
    uint32_t conn_of_chain;
    struct sgs_conn_info info;
    struct sgs_origin origin;
    enum sgs_trust trust;
    bool is_told;        /* its answer was read */
    bool is_hidden;      /* its answer may lie in a gap */
    const char *outcome; /* static; NULL: it still waits */
    sgs_time end;
    const char *how;
    size_t layers_len, url_len;
    uint8_t layers[64];
    uint8_t url[SGS_REVOCATION_URL];
};

/* A connection to a directory in which no search has been read so far. */
struct visit {
    uint32_t conn;
    struct sgs_conn_info info;
    struct sgs_origin origin;
    struct sgs_revocation_source source;
};

struct sgs_revocation {
    struct sgs_engine *engine;
    struct sgs_revocation_sources *sources;
    struct sgs_map *fetches; /* request -> struct fetch */
    size_t n_ended;          /* of these, with an outcome */
    struct sgs_map *visits;  /* connection -> struct visit */
    struct {
        uint64_t id;
        sgs_time time;
    } asked[N_ASKED]; /* by id modulo their number */
};

struct sgs_revocation *sgs_revocation_new(struct sgs_engine *e)
{
    struct sgs_revocation *r = sgs_xcalloc(1, sizeof *r);

    r->engine = e;
    r->sources = sgs_revocation_sources_new();
    r->fetches = sgs_map_new();
    r->visits = sgs_map_new();
    return r;
}

static void free_map(struct sgs_map *m)
{
    void *value = NULL;

    for (size_t cursor = 0; sgs_map_next(m, &cursor, NULL, &value);) {
        free(value);
    }
    sgs_map_free(m);
}

void sgs_revocation_free(struct sgs_revocation *r)
{
    if (r) {
        sgs_revocation_sources_free(r->sources);
        free_map(r->fetches);
        free_map(r->visits);
        free(r);
    }
}

/* telling */

static void put_chain(struct sgs_draft *d, uint64_t certificate, uint32_t conn)
{
    char text[16];

    if (certificate > 0) {
        (void)snprintf(text, sizeof text, "tcp%u", (unsigned)conn);
        ev_int(d, SGS_F_CERTIFICATE, certificate);
        ev_str(d, SGS_F_CHAIN_CONN, text);
    }
}

static struct sgs_conn_info info_of(const struct sgs_event *ev)
{
    struct sgs_conn_info info = {.transport = ev->transport, .number = ev->conn};

    info.end[ev->dir] = ev->src;
    info.end[!ev->dir] = ev->dst;
    return info;
}

static struct sgs_draft *tell(struct sgs_revocation *r, const struct sgs_conn_info *info,
                              enum sgs_dir dir, const struct sgs_origin *origin)
{
    return sgs_engine_event(r->engine, SGS_K_REVOCATION_FETCH, info, dir, origin);
}

/* Of a fetch of which no more is known than that it was tried. */
static struct sgs_draft *open_attempt(struct sgs_revocation *r, const struct sgs_conn_info *info,
                                      const struct sgs_origin *origin,
                                      const struct sgs_revocation_source *s, const char *outcome)
{
    struct sgs_draft *d = tell(r, info, SGS_C2S, origin);

    d->ev.trust = SGS_INFERRED;
    ev_str(d, SGS_F_HOW, s->how);
    ev_text(d, SGS_F_URL, sgs_slice(s->url, s->url_len));
    ev_str(d, SGS_F_OUTCOME, outcome);
    put_chain(d, s->certificate, s->conn);
    return d;
}

/* There never was a connection. */
static void tell_attempt(struct sgs_revocation *r, const struct sgs_event *ev,
                         const struct sgs_revocation_source *s, const char *outcome)
{
    struct sgs_conn_info info = info_of(ev);
    struct sgs_draft *d = open_attempt(r, &info, &ev->origin, s, outcome);
    const struct sgs_value *idle = sgs_event_get(ev, SGS_F_IDLE_MS);
    const struct sgs_value *cost = idle ? idle : sgs_event_get(ev, SGS_F_RTT_MS);

    if (cost) {
        ev_ms(d, SGS_F_IDLE_MS, cost->number);
    }
    sgs_engine_emit(r->engine, d);
}

/* Of a fetch that ended: ev is its answer, or NULL. */
static void tell_fetch(struct sgs_revocation *r, const struct fetch *f, const struct sgs_event *ev)
{
    struct sgs_draft *d = tell(r, &f->info, ev ? ev->dir : SGS_C2S, ev ? &ev->origin : &f->origin);

    d->ev.trust = f->trust;
    d->ev.in = ev ? ev->id : f->request;
    d->ev.layers = sgs_arena_copy(&d->arena, sgs_slice(f->layers, f->layers_len));
    ev_str(d, SGS_F_HOW, f->how);
    ev_text(d, SGS_F_URL, sgs_slice(f->url, f->url_len));
    ev_int(d, SGS_F_REQUEST, f->request);
    if (ev) {
        if (sgs_event_get(ev, SGS_F_STATUS)) {
            ev_int(d, SGS_F_STATUS, (uint64_t)sgs_event_int(ev, SGS_F_STATUS, 0));
        }
        ev_text(d, SGS_F_CONTENT_TYPE, sgs_event_text(ev, SGS_F_CONTENT_TYPE));
        ev_text(d, SGS_F_RESULT, sgs_event_text(ev, SGS_F_RESULT));
        ev_ms(d, SGS_F_RTT_MS, ev->origin.time_last - f->origin.time);
        ev_str(d, SGS_F_OUTCOME, "answered");
    } else {
        ev_ms(d, SGS_F_IDLE_MS, f->end - f->origin.time);
        ev_str(d, SGS_F_OUTCOME, f->outcome);
    }
    put_chain(d, f->certificate, f->conn_of_chain);
    sgs_engine_emit(r->engine, d);
}

/* requests and answers */

static struct sgs_slice id_key(const uint64_t *id)
{
    return sgs_slice(id, sizeof *id);
}

/* What a request of the chain engine of Windows, or a search, is for when no certificate was seen
 * that names its URL: by the end of its path (RFC 5280, sections 4.2.1.13 and 4.2.2.1) or its
 * attribute (RFC 4523, section 4). */
static const char *how_by_name(struct sgs_slice url)
{
    static const struct {
        const char *tail;
        const char *how;
    } tails[] = {
        {".crl",           "crl"},
        {".crt",           "aia"},
        {".cer",           "aia"},
        {".p7b",           "aia"},
        {".p7c",           "aia"},
        {"RevocationList", "crl"},
        {"?cACertificate", "aia"},
    };

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        if (sgs_slice_iends(url, sgs_slice_str(tails[i].tail))) {
            return tails[i].how;
        }
    }
    return NULL;
}

/* The URL asked for into out; empty: not known, or too long. */
static struct sgs_slice url_of(const struct sgs_event *ev, char out[SGS_REVOCATION_URL + 1])
{
    struct sgs_slice host = sgs_event_text(ev, SGS_F_HOST);
    struct sgs_slice target = sgs_event_text(ev, SGS_F_TARGET);
    bool is_tls = sgs_slice_find(ev->layers, SGS_LIT("tls")) < ev->layers.len;
    int n = 0;

    if (sgs_slice_starts(target, SGS_LIT("/"))) {
        if (host.len == 0) {
            return host;
        }
        n = snprintf(out, SGS_REVOCATION_URL + 1, "%s://%.*s%.*s", is_tls ? "https" : "http",
                     (int)host.len, (const char *)host.ptr, (int)target.len,
                     (const char *)target.ptr);
    } else {
        n = snprintf(out, SGS_REVOCATION_URL + 1, "%.*s", (int)target.len,
                     (const char *)target.ptr);
    }
    return n > 0 && n <= SGS_REVOCATION_URL ? sgs_slice(out, (size_t)n)
                                            : (struct sgs_slice){NULL, 0};
}

static void forget_oldest(struct sgs_revocation *r)
{
    struct sgs_slice key;
    void *value = NULL;
    size_t cursor = 0;

    if (sgs_map_next(r->fetches, &cursor, &key, &value)) {
        const struct fetch *f = value;
        r->n_ended -= f->outcome != NULL;
        (void)sgs_map_del(r->fetches, key);
        free(value);
    }
}

static void see_request(struct sgs_revocation *r, const struct sgs_event *ev)
{
    bool is_search = ev->kind == SGS_K_LDAP_REQUEST;
    bool is_sure = is_search || sgs_slice_starts(sgs_event_text(ev, SGS_F_USER_AGENT),
                                                 SGS_LIT("Microsoft-CryptoAPI/"));
    char text[SGS_REVOCATION_URL + 1];

    r->asked[ev->id % N_ASKED].id = ev->id;
    r->asked[ev->id % N_ASKED].time = ev->origin.time;
    if (!is_sure && sgs_revocation_is_empty(r->sources)) {
        return;
    }
    struct sgs_slice url = is_search ? sgs_event_text(ev, SGS_F_URL) : url_of(ev, text);
    const struct sgs_revocation_source *s =
        url.len > 0 ? sgs_revocation_by_url(r->sources, &ev->client, url) : NULL;
    const char *how = s ? s->how : is_sure ? how_by_name(url) : NULL;
    url = s && is_search ? sgs_slice(s->url, s->url_len) : url;
    if (!how || url.len == 0 || url.len > SGS_REVOCATION_URL) {
        return;
    }
    if (sgs_map_len(r->fetches) >= SGS_MAX_REVOCATION_FETCHES) {
        forget_oldest(r);
    }
    struct fetch *f = sgs_xcalloc(1, sizeof *f);
    f->request = ev->id;
    f->certificate = s ? s->certificate : 0;
    f->conn_of_chain = s ? s->conn : 0;
    f->info = info_of(ev);
    f->origin = ev->origin;
    f->trust = ev->trust;
    f->how = how;
    f->layers_len = ev->layers.len <= sizeof f->layers ? ev->layers.len : 0;
    memcpy(f->layers, ev->layers.ptr, f->layers_len);
    f->url_len = url.len;
    memcpy(f->url, url.ptr, url.len);
    free(sgs_map_put(r->fetches, id_key(&f->request), f));
}

static void see_response(struct sgs_revocation *r, const struct sgs_event *ev)
{
    uint64_t request = (uint64_t)sgs_event_int(ev, SGS_F_REQUEST, 0);
    bool is_final = ev->kind == SGS_K_LDAP_RESPONSE ? sgs_event_get(ev, SGS_F_RESULT) != NULL
                                                    : sgs_event_int(ev, SGS_F_STATUS, 0) >= 200;

    if (request == 0 || !is_final) { /* 1xx, or the entries of a search */
        return;
    }
    struct fetch *f = sgs_map_del(r->fetches, id_key(&request));
    if (f) {
        r->n_ended -= f->outcome != NULL;
        if (!f->is_told) {
            tell_fetch(r, f, ev);
        }
        free(f);
    }
}

/* The message that a body's event names in `in` comes soon after it. */
static const struct sgs_event *message_of(const struct sgs_revocation *r,
                                          const struct sgs_event *ev)
{
    struct sgs_draft *d = r->engine->queue;

    for (size_t i = 0; d && i < MAX_AHEAD; i++, d = d->next) {
        if (d->ev.id == ev->in) {
            return sgs_draft_seal(d);
        }
    }
    return NULL;
}

/* What a body said becomes one with its request and answer. */
static void see_body(struct sgs_revocation *r, struct sgs_draft *d)
{
    const struct sgs_event *ev = &d->ev;
    const struct sgs_event *message = message_of(r, ev);
    const struct sgs_revocation_source *s =
        sgs_revocation_by_url(r->sources, &ev->client, sgs_event_text(ev, SGS_F_URL));
    bool is_answer =
        message && (message->kind == SGS_K_HTTP_RESPONSE || message->kind == SGS_K_LDAP_RESPONSE);
    uint64_t request = is_answer ? (uint64_t)sgs_event_int(message, SGS_F_REQUEST, 0) : 0;
    struct fetch *f = request > 0 ? sgs_map_get(r->fetches, id_key(&request)) : NULL;

    if (is_answer) {
        int64_t status = sgs_event_int(message, SGS_F_STATUS, 0);
        if (status > 0) {
            ev_int(d, SGS_F_STATUS, (uint64_t)status);
        }
        ev_str(d, SGS_F_OUTCOME, "answered");
    }
    if (request > 0) {
        ev_int(d, SGS_F_REQUEST, request);
        if (r->asked[request % N_ASKED].id == request) {
            ev_ms(d, SGS_F_RTT_MS, message->origin.time_last - r->asked[request % N_ASKED].time);
        }
    }
    if (f) {
        f->is_told = true;
    }
    if (s) {
        put_chain(d, s->certificate, s->conn);
    }
    if (s && message && message->kind == SGS_K_LDAP_RESPONSE) {
        ev_text(d, SGS_F_URL, sgs_slice(s->url, s->url_len));
    }
}

/* the ends of connections */

static const char *outcome_of(const struct sgs_event *ev)
{
    bool is_server = sgs_slice_eq(sgs_event_text(ev, SGS_F_BY), SGS_LIT("server"));

    if (ev->kind == SGS_K_TCP_RESET) {
        return "reset";
    }
    return is_server ? "closed" : "unanswered";
}

static void see_end(struct sgs_revocation *r, const struct sgs_event *ev)
{
    void *value = NULL;
    size_t cursor = 0;

    while (sgs_map_len(r->fetches) > 0 && sgs_map_next(r->fetches, &cursor, NULL, &value)) {
        struct fetch *f = value;
        bool is_here = f->info.transport == ev->transport && f->info.number == ev->conn;
        if (is_here && !f->outcome) {
            f->outcome = outcome_of(ev);
            f->end = ev->origin.time_last;
            f->is_hidden |= ev->kind == SGS_K_TCP_CLOSED && f->end - f->origin.time < FRESH &&
                            sgs_slice_eq(sgs_event_text(ev, SGS_F_WHY), SGS_LIT("capture"));
            r->n_ended++;
        }
    }
}

static void see_gap(struct sgs_revocation *r, const struct sgs_event *ev)
{
    void *value = NULL;
    size_t cursor = 0;

    while (sgs_map_len(r->fetches) > 0 && sgs_map_next(r->fetches, &cursor, NULL, &value)) {
        struct fetch *f = value;
        f->is_hidden |= f->info.transport == ev->transport && f->info.number == ev->conn;
    }
}

/* connections to a directory */

/* The server of a connection as a certificate may name it: a name looked up, its address, for LDAP
 * nothing at all. */
static const struct sgs_revocation_source *source_of_server(const struct sgs_revocation *r,
                                                            const struct sgs_event *ev)
{
    const struct sgs_addr *server = ev->dir == SGS_C2S ? &ev->dst : &ev->src;
    char address[SGS_ADDR_TEXT_LEN];
    const struct sgs_revocation_source *s = NULL;

    sgs_addr_host(server, address);
    const struct sgs_slice hosts[] = {
        sgs_asked_name(r->engine->asked, &ev->client, server, ev->origin.time),
        sgs_slice_str(address), SGS_LIT("")};
    for (size_t i = 0; i < 3 && !s; i++) {
        if (hosts[i].len > 0 || (i == 2 && sgs_revocation_is_ldap(server->port))) {
            s = sgs_revocation_by_place(r->sources, &ev->client, hosts[i], server->port,
                                        ev->origin.time);
        }
    }
    return s;
}

static struct sgs_slice conn_key(const uint32_t *conn)
{
    return sgs_slice(conn, sizeof *conn);
}

static void see_open(struct sgs_revocation *r, const struct sgs_event *ev)
{
    const struct sgs_revocation_source *s = source_of_server(r, ev);

    if (s && sgs_map_len(r->visits) < SGS_MAX_REVOCATION_FETCHES) {
        struct visit *v = sgs_xcalloc(1, sizeof *v);
        *v = (struct visit){ev->conn, info_of(ev), ev->origin, *s};
        free(sgs_map_put(r->visits, conn_key(&v->conn), v));
    }
}

/* What is read there shows itself what it is for. */
static void see_search(struct sgs_revocation *r, const struct sgs_event *ev)
{
    if (ev->transport == SGS_TCP &&
        sgs_slice_eq(sgs_event_text(ev, SGS_F_OP), SGS_LIT("searchRequest"))) {
        free(sgs_map_del(r->visits, conn_key(&ev->conn)));
        see_request(r, ev);
    }
}

static void see_leave(struct sgs_revocation *r, const struct sgs_event *ev)
{
    struct visit *v = ev->transport == SGS_TCP ? sgs_map_del(r->visits, conn_key(&ev->conn)) : NULL;

    if (v) {
        sgs_engine_emit(r->engine, open_attempt(r, &v->info, &v->origin, &v->source, "connected"));
        free(v);
    }
}

void sgs_revocation_settle(struct sgs_revocation *r)
{
    struct sgs_slice key;
    void *value = NULL;
    size_t cursor = 0;

    while (r->n_ended > 0 && sgs_map_next(r->fetches, &cursor, &key, &value)) {
        struct fetch *f = value;
        if (f->outcome) {
            if (!f->is_hidden && !f->is_told) {
                tell_fetch(r, f, NULL);
            }
            r->n_ended--;
            (void)sgs_map_del(r->fetches, key);
            free(f);
        }
    }
}

/* attempts without a connection */

static void see_attempt(struct sgs_revocation *r, const struct sgs_event *ev, const char *outcome)
{
    const struct sgs_revocation_source *s = source_of_server(r, ev);

    if (s) {
        tell_attempt(r, ev, s, outcome);
    }
}

/* A name without address.  One type of address speaks for both, unless it is only this type that
 * the name does not have. */
static void see_lookup(struct sgs_revocation *r, const struct sgs_event *ev)
{
    struct sgs_slice rcode = sgs_event_text(ev, SGS_F_RCODE);

    if (sgs_slice_eq(sgs_event_text(ev, SGS_F_TYPE), SGS_LIT("A")) &&
        !sgs_slice_eq(rcode, SGS_LIT("NOERROR"))) {
        const struct sgs_revocation_source *s = sgs_revocation_by_host(
            r->sources, &ev->client, sgs_event_text(ev, SGS_F_NAME), ev->origin.time);
        if (s) {
            tell_attempt(r, ev, s, "unresolved");
        }
    }
}

void sgs_revocation_see(struct sgs_revocation *r, struct sgs_draft *d)
{
    const struct sgs_event *ev = sgs_draft_seal(d);

    switch ((int)ev->kind) { /* of all kinds these */
    case SGS_K_TLS_CERTIFICATE:
        sgs_revocation_learn(r->sources, ev);
        break;
    case SGS_K_HTTP_REQUEST:
        see_request(r, ev);
        break;
    case SGS_K_LDAP_REQUEST:
        see_search(r, ev);
        break;
    case SGS_K_HTTP_RESPONSE:
    case SGS_K_LDAP_RESPONSE:
        see_response(r, ev);
        break;
    case SGS_K_REVOCATION_FETCH:
        if (ev->layers.len > 0 && !sgs_event_get(ev, SGS_F_OUTCOME)) { /* not one of ours */
            see_body(r, d);
        }
        break;
    case SGS_K_TCP_RESET:
    case SGS_K_TCP_CLOSED:
        see_end(r, ev);
        see_leave(r, ev);
        break;
    case SGS_K_NET_GAP:
        see_gap(r, ev);
        break;
    case SGS_K_TCP_REFUSED:
        see_attempt(r, ev, "refused");
        break;
    case SGS_K_TCP_UNANSWERED:
        see_attempt(r, ev, "unanswered");
        break;
    case SGS_K_TCP_OPEN:
        if (sgs_revocation_is_ldap(ev->dst.port)) {
            see_open(r, ev);
        }
        break;
    case SGS_K_DNS_RESPONSE:
    case SGS_K_DNS_UNANSWERED:
        see_lookup(r, ev);
        break;
    default:
        break;
    }
}
