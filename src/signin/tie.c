/*
 * Events name places (ties.def); what goes to such a place afterwards was told so.  Beside places
 * there are connections: what is sent through a tunnel has the answer that opened it, and what is
 * sent without credentials on a connection that NTLM or Kerberos has proven has that proof.  And
 * there are dialogues of SIP: a Call-ID that is seen on another connection goes on there.
 */
#include "signin/tie.h"

#include <string.h>

#include <signscope/limits.h>

#include "signin/cond.h"
#include "signin/step.h"

enum form {
    FORM_URL,
    FORM_HOST_PORT,
    FORM_CONTACT,
    FORM_LINKS,
    FORM_SRV,
    FORM_PRINCIPAL,
    FORM_TICKET
};

static const struct {
    enum sgs_kind kind;
    enum sgs_field_id field;
    enum form form;
    const char *how;
    const struct sgs_cond *conds;
} ties[] = {
#define TIE(kind, field, form, how, conds) {SGS_K_##kind, SGS_F_##field, FORM_##form, how, conds},
#include "signin/ties.def"
#undef TIE
};

#define SIP "sip"     /* a connection that is only known */
#define MAX_BECAUSE 6 /* of one step: an exchange goes to one place, and shows few things */

/* How well something fits what was named. */
enum fit {
    APART,
    BY_NAME, /* its host is the one */
    WHOLLY   /* all that was named is the same */
};

/* A place that was named. */
struct place {
    const char *how;
    enum form form;
    struct sgs_slice host; /* of FORM_TICKET the fingerprint */
    struct sgs_slice path; /* of FORM_URL and FORM_LINKS; empty: any */
    uint64_t port;         /* 0: not told */
    const struct sgs_event *event;
    struct sgs_slice giver; /* host whose answer it was */
};

/* A connection that something is known of. */
struct conn {
    const char *how;
    struct sgs_conn_id id;
    const struct sgs_event *event;
    size_t layers; /* length of the path of layers that opened the tunnel */
};

/* A Call-ID, and where it was seen last. */
struct dialogue {
    struct sgs_slice call_id;
    struct sgs_conn_id conn;
    const struct sgs_event *event;
};

struct tier {
    struct sgs_arena *arena;
    struct place places[SGS_MAX_TIES]; /* a ring */
    struct conn conns[SGS_MAX_TIES];
    struct dialogue dialogues[SGS_MAX_TIES];
    size_t n_places, n_conns, n_dialogues; /* ever */
    const struct sgs_exchange *x;          /* the one at hand */
    bool is_first;                         /* of SIP on its connection */
    struct sgs_because list[MAX_BECAUSE];
    size_t n;
    struct sgs_slice shown;
};

static void because(struct tier *t, const char *how, const struct sgs_event *event, enum fit fit)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->list[i].how, how) == 0) {
            return; /* a later one was found before */
        }
    }
    if (t->n < MAX_BECAUSE) {
        t->list[t->n++] = (struct sgs_because){event->id, event->origin.frame, how,
                                               fit == WHOLLY ? SGS_PROVEN : SGS_LIKELY};
    }
}

/* places */

static struct sgs_slice without_port(struct sgs_slice host)
{
    return sgs_slice_trim(sgs_slice_head(host, sgs_slice_chr(host, ':')));
}

/* 0: none is there. */
static uint64_t port_of(struct sgs_slice host)
{
    uint64_t port = 0;

    (void)sgs_slice_uint(sgs_slice_from(host, sgs_slice_chr(host, ':') + 1), UINT16_MAX, &port);
    return port;
}

static struct sgs_slice without_query(struct sgs_slice path)
{
    return sgs_slice_head(path, sgs_slice_chr(path, '?'));
}

static void add(struct tier *t, struct place p)
{
    if (p.host.len > 0) {
        t->places[t->n_places++ % SGS_MAX_TIES] = p;
    }
}

static void add_place(struct tier *t, size_t tie, struct sgs_slice host, uint64_t port,
                      const struct sgs_event *event)
{
    const struct sgs_slice any = {NULL, 0};

    add(t, (struct place){ties[tie].how, ties[tie].form, host, any, port, event, t->x->host});
}

static void add_path(struct tier *t, size_t tie, struct sgs_slice host, struct sgs_slice path,
                     const struct sgs_event *event)
{
    add(t, (struct place){ties[tie].how, ties[tie].form, host, path, 0, event, t->x->host});
}

