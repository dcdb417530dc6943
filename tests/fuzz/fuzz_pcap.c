/* The readers of capture files, plain and compressed: all frames of the input. */
#include "fuzz.h"

#include <signscope/limits.h>

#include "source.h"

static volatile uint8_t sink;

static void on_secrets(void *ctx, struct sgs_slice text)
{
    size_t *total = ctx;
    *total += text.len;
    for (size_t i = 0; i < text.len; i++) {
        sink ^= text.ptr[i]; /* every octet that is promised is there */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_slice left = sgs_slice(data, size);
    size_t secrets_len = 0;
    const struct sgs_secrets secrets = {.add = on_secrets, .ctx = &secrets_len};
    struct sgs_source *source = source_open(&left, &secrets);
    uint64_t frames = 0;
    struct sgs_frame frame;
    while (source && sgs_source_next(source, 0, &frame) == SGS_NEXT_FRAME) {
        frames++;
        FUZZ_CHECK(frame.octets.len <= SGS_MAX_FRAME);
        FUZZ_CHECK(frame.wire_len >= frame.octets.len);
        for (size_t i = 0; i < frame.octets.len; i++) {
            sink ^= frame.octets.ptr[i];
        }
    }
    if (source) {
        const struct sgs_input_info *info = sgs_source_info(source);
        FUZZ_CHECK(info->frames == frames);
        FUZZ_CHECK(info->n_damage <= SGS_MAX_DAMAGE && info->n_damage <= info->damage_total);
        FUZZ_CHECK(frames == 0 || info->first <= info->last);
    }
    sgs_source_close(source);
    return 0;
}
