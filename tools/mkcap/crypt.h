/* Digests and derived values that messages carry. */
#ifndef MKCAP_CRYPT_H
#define MKCAP_CRYPT_H

#include "buf.h"

/* HMAC with the digest of that OpenSSL name; gives the octets written to out (64 at most). */
size_t mk_hmac(const char *digest, const void *key, size_t key_len, const void *octets, size_t n,
               uint8_t *out);
size_t mk_digest(const char *digest, const void *octets, size_t n, uint8_t *out);
/* Not in OpenSSL's default provider: RFC 1320, and RC4. */
void mk_md4(const void *octets, size_t n, uint8_t out[16]);
void mk_rc4(const void *key, size_t key_len, const void *octets, size_t n, uint8_t *out);

/* Appends base64. */
void mk_sha1_text(const char *text, struct mk_buf *out);
void mk_hmac_sha1_text(const char *key64, const char *text, struct mk_buf *out);
/* P_SHA-1 of RFC 2246 with two base64 secrets, 32 octets: proof keys of web tickets. */
void mk_psha1_text(const char *secret64, const char *seed64, struct mk_buf *out);

/* [MS-SIPRE] 2.2: the instance that belongs to an epid, a GUID as it lies in memory. */
void mk_instance_of_epid(const char *epid, uint8_t out[16]);

#endif
