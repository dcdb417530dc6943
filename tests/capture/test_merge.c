/* Several captures as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "octets.h"

/* A capture whose frames have these seconds; each is filled with fill. */
static struct octets capture(const uint32_t *seconds, size_t n, uint8_t fill)
{
    struct octets o = octets_new(false);

    put_pcap(&o, 0xa1b2c3d4, 65535, 1);
    for (size_t i = 0; i < n; i++) {
        put_record(&o, seconds[i], 0, 60, fill);
    }
    return o;
}

static void test_order(void **state)
{
    const uint32_t a[] = {10, 20, 20, 50};
    const uint32_t b[] = {5, 20, 30};
    const uint32_t c[] = {20};
    struct octets o[] = {capture(a, 4, 'a'), capture(b, 3, 'b'), capture(c, 1, 'c')};
    struct memory m[3];
    struct sgs_source *s[3];
    struct sgs_frame f;

    for (size_t i = 0; i < 3; i++) {
        m[i] = (struct memory){.ptr = o[i].ptr, .len = o[i].len};
        s[i] = open_memory(&m[i]);
        assert_non_null(s[i]);
    }
    struct sgs_merge *merge = sgs_merge_new(s, 3);
    assert_int_equal(sgs_merge_inputs(merge), 3);
    const char *order = "baaabcba";
    const uint32_t seconds[] = {5, 10, 20, 20, 20, 20, 30, 50};
    const uint64_t in_input[] = {1, 1, 2, 3, 2, 1, 3, 4};
    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_FRAME);
        assert_int_equal(f.number, i + 1);
        assert_int_equal(f.input_number, in_input[i]);
        assert_int_equal(f.input, order[i] - 'a' + 1);
        assert_int_equal(f.octets.ptr[59], order[i]);
        assert_int_equal(f.time, seconds[i] * SGS_SEC);
    }
    assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_END);
    assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_END);
    assert_int_equal(sgs_merge_info(merge, 0)->frames, 4);
    assert_int_equal(sgs_merge_info(merge, 1)->frames, 3);
    sgs_merge_free(merge);
    for (size_t i = 0; i < 3; i++) {
        octets_free(&o[i]);
    }
}

/* One alone keeps its own order, whatever its times are. */
static void test_alone(void **state)
{
    const uint32_t a[] = {30, 10, 20};
    struct octets o = capture(a, 3, 'a');
    struct memory m = {.ptr = o.ptr, .len = o.len};
    struct sgs_source *s = open_memory(&m);
    struct sgs_frame f;

    assert_non_null(s);
    struct sgs_merge *merge = sgs_merge_new(&s, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_FRAME);
        assert_int_equal(f.time, a[i] * SGS_SEC);
        assert_int_equal(f.number, i + 1);
    }
    assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_END);
    sgs_merge_free(merge);
    octets_free(&o);
}

/* A file that has nothing yet may have the earliest frame: nothing is given before it has spoken.
 */
static void test_waits(void **state)
{
    const uint32_t a[] = {1, 4};
    const uint32_t b[] = {2, 3};
    struct octets o[] = {capture(a, 2, 'a'), capture(b, 2, 'b')};
    struct memory m[2];
    struct sgs_source *s[2];
    struct sgs_frame f;
    enum sgs_next next;
    uint32_t at = 0;
    size_t waits = 0;

    for (size_t i = 0; i < 2; i++) {
        m[i] = (struct memory){.ptr = o[i].ptr, .len = o[i].len, .step = 24};
        s[i] = open_memory(&m[i]);
        assert_non_null(s[i]);
    }
    m[1].is_lazy = true;
    struct sgs_merge *merge = sgs_merge_new(s, 2);
    while ((next = sgs_merge_next(merge, 0, &f)) != SGS_NEXT_END) {
        if (next == SGS_NEXT_NOTHING) {
            waits++;
            continue;
        }
        at++;
        assert_int_equal(f.time, at * SGS_SEC);
        assert_int_equal(f.number, at);
    }
    assert_int_equal(at, 4);
    assert_true(waits > 0);
    sgs_merge_free(merge);
    octets_free(&o[0]);
    octets_free(&o[1]);
}

static void test_none(void **state)
{
    struct sgs_merge *merge = sgs_merge_new(NULL, 0);
    struct sgs_frame f;

    assert_int_equal(sgs_merge_next(merge, 0, &f), SGS_NEXT_END);
    sgs_merge_free(merge);
    sgs_merge_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL) != 0;
}