/* https://host:port/path?query, or a path on the host that was asked. */
static void add_url(struct tier *t, size_t tie, struct sgs_slice url, const struct sgs_event *event)
{
    size_t scheme = sgs_slice_find(url, SGS_LIT("://"));
    struct sgs_slice rest = sgs_slice_from(url, scheme + 3);
    size_t slash = sgs_slice_chr(rest, '/');

    if (scheme < url.len) {
        add_path(t, tie, without_port(sgs_slice_head(rest, slash)),
                 without_query(sgs_slice_from(rest, slash)), event);
    } else if (sgs_slice_starts(url, SGS_LIT("/"))) {
        add_path(t, tie, t->x->host, without_query(url), event);
    }
}

/* sip:pool01.contoso.com:5061;transport=tls, with or without a user. */
static void add_contact(struct tier *t, size_t tie, struct sgs_slice uri,
                        const struct sgs_event *event)
{
    struct sgs_slice host = sgs_slice_from(uri, sgs_slice_chr(uri, ':') + 1);
    size_t at = sgs_slice_chr(host, '@');

    host = at < host.len ? sgs_slice_from(host, at + 1) : host;
    host = sgs_slice_head(host, sgs_slice_chr(host, ';'));
    add_place(t, tie, without_port(host), port_of(host), event);
}

/* "0 0 5061 pool01.contoso.com" */
static void add_targets(struct tier *t, size_t tie, const struct sgs_value *v,
                        const struct sgs_event *event)
{
    for (size_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < v->rows[i].n; k++) {
            struct sgs_slice rest = v->rows[i].members[k].text;
            if (!sgs_slice_eq(v->rows[i].members[k].name, SGS_LIT("data"))) {
                continue;
            }
            uint64_t port = 0;
            (void)sgs_slice_cut(&rest, ' ');
            (void)sgs_slice_cut(&rest, ' ');
            (void)sgs_slice_uint(sgs_slice_cut(&rest, ' '), UINT16_MAX, &port);
            add_place(t, tie, rest, port, event);
        }
    }
}

static void learn_value(struct tier *t, size_t tie, const struct sgs_value *v,
                        const struct sgs_event *event)
{
    switch (ties[tie].form) {
    case FORM_URL:
        add_url(t, tie, v->text, event);
        break;
    case FORM_LINKS:
        for (size_t k = 0; v->n > 0 && k < v->rows[0].n; k++) {
            add_url(t, tie, v->rows[0].members[k].text, event);
        }
        break;
    case FORM_HOST_PORT:
        add_place(t, tie, without_port(v->text), port_of(v->text), event);
        break;
    case FORM_CONTACT:
        add_contact(t, tie, v->text, event);
        break;
    case FORM_SRV:
        add_targets(t, tie, v, event);
        break;
    case FORM_PRINCIPAL:
    case FORM_TICKET:
        add_place(t, tie, v->text, 0, event);
        break;
    }
}

static void add_conn(struct tier *t, const char *how, const struct sgs_event *ev)
{
    t->conns[t->n_conns++ % SGS_MAX_TIES] = (struct conn){how, sgs_conn_id(ev), ev, ev->layers.len};
}

static void learn(struct tier *t, const struct sgs_event *ev)
{
    for (size_t i = 0; i < sizeof ties / sizeof *ties; i++) {
        const struct sgs_value *v =
            ties[i].kind == ev->kind ? sgs_event_get(ev, ties[i].field) : NULL;
        if (v && (!ties[i].conds || sgs_cond_all(ties[i].conds, t->x))) {
            learn_value(t, i, v, ev);
        }
    }
    bool is_proof = ev->kind == SGS_K_AUTH_RESULT && sgs_event_get(ev, SGS_F_MECH) &&
                    sgs_slice_eq(sgs_event_text(ev, SGS_F_CARRIER), SGS_LIT("http")) &&
                    sgs_slice_eq(sgs_event_text(ev, SGS_F_RESULT), SGS_LIT("accepted"));
    if (is_proof) {
        add_conn(t, "authenticated-connection", ev);
    }
    bool is_tunnel = ev == t->x->rsp && t->x->proto == SGS_P_HTTP && t->x->req &&
                     sgs_slice_eq(sgs_event_text(t->x->req, SGS_F_METHOD), SGS_LIT("CONNECT")) &&
                     sgs_event_int(ev, SGS_F_STATUS, 0) / 100 == 2;
    if (is_tunnel) {
        add_conn(t, "tunnel", ev);
    }
}

