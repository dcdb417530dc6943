/* Clients: who holds what, what is counted, and what goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "signin/clients.h"
#include "timeline/draft.h"

static struct sgs_clients *all;
static struct sgs_arena arena;

static int setup(void **state)
{
    (void)state;
    all = sgs_clients_new();
    sgs_arena_init(&arena, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_clients_free(all);
    sgs_arena_clear(&arena);
    return 0;
}

/* A look-up by 192.0.2.last, one second long. */
static void look_up(uint64_t id, uint8_t last, int64_t seconds)
{
    struct sgs_draft *d = sgs_draft_new(SGS_K_DNS_QUERY);
    d->ev.id = id;
    d->ev.origin.time = seconds * SGS_SEC;
    d->ev.origin.time_last = (seconds + 1) * SGS_SEC;
    d->ev.client = (struct sgs_addr){
        .ip = {192, 0, 2, last},
          .len = 4, .port = (uint16_t)id
    };
    ev_str(d, SGS_F_NAME, "lyncdiscover.contoso.example");
    sgs_clients_add(all, sgs_draft_seal(d));
    sgs_draft_free(d);
}

static struct sgs_client *nth(size_t n)
{
    struct sgs_client *c = NULL;
    size_t cursor = 0;
    for (size_t i = 0; i <= n; i++) {
        c = sgs_clients_next(all, &cursor);
    }
    return c;
}

static void test_each_has_its_own_events(void **state)
{
    (void)state;
    look_up(1, 7, 100);
    look_up(2, 8, 90);
    look_up(3, 7, 80); /* told late */
    assert_int_equal(sgs_clients_len(all), 2);
    assert_int_equal(sgs_clients_events(all), 3);
    const struct sgs_client *c = nth(0);
    assert_int_equal(c->addr.ip[3], 7);
    assert_int_equal(c->addr.port, 0);
    assert_int_equal(c->events.n, 2);
    assert_int_equal(c->oldest, 80 * SGS_SEC);
    assert_int_equal(c->untaught, 80 * SGS_SEC);
    assert_int_equal(c->since, 100 * SGS_SEC);
    assert_int_equal(c->last, 101 * SGS_SEC);
    assert_int_equal(sgs_bundle_open(&c->events, &arena)[0]->id, 3);
    assert_int_equal(nth(1)->addr.ip[3], 8);
    assert_null(nth(2));
}

static void test_what_is_not_kept_goes(void **state)
{
    (void)state;
    static const bool second[] = {false, true};
    static const bool none[] = {false};
    look_up(1, 7, 100);
    look_up(2, 7, 110);
    size_t two = sgs_clients_octets(all);
    struct sgs_client *c = nth(0);
    sgs_clients_keep(all, c, sgs_bundle_open(&c->events, &arena), second);
    assert_int_equal(c->events.n, 1);
    assert_int_equal(c->oldest, 110 * SGS_SEC);
    assert_int_equal(sgs_clients_events(all), 1);
    assert_true(sgs_clients_octets(all) < two);
    assert_int_equal(sgs_bundle_open(&c->events, &arena)[0]->id, 2);
    sgs_clients_keep(all, c, sgs_bundle_open(&c->events, &arena), none);
    assert_int_equal(sgs_clients_len(all), 0);
    assert_int_equal(sgs_clients_events(all), 0);
    assert_int_equal(sgs_clients_octets(all), 0);
}

/* One client says a great deal: what is beyond its cap is counted, and others are not hurt. */
static void test_memory_of_one_is_capped(void **state)
{
    (void)state;
    struct sgs_draft *d = sgs_draft_new(SGS_K_DNS_QUERY);
    d->ev.client = (struct sgs_addr){
        .ip = {192, 0, 2, 7},
          .len = 4
    };
    for (size_t i = 0; i < SGS_MAX_EVENT_ITEMS; i++) {
        ev_item(d, SGS_F_ALPN, SGS_LIT("h")); /* two octets packed, a slice unpacked */
    }
    const struct sgs_event *ev = sgs_draft_seal(d);
    size_t most = SGS_MAX_CLIENT_MEMORY / sgs_event_size(ev);
    for (size_t i = 0; i < most + 1000; i++) {
        sgs_clients_add(all, ev);
    }
    sgs_draft_free(d);
    uint64_t lost = sgs_clients_lost(all);
    assert_true(lost >= 999 && lost < 2000);
    assert_true(sgs_clients_octets(all) < SGS_MAX_CLIENT_MEMORY / 4);
    look_up(1, 8, 100);
    assert_int_equal(sgs_clients_lost(all), lost);
    assert_int_equal(nth(1)->events.n, 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each_has_its_own_events),
        CASE(test_what_is_not_kept_goes),
        CASE(test_memory_of_one_is_capped),
    };
    return cmocka_run_group_tests_name("signin/clients", tests, NULL, NULL) != 0;
}
