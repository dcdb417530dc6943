/* Fingerprints. */
#ifndef SGS_DIGEST_H
#define SGS_DIGEST_H

#include <stdint.h>

#include <signscope/slice.h>

#define SGS_SHA256_LEN 32

/* SHA-256 of s (FIPS 180-4). */
void sgs_sha256(struct sgs_slice s, uint8_t out[SGS_SHA256_LEN]);

#endif
