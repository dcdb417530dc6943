/*
 * TLS 1.3 with a pre-shared key and no (EC)DHE (RFC 8446, sections 4.2.11.2 and 7.1):
 *
 *   early secret       Extract(0, key)            binder, client_early_traffic_secret
 *   handshake secret   Extract(derived, 0)        handshake traffic secrets
 *   master secret      Extract(derived, 0)        application traffic secrets
 *
 * where derived is Derive-Secret(the secret before, "derived", "").
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypto/crypto.h"
#include "crypto/server_keys.h"

struct schedule {
    const char *hash;
    size_t len;                         /* octets of its output */
    uint8_t secret[SGS_TLS_MAX_SECRET]; /* the one at hand */
};

static bool hmac(const char *hash, struct sgs_slice key, struct sgs_slice text, uint8_t *out)
{
    EVP_MAC_CTX *x = sgs_crypto_hmac(hash, key);
    size_t len = 0;
    bool ok = x && (text.len == 0 || EVP_MAC_update(x, text.ptr, text.len) == 1) &&
              EVP_MAC_final(x, out, &len, SGS_TLS_MAX_SECRET) == 1;

    EVP_MAC_CTX_free(x);
    ERR_clear_error();
    return ok;
}

/* HKDF-Expand-Label (section 7.1): one block. */
static bool expand(const struct schedule *s, const uint8_t *secret, const char *label,
                   struct sgs_slice context, uint8_t *out)
{
    static const char prefix[] = "tls13 ";
    uint8_t info[4 + 32 + SGS_TLS_MAX_SECRET + 1];
    size_t label_len = strlen(label), n = 0;

    info[n++] = 0;
    info[n++] = (uint8_t)s->len;
    info[n++] = (uint8_t)(sizeof prefix - 1 + label_len);
    memcpy(info + n, prefix, sizeof prefix - 1);
    n += sizeof prefix - 1;
    memcpy(info + n, label, label_len);
    n += label_len;
    info[n++] = (uint8_t)context.len;
    if (context.len > 0) {
        memcpy(info + n, context.ptr, context.len);
        n += context.len;
    }
    info[n++] = 1;
    return hmac(s->hash, sgs_slice(secret, s->len), sgs_slice(info, n), out);
}

static bool hash_of(const struct schedule *s, struct sgs_slice messages, uint8_t *out)
{
    size_t len = 0;
    bool ok = EVP_Q_digest(NULL, s->hash, NULL, messages.len > 0 ? messages.ptr : out, messages.len,
                           out, &len) == 1;

    ERR_clear_error();
    return ok && len == s->len;
}

static bool derive(const struct schedule *s, const char *label, struct sgs_slice messages,
                   uint8_t *out)
{
    uint8_t digest[SGS_TLS_MAX_SECRET];

    return hash_of(s, messages, digest) &&
           expand(s, s->secret, label, sgs_slice(digest, s->len), out);
}

/* Early secret of key i. */
static bool begin(struct schedule *s, const struct sgs_server_keys *k, size_t i, size_t hash_len)
{
    const uint8_t zeros[SGS_TLS_MAX_SECRET] = {0};
    struct sgs_slice psk = sgs_server_keys_octets(k, i);

    s->hash = hash_len == 48 ? "SHA384" : "SHA256";
    s->len = hash_len;
    return psk.len > 0 && (hash_len == 32 || hash_len == 48) &&
           hmac(s->hash, sgs_slice(zeros, s->len), psk, s->secret);
}

/* From one secret to the next. */
static bool go_on(struct schedule *s)
{
    const uint8_t zeros[SGS_TLS_MAX_SECRET] = {0};
    uint8_t derived[SGS_TLS_MAX_SECRET];
    bool ok = derive(s, "derived", (struct sgs_slice){NULL, 0}, derived) &&
              hmac(s->hash, sgs_slice(derived, s->len), sgs_slice(zeros, s->len), s->secret);

    OPENSSL_cleanse(derived, sizeof derived);
    return ok;
}

static bool fits(const struct schedule *s, const char *label, struct sgs_slice hello,
                 struct sgs_slice binder)
{
    const struct sgs_slice nothing = {NULL, 0};
    uint8_t key[SGS_TLS_MAX_SECRET], finished[SGS_TLS_MAX_SECRET], digest[SGS_TLS_MAX_SECRET],
        want[SGS_TLS_MAX_SECRET];
    bool ok = derive(s, label, nothing, key) && expand(s, key, "finished", nothing, finished) &&
              hash_of(s, hello, digest) &&
              hmac(s->hash, sgs_slice(finished, s->len), sgs_slice(digest, s->len), want) &&
              CRYPTO_memcmp(want, binder.ptr, s->len) == 0;

    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(finished, sizeof finished);
    return ok;
}

size_t sgs_server_keys_binder(const struct sgs_server_keys *k, struct sgs_slice hello,
                              struct sgs_slice binder)
{
    struct schedule s;
    size_t found = SGS_SERVER_KEY_NONE;

    for (size_t i = 0; found == SGS_SERVER_KEY_NONE && i < sgs_server_keys_len(k); i++) {
        if (begin(&s, k, i, binder.len) &&
            (fits(&s, "ext binder", hello, binder) || fits(&s, "res binder", hello, binder))) {
            found = i;
        }
    }
    OPENSSL_cleanse(&s, sizeof s);
    return found;
}

bool sgs_server_keys_secret13(const struct sgs_server_keys *k, size_t i, size_t hash_len,
                              enum sgs_tls_label label, struct sgs_slice messages,
                              uint8_t out[SGS_TLS_MAX_SECRET])
{
    static const struct {
        const char *name;
        int step; /* secrets beyond the early one */
    } rows[] = {
        [SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET] = {"c e traffic",  0},
        [SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET] = {"c hs traffic", 1},
        [SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET] = {"s hs traffic", 1},
        [SGS_TLS_CLIENT_TRAFFIC_SECRET_0] = {"c ap traffic", 2},
        [SGS_TLS_SERVER_TRAFFIC_SECRET_0] = {"s ap traffic", 2},
    };
    struct schedule s;
    bool ok =
        (size_t)label < sizeof rows / sizeof *rows && rows[label].name && begin(&s, k, i, hash_len);

    for (int step = 0; ok && step < rows[label].step; step++) {
        ok = go_on(&s);
    }
    ok = ok && derive(&s, rows[label].name, messages, out);
    OPENSSL_cleanse(&s, sizeof s);
    return ok;
}
