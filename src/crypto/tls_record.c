/*
 * Opening one protected record (RFC 6101, section 5.2.3; RFC 5246, section 6.2.3; RFC 5288, 6655,
 * 7366, 7905; RFC 8446, section 5.2).  What follows the 5 octets of the header is
 *
 *   NULL, stream           E(content | MAC)
 *   CBC                    IV | E(content | MAC | padding | padding length)    to TLS 1.0: no IV
 * here CBC, encrypt-then-MAC  IV | E(content | padding | padding length) | MAC GCM, CCM to TLS 1.2
 * nonce (8 octets) | E(content) | tag ChaCha20, TLS 1.3      E(content) | tag          TLS 1.3:
 * content is octets | type | zeros
 *
 * The context of an opener is keyed once.  Nothing is shown before its tag or MAC has been checked.
 */
#include <signscope/tls_keys.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "crypto/crypto.h"
#include "crypto/ssl3.h"

#define SSL30 0x0300
#define TLS11 0x0302
#define TLS13 0x0304
#define NONCE_LEN 12
#define FIXED_LEN 4 /* octets of a nonce that are the same in all records */
#define HEADER_LEN 5
#define TRIAL_COST 512   /* octets that take as long as what a trial costs besides them */
#define MAX_RECORD 65535 /* octets of a fragment: what the header's length can say */

struct sgs_tls_opener {
    const struct sgs_tls_suite *suite;
    uint16_t version;
    bool encrypt_then_mac;
    bool has_iv;                  /* CBC to TLS 1.0: iv is the last block of the record before */
    EVP_CIPHER_CTX *x;            /* keyed; NULL for the NULL cipher */
    EVP_CIPHER_CTX *spare;        /* stream: where a record is tried before x goes on */
    EVP_MAC_CTX *mac;             /* keyed; NULL for AEAD and SSL 3.0 */
    struct sgs_ssl3_mac *old_mac; /* SSL 3.0: in its place */
    size_t block_len;             /* CBC: octets of a block */
    size_t iv_len;
    uint8_t iv[SGS_TLS_MAX_IV]; /* AEAD: implicit part of the nonce; CBC to TLS 1.0: see has_iv */
    uint8_t key[32];            /* GCM of TLS 1.3: for the search of a sequence number */
    uint64_t
        explicit_base; /* GCM to 1.2: explicit nonce less sequence number, of the last record */
    bool has_base;
};

/* Room for one record that is tried: one in all, for a hole in each of many connections must not
 * cost as many of them. */
static uint8_t trial[MAX_RECORD];

/* One record on its way through. */
struct record {
    uint64_t seq;
    struct sgs_slice header;
    struct sgs_slice fragment;
    uint8_t *out;   /* room for as many octets as fragment has */
    size_t out_len; /* octets of content in out */
    uint8_t type;
};

static bool is_chained(const struct sgs_tls_opener *o)
{
    return o->suite->kind == SGS_TLS_CBC && o->version < TLS11;
}

size_t sgs_tls_iv_len(const struct sgs_tls_suite *suite)
{
    switch (suite->kind) {
    case SGS_TLS_NULL:
    case SGS_TLS_STREAM:
        return 0;
    case SGS_TLS_CBC:
        return (size_t)EVP_CIPHER_get_iv_length(sgs_crypto_cipher(suite->cipher));
    case SGS_TLS_GCM:
    case SGS_TLS_CCM:
    case SGS_TLS_CCM_8:
        return suite->is_tls13 ? NONCE_LEN : 4;
    case SGS_TLS_CHACHA20:
        return NONCE_LEN;
    }
    return 0;
}

static size_t tag_len(const struct sgs_tls_suite *suite)
{
    return suite->kind == SGS_TLS_CCM_8 ? 8 : 16;
}

/* life */

/* OpenSSL's parameters want void * that they do not write to. */
static OSSL_PARAM octets_param(const char *name, const uint8_t *octets, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)octets, len);
}

