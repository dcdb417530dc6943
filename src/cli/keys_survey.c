/*
 * The analysis as far as keys go: frames into the engine, and of its events the hellos and the ends
 * of TLS.  Handshakes inside other layers count too: a key log may name them.
 */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "cli/keys_survey.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <signscope/codec.h>
#include <signscope/engine.h>
#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "export/report.h"

#define WAIT_MS 200  /* longest wait for a frame: signals are served that often */
#define MAX_NEEDS 16 /* client randoms of one connection: more than one only by renegotiation */

/* events */

static struct sgs_keys_conn *conn_of(struct sgs_keys_survey *s, const struct sgs_event *ev)
{
    struct sgs_slice key = {(const uint8_t *)&ev->conn, sizeof ev->conn};
    struct sgs_keys_conn *c = sgs_map_get(s->by_number, key);

    if (c) {
        return c;
    }
    if (s->n_conns >= SGS_MAX_REPORT_TLS) {
        return NULL;
    }
    if ((s->n_conns & (s->n_conns - 1)) == 0) {
        size_t n = s->n_conns ? 2 * s->n_conns : 1;
        s->conns = sgs_xrealloc((void *)s->conns, n, sizeof(struct sgs_keys_conn *));
    }
    c = sgs_xcalloc(1, sizeof *c);
    c->number = ev->conn;
    c->server = ev->dir == SGS_C2S ? ev->dst : ev->src;
    c->first = ev->origin.time;
    c->last = ev->origin.time_last;
    s->conns[s->n_conns++] = c;
    (void)sgs_map_put(s->by_number, key, c);
    return c;
}

static void extend(sgs_time *first, sgs_time *last, sgs_time a, sgs_time b)
{
    *first = a < *first ? a : *first;
    *last = b > *last ? b : *last;
}

static struct sgs_keys_need *need_of(struct sgs_keys_survey *s, const struct sgs_event *ev)
{
    struct sgs_slice hex = sgs_event_text(ev, SGS_F_RANDOM);
    uint8_t random[SGS_TLS_RANDOM_LEN];
    struct sgs_slice key = {random, sizeof random};

    if (hex.len != 2 * sizeof random) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        random[i] =
            (uint8_t)(sgs_hex_digit(hex.ptr[2 * i]) << 4 | sgs_hex_digit(hex.ptr[2 * i + 1]));
    }
    struct sgs_keys_need *n = sgs_map_get(s->needs, key);
    if (!n && sgs_map_len(s->needs) >= SGS_MAX_KEYS) {
        s->n_undecided++;
        return NULL;
    }
    if (!n) {
        n = sgs_xcalloc(1, sizeof *n);
        *n = (struct sgs_keys_need){ev->origin.time, ev->origin.time_last};
        (void)sgs_map_put(s->needs, key, n);
    }
    extend(&n->first, &n->last, ev->origin.time, ev->origin.time_last);
    return n;
}

static void hello(struct sgs_keys_survey *s, const struct sgs_event *ev)
{
    struct sgs_keys_need *n = need_of(s, ev);
    struct sgs_keys_conn *c = conn_of(s, ev);
    struct sgs_slice sni = sgs_event_text(ev, SGS_F_SNI);

    if (c && !c->sni && sni.len > 0) {
        c->sni = sgs_xcalloc(1, sni.len + 1);
        memcpy(c->sni, sni.ptr, sni.len);
    }
    for (size_t i = 0; c && n && i < c->n_needs; i++) {
        n = c->needs[i] == n ? NULL : n;
    }
    if (c && n && c->n_needs < MAX_NEEDS) {
        c->needs = sgs_xrealloc((void *)c->needs, c->n_needs + 1, sizeof(struct sgs_keys_need *));
        c->needs[c->n_needs++] = n;
    }
}

/* The static name of a source of keys. */
static const char *source_of(struct sgs_slice name)
{
    for (unsigned i = SGS_KEY_KEYLOG; i <= SGS_KEY_PSK; i++) {
        const char *known = sgs_key_source_name((enum sgs_key_source)i);

        if (sgs_slice_eq(name, sgs_slice_str(known))) {
            return known;
        }
    }
    return NULL;
}

