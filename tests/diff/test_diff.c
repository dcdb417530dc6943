/* Two sign-ins made by hand: what differs, how much it weighs, where they part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/diff.h"
#include "diff/out.h"

#define MAX_STEPS 12
#define START (1000 * SGS_SEC)

/* A step in a few words; the ids are those of the online flow. */
struct mini {
    const char *id;
    const char *name;
    enum sgs_verdict verdict;
    const char *response;
    enum sgs_fact_id what; /* one detail, when value is not NULL */
    const char *value;
    sgs_time duration;
};

#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, SGS_V_OK, NULL, SGS_D_NOTHING, NULL, 0                                         \
    }
#define STEP(id, verdict, response)                                                                \
    {                                                                                              \
        id, "x." id, SGS_V_##verdict, response, SGS_D_NOTHING, NULL, 0                             \
    }
#define WITH(id, what, value)                                                                      \
    {                                                                                              \
        id, "x." id, SGS_V_OK, "200", SGS_D_##what, value, 0                                       \
    }
#define CONN(role, what, value)                                                                    \
    {                                                                                              \
        NULL, "conn." role, SGS_V_OK, "", SGS_D_##what, value, 0                                   \
    }

struct side {
    struct sgs_step steps[MAX_STEPS];
    struct sgs_detail details[MAX_STEPS];
    uint64_t frames[MAX_STEPS];
    struct sgs_attempt at;
};

static struct sgs_arena arena;
static struct side sides[SGS_N_SIDES];

static int setup(void **state)
{
    (void)state;
    sgs_arena_init(&arena, 64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_arena_clear(&arena);
    return 0;
}

static void fill(struct side *s, const struct mini *steps, enum sgs_outcome outcome)
{
    size_t n = 0;

    memset(s, 0, sizeof *s);
    for (; steps[n].name; n++) {
        const struct mini *m = &steps[n];
        bool is_conn = !m->id;
        s->frames[n] = n + 1;
        s->details[n] = (struct sgs_detail){(unsigned)m->what, n + 1, sgs_slice_str(m->value)};
        s->steps[n] = (struct sgs_step){.id = m->id,
                                        .name = m->name,
                                        .act = is_conn ? 0 : n + 1,
                                        .stage = SGS_STAGE_DISCOVER,
                                        .proto = "http",
                                        .title = sgs_slice_str(m->name),
                                        .response = sgs_slice_str(m->response),
                                        .verdict = m->verdict,
                                        .transport = SGS_TCP,
                                        .conn = 7,
                                        .code = -1,
                                        .time = START,
                                        .duration = m->duration ? m->duration : SGS_TIME_NONE,
                                        .frames = &s->frames[n],
                                        .n_frames = 1,
                                        .details = &s->details[n],
                                        .n_details = m->value ? 1 : 0};
    }
    s->at = (struct sgs_attempt){.id = 1,
                                 .user = SGS_LIT("ada@contoso.com"),
                                 .flow = "online",
                                 .outcome = outcome,
                                 .started = START,
                                 .quiet = 60 * SGS_SEC,
                                 .steps = s->steps,
                                 .n_steps = n};
}

static const struct sgs_diff *compare(void)
{
    const struct sgs_diff_input in[] = {
        {&sides[0].at, 0},
        {&sides[1].at, 0}
    };
    return sgs_diff_make(in, &arena);
}

static const struct sgs_diff *of(const struct mini *good, const struct mini *bad,
                                 enum sgs_outcome outcome)
{
    fill(&sides[0], good, SGS_SIGNED_IN);
    fill(&sides[1], bad, outcome);
    return compare();
}

static void check_answer(const struct sgs_diff *d, const char *want)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 4096);
    sgs_diff_answer(d, &b);
    sgs_buf_add_octet(&b, '\0');
    assert_string_equal((const char *)b.ptr, want);
    sgs_buf_clear(&b);
}

static const struct mini three[] = {STEP("A1", OK, "a"), STEP("A2", OK, "b"), STEP("A3", OK, "c"),
                                    END};

static void test_nothing(void **state)
{
    (void)state;
    const struct sgs_diff *d = of(three, three, SGS_SIGNED_IN);
    assert_int_equal(d->n + d->n_harmless, 0);
    assert_int_equal(d->n_lines, 3);
    assert_null(d->first);
    check_answer(d, "No difference that matters.");
}

