/* Facts that outlive events: asked for as of a time, whatever came first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "signin/known.h"

static struct sgs_known *known;

static const struct sgs_addr client = {
    .ip = {192, 0, 2, 1},
      .len = 4
};

static int setup(void **state)
{
    (void)state;
    known = sgs_known_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_known_free(known);
    return 0;
}

static void name(const char *text, int64_t seconds)
{
    sgs_known_name(known, &client, SGS_LIT("198.51.100.1"), sgs_slice_str(text), seconds * SGS_SEC);
}

static bool is_name(const char *text, int64_t seconds)
{
    struct sgs_slice have =
        sgs_known_name_of(known, &client, SGS_LIT("198.51.100.1"), seconds * SGS_SEC);
    return sgs_slice_eq(have, sgs_slice_str(text));
}

static void test_a_name_counts_until_the_next_one(void **state)
{
    (void)state;
    name("b.example", 20);
    name("a.example", 10);
    name("b.example", 25); /* says nothing new */
    name("c.example", 30);
    assert_true(is_name("", 9) && is_name("a.example", 10) && is_name("a.example", 19));
    assert_true(is_name("b.example", 20) && is_name("b.example", 29) && is_name("c.example", 99));
    sgs_known_prune(known, 29 * SGS_SEC);
    assert_true(is_name("b.example", 29) && is_name("c.example", 30));
    assert_true(is_name("", 19)); /* forgotten: b was its name at the floor */
}

static void test_names_are_those_of_a_client(void **state)
{
    (void)state;
    const struct sgs_addr other = {
        .ip = {192, 0, 2, 2},
          .len = 4
    };
    name("a.example", 10);
    assert_int_equal(sgs_known_name_of(known, &other, SGS_LIT("198.51.100.1"), 10 * SGS_SEC).len,
                     0);
}

static void test_names_are_capped(void **state)
{
    (void)state;
    char ip[32];
    for (int i = 0; i <= SGS_MAX_KNOWN_NAMES; i++) {
        (void)snprintf(ip, sizeof ip, "10.1.%d.%d", i / 256, i % 256);
        sgs_known_name(known, &client, sgs_slice_str(ip), SGS_LIT("a.example"), i);
    }
    sgs_known_prune(known, 0);
    assert_int_equal(sgs_known_name_of(known, &client, SGS_LIT("10.1.0.0"), INT64_MAX).len, 0);
    assert_int_equal(sgs_known_name_of(known, &client, SGS_LIT("10.1.0.1"), INT64_MAX).len, 9);
}

static enum sgs_host_role role_at(int64_t seconds)
{
    return sgs_known_role_of(known, SGS_LIT("pool.example"), seconds * SGS_SEC);
}

static void test_a_role_counts_a_while_backwards(void **state)
{
    (void)state;
    struct sgs_slice host = SGS_LIT("pool.example");
    sgs_known_role(known, host, SGS_HOST_WEB, SGS_KNOWN_ASKED, 1000 * SGS_SEC);
    assert_int_equal(role_at(879), SGS_HOST_NONE);
    assert_int_equal(role_at(880), SGS_HOST_WEB);
    sgs_known_role(known, host, SGS_HOST_SIP, SGS_KNOWN_NAMED, 2000 * SGS_SEC);
    assert_int_equal(role_at(1879), SGS_HOST_WEB);
    assert_int_equal(role_at(1880), SGS_HOST_SIP); /* what others name counts more */
    sgs_known_role(known, host, SGS_HOST_IDP, SGS_KNOWN_NAMED, 3000 * SGS_SEC);
    assert_int_equal(role_at(4000), SGS_HOST_SIP); /* the first one counts */
    sgs_known_role(known, host, SGS_HOST_DISCOVER, SGS_KNOWN_NAMED, 1500 * SGS_SEC);
    assert_int_equal(role_at(4000), SGS_HOST_DISCOVER); /* it was told late */
}

static struct sgs_known_conn *conn(uint32_t number)
{
    return sgs_known_conn(known, &(struct sgs_event){.transport = SGS_TCP, .conn = number});
}

