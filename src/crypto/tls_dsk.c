/*
 * Signing keys and signatures of TLS-DSK ([MS-SIPAE], section 3.2.5.1), and Finished of TLS 1.0 to
 * 1.2 (RFC 2246 and RFC 5246, section 7.4.9).
 *
 *   key block: PRF(master secret, "client EAP encryption", client random | server random)
 *              64 octets not used here | key of the client 32 | key of the server 32
 */
#include <signscope/tls_dsk.h>

#include <string.h>

#include <openssl/crypto.h>

#include "crypto/crypto.h"

#define TLS10 0x0301
#define TLS12 0x0303
#define KEY_BLOCK 128 /* octets */
#define CLIENT_KEY 64 /* offset in it */
#define SERVER_KEY 96

/* NULL: no version of TLS with such a PRF. */
static const char *prf_hash(const struct sgs_tls_suite *suite, uint16_t version)
{
    if (!suite || suite->is_tls13 || version < TLS10 || version > TLS12) {
        return NULL;
    }
    return version < TLS12 ? "MD5-SHA1" : suite->hash;
}

enum sgs_status sgs_tls_dsk_keys(const struct sgs_tls_suite *suite, uint16_t version,
                                 struct sgs_slice master, struct sgs_slice client_random,
                                 struct sgs_slice server_random,
                                 uint8_t client[SGS_TLS_DSK_KEY_LEN],
                                 uint8_t server[SGS_TLS_DSK_KEY_LEN])
{
    const char *hash = prf_hash(suite, version);
    uint8_t block[KEY_BLOCK];

    if (!hash || master.len != SGS_TLS_MASTER_LEN) {
        return SGS_E_UNSUPPORTED;
    }
    enum sgs_status st = sgs_crypto_prf(hash, master, "client EAP encryption", client_random,
                                        server_random, block, sizeof block);
    if (st == SGS_OK) {
        memcpy(client, block + CLIENT_KEY, SGS_TLS_DSK_KEY_LEN);
        memcpy(server, block + SERVER_KEY, SGS_TLS_DSK_KEY_LEN);
    }
    OPENSSL_cleanse(block, sizeof block);
    return st;
}

static const char *hash_of_length(size_t octets)
{
    static const struct {
        size_t octets;
        const char *hash;
    } rows[] = {
        {16, "MD5"   },
        {20, "SHA1"  },
        {32, "SHA256"},
        {48, "SHA384"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].octets == octets) {
            return rows[i].hash;
        }
    }
    return NULL;
}

bool sgs_tls_dsk_is_valid(struct sgs_slice key, struct sgs_slice text, struct sgs_slice signature)
{
    const char *hash = hash_of_length(signature.len);
    EVP_MAC_CTX *mac = hash && sgs_crypto_open() ? sgs_crypto_hmac(hash, key) : NULL;
    uint8_t out[SGS_TLS_MAX_SECRET];
    size_t len = 0;

    bool ok = mac && EVP_MAC_update(mac, text.ptr, text.len) == 1 &&
              EVP_MAC_final(mac, out, &len, sizeof out) == 1 &&
              sgs_slice_eq(sgs_slice(out, len), signature);
    EVP_MAC_CTX_free(mac);
    return ok;
}

enum sgs_status sgs_tls_finished(const struct sgs_tls_suite *suite, uint16_t version,
                                 struct sgs_slice master, bool is_client, struct sgs_slice messages,
                                 uint8_t out[SGS_TLS_FINISHED_LEN])
{
    const char *hash = prf_hash(suite, version);
    uint8_t digest[SGS_TLS_MAX_SECRET];
    size_t len = hash ? sgs_tls_session_hash(suite, version, messages, digest) : 0;

    if (len == 0) {
        return SGS_E_UNSUPPORTED;
    }
    return sgs_crypto_prf(hash, master, is_client ? "client finished" : "server finished",
                          sgs_slice(digest, len), (struct sgs_slice){NULL, 0}, out,
                          SGS_TLS_FINISHED_LEN);
}
