/* Values of two users or two domains: what says the same, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diff/same.h"

struct row {
    const char *good, *bad;
    bool is_same;
};

static void check(const char *good_user, const char *bad_user, const struct row *rows, size_t n)
{
    const struct sgs_attempt good = {.user = sgs_slice_str(good_user)};
    const struct sgs_attempt bad = {.user = sgs_slice_str(bad_user)};
    struct sgs_same same;

    sgs_same_init(&same, &good, &bad);
    for (size_t i = 0; i < n; i++) {
        bool is_same =
            sgs_same_texts(&same, sgs_slice_str(rows[i].good), sgs_slice_str(rows[i].bad));
        if (is_same != rows[i].is_same) {
            fail_msg("\"%s\" and \"%s\": %s", rows[i].good, rows[i].bad,
                     is_same ? "the same" : "not the same");
        }
    }
}

static void test_two_domains(void **state)
{
    static const struct row rows[] = {
        {"lyncdiscover.contoso.com",    "LyncDiscover.Fabrikam.NET",    true },
        {"https://web.contoso.com/mex", "https://web.fabrikam.net/mex", true },
        {"CN=ada@contoso.com",          "CN=ben@fabrikam.net",          true },
        {"CONTOSO\\ada",                "FABRIKAM\\ben",                true },
        {"sipfed2a.online.lync.com",    "sipfed2a.online.lync.com",     true },
        {"sipfed2a.online.lync.com",    "sipfed0b.online.lync.com",     false},
        {"web.contoso.com",             "web2.fabrikam.net",            false},
 /* the name of the other side where one's own should be */
        {"web.contoso.com",             "web.contoso.com.example",      false},
        {"web.fabrikam.net",            "web.contoso.com",              false},
 /* parts of longer words are no names */
        {"adam.example",                "benm.example",                 false},
        {"web.contoso-labs.com",        "web.fabrikam-labs.net",        false},
        {"",                            "ben",                          false},
        {"",                            "",                             true },
    };

    (void)state;
    check("ada@contoso.com", "ben@fabrikam.net", rows, sizeof rows / sizeof *rows);
}

static void test_one_domain(void **state)
{
    static const struct row rows[] = {
        {"CONTOSO\\ada",    "CONTOSO\\ben",     true },
        {"CONTOSO\\ada",    "FABRIKAM\\ben",    false},
        {"web.contoso.com", "web.fabrikam.net", false},
        {"ada@contoso.com", "BEN@contoso.com",  true },
        {"ada@contoso.com", "cleo@contoso.com", false},
    };

    (void)state;
    check("ada@contoso.com", "ben@contoso.com", rows, sizeof rows / sizeof *rows);
}

/* One user at both: every other name differs. */
static void test_one_user(void **state)
{
    static const struct row rows[] = {
        {"CONTOSO\\ada", "CONTOSO\\ben", false},
        {"TLSv1.2",      "tlsv1.2",      true },
    };

    (void)state;
    check("ada@contoso.com", "ADA@contoso.com", rows, sizeof rows / sizeof *rows);
}

/* Nobody is named: the domain is that of the names which were asked for. */
static void test_nobody_is_named(void **state)
{
    static const struct sgs_step part = {
        .request = {(const uint8_t *)"A lyncdiscoverinternal.fabrikam.net", 35}
    };
    static const struct sgs_step names = {.parts = &part, .n_parts = 1};
    const struct sgs_attempt good = {.user = SGS_LIT("ada@contoso.com")};
    const struct sgs_attempt bad = {.steps = &names, .n_steps = 1};
    struct sgs_same same;

    (void)state;
    sgs_same_init(&same, &good, &bad);
    assert_true(sgs_slice_eq(sgs_same_domain(&bad), SGS_LIT("fabrikam.net")));
    assert_true(sgs_same_texts(&same, SGS_LIT("sip.contoso.com"), SGS_LIT("sip.fabrikam.net")));
    assert_false(sgs_same_texts(&same, SGS_LIT("ada"), SGS_LIT("ben")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_domains),
        cmocka_unit_test(test_one_domain),
        cmocka_unit_test(test_one_user),
        cmocka_unit_test(test_nobody_is_named),
    };
    return cmocka_run_group_tests_name("diff/same", tests, NULL, NULL) != 0;
}
