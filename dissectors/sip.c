/*
 * SIP (RFC 3261) over TCP and UDP, as Lync and Skype for Business speak it.  Framing is in
 * sip_frame.c, header lines in sip_head.c, authentication and diagnostics in sip_auth.c, signatures
 * in sip_sign.c, other headers of Microsoft's in sip_dialect.c and sip_endpoint.c; here messages
 * become events, and the grammar of standard headers is libsofia-sip's.  It gets one
 * header at a time, so that what it refuses is known by its place and the rest of the message
 * stays.
 *
 * Responses are tied to requests by Call-ID, CSeq and the branch of the topmost Via (RFC 3261,
 * section 17.1.3); Microsoft's clients write no branch, their CSeq alone is enough.  Either side
 * may ask.
 */
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/url.h>

#include <signscope/mask.h>

#include "sip.h"

/* A request that may be answered. */
struct sgs_sip_transaction {
    uint64_t key;      /* hash of direction, Call-ID, CSeq and branch */
    uint64_t id;       /* of its event */
    uint64_t instance; /* hash of its +sip.instance */
    bool has_instance;
    bool is_over; /* a final response was seen */
};

/* One message on its way into an event. */
struct work {
    struct sgs_layer *l;
    struct sgs_arena *a;
    enum sgs_dir dir;
    struct sgs_sip_start start;
    struct sgs_sip_head head;
    bool is_cut;
    su_home_t home[1];                    /* what the grammar made; gone with the message */
    msg_header_t *first[SGS_SIP_N_NAMES]; /* the first header of each name, in home; NULL: none */
    sip_contact_t *contacts;              /* of all Contact headers */
    bool has_cseq;
    uint64_t cseq;
    struct sgs_slice cseq_method;
};

/* header grammar */

/* Headers whose grammar is asked. */
static const struct {
    bool is_once;        /* it may stand only once */
    msg_hclass_t *class; /* NULL: not asked */
    const char *refused; /* what malformed says then */
} grammar[SGS_SIP_N_NAMES] = {
#define ROW(name, is_once, class, text)                                                            \
    [SGS_SIP_##name] = {is_once, sip_##class##_class, text " against the grammar"}
    ROW(AUTHORIZATION, false, authorization, "Authorization"),
    ROW(CALL_ID, true, call_id, "Call-ID"),
    ROW(CONTACT, false, contact, "Contact"),
    ROW(CONTENT_TYPE, false, content_type, "Content-Type"),
    ROW(EVENT, true, event, "Event"),
    ROW(EXPIRES, true, expires, "Expires"),
    ROW(FROM, true, from, "From"),
    ROW(PROXY_AUTHENTICATE, false, proxy_authenticate, "Proxy-Authenticate"),
    ROW(PROXY_AUTHORIZATION, false, proxy_authorization, "Proxy-Authorization"),
    ROW(RECORD_ROUTE, false, record_route, "Record-Route"),
    ROW(REQUIRE, false, require, "Require"),
    ROW(ROUTE, false, route, "Route"),
    ROW(SERVER, false, server, "Server"),
    ROW(SUPPORTED, false, supported, "Supported"),
    ROW(TO, true, to, "To"),
    ROW(USER_AGENT, false, user_agent, "User-Agent"),
    ROW(VIA, false, via, "Via"),
    ROW(WWW_AUTHENTICATE, false, www_authenticate, "WWW-Authenticate"),
#undef ROW
};

static const char once[] = "header that may stand only once";

static bool is_auth(enum sgs_sip_name name)
{
    return name == SGS_SIP_AUTHORIZATION || name == SGS_SIP_PROXY_AUTHORIZATION ||
           name == SGS_SIP_WWW_AUTHENTICATE || name == SGS_SIP_PROXY_AUTHENTICATE;
}

static bool is_address(enum sgs_sip_name name)
{
    return name == SGS_SIP_FROM || name == SGS_SIP_TO || name == SGS_SIP_CONTACT;
}

/* Parameters and values that s may have, by what separates them. */
static size_t count_params(struct sgs_slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        n += s.ptr[i] == ';' || s.ptr[i] == ',';
    }
    return n;
}

/*
 * Some write a name before an address without <>: "Ann" sip:ann@contoso.com;tag=1.  The same with
 * <>, or an empty slice when it is not that.
 */
