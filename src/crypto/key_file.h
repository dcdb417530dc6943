/* What the readers of private keys share. */
#ifndef SGS_CRYPTO_KEY_FILE_H
#define SGS_CRYPTO_KEY_FILE_H

#include <openssl/x509.h>

#include "crypto/server_keys.h"

/* A file that is being read. */
struct sgs_key_reading {
    struct sgs_server_keys *ring;
    const struct sgs_slice *passes;
    size_t n_passes;
};

/* key_rsa.c: the key of PKCS#1 octets; given, NULL when they are none. */
EVP_PKEY *sgs_key_rsa(struct sgs_slice der);

/* The work that alg asks for is bounded (SGS_MAX_KEY_ROUNDS). */
bool sgs_key_is_cheap(const X509_ALGOR *alg);

enum sgs_key_error sgs_key_take_plain(struct sgs_key_reading *r, const PKCS8_PRIV_KEY_INFO *p8);
enum sgs_key_error sgs_key_take_sealed(struct sgs_key_reading *r, const X509_SIG *sealed);

/* key_file_p12.c: false when file is no PKCS#12, else what became of it in *out. */
bool sgs_key_take_p12(struct sgs_key_reading *r, struct sgs_slice file, enum sgs_key_error *out);

#endif