static void test_conversations_go_when_they_are_over_and_not_used(void **state)
{
    (void)state;
    const struct sgs_event first = {.transport = SGS_TCP, .conn = 7};
    const struct sgs_event second = {.transport = SGS_TCP, .conn = 7};
    const struct sgs_event other = {.transport = SGS_TCP, .conn = 8};
    const struct sgs_event *const events[] = {&first, &second, &other};
    const bool one_is_kept[] = {false, true, true};
    const bool none_is_kept[] = {false, false, true};
    struct sgs_known_conn *c = conn(7);
    sgs_known_first_text(&c->sni, &c->hello_at, SGS_LIT("late.example"), 20 * SGS_SEC);
    sgs_known_first_text(&c->sni, &c->hello_at, SGS_LIT("pool.example"), 10 * SGS_SEC);
    sgs_known_first_text(&c->sni, &c->hello_at, SGS_LIT("late.example"), 30 * SGS_SEC);
    assert_true(sgs_slice_eq(c->sni, SGS_LIT("pool.example")));
    sgs_known_first(&conn(8)->ended_at, 50 * SGS_SEC);
    sgs_known_release(known, events, none_is_kept, 3, 100 * SGS_SEC); /* not over */
    assert_int_equal(conn(7)->sni.len, 12);
    sgs_known_first(&conn(7)->ended_at, 50 * SGS_SEC);
    sgs_known_release(known, events, one_is_kept, 3, 100 * SGS_SEC);
    assert_int_equal(conn(7)->sni.len, 12);
    sgs_known_release(known, events, none_is_kept, 3, 50 * SGS_SEC); /* not before the floor */
    assert_int_equal(conn(7)->sni.len, 12);
    sgs_known_release(known, events, none_is_kept, 3, 51 * SGS_SEC);
    assert_int_equal(conn(7)->sni.len, 0);
    assert_int_equal(conn(8)->ended_at, 50 * SGS_SEC);
}

static void test_a_client_is_known_since_its_first_answers(void **state)
{
    const struct sgs_addr other = {
        .ip = {192, 0, 2, 2},
          .len = 4
    };
    (void)state;
    sgs_known_answer(known, &client, SGS_LIT("lyncdiscover.contoso.com"), 30 * SGS_SEC);
    sgs_known_answer(known, &client, SGS_LIT("www.example.org"), 10 * SGS_SEC);
    sgs_known_answer(known, &client, SGS_LIT("_SIP._tls.contoso.com"), 20 * SGS_SEC);
    sgs_known_answer(known, &client, SGS_LIT("sip.contoso.com"), 40 * SGS_SEC);
    sgs_known_answer(known, &other, SGS_LIT("sip.contoso.com"), 5 * SGS_SEC);
    assert_int_equal(sgs_known_client_of(known, &client).named_at, 10 * SGS_SEC);
    assert_int_equal(sgs_known_client_of(known, &client).discovered_at, 20 * SGS_SEC);
    assert_int_equal(sgs_known_client_of(known, &other).named_at, 5 * SGS_SEC);
    assert_int_equal(sgs_known_client_of(known, &other).discovered_at, SGS_TIME_NONE);
}

static void test_an_address_is_told_to_one_client_until_another_asks(void **state)
{
    const struct sgs_slice ip = SGS_LIT("2001:db8::1");
    const struct sgs_addr other = {
        .ip = {192, 0, 2, 2},
          .len = 4
    };
    struct sgs_addr who;
    (void)state;
    sgs_known_tell(known, &other, ip, 30 * SGS_SEC);
    sgs_known_tell(known, &client, ip, 10 * SGS_SEC);
    sgs_known_tell(known, &client, ip, 40 * SGS_SEC);
    assert_false(sgs_known_told(known, ip, 9 * SGS_SEC, &who));
    assert_true(sgs_known_told(known, ip, 29 * SGS_SEC, &who));
    assert_true(sgs_addr_same_host(&who, &client));
    assert_false(sgs_known_told(known, ip, 30 * SGS_SEC, &who));
    assert_false(sgs_known_told(known, SGS_LIT("2001:db8::2"), 30 * SGS_SEC, &who));
}

static void test_times_saturate(void **state)
{
    (void)state;
    assert_int_equal(sgs_time_later(INT64_MAX - 1, 2), INT64_MAX);
    assert_int_equal(sgs_time_later(INT64_MIN + 1, -2), INT64_MIN + 1);
    assert_int_equal(sgs_time_later(SGS_TIME_NONE, -2), INT64_MIN + 1);
    assert_int_equal(sgs_time_later(5, -2), 3);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_name_counts_until_the_next_one),
        CASE(test_names_are_those_of_a_client),
        CASE(test_names_are_capped),
        CASE(test_a_role_counts_a_while_backwards),
        CASE(test_conversations_go_when_they_are_over_and_not_used),
        CASE(test_a_client_is_known_since_its_first_answers),
        CASE(test_an_address_is_told_to_one_client_until_another_asks),
        CASE(test_times_saturate),
    };
    return cmocka_run_group_tests_name("signin/known", tests, NULL, NULL) != 0;
}