/* what goes there */

static bool is_below(struct sgs_slice target, struct sgs_slice path)
{
    struct sgs_slice rest = sgs_slice_from(target, path.len);

    return sgs_slice_istarts(target, path) &&
           (rest.len == 0 || path.len == 0 || path.ptr[path.len - 1] == '/' || rest.ptr[0] == '/' ||
            rest.ptr[0] == '?');
}

/* The target without scheme and host, which proxies are told. */
static struct sgs_slice path_of(struct sgs_slice target)
{
    size_t scheme = sgs_slice_find(target, SGS_LIT("://"));
    struct sgs_slice rest = sgs_slice_from(target, scheme + 3);

    return scheme < target.len ? sgs_slice_from(rest, sgs_slice_chr(rest, '/')) : target;
}

/* Where those who show a ticket have its fingerprint. */
static struct sgs_slice ticket_of(const struct sgs_event *ev)
{
    const struct sgs_slice none = {NULL, 0};

    if (ev->kind == SGS_K_TLS_CERTIFICATE) {
        bool is_users = sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("client"));
        return is_users ? sgs_event_text(ev, SGS_F_SHA256) : none;
    }
    return ev->kind == SGS_K_KERBEROS_AP_REQ   ? sgs_event_text(ev, SGS_F_TICKET)
           : ev->kind == SGS_K_TOKEN_PRESENTED ? sgs_event_text(ev, SGS_F_DIGEST)
                                               : none;
}

static bool has_ticket(const struct sgs_exchange *x, struct sgs_slice ticket)
{
    for (size_t i = 0; i < x->n_inner; i++) {
        if (sgs_slice_eq(ticket_of(x->inner[i]), ticket)) {
            return true;
        }
    }
    return false;
}

static bool is_same(struct sgs_conn_id a, struct sgs_conn_id b)
{
    return a.transport == b.transport && a.number == b.number;
}

/* Of SIP the first message on a connection goes somewhere, the others stay there. */
static bool is_first(const struct tier *t)
{
    struct sgs_conn_id id = sgs_conn_id(sgs_exchange_first(t->x));

    for (size_t i = 0; i < t->n_conns && i < SGS_MAX_TIES; i++) {
        const struct conn *c = &t->conns[i];
        if (strcmp(c->how, SIP) == 0 && is_same(c->id, id)) {
            return false;
        }
    }
    return true;
}

static enum fit fit_of_port(const struct sgs_exchange *x, uint64_t port)
{
    const struct sgs_event *ev = sgs_exchange_first(x);

    if (x->proto == SGS_P_DNS) {
        return BY_NAME;
    }
    return port == (ev->dir == SGS_C2S ? ev->dst.port : ev->src.port) ? WHOLLY : BY_NAME;
}

static enum fit fit_of_path(const struct sgs_exchange *x, struct sgs_slice path)
{
    if (x->proto != SGS_P_HTTP) {
        return x->proto != SGS_P_SIP && x->proto != SGS_P_KERBEROS ? BY_NAME : APART;
    }
    if (!is_below(path_of(sgs_event_text(x->req, SGS_F_TARGET)), path)) {
        return APART;
    }
    return path.len > 1 ? WHOLLY : BY_NAME;
}

static enum fit fit_of(const struct tier *t, const struct place *p)
{
    const struct sgs_exchange *x = t->x;

    if (p->form == FORM_TICKET) {
        return has_ticket(x, p->host) ? WHOLLY : APART;
    }
    if (!x->req || !sgs_slice_ieq(x->host, p->host) ||
        p->event->origin.time_last > x->req->origin.time) {
        return APART;
    }
    if (p->form == FORM_URL || p->form == FORM_LINKS) {
        return fit_of_path(x, p->path);
    }
    if (p->form == FORM_PRINCIPAL) {
        return x->proto == SGS_P_KERBEROS ? BY_NAME : APART;
    }
    bool is_way = x->proto != SGS_P_HTTP && x->proto != SGS_P_KERBEROS &&
                  (x->proto != SGS_P_SIP || t->is_first);
    return is_way ? fit_of_port(x, p->port) : APART;
}

static bool goes_through(const struct sgs_exchange *x, const struct conn *c)
{
    const struct sgs_event *ev = sgs_exchange_first(x);

    if (!is_same(sgs_conn_id(ev), c->id) || strcmp(c->how, SIP) == 0) {
        return false;
    }
    if (strcmp(c->how, "tunnel") == 0) {
        return ev->layers.len > c->layers;
    }
    return x->proto == SGS_P_HTTP && x->req && ev->layers.len == c->layers &&
           !sgs_event_get(x->req, SGS_F_AUTH_SCHEME);
}

