/* Folding: what may be dropped of a capture, and what must stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/event.h>

#include "signin/fold.h"
#include "timeline/draft.h"

#define MAX_EVENTS 16

static struct sgs_draft *drafts[MAX_EVENTS];
static const struct sgs_event *events[MAX_EVENTS];
static bool is_kept[MAX_EVENTS];
static size_t n_events;

static struct sgs_draft *event(enum sgs_kind kind, uint32_t conn)
{
    struct sgs_draft *d = sgs_draft_new(kind);
    d->ev.id = n_events + 1;
    d->ev.origin.time = d->ev.origin.time_last = (sgs_time)n_events * SGS_SEC;
    d->ev.transport = SGS_TCP;
    d->ev.conn = conn;
    drafts[n_events++] = d;
    return d;
}

static void exchange(uint32_t conn, const char *host, const char *target)
{
    struct sgs_draft *q = event(SGS_K_HTTP_REQUEST, conn);
    ev_str(q, SGS_F_METHOD, "GET");
    ev_str(q, SGS_F_HOST, host);
    ev_str(q, SGS_F_TARGET, target);
    struct sgs_draft *r = event(SGS_K_HTTP_RESPONSE, conn);
    r->ev.dir = SGS_S2C;
    ev_int(r, SGS_F_STATUS, 200);
    ev_int(r, SGS_F_REQUEST, q->ev.id);
}

static void fold(size_t n_young)
{
    for (size_t i = 0; i < n_events; i++) {
        events[i] = sgs_draft_seal(drafts[i]);
        is_kept[i] = true;
    }
    sgs_fold(events, n_events, n_young, is_kept);
}

static int setup(void **state)
{
    (void)state;
    n_events = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (n_events > 0) {
        sgs_draft_free(drafts[--n_events]);
    }
    return 0;
}

static void test_a_closed_conversation_goes(void **state)
{
    (void)state;
    exchange(1, "news.example", "/");
    (void)event(SGS_K_TCP_CLOSED, 1);
    fold(0);
    for (size_t i = 0; i < n_events; i++) {
        assert_false(is_kept[i]);
    }
    fold(1); /* what is young stays, and with it all of its conversation */
    for (size_t i = 0; i < n_events; i++) {
        assert_true(is_kept[i]);
    }
}

static void test_a_step_stays_with_its_conversation(void **state)
{
    (void)state;
    exchange(1, "web.example", "/");
    exchange(1, "web.example", "/WebTicket/WebTicketService.svc/mex");
    (void)event(SGS_K_TCP_CLOSED, 1);
    fold(0);
    for (size_t i = 0; i < n_events; i++) {
        assert_true(is_kept[i]);
    }
}

static void test_an_open_conversation_keeps_its_first_messages(void **state)
{
    (void)state;
    exchange(1, NULL, "/a");
    exchange(1, "news.example", "/b");
    exchange(1, "news.example", "/c");
    (void)event(SGS_K_HTTP_REQUEST, 1);
    fold(0);
    for (size_t i = 0; i < n_events; i++) {
        assert_int_equal(is_kept[i], i < 4 || i == 6);
    }
}

static void test_what_teaches_a_role_stays(void **state)
{
    (void)state;
    exchange(1, "news.example", "/");
    ev_str(drafts[1], SGS_F_WEB_TICKET_URL, "https://web.example/WebTicket/WebTicketService.svc");
    (void)event(SGS_K_TCP_CLOSED, 1);
    exchange(2, "news.example", "/?sipuri=ada@contoso.example");
    (void)event(SGS_K_TCP_CLOSED, 2);
    fold(0);
    for (size_t i = 0; i < n_events; i++) {
        assert_true(is_kept[i]);
    }
}

static void test_a_host_that_may_get_a_role_stays(void **state)
{
    (void)state;
    struct sgs_draft *hello = event(SGS_K_TLS_CLIENT_HELLO, 1);
    ev_str(hello, SGS_F_SNI, "pool.contoso.example");
    (void)event(SGS_K_TLS_SESSION, 1);
    (void)event(SGS_K_TCP_CLOSED, 1);
    (void)event(SGS_K_TCP_REFUSED, 2); /* of a server without a name: it can have no role */
    fold(0);
    assert_true(is_kept[0] && is_kept[1] && is_kept[2]);
    assert_false(is_kept[3]);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_closed_conversation_goes),
        CASE(test_a_step_stays_with_its_conversation),
        CASE(test_an_open_conversation_keeps_its_first_messages),
        CASE(test_what_teaches_a_role_stays),
        CASE(test_a_host_that_may_get_a_role_stays),
    };
    return cmocka_run_group_tests_name("signin/fold", tests, NULL, NULL) != 0;
}
