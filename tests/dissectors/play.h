/*
 * What tests of single dissectors share: a conversation played by hand, octets in, events out as
 * lines of text.
 *
 *   #1 http.request method=GET host=a.example target=/ version=HTTP/1.1
 *   #3 soap.message in=1 operation=Fault ms_diagnostics{code:28020 reason:"..."}
 */
#ifndef SGS_TESTS_DISSECTORS_PLAY_H
#define SGS_TESTS_DISSECTORS_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>
#include <signscope/dissector.h>
#include <signscope/engine.h>
#include <signscope/layer.h>

#include "engine/stream.h"

struct play {
    struct sgs_engine *engine;
    struct sgs_stream *stream;
    struct sgs_origin origin;
    struct sgs_buf out;
};

static inline void play_member(struct sgs_buf *b, const struct sgs_member *m)
{
    if (m->text.ptr) {
        (void)sgs_buf_printf(b, "%.*s:\"%.*s\"", (int)m->name.len, (const char *)m->name.ptr,
                             (int)m->text.len, (const char *)m->text.ptr);
    } else {
        (void)sgs_buf_printf(b, "%.*s:%lld", (int)m->name.len, (const char *)m->name.ptr,
                             (long long)m->number);
    }
}

static inline void play_value(struct sgs_buf *b, const struct sgs_value *v)
{
    (void)sgs_buf_printf(b, " %s", sgs_field_name(v->id));
    switch (v->type) {
    case SGS_T_TEXT:
        (void)sgs_buf_printf(b, "=%.*s", (int)v->text.len, (const char *)v->text.ptr);
        return;
    case SGS_T_INT:
    case SGS_T_MS:
    case SGS_T_TIME:
    case SGS_T_BOOL:
        (void)sgs_buf_printf(b, "=%lld", (long long)v->number);
        return;
    case SGS_T_TEXTS:
        for (size_t i = 0; i < v->n; i++) {
            (void)sgs_buf_printf(b, "%s%.*s", i ? "," : "=", (int)v->list[i].len,
                                 (const char *)v->list[i].ptr);
        }
        return;
    case SGS_T_MAP:
    case SGS_T_ROWS:
        for (size_t i = 0; i < v->n; i++) {
            (void)sgs_buf_add_str(b, "{");
            for (size_t k = 0; k < v->rows[i].n; k++) {
                (void)sgs_buf_add_str(b, k ? " " : "");
                play_member(b, &v->rows[i].members[k]);
            }
            (void)sgs_buf_add_str(b, "}");
        }
        return;
    }
}

static inline void play_event(void *ctx, const struct sgs_event *ev)
{
    struct play *p = ctx;

    (void)sgs_buf_printf(&p->out, "#%llu %s", (unsigned long long)ev->id, sgs_kind_name(ev->kind));
    if (ev->in) {
        (void)sgs_buf_printf(&p->out, " in=%llu", (unsigned long long)ev->in);
    }
    for (size_t i = 0; i < ev->n_values; i++) {
        play_value(&p->out, &ev->values[i]);
    }
    (void)sgs_buf_add_str(&p->out, "\n");
}

/* A conversation for the dissector called name, or for whoever recognises it (NULL). */
static inline void play_open(struct play *p, const char *name, bool has_start)
{
    const struct sgs_engine_options options = {0};
    const struct sgs_conn_info info = {
        .transport = SGS_TCP,
        .end = {{.ip = {10, 0, 0, 15}, .len = 4, .port = 50738},
                {.ip = {10, 0, 1, 9}, .len = 4, .port = 80}},
        .has_start = has_start,
    };

    memset(p, 0, sizeof *p);
    sgs_buf_init(&p->out, 1u << 20);
    p->engine = sgs_engine_new(&options);
    sgs_engine_on_event(p->engine, play_event, p);
    p->stream = sgs_stream_open(p->engine, &info, name);
}

static inline void play_frame(struct play *p)
{
    p->origin.frame_last = ++p->origin.frame;
    p->origin.time_last = p->origin.time += SGS_MS;
}

static inline void play_push(struct play *p, enum sgs_dir dir, struct sgs_slice octets)
{
    play_frame(p);
    sgs_stream_push(p->stream, dir, octets, false, &p->origin);
    sgs_engine_drain(p->engine);
}

static inline void play_text(struct play *p, enum sgs_dir dir, const char *text)
{
    play_push(p, dir, sgs_slice(text, strlen(text)));
}

/* The same octet by octet. */
static inline void play_slowly(struct play *p, enum sgs_dir dir, const char *text)
{
    for (; *text; text++) {
        play_push(p, dir, sgs_slice(text, 1));
    }
}

static inline void play_gap(struct play *p, enum sgs_dir dir, uint64_t n)
{
    play_frame(p);
    sgs_stream_gap(p->stream, dir, n, SGS_GAP_LOST, &p->origin);
    sgs_engine_drain(p->engine);
}

/* Ends both directions; what was emitted, without net.gap, is in p->out. */
static inline const char *play_end(struct play *p, enum sgs_end why)
{
    play_frame(p);
    sgs_stream_end(p->stream, SGS_C2S, why, &p->origin);
    sgs_stream_end(p->stream, SGS_S2C, why, &p->origin);
    sgs_stream_close(p->stream);
    sgs_engine_drain(p->engine);
    (void)sgs_buf_add_octet(&p->out, 0);
    return (const char *)p->out.ptr;
}

static inline void play_close(struct play *p)
{
    sgs_engine_free(p->engine);
    sgs_buf_clear(&p->out);
}

/* All of a file of samples: 1 octet direction, 4 octets length, octets, and so on. */
static inline void play_sample(struct play *p, const char *path)
{
    char name[512];
    uint8_t head[5];

    (void)snprintf(name, sizeof name, "%s/%s", SGS_SAMPLES, path);
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    while (fread(head, 1, sizeof head, f) == sizeof head) {
        size_t len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
        uint8_t *octets = malloc(len + 1);
        assert_non_null(octets);
        assert_int_equal(fread(octets, 1, len, f), len);
        play_push(p, head[0] & 1 ? SGS_S2C : SGS_C2S, sgs_slice(octets, len));
        free(octets);
    }
    assert_int_equal(fclose(f), 0);
}

#endif
