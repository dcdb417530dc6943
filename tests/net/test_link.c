/* Link layers: each row is one frame that carries the same UDP datagram, or names what it carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define HI "udp0 open 4000>53\nudp0 c \"hi\"\n"

struct frame {
    const char *name;
    uint32_t link;
    const char *head; /* hex, in front of the datagram; '|' in hex is not needed */
    const char *tail; /* hex, behind it */
    const char *told; /* NULL: the datagram arrives */
    bool is_bare;     /* there is no datagram */
};

#define ETH "020000000002 020000000001 "
#define COOKED(hardware, type) "0000 " hardware " 0006 0200000000010000 " type
#define COOKED2(hardware, type) type " 0000 00000002 " hardware " 00 06 0200000000010000"

static const struct frame frames[] = {
    {"Ethernet", 1, ETH "0800", "", NULL, false},
    {"Ethernet, padded", 1, ETH "0800", "00000000000000000000000000000000", NULL, false},
    {"802.3 with LLC and SNAP", 1, ETH "0026 aaaa03 000000 0800", "", NULL, false},
    {"802.3 with LLC for IP", 1, ETH "0021 060603", "", NULL, false},
    {"802.1Q", 1, ETH "8100 0064 0800", "", NULL, false},
    {"802.1ad", 1, ETH "88a8 0064 8100 0065 0800", "", NULL, false},
    {"old QinQ", 1, ETH "9100 0064 8100 0065 0800", "", NULL, false},
    {"802.1Q with LLC inside", 1, ETH "8100 0064 0026 aaaa03 000000 0800", "", NULL, false},
    {"802.1ah", 1, ETH "88e7 00000001 " ETH "0800", "", NULL, false},
    {"802.1BR", 1, ETH "893f 000000000001 0800", "", NULL, false},
    {"VN-Tag", 1, ETH "8926 00000001 0800", "", NULL, false},
    {"MPLS", 1, ETH "8847 00010040 00011140", "", NULL, false},
    {"MPLS, two labels, a pseudo-wire with control word", 1, ETH "8847 00010040 00011140 00000000 " ETH "0800", "", NULL, false},
    {"MPLS, a pseudo-wire without", 1, ETH "8847 00011140 " ETH "0800", "", NULL, false},
    {"PPPoE", 1, ETH "8864 1100 0001 0020 0021", "", NULL, false},
    {"NSH", 1, ETH "894f 0fc6 0101 00000100 00000000000000000000000000000000", "", NULL, false},
    {"LINUX_SLL", 113, COOKED("0001", "0800"), "", NULL, false},
    {"LINUX_SLL with a VLAN tag", 113, COOKED("0001", "8100") "0064 0800", "", NULL, false},
    {"LINUX_SLL2", 276, COOKED2("0001", "0800"), "", NULL, false},
    {"RAW", 101, "", "", NULL, false},
    {"RAW as OpenBSD had it", 12, "", "", NULL, false},
    {"RAW, another", 14, "", "", NULL, false},
    {"IPV4", 228, "", "", NULL, false},
    {"NULL, little endian", 0, "02000000", "", NULL, false},
    {"NULL, big endian", 0, "00000002", "", NULL, false},
    {"LOOP", 108, "00000002", "", NULL, false},
    {"PPP", 9, "0021", "", NULL, false},
    {"PPP with address and control", 9, "ff03 0021", "", NULL, false},
    {"PPP, short protocol", 9, "21", "", NULL, false},
    {"PPP in HDLC", 50, "ff03 0021", "", NULL, false},
    {"Cisco in HDLC", 50, "0f00 0800", "", NULL, false},
    {"C_HDLC", 104, "0f00 0800", "", NULL, false},
    {"PPPoE by itself", 51, "1100 0001 0020 0021", "", NULL, false},
    {"NFLOG", 239, "02000000 0800 0100 00000003 0500 0200 61000000 2200 0900", "0000", NULL, false},
    {"802.11", 105, "0802 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800", "", NULL, false},
    {"802.11 with QoS, radiotap in front", 127, "0000 0800 00000000 8801 0000 020000000001 020000000002 020000000003 1000 0000 aaaa03 000000 0800", "deadbeef", NULL, false},
    {"802.11, frames in a frame", 105, "8801 0000 020000000001 020000000002 020000000003 1000 8000 020000000001 020000000002 0026 aaaa03 000000 0800", "", NULL, false},

    {"unknown link type", 147, "", "", "skip link: LINKTYPE 147\n", false},
    {"ARP", 1, ETH "0806 0001", "", "skip network: ARP\n", true},
    {"unknown type", 1, ETH "7777 0001", "", "skip network: ethertype 0x7777\n", true},
    {"spanning tree", 1, ETH "0026 424203 0000", "", "skip link: LLC 0x42 (spanning tree)\n", true},
    {"CDP", 1, ETH "0026 aaaa03 00000c 2000", "", "skip link: SNAP 00000c type 0x2000\n", true},
    {"IPX", 1, ETH "0026 ffff 0022", "", "skip link: IPX in raw 802.3\n", true},
    {"LCP", 9, "ff03 c021 01", "", "skip link: PPP 0xc021 (LCP)\n", true},
    {"PPPoE that is no session data", 51, "1109 0001 0000", "", "skip link: PPPoE code 0x09\n", true},
    {"netlink", 113, COOKED("0338", "0000"), "", "skip link: netlink\n", true},
    {"unknown family", 0, "63000000", "", "skip link: address family 99\n", true},
    {"an encrypted frame", 105, "0842 0000 020000000001 020000000002 020000000003 1000 00", "", "skip link: encrypted 802.11 frame\n", true},
    {"a beacon", 105, "8000 0000", "", "skip link: 802.11 type 0 subtype 8\n", true},
    {"no datagram logged", 239, "02000000 0800 0100 00000003", "", "skip link: NFLOG without a datagram\n", true},
    {"not a whole header", 1, "0200000000", "", "malformed Ethernet header cut short\n", true},
    {"not a whole tag", 1, ETH "8100 00", "", "malformed VLAN tag cut short\n", true},
    {"an MPLS stack without bottom", 1, ETH "8847 00010040", "", "malformed MPLS label cut short\n", true},
    {"an NFLOG attribute without end", 239, "02000000 0300 0100", "", "malformed NFLOG attribute cut short\n", true},
    {"nothing", 1, "", "", "malformed Ethernet header cut short\n", true},
};

