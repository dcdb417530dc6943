/* IPv4 and IPv6 headers, lengths that lie, extension headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define A4 "0a000001 0a000002"
#define A6 "20010db8000000000000000000000001 20010db8000000000000000000000002"
#define HELLO "0fa0 0035 000a 0000 6869" /* UDP from 4000 to 53: "hi" */
#define HI "udp0 open 4000>53\nudp0 c \"hi\"\n"

struct datagram {
    const char *name;
    const char *hex;
    const char *told;
};

static const struct datagram datagrams[] = {
    {"IPv4",                                    "4500001e 00000000 40110000 " A4 HELLO,                                                HI                                      },
    {"IPv4 with options",                       "46000022 00000000 40110000 " A4 "01010100" HELLO,                                     HI                                      },
    {"IPv4 with padding behind",                "4500001e 00000000 40110000 " A4 HELLO "00000000000000",                               HI                                      },
    {"IPv4 without a total length",             "45000000 00000000 40110000 " A4 HELLO,                                                HI                                      },
    {"IPv4 with do-not-fragment",               "4500001e 00004000 40110000 " A4 HELLO,                                                HI                                      },
    {"a total length beyond the frame",         "45000064 00000000 40110000 " A4 HELLO,
     "malformed IPv4 total length beyond the frame\n" HI                                                                                                                       },
    {"a total length within the header",        "45000013 00000000 40110000 " A4 HELLO,
     "malformed IPv4 header length below its minimum or above the total length\n"                                                                                              },
    {"a header of 16 octets",                   "4400001e 00000000 40110000 " A4 HELLO,
     "malformed IPv4 header length below its minimum or above the total length\n"                                                                                              },
    {"a header cut short",                      "4500001e 00000000 4011",                                                              "malformed IPv4 header cut short\n"     },
    {"neither version",                         "50000000",                                                                            "malformed IP version neither 4 nor 6\n"},
    {"nothing",                                 "",                                                                                    "malformed IP header missing\n"         },
    {"IPv6",                                    "60000000 000a 11 40" A6 HELLO,                                                        HI                                      },
    {"IPv6 with padding behind",                "60000000 000a 11 40" A6 HELLO "0000",                                                 HI                                      },
    {"IPv6 without a length",                   "60000000 0000 11 40" A6 HELLO,                                                        HI                                      },
    {"hop-by-hop",                              "60000000 0012 00 40" A6 "1100 050200000100" HELLO,                                    HI                                      },
    {"routing",
     "60000000 0022 2b 40" A6 "1102 0400 00000000 00000000000000000000000000000000" HELLO,                                             HI                                      },
    {"destination, twice",                      "60000000 001a 3c 40" A6 "3c00 010400000000 1100 010400000000" HELLO,
     HI                                                                                                                                                                        },
    {"a fragment that is whole",                "60000000 0012 2c 40" A6 "1100 0000 00000001" HELLO,                                   HI                                      },
    {"AH",                                      "60000000 0022 33 40" A6 "1104 0000 00000001 00000001 000000000000000000000000" HELLO,
     HI                                                                                                                                                                        },
    {"mobile host identity",                    "60000000 0012 8b 40" A6 "1100 010400000000" HELLO,                                    HI                                      },
    {"ESP is named",                            "60000000 000a 32 40" A6 HELLO,                                                        "skip transport: IP protocol 50 (ESP)\n"},
    {"no next header is named",                 "60000000 0000 3b 40" A6,
     "skip transport: IP protocol 59 (no next header)\n"                                                                                                                       },
    {"SCTP is named",                           "4500001e 00000000 40840000 " A4 HELLO,
     "skip transport: IP protocol 132 (SCTP)\n"                                                                                                                                },
    {"an unknown protocol has its number",      "4500001e 00000000 40fd0000 " A4 HELLO,
     "skip transport: IP protocol 253\n"                                                                                                                                       },
    {"an extension header beyond the datagram", "60000000 000a 00 40" A6 "11ff 05020000 00000000",
     "malformed IPv6 extension header cut short\n"                                                                                                                             },
    {"a payload length beyond the frame",       "60000000 0064 11 40" A6 HELLO,
     "malformed IPv6 payload length beyond the frame\n" HI                                                                                                                     },
    {"an IPv6 header cut short",                "60000000 000a 11 40",                                                                 "malformed IPv6 header cut short\n"     },
    {"IPv6 in IPv4",                            "45000046 00000000 40290000 " A4 "60000000 000a 11 40" A6 HELLO,                       HI                                      },
    {"IPv4 in IPv6",                            "60000000 001e 04 40" A6 "4500001e 00000000 40110000 " A4 HELLO,                       HI                                      },
    {"UDP length within its header",            "4500001e 00000000 40110000 " A4 "0fa0 0035 0007 0000 6869",
     "malformed UDP length below its header\n"                                                                                                                                 },
    {"UDP length beyond the datagram",          "4500001e 00000000 40110000 " A4 "0fa0 0035 000b 0000 6869",
     "malformed UDP length beyond the datagram\n" HI                                                                                                                           },
    {"UDP length less than the datagram",
     "4500001e 00000000 40110000 " A4 "0fa0 0035 0009 0000 6869",
     "udp0 open 4000>53\nudp0 c \"h\"\n"                                                                                                                                       },
    {"UDP length 0 in IPv6",                    "60000000 000a 11 40" A6 "0fa0 0035 0000 0000 6869",                                   HI                                      },
    {"UDP header cut short",                    "4500001a 00000000 40110000 " A4 "0fa0 0035 0008",
     "malformed UDP header cut short\n"                                                                                                                                        },
    {"TCP header cut short",                    "45000023 00000000 40060000 " A4 "03e8 0050 00000001 00000000 5002 01",
     "malformed TCP header cut short\n"                                                                                                                                        },
    {"TCP header of 16 octets",
     "45000028 00000000 40060000 " A4 "03e8 0050 00000001 00000000 4002 0100 00000000",
     "malformed TCP header length below its minimum or beyond the datagram\ntcp0 open 1000>80\n"                                                                               },
    {"TCP header beyond the datagram",
     "45000028 00000000 40060000 " A4 "03e8 0050 00000001 00000000 6002 0100 00000000",
     "malformed TCP header length below its minimum or beyond the datagram\ntcp0 open 1000>80\n"                                                                               },
};

