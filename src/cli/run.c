/*
 * The one loop: frames from the inputs into the engine, events from there to sign-ins, report and
 * streaming outputs; at the end of input, or of patience, the report.
 */
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/mem.h"
#include "cli/choose.h"
#include "cli/events_file.h"
#include "cli/inputs.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/spill.h"

#define WAIT_MS 200 /* longest wait for a frame: timers and signals are served that often */

struct run {
    const struct sgs_options *options;
    struct sgs_inputs in;
    struct sgs_outputs *outputs;
    struct sgs_events_in *events_in;   /* in place of inputs and engine, or NULL */
    struct sgs_events_out *events_out; /* or NULL */
    struct sgs_engine *engine;
    struct sgs_signin *signin;
    struct sgs_judge *judge;
    struct sgs_survey *survey;
    struct sgs_store *store;
    struct sgs_report_builder *builder;
    struct sgs_progress *progress;
    bool wants_report;  /* else nobody asks about sign-ins */
    uint64_t frames;    /* fed so far */
    sgs_time first;     /* capture time of the first */
    int64_t started_ms; /* monotonic */
    int64_t keys_ms;    /* monotonic: when the key logs were looked at last */
};

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct run *r = ctx;

    if (r->wants_report) {
        sgs_report_builder_event(r->builder, ev);
        sgs_signin_event(r->signin, ev);
    }
    sgs_outputs_event(r->outputs, ev);
    sgs_events_out_add(r->events_out, ev);
}

static void on_attempt(void *ctx, struct sgs_attempt *at, const struct sgs_event *first)
{
    struct run *r = ctx;

    sgs_judge_run(r->judge, at, 1);
    sgs_survey_attempt(r->survey, at);
    sgs_store_add(r->store, at, first);
}

static uint64_t count_attempts(void *ctx)
{
    struct run *r = ctx;

    return sgs_signin_count(r->signin);
}

static uint64_t count_octets(void *ctx)
{
    const struct run *r = ctx;
    uint64_t octets = 0;

    if (r->events_in) {
        return sgs_events_in_octets(r->events_in);
    }
    for (size_t i = 0; i < sgs_merge_inputs(r->in.merge); i++) {
        octets += sgs_merge_info(r->in.merge, i)->octets;
    }
    return octets;
}

static uint64_t count_frames(void *ctx)
{
    const struct run *r = ctx;

    return r->events_in ? sgs_events_in_frames(r->events_in) : r->frames;
}

/* -a.  Live time runs on a quiet interface too; that of a file is capture time. */
static bool is_enough(const struct run *r, const struct sgs_frame *frame)
{
    const struct sgs_options *o = r->options;

    if (o->stop_frames > 0 && r->frames >= o->stop_frames) {
        return true;
    }
    if (o->stop_duration == 0) {
        return false;
    }
    if (r->in.is_live) {
        return (sgs_monotonic_ms() - r->started_ms) * SGS_MS >= o->stop_duration;
    }
    return frame && r->frames > 0 && frame->time >= r->first &&
           frame->time - r->first > o->stop_duration;
}

static void feed(struct run *r, const struct sgs_frame *frame)
{
    if (r->in.filter && !sgs_filter_match(r->in.filter, frame)) {
        return;
    }
    if (r->frames == 0) {
        r->first = frame->time;
    }
    r->frames++;
    sgs_tls_keys_tick(r->in.keys);
    sgs_engine_feed(r->engine, frame);
    sgs_signin_held(r->signin, sgs_engine_held_from(r->engine));
}

/*
 * Reads on key logs that grow, for what waits for its keys.  Not every file system tells of that,
 * so they are looked at from time to time, too.
 */
static void serve_keys(struct run *r, bool is_idle)
{
    bool is_waiting = sgs_engine_held(r->engine) > 0;

    if (!r->in.is_growing || !(is_waiting || is_idle)) {
        return;
    }
    bool has_news = sgs_keyfiles_have_news(r->in.keyfiles);
    int64_t now = is_waiting ? sgs_monotonic_ms() : r->keys_ms;
    if (has_news || now - r->keys_ms >= WAIT_MS) {
        r->keys_ms = now;
        sgs_keyfiles_more(r->in.keyfiles);
    }
    sgs_engine_keys(r->engine);
    sgs_signin_held(r->signin, sgs_engine_held_from(r->engine));
}

static void serve_signals(struct run *r)
{
    if (sgs_signals_take_usr1()) {
        sgs_progress_line(r->progress);
    }
    if (sgs_signals_take_hup()) {
        sgs_keyfiles_reopen(r->in.keyfiles);
        sgs_outputs_reopen(r->outputs);
    }
}

/* Nobody wants to know more, or nobody can be told. */
static bool is_in_vain(const struct run *r)
{
    return sgs_signals_is_interrupted() ||
           (sgs_outputs_failed(r->outputs) && !sgs_events_out_works(r->events_out));
}

static bool at_once(void)
{
    return true;
}