/* GCM: what all nonces begin with; see start_aead(). */
static bool set_fixed_part(const struct sgs_tls_opener *o)
{
    const OSSL_PARAM params[] = {
        octets_param(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, o->iv, FIXED_LEN),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_set_params(o->x, params) == 1;
}

/* Keys o->x; what kind it is decides which parameters go with it. */
static bool set_key(struct sgs_tls_opener *o, struct sgs_slice key)
{
    const EVP_CIPHER *cipher = sgs_crypto_cipher(o->suite->cipher);
    size_t nonce_len = NONCE_LEN, tag = tag_len(o->suite), key_len = key.len;
    unsigned int padding = 0;
    OSSL_PARAM params[3] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end(),
                            OSSL_PARAM_construct_end()};

    switch (o->suite->kind) {
    case SGS_TLS_NULL:
        return true;
    case SGS_TLS_STREAM:
        params[0] = OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_KEYLEN, &key_len);
        break;
    case SGS_TLS_CBC:
        params[0] = OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding);
        break;
    case SGS_TLS_CCM:
    case SGS_TLS_CCM_8:
        params[0] = OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_IVLEN, &nonce_len);
        params[1] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, tag);
        break;
    case SGS_TLS_GCM:
    case SGS_TLS_CHACHA20:
        break;
    }
    bool has_params = params[0].key != NULL; /* they come before the key */
    o->x = EVP_CIPHER_CTX_new();
    return o->x && (!has_params || EVP_DecryptInit_ex2(o->x, cipher, NULL, NULL, params) == 1) &&
           EVP_DecryptInit_ex2(o->x, has_params ? NULL : cipher, key.ptr, NULL, NULL) == 1 &&
           (o->suite->kind != SGS_TLS_GCM || set_fixed_part(o));
}

static bool set_up(struct sgs_tls_opener *o, const struct sgs_tls_material *m)
{
    if (o->suite->kind == SGS_TLS_CBC) {
        int len = EVP_CIPHER_get_block_size(sgs_crypto_cipher(o->suite->cipher));
        o->block_len = (size_t)len;
    }
    if (o->suite->kind == SGS_TLS_STREAM) {
        o->spare = EVP_CIPHER_CTX_new();
    }
    if (o->version == SSL30) {
        o->old_mac = sgs_ssl3_mac_new(o->suite->mac, m->mac);
    } else if (o->suite->mac) {
        o->mac = sgs_crypto_hmac(o->suite->mac, m->mac);
    }
    return set_key(o, m->key) &&
           (o->version == SSL30 ? o->old_mac != NULL : o->mac || !o->suite->mac) &&
           (o->spare || o->suite->kind != SGS_TLS_STREAM);
}

enum sgs_status sgs_tls_opener_new(const struct sgs_tls_suite *suite, uint16_t version,
                                   bool encrypt_then_mac, const struct sgs_tls_material *material,
                                   struct sgs_tls_opener **out)
{
    assert(material->iv.len <= SGS_TLS_MAX_IV);
    struct sgs_tls_opener *o = sgs_xcalloc(1, sizeof *o);

    o->suite = suite;
    o->version = version;
    o->encrypt_then_mac = encrypt_then_mac && suite->kind == SGS_TLS_CBC;
    o->has_iv = true;
    o->iv_len = material->iv.len;
    memcpy(o->iv, material->iv.len ? material->iv.ptr : o->iv, material->iv.len);
    if (suite->kind == SGS_TLS_GCM && suite->is_tls13 && material->key.len <= sizeof o->key) {
        memcpy(o->key, material->key.ptr, material->key.len);
    }
    if (!set_up(o, material)) {
        ERR_clear_error();
        sgs_tls_opener_free(o);
        return SGS_E_UNSUPPORTED;
    }
    *out = o;
    return SGS_OK;
}

void sgs_tls_opener_free(struct sgs_tls_opener *o)
{
    if (!o) {
        return;
    }
    EVP_CIPHER_CTX_free(o->x);
    EVP_CIPHER_CTX_free(o->spare);
    EVP_MAC_CTX_free(o->mac);
    sgs_ssl3_mac_free(o->old_mac);
    OPENSSL_cleanse(o, sizeof *o);
    free(o);
}

/* parts of a record */

static void put_seq(uint64_t seq, uint8_t out[8])
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(seq >> (56 - 8 * i));
    }
}

