/* reader.h: reads in both byte orders, windows, and the failure that sticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/reader.h>

static const uint8_t octets[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8};

static struct sgs_reader fresh(void)
{
    return rd_open(sgs_slice(octets, sizeof octets));
}

static void reads_big_endian(void **state)
{
    struct sgs_reader r = fresh();

    assert_int_equal(rd_be16(&r), 0x0102);
    assert_int_equal(rd_be24(&r), 0x030405);
    assert_int_equal(rd_u8(&r), 0x06);
    assert_int_equal(rd_be16(&r), 0x07f8);
    assert_true(rd_done(&r));
    r = fresh();
    assert_int_equal(rd_be32(&r), 0x01020304);
    assert_int_equal(rd_be32(&r), 0x050607f8);
    r = fresh();
    assert_true(rd_be64(&r) == UINT64_C(0x01020304050607f8));
}

static void reads_little_endian(void **state)
{
    struct sgs_reader r = fresh();

    assert_int_equal(rd_le16(&r), 0x0201);
    assert_int_equal(rd_le32(&r), 0x06050403);
    assert_int_equal(rd_le16(&r), 0xf807);
    assert_true(rd_done(&r));
    r = fresh();
    assert_true(rd_le64(&r) == UINT64_C(0xf807060504030201));
}

static void failure_sticks(void **state)
{
    struct sgs_reader r = fresh();

    rd_skip(&r, 6);
    assert_int_equal(rd_be32(&r), 0); /* two left: no half value */
    assert_false(rd_ok(&r));
    assert_int_equal(rd_left(&r), 0);
    assert_false(rd_more(&r));
    assert_false(rd_done(&r));
    assert_int_equal(rd_u8(&r), 0); /* though one would fit */
    assert_int_equal(rd_rest(&r).len, 0);
    assert_int_equal(rd_take(&r, 0).len, 0);
    assert_false(rd_ok(&r));
}

static void takes_slices(void **state)
{
    struct sgs_reader r = fresh();
    struct sgs_slice s = rd_take(&r, 3);

    assert_ptr_equal(s.ptr, octets);
    assert_int_equal(s.len, 3);
    assert_ptr_equal(rd_rest(&r).ptr, octets + 3);
    assert_int_equal(rd_rest(&r).len, 5);
    assert_int_equal(rd_left(&r), 5);
    s = rd_take(&r, SIZE_MAX);
    assert_null(s.ptr);
    assert_int_equal(s.len, 0);
    assert_false(rd_ok(&r));
}

static void windows(void **state)
{
    struct sgs_reader r = fresh();
    struct sgs_reader sub = rd_sub(&r, 3);

    assert_int_equal(rd_be16(&sub), 0x0102);
    assert_int_equal(rd_be16(&sub), 0); /* stays inside its window */
    assert_false(rd_ok(&sub));
    assert_true(rd_ok(&r));
    assert_int_equal(rd_u8(&r), 0x04);
    sub = rd_sub(&r, 5); /* four left */
    assert_false(rd_ok(&sub));
    assert_false(rd_ok(&r));
}

static void parts_at_offsets(void **state)
{
    struct sgs_slice all = sgs_slice(octets, sizeof octets);

    assert_ptr_equal(rd_at(all, 2, 6).ptr, octets + 2);
    assert_int_equal(rd_at(all, 2, 6).len, 6);
    assert_null(rd_at(all, 2, 7).ptr);
    assert_int_equal(rd_at(all, 8, 0).len, 0);
    assert_null(rd_at(all, 9, 0).ptr);
    assert_null(rd_at(all, 1, SIZE_MAX).ptr);
    assert_null(rd_at(all, SIZE_MAX, 1).ptr);
}

static void empty_windows(void **state)
{
    struct sgs_reader r = rd_open((struct sgs_slice){NULL, 0});

    assert_true(rd_ok(&r));
    assert_true(rd_done(&r));
    assert_false(rd_more(&r));
    assert_int_equal(rd_take(&r, 0).len, 0);
    assert_true(rd_ok(&r));
    assert_int_equal(rd_u8(&r), 0);
    assert_false(rd_ok(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_big_endian), cmocka_unit_test(reads_little_endian),
        cmocka_unit_test(failure_sticks),   cmocka_unit_test(takes_slices),
        cmocka_unit_test(windows),          cmocka_unit_test(parts_at_offsets),
        cmocka_unit_test(empty_windows),
    };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL) != 0;
}
