/*
 * TLS Certificate messages and stapled OCSP answers (RFC 5246, section 7.4.2; RFC 8446, section
 * 4.4.2; RFC 6066, section 8; RFC 6961, section 2.2):
 *
 *   Certificate        to 1.2: <3> certificates, each <3> DER
 *                      1.3: <1> context | <3> entries, each <3> DER | <2> extensions
 *   CertificateStatus  type 1 = 1: <3> OCSPResponse
 *                      type 1 = 2: <3> list, each <3> OCSPResponse or nothing
 *   (<n>: a length of n octets, then as many.  In 1.3 the extension status_request of an entry has
 *   the octets of a CertificateStatus.)
 */
#include "tls.h"

#include <inttypes.h>
#include <string.h>

#include <signscope/cert.h>
#include <signscope/cert_fields.h>
#include <signscope/reader.h>

#define EXT_STATUS_REQUEST 5

enum { STATUS_OCSP = 1, STATUS_OCSP_MULTI = 2 };

/* One Certificate message. */
struct chain {
    struct sgs_slice ders[SGS_MAX_TLS_CERTIFICATES];
    struct sgs_slice staples[SGS_MAX_TLS_CERTIFICATES]; /* 1.3: CertificateStatus; empty: none */
    size_t n;
    bool is_client;
    bool is_whole; /* neither cut nor longer than the cap */
};

/* Stapled answers */

static void put_answer(struct sgs_layer *l, enum sgs_dir dir, uint64_t position,
                       const struct sgs_ocsp *o, const struct sgs_ocsp_cert *c)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_TLS_OCSP);

    ev_int(ev, SGS_F_POSITION, position);
    ev_ocsp(ev, o, c);
    sgs_emit(ev);
}

static void answer(struct sgs_layer *l, enum sgs_dir dir, uint64_t position, struct sgs_slice der)
{
    struct sgs_ocsp o;

    if (sgs_ocsp_response_read(der, sgs_scratch(l), &o) != SGS_OK) {
        sgs_malformed(l, dir, "a stapled OCSP answer is not valid DER", 0);
        return;
    }
    for (size_t i = 0; i < o.n_certs; i++) {
        put_answer(l, dir, position, &o, &o.certs[i]);
    }
    if (o.n_certs == 0) {
        put_answer(l, dir, position, &o, NULL);
    }
}

static void status(struct sgs_layer *l, enum sgs_dir dir, uint64_t position, struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);
    uint8_t type = rd_u8(&r);
    struct sgs_reader list = rd_sub(&r, rd_be24(&r));

    if (!rd_ok(&list)) {
        sgs_malformed(l, dir, "CertificateStatus cut short", 0);
        return;
    }
    if (type == STATUS_OCSP) {
        answer(l, dir, position, rd_rest(&list));
        return;
    }
    for (; type == STATUS_OCSP_MULTI && rd_more(&list); position++) {
        struct sgs_slice der = rd_take(&list, rd_be24(&list));
        if (position == SGS_MAX_TLS_CERTIFICATES) {
            sgs_limit(l, dir, "tls.certificates", SGS_MAX_TLS_CERTIFICATES);
            return;
        }
        if (der.len > 0) {
            answer(l, dir, position, der);
        }
    }
}

void tls_certificate_status(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice body)
{
    status(l, dir, 0, body);
}

/* Certificates */

static void put_list(struct sgs_draft *ev, enum sgs_field_id id, const struct sgs_slice *items,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ev_item(ev, id, items[i]);
    }
}

/* How these addresses are reached, each way once. */
static void put_kinds(struct sgs_draft *ev, enum sgs_field_id id, const struct sgs_slice *urls,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *kind = sgs_cert_url_kind(urls[i]);
        size_t k = 0;
        while (k < i && strcmp(sgs_cert_url_kind(urls[k]), kind) != 0) {
            k++;
        }
        if (k == i) {
            ev_item(ev, id, sgs_slice_str(kind));
        }
    }
}

static struct sgs_slice without_brackets(struct sgs_slice host)
{
    bool has_brackets = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';

