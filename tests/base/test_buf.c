/* buf.h: appends all or nothing, up to the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>

static struct sgs_buf b;

static int release(void **state)
{
    sgs_buf_clear(&b);
    return 0;
}

static void appends(void **state)
{
    sgs_buf_init(&b, 1000);
    assert_true(sgs_buf_add(&b, SGS_LIT("a\0b")));
    assert_true(sgs_buf_add_str(&b, "cd"));
    assert_true(sgs_buf_add_octet(&b, 'e'));
    assert_true(sgs_buf_printf(&b, "%03d", 7));
    assert_true(sgs_buf_printf(&b, "%s", ""));
    assert_true(sgs_slice_eq(sgs_buf_slice(&b), SGS_LIT("a\0bcde007")));
    assert_false(b.overflow);
}

static void grows(void **state)
{
    sgs_buf_init(&b, 100000);
    for (size_t i = 0; i < 100000; i++) {
        assert_true(sgs_buf_add_octet(&b, (uint8_t)i));
    }
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(b.ptr[i], (uint8_t)i);
    }
    assert_false(sgs_buf_add_octet(&b, 0));
    assert_true(b.overflow);
}

static void appends_nothing_past_the_cap(void **state)
{
    sgs_buf_init(&b, 10);
    assert_true(sgs_buf_printf(&b, "%s", "12345678"));
    assert_false(sgs_buf_add(&b, SGS_LIT("abc")));
    assert_true(b.overflow);
    assert_int_equal(b.len, 8);
    assert_false(sgs_buf_printf(&b, "%d", 123));
    assert_true(sgs_buf_printf(&b, "%d", 90)); /* exactly full, its NUL does not count */
    assert_true(sgs_slice_eq(sgs_buf_slice(&b), SGS_LIT("1234567890")));
    assert_true(sgs_buf_add(&b, SGS_LIT("")));
    assert_null(sgs_buf_reserve(&b, 1));
    sgs_buf_clear(&b);
    assert_false(b.overflow);
    assert_int_equal(b.cap, 10);
    assert_true(sgs_buf_add_str(&b, "x"));
}

static void reserves(void **state)
{
    uint8_t *p;

    sgs_buf_init(&b, 1u << 20);
    assert_non_null(sgs_buf_reserve(&b, 0));
    p = sgs_buf_reserve(&b, 5000);
    assert_non_null(p);
    memset(p, 'x', 5000);
    assert_int_equal(b.len, 0);
    sgs_buf_commit(&b, 3);
    assert_true(sgs_slice_eq(sgs_buf_slice(&b), SGS_LIT("xxx")));
    assert_null(sgs_buf_reserve(&b, SIZE_MAX));
}

static void drops(void **state)
{
    sgs_buf_init(&b, 100);
    sgs_buf_drop(&b, 1);
    sgs_buf_add_str(&b, "abcdef");
    sgs_buf_drop(&b, 0);
    sgs_buf_drop(&b, 2);
    assert_true(sgs_slice_eq(sgs_buf_slice(&b), SGS_LIT("cdef")));
    sgs_buf_drop(&b, 100);
    assert_int_equal(b.len, 0);
    sgs_buf_add_str(&b, "g");
    assert_true(sgs_slice_eq(sgs_buf_slice(&b), SGS_LIT("g")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(appends, release),
        cmocka_unit_test_teardown(grows, release),
        cmocka_unit_test_teardown(appends_nothing_past_the_cap, release),
        cmocka_unit_test_teardown(reserves, release),
        cmocka_unit_test_teardown(drops, release),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL) != 0;
}
