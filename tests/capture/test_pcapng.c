/* pcapng files, built block by block. */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "octets.h"

#define TLS_KEY_LOG 0x544c534b
#define T0 UINT64_C(1700000000)

static struct seen seen;

/* Two sections of different byte order; interfaces of different link types and clocks. */
static void test_sections(void **state)
{
    struct octets o = octets_new(false);

    put_section(&o);
    put_interface(&o, 1, 65535, 6);
    put_interface(&o, 113, 0, 9);
    put_enhanced(&o, 0, T0 * 1000000 + 5, 60, 1);
    put_enhanced(&o, 1, T0 * 1000000000 + 7, 61, 2);
    o.is_big = true;
    put_section(&o);
    put_interface(&o, 12, 0, 3);
    put_enhanced(&o, 0, T0 * 1000 + 9, 62, 3);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.info.damage_total, 0);
    assert_int_equal(seen.info.octets, o.len);
    const uint32_t link[] = {1, 113, 101};
    const sgs_time after[] = {5000, 7, 9000000};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen.link[i], link[i]);
        assert_int_equal(seen.len[i], 60 + i);
        assert_int_equal(seen.first[i], i + 1);
        assert_int_equal(seen.time[i], (sgs_time)T0 * SGS_SEC + after[i]);
    }
    octets_free(&o);
}

/* if_tsresol and if_tsoffset, worked out by hand. */
struct clock_row {
    const char *name;
    uint8_t resolution;
    int64_t offset;
    uint64_t ticks;
    sgs_time time;
};

static const struct clock_row clocks[] = {
    {"seconds",                0,    0,          1700000000,                       1700000000 * SGS_SEC       },
    {"milliseconds",           3,    0,          1700000000123,                    1700000000123 * SGS_MS     },
    {"nanoseconds",            9,    0,          1700000000123456789,              1700000000123456789        },
    {"picoseconds",            12,   0,          1500000001999,                    1500000001                 },
    {"10^-19 seconds",         19,   0,          UINT64_C(18446744073709551615),   1844674407                 },
    {"10^-127 seconds",        127,  0,          UINT64_C(18446744073709551615),   0                          },
    {"2^0 seconds",            0x80, 0,          77,                               77 * SGS_SEC               },
    {"2^-1 seconds",           0x81, 0,          3,                                1500 * SGS_MS              },
    {"2^-10 seconds",          0x8a, 0,          1024 * 5 + 256,                   5250 * SGS_MS              },
    {"2^-32 seconds",          0xa0, 0,          (UINT64_C(7) << 32) + 1,          7 * SGS_SEC                },
    {"2^-32 seconds, a half",  0xa0, 0,          (UINT64_C(7) << 32) + (1u << 31), 7500 * SGS_MS              },
    {"2^-40 seconds",          0xa8, 0,          UINT64_C(3) << 39,                1500 * SGS_MS              },
    {"2^-63 seconds",          0xbf, 0,          UINT64_C(3) << 62,                1500 * SGS_MS              },
    {"2^-64 seconds",          0xc0, 0,          UINT64_C(3) << 62,                750 * SGS_MS               },
    {"2^-127 seconds",         0xff, 0,          UINT64_MAX,                       0                          },
    {"offset",                 6,    1700000000, 5,                                1700000000 * SGS_SEC + 5000},
    {"offset back",            6,    -100,       200000005,                        100 * SGS_SEC + 5000       },
    {"before 1970",            6,    -100,       5,                                -100 * SGS_SEC + 5000      },
    {"beyond all time",        0,    0,          UINT64_MAX,                       INT64_MAX / 2              },
    {"offset beyond all time", 0,    INT64_MAX,  UINT64_MAX,                       INT64_MAX / 2              },
    {"before all time",        6,    INT64_MIN,  5,                                -(INT64_MAX / 2)           },
};

static void test_clock(void **state)
{
    const struct clock_row *row = *state;

    for (int big = 0; big < 2; big++) {
        struct octets o = octets_new(big == 1);
        put_section(&o);
        size_t at = block_begin(&o, 1);
        put16(&o, 1);
        put16(&o, 0);
        put32(&o, 0);
        put16(&o, 2); /* if_name, to be skipped */
        put16(&o, 5);
        put(&o, "eth0\0\0\0", 8);
        put16(&o, 9);
        put16(&o, 1);
        put(&o, &row->resolution, 1);
        put_fill(&o, 0, 3);
        put16(&o, 14);
        put16(&o, 8);
        put64(&o, (uint64_t)row->offset);
        put32(&o, 0);
        block_end(&o, at);
        put_enhanced(&o, 0, row->ticks, 60, 1);
        assert_true(see_octets(&o, &seen));
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.time[0], row->time);
        octets_free(&o);
    }
}

