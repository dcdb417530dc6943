/* Events into a file: collected into blocks, which are packed; nothing else is held. */
#include <stdlib.h>
#include <string.h>

#include <signscope/eventlog.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "timeline/record.h"

#define BLOCK_LEN 65536u /* octets of events after which a block is written */

/* Events go out as they are: a secret among them would have to become a digest first. */
enum {
    SECRET = 1,
#define FIELD(id, name, type, flags, meaning) HAS_SECRET_##id = SECRET & (flags),
#include <signscope/fields.def>
#undef FIELD
};
#define FIELD(id, name, type, flags, meaning) _Static_assert(HAS_SECRET_##id == 0, name);
#include <signscope/fields.def>
#undef FIELD

struct sgs_eventlog_writer {
    bool (*write)(void *ctx, struct sgs_slice octets);
    void *ctx;
    enum sgs_status status;
    uint64_t n_events;
    struct sgs_record_base base;
    struct sgs_buf event;   /* the one at hand */
    struct sgs_buf block;   /* events not yet written */
    struct sgs_buf payload; /* of the record at hand */
    struct sgs_buf record;
};

static void put_octets(struct sgs_eventlog_writer *w, struct sgs_slice octets)
{
    if (w->status == SGS_OK && !w->write(w->ctx, octets)) {
        w->status = SGS_E_IO;
    }
}

/* The payload as a record; empties it. */
static void put_record(struct sgs_eventlog_writer *w, enum sgs_record_type type)
{
    sgs_record_wrap(&w->record, type, sgs_buf_slice(&w->payload));
    put_octets(w, sgs_buf_slice(&w->record));
    sgs_buf_drop(&w->payload, w->payload.len);
}

struct sgs_eventlog_writer *sgs_eventlog_writer_new(bool (*write)(void *ctx,
                                                                  struct sgs_slice octets),
                                                    void *ctx, size_t n_inputs)
{
    struct sgs_eventlog_writer *w = sgs_xcalloc(1, sizeof *w);

    w->write = write;
    w->ctx = ctx;
    sgs_buf_init(&w->event, SGS_MAX_EVENT_BLOCK);
    sgs_buf_init(&w->block, SGS_MAX_EVENT_BLOCK);
    sgs_buf_init(&w->payload, 2 * SGS_MAX_EVENT_BLOCK);
    sgs_buf_init(&w->record, 2 * SGS_MAX_EVENT_BLOCK);
    put_octets(w, SGS_EVENTLOG_MAGIC);
    sgs_put_uint(&w->payload, SGS_EVENTLOG_VERSION);
    sgs_put_uint(&w->payload, SGS_N_KINDS);
    sgs_put_uint(&w->payload, SGS_N_FIELDS);
    sgs_put_le32(&w->payload, sgs_record_catalogue(SGS_N_KINDS, SGS_N_FIELDS));
    sgs_put_uint(&w->payload, n_inputs);
    put_record(w, SGS_RECORD_HEAD);
    return w;
}

void sgs_eventlog_writer_free(struct sgs_eventlog_writer *w)
{
    if (!w) {
        return;
    }
    sgs_buf_clear(&w->event);
    sgs_buf_clear(&w->block);
    sgs_buf_clear(&w->payload);
    sgs_buf_clear(&w->record);
    free(w);
}

/* The step from *last to n, which becomes *last; modulo 2^64. */
static void put_step(struct sgs_buf *b, uint64_t *last, uint64_t n)
{
    uint64_t step = n - *last;

    sgs_put_int(b, step <= INT64_MAX ? (int64_t)step : -(int64_t)~step - 1);
    *last = n;
}

static void put_addr(struct sgs_buf *b, const struct sgs_addr *a)
{
    sgs_put_text(b, sgs_slice(a->ip, a->len));
    sgs_put_uint(b, a->port);
}

static void put_place(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_event *ev)
{
    uint64_t frame = ev->origin.frame;
    uint64_t time = (uint64_t)ev->origin.time;

    put_step(b, &base->id, ev->id);
    sgs_put_uint(b, ev->in ? ev->id - ev->in : 0);
    put_step(b, &base->frame, frame);
    put_step(b, &frame, ev->origin.frame_last);
    put_step(b, &base->time, time);
    put_step(b, &time, (uint64_t)ev->origin.time_last);
    sgs_put_uint(b, ev->origin.input);
    put_step(b, &base->input_frame, ev->origin.input_frame);
}

static void put_conversation(struct sgs_buf *b, const struct sgs_event *ev)
{
    bool is_from = sgs_addr_eq(&ev->src, &ev->client);
    bool is_to = !is_from && sgs_addr_eq(&ev->dst, &ev->client);
    unsigned flags = (ev->dir == SGS_S2C ? SGS_RECORD_S2C : 0u) |
                     (unsigned)ev->trust << SGS_RECORD_TRUST |
                     (unsigned)ev->transport << SGS_RECORD_TRANSPORT |
                     (is_from ? SGS_RECORD_FROM_CLIENT : 0u) | (is_to ? SGS_RECORD_TO_CLIENT : 0u);

    sgs_buf_add_octet(b, (uint8_t)flags);
    sgs_put_uint(b, ev->conn);
    put_addr(b, &ev->src);
    put_addr(b, &ev->dst);
    if (!is_from && !is_to) {
        put_addr(b, &ev->client);
    }
    sgs_put_text(b, ev->layers);
}

