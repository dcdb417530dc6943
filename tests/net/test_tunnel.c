/* Tunnels: the inner datagram is what counts, the outer one only takes a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define ETH "020000000002 020000000001 0800"

struct tunnel {
    const char *name;
    uint8_t protocol; /* of the outer datagram */
    uint16_t port;    /* of the outer datagram, when it is UDP */
    const char *head; /* hex, between the outer header and the inner datagram */
    const char *told;
};

#define HI0 "udp0 open 4000>53\nudp0 c \"hi\"\n"
#define HI1 "udp1 open 4000>53\nudp1 c \"hi\"\n" /* udp0 is the outer one */

static const struct tunnel tunnels[] = {
    {"IPv4 in IPv4",                        4,   0,    "",                                                      HI0                            },
    {"IPIP",                                94,  0,    "",                                                      HI0                            },
    {"GRE",                                 47,  0,    "0000 0800",                                             HI0                            },
    {"GRE with checksum, key and sequence", 47,  0,    "b000 0800 00000000 00000007 00000001",                  HI0                            },
    {"GRE with a source route",             47,  0,    "4000 0800 00000000 0800 00 04 0a000001 0000 00 00",     HI0                            },
    {"GRE, Ethernet inside",                47,  0,    "2000 6558 00000007 " ETH,                               HI0                            },
    {"GRE, MPLS inside",                    47,  0,    "0000 8847 00011140",                                    HI0                            },
    {"GRE of PPTP",                         47,  0,    "3081 880b 001e 0007 00000001 00000000 ff03 0021",       HI0                            },
    {"GRE of wireless controllers",         47,  0,
     "0000 8200 0802 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800",                      HI0                            },
    {"ERSPAN is named",                     47,  0,    "1000 88be 00000001 0000000000000000" ETH,               "skip network: ERSPAN\n"       },
    {"GRE of another version",              47,  0,    "0002 0800",                                             "skip network: GRE version 2\n"},
    {"EtherIP",                             97,  0,    "3000 " ETH,                                             HI0                            },
    {"MPLS in IP",                          137, 0,    "00011140",                                              HI0                            },
    {"AH in IPv4",                          51,  0,    "11 04 0000 00000001 00000001 000000000000000000000000",
     "udp0 open 4000>53\n"                                                                                                                     },
    {"VXLAN",                               17,  4789, "08000000 00000700 " ETH,                                HI1                            },
    {"no VXLAN",                            17,  4789, "00000000",                                              "udp0 open 5000>4789\n"        },
    {"Geneve",                              17,  6081, "0000 6558 00000700 " ETH,                               HI1                            },
    {"Geneve with options",                 17,  6081, "0200 0800 00000700 0001000100000000",                   HI1                            },
    {"GRE in UDP",                          17,  4754, "0000 0800",                                             HI1                            },
    {"L2TP",                                17,  1701, "4002 0032 0001 0002 ff03 0021",                         HI1                            },
    {"L2TP with sequence and offset",       17,  1701, "4a02 0032 0001 0002 0000 0001 0002 0000 0021",
     HI1                                                                                                                                       },
    {"GTP-U",                               17,  2152, "30ff 001e 00000001",                                    HI1                            },
    {"GTP-U with an extension",             17,  2152, "34ff 0026 00000001 0000 00 85 01 000000",               HI1                            },
};

/* The inner datagram goes from port 4000 to 53, the outer one from 5000. */
static void feed(struct bench *b, const struct tunnel *row, size_t cut)
{
    struct build *inner = calloc(1, sizeof *inner);
    struct build *f = calloc(1, sizeof *f);
    struct ip4 ip = {.src = 0x0a000009, .dst = 0x0a000008, .protocol = row->protocol};

    assert_non_null(inner);
    assert_non_null(f);
    put_hex(inner, row->head);
    if (row->protocol == 51) { /* AH protects the UDP datagram itself */
        put_udp(inner, 4000, 53, "hi");
    } else {
        put_ip4_udp(inner, 4000, 53, "hi");
    }
    if (row->port) {
        put_ip4(f, &ip, 8 + inner->len);
        put(f, 5000, 2);
        put(f, row->port, 2);
        put(f, 8 + inner->len, 2);
        put(f, 0, 2);
    } else {
        put_ip4(f, &ip, inner->len);
    }
    put_octets(f, inner->octets, inner->len);
    bench_feed(b, sgs_slice(f->octets, f->len < cut ? 0 : f->len - cut), f->len);
    free(inner);
    free(f);
}

static void one(void **state)
{
    const struct tunnel *row = *state;
    struct bench *b = bench_new();

    feed(b, row, 0);
    assert_memory_equal(b->text, row->told, strlen(row->told));
    bench_free(b);
}

/* Any cut is told of, none is malformed. */
static void cuts(void **state)
{
    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
        for (size_t cut = 1; cut < 120; cut++) {
            struct bench *b = bench_new();
            feed(b, &tunnels[i], cut);
            assert_true(b->len > 0);
            assert_null(strstr(b->text, "malformed"));
            bench_free(b);
        }
    }
}

static void acknowledgement(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);
    struct ip4 ip = {.src = 0x0a000009, .dst = 0x0a000008, .protocol = 47};

    assert_non_null(f);
    put_ip4(f, &ip, 12);
    put_hex(f, "2081 880b 0000 0007 00000001");
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, "skip network: GRE acknowledgement\n");
    free(f);
    bench_free(b);
}

/* IPv4 in IPv4 in IPv4 ...: ends at the cap, told once. */
static void depth(void **state)
{
    struct bench *b = bench_new();
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    for (size_t i = 0; i < 40; i++) {
        struct ip4 ip = {.src = 0x0a000009, .dst = 0x0a000008, .protocol = 4};
        put_ip4(f, &ip, (39 - i) * 20);
    }
    bench_feed(b, sgs_slice(f->octets, f->len), f->len);
    assert_string_equal(b->text, "limit net.depth\n");
    free(f);
    bench_free(b);
}

#define N_TUNNELS (sizeof tunnels / sizeof *tunnels)

int main(void)
{
    struct CMUnitTest tests[N_TUNNELS + 3];

    for (size_t i = 0; i < N_TUNNELS; i++) {
        tests[i] = (struct CMUnitTest){.name = tunnels[i].name,
                                       .test_func = one,
                                       .initial_state = (void *)(uintptr_t)&tunnels[i]};
    }
    tests[N_TUNNELS] = (struct CMUnitTest)cmocka_unit_test(cuts);
    tests[N_TUNNELS + 1] = (struct CMUnitTest)cmocka_unit_test(acknowledgement);
    tests[N_TUNNELS + 2] = (struct CMUnitTest)cmocka_unit_test(depth);
    return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL) != 0;
}
