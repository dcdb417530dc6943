/* The window over an input: what it holds while it moves, and that it grows only as far as needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/window.h"
#include "octets.h"

#define LEN ((size_t)3 * 1024 * 1024)

/* Octet i of the input; no period that a wrong move could hide in. */
static uint8_t octet(size_t i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

static struct octets input(void)
{
    struct octets o = octets_new(false);

    o.len = LEN;
    for (size_t i = 0; i < LEN; i++) {
        o.ptr[i] = octet(i);
    }
    return o;
}

/* Steps of many sizes, each looking further ahead than it goes. */
static void test_moves(void **state)
{
    struct octets o = input();
    struct memory m = {.ptr = o.ptr, .len = o.len, .step = 70001};
    struct sgs_unpack *u = sgs_unpack_new(pull_from(&m));
    struct sgs_window w;
    size_t at = 0;

    sgs_window_init(&w, u);
    for (size_t n = 1; at < LEN; n = n * 7 % 99991 + 1) {
        struct sgs_slice s = sgs_window_need(&w, 2 * n);
        size_t left = LEN - at;
        assert_true(s.len >= (2 * n < left ? 2 * n : left));
        assert_int_equal(s.len, sgs_window_held(&w));
        assert_int_equal(w.offset, at);
        assert_int_equal(s.ptr[0], octet(at));
        assert_int_equal(s.ptr[s.len - 1], octet(at + s.len - 1));
        sgs_window_drop(&w, n);
        at += n < left ? n : left;
    }
    assert_int_equal(sgs_window_need(&w, 1).len, 0);
    assert_true(w.is_ended);
    assert_int_equal(w.offset, LEN);
    assert_null(sgs_window_trouble(&w));
    assert_true(w.size <= 1024 * 1024);
    sgs_window_clear(&w);
    sgs_unpack_free(u);
    octets_free(&o);
}

/* A need that cannot be met costs no more than what is there. */
static void test_promise(void **state)
{
    struct octets o = input();
    struct memory m = {.ptr = o.ptr, .len = 1000};
    struct sgs_unpack *u = sgs_unpack_new(pull_from(&m));
    struct sgs_window w;

    sgs_window_init(&w, u);
    assert_int_equal(sgs_window_need(&w, SGS_MAX_BLOCK).len, 1000);
    assert_true(w.size < 1024 * 1024);
    sgs_window_clear(&w);
    sgs_unpack_free(u);
    octets_free(&o);
}

static void test_waits(void **state)
{
    struct octets o = input();
    struct memory m = {.ptr = o.ptr, .len = 300, .step = 100, .is_lazy = true};
    struct sgs_unpack *u = sgs_unpack_new(pull_from(&m));
    struct sgs_window w;
    size_t waits = 0;

    sgs_window_init(&w, u);
    while (sgs_window_need(&w, 300).len < 300) {
        assert_true(w.is_waiting);
        assert_false(w.is_ended);
        waits++;
    }
    assert_false(w.is_waiting);
    assert_true(waits >= 3);
    sgs_window_clear(&w);
    sgs_unpack_free(u);
    octets_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_promise),
        cmocka_unit_test(test_waits),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL) != 0;
}
