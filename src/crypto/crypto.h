/*
 * What the files of src/crypto share: OpenSSL's algorithms, fetched once, and small helpers.  No
 * function leaves an error in OpenSSL's queue, which is never asked why.
 */
#ifndef SGS_CRYPTO_CRYPTO_H
#define SGS_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <signscope/status.h>
#include <signscope/tls_keys.h>

/* Loads the providers and fetches all algorithms, once a program.  False: the default provider is
 * not there, so nothing can be computed. */
bool sgs_crypto_open(void);

/* A cipher of tls_suites.def by OpenSSL's name; NULL when no provider has it.  Borrowed for ever.
 */
const EVP_CIPHER *sgs_crypto_cipher(const char *name);

/* The context for SHA-256, begun anew: of one digest at a time.  Borrowed; NULL on failure. */
EVP_MD_CTX *sgs_crypto_sha256(void);

/* One context for HMAC with the hash called hash, keyed; given (EVP_MAC_CTX_free), NULL on failure.
 */
EVP_MAC_CTX *sgs_crypto_hmac(const char *hash, struct sgs_slice key);

/* P_hash of RFC 5246, section 5 (hash "MD5-SHA1": the PRF of RFC 2246): out_len octets of
 * PRF(secret, label, seed).  label is without NUL. */
enum sgs_status sgs_crypto_prf(const char *hash, struct sgs_slice secret, const char *label,
                               struct sgs_slice seed_a, struct sgs_slice seed_b, uint8_t *out,
                               size_t out_len) SGS_MUST_CHECK;

/* What HKDF-Expand-Label is to give. */
struct sgs_expansion {
    const char *label;
    uint8_t *out;
    size_t out_len; /* octets: at most the length of the hash's output */
};

/* HKDF-Expand-Label with an empty context (RFC 8446, section 7.1) of one secret, n times; hash is
 * one of TLS 1.3. */
enum sgs_status sgs_crypto_expand(const char *hash, struct sgs_slice secret,
                                  const struct sgs_expansion *wanted, size_t n) SGS_MUST_CHECK;

/* Octets of the hash's output, 0 when it is unknown. */
size_t sgs_crypto_hash_len(const char *hash);

#define SGS_TLS_MAX_KEY 32 /* octets: AES-256, ChaCha20 */
#define SGS_TLS_MAX_IV 16  /* octets: one block of AES */
#define SGS_TLS_MAX_MAC 48 /* octets: SHA-384 */

/* The key material of one direction. */
struct sgs_tls_material {
    struct sgs_slice key;
    struct sgs_slice iv;  /* AEAD: the implicit part of the nonce; CBC of TLS 1.0: the first IV */
    struct sgs_slice mac; /* key of the MAC; empty for AEAD */
};

/* Octets of material.iv that the key block holds for suite. */
size_t sgs_tls_iv_len(const struct sgs_tls_suite *suite);

/* An opener over the material, which is copied.  Given. */
enum sgs_status sgs_tls_opener_new(const struct sgs_tls_suite *suite, uint16_t version,
                                   bool encrypt_then_mac, const struct sgs_tls_material *material,
                                   struct sgs_tls_opener **out) SGS_MUST_CHECK;

#endif
