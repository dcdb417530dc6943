/* The report for tickets: what must be in it, and that no text of the wire gets out of its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/forms.h"

#include "sample.h"

static struct sgs_buf written;
static struct sgs_export_options options;
static size_t writes_left;

static bool take(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    if (writes_left == 0) {
        return false;
    }
    writes_left--;
    return sgs_buf_add(&written, octets);
}

static int setup(void **state)
{
    (void)state;
    options = (struct sgs_export_options){.width = 80};
    writes_left = SIZE_MAX;
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

    assert_true(sgs_markdown_report(&options, report, &out));
}

static bool has(const char *text)
{
    struct sgs_slice all = sgs_buf_slice(&written);

    return sgs_slice_find(all, sgs_slice_str(text)) < all.len;
}

static void must_have(const char *const *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!has(want[i])) {
            fail_msg("missing: %s in\n%.*s", want[i], (int)written.len, (const char *)written.ptr);
        }
    }
}

#define MUST_HAVE(want) must_have(want, sizeof(want) / sizeof *(want))

static const char titles[] = "\n| # | id | offset (s) | took (ms) | stage | step | from -> to | "
                             "request | response | verdict "
                             "| frames | note |\n";
static const char first_row[] =
    "\n| 1 | A1 | 0.000 | 3.0 | dns | The client looks its server up | 10.0.0.15 -> 10.0.0.1:53 | "
    "A pool01.contoso.test | NOERROR 10.0.1.9 | ok | 1,2 |  |\n";
static const char last_row[] =
    "\n| 3 |  | 0.095 |  | sip-auth | The client proves who it is | 10.0.0.15 -> "
    "pool01.contoso.test 10.0.1.9:5061, tcp0 decrypted | REGISTER sip:contoso.test NTLM | "
    "401 1000 | **FAILED** | 24,26 | Final handshake failed\\\\x1b\\[31m "
    "(source FE01.contoso.test) |\n";
static const char first_input[] = "\n## Capture\n\n- **input:** case.pcapng, 26 frames, 393.7 KiB, "
                                  "from 2026-03-02 09:14:02.123 UTC for 3.000 s\n";

/* Written by hand from the sample. */
static void lines(void **state)
{
    static const char *const want[] = {
        "# 2 sign-ins: 1 failed, 1 signed in, 0 unknown\n",
        "\n## SIGN-IN FAILED: `ada@contoso.test` from 10.0.0.15 (1 of 2)\n\n",
        "- **cause:** The registrar refused the password\n",
        "- **detail:** REGISTER with NTLM was answered 401, code 1000.\n",
        "- **finding:** wrong-password-sip, proven\n",
        "- **proof:** frames 24, 26\n",
        "- **do:** Have the user type the password again.\n",
        "- **not it:** dns (every step was good)\n",
        "- **unseen:** 2 of 3 TLS connections stayed closed (see the end)\n",
        "- **when:** 2026-03-02 09:14:02.123 UTC, took 0.534 s\n",
        "- **how:** onprem-internal; ntlm, web-ticket\n",
        "- **client:** UCCAPI/16.0.4266 OC/16.0.4266\n",
        "- **server:** pool01.contoso.test 10.0.1.9:5061\n",
        "\n### warning: The client asked again\n",
        titles,
        first_row,
        last_row,
        "\n## SIGNED IN: (nobody is named) from 10.0.0.15, likely (2 of 2)\n",
        first_input,
        "\n  - damaged at octet 4711 after frame 25: a block is longer than the file\n",
        "\n  - 2 frames lost while capturing",
        "\n- **input:** empty.pcap, 0 frames, 0 octets\n",
        "\n- **not read:** 3 frames of LINKTYPE 105\n",
        "\n- **keys:** 7 entries, 1 damaged line\n",
        "\n- **TLS:** 3 connections: 1 decrypted, 1 no key in the log, 1 cut by a gap\n",
        "\n- **cut by a gap:** frames are missing",
        "\n| tcp3 | web.contoso.test | 10.0.1.9:5061 | no key in the log | nothing |\n",
        "\n| tcp5 |  | 10.0.1.9:5061 | cut by a gap | partly |\n",
    };

    (void)state;
    write_report(&sample);
    MUST_HAVE(want);
    assert_false(has("first-401"));
    assert_false(has("ARP"));
}

