/* Attempts out of events: who, how many, which steps, what they mean.  Events are made here, by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>
#include <signscope/signin.h>

#include "timeline/draft.h"

static struct sgs_signin *signin;
static uint64_t last_id;
static uint64_t last_frame;

static int setup(void **state)
{
    (void)state;
    signin = sgs_signin_new();
    last_id = last_frame = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_signin_free(signin);
    return 0;
}

/* building */

static struct sgs_addr address(uint8_t last, uint16_t port)
{
    return (struct sgs_addr){
        .ip = {192, 0, 2, last},
          .len = 4, .port = port
    };
}

#define SERVER 200

/* An event at t milliseconds on connection conn of client 192.0.2.client to a port of the server.
 */
static struct sgs_draft *open_event(enum sgs_kind kind, int64_t t, uint8_t client, uint32_t conn,
                                    uint16_t port, enum sgs_dir dir)
{
    struct sgs_draft *d = sgs_draft_new(kind);
    struct sgs_addr a = address(client, (uint16_t)(50000 + conn));
    struct sgs_addr b = address(SERVER, port);
    d->ev.id = ++last_id;
    d->ev.origin = (struct sgs_origin){.frame = ++last_frame,
                                       .frame_last = last_frame,
                                       .time = t * SGS_MS,
                                       .time_last = t * SGS_MS};
    d->ev.transport = port == 53 ? SGS_UDP : SGS_TCP;
    d->ev.conn = conn;
    d->ev.dir = dir;
    d->ev.src = dir == SGS_C2S ? a : b;
    d->ev.dst = dir == SGS_C2S ? b : a;
    d->ev.client = a;
    return d;
}

static uint64_t done(struct sgs_draft *d)
{
    uint64_t id = d->ev.id;
    sgs_signin_event(signin, sgs_draft_seal(d));
    sgs_draft_free(d);
    return id;
}

static void dns(int64_t t, uint8_t client, const char *name, const char *type, const char *rcode,
                const char *answer)
{
    static uint32_t conn;
    conn++;
    struct sgs_draft *q = open_event(SGS_K_DNS_QUERY, t, client, conn, 53, SGS_C2S);
    ev_str(q, SGS_F_NAME, name);
    ev_str(q, SGS_F_TYPE, type);
    ev_int(q, SGS_F_TXID, conn);
    done(q);
    struct sgs_draft *r = open_event(SGS_K_DNS_RESPONSE, t + 1, client, conn, 53, SGS_S2C);
    ev_str(r, SGS_F_NAME, name);
    ev_str(r, SGS_F_TYPE, type);
    ev_int(r, SGS_F_TXID, conn);
    ev_str(r, SGS_F_RCODE, rcode);
    if (answer) {
        ev_row(r, SGS_F_ANSWERS);
        ev_member(r, SGS_F_ANSWERS, SGS_LIT("data"), sgs_slice_str(answer));
    }
    done(r);
}

struct web {
    const char *host;
    const char *method;
    const char *target;
    uint64_t status;
    const char *ticket_url;
    int64_t code;
};

static void http(int64_t t, uint8_t client, uint32_t conn, struct web w)
{
    struct sgs_draft *q = open_event(SGS_K_HTTP_REQUEST, t, client, conn, 443, SGS_C2S);
    ev_str(q, SGS_F_HOST, w.host);
    ev_str(q, SGS_F_METHOD, w.method);
    ev_str(q, SGS_F_TARGET, w.target);
    uint64_t id = done(q);
    if (w.status == 0) {
        return;
    }
    struct sgs_draft *r = open_event(SGS_K_HTTP_RESPONSE, t + 5, client, conn, 443, SGS_S2C);
    ev_int(r, SGS_F_STATUS, w.status);
    ev_int(r, SGS_F_REQUEST, id);
    ev_str(r, SGS_F_WEB_TICKET_URL, w.ticket_url);
    if (w.code) {
        ev_member_int(r, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), w.code);
    }
    done(r);
}

struct reg {
    const char *user;
    const char *leg;    /* bare first answer signed */
    const char *scheme; /* NULL with bare */
    uint64_t status;    /* 0: no answer */
    const char *opaque; /* of the challenge */
    int64_t expires;    /* of the request; -1: none */
    const char *call;
};

