/* The store gives back what it was given, in order, wherever it was meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/export.h>
#include <signscope/limits.h>

#include "export/pack.h"
#include "sample.h"

#define MAX_OUT ((size_t)16 << 20)

static unsigned n_opened;

static FILE *open_file(void)
{
    n_opened++;
    return tmpfile();
}

static FILE *open_nothing(void)
{
    n_opened++;
    return NULL;
}

static int setup(void **state)
{
    (void)state;
    n_opened = 0;
    return 0;
}

static void add(struct sgs_store *s, const struct sgs_attempt *at, sgs_time time, uint64_t frame,
                uint64_t id)
{
    struct sgs_event first = {.id = id};
    first.origin.time = time;
    first.origin.frame = frame;
    sgs_store_add(s, at, &first);
}

static bool take(void *ctx, struct sgs_slice octets)
{
    return sgs_buf_add(ctx, octets);
}

static void write_report(const struct sgs_report *r, const char *form, struct sgs_buf *out)
{
    const struct sgs_export_options options = {.width = 80, .is_utf8 = true, .is_verbose = true};
    struct sgs_out to = {take, out};
    sgs_buf_init(out, MAX_OUT);
    assert_true(sgs_exporter_find(sgs_slice_str(form))->report(&options, r, &to));
}

static struct sgs_attempt with_parts(void)
{
    static const uint64_t far[] = {7, UINT64_MAX};
    static const struct sgs_detail details[] = {
        {3,          UINT64_MAX, {NULL, 0}                      },
        {UINT32_MAX, 0,          {(const uint8_t *)"TLSv1.2", 7}}
    };
    static struct sgs_step whole;
    struct sgs_attempt at = attempts[0];
    whole = steps_failed[2];
    whole.parts = steps_failed;
    whole.n_parts = 3;
    whole.frames = far;
    whole.n_frames = 2;
    whole.code = 28033;
    whole.status = 401;
    whole.name = "sip.bare";
    whole.act = SIZE_MAX;
    whole.details = details;
    whole.n_details = 2;
    at.steps = &whole;
    at.n_steps = 1;
    at.opaque_octets = UINT64_MAX;
    at.quiet = INT64_MAX;
    return at;
}

static void test_reports_are_the_same(void **state)
{
    static const char *const forms[] = {"text", "json", "md"};
    struct sgs_store *s = sgs_store_new(open_file);
    struct sgs_attempt list[] = {attempts[0], attempts[1], with_parts()};
    struct sgs_report r = sample;
    (void)state;
    list[2].id = 3;
    add(s, &list[1], 2 * SGS_SEC, 9, 5);
    add(s, &list[2], 2 * SGS_SEC, 9, 6); /* by id where time and frame are the same */
    add(s, &list[0], 2 * SGS_SEC, 8, 7);
    r.attempts = list;
    r.n_attempts = 3;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct sgs_buf want;
        struct sgs_buf have;
        struct sgs_report stored = r;
        stored.attempts = NULL;
        stored.store = s;
        write_report(&r, forms[i], &want);
        write_report(&stored, forms[i], &have);
        assert_true(want.len > 1000);
        assert_true(sgs_slice_eq(sgs_buf_slice(&have), sgs_buf_slice(&want)));
        sgs_buf_clear(&want);
        sgs_buf_clear(&have);
    }
    assert_int_equal(sgs_store_get(s, 0)->n_findings, 3);
    assert_int_equal(sgs_store_get(s, 2)->opaque_octets, UINT64_MAX);
    assert_int_equal(sgs_store_get(s, 2)->quiet, INT64_MAX);
    assert_int_equal(sgs_store_get(s, 2)->steps[0].code, 28033);
    assert_int_equal(n_opened, 0);
    sgs_store_free(s);
}

