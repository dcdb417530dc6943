/* How TCP connections begin and end, and what the sink hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define OPEN {.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5}, {.how = ">A", .seq = 101, .ack = 501}
#define OPENED "tcp0 open 1000>80\ntcp0 opened rtt=5\n"
#define BOTH(why) "tcp0 c end " why "\ntcp0 s end " why "\n"

static const struct row rows[] = {
    {"a SYN sent three times: the round trip is that of the last",
     SEGS({.how = ">S", .seq = 100}, {.how = ">S", .seq = 100, .ms = 1000}, {.how = ">S", .seq = 100, .ms = 2000},
          {.how = "<SA", .seq = 500, .ack = 101, .ms = 20}), 0,
     "tcp0 open 1000>80\ntcp0 opened rtt=20 syn=3\n--\n" BOTH("capture") "tcp0 closed c capture idle=0 syn=3\ntcp0 done\n"},

    {"the SYN-ACK is missing", SEGS({.how = ">S", .seq = 100}, {.how = ">A", .seq = 101, .ack = 501, .ms = 9}), 0,
     "tcp0 open 1000>80\ntcp0 opened\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"the SYN-ACK was shown first",
     SEGS({.how = "<SA", .seq = 500, .ack = 101}, {.how = ">S", .seq = 100}, {.how = ">A", .seq = 101, .ack = 501, .data = "abc"}), 0,
     "tcp0 open 1000>80\ntcp0 opened\ntcp0 c \"abc\"\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"refused", SEGS({.how = ">S", .seq = 100}, {.how = "<RA", .seq = 0, .ack = 101, .ms = 3, .ttl = 60}), 0,
     "tcp0 open 1000>80\n--\n" BOTH("rst") "tcp0 refused s rtt=3 ttl=60/0\ntcp0 done\n"},

    {"refused three times from one port",
     SEGS({.how = ">S", .seq = 100}, {.how = "<RA", .ack = 101, .ms = 3}, {.how = ">S", .seq = 100, .ms = 500},
          {.how = "<RA", .ack = 101, .ms = 4}, {.how = ">S", .seq = 100, .ms = 500}, {.how = "<RA", .ack = 101, .ms = 5},
          {.how = ">S", .seq = 1, .ms = 1000, .port = 1001}), 0,
     "tcp0 open 1000>80\n" BOTH("rst") "tcp0 refused s rtt=5 ttl=64/0 syn=3\ntcp0 done\ntcp1 open 1001>80\n--\n"
     "tcp1 c end capture\ntcp1 s end capture\ntcp1 unanswered\ntcp1 done\n"},

    {"refused, then accepted",
     SEGS({.how = ">S", .seq = 100}, {.how = "<RA", .ack = 101, .ms = 3}, {.how = ">S", .seq = 100, .ms = 500},
          {.how = "<SA", .seq = 500, .ack = 101, .ms = 4}), 0,
     "tcp0 open 1000>80\ntcp0 opened rtt=4 syn=2\n--\n" BOTH("capture") "tcp0 closed c capture idle=0 syn=2\ntcp0 done\n"},

    {"an old connection answers, the client says RST and tries again",
     SEGS({.how = ">S", .seq = 100}, {.how = "<A", .seq = 7, .ack = 3331369076, .ms = 18}, {.how = ">R", .seq = 3331369076},
          {.how = ">S", .seq = 100, .ms = 3000}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 20},
          {.how = ">A", .seq = 101, .ack = 501, .data = "abc"}), 0,
     "tcp0 open 1000>80\ntcp0 opened rtt=20 syn=2\ntcp0 c \"abc\"\n--\n" BOTH("capture")
     "tcp0 closed c capture idle=0 syn=2\ntcp0 done\n"},

    {"unanswered until the end", SEGS({.how = ">S", .seq = 100}, {.how = ">S", .seq = 100, .ms = 3000}), 0,
     "tcp0 open 1000>80\n--\n" BOTH("capture") "tcp0 unanswered syn=2\ntcp0 done\n"},

    {"unanswered for 130 s", SEGS({.how = ">S", .seq = 100}, {.how = ">S", .seq = 1, .ms = 130000, .port = 1001}), 0,
     "tcp0 open 1000>80\n" BOTH("idle") "tcp0 unanswered\ntcp0 done\ntcp1 open 1001>80\n--\n"
     "tcp1 c end capture\ntcp1 s end capture\ntcp1 unanswered\ntcp1 done\n"},

    {"reset after silence",
     SEGS(OPEN, {.how = "<R", .seq = 501, .ms = 900, .ttl = 250}), 0,
     OPENED "--\n" BOTH("rst") "tcp0 reset s idle=900 ttl=250/64\ntcp0 done\n"},

    {"octets that crossed the RST",
     SEGS(OPEN, {.how = ">RA", .seq = 101, .ack = 501, .ms = 1}, {.how = "<A", .seq = 501, .ack = 101, .data = "late", .ms = 2},
          {.how = ">S", .seq = 1, .ms = 1000, .port = 1001}), 0,
     OPENED "tcp0 s \"late\"\n" BOTH("rst") "tcp0 reset c idle=1 ttl=64/64\ntcp0 done\ntcp1 open 1001>80\n--\n"
            "tcp1 c end capture\ntcp1 s end capture\ntcp1 unanswered\ntcp1 done\n"},

    {"a hole at the RST",
     SEGS(OPEN, {.how = ">A", .seq = 104, .ack = 501, .data = "def"}, {.how = "<R", .seq = 501, .ms = 2}), 0,
     OPENED "--\ntcp0 c gap 3 lost\ntcp0 c \"def\"\n" BOTH("rst") "tcp0 reset s idle=2 ttl=64/64\ntcp0 done gaps=3/0\n"},

    {"a RST that nobody minds",
     SEGS(OPEN, {.how = "<R", .seq = 501, .ttl = 9}, {.how = "<A", .seq = 501, .ack = 101, .data = "on", .ms = 4},
          {.how = "<A", .seq = 503, .ack = 101, .data = "and", .ms = 2000}), 0,
     OPENED "tcp0 s \"on\"\ntcp0 s \"and\"\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"RST after one FIN",
     SEGS(OPEN, {.how = ">FA", .seq = 101, .ack = 501}, {.how = "<R", .seq = 501, .ms = 2}), 0,
     OPENED "tcp0 c end fin\n--\ntcp0 s end rst\ntcp0 reset s idle=2 ttl=64/64\ntcp0 done\n"},

    {"RST after both FINs, and stragglers",
     SEGS(OPEN, {.how = ">FA", .seq = 101, .ack = 501}, {.how = "<FA", .seq = 501, .ack = 102, .ms = 4},
          {.how = ">R", .seq = 102}, {.how = "<FA", .seq = 501, .ack = 102}, {.how = "<SA", .seq = 500, .ack = 101}), 0,
     OPENED "tcp0 c end fin\ntcp0 s end fin\ntcp0 closed c fin idle=4\ntcp0 done\n--\n"},

    {"both FINs, a hole before one, then RST",
     SEGS(OPEN, {.how = "<FA", .seq = 501, .ack = 101}, {.how = ">FA", .seq = 104, .ack = 502, .ms = 4}, {.how = ">R", .seq = 105}), 0,
     OPENED "tcp0 s end fin\n--\ntcp0 c gap 3 lost\ntcp0 c end fin\ntcp0 closed s fin idle=0\ntcp0 done gaps=3/0\n"},

    {"first seen by its RST", SEGS({.how = "<R", .seq = 501}), 0,
     "tcp0 open 1000>80\ntcp0 joined\n--\n" BOTH("rst") "tcp0 reset s ttl=64/0\ntcp0 done\n"},

    {"the port is used again",
     SEGS(OPEN, {.how = ">S", .seq = 9000, .ms = 10}, {.how = "<SA", .seq = 800, .ack = 9001, .ms = 6}), 0,
     OPENED BOTH("idle") "tcp0 closed c idle idle=10\ntcp0 done\ntcp1 open 1000>80\ntcp1 opened rtt=6\n--\n"
            "tcp1 c end capture\ntcp1 s end capture\ntcp1 closed c capture idle=0\ntcp1 done\n"},

    {"idle for an hour, then more of it",
     SEGS(OPEN, {.how = ">A", .seq = 101, .ack = 501, .data = "abc"}, {.how = "<A", .seq = 501, .ack = 104, .data = "x", .ms = 3600000},
          {.how = "<A", .seq = 502, .ack = 104, .data = "yz"}), 0,
     OPENED "tcp0 c \"abc\"\n" BOTH("idle") "tcp0 closed c idle idle=3600000\ntcp0 done\n"
            "tcp0 open 1000>80\ntcp0 joined\ntcp0 s \"yz\"\n--\n" BOTH("capture")
            "tcp0 closed c capture idle=0\ntcp0 done probes=0/1\n"},

    {"less than an hour",
     SEGS(OPEN, {.how = ">A", .seq = 101, .ack = 501, .data = "abc"}, {.how = "<A", .seq = 501, .ack = 104, .data = "x", .ms = 3599999}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 s \"x\"\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"the clock leaps by years: nobody was idle",
     SEGS({.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 2000000000}, {.how = ">A", .seq = 101, .ack = 501, .data = "abc", .ms = -2000000000}), 0,
     "tcp0 open 1000>80\ntcp0 opened\ntcp0 c \"abc\"\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"octets after the end are not lost",
     SEGS(OPEN, {.how = "<R", .seq = 501}, {.how = ">A", .seq = 101, .ack = 501, .ms = 2000}, {.how = ">A", .seq = 101, .ack = 501, .data = "abc"},
          {.how = ">A", .seq = 104, .ack = 501, .data = "d"}), 0,
     OPENED BOTH("rst") "tcp0 reset s idle=0 ttl=64/64\ntcp0 done\ntcp0 open 1000>80\ntcp0 joined\ntcp0 c \"abc\"\ntcp0 c \"d\"\n--\n"
     BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"both sides send a SYN",
     SEGS({.how = ">S", .seq = 100}, {.how = "<S", .seq = 500}, {.how = ">SA", .seq = 100, .ack = 501}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 8},
          {.how = ">A", .seq = 101, .ack = 501, .data = "abc"}), 0,
     "tcp0 open 1000>80\ntcp0 opened rtt=8\ntcp0 c \"abc\"\n--\n" BOTH("capture") "tcp0 closed c capture idle=0\ntcp0 done\n"},
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
