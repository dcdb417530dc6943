/* Patterns and conditions of the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signin/cond.h"
#include "signin/exchange.h"
#include "timeline/draft.h"

static const struct {
    const char *pattern;
    const char *text;
    bool fits;
} globs[] = {
    {"",                 "",                             true },
    {"",                 "a",                            false},
    {"*",                "",                             true },
    {"*",                "anything",                     true },
    {"REGISTER",         "register",                     true },
    {"REGISTER",         "REGISTERS",                    false},
    {"lyncdiscover.*",   "LyncDiscover.contoso.example", true },
    {"lyncdiscover.*",   "lyncdiscoverinternal.contoso", false},
    {"*.example",        "contoso.example",              true },
    {"*.example",        "contoso.example.org",          false},
    {"*/mex*",           "/a.svc/MEX?x",                 true },
    {"*/a/*/b",          "/a/x/b",                       true },
    {"*/a/*/b",          "/a/b",                         false},
    {"ab*ba",            "aba",                          false},
    {"ab*ba",            "abba",                         true },
    {"*a*a*a*a*a*a*b",   "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    {"webdir*.lync.com", "webdir2a.online.lync.com",     true },
};

static void test_globs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof globs / sizeof *globs; i++) {
        bool fits = sgs_glob(globs[i].pattern, sgs_slice_str(globs[i].text));
        if (fits != globs[i].fits) {
            print_error("%s on %s\n", globs[i].pattern, globs[i].text);
        }
        assert_int_equal(fits, globs[i].fits);
    }
}

static void test_conditions(void **state)
{
    (void)state;
    struct sgs_draft *q = sgs_draft_new(SGS_K_HTTP_REQUEST);
    struct sgs_draft *r = sgs_draft_new(SGS_K_HTTP_RESPONSE);
    ev_str(q, SGS_F_METHOD, "POST");
    q->ev.dst.port = 443;
    ev_int(r, SGS_F_STATUS, 401);
    ev_item(r, SGS_F_AUTH_SCHEMES, SGS_LIT("Negotiate"));
    ev_item(r, SGS_F_AUTH_SCHEMES, SGS_LIT("NTLM"));
    ev_member_int(r, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), 28032);
    ev_row(r, SGS_F_ANSWERS);
    ev_member(r, SGS_F_ANSWERS, SGS_LIT("type"), SGS_LIT("CNAME"));
    ev_row(r, SGS_F_ANSWERS);
    ev_member(r, SGS_F_ANSWERS, SGS_LIT("type"), SGS_LIT("A"));
    const struct sgs_exchange both = {.proto = SGS_P_HTTP,
                                      .req = sgs_draft_seal(q),
                                      .rsp = sgs_draft_seal(r),
                                      .host = SGS_LIT("web.contoso.example"),
                                      .role = SGS_HOST_WEB};
    const struct sgs_exchange asked = {.proto = SGS_P_HTTP, .req = both.req, .is_joined = true};
    const struct {
        const struct sgs_cond *conds;
        bool fits;
        bool fits_asked; /* without the answer */
    } rows[] = {
#define ROW(conds, fits, fits_asked) {conds, fits, fits_asked},
#include "cond.def"
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_cond_all(rows[i].conds, &both), rows[i].fits);
        assert_int_equal(sgs_cond_all(rows[i].conds, &asked), rows[i].fits_asked);
    }
    sgs_draft_free(q);
    sgs_draft_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_conditions),
    };
    return cmocka_run_group_tests_name("signin/cond", tests, NULL, NULL) != 0;
}
