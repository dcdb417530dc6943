/* Bundles: events come back as they were, in capture order, with texts of their own and shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "timeline/bundle.h"
#include "timeline/draft.h"
#include "timeline/texts.h"

static struct sgs_bundles *bundles;
static struct sgs_texts *texts;
static struct sgs_arena arena;

static int setup(void **state)
{
    (void)state;
    bundles = sgs_bundles_new();
    texts = sgs_texts_new();
    sgs_arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_bundles_free(bundles);
    sgs_texts_free(texts);
    sgs_arena_clear(&arena);
    return 0;
}

static struct sgs_draft *answer(uint64_t id, sgs_time time, const char *reason)
{
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_RESPONSE);
    d->ev.id = id;
    d->ev.in = id > 1 ? 1 : 0;
    d->ev.origin = (struct sgs_origin){.time = time, .time_last = time + 5, .frame = id};
    d->ev.origin.frame_last = id + 2;
    d->ev.transport = SGS_TCP;
    d->ev.conn = 70000;
    d->ev.dir = SGS_S2C;
    d->ev.trust = SGS_DECRYPTED;
    d->ev.layers = SGS_LIT("tls/http1");
    d->ev.src = (struct sgs_addr){
        .ip = {198, 51, 100, 7},
          .len = 4, .port = 443
    };
    d->ev.dst = d->ev.client = (struct sgs_addr){
        .ip = {192, 0, 2, 9},
          .len = 4, .port = 50000
    };
    ev_int(d, SGS_F_STATUS, 401);
    ev_item(d, SGS_F_AUTH_SCHEMES, SGS_LIT("NTLM"));
    ev_item(d, SGS_F_AUTH_SCHEMES, SGS_LIT("Negotiate"));
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), 28020);
    ev_member(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("reason"), sgs_slice_str(reason));
    ev_time(d, SGS_F_NOT_AFTER, -7);
    return d;
}

static void check(const struct sgs_event *ev, uint64_t id, sgs_time time, const char *reason)
{
    assert_int_equal(ev->kind, SGS_K_HTTP_RESPONSE);
    assert_int_equal(ev->id, id);
    assert_int_equal(ev->in, id > 1 ? 1 : 0);
    assert_int_equal(ev->origin.time, time);
    assert_int_equal(ev->origin.time_last, time + 5);
    assert_int_equal(ev->origin.frame_last, id + 2);
    assert_int_equal(ev->transport, SGS_TCP);
    assert_int_equal(ev->conn, 70000);
    assert_int_equal(ev->dir, SGS_S2C);
    assert_int_equal(ev->trust, SGS_DECRYPTED);
    assert_true(sgs_slice_eq(ev->layers, SGS_LIT("tls/http1")));
    assert_int_equal(ev->src.port, 443);
    assert_memory_equal(ev->src.ip, ((uint8_t[]){198, 51, 100, 7}), 4);
    assert_true(sgs_addr_eq(&ev->dst, &ev->client));
    assert_int_equal(sgs_event_int(ev, SGS_F_STATUS, 0), 401);
    assert_int_equal(sgs_event_int(ev, SGS_F_NOT_AFTER, 0), -7);
    const struct sgs_value *schemes = sgs_event_get(ev, SGS_F_AUTH_SCHEMES);
    assert_non_null(schemes);
    assert_int_equal(schemes->n, 2);
    assert_true(sgs_slice_eq(schemes->list[1], SGS_LIT("Negotiate")));
    assert_int_equal(sgs_event_member_number(ev, SGS_F_MS_DIAGNOSTICS, "code", -1), 28020);
    assert_true(
        sgs_slice_eq(sgs_event_member(ev, SGS_F_MS_DIAGNOSTICS, "reason"), sgs_slice_str(reason)));
}

static void put(struct sgs_bundle *b, uint64_t id, sgs_time time, const char *reason)
{
    struct sgs_draft *d = answer(id, time, reason);
    sgs_bundle_add(b, sgs_draft_seal(d));
    sgs_draft_free(d);
}

static void test_events_come_back_in_capture_order(void **state)
{
    (void)state;
    struct sgs_bundle b = sgs_bundle_of(bundles, 1);
    put(&b, 9, 2000, "late");
    put(&b, 1, 1000, "early");
    put(&b, 5, 1000, "next");
    assert_int_equal(b.n, 3);
    const struct sgs_event *const *list = sgs_bundle_open(&b, &arena);
    check(list[0], 1, 1000, "early");
    check(list[1], 5, 1000, "next");
    check(list[2], 9, 2000, "late");
    sgs_bundle_clear(&b);
    assert_int_equal(b.n, 0);
    put(&b, 9, 2000, "late");
    check(sgs_bundle_open(&b, &arena)[0], 9, 2000, "late");
    sgs_bundle_clear(&b);
}

/* Many pieces, and one that is larger than they are. */
static void test_many_and_large(void **state)
{
    (void)state;
    static char large[SGS_MAX_EVENT_TEXT];
    struct sgs_bundle b = sgs_bundle_of(bundles, 1);
    memset(large, 'x', sizeof large - 1);
    for (uint64_t i = 1; i <= 1000; i++) {
        char reason[16];
        (void)snprintf(reason, sizeof reason, "reason %u", (unsigned)i);
        put(&b, i, (sgs_time)i, i == 500 ? large : reason);
    }
    const struct sgs_event *const *list = sgs_bundle_open(&b, &arena);
    for (uint64_t i = 1; i <= 1000; i++) {
        char reason[16];
        (void)snprintf(reason, sizeof reason, "reason %u", (unsigned)i);
        check(list[i - 1], i, (sgs_time)i, i == 500 ? large : reason);
    }
    assert_true(b.unpacked > b.octets);
    assert_true(b.octets > 1000 * 60 + sizeof large);
    sgs_bundle_clear(&b);
}

