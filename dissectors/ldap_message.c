/*
 * Messages of LDAP, operation by operation (RFC 4511, section 4):
 *
 *   30 len  02 len messageID  tag len operation  [a0 len controls]
 *
 * Of binds the name and the mechanism are shown; a password is not looked at, tokens go to who
 * reads them.  An answer is tied to its request by its messageID.
 */
#include <signscope/codec.h>
#include <signscope/mask.h>

#include "ldap.h"

typedef void reader_of(struct sgs_ldap_work *w, struct sgs_reader *r);

static struct sgs_slice text_of(const struct sgs_ldap_work *w, struct sgs_slice s)
{
    return sgs_mask_text(sgs_scratch(w->l), s);
}

/* requests that wait */

static struct sgs_ldap_request *at(struct sgs_ldap *st, size_t number)
{
    size_t i = number % SGS_MAX_LDAP_PENDING;

    return &st->blocks[i / SGS_LDAP_BLOCK][i % SGS_LDAP_BLOCK];
}

/* The youngest one of that id that is not over, or NULL. */
static struct sgs_ldap_request *find(struct sgs_ldap *st, int64_t message_id)
{
    size_t n = st->n_requests;
    size_t held = n < SGS_MAX_LDAP_PENDING ? n : SGS_MAX_LDAP_PENDING;

    for (size_t i = 1; i <= held; i++) {
        struct sgs_ldap_request *q = at(st, n - i);
        if (!q->is_over && q->message_id == message_id) {
            return q;
        }
    }
    return NULL;
}

/* A place for one more; NULL: no memory. */
static struct sgs_ldap_request *place(const struct sgs_ldap_work *w, struct sgs_ldap *st)
{
    size_t i = st->n_requests % SGS_MAX_LDAP_PENDING;
    struct sgs_ldap_request **block = &st->blocks[i / SGS_LDAP_BLOCK];

    if (!*block) {
        *block = sgs_arena_array(sgs_layer_arena(w->l), SGS_LDAP_BLOCK, sizeof **block);
        if (!*block) {
            return NULL;
        }
    }
    if (st->n_requests >= SGS_MAX_LDAP_PENDING && !at(st, i)->is_over && !st->has_lost_one) {
        st->has_lost_one = true;
        sgs_limit(w->l, w->dir, "ldap.pending", SGS_MAX_LDAP_PENDING);
    }
    return at(st, st->n_requests++);
}

static void tie_request(struct sgs_ldap_work *w, int64_t message_id)
{
    struct sgs_ldap *st = sgs_state(w->l);
    struct sgs_ldap_request *q = place(w, st);

    if (q) {
        *q = (struct sgs_ldap_request){.message_id = message_id,
                                       .event = sgs_event_id(w->d),
                                       .time = sgs_origin_of(w->l)->time};
    }
    w->request = q;
}

static void tie_answer(struct sgs_ldap_work *w, int64_t message_id)
{
    struct sgs_ldap *st = sgs_state(w->l);

    w->request = find(st, message_id);
    if (w->request) {
        ev_int(w->d, SGS_F_REQUEST, w->request->event);
    }
}

/* The answer that ends a request. */
static void finish(struct sgs_ldap_work *w, bool is_search)
{
    struct sgs_ldap_request *q = w->request;
    sgs_time now = sgs_origin_of(w->l)->time_last;

    if (!q) {
        return;
    }
    q->is_over = true;
    ev_ms(w->d, SGS_F_RTT_MS, now > q->time ? now - q->time : 0);
    if (is_search) {
        ev_int(w->d, SGS_F_ENTRIES, q->entries);
    }
}

/* binds: RFC 4511, section 4.2; the Sicily forms: [MS-ADTS], section 5.1.1.1.3 */

static const struct mechanism {
    const char *name;
    const char *token; /* who reads its tokens */
} mechanisms[] = {
    {"GSS-SPNEGO", "spnego"  },
    {"GSSAPI",     "kerberos"},
    {"NTLM",       "ntlm"    },
};

