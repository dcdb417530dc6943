/* Keys on their way from files into the ring. */
#ifndef SGS_CRYPTO_SERVER_KEYS_H
#define SGS_CRYPTO_SERVER_KEYS_H

#include <openssl/evp.h>

#include <signscope/server_keys.h>

struct sgs_server_keys *sgs_server_keys_new(void);
/* Wipes and releases; accepts NULL. */
void sgs_server_keys_free(struct sgs_server_keys *k);

/* pkey is given, also when it is not taken: a key that is there already is none too many. */
enum sgs_key_error sgs_server_keys_put(struct sgs_server_keys *k, EVP_PKEY *pkey) SGS_MUST_CHECK;
enum sgs_key_error sgs_server_keys_put_psk(struct sgs_server_keys *k,
                                           struct sgs_slice psk) SGS_MUST_CHECK;

/* A pre-shared key, borrowed; empty when key i is none. */
struct sgs_slice sgs_server_keys_octets(const struct sgs_server_keys *k, size_t i);

#endif