/* Of several TLS sessions in one connection the worst is told. */
static void session(struct sgs_keys_survey *s, const struct sgs_event *ev)
{
    struct sgs_slice state = sgs_event_text(ev, SGS_F_STATE);
    struct sgs_slice reason = sgs_event_text(ev, SGS_F_REASON);
    bool has_data =
        sgs_event_int(ev, SGS_F_OCTETS_C2S, 0) > 0 || sgs_event_int(ev, SGS_F_OCTETS_S2C, 0) > 0;
    bool is_opaque = sgs_slice_eq(state, SGS_LIT("opaque"));
    bool lacks_key = is_opaque || sgs_slice_starts(reason, SGS_LIT("key-")) ||
                     sgs_slice_starts(reason, SGS_LIT("no-")) ||
                     sgs_slice_eq(reason, SGS_LIT("wrong-key"));
    struct sgs_keys_conn *c = conn_of(s, ev);

    if (!c) {
        s->n_unlisted++;
        return;
    }
    c->source = c->source ? c->source : source_of(sgs_event_text(ev, SGS_F_KEY_SOURCE));
    c->reason = c->reason ? c->reason : sgs_tls_reason_find(reason);
    c->is_open |= !is_opaque;
    c->is_closed |= has_data && lacks_key;
}

static bool is_inner(const struct sgs_event *ev)
{
    return sgs_slice_find(ev->layers, SGS_LIT("tlsdsk")) < ev->layers.len;
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct sgs_keys_survey *s = ctx;

    if (ev->transport != SGS_TCP) {
        return;
    }
    if (ev->kind == SGS_K_TLS_CLIENT_HELLO && is_inner(ev)) {
        (void)need_of(s, ev);
    } else if (ev->kind == SGS_K_TLS_CLIENT_HELLO) {
        hello(s, ev);
    } else if (ev->kind == SGS_K_TLS_SESSION && !is_inner(ev)) {
        session(s, ev);
    }
    struct sgs_keys_conn *c = sgs_map_get(s->by_number, sgs_slice(&ev->conn, sizeof ev->conn));
    if (c) {
        extend(&c->first, &c->last, c->first, ev->origin.time_last);
    }
}

