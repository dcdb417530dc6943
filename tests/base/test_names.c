/* names.h: known values by name, others by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/names.h>

static const struct sgs_value_name types[] = {
    {33,         "SRV"},
    {1,          "A"  },
    {0xffffffff, "ALL"},
};

static void finds(void **state)
{
    assert_string_equal(SGS_NAME_FIND(types, 1), "A");
    assert_string_equal(SGS_NAME_FIND(types, 0xffffffff), "ALL");
    assert_null(SGS_NAME_FIND(types, 2));
    assert_null(sgs_name_find(types, 0, 33));
}

static void numbers(void **state)
{
    struct sgs_arena a;

    sgs_arena_init(&a, 1000);
    assert_true(sgs_slice_eq(SGS_NAME_OR_NUMBER(types, 33, "TYPE", &a), SGS_LIT("SRV")));
    assert_true(sgs_slice_eq(SGS_NAME_OR_NUMBER(types, 65, "TYPE", &a), SGS_LIT("TYPE65")));
    assert_true(
        sgs_slice_eq(SGS_NAME_OR_NUMBER(types, 4294967294u, NULL, &a), SGS_LIT("4294967294")));
    sgs_arena_clear(&a);
    sgs_arena_init(&a, 0);
    assert_int_equal(SGS_NAME_OR_NUMBER(types, 65, "TYPE", &a).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL) != 0;
}
