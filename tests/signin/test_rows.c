/*
 * Timelines: exchanges as the wire has them, and the rows that the flow makes of them.  The rows
 * wanted stand as one line a case: the id (or the title, where a row has none), its parts in
 * brackets, and the verdict when it is not "ok".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/arena.h>
#include <signscope/buf.h>

#include "signin/rows.h"
#include "signin/step.h"
#include "timeline/draft.h"

#define MAX_LINES 48

enum what { END, DNS, WEB, SIP, TLS, TCP };

/* One exchange. */
struct line {
    enum what what;
    const char *host;
    const char *method; /* or the type of a name look-up */
    const char *target; /* "-": the request is not in the capture */
    int status;      /* 0: no answer; -1: none, and octets are missing; of a name: 1 an address, 0
                        NXDOMAIN; of TLS: 0 unreadable */
    const char *leg; /* of REGISTER; of TLS: times of its turns in ms, "210 350" */
    const char *scheme; /* likewise, "ticket" of HTTP: a web ticket is shown */
    enum sgs_host_role role;
    int expires; /* of REGISTER; 0: none given, -1: zero */
};

static const struct {
    const char *title;
    const char *flow;
    const char *want;
    struct line lines[MAX_LINES];
} cases[] = {
#include "rows.def"
};

struct story {
    struct sgs_arena arena;
    struct sgs_draft *drafts[2 * MAX_LINES];
    size_t n_drafts;
    struct sgs_exchange exchanges[MAX_LINES];
    const struct sgs_exchange *list[MAX_LINES];
    struct sgs_step acts[MAX_LINES];
    size_t n;
};

static struct sgs_draft *open_event(struct story *s, enum sgs_kind kind, int64_t ms)
{
    static const struct sgs_addr client = {
        .ip = {192, 0, 2, 1},
          .len = 4, .port = 50000
    };
    static const struct sgs_addr server = {
        .ip = {192, 0, 2, 2},
          .len = 4, .port = 443
    };
    struct sgs_draft *d = sgs_draft_new(kind);
    s->drafts[s->n_drafts++] = d;
    d->ev.id = s->n_drafts;
    d->ev.origin.frame = d->ev.origin.frame_last = s->n_drafts;
    d->ev.origin.time = d->ev.origin.time_last = ms * SGS_MS;
    d->ev.transport = SGS_TCP;
    d->ev.src = d->ev.client = client;
    d->ev.dst = server;
    return d;
}

static const struct sgs_event *question(struct story *s, const struct line *l, int64_t ms)
{
    static const enum sgs_kind kinds[] = {[DNS] = SGS_K_DNS_QUERY,
                                          [WEB] = SGS_K_HTTP_REQUEST,
                                          [SIP] = SGS_K_SIP_REQUEST,
                                          [TLS] = SGS_K_TLS_CLIENT_HELLO,
                                          [TCP] = SGS_K_TCP_REFUSED};
    if (l->target && strcmp(l->target, "-") == 0) {
        return NULL;
    }
    struct sgs_draft *d = open_event(s, kinds[l->what], ms);
    if (l->what == DNS) {
        ev_str(d, SGS_F_NAME, l->host);
        ev_str(d, SGS_F_TYPE, l->method);
    } else if (l->what == WEB) {
        ev_str(d, SGS_F_METHOD, l->method);
        ev_str(d, SGS_F_TARGET, l->target);
        ev_str(d, SGS_F_WEB_TICKET,
               l->scheme && strcmp(l->scheme, "ticket") == 0 ? "opaque" : NULL);
        ev_str(d, SGS_F_AUTH_SCHEME, l->scheme && strcmp(l->scheme, "ticket") ? l->scheme : NULL);
        ev_str(d, SGS_F_AUTH_LEG, l->leg);
    } else if (l->what == SIP) {
        ev_str(d, SGS_F_METHOD, l->method);
        ev_str(d, SGS_F_AUTH_LEG, l->leg);
        ev_str(d, SGS_F_AUTH_SCHEME, l->scheme);
        if (l->expires) {
            ev_int(d, SGS_F_EXPIRES, l->expires > 0 ? (uint64_t)l->expires : 0);
        }
    } else if (l->what == TCP) {
        ev_ms(d, SGS_F_RTT_MS, SGS_MS);
    }
    return sgs_draft_seal(d);
}

