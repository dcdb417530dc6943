/* Feeding of dissectors by hand; see feed.h. */
#define _POSIX_C_SOURCE 200809L /* opendir */
#include "feed.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/dissector.h>
#include <signscope/reader.h>
#include <signscope/tls_keys.h>

#include "base/mem.h"
#include "engine/stream.h"

#define MAX_LINES ((size_t)64 * 1024 * 1024) /* octets of text of one run */

/* samples */

static bool read_file(const char *path, uint8_t **out, size_t *out_len)
{
    FILE *f = fopen(path, "rb");
    size_t len = 0;
    size_t room = 4096;
    if (!f) {
        return false;
    }
    uint8_t *data = sgs_xmalloc(room);
    for (size_t n = 1; n > 0; len += n) {
        if (len == room) {
            room *= 2;
            data = sgs_xrealloc(data, room, 1);
        }
        n = fread(data + len, 1, room - len, f);
    }
    bool ok = !ferror(f);
    (void)fclose(f);
    if (!ok) {
        free(data);
        return false;
    }
    *out = data;
    *out_len = len;
    return true;
}

/* The row of records in s->data; false when the last one is cut. */
static bool split_records(struct feed_sample *s)
{
    struct sgs_reader r = rd_open(sgs_slice(s->data, s->data_len));
    size_t room = 0;
    bool whole = true;
    while (rd_left(&r) >= 5) {
        uint8_t flags = rd_u8(&r);
        uint32_t len = rd_be32(&r);
        bool is_gap = flags & 2;
        size_t take = is_gap ? 0 : len;
        if (take > rd_left(&r)) {
            take = rd_left(&r);
            whole = false;
        }
        if (s->n == room) {
            room = room ? 2 * room : 16;
            s->records = sgs_xrealloc(s->records, room, sizeof *s->records);
        }
        s->records[s->n++] = (struct feed_record){
            .dir = flags & 1 ? SGS_S2C : SGS_C2S,
            .is_gap = is_gap,
            .gap = is_gap ? len : 0,
            .octets = rd_take(&r, take),
        };
        s->octets += take;
    }
    return whole && rd_done(&r);
}

bool feed_load(const char *path, struct feed_sample *out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct feed_sample s = {.is_udp = strncmp(name, "udp-", 4) == 0};
    if (!read_file(path, &s.data, &s.data_len)) {
        return false;
    }
    size_t stem = strlen(path) - (strlen(path) > 4 ? strlen(".bin") : 0);
    char *keys_path = sgs_xmalloc(stem + sizeof ".keys");
    (void)snprintf(keys_path, stem + sizeof ".keys", "%.*s.keys", (int)stem, path);
    uint8_t *keys = NULL;
    if (read_file(keys_path, &keys, &s.keys_len)) {
        s.keys = (char *)keys;
    }
    free(keys_path);
    if (!split_records(&s)) {
        feed_unload(&s);
        return false;
    }
    *out = s;
    return true;
}

void feed_parse(struct sgs_slice data, bool is_udp, struct feed_sample *out)
{
    *out = (struct feed_sample){.is_udp = is_udp, .data_len = data.len};
    out->data = sgs_xmalloc(data.len);
    if (data.len > 0) {
        memcpy(out->data, data.ptr, data.len);
    }
    (void)split_records(out);
}

void feed_keys(struct feed_sample *s, struct sgs_slice lines)
{
    free(s->keys);
    s->keys = NULL;
    s->keys_len = lines.len;
    if (lines.len > 0) {
        s->keys = sgs_xmalloc(lines.len);
        memcpy(s->keys, lines.ptr, lines.len);
    }
}

void feed_unload(struct feed_sample *s)
{
    free(s->data);
    free(s->keys);
    free(s->records);
    *s = (struct feed_sample){0};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t feed_list(const char *folder, const char *tail, char ***out)
{
    size_t n = 0;
    char **names = NULL;
    DIR *d = opendir(folder);
    for (struct dirent *row = d ? readdir(d) : NULL; row; row = readdir(d)) {
        size_t len = strlen(row->d_name);
        if (len < strlen(tail) || strcmp(row->d_name + len - strlen(tail), tail) != 0) {
            continue;
        }
        names = sgs_xrealloc(names, n + 1, sizeof *names);
        names[n] = sgs_xmalloc(len + 1);
        memcpy(names[n++], row->d_name, len + 1);
    }
    if (d) {
        (void)closedir(d);
    }
    if (n > 0) {
        qsort(names, n, sizeof *names, by_text);
    }
    *out = names;
    return n;
}

void feed_unlist(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
}

/* events as lines: no ids, no frames, no times of frames, for these may change with the cuts */

static void put_text(struct sgs_buf *b, struct sgs_slice s)
{
    (void)sgs_buf_add_octet(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\') {
            (void)sgs_buf_printf(b, "\\x%02x", c);
        } else {
            (void)sgs_buf_add_octet(b, c);
        }
    }
    (void)sgs_buf_add_octet(b, '"');
}

static void put_rows(struct sgs_buf *b, const struct sgs_value *v)
{
    for (size_t i = 0; i < v->n; i++) {
        (void)sgs_buf_add_str(b, i ? ",{" : "{");
        for (size_t k = 0; k < v->rows[i].n; k++) {
            const struct sgs_member *m = &v->rows[i].members[k];
            (void)sgs_buf_add_str(b, k ? "," : "");
            put_text(b, m->name);
            (void)sgs_buf_add_octet(b, ':');
            if (m->text.ptr) {
                put_text(b, m->text);
            } else {
                (void)sgs_buf_printf(b, "%lld", (long long)m->number);
            }
        }
        (void)sgs_buf_add_octet(b, '}');
    }
}

