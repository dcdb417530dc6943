/*
 * Rounds change nothing: what is given away in rounds of a few events each is what one build at the
 * end gives, for the captures of this tree and for streams composed of them: clients that share an
 * address, users, retries, late starts, losses, at any distance in time.
 */
#define _POSIX_C_SOURCE 200809L /* glob */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>
#include <signscope/engine.h>
#include <signscope/finding.h>
#include <signscope/signin.h>
#include <signscope/timeline.h>
#include <signscope/tls_keys.h>

#include "capture/source.h"

#define MAX_EVENTS 4096
#define MAX_TEXT ((size_t)64 << 20)
#define STREAMS 1000 /* composed ones; SGS_ROUNDS_STREAMS asks for another number */

#define MAX_RECORDED 128

/* An event and when it was told. */
struct told {
    struct sgs_event *ev; /* ours */
    sgs_time at;
    size_t order;
    sgs_time held; /* SGS_TIME_NONE, or from then on events are not told yet */
};

struct stream {
    struct told list[MAX_EVENTS];
    size_t n;
    sgs_time now;
};

static struct stream *recorded; /* each capture with its keys and without */
static size_t n_recorded;
static struct stream composed;

/* recording */

static void on_secrets(void *ctx, struct sgs_slice text)
{
    sgs_tls_keys_add(ctx, SGS_KEY_DSB, text, true, NULL);
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct stream *s = ctx;
    assert_true(s->n < MAX_EVENTS);
    s->list[s->n] = (struct told){sgs_event_copy(ev), s->now, s->n, SGS_TIME_NONE};
    s->n++;
}

static void record(struct stream *s, const char *path, bool has_keys)
{
    char why[SGS_WHY_LEN];
    struct sgs_source *source = NULL;
    struct sgs_frame frame;
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    const struct sgs_secrets secrets = {on_secrets, keys};
    struct sgs_engine *engine =
        sgs_engine_new(&(struct sgs_engine_options){.keys = has_keys ? keys : NULL});
    uint64_t n = 0;
    assert_int_equal(sgs_source_open_file(path, &secrets, why, &source), SGS_OK);
    sgs_engine_on_event(engine, on_event, s);
    while (sgs_source_next(source, 0, &frame) == SGS_NEXT_FRAME) {
        frame.number = frame.input_number = ++n;
        s->now = frame.time;
        sgs_engine_feed(engine, &frame);
    }
    sgs_engine_finish(engine);
    sgs_source_close(source);
    sgs_engine_free(engine);
    sgs_tls_keys_free(keys);
    assert_true(s->n > 0);
}

static void clear(struct stream *s)
{
    while (s->n > 0) {
        sgs_event_free(s->list[--s->n].ev);
    }
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_recorded; i++) {
        clear(&recorded[i]);
    }
    free(recorded);
    return 0;
}

/* what came out */

static void add_addr(struct sgs_buf *b, const struct sgs_addr *a)
{
    char text[SGS_ADDR_TEXT_LEN];
    sgs_addr_text(a, text);
    (void)sgs_buf_printf(b, " %s", text);
}

static void add_step(struct sgs_buf *b, const struct sgs_step *s)
{
    (void)sgs_buf_printf(b, "  %s %d %s %lld %lld %d %d %u %d ", s->id ? s->id : "-", (int)s->stage,
                         s->proto, (long long)s->time, (long long)s->duration, (int)s->verdict,
                         (int)s->effect, s->rank, (int)s->trust);
    const struct sgs_slice texts[] = {s->title, s->request, s->response,
                                      s->host,  s->note,    s->reason};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        (void)sgs_buf_add(b, texts[i]);
        (void)sgs_buf_add_str(b, "|");
    }
    add_addr(b, &s->src);
    add_addr(b, &s->dst);
    for (size_t i = 0; i < s->n_frames; i++) {
        (void)sgs_buf_printf(b, " %llu", (unsigned long long)s->frames[i]);
    }
    (void)sgs_buf_add_str(b, " :");
    for (size_t i = 0; i < s->n_events; i++) {
        (void)sgs_buf_printf(b, " %llu", (unsigned long long)s->events[i]);
    }
    (void)sgs_buf_add_str(b, "\n");
    for (size_t i = 0; i < s->n_parts; i++) {
        add_step(b, &s->parts[i]);
    }
}

static void add_attempt(struct sgs_buf *b, const struct sgs_attempt *a)
{
    (void)sgs_buf_printf(b, "%.*s %s %d %d %lld %lld\n", (int)a->user.len,
                         (const char *)a->user.ptr, a->flow, (int)a->outcome, (int)a->confidence,
                         (long long)a->started, (long long)a->ended);
    add_addr(b, &a->client);
    for (size_t i = 0; i < a->n_methods; i++) {
        (void)sgs_buf_printf(b, " %s", a->methods[i]);
    }
    (void)sgs_buf_add_str(b, "\n");
    for (size_t i = 0; i < a->n_steps; i++) {
        add_step(b, &a->steps[i]);
    }
    for (size_t i = 0; i < a->n_findings; i++) {
        (void)sgs_buf_add(b, a->findings[i].title);
        (void)sgs_buf_add_str(b, "\n");
    }
}