static void feed(struct bench *b, const struct frame *row, size_t cut)
{
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_hex(f, row->head);
    if (!row->is_bare) {
        put_ip4_udp(f, 4000, 53, "hi");
    }
    put_hex(f, row->tail);
    b->link = row->link;
    bench_feed(b, sgs_slice(f->octets, f->len < cut ? 0 : f->len - cut), f->len);
    free(f);
}

static void one(void **state)
{
    const struct frame *row = *state;
    struct bench *b = bench_new();

    feed(b, row, 0);
    assert_string_equal(b->text, row->told ? row->told : HI);
    bench_free(b);
}

/* Every cut of every frame: told as cut or delivered in part, never malformed, never silent. */
static void cuts(void **state)
{
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        size_t len = strlen(frames[i].tail) / 2;
        for (size_t cut = len + 1; cut < len + 30 && !frames[i].told; cut++) {
            struct bench *b = bench_new();
            feed(b, &frames[i], cut);
            assert_true(b->len > 0);
            assert_null(strstr(b->text, "malformed"));
            bench_free(b);
        }
    }
}

/* IPv6 has another family on every system. */
static void families(void **state)
{
    static const unsigned all[] = {10, 23, 24, 28, 30};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct bench *b = bench_new();
        struct build *f = calloc(1, sizeof *f);
        assert_non_null(f);
        put(f, all[i], 4);
        put_hex(f, "60000000 000a 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002");
        put_udp(f, 4000, 53, "hi");
        b->link = 0;
        bench_feed(b, sgs_slice(f->octets, f->len), f->len);
        assert_string_equal(b->text, HI);
        free(f);
        bench_free(b);
    }
}

#define N_FRAMES (sizeof frames / sizeof *frames)

int main(void)
{
    struct CMUnitTest tests[N_FRAMES + 2];

    for (size_t i = 0; i < N_FRAMES; i++) {
        tests[i] = (struct CMUnitTest){.name = frames[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&frames[i]};
    }
    tests[N_FRAMES] = (struct CMUnitTest)cmocka_unit_test(cuts);
    tests[N_FRAMES + 1] = (struct CMUnitTest)cmocka_unit_test(families);
    return cmocka_run_group_tests_name("link", tests, NULL, NULL) != 0;
}
