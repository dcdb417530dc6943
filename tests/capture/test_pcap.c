/*
 * Classic capture files.  libpcap is the oracle for what it reads; what it loses (a cut end, an
 * absurd length in the middle, the rest of a record above the snap length) is held against what was
 * written.
 */
#define _DEFAULT_SOURCE /* fmemopen; pcap.h needs u_int */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "octets.h"

#define RECORD 16 /* octets of a record's header */
#define T0 1700000000u

static struct seen seen;

/* What libpcap says about the same octets; the number of frames. */
static size_t oracle(const struct octets *o, struct seen *out, bool *ends_well)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    uint8_t *copy = malloc(o->len); /* fmemopen wants to write */
    memcpy(copy, o->ptr, o->len);
    FILE *f = fmemopen(copy, o->len, "rb");
    pcap_t *p = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
    struct pcap_pkthdr *h;
    const u_char *octets;
    int rc;

    assert_non_null(p);
    memset(out, 0, sizeof *out);
    while ((rc = pcap_next_ex(p, &h, &octets)) == 1) {
        out->time[out->n] = sgs_time_from(h->ts.tv_sec, h->ts.tv_usec);
        out->link[out->n] = (uint32_t)pcap_datalink(p);
        out->wire_len[out->n] = h->len;
        out->len[out->n] = h->caplen;
        out->first[out->n] = h->caplen ? octets[0] : 0;
        out->n++;
    }
    *ends_well = rc == PCAP_ERROR_BREAK;
    pcap_close(p);
    free(copy);
    return out->n;
}

/* The first n frames are the same. */
static void assert_same(const struct seen *a, const struct seen *b, size_t n)
{
    assert_true(a->n >= n && b->n >= n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a->time[i], b->time[i]);
        assert_int_equal(a->link[i], b->link[i]);
        assert_int_equal(a->wire_len[i], b->wire_len[i]);
        assert_int_equal(a->len[i], b->len[i]);
        assert_int_equal(a->first[i], b->first[i]);
    }
}

/* n records of 40 to 52 octets, one a second; octet i + 1 fills record i. */
static struct octets plain(uint32_t n)
{
    struct octets o = octets_new(false);

    put_pcap(&o, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < n; i++) {
        put_record(&o, T0 + i, i * 1000, 40 + i * i % 13, (uint8_t)(i + 1));
    }
    return o;
}

/* Where record i of plain() begins. */
static size_t place(uint32_t i)
{
    size_t off = 24;

    for (uint32_t k = 0; k < i; k++) {
        off += RECORD + 40 + k * k % 13;
    }
    return off;
}

struct form {
    const char *name;
    uint32_t magic;
    bool is_big;
};

static const struct form forms[] = {
    {"microseconds, little endian",   0xa1b2c3d4, false},
    {"microseconds, big endian",      0xa1b2c3d4, true },
    {"nanoseconds, little endian",    0xa1b23c4d, false},
    {"nanoseconds, big endian",       0xa1b23c4d, true },
    {"longer headers, little endian", 0xa1b2cd34, false},
    {"longer headers, big endian",    0xa1b2cd34, true },
};

static void test_form(void **state)
{
    const struct form *form = *state;
    static struct seen theirs;
    struct octets o = octets_new(form->is_big);
    bool ends_well;

    put_pcap(&o, form->magic, 262144, 113);
    for (uint32_t i = 0; i < 50; i++) {
        uint32_t len = i * 31;
        put32(&o, T0 + i);
        put32(&o, i * 12345);
        put32(&o, len);
        put32(&o, len + i % 2);
        put_fill(&o, 0xee, form->magic == 0xa1b2cd34 ? 8 : 0);
        put_fill(&o, (uint8_t)i, len);
    }
    assert_int_equal(oracle(&o, &theirs, &ends_well), 50);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 50);
    assert_same(&seen, &theirs, 50);
    assert_int_equal(seen.info.frames, 50);
    assert_int_equal(seen.info.octets, o.len);
    assert_int_equal(seen.info.cut_frames, 25);
    assert_int_equal(seen.info.first, seen.time[0]);
    assert_int_equal(seen.info.last, seen.time[49]);
    assert_int_equal(seen.info.damage_total, 0);
    octets_free(&o);
}

