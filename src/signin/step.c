/* Exchanges as steps. */
#include "signin/step.h"

#include <stdio.h>
#include <stdlib.h>

#include <signscope/buf.h>

#define MAX_LINE 4096 /* octets of one request or response text: longer ones are cut */

const char *sgs_proto_name(enum sgs_proto proto)
{
    static const char *const names[] = {"dns", "tcp", "tls", "http", "sip", "kerberos"};
    return names[proto];
}

static void put(struct sgs_buf *b, struct sgs_slice s)
{
    if (s.len == 0) {
        return;
    }
    if (b->len > 0) {
        (void)sgs_buf_add_octet(b, ' ');
    }
    (void)sgs_buf_add(b, s);
}

static void put_list(struct sgs_buf *b, const struct sgs_value *v)
{
    for (size_t i = 0; v && i < v->n; i++) {
        if (i > 0) {
            (void)sgs_buf_add_octet(b, ',');
            (void)sgs_buf_add(b, v->list[i]);
        } else {
            put(b, v->list[i]);
        }
    }
}

/* The data of answer records that are of the type asked. */
static void put_answers(struct sgs_buf *b, const struct sgs_event *rsp)
{
    const struct sgs_value *v = sgs_event_get(rsp, SGS_F_ANSWERS);
    for (size_t i = 0; v && i < v->n; i++) {
        for (size_t j = 0; j < v->rows[i].n; j++) {
            if (sgs_slice_eq(v->rows[i].members[j].name, SGS_LIT("data"))) {
                put(b, v->rows[i].members[j].text);
            }
        }
    }
}

static struct sgs_slice finish(struct sgs_buf *b, struct sgs_arena *a)
{
    struct sgs_slice s = sgs_arena_copy(a, sgs_buf_slice(b));
    sgs_buf_clear(b);
    return s;
}

static struct sgs_slice request_text(const struct sgs_exchange *x, struct sgs_arena *a)
{
    struct sgs_buf b;
    sgs_buf_init(&b, MAX_LINE);
    if (x->req) {
        switch (x->proto) {
        case SGS_P_DNS:
            put(&b, sgs_event_text(x->req, SGS_F_TYPE));
            put(&b, sgs_event_text(x->req, SGS_F_NAME));
            break;
        case SGS_P_HTTP:
            put(&b, sgs_event_text(x->req, SGS_F_METHOD));
            put(&b, sgs_event_text(x->req, SGS_F_TARGET));
            break;
        case SGS_P_SIP:
            put(&b, sgs_event_text(x->req, SGS_F_METHOD));
            put(&b, sgs_event_text(x->req, SGS_F_AUTH_SCHEME));
            break;
        case SGS_P_KERBEROS:
            put(&b, x->req->kind == SGS_K_KERBEROS_AS_REQ ? SGS_LIT("AS-REQ") : SGS_LIT("TGS-REQ"));
            put(&b, sgs_event_text(x->req, SGS_F_SNAME));
            break;
        case SGS_N_PROTOS:
        case SGS_P_TCP:
            put(&b, SGS_LIT("SYN"));
            break;
        case SGS_P_TLS:
            put(&b,
                x->req->kind == SGS_K_TLS_CLIENT_HELLO ? SGS_LIT("ClientHello") : SGS_LIT("TLS"));
            break;
        }
    }
    return finish(&b, a);
}

static void put_status(struct sgs_buf *b, const struct sgs_event *rsp)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)sgs_event_int(rsp, SGS_F_STATUS, 0));
    put(b, sgs_slice_str(text));
    put_list(b, sgs_event_get(rsp, SGS_F_AUTH_SCHEMES));
}

/* How a handshake ended; when it went well, why the inside stayed closed. */
static struct sgs_slice tls_end(const struct sgs_event *session)
{
    struct sgs_slice end = sgs_event_text(session, SGS_F_END);
    bool is_fine = end.len == 0 || sgs_slice_eq(end, SGS_LIT("ok"));
    return is_fine ? sgs_event_text(session, SGS_F_REASON) : end;
}

/* Version and protocol, where a handshake got so far and nothing inside was read. */
static void put_agreed(struct sgs_buf *b, const struct sgs_exchange *x)
{
    const struct sgs_event *session = x->n_inner > 0 ? x->inner[0] : x->rsp;
    put(b, sgs_event_text(session, SGS_F_VERSION));
    put_list(b, sgs_event_get(session, SGS_F_ALPN));
}

/* The error, or what was issued. */
static struct sgs_slice kerberos_answer(const struct sgs_event *rsp)
{
    struct sgs_slice error = sgs_event_text(rsp, SGS_F_ERROR);
    struct sgs_slice issued =
        rsp->kind == SGS_K_KERBEROS_AS_REP ? SGS_LIT("AS-REP") : SGS_LIT("TGS-REP");
    return error.len > 0 ? error : issued;
}