    return has_brackets ? rd_at(host, 1, host.len - 2) : host;
}

/* The name of the server that the client asked for (RFC 6125, section 6.2): that of its hello, else
 * that of the tunnel, else the one whose address it looked up. */
static struct sgs_slice name_asked(struct sgs_layer *l, const struct chain *chain)
{
    const struct tls *st = sgs_state(l);
    struct sgs_slice tunnel = without_brackets(sgs_get(l, SGS_NOTE_HOST));

    if (chain->is_client || st->client != SGS_C2S) {
        return (struct sgs_slice){NULL, 0};
    }
    if (st->is_inner) {
        return sgs_get(l, SGS_NOTE_TARGETNAME);
    }
    if (st->hello.sni_len > 0) {
        return sgs_slice(st->hello.sni, st->hello.sni_len);
    }
    return tunnel.len > 0 ? tunnel : sgs_server_name(l);
}

/* Where the client has that name from. */
static void put_sources(struct sgs_layer *l, struct sgs_slice name, struct sgs_draft *ev)
{
    const struct tls *st = sgs_state(l);
    const unsigned sources = sgs_name_sources(l, name);
    const bool is_inner = st->is_inner;
    const bool is_tunnel =
        !is_inner && sgs_slice_ieq(name, without_brackets(sgs_get(l, SGS_NOTE_HOST)));
    const struct {
        bool is_there;
        const char *text;
    } rows[] = {
        {st->hello.sni_len > 0,                  "sni"         },
        {is_tunnel,                              "connect"     },
        {(sources & SGS_NAME_DNS) != 0,          "dns"         },
        {(sources & SGS_NAME_SRV) != 0,          "srv"         },
        {(sources & SGS_NAME_AUTODISCOVER) != 0, "autodiscover"},
        {is_inner,                               "targetname"  },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].is_there) {
            ev_item(ev, SGS_F_SOURCES, sgs_slice_str(rows[i].text));
        }
    }
}

/* What only the whole chain tells, and is said of its leaf. */
static void put_verdict(struct sgs_layer *l, const struct chain *chain, struct sgs_draft *ev)
{
    const struct sgs_cert_chain sent = {
        .ders = chain->ders,
        .n = chain->n,
        .name = name_asked(l, chain),
        .when = sgs_origin_of(l)->time,
        .is_client = chain->is_client,
    };
    struct sgs_cert_verdict verdict;

    if (sgs_cert_check(&sent, sgs_anchors_of(l), &verdict) != SGS_OK) {
        return;
    }
    if (verdict.has_name) {
        ev_text(ev, SGS_F_NAME, sent.name);
        put_sources(l, sent.name, ev);
        ev_bool(ev, SGS_F_NAME_MATCH, verdict.name_match);
    }
    if (chain->is_whole) {
        ev_str(ev, SGS_F_CHAIN, verdict.chain);
    }
    if (verdict.has_trust && (chain->is_whole || verdict.is_trusted)) {
        ev_bool(ev, SGS_F_TRUSTED, verdict.is_trusted);
        ev_str(ev, SGS_F_VERIFY_ERROR, verdict.why);
    }
}

/* For who reads what is inside, and knows what else was asked there. */
static void note_leaf(struct sgs_layer *l, const struct chain *chain, const struct sgs_draft *ev)
{
    const struct tls *st = sgs_state(l);

    if (!chain->is_client && !st->has_certificate) {
        sgs_put(l, SGS_NOTE_LEAF, chain->ders[0]);
        sgs_put(l, SGS_NOTE_LEAF_NAME, name_asked(l, chain));
        sgs_put(l, SGS_NOTE_LEAF_ID,
                sgs_arena_printf(sgs_scratch(l), "%" PRIu64, sgs_event_id(ev)));
    }
}

