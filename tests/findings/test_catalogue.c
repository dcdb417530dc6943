/* Each finding of the catalogue has a rule, or is listed here with the reason why it has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "findings/explain.h"

/* Findings that rules make. */
static const char *const ruled[] = {
#define SIGN(id, ...) id,
#include "findings/rules/signs.def"
#undef SIGN
#define NOTE(id, ...) id,
#include "findings/rules/notes.def"
#undef NOTE
};

struct exception {
    const char *id;
    const char *why;
};

/* Those that a procedure makes, and where: its own test raises them. */
static const struct exception made[] = {
    {"signin-failed-at-stage",     "findings/judge.c: stands for any other one"  },
    {"no-signin-in-capture",       "findings/survey.c: there is no attempt"      },
    {"keys-do-not-match",          "findings/survey.c: about all connections"    },
    {"scope-from-capture",         "findings/survey/scope.c: about all attempts" },
    {"service-outage-all-clients", "findings/survey/scope.c: about all attempts" },
    {"clock-skew-server",          "findings/survey/clocks.c: about all attempts"},
};

/* Those that nothing makes. */
static const struct exception missing[] = {
    {"port-5223-blocked",
     "push services have no role in a sign-in, and what has none is in no attempt"               },
    {"passive-pool-mixed-clients", "it compares clients of one pool, and a rule sees one attempt"},
    {"reverse-proxy-misroute",
     "who answered is told by headers that not all of these products have"                       },
};

#define N(list) (sizeof(list) / sizeof *(list))

static bool is_ruled(const char *id)
{
    for (size_t i = 0; i < N(ruled); i++) {
        if (strcmp(ruled[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct exception *list, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static void each_finding_is_made_or_excused(void **state)
{
    size_t n_without = 0;

    (void)state;
    for (size_t i = 0; i < sgs_n_finding_rows; i++) {
        const char *id = sgs_finding_rows[i].id;
        if (!is_ruled(id) && !is_listed(made, N(made), id) && !is_listed(missing, N(missing), id)) {
            print_error("no rule makes %s\n", id);
            n_without++;
        }
    }
    assert_int_equal(n_without, 0);
}

static void check_exceptions(const struct exception *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!sgs_finding_row(sgs_slice_str(list[i].id))) {
            fail_msg("%s is no finding", list[i].id);
        }
        if (is_ruled(list[i].id)) {
            fail_msg("%s has a rule and needs no excuse", list[i].id);
        }
    }
}

static void no_excuse_is_out_of_date(void **state)
{
    (void)state;
    check_exceptions(made, N(made));
    check_exceptions(missing, N(missing));
}

static void each_rule_is_about_a_finding(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(ruled); i++) {
        if (!sgs_finding_row(sgs_slice_str(ruled[i]))) {
            fail_msg("a rule makes %s, which is no finding", ruled[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finding_is_made_or_excused),
        cmocka_unit_test(no_excuse_is_out_of_date),
        cmocka_unit_test(each_rule_is_about_a_finding),
    };
    return cmocka_run_group_tests_name("findings/catalogue", tests, NULL, NULL) != 0;
}