/* A member is text when its first number, the length of the text, is not 0. */
static void put_row(struct sgs_buf *b, const struct sgs_row *row)
{
    sgs_put_uint(b, row->n);
    for (size_t i = 0; i < row->n; i++) {
        const struct sgs_member *m = &row->members[i];

        sgs_put_text(b, m->name);
        sgs_put_text(b, m->text);
        if (m->text.len == 0) {
            sgs_put_int(b, m->number);
        }
    }
}

static void put_value(struct sgs_buf *b, const struct sgs_value *v)
{
    sgs_put_uint(b, (uint64_t)v->id);
    switch (v->type) {
    case SGS_T_TEXT:
        sgs_put_text(b, v->text);
        break;
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
        sgs_put_int(b, v->number);
        break;
    case SGS_T_TEXTS:
        sgs_put_uint(b, v->n);
        for (size_t i = 0; i < v->n; i++) {
            sgs_put_text(b, v->list[i]);
        }
        break;
    case SGS_T_MAP:
    case SGS_T_ROWS:
        sgs_put_uint(b, v->n);
        for (size_t i = 0; i < v->n; i++) {
            put_row(b, &v->rows[i]);
        }
        break;
    }
}

static void flush(struct sgs_eventlog_writer *w)
{
    if (w->block.len > 0) {
        sgs_record_pack(&w->payload, sgs_buf_slice(&w->block));
        put_record(w, SGS_RECORD_EVENTS);
        sgs_buf_drop(&w->block, w->block.len);
    }
}

void sgs_eventlog_add(struct sgs_eventlog_writer *w, const struct sgs_event *ev)
{
    if (w->status != SGS_OK) {
        return;
    }
    sgs_buf_drop(&w->event, w->event.len);
    sgs_put_uint(&w->event, (uint64_t)ev->kind);
    put_place(&w->event, &w->base, ev);
    put_conversation(&w->event, ev);
    sgs_put_uint(&w->event, ev->n_values);
    for (size_t i = 0; i < ev->n_values; i++) {
        put_value(&w->event, &ev->values[i]);
    }
    if (w->event.overflow) {
        w->status = SGS_E_LIMIT;
        return;
    }
    if (w->block.len + w->event.len > BLOCK_LEN) {
        flush(w);
    }
    sgs_buf_add(&w->block, sgs_buf_slice(&w->event));
    w->n_events++;
}

static void put_input(struct sgs_eventlog_writer *w, const struct sgs_report_input *in)
{
    struct sgs_buf *b = &w->payload;

    sgs_put_text(b, sgs_slice_str(in->name));
    sgs_put_uint(b, in->frames);
    sgs_put_uint(b, in->octets);
    sgs_put_int(b, in->first);
    sgs_put_int(b, in->last);
    sgs_put_uint(b, in->damage_total);
    sgs_put_uint(b, in->dropped);
    sgs_put_uint(b, in->cut_frames);
    sgs_put_uint(b, in->n_damage);
    for (size_t i = 0; i < in->n_damage; i++) {
        sgs_put_uint(b, in->damage[i].offset);
        sgs_put_uint(b, in->damage[i].frame);
        sgs_put_text(b, sgs_slice_str(in->damage[i].what));
    }
    put_record(w, SGS_RECORD_INPUT);
}

static void put_skipped(struct sgs_eventlog_writer *w, const struct sgs_skipped *row)
{
    sgs_put_text(&w->payload, sgs_slice_str(row->layer));
    sgs_put_text(&w->payload, sgs_slice_str(row->name));
    sgs_put_uint(&w->payload, row->frames);
    put_record(w, SGS_RECORD_SKIPPED);
}

enum sgs_status sgs_eventlog_finish(struct sgs_eventlog_writer *w, const struct sgs_coverage *c)
{
    flush(w);
    for (size_t i = 0; i < c->n_inputs; i++) {
        put_input(w, &c->inputs[i]);
    }
    for (size_t i = 0; i < c->n_skipped; i++) {
        put_skipped(w, &c->skipped[i]);
    }
    sgs_put_uint(&w->payload, c->keys.lines);
    sgs_put_uint(&w->payload, c->keys.damaged);
    sgs_put_uint(&w->payload, c->keys.unknown);
    sgs_put_uint(&w->payload, c->keys.files);
    sgs_put_uint(&w->payload, c->has_keys);
    sgs_put_uint(&w->payload, c->was_interrupted);
    put_record(w, SGS_RECORD_RUN);
    sgs_put_uint(&w->payload, w->n_events);
    sgs_put_uint(&w->payload, c->n_inputs);
    sgs_put_uint(&w->payload, c->n_skipped);
    put_record(w, SGS_RECORD_END);
    return w->status;
}
