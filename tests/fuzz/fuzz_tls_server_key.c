/*
 * TLS with secrets of the server, on records of the sample format of feed.h: the private key that
 * the samples nokey-* were made with, and their pre-shared key, are there in every run.
 */
#include "fuzz.h"

#include <signscope/buf.h>
#include <signscope/server_keys.h>

#include "feed.h"

#define MAX_FILE 8192 /* octets of a key file */

static struct sgs_slice private_key(void)
{
    static uint8_t octets[MAX_FILE];
    static size_t len;

    if (len == 0) {
        FILE *f = fopen(SGS_SOURCE_DIR "/tests/crypto/keys/rsa.pem", "rb");
        FUZZ_CHECK(f);
        len = fread(octets, 1, sizeof octets, f);
        FUZZ_CHECK(fclose(f) == 0);
    }
    return sgs_slice(octets, len);
}

static void add(struct sgs_tls_keys *keys, struct sgs_slice file)
{
    FUZZ_CHECK(sgs_server_keys_add(sgs_tls_keys_servers(keys), sgs_key_file_probe(file), file, NULL,
                                   0) == SGS_KEY_ERROR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_sample s;
    struct feed f;

    feed_parse(sgs_slice(data, size), false, &s);
    feed_keys(&s, SGS_LIT("# none\n"));
    feed_open(&f, "tls", &s);
    add(f.keys, SGS_LIT("ff112233445566778899aabbccddeeff"));
    add(f.keys, SGS_LIT("00112233445566778899aabbccddeeff"));
    add(f.keys, private_key());
    for (size_t i = 0; i < s.n; i++) {
        feed_next(&f);
        if (s.records[i].is_gap) {
            feed_gap(&f, s.records[i].dir, s.records[i].gap);
        } else {
            feed_push(&f, s.records[i].dir, s.records[i].octets);
        }
    }
    feed_close(&f);
    feed_unload(&s);
    return 0;
}