/* However the octets come, the frames are the same. */
static void test_steps(void **state)
{
    static struct seen whole;
    struct octets o = plain(9);

    assert_true(see_octets(&o, &whole));
    for (size_t step = 1; step < 80; step += 13) {
        struct memory m = {.ptr = o.ptr, .len = o.len, .step = step};
        assert_true(see(&m, &seen));
        assert_int_equal(seen.n, 9);
        assert_same(&seen, &whole, 9);
    }
    octets_free(&o);
}

static void test_waits(void **state)
{
    struct octets o = plain(9);
    struct memory m = {.ptr = o.ptr, .len = o.len, .step = 0};
    struct sgs_source *s = open_memory(&m);
    struct sgs_frame f;
    size_t frames = 0;
    size_t waits = 0;

    assert_non_null(s);
    sgs_source_close(s);
    m = (struct memory){.ptr = o.ptr, .len = o.len, .step = 24};
    s = open_memory(&m);
    assert_non_null(s);
    m.is_lazy = true;
    for (;;) {
        enum sgs_next next = sgs_source_next(s, 0, &f);
        if (next == SGS_NEXT_END) {
            break;
        }
        waits += next == SGS_NEXT_NOTHING;
        frames += next == SGS_NEXT_FRAME;
    }
    assert_int_equal(frames, 9);
    assert_true(waits > 9);
    sgs_source_close(s);
    octets_free(&o);
}

static void test_cut_last(void **state)
{
    static struct seen theirs;
    struct octets o = plain(5);
    bool ends_well;

    o.len -= 7;
    assert_int_equal(oracle(&o, &theirs, &ends_well), 4);
    assert_false(ends_well);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 4);
    assert_same(&seen, &theirs, 4);
    assert_int_equal(seen.info.damage_total, 1);
    assert_int_equal(seen.damage[0].offset, place(4));
    assert_int_equal(seen.damage[0].frame, 4);
    assert_string_equal(seen.damage[0].what, "record cut short");
    assert_int_equal(seen.info.octets, o.len);
    octets_free(&o);
}

static void test_absurd_length(void **state)
{
    static struct seen theirs;
    struct octets o = plain(12);
    bool ends_well;

    patch32(&o, place(4) + 8, 0x7fffffff);
    assert_int_equal(oracle(&o, &theirs, &ends_well), 4);
    assert_false(ends_well);
    assert_true(see_octets(&o, &seen));
    assert_same(&seen, &theirs, 4);
    assert_int_equal(seen.n, 11); /* all but the one whose header was hit */
    assert_int_equal(seen.first[4], 6);
    assert_int_equal(seen.first[10], 12);
    assert_int_equal(seen.info.damage_total, 1);
    assert_int_equal(seen.damage[0].offset, place(4));
    assert_int_equal(seen.damage[0].frame, 4);
    octets_free(&o);
}

static void test_above_snap(void **state)
{
    static struct seen theirs;
    struct octets o = octets_new(false);
    bool ends_well;

    put_pcap(&o, 0xa1b2c3d4, 96, 1);
    put_record(&o, T0, 1, 1500, 0xaa);
    put_record(&o, T0, 2, 60, 0xbb);
    assert_int_equal(oracle(&o, &theirs, &ends_well), 2);
    assert_int_equal(theirs.len[0], 96);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.len[0], 1500);
    assert_int_equal(seen.wire_len[0], 1500);
    assert_int_equal(seen.first[1], 0xbb);
    assert_int_equal(seen.info.damage_total, 0);
    octets_free(&o);
}

static void test_fraction(void **state)
{
    struct octets o = octets_new(false);

    put_pcap(&o, 0xa1b2c3d4, 65535, 1);
    put_record(&o, T0, 2000000000, 60, 1); /* 2000 seconds in microseconds */
    put_record(&o, T0, 999999, 60, 2);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.time[0], (T0 + INT64_C(2000)) * SGS_SEC);
    assert_int_equal(seen.time[1], T0 * SGS_SEC + 999999000);
    assert_int_equal(seen.info.first, seen.time[1]);
    assert_int_equal(seen.info.last, seen.time[0]);
    octets_free(&o);
}

