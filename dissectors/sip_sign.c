/*
 * Signatures of SIP messages ([MS-SIPAE], sections 3.2.5.1 and 3.2.5.2).  What is signed is not the
 * message, but a row of its values as they are spelled, each in angle brackets, empty where it has
 * none:
 *
 *   <scheme><salt><number><realm><targetname><Call-ID><CSeq number><CSeq method><From URI><From
 *   tag><To URI><To tag><asserted sip: URI><asserted tel: URI><Expires>   and, of a response,
 *   <status>
 *
 * Before version 3 the URI of To and both identities are left out.  Keys are those of a TLS-DSK
 * handshake whose secrets are known; with NTLM and Kerberos nobody outside has any.
 */
#include <signscope/buf.h>
#include <signscope/codec.h>
#include <signscope/reader.h>
#include <signscope/tls_dsk.h>

#include "sip.h"

#define MAX_OPAQUE 16 /* octets of a handle that are compared: it has 8 */
#define ABOUT_LEN (4 + 2 * SGS_TLS_RANDOM_LEN)
#define VERSION_4 4

/* A security association: what signatures under one handle are made with. */
struct sgs_sip_sa {
    uint8_t opaque[MAX_OPAQUE];
    size_t opaque_len;
    uint64_t version;         /* of the authentication protocol */
    uint8_t about[ABOUT_LEN]; /* SGS_NOTE_DSK */
};

static struct sgs_slice handle_of(const struct sgs_sip_auth *auth)
{
    return sgs_slice_head(auth->opaque, MAX_OPAQUE);
}

/* The youngest of that handle, or NULL.  What names no handle means the only one there is. */
static struct sgs_sip_sa *find(const struct sgs_sip *st, struct sgs_slice handle)
{
    size_t held = st->n_sas < SGS_MAX_SIP_SAS ? st->n_sas : SGS_MAX_SIP_SAS;

    if (handle.len == 0 && st->n_sas == 1) {
        return &st->sas[0];
    }
    for (size_t i = 1; i <= held; i++) {
        struct sgs_sip_sa *sa = &st->sas[(st->n_sas - i) % SGS_MAX_SIP_SAS];
        if (handle.len > 0 && sgs_slice_ieq(sgs_slice(sa->opaque, sa->opaque_len), handle)) {
            return sa;
        }
    }
    return NULL;
}

static size_t keep(uint8_t *to, size_t cap, struct sgs_slice s)
{
    size_t n = s.len < cap ? s.len : cap;

    for (size_t i = 0; i < n; i++) {
        to[i] = s.ptr[i];
    }
    return n;
}

static uint64_t version_of(const struct sgs_sip_auth *auth, uint64_t fallback)
{
    uint64_t version = fallback;

    (void)sgs_slice_uint(auth->version, UINT32_MAX, &version);
    return version;
}

void sgs_sip_keep_sa(struct sgs_layer *l, const struct sgs_sip_auth *auth, struct sgs_slice about)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_slice handle = handle_of(auth);

    if (about.len != ABOUT_LEN || handle.len == 0) {
        return;
    }
    if (!st->sas) {
        st->sas = sgs_arena_array(sgs_layer_arena(l), SGS_MAX_SIP_SAS, sizeof *st->sas);
    }
    if (!st->sas) {
        return;
    }
    struct sgs_sip_sa *sa = find(st, handle);
    sa = sa ? sa : &st->sas[st->n_sas++ % SGS_MAX_SIP_SAS];
    sa->opaque_len = keep(sa->opaque, sizeof sa->opaque, handle);
    sa->version = version_of(auth, VERSION_4);
    (void)keep(sa->about, sizeof sa->about, about);
}

/* what is signed */

/* An address header in its parts, as they are spelled. */
struct address {
    struct sgs_slice uri;
    struct sgs_slice params;
};

/* Octets of s before the first c that is not inside quotes; s.len: none. */
static size_t outside_quotes(struct sgs_slice s, uint8_t c)
{
    bool is_quoted = false;

    for (size_t i = 0; i < s.len; i++) {
        is_quoted ^= s.ptr[i] == '"' && (i == 0 || s.ptr[i - 1] != '\\');
        if (!is_quoted && s.ptr[i] == c) {
            return i;
        }
    }
    return s.len;
}

static struct address address_in(struct sgs_slice value)
{
    size_t open = outside_quotes(value, '<');
    struct sgs_slice inside = sgs_slice_from(value, open + 1);

    if (open < value.len) {
        size_t close = sgs_slice_chr(inside, '>');
        return (struct address){sgs_slice_head(inside, close), sgs_slice_from(inside, close + 1)};
    }
    size_t end = outside_quotes(value, ';');
    struct sgs_slice uri = sgs_slice_trim(sgs_slice_head(value, end));
    for (size_t blank = 0; (blank = outside_quotes(uri, ' ')) < uri.len;) {
        uri = sgs_slice_from(uri, blank + 1); /* a name before it */
    }
    return (struct address){uri, sgs_slice_from(value, end)};
}

struct sgs_slice sgs_sip_next_uri(struct sgs_slice *list)
{
    struct sgs_slice uri = {NULL, 0};

    while (uri.len == 0 && list->len > 0) {
        size_t end = outside_quotes(*list, ',');
        uri = address_in(sgs_slice_trim(sgs_slice_head(*list, end))).uri;
        *list = sgs_slice_from(*list, end + 1);
    }
    return uri;
}