static void carry(const struct sgs_ldap_work *w, const char *who, struct sgs_slice token)
{
    /* What ends the exchange of GSSAPI (RFC 4752, section 3.1) is no Kerberos message. */
    bool is_read = who && token.len > 0 &&
                   (!sgs_slice_eq(sgs_slice_str(who), SGS_LIT("kerberos")) ||
                    sgs_slice_starts(token, SGS_LIT("\x60")));

    if (is_read) {
        struct sgs_layer *child =
            sgs_child(w->l, sgs_slice_str(who), SGS_BY_NAME, sgs_slice_str(who));
        sgs_put(child, SGS_NOTE_CARRIER, SGS_LIT("ldap"));
        sgs_push(child, w->dir, token);
    }
}

/* The user that credentials name in the clear. */
static void put_user(struct sgs_ldap_work *w, struct sgs_slice mechanism, struct sgs_slice octets)
{
    struct sgs_slice user = {NULL, 0};

    if (sgs_slice_eq(mechanism, SGS_LIT("PLAIN"))) { /* RFC 4616, section 2 */
        (void)sgs_slice_cut(&octets, '\0');
        user = sgs_slice_cut(&octets, '\0');
    } else if (sgs_slice_eq(mechanism, SGS_LIT("DIGEST-MD5"))) { /* RFC 2831, section 2.1.2 */
        user = sgs_param_find(octets, ',', SGS_LIT("username"));
    } else if (sgs_slice_starts(mechanism, SGS_LIT("SCRAM-"))) { /* RFC 5802, section 7 */
        (void)sgs_slice_cut(&octets, ',');
        (void)sgs_slice_cut(&octets, ',');
        user = sgs_param_find(octets, ',', SGS_LIT("n"));
    }
    ev_text(w->d, SGS_F_USER, text_of(w, user));
}

static const char *token_of(struct sgs_slice mechanism)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (sgs_slice_eq(mechanism, sgs_slice_str(mechanisms[i].name))) {
            return mechanisms[i].token;
        }
    }
    return NULL;
}

static void read_sasl(struct sgs_ldap_work *w, struct sgs_slice value)
{
    struct sgs_ldap *st = sgs_state(w->l);
    struct sgs_reader r = rd_open(value);
    struct sgs_slice mechanism = sgs_der_value(&r, SGS_DER_OCTET_STRING);
    struct sgs_slice credentials = {NULL, 0};

    if (rd_more(&r)) {
        credentials = sgs_der_value(&r, SGS_DER_OCTET_STRING);
    }
    ev_str(w->d, SGS_F_AUTH_SCHEME, "sasl");
    ev_text(w->d, SGS_F_SASL_MECHANISM, mechanism);
    st->token = token_of(mechanism);
    put_user(w, mechanism, credentials);
    carry(w, st->token, credentials);
    w->is_bad |= r.bad;
}

static void read_bind(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_ldap *st = sgs_state(w->l);
    int64_t version = sgs_der_int(r);
    struct sgs_slice name = sgs_der_value(r, SGS_DER_OCTET_STRING);
    struct sgs_der e = {
        0, {NULL, 0}
    };

    if (rd_ok(r)) {
        ev_text(w->d, SGS_F_VERSION,
                sgs_arena_printf(sgs_scratch(w->l), "%lld", (long long)version));
    }
    ev_text(w->d, SGS_F_BIND_NAME, text_of(w, name));
    st->token = NULL;
    if (!sgs_der_next(r, &e)) {
        r->bad = true;
        return;
    }
    switch (e.tag) {
    case 0x80: /* the password itself: RFC 4513, section 5.1 */
        ev_str(w->d, SGS_F_AUTH_SCHEME,
               e.value.len > 0 ? "simple"
               : name.len > 0  ? "unauthenticated"
                               : "anonymous");
        break;
    case 0xa3:
        read_sasl(w, e.value);
        break;
    case 0x89: /* which packages are there? */
    case 0x8a: /* the first token */
    case 0x8b: /* the second one */
        ev_str(w->d, SGS_F_AUTH_SCHEME, "sicily");
        st->token = "ntlm";
        carry(w, st->token, e.value);
        break;
    default:
        w->is_bad = true;
        break;
    }
}

/* results: RFC 4511, section 4.1.9 */

