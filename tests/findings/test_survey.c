/* What sign-ins are together: rows of the scope, servers that serve nobody, clocks, foreign keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/survey.h>

#include "signin/exchange.h"
#include "timeline/draft.h"

#define POOL "pool01.contoso.com"

/* A sign-in: who, from where, and how it went at a host. */
struct row {
    const char *user;
    uint8_t place; /* last octet of the client's address */
    const char *host;
    const char *cause; /* NULL: signed in there */
    enum sgs_stage stage;
    const char *date; /* of the answer, or NULL; each answer comes at 2025-03-12T07:41:00Z */
};

struct scene {
    struct sgs_survey *survey;
    const struct sgs_finding *findings;
    size_t n_findings;
    const struct sgs_scope *scope;
    size_t n_scope;
};

static void play(struct scene *s, const struct row *r, size_t i)
{
    const uint64_t number = i + 1;
    struct sgs_draft *d = sgs_draft_new(SGS_K_SIP_RESPONSE);
    struct sgs_finding root = {.id = r->cause,
                               .title = SGS_LIT("cause"),
                               .stage = r->stage,
                               .role = SGS_ROOT,
                               .evidence = &number,
                               .n_evidence = 1,
                               .frames = &number,
                               .n_frames = 1};

    d->ev.id = d->ev.origin.frame = number;
    d->ev.origin.time = sgs_time_from(1741765260, 0);
    if (r->date) {
        ev_str(d, SGS_F_DATE, r->date);
    }
    struct sgs_exchange x = {.proto = SGS_P_SIP, .rsp = sgs_draft_seal(d)};
    struct sgs_step act = {.proto = "sip",
                           .stage = r->stage,
                           .rank = 90,
                           .host = sgs_slice_str(r->host),
                           .effect = r->cause ? SGS_FX_REFUSED : SGS_FX_REGISTERED,
                           .code = -1,
                           .exchange = &x};
    struct sgs_attempt at = {
        .user = sgs_slice_str(r->user),
        .client = {.ip = {192, 0, 2, r->place}, .len = 4, .port = 50000},
        .agent = SGS_LIT("UCCAPI/16.0"),
        .outcome = r->cause ? SGS_FAILED : SGS_SIGNED_IN,
        .started = sgs_time_from(1741765260 + (int64_t)i, 0),
        .acts = &act,
        .n_acts = 1,
        .findings = &root,
        .n_findings = r->cause ? 1 : 0,
        .decisive = &act,
    };
    sgs_survey_attempt(s->survey, &at);
    sgs_draft_free(d);
}

static struct scene open_scene(const struct row *rows, size_t n)
{
    const struct sgs_survey_view view = {.frames = 10, .first = 0, .last = SGS_SEC};
    struct scene s = {.survey = sgs_survey_new()};

    for (size_t i = 0; i < n; i++) {
        play(&s, &rows[i], i);
    }
    sgs_survey_finish(s.survey, &view);
    s.n_findings = sgs_survey_findings(s.survey, &s.findings);
    s.n_scope = sgs_survey_scope(s.survey, &s.scope);
    return s;
}

static const struct sgs_finding *found(const struct scene *s, const char *id)
{
    for (size_t i = 0; i < s->n_findings; i++) {
        if (strcmp(s->findings[i].id, id) == 0) {
            return &s->findings[i];
        }
    }
    return NULL;
}

static bool says(const struct sgs_finding *f, const char *part)
{
    return f && sgs_slice_find(f->detail, sgs_slice_str(part)) < f->detail.len;
}

#define BUSY "server-overloaded", SGS_STAGE_SIP_REGISTER, NULL
#define WELL NULL, SGS_STAGE_SIP_REGISTER, NULL

