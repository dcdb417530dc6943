/*
 * OpenSSL's providers and algorithms, fetched once.  No configuration file is read.  The legacy
 * provider is a file of its own that may lack: then its ciphers are unsupported, which is no error.
 */
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

static struct {
    const char *name;
    EVP_CIPHER *cipher;
} ciphers[] = {
    {"NULL",              NULL},
    {"AES-128-GCM",       NULL},
    {"AES-256-GCM",       NULL},
    {"AES-128-CCM",       NULL},
    {"AES-256-CCM",       NULL},
    {"ChaCha20-Poly1305", NULL},
    {"AES-128-CBC",       NULL},
    {"AES-256-CBC",       NULL},
    {"DES-EDE3-CBC",      NULL},
    {"CAMELLIA-128-CBC",  NULL},
    {"CAMELLIA-256-CBC",  NULL},
    {"ARIA-128-CBC",      NULL},
    {"ARIA-256-CBC",      NULL},
    {"ARIA-128-GCM",      NULL},
    {"ARIA-256-GCM",      NULL},
    {"RC4",               NULL},
    {"SEED-CBC",          NULL},
    {"DES-CBC",           NULL},
    {"AES-128-ECB",       NULL}, /* single blocks, see tls_record.c */
    {"AES-256-ECB",       NULL},
};

#define N_CIPHERS (sizeof ciphers / sizeof *ciphers)

static OSSL_PROVIDER *base, *legacy;
static EVP_KDF *tls_prf;
static EVP_MAC *hmac;
static EVP_MD *sha256;
static EVP_MD_CTX *sha256_x, *hash_x;

/* The hashes of TLS 1.3.  HMAC (RFC 2104) is put together of them here, because OpenSSL takes
 * longer to set up a context of its own HMAC than to compute it. */
static struct hash {
    const char *name;
    size_t block_len; /* octets, at most MAX_HASH_BLOCK */
    EVP_MD *md;
} hashes[] = {
    {"SHA256", 64,  NULL},
    {"SHA384", 128, NULL},
};

#define N_HASHES (sizeof hashes / sizeof *hashes)
#define MAX_HASH_BLOCK 128
#define LONGEST_SEED 192 /* octets of label and seeds that are joined here */

static void close_all(void)
{
    for (size_t i = 0; i < N_CIPHERS; i++) {
        EVP_CIPHER_free(ciphers[i].cipher);
        ciphers[i].cipher = NULL;
    }
    for (size_t i = 0; i < N_HASHES; i++) {
        EVP_MD_free(hashes[i].md);
        hashes[i].md = NULL;
    }
    EVP_MD_CTX_free(hash_x);
    EVP_KDF_free(tls_prf);
    EVP_MAC_free(hmac);
    EVP_MD_CTX_free(sha256_x);
    EVP_MD_free(sha256);
    OSSL_PROVIDER_unload(legacy);
    OSSL_PROVIDER_unload(base);
}

static bool open_all(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    base = OSSL_PROVIDER_load(NULL, "default"); /* by name: legacy alone would take it away */
    legacy = OSSL_PROVIDER_load(NULL, "legacy");
    for (size_t i = 0; i < N_CIPHERS; i++) {
        ciphers[i].cipher = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
    }
    tls_prf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha256_x = EVP_MD_CTX_new();
    hash_x = EVP_MD_CTX_new();
    ERR_clear_error();
    return atexit(close_all) == 0 && base && tls_prf && hmac && sha256 && sha256_x && hash_x;
}

bool sgs_crypto_open(void)
{
    static bool is_tried, is_open;

    if (!is_tried) {
        is_tried = true;
        is_open = open_all();
    }
    return is_open;
}

const EVP_CIPHER *sgs_crypto_cipher(const char *name)
{
    for (size_t i = 0; name && sgs_crypto_open() && i < N_CIPHERS; i++) {
        if (strcmp(ciphers[i].name, name) == 0) {
            return ciphers[i].cipher;
        }
    }
    return NULL;
}

/* OpenSSL's parameters want char * and void * that they do not write to. */
static OSSL_PARAM text_param(const char *key, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}

static OSSL_PARAM octets_param(const char *key, struct sgs_slice value)
{
    return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)value.ptr, value.len);
}

EVP_MD_CTX *sgs_crypto_sha256(void)
{
    return sgs_crypto_open() && EVP_DigestInit_ex2(sha256_x, sha256, NULL) == 1 ? sha256_x : NULL;
}

