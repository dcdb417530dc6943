/* Fragments: order, overlaps, ends that contradict each other, caps and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

/* A piece of a datagram: 8 octets of UDP header, then its payload. */
struct piece {
    size_t off;
    const char *data; /* of the whole datagram behind IP; 'U' alone: the UDP header */
    bool is_last;
    unsigned cut;
    uint16_t id; /* 0: 1 */
    int seconds; /* since the one before */
};

struct pile {
    const char *name;
    const struct piece *pieces;
    size_t n;
    const char *told;
};

#define PIECES(...)                                                                                \
    (const struct piece[]){__VA_ARGS__},                                                           \
        sizeof((const struct piece[]){__VA_ARGS__}) / sizeof(struct piece)
#define P(at, text)                                                                                \
    {                                                                                              \
        .off = (at), .data = (text)                                                                \
    }
#define LAST(at, text)                                                                             \
    {                                                                                              \
        .off = (at), .data = (text), .is_last = true                                               \
    }
#define WHOLE "udp0 open 4000>53\nudp0 c \"abcdefghijklmnop\" frame "
#define END "udp0 c end capture\nudp0 s end capture\nudp0 done\n"
#define LOST "skip network: fragments of an incomplete datagram\n"

static const struct pile piles[] = {
#include "defrag.def"
};

static void put_piece(struct build *f, const struct piece *p, bool is_ip6)
{
    bool has_head = p->data[0] == 'U';
    const char *text = has_head ? &p->data[1] : p->data;
    size_t len = strlen(text) + (has_head ? 8 : 0);
    uint16_t id = p->id ? p->id : 1;

    if (is_ip6) {
        put_hex(f, "60000000");
        put(f, 8 + len, 2);
        put_hex(f, "2c40 20010db8000000000000000000000001 20010db8000000000000000000000002 1100");
        put(f, p->off | (p->is_last ? 0 : 1), 2);
        put(f, id, 4);
    } else {
        struct ip4 ip = {.src = 0x0a000001, .dst = 0x0a000002, .protocol = 17, .id = id};
        ip.fragment = (uint16_t)(p->off / 8 | (p->is_last ? 0 : 0x2000u));
        put_ip4(f, &ip, len);
    }
    if (has_head) {
        put(f, 4000, 2);
        put(f, 53, 2);
        put(f, 24, 2);
        put(f, 0, 2);
    }
    put_octets(f, text, strlen(text));
}

static void feed(struct bench *b, const struct piece *p, bool is_ip6)
{
    struct build *f = calloc(1, sizeof *f);

    assert_non_null(f);
    put_piece(f, p, is_ip6);
    b->time += p->seconds * SGS_SEC;
    bench_feed(b, sgs_slice(f->octets, f->len - p->cut), f->len);
    free(f);
}

static void one(void **state)
{
    const struct pile *row = *state;

    for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
        struct bench *b = bench_new();
        b->shows_frames = true;
        for (size_t i = 0; i < row->n; i++) {
            feed(b, &row->pieces[i], is_ip6);
        }
        bench_say(b, "--\n");
        sgs_net_finish(b->net);
        assert_string_equal(b->text, row->told);
        bench_free(b);
    }
}

/* The oldest of too many goes. */
static void fragmented_cap(void **state)
{
    struct bench *b = bench_new();

    for (uint16_t i = 1; i <= 1025; i++) {
        assert_int_equal(b->len, 0);
        feed(b, &(struct piece){.off = 0, .data = "U", .id = i}, false);
    }
    assert_string_equal(b->text, "limit net.fragmented\n" LOST);
    b->len = 0;
    feed(b, &(struct piece){.off = 8, .data = "abcdefghijklmnop", .is_last = true, .id = 2}, false);
    assert_string_equal(b->text, "udp0 open 4000>53\nudp0 c \"abcdefghijklmnop\"\n");
    bench_free(b);
}

/* 129 pieces of one datagram are too many. */
static void fragments_cap(void **state)
{
    struct bench *b = bench_new();

    for (size_t i = 0; i < 129; i++) {
        assert_int_equal(b->len, 0);
        feed(b, &(struct piece){.off = i * 16, .data = "abcdefgh"}, false);
    }
    assert_string_equal(b->text, "limit net.fragments\n");
    bench_free(b);
}

#define N_PILES (sizeof piles / sizeof *piles)

int main(void)
{
    struct CMUnitTest tests[N_PILES + 2];

    for (size_t i = 0; i < N_PILES; i++) {
        tests[i] = (struct CMUnitTest){
            .name = piles[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&piles[i]};
    }
    tests[N_PILES] = (struct CMUnitTest)cmocka_unit_test(fragmented_cap);
    tests[N_PILES + 1] = (struct CMUnitTest)cmocka_unit_test(fragments_cap);
    return cmocka_run_group_tests_name("defrag", tests, NULL, NULL) != 0;
}
