/*
 * What Microsoft's servers and clients say in SIP headers: authentication ([MS-SIPAE], section 2.2,
 * in the grammar of RFC 3261, section 25.1) and diagnostics ([MS-OCER], section 2.2).
 *
 *   scheme SP name=value, name="value", ...  [, scheme SP name=value ...]
 *   code; reason="text"; source="host"; name="value" ...
 *
 * Tokens, responses and signatures are looked at, but never passed on.
 */
#include <stddef.h>

#include <signscope/codec.h>
#include <signscope/diagnostics.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "sip.h"

#define MAX_OPAQUE 16 /* hex digits: handles have 8 */
#define MIN_TOKEN 16  /* octets of a token that stands alone: names of parameters are shorter */

static size_t first_blank(struct sgs_slice s)
{
    size_t blank = sgs_slice_chr(s, ' ');
    size_t tab = sgs_slice_chr(s, '\t');

    return blank < tab ? blank : tab;
}

/* A scheme at the head of an element of the list, which then loses it; empty when it has none. */
static struct sgs_slice take_scheme(struct sgs_param *p, bool is_first)
{
    size_t blank = first_blank(p->name);
    struct sgs_slice scheme = {NULL, 0};

    if (blank < p->name.len) {
        scheme = sgs_slice_head(p->name, blank);
        p->name = sgs_slice_trim(sgs_slice_from(p->name, blank));
        return scheme;
    }
    /* Schemes are written with a capital; a value that was not quoted may have left lower case. */
    bool is_capital = p->name.len > 0 && p->name.ptr[0] >= 'A' && p->name.ptr[0] <= 'Z';
    if (!p->has_value && (is_first || is_capital)) {
        scheme = p->name;
        p->name = (struct sgs_slice){NULL, 0};
    }
    return scheme;
}

/* True when a parameter is in truth a token with its padding, as in "Negotiate YIIK==". */
static bool is_bare_token(const struct sgs_param *p)
{
    return p->name.len >= MIN_TOKEN && (p->value.len == 0 || sgs_slice_eq(p->value, SGS_LIT("=")));
}

/* Where the value of a parameter goes; NULL: nowhere. */
static struct sgs_slice *slot_of(struct sgs_sip_auth *auth, struct sgs_slice name)
{
    static const struct {
        const char *name;
        size_t slot; /* where it is in *auth */
    } rows[] = {
#define ROW(name, slot) {name, offsetof(struct sgs_sip_auth, slot)}
        ROW("gssapi-data", token), ROW("opaque", opaque),      ROW("targetname", targetname),
        ROW("sts-uri", sts_uri),   ROW("response", signature), ROW("rspauth", signature),
        ROW("crand", salt),        ROW("srand", salt),         ROW("cnum", number),
        ROW("snum", number),       ROW("realm", realm),        ROW("version", version),
        ROW("username", username),
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool may_be = name.len > 0 && (name.ptr[0] | 0x20) == rows[i].name[0];
        if (may_be && sgs_slice_ieq(name, sgs_slice_str(rows[i].name))) {
            return (struct sgs_slice *)(void *)((uint8_t *)auth + rows[i].slot);
        }
    }
    return NULL;
}

static void take_param(struct sgs_sip_auth *auth, const struct sgs_param *p, bool is_first)
{
    struct sgs_slice *slot = slot_of(auth, p->name);

    if (slot) {
        *slot = p->value;
        auth->is_gssapi |= slot == &auth->token;
        auth->has_token |= slot == &auth->token;
        auth->has_response |= sgs_slice_ieq(p->name, SGS_LIT("response"));
        auth->is_by_server |= sgs_slice_ieq(p->name, SGS_LIT("rspauth"));
    } else if (is_first && is_bare_token(p)) {
        auth->token = p->name;
        auth->has_token = true;
    }
}

/* Takes the first scheme with its parameters off *rest.  False when there is none any more. */
static bool next_auth(struct sgs_slice *rest, struct sgs_sip_auth *out)
{
    struct sgs_slice at = *rest;
    struct sgs_param p;

    *out = (struct sgs_sip_auth){0};
    while (sgs_param_next(&at, ',', &p)) {
        struct sgs_slice scheme = take_scheme(&p, out->scheme.len == 0);
        if (scheme.len > 0 && out->scheme.len > 0) {
            return true;
        }
        if (scheme.len > 0) {
            out->scheme = scheme;
        }
        take_param(out, &p, scheme.len > 0);
        *rest = at;
    }
    return out->scheme.len > 0;
}

