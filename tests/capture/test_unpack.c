/* gzip and zstd in front of captures; the octets are packed by zlib and zstd themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "octets.h"

#define FRAMES 300u

static struct seen seen;

static struct octets capture(uint32_t first, uint32_t n, bool has_head)
{
    struct octets o = octets_new(false);

    if (has_head) {
        put_pcap(&o, 0xa1b2c3d4, 65535, 1);
    }
    for (uint32_t i = first; i < first + n; i++) {
        put_record(&o, 1700000000 + i, 0, 100 + i * 7919 % 1300, (uint8_t)i);
    }
    return o;
}

static void gzip(struct octets *to, const struct octets *from)
{
    z_stream z = {.next_in = from->ptr, .avail_in = (uInt)from->len};

    z.next_out = to->ptr + to->len;
    z.avail_out = (uInt)(OCTETS_MAX - to->len);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    to->len = OCTETS_MAX - z.avail_out;
    (void)deflateEnd(&z);
}

static void zstd(struct octets *to, const struct octets *from)
{
    size_t n = ZSTD_compress(to->ptr + to->len, OCTETS_MAX - to->len, from->ptr, from->len, 3);

    assert_false(ZSTD_isError(n));
    to->len += n;
}

struct packer {
    const char *name;
    void (*pack)(struct octets *to, const struct octets *from);
};

static const struct packer packers[] = {
    {"gzip", gzip},
    {"zstd", zstd},
};

/* The capture in two members. */
static struct octets packed(const struct packer *p, size_t *first_len)
{
    struct octets to = octets_new(false);
    struct octets a = capture(0, FRAMES / 2, true);
    struct octets b = capture(FRAMES / 2, FRAMES / 2, false);

    p->pack(&to, &a);
    *first_len = to.len;
    p->pack(&to, &b);
    octets_free(&a);
    octets_free(&b);
    return to;
}

static void test_members(void **state)
{
    size_t first_len;
    struct octets o = packed(*state, &first_len);

    for (size_t step = 0; step < 5000; step += 1249) {
        struct memory m = {.ptr = o.ptr, .len = o.len, .step = step};
        assert_true(see(&m, &seen));
        assert_int_equal(seen.n, FRAMES);
        for (size_t i = 0; i < FRAMES; i++) {
            assert_int_equal(seen.len[i], 100 + i * 7919 % 1300);
            assert_int_equal(seen.first[i], i % 256);
        }
        assert_int_equal(seen.info.damage_total, 0);
    }
    struct memory lazy = {.ptr = o.ptr, .len = o.len, .step = 100};
    struct sgs_source *s = open_memory(&lazy);
    struct sgs_frame f;
    size_t frames = 0;
    enum sgs_next next;
    assert_non_null(s);
    lazy.is_lazy = true;
    while ((next = sgs_source_next(s, 0, &f)) != SGS_NEXT_END) {
        frames += next == SGS_NEXT_FRAME;
    }
    assert_int_equal(frames, FRAMES);
    sgs_source_close(s);
    octets_free(&o);
}

/* Cut at many places: what was packed whole comes out, and the damage is told. */
static void test_cuts(void **state)
{
    size_t first_len;
    struct octets o = packed(*state, &first_len);
    size_t len = o.len;
    size_t before = 0;

    for (o.len = 1; o.len < len; o.len += o.len < 64 ? 1 : 37) {
        if (!see_octets(&o, &seen)) {
            assert_true(before == 0);
            continue;
        }
        assert_true(seen.n >= before);
        before = seen.n;
        assert_int_equal(seen.info.damage_total, o.len == first_len ? 0 : 1);
    }
    assert_true(before >= FRAMES / 2); /* zstd gives whole blocks of up to 128 KiB */
    o.len = len - 1;
    assert_true(see_octets(&o, &seen));
    assert_in_range(seen.n, FRAMES / 2, FRAMES);
    assert_string_equal(seen.damage[seen.info.n_damage - 1].what, "compressed data cut short");
    octets_free(&o);
}

static void test_damaged(void **state)
{
    size_t first_len;
    struct octets o = packed(*state, &first_len);

    memset(o.ptr + first_len + 30, 0xff, 40);
    assert_true(see_octets(&o, &seen));
    assert_in_range(seen.n, FRAMES / 2, FRAMES - 1);
    assert_string_equal(seen.damage[0].what, "compressed data damaged");
    octets_free(&o);
}

static void test_behind(void **state)
{
    size_t first_len;
    struct octets o = packed(*state, &first_len);

    put_fill(&o, 0, 100000); /* padding */
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, FRAMES);
    assert_int_equal(seen.info.damage_total, 0);
    put(&o, "junk", 4);
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, FRAMES);
    assert_int_equal(seen.info.damage_total, 1);
    assert_string_equal(seen.damage[0].what, "other octets behind the compressed data");
    octets_free(&o);
}

static void test_read_error(void **state)
{
    size_t first_len;
    struct octets o = packed(*state, &first_len);
    struct memory m = {.ptr = o.ptr, .len = first_len + 50, .is_broken = true};

    assert_true(see(&m, &seen));
    assert_true(seen.n >= FRAMES / 2);
    assert_int_equal(seen.info.damage_total, 1);
    assert_string_equal(seen.damage[0].what, "read error");
    octets_free(&o);
}

/* The checksum of the first member is wrong: its octets were given already, and stay. */
static void test_checksum(void **state)
{
    size_t first_len;
    struct octets o = packed(&packers[0], &first_len);

    o.ptr[first_len - 8] ^= 1;
    assert_true(see_octets(&o, &seen));
    assert_int_equal(seen.n, FRAMES / 2);
    assert_string_equal(seen.damage[0].what, "compressed data damaged");
    octets_free(&o);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        {"members",    test_members   },
        {"cuts",       test_cuts      },
        {"damaged",    test_damaged   },
        {"behind",     test_behind    },
        {"read error", test_read_error},
    };
    struct CMUnitTest tests[sizeof cases / sizeof *cases + 1];
    int failed = 0;

    for (size_t p = 0; p < sizeof packers / sizeof *packers; p++) {
        size_t n = sizeof cases / sizeof *cases;
        for (size_t i = 0; i < n; i++) {
            tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                           .test_func = cases[i].run,
                                           .initial_state = (void *)(uintptr_t)&packers[p]};
        }
        tests[n] = (struct CMUnitTest)cmocka_unit_test(test_checksum);
        failed |= cmocka_run_group_tests_name(packers[p].name, tests, NULL, NULL);
    }
    return failed != 0;
}
