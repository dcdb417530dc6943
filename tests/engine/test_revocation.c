/* Fetches of revocation lists and their kin, tied to chains: a whole capture, then single events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "capture/source.h"
#include "engine/internal.h"

#define N(array) (sizeof(array) / sizeof *(array))
#define MS(ev, field) (long long)(sgs_event_int(ev, field, 0) / SGS_MS)

/* conn, how, URL, outcome, status, milliseconds waited for an answer or in vain, chain */
static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct sgs_slice how = sgs_event_text(ev, SGS_F_HOW), url = sgs_event_text(ev, SGS_F_URL);
    struct sgs_slice outcome = sgs_event_text(ev, SGS_F_OUTCOME);
    struct sgs_slice chain = sgs_event_text(ev, SGS_F_CHAIN_CONN);

    if (ev->kind != SGS_K_REVOCATION_FETCH || outcome.len == 0) {
        return;
    }
    bool is_answered = sgs_event_get(ev, SGS_F_RTT_MS) != NULL;
    (void)sgs_buf_printf(ctx, "%s%u %.*s %.*s %.*s %lld %lld %.*s\n",
                         ev->transport == SGS_UDP ? "udp" : "tcp", (unsigned)ev->conn, (int)how.len,
                         (const char *)how.ptr, (int)url.len, (const char *)url.ptr,
                         (int)outcome.len, (const char *)outcome.ptr,
                         (long long)sgs_event_int(ev, SGS_F_STATUS, 0),
                         is_answered ? MS(ev, SGS_F_RTT_MS) : MS(ev, SGS_F_IDLE_MS), (int)chain.len,
                         (const char *)chain.ptr);
}

static const char *text_of(struct sgs_buf *b)
{
    (void)sgs_buf_add_octet(b, 0);
    return (const char *)b->ptr;
}

/* What captures/revocation.scn lets happen: who answers what, and when.  Servers are 8 ms away. */
static void capture(void **state)
{
    static const char *const expected[] = {
        "tcp1 ocsp http://ocsp.contoso.com/a answered 200 28 tcp0\n",
        "tcp3 crl http://pki.contoso.com/issuing.crl answered 200 108 tcp0\n",
        "tcp3 aia http://pki.contoso.com/issuing.crt answered 404 58 tcp0\n",
        "tcp2 ocsp http://ocsp.contoso.com:8080/MEowSKADAgEAMEEwPzA9MAkGBSsOAwIaBQAEFA== reset 0 "
        "2001 "
        "tcp0\n",
        "tcp3 crl http://pki.contoso.com/late.crl unanswered 0 15009 tcp0\n",
        "tcp4 crl http://pki.contoso.com/root.crl closed 0 30 tcp0\n",
        "tcp6 crl http://closed.contoso.com/ca.crl refused 0 8 tcp5\n",
        "udp6 crl http://nowhere.contoso.com/ca.crl unresolved 0 1 tcp5\n",
        "tcp11 aia ldap://gc.contoso.com/CN=Issuing,CN=AIA,DC=contoso,DC=com?cACertificate "
        "connected 0 "
        "0 tcp8\n",
        "tcp10 crl ldap:///CN=Issuing,CN=CDP,DC=contoso,DC=com?certificateRevocationList refused 0 "
        "1 "
        "tcp8\n",
        "tcp7 crl http://silent.contoso.com/ca.crl unanswered 0 ",
        "tcp9 crl ldap:///CN=Issuing,CN=CDP,DC=contoso,DC=com?certificateRevocationList unanswered "
        "0 ",
    };
    const struct sgs_engine_options options = {0};
    struct sgs_engine *e = sgs_engine_new(&options);
    char why[SGS_WHY_LEN];
    struct sgs_source *source = NULL;
    struct sgs_frame frame;
    struct sgs_buf out;
    uint64_t n = 0;

    sgs_buf_init(&out, 1u << 20);
    sgs_engine_on_event(e, on_event, &out);
    assert_int_equal(
        sgs_source_open_file(SGS_SOURCE_DIR "/captures/revocation.pcapng", NULL, why, &source),
        SGS_OK);
    while (sgs_source_next(source, 0, &frame) == SGS_NEXT_FRAME) {
        frame.number = frame.input_number = ++n;
        sgs_engine_feed(e, &frame);
    }
    sgs_engine_finish(e);
    const char *got = text_of(&out);
    size_t lines = 0;
    for (const char *c = got; *c; c++) {
        lines += *c == '\n';
    }
    for (size_t i = 0; i < N(expected); i++) {
        if (!strstr(got, expected[i])) {
            fail_msg("no \"%s\" in\n%s", expected[i], got);
        }
    }
    assert_int_equal(lines, N(expected));
    sgs_source_close(source);
    sgs_engine_free(e);
    sgs_buf_clear(&out);
}