/* So many that most are in the file; the last come first. */
static void test_a_file_takes_what_is_too_much(void **state)
{
    struct sgs_store *s = sgs_store_new(open_file);
    struct sgs_attempt at = attempts[0];
    size_t n = 3 * SGS_MAX_STORE_MEMORY / 1000;
    char user[32];
    (void)state;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(user, sizeof user, "user%zu@contoso.test", n - 1 - i);
        at.user = sgs_slice_str(user);
        at.outcome = i % 2 ? SGS_FAILED : SGS_UNKNOWN;
        add(s, &at, (sgs_time)(n - i), 1, 1);
    }
    assert_int_equal(sgs_store_len(s), n);
    assert_int_equal(sgs_store_lost(s), 0);
    assert_int_equal(n_opened, 1);
    for (size_t i = 0; i < n; i += 97) {
        const struct sgs_attempt *have = sgs_store_get(s, i);
        (void)snprintf(user, sizeof user, "user%zu@contoso.test", i);
        assert_true(sgs_slice_eq(have->user, sgs_slice_str(user)));
        assert_int_equal(have->id, i + 1);
        assert_int_equal(have->outcome, sgs_store_outcome(s, i));
        assert_int_equal(have->outcome, (n - 1 - i) % 2 ? SGS_FAILED : SGS_UNKNOWN);
    }
    add(s, &at, 0, 1, 1); /* after reading */
    assert_int_equal(sgs_store_get(s, 0)->outcome, at.outcome);
    assert_int_equal(sgs_store_get(s, 1)->id, 2);
    sgs_store_free(s);
}

static void test_without_a_file_memory_has_a_cap(void **state)
{
    static uint8_t text[1 << 20];
    struct sgs_store *s = sgs_store_new(open_nothing);
    struct sgs_attempt at = attempts[1];
    (void)state;
    memset(text, 'x', sizeof text);
    at.agent = sgs_slice(text, sizeof text);
    for (size_t i = 0; i < 70; i++) {
        add(s, &at, (sgs_time)i, 1, 1);
    }
    assert_int_equal(n_opened, 1);
    assert_int_equal(sgs_store_len(s), SGS_MAX_STORE_HELD / sizeof text - 1);
    assert_int_equal(sgs_store_lost(s), 70 - sgs_store_len(s));
    assert_int_equal(sgs_store_get(s, sgs_store_len(s) - 1)->agent.len, sizeof text);
    sgs_store_free(s);
}

/* Octets that are cut or changed give no attempt or another one, never more. */
static void test_damaged_octets(void **state)
{
    struct sgs_attempt at = with_parts();
    struct sgs_attempt out;
    struct sgs_arena arena;
    struct sgs_buf b;
    (void)state;
    sgs_arena_init(&arena, MAX_OUT);
    sgs_buf_init(&b, MAX_OUT);
    sgs_pack_attempt(&b, &at);
    for (size_t i = 0; i < b.len; i++) {
        assert_false(sgs_unpack_attempt(sgs_slice(b.ptr, i), &arena, &out));
        for (unsigned bit = 0; bit < 8; bit++) {
            b.ptr[i] ^= (uint8_t)(1u << bit);
            if (sgs_unpack_attempt(sgs_buf_slice(&b), &arena, &out)) {
                assert_true(out.n_steps <= b.len && out.outcome <= SGS_UNKNOWN);
            }
            b.ptr[i] ^= (uint8_t)(1u << bit);
            sgs_arena_reset(&arena);
        }
    }
    assert_true(sgs_unpack_attempt(sgs_buf_slice(&b), &arena, &out));
    assert_string_equal(out.steps[0].name, "sip.bare");
    assert_null(out.steps[0].parts[0].name);
    assert_int_equal(out.steps[0].act, SIZE_MAX);
    assert_int_equal(out.steps[0].n_details, 2);
    assert_int_equal(out.steps[0].details[0].frame, UINT64_MAX);
    assert_int_equal(out.steps[0].details[1].what, UINT32_MAX);
    assert_true(sgs_slice_eq(out.steps[0].details[1].text, SGS_LIT("TLSv1.2")));
    sgs_buf_clear(&b);
    sgs_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_reports_are_the_same, setup),
        cmocka_unit_test_setup(test_a_file_takes_what_is_too_much, setup),
        cmocka_unit_test_setup(test_without_a_file_memory_has_a_cap, setup),
        cmocka_unit_test_setup(test_damaged_octets, setup),
    };
    return cmocka_run_group_tests_name("export/store", tests, NULL, NULL) != 0;
}