bool sgs_sip_has_auth_params(struct sgs_slice value)
{
    size_t equals = sgs_slice_chr(value, '=');
    struct sgs_slice rest = sgs_slice_from(value, equals);

    while (sgs_slice_starts(rest, SGS_LIT("="))) { /* a token may end in two of them */
        rest = sgs_slice_from(rest, 1);
    }
    return rest.len > 0 && first_blank(value) < equals;
}

/* A TLS record with a ClientHello at its head, or perhaps only its first octets. */
static bool is_client_hello(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    bool is_handshake = rd_u8(&r) == 22;

    rd_skip(&r, 4); /* version, length */
    return is_handshake && rd_u8(&r) == 1 && rd_ok(&r);
}

/* RFC 7616: without tokens. */
static bool is_digest(const struct sgs_sip_auth *auth)
{
    return sgs_slice_ieq(auth->scheme, SGS_LIT("Digest"));
}

/*
 * What the client is about: [MS-SIPAE], section 3.2.5.2.  Of TLS-DSK the handshake message tells.
 * The server's handle comes with its first answer to a token, so of the others a token without
 * handle is the first one.
 */
static const char *leg_of(const struct sgs_sip_auth *auth)
{
    if (is_digest(auth) && auth->has_response) {
        return "answer";
    }
    if (!auth->has_token) {
        return auth->has_response ? "signed" : "first";
    }
    if (sgs_slice_ieq(auth->scheme, SGS_LIT("TLS-DSK")) && auth->octets.len > 0) {
        return is_client_hello(auth->octets) ? "first" : "answer";
    }
    /* an NTLM message of type 3, in base64 */
    bool is_ntlm_answer = sgs_slice_starts(auth->token, SGS_LIT("TlRMTVNTUAAD"));
    bool is_first = auth->token.len == 0 || auth->opaque.len == 0;
    return is_first && !is_ntlm_answer ? "first" : "answer";
}

/* The handle of a security association is short hex; what is not may be a secret of another kind.
 */
static void put_opaque(struct sgs_draft *d, struct sgs_slice opaque)
{
    for (size_t i = 0; i < opaque.len; i++) {
        if (sgs_hex_digit(opaque.ptr[i]) < 0) {
            return;
        }
    }
    if (opaque.len <= MAX_OPAQUE) {
        ev_text(d, SGS_F_OPAQUE, opaque);
    }
}

/* What the headers of a message say together: the first of each wins. */
struct summary {
    struct sgs_slice opaque;
    struct sgs_slice targetname;
    struct sgs_slice sts_uri;
};

static void keep_first(struct sgs_slice *to, struct sgs_slice value)
{
    *to = to->len > 0 ? *to : value;
}

static void add_up(struct summary *sum, const struct sgs_sip_auth *auth)
{
    const struct sgs_slice service = SGS_LIT("sip/"); /* of a Kerberos principal */
    bool is_principal = sgs_slice_istarts(auth->targetname, service);

    keep_first(&sum->opaque, auth->opaque);
    keep_first(&sum->targetname, sgs_slice_from(auth->targetname, is_principal ? service.len : 0));
    keep_first(&sum->sts_uri, auth->sts_uri);
}

static bool is_challenge(enum sgs_sip_name name)
{
    return name == SGS_SIP_WWW_AUTHENTICATE || name == SGS_SIP_PROXY_AUTHENTICATE;
}

static bool is_credentials(enum sgs_sip_name name)
{
    return name == SGS_SIP_AUTHORIZATION || name == SGS_SIP_PROXY_AUTHORIZATION;
}

static void decode_token(const struct sgs_sip_message *m, struct sgs_sip_auth *auth, size_t off)
{
    if (!sgs_base64_decode(sgs_scratch(m->l), auth->token, &auth->octets) && auth->is_gssapi) {
        sgs_malformed(m->l, m->dir, "gssapi-data is not base64", off);
    }
}

/*
 * Gives a token to whoever reads this scheme: one child a scheme and Call-ID, as several users may
 * sign in over one connection.  A handshake of TLS-DSK leaves what later signatures are made with.
 */