EVP_MAC_CTX *sgs_crypto_hmac(const char *hash, struct sgs_slice key)
{
    EVP_MAC_CTX *x = sgs_crypto_open() ? EVP_MAC_CTX_new(hmac) : NULL;
    OSSL_PARAM params[] = {text_param(OSSL_MAC_PARAM_DIGEST, hash), OSSL_PARAM_construct_end()};

    if (x && EVP_MAC_init(x, key.ptr, key.len, params) != 1) {
        EVP_MAC_CTX_free(x);
        x = NULL;
    }
    ERR_clear_error();
    return x;
}

static enum sgs_status derive(EVP_KDF *kdf, const OSSL_PARAM *params, uint8_t *out, size_t out_len)
{
    EVP_KDF_CTX *x = EVP_KDF_CTX_new(kdf); /* a fresh one: seeds add up in a used one */
    bool ok = x && EVP_KDF_derive(x, out, out_len, params) == 1;

    EVP_KDF_CTX_free(x);
    ERR_clear_error();
    return ok ? SGS_OK : SGS_E_UNSUPPORTED;
}

static enum sgs_status derive_prf(const char *hash, struct sgs_slice secret, const char *label,
                                  struct sgs_slice seed_a, struct sgs_slice seed_b, uint8_t *out,
                                  size_t out_len)
{
    OSSL_PARAM params[6] = {
        text_param(OSSL_KDF_PARAM_DIGEST, hash),
        octets_param(OSSL_KDF_PARAM_SECRET, secret),
        octets_param(OSSL_KDF_PARAM_SEED, sgs_slice_str(label)),
    };
    size_t n = 3;
    if (seed_a.len > 0) {
        params[n++] = octets_param(OSSL_KDF_PARAM_SEED, seed_a);
    }
    if (seed_b.len > 0) {
        params[n++] = octets_param(OSSL_KDF_PARAM_SEED, seed_b);
    }
    params[n] = OSSL_PARAM_construct_end();
    return derive(tls_prf, params, out, out_len);
}

/* struct HkdfLabel: the length wanted, "tls13 " and label, an empty context. */
static size_t hkdf_label(const char *label, size_t out_len, uint8_t info[64])
{
    static const char prefix[] = "tls13 ";
    size_t label_len = strlen(label), prefix_len = sizeof prefix - 1;

    info[0] = (uint8_t)(out_len >> 8);
    info[1] = (uint8_t)out_len;
    info[2] = (uint8_t)(prefix_len + label_len);
    memcpy(info + 3, prefix, prefix_len);
    memcpy(info + 3 + prefix_len, label, label_len);
    info[3 + prefix_len + label_len] = 0;
    return 4 + prefix_len + label_len;
}

/* The hash called name, fetched when it is first wanted, or NULL. */
static const struct hash *hash_of(const char *name)
{
    for (size_t i = 0; i < N_HASHES; i++) {
        struct hash *h = &hashes[i];
        if (strcmp(h->name, name) == 0) {
            h->md = h->md ? h->md : EVP_MD_fetch(NULL, h->name, NULL);
            return h->md ? h : NULL;
        }
    }
    return NULL;
}

/* One of the two hashes of HMAC: of a block of octet xor secret, then text. */
static bool half_hmac(const struct hash *h, struct sgs_slice secret, uint8_t octet,
                      struct sgs_slice text, uint8_t *out, unsigned int *out_len)
{
    uint8_t pad[MAX_HASH_BLOCK];

    memset(pad, octet, h->block_len);
    for (size_t i = 0; i < secret.len; i++) {
        pad[i] ^= secret.ptr[i];
    }
    bool ok = EVP_DigestInit_ex2(hash_x, h->md, NULL) == 1 &&
              EVP_DigestUpdate(hash_x, pad, h->block_len) == 1 &&
              EVP_DigestUpdate(hash_x, text.ptr, text.len) == 1 &&
              EVP_DigestFinal_ex(hash_x, out, out_len) == 1;
    OPENSSL_cleanse(pad, secret.len);
    return ok;
}

