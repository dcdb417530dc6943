/* ICMP errors and the conversations they speak of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

/* The quoted datagram: UDP from 10.0.0.1:4000 to 10.0.0.2:53 (or the same in IPv6). */
#define Q4 "4500001e 00000000 40110000 0a000001 0a000002 0fa0 0035 000a 0000"
#define Q6                                                                                         \
    "60000000 000a 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 0fa0 "  \
    "0035 000a 0000"
#define ABOUT4 ": 10.0.0.1:4000 10.0.0.2:53 "
#define ABOUT6 ": [2001:db8::1]:4000 [2001:db8::2]:53 "

struct error {
    const char *name;
    bool is_ip6;
    const char *hex; /* from the type on */
    const char *told;
};

static const struct error errors[] = {
    {"port unreachable",                false, "0303 0000 00000000" Q4,
     "icmp destination unreachable, port unreachable" ABOUT4 "udp0 \n"                                                                                                    },
    {"host unreachable",                false, "0301 0000 00000000" Q4,
     "icmp destination unreachable, host unreachable" ABOUT4 "udp0 \n"                                                                                                    },
    {"fragmentation needed",            false, "0304 0000 00000578" Q4,
     "icmp destination unreachable, fragmentation needed" ABOUT4 "udp0 \n"                                                                                                },
    {"administratively prohibited",     false, "030d 0000 00000000" Q4,
     "icmp destination unreachable, administratively prohibited" ABOUT4 "udp0 \n"                                                                                         },
    {"a code without name",             false, "03c8 0000 00000000" Q4,
     "icmp destination unreachable, 200" ABOUT4 "udp0 \n"                                                                                                                 },
    {"time exceeded",                   false, "0b00 0000 00000000" Q4,
     "icmp time exceeded, time to live exceeded in transit" ABOUT4 "udp0 \n"                                                                                              },
    {"parameter problem",               false, "0c02 0000 00000000" Q4,
     "icmp parameter problem, bad length" ABOUT4 "udp0 \n"                                                                                                                },
    {"about a conversation nobody saw", false,
     "0303 0000 00000000 4500001e 00000000 40110000 0a000001 0a000002 0fa1 0035 000a 0000", "icmp destination unreachable, port unreachable: 10.0.0.1:4001 10.0.0.2:53 \n"},
    {"about a fragment",                false,
     "0303 0000 00000000 4500001e 00000001 40110000 0a000001 0a000002 0fa0 0035 000a 0000", "icmp destination unreachable, port unreachable: 10.0.0.1 10.0.0.2 \n"        },
    {"about another protocol",          false,
     "0302 0000 00000000 4500001e 00000000 40840000 0a000001 0a000002 0fa0 0035 000a 0000", "icmp destination unreachable, protocol unreachable: 10.0.0.1 10.0.0.2 \n"    },
    {"a quote cut within its ports",    false,
     "0303 0000 00000000 4500001e 00000000 40110000 0a000001 0a000002 0fa0",                "icmp destination unreachable, port unreachable: 10.0.0.1 10.0.0.2 \n"        },
    {"a quote cut behind its ports",    false,
     "0303 0000 00000000 4500001e 00000000 40110000 0a000001 0a000002 0fa0 0035",           "icmp destination unreachable, port unreachable" ABOUT4 "udp0 \n"             },
    {"a quote of nothing",              false, "0303 0000 00000000",
     "icmp destination unreachable, port unreachable:   \n"                                                                                                               },
    {"ICMPv6 port unreachable",         true,  "0104 0000 00000000" Q6,
     "icmp destination unreachable, port unreachable" ABOUT6 "udp0 \n"                                                                                                    },
    {"ICMPv6 no route",                 true,  "0100 0000 00000000" Q6,
     "icmp destination unreachable, no route" ABOUT6 "udp0 \n"                                                                                                            },
    {"ICMPv6 packet too big",           true,  "0200 0000 00000500" Q6,
     "icmp packet too big, fragmentation needed" ABOUT6 "udp0 \n"                                                                                                         },
    {"ICMPv6 time exceeded",            true,  "0300 0000 00000000" Q6,
     "icmp time exceeded, hop limit exceeded in transit" ABOUT6 "udp0 \n"                                                                                                 },
    {"ICMPv6 parameter problem",        true,  "0401 0000 00000028" Q6,
     "icmp parameter problem, unknown next header" ABOUT6 "udp0 \n"                                                                                                       },
    {"echo is named",                   false, "0800 0000 00010001",                        "skip transport: ICMP echo request\n"                                         },
    {"redirects are named",             false, "0501 0000 0a000003" Q4,                     "skip transport: ICMP redirect\n"                                             },
    {"an unknown type has its number",  false, "fd00 0000 00000000",
     "skip transport: ICMP type 253\n"                                                                                                                                    },
    {"neighbors are named",             true,  "8700 0000 00000000",
     "skip transport: ICMPv6 neighbor solicitation\n"                                                                                                                     },
    {"an unknown ICMPv6 type",          true,  "fa00 0000 00000000",                        "skip transport: ICMPv6 type 250\n"                                           },
    {"cut short",                       false, "0303 00",                                   "malformed ICMP header cut short\n"                                           },
};