static struct sgs_slice response_text(const struct sgs_exchange *x, struct sgs_arena *a)
{
    struct sgs_buf b;
    sgs_buf_init(&b, MAX_LINE);
    const struct sgs_event *rsp = x->rsp;
    if (rsp) {
        switch (x->proto) {
        case SGS_P_DNS:
            put(&b, sgs_event_text(rsp, SGS_F_RCODE));
            put_answers(&b, rsp);
            break;
        case SGS_P_HTTP:
        case SGS_P_SIP:
            put_status(&b, rsp);
            break;
        case SGS_P_KERBEROS:
            put(&b, kerberos_answer(rsp));
            break;
        case SGS_N_PROTOS:
        case SGS_P_TCP:
            break;
        case SGS_P_TLS:
            put_agreed(&b, x);
            put(&b, sgs_event_text(rsp, SGS_F_DESCRIPTION));
            put(&b, tls_end(rsp));
            break;
        }
    }
    if (x->proto == SGS_P_TCP) {
        static const char *const words[SGS_N_KINDS] = {[SGS_K_TCP_REFUSED] = "RST",
                                                       [SGS_K_TCP_RESET] = "RST",
                                                       [SGS_K_TCP_UNANSWERED] = "no answer"};
        put(&b, sgs_slice_str(words[x->req->kind]));
    }
    for (size_t i = 0; i < x->n_inner; i++) {
        put(&b, sgs_event_text(x->inner[i], SGS_F_FAULT_CODE));
        if (sgs_event_get(x->inner[i], SGS_F_FAULT_CODE)) {
            put(&b, sgs_event_text(x->inner[i], SGS_F_PSF_CODE));
        }
    }
    return finish(&b, a);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

size_t sgs_numbers_tidy(uint64_t *list, size_t n)
{
    size_t kept = 0;
    qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || list[kept - 1] != list[i]) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

/* The events of one side of the exchange, or of both. */
static size_t collect(const struct sgs_exchange *x, enum sgs_half half,
                      const struct sgs_event **all)
{
    size_t n = 0;
    const struct sgs_event *own[] = {half != SGS_ANSWER ? x->req : NULL,
                                     half != SGS_ANSWER ? x->again : NULL,
                                     half != SGS_QUESTION ? x->rsp : NULL};
    for (size_t i = 0; i < 3; i++) {
        if (own[i]) {
            all[n++] = own[i];
        }
    }
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        bool is_nested = !x->req || ev->in != x->req->id; /* inside what the answer carries */
        bool is_answers = x->rsp && (ev->in == x->rsp->id || (is_nested && ev->dir == x->rsp->dir));
        if (half == SGS_WHOLE || is_answers == (half == SGS_ANSWER)) {
            all[n++] = ev;
        }
    }
    return n;
}

static void put_proof(struct sgs_step *s, const struct sgs_exchange *x, enum sgs_half half,
                      struct sgs_arena *a)
{
    const struct sgs_event *all[SGS_MAX_INNER + 3];
    size_t n = collect(x, half, all);
    uint64_t *frames = n > 0 ? sgs_arena_array(a, 2 * n, sizeof *frames) : NULL;
    uint64_t *events = n > 0 ? sgs_arena_array(a, n, sizeof *events) : NULL;
    s->n_frames = 0;
    s->n_events = 0;
    if (!frames || !events) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        frames[2 * i] = all[i]->origin.frame;
        frames[2 * i + 1] = all[i]->origin.frame_last;
        events[i] = all[i]->id;
    }
    s->frames = frames;
    s->n_frames = sgs_numbers_tidy(frames, 2 * n);
    s->events = events;
    s->n_events = sgs_numbers_tidy(events, n);
}

/* The first item of a list, or nothing. */
static struct sgs_slice first_item(const struct sgs_event *ev, enum sgs_field_id id)
{
    const struct sgs_value *v = sgs_event_get(ev, id);
    return v && v->n > 0 ? v->list[0] : (struct sgs_slice){NULL, 0};
}

/* What an OAuth endpoint says: the code of the directory tells more than the error of the protocol.
 */
static void put_oauth(struct sgs_step *s, const struct sgs_event *ev)
{
    if (s->symbol.len == 0) {
        struct sgs_slice code = first_item(ev, SGS_F_AADSTS);
        s->symbol = code.len > 0 ? code : sgs_event_text(ev, SGS_F_ERROR);
    }
    if (s->reason.len == 0) {
        s->reason = sgs_event_text(ev, SGS_F_ERROR_DESCRIPTION);
    }
}

