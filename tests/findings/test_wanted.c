/* What is asked for where outcome or cause are open, told in lines (story.h). */
#include "story.h"

#include <signscope/buf.h>

#define POOL "pool01.contoso.com:5061"
#define AD "lyncdiscover.contoso.com"
#define ROOT_OK "http " AD " GET /?sipuri=sip:ada@contoso.com 200"
#define OPAQUE(host, port)                                                                         \
    "tls " host ":" port " ok {\"sni\":\"" host                                                    \
    "\",\"version\":\"TLSv1.2\"} {\"validity\":\"ok\"} "                                           \
    "{\"state\":\"opaque\",\"reason\":\"no-key\",\"turns\":3,\"octets_c2s\":900,"                  \
    "\"octets_s2c\":900}"

static const struct {
    const char *title;
    const char *want; /* kinds and at whom, in their order */
    const char *lines[MAX_LINES];
} cases[] = {
    {"a registrar of one's own that could not be read",
     "keys pool01.contoso.com, server-log pool01.contoso.com, client-log 192.0.2.1", {ROOT_OK, OPAQUE("pool01.contoso.com", "5061")}                                },
    {"the key of the server would do",
     "keys pool01.contoso.com, server-log pool01.contoso.com, client-log 192.0.2.1", {ROOT_OK, "choice " POOL " {\"cipher\":\"TLS_RSA_WITH_AES_128_CBC_SHA\"}",
      "+ " OPAQUE("pool01.contoso.com", "5061")}                                },
    {"the registrar is that of the online service",
     "client-log 192.0.2.1",                                                         {ROOT_OK, OPAQUE("sipfed0a.online.lync.com", "443")}                           },
    {"a host of the web that could not be read",
     "keys a proxy for 192.0.2.1, client-log 192.0.2.1",                             {ROOT_OK, OPAQUE(AD, "443")}                                                   },
    {"nothing was hidden, and nothing followed",
     "capture 192.0.2.1, client-log 192.0.2.1",                                      {"dns " AD " ok", "wait 1", "http " AD " GET /?sipuri=sip:ada@contoso.com 200"}},
    {"the cause is proven",
     "",                                                                             {"sip " POOL " 403 {\"auth_leg\":\"signed\"} "
      "{\"ms_diagnostics\":{\"code\":4004,\"reason\":\"The user is not enabled\"}}"}                                                                        },
    {"refused for a reason nobody knows",
     "server-log pool01.contoso.com, client-log 192.0.2.1",                          {"dns pool01.contoso.com ok", "sip " POOL " 499 {\"auth_leg\":\"signed\"}"}    },
    {"signed in",
     "",                                                                             {"sip " POOL " 401 {\"auth_leg\":\"bare\"} {\"auth_schemes\":[\"NTLM\"]}",
      "sip " POOL " 200 {\"auth_leg\":\"signed\"} {\"contact_expires\":600}"}                                                                               },
};

#define N_CASES (sizeof cases / sizeof *cases)

static void run_case(void **state)
{
    size_t c = (size_t)(uintptr_t)*state;
    struct story s = {.signin = sgs_signin_new()};
    struct sgs_judge *j = sgs_judge_new();
    const struct sgs_attempt *at = tell_all(&s, cases[c].lines, j);
    struct sgs_buf got;

    sgs_buf_init(&got, 4096);
    for (size_t i = 0; i < at->n_wanted; i++) {
        const struct sgs_wanted *w = &at->wanted[i];
        sgs_buf_printf(&got, "%s%s %.*s", i > 0 ? ", " : "", w->what, (int)w->where.len,
                       (const char *)w->where.ptr);
        assert_true(w->how.len > 0 && w->why.len > 0);
        assert_true(sgs_slice_find(w->why, SGS_LIT("unknown")) == w->why.len);
    }
    (void)sgs_buf_add_octet(&got, 0);
    assert_string_equal((const char *)sgs_buf_slice(&got).ptr, cases[c].want);
    sgs_buf_clear(&got);
    sgs_judge_free(j);
    sgs_signin_free(s.signin);
}

/* The recipe follows from what was chosen in the handshake. */
static void test_key_of_the_server(void **state)
{
    for (size_t c = 0; c < 2; c++) {
        struct story s = {.signin = sgs_signin_new()};
        struct sgs_judge *j = sgs_judge_new();
        const struct sgs_attempt *at = tell_all(&s, cases[c].lines, j);
        bool is_at_once = sgs_slice_starts(at->wanted[0].how, SGS_LIT("export"));
        assert_true(is_at_once == (c == 1));
        sgs_judge_free(j);
        sgs_signin_free(s.signin);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_CASES + 1] = {0};

    for (size_t i = 0; i < N_CASES; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].title, .test_func = run_case, .initial_state = (void *)(uintptr_t)i};
    }
    tests[N_CASES] =
        (struct CMUnitTest){.name = "the key of the server", .test_func = test_key_of_the_server};
    return _cmocka_run_group_tests("findings/test_wanted", tests, N_CASES + 1, NULL, NULL);
}
