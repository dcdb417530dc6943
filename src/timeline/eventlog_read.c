/* An event file as events: record by record, one block of events in memory at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/eventlog.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "timeline/eventlog_event.h"
#include "timeline/record.h"

struct sgs_eventlog_reader {
    struct sgs_record_source source;
    struct sgs_buf block;         /* events, unpacked */
    struct sgs_reader events;     /* what of block is still to be read */
    struct sgs_record_base base;  /* of the next event */
    struct sgs_event event;       /* the one given last */
    struct sgs_arena event_arena; /* its arrays */
    uint64_t n_events;
    struct sgs_arena arena;          /* texts and damage of the coverage */
    struct sgs_coverage coverage;    /* what was read of it */
    struct sgs_report_input *inputs; /* coverage.inputs; ours */
    size_t max_inputs;               /* elements of inputs */
    struct sgs_skipped *skipped;     /* coverage.skipped; ours */
    struct sgs_report_damage damage; /* what is NULL: none */
    bool has_run;                    /* that record was read */
    bool has_end;                    /* the file is there to its end */
    bool is_over;
};

static enum sgs_status refuse(char *why, enum sgs_status status, const char *text)
{
    (void)snprintf(why, SGS_EVENTLOG_WHY_LEN, "%s", text);
    return status;
}

/* The catalogue must be ours, or what ours once was. */
static enum sgs_status check_head(struct sgs_slice payload, char *why, size_t *n_inputs)
{
    struct sgs_reader head = rd_open(payload);
    uint64_t version = sgs_get_uint(&head);
    uint64_t n_kinds = sgs_get_uint(&head);
    uint64_t n_fields = sgs_get_uint(&head);
    uint32_t catalogue = rd_le32(&head);
    uint64_t n = sgs_get_uint(&head);

    if (rd_ok(&head) && version != SGS_EVENTLOG_VERSION) {
        (void)snprintf(why, SGS_EVENTLOG_WHY_LEN,
                       "is an event file of version %llu; this program reads %u",
                       (unsigned long long)version, SGS_EVENTLOG_VERSION);
        return SGS_E_UNSUPPORTED;
    }
    if (!rd_done(&head) || n == 0 || n > SGS_MAX_INPUTS) {
        return refuse(why, SGS_E_FORMAT, "is an event file whose head makes no sense");
    }
    if (n_kinds > SGS_N_KINDS || n_fields > SGS_N_FIELDS) {
        return refuse(why, SGS_E_UNSUPPORTED,
                      "has events that this version does not know; read it with the one that "
                      "wrote it, or a later one");
    }
    if (catalogue != sgs_record_catalogue((size_t)n_kinds, (size_t)n_fields)) {
        return refuse(why, SGS_E_UNSUPPORTED,
                      "was written with another list of events; read it with the program that "
                      "wrote it");
    }
    *n_inputs = (size_t)n;
    return SGS_OK;
}

static enum sgs_status open_head(struct sgs_record_source *s, char *why, size_t *n_inputs)
{
    struct sgs_slice magic = SGS_EVENTLOG_MAGIC;
    struct sgs_slice head = sgs_record_begin(s, magic.len);
    struct sgs_slice payload;
    enum sgs_record_type type = SGS_RECORD_NONE;

    if (s->has_failed) {
        return refuse(why, SGS_E_IO, sgs_status_text(SGS_E_IO));
    }
    if (head.len == 0) {
        return refuse(why, SGS_E_EMPTY, sgs_status_text(SGS_E_EMPTY));
    }
    if (!sgs_slice_eq(head, magic)) {
        return refuse(why, SGS_E_FORMAT,
                      "is no event file; captures are read with -r, event files are what "
                      "--write-events writes");
    }
    if (sgs_record_next(s, &type, &payload) || type != SGS_RECORD_HEAD) {
        return refuse(why, SGS_E_FORMAT, "is an event file that is damaged at its head");
    }
    return check_head(payload, why, n_inputs);
}

