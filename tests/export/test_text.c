/* The report for people: what must be in it, and what no line of it may be. */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/forms.h"

#include "sample.h"

static struct sgs_buf written;
static struct sgs_export_options options;

static bool take(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    return sgs_buf_add(&written, octets);
}

static int setup(void **state)
{
    (void)state;
    options = (struct sgs_export_options){.width = 80};
    sgs_buf_init(&written, 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_buf_clear(&written);
    return 0;
}

static void write_report(const struct sgs_report *report)
{
    struct sgs_out out = {take, NULL};

    assert_true(sgs_text_report(&options, report, &out));
}

static bool has(const char *text)
{
    struct sgs_slice all = sgs_buf_slice(&written);

    return sgs_slice_find(all, sgs_slice_str(text)) < all.len;
}

/* Whole lines, written by hand from the sample. */
static void lines(void **state)
{
    static const char *const want[] = {
        "2 sign-ins: 1 failed, 1 signed in, 0 unknown\n",
        "FAILED     ada@contoso.test  10.0.0.15  09:14:02.123\n"
        "           The registrar refused the password\n",
        "SIGN-IN FAILED  ada@contoso.test  (1 of 2)\n",
        "  client   10.0.0.15  UCCAPI/16.0.4266 OC/16.0.4266\n",
        "  server   pool01.contoso.test  10.0.1.9:5061\n",
        "  when     2026-03-02 09:14:02.123 UTC, took 0.534 s\n",
        "  how      onprem-internal; ntlm, web-ticket\n",
        "  cause    The registrar refused the password\n",
        "           wrong-password-sip, proven\n",
        "  proof    frames 24, 26\n",
        "  do       Have the user type the password again.\n",
        "  not it   dns (every step was good)\n",
        "  A1  ok          0.000      3.0  1,2     A pool01.contoso.test\n"
        "                                          -> NOERROR 10.0.1.9\n",
        "sip-auth  10.0.0.15 -> pool01.contoso.test 10.0.1.9:5061, tcp0 decrypted\n",
        "      expected    0.010      4.2  14-18   REGISTER sip:contoso.test\n"
        "                                          -> 401 NTLM, Kerberos, TLS-DSK\n",
        "      FAILED      0.095           24,26   REGISTER sip:contoso.test NTLM\n"
        "                                          -> 401 1000\n",
        "Final handshake failed\\x1b[31m",
        "SIGNED IN  (nobody is named)  likely  (2 of 2)\n",
        "  case.pcapng  26 frames, 393.7 KiB\n",
        "    damaged at octet 4711 after frame 25: a block is longer than the file\n",
        "    2 frames lost while capturing",
        "  3 frames not read: LINKTYPE 105\n",
        "  TLS 3 connections: 1 decrypted, 1 no key in the log, 1 cut by a gap\n",
        "      tcp3    web.contoso.test  10.0.1.9:5061\n",
    };

    (void)state;
    write_report(&sample);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        if (!has(want[i])) {
            fail_msg("missing: %s", want[i]);
        }
    }
    assert_false(has("first-401"));
    assert_false(has("ARP"));
}

static void verbose(void **state)
{
    (void)state;
    options.is_verbose = true;
    write_report(&sample);
    assert_true(has("first-401"));
    assert_true(has("1 frame not read: ARP\n"));
}

/* No line passes the width, ends in a blank or holds what a terminal obeys. */
static void every_line(void **state)
{
    static const unsigned widths[] = {60, 72, 80, 132};

    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct sgs_slice rest;

        sgs_buf_clear(&written);
        options.width = widths[i];
        write_report(&sample);
        rest = sgs_buf_slice(&written);
        while (rest.len > 0) {
            struct sgs_slice line = sgs_slice_cut(&rest, '\n');

            if (line.len > widths[i]) {
                fail_msg("wider than %u: %.*s", widths[i], (int)line.len, (const char *)line.ptr);
            }
            assert_true(line.len == 0 || line.ptr[line.len - 1] != ' ');
            for (size_t j = 0; j < line.len; j++) {
                assert_in_range(line.ptr[j], 0x20, 0x7e);
            }
        }
    }
}

static void quiet(void **state)
{
    static const char want[] = "FAILED     ada@contoso.test  10.0.0.15  09:14:02.123\n"
                               "           The registrar refused the password\n"
                               "signed in  -                 10.0.0.15  09:14:03.123\n";

    (void)state;
    options.is_quiet = true;
    write_report(&sample);
    assert_int_equal(written.len, sizeof want - 1);
    assert_memory_equal(written.ptr, want, sizeof want - 1);
}

static void no_sign_in(void **state)
{
    struct sgs_report report = sample;

    (void)state;
    report.n_attempts = 0;
    write_report(&report);
    assert_true(has("NO SIGN-IN FOUND in 26 frames\n"));
    assert_true(has("  filter   none, or at the least: port 53"));
    assert_true(has("Capture\n"));
}

/* Without a finding the last bad step is the cause. */
static void without_findings(void **state)
{
    struct sgs_attempt one = attempts[0];
    struct sgs_report report = sample;

    (void)state;
    one.n_findings = 0;
    report.attempts = &one;
    report.n_attempts = 1;
    write_report(&report);
    assert_true(has("SIGN-IN FAILED  ada@contoso.test\n"));
    assert_true(has("  cause    REGISTER sip:contoso.test NTLM -> 401 1000\n"));
    assert_true(has("  proof    frames 24, 26\n"));
}

/* Steps that say the same again are one row. */
static void folded(void **state)
{
    struct sgs_step same[] = {steps_failed[1], steps_failed[1], steps_failed[1]};
    struct sgs_attempt one = attempts[0];
    struct sgs_report report = sample;

    (void)state;
    one.steps = same;
    one.n_steps = 3;
    report.attempts = &one;
    report.n_attempts = 1;
    write_report(&report);
    assert_true(has("-> 401 NTLM, Kerberos, TLS-DSK  x3\n"));
}

static void local_time(void **state)
{
    (void)state;
    options.is_local = true;
    write_report(&sample);
    assert_true(has("2026-03-02 14:44:02.123 +05:30"));
}

static void interrupted(void **state)
{
    struct sgs_report report = sample;

    (void)state;
    report.was_interrupted = true;
    write_report(&report);
    assert_true(has("ended by a signal"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines),  TEST(verbose),    TEST(every_line),
        TEST(quiet),  TEST(no_sign_in), TEST(without_findings),
        TEST(folded), TEST(local_time), TEST(interrupted),
    };

    setenv("TZ", "IST-5:30", 1);
    return cmocka_run_group_tests_name("text", tests, NULL, NULL) != 0;
}
