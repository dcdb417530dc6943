/* slice.h: compare, find, trim, cut, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/slice.h>

static const struct sgs_slice none;

static void compares(void **state)
{
    assert_true(sgs_slice_eq(SGS_LIT("abc"), sgs_slice_str("abc")));
    assert_false(sgs_slice_eq(SGS_LIT("abc"), SGS_LIT("abC")));
    assert_false(sgs_slice_eq(SGS_LIT("abc"), SGS_LIT("ab")));
    assert_true(sgs_slice_eq(none, SGS_LIT("")));
    assert_true(sgs_slice_ieq(SGS_LIT("Call-ID"), SGS_LIT("CALL-id")));
    assert_false(sgs_slice_ieq(SGS_LIT("[a"), SGS_LIT("{a"))); /* differ by 0x20, no letters */
    assert_false(sgs_slice_ieq(SGS_LIT("\xc4"), SGS_LIT("\xe4")));
    assert_true(sgs_slice_eq(SGS_LIT("a\0b"), sgs_slice("a\0b", 3)));
    assert_int_equal(sgs_slice_str(NULL).len, 0);
}

static void heads_and_tails(void **state)
{
    struct sgs_slice s = SGS_LIT("SIP/2.0 200 OK");

    assert_true(sgs_slice_starts(s, SGS_LIT("SIP/")));
    assert_true(sgs_slice_starts(s, none));
    assert_false(sgs_slice_starts(s, SGS_LIT("sip/")));
    assert_true(sgs_slice_istarts(s, SGS_LIT("sip/")));
    assert_false(sgs_slice_starts(SGS_LIT("SI"), SGS_LIT("SIP/")));
    assert_true(sgs_slice_iends(s, SGS_LIT("ok")));
    assert_false(sgs_slice_iends(SGS_LIT("K"), SGS_LIT("OK")));
}

static void finds(void **state)
{
    struct sgs_slice s = SGS_LIT("one two Two");

    assert_int_equal(sgs_slice_chr(s, 't'), 4);
    assert_int_equal(sgs_slice_chr(s, 'x'), s.len);
    assert_int_equal(sgs_slice_chr(none, 'x'), 0);
    assert_int_equal(sgs_slice_find(s, SGS_LIT("Two")), 8);
    assert_int_equal(sgs_slice_ifind(s, SGS_LIT("TWO")), 4);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("sSstT"), SGS_LIT("st")), 2);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("SsStT"), SGS_LIT("st")), 2);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("a-->"), SGS_LIT("->")), 2);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("abC"), SGS_LIT("c")), 2);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("abC"), SGS_LIT("cd")), 3);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("ab"), SGS_LIT("abc")), 2);
    assert_int_equal(sgs_slice_ifind(SGS_LIT("ab"), SGS_LIT("")), 0);
    assert_int_equal(sgs_slice_ifind(SGS_LIT(""), SGS_LIT("a")), 0);
    assert_int_equal(sgs_slice_find(s, SGS_LIT("Twos")), s.len);
    assert_int_equal(sgs_slice_find(s, none), 0);
    assert_int_equal(sgs_slice_find(SGS_LIT("ab"), SGS_LIT("abc")), 2);
}

static void parts_stay_inside(void **state)
{
    struct sgs_slice s = SGS_LIT("abcdef");

    assert_true(sgs_slice_eq(sgs_slice_from(s, 4), SGS_LIT("ef")));
    assert_int_equal(sgs_slice_from(s, 6).len, 0);
    assert_int_equal(sgs_slice_from(s, SIZE_MAX).len, 0);
    assert_ptr_equal(sgs_slice_from(s, SIZE_MAX).ptr, s.ptr + 6);
    assert_true(sgs_slice_eq(sgs_slice_behind_last(SGS_LIT("0 0 443 a"), ' '), SGS_LIT("a")));
    assert_true(sgs_slice_eq(sgs_slice_behind_last(SGS_LIT("a"), ' '), SGS_LIT("a")));
    assert_int_equal(sgs_slice_behind_last(SGS_LIT("a "), ' ').len, 0);
    assert_int_equal(sgs_slice_behind_last((struct sgs_slice){NULL, 0}, ' ').len, 0);
    assert_true(sgs_slice_eq(sgs_slice_head(s, 2), SGS_LIT("ab")));
    assert_true(sgs_slice_eq(sgs_slice_head(s, SIZE_MAX), s));
    assert_null(sgs_slice_from(none, 1).ptr);
}

static void trims(void **state)
{
    assert_true(sgs_slice_eq(sgs_slice_trim(SGS_LIT(" \t\r\n a b \r\n")), SGS_LIT("a b")));
    assert_int_equal(sgs_slice_trim(SGS_LIT(" \t ")).len, 0);
    assert_int_equal(sgs_slice_trim(none).len, 0);
}

static void cuts(void **state)
{
    struct sgs_slice rest = SGS_LIT("a,,b");

    assert_true(sgs_slice_eq(sgs_slice_cut(&rest, ','), SGS_LIT("a")));
    assert_true(sgs_slice_eq(sgs_slice_cut(&rest, ','), SGS_LIT("")));
    assert_true(sgs_slice_eq(rest, SGS_LIT("b")));
    assert_true(sgs_slice_eq(sgs_slice_cut(&rest, ','), SGS_LIT("b")));
    assert_int_equal(rest.len, 0);
    rest = SGS_LIT("a,");
    assert_true(sgs_slice_eq(sgs_slice_cut(&rest, ','), SGS_LIT("a")));
    assert_int_equal(rest.len, 0);
}

static void numbers(void **state)
{
    uint64_t n = 7;

    assert_false(sgs_slice_uint(none, 100, &n));
    assert_false(sgs_slice_uint(SGS_LIT("+1"), 100, &n));
    assert_false(sgs_slice_uint(SGS_LIT("1 "), 100, &n));
    assert_false(sgs_slice_uint(SGS_LIT("101"), 100, &n));
    assert_false(sgs_slice_uint(SGS_LIT("9"), 8, &n));
    assert_false(sgs_slice_uint(SGS_LIT("18446744073709551616"), UINT64_MAX, &n));
    assert_false(sgs_slice_uint(SGS_LIT("99999999999999999999999"), UINT64_MAX, &n));
    assert_int_equal(n, 7);
    assert_true(sgs_slice_uint(SGS_LIT("18446744073709551615"), UINT64_MAX, &n));
    assert_true(n == UINT64_MAX);
    assert_true(sgs_slice_uint(SGS_LIT("000100"), 100, &n));
    assert_int_equal(n, 100);
    assert_true(sgs_slice_uint(SGS_LIT("0"), 0, &n));
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares), cmocka_unit_test(heads_and_tails),
        cmocka_unit_test(finds),    cmocka_unit_test(parts_stay_inside),
        cmocka_unit_test(trims),    cmocka_unit_test(cuts),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests_name("slice", tests, NULL, NULL) != 0;
}
