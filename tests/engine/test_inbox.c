/* The head buffer: which frames octets came from, after any adding and using. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/internal.h"

static struct sgs_origin frame(uint64_t n)
{
    return (struct sgs_origin){
        .frame = n, .frame_last = n, .time = (sgs_time)n * 10, .time_last = (sgs_time)n * 10};
}

static void add(struct sgs_inbox *h, uint64_t n, const char *octets)
{
    struct sgs_origin o = frame(n);
    assert_true(sgs_inbox_add(h, sgs_slice_str(octets), &o));
}

static void test_origin(void **state)
{
    (void)state;
    struct sgs_inbox h = {.off = 1000};
    sgs_inbox_init(&h, 100);
    add(&h, 7, "aaaa");
    add(&h, 9, "bb");
    add(&h, 12, "cccc");
    static const struct {
        uint64_t off;
        size_t n;
        uint64_t first;
        uint64_t last;
    } rows[] = {
        {1000, 1,  7,  7 },
        {1000, 4,  7,  7 },
        {1000, 5,  7,  9 },
        {1003, 3,  7,  9 },
        {1004, 2,  9,  9 },
        {1005, 2,  9,  12},
        {1000, 10, 7,  12},
        {1009, 1,  12, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_origin o = sgs_inbox_origin(&h, rows[i].off, rows[i].n);
        assert_int_equal(o.frame, rows[i].first);
        assert_int_equal(o.frame_last, rows[i].last);
        assert_int_equal(o.time, rows[i].first * 10);
        assert_int_equal(o.time_last, rows[i].last * 10);
    }
    sgs_inbox_use(&h, 5);
    assert_int_equal(h.off, 1005);
    assert_int_equal(sgs_inbox_origin(&h, 1005, 1).frame, 9);
    assert_int_equal(sgs_inbox_run(&h, 1005, 5), 1);
    assert_int_equal(sgs_inbox_run(&h, 1006, 4), 4);
    assert_memory_equal(h.head.ptr, "bcccc", 5);
    sgs_inbox_use(&h, 5);
    assert_int_equal(h.n_marks, 0);
    sgs_inbox_clear(&h);
}

static void test_cap(void **state)
{
    (void)state;
    struct sgs_inbox h = {0};
    struct sgs_origin o = frame(1);
    sgs_inbox_init(&h, 4);
    assert_true(sgs_inbox_add(&h, SGS_LIT("abcd"), &o));
    assert_false(sgs_inbox_add(&h, SGS_LIT("e"), &o));
    sgs_inbox_drop(&h);
    assert_int_equal(h.off, 4);
    assert_true(sgs_inbox_add(&h, SGS_LIT("e"), &o));
    sgs_inbox_clear(&h);
}

static void test_one_frame_is_one_mark(void **state)
{
    (void)state;
    struct sgs_inbox h = {0};
    sgs_inbox_init(&h, 100);
    for (int i = 0; i < 50; i++) {
        add(&h, 3, "x");
    }
    assert_int_equal(h.n_marks, 1);
    sgs_inbox_clear(&h);
}

/* The head of a message comes after its rest: the message is whole with the later frame. */
static void test_overtaking(void **state)
{
    (void)state;
    struct sgs_inbox h = {.off = 0};
    sgs_inbox_init(&h, 100);
    add(&h, 12, "aaaa");
    add(&h, 9, "bb");
    add(&h, 10, "cc");
    struct sgs_origin o = sgs_inbox_origin(&h, 0, 8);
    assert_int_equal(o.frame, 12);
    assert_int_equal(o.frame_last, 12);
    assert_int_equal(o.time_last, 120);
    assert_int_equal(sgs_inbox_origin(&h, 4, 4).frame_last, 10);
    sgs_inbox_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_overtaking),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_one_frame_is_one_mark),
    };
    return cmocka_run_group_tests_name("engine/inbox", tests, NULL, NULL) != 0;
}
