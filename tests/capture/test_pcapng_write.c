/* Captures written again: what stays octet for octet, where secrets go, what damage leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <signscope/reader.h>

#include "capture/pcapng_write.h"
#include "octets.h"

#define TLS_KEY_LOG 0x544c534b
#define OTHER_SECRETS 0x57474b4c
#define T0 UINT64_C(1700000000)

static struct seen seen;
static struct octets out;

static bool take(void *ctx, struct sgs_slice octets)
{
    put(ctx, octets.ptr, octets.len);
    return true;
}

/* Rewrites in into out, in pulls of step octets; what came of it. */
static struct sgs_rewritten rewrite(const struct octets *in, size_t step, const char *secrets,
                                    bool is_stripped)
{
    struct memory m = {.ptr = in->ptr, .len = in->len, .step = step};
    const struct sgs_rewrite how = {sgs_slice_str(secrets), is_stripped, take, &out};
    struct sgs_rewritten done = {0};
    struct sgs_rewriter *w = NULL;
    char why[SGS_WHY_LEN];

    out.len = 0;
    assert_int_equal(sgs_rewriter_open_pull(pull_from(&m), "memory", why, &w), SGS_OK);
    assert_true(sgs_rewriter_run(w, &how, &done));
    sgs_rewriter_close(w);
    return done;
}

static void assert_out(const struct octets *expected)
{
    assert_int_equal(out.len, expected->len);
    assert_memory_equal(out.ptr, expected->ptr, expected->len);
}

/* A name resolution block, which nobody looks into. */
static void put_names(struct octets *o)
{
    size_t at = block_begin(o, 4);

    put32(o, 0x00010008);
    put64(o, 0x0102030465786100);
    block_end(o, at);
}

/* All kinds of blocks around the frames; secrets (NULL: none) where they belong. */
static void put_file(struct octets *o, const char *ours, const char *theirs)
{
    put_section(o);
    put_interface(o, 1, 65535, 9);
    put_interface(o, 113, 0, 6);
    if (ours) {
        put_secrets(o, TLS_KEY_LOG, ours);
    }
    put_names(o);
    put_enhanced(o, 0, T0 * 1000000000 + 7, 61, 1);
    if (theirs) {
        put_secrets(o, TLS_KEY_LOG, theirs);
        put_secrets(o, OTHER_SECRETS, "x");
    }
    size_t at = block_begin(o, 0x777); /* of no type we know */
    put32(o, 42);
    block_end(o, at);
    put_interface(o, 101, 0, 6);
    put_enhanced(o, 2, T0 * 1000000, 60, 2);
}

static void test_pcapng(void **state)
{
    static const struct {
        const char *ours;
        const char *theirs;
        bool is_stripped;
    } rows[] = {
        {NULL,            NULL,         false},
        {"CLIENT_RANDOM", NULL,         false},
        {"A\nB\n",        "old lines",  false},
        {NULL,            "old\nlines", true },
        {"new",           "old",        true },
    };

    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        bool is_big = i % 2 == 1;
        struct octets in = octets_new(is_big), expected = octets_new(is_big);

        put_file(&in, NULL, rows[i / 2].theirs);
        put_file(&expected, rows[i / 2].ours, rows[i / 2].is_stripped ? NULL : rows[i / 2].theirs);
        for (size_t step = 0; step < 100; step += 33) {
            struct sgs_rewritten done =
                rewrite(&in, step, rows[i / 2].ours, rows[i / 2].is_stripped);
            assert_out(&expected);
            assert_null(done.damage);
            assert_int_equal(done.left_out, rows[i / 2].is_stripped ? 2 : 0);
        }
        octets_free(&in);
        octets_free(&expected);
    }
}

/* Sections of both byte orders; ours go into the first, even if it has no frame. */
static void test_sections(void **state)
{
    struct octets in = octets_new(false), expected = octets_new(false);

    for (int i = 0; i < 2; i++) {
        struct octets *o = i == 0 ? &in : &expected;

        put_section(o);
        put_interface(o, 1, 0, 6);
        if (o == &expected) {
            put_secrets(o, TLS_KEY_LOG, "ours");
        }
        o->is_big = true;
        put_file(o, NULL, "theirs");
    }
    (void)rewrite(&in, 0, "ours", false);
    assert_out(&expected);
    octets_free(&in);
    octets_free(&expected);
}

/* The length of a section is no longer true: it becomes "not told". */
static void test_section_length(void **state)
{
    struct octets in = octets_new(false), expected = octets_new(false);

    put_file(&in, NULL, NULL);
    put_file(&expected, "ours", NULL);
    uint64_t told = in.len - 28;
    memcpy(in.ptr + 16, &told, sizeof told);
    (void)rewrite(&in, 0, "ours", false);
    assert_out(&expected);
    octets_free(&in);
    octets_free(&expected);
}

