/* Everything between a capture file and its events, with the keys that are inside the file. */
#include "fuzz.h"

#include <signscope/engine.h>

#include "source.h"

struct seen {
    uint64_t last_frame;
    uint64_t events;
};

static void on_secrets(void *ctx, struct sgs_slice text)
{
    sgs_tls_keys_add(ctx, SGS_KEY_DSB, text, true, NULL);
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct seen *seen = ctx;
    seen->events++;
    FUZZ_CHECK(ev->kind < SGS_N_KINDS);
    FUZZ_CHECK(ev->id > 0 && ev->in != ev->id);
    FUZZ_CHECK(ev->origin.frame <= seen->last_frame);
    FUZZ_CHECK(ev->origin.frame <= ev->origin.frame_last);
    for (size_t i = 1; i < ev->n_values; i++) {
        FUZZ_CHECK(ev->values[i - 1].id < ev->values[i].id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_slice left = sgs_slice(data, size);
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    const struct sgs_secrets secrets = {.add = on_secrets, .ctx = keys};
    /* Secrets come where they stand in the file: late, with little room or much. */
    const struct sgs_engine_options options = {.keys = keys, .hold = (size_t)1 << (size % 24)};
    struct sgs_engine *engine = sgs_engine_new(&options);
    struct seen seen = {0};
    sgs_engine_on_event(engine, on_event, &seen);
    struct sgs_source *source = source_open(&left, &secrets);
    struct sgs_frame frame;
    while (source && sgs_source_next(source, 0, &frame) == SGS_NEXT_FRAME) {
        frame.number = frame.input_number = ++seen.last_frame;
        frame.input = 1;
        sgs_engine_feed(engine, &frame);
    }
    sgs_engine_finish(engine);
    sgs_source_close(source);
    sgs_engine_free(engine);
    sgs_tls_keys_free(keys);
    return 0;
}
