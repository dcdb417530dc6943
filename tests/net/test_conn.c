/* Which conversation a frame belongs to, its number, its client, and when it is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"
#include "net/conn.h"
#include "net/inner.h"

/* Numbers as tshark 4.0.17 gives them to the same segments (tcp.stream). */
struct numbers {
    const char *name;
    const struct seg *segs;
    size_t n;
    const char *want; /* one digit a segment */
};

static const struct numbers numbers[] = {
#include "conn_numbers.def"
};

static void numbered(void **state)
{
    const struct numbers *row = *state;

    for (int swapped = 0; swapped < 2; swapped++) {
        struct bench *b = bench_new();
        char got[16] = "";
        for (size_t i = 0; i < row->n; i++) {
            bench_seg(b, &row->segs[i], swapped);
            got[i] = (char)('0' + b->net->conns->last->number);
        }
        bench_free(b);
        assert_string_equal(got, row->want);
    }
}

static const struct row clients[] = {
#include "conn_clients.def"
};

static void same(const char *told, const char *want)
{
    assert_string_equal(told, want);
}

static void client(void **state)
{
    bench_row(*state, same);
}

static void feed_udp(struct bench *b, uint16_t from, uint16_t to, const char *payload)
{
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_ip4_udp(f, from, to, payload);
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    free(f);
}

static void udp_idle(void **state)
{
    struct bench *b = bench_new();

    feed_udp(b, 53, 4000, "an answer");
    b->time += 119 * SGS_SEC;
    feed_udp(b, 53, 4000, "one more");
    b->time += 120 * SGS_SEC;
    feed_udp(b, 53, 4000, "too late");
    sgs_net_finish(b->net);
    assert_string_equal(b->text, "udp0 open 4000>53\nudp0 s \"an answer\"\nudp0 s \"one more\"\n"
                                 "udp0 c end idle\nudp0 s end idle\nudp0 done\n"
                                 "udp0 open 4000>53\nudp0 s \"too late\"\n"
                                 "udp0 c end capture\nudp0 s end capture\nudp0 done\n");
    bench_free(b);
}

/* One more than there may be: the one that was silent longest ends. */
static void conns_cap(void **state)
{
    struct bench *b = bench_new();

    for (uint32_t i = 0; i < 65536; i++) {
        feed_udp(b, (uint16_t)(i < 2 ? i + 1 : i), (uint16_t)(i < 2 ? 60001 : 60002), "x");
        if (i == 2) {
            feed_udp(b, 1, 60001, "x"); /* the first is not the oldest any more */
        }
        b->len = 0;
    }
    feed_udp(b, 9, 9, "x");
    assert_string_equal(b->text,
                        "udp1 limit net.conns\nudp1 c end idle\nudp1 s end idle\nudp1 done\n"
                        "udp65536 open 9>9\nudp65536 c \"x\"\n");
    bench_free(b);
}

/* The end comes by transport and number. */
static void finish_order(void **state)
{
    struct bench *b = bench_new();

    feed_udp(b, 4000, 53, "a");
    bench_seg(b, &(struct seg){.how = ">S", .seq = 1, .port = 1001}, false);
    bench_seg(b, &(struct seg){.how = ">S", .seq = 1, .port = 1002}, false);
    bench_seg(b, &(struct seg){.how = ">S", .seq = 1, .port = 1001}, false);
    b->len = 0;
    sgs_net_finish(b->net);
    assert_string_equal(b->text,
                        "tcp0 c end capture\ntcp0 s end capture\ntcp0 unanswered syn=2\ntcp0 done\n"
                        "tcp1 c end capture\ntcp1 s end capture\ntcp1 unanswered\ntcp1 done\n"
                        "udp0 c end capture\nudp0 s end capture\nudp0 done\n");
    bench_free(b);
}

#define N_NUMBERS (sizeof numbers / sizeof *numbers)
#define N_CLIENTS (sizeof clients / sizeof *clients)

int main(void)
{
    struct CMUnitTest tests[N_NUMBERS + N_CLIENTS + 3];
    size_t n = 0;

    for (size_t i = 0; i < N_NUMBERS; i++) {
        tests[n++] = (struct CMUnitTest){.name = numbers[i].name,
                                         .test_func = numbered,
                                         .initial_state = (void *)(uintptr_t)&numbers[i]};
    }
    for (size_t i = 0; i < N_CLIENTS; i++) {
        tests[n++] = (struct CMUnitTest){.name = clients[i].name,
                                         .test_func = client,
                                         .initial_state = (void *)(uintptr_t)&clients[i]};
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(udp_idle);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(conns_cap);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(finish_order);
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL) != 0;
}
