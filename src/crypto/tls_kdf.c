/*
 * Key schedules: master secret and key block of SSL 3.0 (ssl3.c) and of TLS 1.0 to 1.2 (RFC 2246,
 * RFC 4346, RFC 5246, sections 5, 6.3 and 8.1; RFC 7627), traffic keys and KeyUpdate of TLS 1.3
 * (RFC 8446, sections 7.2 and 7.3).
 *
 *   key block: client MAC key | server MAC key | client key | server key | client IV | server IV
 */
#include <signscope/tls_keys.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <signscope/reader.h>

#include "crypto/crypto.h"
#include "crypto/ssl3.h"

#define MAX_KEY_BLOCK (2 * (SGS_TLS_MAX_MAC + SGS_TLS_MAX_KEY + SGS_TLS_MAX_IV))
#define SSL30 0x0300
#define TLS12 0x0303

/* The PRF: with the suite's hash since TLS 1.2, with MD5 and SHA-1 before. */
static const char *prf_hash(const struct sgs_tls_suite *suite, uint16_t version)
{
    return version < TLS12 ? "MD5-SHA1" : suite->hash;
}

enum sgs_status sgs_tls_master(const struct sgs_tls_suite *suite, uint16_t version,
                               struct sgs_slice pre_master, struct sgs_slice client_random,
                               struct sgs_slice server_random, uint8_t out[SGS_TLS_MASTER_LEN])
{
    const char *label = server_random.len ? "master secret" : "extended master secret";

    if (version == SSL30) {
        return sgs_ssl3_expand(pre_master, client_random, server_random, out, SGS_TLS_MASTER_LEN);
    }
    return sgs_crypto_prf(prf_hash(suite, version), pre_master, label, client_random, server_random,
                          out, SGS_TLS_MASTER_LEN);
}

size_t sgs_tls_session_hash(const struct sgs_tls_suite *suite, uint16_t version,
                            struct sgs_slice messages, uint8_t out[SGS_TLS_MAX_SECRET])
{
    size_t len = 0;
    bool ok = sgs_crypto_open() && EVP_Q_digest(NULL, prf_hash(suite, version), NULL, messages.ptr,
                                                messages.len, out, &len) == 1;

    ERR_clear_error();
    return ok ? len : 0;
}

enum sgs_status sgs_tls12_openers(const struct sgs_tls_suite *suite, uint16_t version,
                                  bool encrypt_then_mac, struct sgs_slice master,
                                  struct sgs_slice client_random, struct sgs_slice server_random,
                                  struct sgs_tls_opener *out[2])
{
    uint8_t block[MAX_KEY_BLOCK];
    size_t iv_len = sgs_tls_iv_len(suite);
    size_t len = 2 * (suite->mac_len + suite->key_len + iv_len);

    if (suite->is_tls13 || master.len != SGS_TLS_MASTER_LEN || len > sizeof block) {
        return SGS_E_UNSUPPORTED;
    }
    enum sgs_status st = version == SSL30
                             ? sgs_ssl3_expand(master, server_random, client_random, block, len)
                             : sgs_crypto_prf(prf_hash(suite, version), master, "key expansion",
                                              server_random, client_random, block, len);
    if (st != SGS_OK) {
        return st;
    }
    struct sgs_reader r = rd_open(sgs_slice(block, len));
    struct sgs_tls_material client = {.mac = rd_take(&r, suite->mac_len)};
    struct sgs_tls_material server = {.mac = rd_take(&r, suite->mac_len)};
    client.key = rd_take(&r, suite->key_len);
    server.key = rd_take(&r, suite->key_len);
    client.iv = rd_take(&r, iv_len);
    server.iv = rd_take(&r, iv_len);
    struct sgs_tls_opener *pair[2] = {NULL, NULL};
    st = sgs_tls_opener_new(suite, version, encrypt_then_mac, &client, &pair[SGS_C2S]);
    if (st == SGS_OK) {
        st = sgs_tls_opener_new(suite, version, encrypt_then_mac, &server, &pair[SGS_S2C]);
    }
    OPENSSL_cleanse(block, sizeof block);
    if (st != SGS_OK) {
        sgs_tls_opener_free(pair[SGS_C2S]);
        return st;
    }
    out[SGS_C2S] = pair[SGS_C2S];
    out[SGS_S2C] = pair[SGS_S2C];
    return SGS_OK;
}

enum sgs_status sgs_tls13_opener(const struct sgs_tls_suite *suite, struct sgs_slice secret,
                                 struct sgs_tls_opener **out)
{
    uint8_t key[SGS_TLS_MAX_KEY], iv[SGS_TLS_MAX_IV];
    size_t iv_len = sgs_tls_iv_len(suite);

    if (!suite->is_tls13 || secret.len != sgs_crypto_hash_len(suite->hash)) {
        return SGS_E_UNSUPPORTED;
    }
    const struct sgs_expansion wanted[] = {
        {"key", key, suite->key_len},
        {"iv",  iv,  iv_len        },
    };
    enum sgs_status st = sgs_crypto_expand(suite->hash, secret, wanted, 2);
    if (st == SGS_OK) {
        const struct sgs_tls_material material = {.key = sgs_slice(key, suite->key_len),
                                                  .iv = sgs_slice(iv, iv_len)};
        st = sgs_tls_opener_new(suite, 0x0304, false, &material, out);
    }
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(iv, sizeof iv);
    return st;
}

enum sgs_status sgs_tls13_next(const struct sgs_tls_suite *suite, struct sgs_slice secret,
                               uint8_t *out)
{
    if (secret.len != sgs_crypto_hash_len(suite->hash)) {
        return SGS_E_UNSUPPORTED;
    }
    const struct sgs_expansion wanted = {"traffic upd", out, secret.len};
    return sgs_crypto_expand(suite->hash, secret, &wanted, 1);
}