static void sip_register(int64_t t, uint8_t client, uint32_t conn, struct reg g)
{
    struct sgs_draft *q = open_event(SGS_K_SIP_REQUEST, t, client, conn, 5061, SGS_C2S);
    ev_str(q, SGS_F_METHOD, "REGISTER");
    ev_str(q, SGS_F_FROM, g.user);
    ev_str(q, SGS_F_AUTH_LEG, g.leg);
    ev_str(q, SGS_F_AUTH_SCHEME, g.scheme);
    ev_str(q, SGS_F_CALL_ID, g.call ? g.call : "call");
    if (g.expires >= 0) {
        ev_int(q, SGS_F_EXPIRES, (uint64_t)g.expires);
    }
    uint64_t id = done(q);
    if (g.status == 0) {
        return;
    }
    struct sgs_draft *r = open_event(SGS_K_SIP_RESPONSE, t + 10, client, conn, 5061, SGS_S2C);
    ev_int(r, SGS_F_STATUS, g.status);
    ev_int(r, SGS_F_REQUEST, id);
    ev_str(r, SGS_F_CSEQ_METHOD, "REGISTER");
    ev_str(r, SGS_F_OPAQUE, g.opaque);
    if (g.status == 200 && g.expires != 0) {
        ev_int(r, SGS_F_EXPIRES, 7200);
    }
    done(r);
}

static void closed(int64_t t, uint8_t client, uint32_t conn)
{
    struct sgs_draft *d = open_event(SGS_K_TCP_CLOSED, t, client, conn, 5061, SGS_C2S);
    ev_str(d, SGS_F_BY, "client");
    done(d);
}

#define ADA "sip:Ada@contoso.example"
#define BOB "sip:bob@contoso.example"

static void ntlm_run(int64_t t, uint8_t client, uint32_t conn, const char *user, uint64_t end,
                     const char *call)
{
    sip_register(t, client, conn, (struct reg){user, "bare", NULL, 401, NULL, -1, call});
    sip_register(t + 50, client, conn, (struct reg){user, "first", "NTLM", 401, "aa", -1, call});
    sip_register(t + 100, client, conn, (struct reg){user, "answer", "NTLM", end, NULL, -1, call});
}

static bool user_is(const struct sgs_attempt *a, const char *user)
{
    return sgs_slice_eq(a->user, sgs_slice_str(user));
}

/* cases */

static void test_nothing_of_a_sign_in(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    dns(0, 1, "www.example.com", "A", "NOERROR", "192.0.2.200");
    http(10, 1, 1, (struct web){"www.example.com", "GET", "/", 404, NULL, 0});
    http(20, 1, 1, (struct web){"www.example.com", "GET", "/login", 401, NULL, 0});
    assert_int_equal(sgs_signin_build(signin, &all), 0);
}

static void test_one_sign_in(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    dns(0, 1, "lyncdiscover.contoso.example", "A", "NOERROR", "192.0.2.200");
    dns(1, 1, "www.example.com", "A", "NXDOMAIN", NULL);
    http(10, 1, 1,
         (struct web){"lyncdiscover.contoso.example", "GET", "/?sipuri=ada@contoso.example", 200,
                      NULL, 0});
    http(30, 1, 2,
         (struct web){"web.contoso.example", "GET",
                      "/Autodiscover/AutodiscoverService.svc/root/user", 401,
                      "https://web.contoso.example/WebTicket/WebTicketService.svc", 28020});
    ntlm_run(100, 1, 3, ADA, 200, NULL);
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_true(user_is(&all[0], "ada@contoso.example"));
    assert_int_equal(all[0].n_acts, 6);
    static const enum sgs_verdict verdicts[] = {SGS_V_OK,       SGS_V_OK,       SGS_V_EXPECTED,
                                                SGS_V_EXPECTED, SGS_V_EXPECTED, SGS_V_OK};
    static const enum sgs_effect effects[] = {SGS_FX_PROGRESS,  SGS_FX_PROGRESS,
                                              SGS_FX_CHALLENGE, SGS_FX_CHALLENGE,
                                              SGS_FX_CHALLENGE, SGS_FX_REGISTERED};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(all[0].acts[i].verdict, verdicts[i]);
        assert_int_equal(all[0].acts[i].effect, effects[i]);
        assert_int_equal(all[0].acts[i].n_frames, 2);
    }
    assert_string_equal(all[0].flow, "onprem-external");
    assert_int_equal(all[0].n_methods, 1);
    assert_string_equal(all[0].methods[0], "ntlm");
}