/* The URI with that scheme among those of an identity header: <sip:...>, <tel:...>. */
static struct sgs_slice identity_in(struct sgs_slice value, struct sgs_slice scheme)
{
    struct sgs_slice uri;

    do {
        uri = sgs_sip_next_uri(&value);
    } while (uri.len > 0 && !sgs_slice_istarts(uri, scheme));
    return uri;
}

static void add(struct sgs_buf *b, struct sgs_slice value)
{
    (void)sgs_buf_add_octet(b, '<');
    (void)sgs_buf_add(b, value);
    (void)sgs_buf_add_octet(b, '>');
}

static void add_identities(struct sgs_buf *b, const struct sgs_sip_head *head)
{
    struct sgs_slice value = sgs_sip_value(head, SGS_SIP_P_ASSERTED_IDENTITY);

    value = value.len > 0 ? value : sgs_sip_value(head, SGS_SIP_P_PREFERRED_IDENTITY);
    add(b, identity_in(value, SGS_LIT("sip:")));
    add(b, identity_in(value, SGS_LIT("tel:")));
}

static void add_parties(struct sgs_buf *b, const struct sgs_sip_head *head, bool is_old)
{
    struct address from = address_in(sgs_sip_value(head, SGS_SIP_FROM));
    struct address to = address_in(sgs_sip_value(head, SGS_SIP_TO));

    add(b, from.uri);
    add(b, sgs_param_find(from.params, ';', SGS_LIT("tag")));
    if (!is_old) {
        add(b, to.uri);
    }
    add(b, sgs_param_find(to.params, ';', SGS_LIT("tag")));
    if (!is_old) {
        add_identities(b, head);
    }
}

struct sgs_slice sgs_sip_signed_text(const struct sgs_sip_message *m,
                                     const struct sgs_sip_auth *auth, uint64_t version)
{
    struct sgs_slice method = sgs_sip_value(m->head, SGS_SIP_CSEQ);
    struct sgs_slice number = sgs_slice_trim(sgs_slice_cut(&method, ' '));
    struct sgs_arena *a = sgs_scratch(m->l);
    struct sgs_buf b;

    sgs_buf_init(&b, 2 * SGS_MAX_SIP_HEAD);
    add(&b, auth->scheme);
    add(&b, auth->salt);
    add(&b, auth->number);
    add(&b, auth->realm);
    add(&b, auth->targetname);
    add(&b, sgs_sip_value(m->head, SGS_SIP_CALL_ID));
    add(&b, number);
    add(&b, sgs_slice_trim(method));
    add_parties(&b, m->head, version < 3);
    add(&b, sgs_sip_value(m->head, SGS_SIP_EXPIRES));
    if (m->start->is_response) {
        add(&b, sgs_arena_printf(a, "%03u", (unsigned)m->start->status));
    }
    struct sgs_slice text =
        b.overflow ? (struct sgs_slice){NULL, 0} : sgs_arena_copy(a, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    return text;
}

/* keys */

/* The key of the side that has signed; false: it is not known. */
static bool key_of(struct sgs_layer *l, const struct sgs_sip_sa *sa, bool is_by_server,
                   uint8_t out[SGS_TLS_DSK_KEY_LEN])
{
    struct sgs_reader r = rd_open(sgs_slice(sa->about, sizeof sa->about));
    uint16_t version = rd_be16(&r);
    const struct sgs_tls_suite *suite = sgs_tls_suite_find(rd_be16(&r));
    struct sgs_slice client_random = rd_take(&r, SGS_TLS_RANDOM_LEN);
    struct sgs_slice server_random = rd_take(&r, SGS_TLS_RANDOM_LEN);
    uint8_t master[SGS_TLS_MAX_SECRET], other[SGS_TLS_DSK_KEY_LEN];

    size_t len = sgs_keys(l) ? sgs_tls_keys_find(sgs_keys(l), SGS_TLS_CLIENT_RANDOM, client_random,
                                                 master, NULL)
                             : 0;
    bool ok = len > 0 &&
              sgs_tls_dsk_keys(suite, version, sgs_slice(master, len), client_random, server_random,
                               is_by_server ? other : out, is_by_server ? out : other) == SGS_OK;
    sgs_tls_wipe(master, sizeof master);
    sgs_tls_wipe(other, sizeof other);
    return ok;
}

void sgs_sip_put_signature(struct sgs_draft *d, const struct sgs_sip_message *m,
                           const struct sgs_sip_auth *auth)
{
    const struct sgs_sip_sa *sa = find(sgs_state(m->l), handle_of(auth));
    uint8_t key[SGS_TLS_DSK_KEY_LEN];
    struct sgs_slice signature = {NULL, 0};

    if (m->is_cut || !sa || !sgs_slice_ieq(auth->scheme, SGS_LIT("TLS-DSK")) ||
        !key_of(m->l, sa, auth->is_by_server, key)) {
        return;
    }
    struct sgs_slice text = sgs_sip_signed_text(m, auth, version_of(auth, sa->version));
    bool is_valid = sgs_hex_decode(sgs_scratch(m->l), auth->signature, &signature) &&
                    sgs_tls_dsk_is_valid(sgs_slice(key, sizeof key), text, signature);
    if (text.len > 0) {
        ev_bool(d, SGS_F_SIGNATURE_VALID, is_valid);
    }
    sgs_tls_wipe(key, sizeof key);
}
