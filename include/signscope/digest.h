/* Fingerprints. */
#ifndef SGS_DIGEST_H
#define SGS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/slice.h>

#define SGS_SHA256_LEN 32
#define SGS_SHA1_LEN 20

/* SHA-256 of s (FIPS 180-4). */
void sgs_sha256(struct sgs_slice s, uint8_t out[SGS_SHA256_LEN]);

/* SHA-1 of s (FIPS 180-4): for names that are made with it, never for secrets. */
void sgs_sha1(struct sgs_slice s, uint8_t out[SGS_SHA1_LEN]);

/* SHA-256 of n parts, each behind its length, so that no other parts give the same octets. */
void sgs_sha256_parts(const struct sgs_slice *parts, size_t n, uint8_t out[SGS_SHA256_LEN]);

/*
 * What stands for a secret in events: 32 hex digits in the arena, the same for the same secret of
 * the same kind, under a key of ours, so that no list of common digests has them.  Only for secrets
 * that nobody can guess: tokens, not passwords.
 */
struct sgs_slice sgs_digest_secret(struct sgs_arena *a, struct sgs_slice kind,
                                   struct sgs_slice secret);

#endif