static void test_verdicts(void **state)
{
    static const struct mini failed[] = {STEP("A1", OK, "a"), STEP("A2", FAILED, "401"), END};
    static const struct mini silent[] = {STEP("A1", OK, "a"), STEP("A2", UNANSWERED, ""), END};
    static const struct mini missing[] = {STEP("A1", OK, "a"), STEP("A2", MISSING, ""),
                                          STEP("A3", OK, "c"), END};
    static const struct mini expected[] = {STEP("A1", OK, "a"), STEP("A2", EXPECTED, "b"),
                                           STEP("A3", OK, "c"), END};

    (void)state;
    check_answer(of(three, failed, SGS_FAILED),
                 "They part at A2 (x.A2): GOOD gets b (frame 2); BAD fails with 401 (frame 2).");
    check_answer(of(three, silent, SGS_FAILED),
                 "They part at A2 (x.A2): GOOD gets b (frame 2); BAD gets no answer (frame 2).");
    check_answer(of(three, missing, SGS_UNKNOWN),
                 "They part at A2 (x.A2): GOOD gets b (frame 2); BAD lacks it (frame 2).");
    /* what looks alarming and is normal is no difference */
    check_answer(of(three, expected, SGS_SIGNED_IN), "No difference that matters.");
    /* nor does it decide what the one failed at that signed in all the same */
    const struct sgs_diff *d = of(failed, three, SGS_SIGNED_IN);
    assert_null(d->parting);
}

/* What a capture cannot show is no difference, neither where it says so nor behind that. */
static void test_unseen(void **state)
{
    static const struct mini blind[] = {STEP("A1", OK, "a"), STEP("A2", UNSEEN, ""), END};

    (void)state;
    const struct sgs_diff *d = of(three, blind, SGS_UNKNOWN);
    assert_null(d->first);
    assert_int_equal(d->n_unseen[SGS_GOOD_SIDE], 0);
    assert_int_equal(d->n_unseen[SGS_BAD_SIDE], 2);
    assert_int_equal(d->lines[2].mark, SGS_MARK_UNSEEN);
    check_answer(d, "No difference that matters in what can be seen; the capture of BAD cannot "
                    "show 2 steps.");
}

static void test_ends(void **state)
{
    static const struct mini two[] = {STEP("A1", OK, "a"), STEP("A2", OK, "b"), END};
    static const struct mini late[] = {STEP("A2", OK, "b"), STEP("A3", OK, "c"), END};
    const char *const stops = "They part where BAD stops, after A2 (x.A2), answered b (frame 2); "
                              "GOOD goes on with A3 (x.A3) (frame 3).";

    (void)state;
    check_answer(of(three, two, SGS_FAILED), stops);
    check_answer(of(three, two, SGS_UNKNOWN), stops);
    /* its capture ends at once: it may go on */
    fill(&sides[0], three, SGS_SIGNED_IN);
    fill(&sides[1], two, SGS_UNKNOWN);
    sides[1].at.quiet = SGS_SEC;
    const struct sgs_diff *d = compare();
    assert_null(d->first);
    assert_int_equal(d->n_unseen[SGS_BAD_SIDE], 1);
    /* its capture begins with it: something may have been before */
    fill(&sides[1], late, SGS_SIGNED_IN);
    const struct sgs_diff_input in[] = {
        {&sides[0].at, 0    },
        {&sides[1].at, START}
    };
    d = sgs_diff_make(in, &arena);
    assert_null(d->first);
    assert_int_equal(d->n_unseen[SGS_BAD_SIDE], 1);
    /* else it was not */
    d = compare();
    assert_non_null(d->first);
    check_answer(d, "First difference: only GOOD has A1 (x.A1) (frame 1).");
}

