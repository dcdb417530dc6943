/*
 * Kerberos 5 (RFC 4120, sections 5.2 to 5.9 and 7.2): to the KDC over UDP, over TCP behind four
 * octets of length, and to services inside tokens, with or without the head of RFC 4121,
 * section 4.1.
 *
 *   TCP    length(4) message
 *   GSS    60 len  06 len OID  01 00 AP-REQ | 02 00 AP-REP | 03 00 KRB-ERROR
 *
 *   AS-REQ [APPLICATION 10]  TGS-REQ [12]  AP-REQ [14]  KRB-ERROR [30]
 *   AS-REP [APPLICATION 11]  TGS-REP [13]  AP-REP [15]     each a SEQUENCE of numbered members
 *
 * Names, times, types and codes stand in the clear and become fields; tickets, authenticators and
 * what else is encrypted are looked at for their types only.  Names of numbers: kerberos_names.c.
 */
#include <inttypes.h>

#include <signscope/codec.h>
#include <signscope/digest.h>
#include <signscope/mask.h>

#include "kerberos.h"

#define MARK_LEN 4 /* octets of length before each message over TCP: section 7.2.2 */
#define HEAD_MAX 6 /* octets of a tag and its length */
#define MIN_MESSAGE (2 * HEAD_MAX)

#define FINGERPRINT_LEN 16 /* octets of a digest: enough to tell tickets apart */

#define PA_PW_SALT 3
#define PA_ETYPE_INFO 11
#define PA_ETYPE_INFO2 19
#define PA_FX_FAST 136
#define KERB_ERR_TYPE_EXTENDED 3 /* [MS-KILE], section 2.2.1 */
#define EXT_ERROR_LEN 12         /* octets of KERB_EXT_ERROR: [MS-KILE], section 2.2.2 */

/* The request that the next answer belongs to. */
struct request {
    uint64_t id; /* of its event; 0: none waits */
    enum sgs_kind kind;
};

struct kerberos {
    struct request asked[2]; /* by direction */
    bool is_cut;             /* the datagram at hand was longer on the wire */
};

/* One message on its way into an event. */
struct work {
    struct sgs_layer *l;
    enum sgs_dir dir;
    enum sgs_kind kind;
    struct sgs_draft *d;
    bool is_cut;
    bool is_bad;  /* something is against the grammar */
    bool is_fast; /* PA-FX-FAST was seen */
    sgs_time ctime, stime;
    int64_t pa_type;               /* of the PA-DATA at hand */
    enum sgs_field_id etype_field; /* where the type of the EncryptedData at hand goes */
};

typedef void taker(struct work *w, unsigned member, struct sgs_reader *r);

static struct sgs_reader enter(const struct work *w, struct sgs_reader *r, uint8_t tag)
{
    return w->is_cut ? sgs_der_enter_cut(r, tag) : sgs_der_enter(r, tag);
}

/* The next element; of a cut message what is there of the last one. */
static bool next_element(const struct work *w, struct sgs_reader *r, struct sgs_der *out)
{
    uint32_t len = 0;

    if (!w->is_cut) {
        return sgs_der_next(r, out);
    }
    if (!rd_more(r) || !sgs_der_head(r, &out->tag, &len)) {
        return false;
    }
    out->value = rd_take(r, len < rd_left(r) ? len : rd_left(r));
    return true;
}

/* The numbered members of the SEQUENCE at the head of r, each to take. */
static void members(struct work *w, struct sgs_reader *r, taker *take)
{
    struct sgs_reader list = enter(w, r, SGS_DER_SEQUENCE);
    struct sgs_der e;

    while (next_element(w, &list, &e)) {
        struct sgs_reader in = rd_open(e.value);
        if ((e.tag & 0xe0) == SGS_DER_CONTEXT(0)) {
            take(w, e.tag & 0x1fu, &in);
        }
        w->is_bad |= in.bad;
    }
    w->is_bad |= list.bad;
}

/* values */

static void put_text(struct work *w, enum sgs_field_id field, struct sgs_reader *r)
{
    ev_text(w->d, field, sgs_der_value(r, SGS_DER_GENERAL_STRING));
}