static void one(void **state)
{
    const struct datagram *row = *state;
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, row->hex);
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, row->told);
    free(f);
    bench_free(b);
}

/* Captured up to any octet, the frame is told of and never called malformed. */
static void cuts(void **state)
{
    for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++) {
        struct build *f = calloc(1, sizeof *f);
        assert_non_null(f);
        put_hex(f, datagrams[i].hex);
        for (size_t len = 0; len < f->len && !strstr(datagrams[i].told, "malformed"); len++) {
            struct bench *b = bench_new();
            bench_feed(b, sgs_slice(f->octets, len), f->len);
            assert_true(b->len > 0);
            assert_null(strstr(b->text, "malformed"));
            bench_free(b);
        }
        free(f);
    }
}

/* What the capture cut off a datagram is told with it. */
static void cut_payload(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, "4500001e 00000000 40110000 " A4 HELLO);
    bench_feed(b, sgs_slice(f->octets, f->len - 1), f->len);
    assert_string_equal(b->text, "udp0 open 4000>53\nudp0 c \"h\" of 2\n");
    free(f);
    bench_free(b);
}

/* A fragment shorter than it says cannot be joined; the first one still gives its head. */
static void short_fragments(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, "45000064 00002000 40110000 " A4 "0fa0 0035 0078 0000 6869");
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    f->len = 0;
    put_hex(f, "45000064 0000200a 40110000 " A4 HELLO);
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, "malformed IPv4 total length beyond the frame\n"
                                 "udp0 open 4000>53\nudp0 c \"hi\" of 112\n"
                                 "malformed IPv4 total length beyond the frame\n"
                                 "skip network: fragment cut by the capture\n");
    free(f);
    bench_free(b);
}

/* 17 extension headers are one too many. */
static void extensions_cap(void **state)
{
    for (size_t n = 15; n <= 17; n++) {
        struct bench *b = bench_new();
        struct build *f = calloc(1, sizeof *f);
        assert_non_null(f);
        put_hex(f, "60000000");
        put(f, n * 8 + 10, 2);
        put_hex(f, "3c 40" A6);
        for (size_t i = 0; i < n; i++) {
            put_hex(f, i + 1 < n ? "3c00 010400000000" : "1100 010400000000");
        }
        put_hex(f, HELLO);
        bench_feed(b, sgs_slice(f->octets, f->len), f->len);
        assert_string_equal(b->text, n < 17 ? HI : "limit net.ip6_extensions\n");
        free(f);
        bench_free(b);
    }
}

#define N_DATAGRAMS (sizeof datagrams / sizeof *datagrams)

int main(void)
{
    struct CMUnitTest tests[N_DATAGRAMS + 4];

    for (size_t i = 0; i < N_DATAGRAMS; i++) {
        tests[i] = (struct CMUnitTest){.name = datagrams[i].name,
                                       .test_func = one,
                                       .initial_state = (void *)(uintptr_t)&datagrams[i]};
    }
    tests[N_DATAGRAMS] = (struct CMUnitTest)cmocka_unit_test(cuts);
    tests[N_DATAGRAMS + 1] = (struct CMUnitTest)cmocka_unit_test(cut_payload);
    tests[N_DATAGRAMS + 2] = (struct CMUnitTest)cmocka_unit_test(extensions_cap);
    tests[N_DATAGRAMS + 3] = (struct CMUnitTest)cmocka_unit_test(short_fragments);
    return cmocka_run_group_tests_name("ip", tests, NULL, NULL) != 0;
}