static void test_repeats(void **state)
{
    struct octets in = octets_new(false), expected = octets_new(false);

    put_section(&in);
    put_secrets(&in, TLS_KEY_LOG, "a");
    put_secrets(&in, TLS_KEY_LOG, "b");
    put_section(&expected);
    put(&expected, in.ptr + 28, in.len - 28);
    put_secrets(&in, TLS_KEY_LOG, "a");
    put_secrets(&in, OTHER_SECRETS, "a");
    put_secrets(&expected, OTHER_SECRETS, "a");
    assert_int_equal(rewrite(&in, 0, NULL, false).left_out, 1);
    assert_out(&expected);
    octets_free(&in);
    octets_free(&expected);
}

/* Damage between two blocks, a cut end, lengths that differ: the rest is whole. */
static void test_damage(void **state)
{
    for (int kind = 0; kind < 3; kind++) {
        struct octets in = octets_new(false), expected = octets_new(false);

        put_section(&in);
        put_interface(&in, 1, 0, 6);
        put_enhanced(&in, 0, T0, 60, 1);
        put(&expected, in.ptr, in.len);
        uint64_t at = in.len;
        if (kind == 0) {
            put_secrets(&in, TLS_KEY_LOG, "lost");
            in.ptr[at + 7] = 0x7f; /* its length */
        }
        put_enhanced(&in, 0, T0 + 1, 60, 2);
        put_enhanced(&expected, 0, T0 + 1, 60, 2);
        if (kind == 1) {
            patch32(&in, in.len - 4, 17);
        }
        put_enhanced(&in, 0, T0 + 2, 60, 3);
        if (kind == 2) {
            at = in.len - 92;
            in.len -= 5;
        } else {
            put_enhanced(&expected, 0, T0 + 2, 60, 3);
        }
        struct sgs_rewritten done = rewrite(&in, 0, NULL, kind == 0);
        assert_out(&expected);
        assert_int_equal(done.damage_total, 1);
        assert_int_equal(done.damage_at, at);
        octets_free(&in);
        octets_free(&expected);
    }
}

/* Every cut of a file gives whole blocks and never a secret that was to go. */
static void test_cuts(void **state)
{
    struct octets in = octets_new(false);

    put_file(&in, "secret of ours", "secret of theirs");
    for (size_t len = in.len; len >= 28; len--) {
        in.len = len;
        (void)rewrite(&in, 0, NULL, true);
        assert_true(see_octets(&out, &seen));
        assert_int_equal(seen.info.damage_total, 0);
        struct sgs_slice all = {out.ptr, out.len};
        assert_int_equal(sgs_slice_find(all, SGS_LIT("secret")), out.len);
    }
    octets_free(&in);
}

/* Whatever octet is wrong: the reader sees the same frames before and after, and the copy is made
 * of whole blocks. */
static void test_flips(void **state)
{
    static const uint8_t masks[] = {0x01, 0x10, 0x80, 0xff};
    static struct seen before;
    struct octets in = octets_new(false);

    put_file(&in, NULL, "theirs");
    in.is_big = true;
    put_file(&in, NULL, NULL);
    for (size_t i = 28; i < in.len; i++) {
        for (size_t j = 0; j < sizeof masks; j++) {
            in.ptr[i] ^= masks[j];
            (void)rewrite(&in, 0, NULL, false);
            assert_true(see_octets(&in, &before));
            assert_true(see_octets(&out, &seen));
            assert_int_equal(seen.n, before.n);
            assert_memory_equal(seen.time, before.time, sizeof seen.time);
            assert_memory_equal(seen.len, before.len, sizeof seen.len);
            assert_memory_equal(seen.first, before.first, sizeof seen.first);
            in.ptr[i] ^= masks[j];
        }
    }
    octets_free(&in);
}