static void test_other_packets(void **state)
{
    struct octets o = octets_new(true);

    put_section(&o);
    put_interface(&o, 101, 50, 6);
    put_enhanced(&o, 0, T0 * 1000000, 20, 1);
    size_t at = block_begin(&o, 3); /* simple: cut at the snap length of interface 0 */
    put32(&o, 80);
    put_fill(&o, 2, 50);
    block_end(&o, at);
    at = block_begin(&o, 2); /* packet block, long obsolete */
    put16(&o, 0);
    put16(&o, 7);
    put32(&o, (uint32_t)((T0 * 1000000 + 3) >> 32));
    put32(&o, (uint32_t)(T0 * 1000000 + 3));
    put32(&o, 33);
    put32(&o, 40);
    put_fill(&o, 3, 33);
    block_end(&o, at);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.len[1], 50);
    assert_int_equal(seen.wire_len[1], 80);
    assert_int_equal(seen.first[1], 2);
    assert_int_equal(seen.time[1], seen.time[0]);
    assert_int_equal(seen.link[1], 101);
    assert_int_equal(seen.len[2], 33);
    assert_int_equal(seen.wire_len[2], 40);
    assert_int_equal(seen.time[2], (sgs_time)(T0 * 1000000 + 3) * 1000);
    assert_int_equal(seen.info.cut_frames, 2);
    assert_int_equal(seen.info.damage_total, 0);
    octets_free(&o);
}

static void put_statistics(struct octets *o, uint32_t interface, uint64_t by_if, uint64_t by_os)
{
    size_t at = block_begin(o, 5);

    put32(o, interface);
    put64(o, 0);
    put16(o, 4); /* isb_ifrecv */
    put16(o, 8);
    put64(o, 1000000);
    put16(o, 5); /* isb_ifdrop */
    put16(o, 8);
    put64(o, by_if);
    put16(o, 7); /* isb_osdrop */
    put16(o, 8);
    put64(o, by_os);
    put32(o, 0);
    block_end(o, at);
}

/* Statistics count from the start of the capture: the last of each interface is what counts. */
static void test_dropped(void **state)
{
    struct octets o = octets_new(false);

    put_section(&o);
    put_interface(&o, 1, 0, 6);
    put_interface(&o, 1, 0, 6);
    put_statistics(&o, 0, 3, 1);
    put_statistics(&o, 1, 10, 0);
    put_enhanced(&o, 0, T0, 60, 1);
    put_statistics(&o, 0, 5, 2);
    put_section(&o);
    put_interface(&o, 1, 0, 6);
    put_statistics(&o, 0, 100, 0);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.info.dropped, 7 + 10 + 100);
    assert_int_equal(seen.info.damage_total, 0);
    octets_free(&o);
}

/* Records that Wireshark numbers, and blocks that nobody knows. */
static void test_other_blocks(void **state)
{
    struct octets o = octets_new(false);
    const uint32_t types[] = {4, 0x0bad, 0x40000bad, 9, 0x77777777};

    put_section(&o);
    put_interface(&o, 1, 0, 6);
    put_enhanced(&o, 0, T0, 60, 1);
    for (size_t i = 0; i < 5; i++) {
        size_t at = block_begin(&o, types[i]);
        put32(&o, 32473);
        put_fill(&o, 0x5a, 21);
        block_end(&o, at);
    }
    put_enhanced(&o, 0, T0, 60, 2);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 5);
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(seen.link[i], SGS_LINK_NONE);
        assert_int_equal(seen.len[i], 0);
    }
    assert_int_equal(seen.first[4], 2);
    assert_int_equal(seen.info.damage_total, 0);
    octets_free(&o);
}

/* What the secrets callback was given, and after how many frames. */
struct told {
    char text[256];
    size_t frames;
    size_t calls;
};

static struct told told;

static void on_secrets(void *ctx, struct sgs_slice text)
{
    struct told *t = ctx;

    t->calls++;
    (void)snprintf(t->text, sizeof t->text, "%.*s", (int)text.len, (const char *)text.ptr);
}

static struct octets with_secrets(void)
{
    struct octets o = octets_new(true);

    put_section(&o);
    put_interface(&o, 1, 0, 6);
    put_enhanced(&o, 0, T0, 60, 1);
    put_secrets(&o, 0x57474b4c, "a key log of WireGuard");
    put_secrets(&o, TLS_KEY_LOG, "CLIENT_RANDOM 00 11\n");
    return o;
}