static int by_number(const void *a, const void *b)
{
    const struct sgs_keys_conn *x = *(struct sgs_keys_conn *const *)a;
    const struct sgs_keys_conn *y = *(struct sgs_keys_conn *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static void finish(struct sgs_keys_survey *s)
{
    if (s->n_conns > 1) {
        qsort((void *)s->conns, s->n_conns, sizeof(struct sgs_keys_conn *), by_number);
    }
    for (size_t i = 0; i < s->n_conns; i++) {
        const struct sgs_keys_conn *c = s->conns[i];

        for (size_t j = 0; j < c->n_needs; j++) {
            extend(&c->needs[j]->first, &c->needs[j]->last, c->first, c->last);
        }
    }
}

/* reading */

static uint64_t count_octets(void *ctx)
{
    const struct sgs_keys_survey *s = ctx;
    uint64_t octets = 0;

    for (size_t i = 0; i < sgs_merge_inputs(s->in.merge); i++) {
        octets += sgs_merge_info(s->in.merge, i)->octets;
    }
    return octets;
}

static uint64_t count_frames(void *ctx)
{
    const struct sgs_keys_survey *s = ctx;
    uint64_t frames = 0;

    for (size_t i = 0; i < sgs_merge_inputs(s->in.merge); i++) {
        frames += sgs_merge_info(s->in.merge, i)->frames;
    }
    return frames;
}

/* Captures and key logs are read a second time. */
static bool is_file(const char *path)
{
    struct stat st;
    bool is_stdin = strcmp(path, "-") == 0;

    if (!is_stdin && (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        return true; /* or no good in a way that is said when it is opened */
    }
    sgs_say(is_stdin ? "standard input" : path,
            "is no file that can be read twice; write it to a file first");
    return false;
}

static bool are_files(const struct sgs_keys_options *o)
{
    bool is_good = true;

    for (size_t i = 0; i < o->n_files; i++) {
        is_good &= is_file(o->files[i]);
    }
    for (size_t i = 0; i < o->n_keys; i++) {
        bool is_env = strcmp(o->keys[i], "env:") == 0;
        const char *path = is_env ? getenv("SSLKEYLOGFILE") : o->keys[i];

        is_good &= !path || is_file(path);
    }
    return is_good;
}

static void read_frames(struct sgs_keys_survey *s, const struct sgs_options *options)
{
    const struct sgs_engine_options engine_options = {.keys = s->in.keys};
    const struct sgs_progress_source source = {count_octets, count_frames, NULL, s};
    struct sgs_engine *engine = sgs_engine_new(&engine_options);
    struct sgs_progress *progress = sgs_progress_new(options, &source);
    enum sgs_next next = SGS_NEXT_NOTHING;
    struct sgs_frame frame;

    if (!engine) {
        sgs_die("out of memory");
    }
    sgs_engine_on_event(engine, on_event, s);
    while (next != SGS_NEXT_END) {
        next = sgs_merge_next(s->in.merge, WAIT_MS, &frame);
        if (next == SGS_NEXT_FRAME) {
            sgs_tls_keys_tick(s->in.keys);
            sgs_engine_feed(engine, &frame);
        }
        sgs_progress_tick(progress);
    }
    sgs_engine_finish(engine);
    sgs_progress_wipe(progress);
    sgs_progress_free(progress);
    sgs_engine_free(engine);
}

int sgs_keys_survey_run(struct sgs_keys_survey *s, const struct sgs_keys_options *options)
{
    const struct sgs_options inputs = {.files = options->files,
                                       .n_files = options->n_files,
                                       .keys = options->keys,
                                       .n_keys = options->n_keys,
                                       .passfiles = options->passfiles,
                                       .n_passfiles = options->n_passfiles};
    int status = SGS_EXIT_INPUT;

    memset(s, 0, sizeof *s);
    s->by_number = sgs_map_new();
    s->needs = sgs_map_new();
    if (are_files(options)) {
        status = sgs_inputs_open(&s->in, &inputs);
    }
    if (status != SGS_EXIT_DONE) {
        return status;
    }
    read_frames(s, &inputs);
    finish(s);
    for (size_t i = 0; i < sgs_merge_inputs(s->in.merge); i++) {
        if (sgs_merge_info(s->in.merge, i)->damage_total > 0) {
            status = SGS_EXIT_DAMAGED;
        }
    }
    return status;
}

void sgs_keys_survey_clear(struct sgs_keys_survey *s)
{
    size_t cursor = 0;
    void *need = NULL;

    for (size_t i = 0; i < s->n_conns; i++) {
        free(s->conns[i]->sni);
        free((void *)s->conns[i]->needs);
        free(s->conns[i]);
    }
    free((void *)s->conns);
    while (s->needs && sgs_map_next(s->needs, &cursor, NULL, &need)) {
        free(need);
    }
    sgs_map_free(s->needs);
    sgs_map_free(s->by_number);
    sgs_inputs_clear(&s->in);
    memset(s, 0, sizeof *s);
}

bool sgs_keys_survey_needs(const struct sgs_keys_survey *s, const struct sgs_key_line *line,
                           const struct sgs_keys_need **out_need)
{
    *out_need = NULL;
    if (line->kind != SGS_KEY_LINE_ENTRY || line->id.len == 0) {
        return false;
    }
    if (line->label == SGS_TLS_RSA || line->label == SGS_TLS_RSA_SESSION_ID) {
        return sgs_tls_keys_is_used(s->in.keys, line->label, line->id);
    }
    *out_need = sgs_map_get(s->needs, line->id);
    return *out_need != NULL;
}
