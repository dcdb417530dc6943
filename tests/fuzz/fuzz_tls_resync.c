/*
 * TLS connections of tests/dissectors/tls with records lost, cut, damaged, repeated, and junk
 * between them.  The first octet chooses the sample; then two octets tell what becomes of the next
 * record:
 *
 *   +------------------+----------+
 *   | what, 3 bits     | argument |   junk: as many octets of the input follow
 *   +------------------+----------+
 *
 * What is shown of HTTP must have been said, and the search must keep its budget.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "feed.h"

#define MIN_TRIAL 512 /* octets of budget that a trial takes at least */

enum harm { KEEP, LOSE, LOSE_UNKNOWN, CUT, FLIP, JUNK, TWICE, KEEP_TOO };

static struct sgs_slice junk_of(struct sgs_reader *script, uint8_t arg)
{
    size_t left = rd_left(script);

    return rd_take(script, arg < left ? arg : left);
}

static void flip(struct feed *f, enum sgs_dir dir, struct sgs_slice record, uint8_t arg)
{
    uint8_t copy[SGS_MAX_TLS_RECORD] = {0};

    FUZZ_CHECK(record.ptr && record.len <= sizeof copy);
    memcpy(copy, record.ptr, record.len);
    copy[arg * record.len / 256] ^= (uint8_t)(1 << arg % 8);
    feed_push(f, dir, sgs_slice(copy, record.len));
}

static void play(struct feed *f, enum sgs_dir dir, struct sgs_slice record,
                 struct sgs_reader *script)
{
    uint8_t what = rd_more(script) ? rd_u8(script) : 0, arg = rd_more(script) ? rd_u8(script) : 0;
    size_t n = arg * record.len / 256;

    feed_next(f);
    switch ((enum harm)(what & 7)) {
    case LOSE:
        feed_gap(f, dir, record.len + arg);
        return;
    case LOSE_UNKNOWN:
        feed_gap(f, dir, 0);
        return;
    case CUT:
        feed_push(f, dir, sgs_slice_head(record, n));
        feed_gap(f, dir, record.len - n);
        return;
    case FLIP:
        flip(f, dir, record, arg);
        return;
    case JUNK:
        feed_push(f, dir, junk_of(script, arg));
        break;
    case TWICE:
        feed_push(f, dir, record);
        break;
    case KEEP:
    case KEEP_TOO:
        break;
    }
    feed_push(f, dir, record);
}

/* Octets that went in. */
static size_t play_all(struct feed *f, const struct feed_sample *s, struct sgs_reader *script)
{
    size_t octets = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct sgs_reader r = rd_open(s->records[i].octets);
        while (rd_more(&r)) {
            size_t off = r.off;
            rd_skip(&r, 3);
            rd_skip(&r, rd_be16(&r));
            struct sgs_slice record = rd_at(s->records[i].octets, off, r.off - off);
            play(f, s->records[i].dir, record, script);
            octets += 2 * record.len + 256;
        }
    }
    return octets;
}

/* The value behind name in each line of HTTP is one of whole. */
static void check_said(const char *lines, const char *whole, const char *name)
{
    for (const char *at = strstr(lines, "http."); at; at = strstr(at + 1, "http.")) {
        char value[256] = "";
        size_t line = strcspn(at, "\n");
        const char *from = strstr(at, name);
        if (!from || from >= at + line) {
            continue;
        }
        size_t n = strcspn(from + 1, " \n") + 1;
        if (n < sizeof value) {
            memcpy(value, from, n);
            FUZZ_CHECK(strstr(whole, value) || strstr(value, "unknown"));
        }
    }
}

static void check_work(const char *lines, size_t octets)
{
    const char *trials = strstr(lines, " trials=");

    FUZZ_CHECK(!trials || strtoull(trials + strlen(" trials="), NULL, 10) <=
                              (SGS_MAX_TLS_TRIAL + 8 * (uint64_t)octets) / MIN_TRIAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char **names;
    static size_t n_names;
    static const char folder[] = SGS_SAMPLES "/tls";
    char path[512];
    struct feed_sample s;
    struct feed f;

    if (!names) {
        n_names = feed_list(folder, ".bin", &names);
    }
    if (size < 1 || n_names == 0) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[data[0] % n_names]);
    FUZZ_CHECK(feed_load(path, &s));
    char *whole = feed_run("tls", &s, 0, NULL);
    struct sgs_reader script = rd_open(sgs_slice(data + 1, size - 1));
    feed_open(&f, "tls", &s);
    size_t octets = play_all(&f, &s, &script);
    feed_end(&f);
    FUZZ_CHECK(sgs_buf_add_octet(&f.lines, 0));
    const char *lines = (const char *)f.lines.ptr;
    check_said(lines, whole, " target=");
    check_said(lines, whole, " method=");
    check_said(lines, whole, " status=");
    check_work(lines, octets);
    feed_close(&f);
    feed_unload(&s);
    free(whole);
    return 0;
}
