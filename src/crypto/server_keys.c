/*
 * The ring of private keys and pre-shared keys, and the RSA key exchange.  The padding (RFC 8017,
 * section 7.2.2) is ours: some builds of OpenSSL answer a wrong one with random octets.
 *
 *   0 | 2 | at least 8 octets, none 0 | 0 | pre-master secret: 48 octets
 */
#include "crypto/server_keys.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <signscope/limits.h>

#include "base/mem.h"

#define MAX_MODULUS 2048 /* octets: 16384 bits */
#define MIN_FILL 8       /* octets of padding that are not 0 */

struct slot {
    struct sgs_server_key shown;
    EVP_PKEY *pkey;  /* private key, or NULL */
    EVP_PKEY_CTX *x; /* RSA: set up for decryption, made at its first use */
    uint8_t psk[SGS_MAX_PSK];
    size_t psk_len;
};

struct sgs_server_keys {
    struct slot *slots; /* SGS_MAX_SERVER_KEYS of them from the first key on: they never move */
    size_t n;
    uint64_t trials; /* private-key operations without a certificate that names the key */
};

struct sgs_server_keys *sgs_server_keys_new(void)
{
    return sgs_xcalloc(1, sizeof(struct sgs_server_keys));
}

void sgs_server_keys_free(struct sgs_server_keys *k)
{
    if (!k) {
        return;
    }
    for (size_t i = 0; i < k->n; i++) {
        EVP_PKEY_CTX_free(k->slots[i].x);
        EVP_PKEY_free(k->slots[i].pkey); /* wipes */
    }
    if (k->slots) {
        OPENSSL_cleanse(k->slots, SGS_MAX_SERVER_KEYS * sizeof *k->slots);
    }
    free(k->slots);
    free(k);
}

size_t sgs_server_keys_len(const struct sgs_server_keys *k)
{
    return k->n;
}

const struct sgs_server_key *sgs_server_keys_at(const struct sgs_server_keys *k, size_t i)
{
    return &k->slots[i].shown;
}

bool sgs_server_keys_has(const struct sgs_server_keys *k, enum sgs_server_key_kind kind)
{
    for (size_t i = 0; i < k->n; i++) {
        if (k->slots[i].shown.kind == kind) {
            return true;
        }
    }
    return false;
}

static struct slot *new_slot(struct sgs_server_keys *k)
{
    if (!k->slots) {
        k->slots = sgs_xcalloc(SGS_MAX_SERVER_KEYS, sizeof *k->slots);
    }
    return k->n < SGS_MAX_SERVER_KEYS ? &k->slots[k->n++] : NULL;
}

enum sgs_key_error sgs_server_keys_put(struct sgs_server_keys *k, EVP_PKEY *pkey)
{
    bool is_rsa = EVP_PKEY_is_a(pkey, "RSA") == 1;
    int bits = EVP_PKEY_get_bits(pkey);
    enum sgs_key_error error = SGS_KEY_ERROR_NONE;
    struct slot *s = NULL;

    for (size_t i = 0; i < k->n; i++) {
        if (k->slots[i].pkey && EVP_PKEY_eq(k->slots[i].pkey, pkey) == 1) {
            goto out;
        }
    }
    if (bits <= 0 || (is_rsa && bits > 8 * MAX_MODULUS)) {
        error = SGS_KEY_ERROR_BAD;
        goto out;
    }
    s = new_slot(k);
    if (!s) {
        error = SGS_KEY_ERROR_MANY;
        goto out;
    }
    s->pkey = pkey;
    pkey = NULL;
    s->shown.kind = is_rsa ? SGS_SERVER_KEY_RSA : SGS_SERVER_KEY_OTHER;
    s->shown.bits = (unsigned)bits;
out:
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return error;
}

enum sgs_key_error sgs_server_keys_put_psk(struct sgs_server_keys *k, struct sgs_slice psk)
{
    if (psk.len == 0 || psk.len > SGS_MAX_PSK) {
        return SGS_KEY_ERROR_BAD_PSK;
    }
    struct slot *s = new_slot(k);
    if (!s) {
        return SGS_KEY_ERROR_MANY;
    }
    memcpy(s->psk, psk.ptr, psk.len);
    s->psk_len = psk.len;
    s->shown.kind = SGS_SERVER_KEY_PSK;
    s->shown.bits = (unsigned)(8 * psk.len);
    return SGS_KEY_ERROR_NONE;
}

/* private keys */