struct given {
    char *text; /* ours */
    sgs_time time;
    uint64_t frame;
    uint64_t id;
};

struct results {
    struct given list[256];
    size_t n;
    size_t before_end; /* given away before the end */
    struct sgs_judge *judge;
};

static void take(void *ctx, struct sgs_attempt *at, const struct sgs_event *first)
{
    struct results *r = ctx;
    struct sgs_buf b;
    assert_true(r->n < sizeof r->list / sizeof *r->list);
    sgs_buf_init(&b, MAX_TEXT);
    sgs_judge_run(r->judge, at, 1);
    add_attempt(&b, at);
    (void)sgs_buf_add_octet(&b, 0);
    assert_false(b.overflow);
    r->list[r->n++] =
        (struct given){(char *)b.ptr, first->origin.time, first->origin.frame, first->id};
}

static int by_first(const void *a, const void *b)
{
    const struct given *x = a;
    const struct given *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->frame != y->frame) {
        return x->frame < y->frame ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static void run(const struct stream *s, size_t round, struct results *out)
{
    struct sgs_signin *signin = sgs_signin_new();
    out->judge = sgs_judge_new();
    sgs_signin_on_attempt(signin, take, out);
    sgs_signin_rounds(signin, round);
    for (size_t i = 0; i < s->n; i++) {
        sgs_signin_held(signin, s->list[i].held);
        sgs_signin_event(signin, s->list[i].ev);
    }
    out->before_end = out->n;
    sgs_signin_finish(signin);
    sgs_signin_free(signin);
    sgs_judge_free(out->judge);
    qsort(out->list, out->n, sizeof *out->list, by_first);
}

/* How many attempts there are. */
static size_t count(const struct stream *s)
{
    struct results all = {.n = 0};

    run(s, SIZE_MAX, &all);
    for (size_t i = 0; i < all.n; i++) {
        free(all.list[i].text);
    }
    return all.n;
}

/* How many attempts were given away before the end. */
static size_t compare(const struct stream *s, size_t round, size_t *n_all)
{
    static struct results never;
    static struct results often;
    never.n = often.n = 0;
    run(s, SIZE_MAX, &never);
    run(s, round, &often);
    for (size_t i = 0; i < never.n && i < often.n; i++) {
        assert_string_equal(often.list[i].text, never.list[i].text);
    }
    assert_int_equal(often.n, never.n);
    assert_int_equal(never.before_end, 0);
    *n_all += never.n;
    for (size_t i = 0; i < never.n; i++) {
        free(never.list[i].text);
        free(often.list[i].text);
    }
    return often.before_end;
}

/* composing */

static uint32_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

struct change {
    size_t number;
    uint8_t client;
    sgs_time start;   /* new time of the first event */
    int64_t stretch;  /* times between events become so much longer */
    const char *user; /* instead of "ada" */
    sgs_time origin;
};

static sgs_time moved(const struct change *c, sgs_time t)
{
    return t == SGS_TIME_NONE ? t : c->start + (t - c->origin) * c->stretch;
}

static void rename_user(struct sgs_slice text, const char *user)
{
    size_t len = strlen(user);
    for (size_t i = 0; i + len <= text.len; i++) {
        uint8_t *p = (uint8_t *)(uintptr_t)text.ptr + i;
        if (memcmp(p, "ada", len) == 0) {
            memcpy(p, user, len);
        }
    }
}

static struct sgs_event *changed(const struct sgs_event *from, const struct change *c)
{
    struct sgs_event *ev = sgs_event_copy(from);
    ev->id += c->number * MAX_EVENTS;
    ev->in += ev->in ? c->number * MAX_EVENTS : 0;
    ev->origin.frame += c->number * MAX_EVENTS;
    ev->origin.frame_last += c->number * MAX_EVENTS;
    ev->origin.time = moved(c, ev->origin.time);
    ev->origin.time_last = moved(c, ev->origin.time_last);
    ev->conn += (uint32_t)c->number * MAX_EVENTS;
    struct sgs_addr *own = ev->dir == SGS_C2S ? &ev->src : &ev->dst;
    own->ip[3] = ev->client.ip[3] = c->client;
    for (size_t i = 0; i < ev->n_values; i++) {
        struct sgs_value *v = (struct sgs_value *)(uintptr_t)&ev->values[i];
        v->number += v->id == SGS_F_REQUEST ? (int64_t)(c->number * MAX_EVENTS) : 0;
        rename_user(v->text, c->user);
    }
    return ev;
}

static int by_arrival(const void *a, const void *b)
{
    const struct told *x = a;
    const struct told *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

/* Stretched so much that it comes later than events do (SGS_LATE). */
static bool is_too_late(const struct sgs_event *ev, sgs_time at)
{
    return at - ev->origin.time_last > 200 * SGS_SEC;
}

static void add_copy(struct stream *out, size_t number)
{
    static const int64_t stretches[] = {1, 1, 1, 20, 100, 600};
    static const char *const users[] = {"ada", "eve", "bob"};
    const struct stream *from = &recorded[below((uint32_t)n_recorded)];
    size_t first = below(3) == 0 ? below((uint32_t)from->n) : 0;
    bool has_losses = below(3) == 0;
    struct change c = {.number = number,
                       .client = (uint8_t)(1 + below(3)),
                       .start = (sgs_time)below(1500000) * SGS_MS,
                       .stretch = stretches[below(sizeof stretches / sizeof *stretches)],
                       .user = users[below(3)],
                       .origin = from->list[0].at};
    for (size_t i = first; i < from->n && out->n < MAX_EVENTS; i++) {
        struct sgs_event *ev = changed(from->list[i].ev, &c);
        sgs_time at = moved(&c, from->list[i].at);
        if ((has_losses && below(12) == 0) || is_too_late(ev, at)) {
            sgs_event_free(ev);
        } else {
            out->list[out->n] = (struct told){ev, at, out->n, SGS_TIME_NONE};
            out->n++;
        }
    }
}

static void compose(struct stream *out, uint32_t number)
{
    seed = number * 2654435761u;
    size_t copies = 2 + below(9);
    for (size_t i = 0; i < copies; i++) {
        add_copy(out, i + 1);
    }
    qsort(out->list, out->n, sizeof *out->list, by_arrival);
}

/* What some connections say inside TLS waits for keys that come much later, or at the end. */
static void hold_back(struct stream *s)
{
    sgs_time release[8];
    static sgs_time was[MAX_EVENTS];
    for (size_t i = 0; i < sizeof release / sizeof *release; i++) {
        release[i] = below(2) ? (sgs_time)below(6000000) * SGS_MS : SGS_TIME_NONE;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct sgs_event *ev = s->list[i].ev;
        sgs_time until = release[(ev->conn * 2654435761u) >> 29];
        bool is_inside = sgs_slice_starts(ev->layers, SGS_LIT("tls"));
        s->list[i].order = i;
        was[i] = s->list[i].at;
        s->list[i].at = is_inside && until > was[i] ? until : was[i];
    }
    qsort(s->list, s->n, sizeof *s->list, by_arrival);
    for (size_t i = 0; i < s->n; i++) {
        sgs_time from = SGS_TIME_NONE;
        for (size_t k = i; k < s->n; k++) {
            sgs_time time = s->list[k].ev->origin.time;
            bool waits =
                was[s->list[k].order] < s->list[k].at && was[s->list[k].order] <= s->list[i].at;
            from = waits && (from == SGS_TIME_NONE || time < from) ? time : from;
        }
        s->list[i].held = from;
    }
}

static int setup(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(SGS_SOURCE_DIR "/captures/*.pcapng", 0, NULL, &files), 0);
    assert_true(2 * files.gl_pathc <= MAX_RECORDED);
    recorded = calloc(MAX_RECORDED, sizeof *recorded);
    assert_non_null(recorded);
    for (size_t i = 0; i < 2 * files.gl_pathc; i += 2) {
        record(&recorded[n_recorded], files.gl_pathv[i / 2], true);
        if (count(&recorded[n_recorded]) == 0) {
            clear(&recorded[n_recorded]); /* a capture without sign-ins */
            continue;
        }
        record(&recorded[n_recorded + 1], files.gl_pathv[i / 2], false);
        n_recorded += 2;
    }
    globfree(&files);
    return 0;
}

/* cases */

static void test_captures(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < n_recorded; i++) {
        (void)compare(&recorded[i], 3, &n);
    }
    assert_true(n >= n_recorded);
}

static void test_composed(void **state)
{
    (void)state;
    const char *more = getenv("SGS_ROUNDS_STREAMS");
    uint32_t n = more ? (uint32_t)strtoul(more, NULL, 10) : STREAMS;
    size_t early = 0;
    size_t all = 0;
    for (uint32_t i = 0; i < n; i++) {
        compose(&composed, i);
        early += compare(&composed, 3 + i % 30, &all);
        clear(&composed);
    }
    print_message("%zu of %zu attempts were given away early\n", early, all);
    assert_true(early > all / 4);
}

static void test_held(void **state)
{
    (void)state;
    size_t early = 0, all = 0;
    for (uint32_t i = 0; i < STREAMS / 3; i++) {
        compose(&composed, i);
        hold_back(&composed);
        early += compare(&composed, 3 + i % 30, &all);
        clear(&composed);
    }
    print_message("%zu of %zu attempts were given away early\n", early, all);
    assert_true(early > all / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_composed),
        cmocka_unit_test(test_held),
    };
    return cmocka_run_group_tests_name("signin/rounds", tests, setup, teardown) != 0;
}