static bool hmac_of(const struct hash *h, struct sgs_slice secret, struct sgs_slice text,
                    uint8_t *out, unsigned int *out_len)
{
    uint8_t inner[EVP_MAX_MD_SIZE];
    unsigned int inner_len = 0;
    bool ok = half_hmac(h, secret, 0x36, text, inner, &inner_len) &&
              half_hmac(h, secret, 0x5c, sgs_slice(inner, inner_len), out, out_len);

    OPENSSL_cleanse(inner, inner_len);
    return ok;
}

/*
 * RFC 5246, section 5: HMAC(secret, A(i) | seed) one after the other, A(i) = HMAC(secret, A(i -
 * 1)). text: room for a hash, then the seed, which is A(0).
 */
static bool p_hash(const struct hash *h, struct sgs_slice secret, uint8_t *text, size_t seed_len,
                   uint8_t *out, size_t out_len)
{
    uint8_t block[EVP_MAX_MD_SIZE];
    uint8_t *seed = text + EVP_MAX_MD_SIZE;
    struct sgs_slice a = sgs_slice(seed, seed_len);
    unsigned int len = 0;
    bool ok = true;

    for (size_t done = 0; ok && done < out_len; done += len) {
        ok = hmac_of(h, secret, a, block, &len) && len > 0;
        a = sgs_slice(seed - len, len);
        memcpy(seed - len, block, len);
        ok = ok && hmac_of(h, secret, sgs_slice(a.ptr, len + seed_len), block, &len);
        if (ok) {
            memcpy(out + done, block, out_len - done < len ? out_len - done : len);
        }
    }
    OPENSSL_cleanse(block, sizeof block);
    return ok;
}

enum sgs_status sgs_crypto_prf(const char *hash, struct sgs_slice secret, const char *label,
                               struct sgs_slice seed_a, struct sgs_slice seed_b, uint8_t *out,
                               size_t out_len)
{
    uint8_t text[EVP_MAX_MD_SIZE + LONGEST_SEED];
    size_t label_len = strlen(label);

    if (!sgs_crypto_open() || secret.len == 0) {
        return SGS_E_UNSUPPORTED;
    }
    const struct hash *h = hash_of(hash);
    if (!h || secret.len > h->block_len || label_len + seed_a.len + seed_b.len > LONGEST_SEED) {
        return derive_prf(hash, secret, label, seed_a, seed_b, out, out_len);
    }
    uint8_t *end = text + EVP_MAX_MD_SIZE;
    const struct sgs_slice parts[] = {sgs_slice(label, label_len), seed_a, seed_b};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].len > 0) {
            memcpy(end, parts[i].ptr, parts[i].len);
            end += parts[i].len;
        }
    }
    bool ok = p_hash(h, secret, text, (size_t)(end - text) - EVP_MAX_MD_SIZE, out, out_len);
    ERR_clear_error();
    return ok ? SGS_OK : SGS_E_UNSUPPORTED;
}

/* RFC 5869, section 2.3, as far as one block of the hash reaches: T(1) = HMAC(secret, info | 1). */
static bool expand(const struct hash *h, struct sgs_slice secret,
                   const struct sgs_expansion *wanted)
{
    uint8_t info[64], block[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    size_t info_len = hkdf_label(wanted->label, wanted->out_len, info);

    info[info_len++] = 1;
    bool ok = hmac_of(h, secret, sgs_slice(info, info_len), block, &len) && wanted->out_len <= len;
    if (ok) {
        memcpy(wanted->out, block, wanted->out_len);
    }
    OPENSSL_cleanse(block, len);
    return ok;
}

enum sgs_status sgs_crypto_expand(const char *hash, struct sgs_slice secret,
                                  const struct sgs_expansion *wanted, size_t n)
{
    const struct hash *h = sgs_crypto_open() && secret.len > 0 ? hash_of(hash) : NULL;
    bool ok = h && secret.len <= h->block_len; /* a longer one would have to be hashed first */

    for (size_t i = 0; ok && i < n; i++) {
        ok = expand(h, secret, &wanted[i]);
    }
    if (!ok) {
        ERR_clear_error();
    }
    return ok ? SGS_OK : SGS_E_UNSUPPORTED;
}

size_t sgs_crypto_hash_len(const char *hash)
{
    static const struct {
        const char *name;
        size_t len;
    } rows[] = {
        {"MD5",    16},
        {"SHA1",   20},
        {"SHA256", 32},
        {"SHA384", 48},
    };
    for (size_t i = 0; hash && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, hash) == 0) {
            return rows[i].len;
        }
    }
    return 0;
}