static void put_urls(struct sgs_ldap_work *w, struct sgs_reader *list)
{
    while (rd_more(list)) {
        struct sgs_slice url = sgs_der_value(list, SGS_DER_OCTET_STRING);
        ev_item(w->d, SGS_F_REFERRALS, sgs_mask_url(sgs_scratch(w->l), url));
    }
    w->is_bad |= list->bad;
}

/* *out_matched: of a Sicily bind not a DN, but what the server has to say. */
static void read_code(struct sgs_ldap_work *w, struct sgs_reader *r, struct sgs_slice *out_matched)
{
    int64_t code = sgs_der_int(r);
    *out_matched = sgs_der_value(r, SGS_DER_OCTET_STRING);
    struct sgs_slice diagnostic = sgs_der_value(r, SGS_DER_OCTET_STRING);

    w->code = code >= 0 && code <= UINT16_MAX && rd_ok(r) ? (uint32_t)code : UINT32_MAX;
    if (w->code != UINT32_MAX) {
        ev_text(w->d, SGS_F_RESULT, sgs_ldap_result(sgs_scratch(w->l), w->code));
    }
    ev_text(w->d, SGS_F_DIAGNOSTIC, text_of(w, diagnostic));
}

/* What may follow: where else to ask, and what the answer of this operation has of its own. */
static bool next_part(struct sgs_ldap_work *w, struct sgs_reader *r, struct sgs_der *out)
{
    bool is_there = sgs_der_next(r, out);

    if (is_there && out->tag == SGS_DER_CONTEXT(3)) {
        struct sgs_reader list = rd_open(out->value);
        put_urls(w, &list);
    }
    return is_there;
}

static void read_result(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_slice matched;
    struct sgs_der e;

    read_code(w, r, &matched);
    ev_text(w->d, SGS_F_MATCHED_DN, text_of(w, matched));
    while (next_part(w, r, &e)) {
    }
    finish(w, false);
}

static void read_done(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_slice matched;
    struct sgs_der e;

    read_code(w, r, &matched);
    ev_text(w->d, SGS_F_MATCHED_DN, text_of(w, matched));
    while (next_part(w, r, &e)) {
    }
    finish(w, true);
}

static void read_bound(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    const struct sgs_ldap *st = sgs_state(w->l);
    struct sgs_slice matched;
    struct sgs_der e;

    read_code(w, r, &matched);
    if (sgs_slice_starts(matched, SGS_LIT("NTLMSSP\0"))) {
        carry(w, "ntlm", matched);
    } else {
        ev_text(w->d, SGS_F_MATCHED_DN, text_of(w, matched));
    }
    while (next_part(w, r, &e)) {
        if (e.tag == 0x87) {
            carry(w, st->token, e.value);
        }
    }
    finish(w, false);
}

/* searches: RFC 4511, section 4.5 */

static void put_attributes(struct sgs_ldap_work *w, struct sgs_slice base, struct sgs_der filter,
                           struct sgs_reader *r)
{
    struct sgs_reader list = sgs_der_enter(r, SGS_DER_SEQUENCE);
    bool is_ping = false;

    while (rd_more(&list)) {
        struct sgs_slice name = sgs_der_value(&list, SGS_DER_OCTET_STRING);
        is_ping |= sgs_slice_ieq(name, SGS_LIT("NetLogon"));
        ev_item(w->d, SGS_F_ATTRIBUTES, name);
        ev_text(w->d, SGS_F_URL, sgs_ldap_document_url(sgs_scratch(w->l), base, name));
    }
    if (is_ping) {
        sgs_ldap_put_ping(w, filter);
    }
    w->is_bad |= list.bad;
}

static void read_search(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    static const char *const scopes[] = {"baseObject", "singleLevel", "wholeSubtree",
                                         "subordinateSubtree"};
    struct sgs_slice base = sgs_der_value(r, SGS_DER_OCTET_STRING);
    int64_t scope = sgs_der_int(r);
    struct sgs_der e = {
        0, {NULL, 0}
    };

    ev_text(w->d, SGS_F_BASE, text_of(w, base));
    if (rd_ok(r) && scope >= 0 && scope < (int64_t)(sizeof scopes / sizeof *scopes)) {
        ev_str(w->d, SGS_F_SCOPE, scopes[scope]);
    }
    (void)sgs_der_int(r); /* aliases */
    (void)sgs_der_int(r); /* entries and seconds that are enough */
    (void)sgs_der_int(r);
    (void)sgs_der_next(r, &e); /* no values */
    if (sgs_der_next(r, &e)) {
        sgs_ldap_put_filter(w, e);
        put_attributes(w, base, e, r);
    }
}