static void put_value(struct sgs_buf *b, const struct sgs_value *v)
{
    switch (v->type) {
    case SGS_T_TEXT:
        put_text(b, v->text);
        return;
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
        (void)sgs_buf_printf(b, "%lld", (long long)v->number);
        return;
    case SGS_T_TEXTS:
        for (size_t i = 0; i < v->n; i++) {
            (void)sgs_buf_add_str(b, i ? "," : "");
            put_text(b, v->list[i]);
        }
        return;
    case SGS_T_MAP:
    case SGS_T_ROWS:
        put_rows(b, v);
        return;
    }
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct feed *f = ctx;
    struct sgs_buf *b = &f->lines;
    if (ev->kind == SGS_K_NET_GAP) {
        f->n_gaps++;
    }
    (void)sgs_buf_printf(b, "%s %s", sgs_kind_name(ev->kind), ev->dir == SGS_C2S ? "c>s" : "s>c");
    for (size_t i = 0; i < ev->n_values; i++) {
        const struct sgs_value *v = &ev->values[i];
        if (v->id == SGS_F_REQUEST || v->id == SGS_F_QUERY_FRAME || v->id == SGS_F_RTT_MS) {
            continue;
        }
        (void)sgs_buf_printf(b, " %s=", sgs_field_name(v->id));
        put_value(b, v);
    }
    (void)sgs_buf_printf(b, " [%.*s]\n", (int)ev->layers.len, (const char *)ev->layers.ptr);
}

/* conversations */

/* The port that the dissector claims first, or 0. */
static uint16_t port_of(const char *name, enum sgs_by by)
{
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        if (strcmp(sgs_dissectors[i]->name, name) != 0) {
            continue;
        }
        for (const struct sgs_claim *c = sgs_dissectors[i]->claims; c->by != SGS_BY_NOTHING; c++) {
            if (c->by == by) {
                return (uint16_t)strtoul(c->what, NULL, 10);
            }
        }
    }
    return 0;
}

void feed_open(struct feed *f, const char *name, const struct feed_sample *sample)
{
    *f = (struct feed){.origin = {.input = 1}};
    sgs_buf_init(&f->lines, MAX_LINES);
    if (sample->keys) {
        f->keys = sgs_tls_keys_new();
        sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice(sample->keys, sample->keys_len), true,
                         NULL);
    }
    const struct sgs_engine_options options = {.keys = f->keys};
    f->engine = sgs_engine_new(&options);
    sgs_engine_on_event(f->engine, on_event, f);
    const struct sgs_conn_info info = {
        .transport = sample->is_udp ? SGS_UDP : SGS_TCP,
        .end = {{.ip = {192, 0, 2, 15}, .len = 4, .port = 50738},
                {.ip = {198, 51, 100, 9},
                 .len = 4,
                 .port = port_of(name, sample->is_udp ? SGS_BY_UDP_PORT : SGS_BY_TCP_PORT)}},
        .has_start = true,
    };
    f->stream = sgs_stream_open(f->engine, &info, name);
    feed_next(f);
}

void feed_next(struct feed *f)
{
    f->origin.input_frame = f->origin.frame_last = ++f->origin.frame;
    f->origin.time_last = f->origin.time += SGS_MS;
}

void feed_push(struct feed *f, enum sgs_dir dir, struct sgs_slice octets)
{
    sgs_stream_push(f->stream, dir, octets, false, &f->origin);
    sgs_engine_drain(f->engine);
}

void feed_gap(struct feed *f, enum sgs_dir dir, uint64_t n)
{
    sgs_stream_gap(f->stream, dir, n, SGS_GAP_LOST, &f->origin);
    sgs_engine_drain(f->engine);
}

void feed_end(struct feed *f)
{
    if (!f->stream) {
        return;
    }
    sgs_stream_end(f->stream, SGS_C2S, SGS_END_FIN, &f->origin);
    sgs_stream_end(f->stream, SGS_S2C, SGS_END_FIN, &f->origin);
    sgs_stream_close(f->stream);
    f->stream = NULL;
    sgs_engine_drain(f->engine);
}

void feed_close(struct feed *f)
{
    feed_end(f);
    sgs_engine_free(f->engine);
    sgs_tls_keys_free(f->keys);
    sgs_buf_clear(&f->lines);
}

/* Length of the next piece of left octets; seed as of feed_run. */
static size_t piece(unsigned *seed, size_t left)
{
    if (*seed < 2) {
        return *seed == 0 ? left : 1;
    }
    *seed = *seed * 1103515245u + 12345u;
    size_t n = 1 + (*seed >> 16) % 64;
    *seed |= 2; /* stays a seed */
    return n < left ? n : left;
}

static void push_record(struct feed *f, const struct feed_record *r, unsigned *seed)
{
    feed_next(f);
    if (r->is_gap) {
        feed_gap(f, r->dir, r->gap);
        return;
    }
    for (size_t off = 0; off < r->octets.len;) {
        size_t n = piece(seed, r->octets.len - off);
        feed_push(f, r->dir, rd_at(r->octets, off, n));
        off += n;
    }
}

char *feed_run(const char *name, const struct feed_sample *sample, unsigned cuts,
               size_t *before_end)
{
    struct feed f;
    unsigned seed = sample->is_udp ? 0 : cuts;
    feed_open(&f, name, sample);
    for (size_t i = 0; i < sample->n; i++) {
        push_record(&f, &sample->records[i], &seed);
    }
    if (before_end) {
        *before_end = f.lines.len;
    }
    feed_end(&f);
    assert(!f.lines.overflow);
    char *text = sgs_xmalloc(f.lines.len + 1);
    if (f.lines.len > 0) {
        memcpy(text, f.lines.ptr, f.lines.len);
    }
    text[f.lines.len] = 0;
    feed_close(&f);
    return text;
}
