/*
 * What the header list of an HTTP message says, whatever version brought it (RFC 9110): its body's
 * media type and codings, the host asked, challenges and credentials, and the facts of http.request
 * and http.response.
 */
#include <string.h>

#include <signscope/buf.h>
#include <signscope/cert.h>
#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "http.h"

#define DIAGNOSTICS_MAX 8 /* headers of diagnostics of one answer */

bool sgs_http_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool sgs_http_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

bool sgs_http_is_token(uint8_t c)
{
    return sgs_http_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

size_t sgs_http_run(struct sgs_slice s, bool (*is_kind)(uint8_t c))
{
    size_t n = 0;

    while (n < s.len && is_kind(s.ptr[n])) {
        n++;
    }
    return n;
}

void sgs_http_keep(struct sgs_http_kept *k, struct sgs_slice s)
{
    s = sgs_slice_head(s, SGS_HTTP_KEPT);
    k->len = s.len;
    if (s.len > 0) {
        memcpy(k->octets, s.ptr, s.len);
    }
}

struct sgs_slice sgs_http_kept(const struct sgs_http_kept *k)
{
    return sgs_slice(k->octets, k->len);
}

void sgs_http_mark_all(struct sgs_http_head *head)
{
    for (size_t i = 0; i < head->n_headers; i++) {
        head->marks |= sgs_http_mark(head->headers[i].name);
    }
}

bool sgs_http_find(const struct sgs_http_head *head, struct sgs_slice name, size_t *i,
                   struct sgs_slice *value)
{
    while (*i < head->n_headers) {
        const struct sgs_http_header *h = &head->headers[(*i)++];
        bool may_be = h->name.len == name.len &&
                      ((h->name.ptr[0] ^ name.ptr[0]) & ~0x20) == 0; /* but for case */
        if (may_be && sgs_slice_ieq(h->name, name)) {
            *value = h->value;
            return true;
        }
    }
    return false;
}

struct sgs_slice sgs_http_media(struct sgs_layer *l, const struct sgs_http_head *head)
{
    struct sgs_slice value = sgs_http_header(head, "Content-Type");
    struct sgs_slice media = sgs_slice_trim(sgs_slice_cut(&value, ';'));

    return sgs_arena_lower(sgs_scratch(l), media);
}

struct sgs_slice sgs_http_codings(struct sgs_layer *l, const struct sgs_http_head *head)
{
    static const char *const names[] = {"Content-Encoding", "Transfer-Encoding"};
    struct sgs_buf list;
    struct sgs_slice value;
    struct sgs_slice out;

    sgs_buf_init(&list, SGS_MAX_HTTP_LINE);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t i = 0;
        while (sgs_http_next_header(head, names[n], &i, &value)) {
            while (value.len > 0) {
                struct sgs_slice coding = sgs_slice_trim(sgs_slice_cut(&value, ','));
                if (coding.len > 0 && !sgs_slice_ieq(coding, SGS_LIT("chunked"))) {
                    (void)sgs_buf_add_str(&list, list.len > 0 ? "," : "");
                    (void)sgs_buf_add(&list, coding);
                }
            }
        }
    }
    out = sgs_arena_copy(sgs_scratch(l), sgs_buf_slice(&list));
    sgs_buf_clear(&list);
    return out;
}

static struct sgs_slice unquoted(struct sgs_slice s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"') {
        return rd_at(s, 1, s.len - 2);
    }
    return s;
}

struct sgs_slice sgs_http_soap_action(const struct sgs_http_head *head)
{
    struct sgs_slice action = unquoted(sgs_http_header(head, "SOAPAction"));

    if (action.len == 0) {
        action = sgs_param_find(sgs_http_header(head, "Content-Type"), ';', SGS_LIT("action"));
    }
    return action;
}

/* The authority of an absolute URL, or empty. */
static struct sgs_slice authority_of(struct sgs_slice url)
{
    size_t colon = sgs_slice_chr(url, ':');
    struct sgs_slice rest = sgs_slice_from(url, colon);

    if (!sgs_slice_starts(rest, SGS_LIT("://"))) {
        return (struct sgs_slice){NULL, 0};
    }
    rest = sgs_slice_from(rest, 3);
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '/' || rest.ptr[i] == '?' || rest.ptr[i] == '#') {
            rest.len = i;
        }
    }
    size_t user = sgs_slice_chr(rest, '@');
    return user < rest.len ? sgs_slice_from(rest, user + 1) : rest;
}