static void test_wrong_password_is_refused(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 401, NULL);
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_int_equal(all[0].acts[2].effect, SGS_FX_REFUSED);
    assert_int_equal(all[0].acts[2].verdict, SGS_V_FAILED);
}

static void test_wrong_then_right_password(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 401, "one");
    closed(200, 1, 1);
    ntlm_run(3000, 1, 2, ADA, 200, "two");
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_int_equal(all[0].n_acts, 3);
    assert_int_equal(all[1].n_acts, 3);
    assert_int_equal(all[1].acts[2].effect, SGS_FX_REGISTERED);
}

static void test_another_scheme_is_the_same_attempt(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    sip_register(0, 1, 1, (struct reg){ADA, "bare", NULL, 401, NULL, -1, NULL});
    sip_register(50, 1, 1, (struct reg){ADA, "first", "Kerberos", 401, NULL, -1, NULL});
    ntlm_run(100, 1, 1, ADA, 200, NULL);
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_int_equal(all[0].n_methods, 2);
}

static void test_two_users_on_one_client(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    sip_register(0, 1, 1, (struct reg){ADA, "bare", NULL, 401, NULL, -1, "a"});
    sip_register(5, 1, 2, (struct reg){BOB, "bare", NULL, 401, NULL, -1, "b"});
    sip_register(50, 1, 1, (struct reg){ADA, "first", "NTLM", 401, "aa", -1, "a"});
    sip_register(55, 1, 2, (struct reg){BOB, "first", "NTLM", 401, "bb", -1, "b"});
    sip_register(100, 1, 1, (struct reg){ADA, "answer", "NTLM", 200, NULL, -1, "a"});
    sip_register(105, 1, 2, (struct reg){BOB, "answer", "NTLM", 401, NULL, -1, "b"});
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_true(user_is(&all[0], "ada@contoso.example"));
    assert_true(user_is(&all[1], "bob@contoso.example"));
    assert_int_equal(all[0].acts[2].effect, SGS_FX_REGISTERED);
    assert_int_equal(all[1].acts[2].effect, SGS_FX_REFUSED);
}

static void test_one_user_on_two_clients(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 200, "a");
    ntlm_run(5, 2, 2, ADA, 200, "b");
    assert_int_equal(sgs_signin_build(signin, &all), 2);
}

static void test_sign_out_and_in_again(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 200, "a");
    sip_register(5000, 1, 1, (struct reg){ADA, "signed", "NTLM", 200, NULL, 0, "a"});
    closed(5100, 1, 1);
    ntlm_run(6000, 1, 2, ADA, 200, "b");
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_int_equal(all[0].n_acts, 4);
    assert_int_equal(all[0].acts[3].effect, SGS_FX_SIGNED_OUT);
    assert_int_equal(all[0].acts[3].stage, SGS_STAGE_POST_SIGNIN);
}

/* The address of the registrar is looked up for the sign-in that follows, not for the one before.
 */
static void test_a_look_up_belongs_to_what_it_was_made_for(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    dns(0, 1, "sip.contoso.example", "A", "NOERROR", "192.0.2.200");
    ntlm_run(10, 1, 1, ADA, 200, "a");
    sip_register(5000, 1, 1, (struct reg){ADA, "signed", "NTLM", 200, NULL, 0, "a"});
    closed(5100, 1, 1);
    dns(5990, 1, "sip.contoso.example", "A", "NOERROR", "192.0.2.200");
    ntlm_run(6000, 1, 2, ADA, 200, "b");
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_int_equal(all[0].started, 0);
    assert_int_equal(all[0].n_acts, 5);
    assert_int_equal(all[1].started, 5990 * SGS_MS);
    assert_int_equal(all[1].n_acts, 4);
}