static void carry(const struct sgs_sip_message *m, const struct sgs_sip_auth *auth)
{
    if (auth->octets.len == 0) {
        return;
    }
    struct sgs_slice call_id = sgs_sip_value(m->head, SGS_SIP_CALL_ID);
    struct sgs_slice key = sgs_arena_printf(sgs_scratch(m->l), "%.*s %.*s", (int)auth->scheme.len,
                                            (const char *)auth->scheme.ptr, (int)call_id.len,
                                            call_id.len > 0 ? (const char *)call_id.ptr : "");
    struct sgs_layer *child = sgs_child(m->l, key, SGS_BY_SCHEME, auth->scheme);
    if (sgs_get(child, SGS_NOTE_CARRIER).len == 0) {
        sgs_put(child, SGS_NOTE_CARRIER, SGS_LIT("sip"));
        sgs_put(child, SGS_NOTE_TARGETNAME, auth->targetname);
    }
    sgs_push(child, m->dir, auth->octets);
    sgs_sip_keep_sa(m->l, auth, sgs_get(child, SGS_NOTE_DSK));
}

/* Scheme and place in a sign-in of credentials: the first ones of a message count. */
static const char *put_credentials(struct sgs_draft *d, const struct sgs_sip_message *m,
                                   const struct sgs_sip_auth *auth)
{
    ev_text(d, SGS_F_AUTH_SCHEME, auth->scheme);
    ev_text(d, SGS_F_USER, sgs_mask_text(sgs_scratch(m->l), auth->username));
    return leg_of(auth);
}

static void put_signature(struct sgs_draft *d, const struct sgs_sip_message *m,
                          const struct sgs_sip_auth *auth)
{
    if (auth->salt.len > 0 && auth->signature.len > 0) {
        ev_bool(d, SGS_F_SIGNED, true);
        sgs_sip_put_signature(d, m, auth);
    }
}

void sgs_sip_put_auth(struct sgs_draft *d, const struct sgs_sip_message *m)
{
    struct summary sum = {0};
    const char *leg = NULL;

    for (size_t i = 0; i < m->head->n; i++) {
        enum sgs_sip_name name = m->head->headers[i].name;
        struct sgs_slice rest = m->head->headers[i].value;
        struct sgs_sip_auth auth;
        if (!is_challenge(name) && !is_credentials(name) && name != SGS_SIP_AUTHENTICATION_INFO) {
            continue;
        }
        while (next_auth(&rest, &auth)) {
            decode_token(m, &auth, m->head->headers[i].off);
            if (is_challenge(name)) {
                ev_item(d, SGS_F_AUTH_SCHEMES, auth.scheme);
            }
            if (is_credentials(name) && !leg) {
                leg = put_credentials(d, m, &auth);
            }
            add_up(&sum, &auth);
            carry(m, &auth);
            put_signature(d, m, &auth);
        }
    }
    put_opaque(d, sum.opaque);
    if (m->start->is_response) {
        ev_text(d, SGS_F_TARGETNAME, sum.targetname);
        ev_text(d, SGS_F_STS_URI, sgs_mask_url(sgs_scratch(m->l), sum.sts_uri));
    } else {
        ev_str(d, SGS_F_AUTH_LEG, leg ? leg : "bare");
    }
}

/* diagnostics */

void sgs_sip_put_diagnostics(struct sgs_draft *d, struct sgs_arena *a,
                             const struct sgs_sip_head *head)
{
    struct sgs_slice first = sgs_sip_value(head, SGS_SIP_MS_DIAGNOSTICS);
    size_t n = 0;

    for (size_t i = 0; i < head->n; i++) {
        enum sgs_sip_name name = head->headers[i].name;
        n += name == SGS_SIP_MS_DIAGNOSTICS || name == SGS_SIP_MS_DIAGNOSTICS_PUBLIC;
    }
    first = first.len > 0 ? first : sgs_sip_value(head, SGS_SIP_MS_DIAGNOSTICS_PUBLIC);
    ev_diagnostics(d, SGS_F_MS_DIAGNOSTICS, first, a);
    for (size_t i = 0; i < head->n && n > 1; i++) {
        enum sgs_sip_name name = head->headers[i].name;
        if (name == SGS_SIP_MS_DIAGNOSTICS || name == SGS_SIP_MS_DIAGNOSTICS_PUBLIC) {
            ev_row(d, SGS_F_MS_DIAGNOSTICS_ALL);
            ev_diagnostics(d, SGS_F_MS_DIAGNOSTICS_ALL, head->headers[i].value, a);
        }
    }
}