struct sgs_slice sgs_http_host(const struct sgs_http_head *head)
{
    struct sgs_slice host = authority_of(head->start.target);

    if (head->start.authority.len > 0) {
        host = head->start.authority;
    } else if (sgs_slice_eq(head->start.method, SGS_LIT("CONNECT"))) {
        host = head->start.target;
    }
    if (host.len == 0) {
        host = sgs_http_header(head, "Host");
    }
    if (sgs_slice_iends(host, SGS_LIT(":443"))) {
        host.len -= 4;
    } else if (sgs_slice_iends(host, SGS_LIT(":80"))) {
        host.len -= 3;
    }
    return host;
}

/* A parameter's value without the typographic quotes that published texts have. */
static struct sgs_slice plain_value(struct sgs_slice s)
{
    static const char open[] = "\xe2\x80\x9c";
    static const char close[] = "\xe2\x80\x9d";

    if (sgs_slice_starts(s, SGS_LIT(open)) && sgs_slice_iends(s, SGS_LIT(close))) {
        return rd_at(s, 3, s.len - 6);
    }
    return s;
}

/* 28032;source="fe01";reason="The web ticket is invalid.": an error number and its parameters. */
static void put_diagnostics(struct sgs_layer *l, struct sgs_slice rest, enum sgs_field_id field,
                            struct sgs_draft *ev)
{
    uint8_t sep = sgs_slice_chr(rest, ';') < rest.len ? ';' : ',';
    struct sgs_param p;
    uint64_t code = 0;

    if (sgs_param_next(&rest, sep, &p)) {
        if (sgs_slice_uint(p.name, INT32_MAX, &code)) {
            ev_member_int(ev, field, SGS_LIT("code"), (int64_t)code);
        } else {
            ev_member(ev, field, SGS_LIT("text"), sgs_mask_text(sgs_scratch(l), p.name));
        }
    }
    while (sgs_param_next(&rest, sep, &p)) {
        if (p.has_value && p.name.len > 0) {
            ev_member(ev, field, p.name, sgs_mask_text(sgs_scratch(l), plain_value(p.value)));
        }
    }
}

/* Headers that bring them; Lync's own first.  Exchange writes x-ms-diagnostics. */
static const char *const diagnostics_names[] = {
    "X-MS-Diagnostics",
    "X-MS-Diagnostics-Public",
    "MS-Diagnostics",
    "MS-Diagnostics-Public",
};

static void diagnostics(struct sgs_layer *l, const struct sgs_http_head *head, struct sgs_draft *ev)
{
    struct sgs_slice all[DIAGNOSTICS_MAX];
    size_t n = 0;

    for (size_t k = 0; k < sizeof diagnostics_names / sizeof *diagnostics_names; k++) {
        size_t i = 0;
        while (n < DIAGNOSTICS_MAX &&
               sgs_http_next_header(head, diagnostics_names[k], &i, &all[n])) {
            n += all[n].len > 0;
        }
    }
    if (n > 0) {
        put_diagnostics(l, all[0], SGS_F_MS_DIAGNOSTICS, ev);
    }
    for (size_t i = 0; i < n && n > 1; i++) {
        ev_row(ev, SGS_F_MS_DIAGNOSTICS_ALL);
        put_diagnostics(l, all[i], SGS_F_MS_DIAGNOSTICS_ALL, ev);
    }
}

