/* Events: building, reading, copying, order and caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/event.h>
#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "timeline/draft.h"

static bool text_is(struct sgs_slice s, const char *want)
{
    return sgs_slice_eq(s, sgs_slice_str(want));
}

static struct sgs_draft *sample(void)
{
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_RESPONSE);
    ev_int(d, SGS_F_STATUS, 401);
    ev_item(d, SGS_F_AUTH_SCHEMES, SGS_LIT("NTLM"));
    ev_item(d, SGS_F_AUTH_SCHEMES, SGS_LIT("Negotiate"));
    ev_item(d, SGS_F_AUTH_SCHEMES, SGS_LIT("TLS-DSK"));
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), 28020);
    ev_member(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("reason"), SGS_LIT("No valid security token."));
    ev_row(d, SGS_F_MS_DIAGNOSTICS_ALL);
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS_ALL, SGS_LIT("code"), 1);
    ev_row(d, SGS_F_MS_DIAGNOSTICS_ALL);
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS_ALL, SGS_LIT("code"), 2);
    ev_text(d, SGS_F_VERSION, SGS_LIT("HTTP/1.1"));
    return d;
}

static void check_sample(const struct sgs_event *ev)
{
    assert_int_equal(ev->n_values, 5);
    for (size_t i = 1; i < ev->n_values; i++) {
        assert_true(ev->values[i - 1].id < ev->values[i].id);
    }
    assert_int_equal(sgs_event_int(ev, SGS_F_STATUS, 0), 401);
    assert_true(text_is(sgs_event_text(ev, SGS_F_VERSION), "HTTP/1.1"));
    const struct sgs_value *schemes = sgs_event_get(ev, SGS_F_AUTH_SCHEMES);
    assert_non_null(schemes);
    assert_int_equal(schemes->n, 3);
    assert_true(text_is(schemes->list[0], "NTLM"));
    assert_true(text_is(schemes->list[2], "TLS-DSK"));
    assert_int_equal(sgs_event_member_number(ev, SGS_F_MS_DIAGNOSTICS, "code", -1), 28020);
    assert_true(
        text_is(sgs_event_member(ev, SGS_F_MS_DIAGNOSTICS, "reason"), "No valid security token."));
    const struct sgs_value *all = sgs_event_get(ev, SGS_F_MS_DIAGNOSTICS_ALL);
    assert_int_equal(all->n, 2);
    assert_int_equal(all->rows[1].members[0].number, 2);
}

static void test_build_and_copy(void **state)
{
    (void)state;
    struct sgs_draft *d = sample();
    check_sample(sgs_draft_seal(d));
    struct sgs_event *copy = sgs_event_copy(sgs_draft_seal(d));
    sgs_draft_free(d);
    check_sample(copy);
    sgs_event_free(copy);
}

static void test_unknown_is_absent(void **state)
{
    (void)state;
    struct sgs_draft *d = sgs_draft_new(SGS_K_DNS_QUERY);
    ev_text(d, SGS_F_NAME, (struct sgs_slice){NULL, 0});
    ev_str(d, SGS_F_TYPE, NULL);
    ev_ms(d, SGS_F_RTT_MS, SGS_TIME_NONE);
    ev_time(d, SGS_F_NOT_AFTER, sgs_time_from(INT64_C(253402300799), 0));  /* 9999-12-31 */
    ev_time(d, SGS_F_NOT_BEFORE, sgs_time_from(INT64_C(-62135596800), 0)); /* 0001-01-01 */
    ev_item(d, SGS_F_ALPN, SGS_LIT(""));
    ev_member(d, SGS_F_LINKS, SGS_LIT("User"), SGS_LIT(""));
    ev_text(NULL, SGS_F_NAME, SGS_LIT("ignored"));
    const struct sgs_event *ev = sgs_draft_seal(d);
    assert_int_equal(ev->n_values, 0);
    assert_null(sgs_event_get(ev, SGS_F_NAME));
    assert_int_equal(sgs_event_int(ev, SGS_F_TXID, -7), -7);
    sgs_draft_free(d);
}

static void test_last_scalar_wins(void **state)
{
    (void)state;
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_RESPONSE);
    ev_int(d, SGS_F_STATUS, 100);
    ev_int(d, SGS_F_STATUS, 200);
    const struct sgs_event *ev = sgs_draft_seal(d);
    assert_int_equal(ev->n_values, 1);
    assert_int_equal(sgs_event_int(ev, SGS_F_STATUS, 0), 200);
    sgs_draft_free(d);
}