static void everybody_fails_at_one_server(void **state)
{
    static const struct row rows[] = {
        {"Cleo@contoso.com", 3, POOL,                 BUSY},
        {"ada@contoso.com",  1, POOL,                 BUSY},
        {"ada@CONTOSO.com",  1, "POOL01.contoso.com", BUSY},
        {"ben@contoso.com",  2, POOL,                 BUSY},
        {"dan@contoso.com",  4, "pool02.contoso.com", WELL},
    };
    struct scene s = open_scene(rows, 5);
    const struct sgs_finding *f = found(&s, "service-outage-all-clients");

    assert_non_null(f);
    assert_int_equal(f->severity, SGS_ERROR);
    assert_int_equal(f->stage, SGS_STAGE_SIP_REGISTER);
    assert_true(says(f, "3 users on 3 computers"));
    assert_true(says(f, POOL));
    assert_int_equal(f->n_frames, 4);
    assert_true(f->frames[0] == 1 && f->frames[3] == 4);
    assert_true(says(found(&s, "scope-from-capture"), "users 3, computers 3; worked: users 1"));
    assert_int_equal(s.n_scope, 2);
    assert_int_equal(s.scope[0].outcome, SGS_FAILED);
    assert_int_equal(s.scope[0].attempts, 4);
    assert_int_equal(s.scope[0].users, 3);
    assert_int_equal(s.scope[0].computers, 3);
    assert_int_equal(s.scope[0].n_agents, 1);
    assert_true(s.scope[0].last - s.scope[0].first == 3 * SGS_SEC);
    assert_int_equal(s.scope[1].outcome, SGS_SIGNED_IN);
    sgs_survey_free(s.survey);
}

/* Each of these lacks one thing for an outage. */
static void no_outage(void **state)
{
    static const struct {
        struct row rows[4];
        size_t n;
    } cases[] = {
  /* somebody gets on there */
        {{{"ada@contoso.com", 1, POOL, BUSY},
          {"ben@contoso.com", 2, POOL, BUSY},
          {"cleo@contoso.com", 3, POOL, BUSY},
          {"dan@contoso.com", 4, POOL, WELL}},
         4                                                                                               },
 /* only two */
        {{{"ada@contoso.com", 1, POOL, BUSY}, {"ben@contoso.com", 2, POOL, BUSY}},                      2},
 /* not alike */
        {{{"ada@contoso.com", 1, POOL, BUSY},
          {"ben@contoso.com", 2, POOL, BUSY},
          {"cleo@contoso.com", 3, POOL, "sip-address-unknown", SGS_STAGE_SIP_REGISTER, NULL}},
         3                                                                                               },
 /* at several servers */
        {{{"ada@contoso.com", 1, POOL, BUSY},
          {"ben@contoso.com", 2, POOL, BUSY},
          {"cleo@contoso.com", 3, "pool02.contoso.com", BUSY}},
         3                                                                                               },
 /* all behind one address that does not get through */
        {{{"ada@contoso.com", 1, POOL, "port-443-blocked", SGS_STAGE_TCP, NULL},
          {"ben@contoso.com", 1, POOL, "port-443-blocked", SGS_STAGE_TCP, NULL},
          {"cleo@contoso.com", 1, POOL, "port-443-blocked", SGS_STAGE_TCP, NULL}},
         3                                                                                               },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s = open_scene(cases[i].rows, cases[i].n);
        assert_null(found(&s, "service-outage-all-clients"));
        assert_non_null(found(&s, "scope-from-capture"));
        sgs_survey_free(s.survey);
    }
}

/* Eleven tries of one user on one computer, two seconds after each other; then only ten. */
static void tries_too_close(void **state)
{
    struct row rows[22];

    for (size_t i = 0; i < 22; i++) {
        rows[i] = (struct row){i % 2 ? "ada@contoso.com" : "ben@contoso.com", 1, POOL, BUSY};
    }
    struct scene s = open_scene(rows, 22);
    assert_int_equal(s.n_findings, 3);
    assert_string_equal(s.findings[0].id, "retry-storm");
    assert_true(says(&s.findings[0], "ada@contoso.com on 192.0.2.1: 11 sign-ins within 20 s."));
    assert_string_equal(s.findings[1].id, "retry-storm");
    assert_int_equal(s.findings[1].n_frames, 11);
    sgs_survey_free(s.survey);
    s = open_scene(rows, 20);
    assert_null(found(&s, "retry-storm"));
    sgs_survey_free(s.survey);
}

