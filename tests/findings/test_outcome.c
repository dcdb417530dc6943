/* Outcomes: rows of steps and what they must lead to (the rules stand in src/findings/outcome.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "findings/outcome.h"

#define MAX_STEPS 8

struct row {
    const char *name;
    struct {
        const char *proto;
        unsigned rank;
        enum sgs_effect effect;
        enum sgs_verdict verdict;
    } steps[MAX_STEPS];
    sgs_time quiet;
    bool is_closed;
    enum sgs_outcome outcome;
    enum sgs_confidence confidence;
    int decisive; /* step from 0, or -1 */
};

#define FX(proto, rank, effect)                                                                    \
    {                                                                                              \
        proto, rank, SGS_FX_##effect, SGS_V_OK                                                     \
    }
/* Asked, and the answer is not there. */
#define OPEN(proto, rank)                                                                          \
    {                                                                                              \
        proto, rank, SGS_FX_NONE, SGS_V_UNANSWERED                                                 \
    }

static const struct row rows[] = {
    {"registered",
     {FX("sip", 60, CHALLENGE), FX("sip", 90, CHALLENGE), FX("sip", 100, REGISTERED)},
     0,                                                                                                 false,
     SGS_SIGNED_IN,                                                                                                         SGS_PROVEN,
     2                                                                                                                                    },
    {"registered, then signed out and refused",
     {FX("sip", 100, REGISTERED), FX("sip", 130, SIGNED_OUT), FX("sip", 60, REFUSED)},
     0,                                                                                                 false,
     SGS_SIGNED_IN,                                                                                                         SGS_PROVEN,
     0                                                                                                                                    },
    {"refused at the end",
     {FX("sip", 60, CHALLENGE), FX("sip", 90, CHALLENGE), FX("sip", 92, REFUSED)},
     0,                                                                                                 false,
     SGS_FAILED,                                                                                                            SGS_PROVEN,
     2                                                                                                                                    },
    {"refused, then another way goes further",
     {FX("http", 40, REFUSED), FX("sip", 60, CHALLENGE)},
     0,                                                                                                 false,
     SGS_UNKNOWN,                                                                                                           SGS_HINT,
     -1                                                                                                                                   },
    {"refused, then another way ends in a refusal as well",
     {FX("http", 40, REFUSED), FX("sip", 60, CHALLENGE), FX("http", 40, REFUSED)},
     0,                                                                                                 false,
     SGS_FAILED,                                                                                                            SGS_PROVEN,
     2                                                                                                                                    },
    {"good answers to earlier steps change nothing",
     {FX("http", 70, PROGRESS), FX("http", 80, REFUSED), FX("http", 34, PROGRESS)},
     0,                                                                                                 false,
     SGS_FAILED,                                                                                                            SGS_PROVEN,
     1                                                                                                                                    },
    {"a challenge that the client was still going to answer",
     {FX("sip", 60, CHALLENGE)},
     0,                                                                                                 false,
     SGS_UNKNOWN,                                                                                                           SGS_HINT,
     -1                                                                                                                                   },
    {"a challenge after which the client closed",
     {FX("sip", 60, CHALLENGE)},
     0,                                                                                                 true,
     SGS_FAILED,                                                                                                            SGS_LIKELY,
     0                                                                                                                                    },
    {"sent to another registrar, the capture ends",
     {FX("sip", 60, CHALLENGE), FX("sip", 100, REDIRECT)},
     1 * SGS_SEC,
     true,                                                                                                     SGS_UNKNOWN,
     SGS_HINT,                                                                                                                          -1},
    {"sent to another registrar, never went there",
     {FX("sip", 60, CHALLENGE), FX("sip", 100, REDIRECT)},
     6 * SGS_SEC,
     true,                                                                                                     SGS_FAILED,
     SGS_PROVEN,                                                                                                                        1 },
    {"a web challenge and silence",
     {FX("http", 30, CHALLENGE)},
     6 * SGS_SEC,
     false,                                                                                                    SGS_FAILED,
     SGS_PROVEN,                                                                                                                        0 },
    {"closing an HTTP connection says nothing",
     {FX("http", 30, CHALLENGE)},
     1 * SGS_SEC,
     true,                                                                                                     SGS_UNKNOWN,
     SGS_HINT,                                                                                                                          -1},
    {"a port closed, the other open before",
     {FX("http", 20, PROGRESS), FX("tcp", 18, NEGATIVE)},
     0,                                                                                                 false,
     SGS_UNKNOWN,                                                                                                           SGS_HINT,
     -1                                                                                                                                   },
    {"the registrar's port closed, though its name resolves",
     {FX("dns", 50, PROGRESS), FX("tcp", 55, NEGATIVE), FX("dns", 50, PROGRESS)},
     6 * SGS_SEC,
     false,                                                                                                    SGS_FAILED,
     SGS_PROVEN,                                                                                                                        1 },
    {"the same while more may come",
     {FX("tcp", 55, NEGATIVE)},
     0,                                                                                                 false,
     SGS_FAILED,                                                                                                            SGS_LIKELY,
     0                                                                                                                                    },
    {"a challenge that was acted on, without an answer to that",
     {FX("sip", 60, CHALLENGE), OPEN("sip", 90)},
     20 * SGS_SEC,
     false,                                                                                                    SGS_UNKNOWN,
     SGS_HINT,                                                                                                                          -1},
    {"a challenge that nothing followed",
     {FX("sip", 60, CHALLENGE)},
     20 * SGS_SEC,
     false,                                                                                                    SGS_FAILED,
     SGS_PROVEN,                                                                                                                        0 },
    {"names missing, guesses still to come",
     {FX("dns", 10, NEGATIVE), FX("dns", 12, NEGATIVE)},
     0,                                                                                                 false,
     SGS_UNKNOWN,                                                                                                           SGS_HINT,
     -1                                                                                                                                   },
    {"names missing, guesses too",
     {FX("dns", 10, NEGATIVE), FX("dns", 12, NEGATIVE), FX("dns", 14, NEGATIVE)},
     0,                                                                                                 false,
     SGS_FAILED,                                                                                                            SGS_LIKELY,
     2                                                                                                                                    },
    {"one name missing, the other there",
     {FX("dns", 10, NEGATIVE), FX("dns", 10, PROGRESS), FX("dns", 14, NEGATIVE),
      FX("sip", 60, CHALLENGE)},
     0,                                                                                                 false,
     SGS_UNKNOWN,                                                                                                           SGS_HINT,
     -1                                                                                                                                   },
    {"nothing",                                                  {{NULL, 0, SGS_FX_NONE, SGS_V_OK}}, 0, false, SGS_UNKNOWN, SGS_HINT,   -1},
};

