/* Conditions over sign-ins: what they say of one, and where they are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>
#include <signscope/query.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

static const struct sgs_step parts[] = {
    {.id = "K2", .host = TEXT("pool01.contoso.com"), .status = 401, .code = -1},
};
static const struct sgs_step steps[] = {
    {.id = "A1",                                .host = TEXT("lyncdiscover.contoso.com"), .status = 200,  .code = -1  },
    { .id = "A14",
     .host = TEXT("login.microsoftonline.com"),
     .status = 500,
     .code = -1,
     .symbol = TEXT("0x80048821")},
    {                                                                                      .id = "A20",       .host = TEXT("pool01.contoso.com"),                            .code = 28032, .parts = parts, .n_parts = 1},
};
static const struct sgs_finding findings[] = {
    {.id = "wrong-password-orgid", .stage = SGS_STAGE_IDP, .role = SGS_ROOT, .severity = SGS_ERROR  },
    {.id = "cert-expires-soon",    .stage = SGS_STAGE_TLS, .role = SGS_NOTE, .severity = SGS_WARNING},
};
static const char *const methods[] = {"orgid", "tls-dsk"};

static struct sgs_attempt sample(void)
{
    return (struct sgs_attempt){
        .id = 3,
        .user = SGS_LIT("ada@contoso.com"),
        .client = {.ip = {192, 0, 2, 10}, .len = 4, .port = 50000},
        .agent = SGS_LIT("UCCAPI/16.0 (Skype for Business)"),
        .flow = "online",
        .methods = methods,
        .n_methods = 2,
        .outcome = SGS_FAILED,
        .confidence = SGS_PROVEN,
        .started = sgs_time_from(1772442842, 0), /* 2026-03-02T09:14:02Z */
        .ended = sgs_time_from(1772442847, 500000000),
        .steps = steps,
        .n_steps = 3,
        .findings = findings,
        .n_findings = 2,
    };
}

static const struct {
    const char *text;
    bool holds;
} meanings[] = {
    {"outcome == failed",                     true },
    {"outcome=FAILED",                        true },
    {"outcome != failed",                     false},
    {"user == ada@contoso.com",               true },
    {"user ~ *@contoso.com",                  true },
    {"user !~ ben*",                          true },
    {"agent ~ \"*Skype for Business*\"",      true },
    {"client == 192.0.2.10",                  true },
    {"client == 192.0.2.1",                   false},
    {"id == 3 and flow == online",            true },
    {"cause == wrong-password-orgid",         true },
    {"cause == cert-expires-soon",            false},
    {"finding == cert-expires-soon",          true },
    {"finding != cert-expires-soon",          false},
    {"severity == warning",                   true },
    {"stage == idp",                          true },
    {"stage == tls",                          false},
    {"method == tls-dsk",                     true },
    {"method == ntlm",                        false},
    {"step == A14",                           true },
    {"step == K2",                            true },
    {"host ~ pool*",                          true },
    {"code == 28032",                         true },
    {"code ~ 0x8004*",                        true },
    {"code == 1000",                          false},
    {"status >= 500",                         true },
    {"status > 500",                          false},
    {"status == 401",                         true },
    {"duration > 5s",                         true },
    {"duration > 5500ms",                     false},
    {"duration >= 5500",                      true },
    {"duration < 1min",                       true },
    {"time >= 2026-03-02T09:14:02Z",          true },
    {"time > 2026-03-02T09:14:02Z",           false},
    {"time >= 09:14 and time < 09:15",        true },
    {"time < 09:14:02",                       false},
    {"confidence == proven",                  true },
    {"cause",                                 true },
    {"not cause",                             false},
    {"! user",                                false},
    {"outcome == unknown or id == 3",         true },
    {"id == 1 or id == 2 and id == 3",        false},
    {"id == 3 or id == 2 and id == 1",        true },
    {"(id == 3 or id == 2) and id == 1",      false},
    {"not (id == 1) && (id == 3 || id == 4)", true },
    {"not id == 3 or id == 3",                true },
};

static const struct {
    const char *text;
    size_t column;
    const char *why;
} errors[] = {
    {"",                                 1,  "field is missing"},
    {"outcome == ",                      12, "value is missing"},
    {"outcome == )",                     12, "value is missing"},
    {"outcom == failed",                 1,  "no field"        },
    {"outcome == failed user",           19, "and, or"         },
    {"outcome == failed and",            22, "field is missing"},
    {"(outcome == failed",               19, "parenthesis"     },
    {"outcome == failed)",               18, "and, or"         },
    {"user < b",                         6,  "not more or less"},
    {"status ~ 4*",                      8,  "pattern"         },
    {"status == many",                   11, "a number"        },
    {"time > noon",                      8,  "a time"          },
    {"duration > 5x",                    12, "a duration"      },
    {"duration > 99999999999999999999s", 12, "a duration"      },
    {"user == \"ada",                    9,  "quotation"       },
    {"user === ada",                     6,  "and, or"         },
};

static void meaning(void **state)
{
    const struct sgs_attempt at = sample();

    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const char *why = "";
        size_t column = 0;
        struct sgs_query *q = sgs_query_read(sgs_slice_str(meanings[i].text), &why, &column);
        if (!q) {
            fail_msg("%s: column %zu: %s", meanings[i].text, column, why);
        }
        if (sgs_query_holds(q, &at) != meanings[i].holds) {
            fail_msg("%s: not so", meanings[i].text);
        }
        sgs_query_free(q);
    }
}

static void unknown_is_no_value(void **state)
{
    const struct sgs_attempt at = {.started = SGS_TIME_NONE, .ended = SGS_TIME_NONE};
    static const char *const absent[] = {"user",         "client",        "time",
                                         "duration",     "cause",         "status",
                                         "time > 00:00", "duration < 1h", "user ~ *"};

    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        const char *why = "";
        size_t column = 0;
        struct sgs_query *q = sgs_query_read(sgs_slice_str(absent[i]), &why, &column);
        assert_non_null(q);
        assert_false(sgs_query_holds(q, &at));
        sgs_query_free(q);
    }
}

static void error(void **state)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const char *why = "";
        size_t column = 0;
        assert_null(sgs_query_read(sgs_slice_str(errors[i].text), &why, &column));
        if (column != errors[i].column || !strstr(why, errors[i].why)) {
            fail_msg("%s: column %zu: %s", errors[i].text, column, why);
        }
    }
}

static void caps(void **state)
{
    char text[16 * SGS_MAX_QUERY_NODES];
    const char *why = "";
    size_t column = 0;

    memset(text, '(', sizeof text);
    assert_null(sgs_query_read(sgs_slice(text, sizeof text), &why, &column));
    assert_string_equal(why, "too many conditions inside each other");
    size_t n = 0;
    for (size_t i = 0; i < SGS_MAX_QUERY_NODES; i++) {
        memcpy(text + n, "id == 1 or ", 11);
        n += 11;
    }
    assert_null(sgs_query_read(sgs_slice(text, n - 4), &why, &column));
    assert_string_equal(why, "the condition is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meaning),
        cmocka_unit_test(unknown_is_no_value),
        cmocka_unit_test(error),
        cmocka_unit_test(caps),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL) != 0;
}