/* Application data of 100 octets each way, that nobody read. */
static void put_turns(struct sgs_draft *d, const char *times)
{
    char text[SGS_TIME_TEXT_LEN];
    uint64_t n = 0;
    for (char *end = NULL; times && *times; times = end + (*end != '\0')) {
        sgs_time_rfc3339((sgs_time)strtol(times, &end, 10) * SGS_MS, text);
        ev_row(d, SGS_F_TRAFFIC);
        ev_member(d, SGS_F_TRAFFIC, SGS_LIT("time"), sgs_slice_str(text));
        ev_member(d, SGS_F_TRAFFIC, SGS_LIT("time_last"), sgs_slice_str(text));
        ev_member_int(d, SGS_F_TRAFFIC, SGS_LIT("octets_c2s"), 100);
        ev_member_int(d, SGS_F_TRAFFIC, SGS_LIT("octets_s2c"), 100);
        n++;
    }
    if (n > 0) {
        ev_int(d, SGS_F_TURNS, n);
    }
}

static const struct sgs_event *answer(struct story *s, const struct line *l, int64_t ms)
{
    static const enum sgs_kind kinds[] = {[DNS] = SGS_K_DNS_RESPONSE,
                                          [WEB] = SGS_K_HTTP_RESPONSE,
                                          [SIP] = SGS_K_SIP_RESPONSE,
                                          [TLS] = SGS_K_TLS_SESSION};
    if (l->what == TCP || (l->status <= 0 && l->what != DNS && l->what != TLS)) {
        return NULL;
    }
    struct sgs_draft *d = open_event(s, kinds[l->what], ms);
    d->ev.dir = SGS_S2C;
    struct sgs_addr client = d->ev.src;
    d->ev.src = d->ev.dst;
    d->ev.dst = client;
    if (l->what == DNS) {
        ev_str(d, SGS_F_RCODE, l->status ? "NOERROR" : "NXDOMAIN");
        if (l->status) {
            ev_row(d, SGS_F_ANSWERS);
            ev_member(d, SGS_F_ANSWERS, SGS_LIT("data"), SGS_LIT("192.0.2.2"));
        }
    } else if (l->what == WEB) {
        bool needs_ticket = l->status == 401 && !l->scheme && !l->leg;
        ev_int(d, SGS_F_STATUS, (uint64_t)l->status);
        ev_str(d, SGS_F_WEB_TICKET_URL, needs_ticket ? "https://web.contoso.com/x" : NULL);
    } else if (l->what == SIP) {
        ev_int(d, SGS_F_STATUS, (uint64_t)l->status);
        ev_str(d, SGS_F_CSEQ_METHOD, l->method);
        bool goes_on = l->status == 401 && l->leg && strcmp(l->leg, "bare") != 0;
        ev_str(d, SGS_F_OPAQUE, goes_on ? "0A1B2C3D" : NULL);
    } else {
        ev_str(d, SGS_F_STATE, "opaque");
        ev_str(d, SGS_F_END, "ok");
        ev_str(d, SGS_F_REASON, "no-key");
        put_turns(d, l->leg);
    }
    return sgs_draft_seal(d);
}

static void tell(struct story *s, const struct line *lines)
{
    static const enum sgs_proto protos[] = {[DNS] = SGS_P_DNS,
                                            [WEB] = SGS_P_HTTP,
                                            [SIP] = SGS_P_SIP,
                                            [TLS] = SGS_P_TLS,
                                            [TCP] = SGS_P_TCP};
    for (size_t i = 0; i < MAX_LINES && lines[i].what != END; i++) {
        const struct line *l = &lines[i];
        struct sgs_exchange *x = &s->exchanges[i];
        x->proto = protos[l->what];
        x->host = sgs_slice_str(l->host);
        x->role = l->role;
        x->has_gap = l->status < 0;
        x->req = question(s, l, (int64_t)(100 * i));
        x->rsp = answer(s, l, (int64_t)(100 * i) + 50);
        if (l->what == TLS) {
            x->inner = &x->rsp;
            x->n_inner = 1;
        }
        x->row = sgs_flow_step_of(x);
        assert_non_null(x->row);
        x->ruling = sgs_verdict_match(x);
        s->list[i] = x;
        s->acts[i] = sgs_step_make(x, x->row, &s->arena);
        s->n = i + 1;
    }
}