/* Ada is signing in when a second user of her computer asks for the record and connects. */
static void test_a_look_up_for_a_second_user(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 401, "a");
    dns(50, 1, "_sipinternaltls._tcp.contoso.example", "SRV", "NOERROR",
        "0 0 5061 sip.contoso.example");
    dns(60, 1, "sip.contoso.example", "A", "NOERROR", "192.0.2.200");
    ntlm_run(70, 1, 2, "sip:bea@contoso.example", 200, "b");
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_int_equal(all[1].started, 50 * SGS_MS);
    assert_int_equal(all[1].n_acts, 5);
}

static void test_renewal_stays(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    ntlm_run(0, 1, 1, ADA, 200, "a");
    ntlm_run(28000000, 1, 1, ADA, 200, "a");
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_int_equal(all[0].n_acts, 6);
}

static void test_silence_ends_an_attempt(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    dns(0, 1, "lyncdiscover.contoso.example", "A", "NXDOMAIN", NULL);
    dns(121000, 1, "lyncdiscover.contoso.example", "A", "NXDOMAIN", NULL);
    assert_int_equal(sgs_signin_build(signin, &all), 2);
}

static void test_asking_twice_is_one_attempt(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    dns(0, 1, "lyncdiscover.contoso.example", "A", "NXDOMAIN", NULL);
    dns(3, 1, "lyncdiscover.contoso.example", "A", "NXDOMAIN", NULL);
    dns(6, 1, "_sipinternaltls._tcp.contoso.example", "SRV", "NXDOMAIN", NULL);
    assert_int_equal(sgs_signin_build(signin, &all), 1);
}

static void test_starting_over_after_all_names_failed(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    for (int64_t t = 0; t < 60000; t += 30000) {
        dns(t, 1, "lyncdiscover.contoso.example", "A", "NXDOMAIN", NULL);
        dns(t + 5, 1, "_sip._tls.contoso.example", "SRV", "NXDOMAIN", NULL);
        dns(t + 9, 1, "sip.contoso.example", "A", "NXDOMAIN", NULL);
    }
    assert_int_equal(sgs_signin_build(signin, &all), 2);
    assert_int_equal(all[0].n_acts, 3);
}

static void test_ticket_refused(void **state)
{
    (void)state;
    struct sgs_attempt *all = NULL;
    http(0, 1, 1,
         (struct web){"web.contoso.example", "GET",
                      "/Autodiscover/AutodiscoverService.svc/root/user?sipuri=ada@contoso.example",
                      401, "https://web.contoso.example/WebTicket/WebTicketService.svc", 28032});
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_int_equal(all[0].acts[0].effect, SGS_FX_REFUSED);
    assert_int_equal(all[0].acts[0].code, 28032);
}

static void test_order_of_events_does_not_matter(void **state)
{
    (void)state;
    /* the same events given backwards, as late keys might */
    struct sgs_draft *drafts[6];
    size_t n = 0;
    static const char *const legs[] = {"bare", "first", "answer"};
    for (size_t i = 0; i < 3; i++) {
        int64_t t = (int64_t)i * 50;
        struct sgs_draft *q = open_event(SGS_K_SIP_REQUEST, t, 1, 1, 5061, SGS_C2S);
        ev_str(q, SGS_F_METHOD, "REGISTER");
        ev_str(q, SGS_F_FROM, ADA);
        ev_str(q, SGS_F_AUTH_LEG, legs[i]);
        ev_str(q, SGS_F_AUTH_SCHEME, i ? "NTLM" : NULL);
        struct sgs_draft *r = open_event(SGS_K_SIP_RESPONSE, t + 9, 1, 1, 5061, SGS_S2C);
        ev_int(r, SGS_F_STATUS, i < 2 ? 401 : 200);
        ev_int(r, SGS_F_REQUEST, q->ev.id);
        ev_str(r, SGS_F_CSEQ_METHOD, "REGISTER");
        ev_str(r, SGS_F_OPAQUE, i == 1 ? "aa" : NULL);
        drafts[n++] = q;
        drafts[n++] = r;
    }
    while (n > 0) {
        done(drafts[--n]);
    }
    struct sgs_attempt *all = NULL;
    assert_int_equal(sgs_signin_build(signin, &all), 1);
    assert_int_equal(all[0].n_acts, 3);
    assert_int_equal(all[0].acts[2].effect, SGS_FX_REGISTERED);
}

