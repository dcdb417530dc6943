/*
 * What is worth a line beside a cause, or without one: small sign-ins told in lines (story.h), and
 * the finding that must be there, or must not.
 */
#include "story.h"

static const struct {
    const char *title;
    const char *id;
    const char *severity; /* NULL: it only looks like that */
    const char *lines[MAX_LINES];
} cases[] = {
#include "notes_cases.def"
};

#define N_CASES (sizeof cases / sizeof *cases)

static const struct sgs_finding *find(const struct sgs_attempt *at, const char *id)
{
    for (size_t i = 0; i < at->n_findings; i++) {
        if (strcmp(at->findings[i].id, id) == 0) {
            return &at->findings[i];
        }
    }
    return NULL;
}

static void run_case(void **state)
{
    size_t c = (size_t)(uintptr_t)*state;
    struct story s = {.signin = sgs_signin_new()};
    struct sgs_judge *j = sgs_judge_new();
    const struct sgs_finding *f = find(tell_all(&s, cases[c].lines, j), cases[c].id);
    bool is_asked = cases[c].severity;

    assert_true(is_asked == (f != NULL));
    if (f) {
        assert_string_equal(sgs_severity_name(f->severity), cases[c].severity);
        assert_int_equal(f->role, SGS_NOTE);
        assert_true(f->n_evidence > 0 && f->n_frames > 0 && f->detail.len > 0);
        assert_true(sgs_slice_find(f->detail, SGS_LIT("unknown")) == f->detail.len);
    }
    sgs_judge_free(j);
    sgs_signin_free(s.signin);
}

/* What is raised by one case is not raised by another. */
static void each_has_a_near_miss(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        bool is_raised = false, is_missed = false;
        for (size_t c = 0; c < N_CASES; c++) {
            bool is_same = strcmp(cases[c].id, cases[i].id) == 0;
            is_raised |= is_same && cases[c].severity;
            is_missed |= is_same && !cases[c].severity;
        }
        if (!is_raised || !is_missed) {
            fail_msg("%s has no case that %s it", cases[i].id, is_raised ? "misses" : "raises");
        }
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
        (struct CMUnitTest){.name = "each has a near miss", .test_func = each_has_a_near_miss};
    return _cmocka_run_group_tests("findings/test_notes", tests, N_CASES + 1, NULL, NULL);
}
