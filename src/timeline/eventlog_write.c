/* Events into a file: collected into blocks, which are packed; nothing else is held. */
#include <stdlib.h>
#include <string.h>

#include <signscope/eventlog.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "timeline/eventlog_event.h"
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
    sgs_pack_event(&w->event, &w->base, ev);
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
