/* Rounds: what is finished, what may be dropped of a capture, and what must stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/event.h>

#include "signin/fold.h"
#include "signin/role.h"
#include "timeline/draft.h"

#define MAX_EVENTS 32
#define OLD                                                                                        \
    (SGS_SILENCE + SGS_LATE + SGS_SEC) /* so long after its last message one is finished           \
                                        */

static struct sgs_draft *drafts[MAX_EVENTS];
static const struct sgs_event *events[MAX_EVENTS];
static bool is_kept[MAX_EVENTS];
static bool is_finished[MAX_EVENTS];
static size_t n_events;
static size_t n_runs;
static bool is_pressed;
static bool is_crowded;
static struct sgs_ledger *ledger;

/* One a second. */
static struct sgs_draft *event(enum sgs_kind kind, uint32_t conn)
{
    struct sgs_draft *d = sgs_draft_new(kind);
    d->ev.id = n_events + 1;
    d->ev.origin.time = d->ev.origin.time_last = (sgs_time)n_events * SGS_SEC;
    d->ev.transport = SGS_TCP;
    d->ev.conn = conn;
    d->ev.client.len = 4;
    drafts[n_events++] = d;
    return d;
}

static struct sgs_draft *ask(uint32_t conn, const char *host, const char *target)
{
    struct sgs_draft *q = event(SGS_K_HTTP_REQUEST, conn);
    ev_str(q, SGS_F_METHOD, "GET");
    ev_str(q, SGS_F_HOST, host);
    ev_str(q, SGS_F_TARGET, target);
    return q;
}

static void answer(struct sgs_draft *q)
{
    struct sgs_draft *r = event(SGS_K_HTTP_RESPONSE, q->ev.conn);
    r->ev.dir = SGS_S2C;
    ev_int(r, SGS_F_STATUS, 200);
    ev_int(r, SGS_F_REQUEST, q->ev.id);
}

static void exchange(uint32_t conn, const char *host, const char *target)
{
    answer(ask(conn, host, target));
}

static void sip_register(uint32_t conn, int64_t expires)
{
    struct sgs_draft *q = event(SGS_K_SIP_REQUEST, conn);
    ev_str(q, SGS_F_METHOD, "REGISTER");
    ev_str(q, SGS_F_FROM, "sip:ada@contoso.example");
    ev_int(q, SGS_F_EXPIRES, (uint64_t)expires);
    struct sgs_draft *r = event(SGS_K_SIP_RESPONSE, conn);
    r->ev.dir = SGS_S2C;
    ev_int(r, SGS_F_STATUS, 200);
    ev_int(r, SGS_F_REQUEST, q->ev.id);
    ev_str(r, SGS_F_CSEQ_METHOD, "REGISTER");
    ev_int(r, SGS_F_EXPIRES, (uint64_t)expires);
}

static void closed(uint32_t conn)
{
    ev_str(event(SGS_K_TCP_CLOSED, conn), SGS_F_BY, "client");
}

static void match(struct sgs_exchange *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        list[i].row = sgs_flow_step_of(&list[i]);
        list[i].ruling = sgs_verdict_match(&list[i]);
    }
}

/* A round so long after the last event. */
static void fold(sgs_time later)
{
    struct sgs_known *known = sgs_known_new();
    struct sgs_arena a;
    struct sgs_run **runs = NULL;
    sgs_arena_init(&a, (size_t)16 << 20);
    for (size_t i = 0; i < n_events; i++) {
        events[i] = sgs_draft_seal(drafts[i]);
    }
    struct sgs_exchanges e = sgs_exchanges_make(events, n_events, known, &a);
    sgs_roles_teach(known, e.list, e.n, events, n_events, &a);
    sgs_roles_assign(known, e.list, e.n, &a);
    sgs_roles_assign(known, e.open, e.n_open, &a);
    match(e.list, e.n);
    match(e.open, e.n_open);
    struct sgs_links *links = sgs_links_make(events, n_events, &a);
    struct sgs_past past = {links, known, ledger, 0};
    n_runs = sgs_attempts_group(e.list, e.n, &past, &a, &runs);
    sgs_time now = events[n_events - 1]->origin.time + later;
    sgs_fold(&(struct sgs_fold){events, n_events, &e, runs, n_runs, links, known, now, now,
                                is_pressed, is_crowded},
             is_finished, is_kept, ledger);
    sgs_links_free(links);
    sgs_known_free(known);
    sgs_arena_clear(&a);
}

static int setup(void **state)
{
    (void)state;
    n_events = 0;
    is_pressed = false;
    is_crowded = false;
    ledger = sgs_ledger_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (n_events > 0) {
        sgs_draft_free(drafts[--n_events]);
    }
    sgs_ledger_free(ledger);
    return 0;
}

static size_t kept(void)
{
    size_t n = 0;
    for (size_t i = 0; i < n_events; i++) {
        n += is_kept[i];
    }
    return n;
}

#define TICKET "/WebTicket/WebTicketService.svc/mex"

