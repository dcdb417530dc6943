/*
 * How fast records are opened, to be held against `openssl speed`: one record of TLS 1.3 with 16
 * KiB (RFC 8446, section 5.2), again and again, by what the TLS dissector calls.
 *
 * usage: opener CIPHER     AES-128-GCM, AES-256-GCM or ChaCha20-Poly1305; prints octets a second
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include <signscope/limits.h>
#include <signscope/tls_keys.h>

#include "crypto/crypto.h"

enum { CONTENT = 16384, TAG = 16, HEADER = 5, LEN = CONTENT + 1 + TAG, ROUND = 1000, SECONDS = 1 };

static const uint8_t key[SGS_TLS_MAX_KEY] = {1};
static const uint8_t iv[12] = {2}; /* and the nonce of the first record */
static const uint8_t header[HEADER] = {23, 3, 3, LEN >> 8, LEN & 0xff};

static int fail(const char *what)
{
    (void)fprintf(stderr, "opener: %s\n", what);
    return EXIT_FAILURE;
}

/* out: LEN octets. */
static bool seal(const char *cipher, uint8_t *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *c = EVP_get_cipherbyname(cipher);
    uint8_t plain[CONTENT + 1] = {0};
    int n = 0;

    plain[CONTENT] = 23;
    bool ok = x && c && EVP_EncryptInit_ex2(x, c, key, iv, NULL) == 1 &&
              EVP_EncryptUpdate(x, NULL, &n, header, HEADER) == 1 &&
              EVP_EncryptUpdate(x, out, &n, plain, CONTENT + 1) == 1 &&
              EVP_EncryptFinal_ex(x, out + n, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, TAG, out + CONTENT + 1) == 1;
    EVP_CIPHER_CTX_free(x);
    return ok;
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Octets of content a second; 0 when a record does not open. */
static double measure(struct sgs_tls_opener *o, struct sgs_slice record)
{
    struct sgs_arena arena;
    struct sgs_slice plain = {NULL, 0};
    double begin = cpu_seconds(), spent = 0;
    uint64_t n = 0;
    uint8_t type = 0;
    bool ok = true;

    sgs_arena_init(&arena, SGS_MAX_TLS_RECORD);
    while (ok && spent < SECONDS) {
        for (int i = 0; ok && i < ROUND; i++, n++) {
            sgs_arena_reset(&arena);
            ok = sgs_tls_open(o, 0, sgs_slice(header, HEADER), record, &arena, &plain, &type) ==
                     SGS_OK &&
                 plain.len == CONTENT && type == 23;
        }
        spent = cpu_seconds() - begin;
    }
    sgs_arena_clear(&arena);
    return ok ? (double)n * CONTENT / spent : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint16_t suite;
    } rows[] = {
        {"AES-128-GCM",       0x1301},
        {"AES-256-GCM",       0x1302},
        {"ChaCha20-Poly1305", 0x1303}
    };
    const struct sgs_tls_suite *suite = NULL;
    struct sgs_tls_opener *o = NULL;
    uint8_t record[LEN];

    for (size_t i = 0; argc > 1 && i < sizeof rows / sizeof *rows; i++) {
        suite = strcmp(argv[1], rows[i].name) == 0 ? sgs_tls_suite_find(rows[i].suite) : suite;
    }
    if (!suite || !seal(argv[1], record)) {
        return fail("usage: opener AES-128-GCM|AES-256-GCM|ChaCha20-Poly1305");
    }
    const struct sgs_tls_material m = {.key = sgs_slice(key, suite->key_len),
                                       .iv = sgs_slice(iv, sizeof iv)};
    double rate = sgs_tls_opener_new(suite, 0x0304, false, &m, &o) == SGS_OK
                      ? measure(o, sgs_slice(record, LEN))
                      : 0;
    sgs_tls_opener_free(o);
    (void)printf("%.0f\n", rate);
    return rate > 0 ? EXIT_SUCCESS : fail("a record does not open");
}
