/*
 * The second reading of key logs and secrets blocks.  Only lines that a capture needs stay in
 * memory, in room that is wiped when it is left.
 */
#include "cli/keys_logs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/digest.h>
#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "capture/source.h"
#include "cli/message.h"

#define CHUNK ((size_t)64 * 1024) /* octets read at a time */

/* Who sees the lines. */
struct reader {
    void (*block)(void *ctx); /* a secrets block begins; NULL: nobody cares */
    void (*line)(void *ctx, const struct sgs_key_line *line);
    void *ctx;
};

/* What file i of -k is. */
static const struct sgs_keyfile_info *info_of(const struct sgs_keys_survey *s, size_t i)
{
    return sgs_keyfiles_info(s->in.keyfiles, i);
}

static const char *path_of(const char *name)
{
    return strcmp(name, "env:") == 0 ? getenv("SSLKEYLOGFILE") : name;
}

/* Gives the lines of a key log; errno when it cannot be read, else 0. */
static int read_log(const char *path, const struct reader *r)
{
    uint8_t chunk[CHUNK];
    struct sgs_buf rest; /* an unfinished line, and a chunk at most */
    uint64_t total = 0;
    size_t n = 0;
    size_t used = 0;

    errno = 0;
    FILE *f = path ? fopen(path, "rb") : NULL;
    if (!f) {
        return errno ? errno : ENOENT;
    }
    (void)setvbuf(f, NULL, _IONBF, 0);
    sgs_buf_init(&rest, 4 * CHUNK);
    while (total < SGS_MAX_KEY_FILE && (n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        total += n;
        (void)sgs_buf_add(&rest, sgs_slice(chunk, n));
        sgs_key_lines(sgs_buf_slice(&rest), false, &used, r->line, r->ctx);
        sgs_buf_drop(&rest, used);
    }
    int error = ferror(f) ? EIO : 0;
    sgs_key_lines(sgs_buf_slice(&rest), true, NULL, r->line, r->ctx);
    if (rest.size > 0) {
        sgs_tls_wipe(rest.ptr, rest.size);
    }
    sgs_tls_wipe(chunk, sizeof chunk);
    sgs_buf_clear(&rest);
    (void)fclose(f);
    return error;
}

static void on_secrets(void *ctx, struct sgs_slice text)
{
    const struct reader *r = ctx;

    if (r->block) {
        r->block(r->ctx);
    }
    sgs_key_lines(text, true, NULL, r->line, r->ctx);
}

/* Gives the lines of all secrets blocks of a capture. */
static bool read_blocks(const char *path, struct reader *r)
{
    const struct sgs_secrets secrets = {on_secrets, r};
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *source = NULL;

    if (sgs_source_open_file(path, &secrets, why, &source) != SGS_OK) {
        sgs_say(path, why);
        return false;
    }
    sgs_source_close(source);
    return true;
}

/* counts */

struct counting {
    struct sgs_keys_logs *logs;
    const struct sgs_keys_survey *survey;
    const char *name;        /* of the file at hand */
    uint64_t n_blocks;       /* of it */
    struct sgs_keys_log *at; /* what the lines belong to; NULL: it is not listed */
};

static void begin(struct counting *c, uint64_t block)
{
    struct sgs_keys_logs *logs = c->logs;

    c->at = NULL;
    if (logs->n >= SGS_MAX_REPORT_TLS) {
        logs->n_unlisted++;
        return;
    }
    if ((logs->n & (logs->n - 1)) == 0) {
        logs->rows = sgs_xrealloc(logs->rows, logs->n ? 2 * logs->n : 1, sizeof *logs->rows);
    }
    c->at = &logs->rows[logs->n++];
    *c->at = (struct sgs_keys_log){
        .name = c->name, .block = block, .first = SGS_TIME_NONE, .last = SGS_TIME_NONE};
}

static void count_block(void *ctx)
{
    struct counting *c = ctx;

    begin(c, ++c->n_blocks);
}

static void count_line(void *ctx, const struct sgs_key_line *line)
{
    const struct counting *c = ctx;
    struct sgs_keys_log *log = c->at;
    const struct sgs_keys_need *need = NULL;

    if (!log) {
        return;
    }
    log->damaged += line->kind == SGS_KEY_LINE_DAMAGED;
    log->unknown += line->kind == SGS_KEY_LINE_UNKNOWN;
    if (line->kind != SGS_KEY_LINE_ENTRY) {
        return;
    }
    log->entries++;
    log->names[line->name]++;
    log->matched += sgs_keys_survey_needs(c->survey, line, &need);
    if (need && (log->first == SGS_TIME_NONE || need->first < log->first)) {
        log->first = need->first;
    }
    if (need && (log->last == SGS_TIME_NONE || need->last > log->last)) {
        log->last = need->last;
    }
}

int sgs_keys_logs_read(struct sgs_keys_logs *logs, const struct sgs_keys_options *options,
                       const struct sgs_keys_survey *survey)
{
    struct counting c = {.logs = logs, .survey = survey};
    struct reader r = {count_block, count_line, &c};

    memset(logs, 0, sizeof *logs);
    for (size_t i = 0; i < options->n_keys; i++) {
        c.name = path_of(options->keys[i]);
        begin(&c, 0);
        const struct sgs_keyfile_info *info = info_of(survey, i);
        if (info->kind != SGS_KEY_FILE_LOG) {
            if (c.at) {
                c.at->kind = info->kind;
                c.at->first_key = info->first;
                c.at->n_keys = info->n;
            }
            continue;
        }
        int error = read_log(c.name, &r);
        if (error != 0) {
            sgs_say(c.name, strerror(error));
            return SGS_EXIT_INPUT;
        }
    }
    for (size_t i = 0; i < options->n_files; i++) {
        c.name = options->files[i];
        c.n_blocks = 0;
        if (!read_blocks(c.name, &r)) {
            return SGS_EXIT_INPUT;
        }
    }
    return SGS_EXIT_DONE;
}

void sgs_keys_logs_clear(struct sgs_keys_logs *logs)
{
    free(logs->rows);
    memset(logs, 0, sizeof *logs);
}

/* needed lines */

/* A line in the text. */
struct place {
    size_t off;
    size_t len;
    bool is_known; /* it stands in a secrets block: never written */
};

struct sgs_keys_lines {
    const struct sgs_keys_survey *survey;
    bool is_known;        /* lines that come now stand in a secrets block */
    struct sgs_map *seen; /* digest of a line -> struct place, ours */
    uint8_t *text;        /* ours; lines that came again have gone to its end */
    size_t len;           /* octets of text */
    size_t size;          /* octets allocated */
};

/* Room for n more octets; what is left behind is wiped. */
static void make_room(struct sgs_keys_lines *l, size_t n)
{
    if (l->size - l->len >= n) {
        return;
    }
    size_t size = 2 * l->size + n;
    uint8_t *text = sgs_xmalloc(size);
    if (l->len > 0) {
        memcpy(text, l->text, l->len);
        sgs_tls_wipe(l->text, l->len);
    }
    free(l->text);
    l->text = text;
    l->size = size;
}

/* Overwrites a line that came again by line ends, which mean nothing in a key log. */
static void drop(struct sgs_keys_lines *l, const struct place *p)
{
    memset(l->text + p->off, '\n', p->len);
}

static void take_line(void *ctx, const struct sgs_key_line *line)
{
    struct sgs_keys_lines *l = ctx;
    const struct sgs_keys_need *need = NULL;
    uint8_t digest[SGS_SHA256_LEN];
    struct sgs_slice key = {digest, sizeof digest};

    if (!sgs_keys_survey_needs(l->survey, line, &need)) {
        return;
    }
    sgs_sha256(line->text, digest);
    struct place *p = sgs_map_get(l->seen, key);
    if (p && p->is_known) {
        return;
    }
    if (p) {
        drop(l, p);
    } else {
        p = sgs_xcalloc(1, sizeof *p);
        (void)sgs_map_put(l->seen, key, p);
    }
    *p = (struct place){.off = l->len, .is_known = l->is_known};
    if (!l->is_known) {
        p->len = line->text.len + 1;
        make_room(l, p->len);
        memcpy(l->text + l->len, line->text.ptr, line->text.len);
        l->text[l->len + line->text.len] = '\n';
        l->len += p->len;
    }
}

/* Takes empty lines out. */
static void close_up(struct sgs_keys_lines *l)
{
    size_t to = 0;

    for (size_t i = 0; i < l->len; i++) {
        if (l->text[i] != '\n' || (to > 0 && l->text[to - 1] != '\n')) {
            l->text[to++] = l->text[i];
        }
    }
    if (l->len > to) {
        sgs_tls_wipe(l->text + to, l->len - to);
    }
    l->len = to;
}

int sgs_keys_lines_read(const struct sgs_keys_options *options,
                        const struct sgs_keys_survey *survey, bool without_blocks,
                        struct sgs_keys_lines **out)
{
    struct sgs_keys_lines *l = sgs_xcalloc(1, sizeof *l);
    struct reader r = {NULL, take_line, l};
    bool is_good = true;

    l->survey = survey;
    l->seen = sgs_map_new();
    l->is_known = true;
    for (size_t i = 0; without_blocks && is_good && i < options->n_files; i++) {
        is_good = read_blocks(options->files[i], &r);
    }
    l->is_known = false;
    for (size_t i = 0; is_good && i < options->n_keys; i++) {
        if (info_of(survey, i)->kind != SGS_KEY_FILE_LOG) {
            sgs_say(path_of(options->keys[i]),
                    "is not written: only lines of key logs are, never private or pre-shared keys");
            continue;
        }
        int error = read_log(path_of(options->keys[i]), &r);
        if (error != 0) {
            sgs_say(path_of(options->keys[i]), strerror(error));
            is_good = false;
        }
    }
    if (!is_good) {
        sgs_keys_lines_free(l);
        return SGS_EXIT_INPUT;
    }
    close_up(l);
    *out = l;
    return SGS_EXIT_DONE;
}

struct sgs_slice sgs_keys_lines_text(const struct sgs_keys_lines *lines)
{
    return sgs_slice(lines->text, lines->len);
}

void sgs_keys_lines_free(struct sgs_keys_lines *lines)
{
    size_t cursor = 0;
    void *place = NULL;

    if (!lines) {
        return;
    }
    while (sgs_map_next(lines->seen, &cursor, NULL, &place)) {
        free(place);
    }
    sgs_map_free(lines->seen);
    if (lines->size > 0) {
        sgs_tls_wipe(lines->text, lines->size);
    }
    free(lines->text);
    free(lines);
}