static void put_facts(struct sgs_layer *l, const struct sgs_cert *c, struct sgs_draft *ev)
{
    ev_cert(ev, c, sgs_scratch(l));
    put_list(ev, SGS_F_NAMES, c->names, c->n_names);
    put_list(ev, SGS_F_CRL, c->crl, c->n_crl);
    put_list(ev, SGS_F_AIA, c->aia, c->n_aia);
    ev_text(ev, SGS_F_KEY, c->key);
    ev_text(ev, SGS_F_SIGNATURE, c->signature);
    put_list(ev, SGS_F_USAGE, c->usage, c->n_usage);
    put_list(ev, SGS_F_EKU, c->eku, c->n_eku);
    ev_bool(ev, SGS_F_CA, c->is_ca);
    put_list(ev, SGS_F_OCSP, c->ocsp, c->n_ocsp);
    put_kinds(ev, SGS_F_CRL_KINDS, c->crl, c->n_crl);
    put_kinds(ev, SGS_F_AIA_KINDS, c->aia, c->n_aia);
    ev_bool(ev, SGS_F_MUST_STAPLE, c->must_staple);
    ev_str(ev, SGS_F_VALIDITY, sgs_cert_validity(c, sgs_origin_of(l)->time));
}

static void emit_certificate(struct sgs_layer *l, enum sgs_dir dir, const struct chain *chain,
                             size_t position)
{
    struct sgs_cert c;

    if (sgs_cert_read(chain->ders[position], sgs_scratch(l), &c) != SGS_OK) {
        sgs_malformed(l, dir, "a certificate is not valid DER", 0);
        return;
    }
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_TLS_CERTIFICATE);
    put_facts(l, &c, ev);
    ev_int(ev, SGS_F_POSITION, position);
    ev_str(ev, SGS_F_SIDE, chain->is_client ? "client" : "server");
    if (position == 0) {
        put_verdict(l, chain, ev);
        note_leaf(l, chain, ev);
    }
    sgs_emit(ev);
}

/* The CertificateStatus in the extensions of an entry of 1.3; empty: none. */
static struct sgs_slice staple_of(struct sgs_reader extensions)
{
    while (rd_more(&extensions)) {
        uint16_t type = rd_be16(&extensions);
        struct sgs_slice body = rd_take(&extensions, rd_be16(&extensions));
        if (type == EXT_STATUS_REQUEST && rd_ok(&extensions)) {
            return body;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* False: the cap was reached. */
static bool read_chain(struct sgs_reader *list, bool is_13, struct chain *out)
{
    while (rd_more(list)) {
        struct sgs_slice der = rd_take(list, rd_be24(list));
        struct sgs_reader extensions = rd_sub(list, is_13 ? rd_be16(list) : 0);
        if (!rd_ok(list)) {
            return true;
        }
        if (out->n == SGS_MAX_TLS_CERTIFICATES) {
            return false;
        }
        out->ders[out->n] = der;
        out->staples[out->n++] = staple_of(extensions);
    }
    return true;
}

void tls_certificate(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice body)
{
    struct tls *st = sgs_state(l);
    bool is_13 = st->hello.has_server && st->hello.version == TLS13;
    struct chain chain = {.is_client = (st->hello.has_client || st->is_inner) && dir == st->client};
    struct sgs_reader r = rd_open(body);

    if (is_13) {
        rd_skip(&r, rd_u8(&r)); /* certificate_request_context */
    }
    struct sgs_reader list = rd_sub(&r, rd_be24(&r));
    bool is_below_cap = read_chain(&list, is_13, &chain);
    chain.is_whole = is_below_cap && rd_ok(&list);
    for (size_t i = 0; i < chain.n; i++) {
        emit_certificate(l, dir, &chain, i);
        if (chain.staples[i].len > 0) {
            status(l, dir, i, chain.staples[i]);
        }
    }
    if (!is_below_cap) {
        sgs_limit(l, dir, "tls.certificates", SGS_MAX_TLS_CERTIFICATES);
    } else if (!rd_ok(&list)) {
        sgs_malformed(l, dir, "Certificate cut short", 0);
    }
    if (st->client_cert == TLS_ASKED && chain.is_client && chain.is_whole) {
        st->client_cert = chain.n > 0 ? TLS_SHOWN : TLS_SHOWN_NONE;
    }
    st->has_certificate |= !chain.is_client;
}