static void take_name(struct work *w, enum sgs_field_id field, struct sgs_reader *r)
{
    struct sgs_arena *a = sgs_scratch(w->l);
    struct sgs_reader parts = sgs_der_enter(r, SGS_DER_SEQUENCE);
    struct sgs_slice name = {NULL, 0};
    size_t n = 0;

    while (rd_more(&parts) && n < SGS_MAX_KRB_NAME) {
        struct sgs_slice part = sgs_der_value(&parts, SGS_DER_GENERAL_STRING);
        struct sgs_slice all =
            sgs_arena_printf(a, "%.*s%s%.*s", (int)name.len, name.len ? (const char *)name.ptr : "",
                             n ? "/" : "", (int)part.len, part.len ? (const char *)part.ptr : "");
        name = all;
        n++;
    }
    if (rd_more(&parts)) {
        sgs_limit(w->l, w->dir, "kerberos.name", SGS_MAX_KRB_NAME);
    }
    r->bad |= parts.bad;
    if (rd_ok(&parts)) {
        ev_text(w->d, field, name);
    }
}

/* PrincipalName: section 5.2.2. */
static void take_client(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 1) {
        take_name(w, SGS_F_CNAME, r);
    }
}

static void take_service(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 1) {
        take_name(w, SGS_F_SNAME, r);
    }
}

static void put_etypes(struct work *w, struct sgs_reader *r)
{
    struct sgs_reader list = sgs_der_enter(r, SGS_DER_SEQUENCE);

    while (rd_more(&list)) {
        int64_t type = sgs_der_int(&list);
        if (rd_ok(&list)) {
            ev_item(w->d, SGS_F_ETYPES, sgs_krb_etype(sgs_scratch(w->l), type));
        }
    }
    r->bad |= list.bad;
}

static void put_options(struct work *w, bool is_ap, struct sgs_reader *r)
{
    uint32_t bits = sgs_der_bits(r);

    for (unsigned bit = 0; bit < 32; bit++) {
        const char *name = sgs_krb_option(is_ap, bit);
        if (name && (bits >> (31 - bit) & 1)) {
            ev_item(w->d, SGS_F_OPTIONS, sgs_slice_str(name));
        }
    }
}

/* EncryptedData: section 5.2.9. */
static void take_encrypted(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 0) {
        int64_t type = sgs_der_int(r);
        if (rd_ok(r)) {
            ev_text(w->d, w->etype_field, sgs_krb_etype(sgs_scratch(w->l), type));
        }
    } else if (member == 1 && w->etype_field == SGS_F_TICKET_ETYPE) {
        int64_t kvno = sgs_der_int(r);
        if (kvno >= 0 && rd_ok(r)) {
            ev_int(w->d, SGS_F_KVNO, (uint64_t)kvno);
        }
    }
}

static void put_encrypted(struct work *w, enum sgs_field_id field, struct sgs_reader *r)
{
    w->etype_field = field;
    members(w, r, take_encrypted);
}

/* Ticket: section 5.3. */
static void take_ticket(struct work *w, unsigned member, struct sgs_reader *r)
{
    switch (member) {
    case 1:
        put_text(w, SGS_F_REALM, r);
        break;
    case 2:
        members(w, r, take_service);
        break;
    case 3:
        put_encrypted(w, SGS_F_TICKET_ETYPE, r);
        break;
    default:
        break;
    }
}

/* The same octets give the same text, which says nothing of them. */
static void put_fingerprint(const struct work *w, struct sgs_slice ticket)
{
    const struct sgs_slice parts[] = {SGS_LIT("signscope Kerberos ticket"), ticket};
    uint8_t digest[SGS_SHA256_LEN];

    sgs_sha256_parts(parts, sizeof parts / sizeof *parts, digest);
    ev_text(w->d, SGS_F_TICKET,
            sgs_hex_encode(sgs_scratch(w->l), sgs_slice(digest, FINGERPRINT_LEN)));
}

static void put_ticket(struct work *w, struct sgs_reader *r)
{
    struct sgs_slice rest = rd_rest(r);
    struct sgs_reader in = enter(w, r, SGS_DER_APPLICATION(1));
    if (!w->is_cut && rd_ok(r)) {
        put_fingerprint(w, sgs_slice_head(rest, rest.len - rd_left(r)));
    }

    members(w, &in, take_ticket);
}

/* pre-authentication data: section 5.2.7 */

static void take_etype_info(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 0) {
        int64_t type = sgs_der_int(r);
        if (rd_ok(r)) {
            ev_item(w->d, SGS_F_ETYPES, sgs_krb_etype(sgs_scratch(w->l), type));
        }
    }
}

static void put_nt_status(struct work *w, struct sgs_slice error)
{
    struct sgs_reader r = rd_open(error);
    uint32_t status = rd_le32(&r);

    if (error.len == EXT_ERROR_LEN) {
        ev_text(w->d, SGS_F_NT_STATUS, sgs_arena_printf(sgs_scratch(w->l), "0x%08" PRIX32, status));
    }
}