static struct sgs_slice bracketed(struct sgs_arena *a, struct sgs_slice value)
{
    size_t name = 0;
    if (sgs_slice_chr(value, '<') < value.len) {
        return (struct sgs_slice){NULL, 0};
    }
    if (sgs_slice_starts(value, SGS_LIT("\""))) {
        name = 2 + sgs_slice_chr(sgs_slice_from(value, 1), '"');
    }
    struct sgs_slice rest = sgs_slice_from(value, name);
    size_t end = name + sgs_slice_chr(rest, ';');
    for (size_t i = name; i < end; i++) {
        name = value.ptr[i] == ' ' ? i + 1 : name;
    }
    struct sgs_slice uri = sgs_slice_from(sgs_slice_head(value, end), name);
    struct sgs_slice before = sgs_slice_head(value, name);
    struct sgs_slice params = sgs_slice_from(value, end);
    return sgs_arena_printf(a, "%.*s <%.*s>%.*s", (int)before.len, (const char *)before.ptr,
                            (int)uri.len, (const char *)uri.ptr, (int)params.len,
                            params.len ? (const char *)params.ptr : "");
}

static msg_header_t *parse(struct work *w, msg_hclass_t *class, struct sgs_slice value)
{
    const char *text = sgs_arena_text(w->a, value);

    return text ? msg_header_make(w->home, class, text) : NULL;
}

/* The grammar's reading of a header, or NULL. */
static msg_header_t *read_header(struct work *w, enum sgs_sip_name name, struct sgs_slice value)
{
    if (sgs_slice_chr(value, '\0') < value.len) {
        return NULL;
    }
    msg_header_t *h = parse(w, grammar[name].class, value);
    if (!h && is_address(name)) {
        struct sgs_slice repaired = bracketed(w->a, value);
        h = repaired.len > 0 ? parse(w, grammar[name].class, repaired) : NULL;
    }
    return h;
}

static void keep(struct work *w, enum sgs_sip_name name, msg_header_t *h)
{
    if (name == SGS_SIP_CONTACT) {
        sip_contact_t **end = &w->contacts;
        while (*end) {
            end = &(*end)->m_next;
        }
        *end = (sip_contact_t *)h;
    }
    if (!w->first[name]) {
        w->first[name] = h;
    }
}

static void read_by_grammar(struct work *w, const struct sgs_sip_header *header)
{
    struct sgs_slice value = header->value;
    enum sgs_sip_name name = header->name;

    if (is_auth(name) && !sgs_sip_has_auth_params(value)) {
        return; /* right, but refused all the same */
    }
    if (grammar[name].is_once && w->first[name]) {
        sgs_malformed(w->l, w->dir, once, header->off);
        return;
    }
    if (value.len > SGS_MAX_SIP_PARAMS && count_params(value) > SGS_MAX_SIP_PARAMS) {
        sgs_limit(w->l, w->dir, "sip.params", SGS_MAX_SIP_PARAMS);
        return;
    }
    msg_header_t *h = read_header(w, name, value);
    if (!h) {
        sgs_malformed(w->l, w->dir, grammar[name].refused, header->off);
        return;
    }
    keep(w, name, h);
}

/*
 * RFC 3261, section 20.16.  Not by libsofia-sip: of methods it does not know it refuses those that
 * begin like one it knows, SERVICE among them.
 */
static void read_cseq(struct work *w, const struct sgs_sip_header *header)
{
    struct sgs_slice number = sgs_slice_head(header->value, sgs_slice_chr(header->value, ' '));
    struct sgs_slice method = sgs_slice_trim(sgs_slice_from(header->value, number.len));

    if (w->has_cseq) {
        sgs_malformed(w->l, w->dir, once, header->off);
        return;
    }
    if (method.len == 0 || sgs_slice_chr(method, ' ') < method.len ||
        !sgs_slice_uint(number, UINT32_MAX, &w->cseq)) {
        sgs_malformed(w->l, w->dir, "CSeq against the grammar", header->off);
        return;
    }
    w->has_cseq = true;
    w->cseq_method = method;
}

static void read_headers(struct work *w)
{
    for (size_t i = 0; i < w->head.n; i++) {
        const struct sgs_sip_header *header = &w->head.headers[i];
        if (header->name == SGS_SIP_CSEQ) {
            read_cseq(w, header);
        }
        if (grammar[header->name].class) {
            read_by_grammar(w, header);
        }
    }
}

static const sip_addr_t *address_of(const struct work *w, enum sgs_sip_name name)
{
    return (const sip_addr_t *)w->first[name];
}