/* seq | type | version | len: what MACs cover first, and the AAD of AEAD to TLS 1.2. */
#define PSEUDO_HEADER_LEN 13
static void pseudo_header(const struct record *r, size_t len, uint8_t out[PSEUDO_HEADER_LEN])
{
    put_seq(r->seq, out);
    memcpy(out + 8, r->header.ptr, 3);
    out[11] = (uint8_t)(len >> 8);
    out[12] = (uint8_t)len;
}

/* SSL 3.0 leaves the version out. */
static bool check_old_mac(const struct sgs_tls_opener *o, const struct record *r,
                          struct sgs_slice covered, const uint8_t *mac)
{
    uint8_t head[PSEUDO_HEADER_LEN], want[EVP_MAX_MD_SIZE];

    pseudo_header(r, covered.len, head);
    head[9] = head[11];
    head[10] = head[12];
    size_t len = sgs_ssl3_mac(o->old_mac, sgs_slice(head, PSEUDO_HEADER_LEN - 2), covered, want);
    return len == o->suite->mac_len && CRYPTO_memcmp(want, mac, len) == 0;
}

static bool check_mac(const struct sgs_tls_opener *o, const struct record *r,
                      struct sgs_slice covered, const uint8_t *mac)
{
    uint8_t head[PSEUDO_HEADER_LEN], want[EVP_MAX_MD_SIZE];
    size_t want_len = 0;

    if (o->old_mac) {
        return check_old_mac(o, r, covered, mac);
    }
    pseudo_header(r, covered.len, head);
    return EVP_MAC_init(o->mac, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(o->mac, head, sizeof head) == 1 &&
           EVP_MAC_update(o->mac, covered.ptr, covered.len) == 1 &&
           EVP_MAC_final(o->mac, want, &want_len, sizeof want) == 1 &&
           want_len == o->suite->mac_len && CRYPTO_memcmp(want, mac, want_len) == 0;
}

/* content | MAC in r->out, len octets in all. */
static enum sgs_status close_with_mac(const struct sgs_tls_opener *o, struct record *r, size_t len)
{
    if (len < o->suite->mac_len) {
        return SGS_E_FORMAT;
    }
    size_t content_len = len - o->suite->mac_len;
    if (!check_mac(o, r, sgs_slice(r->out, content_len), r->out + content_len)) {
        return SGS_E_AUTH;
    }
    r->out_len = content_len;
    return SGS_OK;
}

/* NULL and stream ciphers */

static enum sgs_status open_null(const struct sgs_tls_opener *o, struct record *r)
{
    if (!o->mac && !o->old_mac) {
        return SGS_E_UNSUPPORTED;
    }
    if (r->fragment.len > 0) {
        memcpy(r->out, r->fragment.ptr, r->fragment.len);
    }
    return close_with_mac(o, r, r->fragment.len);
}

static enum sgs_status open_stream(const struct sgs_tls_opener *o, struct record *r)
{
    int n = 0;

    if (r->fragment.len < o->suite->mac_len) {
        return SGS_E_FORMAT;
    }
    if (EVP_CIPHER_CTX_copy(o->spare, o->x) != 1 ||
        EVP_DecryptUpdate(o->spare, r->out, &n, r->fragment.ptr, (int)r->fragment.len) != 1) {
        return SGS_E_UNSUPPORTED;
    }
    return close_with_mac(o, r, (size_t)n);
}

/* CBC */

/* Octets of r->out without the padding of its end (RFC 5246, section 6.2.3.2), or SIZE_MAX.  That
 * of SSL 3.0 fills one block and may have any octets (RFC 6101, section 5.2.3.2). */
static size_t without_padding(const struct sgs_tls_opener *o, const uint8_t *out, size_t len)
{
    size_t padding = out[len - 1] + (size_t)1;

    if (padding > len || (o->version == SSL30 && padding > o->block_len)) {
        return SIZE_MAX;
    }
    for (size_t i = len - padding; o->version != SSL30 && i < len; i++) {
        if (out[i] != padding - 1) {
            return SIZE_MAX;
        }
    }
    return len - padding;
}

/* What a MAC over the ciphertext covers; empty: there is no room for one. */
static struct sgs_slice under_mac(const struct sgs_tls_opener *o, const struct record *r)
{
    size_t mac_len = o->suite->mac_len, len = r->fragment.len;