/* long sessions */

struct end {
    size_t n;
    size_t n_acts;
    enum sgs_effect last_effect;
    sgs_time ended;
};

static void note_end(void *ctx, struct sgs_attempt *at, const struct sgs_event *first)
{
    struct end *e = ctx;
    assert_int_equal(first->origin.time, at->started);
    *e = (struct end){e->n + 1, at->n_acts, at->acts[at->n_acts - 1].effect, at->ended};
}

static void subscribe(int64_t t, uint32_t conn)
{
    struct sgs_draft *q = open_event(SGS_K_SIP_REQUEST, t, 1, conn, 5061, SGS_C2S);
    ev_str(q, SGS_F_METHOD, "SUBSCRIBE");
    ev_str(q, SGS_F_FROM, ADA);
    uint64_t id = done(q);
    struct sgs_draft *r = open_event(SGS_K_SIP_RESPONSE, t + 10, 1, conn, 5061, SGS_S2C);
    ev_int(r, SGS_F_STATUS, 200);
    ev_int(r, SGS_F_REQUEST, id);
    done(r);
}

/* Hours of a session: the first exchanges and the sign-out stay, and renewals on another connection
 * keep it open. */
static void test_a_long_session_is_capped(void **state)
{
    (void)state;
    const int64_t minute = 60000;
    for (size_t round = 0; round < 2; round++) {
        struct end e = {0};
        sgs_signin_free(signin);
        signin = sgs_signin_new();
        sgs_signin_on_attempt(signin, note_end, &e);
        sgs_signin_rounds(signin, round == 0 ? 10 : SIZE_MAX);
        ntlm_run(0, 1, 1, ADA, 200, "call");
        for (int64_t i = 1; i <= 600; i++) {
            subscribe(i * minute, i < 400 ? 1 : 2);
            if (i == 390) {
                sip_register(i * minute + 1000, 1, 2,
                             (struct reg){ADA, "signed", "NTLM", 200, NULL, -1, "call"});
                closed(i * minute + 2000, 1, 1);
            }
        }
        sip_register(601 * minute, 1, 2, (struct reg){ADA, "signed", "NTLM", 200, NULL, 0, "call"});
        assert_int_equal(e.n, 0);
        for (int64_t i = 0; i < 400; i++) {
            dns(611 * minute + i, 2, "www.example.com", "A", "NOERROR", NULL);
        }
        assert_int_equal(e.n, round == 0); /* over, and so given away */
        sgs_signin_finish(signin);
        assert_int_equal(e.n, 1);
        assert_int_equal(e.n_acts, 3 + SGS_MAX_STEPS_AFTER + 1);
        assert_int_equal(e.last_effect, SGS_FX_SIGNED_OUT);
        assert_int_equal(e.ended, (601 * minute + 10) * SGS_MS);
    }
}

/* A flight of TLS-DSK in the message called in, and the user's certificate in it. */
static void dsk_certificate(int64_t t, uint64_t in, const char *side, const char *validity)
{
    struct sgs_draft *m = open_event(SGS_K_TLSDSK_MESSAGE, t, 1, 1, 5061, SGS_C2S);
    m->ev.in = in;
    uint64_t flight = done(m);
    struct sgs_draft *c = open_event(SGS_K_TLS_CERTIFICATE, t, 1, 1, 5061, SGS_C2S);
    c->ev.in = flight;
    ev_str(c, SGS_F_SUBJECT, "CN=ada@contoso.example");
    ev_time(c, SGS_F_NOT_BEFORE, 1714521600 * SGS_SEC); /* 2024-05-01 */
    ev_time(c, SGS_F_NOT_AFTER, 2030054400 * SGS_SEC);  /* 2034-05-01 */
    ev_int(c, SGS_F_POSITION, 0);
    ev_str(c, SGS_F_SIDE, side);
    ev_str(c, SGS_F_VALIDITY, validity);
    done(c);
}

static bool notes(const struct sgs_step *s, const char *text)
{
    return sgs_slice_find(s->note, sgs_slice_str(text)) < s->note.len;
}

