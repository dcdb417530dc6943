/* What is taken of exchanges to be compared: each form of value, halves, connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diff/collect.h"
#include "diff/compare.h"
#include "signin/exchange.h"

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }
#define V_TEXT(field, s)                                                                           \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_TEXT, .text = TEXT(s)                                   \
    }
#define V_INT(field, v)                                                                            \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_INT, .number = (v)                                      \
    }
#define V_BOOL(field, v)                                                                           \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_BOOL, .number = (v)                                     \
    }
#define V_TIME(field, v)                                                                           \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_TIME, .number = (v)                                     \
    }
#define V_LIST(field, list_)                                                                       \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_TEXTS, .list = (list_),                                 \
        .n = sizeof(list_) / sizeof *(list_)                                                       \
    }
#define V_ROWS(field, type_, rows_)                                                                \
    {                                                                                              \
        .id = SGS_F_##field, .type = SGS_T_##type_, .rows = (rows_),                               \
        .n = sizeof(rows_) / sizeof *(rows_)                                                       \
    }

static struct sgs_arena arena;

static int setup(void **state)
{
    (void)state;
    sgs_arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_arena_clear(&arena);
    return 0;
}

/* Values are looked up by their id: sorted, as events have them. */
static struct sgs_event event(uint64_t id, enum sgs_kind kind, enum sgs_dir dir,
                              struct sgs_value *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && values[j].id < values[j - 1].id; j--) {
            struct sgs_value v = values[j];
            values[j] = values[j - 1];
            values[j - 1] = v;
        }
    }
    return (struct sgs_event){.id = id,
                              .kind = kind,
                              .origin = {.frame = 10 * id},
                              .transport = SGS_TCP,
                              .dir = dir,
                              .values = values,
                              .n_values = n};
}
#define EVENT(id, kind, dir, values)                                                               \
    event(id, SGS_K_##kind, SGS_##dir, values, sizeof(values) / sizeof *(values))

static void check(const struct sgs_step *s, enum sgs_fact_id id, const char *want, uint64_t frame)
{
    const struct sgs_detail *d = sgs_detail_of(s, id);

    if (!want) {
        assert_null(d);
        return;
    }
    if (!d || !sgs_slice_eq(d->text, sgs_slice_str(want))) {
        fail_msg("%s: \"%.*s\", not \"%s\"", sgs_diff_facts[id].name, d ? (int)d->text.len : 0,
                 d ? (const char *)d->text.ptr : "", want);
        return;
    }
    assert_int_equal(d->frame, frame);
}

/* The attempt of one exchange, as one step or as its two halves, with one connection or none. */
static const struct sgs_step *collect(const struct sgs_exchange *x, const char *proto,
                                      bool is_split, const struct sgs_exchange *conn)
{
    static const uint64_t ids[] = {1, 2, 3, 4};
    static struct sgs_step act, steps[2], conns;
    static struct sgs_attempt at;

    act = (struct sgs_step){
        .exchange = x,
        .name = "x",
        .proto = proto,
        .transport = SGS_TCP,
        .dst = {.ip = {192, 0, 2, 1}, .len = 4, .port = 443},
        .host = TEXT("web.contoso.com"),
        .events = ids,
        .n_events = 4
    };
    steps[0] = steps[1] = act;
    if (is_split) { /* ids 1 and 2 are of the question */
        steps[0].n_events = 2;
        steps[1].events = ids + 2;
        steps[1].n_events = 2;
        steps[1].is_answer = true;
    }
    conns = (struct sgs_step){
        .exchange = conn, .name = "conn.web", .proto = "tcp", .transport = SGS_TCP};
    at = (struct sgs_attempt){.acts = &act,
                              .n_acts = 1,
                              .steps = steps,
                              .n_steps = is_split ? 2 : 1,
                              .conns = &conns,
                              .n_conns = conn != NULL};
    sgs_diff_collect(&at, &arena);
    assert_int_equal(at.n_steps, (is_split ? 2u : 1u) + (conn ? 1u : 0u));
    assert_int_equal(at.steps[0].act, 1);
    return at.steps;
}

static struct sgs_slice schemes[] = {TEXT("NTLM"), TEXT("TLS-DSK")};
static struct sgs_member code[] = {
    {.name = TEXT("code"),   .number = 28032     },
    {.name = TEXT("source"), .text = TEXT("fe01")}
};
static struct sgs_row diagnostics[] = {
    {code, 2}
};

static void test_http(void **state)
{
    struct sgs_value asked[] = {V_TEXT(METHOD, "GET"), V_TEXT(TARGET, "/a/b?sipuri=ada#c"),
                                V_TEXT(USER_AGENT, "OC/16")};
    struct sgs_value shown[] = {V_TEXT(TYPE, "saml1.1"),
                                V_TEXT(ISSUER, "https://web.contoso.com/x?y")};
    struct sgs_value fault[] = {V_TEXT(FAULT_CODE, "wsse:InvalidSecurityToken")};
    struct sgs_value told[] = {V_INT(STATUS, 401), V_LIST(AUTH_SCHEMES, schemes),
                               V_ROWS(MS_DIAGNOSTICS, MAP, diagnostics),
                               V_TEXT(LOCATION, "https://a.example/b?secret=c")};
    const struct sgs_event req = EVENT(1, HTTP_REQUEST, C2S, asked);
    const struct sgs_event token = EVENT(2, TOKEN_PRESENTED, C2S, shown);
    const struct sgs_event rsp = EVENT(3, HTTP_RESPONSE, S2C, told);
    const struct sgs_event soap = EVENT(4, SOAP_MESSAGE, S2C, fault);
    const struct sgs_event *inner[] = {&token, &soap};
    const struct sgs_exchange x = {
        .proto = SGS_P_HTTP, .req = &req, .rsp = &rsp, .inner = inner, .n_inner = 2};

    (void)state;
    const struct sgs_step *s = collect(&x, "http", false, NULL);
    check(&s[0], SGS_D_METHOD, "GET", 10);
    check(&s[0], SGS_D_PATH, "/a/b", 10);
    check(&s[0], SGS_D_STATUS, "401", 30);
    check(&s[0], SGS_D_SCHEMES, "NTLM, TLS-DSK", 30);
    check(&s[0], SGS_D_CODE, "28032", 30);
    check(&s[0], SGS_D_LOCATION, "https://a.example/b", 30);
    check(&s[0], SGS_D_TOKEN_SHOWN, "saml1.1", 20);
    check(&s[0], SGS_D_SHOWN_FROM, "https://web.contoso.com/x", 20);
    check(&s[0], SGS_D_FAULT, "wsse:InvalidSecurityToken", 40);
    check(&s[0], SGS_D_HOST, "web.contoso.com", 0);
    check(&s[0], SGS_D_PORT, "443", 0);
    check(&s[0], SGS_D_ADDRESS, "192.0.2.1", 0);
    check(&s[0], SGS_D_CUT, NULL, 0);
    /* halves have what is theirs */
    s = collect(&x, "http", true, NULL);
    check(&s[0], SGS_D_METHOD, "GET", 10);
    check(&s[0], SGS_D_TOKEN_SHOWN, "saml1.1", 20);
    check(&s[0], SGS_D_HOST, "web.contoso.com", 0);
    check(&s[0], SGS_D_STATUS, NULL, 0);
    check(&s[0], SGS_D_FAULT, NULL, 0);
    check(&s[1], SGS_D_STATUS, "401", 30);
    check(&s[1], SGS_D_FAULT, "wsse:InvalidSecurityToken", 40);
    check(&s[1], SGS_D_METHOD, NULL, 0);
    check(&s[1], SGS_D_HOST, NULL, 0);
}

static void test_sip(void **state)
{
    struct sgs_value asked[] = {V_TEXT(METHOD, "REGISTER"), V_BOOL(COMPRESSED, 1)};
    struct sgs_value told[] = {V_INT(STATUS, 301), V_BOOL(CUT, 1),
                               V_TEXT(CONTACT, "sip:pool01.contoso.com:5061;transport=tls")};
    const struct sgs_event req = EVENT(1, SIP_REQUEST, C2S, asked);
    struct sgs_event rsp = EVENT(3, SIP_RESPONSE, S2C, told);
    const struct sgs_exchange x = {.proto = SGS_P_SIP, .req = &req, .rsp = &rsp};

    (void)state;
    const struct sgs_step *s = collect(&x, "sip", false, NULL);
    check(&s[0], SGS_D_MOVED, "pool01.contoso.com:5061", 0);
    check(&s[0], SGS_D_COMPRESSED, "yes", 10);
    check(&s[0], SGS_D_CUT, "yes", 0);
    for (size_t i = 0; i < rsp.n_values; i++) {
        told[i].number = told[i].id == SGS_F_STATUS ? 200 : told[i].number;
    }
    s = collect(&x, "sip", false, NULL);
    check(&s[0], SGS_D_MOVED, NULL, 0); /* then it is the client's own */
}

static struct sgs_member srv[] = {
    {.name = TEXT("type"), .text = TEXT("SRV")                     },
    {.name = TEXT("data"), .text = TEXT("0 0 5061 sip.contoso.com")}
};
static struct sgs_member cname[] = {
    {.name = TEXT("type"), .text = TEXT("CNAME")          },
    {.name = TEXT("data"), .text = TEXT("web.contoso.com")}
};
static struct sgs_member a[] = {
    {.name = TEXT("type"), .text = TEXT("A")        },
    {.name = TEXT("data"), .text = TEXT("192.0.2.1")}
};
static struct sgs_row answers[] = {
    {srv,   2},
    {cname, 2},
    {a,     2}
};

static void test_dns(void **state)
{
    struct sgs_value asked[] = {V_TEXT(NAME, "sip.contoso.com"), V_TEXT(TYPE, "SRV")};
    struct sgs_value told[] = {V_TEXT(RCODE, "NOERROR"), V_ROWS(ANSWERS, ROWS, answers)};
    const struct sgs_event req = EVENT(1, DNS_QUERY, C2S, asked);
    const struct sgs_event rsp = EVENT(3, DNS_RESPONSE, S2C, told);
    const struct sgs_exchange x = {.proto = SGS_P_DNS, .req = &req, .rsp = &rsp};

    (void)state;
    const struct sgs_step *s = collect(&x, "dns", false, NULL);
    check(&s[0], SGS_D_NAME, "sip.contoso.com", 10);
    check(&s[0], SGS_D_RCODE, "NOERROR", 30);
    check(&s[0], SGS_D_DNS_NAMES, "SRV 0 0 5061 sip.contoso.com, CNAME web.contoso.com", 30);
    check(&s[0], SGS_D_ADDRESSES, "192.0.2.1", 30);
    check(&s[0], SGS_D_HOST, NULL, 0); /* resolvers are anybody */
}

static struct sgs_slice sans[] = {TEXT("web.contoso.com"), TEXT("a.contoso.com"),
                                  TEXT("web.contoso.com")};

static void test_connections(void **state)
{
    struct sgs_value opened[] = {V_INT(ATTEMPTS, 3)};
    struct sgs_value own[] = {V_TEXT(ISSUER, "CN=Own"), V_INT(POSITION, 0), V_TEXT(SIDE, "client")};
    struct sgs_value ca[] = {V_TEXT(ISSUER, "CN=Root"), V_INT(POSITION, 1), V_TEXT(SIDE, "server")};
    struct sgs_value leaf[] = {V_TEXT(ISSUER, "CN=CA"),
                               V_INT(POSITION, 0),
                               V_TEXT(SIDE, "server"),
                               V_LIST(NAMES, sans),
                               V_TIME(NOT_AFTER, 86400 * SGS_SEC),
                               V_BOOL(NAME_MATCH, 0)};
    struct sgs_value chosen[] = {V_TEXT(VERSION, "TLSv1.3")};
    const struct sgs_event open = EVENT(5, TCP_OPEN, C2S, opened);
    const struct sgs_event events[] = {
        EVENT(6, TLS_SERVER_HELLO, S2C, chosen), EVENT(7, TLS_CERTIFICATE, C2S, own),
        EVENT(8, TLS_CERTIFICATE, S2C, ca), EVENT(9, TLS_CERTIFICATE, S2C, leaf)};
    const struct sgs_event *inner[] = {&events[0], &events[1], &events[2], &events[3]};
    const struct sgs_exchange conn = {
        .proto = SGS_P_TCP, .req = &open, .inner = inner, .n_inner = 4, .is_joined = true};
    const struct sgs_exchange tls = {
        .proto = SGS_P_TLS, .req = &open, .inner = inner, .n_inner = 4};

    (void)state;
    const struct sgs_step *s = collect(&tls, "tls", false, &conn);
    assert_true(sgs_diff_is_conn(&s[1]));
    check(&s[1], SGS_D_TLS_VERSION, "TLSv1.3", 60);
    check(&s[1], SGS_D_ISSUER, "CN=CA", 90);
    check(&s[1], SGS_D_USER_ISSUER, "CN=Own", 70);
    check(&s[1], SGS_D_CERT_NAMES, "a.contoso.com, web.contoso.com", 90);
    check(&s[1], SGS_D_UNTIL, "1970-01-02", 90);
    check(&s[1], SGS_D_NAME_MATCH, "no", 90);
    check(&s[1], SGS_D_TRIES, "3", 50);
    check(&s[1], SGS_D_JOINED, "yes", 50);
    check(&s[0], SGS_D_TLS_VERSION, NULL, 0); /* told with the connection */
    assert_int_equal(s[1].frames[0], 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_http, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connections, setup, teardown),
    };
    return cmocka_run_group_tests_name("diff/collect", tests, NULL, NULL) != 0;
}