static void test_secrets_in_order(void **state)
{
    const struct sgs_secrets secrets = {.add = on_secrets, .ctx = &told};
    struct octets o = with_secrets();
    struct memory m = {.ptr = o.ptr, .len = o.len};
    char why[SGS_WHY_LEN];
    struct sgs_source *s = NULL;
    struct sgs_frame f;

    told = (struct told){.calls = 0};
    assert_int_equal(sgs_source_open_pull(pull_from(&m), "m", &secrets, why, &s), SGS_OK);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
    assert_int_equal(told.calls, 0);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
    assert_int_equal(told.calls, 1);
    assert_string_equal(told.text, "CLIENT_RANDOM 00 11\n");
    sgs_source_close(s);
    octets_free(&o);
}

/* A file that can be read twice tells its secrets before its first frame, and once. */
static void test_secrets_first(void **state)
{
    const struct sgs_secrets secrets = {.add = on_secrets, .ctx = &told};
    struct octets o = with_secrets();
    char path[] = "/tmp/sgs_test_XXXXXX";
    int fd = mkstemp(path);
    char why[SGS_WHY_LEN];
    struct sgs_source *s = NULL;
    struct sgs_frame f;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, o.ptr, o.len), o.len);
    (void)close(fd);
    told = (struct told){.calls = 0};
    assert_int_equal(sgs_source_open_file(path, &secrets, why, &s), SGS_OK);
    (void)unlink(path);
    assert_int_equal(told.calls, 1);
    assert_string_equal(told.text, "CLIENT_RANDOM 00 11\n");
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
    assert_int_equal(f.input_number, 1);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
    assert_int_equal(told.calls, 1);
    assert_int_equal(sgs_source_info(s)->frames, 1);
    sgs_source_close(s);
    octets_free(&o);
}

/* Twelve frames; starts[i] is where the block of frame i begins. */
static struct octets twelve(size_t starts[13])
{
    struct octets o = octets_new(false);

    put_section(&o);
    put_interface(&o, 1, 0, 6);
    for (uint32_t i = 0; i < 12; i++) {
        starts[i] = o.len;
        put_enhanced(&o, 0, T0 + i, 40 + i, (uint8_t)(i + 1));
    }
    starts[12] = o.len;
    return o;
}

static void test_damage(void **state)
{
    size_t starts[13];
    struct octets o = twelve(starts);

    memset(o.ptr + starts[3] + 4, 0xff, 4);                        /* an absurd length */
    memset(o.ptr + starts[6] + 30, 0, starts[8] - starts[6] - 20); /* a hole over two blocks */
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 8); /* without 3, 6, 7, and 8, whose head is gone */
    assert_int_equal(seen.first[3], 5);
    assert_int_equal(seen.first[5], 10);
    assert_int_equal(seen.info.damage_total, 2);
    assert_int_equal(seen.damage[0].offset, starts[3]);
    assert_int_equal(seen.damage[0].frame, 3);
    assert_int_equal(seen.damage[1].offset, starts[6]);
    octets_free(&o);
}

/* Octets lost: blocks behind stand at odd places. */
static void test_lost_octets(void **state)
{
    size_t starts[13];
    struct octets o = twelve(starts);
    size_t at = starts[4] + 35;

    memmove(o.ptr + at, o.ptr + at + 3, o.len - at - 3);
    o.len -= 3;
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 11);
    assert_int_equal(seen.first[4], 6);
    assert_int_equal(seen.info.damage_total, 1);
    octets_free(&o);
}

/* Only the second length is wrong: the block is good. */
static void test_lengths_differ(void **state)
{
    size_t starts[13];
    struct octets o = twelve(starts);

    patch32(&o, starts[5] - 4, 0x01020304);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 12);
    assert_int_equal(seen.info.damage_total, 1);
    assert_string_equal(seen.damage[0].what, "lengths of a block differ");
    octets_free(&o);
}

/* Each octet once overwritten: at most its own block is lost, or what needs it. */
static void test_flips(void **state)
{
    size_t starts[13];
    struct octets o = twelve(starts);

    for (size_t i = starts[0]; i < o.len; i++) {
        uint8_t was = o.ptr[i];
        o.ptr[i] ^= 0xff;
        assert_true(see_octets(&o, &seen));
        assert_in_range(seen.n, 11, 12);
        o.ptr[i] = was;
    }
    octets_free(&o);
}

