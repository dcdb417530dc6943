/* map.h: finds what was put, forgets what was deleted, and keeps the order of insertion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/map.h"

#define MANY 50000u

static struct sgs_map *m;

static int fresh(void **state)
{
    m = sgs_map_new();
    return 0;
}

static int release(void **state)
{
    sgs_map_free(m);
    return 0;
}

static struct sgs_slice key(size_t i)
{
    static char text[24];

    return sgs_slice(text, (size_t)snprintf(text, sizeof text, "%zu", i));
}

static void puts_gets_deletes(void **state)
{
    int one, two;

    assert_null(sgs_map_get(m, SGS_LIT("a")));
    assert_null(sgs_map_del(m, SGS_LIT("a")));
    assert_null(sgs_map_put(m, SGS_LIT("a"), &one));
    assert_null(sgs_map_put(m, SGS_LIT("a\0"), &two));
    assert_null(sgs_map_put(m, SGS_LIT(""), &two));
    assert_ptr_equal(sgs_map_get(m, SGS_LIT("a")), &one);
    assert_ptr_equal(sgs_map_get(m, SGS_LIT("a\0")), &two);
    assert_ptr_equal(sgs_map_get(m, (struct sgs_slice){NULL, 0}), &two);
    assert_ptr_equal(sgs_map_put(m, SGS_LIT("a"), &two), &one);
    assert_int_equal(sgs_map_len(m), 3);
    assert_ptr_equal(sgs_map_del(m, SGS_LIT("a")), &two);
    assert_null(sgs_map_get(m, SGS_LIT("a")));
    assert_int_equal(sgs_map_len(m), 2);
    sgs_map_free(NULL);
}

static void copies_keys(void **state)
{
    char text[] = "key";
    int one;

    sgs_map_put(m, sgs_slice(text, 3), &one);
    text[0] = 'K';
    assert_null(sgs_map_get(m, sgs_slice(text, 3)));
    assert_ptr_equal(sgs_map_get(m, SGS_LIT("key")), &one);
}

/* Keys without those divisible by three, then those that came back at the end. */
static void keeps_the_order(void **state)
{
    size_t cursor = 0;
    struct sgs_slice k;
    void *value;

    for (size_t i = 0; i < MANY; i++) {
        sgs_map_put(m, key(i), &m);
    }
    for (size_t i = 0; i < MANY; i += 3) {
        assert_ptr_equal(sgs_map_del(m, key(i)), &m);
    }
    for (size_t i = 0; i < MANY; i += 6) {
        sgs_map_put(m, key(i), &cursor);
    }
    sgs_map_put(m, key(1), &k); /* a new value keeps its place */
    for (size_t i = 0; i < MANY; i++) {
        if (i % 3 != 0) {
            assert_true(sgs_map_next(m, &cursor, &k, &value));
            assert_true(sgs_slice_eq(k, key(i)));
            assert_ptr_equal(value, i == 1 ? (void *)&k : (void *)&m);
        }
    }
    for (size_t i = 0; i < MANY; i += 6) {
        assert_true(sgs_map_next(m, &cursor, &k, NULL));
        assert_true(sgs_slice_eq(k, key(i)));
    }
    assert_false(sgs_map_next(m, &cursor, NULL, NULL));
    assert_false(sgs_map_next(m, &cursor, NULL, NULL));
}

static void may_be_emptied_while_read(void **state)
{
    size_t cursor = 0;
    size_t n = 0;
    struct sgs_slice k;

    for (size_t i = 0; i < 100; i++) {
        sgs_map_put(m, key(i), &m);
    }
    while (sgs_map_next(m, &cursor, &k, NULL)) {
        assert_true(sgs_slice_eq(k, key(n++)));
        assert_ptr_equal(sgs_map_del(m, k), &m);
    }
    assert_int_equal(n, 100);
    assert_int_equal(sgs_map_len(m), 0);
    cursor = 0;
    assert_false(sgs_map_next(m, &cursor, NULL, NULL));
}

/* The oldest goes, a new one comes: a queue must not slow down with the ones that went. */
static void is_a_queue(void **state)
{
    struct sgs_slice oldest;

    for (size_t i = 0; i < 4 * MANY; i++) {
        size_t cursor = 0;
        sgs_map_put(m, key(i), &m);
        if (i < MANY) {
            continue;
        }
        assert_true(sgs_map_next(m, &cursor, &oldest, NULL));
        assert_true(sgs_slice_eq(oldest, key(i - MANY)));
        sgs_map_del(m, oldest);
    }
    assert_int_equal(sgs_map_len(m), MANY);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(puts_gets_deletes),         CASE(copies_keys), CASE(keeps_the_order),
        CASE(may_be_emptied_while_read), CASE(is_a_queue),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL) != 0;
}