static void nothing_to_compare(void **state)
{
    static const struct row rows[] = {
        {"ada@contoso.com", 1, POOL, WELL},
        {"ben@contoso.com", 2, POOL, WELL},
    };
    struct scene s = open_scene(rows, 2);

    assert_int_equal(s.n_findings, 0);
    assert_int_equal(s.n_scope, 1);
    sgs_survey_free(s.survey);
    s = open_scene(rows, 1);
    assert_int_equal(s.n_findings, 0);
    assert_int_equal(s.n_scope, 0);
    sgs_survey_free(s.survey);
    s = open_scene(rows, 0);
    assert_non_null(found(&s, "no-signin-in-capture"));
    sgs_survey_free(s.survey);
}

#define AT(date) NULL, SGS_STAGE_SIP_REGISTER, date

static void clocks_of_servers(void **state)
{
    static const struct {
        struct row rows[4];
        size_t n;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {{{"ada@contoso.com", 1, "a.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 07:47:30 GMT")},
          {"ada@contoso.com", 1, "c.contoso.com", AT("Wed, 12 Mar 2025 07:41:01 GMT")}},
         3, "The clock of b.contoso.com is 389 s ahead of"},
        {{{"ada@contoso.com", 1, "a.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 07:39:00 GMT")},
          {"ada@contoso.com", 1, "c.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")}},
         3, "The clock of b.contoso.com is 120 s behind"  },
        {{{"ada@contoso.com", 1, "a.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 07:41:59 GMT")},
          {"ada@contoso.com", 1, "c.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")}},
         3, NULL                                          },
 /* which of two is wrong cannot be told */
        {{{"ada@contoso.com", 1, "a.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 08:41:00 GMT")}},
         2, NULL                                          },
 /* answers that were kept somewhere */
        {{{"ada@contoso.com", 1, "a.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 07:11:00 GMT")},
          {"ada@contoso.com", 1, "b.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")},
          {"ada@contoso.com", 1, "c.contoso.com", AT("Wed, 12 Mar 2025 07:41:00 GMT")}},
         4, NULL                                          },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s = open_scene(cases[i].rows, cases[i].n);
        const struct sgs_finding *f = found(&s, "clock-skew-server");
        assert_true((f != NULL) == (cases[i].says != NULL));
        assert_true(!f || (says(f, cases[i].says) && f->severity == SGS_WARNING));
        assert_true(!f || (f->n_frames == 1 && f->frames[0] == 2));
        sgs_survey_free(s.survey);
    }
}

static void keys_of_another_capture(void **state)
{
    static const struct {
        struct sgs_survey_view view;
        bool is_foreign;
    } cases[] = {
        {{.frames = 9, .key_lines = 4, .tls_strange = 2},                     true },
        {{.frames = 9, .key_lines = 4, .tls_strange = 2, .tls_decrypted = 1}, false},
        {{.frames = 9, .key_lines = 0, .tls_strange = 2},                     false},
        {{.frames = 9, .key_lines = 4, .tls_strange = 0},                     false},
        {{.frames = 9, .key_lines = 4, .tls_strange = 1, .tls_else = 1},      false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s = {.survey = sgs_survey_new()};
        sgs_survey_finish(s.survey, &cases[i].view);
        s.n_findings = sgs_survey_findings(s.survey, &s.findings);
        assert_true((found(&s, "keys-do-not-match") != NULL) == cases[i].is_foreign);
        sgs_survey_free(s.survey);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_fails_at_one_server),
        cmocka_unit_test(no_outage),
        cmocka_unit_test(tries_too_close),
        cmocka_unit_test(nothing_to_compare),
        cmocka_unit_test(clocks_of_servers),
        cmocka_unit_test(keys_of_another_capture),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL) != 0;
}
