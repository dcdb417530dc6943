/*
 * Files of private keys and pre-shared keys, with the pass phrase that the seeds have: what is
 * taken is told truly, and never opens what is no ciphertext.
 */
#include "fuzz.h"

#include <string.h>

#include <signscope/limits.h>
#include <signscope/server_keys.h>

/* Octets of the ciphertext that keys are tried with. */
#define SEALED 256

/* Key i does what its kind can, and no more. */
static void use(struct sgs_server_keys *ring, size_t i)
{
    const struct sgs_server_key *key = sgs_server_keys_at(ring, i);
    uint8_t sealed[SEALED], secret[SGS_PSK_PRE_MASTER];
    size_t len = key->bits / 8 < sizeof sealed ? key->bits / 8 : sizeof sealed;

    memset(sealed, 0x5a, sizeof sealed);
    FUZZ_CHECK(key->bits > 0);
    (void)sgs_server_keys_pre_master(ring, i, sgs_slice(sealed, len), secret);
    len = sgs_server_keys_psk(ring, i, (struct sgs_slice){NULL, 0}, secret);
    FUZZ_CHECK((len > 0) == (key->kind == SGS_SERVER_KEY_PSK) && len <= sizeof secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sgs_slice passes[] = {SGS_LIT("no"), SGS_LIT("correct-horse")};
    struct sgs_slice file = sgs_slice(data, size);
    enum sgs_key_file kind = sgs_key_file_probe(file);

    if (kind == SGS_KEY_FILE_LOG || kind == SGS_KEY_FILE_OTHER) {
        kind = SGS_KEY_FILE_PRIVATE;
    }
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
    enum sgs_key_error error = sgs_server_keys_add(ring, kind, file, passes, 2);
    size_t n = sgs_server_keys_len(ring);
    FUZZ_CHECK(sgs_key_error_text(error));
    FUZZ_CHECK(n <= SGS_MAX_SERVER_KEYS);
    FUZZ_CHECK(error != SGS_KEY_ERROR_NONE || n > 0);
    for (size_t i = 0; i < n; i++) {
        use(ring, i);
    }
    (void)sgs_server_keys_owner(ring, file);
    sgs_tls_keys_free(keys);
    return 0;
}