static void test_row(void **state)
{
    const struct row *r = *state;
    struct sgs_step steps[MAX_STEPS] = {{0}};
    struct sgs_attempt at = {.acts = steps, .quiet = r->quiet, .is_closed = r->is_closed};
    while (at.n_acts < MAX_STEPS && r->steps[at.n_acts].proto) {
        steps[at.n_acts].proto = r->steps[at.n_acts].proto;
        steps[at.n_acts].rank = r->steps[at.n_acts].rank;
        steps[at.n_acts].effect = r->steps[at.n_acts].effect;
        steps[at.n_acts].verdict = r->steps[at.n_acts].verdict;
        at.n_acts++;
    }
    struct sgs_outcome_facts f = sgs_outcome_of(&at);
    assert_int_equal(f.outcome, r->outcome);
    assert_int_equal(f.confidence, r->confidence);
    if (r->decisive < 0) {
        assert_null(f.decisive);
    } else {
        assert_ptr_equal(f.decisive, &steps[r->decisive]);
    }
}

static void test_opaque(void **state)
{
    (void)state;
    struct sgs_attempt at = {.opaque_octets = 7000, .opaque_open = 61 * SGS_SEC};
    assert_int_equal(sgs_outcome_of(&at).outcome, SGS_SIGNED_IN);
    assert_int_equal(sgs_outcome_of(&at).confidence, SGS_LIKELY);
    at.opaque_open = 59 * SGS_SEC;
    assert_int_equal(sgs_outcome_of(&at).outcome, SGS_UNKNOWN);
    at.opaque_open = 61 * SGS_SEC;
    at.opaque_octets = 6000;
    assert_int_equal(sgs_outcome_of(&at).outcome, SGS_UNKNOWN);
}

