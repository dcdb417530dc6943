/* Keys and certificates of a scenario (RFC 5280, RFC 2986), made anew in each run. */
#ifndef MKCAP_PKI_H
#define MKCAP_PKI_H

#include "buf.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct mk_key {
    char *name;
    EVP_PKEY *key;
    struct mk_key *next;
};

struct mk_cert {
    char *name;
    X509 *cert;
    EVP_PKEY *key;          /* its own, or the key's of that name */
    struct mk_cert *issuer; /* NULL: itself */
    bool is_trusted;        /* a root that clients know */
    struct mk_cert *next;
};

struct mk_pki {
    struct mk_key *keys;
    struct mk_cert *certs;
    struct mk_rng *rng; /* what OpenSSL draws from; kept */
    uint64_t seed;
    const char *folder; /* of keys; NULL: they are made */
};

struct mk_cert_plan {
    const char *name;
    const char *subject; /* common name */
    const char *san;     /* DNS names with commas between them; NULL: none */
    const char *issuer;  /* name of a certificate; NULL: self-signed */
    const char *key;     /* [ec:]NAME; NULL: the certificate's own name */
    const char *crl;     /* URLs of revocation lists with '|' between them; NULL: none */
    const char *ocsp;    /* the same of OCSP responders */
    const char *aia;     /* the same of the issuer's certificate */
    int64_t from, to;    /* ns since 1970 */
    bool is_ca;
    bool is_client; /* extended key usage: client, else server */
    bool is_trusted;
};

/* The key of that name, made when it is asked for first: RSA 2048, or P-256 after "ec:". */
EVP_PKEY *mk_pki_key(struct mk_pki *p, const char *name);
struct mk_cert *mk_pki_issue(struct mk_pki *p, const struct mk_cert_plan *plan);
/* Fails when there is none of that name.  The newest one counts. */
struct mk_cert *mk_pki_cert(const struct mk_pki *p, const char *name);
/* Base64, in lines of 76 digits. */
void mk_pki_put_cert(struct mk_buf *b, const struct mk_cert *c);
/* A PKCS #10 request for the common name, signed with the key; base64 in lines of 76 digits. */
void mk_pki_put_request(struct mk_pki *p, struct mk_buf *b, const char *key, const char *subject);
void mk_pki_free(struct mk_pki *p);

#endif
