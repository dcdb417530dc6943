/* The entry: what holds for every frame, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"
#include "net/inner.h"

/* A frame that is wrong twice is told of once; the next one again. */
static void malformed_once(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, "45000064 00000000 40110000 0a000001 0a000002 0fa0 0035 0007 0000");
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, "malformed IPv4 total length beyond the frame\n"
                                 "malformed IPv4 total length beyond the frame\n");
    free(f);
    bench_free(b);
}

/* A wire length below what was captured is the writer's mistake, not the sender's. */
static void short_wire_len(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_ip4_udp(f, 4000, 53, "hi");
    bench_feed(b, sgs_slice(f->octets, f->len), 0);
    assert_string_equal(b->text, "udp0 open 4000>53\nudp0 c \"hi\"\n");
    free(f);
    bench_free(b);
}

/* The clock of the timers follows the capture time, but no leaps, and never overflows. */
static void clock_steps(void **state)
{
    static const struct {
        sgs_time time, now;
    } rows[] = {
        {1000 * SGS_SEC,                    1000 * SGS_SEC                   },
        {1010 * SGS_SEC,                    1010 * SGS_SEC                   },
        {1005 * SGS_SEC,                    1005 * SGS_SEC                   },
        {1005 * SGS_SEC + 604800 * SGS_SEC, 1005 * SGS_SEC + 604800 * SGS_SEC},
        {INT64_MAX,                         1005 * SGS_SEC + 604800 * SGS_SEC},
        {INT64_MIN,                         1005 * SGS_SEC + 604800 * SGS_SEC},
        {INT64_MIN + SGS_SEC,               1006 * SGS_SEC + 604800 * SGS_SEC},
        {0,                                 1006 * SGS_SEC + 604800 * SGS_SEC},
        {-SGS_SEC,                          1005 * SGS_SEC + 604800 * SGS_SEC},
    };
    struct bench *b = bench_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->time = rows[i].time;
        bench_feed(b, sgs_slice(NULL, 0), 0);
        assert_true(b->net->now == rows[i].now);
    }
    bench_free(b);
}

/* A net that is freed in the middle of everything leaves nothing behind (the sanitizer looks). */
static void free_midway(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);
    struct ip4 ip = {.src = 1, .dst = 2, .protocol = 17, .fragment = 0x2000};

    assert_non_null(f);
    put_ip4(f, &ip, 8);
    put_hex(f, "0000000000000000");
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    bench_seg(b, &(struct seg){.how = ">S", .seq = 1}, false);
    bench_seg(b, &(struct seg){.how = ">A", .seq = 2, .data = "abc"}, false);
    bench_seg(b, &(struct seg){.how = ">A", .seq = 9, .data = "abc"}, false);
    free(f);
    bench_free(b);
    sgs_net_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_once),
        cmocka_unit_test(short_wire_len),
        cmocka_unit_test(clock_steps),
        cmocka_unit_test(free_midway),
    };

    return cmocka_run_group_tests_name("net", tests, NULL, NULL) != 0;
}