static void read_entry(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    if (w->request) {
        w->request->entries++;
    }
    sgs_ldap_put_entry(w, r);
}

/* the rest */

/* The entry that is changed, added, compared or moved stands first. */
static void read_change(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    ev_text(w->d, SGS_F_BASE, text_of(w, sgs_der_value(r, SGS_DER_OCTET_STRING)));
}

static void read_deletion(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    ev_text(w->d, SGS_F_BASE, text_of(w, rd_rest(r)));
}

static void read_nothing(struct sgs_ldap_work *w, struct sgs_reader *r)
{
}

static void read_abandon(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    size_t n = rd_left(r);
    uint64_t message_id = n <= 4 ? rd_be(r, n) : 0;
    struct sgs_ldap_request *q = find(sgs_state(w->l), (int64_t)message_id);

    w->is_bad |= n == 0 || n > 4;
    ev_int(w->d, SGS_F_ABANDONED, message_id);
    if (q) {
        q->is_over = true;
    }
}

/* RFC 4511, sections 4.12 and 4.13: the name stands first in a request, behind the result in an
 * answer. */
static void read_extended(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_ldap *st = sgs_state(w->l);
    struct sgs_slice oid = sgs_der_value(r, 0x80);
    bool is_start_tls = sgs_slice_eq(oid, SGS_LDAP_START_TLS);

    ev_text(w->d, SGS_F_EXTENSION, sgs_ldap_extension(oid));
    if (is_start_tls) {
        st->start_tls = SGS_LDAP_TLS_ASKED;
        st->is_answer_lost = false;
    }
    if (w->request) {
        w->request->is_start_tls = is_start_tls;
        w->request->is_who_am_i = sgs_slice_eq(oid, SGS_LDAP_WHO_AM_I);
    }
}

static void read_extension(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_ldap *st = sgs_state(w->l);
    const struct sgs_ldap_request *q = w->request;
    bool is_start_tls = q && q->is_start_tls;
    struct sgs_slice matched;
    struct sgs_der e;

    read_code(w, r, &matched);
    ev_text(w->d, SGS_F_MATCHED_DN, text_of(w, matched));
    while (next_part(w, r, &e)) {
        if (e.tag == 0x8a) {
            ev_text(w->d, SGS_F_EXTENSION, sgs_ldap_extension(e.value));
            is_start_tls |= sgs_slice_eq(e.value, SGS_LDAP_START_TLS);
        } else if (e.tag == 0x8b && q && q->is_who_am_i) {
            ev_text(w->d, SGS_F_USER, text_of(w, e.value)); /* RFC 4532, section 2.2 */
        }
    }
    if (is_start_tls) {
        st->start_tls = SGS_LDAP_TLS_NONE;
        w->opens_tls = w->code == 0 && !r->bad;
    }
    finish(w, false);
}

static void read_intermediate(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_der e;

    while (sgs_der_next(r, &e)) {
        if (e.tag == 0x80) {
            ev_text(w->d, SGS_F_EXTENSION, sgs_ldap_extension(e.value));
        }
    }
}

static void read_references(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    put_urls(w, r);
}

/* messages */