static void modes(void **state)
{
    (void)state;
    options.is_verbose = true;
    write_report(&sample);
    assert_true(has("first-401"));
    assert_true(has("1 frame of ARP\n"));
    sgs_buf_clear(&written);
    options = (struct sgs_export_options){.is_quiet = true};
    write_report(&sample);
    assert_true(has("SIGN-IN FAILED"));
    assert_false(has("|"));
    assert_false(has("## Capture"));
}

static void nothing_found(void **state)
{
    struct sgs_report report = sample;

    (void)state;
    report.n_attempts = 0;
    write_report(&report);
    assert_true(has("# No sign-in found\n"));
    assert_true(has("- **do:** capture on the client's computer"));
    assert_true(has("## Capture\n"));
}

/* Pipes that no backslash takes away. */
static size_t pipes(struct sgs_slice line)
{
    size_t n = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\\') {
            i++;
        } else {
            n += line.ptr[i] == '|';
        }
    }
    return n;
}

#define EVIL                                                                                       \
    "a|b \\| `c` ](http://x) <script>alert(1)</script> ![](y) @admin #1\n\n| x |\n# y \x1b[2J"

static void hostile(void **state)
{
    static const char *const want[] = {
        "## SIGN-IN FAILED: a\\|b \\\\\\| \\`c\\` `](http://x)` "
        "&lt;script&gt;alert(1)&lt;/script&gt; "
        "\\!\\[\\](y) `@admin` `#1\\n\\n\\x7c` x `\\x7c\\n#` y \\\\x1b\\[2J from 10.0.0.15\n",
        "\n| 1 |  |  |  | dns | a\\|b \\\\\\| ",
    };
    static const struct sgs_step step = {.title = TEXT(EVIL),
                                         .request = TEXT(EVIL),
                                         .response = TEXT(EVIL),
                                         .host = TEXT(EVIL),
                                         .note = TEXT(EVIL),
                                         .time = SGS_TIME_NONE,
                                         .duration = SGS_TIME_NONE,
                                         .src = CLIENT,
                                         .dst = SERVER,
                                         .verdict = SGS_V_FAILED};
    static const struct sgs_attempt attempt = {.id = 1,
                                               .user = TEXT(EVIL),
                                               .client = CLIENT,
                                               .agent = TEXT(EVIL),
                                               .outcome = SGS_FAILED,
                                               .started = SGS_TIME_NONE,
                                               .ended = SGS_TIME_NONE,
                                               .steps = &step,
                                               .n_steps = 1};
    static const struct sgs_report_tls closed = {
        .server = SERVER, .sni = TEXT(EVIL), .reason = "gap"};
    static const struct sgs_report report = {.attempts = &attempt,
                                             .n_attempts = 1,
                                             .tls_connections = 1,
                                             .undecrypted = &closed,
                                             .n_undecrypted = 1};
    struct sgs_slice rest;

    (void)state;
    write_report(&report);
    MUST_HAVE(want);
    assert_false(has("\x1b"));
    assert_false(has("<"));
    assert_false(has("\n# y"));
    rest = sgs_buf_slice(&written);
    while (rest.len > 0) {
        struct sgs_slice line = sgs_slice_cut(&rest, '\n');

        if (sgs_slice_starts(line, SGS_LIT("|"))) {
            size_t n = pipes(line);

            assert_true(n == 13 || n == 6);
        } else {
            assert_int_equal(pipes(line), 0);
        }
    }
}

/* Wherever writing fails, it is told. */
static void failing_write(void **state)
{
    struct sgs_out out = {take, NULL};

    (void)state;
    write_report(&sample);
    for (size_t n = 0; n < 40; n++) {
        writes_left = n;
        assert_false(sgs_markdown_report(&options, &sample, &out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines, setup, teardown),
        cmocka_unit_test_setup_teardown(modes, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_found, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_write, setup, teardown),
    };

    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL) != 0;
}
