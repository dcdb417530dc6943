/*
 * What one sign-in tells of another one: small captures told in lines (story.h), and the finding
 * over all their sign-ins that must be there, or must not.
 */
#include <signscope/survey.h>

#include "story.h"

#define POOL "pool01.contoso.com:5061"
#define WEB "web.contoso.com"
#define ROOT(user) "http lyncdiscover.contoso.com GET /?sipuri=" user " 200"
#define AGENT(text) "{\"user_agent\":\"" text "\"}"
#define GOOD(user)                                                                                 \
    "sip " POOL " 200 {\"auth_leg\":\"signed\",\"auth_scheme\":\"NTLM\",\"from\":\"sip:" user      \
    "\",\"user_agent\":\"UCCAPI/16.0\"} {\"contact_expires\":600}"
#define WITH_CERTIFICATE(user, from)                                                               \
    "sip " POOL " 401 {\"auth_leg\":\"answer\",\"auth_scheme\":\"TLS-DSK\",\"from\":\"sip:" user   \
    "\"} {\"opaque\":\"1\"} {\"side\":\"client\",\"position\":0,\"not_before\":" from              \
    ",\"not_after\":8640000}"
#define PROVISIONING(user, status)                                                                 \
    "http " WEB " POST /CertProv/CertProvisioningService.svc?sipuri=" user " " status
#define TICKET(user) "http " WEB " POST /WebTicket/WebTicketService.svc?sipuri=" user " 200 "
#define FORM(user) "http " WEB " GET /PassiveAuth/PassiveAuth.aspx?sipuri=" user " 302 "
#define SESSION(seconds, side)                                                                     \
    GOOD("ada@contoso.com"), "wait " seconds, "+ end " POOL " closed by " side
#define SIGN_OUT "+ sip " POOL " 200 {\"auth_leg\":\"signed\",\"expires\":0} {\"expires\":0}"

static const struct {
    const char *title;
    const char *id;
    const char *says; /* part of its detail; NULL: it is not there */
    const char *lines[MAX_LINES];
} cases[] = {
#include "neighbours_cases.def"
};

#define N_CASES (sizeof cases / sizeof *cases)

static void run_case(void **state)
{
    size_t c = (size_t)(uintptr_t)*state;
    const struct sgs_survey_view view = {.frames = 10, .first = 0, .last = SGS_SEC};
    struct story s = {.signin = sgs_signin_new()};
    struct sgs_judge *j = sgs_judge_new();
    struct sgs_survey *all = sgs_survey_new();
    struct sgs_attempt *list = NULL;
    const struct sgs_finding *found = NULL;
    const struct sgs_finding *f = NULL;

    tell_lines(&s, cases[c].lines);
    size_t n = sgs_signin_build(s.signin, &list);
    sgs_judge_run(j, list, n);
    for (size_t i = n; i > 0; i--) {
        sgs_survey_attempt(all, &list[i - 1]);
    }
    sgs_survey_finish(all, &view);
    size_t n_found = sgs_survey_findings(all, &found);
    for (size_t i = 0; i < n_found; i++) {
        f = strcmp(found[i].id, cases[c].id) == 0 ? &found[i] : f;
    }
    assert_true((f != NULL) == (cases[c].says != NULL));
    if (f) {
        assert_true(sgs_slice_find(f->detail, sgs_slice_str(cases[c].says)) < f->detail.len);
        assert_true(f->n_evidence > 0 && f->n_frames > 0);
        assert_int_not_equal(f->severity, SGS_ERROR);
    }
    sgs_survey_free(all);
    sgs_judge_free(j);
    sgs_signin_free(s.signin);
}

int main(void)
{
    struct CMUnitTest tests[N_CASES] = {0};

    for (size_t i = 0; i < N_CASES; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].title, .test_func = run_case, .initial_state = (void *)(uintptr_t)i};
    }
    return _cmocka_run_group_tests("findings/test_neighbours", tests, N_CASES, NULL, NULL);
}
