/*
 * What every dissector must stand, whatever it dissects.  For each row of list.def and each of its
 * samples:
 *
 *   split   the octets in any pieces give the same events
 *   prefix  a conversation that ends at any octet does no harm, and what was seen before its end
 *           are the first events of the whole
 *   gap     a run of octets that is missing at any place does no harm and is one net.gap
 *   swap    client and server exchanged does no harm
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/dissector.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "feed.h"

#define SMALL 1024 /* octets of a sample that is cut at each of them; longer ones: at PLACES */
#define PLACES 256
#define RANDOM_CUTS 6
#define GAPS 32

struct row {
    const char *dissector;
    char *path;
    char *name; /* of the test */
};

static void load(const struct row *row, struct feed_sample *s)
{
    if (!feed_load(row->path, s)) {
        fail_msg("%s is no sample", row->path);
    }
    assert_true(s->n > 0);
}

/* Octets of the line at text that a message shows. */
static int line_len(const char *text)
{
    size_t len = strcspn(text, "\n");
    return len < 300 ? (int)len : 300;
}

/* Fails with the first line that differs. */
static void same_lines(const char *want, const char *have, const char *how)
{
    const char *line = want;
    size_t i = 0;
    while (want[i] && want[i] == have[i]) {
        if (want[i++] == '\n') {
            line = want + i;
        }
    }
    if (want[i] || have[i]) {
        const char *other = have + (line - want);
        fail_msg("%s: expected \"%.*s\", got \"%.*s\"", how, line_len(line), line, line_len(other),
                 other);
    }
}

static void split(void **state)
{
    const struct row *row = *state;
    struct feed_sample s;
    load(row, &s);
    char *whole = feed_run(row->dissector, &s, 0, NULL);
    assert_true(*whole != 0); /* a sample shows something */
    for (unsigned cuts = 1; cuts < 2 + RANDOM_CUTS; cuts++) {
        char how[32];
        (void)snprintf(how, sizeof how, cuts == 1 ? "octet by octet" : "cuts %u", cuts);
        char *pieces = feed_run(row->dissector, &s, cuts, NULL);
        same_lines(whole, pieces, how);
        free(pieces);
    }
    free(whole);
    feed_unload(&s);
}

/* Feeds the octets in [from, to) of the whole sample, in order; records keep their places. */
static void push_range(struct feed *f, const struct feed_sample *s, size_t from, size_t to,
                       bool swapped)
{
    size_t off = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct feed_record *r = &s->records[i];
        size_t a = from > off ? from - off : 0;
        size_t b = to > off ? to - off : 0;
        b = b < r->octets.len ? b : r->octets.len;
        off += r->octets.len;
        if (a >= b) {
            continue;
        }
        feed_next(f);
        feed_push(f, swapped ? !r->dir : r->dir, rd_at(r->octets, a, b - a));
    }
}

static void cut_at(const struct row *row, const struct feed_sample *s, size_t place,
                   const char *whole)
{
    struct feed f;
    feed_open(&f, row->dissector, s);
    push_range(&f, s, 0, place, false);
    struct sgs_slice seen = sgs_buf_slice(&f.lines);
    if (seen.len > strlen(whole) || (seen.len && memcmp(seen.ptr, whole, seen.len) != 0)) {
        fail_msg("cut at %zu: what was seen before the end is no beginning of the whole: \"%.*s\"",
                 place, (int)seen.len, (const char *)seen.ptr);
    }
    feed_close(&f);
}

static void prefix(void **state)
{
    const struct row *row = *state;
    struct feed_sample s;
    load(row, &s);
    char *whole = feed_run(row->dissector, &s, 0, NULL);
    if (s.is_udp) { /* datagrams come whole or not at all: cut behind each */
        size_t place = 0;
        for (size_t i = 0; i < s.n; i++) {
            place += s.records[i].octets.len;
            cut_at(row, &s, place, whole);
        }
    } else {
        size_t places = s.octets <= SMALL ? s.octets : PLACES;
        for (size_t i = 0; i < places; i++) {
            cut_at(row, &s, s.octets * i / places, whole);
        }
    }
    free(whole);
    feed_unload(&s);
}

/* The direction of the octet at place. */
static enum sgs_dir dir_at(const struct feed_sample *s, size_t place)
{
    for (size_t i = 0; i < s->n; i++) {
        if (place < s->records[i].octets.len) {
            return s->records[i].dir;
        }
        place -= s->records[i].octets.len;
    }
    return SGS_C2S;
}