/* single events */

enum { CHAIN_CONN = 1, WEB_CONN = 2 };

struct stage {
    struct sgs_engine *e;
    struct sgs_buf out;
    sgs_time now;
};

static void stage_open(struct stage *s)
{
    const struct sgs_engine_options options = {0};

    s->e = sgs_engine_new(&options);
    s->now = 1000 * SGS_SEC;
    sgs_buf_init(&s->out, 1u << 20);
    sgs_engine_on_event(s->e, on_event, &s->out);
}

static void stage_close(struct stage *s, const char *expected)
{
    sgs_engine_drain(s->e);
    assert_string_equal(text_of(&s->out), expected);
    sgs_engine_free(s->e);
    sgs_buf_clear(&s->out);
}

static struct sgs_draft *open_event(struct stage *s, enum sgs_kind kind, enum sgs_dir dir,
                                    uint8_t client, uint32_t conn)
{
    const struct sgs_conn_info info = {
        .transport = SGS_TCP,
        .number = conn,
        .end = {{.ip = {10, 0, 0, client}, .len = 4, .port = 50000},
                {.ip = {192, 0, 2, 9}, .len = 4, .port = 80}},
    };
    const struct sgs_origin origin = {
        .time = s->now, .time_last = s->now, .frame = 1, .frame_last = 1};
    struct sgs_draft *d = sgs_engine_event(s->e, kind, &info, dir, &origin);
    d->ev.layers = sgs_arena_copy(&d->arena, SGS_LIT("http1"));
    return d;
}

static void chain(struct stage *s, const char *side)
{
    struct sgs_draft *d = open_event(s, SGS_K_TLS_CERTIFICATE, SGS_S2C, 15, CHAIN_CONN);

    ev_str(d, SGS_F_SIDE, side);
    ev_item(d, SGS_F_CRL, SGS_LIT("http://PKI.contoso.example/ca.crl"));
    ev_item(d, SGS_F_AIA, SGS_LIT("http://ocsp.contoso.example/a"));
    ev_item(d, SGS_F_OCSP, SGS_LIT("http://ocsp.contoso.example/a"));
    ev_item(d, SGS_F_CRL, SGS_LIT("http://192.0.2.9/ip.crl"));
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
}

static uint64_t ask(struct stage *s, uint8_t client, const char *host, const char *target)
{
    struct sgs_draft *d = open_event(s, SGS_K_HTTP_REQUEST, SGS_C2S, client, WEB_CONN);
    uint64_t id = sgs_event_id(d);

    ev_str(d, SGS_F_METHOD, "GET");
    ev_str(d, SGS_F_HOST, host);
    ev_str(d, SGS_F_TARGET, target);
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
    return id;
}

static void answer(struct stage *s, uint64_t request, uint64_t status)
{
    struct sgs_draft *d = open_event(s, SGS_K_HTTP_RESPONSE, SGS_S2C, 15, WEB_CONN);

    ev_int(d, SGS_F_REQUEST, request);
    ev_int(d, SGS_F_STATUS, status);
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
}

static void end(struct stage *s, enum sgs_kind kind, const char *by, const char *why)
{
    struct sgs_draft *d = open_event(s, kind, SGS_C2S, 15, WEB_CONN);

    ev_str(d, SGS_F_BY, by);
    ev_str(d, SGS_F_WHY, why);
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
}