static void read_frames(struct run *r)
{
    enum sgs_next next = SGS_NEXT_NOTHING;

    while (next != SGS_NEXT_END && !is_in_vain(r) && !is_enough(r, NULL)) {
        struct sgs_frame frame;

        next = sgs_merge_next(r->in.merge, WAIT_MS, &frame);
        if (next == SGS_NEXT_FRAME) {
            if (is_enough(r, &frame)) {
                break;
            }
            feed(r, &frame);
        }
        serve_keys(r, next != SGS_NEXT_FRAME);
        if (next != SGS_NEXT_FRAME) {
            sgs_outputs_flush(r->outputs);
        }
        serve_signals(r);
        sgs_progress_tick(r->progress);
    }
    if (r->in.is_growing) { /* who writes keys live may never stop */
        bool may_wait = next == SGS_NEXT_END && !r->in.is_live;
        sgs_keyfiles_finish(r->in.keyfiles, may_wait ? sgs_signals_is_interrupted : at_once);
    }
    sgs_progress_wipe(r->progress);
}

static void read_events(struct run *r)
{
    const struct sgs_event *ev = NULL;

    while (!is_in_vain(r) && (ev = sgs_events_in_next(r->events_in))) {
        on_event(r, ev);
        serve_signals(r);
        sgs_progress_tick(r->progress);
    }
    sgs_progress_wipe(r->progress);
}

/* The inputs as the report shows them; they and what their rows point to are given. */
static struct sgs_report_input *make_inputs(struct run *r, size_t n)
{
    struct sgs_report_input *inputs = sgs_xcalloc(n, sizeof *inputs);

    for (size_t i = 0; i < n; i++) {
        const struct sgs_input_info *info = sgs_merge_info(r->in.merge, i);
        struct sgs_report_damage *damage = sgs_xcalloc(info->n_damage, sizeof *damage);

        for (size_t j = 0; j < info->n_damage; j++) {
            damage[j] = (struct sgs_report_damage){info->damage[j].offset, info->damage[j].frame,
                                                   info->damage[j].what};
        }
        inputs[i] = (struct sgs_report_input){
            .name = info->name,
            .frames = info->frames,
            .octets = info->octets,
            .first = info->first,
            .last = info->last,
            .damage = damage,
            .n_damage = info->n_damage,
            .damage_total = info->damage_total,
            .dropped = info->dropped,
            .cut_frames = info->cut_frames,
        };
    }
    return inputs;
}

/* What was read, of captures or of an event file; uncover releases it. */
static struct sgs_coverage cover(struct run *r)
{
    struct sgs_coverage c = {.was_interrupted = sgs_signals_is_interrupted()};

    if (r->events_in) {
        return *sgs_events_in_coverage(r->events_in, c.was_interrupted);
    }
    c.n_inputs = sgs_merge_inputs(r->in.merge);
    c.inputs = make_inputs(r, c.n_inputs);
    c.n_skipped = sgs_engine_skipped(r->engine, &c.skipped);
    c.keys = *sgs_tls_keys_counts(r->in.keys);
    c.has_keys = r->in.has_keys;
    return c;
}

static void uncover(const struct run *r, struct sgs_coverage *c)
{
    for (size_t i = 0; !r->events_in && i < c->n_inputs; i++) {
        free((void *)(uintptr_t)c->inputs[i].damage);
    }
    if (!r->events_in) {
        free((void *)(uintptr_t)c->inputs);
    }
}

static bool is_damaged(const struct sgs_report *report)
{
    for (size_t i = 0; i < report->n_inputs; i++) {
        if (report->inputs[i].damage_total > 0) {
            return true;
        }
    }
    return false;
}

/* --check: the worst outcome of all. */
static int verdict(const struct sgs_report *report)
{
    int status = SGS_EXIT_DONE;

    if (report->n_attempts == 0) {
        return SGS_EXIT_NO_SIGN_IN;
    }
    for (size_t i = 0; i < report->n_attempts; i++) {
        enum sgs_outcome outcome = sgs_report_outcome(report, i);

        if (outcome == SGS_FAILED) {
            return SGS_EXIT_SIGN_IN_FAILED;
        }
        if (outcome == SGS_UNKNOWN) {
            status = SGS_EXIT_SIGN_IN_UNKNOWN;
        }
    }
    return status;
}

/* What goes beyond single sign-ins; report has all else. */
static void survey(struct run *r, struct sgs_report *report)
{
    struct sgs_survey_view view = {.first = SGS_TIME_NONE,
                                   .last = SGS_TIME_NONE,
                                   .key_lines = report->keys.lines,
                                   .tls_decrypted = report->tls_decrypted};

    for (size_t i = 0; i < report->n_inputs; i++) {
        const struct sgs_report_input *in = &report->inputs[i];
        if (in->frames == 0) {
            continue;
        }
        view.first = view.frames == 0 || in->first < view.first ? in->first : view.first;
        view.last = view.frames == 0 || in->last > view.last ? in->last : view.last;
        view.frames += in->frames;
    }
    for (size_t i = 0; i < report->n_undecrypted; i++) {
        struct sgs_slice reason = sgs_slice_str(report->undecrypted[i].reason);
        bool is_strange = sgs_slice_eq(reason, SGS_LIT("no-key"));
        view.tls_strange += is_strange;
        view.tls_else += !is_strange && !sgs_slice_eq(reason, SGS_LIT("no-application-data"));
    }
    sgs_survey_finish(r->survey, &view);
    report->n_findings = sgs_survey_findings(r->survey, &report->findings);
    report->n_scope = sgs_survey_scope(r->survey, &report->scope);
}