static struct sgs_slice call_id_of(const struct work *w)
{
    const sip_call_id_t *id = (const sip_call_id_t *)w->first[SGS_SIP_CALL_ID];

    return sgs_slice_str(id ? id->i_id : NULL);
}

/* A parameter without its quotes and angle brackets; name: with '=' behind it. */
static struct sgs_slice param_of(const msg_param_t *params, const char *name)
{
    struct sgs_slice s = sgs_slice_str(params ? msg_params_find(params, name) : NULL);

    if (sgs_slice_starts(s, SGS_LIT("\""))) {
        s = sgs_slice_from(s, 1);
        s = sgs_slice_head(s, sgs_slice_chr(s, '"'));
    }
    if (sgs_slice_starts(s, SGS_LIT("<"))) {
        s = sgs_slice_from(s, 1);
        s = sgs_slice_head(s, sgs_slice_chr(s, '>'));
    }
    return s;
}

static struct sgs_slice instance_of(const sip_contact_t *c)
{
    return c ? param_of(c->m_params, "+sip.instance=") : (struct sgs_slice){NULL, 0};
}

/* transactions */

#define HASH_START UINT64_C(14695981039346656037) /* FNV-1a */

static uint64_t hash(uint64_t h, struct sgs_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        h = (h ^ c) * UINT64_C(1099511628211);
    }
    return h * UINT64_C(1099511628211); /* the border of a part */
}

/* dir: of the request.  False when the message does not say enough. */
static bool key_of(const struct work *w, enum sgs_dir dir, uint64_t *out)
{
    const sip_via_t *via = (const sip_via_t *)w->first[SGS_SIP_VIA];
    struct sgs_slice call_id = call_id_of(w);

    if (!w->has_cseq || call_id.len == 0) {
        return false;
    }
    uint64_t h = hash(HASH_START, dir == SGS_C2S ? SGS_LIT("c") : SGS_LIT("s"));
    h = hash(h, call_id);
    h = hash(h ^ w->cseq, SGS_LIT("")); /* a number has no case */
    h = hash(h, w->cseq_method);
    *out = hash(h, sgs_slice_str(via ? via->v_branch : NULL));
    return true;
}

static struct sgs_sip_transaction *at(struct sgs_sip *st, size_t number)
{
    size_t i = number % SGS_MAX_SIP_PENDING;

    return &st->blocks[i / SGS_SIP_BLOCK][i % SGS_SIP_BLOCK];
}

/* The youngest transaction of that key, or NULL. */
static struct sgs_sip_transaction *find(struct sgs_sip *st, uint64_t key)
{
    size_t n = st->n_transactions;
    size_t held = n < SGS_MAX_SIP_PENDING ? n : SGS_MAX_SIP_PENDING;

    for (size_t i = 1; i <= held; i++) {
        struct sgs_sip_transaction *t = at(st, n - i);
        if (t->key == key) {
            return t;
        }
    }
    return NULL;
}

/* A place in the ring: fresh memory as long as it has not been filled once.  NULL: at the cap. */
static struct sgs_sip_transaction *place(const struct work *w, struct sgs_sip *st)
{
    size_t i = st->n_transactions % SGS_MAX_SIP_PENDING;
    struct sgs_sip_transaction **block = &st->blocks[i / SGS_SIP_BLOCK];

    if (!*block) {
        *block = sgs_arena_array(sgs_layer_arena(w->l), SGS_SIP_BLOCK, sizeof **block);
        if (!*block) {
            return NULL;
        }
    }
    if (st->n_transactions >= SGS_MAX_SIP_PENDING && !at(st, i)->is_over && !st->has_lost_one) {
        st->has_lost_one = true;
        sgs_limit(w->l, w->dir, "sip.pending", SGS_MAX_SIP_PENDING);
    }
    return at(st, st->n_transactions++);
}

/* Nobody answers these. */
static bool is_never_answered(struct sgs_slice method)
{
    return sgs_slice_eq(method, SGS_LIT("ACK")) || sgs_slice_eq(method, SGS_LIT("BENOTIFY"));
}