/* by LDAP */

#define CDP "CN=Contoso%20CA,CN=CDP,DC=contoso,DC=com"

static void directory_chain(struct stage *s)
{
    struct sgs_draft *d = open_event(s, SGS_K_TLS_CERTIFICATE, SGS_S2C, 15, CHAIN_CONN);

    ev_str(d, SGS_F_SIDE, "server");
    ev_item(d, SGS_F_CRL, SGS_LIT("ldap:///" CDP "?certificateRevocationList;binary?base?(a=b)"));
    ev_item(d, SGS_F_AIA, SGS_LIT("ldap://gc.contoso.com/CN=AIA,DC=contoso,DC=com?cACertificate"));
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
}

static struct sgs_draft *ldap_event(struct stage *s, enum sgs_kind kind, const char *op)
{
    struct sgs_draft *d =
        open_event(s, kind, kind == SGS_K_LDAP_REQUEST ? SGS_C2S : SGS_S2C, 15, WEB_CONN);

    d->ev.layers = sgs_arena_copy(&d->arena, SGS_LIT("ldap"));
    ev_str(d, SGS_F_OP, op);
    return d;
}

static uint64_t search(struct stage *s, const char *url)
{
    struct sgs_draft *d = ldap_event(s, SGS_K_LDAP_REQUEST, "searchRequest");
    uint64_t id = sgs_event_id(d);

    ev_str(d, SGS_F_URL, url);
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
    return id;
}

/* An entry, with what it brings unless how is NULL, or (url is NULL) the end of a search. */
static void found(struct stage *s, uint64_t request, const char *how, const char *url)
{
    struct sgs_draft *d =
        ldap_event(s, SGS_K_LDAP_RESPONSE, url ? "searchResEntry" : "searchResDone");

    s->now += 7 * SGS_MS;
    d->ev.origin.time_last = s->now;
    ev_int(d, SGS_F_REQUEST, request);
    if (!url) {
        ev_str(d, SGS_F_RESULT, "noSuchObject");
    }
    if (how) {
        struct sgs_draft *body = ldap_event(s, SGS_K_REVOCATION_FETCH, "");
        body->ev.in = sgs_event_id(d);
        body->ev.layers = sgs_arena_copy(&body->arena, SGS_LIT("ldap/x509"));
        ev_str(body, SGS_F_HOW, how);
        ev_str(body, SGS_F_URL, url);
        sgs_engine_emit(s->e, body);
    }
    sgs_engine_emit(s->e, d);
    sgs_engine_drain(s->e);
}

/* A search asks for an entry and an attribute, whatever server it asks and however they are
 * written; the URL told is the certificate's. */
static void searches(void **state)
{
    static const struct {
        const char *url;
        const char *line;
    } rows[] = {
        {"ldap:///" CDP "?certificateRevocationList",
         "tcp2 crl ldap:///" CDP
         "?certificateRevocationList;binary?base?(a=b) answered 0 7 tcp1\n"                     },
        {"ldap:///cn=CONTOSO%20ca,cn=cdp,dc=contoso,dc=COM?CertificateRevocationList;binary",
         "tcp2 crl ldap:///" CDP
         "?certificateRevocationList;binary?base?(a=b) answered 0 7 tcp1\n"                     },
        {"ldap:///CN=AIA,DC=contoso,DC=com?cACertificate",
         "tcp2 aia ldap://gc.contoso.com/CN=AIA,DC=contoso,DC=com?cACertificate answered 0 7 "
         "tcp1\n"                                                                               },
        {"ldap:///CN=AIA,DC=contoso,DC=com?certificateRevocationList",
         "tcp2 crl ldap:///CN=AIA,DC=contoso,DC=com?certificateRevocationList answered 0 7 \n"  },
        {"ldap:///CN=Other?cACertificate",
         "tcp2 aia ldap:///CN=Other?cACertificate answered 0 7 \n"                              },
        {"",                                                                                  ""},
    };

    for (size_t i = 0; i < N(rows); i++) {
        struct stage s;
        stage_open(&s);
        directory_chain(&s);
        uint64_t id = search(&s, rows[i].url);
        found(&s, id, NULL, NULL);
        stage_close(&s, rows[i].line);
    }
}

