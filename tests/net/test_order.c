/* Octets in order: holes, retransmission, wrap, gaps and what they wait for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

/* SYN, its answer 5 ms later, the last step: client octets begin at 101, server octets at 501. */
#define OPEN                                                                                       \
    {.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5},                    \
    {                                                                                              \
        .how = ">A", .seq = 101, .ack = 501                                                        \
    }
#define OPENED "tcp0 open 1000>80\ntcp0 opened rtt=5\n"
#define ENDED(idle) "tcp0 c end capture\ntcp0 s end capture\ntcp0 closed c capture idle=" idle "\n"
#define C(at, text)                                                                                \
    {                                                                                              \
        .how = ">A", .seq = (at), .ack = 501, .data = (text)                                       \
    }
#define S(at, text)                                                                                \
    {                                                                                              \
        .how = "<A", .seq = (at), .ack = 101, .data = (text)                                       \
    }

static const struct row rows[] = {
#include "order.def"
};

static void same(const char *told, const char *want)
{
    assert_string_equal(told, want);
}

static void one(void **state)
{
    bench_row(*state, same);
}

/* Behind a hole more is sent than a direction may hold: the hole is given up. */
static void held_cap(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);
    struct seg open[] = {OPEN};
    struct ip4 ip = {.src = 0x0a000001, .dst = 0x0a000002, .protocol = 6};
    uint32_t seq = 111;

    assert_non_null(f);
    for (size_t i = 0; i < 3; i++) {
        bench_seg(b, &open[i], false);
    }
    b->len = 0;
    for (int i = 0; i < 100; i++, seq += 60000) {
        f->len = 0;
        put_ip4(f, &ip, 60020);
        put(f, 1000, 2);
        put(f, 80, 2);
        put(f, seq, 4);
        put(f, 501, 4);
        put(f, 0x50102000, 4);
        put(f, 0, 4);
        f->len += 60000;
        bench_feed(b, sgs_slice(f->octets, f->len), f->len);
        if (b->len > 0) {
            break;
        }
    }
    free(f);
    assert_memory_equal(b->text, "tcp0 limit net.stream_held\ntcp0 c gap 10 cap\ntcp0 c ", 50);
    bench_free(b);
}

/* More holes than a direction may have: the first is given up. */
static void ranges_cap(void **state)
{
    struct bench *b = bench_new();
    struct seg open[] = {OPEN};

    for (size_t i = 0; i < 3; i++) {
        bench_seg(b, &open[i], false);
    }
    b->len = 0;
    for (uint32_t i = 0; i < 1025; i++) {
        assert_int_equal(b->len, 0);
        bench_seg(b, &(struct seg){.how = ">A", .seq = 103 + i * 4, .ack = 501, .data = "ab"},
                  false);
    }
    assert_string_equal(b->text, "tcp0 limit net.stream_ranges\ntcp0 c gap 2 cap\ntcp0 c \"ab\"\n");
    bench_free(b);
}

#define N_ROWS (sizeof rows / sizeof *rows)

int main(void)
{
    struct CMUnitTest tests[N_ROWS + 2];

    for (size_t i = 0; i < N_ROWS; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N_ROWS] = (struct CMUnitTest)cmocka_unit_test(held_cap);
    tests[N_ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(ranges_cap);
    return cmocka_run_group_tests_name("order", tests, NULL, NULL) != 0;
}
