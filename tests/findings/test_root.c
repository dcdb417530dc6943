/* Root causes: small sign-ins told in lines (story.h), and the cause that must be found, or must
 * not. */
#include "story.h"

static const struct {
    const char *title;
    const char *id; /* NULL: only signin-failed-at-stage; "": the attempt did not fail */
    const char *confidence;
    const char *lines[MAX_LINES];
} cases[] = {
#include "roots_cases.def"
};

static const struct sgs_finding *root_of(const struct sgs_attempt *at)
{
    const struct sgs_finding *root = NULL;
    for (size_t i = 0; i < at->n_findings; i++) {
        if (at->findings[i].role == SGS_ROOT) {
            assert_null(root);
            root = &at->findings[i];
        }
    }
    return root;
}

static void check(size_t c, const struct sgs_attempt *at)
{
    const struct sgs_finding *root = root_of(at);
    const char *want = cases[c].id ? cases[c].id : "signin-failed-at-stage";

    if (*want == '\0') {
        assert_int_not_equal(at->outcome, SGS_FAILED);
        assert_null(root);
        return;
    }
    assert_int_equal(at->outcome, SGS_FAILED);
    assert_non_null(root);
    assert_string_equal(root->id, want);
    assert_int_equal(root->severity, SGS_ERROR);
    assert_true(root->n_evidence > 0 && root->n_frames > 0);
    assert_true(root->title.len > 0 && root->detail.len > 0 && root->hint.len > 0);
    if (cases[c].id) {
        assert_string_equal(sgs_confidence_name(root->confidence), cases[c].confidence);
        assert_string_equal(at->findings[1].id, "signin-failed-at-stage");
        assert_int_equal(at->findings[1].role, SGS_NOTE);
    }
}

static void run_case(void **state)
{
    size_t c = (size_t)(uintptr_t)*state;
    struct story s = {.signin = sgs_signin_new()};
    struct sgs_judge *j = sgs_judge_new();

    check(c, tell_all(&s, cases[c].lines, j));
    sgs_judge_free(j);
    sgs_signin_free(s.signin);
}

/* Every rule's cause has a case that finds it. */
static void every_cause_has_a_case(void **state)
{
    static const char *const causes[] = {
#define SIGN(id, ...) id,
#include "findings/rules/signs.def"
#undef SIGN
    };
    (void)state;
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        bool is_there = false;
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            is_there |= cases[c].id && strcmp(cases[c].id, causes[i]) == 0;
        }
        if (!is_there) {
            fail_msg("no case finds %s", causes[i]);
        }
    }
}

int main(void)
{
    enum { N = sizeof cases / sizeof *cases };
    struct CMUnitTest tests[N + 1] = {0};

    for (size_t i = 0; i < N; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].title, .test_func = run_case, .initial_state = (void *)(uintptr_t)i};
    }
    tests[N] =
        (struct CMUnitTest){.name = "every cause has a case", .test_func = every_cause_has_a_case};
    return _cmocka_run_group_tests("findings/test_root", tests, N + 1, NULL, NULL);
}