/* A request begins a transaction, unless it is one sent again. */
static void begin_transaction(const struct work *w, uint64_t id)
{
    struct sgs_sip *st = sgs_state(w->l);
    uint64_t key = 0;

    if (is_never_answered(w->start.method) || !key_of(w, w->dir, &key)) {
        return;
    }
    struct sgs_sip_transaction *t = find(st, key);
    if (t && !t->is_over) {
        return;
    }
    t = t ? t : place(w, st);
    if (t) {
        struct sgs_slice instance = instance_of(w->contacts);
        *t = (struct sgs_sip_transaction){.key = key,
                                          .id = id,
                                          .instance = hash(HASH_START, instance),
                                          .has_instance = instance.len > 0};
    }
}

static const struct sgs_sip_transaction *answered(const struct work *w)
{
    struct sgs_sip_transaction *t = NULL;
    uint64_t key = 0;

    if (key_of(w, w->dir == SGS_C2S ? SGS_S2C : SGS_C2S, &key)) {
        t = find(sgs_state(w->l), key);
    }
    if (t && w->start.status >= 200) {
        t->is_over = true;
    }
    return t;
}

/* fields */

static void put_uri(struct sgs_draft *d, struct work *w, enum sgs_field_id field, const url_t *url)
{
    struct sgs_slice text = sgs_slice_trim(sgs_slice_str(url_as_string(w->home, url)));
    ev_text(d, field, sgs_mask_url(w->a, text));
}

/* The endpoint's id, which is in To when the server asks. */
static struct sgs_slice epid_of(const struct work *w)
{
    const sip_addr_t *from = address_of(w, SGS_SIP_FROM), *to = address_of(w, SGS_SIP_TO);
    struct sgs_slice epid = from ? param_of(from->a_params, "epid=") : (struct sgs_slice){NULL, 0};

    return epid.len > 0 || !to ? epid : param_of(to->a_params, "epid=");
}

static void put_parties(struct sgs_draft *d, struct work *w)
{
    const sip_addr_t *from = address_of(w, SGS_SIP_FROM), *to = address_of(w, SGS_SIP_TO);

    if (from) {
        put_uri(d, w, SGS_F_FROM, from->a_url);
    }
    if (to) {
        put_uri(d, w, SGS_F_TO, to->a_url);
    }
    ev_text(d, SGS_F_EPID, epid_of(w));
}

static void put_cseq(struct sgs_draft *d, const struct work *w)
{
    if (w->has_cseq) {
        ev_int(d, SGS_F_CSEQ, w->cseq);
    }
    if (w->start.is_response) {
        ev_text(d, SGS_F_CSEQ_METHOD, w->cseq_method);
    }
}

static void put_expires(struct sgs_draft *d, const struct work *w)
{
    const sip_expires_t *expires = (const sip_expires_t *)w->first[SGS_SIP_EXPIRES];

    if (expires && expires->ex_date == 0 && expires->ex_delta <= UINT32_MAX) {
        ev_int(d, SGS_F_EXPIRES, expires->ex_delta);
    }
}

static void put_contact_expires(struct sgs_draft *d, const sip_contact_t *c)
{
    uint64_t seconds = 0;

    if (sgs_slice_uint(sgs_slice_str(c->m_expires), UINT32_MAX, &seconds)) {
        ev_int(d, SGS_F_CONTACT_EXPIRES, seconds);
    }
}

/* Contacts of different instances; those without one are one. */
static void put_endpoints(struct sgs_draft *d, const struct work *w)
{
    unsigned seen = 0;
    uint64_t n = 0;

    for (const sip_contact_t *c = w->contacts; c && seen < SGS_MAX_SIP_ENDPOINTS; c = c->m_next) {
        seen++;
        const sip_contact_t *same = w->contacts;
        while (same != c && !sgs_slice_ieq(instance_of(same), instance_of(c))) {
            same = same->m_next;
        }
        n += same == c;
    }
    if (n > 0 && w->start.status / 100 == 2 && sgs_slice_eq(w->cseq_method, SGS_LIT("REGISTER"))) {
        ev_int(d, SGS_F_REGISTERED_ENDPOINTS, n);
    }
}

/* The Contact that is the asking client's own: a registrar lists those of all its endpoints. */
static const sip_contact_t *own_contact(const struct work *w, const struct sgs_sip_transaction *t)
{
    const sip_contact_t *only = w->contacts && !w->contacts->m_next ? w->contacts : NULL;

    for (const sip_contact_t *c = w->contacts; t && t->has_instance && c; c = c->m_next) {
        if (hash(HASH_START, instance_of(c)) == t->instance) {
            return c;
        }
    }
    return only;
}