enum sgs_status sgs_eventlog_reader_new(int64_t (*read)(void *ctx, uint8_t *out, size_t cap),
                                        void *ctx, char *why, struct sgs_eventlog_reader **out)
{
    struct sgs_record_source source;
    size_t n_inputs = 0;
    enum sgs_status st = SGS_OK;

    sgs_record_open(&source, read, ctx);
    st = open_head(&source, why, &n_inputs);
    if (st != SGS_OK) {
        sgs_record_close(&source);
        return st;
    }
    struct sgs_eventlog_reader *r = sgs_xcalloc(1, sizeof *r);
    r->source = source;
    sgs_buf_init(&r->block, SGS_MAX_EVENT_BLOCK);
    sgs_arena_init(&r->event_arena, SGS_MAX_MESSAGE_MEMORY);
    sgs_arena_init(&r->arena, SGS_MAX_MESSAGE_MEMORY);
    r->inputs = sgs_xcalloc(n_inputs, sizeof *r->inputs);
    r->max_inputs = n_inputs;
    *out = r;
    return SGS_OK;
}

void sgs_eventlog_reader_free(struct sgs_eventlog_reader *r)
{
    if (!r) {
        return;
    }
    sgs_record_close(&r->source);
    sgs_buf_clear(&r->block);
    sgs_arena_clear(&r->event_arena);
    sgs_arena_clear(&r->arena);
    free(r->inputs);
    free(r->skipped);
    free(r);
}

/* A text without NUL as a C string; "" and *r bad when it is none. */
static const char *get_string(struct sgs_eventlog_reader *log, struct sgs_reader *r)
{
    struct sgs_slice text = sgs_get_text(r, SGS_MAX_EVENT_TEXT);
    const char *copy = NULL;

    r->bad |= sgs_slice_chr(text, 0) < text.len;
    copy = r->bad ? NULL : sgs_arena_text(&log->arena, text);
    r->bad |= !copy;
    return copy ? copy : "";
}

static bool get_damage(struct sgs_eventlog_reader *log, struct sgs_reader *r,
                       struct sgs_report_input *in)
{
    uint64_t n = sgs_get_uint(r);
    struct sgs_report_damage *rows = NULL;

    if (rd_ok(r) && n <= SGS_MAX_DAMAGE && n <= in->damage_total) {
        rows = sgs_arena_array(&log->arena, (size_t)n, sizeof *rows);
    }
    if (!rows) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        rows[i].offset = sgs_get_uint(r);
        rows[i].frame = sgs_get_uint(r);
        rows[i].what = get_string(log, r);
    }
    in->damage = rows;
    in->n_damage = (size_t)n;
    return true;
}

static bool is_bound(sgs_time t)
{
    return t == SGS_TIME_NONE || sgs_is_event_time(t);
}

static bool get_input(struct sgs_eventlog_reader *log, struct sgs_slice payload)
{
    struct sgs_reader r = rd_open(payload);
    struct sgs_report_input in = {.name = get_string(log, &r)};

    in.frames = sgs_get_uint(&r);
    in.octets = sgs_get_uint(&r);
    in.first = sgs_get_int(&r);
    in.last = sgs_get_int(&r);
    in.damage_total = sgs_get_uint(&r);
    in.dropped = sgs_get_uint(&r);
    in.cut_frames = sgs_get_uint(&r);
    if (!get_damage(log, &r, &in) || !rd_done(&r) || !is_bound(in.first) || !is_bound(in.last) ||
        log->coverage.n_inputs == log->max_inputs) {
        return false;
    }
    log->inputs[log->coverage.n_inputs++] = in;
    return true;
}

static bool get_skipped(struct sgs_eventlog_reader *log, struct sgs_slice payload)
{
    struct sgs_reader r = rd_open(payload);
    struct sgs_skipped row = {.layer = get_string(log, &r)};
    struct sgs_slice name = sgs_get_text(&r, sizeof row.name - 1);
    size_t n = log->coverage.n_skipped;

    row.frames = sgs_get_uint(&r);
    if (!rd_done(&r) || n == SGS_MAX_SKIPPED) {
        return false;
    }
    if (name.len > 0) {
        memcpy(row.name, name.ptr, name.len);
    }
    if ((n & (n - 1)) == 0) {
        log->skipped = sgs_xrealloc(log->skipped, n ? 2 * n : 1, sizeof *log->skipped);
    }
    log->skipped[log->coverage.n_skipped++] = row;
    return true;
}

