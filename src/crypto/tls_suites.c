/* The cipher suites of tls_suites.def, found by number. */
#include <signscope/tls_keys.h>

#include <stddef.h>

#include "crypto/crypto.h"

/* Key exchanges by the names of the suites. */
#define KX_RSA SGS_TLS_KX_RSA
#define KX_DH_DSS SGS_TLS_KX_OTHER
#define KX_DH_RSA SGS_TLS_KX_OTHER
#define KX_DHE_DSS SGS_TLS_KX_OTHER
#define KX_DHE_RSA SGS_TLS_KX_OTHER
#define KX_DH_anon SGS_TLS_KX_OTHER
#define KX_KRB5 SGS_TLS_KX_OTHER
#define KX_PSK SGS_TLS_KX_PSK
#define KX_DHE_PSK SGS_TLS_KX_DHE_PSK
#define KX_RSA_PSK SGS_TLS_KX_RSA_PSK
#define KX_PSK_DHE SGS_TLS_KX_DHE_PSK
#define KX_ECDH_ECDSA SGS_TLS_KX_OTHER
#define KX_ECDHE_ECDSA SGS_TLS_KX_OTHER
#define KX_ECDH_RSA SGS_TLS_KX_OTHER
#define KX_ECDHE_RSA SGS_TLS_KX_OTHER
#define KX_ECDH_anon SGS_TLS_KX_OTHER
#define KX_ECDHE_PSK SGS_TLS_KX_DHE_PSK
#define KX_SRP_SHA SGS_TLS_KX_OTHER
#define KX_SRP_SHA_RSA SGS_TLS_KX_OTHER
#define KX_SRP_SHA_DSS SGS_TLS_KX_OTHER
#define KX_ECCPWD SGS_TLS_KX_OTHER
#define KX_ECJPAKE SGS_TLS_KX_OTHER

/* kind, octets of the key, OpenSSL's name */
#define CIPHER_NULL SGS_TLS_NULL, 0, "NULL"
#define CIPHER_RC4_128 SGS_TLS_STREAM, 16, "RC4"
#define CIPHER_DES_CBC SGS_TLS_CBC, 8, "DES-CBC"
#define CIPHER_3DES_EDE_CBC SGS_TLS_CBC, 24, "DES-EDE3-CBC"
#define CIPHER_SEED_CBC SGS_TLS_CBC, 16, "SEED-CBC"
#define CIPHER_AES_128_CBC SGS_TLS_CBC, 16, "AES-128-CBC"
#define CIPHER_AES_256_CBC SGS_TLS_CBC, 32, "AES-256-CBC"
#define CIPHER_CAMELLIA_128_CBC SGS_TLS_CBC, 16, "CAMELLIA-128-CBC"
#define CIPHER_CAMELLIA_256_CBC SGS_TLS_CBC, 32, "CAMELLIA-256-CBC"
#define CIPHER_ARIA_128_CBC SGS_TLS_CBC, 16, "ARIA-128-CBC"
#define CIPHER_ARIA_256_CBC SGS_TLS_CBC, 32, "ARIA-256-CBC"
#define CIPHER_AES_128_GCM SGS_TLS_GCM, 16, "AES-128-GCM"
#define CIPHER_AES_256_GCM SGS_TLS_GCM, 32, "AES-256-GCM"
#define CIPHER_ARIA_128_GCM SGS_TLS_GCM, 16, "ARIA-128-GCM"
#define CIPHER_ARIA_256_GCM SGS_TLS_GCM, 32, "ARIA-256-GCM"
#define CIPHER_AES_128_CCM SGS_TLS_CCM, 16, "AES-128-CCM"
#define CIPHER_AES_256_CCM SGS_TLS_CCM, 32, "AES-256-CCM"
#define CIPHER_AES_128_CCM_8 SGS_TLS_CCM_8, 16, "AES-128-CCM"
#define CIPHER_AES_256_CCM_8 SGS_TLS_CCM_8, 32, "AES-256-CCM"
#define CIPHER_CHACHA20_POLY1305 SGS_TLS_CHACHA20, 32, "ChaCha20-Poly1305"

/* octets and hash of the MAC, hash of the PRF (RFC 5246, section 5; RFC 5289, section 3.1) */
#define HMAC_MD5 16, "MD5", "SHA256"
#define HMAC_SHA 20, "SHA1", "SHA256"
#define HMAC_SHA256 32, "SHA256", "SHA256"
#define HMAC_SHA384 48, "SHA384", "SHA384"
#define HASH_SHA256 0, NULL, "SHA256"
#define HASH_SHA384 0, NULL, "SHA384"

#define SUITE(id, name, ...) SUITE_(id, name, __VA_ARGS__)
#define SUITE_(id, name, kind, key_len, cipher, mac_len, mac, hash, kx, is_tls13)                  \
    {id, name, kind, key_len, mac_len, cipher, hash, mac, kx, is_tls13},

static const struct sgs_tls_suite suites[] = {
#define NAMED(id, name)                                                                            \
    SUITE(id, #name, SGS_TLS_NULL, 0, NULL, 0, NULL, NULL, SGS_TLS_KX_OTHER, false)
#define MAC(id, kx, cipher, hash)                                                                  \
    SUITE(id, "TLS_" #kx "_WITH_" #cipher "_" #hash, CIPHER_##cipher, HMAC_##hash, KX_##kx, false)
#define AEAD(id, kx, cipher, hash)                                                                 \
    SUITE(id, "TLS_" #kx "_WITH_" #cipher "_" #hash, CIPHER_##cipher, HASH_##hash, KX_##kx, false)
#define CCM(id, kx, cipher)                                                                        \
    SUITE(id, "TLS_" #kx "_WITH_" #cipher, CIPHER_##cipher, HASH_SHA256, KX_##kx, false)
#define TLS13(id, cipher, hash)                                                                    \
    SUITE(id, "TLS_" #cipher "_" #hash, CIPHER_##cipher, HASH_##hash, SGS_TLS_KX_OTHER, true)
#include "crypto/tls_suites.def"
#undef NAMED
#undef MAC
#undef AEAD
#undef CCM
#undef TLS13
};

static const struct sgs_tls_suite *search(uint16_t id)
{
    size_t low = 0, high = sizeof suites / sizeof *suites;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (suites[middle].id == id) {
            return &suites[middle];
        }
        if (suites[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Every client names the same few dozen in each ClientHello. */
static const struct sgs_tls_suite *find(uint16_t id)
{
    static _Thread_local const struct sgs_tls_suite *lately[256]; /* by the low octet */
    const struct sgs_tls_suite **row = &lately[id & 0xff];

    if (!*row || (*row)->id != id) {
        *row = search(id);
    }
    return *row;
}

const struct sgs_tls_suite *sgs_tls_suite_find(uint16_t id)
{
    const struct sgs_tls_suite *suite = find(id);
    return suite && sgs_crypto_cipher(suite->cipher) ? suite : NULL;
}

const char *sgs_tls_suite_name(uint16_t id)
{
    const struct sgs_tls_suite *suite = find(id);

    if (suite) {
        return suite->name;
    }
    bool is_grease = (id & 0x0f0f) == 0x0a0a && id >> 8 == (id & 0xff); /* RFC 8701 */
    return is_grease ? "GREASE" : NULL;
}