/* What failed while a connection to such a host stayed closed may have gone well there. */
static void test_blind(void **state)
{
    static const struct {
        unsigned blind, rank;
        const char *proto;
        enum sgs_effect effect;
        enum sgs_outcome outcome;
    } cases[] = {
        {55, 55,  "tcp",  SGS_FX_NEGATIVE,  SGS_UNKNOWN}, /* another registrar */
        {33, 55,  "tcp",  SGS_FX_NEGATIVE,  SGS_FAILED }, /* web services heal no registrar */
        {55, 100, "sip",  SGS_FX_REFUSED,   SGS_UNKNOWN},
        {18, 20,  "http", SGS_FX_REFUSED,   SGS_UNKNOWN}, /* port 80 refused, 443 not read */
        {55, 20,  "http", SGS_FX_REFUSED,   SGS_FAILED },
        {33, 40,  "http", SGS_FX_REFUSED,   SGS_UNKNOWN},
        {35, 80,  "http", SGS_FX_REFUSED,   SGS_FAILED },
        {55, 14,  "dns",  SGS_FX_NEGATIVE,  SGS_UNKNOWN}, /* names are not needed any more */
        {18, 50,  "dns",  SGS_FX_NEGATIVE,  SGS_FAILED },
        {18, 30,  "http", SGS_FX_CHALLENGE, SGS_UNKNOWN}, /* acted on where nothing is read */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sgs_step steps[] = {
            {.proto = "tls",
             .rank = cases[i].blind,
             .verdict = SGS_V_UNSEEN,
             .is_blind = true,
             .duration = 10},
            {.proto = cases[i].proto,              .rank = cases[i].rank, .effect = cases[i].effect, .time = 5},
        };
        struct sgs_attempt at = {.acts = steps, .n_acts = 2, .quiet = 6 * SGS_SEC};
        assert_int_equal(sgs_outcome_of(&at).outcome, cases[i].outcome);
        steps[0].is_blind = false;
        assert_int_equal(sgs_outcome_of(&at).outcome, SGS_FAILED);
    }
}

/* Each connection to a registrar was closed after one question at most. */
static void test_cut_off(void **state)
{
    (void)state;
    struct sgs_step reached = {.proto = "tls", .trust = SGS_INFERRED};
    struct sgs_attempt at = {.is_cut_off = true, .reached = &reached, .reached_why = "reached"};
    assert_int_equal(sgs_outcome_of(&at).outcome, SGS_FAILED);
    assert_int_equal(sgs_outcome_of(&at).confidence, SGS_LIKELY);
    assert_ptr_equal(sgs_outcome_of(&at).decisive, &reached);
    at.is_cut_off = false;
    assert_int_equal(sgs_outcome_of(&at).outcome, SGS_UNKNOWN);
    assert_string_equal(sgs_outcome_of(&at).why, "reached");
}

/* A name asked for again and again in vain: the time must not grow with the square of the steps. */
static void test_many_steps(void **state)
{
    (void)state;
    size_t n = 200000;
    struct sgs_step *steps = calloc(n, sizeof *steps);
    assert_non_null(steps);
    for (size_t i = 0; i < n; i++) {
        steps[i].proto = "dns";
        steps[i].rank = 14;
        steps[i].effect = SGS_FX_NEGATIVE;
    }
    struct sgs_attempt at = {.acts = steps, .n_acts = n};
    clock_t begin = clock();
    struct sgs_outcome_facts f = sgs_outcome_of(&at);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 2);
    assert_int_equal(f.outcome, SGS_FAILED);
    assert_ptr_equal(f.decisive, &steps[0]);
    free(steps);
}

int main(void)
{
    struct CMUnitTest tests[sizeof rows / sizeof *rows + 4];
    size_t n = sizeof rows / sizeof *rows;
    for (size_t i = 0; i < n; i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[n] = (struct CMUnitTest){.name = "unreadable", .test_func = test_opaque};
    tests[n + 1] = (struct CMUnitTest){.name = "many steps", .test_func = test_many_steps};
    tests[n + 2] = (struct CMUnitTest){.name = "blind", .test_func = test_blind};
    tests[n + 3] = (struct CMUnitTest){.name = "cut off", .test_func = test_cut_off};
    return cmocka_run_group_tests_name("findings/outcome", tests, NULL, NULL) != 0;
}