/* What an entry brings is the fetch; the end of the search adds nothing. */
static void entries(void **state)
{
    struct stage s;

    stage_open(&s);
    directory_chain(&s);
    uint64_t id = search(&s, "ldap:///" CDP "?certificateRevocationList");
    found(&s, id, "crl", "ldap:///" CDP "?certificateRevocationList");
    found(&s, id, NULL, NULL);
    stage_close(&s, "tcp2 crl ldap:///" CDP
                    "?certificateRevocationList;binary?base?(a=b) answered 0 7 tcp1\n");
    stage_open(&s);
    directory_chain(&s);
    (void)search(&s, "ldap:///" CDP "?certificateRevocationList");
    s.now += SGS_SEC;
    end(&s, SGS_K_TCP_RESET, "server", "");
    stage_close(&s, "tcp2 crl ldap:///" CDP
                    "?certificateRevocationList;binary?base?(a=b) reset 0 1000 tcp1\n");
}

/* A connection to a directory in which no search could be read is an attempt. */
static void visits(void **state)
{
    for (int is_read = 0; is_read < 2; is_read++) {
        struct stage s;
        stage_open(&s);
        directory_chain(&s);
        struct sgs_draft *d = open_event(&s, SGS_K_TCP_OPEN, SGS_C2S, 15, WEB_CONN);
        d->ev.dst.port = 389;
        sgs_engine_emit(s.e, d);
        d = ldap_event(&s, SGS_K_LDAP_REQUEST, is_read ? "searchRequest" : "bindRequest");
        sgs_engine_emit(s.e, d);
        s.now += SGS_SEC;
        end(&s, SGS_K_TCP_CLOSED, "client", "fin");
        end(&s, SGS_K_TCP_CLOSED, "client", "fin");
        stage_close(&s, is_read ? ""
                                : "tcp2 crl ldap:///" CDP
                                  "?certificateRevocationList;binary?base?(a=b) connected 0 0 "
                                  "tcp1\n");
    }
}

/* Names are one whatever their case; a path below a responder's is a request by GET; a proxy is
 * asked for a whole URL. */
static void urls(void **state)
{
    static const struct {
        const char *host, *target;
        const char *how; /* NULL: no fetch */
    } rows[] = {
        {"pki.contoso.EXAMPLE",    "/ca.crl",                           "crl http://pki.contoso.EXAMPLE/ca.crl"   },
        {"pki.contoso.example:80", "/ca.crl",                           "crl http://pki.contoso.example:80/ca.crl"},
        {"proxy",                  "http://pki.contoso.example/ca.crl", "crl http://pki.contoso.example/ca.crl"   },
        {"pki.contoso.example",    "/CA.crl",                           NULL                                      },
        {"pki.contoso.example:81", "/ca.crl",                           NULL                                      },
        {"pki.contoso.example",    "/",                                 NULL                                      },
        {"",                       "/ca.crl",                           NULL                                      },
        {"ocsp.contoso.example",   "/a",                                "ocsp http://ocsp.contoso.example/a"      },
        {"ocsp.contoso.example",   "/a/MEow",                           "ocsp http://ocsp.contoso.example/a/MEow" },
        {"ocsp.contoso.example",   "/b/MEow",                           NULL                                      },
        {"192.0.2.9",              "/ip.crl",                           "crl http://192.0.2.9/ip.crl"             },
    };

    for (size_t i = 0; i < N(rows); i++) {
        struct stage s;
        char line[256] = "";
        stage_open(&s);
        chain(&s, "server");
        uint64_t id = ask(&s, 15, rows[i].host, rows[i].target);
        s.now += 7 * SGS_MS;
        answer(&s, id, 100);
        answer(&s, id, 503);
        answer(&s, id, 200); /* it was answered already */
        if (rows[i].how) {
            (void)snprintf(line, sizeof line, "tcp2 %s answered 503 7 tcp1\n", rows[i].how);
        }
        stage_close(&s, line);
    }
}