/* Diagnostics code and reason of the answer, else of a fault inside it. */
static void put_code(struct sgs_step *s, const struct sgs_exchange *x)
{
    s->code = -1;
    if (x->rsp) {
        s->status = sgs_event_int(x->rsp, SGS_F_STATUS, 0);
        s->code = sgs_event_member_number(x->rsp, SGS_F_MS_DIAGNOSTICS, "code", -1);
        s->reason = sgs_event_member(x->rsp, SGS_F_MS_DIAGNOSTICS, "reason");
        s->symbol = sgs_event_text(x->rsp, SGS_F_ERROR);
    }
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        if (ev->kind == SGS_K_OAUTH_RESPONSE) {
            put_oauth(s, ev);
        }
        if (s->code < 0) {
            s->code = sgs_event_member_number(ev, SGS_F_MS_DIAGNOSTICS, "code", -1);
        }
        if (s->symbol.len == 0) {
            s->symbol = sgs_event_text(ev, SGS_F_PSF_CODE);
        }
        if (s->reason.len == 0) {
            s->reason = sgs_event_text(ev, SGS_F_FAULT_REASON);
        }
    }
}

struct sgs_slice sgs_step_certificate(const struct sgs_exchange *x, struct sgs_arena *a)
{
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        const struct sgs_slice name = SGS_LIT("CN=");
        bool is_users = ev->kind == SGS_K_TLS_CERTIFICATE &&
                        sgs_event_int(ev, SGS_F_POSITION, 0) == 0 &&
                        sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("client"));
        if (!is_users) {
            continue;
        }
        struct sgs_slice who = sgs_event_text(ev, SGS_F_SUBJECT);
        who = sgs_slice_from(who, sgs_slice_starts(who, name) ? name.len : 0);
        bool is_early = sgs_slice_eq(sgs_event_text(ev, SGS_F_VALIDITY), SGS_LIT("not-yet"));
        bool is_late = sgs_slice_eq(sgs_event_text(ev, SGS_F_VALIDITY), SGS_LIT("expired"));
        enum sgs_field_id field = is_early ? SGS_F_NOT_BEFORE : SGS_F_NOT_AFTER;
        char day[SGS_TIME_TEXT_LEN];
        (void)sgs_time_rfc3339_s(sgs_event_int(ev, field, SGS_TIME_NONE), day);
        return sgs_arena_printf(a, "certificate of %.*s, %s %.10s", (int)who.len,
                                (const char *)who.ptr,
                                is_early  ? "not valid before"
                                : is_late ? "expired on"
                                          : "valid until",
                                day);
    }
    return (struct sgs_slice){NULL, 0};
}

struct sgs_slice sgs_step_join(struct sgs_slice said, struct sgs_slice more, struct sgs_arena *a)
{
    if (said.len == 0 || more.len == 0) {
        return said.len > 0 ? said : more;
    }
    return sgs_arena_printf(a, "%.*s; %.*s", (int)said.len, (const char *)said.ptr, (int)more.len,
                            (const char *)more.ptr);
}

/* CONTOSO\\ada, ada@CONTOSO.COM, ada */
static struct sgs_slice account_of(const struct sgs_event *ev, struct sgs_arena *a)
{
    bool is_ntlm = ev->kind == SGS_K_NTLM_AUTHENTICATE;
    struct sgs_slice user = sgs_event_text(ev, is_ntlm ? SGS_F_USER : SGS_F_CNAME);
    struct sgs_slice domain = sgs_event_text(ev, is_ntlm ? SGS_F_DOMAIN : SGS_F_CREALM);
    const struct sgs_slice *first = is_ntlm ? &domain : &user;
    const struct sgs_slice *last = is_ntlm ? &user : &domain;

    if (user.len == 0 || domain.len == 0) {
        return user;
    }
    return sgs_arena_printf(a, "%.*s%c%.*s", (int)first->len, (const char *)first->ptr,
                            is_ntlm ? '\\' : '@', (int)last->len, (const char *)last->ptr);
}

