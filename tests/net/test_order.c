/* Octets in order: holes, retransmission, wrap, gaps and what they wait for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

/* SYN, its answer 5 ms later, the last step: client octets begin at 101, server octets at 501. */
#define OPEN {.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5}, {.how = ">A", .seq = 101, .ack = 501}
#define OPENED "tcp0 open 1000>80\ntcp0 opened rtt=5\n"
#define ENDED(idle) "tcp0 c end capture\ntcp0 s end capture\ntcp0 closed c capture idle=" idle "\n"
#define C(at, text) {.how = ">A", .seq = (at), .ack = 501, .data = (text)}
#define S(at, text) {.how = "<A", .seq = (at), .ack = 101, .data = (text)}

static const struct row rows[] = {
    {"in order", SEGS(OPEN, C(101, "abc"), C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"out of order", SEGS(OPEN, C(107, "ghi"), C(104, "def"), C(101, "abc")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\ntcp0 c \"ghi\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"sent again", SEGS(OPEN, C(101, "abc"), C(101, "abc"), C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\n--\n" ENDED("0") "tcp0 done again=3/0\n"},

    {"sent again with more", SEGS(OPEN, C(101, "abcd"), C(103, "cdef")), 0,
     OPENED "tcp0 c \"abcd\"\ntcp0 c \"ef\"\n--\n" ENDED("0") "tcp0 done again=2/0\n"},

    {"sent again with other octets: the first count", SEGS(OPEN, C(101, "abcdef"), C(103, "cXef")), 0,
     OPENED "tcp0 c \"abcdef\"\ntcp0 different c at 3\n--\n" ENDED("0") "tcp0 done again=4/0\n"},

    {"the same behind a hole", SEGS(OPEN, C(104, "XY"), C(104, "xYz"), C(101, "abc")), 0,
     OPENED "tcp0 different c at 3\ntcp0 c \"abc\"\ntcp0 c \"XY\"\ntcp0 c \"z\"\n--\n" ENDED("0")
            "tcp0 done again=2/0\n"},

    {"one segment over two holes", SEGS(OPEN, C(103, "c"), C(106, "f"), C(101, "abcdefg")), 0,
     OPENED "tcp0 c \"ab\"\ntcp0 c \"c\"\ntcp0 c \"de\"\ntcp0 c \"f\"\ntcp0 c \"g\"\n--\n" ENDED("0")
            "tcp0 done again=2/0\n"},

    {"sequence numbers wrap",
     SEGS({.how = ">S", .seq = 0xfffffffc}, {.how = "<SA", .seq = 0xffffffff, .ack = 0xfffffffd, .ms = 5},
          {.how = ">A", .seq = 0, .ack = 0, .data = "def"},
          {.how = ">A", .seq = 0xfffffffd, .ack = 0, .data = "abc"},
          {.how = "<A", .seq = 0, .ack = 3, .data = "xyz"}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\ntcp0 s \"xyz\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"an acknowledged hole waits a second",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 110},
          {.how = "<A", .seq = 501, .ack = 110, .ms = 1000}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n--\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"and no less",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 110},
          {.how = "<A", .seq = 501, .ack = 110, .ms = 999}), 0,
     OPENED "tcp0 c \"abc\"\n--\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"or 64 frames",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 110}), 64,
     OPENED "tcp0 c \"abc\"\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n--\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"and no fewer",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 110}), 63,
     OPENED "tcp0 c \"abc\"\n--\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"the acknowledgement came before the octets",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 110}, C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\ntcp0 c \"ghi\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"a hole nobody acknowledged stays",
     SEGS(OPEN, C(101, "abc"), C(107, "ghi"), {.how = "<A", .seq = 501, .ack = 104},
          {.how = "<A", .seq = 501, .ack = 104, .ms = 5000}), 64,
     OPENED "tcp0 c \"abc\"\n--\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"the other side was never captured",
     SEGS({.how = ">S", .seq = 100}, C(101, "abc"), C(107, "ghi"),
          {.how = ">A", .seq = 110, .ack = 501, .ms = 1000}), 0,
     "tcp0 open 1000>80\ntcp0 opened\ntcp0 c \"abc\"\ntcp0 c gap 3 lost\ntcp0 c \"ghi\"\n--\n" ENDED("0")
     "tcp0 done gaps=3/0\n"},

    {"two holes wait each for itself",
     SEGS(OPEN, C(102, "b"), {.how = "<A", .seq = 501, .ack = 103},
          {.how = ">A", .seq = 104, .ack = 501, .data = "d", .ms = 500},
          {.how = "<A", .seq = 501, .ack = 105}, {.how = "<A", .seq = 501, .ack = 105, .ms = 500}), 0,
     OPENED "tcp0 c gap 1 lost\ntcp0 c \"b\"\n--\ntcp0 c gap 1 lost\ntcp0 c \"d\"\n" ENDED("0")
            "tcp0 done gaps=2/0\n"},

    {"keep-alives are no octets",
     SEGS(OPEN, C(101, "abc"), C(103, "c"), C(103, NULL), C(103, "\x01"), C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\n--\n" ENDED("0") "tcp0 done probes=3/0\n"},

    {"a window of zero and its probe",
     SEGS(OPEN, C(101, "abc"), {.how = "<AZ", .seq = 501, .ack = 104}, C(104, "d"),
          {.how = "<AZ", .seq = 501, .ack = 104}, {.how = "<A", .seq = 501, .ack = 104}, C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"d\"\ntcp0 c \"ef\"\n--\n" ENDED("0") "tcp0 done again=1/0 zero=0/2\n"},

    {"a SYN with data",
     SEGS({.how = ">S", .seq = 100, .data = "hey"}, {.how = "<SA", .seq = 500, .ack = 104, .ms = 5},
          C(104, "you")), 0,
     "tcp0 open 1000>80\ntcp0 c \"hey\"\ntcp0 opened rtt=5\ntcp0 c \"you\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"a SYN with data that is not taken",
     SEGS({.how = ">S", .seq = 100, .data = "hey"}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5},
          C(101, "hey"), C(104, "you")), 0,
     "tcp0 open 1000>80\ntcp0 c \"hey\"\ntcp0 opened rtt=5\ntcp0 c \"you\"\n--\n" ENDED("0")
     "tcp0 done again=3/0\n"},

    {"half-closed",
     SEGS(OPEN, {.how = ">FA", .seq = 101, .ack = 501, .data = "abc"},
          {.how = "<A", .seq = 501, .ack = 105, .data = "xyz"},
          {.how = "<FA", .seq = 504, .ack = 105, .ms = 7}, {.how = ">A", .seq = 105, .ack = 505}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c end fin\ntcp0 s \"xyz\"\ntcp0 s end fin\n"
            "tcp0 closed c fin idle=7\ntcp0 done\n--\n"},

    {"a FIN before its octets",
     SEGS(OPEN, {.how = ">FA", .seq = 104, .ack = 501}, {.how = "<FA", .seq = 501, .ack = 101, .ms = 3},
          C(101, "abc")), 0,
     OPENED "tcp0 s end fin\ntcp0 c \"abc\"\ntcp0 c end fin\ntcp0 closed c fin idle=0\ntcp0 done\n--\n"},

    {"nothing stands behind a FIN",
     SEGS(OPEN, {.how = ">FA", .seq = 101, .ack = 501, .data = "abc"}, C(104, "evil"), C(102, "bcdef")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c end fin\n--\ntcp0 s end capture\ntcp0 closed c capture idle=0\n"
            "tcp0 done\n"},

    {"in the middle", SEGS(C(9000, "abc"), S(7000, "xyz"), C(9003, "def")), 0,
     "tcp0 open 1000>80\ntcp0 joined\ntcp0 c \"abc\"\ntcp0 s \"xyz\"\ntcp0 c \"def\"\n--\n" ENDED("0")
     "tcp0 done\n"},

    {"in the middle, keep-alives first",
     SEGS(C(8999, NULL), {.how = "<A", .seq = 501, .ack = 9000}, C(9000, "abc")), 0,
     "tcp0 open 1000>80\ntcp0 joined\ntcp0 c \"abc\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"in the middle, keep-alives of one octet first",
     SEGS({.how = ">A", .seq = 8999, .ack = 501, .data = "\x01"}, {.how = "<A", .seq = 501, .ack = 9000}, C(9000, "abc")), 0,
     "tcp0 open 1000>80\ntcp0 joined\ntcp0 c \"abc\"\n--\n" ENDED("0") "tcp0 done probes=1/0\n"},

    {"one direction only",
     SEGS({.how = "<SA", .seq = 500, .ack = 101}, {.how = "<A", .seq = 501, .ack = 120, .data = "abc"},
          {.how = "<A", .seq = 504, .ack = 140, .data = "def"}), 0,
     "tcp0 open 1000>80\ntcp0 joined\ntcp0 s \"abc\"\ntcp0 s \"def\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"the SYN-ACK was not captured, the first octets neither",
     SEGS({.how = ">S", .seq = 100}, C(101, NULL), S(504, "def"), {.how = ">A", .seq = 101, .ack = 507},
          {.how = ">A", .seq = 101, .ack = 507, .ms = 1000}), 0,
     "tcp0 open 1000>80\ntcp0 opened\ntcp0 s gap 3 lost\ntcp0 s \"def\"\n--\n" ENDED("0")
     "tcp0 done gaps=0/3\n"},

    {"cut by the snap length", SEGS(OPEN, {.how = ">A", .seq = 101, .ack = 501, .data = "abcdefgh", .cut = 5}, C(109, "ij")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c gap 5 snaplen\ntcp0 c \"ij\"\n--\n" ENDED("0") "tcp0 done gaps=5/0\n"},

    {"cut to its header", SEGS(OPEN, {.how = ">A", .seq = 101, .ack = 501, .data = "abcdefgh", .cut = 8}, C(109, "ij")), 0,
     OPENED "tcp0 c gap 8 snaplen\ntcp0 c \"ij\"\n--\n" ENDED("0") "tcp0 done gaps=8/0\n"},

    {"cut and out of order", SEGS(OPEN, {.how = ">A", .seq = 104, .ack = 501, .data = "defgh", .cut = 3}, C(101, "abc"), C(109, "ij")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"de\"\ntcp0 c gap 3 snaplen\ntcp0 c \"ij\"\n--\n" ENDED("0")
            "tcp0 done gaps=3/0\n"},

    {"the answer was shown before the question",
     SEGS(OPEN, {.how = "<A", .seq = 501, .ack = 104, .data = "answer"}, C(101, "ask")), 0,
     OPENED "tcp0 c \"ask\"\ntcp0 s \"answer\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"the question was never shown",
     SEGS(OPEN, {.how = "<A", .seq = 501, .ack = 104, .data = "answer"},
          {.how = ">A", .seq = 104, .ack = 507, .ms = 1000}), 0,
     OPENED "tcp0 c gap 3 lost\ntcp0 s \"answer\"\n--\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"the question was never shown, nothing comes after",
     SEGS(OPEN, {.how = "<A", .seq = 501, .ack = 104, .data = "answer"}), 0,
     OPENED "--\ntcp0 c gap 3 lost\ntcp0 s \"answer\"\n" ENDED("0") "tcp0 done gaps=3/0\n"},

    {"half of the question is missing",
     SEGS(OPEN, C(104, "def"), {.how = "<A", .seq = 501, .ack = 107, .data = "answer"}, C(101, "abc")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\ntcp0 s \"answer\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"two answers wait for two questions",
     SEGS(OPEN, {.how = "<A", .seq = 501, .ack = 104, .data = "one"},
          {.how = "<A", .seq = 504, .ack = 107, .data = "two"}, C(101, "ask"),
          {.how = ">A", .seq = 104, .ack = 504, .data = "now"}), 0,
     OPENED "tcp0 c \"ask\"\ntcp0 s \"one\"\ntcp0 c \"now\"\ntcp0 s \"two\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"each side claims to have heard the other first",
     SEGS(OPEN, {.how = "<A", .seq = 501, .ack = 104, .data = "one"},
          {.how = ">A", .seq = 101, .ack = 504, .data = "ask"}, {.how = ">A", .seq = 104, .ack = 504, .ms = 1000}), 0,
     OPENED "tcp0 c \"ask\"\ntcp0 s \"one\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"a FIN that was not captured is no gap",
     SEGS(OPEN, S(501, "bye"), {.how = ">A", .seq = 101, .ack = 505, .data = "too"},
          {.how = ">FA", .seq = 104, .ack = 505}), 0,
     OPENED "tcp0 s \"bye\"\ntcp0 c \"too\"\ntcp0 c end fin\n--\ntcp0 s end capture\n"
            "tcp0 closed c capture idle=0\ntcp0 done\n"},

    {"octets acknowledged at the end were lost",
     SEGS(OPEN, C(101, "abc"), {.how = "<A", .seq = 501, .ack = 114}), 0,
     OPENED "tcp0 c \"abc\"\n--\ntcp0 c gap 10 lost\n" ENDED("0") "tcp0 done gaps=10/0\n"},

    {"an acknowledgement from nowhere is noise",
     SEGS(OPEN, C(101, "abc"), {.how = "<A", .seq = 501, .ack = 700000000, .data = "x"}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 s \"x\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"a sequence number from nowhere is noise",
     SEGS(OPEN, C(101, "abc"), C(3000000000, "noise"), C(104, "def")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"two of them that fit are where the stream is",
     SEGS(OPEN, C(101, "abc"), C(3000000000, "lost"), C(3000000004, "def"), C(3000000007, "ghi")), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c gap 0 lost\ntcp0 c \"def\"\ntcp0 c \"ghi\"\n--\n" ENDED("0")
            "tcp0 done\n"},

    {"every frame twice",
     SEGS({.how = ">S", .seq = 100}, {.how = ">S", .seq = 100}, {.how = "<SA", .seq = 500, .ack = 101, .ms = 5},
          {.how = "<SA", .seq = 500, .ack = 101}, C(101, "abc"), C(101, "abc"),
          {.how = "<FA", .seq = 501, .ack = 104}, {.how = "<FA", .seq = 501, .ack = 104},
          {.how = ">FA", .seq = 104, .ack = 502}, {.how = ">FA", .seq = 104, .ack = 502},
          {.how = "<A", .seq = 502, .ack = 105}, {.how = "<A", .seq = 502, .ack = 105}), 0,
     "tcp0 open 1000>80\ntcp0 opened rtt=5 syn=2\ntcp0 c \"abc\"\ntcp0 s end fin\ntcp0 c end fin\n"
     "tcp0 closed s fin idle=0 syn=2\ntcp0 done again=3/0\n--\n"},

    {"padding is no octets", SEGS(OPEN, {.how = ">A", .seq = 101, .ack = 501, .data = "a", .pad = 17}, C(102, "b")), 0,
     OPENED "tcp0 c \"a\"\ntcp0 c \"b\"\n--\n" ENDED("0") "tcp0 done\n"},

    {"the clock goes backwards",
     SEGS(OPEN, C(101, "abc"), {.how = ">A", .seq = 107, .ack = 501, .data = "ghi", .ms = -5000},
          {.how = ">A", .seq = 104, .ack = 501, .data = "def", .ms = -5000}), 0,
     OPENED "tcp0 c \"abc\"\ntcp0 c \"def\"\ntcp0 c \"ghi\"\n--\n" ENDED("0") "tcp0 done\n"},
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
        bench_seg(b, &(struct seg){.how = ">A", .seq = 103 + i * 4, .ack = 501, .data = "ab"}, false);
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