static const struct operation {
    uint8_t tag;
    bool is_answer;
    bool is_answered;
    const char *name;
    reader_of *read;
} operations[] = {
    {0x60, false, true,  "bindRequest",          read_bind        },
    {0x61, true,  false, "bindResponse",         read_bound       },
    {0x42, false, false, "unbindRequest",        read_nothing     },
    {0x63, false, true,  "searchRequest",        read_search      },
    {0x64, true,  false, "searchResEntry",       read_entry       },
    {0x65, true,  false, "searchResDone",        read_done        },
    {0x73, true,  false, "searchResRef",         read_references  },
    {0x66, false, true,  "modifyRequest",        read_change      },
    {0x67, true,  false, "modifyResponse",       read_result      },
    {0x68, false, true,  "addRequest",           read_change      },
    {0x69, true,  false, "addResponse",          read_result      },
    {0x4a, false, true,  "delRequest",           read_deletion    },
    {0x6b, true,  false, "delResponse",          read_result      },
    {0x6c, false, true,  "modDNRequest",         read_change      },
    {0x6d, true,  false, "modDNResponse",        read_result      },
    {0x6e, false, true,  "compareRequest",       read_change      },
    {0x6f, true,  false, "compareResponse",      read_result      },
    {0x50, false, false, "abandonRequest",       read_abandon     },
    {0x77, false, true,  "extendedReq",          read_extended    },
    {0x78, true,  false, "extendedResp",         read_extension   },
    {0x79, true,  false, "intermediateResponse", read_intermediate},
};

static const struct operation *operation_of(uint8_t tag)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (operations[i].tag == tag) {
            return &operations[i];
        }
    }
    return NULL;
}

bool sgs_ldap_is_operation(uint8_t tag)
{
    return operation_of(tag) != NULL;
}

/* RFC 4511, section 4.1.11. */
static void put_controls(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_der e;

    if (!sgs_der_next(r, &e) || e.tag != SGS_DER_CONTEXT(0)) {
        return;
    }
    struct sgs_reader list = rd_open(e.value);
    while (sgs_der_next(&list, &e)) {
        struct sgs_reader in = rd_open(e.value);
        ev_item(w->d, SGS_F_CONTROLS, sgs_ldap_control(sgs_der_value(&in, SGS_DER_OCTET_STRING)));
        w->is_bad |= in.bad;
    }
    w->is_bad |= list.bad;
}

/* The head of a message: its id, its operation and a reader on what the operation says. */
static const struct operation *open_message(struct sgs_reader *in, int64_t *out_id,
                                            struct sgs_reader *out)
{
    uint8_t tag = 0;
    uint32_t len = 0;

    *out_id = sgs_der_int(in);
    if (!sgs_der_head(in, &tag, &len)) {
        return NULL;
    }
    *out = rd_sub(in, len < rd_left(in) ? len : rd_left(in));
    return operation_of(tag);
}

static void read_operation(struct sgs_ldap_work *w, const struct operation *op, int64_t id,
                           struct sgs_reader *body)
{
    ev_str(w->d, SGS_F_OP, op->name);
    ev_int(w->d, SGS_F_MESSAGE_ID, (uint64_t)id);
    ev_text(w->d, SGS_F_PROTECTION, sgs_get(w->l, SGS_NOTE_PROTECTION));
    if (op->is_answered) {
        tie_request(w, id);
    } else if (op->is_answer) {
        tie_answer(w, id);
    }
    op->read(w, body);
    w->is_bad |= body->bad;
}

bool sgs_ldap_read(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, bool is_cut)
{
    struct sgs_reader r = rd_open(msg), body = rd_open(msg);
    struct sgs_reader in = sgs_der_enter_cut(&r, SGS_DER_SEQUENCE);
    int64_t id = 0;
    const struct operation *op = open_message(&in, &id, &body);

    if (!op || id < 0 || id > INT32_MAX) {
        if (!is_cut) {
            sgs_malformed(l, dir, "no LDAP message", 0);
        }
        return false;
    }
    enum sgs_kind kind = op->is_answer ? SGS_K_LDAP_RESPONSE : SGS_K_LDAP_REQUEST;
    struct sgs_ldap_work w = {
        .l = l, .dir = dir, .d = sgs_event_open(l, dir, kind), .code = UINT32_MAX};
    read_operation(&w, op, id, &body);
    put_controls(&w, &in);
    if (is_cut) {
        ev_bool(w.d, SGS_F_CUT, true);
    }
    sgs_emit(w.d);
    if ((w.is_bad || in.bad) && !is_cut) {
        sgs_malformed(l, dir, "LDAP message against its grammar", 0);
    }
    return w.opens_tls;
}
