/* What an X.509 certificate says (RFC 5280).  Copied out into an arena; OpenSSL stays in
 * src/crypto. */
#ifndef SGS_CERT_H
#define SGS_CERT_H

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
    uint8_t sha256[SGS_SHA256_LEN]; /* of the whole DER */
};

/* Reads one DER certificate that fills der exactly.  Everything in *out lives in the arena.
 * SGS_E_FORMAT otherwise. */
enum sgs_status sgs_cert_read(struct sgs_slice der, struct sgs_arena *a,
                              struct sgs_cert *out) SGS_MUST_CHECK;

#endif