/* What is said of memory does not depend on what is shared. */
static void test_shared_texts(void **state)
{
    (void)state;
    struct sgs_bundle b[3];
    for (uint32_t i = 0; i < 3; i++) {
        b[i] = sgs_bundle_of(bundles, i + 1);
        put(&b[i], 1, 1000, "No valid security token.");
        put(&b[i], 2, 1001, "No valid security token.");
    }
    assert_int_equal(b[0].base.shared, 0);
    assert_true(b[1].base.shared > 0);
    assert_true(b[2].base.shared > b[0].octets / 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(b[i].octets, b[0].octets);
        const struct sgs_event *const *list = sgs_bundle_open(&b[i], &arena);
        check(list[0], 1, 1000, "No valid security token.");
        check(list[1], 2, 1001, "No valid security token.");
    }
    for (uint32_t i = 0; i < 3; i++) {
        sgs_bundle_clear(&b[i]);
    }
}

static void test_what_one_owner_says_stays_with_it(void **state)
{
    (void)state;
    struct sgs_slice own = SGS_LIT("call-id of one");
    struct sgs_slice common = SGS_LIT("user agent of many");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sgs_texts_number(texts, own, 7), 0);
    }
    assert_int_equal(sgs_texts_number(texts, common, 7), 0);
    uint32_t number = sgs_texts_number(texts, common, 8);
    assert_int_not_equal(number, 0);
    assert_int_equal(sgs_texts_number(texts, common, 7), number);
    assert_true(sgs_slice_eq(sgs_texts_get(texts, number), common));
    assert_int_equal(sgs_texts_get(texts, number + 1).len, 0);
    assert_int_equal(sgs_texts_get(texts, 0).len, 0);
    assert_int_equal(sgs_texts_get(texts, UINT64_MAX).len, 0);
}

/* A table that is full takes no more, and keeps what it has. */
static void test_shared_texts_are_capped(void **state)
{
    (void)state;
    static char text[1024];
    size_t n_in = 0;
    uint32_t first = 0;
    for (unsigned i = 0; i < 2 * SGS_MAX_SHARED_TEXTS / sizeof text; i++) {
        memset(text, 'a', sizeof text);
        (void)snprintf(text, sizeof text, "%u", i);
        (void)sgs_texts_number(texts, sgs_slice(text, sizeof text), 1);
        uint32_t number = sgs_texts_number(texts, sgs_slice(text, sizeof text), 2);
        first = first ? first : number;
        n_in += number > 0;
    }
    assert_true(n_in > SGS_MAX_SHARED_TEXTS / sizeof text / 2);
    assert_true(n_in < SGS_MAX_SHARED_TEXTS / sizeof text);
    assert_int_equal(sgs_texts_get(texts, first).len, sizeof text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_events_come_back_in_capture_order),
        CASE(test_many_and_large),
        CASE(test_shared_texts),
        CASE(test_what_one_owner_says_stays_with_it),
        CASE(test_shared_texts_are_capped),
    };
    return cmocka_run_group_tests_name("timeline/bundle", tests, NULL, NULL) != 0;
}