static void test_cuts(void **state)
{
    static struct seen whole;
    size_t starts[13];
    struct octets o = twelve(starts);
    size_t len = o.len;

    assert_true(see_octets(&o, &whole));
    for (o.len = 0; o.len < len; o.len++) {
        size_t frames = 0;
        bool opens = see_octets(&o, &seen);
        assert_int_equal(opens, o.len >= 28);
        while (o.len >= starts[frames + 1]) {
            frames++;
        }
        if (!opens) {
            continue;
        }
        assert_int_equal(seen.n, frames);
        assert_memory_equal(seen.first, whole.first, frames);
        assert_memory_equal(seen.time, whole.time, frames * sizeof *seen.time);
        assert_int_equal(seen.info.octets, o.len);
        bool is_whole = o.len == 28 || o.len == starts[frames];
        assert_int_equal(seen.info.damage_total, is_whole ? 0 : 1);
    }
    octets_free(&o);
}

/* However the octets come, the frames are the same, also behind damage. */
static void test_steps(void **state)
{
    size_t starts[13];
    struct octets o = twelve(starts);

    memset(o.ptr + starts[3] + 4, 0xff, 4);
    for (size_t step = 28; step < 500; step += 67) {
        struct memory m = {.ptr = o.ptr, .len = o.len, .step = step};
        struct sgs_source *s = open_memory(&m);
        struct sgs_frame f;
        enum sgs_next next;
        size_t frames = 0;
        assert_non_null(s);
        m.is_lazy = true;
        while ((next = sgs_source_next(s, 0, &f)) != SGS_NEXT_END) {
            frames += next == SGS_NEXT_FRAME;
        }
        assert_int_equal(frames, 11);
        assert_int_equal(sgs_source_info(s)->damage_total, 1);
        sgs_source_close(s);
    }
    octets_free(&o);
}

/* Blocks that are whole and say nonsense. */
static void test_wrong_blocks(void **state)
{
    struct octets o = octets_new(false);

    put_section(&o);
    size_t at = block_begin(&o, 3); /* no interface yet */
    put32(&o, 4);
    put32(&o, 0);
    block_end(&o, at);
    put_interface(&o, 1, 0, 6);
    put_enhanced(&o, 1, T0, 60, 1); /* no such interface */
    size_t long_one = o.len;
    put_enhanced(&o, 0, T0, 60, 2); /* says it has more octets than its block */
    patch32(&o, long_one + 20, 6000);
    at = block_begin(&o, 6); /* too short */
    put32(&o, 0);
    block_end(&o, at);
    at = block_begin(&o, 1);
    block_end(&o, at);
    at = block_begin(&o, 10);
    put32(&o, TLS_KEY_LOG);
    put32(&o, 1000);
    block_end(&o, at);
    put_statistics(&o, 9, 1, 1);
    put_enhanced(&o, 0, T0, 60, 3);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.info.damage_total, 7);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.first[0], 2);
    assert_int_equal(seen.len[0], 60);
    assert_int_equal(seen.first[1], 3);
    octets_free(&o);
}

static void test_caps(void **state)
{
    struct octets o = octets_new(false);

    put_section(&o);
    for (int i = 0; i < SGS_MAX_INTERFACES + 2; i++) {
        put_interface(&o, 1, 0, 6);
    }
    put_enhanced(&o, SGS_MAX_INTERFACES - 1, T0, 60, 1);
    put_enhanced(&o, SGS_MAX_INTERFACES, T0, 60, 2);
    put_enhanced(&o, 0, T0, SGS_MAX_FRAME + 1, 3);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.first[0], 1);
    assert_int_equal(seen.len[1], SGS_MAX_FRAME);
    assert_int_equal(seen.wire_len[1], SGS_MAX_FRAME + 1);
    assert_int_equal(seen.info.damage_total, 4);
    octets_free(&o);
}

/* More damage than is listed is counted. */
static void test_much_damage(void **state)
{
    struct octets o = octets_new(false);

    put_section(&o);
    for (int i = 0; i < SGS_MAX_DAMAGE + 10; i++) {
        put_enhanced(&o, 0, T0, 60, 1);
    }
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.info.n_damage, SGS_MAX_DAMAGE);
    assert_int_equal(seen.info.damage_total, SGS_MAX_DAMAGE + 10);
    octets_free(&o);
}

int main(void)
{
    struct CMUnitTest times[sizeof clocks / sizeof *clocks];
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        times[i] = (struct CMUnitTest){.name = clocks[i].name,
                                       .test_func = test_clock,
                                       .initial_state = (void *)(uintptr_t)&clocks[i]};
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_other_packets),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_other_blocks),
        cmocka_unit_test(test_secrets_in_order),
        cmocka_unit_test(test_secrets_first),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_lost_octets),
        cmocka_unit_test(test_lengths_differ),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_wrong_blocks),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_much_damage),
    };
    int failed = cmocka_run_group_tests_name("pcapng clocks", times, NULL, NULL);
    return (cmocka_run_group_tests_name("pcapng", tests, NULL, NULL) != 0) | (failed != 0);
}
