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
static EVP_MD_CTX *sha256_x;

/* HMAC contexts of the hashes of TLS 1.3, keyed anew for each use: to look a hash up by its name
 * takes OpenSSL longer than to compute it. */
static struct {
    const char *hash;
    EVP_MAC_CTX *x;
} hmacs[] = {
    {"SHA256", NULL},
    {"SHA384", NULL},
};

#define N_HMACS (sizeof hmacs / sizeof *hmacs)

static void close_all(void)
{
    for (size_t i = 0; i < N_CIPHERS; i++) {
        EVP_CIPHER_free(ciphers[i].cipher);
        ciphers[i].cipher = NULL;
    }
    for (size_t i = 0; i < N_HMACS; i++) {
        EVP_MAC_CTX_free(hmacs[i].x);
        hmacs[i].x = NULL;
    }
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
    ERR_clear_error();
    return atexit(close_all) == 0 && base && tls_prf && hmac && sha256 && sha256_x;
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

enum sgs_status sgs_crypto_prf(const char *hash, struct sgs_slice secret, const char *label,
                               struct sgs_slice seed_a, struct sgs_slice seed_b, uint8_t *out,
                               size_t out_len)
{
    if (!sgs_crypto_open() || secret.len == 0) {
        return SGS_E_UNSUPPORTED;
    }
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

static EVP_MAC_CTX *hmac_of(const char *hash, struct sgs_slice key)
{
    for (size_t i = 0; i < N_HMACS; i++) {
        if (strcmp(hmacs[i].hash, hash) != 0) {
            continue;
        }
        if (hmacs[i].x) {
            return EVP_MAC_init(hmacs[i].x, key.ptr, key.len, NULL) == 1 ? hmacs[i].x : NULL;
        }
        hmacs[i].x = sgs_crypto_hmac(hash, key);
        return hmacs[i].x;
    }
    return NULL;
}

/* RFC 5869, section 2.3, as far as one block of the hash reaches: T(1) = HMAC(secret, info | 1). */
static bool expand(EVP_MAC_CTX *x, const struct sgs_expansion *wanted)
{
    uint8_t info[64], block[SGS_TLS_MAX_SECRET];
    size_t block_len = 0;
    size_t info_len = hkdf_label(wanted->label, wanted->out_len, info);

    info[info_len++] = 1;
    if (EVP_MAC_update(x, info, info_len) != 1 ||
        EVP_MAC_final(x, block, &block_len, sizeof block) != 1 || wanted->out_len > block_len) {
        return false;
    }
    memcpy(wanted->out, block, wanted->out_len);
    OPENSSL_cleanse(block, sizeof block);
    return true;
}

enum sgs_status sgs_crypto_expand(const char *hash, struct sgs_slice secret,
                                  const struct sgs_expansion *wanted, size_t n)
{
    EVP_MAC_CTX *x = sgs_crypto_open() && secret.len > 0 ? hmac_of(hash, secret) : NULL;
    bool ok = x != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        ok = (i == 0 || EVP_MAC_init(x, NULL, 0, NULL) == 1) && expand(x, &wanted[i]);
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
