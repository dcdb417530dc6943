/*
 * The one loop: frames from the inputs into the engine, events from there to sign-ins, report and
 * streaming outputs; at the end of input, or of patience, the report.
 */
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/inputs.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/signals.h"

#define WAIT_MS 200 /* longest wait for a frame: timers and signals are served that often */

struct run {
    const struct sgs_options *options;
    struct sgs_inputs in;
    struct sgs_outputs *outputs;
    struct sgs_engine *engine;
    struct sgs_signin *signin;
    struct sgs_judge *judge;
    struct sgs_report_builder *builder;
    struct sgs_progress *progress;
    uint64_t frames;    /* fed so far */
    sgs_time first;     /* capture time of the first */
    int64_t started_ms; /* monotonic */
};

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct run *r = ctx;

    sgs_report_builder_event(r->builder, ev);
    sgs_signin_event(r->signin, ev);
    sgs_outputs_event(r->outputs, ev);
}

static uint64_t count_attempts(void *ctx)
{
    struct run *r = ctx;
    struct sgs_attempt *attempts = NULL;

    return sgs_signin_build(r->signin, &attempts);
}

static uint64_t count_octets(void *ctx)
{
    const struct run *r = ctx;
    uint64_t octets = 0;

    for (size_t i = 0; i < sgs_merge_inputs(r->in.merge); i++) {
        octets += sgs_merge_info(r->in.merge, i)->octets;
    }
    return octets;
}

static uint64_t count_frames(void *ctx)
{
    const struct run *r = ctx;

    return r->frames;
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

static void read_frames(struct run *r)
{
    enum sgs_next next = SGS_NEXT_NOTHING;

    while (next != SGS_NEXT_END && !sgs_signals_is_interrupted() &&
           !sgs_outputs_failed(r->outputs) && !is_enough(r, NULL)) {
        struct sgs_frame frame;

        next = sgs_merge_next(r->in.merge, WAIT_MS, &frame);
        if (next == SGS_NEXT_FRAME) {
            if (is_enough(r, &frame)) {
                break;
            }
            feed(r, &frame);
        } else {
            sgs_outputs_flush(r->outputs);
        }
        serve_signals(r);
        sgs_progress_tick(r->progress);
    }
    sgs_progress_wipe(r->progress);
}

/* The inputs as the report shows them; *inputs and what its rows point to are given. */
static void fill_inputs(struct run *r, struct sgs_report *report, struct sgs_report_input *inputs)
{
    for (size_t i = 0; i < report->n_inputs; i++) {
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
    report->inputs = inputs;
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
        if (report->attempts[i].outcome == SGS_FAILED) {
            return SGS_EXIT_SIGN_IN_FAILED;
        }
        if (report->attempts[i].outcome == SGS_UNKNOWN) {
            status = SGS_EXIT_SIGN_IN_UNKNOWN;
        }
    }
    return status;
}

static int report(struct run *r)
{
    struct sgs_report report = {.n_inputs = sgs_merge_inputs(r->in.merge),
                                .keys = *sgs_tls_keys_counts(r->in.keys),
                                .has_keys = r->in.has_keys,
                                .was_interrupted = sgs_signals_is_interrupted()};
    struct sgs_report_input *inputs = sgs_xcalloc(report.n_inputs, sizeof *inputs);
    struct sgs_attempt *attempts = NULL;
    int status = SGS_EXIT_DONE;

    fill_inputs(r, &report, inputs);
    report.n_skipped = sgs_engine_skipped(r->engine, &report.skipped);
    sgs_report_builder_finish(r->builder, &report);
    if (sgs_signin_lost(r->signin) > 0) {
        sgs_say(NULL,
                "there are more messages than are kept for sign-ins: late ones may be missing "
                "(a filter, or a part of the capture, helps)");
    }
    report.n_attempts = sgs_signin_build(r->signin, &attempts);
    sgs_judge_run(r->judge, attempts, report.n_attempts);
    report.attempts = attempts;
    sgs_outputs_report(r->outputs, &report);
    if (r->options->wants_check) {
        status = verdict(&report);
    } else if (is_damaged(&report)) {
        status = SGS_EXIT_DAMAGED;
    }
    for (size_t i = 0; i < report.n_inputs; i++) {
        free((void *)(uintptr_t)inputs[i].damage);
    }
    free(inputs);
    return status;
}

static int analyse(struct run *r)
{
    const struct sgs_engine_options engine = {.keys = r->in.keys};
    const struct sgs_progress_source progress = {count_octets, count_frames, count_attempts, r};
    int status = SGS_EXIT_DONE;
    int output_status = SGS_EXIT_DONE;

    r->engine = sgs_engine_new(&engine);
    if (!r->engine) {
        sgs_die("out of memory");
    }
    r->signin = sgs_signin_new();
    r->judge = sgs_judge_new();
    r->builder = sgs_report_builder_new();
    r->progress = sgs_progress_new(r->options, &progress);
    r->started_ms = sgs_monotonic_ms();
    sgs_engine_on_event(r->engine, on_event, r);
    sgs_signals_catch(r->in.is_live);
    read_frames(r);
    sgs_engine_finish(r->engine);
    status = report(r);
    output_status = sgs_outputs_close(r->outputs);
    sgs_progress_free(r->progress);
    sgs_report_builder_free(r->builder);
    sgs_judge_free(r->judge);
    sgs_signin_free(r->signin);
    sgs_engine_free(r->engine);
    return output_status != SGS_EXIT_DONE ? output_status : status;
}

int sgs_run(const struct sgs_options *options)
{
    struct run r;
    int status = SGS_EXIT_DONE;

    memset(&r, 0, sizeof r);
    r.options = options;
    status = sgs_inputs_open(&r.in, options);
    if (status == SGS_EXIT_DONE) {
        r.outputs = sgs_outputs_open(options);
        status = r.outputs ? analyse(&r) : SGS_EXIT_OUTPUT;
    }
    sgs_inputs_clear(&r.in);
    return status;
}
