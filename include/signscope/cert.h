/*
 * What X.509 certificates, lists of revoked ones (both RFC 5280) and OCSP messages (RFC 6960) say,
 * and what is to be said of a chain.  Copied out into an arena; OpenSSL stays in src/crypto.
 * Nothing is fetched, and no trust is presumed: a chain is trusted as far as the caller gives
 * anchors.
 */
#ifndef SGS_CERT_H
#define SGS_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/clock.h>
#include <signscope/digest.h>
#include <signscope/slice.h>
#include <signscope/status.h>

struct sgs_cert {
    struct sgs_slice subject; /* "CN=ann, O=..." in the order of the certificate, UTF-8 */
    struct sgs_slice issuer;
    struct sgs_slice serial; /* hex, lower case */
    sgs_time not_before;
    sgs_time not_after;
    struct sgs_slice *names; /* SAN: DNS names, addresses, URIs, mail addresses */
    size_t n_names;
    struct sgs_slice *crl; /* CRL distribution point URIs */
    size_t n_crl;
    struct sgs_slice *aia; /* authority information access URIs */
    size_t n_aia;
    struct sgs_slice *ocsp; /* those of aia that are OCSP responders */
    size_t n_ocsp;
    struct sgs_slice key;       /* "RSA 2048", "EC P-256"; of other algorithms the name */
    struct sgs_slice signature; /* algorithm, "sha256WithRSAEncryption", or a dotted OID */
    struct sgs_slice *usage;    /* key usage: "digitalSignature", ... (section 4.2.1.3) */
    size_t n_usage;
    struct sgs_slice *eku; /* extended key usage: "serverAuth", ..., or dotted OIDs */
    size_t n_eku;
    bool is_ca;                     /* basic constraints say so */
    bool must_staple;               /* asks for stapled OCSP answers (RFC 7633) */
    uint8_t sha256[SGS_SHA256_LEN]; /* of the whole DER */
};

/* Reads one DER certificate that fills der exactly.  Everything in *out lives in the arena.
 * SGS_E_FORMAT otherwise. */
enum sgs_status sgs_cert_read(struct sgs_slice der, struct sgs_arena *a,
                              struct sgs_cert *out) SGS_MUST_CHECK;

/* A request for a certificate (PKCS #10, RFC 2986). */
struct sgs_cert_request {
    struct sgs_slice subject;   /* as of a certificate */
    struct sgs_slice key;       /* "RSA 2048" */
    struct sgs_slice signature; /* algorithm */
    bool is_signed;             /* its signature was made with that key */
};

/* Reads one DER request that fills der exactly, into the arena.  SGS_E_FORMAT otherwise. */
enum sgs_status sgs_cert_request_read(struct sgs_slice der, struct sgs_arena *a,
                                      struct sgs_cert_request *out) SGS_MUST_CHECK;

/* Its dates at a time: "ok", "expired", "not-yet"; NULL when it has none.  Static. */
const char *sgs_cert_validity(const struct sgs_cert *c, sgs_time when);

/* How a distribution point or access location is reached: "http", "https", "ldap", "file", "ftp",
 * "other".  Static. */
const char *sgs_cert_url_kind(struct sgs_slice url);

/* Trust anchors, DER or PEM, that a chain may end in.  No memory: the program ends. */
struct sgs_anchors;
struct sgs_anchors *sgs_anchors_new(void);
void sgs_anchors_free(struct sgs_anchors *anchors);

/* Adds the certificates of one file, given as its octets (copied): one in DER, or any number of PEM
 * blocks.  *out_n: how many.  SGS_E_FORMAT: none; SGS_E_LIMIT: SGS_MAX_ANCHORS are there. */
enum sgs_status sgs_anchors_add(struct sgs_anchors *anchors, struct sgs_slice octets,
                                size_t *out_n) SGS_MUST_CHECK;

/* A chain as one side sent it, leaf first; borrowed for the call. */
struct sgs_cert_chain {
    const struct sgs_slice *ders;
    size_t n;              /* at least 1, at most SGS_MAX_TLS_CERTIFICATES are looked at */
    struct sgs_slice name; /* host name or address asked for; empty: none */
    sgs_time when;         /* capture time; decides only what anchors are asked */
    bool is_client;        /* sent by the client */
};

/* What is to be said of a chain.  All texts are static. */
struct sgs_cert_verdict {
    bool has_name;
    bool name_match; /* if has_name: the leaf is for it (RFC 6125, section 6.4) */

    /*
     * By names, key identifiers and usage, not by signatures:
     *   "self-signed"  the leaf is its own issuer
     *   "incomplete"   the issuer of the leaf was not sent and is no anchor
     *   "wrong-order"  it was sent, but not each certificate certifies the one before it
     *   "ok"           all others; the root may be missing (RFC 5246, section 7.4.2)
     */
    const char *chain;

    bool has_trust;  /* anchors were given */
    bool is_trusted; /* if so: a path by RFC 5280, section 6.1 leads to one of them */
    const char *why; /* if it does not: OpenSSL's text */
};

/* anchors NULL: trust is not judged.  SGS_E_FORMAT: the leaf is no certificate. */
enum sgs_status sgs_cert_check(const struct sgs_cert_chain *chain,
                               const struct sgs_anchors *anchors,
                               struct sgs_cert_verdict *out) SGS_MUST_CHECK;

/* A list of revoked certificates (RFC 5280, section 5). */
struct sgs_crl {
    struct sgs_slice issuer;    /* as of a certificate */
    struct sgs_slice signature; /* algorithm */
    sgs_time this_update;
    sgs_time next_update; /* SGS_TIME_NONE: not told */
    bool is_delta;
    uint64_t entries;          /* certificates listed */
    struct sgs_slice *revoked; /* serials of the first ones in hex, without those to be removed */
    size_t n_revoked;          /* at most SGS_MAX_EVENT_ITEMS */
};

/* Reads one DER list that fills der exactly, into the arena.  SGS_E_FORMAT otherwise. */
enum sgs_status sgs_crl_read(struct sgs_slice der, struct sgs_arena *a,
                             struct sgs_crl *out) SGS_MUST_CHECK;

/* What an OCSP message says of one certificate. */
struct sgs_ocsp_cert {
    struct sgs_slice serial; /* hex, lower case */
    const char *status;      /* "good", "revoked", "unknown", static; NULL in a request */
    sgs_time this_update;
    sgs_time next_update; /* SGS_TIME_NONE: not told */
    sgs_time revoked_at;  /* SGS_TIME_NONE: not revoked */
    const char *reason;   /* of a revocation, "keyCompromise"; static, NULL: not told */
};

/* An OCSP request or response (RFC 6960, section 4). */
struct sgs_ocsp {
    const char *status; /* of a response: "successful", "tryLater", ...; static; NULL: a request */
    sgs_time produced_at; /* SGS_TIME_NONE: not told */
    struct sgs_ocsp_cert *certs;
    size_t n_certs; /* at most SGS_MAX_OCSP_CERTS */
};

/* Reads one DER message that fills der exactly, into the arena.  SGS_E_FORMAT otherwise. */
enum sgs_status sgs_ocsp_request_read(struct sgs_slice der, struct sgs_arena *a,
                                      struct sgs_ocsp *out) SGS_MUST_CHECK;
enum sgs_status sgs_ocsp_response_read(struct sgs_slice der, struct sgs_arena *a,
                                       struct sgs_ocsp *out) SGS_MUST_CHECK;

#endif
