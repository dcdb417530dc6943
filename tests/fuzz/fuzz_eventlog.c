/*
 * Event files, and all that is made of their events.  The first octet of the input says how the
 * rest is read: even, as a file; odd, as records without check sums (type, length in two octets,
 * big endian, payload; events are not packed), to which head and check sums are added here.  The
 * seed in corpus/eventlog is made that way of captures/discovery-only.pcapng.
 */
#include "fuzz.h"

#include <string.h>

#include <signscope/eventlog.h>
#include <signscope/export.h>
#include <signscope/finding.h>
#include <signscope/limits.h>
#include <signscope/reader.h>
#include <signscope/signin.h>

#include "timeline/record.h"

#define MAX_FILE (16u * 1024 * 1024)

static volatile uint8_t sink;

static int64_t pull(void *ctx, uint8_t *out, size_t cap)
{
    struct sgs_slice *left = ctx;
    size_t n = left->len < cap ? left->len : cap;
    if (n > 0) {
        memcpy(out, left->ptr, n);
    }
    *left = sgs_slice_from(*left, n);
    return (int64_t)n;
}

static bool push(void *ctx, struct sgs_slice octets)
{
    return sgs_buf_add(ctx, octets);
}

static bool swallow(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    for (size_t i = 0; i < octets.len; i++) {
        sink ^= octets.ptr[i];
    }
    return true;
}

static void add_record(struct sgs_buf *file, enum sgs_record_type type, struct sgs_slice payload)
{
    struct sgs_buf record;
    struct sgs_buf packed;
    sgs_buf_init(&record, MAX_FILE);
    sgs_buf_init(&packed, MAX_FILE);
    if (type == SGS_RECORD_EVENTS) {
        sgs_record_pack(&packed, payload);
        payload = sgs_buf_slice(&packed);
    }
    sgs_record_wrap(&record, type, payload);
    sgs_buf_add(file, sgs_buf_slice(&record));
    sgs_buf_clear(&packed);
    sgs_buf_clear(&record);
}

/* A file of one input with the records of octets. */
static void build(struct sgs_buf *file, struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    struct sgs_buf head;
    sgs_buf_init(&head, 64);
    sgs_put_uint(&head, SGS_EVENTLOG_VERSION);
    sgs_put_uint(&head, SGS_N_KINDS);
    sgs_put_uint(&head, SGS_N_FIELDS);
    sgs_put_le32(&head, sgs_record_catalogue(SGS_N_KINDS, SGS_N_FIELDS));
    sgs_put_uint(&head, 1);
    sgs_buf_add(file, SGS_EVENTLOG_MAGIC);
    add_record(file, SGS_RECORD_HEAD, sgs_buf_slice(&head));
    while (rd_more(&r)) {
        enum sgs_record_type type = rd_u8(&r);
        uint16_t len = rd_be16(&r);
        struct sgs_slice payload = rd_take(&r, len < rd_left(&r) ? len : rd_left(&r));
        if (rd_ok(&r)) {
            add_record(file, type, payload);
        }
    }
    sgs_buf_clear(&head);
}

/* What readers of events rely on. */
static void check_event(const struct sgs_event *ev)
{
    FUZZ_CHECK(ev->kind < SGS_N_KINDS);
    FUZZ_CHECK(ev->id > 0 && ev->in < ev->id);
    for (size_t i = 0; i < ev->n_values; i++) {
        const struct sgs_value *v = &ev->values[i];
        FUZZ_CHECK(v->id < SGS_N_FIELDS && v->type == sgs_field_type(v->id));
        FUZZ_CHECK(i == 0 || ev->values[i - 1].id < v->id);
        FUZZ_CHECK(v->type != SGS_T_MAP || v->n == 1);
    }
}

static void export(const struct sgs_report *report, const struct sgs_event *ev)
{
    const struct sgs_export_options options = {.width = 80, .is_verbose = true};
    struct sgs_out out = {swallow, NULL};
    for (size_t i = 0; i < sgs_n_exporters; i++) {
        if (report && sgs_exporters[i].report) {
            FUZZ_CHECK(sgs_exporters[i].report(&options, report, &out));
        }
        if (ev && sgs_exporters[i].event) {
            FUZZ_CHECK(sgs_exporters[i].event(&options, ev, &out));
        }
    }
}

static void report_on(struct sgs_signin *signin, struct sgs_report_builder *builder,
                      const struct sgs_coverage *coverage)
{
    struct sgs_attempt *attempts = NULL;
    struct sgs_judge *judge = sgs_judge_new();
    struct sgs_report report = {.n_attempts = sgs_signin_build(signin, &attempts)};
    sgs_judge_run(judge, attempts, report.n_attempts);
    report.attempts = attempts;
    if (coverage) {
        report.inputs = coverage->inputs;
        report.n_inputs = coverage->n_inputs;
        report.skipped = coverage->skipped;
        report.n_skipped = coverage->n_skipped;
        report.keys = coverage->keys;
        report.has_keys = coverage->has_keys;
    }
    sgs_report_builder_finish(builder, &report);
    export(&report, NULL);
    sgs_judge_free(judge);
}

/* Reads the file; what was read is written into again, if that is not NULL. */
static void read_file(struct sgs_slice file, struct sgs_buf *again)
{
    struct sgs_eventlog_reader *r = NULL;
    char why[SGS_EVENTLOG_WHY_LEN];
    if (sgs_eventlog_reader_new(pull, &file, why, &r) != SGS_OK) {
        return;
    }
    struct sgs_eventlog_writer *w =
        again ? sgs_eventlog_writer_new(push, again, sgs_eventlog_n_inputs(r)) : NULL;
    struct sgs_signin *signin = sgs_signin_new();
    struct sgs_report_builder *builder = sgs_report_builder_new();
    const struct sgs_event *ev = NULL;
    while ((ev = sgs_eventlog_next(r))) {
        check_event(ev);
        export(NULL, ev);
        sgs_report_builder_event(builder, ev);
        sgs_signin_event(signin, ev);
        if (w) {
            sgs_eventlog_add(w, ev);
        }
    }
    const struct sgs_coverage *coverage = sgs_eventlog_coverage(r);
    FUZZ_CHECK((coverage != NULL) != (sgs_eventlog_damage(r) != NULL));
    report_on(signin, builder, coverage);
    if (w) {
        const struct sgs_coverage nothing = {.n_inputs = 0};
        FUZZ_CHECK(sgs_eventlog_finish(w, coverage ? coverage : &nothing) == SGS_OK);
    }
    sgs_eventlog_writer_free(w);
    sgs_report_builder_free(builder);
    sgs_signin_free(signin);
    sgs_eventlog_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_buf file;
    struct sgs_buf first;
    struct sgs_buf second;
    sgs_buf_init(&file, MAX_FILE);
    sgs_buf_init(&first, MAX_FILE);
    sgs_buf_init(&second, MAX_FILE);
    if (size > 0 && data[0] & 1) {
        build(&file, sgs_slice(data + 1, size - 1));
    } else if (size > 0) {
        sgs_buf_add(&file, sgs_slice(data + 1, size - 1));
    }
    read_file(sgs_buf_slice(&file), &first);
    read_file(sgs_buf_slice(&first), &second);
    FUZZ_CHECK(sgs_slice_eq(sgs_buf_slice(&first), sgs_buf_slice(&second)));
    sgs_buf_clear(&second);
    sgs_buf_clear(&first);
    sgs_buf_clear(&file);
    return 0;
}
