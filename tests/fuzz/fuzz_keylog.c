/* Key logs: whole, and in two pieces at a place that the first octet chooses, with the same sum. */
#include "fuzz.h"

#include <signscope/tls_keys.h>

static struct sgs_key_counts read_in_pieces(struct sgs_slice text, size_t first)
{
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    size_t used = 0;
    sgs_tls_keys_add(keys, SGS_KEY_KEYLOG, sgs_slice_head(text, first), false, &used);
    FUZZ_CHECK(used <= first);
    sgs_tls_keys_add(keys, SGS_KEY_KEYLOG, sgs_slice_from(text, used), true, &used);
    struct sgs_key_counts counts = *sgs_tls_keys_counts(keys);
    sgs_tls_keys_free(keys);
    return counts;
}

static bool is_ascii(struct sgs_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 0 || text.ptr[i] > 0x7f) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct sgs_slice text = sgs_slice(data + 1, size - 1);
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    uint8_t secret[SGS_TLS_MAX_SECRET];
    sgs_tls_keys_add(keys, SGS_KEY_KEYLOG, text, true, NULL);
    (void)sgs_tls_keys_probe(text);
    for (unsigned label = SGS_TLS_CLIENT_RANDOM; label < SGS_TLS_IGNORED; label++) {
        size_t len = sgs_tls_keys_find(keys, (enum sgs_tls_label)label,
                                       sgs_slice_head(text, SGS_TLS_RANDOM_LEN), secret, NULL);
        FUZZ_CHECK(len <= sizeof secret);
    }
    (void)sgs_tls_keys_is_damaged(keys, sgs_slice_head(text, SGS_TLS_RANDOM_LEN));
    struct sgs_key_counts whole = *sgs_tls_keys_counts(keys);
    sgs_tls_keys_free(keys);

    if (is_ascii(text)) { /* other encodings are told by the head of a file, so those come whole */
        struct sgs_key_counts pieces = read_in_pieces(text, text.len * data[0] / 255);
        FUZZ_CHECK(pieces.lines == whole.lines);
        FUZZ_CHECK(pieces.damaged == whole.damaged);
        FUZZ_CHECK(pieces.unknown == whole.unknown);
    }
    return 0;
}
