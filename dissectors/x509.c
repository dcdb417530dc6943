/*
 * What clients fetch to judge a certificate, each one DER document in an HTTP body: revocation
 * lists and issuers (RFC 5280, sections 4.2.1.13 and 4.2.2.1; media types of RFC 2585, section 4)
 * and OCSP messages (RFC 6960, appendix A).
 *
 *   POST /ocsp                    ->  OCSPRequest       200  <-  OCSPResponse
 *   GET  /ca.crl                  ->                    200  <-  CertificateList
 *   GET  /ca.crt                  ->                    200  <-  Certificate
 *
 * Servers mix the media types up, so what a body is shows in its octets.
 */
#include <signscope/cert.h>
#include <signscope/cert_fields.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>

#define HTTPS_PORT 443

/* What a document is by its media type, where its octets do not tell. */
static const struct {
    const char *media;
    const char *how;
} medias[] = {
    {"application/pkix-crl",       "crl" },
    {"application/x-pkcs7-crl",    "crl" },
    {"application/pkix-cert",      "aia" },
    {"application/x-x509-ca-cert", "aia" },
    {"application/ocsp-request",   "ocsp"},
    {"application/ocsp-response",  "ocsp"},
};

static const char *how_of(struct sgs_slice media)
{
    for (size_t i = 0; i < sizeof medias / sizeof *medias; i++) {
        if (sgs_slice_ieq(media, sgs_slice_str(medias[i].media))) {
            return medias[i].how;
        }
    }
    return NULL;
}

/* The address fetched, as a certificate would name it; empty when the request did not tell. */
static struct sgs_slice url_of(struct sgs_layer *l)
{
    struct sgs_slice host = sgs_get(l, SGS_NOTE_HOST), target = sgs_get(l, SGS_NOTE_TARGET);
    const char *scheme = sgs_conn_info(l)->end[SGS_S2C].port == HTTPS_PORT ? "https" : "http";

    if (!sgs_slice_starts(target, SGS_LIT("/"))) {
        return sgs_mask_url(sgs_scratch(l), target); /* to a proxy it is a whole URL */
    }
    if (host.len == 0) {
        return host;
    }
    return sgs_mask_url(sgs_scratch(l),
                        sgs_arena_printf(sgs_scratch(l), "%s://%.*s%.*s", scheme, (int)host.len,
                                         (const char *)host.ptr, (int)target.len,
                                         (const char *)target.ptr));
}

static struct sgs_draft *fetch(struct sgs_layer *l, enum sgs_dir dir, const char *how)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_REVOCATION_FETCH);

    ev_str(ev, SGS_F_HOW, how);
    ev_text(ev, SGS_F_URL, url_of(l));
    return ev;
}

static bool read_certificate(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_cert c;

    if (sgs_cert_read(msg, sgs_scratch(l), &c) != SGS_OK) {
        return false;
    }
    struct sgs_draft *ev = fetch(l, dir, "aia");
    ev_cert(ev, &c, sgs_scratch(l));
    sgs_emit(ev);
    return true;
}

static bool read_list(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_crl c;

    if (sgs_crl_read(msg, sgs_scratch(l), &c) != SGS_OK) {
        return false;
    }
    struct sgs_draft *ev = fetch(l, dir, "crl");
    ev_text(ev, SGS_F_ISSUER, c.issuer);
    ev_text(ev, SGS_F_SIGNATURE, c.signature);
    ev_time(ev, SGS_F_THIS_UPDATE, c.this_update);
    ev_time(ev, SGS_F_NEXT_UPDATE, c.next_update);
    ev_int(ev, SGS_F_ENTRIES, c.entries);
    for (size_t i = 0; i < c.n_revoked; i++) {
        ev_item(ev, SGS_F_REVOKED, c.revoked[i]);
    }
    if (c.is_delta) {
        ev_bool(ev, SGS_F_DELTA, true);
    }
    sgs_emit(ev);
    return true;
}

static void put_ocsp(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_ocsp *o,
                     const struct sgs_ocsp_cert *c)
{
    struct sgs_draft *ev = fetch(l, dir, "ocsp");

    ev_ocsp(ev, o, c);
    sgs_emit(ev);
}

/* One event a certificate. */
static bool read_ocsp(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_ocsp o;

    if (sgs_ocsp_response_read(msg, sgs_scratch(l), &o) != SGS_OK &&
        sgs_ocsp_request_read(msg, sgs_scratch(l), &o) != SGS_OK) {
        return false;
    }
    for (size_t i = 0; i < o.n_certs; i++) {
        put_ocsp(l, dir, &o, &o.certs[i]);
    }
    if (o.n_certs == 0) {
        put_ocsp(l, dir, &o, NULL);
    }
    return true;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    const char *how = how_of(sgs_get(l, SGS_NOTE_MEDIA));

    if (read_certificate(l, dir, msg) || read_list(l, dir, msg) || read_ocsp(l, dir, msg)) {
        return;
    }
    if (!sgs_is_cut(l)) {
        sgs_malformed(l, dir, "neither a certificate nor a CRL nor an OCSP message in DER", 0);
    }
    if (how) {
        struct sgs_draft *ev = fetch(l, dir, how);
        if (sgs_is_cut(l)) {
            ev_bool(ev, SGS_F_CUT, true);
        }
        sgs_emit(ev);
    }
}

/* A document is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/pkix-crl"      },
    {SGS_BY_MEDIA, "application/x-pkcs7-crl"   },
    {SGS_BY_MEDIA, "application/pkix-cert"     },
    {SGS_BY_MEDIA, "application/x-x509-ca-cert"},
    {SGS_BY_MEDIA, "application/ocsp-request"  },
    {SGS_BY_MEDIA, "application/ocsp-response" },
    {0,            NULL                        },
};

SGS_DISSECTOR(x509) = {
    .name = "x509",
    .title = "X.509 and OCSP",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .measure = measure,
    .message = message,
};
