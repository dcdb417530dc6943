/*
 * Conversations that wait for their keys.  The first octet of the input chooses how much may be
 * held, then come steps:
 *
 *   +------+--------------------------+    bit 0: direction, bits 1-2: conversation, bits 3-5: step
 *   | what | more                     |    0-3: length be 16, octets    4: hole, length be 16
 *   +------+--------------------------+    5: end   6: close   7: key log of the TLS sample so
 * called
 */
#include "fuzz.h"

#include <stdio.h>

#include <signscope/reader.h>
#include <signscope/tls_keys.h>

#include "engine/stream.h"
#include "feed.h"

#define N_STREAMS 4

static struct feed_sample *logs;
static size_t n_logs;

static void load_logs(void)
{
    char **names = NULL;
    char path[512];
    n_logs = feed_list(SGS_SAMPLES "/tls", ".bin", &names);
    logs = calloc(n_logs, sizeof *logs);
    for (size_t i = 0; i < n_logs; i++) {
        (void)snprintf(path, sizeof path, "%s/tls/%s", SGS_SAMPLES, names[i]);
        FUZZ_CHECK(feed_load(path, &logs[i]));
    }
    feed_unlist(names, n_logs);
}

struct run {
    struct sgs_tls_keys *keys;
    struct sgs_engine *engine;
    struct sgs_stream *streams[N_STREAMS];
    struct sgs_origin origin;
    uint32_t n_conns;
};

static struct sgs_stream *stream_of(struct run *r, unsigned i)
{
    if (!r->streams[i]) {
        const struct sgs_conn_info info = {
            .transport = SGS_TCP, .number = r->n_conns++, .has_start = true};
        r->streams[i] = sgs_stream_open(r->engine, &info, i == 3 ? NULL : "tls");
    }
    return r->streams[i];
}

static void close_stream(struct run *r, unsigned i)
{
    if (r->streams[i]) {
        sgs_stream_close(r->streams[i]);
        r->streams[i] = NULL;
    }
}

static void step(struct run *r, struct sgs_reader *in)
{
    uint8_t what = rd_u8(in);
    unsigned i = what >> 1 & 3;
    enum sgs_dir dir = what & 1 ? SGS_S2C : SGS_C2S;
    switch (what >> 3 & 7) {
    case 4:
        sgs_stream_gap(stream_of(r, i), dir, rd_be16(in), SGS_GAP_LOST, &r->origin);
        break;
    case 5:
        sgs_stream_end(stream_of(r, i), dir, SGS_END_FIN, &r->origin);
        break;
    case 6:
        close_stream(r, i);
        break;
    case 7: {
        const struct feed_sample *s = &logs[rd_u8(in) % n_logs];
        sgs_tls_keys_add(r->keys, SGS_KEY_KEYLOG, sgs_slice(s->keys, s->keys_len), true, NULL);
        break;
    }
    default: {
        size_t len = rd_be16(in);
        struct sgs_slice octets = rd_take(in, len < rd_left(in) ? len : rd_left(in));
        sgs_stream_push(stream_of(r, i), dir, octets, false, &r->origin);
        break;
    }
    }
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    const struct run *r = ctx;
    FUZZ_CHECK(ev->origin.frame <= r->origin.frame);
    FUZZ_CHECK(ev->origin.frame <= ev->origin.frame_last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_reader in = rd_open(sgs_slice(data, size));
    size_t hold = (size_t)1 << (rd_u8(&in) % 24);
    struct run r = {.keys = sgs_tls_keys_new()};
    if (!logs) {
        load_logs();
    }
    r.engine = sgs_engine_new(&(struct sgs_engine_options){.keys = r.keys, .hold = hold});
    sgs_engine_on_event(r.engine, on_event, &r);
    while (rd_more(&in)) {
        r.origin.frame = ++r.origin.frame_last;
        r.origin.time = ++r.origin.time_last;
        step(&r, &in);
        FUZZ_CHECK(sgs_engine_held(r.engine) <= hold);
        sgs_engine_drain(r.engine);
        FUZZ_CHECK(sgs_engine_held(r.engine) <= hold);
    }
    for (unsigned i = 0; i < N_STREAMS; i++) {
        close_stream(&r, i);
    }
    sgs_engine_finish(r.engine);
    FUZZ_CHECK(sgs_engine_held(r.engine) == 0);
    sgs_engine_free(r.engine);
    sgs_tls_keys_free(r.keys);
    return 0;
}