static void put_pa_value(struct work *w, struct sgs_slice value)
{
    struct sgs_reader r = rd_open(value);
    bool is_answer = w->kind == SGS_K_KERBEROS_ERROR || w->kind == SGS_K_KERBEROS_AS_REP;

    if (w->pa_type == PA_PW_SALT && w->kind == SGS_K_KERBEROS_ERROR) {
        put_nt_status(w, value); /* salts are text, and answers that need none bring this */
    } else if ((w->pa_type == PA_ETYPE_INFO2 || w->pa_type == PA_ETYPE_INFO) && is_answer &&
               value.len > 0) {
        struct sgs_reader list = sgs_der_enter(&r, SGS_DER_SEQUENCE);
        while (rd_more(&list)) {
            members(w, &list, take_etype_info);
        }
        w->is_bad |= list.bad;
    }
}

static void take_pa_data(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 1) {
        w->pa_type = sgs_der_int(r);
        if (rd_ok(r)) {
            ev_item(w->d, SGS_F_PADATA, sgs_krb_padata(sgs_scratch(w->l), w->pa_type));
        }
        w->is_fast |= w->pa_type == PA_FX_FAST;
    } else if (member == 2) {
        put_pa_value(w, sgs_der_value(r, SGS_DER_OCTET_STRING));
    }
}

static void put_padata(struct work *w, struct sgs_reader *r)
{
    struct sgs_reader list = enter(w, r, SGS_DER_SEQUENCE);

    while (rd_more(&list)) {
        w->pa_type = 0;
        members(w, &list, take_pa_data);
    }
    w->is_bad |= list.bad;
}

/* KERB-ERROR-DATA: [MS-KILE], section 2.2.1. */
static void take_error_data(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 1) {
        w->pa_type = sgs_der_int(r);
    } else if (member == 2 && w->pa_type == KERB_ERR_TYPE_EXTENDED) {
        put_nt_status(w, sgs_der_value(r, SGS_DER_OCTET_STRING));
    }
}

/* e-data: METHOD-DATA or KERB-ERROR-DATA; what is neither is for somebody else (section 5.9.1). */
static void put_e_data(struct work *w, struct sgs_slice data)
{
    bool was_bad = w->is_bad;
    struct sgs_reader r = rd_open(data);
    struct sgs_reader in = sgs_der_enter(&r, SGS_DER_SEQUENCE);
    uint8_t tag = rd_u8(&in);

    r = rd_open(data);
    if (tag == SGS_DER_SEQUENCE) {
        put_padata(w, &r);
    } else if (tag == SGS_DER_CONTEXT(1)) {
        members(w, &r, take_error_data);
    }
    w->is_bad = was_bad;
}

/* messages */

/* KDC-REQ-BODY: section 5.4.1. */
static void take_body(struct work *w, unsigned member, struct sgs_reader *r)
{
    switch (member) {
    case 0:
        put_options(w, false, r);
        break;
    case 1:
        members(w, r, take_client);
        break;
    case 2:
        put_text(w, SGS_F_REALM, r);
        break;
    case 3:
        members(w, r, take_service);
        break;
    case 5:
        ev_time(w->d, SGS_F_TILL, sgs_der_time(r));
        break;
    case 8:
        put_etypes(w, r);
        break;
    default:
        break;
    }
}

static void take_request(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 3) {
        put_padata(w, r);
    } else if (member == 4) {
        members(w, r, take_body);
    }
}

/* KDC-REP: section 5.4.2. */
static void take_reply(struct work *w, unsigned member, struct sgs_reader *r)
{
    switch (member) {
    case 2:
        put_padata(w, r);
        break;
    case 3:
        put_text(w, SGS_F_CREALM, r);
        break;
    case 4:
        members(w, r, take_client);
        break;
    case 5:
        put_ticket(w, r);
        break;
    case 6:
        put_encrypted(w, SGS_F_ETYPE, r);
        break;
    default:
        break;
    }
}

/* AP-REQ: section 5.5.1. */
static void take_ap_request(struct work *w, unsigned member, struct sgs_reader *r)
{
    switch (member) {
    case 2:
        put_options(w, true, r);
        break;
    case 3:
        put_ticket(w, r);
        break;
    case 4:
        put_encrypted(w, SGS_F_ETYPE, r);
        break;
    default:
        break;
    }
}

/* AP-REP: section 5.5.2. */
static void take_ap_reply(struct work *w, unsigned member, struct sgs_reader *r)
{
    if (member == 2) {
        put_encrypted(w, SGS_F_ETYPE, r);
    }
}