/* The first octet behind place that another record holds, or that is n octets behind. */
static size_t run_end(const struct feed_sample *s, size_t place, size_t n)
{
    size_t end = 0;
    for (size_t i = 0; i < s->n && end <= place; i++) {
        end += s->records[i].octets.len;
    }
    return place + n < end ? place + n : end;
}

static void gap(void **state)
{
    static const size_t runs[] = {1, 7, 300, 5000};
    const struct row *row = *state;
    struct feed_sample s;
    load(row, &s);
    for (size_t i = 0; i < GAPS; i++) {
        struct feed f;
        size_t place = s.octets * i / GAPS;
        size_t end = run_end(&s, place, runs[i % (sizeof runs / sizeof *runs)]);
        feed_open(&f, row->dissector, &s);
        push_range(&f, &s, 0, place, false);
        feed_next(&f);
        feed_gap(&f, dir_at(&s, place), i % 5 == 4 ? 0 : end - place);
        push_range(&f, &s, end, s.octets, false);
        feed_end(&f);
        assert_int_equal(f.n_gaps, 1);
        feed_close(&f);
    }
    feed_unload(&s);
}

static void swap(void **state)
{
    const struct row *row = *state;
    struct feed_sample s;
    struct feed f;
    load(row, &s);
    feed_open(&f, row->dissector, &s);
    push_range(&f, &s, 0, s.octets, true);
    feed_close(&f);
    feed_unload(&s);
}

/* A dissector without samples is not tested at all. */
static void has_samples(void **state)
{
    const struct row *row = *state;
    assert_non_null(row->path);
}

static char *join(const char *a, const char *b, const char *c, const char *d)
{
    size_t len = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
    char *text = sgs_xmalloc(len);
    (void)snprintf(text, len, "%s%s%s%s", a, b, c, d);
    return text;
}

static struct row *rows;
static struct CMUnitTest *tests;
static size_t n_rows;

/* One more test on a file of a dissector; file NULL: on the dissector. */
static void add(const char *what, CMUnitTestFunction fn, const char *dissector, const char *folder,
                const char *file)
{
    struct row *row = &rows[n_rows];
    row->dissector = dissector;
    row->path = file ? join(folder, "/", file, "") : NULL;
    row->name = join(what, " ", dissector, file ? "/" : "");
    if (file) {
        char *longer = join(row->name, file, "", "");
        free(row->name);
        row->name = longer;
    }
    tests[n_rows++] = (struct CMUnitTest){.name = row->name, .test_func = fn, .initial_state = row};
}

static void add_dissector(const char *dissector)
{
    static const struct {
        const char *what;
        CMUnitTestFunction fn;
    } kinds[] = {
        {"split",  split },
        {"prefix", prefix},
        {"gap",    gap   },
        {"swap",   swap  }
    };
    char *folder = join(SGS_SAMPLES, "/", dissector, "");
    char **names = NULL;
    size_t n = feed_list(folder, ".bin", &names);
    size_t room = n_rows + 1 + n * sizeof kinds / sizeof *kinds;
    rows = sgs_xrealloc(rows, room, sizeof *rows);
    tests = sgs_xrealloc(tests, room, sizeof *tests);
    add("samples of", has_samples, dissector, folder, n > 0 ? names[0] : NULL);
    for (size_t i = 0; i < n; i++) {
        bool is_udp = strncmp(names[i], "udp-", 4) == 0;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (is_udp && kinds[k].fn == gap) {
                continue; /* a datagram that is lost leaves no hole */
            }
            add(kinds[k].what, kinds[k].fn, dissector, folder, names[i]);
        }
    }
    feed_unlist(names, n);
    free(folder);
}

int main(void)
{
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        add_dissector(sgs_dissectors[i]->name);
    }
    for (size_t i = 0; i < n_rows; i++) { /* rows may have moved while they grew */
        tests[i].initial_state = &rows[i];
    }
    int failed = _cmocka_run_group_tests("samples", tests, n_rows, NULL, NULL);
    for (size_t i = 0; i < n_rows; i++) {
        free(rows[i].path);
        free(rows[i].name);
    }
    free(rows);
    free(tests);
    return failed != 0;
}