    return rd_at(r->fragment, 0, len > mac_len ? len - mac_len : 0);
}

/* Decrypts, and takes the padding off; what is then in r->out has been checked only with
 * encrypt-then-MAC. */
static enum sgs_status decrypt_cbc(const struct sgs_tls_opener *o, struct record *r)
{
    struct sgs_slice blocks = o->encrypt_then_mac ? under_mac(o, r) : r->fragment;
    struct sgs_slice iv = sgs_slice(o->iv, o->iv_len);
    int n = 0;

    if (!is_chained(o)) {
        iv = rd_at(blocks, 0, o->block_len);
        blocks = rd_at(blocks, o->block_len, blocks.len - iv.len);
    }
    if (blocks.len == 0 || blocks.len % o->block_len != 0) {
        return SGS_E_FORMAT;
    }
    if (!o->has_iv) {
        return SGS_E_AUTH;
    }
    if (EVP_DecryptInit_ex2(o->x, NULL, NULL, iv.ptr, NULL) != 1 ||
        EVP_DecryptUpdate(o->x, r->out, &n, blocks.ptr, (int)blocks.len) != 1 ||
        (size_t)n != blocks.len) {
        return SGS_E_UNSUPPORTED;
    }
    size_t len = without_padding(o, r->out, blocks.len);
    if (len == SIZE_MAX) {
        return SGS_E_AUTH;
    }
    r->out_len = len;
    return SGS_OK;
}

static enum sgs_status open_cbc(const struct sgs_tls_opener *o, struct record *r)
{
    if (o->encrypt_then_mac) {
        struct sgs_slice covered = under_mac(o, r);
        if (covered.len == 0) {
            return SGS_E_FORMAT;
        }
        if (!check_mac(o, r, covered, covered.ptr + covered.len)) {
            return SGS_E_AUTH;
        }
    }
    enum sgs_status st = decrypt_cbc(o, r);
    return st == SGS_OK && !o->encrypt_then_mac ? close_with_mac(o, r, r->out_len) : st;
}

/* AEAD */

/* implicit part | explicit part, or the IV xor the sequence number. */
static void make_nonce(const struct sgs_tls_opener *o, const struct record *r,
                       struct sgs_slice explicit_part, uint8_t nonce[NONCE_LEN])
{
    memcpy(nonce, o->iv, o->iv_len);
    if (explicit_part.len > 0) {
        memcpy(nonce + o->iv_len, explicit_part.ptr, explicit_part.len);
        return;
    }
    uint8_t seq[8];
    put_seq(r->seq, seq);
    for (size_t i = 0; i < sizeof seq; i++) {
        nonce[NONCE_LEN - sizeof seq + i] ^= seq[i];
    }
}

/* Nonce and tag of one record.  GCM takes the part of the nonce that changes by itself, which costs
 * half of what it does to begin anew. */
static bool start_aead(const struct sgs_tls_opener *o, const uint8_t nonce[NONCE_LEN],
                       struct sgs_slice tag)
{
    OSSL_PARAM params[] = {
        octets_param(OSSL_CIPHER_PARAM_AEAD_TAG, tag.ptr, tag.len),
        OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end(),
    };

    if (o->suite->kind != SGS_TLS_GCM) {
        return EVP_DecryptInit_ex2(o->x, NULL, NULL, nonce, params) == 1;
    }
    params[1] = octets_param(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, nonce + FIXED_LEN,
                             NONCE_LEN - FIXED_LEN);
    return EVP_CIPHER_CTX_set_params(o->x, params) == 1;
}

/* One AEAD decryption: text | tag.  CCM wants the length first, and its last update is the verdict.
 */
static bool aead(const struct sgs_tls_opener *o, const uint8_t nonce[NONCE_LEN],
                 struct sgs_slice aad, struct sgs_slice text, struct sgs_slice tag, uint8_t *out)
{
    bool is_ccm = o->suite->kind == SGS_TLS_CCM || o->suite->kind == SGS_TLS_CCM_8;
    int n = 0, end = 0;

