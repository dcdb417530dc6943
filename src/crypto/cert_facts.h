/* What the readers of certificates, lists and OCSP messages share. */
#ifndef SGS_CRYPTO_CERT_FACTS_H
#define SGS_CRYPTO_CERT_FACTS_H

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <signscope/arena.h>
#include <signscope/cert.h>
#include <signscope/clock.h>
#include <signscope/slice.h>

/* "CN=ann, O=..." in the order of the name, UTF-8, in the arena. */
struct sgs_slice sgs_cert_name_text(struct sgs_arena *a, const X509_NAME *name);

/* Hex, lower case, in the arena. */
struct sgs_slice sgs_cert_serial_text(struct sgs_arena *a, const ASN1_INTEGER *serial);

/* SGS_TIME_NONE: t is NULL or no time. */
sgs_time sgs_cert_time(const ASN1_TIME *t);

/* The name of an algorithm or purpose in the arena, a dotted OID when OpenSSL knows none. */
struct sgs_slice sgs_cert_object_text(struct sgs_arena *a, const ASN1_OBJECT *o, bool is_long);

/* The algorithm of a key, and the bits or the curve that say how strong it is, in the arena. */
struct sgs_slice sgs_cert_key_text(struct sgs_arena *a, X509_PUBKEY *octets);

/* Key, signature and what the certificate may be used for, into the members of *out. */
void sgs_cert_usage_facts(struct sgs_arena *a, X509 *x, struct sgs_cert *out);

#endif
