/* The analysis up to judged sign-ins, with what comparisons need of them. */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "cli/diff_side.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <signscope/engine.h>
#include <signscope/export.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "cli/choose.h"
#include "cli/inputs.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/spill.h"
#include "diff/collect.h"
#include "export/pack.h"

#define WAIT_MS 200 /* longest wait for a frame */

struct reading {
    struct sgs_inputs in;
    struct sgs_engine *engine;
    struct sgs_signin *signin;
    struct sgs_judge *judge;
    struct sgs_store *store;
    struct sgs_arena arena; /* of the sign-in at hand */
};

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct reading *r = ctx;

    sgs_signin_event(r->signin, ev);
}

static void on_attempt(void *ctx, struct sgs_attempt *at, const struct sgs_event *first)
{
    struct reading *r = ctx;
    struct sgs_attempt whole;

    sgs_judge_run(r->judge, at, 1);
    whole = *at;
    sgs_diff_collect(&whole, &r->arena);
    sgs_store_add(r->store, &whole, first);
    sgs_arena_reset(&r->arena);
}

static uint64_t count_octets(void *ctx)
{
    const struct reading *r = ctx;

    return sgs_merge_info(r->in.merge, 0)->octets;
}

static uint64_t count_frames(void *ctx)
{
    const struct reading *r = ctx;

    return sgs_merge_info(r->in.merge, 0)->frames;
}

static uint64_t count_attempts(void *ctx)
{
    struct reading *r = ctx;

    return sgs_signin_count(r->signin);
}

static void read_frames(struct reading *r, const struct sgs_options *options)
{
    const struct sgs_progress_source source = {count_octets, count_frames, count_attempts, r};
    struct sgs_progress *progress = sgs_progress_new(options, &source);
    enum sgs_next next = SGS_NEXT_NOTHING;
    struct sgs_frame frame;

    while (next != SGS_NEXT_END) {
        next = sgs_merge_next(r->in.merge, WAIT_MS, &frame);
        if (next == SGS_NEXT_FRAME) {
            sgs_tls_keys_tick(r->in.keys);
            sgs_engine_feed(r->engine, &frame);
        }
        sgs_progress_tick(progress);
    }
    sgs_engine_finish(r->engine);
    sgs_signin_finish(r->signin);
    sgs_progress_wipe(progress);
    sgs_progress_free(progress);
}

static void read_attempts(struct reading *r, const struct sgs_options *options)
{
    const struct sgs_engine_options engine = {.keys = r->in.keys, .anchors = r->in.anchors};

    r->engine = sgs_engine_new(&engine);
    if (!r->engine) {
        sgs_die("out of memory");
    }
    sgs_arena_init(&r->arena, SGS_MAX_DIFF_MEMORY);
    r->signin = sgs_signin_new();
    r->judge = sgs_judge_new();
    r->store = sgs_store_new(sgs_spill_open);
    sgs_signin_on_attempt(r->signin, on_attempt, r);
    sgs_engine_on_event(r->engine, on_event, r);
    read_frames(r, options);
}

/* What there was no room for. */
static void say_lost(const struct reading *r, const char *path)
{
    if (sgs_signin_lost(r->signin) > 0 || sgs_store_lost(r->store) > 0) {
        sgs_say(path, "there are more messages or sign-ins than are kept: some may be missing (a "
                      "part of the capture helps)");
    }
}

static void forget(struct reading *r)
{
    sgs_store_free(r->store);
    sgs_judge_free(r->judge);
    if (r->signin) {
        sgs_signin_free(r->signin);
        sgs_engine_free(r->engine);
    }
    sgs_arena_clear(&r->arena);
    sgs_inputs_clear(&r->in);
}

/* Which one */

/* What comes first when there are several; the last one of the best kind is taken. */
static unsigned rank_of(enum sgs_diff_wish wish, enum sgs_outcome outcome)
{
    static const unsigned ranks[SGS_N_WISHES][3] = {
        [SGS_WANT_GOOD] = {[SGS_SIGNED_IN] = 2, [SGS_UNKNOWN] = 1, [SGS_FAILED] = 0   },
        [SGS_WANT_BAD] = {[SGS_FAILED] = 2,    [SGS_UNKNOWN] = 1, [SGS_SIGNED_IN] = 0},
    };
    return ranks[wish][outcome];
}