size_t sgs_server_keys_owner(const struct sgs_server_keys *k, struct sgs_slice certificate)
{
    const uint8_t *p = certificate.ptr;
    size_t owner = SGS_SERVER_KEY_NONE;

    if (k->n == 0 || certificate.len == 0 || certificate.len > SGS_MAX_TLS_CERTIFICATE) {
        return owner;
    }
    X509 *x509 = d2i_X509(NULL, &p, (long)certificate.len);
    EVP_PKEY *public_key = x509 ? X509_get0_pubkey(x509) : NULL;
    for (size_t i = 0; public_key && owner == SGS_SERVER_KEY_NONE && i < k->n; i++) {
        if (k->slots[i].pkey && EVP_PKEY_eq(k->slots[i].pkey, public_key) == 1) {
            owner = i;
        }
    }
    X509_free(x509);
    ERR_clear_error();
    return owner;
}

static EVP_PKEY_CTX *context_of(struct slot *s)
{
    if (!s->x) {
        s->x = EVP_PKEY_CTX_new_from_pkey(NULL, s->pkey, NULL);
        if (s->x && (EVP_PKEY_decrypt_init(s->x) != 1 ||
                     EVP_PKEY_CTX_set_rsa_padding(s->x, RSA_NO_PADDING) != 1)) {
            EVP_PKEY_CTX_free(s->x);
            s->x = NULL;
        }
    }
    return s->x;
}

/* The secret behind the padding of block. */
static bool unpad(const uint8_t *block, size_t len, uint8_t out[SGS_TLS_MASTER_LEN])
{
    if (len < SGS_TLS_MASTER_LEN + MIN_FILL + 3 || block[0] != 0 || block[1] != 2 ||
        block[len - SGS_TLS_MASTER_LEN - 1] != 0) {
        return false;
    }
    for (size_t i = 2; i < len - SGS_TLS_MASTER_LEN - 1; i++) {
        if (block[i] == 0) {
            return false;
        }
    }
    memcpy(out, block + len - SGS_TLS_MASTER_LEN, SGS_TLS_MASTER_LEN);
    return true;
}

static bool open_with(struct slot *s, struct sgs_slice encrypted, uint8_t out[SGS_TLS_MASTER_LEN])
{
    uint8_t block[MAX_MODULUS];
    size_t len = sizeof block;

    if (s->shown.kind != SGS_SERVER_KEY_RSA || encrypted.len == 0 ||
        encrypted.len > (s->shown.bits + 7) / 8) {
        return false;
    }
    EVP_PKEY_CTX *x = context_of(s);
    bool ok = x && EVP_PKEY_decrypt(x, block, &len, encrypted.ptr, encrypted.len) == 1 &&
              unpad(block, len, out);
    OPENSSL_cleanse(block, sizeof block);
    ERR_clear_error();
    s->shown.sessions += ok;
    return ok;
}

bool sgs_server_keys_pre_master(struct sgs_server_keys *k, size_t i, struct sgs_slice encrypted,
                                uint8_t out[SGS_TLS_MASTER_LEN])
{
    if (i < k->n) {
        return open_with(&k->slots[i], encrypted, out);
    }
    for (i = 0; i < k->n && k->trials < SGS_MAX_KEY_TRIALS; i++) {
        k->trials += k->slots[i].shown.kind == SGS_SERVER_KEY_RSA;
        if (open_with(&k->slots[i], encrypted, out)) {
            return true;
        }
    }
    return false;
}

bool sgs_server_keys_is_spent(const struct sgs_server_keys *k)
{
    return k->trials >= SGS_MAX_KEY_TRIALS;
}

/* pre-shared keys */

static size_t put_part(uint8_t *out, const uint8_t *octets, size_t len)
{
    out[0] = (uint8_t)(len >> 8);
    out[1] = (uint8_t)len;
    if (octets) {
        memcpy(out + 2, octets, len);
    } else {
        memset(out + 2, 0, len);
    }
    return 2 + len;
}

/* <2> other secret, or as many zeros as the key has octets | <2> key */
size_t sgs_server_keys_psk(const struct sgs_server_keys *k, size_t i, struct sgs_slice other,
                           uint8_t out[SGS_PSK_PRE_MASTER])
{
    const struct slot *s = i < k->n ? &k->slots[i] : NULL;

    if (!s || s->psk_len == 0 || other.len > SGS_TLS_MASTER_LEN) {
        return 0;
    }
    size_t len =
        other.len > 0 ? put_part(out, other.ptr, other.len) : put_part(out, NULL, s->psk_len);
    return len + put_part(out + len, s->psk, s->psk_len);
}

struct sgs_slice sgs_server_keys_octets(const struct sgs_server_keys *k, size_t i)
{
    return i < k->n ? sgs_slice(k->slots[i].psk, k->slots[i].psk_len) : (struct sgs_slice){NULL, 0};
}

void sgs_server_keys_note(struct sgs_server_keys *k, size_t i)
{
    k->slots[i].shown.sessions++;
}