    return start_aead(o, nonce, tag) &&
           (!is_ccm || EVP_DecryptUpdate(o->x, NULL, &n, NULL, (int)text.len) == 1) &&
           EVP_DecryptUpdate(o->x, NULL, &n, aad.ptr, (int)aad.len) == 1 &&
           EVP_DecryptUpdate(o->x, out, &n, text.ptr, (int)text.len) == 1 &&
           (is_ccm || EVP_DecryptFinal_ex(o->x, out + n, &end) == 1);
}

/* octets | type | zeros (RFC 8446, section 5.4). */
static enum sgs_status inner_type(struct record *r)
{
    while (r->out_len > 0 && r->out[r->out_len - 1] == 0) {
        r->out_len--;
    }
    if (r->out_len == 0) {
        return SGS_E_FORMAT;
    }
    r->type = r->out[--r->out_len];
    return SGS_OK;
}

static enum sgs_status open_aead(const struct sgs_tls_opener *o, struct record *r)
{
    uint8_t nonce[NONCE_LEN], head[PSEUDO_HEADER_LEN];
    size_t explicit_len = NONCE_LEN - o->iv_len, tag = tag_len(o->suite);
    struct sgs_slice aad = r->header;

    if (r->fragment.len < explicit_len + tag) {
        return SGS_E_FORMAT;
    }
    size_t len = r->fragment.len - explicit_len - tag;
    if (o->version < TLS13) {
        pseudo_header(r, len, head);
        aad = sgs_slice(head, sizeof head);
    }
    make_nonce(o, r, rd_at(r->fragment, 0, explicit_len), nonce);
    struct sgs_slice text = rd_at(r->fragment, explicit_len, len);
    if (!aead(o, nonce, aad, text, rd_at(r->fragment, explicit_len + len, tag), r->out)) {
        return SGS_E_AUTH;
    }
    r->out_len = len;
    return o->version < TLS13 ? SGS_OK : inner_type(r);
}

/* the calls of tls_keys.h */

static enum sgs_status open_into(struct sgs_tls_opener *o, struct record *r)
{
    enum sgs_status st = SGS_E_UNSUPPORTED;

    switch (o->suite->kind) {
    case SGS_TLS_NULL:
        st = open_null(o, r);
        break;
    case SGS_TLS_STREAM:
        st = open_stream(o, r);
        break;
    case SGS_TLS_CBC:
        st = open_cbc(o, r);
        break;
    case SGS_TLS_GCM:
    case SGS_TLS_CCM:
    case SGS_TLS_CCM_8:
    case SGS_TLS_CHACHA20:
        st = open_aead(o, r);
        break;
    }
    if (st != SGS_OK) {
        OPENSSL_cleanse(r->out, r->fragment.len);
        ERR_clear_error();
    }
    return st;
}

void sgs_tls_pass(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment)
{
    struct sgs_reader r = rd_open(rd_at(header, 3, 2));
    size_t len = rd_be16(&r);

    if (is_chained(o)) {
        size_t mac_len = o->encrypt_then_mac ? o->suite->mac_len : 0;
        o->has_iv = fragment.len == len && len >= mac_len + o->block_len;
        if (o->has_iv) {
            memcpy(o->iv, fragment.ptr + len - mac_len - o->block_len, o->block_len);
        }
    }
    if (o->suite->kind == SGS_TLS_STREAM) {
        uint8_t zeros[256] = {0}, out[sizeof zeros];
        int n = 0;
        for (size_t done = 0; done < len; done += (size_t)n) {
            size_t left = len - done;
            if (EVP_DecryptUpdate(o->x, out, &n, zeros,
                                  (int)(left < sizeof zeros ? left : sizeof zeros)) != 1) {
                return;
            }
        }
        OPENSSL_cleanse(out, sizeof out);
    }
}

static bool has_explicit_nonce(const struct sgs_tls_opener *o)
{
    return o->suite->kind == SGS_TLS_GCM && o->version < TLS13;
}

static uint64_t explicit_nonce(struct sgs_slice fragment)
{
    struct sgs_reader r = rd_open(fragment);
    uint32_t high = rd_be32(&r), low = rd_be32(&r);

    return (uint64_t)high << 32 | low;
}

/* Most senders count in the explicit nonce as they count records. */
static void note_nonce(struct sgs_tls_opener *o, uint64_t seq, struct sgs_slice fragment)
{
    if (has_explicit_nonce(o)) {
        o->explicit_base = explicit_nonce(fragment) - seq;
        o->has_base = true;
    }
}

enum sgs_status sgs_tls_open(struct sgs_tls_opener *o, uint64_t seq, struct sgs_slice header,
                             struct sgs_slice fragment, struct sgs_arena *arena,
                             struct sgs_slice *plain, uint8_t *type)
{
    struct record r = {.seq = seq, .header = header, .fragment = fragment};