static void test_facts(void **state)
{
    static const struct mini good[] = {
        WITH("A1", STATUS, "200"), WITH("A2", HOST, "web.contoso.com"), WITH("A3", SHA256, "aa"),
        WITH("A4", AGENT, "OC/1"), WITH("A5", ISSUER, "CN=a"),          END};
    static const struct mini bad[] = {
        WITH("A1", STATUS, "201"), WITH("A2", HOST, "web.fabrikam.net"),
        WITH("A3", SHA256, "bb"),  WITH("A4", AGENT, "OC/2"),
        STEP("A5", OK, "200"),     END};

    (void)state;
    const struct sgs_diff *d = of(good, bad, SGS_SIGNED_IN);
    assert_int_equal(d->n, 3); /* of the certificate one side has nothing: a resumed session */
    assert_int_equal(d->n_harmless, 1);
    assert_string_equal(d->list[0].what, "status");
    assert_int_equal(d->list[0].weight, SGS_W_MATTERS);
    assert_string_equal(d->list[1].what, "host");
    assert_string_equal(d->list[2].what, "user_agent");
    assert_int_equal(d->list[2].weight, SGS_W_MINOR);
    assert_string_equal(d->harmless[0].what, "cert_sha256");
    check_answer(d, "First difference: at A1 (x.A1): status 200 in GOOD (frame 1), 201 in BAD "
                    "(frame 1).");
    /* of users in two domains the hosts are the same */
    sides[1].at.user = SGS_LIT("ben@fabrikam.net");
    d = compare();
    assert_int_equal(d->n, 2);
    /* an error is told even where only one side has it; it is minor when that one signed in alone
     */
    static const struct mini fault[] = {WITH("A1", FAULT, "wsse:InvalidSecurityToken"), END};
    static const struct mini plain[] = {STEP("A1", OK, "200"), END};
    assert_int_equal(of(plain, fault, SGS_FAILED)->list[0].weight, SGS_W_MATTERS);
    assert_int_equal(of(fault, plain, SGS_FAILED)->list[0].weight, SGS_W_MINOR);
    assert_int_equal(of(fault, plain, SGS_SIGNED_IN)->list[0].weight, SGS_W_MATTERS);
}

/* The same two values are told once; what follows from another difference is not told. */
static void test_once(void **state)
{
    static const struct mini good[] = {WITH("A1", HOST, "a.example"), WITH("A2", HOST, "a.example"),
                                       WITH("A3", HOST, "a.example"), CONN("web", TLS_VERSION, "1"),
                                       CONN("sip", TLS_VERSION, "1"), END};
    static const struct mini bad[] = {WITH("A1", HOST, "b.example"), WITH("A2", HOST, "b.example"),
                                      WITH("A3", HOST, "c.example"), CONN("sip", TLS_VERSION, "2"),
                                      CONN("web", TLS_VERSION, "1"), END};

    (void)state;
    const struct sgs_diff *d = of(good, bad, SGS_SIGNED_IN);
    assert_int_equal(d->n, 3);
    assert_true(d->list[0].is_of_conn); /* connections by role, whatever their order */
    assert_string_equal(d->list[0].what, "tls_version");
    assert_int_equal(d->list[1].n_more, 1);
    assert_int_equal(d->list[2].n_more, 0);
}

static void test_time(void **state)
{
    static const struct mini quick[] = {
        {"A1", "x.A1", SGS_V_OK, "a", SGS_D_NOTHING, NULL, SGS_SEC},
        END
    };
    static const struct mini slow[] = {
        {"A1", "x.A1", SGS_V_OK, "a", SGS_D_NOTHING, NULL, 4 * SGS_SEC},
        END
    };
    static const struct mini slower[] = {
        {"A1", "x.A1", SGS_V_OK, "a", SGS_D_NOTHING, NULL, 9 * SGS_SEC},
        END
    };
    static const struct mini soon[] = {
        {"A1", "x.A1", SGS_V_OK, "a", SGS_D_NOTHING, NULL, SGS_MS},
        END
    };

    (void)state;
    assert_int_equal(of(quick, slow, SGS_SIGNED_IN)->n_weight[SGS_W_MINOR], 1);
    assert_int_equal(of(slow, slower, SGS_SIGNED_IN)->n, 0); /* not three times as long */
    assert_int_equal(of(soon, quick, SGS_SIGNED_IN)->n, 0);  /* not by more than a second */
}

/* An endless one: everything is set side by side, at a cost that can be borne. */
static void test_long(void **state)
{
    enum { N = 20000 };
    struct sgs_step *steps = calloc(N, sizeof *steps);

    (void)state;
    assert_non_null(steps);
    fill(&sides[0], three, SGS_SIGNED_IN);
    fill(&sides[1], three, SGS_FAILED);
    for (size_t i = 0; i < N; i++) {
        steps[i] = sides[1].steps[i % 3];
        steps[i].verdict = i % 3 == 2 ? SGS_V_FAILED : SGS_V_OK;
    }
    sides[1].at.steps = steps;
    sides[1].at.n_steps = N;
    const struct sgs_diff *d = compare();
    assert_int_equal(d->n_lines, N);
    assert_non_null(d->parting);
    sides[0].at.steps = steps;
    sides[0].at.n_steps = N;
    sides[1].at.outcome = SGS_SIGNED_IN;
    d = compare();
    assert_int_equal(d->n_lines, N);
    assert_int_equal(d->n, 0);
    free(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unseen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown),
    };
    return cmocka_run_group_tests_name("diff/diff", tests, NULL, NULL) != 0;
}