static size_t make_rows(struct story *s, const struct sgs_flow *flow, struct sgs_step **out)
{
    struct sgs_phase *phases = NULL;
    size_t n = sgs_phases_find(flow, s->list, s->acts, s->n, &s->arena, &phases);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(phases[i].step.trust, SGS_INFERRED);
    }
    return sgs_rows_make(flow, s->list, s->acts, s->n, phases, n, &s->arena, out);
}

static void put_verdict(struct sgs_buf *b, const struct sgs_step *s)
{
    if (s->verdict != SGS_V_OK) {
        (void)sgs_buf_printf(b, " %s", sgs_verdict_name(s->verdict));
    }
}

/* "A1[dns dns] expected, A2": the rows as the table has them. */
static void print_rows(struct sgs_buf *b, const struct sgs_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sgs_step *s = &steps[i];
        (void)sgs_buf_printf(b, "%s%s", i > 0 ? ", " : "", s->id ? s->id : "-");
        for (size_t j = 0; j < s->n_parts; j++) {
            const char *id = s->parts[j].id;
            (void)sgs_buf_printf(b, "%s%s", j > 0 ? " " : "[", id ? id : s->parts[j].proto);
        }
        (void)sgs_buf_add_str(b, s->n_parts > 0 ? "]" : "");
        put_verdict(b, s);
    }
}

static void test_case(void **state)
{
    size_t c = (size_t)(uintptr_t)*state;
    struct story s;
    struct sgs_buf b;
    struct sgs_step *steps = NULL;
    memset(&s, 0, sizeof s);
    sgs_arena_init(&s.arena, 1 << 20);
    sgs_buf_init(&b, 1 << 16);
    tell(&s, cases[c].lines);
    const struct sgs_flow *flow = sgs_flow_choose(s.list, s.n);
    assert_string_equal(flow->name, cases[c].flow);
    size_t n = make_rows(&s, flow, &steps);
    print_rows(&b, steps, n);
    (void)sgs_buf_add_octet(&b, '\0');
    assert_string_equal((const char *)sgs_buf_slice(&b).ptr, cases[c].want);
    sgs_buf_clear(&b);
    for (size_t i = 0; i < s.n_drafts; i++) {
        sgs_draft_free(s.drafts[i]);
    }
    sgs_arena_clear(&s.arena);
}

/* An answer row says when it came and how long it took; its question says neither status nor code.
 */
static void test_halves(void **state)
{
    static const struct line lines[] = {
        {WEB, "webdir2a.online.lync.com", "GET", "/Autodiscover/AutodiscoverService.svc/root/user",
         401,                                                                                          NULL, NULL, SGS_HOST_DISCOVER, 0},
        {END, NULL,                       NULL,  NULL,                                              0, NULL, NULL, SGS_HOST_NONE,     0}
    };
    (void)state;
    struct story s;
    struct sgs_step *steps = NULL;
    memset(&s, 0, sizeof s);
    sgs_arena_init(&s.arena, 1 << 20);
    tell(&s, lines);
    size_t n = make_rows(&s, sgs_flow_choose(s.list, s.n), &steps);
    assert_int_equal(n, 2);
    assert_int_equal(steps[0].time, 0);
    assert_int_equal(steps[0].status, 0);
    assert_true(steps[0].duration == SGS_TIME_NONE);
    assert_int_equal(steps[0].response.len, 0);
    assert_int_equal(steps[0].n_frames, 1);
    assert_int_equal(steps[0].frames[0], 1);
    assert_int_equal(steps[1].time, 50 * SGS_MS);
    assert_int_equal(steps[1].duration, 50 * SGS_MS);
    assert_int_equal(steps[1].status, 401);
    assert_int_equal(steps[1].request.len, 0);
    assert_int_equal(steps[1].frames[0], 2);
    assert_int_equal(steps[1].src.port, 443);
    for (size_t i = 0; i < s.n_drafts; i++) {
        sgs_draft_free(s.drafts[i]);
    }
    sgs_arena_clear(&s.arena);
}

int main(void)
{
    enum { N = sizeof cases / sizeof *cases };
    struct CMUnitTest tests[N + 1];
    memset(tests, 0, sizeof tests);
    for (size_t i = 0; i < N; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].title, .test_func = test_case, .initial_state = (void *)(uintptr_t)i};
    }
    tests[N] = (struct CMUnitTest){.name = "halves of an exchange", .test_func = test_halves};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