static void test_what_is_no_sign_in_goes_when_it_is_old(void **state)
{
    (void)state;
    exchange(1, "news.example", "/");
    closed(1);
    exchange(2, "news.example", "/"); /* still open */
    fold(0);
    assert_int_equal(kept(), n_events);
    fold(OLD);
    assert_int_equal(kept(), 0);
}

static void test_an_attempt_is_finished_after_silence(void **state)
{
    (void)state;
    exchange(1, "web.example", TICKET);
    closed(1);
    fold(SGS_SILENCE + SGS_LATE - SGS_SEC);
    assert_int_equal(n_runs, 1);
    assert_false(is_finished[0]);
    assert_int_equal(kept(), n_events);
    assert_non_null(sgs_ledger_find(ledger, events[0]->id));
    fold(OLD);
    assert_true(is_finished[0]);
    assert_int_equal(kept(), 0);
    assert_null(sgs_ledger_find(ledger, events[0]->id));
}

static void test_a_question_is_waited_for_while_its_connection_is_open(void **state)
{
    (void)state;
    (void)ask(1, "web.example", TICKET);
    fold(OLD);
    assert_false(is_finished[0]);
    assert_int_equal(kept(), 1);
    fold(2 * SGS_CONN_IDLE);
    assert_true(is_finished[0]);
    closed(1);
    fold(OLD);
    assert_true(is_finished[0]);
    assert_int_equal(kept(), 0);
}

static void test_nothing_holds_that_wants_no_answer(void **state)
{
    (void)state;
    sip_register(1, 3600);
    ev_str(event(SGS_K_SIP_REQUEST, 1), SGS_F_METHOD, "ACK");
    ev_str(event(SGS_K_SIP_REQUEST, 1), SGS_F_METHOD, "BENOTIFY");
    sip_register(1, 0);
    fold(OLD);
    assert_int_equal(n_runs, 1);
    assert_true(is_finished[0]);
}

static void test_a_registration_lasts_until_it_ends(void **state)
{
    (void)state;
    sip_register(1, 3600);
    fold(100 * OLD);
    assert_false(is_finished[0]);
    closed(1);
    fold(OLD);
    assert_true(is_finished[0]);
    assert_int_equal(kept(), 0);
}

static void test_an_open_connection_to_a_registrar_holds_its_client(void **state)
{
    (void)state;
    ev_str(event(SGS_K_TLS_CLIENT_HELLO, 1), SGS_F_SNI, "sip.contoso.example");
    exchange(2, "web.example", TICKET);
    closed(2);
    fold(OLD);
    assert_false(is_finished[0]);
    assert_int_equal(kept(), n_events);
    (void)event(SGS_K_TLS_SESSION, 1);
    closed(1);
    fold(OLD);
    for (size_t i = 0; i < n_runs; i++) {
        assert_true(is_finished[i]);
    }
    assert_int_equal(kept(), 0);
}

static void test_nothing_is_waited_for_when_too_much_is_held(void **state)
{
    (void)state;
    ev_str(event(SGS_K_TLS_CLIENT_HELLO, 1), SGS_F_SNI, "sip.contoso.example");
    (void)ask(2, "web.example", TICKET);
    fold(OLD);
    assert_false(is_finished[0]);
    is_pressed = true;
    fold(OLD);
    assert_true(is_finished[0]);
}

static void test_less_is_waited_for_when_that_is_not_enough(void **state)
{
    (void)state;
    exchange(1, "web.example", TICKET);
    closed(1);
    is_pressed = true;
    fold(3 * SGS_CROWDED_WAIT);
    assert_false(is_finished[0]);
    is_crowded = true;
    fold(SGS_CROWDED_WAIT);
    assert_false(is_finished[0]);
    assert_int_equal(kept(), n_events);
    fold(3 * SGS_CROWDED_WAIT);
    assert_true(is_finished[0]);
    assert_int_equal(kept(), 0);
}

static void test_an_open_connection_to_another_host_does_not(void **state)
{
    (void)state;
    ev_str(event(SGS_K_TLS_CLIENT_HELLO, 1), SGS_F_SNI, "news.example");
    exchange(2, "web.example", TICKET);
    closed(2);
    fold(OLD);
    assert_true(is_finished[0]);
    assert_int_equal(kept(), 1); /* its ClientHello: what may come inside can be a sign-in */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_no_sign_in_goes_when_it_is_old),
        CASE(test_an_attempt_is_finished_after_silence),
        CASE(test_a_question_is_waited_for_while_its_connection_is_open),
        CASE(test_nothing_holds_that_wants_no_answer),
        CASE(test_a_registration_lasts_until_it_ends),
        CASE(test_an_open_connection_to_a_registrar_holds_its_client),
        CASE(test_nothing_is_waited_for_when_too_much_is_held),
        CASE(test_less_is_waited_for_when_that_is_not_enough),
        CASE(test_an_open_connection_to_another_host_does_not),
    };
    return cmocka_run_group_tests_name("signin/fold", tests, NULL, NULL) != 0;
}