static void put_request(struct sgs_draft *d, struct work *w)
{
    ev_text(d, SGS_F_METHOD, w->start.method);
    ev_text(d, SGS_F_URI, sgs_mask_url(w->a, w->start.uri));
    ev_text(d, SGS_F_INSTANCE, instance_of(w->contacts));
    sgs_sip_put_instance_fits(d, instance_of(w->contacts), epid_of(w));
    if (w->contacts) {
        put_contact_expires(d, w->contacts);
    }
    begin_transaction(w, sgs_event_id(d));
}

static void put_response(struct sgs_draft *d, struct work *w)
{
    const struct sgs_sip_transaction *t = answered(w);
    const sip_contact_t *own = own_contact(w, t);
    struct sgs_slice logon = sgs_sip_value(&w->head, SGS_SIP_MS_USER_LOGON_DATA);

    ev_int(d, SGS_F_STATUS, w->start.status);
    ev_text(d, SGS_F_REASON, sgs_mask_text(w->a, w->start.reason));
    if (t) {
        ev_int(d, SGS_F_REQUEST, t->id);
    }
    if (own) {
        put_contact_expires(d, own);
        sgs_sip_put_gruu(d, w->a, param_of(own->m_params, "gruu="), instance_of(own));
    }
    if (w->contacts && w->start.status / 100 == 3) {
        put_uri(d, w, SGS_F_REDIRECT, w->contacts->m_url);
    }
    put_endpoints(d, w);
    sgs_sip_put_received(d, w->a, sgs_sip_value(&w->head, SGS_SIP_VIA));
    if (sgs_slice_istarts(logon, SGS_LIT("RemoteUser"))) {
        ev_bool(d, SGS_F_REMOTE_USER, true);
    }
}

/* Gives a body to whoever reads its media type. */
static void carry_body(const struct work *w, struct sgs_slice type, struct sgs_slice body)
{
    struct sgs_slice media = sgs_slice_trim(sgs_slice_cut(&type, ';'));
    struct sgs_layer *child =
        media.len > 0 && body.len > 0 ? sgs_start(w->l, SGS_BY_MEDIA, media) : NULL;

    sgs_put(child, SGS_NOTE_MEDIA, media);
    sgs_push(child, w->dir, body);
    if (w->is_cut) {
        sgs_lose(child, w->dir, 0);
    }
    sgs_finish(child);
}

static void put_body(struct sgs_draft *d, const struct work *w, struct sgs_slice msg)
{
    uint64_t told = 0;
    uint64_t len = msg.len - w->head.len;

    if (sgs_sip_content_length(sgs_slice_head(msg, w->head.len), &told)) {
        if (told > len && !w->is_cut) {
            sgs_malformed(w->l, w->dir, "Content-Length beyond the end of the message",
                          w->head.len);
        }
        len = told < len || w->is_cut ? told : len;
    }
    if (len > 0) {
        struct sgs_slice type = sgs_sip_value(&w->head, SGS_SIP_CONTENT_TYPE);
        struct sgs_slice media = type;
        ev_text(d, SGS_F_CONTENT_TYPE, sgs_slice_trim(sgs_slice_cut(&media, ';')));
        ev_int(d, SGS_F_BODY_OCTETS, len);
        carry_body(w, type, sgs_slice_head(sgs_slice_from(msg, w->head.len), (size_t)len));
    }
}

static void put_fields(struct sgs_draft *d, struct work *w)
{
    const sip_event_t *event = (const sip_event_t *)w->first[SGS_SIP_EVENT];

    if (w->start.is_response) {
        put_response(d, w);
    } else {
        put_request(d, w);
    }
    ev_text(d, SGS_F_CALL_ID, call_id_of(w));
    put_cseq(d, w);
    put_parties(d, w);
    put_expires(d, w);
    if (event) {
        ev_str(d, SGS_F_EVENT, event->o_type);
    }
    if (w->contacts) {
        put_uri(d, w, SGS_F_CONTACT, w->contacts->m_url);
    }
    ev_text(d, SGS_F_USER_AGENT, sgs_sip_value(&w->head, SGS_SIP_USER_AGENT));
    ev_text(d, SGS_F_SERVER, sgs_sip_value(&w->head, SGS_SIP_SERVER));
    ev_text(d, SGS_F_DATE, sgs_sip_value(&w->head, SGS_SIP_DATE));
    sgs_sip_put_auth(d, &(struct sgs_sip_message){w->l, w->dir, &w->start, &w->head, w->is_cut});
    sgs_sip_put_diagnostics(d, w->a, &w->head);
    sgs_sip_put_dialect(d, w->a, &w->head);
    sgs_sip_put_compression(d, w->l, &w->head);
}

