/* Captures whose key log grows. */
#include "late.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/engine.h>
#include <signscope/export.h>

#include "base/mem.h"
#include "capture/source.h"
#include "export/forms.h"

struct late_frame {
    struct sgs_frame frame; /* octets are ours */
};

static void add_keys(void *ctx, struct sgs_slice text)
{
    struct late_capture *c = ctx;
    (void)sgs_buf_add(&c->keys, text);
    (void)sgs_buf_add_octet(&c->keys, '\n');
}

static bool read_keys(struct late_capture *c, const char *path)
{
    char octets[4096];
    FILE *f = fopen(path, "rb");
    size_t n = 0;
    if (!f) {
        return false;
    }
    while ((n = fread(octets, 1, sizeof octets, f)) > 0) {
        (void)sgs_buf_add(&c->keys, sgs_slice(octets, n));
    }
    (void)fclose(f);
    return !c->keys.overflow;
}

bool late_load(const char *path, const char *keys, struct late_capture *out)
{
    char why[SGS_WHY_LEN];
    struct sgs_source *source = NULL;
    size_t room = 0;
    *out = (struct late_capture){0};
    sgs_buf_init(&out->keys, (size_t)1 << 24);
    const struct sgs_secrets secrets = {add_keys, out};
    if ((keys && !read_keys(out, keys)) ||
        sgs_source_open_file(path, &secrets, why, &source) != SGS_OK) {
        late_unload(out);
        return false;
    }
    struct sgs_frame f;
    while (sgs_source_next(source, 0, &f) == SGS_NEXT_FRAME) {
        uint8_t *octets = sgs_xmalloc(f.octets.len + 1);
        if (f.octets.len > 0) {
            memcpy(octets, f.octets.ptr, f.octets.len);
        }
        if (out->n == room) {
            room = room ? 2 * room : 256;
            out->frames = sgs_xrealloc(out->frames, room, sizeof *out->frames);
        }
        f.octets = sgs_slice(octets, f.octets.len);
        f.number = f.input_number = out->n + 1;
        f.input = 1;
        out->frames[out->n++].frame = f;
    }
    sgs_source_close(source);
    return true;
}

void late_unload(struct late_capture *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free((void *)(uintptr_t)c->frames[i].frame.octets.ptr);
    }
    free(c->frames);
    sgs_buf_clear(&c->keys);
}

/* events */

void late_on_event(void *ctx, const struct sgs_event *ev)
{
    struct late_events *s = ctx;
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->events = sgs_xrealloc((void *)s->events, s->room, sizeof(struct sgs_event *));
    }
    s->events[s->n++] = sgs_event_copy(ev);
}

/* What other connections had told by then: where a name is from, whose ticket it is (a ticket is
 * read when the connection that got it no longer waits for its key), which answer brought a token.
 */
static bool is_of_others(const struct sgs_value *v)
{
    return v->id == SGS_F_SOURCES || v->id == SGS_F_RESUMES || v->id == SGS_F_ISSUED_BY;
}

/* Stands for the event called id: what it is and where it was. */
static uint64_t stand_in(const struct late_events *s, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < s->n; i++) {
        const struct sgs_event *ev = s->events[i];
        if (ev->id == id) {
            return (uint64_t)ev->kind << 40 | (uint64_t)ev->dir << 32 | ev->origin.frame;
        }
    }
    return id ? 1 : 0;
}

static bool write_line(void *ctx, struct sgs_slice text)
{
    return sgs_buf_add(ctx, text);
}