static void test_caps(void **state)
{
    (void)state;
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_REQUEST);
    char *long_text = malloc(2 * SGS_MAX_EVENT_TEXT);
    assert_non_null(long_text);
    /* two-octet characters, so that the cap falls inside one when it is odd */
    for (size_t i = 0; i + 1 < 2 * SGS_MAX_EVENT_TEXT; i += 2) {
        memcpy(long_text + i, "\xc3\xa4", 2);
    }
    ev_text(d, SGS_F_TARGET, sgs_slice(long_text + 1, 2 * SGS_MAX_EVENT_TEXT - 1));
    for (size_t i = 0; i < 2 * SGS_MAX_EVENT_ITEMS; i++) {
        ev_item(d, SGS_F_ALPN, SGS_LIT("h2"));
    }
    const struct sgs_event *ev = sgs_draft_seal(d);
    struct sgs_slice target = sgs_event_text(ev, SGS_F_TARGET);
    assert_true(target.len <= SGS_MAX_EVENT_TEXT && target.len >= SGS_MAX_EVENT_TEXT - 3);
    assert_int_equal(target.ptr[target.len - 1], 0xa4);
    assert_int_equal(sgs_event_get(ev, SGS_F_ALPN)->n, SGS_MAX_EVENT_ITEMS);
    sgs_draft_free(d);
    free(long_text);
}

static void test_memory_cap(void **state)
{
    (void)state;
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_REQUEST);
    static uint8_t block[SGS_MAX_EVENT_TEXT];
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < SGS_MAX_EVENT_ITEMS; i++) {
        ev_item(d, SGS_F_ALPN, sgs_slice(block, sizeof block));
    }
    const struct sgs_value *v = sgs_event_get(sgs_draft_seal(d), SGS_F_ALPN);
    assert_non_null(v);
    assert_true(v->n * sizeof block <= SGS_MAX_EVENT);
    sgs_draft_free(d);
}

/* A copy must not take much more than what it holds. */
static void test_copies_are_small(void **state)
{
    (void)state;
    struct sgs_draft *d = sample();
    const struct sgs_event *ev = sgs_draft_seal(d);
    size_t values = ev->n_values * sizeof *ev->values;
    assert_true(sgs_event_size(ev) >= sizeof *ev + values);
    assert_true(sgs_event_size(ev) <= sizeof *ev + values + 512);
    sgs_draft_free(d);
}

static void test_capture_order(void **state)
{
    (void)state;
    /* time, frame, id: each row comes before the next one */
    static const struct {
        sgs_time time;
        uint64_t frame;
        uint64_t id;
    } rows[] = {
        {10, 3, 3},
        {10, 3, 4},
        {10, 9, 2},
        {20, 5, 1},
    };
    enum { N = sizeof rows / sizeof *rows };
    struct sgs_event events[N];
    for (size_t i = 0; i < N; i++) {
        events[i] = (struct sgs_event){.id = rows[i].id};
        events[i].origin.time = rows[i].time;
        events[i].origin.frame = rows[i].frame;
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(sgs_event_order(&events[i], &events[i]), 0);
        for (size_t k = i + 1; k < N; k++) {
            assert_true(sgs_event_order(&events[i], &events[k]) < 0);
            assert_true(sgs_event_order(&events[k], &events[i]) > 0);
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(sgs_kind_name(SGS_K_DNS_QUERY), "dns.query");
    assert_int_equal(sgs_kind_find(SGS_LIT("tls.session")), SGS_K_TLS_SESSION);
    assert_int_equal(sgs_kind_find(SGS_LIT("tls.sessio")), SGS_N_KINDS);
    for (int a = 0; a < SGS_N_FIELDS; a++) {
        for (int b = a + 1; b < SGS_N_FIELDS; b++) {
            assert_string_not_equal(sgs_field_name((enum sgs_field_id)a),
                                    sgs_field_name((enum sgs_field_id)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build_and_copy),   cmocka_unit_test(test_unknown_is_absent),
        cmocka_unit_test(test_last_scalar_wins), cmocka_unit_test(test_caps),
        cmocka_unit_test(test_memory_cap),       cmocka_unit_test(test_copies_are_small),
        cmocka_unit_test(test_capture_order),    cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("timeline/event", tests, NULL, NULL) != 0;
}