static void put_error(struct work *w, struct sgs_reader *r)
{
    int64_t code = sgs_der_int(r);

    if (rd_ok(r)) {
        ev_text(w->d, SGS_F_ERROR, sgs_krb_error(sgs_scratch(w->l), code));
    }
}

/* Microseconds, which follow their seconds; those of a time beyond all others add nothing. */
static sgs_time with_us(sgs_time t, struct sgs_reader *r)
{
    int64_t us = sgs_der_int(r);

    bool is_added = t != SGS_TIME_NONE && t <= INT64_MAX - SGS_SEC && us >= 0 && us < 1000000;
    return is_added ? t + us * SGS_US : t;
}

/* KRB-ERROR: section 5.9.1. */
static void take_error(struct work *w, unsigned member, struct sgs_reader *r)
{
    switch (member) {
    case 2:
        w->ctime = sgs_der_time(r);
        break;
    case 3:
        w->ctime = with_us(w->ctime, r);
        break;
    case 4:
        w->stime = sgs_der_time(r);
        break;
    case 5:
        w->stime = with_us(w->stime, r);
        break;
    case 6:
        put_error(w, r);
        break;
    case 7:
        put_text(w, SGS_F_CREALM, r);
        break;
    case 8:
        members(w, r, take_client);
        break;
    case 9:
        put_text(w, SGS_F_REALM, r);
        break;
    case 10:
        members(w, r, take_service);
        break;
    case 11:
        ev_text(w->d, SGS_F_E_TEXT,
                sgs_mask_text(sgs_scratch(w->l), sgs_der_value(r, SGS_DER_GENERAL_STRING)));
        break;
    case 12:
        put_e_data(w, sgs_der_value(r, SGS_DER_OCTET_STRING));
        break;
    default:
        break;
    }
}

/* By the number of the APPLICATION tag. */
static const struct kind {
    unsigned number;
    enum sgs_kind kind;
    enum sgs_kind answers; /* the kind of request it answers; SGS_N_KINDS: it is a request */
    taker *take;
} kinds[] = {
    {10, SGS_K_KERBEROS_AS_REQ,  SGS_N_KINDS,            take_request   },
    {11, SGS_K_KERBEROS_AS_REP,  SGS_K_KERBEROS_AS_REQ,  take_reply     },
    {12, SGS_K_KERBEROS_TGS_REQ, SGS_N_KINDS,            take_request   },
    {13, SGS_K_KERBEROS_TGS_REP, SGS_K_KERBEROS_TGS_REQ, take_reply     },
    {14, SGS_K_KERBEROS_AP_REQ,  SGS_N_KINDS,            take_ap_request},
    {15, SGS_K_KERBEROS_AP_REP,  SGS_K_KERBEROS_AP_REQ,  take_ap_reply  },
    {30, SGS_K_KERBEROS_ERROR,   SGS_K_KERBEROS_ERROR,   take_error     }, /* answers any */
};

static const struct kind *kind_of(uint8_t tag)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (SGS_DER_APPLICATION(kinds[i].number) == tag) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* Requests and answers take turns in a conversation: section 7.2. */
static void tie(const struct work *w, const struct kind *k)
{
    struct kerberos *st = sgs_state(w->l);
    struct request *asked = &st->asked[k->answers == SGS_N_KINDS ? w->dir : !w->dir];

    if (k->answers == SGS_N_KINDS) {
        *asked = (struct request){sgs_event_id(w->d), k->kind};
    } else if (asked->id > 0 && (asked->kind == k->answers || k->answers == k->kind)) {
        ev_int(w->d, SGS_F_REQUEST, asked->id);
        asked->id = 0;
    }
}

static struct sgs_slice carrier_of(struct sgs_layer *l)
{
    struct sgs_slice carrier = sgs_get(l, SGS_NOTE_CARRIER);

    if (carrier.len > 0) {
        return carrier;
    }
    return sgs_conn_info(l)->transport == SGS_UDP ? SGS_LIT("udp") : SGS_LIT("tcp");
}

