/* The verdict as JSON, read back by another library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "export/forms.h"

#include "sample.h"

static struct sgs_buf written;
static json_t *root;
static size_t room; /* octets that the stream still takes */

static bool take(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    if (octets.len > room) {
        return false;
    }
    room -= octets.len;
    return sgs_buf_add(&written, octets);
}

static bool write_report(const struct sgs_report *report, bool is_verbose)
{
    const struct sgs_export_options options = {.is_verbose = is_verbose};
    struct sgs_out out = {take, NULL};

    return sgs_json_report(&options, report, &out);
}

static void load(const struct sgs_report *report, bool is_verbose)
{
    json_error_t why;

    assert_true(write_report(report, is_verbose));
    root = json_loadb((const char *)written.ptr, written.len, JSON_REJECT_DUPLICATES, &why);
    assert_non_null(root);
}

static int setup(void **state)
{
    (void)state;
    room = 1024 * 1024;
    root = NULL;
    sgs_buf_init(&written, room);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(root);
    sgs_buf_clear(&written);
    return 0;
}

static json_t *at(json_t *list, size_t i)
{
    return json_array_get(list, i);
}

static json_t *get(json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static void assert_text(json_t *object, const char *name, const char *want)
{
    assert_non_null(get(object, name));
    assert_string_equal(json_string_value(get(object, name)), want);
}

static void assert_number(json_t *object, const char *name, double want)
{
    assert_true(json_is_number(get(object, name)));
    assert_true(json_number_value(get(object, name)) == want);
}

/* The members of the top stand in the order of the contract. */
static void members(void **state)
{
    static const char *const names[] = {"schema", "input", "tls", "attempts", "findings"};
    size_t i = 0;
    const char *name = NULL;
    json_t *value = NULL;

    (void)state;
    load(&sample, false);
    json_object_foreach(root, name, value)
    {
        assert_true(i < sizeof names / sizeof *names);
        assert_string_equal(name, names[i++]);
    }
    assert_int_equal(i, sizeof names / sizeof *names);
    assert_text(root, "schema", "signscope.timeline/1");
}

static void inputs_and_tls(void **state)
{
    json_t *first = NULL;
    json_t *second = NULL;
    json_t *tls = NULL;

    (void)state;
    load(&sample, false);
    first = at(get(root, "input"), 0);
    second = at(get(root, "input"), 1);
    tls = get(root, "tls");
    assert_text(first, "name", "case.pcapng");
    assert_number(first, "frames", 26);
    assert_text(first, "first", "2026-03-02T09:14:02.123456789Z");
    assert_number(at(get(first, "damage"), 0), "offset", 4711);
    assert_number(first, "dropped", 2);
    assert_int_equal(json_array_size(get(first, "skipped")), 2);
    assert_text(at(get(first, "skipped"), 0), "name", "LINKTYPE 105");
    assert_null(get(second, "first"));
    assert_int_equal(json_array_size(get(second, "skipped")), 0);
    assert_number(tls, "connections", 3);
    assert_number(tls, "decrypted", 1);
    assert_text(at(get(tls, "undecrypted"), 0), "conn", "tcp3");
    assert_text(at(get(tls, "undecrypted"), 0), "sni", "web.contoso.test");
    assert_text(at(get(tls, "undecrypted"), 0), "remedy", "give a key log");
    assert_null(get(at(get(tls, "undecrypted"), 1), "sni"));
}

static void attempt(void **state)
{
    json_t *failed = NULL;
    json_t *good = NULL;

    (void)state;
    load(&sample, false);
    failed = at(get(root, "attempts"), 0);
    good = at(get(root, "attempts"), 1);
    assert_text(failed, "user", "ada@contoso.test");
    assert_text(failed, "client", "10.0.0.15");
    assert_text(failed, "flow", "onprem-internal");
    assert_string_equal(json_string_value(at(get(failed, "methods"), 1)), "web-ticket");
    assert_text(failed, "outcome", "failed");
    assert_text(failed, "outcome_confidence", "proven");
    assert_number(failed, "duration_ms", 534.1);
    assert_null(get(good, "user"));
    assert_null(get(good, "agent"));
    assert_text(good, "outcome", "signed-in");
    assert_text(good, "outcome_confidence", "likely");
    assert_int_equal(json_array_size(get(good, "steps")), 0);
}

static void steps(void **state)
{
    json_t *list = NULL;

    (void)state;
    load(&sample, false);
    list = get(at(get(root, "attempts"), 0), "steps");
    assert_int_equal(json_array_size(list), 3);
    assert_number(at(list, 0), "n", 1);
    assert_text(at(list, 0), "id", "A1");
    assert_text(at(list, 0), "stage", "dns");
    assert_text(at(list, 0), "proto", "dns");
    assert_text(at(list, 0), "conn", "udp0");
    assert_text(at(list, 0), "verdict", "ok");
    assert_number(at(list, 0), "offset_ms", 0.0);
    assert_null(get(at(list, 1), "id"));
    assert_number(at(list, 1), "duration_ms", 4.2);
    assert_text(at(list, 1), "dst", "10.0.1.9:5061");
    assert_text(at(list, 1), "trust", "decrypted");
    assert_null(get(at(list, 2), "duration_ms"));
    assert_int_equal(json_integer_value(at(get(at(list, 2), "frames"), 1)), 26);
    assert_text(at(list, 2), "note", "Final handshake failed\x1b[31m (source FE01.contoso.test)");
}

static void findings(void **state)
{
    json_t *list = NULL;

    (void)state;
    load(&sample, false);
    list = get(at(get(root, "attempts"), 0), "findings");
    assert_int_equal(json_array_size(list), 2); /* what was to be expected is not shown */
    assert_text(at(list, 0), "id", "wrong-password-sip");
    assert_text(at(list, 0), "severity", "error");
    assert_text(at(list, 0), "role", "root");
    assert_null(get(at(list, 0), "root"));
    assert_true(json_is_false(get(at(list, 0), "recovered")));
    assert_int_equal(json_integer_value(at(get(at(list, 0), "evidence"), 0)), 11);
    assert_text(at(list, 1), "role", "symptom");
    assert_text(at(list, 1), "root", "wrong-password-sip");
}

static void expected_on_request(void **state)
{
    (void)state;
    load(&sample, true);
    assert_int_equal(json_array_size(get(at(get(root, "attempts"), 0), "findings")), 3);
}

static void parts(void **state)
{
    struct sgs_step step = steps_failed[0];
    struct sgs_attempt one = attempts[0];
    struct sgs_report report = sample;
    json_t *list = NULL;

    (void)state;
    step.parts = &steps_failed[1];
    step.n_parts = 2;
    one.steps = &step;
    one.n_steps = 1;
    report.attempts = &one;
    report.n_attempts = 1;
    load(&report, false);
    list = get(at(get(at(get(root, "attempts"), 0), "steps"), 0), "parts");
    assert_int_equal(json_array_size(list), 2);
    assert_number(at(list, 1), "n", 2);
    assert_text(at(list, 1), "verdict", "failed");
}

static void nothing(void **state)
{
    const struct sgs_report empty = {0};

    (void)state;
    load(&empty, false);
    assert_int_equal(json_array_size(get(root, "input")), 0);
    assert_number(get(root, "tls"), "connections", 0);
    assert_int_equal(json_array_size(get(root, "attempts")), 0);
}

/* Wherever the stream breaks, the writer says so. */
static void write_errors(void **state)
{
    size_t all = 0;

    (void)state;
    assert_true(write_report(&sample, false));
    all = written.len;
    for (size_t n = 0; n < all; n += 97) {
        sgs_buf_clear(&written);
        room = n;
        assert_false(write_report(&sample, false));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members), TEST(inputs_and_tls), TEST(attempt),
        TEST(steps),   TEST(findings),       TEST(expected_on_request),
        TEST(parts),   TEST(nothing),        TEST(write_errors),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL) != 0;
}
