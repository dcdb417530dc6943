/* arena.h: zeroed, aligned, capped, reusable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/arena.h>

static void gives_zeroed_memory_again(void **state)
{
    struct sgs_arena a;

    sgs_arena_init(&a, 1u << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *p = sgs_arena_alloc(&a, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(p[i], 0);
                p[i] = 0xee;
            }
        }
        sgs_arena_reset(&a);
    }
    sgs_arena_clear(&a);
}

static void keeps_pieces_apart(void **state)
{
    struct sgs_arena a;
    unsigned char *pieces[200];

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = sgs_arena_alloc(&a, i + 1);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(pieces[i][0], i);
        assert_int_equal(pieces[i][i], i);
    }
    sgs_arena_clear(&a);
}

static void stops_at_the_cap(void **state)
{
    struct sgs_arena a;
    size_t n = 0;

    sgs_arena_init(&a, 1000);
    assert_null(sgs_arena_alloc(&a, 1001));
    assert_null(sgs_arena_alloc(&a, SIZE_MAX));
    while (sgs_arena_alloc(&a, 10)) {
        n++;
    }
    assert_true(n > 50 && n <= 100);
    assert_int_equal(sgs_arena_copy(&a, SGS_LIT("0123456789")).len, 0);
    assert_null(sgs_arena_text(&a, SGS_LIT("0123456789")));
    assert_int_equal(sgs_arena_printf(&a, "%s", "0123456789").len, 0);
    sgs_arena_reset(&a);
    assert_non_null(sgs_arena_alloc(&a, 900));
    sgs_arena_clear(&a);
    assert_non_null(sgs_arena_alloc(&a, 900));
    sgs_arena_clear(&a);
}

static void empty_pieces_count(void **state)
{
    struct sgs_arena a;
    size_t n = 0;

    sgs_arena_init(&a, 4096);
    while (sgs_arena_alloc(&a, 0)) {
        n++;
    }
    assert_true(n > 0 && n <= 4096);
    sgs_arena_clear(&a);
}

static void arrays_do_not_wrap(void **state)
{
    struct sgs_arena a;

    sgs_arena_init(&a, SIZE_MAX);
    assert_null(sgs_arena_array(&a, SIZE_MAX / 2, 4));
    assert_non_null(sgs_arena_array(&a, 4, 4));
    assert_non_null(sgs_arena_array(&a, 0, 4));
    assert_non_null(sgs_arena_array(&a, 4, 0));
    sgs_arena_clear(&a);
}

static void copies_and_prints(void **state)
{
    struct sgs_arena a;
    struct sgs_slice s;

    sgs_arena_init(&a, 1u << 20);
    s = sgs_arena_lower(&a, SGS_LIT("Web.CONTOSO.example\0@[`{Z"));
    assert_true(sgs_slice_eq(s, SGS_LIT("web.contoso.example\0@[`{z")));
    s = sgs_arena_copy(&a, SGS_LIT("a\0b"));
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.ptr, "a\0b", 4);
    assert_string_equal(sgs_arena_text(&a, SGS_LIT("text")), "text");
    assert_non_null(sgs_arena_copy(&a, (struct sgs_slice){NULL, 0}).ptr);
    s = sgs_arena_printf(&a, "%d-%s", 12, "x");
    assert_int_equal(s.len, 4);
    assert_string_equal((const char *)s.ptr, "12-x");
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory_again), cmocka_unit_test(keeps_pieces_apart),
        cmocka_unit_test(stops_at_the_cap),          cmocka_unit_test(empty_pieces_count),
        cmocka_unit_test(arrays_do_not_wrap),        cmocka_unit_test(copies_and_prints),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL) != 0;
}
