/* Judging: outcome, finding and its proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/finding.h>
#include <signscope/signin.h>

static bool holds(struct sgs_slice text, const char *part)
{
    return sgs_slice_find(text, sgs_slice_str(part)) < text.len;
}

static void test_failed_attempt(void **state)
{
    (void)state;
    static const uint64_t frames[] = {66, 68};
    static const uint64_t events[] = {118, 131};
    struct sgs_step steps[] = {
        {.proto = "sip",
         .title = SGS_LIT("REGISTER without credentials"),
         .rank = 60,
         .effect = SGS_FX_CHALLENGE,
         .status = 401,
         .code = -1   },
        { .proto = "sip",
         .title = SGS_LIT("REGISTER: authentication goes on"),
         .stage = SGS_STAGE_SIP_AUTH,
         .host = SGS_LIT("pool01.contoso.example"),
         .request = SGS_LIT("REGISTER NTLM"),
         .response = SGS_LIT("401 NTLM"),
         .rank = 92,
         .effect = SGS_FX_REFUSED,
         .status = 401,
         .code = 1000,
         .reason = SGS_LIT("Final handshake failed"),
         .frames = frames,
         .n_frames = 2,
         .events = events,
         .n_events = 2},
    };
    struct sgs_attempt a = {.acts = steps, .n_acts = 2};
    struct sgs_judge *j = sgs_judge_new();
    sgs_judge_run(j, &a, 1);
    assert_int_equal(a.outcome, SGS_FAILED);
    assert_int_equal(a.confidence, SGS_PROVEN);
    assert_int_equal(a.n_findings, 2);
    assert_string_equal(a.findings[1].id, "expected-401-rounds");
    assert_int_equal(a.findings[1].severity, SGS_EXPECTED);
    const struct sgs_finding *f = &a.findings[0];
    assert_string_equal(f->id, "signin-failed-at-stage");
    assert_int_equal(f->role, SGS_ROOT);
    assert_int_equal(f->severity, SGS_ERROR);
    assert_int_equal(f->stage, SGS_STAGE_SIP_AUTH);
    assert_true(holds(f->title, "sip-auth"));
    assert_true(holds(f->detail, "code 1000 (Final handshake failed)"));
    assert_true(holds(f->detail, "pool01.contoso.example"));
    assert_true(holds(f->detail, "Last good step: REGISTER without credentials"));
    assert_true(holds(f->hint, "wrong password"));
    assert_memory_equal(f->frames, frames, sizeof frames);
    assert_memory_equal(f->evidence, events, sizeof events);
    sgs_judge_free(j);
}

static void test_others_have_no_cause(void **state)
{
    (void)state;
    struct sgs_step good = {.proto = "sip", .rank = 100, .effect = SGS_FX_REGISTERED};
    struct sgs_step open = {.proto = "sip", .rank = 60, .effect = SGS_FX_CHALLENGE};
    struct sgs_attempt all[] = {
        {.acts = &good, .n_acts = 1},
        {.acts = &open, .n_acts = 1},
    };
    struct sgs_judge *j = sgs_judge_new();
    sgs_judge_run(j, all, 2);
    assert_int_equal(all[0].outcome, SGS_SIGNED_IN);
    assert_int_equal(all[1].outcome, SGS_UNKNOWN);
    for (size_t i = 0; i < 2; i++) {
        for (size_t f = 0; f < all[i].n_findings; f++) {
            assert_int_equal(all[i].findings[f].role, SGS_NOTE);
            assert_true(all[i].findings[f].severity >= SGS_INFO);
        }
    }
    assert_non_null(all[1].why);
    sgs_judge_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_attempt),
        cmocka_unit_test(test_others_have_no_cause),
    };
    return cmocka_run_group_tests_name("findings/judge", tests, NULL, NULL) != 0;
}
