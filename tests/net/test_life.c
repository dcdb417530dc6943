/* How TCP connections begin and end, and what the sink hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define OPEN                                                                                       \
    {.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5},                    \
    {                                                                                              \
        .how = ">A", .seq = 101, .ack = 501                                                        \
    }
#define OPENED "tcp0 open 1000>80\ntcp0 opened rtt=5\n"
#define BOTH(why) "tcp0 c end " why "\ntcp0 s end " why "\n"
#define SERVER_FIRST(why) "tcp0 s end " why "\ntcp0 c end " why "\n" /* it said RST */

static const struct row rows[] = {
#include "life.def"
};

static void same(const char *told, const char *want)
{
    assert_string_equal(told, want);
}

static void one(void **state)
{
    bench_row(*state, same);
}

#define N_ROWS (sizeof rows / sizeof *rows)

int main(void)
{
    struct CMUnitTest tests[N_ROWS];

    for (size_t i = 0; i < N_ROWS; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    return cmocka_run_group_tests_name("life", tests, NULL, NULL) != 0;
}
