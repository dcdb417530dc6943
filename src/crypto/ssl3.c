/*
 * SSL 3.0 (RFC 6101): secrets of MD5 and SHA-1 (sections 6.1 and 6.2.2), and its MAC (section
 * 5.2.3.1):
 *
 *   secrets   MD5(secret | SHA1("A" | secret | seeds)) | MD5(secret | SHA1("BB" | ...)) | ...
 *   MAC       hash(key | 0x5c ... | hash(key | 0x36 ... | seq 8 | type 1 | length 2 | content))
 */
#include "crypto/ssl3.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/mem.h"
#include "crypto/crypto.h"

#define MD5_LEN 16
#define SHA1_LEN 20
#define PAD_LEN 48      /* octets of a pad with MD5 */
#define PAD_LEN_SHA1 40 /* with SHA-1 */

static bool hash_parts(EVP_MD_CTX *x, const EVP_MD *md, const struct sgs_slice *parts, size_t n,
                       uint8_t *out)
{
    bool ok = EVP_DigestInit_ex2(x, md, NULL) == 1;

    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 || EVP_DigestUpdate(x, parts[i].ptr, parts[i].len) == 1;
    }
    return ok && EVP_DigestFinal_ex(x, out, NULL) == 1;
}

enum sgs_status sgs_ssl3_expand(struct sgs_slice secret, struct sgs_slice seed_a,
                                struct sgs_slice seed_b, uint8_t *out, size_t out_len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char label[sizeof letters];
    uint8_t inner[SHA1_LEN], block[MD5_LEN];
    bool ok = sgs_crypto_open() && secret.len > 0 && out_len <= sizeof block * (sizeof letters - 1);
    EVP_MD *md5 = EVP_MD_fetch(NULL, "MD5", NULL), *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    EVP_MD_CTX *x = EVP_MD_CTX_new();

    ok = ok && md5 && sha1 && x;
    for (size_t i = 0, off = 0; ok && off < out_len; i++, off += sizeof block) {
        size_t n = out_len - off < sizeof block ? out_len - off : sizeof block;
        memset(label, letters[i], i + 1);
        const struct sgs_slice parts[] = {sgs_slice(label, i + 1), secret, seed_a, seed_b};
        const struct sgs_slice outer[] = {secret, sgs_slice(inner, sizeof inner)};
        ok = hash_parts(x, sha1, parts, 4, inner) && hash_parts(x, md5, outer, 2, block);
        memcpy(out + off, block, n);
    }
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(block, sizeof block);
    EVP_MD_CTX_free(x);
    EVP_MD_free(md5);
    EVP_MD_free(sha1);
    ERR_clear_error();
    return ok ? SGS_OK : SGS_E_UNSUPPORTED;
}

/* MAC */

struct sgs_ssl3_mac {
    EVP_MD_CTX *inner, *outer; /* key and pad are in them */
    EVP_MD_CTX *x;             /* at work */
};

static EVP_MD_CTX *begin(const EVP_MD *md, struct sgs_slice key, uint8_t pad, size_t pad_len)
{
    uint8_t pads[PAD_LEN];
    EVP_MD_CTX *x = EVP_MD_CTX_new();

    memset(pads, pad, sizeof pads);
    if (x && (EVP_DigestInit_ex2(x, md, NULL) != 1 || EVP_DigestUpdate(x, key.ptr, key.len) != 1 ||
              EVP_DigestUpdate(x, pads, pad_len) != 1)) {
        EVP_MD_CTX_free(x);
        x = NULL;
    }
    return x;
}

struct sgs_ssl3_mac *sgs_ssl3_mac_new(const char *hash, struct sgs_slice key)
{
    size_t len = sgs_crypto_hash_len(hash);
    EVP_MD *md = len == MD5_LEN || len == SHA1_LEN ? EVP_MD_fetch(NULL, hash, NULL) : NULL;
    struct sgs_ssl3_mac *m = NULL;

    if (md && key.len > 0) {
        size_t pad_len = len == MD5_LEN ? PAD_LEN : PAD_LEN_SHA1;
        m = sgs_xcalloc(1, sizeof *m);
        m->inner = begin(md, key, 0x36, pad_len);
        m->outer = begin(md, key, 0x5c, pad_len);
        m->x = EVP_MD_CTX_new();
    }
    EVP_MD_free(md);
    ERR_clear_error();
    if (m && !(m->inner && m->outer && m->x)) {
        sgs_ssl3_mac_free(m);
        m = NULL;
    }
    return m;
}

void sgs_ssl3_mac_free(struct sgs_ssl3_mac *m)
{
    if (m) {
        EVP_MD_CTX_free(m->inner); /* they wipe */
        EVP_MD_CTX_free(m->outer);
        EVP_MD_CTX_free(m->x);
        free(m);
    }
}

size_t sgs_ssl3_mac(const struct sgs_ssl3_mac *m, struct sgs_slice head, struct sgs_slice content,
                    uint8_t out[EVP_MAX_MD_SIZE])
{
    unsigned len = 0;
    bool ok = EVP_MD_CTX_copy_ex(m->x, m->inner) == 1 &&
              EVP_DigestUpdate(m->x, head.ptr, head.len) == 1 &&
              (content.len == 0 || EVP_DigestUpdate(m->x, content.ptr, content.len) == 1) &&
              EVP_DigestFinal_ex(m->x, out, &len) == 1 && EVP_MD_CTX_copy_ex(m->x, m->outer) == 1 &&
              EVP_DigestUpdate(m->x, out, len) == 1 && EVP_DigestFinal_ex(m->x, out, &len) == 1;

    return ok ? len : 0;
}