static void put_head(struct build *f, const struct error *row)
{
    struct build *body = calloc(1, sizeof *body);
    struct ip4 ip = {.src = 0x0a000009, .dst = 0x0a000001, .protocol = 1};

    assert_non_null(body);
    put_hex(body, row->hex);
    if (row->is_ip6) {
        put_hex(f, "60000000");
        put(f, body->len, 2);
        put_hex(f, "3a40 20010db8000000000000000000000009 20010db8000000000000000000000001");
    } else {
        put_ip4(f, &ip, body->len);
    }
    put_octets(f, body->octets, body->len);
    free(body);
}

static void one(void **state)
{
    const struct error *row = *state;
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, row->is_ip6 ? Q6 "6869" : Q4 "6869");
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    b->len = 0;
    f->len = 0;
    put_head(f, row);
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, row->told);
    free(f);
    bench_free(b);
}

/* A TCP SYN quoted in part (8 octets: no number) or in whole (tshark numbers by it). */
static void quoted_tcp(void **state)
{
    static const char *const quotes[] = {
        "03e8 0050 00000064",
        "03e8 0050 00000064 00000000 5002 2000 0000 0000",
    };

    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_new();
        struct build *f = calloc(1, sizeof *f);
        struct error row = {.hex = ""};
        char hex[256];
        assert_non_null(f);
        (void)snprintf(hex, sizeof hex,
                       "0301 0000 00000000 45000028 00000000 40060000 0a000001 0a000002 %s",
                       quotes[i]);
        row.hex = hex;
        put_head(f, &row);
        bench_feed(b, sgs_slice(f->octets, f->len), f->len);
        bench_seg(b, &(struct seg){.how = ">S", .seq = 100, .port = 1001}, false);
        bench_seg(b, &(struct seg){.how = ">S", .seq = 100}, false);
        b->len = 0;
        bench_feed(b, sgs_slice(f->octets, f->len), f->len);
        assert_string_equal(b->text, i == 0 ? "icmp destination unreachable, host unreachable: "
                                              "10.0.0.1:1000 10.0.0.2:80 tcp1 \n"
                                            : "icmp destination unreachable, host unreachable: "
                                              "10.0.0.1:1000 10.0.0.2:80 tcp0 \n");
        free(f);
        bench_free(b);
    }
}

#define N_ERRORS (sizeof errors / sizeof *errors)

int main(void)
{
    struct CMUnitTest tests[N_ERRORS + 1];

    for (size_t i = 0; i < N_ERRORS; i++) {
        tests[i] = (struct CMUnitTest){.name = errors[i].name,
                                       .test_func = one,
                                       .initial_state = (void *)(uintptr_t)&errors[i]};
    }
    tests[N_ERRORS] = (struct CMUnitTest)cmocka_unit_test(quoted_tcp);
    return cmocka_run_group_tests_name("icmp", tests, NULL, NULL) != 0;
}