    if (header.len != HEADER_LEN || fragment.len == 0 || fragment.len > MAX_RECORD) {
        return SGS_E_FORMAT;
    }
    r.type = header.ptr[0];
    r.out = sgs_arena_room(arena, fragment.len);
    if (!r.out) {
        return SGS_E_LIMIT;
    }
    enum sgs_status st = open_into(o, &r);
    if (st != SGS_OK) {
        return st;
    }
    sgs_tls_pass(o, header, fragment);
    note_nonce(o, seq, fragment);
    *plain = sgs_slice(r.out, r.out_len);
    *type = r.type;
    return SGS_OK;
}

bool sgs_tls_check(struct sgs_tls_opener *o, uint64_t seq, struct sgs_slice header,
                   struct sgs_slice fragment)
{
    struct record r = {.seq = seq, .header = header, .fragment = fragment};

    if (header.len != HEADER_LEN || fragment.len == 0 || fragment.len > MAX_RECORD) {
        return false;
    }
    r.type = header.ptr[0];
    r.out = trial;
    bool ok = open_into(o, &r) == SGS_OK;
    if (ok) {
        OPENSSL_cleanse(r.out, r.out_len);
    }
    return ok;
}

/* the search of a sequence number */

/* One more trial; false: the budget does not allow it. */
static bool pay(struct sgs_tls_search *s, size_t octets)
{
    uint64_t cost = octets + TRIAL_COST;

    if (cost > s->budget) {
        return false;
    }
    s->budget -= cost;
    s->trials++;
    return true;
}

static bool is_at(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment,
                  struct sgs_tls_search *s, uint64_t seq)
{
    if (seq < s->first || seq > s->last || !pay(s, fragment.len) ||
        !sgs_tls_check(o, seq, header, fragment)) {
        return false;
    }
    s->seq = seq;
    return true;
}

/* One AES block, in or out; in the place of ctx the key is set. */
static bool block(const struct sgs_tls_opener *o, const uint8_t in[16], uint8_t out[16],
                  bool encrypt)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher =
        sgs_crypto_cipher(o->suite->key_len == 16 ? "AES-128-ECB" : "AES-256-ECB");
    int n = 0;
    bool ok = x && cipher && EVP_CipherInit_ex2(x, cipher, o->key, NULL, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(x, 0) == 1 && EVP_CipherUpdate(x, out, &n, in, 16) == 1;

    EVP_CIPHER_CTX_free(x);
    return ok && n == 16;
}

/* The tag that GCM gives the ciphertext text under nonce; out: room for text.len octets. */
static bool tag_under(const struct sgs_tls_opener *o, const uint8_t nonce[NONCE_LEN],
                      struct sgs_slice aad, struct sgs_slice text, uint8_t *out, uint8_t tag[16])
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = sgs_crypto_cipher(o->suite->cipher);
    int n = 0;
    bool ok = x && EVP_EncryptInit_ex2(x, cipher, o->key, nonce, NULL) == 1 &&
              EVP_EncryptUpdate(x, out, &n, text.ptr, (int)text.len) == 1 && /* what becomes text */
              EVP_EncryptInit_ex2(x, NULL, NULL, nonce, NULL) == 1 &&
              EVP_EncryptUpdate(x, NULL, &n, aad.ptr, (int)aad.len) == 1 &&
              EVP_EncryptUpdate(x, out, &n, out, (int)text.len) == 1 &&
              EVP_EncryptFinal_ex(x, out + n, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;

    EVP_CIPHER_CTX_free(x);
    return ok;
}

/*
 * The sequence number that a tag of GCM speaks of (NIST SP 800-38D, section 7.1): tag = GHASH(AAD,
 * ciphertext) xor E(nonce | 1), and only the second part hangs on the nonce.  So the tag under any
 * other nonce gives E(nonce | 1), and its inverse the nonce.  False: it is none of this key.
 */
static bool gcm_seq(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment,
                    uint64_t *seq)
{
    uint8_t tag[16], counter[16] = {0}, mask[16];
    size_t len = fragment.len - sizeof tag;
    struct sgs_slice text = rd_at(fragment, 0, len);

    memcpy(counter, o->iv, NONCE_LEN);
    counter[15] = 1;
    if (!tag_under(o, o->iv, header, text, trial, tag) || !block(o, counter, mask, true)) {
        return false;
    }
    for (size_t i = 0; i < sizeof tag; i++) {
        mask[i] ^= tag[i] ^ fragment.ptr[len + i];
    }
    if (!block(o, mask, counter, false)) {
        return false;
    }
    for (size_t i = 0; i < NONCE_LEN; i++) {
        counter[i] ^= o->iv[i];
    }
    struct sgs_reader r = rd_open(sgs_slice(counter, sizeof counter));
    uint32_t zero = rd_be32(&r), high = rd_be32(&r), low = rd_be32(&r), one = rd_be32(&r);
    *seq = (uint64_t)high << 32 | low;
    return zero == 0 && one == 1;
}

/* CBC: decrypted once, only the MAC is tried again. */
static bool find_cbc(struct sgs_tls_opener *o, struct record *r, struct sgs_tls_search *s)
{
    struct sgs_slice covered = under_mac(o, r);

    if (!o->has_iv || !pay(s, r->fragment.len) ||
        (!o->encrypt_then_mac && decrypt_cbc(o, r) != SGS_OK)) {
        return false;
    }
    size_t len = r->out_len;
    for (r->seq = s->first; r->seq <= s->last && pay(s, r->fragment.len); r->seq++) {
        if (o->encrypt_then_mac
                ? covered.len > 0 && check_mac(o, r, covered, covered.ptr + covered.len) &&
                      decrypt_cbc(o, r) == SGS_OK
                : close_with_mac(o, r, len) == SGS_OK) {
            s->seq = r->seq;
            return true;
        }
    }
    return false;
}

/* How it is done depends on the cipher. */
static bool find(struct sgs_tls_opener *o, struct record *r, struct sgs_tls_search *s)
{
    uint64_t seq = 0;

    if (o->suite->kind == SGS_TLS_STREAM) {
        return false;
    }
    if (o->suite->kind == SGS_TLS_CBC) {
        return find_cbc(o, r, s);
    }
    if (o->suite->kind == SGS_TLS_GCM && o->suite->is_tls13) {
        return r->fragment.len > 16 && pay(s, 2 * r->fragment.len) &&
               gcm_seq(o, r->header, r->fragment, &seq) && is_at(o, r->header, r->fragment, s, seq);
    }
    if (has_explicit_nonce(o) && o->has_base &&
        is_at(o, r->header, r->fragment, s, explicit_nonce(r->fragment) - o->explicit_base)) {
        return true;
    }
    for (seq = s->first; seq <= s->last && s->budget >= r->fragment.len + TRIAL_COST; seq++) {
        if (is_at(o, r->header, r->fragment, s, seq)) {
            return true;
        }
    }
    return false;
}

bool sgs_tls_find(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment,
                  struct sgs_tls_search *s)
{
    struct record r = {.header = header, .fragment = fragment};

    if (header.len != HEADER_LEN || fragment.len == 0 || fragment.len > MAX_RECORD) {
        return false;
    }
    r.type = header.ptr[0];
    r.out = trial;
    bool ok = find(o, &r, s);
    OPENSSL_cleanse(trial, fragment.len);
    ERR_clear_error();
    return ok;
}