/* "shows the token that web.contoso.com gave in frame 46"; a Kerberos ticket has its service for a
 * name. */
static struct sgs_slice shown(struct sgs_arena *a, const struct place *p)
{
    return sgs_arena_printf(a, "shows the %s that %.*s gave in frame %llu", p->how,
                            p->giver.len > 0 ? (int)p->giver.len : (int)sizeof "the server" - 1,
                            p->giver.len > 0 ? (const char *)p->giver.ptr : "the server",
                            (unsigned long long)p->event->origin.frame);
}

/* The latest first. */
static void explain(struct tier *t)
{
    for (size_t n = t->n_places; n > 0 && t->n_places - n < SGS_MAX_TIES; n--) {
        const struct place *p = &t->places[(n - 1) % SGS_MAX_TIES];
        enum fit fit = fit_of(t, p);
        if (fit != APART) {
            bool is_told = p->form == FORM_TICKET && p->event->kind != SGS_K_KERBEROS_TGS_REP;
            if (is_told && t->shown.len == 0) {
                t->shown = shown(t->arena, p);
            }
            because(t, p->how, p->event, fit);
        }
    }
    for (size_t n = t->n_conns; n > 0 && t->n_conns - n < SGS_MAX_TIES; n--) {
        const struct conn *c = &t->conns[(n - 1) % SGS_MAX_TIES];
        if (goes_through(t->x, c)) {
            because(t, c->how, c->event, WHOLLY);
        }
    }
}

static struct sgs_slice call_id_of(const struct sgs_exchange *x)
{
    struct sgs_slice id = {NULL, 0};

    if (x->req) {
        id = sgs_event_text(x->req, SGS_F_CALL_ID);
    }
    return id.len > 0 || !x->rsp ? id : sgs_event_text(x->rsp, SGS_F_CALL_ID);
}

/* Where a dialogue is noted: the place it has, or the oldest. */
static struct dialogue *place_of(struct tier *t, struct sgs_slice call_id)
{
    for (size_t i = 0; i < t->n_dialogues && i < SGS_MAX_TIES; i++) {
        if (sgs_slice_eq(t->dialogues[i].call_id, call_id)) {
            return &t->dialogues[i];
        }
    }
    struct dialogue *d = &t->dialogues[t->n_dialogues++ % SGS_MAX_TIES];
    *d = (struct dialogue){0};
    return d;
}

static void follow_dialogue(struct tier *t)
{
    const struct sgs_exchange *x = t->x;
    struct sgs_slice call_id = call_id_of(x);

    if (x->proto != SGS_P_SIP || call_id.len == 0) {
        return;
    }
    struct dialogue *d = place_of(t, call_id);
    struct sgs_conn_id conn = sgs_conn_id(sgs_exchange_first(x));
    if (d->call_id.len > 0 && !is_same(d->conn, conn)) {
        because(t, "call-id", d->event, WHOLLY);
    }
    *d = (struct dialogue){call_id, conn, x->rsp ? x->rsp : x->req};
}

void sgs_ties_find(const struct sgs_exchange *const *list, struct sgs_step *acts, size_t n,
                   struct sgs_arena *a)
{
    struct tier *t = sgs_arena_alloc(a, sizeof *t);

    for (size_t i = 0; t && i < n; i++) {
        t->arena = a;
        t->x = list[i];
        t->n = 0;
        t->shown = (struct sgs_slice){NULL, 0};
        t->is_first = list[i]->proto == SGS_P_SIP && is_first(t);
        explain(t);
        follow_dialogue(t);
        struct sgs_because *own = t->n > 0 ? sgs_arena_array(a, t->n, sizeof *own) : NULL;
        if (own) {
            memcpy(own, t->list, t->n * sizeof *own);
            acts[i].because = own;
            acts[i].n_because = t->n;
        }
        acts[i].shown = t->shown;
        acts[i].note = sgs_step_join(acts[i].note, t->shown, a);
        if (t->is_first) {
            add_conn(t, SIP, sgs_exchange_first(list[i]));
        }
        if (list[i]->rsp) {
            learn(t, list[i]->rsp);
        }
        for (size_t k = 0; k < list[i]->n_inner; k++) {
            learn(t, list[i]->inner[k]);
        }
    }
}