/* Other clients have other chains, and what clients show is not for them to check. */
static void strangers(void **state)
{
    struct stage s;

    stage_open(&s);
    chain(&s, "server");
    answer(&s, ask(&s, 16, "pki.contoso.example", "/ca.crl"), 200);
    stage_close(&s, "");
    stage_open(&s);
    chain(&s, "client");
    answer(&s, ask(&s, 15, "pki.contoso.example", "/ca.crl"), 200);
    stage_close(&s, "");
}

/* The chain engine of Windows is known by its name even if no chain could be read. */
static void windows(void **state)
{
    static const struct {
        const char *agent, *target, *line;
    } rows[] = {
        {"Microsoft-CryptoAPI/10.0", "/a.crl",           "tcp2 crl http://x.example/a.crl answered 404 0 \n"},
        {"Microsoft-CryptoAPI/10.0", "/a.crt",           "tcp2 aia http://x.example/a.crt answered 404 0 \n"},
        {"Microsoft-CryptoAPI/10.0", "/authrootstl.cab", ""                                                 },
        {"OC/16.0",                  "/a.crl",           ""                                                 },
    };

    for (size_t i = 0; i < N(rows); i++) {
        struct stage s;
        stage_open(&s);
        struct sgs_draft *d = open_event(&s, SGS_K_HTTP_REQUEST, SGS_C2S, 15, WEB_CONN);
        uint64_t id = sgs_event_id(d);
        ev_str(d, SGS_F_HOST, "x.example");
        ev_str(d, SGS_F_TARGET, rows[i].target);
        ev_str(d, SGS_F_USER_AGENT, rows[i].agent);
        sgs_engine_emit(s.e, d);
        answer(&s, id, 404);
        stage_close(&s, rows[i].line);
    }
}

static void ends(void **state)
{
    static const struct {
        enum sgs_kind kind;
        const char *by, *why;
        sgs_time after;
        const char *outcome; /* NULL: nothing is known */
    } rows[] = {
        {SGS_K_TCP_RESET,  "server", "",        SGS_SEC,     "reset 0 1000"     },
        {SGS_K_TCP_RESET,  "client", "",        SGS_SEC,     "reset 0 1000"     },
        {SGS_K_TCP_CLOSED, "server", "fin",     SGS_SEC,     "closed 0 1000"    },
        {SGS_K_TCP_CLOSED, "client", "fin",     SGS_SEC,     "unanswered 0 1000"},
        {SGS_K_TCP_CLOSED, "",       "idle",    SGS_SEC,     "unanswered 0 1000"},
        {SGS_K_TCP_CLOSED, "",       "capture", 5 * SGS_SEC, "unanswered 0 5000"},
        {SGS_K_TCP_CLOSED, "",       "capture", 4 * SGS_SEC, NULL               }, /* it may yet be answered */
    };

    for (size_t i = 0; i < N(rows) * 2; i++) {
        struct stage s;
        char line[256] = "";
        bool has_gap = i >= N(rows);
        size_t row = i % N(rows);
        stage_open(&s);
        chain(&s, "server");
        (void)ask(&s, 15, "pki.contoso.example", "/ca.crl");
        s.now += rows[row].after;
        if (has_gap) { /* the answer may lie there */
            end(&s, SGS_K_NET_GAP, "", "lost");
        }
        end(&s, rows[row].kind, rows[row].by, rows[row].why);
        if (rows[row].outcome && !has_gap) {
            (void)snprintf(line, sizeof line,
                           "tcp2 crl http://pki.contoso.example/ca.crl %s tcp1\n",
                           rows[row].outcome);
        }
        stage_close(&s, line);
    }
}

/* An attempt that only its place speaks for counts for a minute. */
static void soon(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct stage s;
        stage_open(&s);
        chain(&s, "server");
        s.now += 60 * SGS_SEC + late;
        end(&s, SGS_K_TCP_REFUSED, "", "");
        stage_close(&s, late ? "" : "tcp2 crl http://192.0.2.9/ip.crl refused 0 0 tcp1\n");
    }
}