static bool get_run(struct sgs_eventlog_reader *log, struct sgs_slice payload)
{
    struct sgs_reader r = rd_open(payload);
    struct sgs_coverage *c = &log->coverage;
    uint64_t has_keys = 0;
    uint64_t was_interrupted = 0;

    c->keys.lines = sgs_get_uint(&r);
    c->keys.damaged = sgs_get_uint(&r);
    c->keys.unknown = sgs_get_uint(&r);
    c->keys.files = sgs_get_uint(&r);
    has_keys = sgs_get_uint(&r);
    was_interrupted = sgs_get_uint(&r);
    c->has_keys = has_keys != 0;
    c->was_interrupted = was_interrupted != 0;
    log->has_run = true;
    return rd_done(&r) && has_keys < 2 && was_interrupted < 2;
}

/* The counts must be those of what was read, or something is missing. */
static bool get_end(struct sgs_eventlog_reader *log, struct sgs_slice payload)
{
    struct sgs_reader r = rd_open(payload);
    bool has_events = sgs_get_uint(&r) == log->n_events;
    bool has_inputs = sgs_get_uint(&r) == log->coverage.n_inputs;
    bool has_skipped = sgs_get_uint(&r) == log->coverage.n_skipped;

    log->coverage.inputs = log->inputs;
    log->coverage.skipped = log->skipped;
    log->has_end = rd_done(&r) && has_events && has_inputs && has_skipped && log->has_run &&
                   log->coverage.n_inputs == log->max_inputs;
    return log->has_end;
}

static bool take_record(struct sgs_eventlog_reader *log, enum sgs_record_type type,
                        struct sgs_slice payload)
{
    if (log->has_end) {
        return false; /* nothing comes behind it */
    }
    switch (type) {
    case SGS_RECORD_EVENTS:
        if (!sgs_record_unpack(payload, &log->block)) {
            return false;
        }
        log->events = rd_open(sgs_buf_slice(&log->block));
        return true;
    case SGS_RECORD_INPUT:
        return get_input(log, payload);
    case SGS_RECORD_SKIPPED:
        return get_skipped(log, payload);
    case SGS_RECORD_RUN:
        return get_run(log, payload);
    case SGS_RECORD_END:
        return get_end(log, payload);
    case SGS_RECORD_NONE:
    case SGS_RECORD_HEAD:
        break;
    }
    return false;
}

static void stop(struct sgs_eventlog_reader *log, const char *what)
{
    log->is_over = true;
    if (what) {
        log->damage = (struct sgs_report_damage){.offset = log->source.at, .what = what};
        log->has_end = false;
    }
}

/* The next record. */
static void read_on(struct sgs_eventlog_reader *log)
{
    enum sgs_record_type type = SGS_RECORD_NONE;
    struct sgs_slice payload = {NULL, 0};
    const char *what = sgs_record_next(&log->source, &type, &payload);

    if (what) {
        stop(log, what);
    } else if (type == SGS_RECORD_NONE && log->source.octets.len == 0) {
        stop(log, log->has_end ? NULL : "cut end");
    } else if (!take_record(log, type, payload)) {
        stop(log, "record that makes no sense");
    }
}

const struct sgs_event *sgs_eventlog_next(struct sgs_eventlog_reader *r)
{
    while (!r->is_over && !rd_more(&r->events)) {
        read_on(r);
    }
    if (r->is_over) {
        return NULL;
    }
    sgs_arena_reset(&r->event_arena);
    if (!sgs_unpack_event(&r->events, &r->base, &r->event_arena, &r->event)) {
        stop(r, "event that makes no sense");
        return NULL;
    }
    r->n_events++;
    return &r->event;
}

size_t sgs_eventlog_n_inputs(const struct sgs_eventlog_reader *r)
{
    return r->max_inputs;
}

const struct sgs_coverage *sgs_eventlog_coverage(const struct sgs_eventlog_reader *r)
{
    return r->is_over && r->has_end ? &r->coverage : NULL;
}

uint64_t sgs_eventlog_octets(const struct sgs_eventlog_reader *r)
{
    return r->source.offset;
}

const struct sgs_report_damage *sgs_eventlog_damage(const struct sgs_eventlog_reader *r)
{
    return r->damage.what ? &r->damage : NULL;
}