static const char *reason_of(enum sgs_outcome outcome)
{
    static const char *const reasons[] = {[SGS_SIGNED_IN] = "the last that signed in",
                                          [SGS_FAILED] = "the last that failed",
                                          [SGS_UNKNOWN] = "the last whose outcome is unknown"};
    return reasons[outcome];
}

/* Place in the report of the sign-in that is wished for; n_attempts when there is none. */
static size_t pick(const struct sgs_report *report, enum sgs_diff_wish wish)
{
    size_t best = report->n_attempts;

    for (size_t i = 0; i < report->n_attempts; i++) {
        unsigned rank = rank_of(wish, sgs_report_outcome(report, i));
        if (best == report->n_attempts || rank >= rank_of(wish, sgs_report_outcome(report, best))) {
            best = i;
        }
    }
    return best;
}

static void keep(struct sgs_diff_side *s, const struct sgs_attempt *at)
{
    sgs_buf_init(&s->packed, SGS_MAX_STORE_HELD);
    sgs_arena_init(&s->arena, SGS_MAX_DIFF_MEMORY);
    sgs_pack_attempt(&s->packed, at);
    if (!sgs_unpack_attempt(sgs_buf_slice(&s->packed), &s->arena, &s->at)) {
        sgs_die("a sign-in is too large to be compared");
    }
    s->at.id = at->id;
}

/* The sign-in with that number, or as it is wished for; false: there is none, which was said. */
static bool fill(const struct sgs_diff_options *o, struct reading *r, enum sgs_diff_wish wish,
                 struct sgs_diff_side *s)
{
    struct sgs_report report = {.store = r->store, .n_attempts = sgs_store_len(r->store)};
    uint32_t number = o->number[wish];

    s->n_attempts = report.n_attempts;
    if (number > 0) {
        s->chosen = "by number";
        if (number <= report.n_attempts) {
            keep(s, sgs_report_attempt(&report, number - 1));
            return true;
        }
        sgs_say(s->path, "has no sign-in with that number");
        return false;
    }
    size_t *chosen = sgs_choose(&o->common, &report);
    size_t i = pick(&report, wish);
    bool is_there = i < report.n_attempts;
    if (is_there) {
        s->chosen = reason_of(sgs_report_outcome(&report, i));
        keep(s, sgs_report_attempt(&report, i));
    } else {
        sgs_say(s->path, s->n_attempts > 0 ? "no sign-in in it is one of those asked for"
                                           : "no sign-in found in it");
    }
    free(chosen);
    return is_there;
}

/* Key logs are read to their end before the first frame: only files have one. */
static bool is_file(const char *path)
{
    struct stat st;

    if (strcmp(path, "-") != 0 &&
        (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        return true; /* or no good in a way that is said when it is opened */
    }
    sgs_say(strcmp(path, "-") == 0 ? "standard input" : path, "is no file; write it to one first");
    return false;
}

int sgs_diff_sides_read(const struct sgs_diff_options *o, const char *path,
                        const enum sgs_diff_wish *wishes, struct sgs_diff_side *const *sides,
                        size_t n)
{
    struct reading r;
    struct sgs_options input = o->common;
    int status = SGS_EXIT_INPUT;

    memset(&r, 0, sizeof r);
    input.files = &path;
    input.n_files = 1;
    if (!is_file(path)) {
        return status;
    }
    status = sgs_inputs_open(&r.in, &input);
    if (status == SGS_EXIT_DONE) {
        read_attempts(&r, &input);
        say_lost(&r, path);
        for (size_t i = 0; i < n && status != SGS_EXIT_NO_SIGN_IN; i++) {
            const struct sgs_input_info *info = sgs_merge_info(r.in.merge, 0);
            sides[i]->path = path;
            sides[i]->first = info->frames > 0 ? info->first : SGS_TIME_NONE;
            status = fill(o, &r, wishes[i], sides[i]) ? status : SGS_EXIT_NO_SIGN_IN;
        }
        if (status == SGS_EXIT_DONE && sgs_merge_info(r.in.merge, 0)->damage_total > 0) {
            status = SGS_EXIT_DAMAGED;
        }
    }
    forget(&r);
    return status;
}

void sgs_diff_side_clear(struct sgs_diff_side *s)
{
    sgs_buf_clear(&s->packed);
    sgs_arena_clear(&s->arena);
}