/* A name that does not exist or that nobody answers for; one without an IPv4 address may have
 * others. */
static void names(void **state)
{
    static const struct {
        enum sgs_kind kind;
        const char *type, *rcode, *name;
        bool is_told;
    } rows[] = {
        {SGS_K_DNS_RESPONSE,   "A",    "NXDOMAIN", "pki.contoso.example", true },
        {SGS_K_DNS_RESPONSE,   "A",    "SERVFAIL", "PKI.contoso.example", true },
        {SGS_K_DNS_UNANSWERED, "A",    "",         "pki.contoso.example", true },
        {SGS_K_DNS_RESPONSE,   "AAAA", "NXDOMAIN", "pki.contoso.example", false},
        {SGS_K_DNS_RESPONSE,   "A",    "NOERROR",  "pki.contoso.example", false},
        {SGS_K_DNS_RESPONSE,   "A",    "NXDOMAIN", "web.contoso.example", false},
    };

    for (size_t i = 0; i < N(rows); i++) {
        struct stage s;
        stage_open(&s);
        chain(&s, "server");
        struct sgs_draft *d = open_event(&s, rows[i].kind, SGS_S2C, 15, WEB_CONN);
        ev_str(d, SGS_F_TYPE, rows[i].type);
        ev_str(d, SGS_F_RCODE, rows[i].rcode);
        ev_str(d, SGS_F_NAME, rows[i].name);
        sgs_engine_emit(s.e, d);
        stage_close(&s, rows[i].is_told
                            ? "tcp2 crl http://PKI.contoso.example/ca.crl unresolved 0 0 tcp1\n"
                            : "");
    }
}

/* Beyond the caps the oldest go, and nothing else happens. */
static void caps(void **state)
{
    struct stage s;
    char text[2048];

    stage_open(&s);
    chain(&s, "server");
    uint64_t first = ask(&s, 15, "pki.contoso.example", "/ca.crl");
    for (size_t i = 0; i < SGS_MAX_REVOCATION_FETCHES; i++) {
        (void)ask(&s, 15, "pki.contoso.example", "/ca.crl");
    }
    answer(&s, first, 200);
    stage_close(&s, "");
    stage_open(&s);
    chain(&s, "server");
    for (size_t i = 0; i < SGS_MAX_REVOCATION_URLS; i++) {
        struct sgs_draft *d = open_event(&s, SGS_K_TLS_CERTIFICATE, SGS_S2C, 15, CHAIN_CONN);
        (void)snprintf(text, sizeof text, "http://h%zu.example/", i);
        ev_str(d, SGS_F_SIDE, "server");
        ev_item(d, SGS_F_CRL, sgs_slice_str(text));
        sgs_engine_emit(s.e, d);
        sgs_engine_drain(s.e);
    }
    answer(&s, ask(&s, 15, "pki.contoso.example", "/ca.crl"), 200);
    answer(&s, ask(&s, 15, "h8191.example", "/"), 200);
    stage_close(&s, "tcp2 crl http://h8191.example/ answered 200 0 tcp1\n");
    stage_open(&s);
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "http://", 7);
    text[sizeof text - 1] = 0;
    struct sgs_draft *d = open_event(&s, SGS_K_TLS_CERTIFICATE, SGS_S2C, 15, CHAIN_CONN);
    ev_str(d, SGS_F_SIDE, "server");
    ev_item(d, SGS_F_CRL, sgs_slice_str(text));
    sgs_engine_emit(s.e, d);
    answer(&s, ask(&s, 15, "", text), 200);
    stage_close(&s, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture), cmocka_unit_test(urls),   cmocka_unit_test(strangers),
        cmocka_unit_test(windows), cmocka_unit_test(ends),   cmocka_unit_test(soon),
        cmocka_unit_test(names),   cmocka_unit_test(caps),   cmocka_unit_test(searches),
        cmocka_unit_test(entries), cmocka_unit_test(visits),
    };
    return cmocka_run_group_tests_name("revocation", tests, NULL, NULL) != 0;
}