static void test_the_certificate_of_tls_dsk_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *side, *validity, *want;
    } cases[] = {
        {"client", "ok",      "certificate of ada@contoso.example, valid until 2034-05-01"     },
        {"client", "expired", "certificate of ada@contoso.example, expired on 2034-05-01"      },
        {"client", "not-yet", "certificate of ada@contoso.example, not valid before 2024-05-01"},
        {"server", "ok",      NULL                                                             },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sgs_attempt *all = NULL;
        sgs_signin_free(signin);
        signin = sgs_signin_new();
        sip_register(0, 1, 1, (struct reg){ADA, "bare", NULL, 401, NULL, -1, NULL});
        sip_register(50, 1, 1, (struct reg){ADA, "first", "TLS-DSK", 401, "aa", -1, NULL});
        sip_register(100, 1, 1, (struct reg){ADA, "answer", "TLS-DSK", 401, "aa", -1, NULL});
        dsk_certificate(100, last_id - 1, cases[i].side, cases[i].validity);
        sip_register(150, 1, 1, (struct reg){ADA, "signed", "TLS-DSK", 200, NULL, -1, NULL});
        assert_int_equal(sgs_signin_build(signin, &all), 1);
        assert_int_equal(all[0].n_acts, 4);
        assert_int_equal(all[0].acts[2].verdict, SGS_V_EXPECTED);
        const struct sgs_step *row = &all[0].steps[all[0].n_steps - 1];
        const char *want = cases[i].want ? cases[i].want : "certificate";
        assert_int_equal(notes(&all[0].acts[2], want), cases[i].want != NULL);
        assert_int_equal(notes(row, want), cases[i].want != NULL);
        assert_false(notes(&all[0].acts[3], "certificate"));
    }
}

/* A 401 that carries an alert is no leg of a handshake. */
static void test_an_alert_breaks_tls_dsk_off(void **state)
{
    (void)state;
    static const char *const levels[] = {"fatal", "warning"};
    for (size_t i = 0; i < 2; i++) {
        struct sgs_attempt *all = NULL;
        sgs_signin_free(signin);
        signin = sgs_signin_new();
        sip_register(50, 1, 1, (struct reg){ADA, "first", "TLS-DSK", 401, "aa", -1, NULL});
        sip_register(100, 1, 1, (struct reg){ADA, "answer", "TLS-DSK", 401, "aa", -1, NULL});
        struct sgs_draft *m = open_event(SGS_K_TLSDSK_MESSAGE, 110, 1, 1, 5061, SGS_S2C);
        m->ev.in = last_id - 1;
        uint64_t flight = done(m);
        struct sgs_draft *a = open_event(SGS_K_TLS_ALERT, 110, 1, 1, 5061, SGS_S2C);
        a->ev.in = flight;
        ev_str(a, SGS_F_LEVEL, levels[i]);
        done(a);
        assert_int_equal(sgs_signin_build(signin, &all), 1);
        assert_int_equal(all[0].acts[1].effect, i == 0 ? SGS_FX_REFUSED : SGS_FX_CHALLENGE);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_of_a_sign_in),
        CASE(test_one_sign_in),
        CASE(test_wrong_password_is_refused),
        CASE(test_wrong_then_right_password),
        CASE(test_another_scheme_is_the_same_attempt),
        CASE(test_two_users_on_one_client),
        CASE(test_one_user_on_two_clients),
        CASE(test_sign_out_and_in_again),
        CASE(test_a_look_up_belongs_to_what_it_was_made_for),
        CASE(test_a_look_up_for_a_second_user),
        CASE(test_renewal_stays),
        CASE(test_silence_ends_an_attempt),
        CASE(test_asking_twice_is_one_attempt),
        CASE(test_starting_over_after_all_names_failed),
        CASE(test_ticket_refused),
        CASE(test_order_of_events_does_not_matter),
        CASE(test_a_long_session_is_capped),
        CASE(test_the_certificate_of_tls_dsk_is_named),
        CASE(test_an_alert_breaks_tls_dsk_off),
    };
    return cmocka_run_group_tests_name("signin", tests, NULL, NULL) != 0;
}
