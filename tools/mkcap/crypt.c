/* Digests (RFC 1320, RFC 2104), RC4, P_SHA-1 (RFC 2246, section 5), instances of endpoints. */
#include "crypt.h"

#include <string.h>

#include <openssl/evp.h>

size_t mk_hmac(const char *digest, const void *key, size_t key_len, const void *octets, size_t n,
               uint8_t *out)
{
    size_t len = 0;

    if (!EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key, key_len, octets, n, out, EVP_MAX_MD_SIZE,
                   &len)) {
        mk_fail("no HMAC with %s", digest);
    }
    return len;
}

size_t mk_digest(const char *digest, const void *octets, size_t n, uint8_t *out)
{
    size_t len = 0;

    if (!EVP_Q_digest(NULL, digest, NULL, octets, n, out, &len)) {
        mk_fail("no digest %s", digest);
    }
    return len;
}

static uint32_t rotate(uint32_t v, unsigned by)
{
    return v << by | v >> (32 - by);
}

/* RFC 1320, section 3.4: three rounds of 16 steps. */
static void md4_block(uint32_t state[4], const uint8_t *p)
{
    static const uint8_t order[3][16] = {
        {0, 1, 2, 3,  4, 5,  6, 7,  8, 9, 10, 11, 12, 13, 14, 15},
        {0, 4, 8, 12, 1, 5,  9, 13, 2, 6, 10, 14, 3,  7,  11, 15},
        {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5,  13, 3,  11, 7,  15},
    };
    static const uint8_t shift[3][4] = {
        {3, 7, 11, 19},
        {3, 5, 9,  13},
        {3, 9, 11, 15}
    };
    static const uint32_t add[3] = {0, 0x5a827999, 0x6ed9eba1};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 16; i++) {
            const uint8_t *q = p + (size_t)4 * order[round][i];
            const uint32_t x =
                (uint32_t)q[0] | (uint32_t)q[1] << 8 | (uint32_t)q[2] << 16 | (uint32_t)q[3] << 24;
            const uint32_t f = round == 0   ? (b & c) | (~b & d)
                               : round == 1 ? (b & c) | (b & d) | (c & d)
                                            : b ^ c ^ d;
            const uint32_t next = rotate(a + f + x + add[round], shift[round][i % 4]);

            a = d;
            d = c;
            c = b;
            b = next;
        }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void mk_md4(const void *octets, size_t n, uint8_t out[16])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    struct mk_buf b = {0};

    mk_buf_add(&b, octets, n);
    mk_buf_u8(&b, 0x80);
    while (b.len % 64 != 56) {
        mk_buf_u8(&b, 0);
    }
    mk_buf_le32(&b, (uint32_t)(n * 8));
    mk_buf_le32(&b, 0);
    for (size_t i = 0; i < b.len; i += 64) {
        md4_block(state, b.ptr + i);
    }
    for (unsigned i = 0; i < 16; i++) {
        out[i] = (uint8_t)(state[i / 4] >> 8 * (i % 4));
    }
    mk_buf_free(&b);
}

void mk_rc4(const void *key, size_t key_len, const void *octets, size_t n, uint8_t *out)
{
    const uint8_t *k = key;
    const uint8_t *in = octets;
    uint8_t s[256];

    for (unsigned i = 0; i < 256; i++) {
        s[i] = (uint8_t)i;
    }
    for (unsigned i = 0, j = 0; i < 256; i++) {
        j = (j + s[i] + k[i % key_len]) & 255;
        const uint8_t keep = s[i];
        s[i] = s[j];
        s[j] = keep;
    }
    for (unsigned i = 0, j = 0, at = 0; at < n; at++) {
        i = (i + 1) & 255;
        j = (j + s[i]) & 255;
        const uint8_t keep = s[i];
        s[i] = s[j];
        s[j] = keep;
        out[at] = in[at] ^ s[(s[i] + s[j]) & 255];
    }
}

void mk_sha1_text(const char *text, struct mk_buf *out)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    mk_base64(out, digest, mk_digest("SHA1", text, strlen(text), digest), 0);
}

/* Octets of base64 text; gives how many. */
static size_t unbase64(const char *text, uint8_t *out, size_t size)
{
    const size_t n = strlen(text);

    if (n % 4 || n / 4 * 3 > size) {
        mk_fail("\"%s\" is not base64 that fits", text);
    }
    const int len = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
    if (len < 0) {
        mk_fail("\"%s\" is not base64", text);
    }
    return (size_t)len - (n && text[n - 1] == '=') - (n && text[n - 2] == '=');
}

void mk_hmac_sha1_text(const char *key64, const char *text, struct mk_buf *out)
{
    uint8_t key[66], mac[EVP_MAX_MD_SIZE];
    const size_t n = unbase64(key64, key, sizeof key);

    mk_base64(out, mac, mk_hmac("SHA1", key, n, text, strlen(text), mac), 0);
}

void mk_psha1_text(const char *secret64, const char *seed64, struct mk_buf *out)
{
    uint8_t secret[66], a_seed[EVP_MAX_MD_SIZE + 66], key[2 * EVP_MAX_MD_SIZE];
    const size_t secret_len = unbase64(secret64, secret, sizeof secret);
    const size_t seed_len = unbase64(seed64, a_seed + 20, 66);

    /* A(1) = HMAC(secret, seed), A(2) = HMAC(secret, A(1)); out = HMAC(secret, A(i) + seed) ... */
    mk_hmac("SHA1", secret, secret_len, a_seed + 20, seed_len, a_seed);
    mk_hmac("SHA1", secret, secret_len, a_seed, 20 + seed_len, key);
    uint8_t next[EVP_MAX_MD_SIZE];
    mk_hmac("SHA1", secret, secret_len, a_seed, 20, next);
    memcpy(a_seed, next, 20);
    mk_hmac("SHA1", secret, secret_len, a_seed, 20 + seed_len, key + 20);
    mk_base64(out, key, 32, 0);
}

void mk_instance_of_epid(const char *epid, uint8_t out[16])
{
    static const uint8_t space[16] = {0x03, 0xfb, 0xac, 0xfc, 0x73, 0x8a, 0xef, 0x46,
                                      0x91, 0xb1, 0xe5, 0xeb, 0xee, 0xab, 0xa4, 0xfe};
    uint8_t digest[EVP_MAX_MD_SIZE];
    struct mk_buf b = {0};

    mk_buf_add(&b, space, sizeof space);
    mk_buf_str(&b, epid);
    mk_digest("SHA1", b.ptr, b.len, digest);
    mk_buf_free(&b);
    memcpy(out, digest, 16);
    out[7] = (out[7] & 0x0f) | 0x50;
    out[8] = (out[8] & 0x3f) | 0x80;
}