static char *line_of(const struct late_events *s, const struct sgs_event *ev)
{
    struct sgs_event copy = *ev;
    struct sgs_value *values = sgs_xcalloc(ev->n_values + 1, sizeof *values);
    const struct sgs_export_options options = {.is_merged = false};
    struct sgs_buf b;
    sgs_buf_init(&b, (size_t)1 << 24);
    struct sgs_out out = {.write = write_line, .ctx = &b};
    copy.id = 0;
    copy.in = stand_in(s, ev->in);
    copy.n_values = 0;
    for (size_t i = 0; i < ev->n_values; i++) {
        struct sgs_value *v = &values[copy.n_values];
        *v = ev->values[i];
        if (v->id == SGS_F_REQUEST || v->id == SGS_F_FIRST_REQUEST || v->id == SGS_F_CERTIFICATE ||
            v->id == SGS_F_OTHER) {
            v->number = (int64_t)stand_in(s, (uint64_t)v->number);
        }
        copy.n_values += !is_of_others(v);
    }
    copy.values = values;
    if (!sgs_ndjson_event(&options, &copy, &out)) {
        sgs_die("a line is too long");
    }
    (void)sgs_buf_add_octet(&b, '\0');
    char *line = sgs_xmalloc(b.len);
    memcpy(line, b.ptr, b.len);
    sgs_buf_clear(&b);
    free(values);
    return line;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *late_text(const struct late_events *s)
{
    char **lines = sgs_xcalloc(s->n + 1, sizeof *lines);
    size_t len = 1;
    size_t n_lines = 0;
    for (size_t i = 0; i < s->n; i++) {
        lines[n_lines] = line_of(s, s->events[i]);
        len += strlen(lines[n_lines++]);
    }
    qsort((void *)lines, n_lines, sizeof *lines, by_text);
    char *text = sgs_xmalloc(len);
    char *at = text;
    for (size_t i = 0; i < n_lines; i++) {
        size_t n = strlen(lines[i]);
        memcpy(at, lines[i], n);
        at += n;
        free(lines[i]);
    }
    *at = '\0';
    free((void *)lines);
    return text;
}

void late_clear(struct late_events *s)
{
    for (size_t i = 0; i < s->n; i++) {
        sgs_event_free(s->events[i]);
    }
    free((void *)s->events);
    *s = (struct late_events){0};
}

/* runs */

/* The key log as it grows. */
struct growth {
    struct sgs_slice all;
    struct sgs_tls_keys *keys;
    size_t there; /* octets written so far */
    size_t taken; /* of these, those that were read: whole lines */
};

static void grow(struct growth *g, size_t to)
{
    size_t used = 0;
    g->there = to > g->there ? to : g->there;
    struct sgs_slice part = sgs_slice_from(sgs_slice_head(g->all, g->there), g->taken);
    sgs_tls_keys_add(g->keys, SGS_KEY_KEYLOG, part, g->there >= g->all.len, &used);
    g->taken += used;
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

/* Octets of the key log that are there when frame i comes. */
static size_t there_at(const struct late_plan *p, const struct late_capture *c, size_t i)
{
    if (p->hold == 0 || (p->parts > 0 && i >= c->n * p->parts / 8)) {
        return c->keys.len;
    }
    if (p->seed == 0) {
        return 0;
    }
    unsigned seed = p->seed;
    unsigned pieces = 1 + next_random(&seed) % 12;
    size_t there = 0;
    for (unsigned k = 0; k < pieces; k++) {
        size_t from = next_random(&seed) % (c->n + c->n / 4 + 1);
        size_t to = next_random(&seed) % (c->keys.len + 1);
        there = i >= from && to > there ? to : there;
    }
    return there;
}

static bool is_lost(const struct late_plan *p, size_t number)
{
    size_t after = number - p->lost;
    return p->lost > 0 && number >= p->lost &&
           (after == 0 || (p->period && after % p->period == 0));
}

struct late_result late_run(const struct late_capture *c, const struct late_plan *plan)
{
    struct late_result r = {0};
    struct late_events seen = {0};
    struct growth g = {.all = sgs_buf_slice(&c->keys), .keys = sgs_tls_keys_new()};
    g.all.len = plan->is_keyless    ? 0
                : plan->eighths > 0 ? g.all.len * plan->eighths / 8
                                    : g.all.len;
    const struct sgs_engine_options options = {.keys = g.keys, .hold = plan->hold};
    struct sgs_engine *e = sgs_engine_new(&options);
    sgs_engine_on_event(e, late_on_event, &seen);
    for (size_t i = 0; i < c->n; i++) {
        grow(&g, there_at(plan, c, i));
        if (!is_lost(plan, i + 1)) {
            sgs_engine_feed(e, &c->frames[i].frame);
        }
        size_t held = sgs_engine_held(e);
        r.most = held > r.most ? held : r.most;
        r.late += held > 0;
    }
    grow(&g, c->keys.len);
    sgs_engine_keys(e);
    sgs_engine_finish(e);
    r.events = seen.n;
    r.text = late_text(&seen);
    sgs_engine_free(e);
    sgs_tls_keys_free(g.keys);
    late_clear(&seen);
    return r;
}