bool sgs_http_is_one_of(struct sgs_slice s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(s, sgs_slice_str(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Which kind of web ticket is shown in X-MS-WebTicket; never its value. */
static void web_ticket(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                       struct sgs_draft *ev)
{
    static const char *const kinds[] = {"opaque", "cwt"};
    struct sgs_slice value = sgs_http_header(head, "X-MS-WebTicket");
    struct sgs_slice kind = sgs_slice_head(value, sgs_slice_chr(value, '='));

    if (value.len > 0) {
        ev_text(ev, SGS_F_WEB_TICKET,
                sgs_http_is_one_of(kind, kinds, sizeof kinds / sizeof *kinds) ? kind
                                                                              : SGS_LIT("other"));
        sgs_show_token(l, dir, "X-MS-WebTicket", value);
    }
}

/* The kinds that a service takes. */
static void web_tickets(struct sgs_layer *l, const struct sgs_http_head *head, struct sgs_draft *ev)
{
    struct sgs_slice list = sgs_http_header(head, "X-MS-WebTicketSupported");

    while (list.len > 0) {
        struct sgs_slice kind = sgs_slice_trim(sgs_slice_cut(&list, ','));
        ev_item(ev, SGS_F_WEB_TICKETS, sgs_mask_text(sgs_scratch(l), kind));
    }
}

/* Headers that are facts as they stand. */
#define PLAIN(name, field, is_url)                                                                 \
    {                                                                                              \
        name, sizeof(name) - 1, field, is_url                                                      \
    }
static const struct {
    const char *name;
    size_t len; /* octets of name */
    enum sgs_field_id field;
    bool is_url;
} plain[] = {
    PLAIN("User-Agent", SGS_F_USER_AGENT, false),
    PLAIN("client-request-id", SGS_F_CLIENT_REQUEST_ID, false),
    PLAIN("Location", SGS_F_LOCATION, true),
    PLAIN("X-MS-WebTicketURL", SGS_F_WEB_TICKET_URL, true),
    PLAIN("Server", SGS_F_SERVER, false),
    PLAIN("X-MS-Server-Fqdn", SGS_F_SERVER_FQDN, false),
    PLAIN("Via", SGS_F_VIA, false),
    PLAIN("Date", SGS_F_DATE, false),
    PLAIN("Retry-After", SGS_F_RETRY_AFTER, false),
    PLAIN("X-MS-Correlation-Id", SGS_F_CORRELATION_ID, false),
    PLAIN("request-id", SGS_F_REQUEST_ID, false),
    PLAIN("x-ms-request-id", SGS_F_REQUEST_ID, false),
    PLAIN("X-MS-Namespace", SGS_F_NAMESPACE, false),
    PLAIN("Proxy-Connection", SGS_F_PROXY_CONNECTION, false),
    PLAIN("Proxy-Support", SGS_F_PROXY_SUPPORT, false),
    PLAIN("X-Squid-Error", SGS_F_PROXY_ERROR, false),
    PLAIN("X-User-Identity", SGS_F_USER_IDENTITY, false),
    PLAIN("Restrict-Access-To-Tenants", SGS_F_TENANTS, false),
};

/* Headers that are facts together, each under its own name. */
#define GROUPED(name, field)                                                                       \
    {                                                                                              \
        name, sizeof(name) - 1, field                                                              \
    }
static const struct {
    const char *name;
    size_t len; /* octets of name */
    enum sgs_field_id field;
} grouped[] = {
    GROUPED("X-FEServer", SGS_F_SERVERS),           GROUPED("X-BEServer", SGS_F_SERVERS),
    GROUPED("X-CalculatedBETarget", SGS_F_SERVERS), GROUPED("X-CalculatedFETarget", SGS_F_SERVERS),
    GROUPED("X-TargetBEServer", SGS_F_SERVERS),     GROUPED("X-DiagInfo", SGS_F_SERVERS),
    GROUPED("x-ms-gateway-slice", SGS_F_SERVERS),   GROUPED("x-ms-ests-server", SGS_F_SERVERS),
    GROUPED("X-Forwarded-For", SGS_F_FORWARDED),    GROUPED("X-Forwarded-Host", SGS_F_FORWARDED),
    GROUPED("X-Forwarded-Port", SGS_F_FORWARDED),   GROUPED("X-Forwarded-Proto", SGS_F_FORWARDED),
    GROUPED("X-Forwarded-Server", SGS_F_FORWARDED), GROUPED("X-Original-URL", SGS_F_FORWARDED),
    GROUPED("X-Real-IP", SGS_F_FORWARDED),          GROUPED("Forwarded", SGS_F_FORWARDED),
};

static void put_grouped(struct sgs_layer *l, const struct sgs_http_head *head, struct sgs_draft *ev)
{
    for (size_t i = 0; i < sizeof grouped / sizeof *grouped; i++) {
        struct sgs_slice name = sgs_slice(grouped[i].name, grouped[i].len);
        struct sgs_slice value = sgs_http_header_of(head, name);
        if (value.len > 0) {
            ev_member(ev, grouped[i].field, name, sgs_mask_url(sgs_scratch(l), value));
        }
    }
    struct sgs_slice options = sgs_http_header(head, "Connection");
    while (options.len > 0) {
        if (sgs_slice_ieq(sgs_slice_trim(sgs_slice_cut(&options, ',')), SGS_LIT("close"))) {
            ev_bool(ev, SGS_F_CLOSES, true);
        }
    }
}

/* Without port and brackets. */
static struct sgs_slice host_alone(struct sgs_slice host)
{
    size_t bracket = sgs_slice_chr(host, ']');

    if (sgs_slice_starts(host, SGS_LIT("["))) {
        return sgs_slice_from(sgs_slice_head(host, bracket), 1);
    }
    return sgs_slice_head(host, sgs_slice_chr(host, ':'));
}

/*
 * Whether the certificate below is for the host of the request, where that is another one than TLS
 * was told (RFC 9110, section 4.3.4).  What a proxy is asked for is not its own name.
 */
static void match_name(struct sgs_layer *l, const struct sgs_http_head *head, struct sgs_draft *ev)
{
    struct sgs_slice der = sgs_get(l, SGS_NOTE_LEAF);
    struct sgs_cert_chain leaf = {.ders = &der, .n = 1, .name = host_alone(sgs_http_host(head))};
    struct sgs_cert_verdict verdict;
    uint64_t id = 0;

    if (!sgs_slice_uint(sgs_get(l, SGS_NOTE_LEAF_ID), INT64_MAX, &id) || id == 0 ||
        head->start.has_lost_authority || sgs_slice_eq(head->start.method, SGS_LIT("CONNECT")) ||
        authority_of(head->start.target).len > 0 ||
        sgs_slice_ieq(leaf.name, sgs_get(l, SGS_NOTE_LEAF_NAME)) ||
        sgs_cert_check(&leaf, NULL, &verdict) != SGS_OK || !verdict.has_name) {
        return;
    }
    ev_bool(ev, SGS_F_NAME_MATCH, verdict.name_match);
    ev_int(ev, SGS_F_CERTIFICATE, id);
}

void sgs_http_fields(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                     struct sgs_draft *ev)
{
    struct sgs_arena *a = sgs_scratch(l);
    const struct sgs_http_start *start = &head->start;
    struct sgs_slice warning;

    ev_text(ev, SGS_F_VERSION, start->version);
    if (start->is_request) {
        ev_text(ev, SGS_F_METHOD, start->method);
        ev_text(ev, SGS_F_HOST, sgs_mask_url(a, sgs_http_host(head)));
        ev_text(ev, SGS_F_TARGET, start->shown);
        ev_text(ev, SGS_F_SOAP_ACTION, sgs_mask_text(a, sgs_http_soap_action(head)));
        sgs_http_credentials(l, dir, head, ev);
        web_ticket(l, dir, head, ev);
        match_name(l, head, ev);
    } else {
        if (start->status > 0) {
            ev_int(ev, SGS_F_STATUS, start->status);
        }
        ev_text(ev, SGS_F_REASON, sgs_mask_text(a, start->reason));
        sgs_http_challenges(l, dir, head, ev);
        web_tickets(l, head, ev);
        diagnostics(l, head, ev);
    }
    ev_text(ev, SGS_F_CONTENT_TYPE, sgs_http_media(l, head));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct sgs_slice value = sgs_http_header_of(head, sgs_slice(plain[i].name, plain[i].len));
        if (value.len > 0) {
            ev_text(ev, plain[i].field,
                    plain[i].is_url ? sgs_mask_url(a, value) : sgs_mask_text(a, value));
        }
    }
    for (size_t i = 0; sgs_http_next_header(head, "Warning", &i, &warning);) {
        ev_item(ev, SGS_F_WARNING, sgs_mask_text(a, warning));
    }
    put_grouped(l, head, ev);
}

struct sgs_layer *sgs_http_body(struct sgs_layer *l, const struct sgs_http_head *head,
                                struct sgs_slice host, struct sgs_slice target)
{
    struct sgs_layer *body = sgs_start(l, SGS_BY_NAME, SGS_LIT("body"));

    sgs_put(body, SGS_NOTE_MEDIA, sgs_http_media(l, head));
    sgs_put(body, SGS_NOTE_CODING, sgs_http_codings(l, head));
    sgs_put(body, SGS_NOTE_SOAP_ACTION, sgs_http_soap_action(head));
    sgs_put(body, SGS_NOTE_HOST, host);
    sgs_put(body, SGS_NOTE_TARGET, target);
    return body;
}

struct sgs_layer *sgs_http_tunnel(struct sgs_layer *l, struct sgs_slice target)
{
    struct sgs_layer *child = sgs_start(l, SGS_BY_PROBE, (struct sgs_slice){NULL, 0});
    size_t colon = target.len;

    while (colon > 0 && target.ptr[colon - 1] != ':') {
        colon--;
    }
    if (colon > 0) {
        sgs_put(child, SGS_NOTE_PORT, sgs_slice_from(target, colon));
        sgs_put(child, SGS_NOTE_HOST, sgs_slice_head(target, colon - 1));
    }
    return child;
}