static int report(struct run *r, const struct sgs_coverage *coverage)
{
    struct sgs_report report = {.inputs = coverage->inputs,
                                .n_inputs = coverage->n_inputs,
                                .skipped = coverage->skipped,
                                .n_skipped = coverage->n_skipped,
                                .keys = coverage->keys,
                                .has_keys = coverage->has_keys,
                                .was_interrupted = coverage->was_interrupted};
    int status = SGS_EXIT_DONE;

    sgs_report_builder_finish(r->builder, &report);
    sgs_signin_finish(r->signin);
    if (sgs_signin_lost(r->signin) > 0) {
        sgs_say(NULL,
                "there are more messages than are kept for sign-ins: late ones may be missing "
                "(a filter, or a part of the capture, helps)");
    }
    if (sgs_store_lost(r->store) > 0) {
        sgs_say(NULL, "there are more sign-ins than memory holds, and no temporary file can be "
                      "written: some are missing (set TMPDIR to a folder with room)");
    }
    report.store = r->store;
    report.n_attempts = sgs_store_len(r->store);
    survey(r, &report);
    size_t *chosen = sgs_choose(r->options, &report);
    sgs_outputs_report(r->outputs, &report);
    if (r->options->wants_check) {
        status = verdict(&report);
    } else if (is_damaged(&report)) {
        status = SGS_EXIT_DAMAGED;
    }
    free(chosen);
    return status;
}

/* All events of the captures, or of the event file. */
static void read_all(struct run *r)
{
    const struct sgs_engine_options options = {
        .keys = r->in.keys,
        .anchors = r->in.anchors,
        .hold = r->in.may_get_keys ? (size_t)r->options->hold : 0,
    };

    if (r->events_in) {
        read_events(r);
        return;
    }
    r->engine = sgs_engine_new(&options);
    if (!r->engine) {
        sgs_die("out of memory");
    }
    sgs_engine_on_event(r->engine, on_event, r);
    read_frames(r);
    sgs_engine_finish(r->engine);
}

/* The worse of what two outputs ask for. */
static int worse(int a, int b)
{
    return a == SGS_EXIT_OUTPUT || b == SGS_EXIT_DONE ? a : b;
}

static int analyse(struct run *r)
{
    struct sgs_progress_source progress = {count_octets, count_frames, NULL, r};
    struct sgs_coverage coverage;
    int status = SGS_EXIT_DONE;
    int output_status = SGS_EXIT_DONE;

    r->signin = sgs_signin_new();
    r->judge = sgs_judge_new();
    r->survey = sgs_survey_new();
    r->store = sgs_store_new(sgs_spill_open);
    sgs_signin_on_attempt(r->signin, on_attempt, r);
    r->wants_report = r->options->wants_check || sgs_outputs_want_report(r->outputs);
    r->builder = sgs_report_builder_new();
    progress.attempts = r->wants_report ? count_attempts : NULL;
    r->progress = sgs_progress_new(r->options, &progress);
    r->started_ms = sgs_monotonic_ms();
    sgs_signals_catch(r->in.is_live);
    read_all(r);
    coverage = cover(r);
    status = report(r, &coverage);
    output_status = sgs_outputs_close(r->outputs);
    output_status = worse(output_status, sgs_events_out_close(r->events_out, &coverage));
    uncover(r, &coverage);
    sgs_progress_free(r->progress);
    sgs_report_builder_free(r->builder);
    sgs_store_free(r->store);
    sgs_survey_free(r->survey);
    sgs_judge_free(r->judge);
    sgs_signin_free(r->signin);
    sgs_engine_free(r->engine);
    return output_status != SGS_EXIT_DONE ? output_status : status;
}

static int open_outputs(struct run *r)
{
    size_t n_inputs = r->events_in ? sgs_events_in_n_inputs(r->events_in)
                                   : r->options->n_files + r->options->n_devices;
    int status = SGS_EXIT_OUTPUT;

    r->outputs = sgs_outputs_open(r->options, n_inputs);
    if (r->outputs) {
        status = sgs_events_out_open(r->options, n_inputs, &r->events_out);
    }
    if (r->outputs && status != SGS_EXIT_DONE) {
        (void)sgs_outputs_close(r->outputs);
    }
    return status;
}

int sgs_run(const struct sgs_options *options)
{
    struct run r;
    int status = SGS_EXIT_DONE;

    memset(&r, 0, sizeof r);
    r.options = options;
    status = options->read_events ? sgs_events_in_open(options, &r.events_in)
                                  : sgs_inputs_open(&r.in, options);
    if (status == SGS_EXIT_DONE) {
        status = open_outputs(&r);
        status = status == SGS_EXIT_DONE ? analyse(&r) : status;
    }
    sgs_events_in_close(r.events_in);
    sgs_inputs_clear(&r.in);
    return status;
}