/* Who is proven to whom, as far as tokens and tickets name them. */
static void put_names(struct sgs_step *s, const struct sgs_exchange *x, struct sgs_arena *a)
{
    if (x->proto == SGS_P_KERBEROS) {
        s->account = account_of(x->rsp ? x->rsp : x->req, a);
        s->account = s->account.len > 0 ? s->account : account_of(x->req, a);
        s->service = sgs_event_text(x->req, SGS_F_SNAME);
        return;
    }
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        if (ev->kind == SGS_K_NTLM_AUTHENTICATE && s->account.len == 0) {
            s->account = account_of(ev, a);
        } else if (ev->kind == SGS_K_KERBEROS_AP_REQ && s->service.len == 0) {
            s->service = sgs_event_text(ev, SGS_F_SNAME);
        } else if (ev->kind == SGS_K_KERBEROS_ERROR && s->symbol.len == 0) {
            s->symbol = sgs_event_text(ev, SGS_F_ERROR);
        }
    }
    if (s->account.len > 0) {
        s->note = sgs_step_join(
            s->note,
            sgs_arena_printf(a, "as %.*s", (int)s->account.len, (const char *)s->account.ptr), a);
    } else if (s->service.len > 0) {
        s->note = sgs_step_join(s->note,
                                sgs_arena_printf(a, "with a ticket for %.*s", (int)s->service.len,
                                                 (const char *)s->service.ptr),
                                a);
    }
}

/* Which proxy it went through: what comes out of a tunnel has HTTP below it. */
static void put_proxy(struct sgs_step *s, const struct sgs_exchange *x, struct sgs_arena *a)
{
    const struct sgs_event *ev = sgs_exchange_first(x);
    bool is_inside = sgs_slice_find(ev->layers, SGS_LIT("http1/")) < ev->layers.len ||
                     sgs_slice_find(ev->layers, SGS_LIT("http2/")) < ev->layers.len;

    if (is_inside) {
        char text[SGS_ADDR_TEXT_LEN];
        sgs_addr_text(ev->dir == SGS_C2S ? &ev->dst : &ev->src, text);
        s->proxy = sgs_arena_copy(a, sgs_slice_str(text));
    }
}

struct sgs_step sgs_step_make(const struct sgs_exchange *x, const struct sgs_flow_step *row,
                              struct sgs_arena *a)
{
    const struct sgs_event *first = sgs_exchange_first(x);
    struct sgs_step s = {.id = row->id,
                         .name = row->name,
                         .exchange = x,
                         .stage = row->stage,
                         .proto = sgs_proto_name(x->proto),
                         .title = sgs_slice_str(row->title),
                         .request = request_text(x, a),
                         .response = response_text(x, a),
                         .time = first->origin.time,
                         .duration = SGS_TIME_NONE,
                         .transport = first->transport,
                         .conn = first->conn,
                         .verdict = x->ruling->verdict,
                         .trust = first->trust,
                         .effect = x->ruling->effect,
                         .rank = row->rank};
    s.src = x->req ? first->src : first->dst;
    s.dst = x->req ? first->dst : first->src;
    s.host = x->proto == SGS_P_DNS ? (struct sgs_slice){NULL, 0} : x->host;
    if (x->req && x->rsp) {
        s.duration = x->rsp->origin.time_last - x->req->origin.time;
    }
    s.note = sgs_step_join(sgs_slice_str(x->ruling->note), sgs_step_certificate(x, a), a);
    put_code(&s, x);
    put_names(&s, x, a);
    put_proxy(&s, x, a);
    put_proof(&s, x, SGS_WHOLE, a);
    return s;
}

struct sgs_step sgs_step_question(const struct sgs_step *act, const struct sgs_exchange *x,
                                  struct sgs_arena *a)
{
    struct sgs_step s = *act;
    s.response = (struct sgs_slice){NULL, 0};
    s.reason = s.symbol = s.response;
    s.status = 0;
    s.code = -1;
    s.duration = SGS_TIME_NONE;
    if (!x->req) {
        s.time = SGS_TIME_NONE;
        s.verdict = SGS_V_UNSEEN;
        s.note = SGS_LIT("the capture has only the answer");
    } else if (x->rsp || act->verdict == SGS_V_UNSEEN) {
        s.verdict = SGS_V_OK;
        s.note = sgs_step_join(sgs_step_certificate(x, a), act->shown, a);
    }
    put_proof(&s, x, SGS_QUESTION, a);
    return s;
}

struct sgs_step sgs_step_answer(const struct sgs_step *act, const struct sgs_exchange *x,
                                struct sgs_arena *a)
{
    struct sgs_step s = *act;
    s.request = (struct sgs_slice){NULL, 0};
    s.time = x->rsp ? x->rsp->origin.time : SGS_TIME_NONE;
    s.src = act->dst;
    s.dst = act->src;
    s.is_answer = true;
    s.note = sgs_slice_str(x->ruling->note);
    s.because = NULL;
    s.n_because = 0;
    s.trust = x->rsp ? x->rsp->trust : act->trust;
    if (x->row->answer_title) {
        s.title = sgs_slice_str(x->row->answer_title);
    }
    put_proof(&s, x, SGS_ANSWER, a);
    return s;
}
