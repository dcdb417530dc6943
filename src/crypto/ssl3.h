/* Secrets and MAC of SSL 3.0 (RFC 6101). */
#ifndef SGS_CRYPTO_SSL3_H
#define SGS_CRYPTO_SSL3_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <signscope/slice.h>
#include <signscope/status.h>

/* out_len octets (at most 416) of secret and both seeds: master secret and key block. */
enum sgs_status sgs_ssl3_expand(struct sgs_slice secret, struct sgs_slice seed_a,
                                struct sgs_slice seed_b, uint8_t *out,
                                size_t out_len) SGS_MUST_CHECK;

/* A MAC with "MD5" or "SHA1" and its key; given, NULL on failure. */
struct sgs_ssl3_mac;
struct sgs_ssl3_mac *sgs_ssl3_mac_new(const char *hash, struct sgs_slice key);
void sgs_ssl3_mac_free(struct sgs_ssl3_mac *m); /* accepts NULL */

/* The MAC of head (sequence number, type, length) and content; octets of out used, 0 on failure. */
size_t sgs_ssl3_mac(const struct sgs_ssl3_mac *m, struct sgs_slice head, struct sgs_slice content,
                    uint8_t out[EVP_MAX_MD_SIZE]);

#endif