/* pcap of both byte orders and clocks: the same frames, link type, snap length and times. */
static void test_pcap(void **state)
{
    static const struct {
        uint32_t magic;
        uint32_t fraction;
        sgs_time ns;
        bool is_big;
    } rows[] = {
        {0xa1b2c3d4, 999999,    999999000, false},
        {0xa1b2c3d4, 7,         7000,      true },
        {0xa1b23c4d, 999999999, 999999999, false},
        {0xa1b23c4d, 7,         7,         true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct octets in = octets_new(rows[i].is_big), expected = octets_new(false);
        bool is_ns = rows[i].magic == 0xa1b23c4d;

        put_pcap(&in, rows[i].magic, 2000, 113);
        put_record(&in, (uint32_t)T0, rows[i].fraction, 61, 5);
        put_section(&expected);
        put_interface(&expected, 113, 2000, is_ns ? 9 : 6);
        put_secrets(&expected, TLS_KEY_LOG, "lines\n");
        put_enhanced(&expected, 0,
                     (T0 * SGS_SEC + (uint64_t)rows[i].ns) / (is_ns ? 1 : (uint64_t)SGS_US), 61, 5);
        struct sgs_rewritten done = rewrite(&in, 7, "lines\n", false);
        assert_null(done.damage);
        assert_out(&expected);
        put(&in, "cut", 3);
        assert_int_equal(rewrite(&in, 0, "lines\n", false).damage_total, 1);
        assert_out(&expected);
        octets_free(&in);
        octets_free(&expected);
    }
}

/* What the heads of secrets blocks say. */
struct heads {
    uint32_t text_len[3];
    size_t n;
    size_t total; /* octets written */
};

static bool take_head(void *ctx, struct sgs_slice octets)
{
    struct heads *h = ctx;
    struct sgs_reader r = rd_open(octets);

    if (octets.len == 16 && rd_le32(&r) == 10 && h->n < 3) {
        rd_skip(&r, 8);
        h->text_len[h->n++] = rd_le32(&r);
    }
    h->total += octets.len;
    return true;
}

/* Text beyond what one block may hold goes on in another, at a line end. */
static void test_many_lines(void **state)
{
    enum { LINE = 1000, LINES = 10000, BLOCK = 28, HEAD_AND_END = 20 };
    struct octets in = octets_new(false);
    struct memory m = {.ptr = in.ptr};
    struct heads heads = {.n = 0};
    struct sgs_rewritten done = {0};
    struct sgs_rewriter *w = NULL;
    char *text = calloc(LINES, LINE);
    char why[SGS_WHY_LEN];

    assert_non_null(text);
    for (size_t i = 0; i < (size_t)LINES * LINE; i++) {
        text[i] = i % LINE == LINE - 1 ? '\n' : 'x';
    }
    put_section(&in);
    m.len = in.len;
    const struct sgs_rewrite how = {sgs_slice(text, (size_t)LINES * LINE), false, take_head,
                                    &heads};
    assert_int_equal(sgs_rewriter_open_pull(pull_from(&m), "memory", why, &w), SGS_OK);
    assert_true(sgs_rewriter_run(w, &how, &done));
    assert_int_equal(heads.n, 2);
    assert_int_equal(heads.text_len[0], 8388000); /* whole lines in 8 MiB */
    assert_int_equal(heads.text_len[0] + heads.text_len[1], LINES * LINE);
    assert_int_equal(heads.total, BLOCK + 2 * HEAD_AND_END + LINES * LINE);
    sgs_rewriter_close(w);
    octets_free(&in);
    free(text);
}

static bool refuse(void *ctx, struct sgs_slice octets)
{
    size_t *left = ctx;

    if (*left < octets.len) {
        return false;
    }
    *left -= octets.len;
    return true;
}

/* An output that fails at any place ends the work. */
static void test_no_room(void **state)
{
    struct octets in = octets_new(false);

    put_file(&in, NULL, "theirs");
    (void)rewrite(&in, 0, "ours", false);
    for (size_t room = 0; room < out.len; room += 40) {
        struct memory m = {.ptr = in.ptr, .len = in.len};
        size_t left = room;
        const struct sgs_rewrite how = {SGS_LIT("ours"), false, refuse, &left};
        struct sgs_rewritten done = {0};
        struct sgs_rewriter *w = NULL;
        char why[SGS_WHY_LEN];

        assert_int_equal(sgs_rewriter_open_pull(pull_from(&m), "memory", why, &w), SGS_OK);
        assert_false(sgs_rewriter_run(w, &how, &done));
        sgs_rewriter_close(w);
    }
    octets_free(&in);
}

static void test_refused(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        const char *why;
    } rows[] = {
        {"",                                                                         0,  "is empty"     },
        {"hello, I am no capture at all, none",                                      35, "text"         },
        {"\x0a\x0d\x0d\x0a\x1c\0\0\0",                                               8,  "header is cut"},
        {"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 28,
         "version is not known"                                                                         },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct memory m = {.ptr = (const uint8_t *)rows[i].octets, .len = rows[i].len};
        struct sgs_rewriter *w = NULL;
        char why[SGS_WHY_LEN] = "";

        assert_int_not_equal(sgs_rewriter_open_pull(pull_from(&m), "memory", why, &w), SGS_OK);
        assert_non_null(strstr(why, rows[i].why));
    }
}

static int set_up(void **state)
{
    out = octets_new(false);
    return 0;
}

static int tear_down(void **state)
{
    octets_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcapng),         cmocka_unit_test(test_sections),
        cmocka_unit_test(test_section_length), cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_flips),          cmocka_unit_test(test_pcap),
        cmocka_unit_test(test_many_lines),     cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("pcapng_write", tests, set_up, tear_down) != 0;
}
