/* Fingerprints: SHA-256 and SHA-1 (FIPS 180-4). */
#include <signscope/digest.h>

#include <openssl/evp.h>

#include <signscope/codec.h>

#include "base/mem.h"
#include "crypto/crypto.h"

static EVP_MD_CTX *begin(void)
{
    EVP_MD_CTX *x = sgs_crypto_sha256();

    if (!x) {
        sgs_die("SHA-256 is not there");
    }
    return x;
}

static void add(EVP_MD_CTX *x, const void *octets, size_t n)
{
    if (n > 0 && EVP_DigestUpdate(x, octets, n) != 1) {
        sgs_die("SHA-256 failed");
    }
}

static void end(EVP_MD_CTX *x, uint8_t out[SGS_SHA256_LEN])
{
    if (EVP_DigestFinal_ex(x, out, NULL) != 1) {
        sgs_die("SHA-256 failed");
    }
}

void sgs_sha256(struct sgs_slice s, uint8_t out[SGS_SHA256_LEN])
{
    EVP_MD_CTX *x = begin();

    add(x, s.ptr, s.len);
    end(x, out);
}

void sgs_sha1(struct sgs_slice s, uint8_t out[SGS_SHA1_LEN])
{
    size_t len = 0;

    if (!sgs_crypto_open() || EVP_Q_digest(NULL, "SHA1", NULL, s.ptr, s.len, out, &len) != 1 ||
        len != SGS_SHA1_LEN) {
        sgs_die("SHA-1 is not there");
    }
}

void sgs_sha256_parts(const struct sgs_slice *parts, size_t n, uint8_t out[SGS_SHA256_LEN])
{
    EVP_MD_CTX *x = begin();

    for (size_t i = 0; i < n; i++) {
        uint64_t len = parts[i].len;
        add(x, &len, sizeof len);
        add(x, parts[i].ptr, parts[i].len);
    }
    end(x, out);
}

#define SHOWN 16 /* octets of a digest that stand for a secret */

struct sgs_slice sgs_digest_secret(struct sgs_arena *a, struct sgs_slice kind,
                                   struct sgs_slice secret)
{
    const struct sgs_slice parts[] = {SGS_LIT("signscope digest of a secret, 1"), kind, secret};
    uint8_t octets[SGS_SHA256_LEN];

    sgs_sha256_parts(parts, sizeof parts / sizeof *parts, octets);
    return sgs_hex_encode(a, sgs_slice(octets, SHOWN));
}
