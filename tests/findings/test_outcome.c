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
    struct CMUnitTest tests[sizeof rows / sizeof *rows + 2];
    size_t n = sizeof rows / sizeof *rows;
    for (size_t i = 0; i < n; i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[n] = (struct CMUnitTest){.name = "unreadable", .test_func = test_opaque};
    tests[n + 1] = (struct CMUnitTest){.name = "many steps", .test_func = test_many_steps};
    return cmocka_run_group_tests_name("findings/outcome", tests, NULL, NULL) != 0;
}