struct link_row {
    uint32_t in_file;
    uint32_t link;
};

static const struct link_row links[] = {
    {1,          1  },
    {0x30000084, 132}, /* the upper bits tell of frame check sequences */
    {0xf4000001, 1  },
    {12,         101},
    {14,         101},
    {101,        101},
    {276,        276},
};

static void test_links(void **state)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct octets o = octets_new(false);
        put_pcap(&o, 0xa1b2c3d4, 65535, links[i].in_file);
        put_record(&o, T0, 0, 20, 0x45);
        assert_true(see_octets(&o, &seen));
        assert_int_equal(seen.link[0], links[i].link);
        octets_free(&o);
    }
}

/* Before version 2.3 the length on the wire came first. */
static void test_swapped_lengths(void **state)
{
    static struct seen theirs;
    bool ends_well;

    for (uint8_t minor = 2; minor <= 3; minor++) {
        struct octets o = octets_new(false);
        put_pcap(&o, 0xa1b2c3d4, 65535, 1);
        o.ptr[6] = minor;
        for (uint32_t i = 0; i < 3; i++) {
            put32(&o, T0 + i);
            put32(&o, 0);
            put32(&o, 1000);
            put32(&o, 60);
            put_fill(&o, (uint8_t)i, 60);
        }
        assert_int_equal(oracle(&o, &theirs, &ends_well), 3);
        assert_true(see_octets(&o, &seen));
        assert_int_equal(seen.n, 3);
        assert_same(&seen, &theirs, 3);
        assert_int_equal(seen.len[0], 60);
        assert_int_equal(seen.wire_len[0], 1000);
        octets_free(&o);
    }
}

static void test_unknown_version(void **state)
{
    struct octets o = plain(1);

    o.ptr[4] = 3;
    assert_false(see_octets(&o, &seen));
    octets_free(&o);
}

/* Zeros where records were, as after a crash. */
static void test_hole(void **state)
{
    struct octets o = plain(20);

    memset(o.ptr + place(7), 0, place(11) - place(7) + 5);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 15); /* 7 before, 12..19 behind; 11 lost its head */
    assert_int_equal(seen.first[6], 7);
    assert_int_equal(seen.first[7], 13);
    assert_int_equal(seen.info.damage_total, 1);
    assert_int_equal(seen.damage[0].offset, place(7));
    octets_free(&o);
}

/* Octets lost inside a record: it swallows the head of the next, which is found again in it. */
static void test_lost_octets(void **state)
{
    struct octets o = plain(20);
    size_t at = place(7) + RECORD + 10;

    memmove(o.ptr + at, o.ptr + at + 9, o.len - at - 9);
    o.len -= 9;
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 20);
    assert_int_equal(seen.first[7], 8);
    assert_int_equal(seen.first[8], 9);
    assert_int_equal(seen.first[19], 20);
    assert_int_equal(seen.info.damage_total, 1);
    assert_int_equal(seen.damage[0].frame, 8);
    octets_free(&o);
}

/* A length that reaches to the end of the file hides the records behind it. */
static void test_long_length(void **state)
{
    struct octets o = plain(20);

    patch32(&o, place(7) + 8, 100000);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 19);
    assert_int_equal(seen.first[7], 9);
    assert_int_equal(seen.info.damage_total, 1);
    assert_int_equal(seen.damage[0].offset, place(7));
    octets_free(&o);
}

/* Each octet once overwritten: no crash, and what stands well before or behind is there. */
static void test_flips(void **state)
{
    struct octets o = plain(12);

    for (size_t i = 24; i < o.len; i++) {
        uint8_t was = o.ptr[i];
        o.ptr[i] ^= 0xff;
        assert_true(see_octets(&o, &seen));
        assert_in_range(seen.n, 11, 12);
        o.ptr[i] = was;
    }
    octets_free(&o);
}