static void read_message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, bool is_cut)
{
    struct sgs_reader r = rd_open(msg);
    uint8_t tag = rd_u8(&r);
    const struct kind *k = kind_of(tag);

    if (!k) {
        bool is_private = tag >= SGS_DER_APPLICATION(20) && tag <= SGS_DER_APPLICATION(22);
        if (!is_private && !is_cut) { /* KRB-SAFE, KRB-PRIV, KRB-CRED: nothing of a sign-in */
            sgs_malformed(l, dir, "no Kerberos message", 0);
        }
        return;
    }
    struct work w = {.l = l,
                     .dir = dir,
                     .kind = k->kind,
                     .d = sgs_event_open(l, dir, k->kind),
                     .is_cut = is_cut,
                     .ctime = SGS_TIME_NONE,
                     .stime = SGS_TIME_NONE};
    r = rd_open(msg);
    struct sgs_reader in = enter(&w, &r, tag);
    ev_text(w.d, SGS_F_CARRIER, carrier_of(l));
    members(&w, &in, k->take);
    ev_time(w.d, SGS_F_CTIME, w.ctime);
    ev_time(w.d, SGS_F_STIME, w.stime);
    if (w.is_fast) {
        ev_bool(w.d, SGS_F_FAST, true);
    }
    if (is_cut) {
        ev_bool(w.d, SGS_F_CUT, true);
    }
    tie(&w, k);
    sgs_emit(w.d);
    if (w.is_bad && !is_cut) {
        sgs_malformed(l, dir, "Kerberos message against its grammar", 0);
    }
}

/* A token with the head of RFC 2743, section 3.1: its OID, two octets of type, the message. */
static void read_token(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_reader r = rd_open(msg);
    struct sgs_reader in = sgs_der_enter(&r, SGS_DER_APPLICATION(0));
    (void)sgs_der_value(&in, SGS_DER_OID);
    uint16_t type = rd_be16(&in);

    if (!rd_ok(&in)) {
        sgs_malformed(l, dir, "token against its grammar", 0);
    } else if (type >= 0x0100 && type <= 0x0300 && (type & 0xff) == 0) {
        read_message(l, dir, rd_rest(&in), false);
    }
}

/* Over TCP a length stands before each message, whose first octet is then 0; no message begins so.
 */
static bool is_framed(struct sgs_layer *l, struct sgs_slice msg)
{
    return sgs_conn_info(l)->transport == SGS_TCP && sgs_slice_starts(msg, SGS_LIT("\0"));
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    const struct kerberos *st = sgs_state(l);

    if (is_framed(l, msg)) {
        read_message(l, dir, sgs_slice_from(msg, MARK_LEN), sgs_is_cut(l));
    } else if (sgs_slice_starts(msg, SGS_LIT("\x60"))) {
        read_token(l, dir, msg);
    } else {
        read_message(l, dir, msg, st->is_cut);
    }
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct kerberos *st = sgs_state(l);
    struct sgs_reader r = rd_open(avail);
    uint8_t tag = 0;
    uint32_t len = 0;

    if (sgs_get(l, SGS_NOTE_CARRIER).len > 0) {
        return SGS_LEN(avail.len); /* a token is whole even where its carrier is cut */
    }
    if (sgs_conn_info(l)->transport == SGS_UDP) {
        st->is_cut = sgs_is_cut(l);
        return SGS_LEN(avail.len);
    }
    if (avail.len < HEAD_MAX) {
        return SGS_NEED(HEAD_MAX);
    }
    if (is_framed(l, avail)) {
        return SGS_LEN(MARK_LEN + (size_t)rd_be32(&r));
    }
    return sgs_der_head(&r, &tag, &len) ? SGS_LEN(r.off + len) : SGS_BAD;
}

/* One of the messages read here, its SEQUENCE, and lengths that fit one another. */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    bool has_mark = sgs_slice_starts(head, SGS_LIT("\0"));
    struct sgs_reader mark = rd_open(head);
    uint32_t told = has_mark ? rd_be32(&mark) : 0;
    struct sgs_slice msg = rd_rest(&mark);
    struct sgs_reader r = rd_open(msg);
    uint8_t tag = rd_u8(&r);
    uint8_t inner = 0;
    uint32_t len = 0;
    uint32_t inner_len = 0;

    if (msg.len > 0 && !kind_of(tag)) {
        return SGS_NO;
    }
    if (msg.len < MIN_MESSAGE) {
        return SGS_SHORT;
    }
    r = rd_open(msg);
    bool has_head = sgs_der_head(&r, &tag, &len);
    size_t whole = r.off + len;
    if (!has_head || !sgs_der_head(&r, &inner, &inner_len) || inner != SGS_DER_SEQUENCE) {
        return SGS_NO;
    }
    return r.off + inner_len == whole && (!has_mark || whole == told) ? SGS_SURE : SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_UDP_PORT, "88"      },
    {SGS_BY_TCP_PORT, "88"      },
    {SGS_BY_SCHEME,   "Kerberos"},
    {SGS_BY_NAME,     "kerberos"},
    {0,               NULL      },
};

SGS_DISSECTOR(kerberos) = {
    .name = "kerberos",
    .title = "Kerberos 5",
    .claims = claims,
    .state_size = sizeof(struct kerberos),
    .max_message = SGS_MAX_KRB_MESSAGE,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