static void read_message(struct work *w, struct sgs_slice msg)
{
    bool is_response = w->start.is_response;
    struct sgs_draft *d =
        sgs_event_open(w->l, w->dir, is_response ? SGS_K_SIP_RESPONSE : SGS_K_SIP_REQUEST);

    *w->home = (su_home_t)SU_HOME_INIT(w->home);
    su_home_init(w->home);
    sgs_sip_read_head(w->l, w->dir, msg, w->start.len, w->is_cut, &w->head);
    read_headers(w);
    put_fields(d, w);
    put_body(d, w, msg);
    if (w->is_cut) {
        ev_bool(d, SGS_F_CUT, true);
    }
    su_home_deinit(w->home);
    sgs_emit(d);
    sgs_sip_negotiate(w->l, w->dir, &w->start, w->cseq_method, &w->head);
}

void sgs_sip_tell_http(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice head)
{
    struct sgs_sip *st = sgs_state(l);
    uint16_t status = 0;

    if (st->has_told_http || !sgs_sip_http_status(head, &status)) {
        return;
    }
    st->has_told_http = true;
    struct sgs_draft *d = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_text(d, SGS_F_NAME, sgs_slice_head(head, 8));
    ev_str(d, SGS_F_BY, "status line");
    ev_int(d, SGS_F_STATUS, status);
    if (st->n_transactions > 0 && !at(st, st->n_transactions - 1)->is_over) {
        ev_int(d, SGS_F_REQUEST, at(st, st->n_transactions - 1)->id);
    }
    sgs_emit(d);
}

/* Datagrams of nothing but blanks, line ends and NULs keep bindings in NATs alive. */
static bool is_keep_alive(struct sgs_slice s)
{
    size_t n = 0;

    while (n < s.len && (s.ptr[n] == '\0' || s.ptr[n] == ' ')) {
        n++;
    }
    return n == s.len;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_sip_frame frame = st->frame[dir];
    bool is_udp = sgs_conn_info(l)->transport == SGS_UDP;
    struct sgs_slice msg = sgs_sip_skip_line_ends(octets);
    struct work w = {.l = l, .a = sgs_scratch(l), .dir = dir};
    w.is_cut = (is_udp ? st->is_cut : sgs_is_cut(l)) || frame.is_clipped || frame.has_no_body;

    if (sgs_sip_negotiate_message(l, dir, octets)) {
        return;
    }
    st->frame[dir] = (struct sgs_sip_frame){.is_lost = frame.is_clipped || frame.has_no_body,
                                            .was_in_step = true};
    if (frame.is_clipped) {
        sgs_limit(l, dir, "sip.head", SGS_MAX_SIP_HEAD);
    }
    if (frame.has_no_body) {
        sgs_limit(l, dir, "sip.body", SGS_MAX_SIP_MESSAGE);
    }
    if (sgs_sip_start_line(msg, &w.start)) {
        read_message(&w, msg);
    } else if (is_udp && !w.is_cut && !is_keep_alive(msg)) {
        sgs_malformed(l, dir, "datagram without start line", 0);
    }
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_extent x;

    if (sgs_conn_info(l)->transport == SGS_UDP) {
        st->is_cut = sgs_is_cut(l);
        return SGS_LEN(avail.len);
    }
    return sgs_sip_negotiate_measure(l, dir, avail, &x) ? x : sgs_sip_measure(l, dir, avail);
}

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    sgs_sip_negotiate_gap(l, dir);
    sgs_sip_gap(l, dir, missing);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE,     NULL  },
    {SGS_BY_UDP_PROBE, NULL  },
    {SGS_BY_TCP_PORT,  "5060"},
    {SGS_BY_TCP_PORT,  "5061"},
    {SGS_BY_UDP_PORT,  "5060"},
    {SGS_BY_UDP_PORT,  "5061"},
    {SGS_BY_NAME,      "sip" },
    {0,                NULL  },
};

SGS_DISSECTOR(sip) = {
    .name = "sip",
    .title = "SIP",
    .claims = claims,
    .state_size = sizeof(struct sgs_sip),
    .max_message = SGS_MAX_SIP_MESSAGE,
    .takes_cut = true,
    .probe = sgs_sip_probe,
    .measure = measure,
    .message = message,
    .gap = gap,
};