/* Each cut gives a prefix. */
static void test_cuts(void **state)
{
    static struct seen whole;
    struct octets o = plain(6);
    size_t len = o.len;

    assert_true(see_octets(&o, &whole));
    for (o.len = 0; o.len < len; o.len++) {
        bool opens = see_octets(&o, &seen);
        assert_int_equal(opens, o.len >= 24);
        size_t frames = 0;
        while (o.len >= place((uint32_t)frames + 1)) {
            frames++;
        }
        if (opens) {
            assert_int_equal(seen.n, frames);
            assert_same(&seen, &whole, frames);
            assert_int_equal(seen.info.damage_total, o.len != place((uint32_t)frames));
        }
    }
    octets_free(&o);
}

static void test_read_error(void **state)
{
    struct octets o = plain(3);
    struct memory m = {.ptr = o.ptr, .len = o.len, .is_broken = true};

    assert_true(see(&m, &seen));
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.info.damage_total, 1);
    assert_string_equal(seen.damage[0].what, "read error");
    octets_free(&o);
}

/* A pull function that never ends: three good records, then noise without a record in it. */
static int64_t endless(void *ctx, uint8_t *out, size_t cap)
{
    struct memory *m = ctx;
    int64_t got = memory_pull(m, out, cap < m->step ? cap : m->step);

    if (got == 0) {
        memset(out, 0xee, cap);
        got = (int64_t)cap;
    }
    return got;
}

/* The search ends at its cap, at the same place however the octets come. */
static void test_given_up(void **state)
{
    struct octets o = plain(3);

    for (size_t step = 24; step < 300; step += 137) {
        struct memory m = {.ptr = o.ptr, .len = o.len, .step = step};
        const struct sgs_pull pull = {.pull = endless, .ctx = &m};
        char why[SGS_WHY_LEN];
        struct sgs_source *s = NULL;
        struct sgs_frame f;
        assert_int_equal(sgs_source_open_pull(pull, "endless", NULL, why, &s), SGS_OK);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
        }
        assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
        assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
        const struct sgs_input_info *info = sgs_source_info(s);
        assert_int_equal(info->damage_total, 2);
        assert_int_equal(info->damage[0].offset, o.len);
        assert_string_equal(info->damage[1].what, "search given up");
        assert_int_equal(info->damage[1].offset, place(2) + RECORD + SGS_MAX_RESYNC);
        assert_int_equal(info->octets, info->damage[1].offset);
        sgs_source_close(s);
    }
    octets_free(&o);
}

/* Frames that overlap in a hostile way may not be given without end. */
static void test_hostile(void **state)
{
    struct octets o = octets_new(false);
    size_t given = 0;

    put_pcap(&o, 0xa1b2c3d4, 262144, 1);
    while (o.len < (size_t)1024 * 1024) {
        put32(&o, T0);
        put32(&o, 0);
        put32(&o, 262144 - 32);
        put32(&o, 262144 - 32);
    }
    struct memory m = {.ptr = o.ptr, .len = o.len};
    struct sgs_source *s = open_memory(&m);
    struct sgs_frame f;
    while (sgs_source_next(s, 0, &f) == SGS_NEXT_FRAME) {
        given += f.octets.len;
    }
    assert_true(given <= o.len + SGS_MAX_RESYNC);
    sgs_source_close(s);
    octets_free(&o);
}

int main(void)
{
    struct CMUnitTest oracles[sizeof forms / sizeof *forms];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        oracles[i] = (struct CMUnitTest){.name = forms[i].name,
                                         .test_func = test_form,
                                         .initial_state = (void *)(uintptr_t)&forms[i]};
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),           cmocka_unit_test(test_waits),
        cmocka_unit_test(test_cut_last),        cmocka_unit_test(test_absurd_length),
        cmocka_unit_test(test_above_snap),      cmocka_unit_test(test_fraction),
        cmocka_unit_test(test_links),           cmocka_unit_test(test_swapped_lengths),
        cmocka_unit_test(test_unknown_version), cmocka_unit_test(test_hole),
        cmocka_unit_test(test_lost_octets),     cmocka_unit_test(test_long_length),
        cmocka_unit_test(test_flips),           cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_read_error),      cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_given_up),
    };
    int failed = cmocka_run_group_tests_name("pcap forms", oracles, NULL, NULL);
    return (cmocka_run_group_tests_name("pcap", tests, NULL, NULL) != 0) | (failed != 0);
}
