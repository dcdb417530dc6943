/* The command line of `signscope diff`: what is taken, what is refused and with which words. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/diff_options.h"
#include "cli/jobs.h"

#define MAX_WORDS 14

/* argv without the program, ended by NULL; what the message holds, or NULL when all is well. */
struct row {
    const char *words[MAX_WORDS];
    const char *message;
};

static const struct row rows[] = {
#define ROW(said, ...) {.message = said, .words = {__VA_ARGS__}},
#include "diff_options_rows.def"
#undef ROW
};

static void parse(const struct row *row, struct sgs_diff_options *o, struct sgs_buf *why)
{
    char *argv[MAX_WORDS + 1];
    int argc = 0;

    for (; row->words[argc]; argc++) {
        argv[argc] = (char *)(uintptr_t)row->words[argc];
    }
    argv[argc] = NULL;
    sgs_buf_init(why, 4096);
    assert_int_equal(sgs_diff_options_parse(o, argc, argv, why), row->message == NULL);
    sgs_buf_add_octet(why, '\0');
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_diff_options o;
        struct sgs_buf why;

        parse(&rows[i], &o, &why);
        const char *said = (const char *)sgs_buf_slice(&why).ptr;
        if (rows[i].message) {
            assert_non_null(strstr(said, rows[i].message));
        } else {
            assert_string_equal(said, "");
        }
        sgs_diff_options_clear(&o);
        sgs_buf_clear(&why);
    }
}

static void test_values(void **state)
{
    static const struct row row = {
        .words = {"diff", "good", "-k", "log", "--bad", "7", "bad", "-u", "ada", "-T", "json",
                  "-q"}
    };
    struct sgs_diff_options o;
    struct sgs_buf why;

    (void)state;
    parse(&row, &o, &why);
    assert_int_equal(o.common.n_files, 2);
    assert_string_equal(o.common.files[0], "good");
    assert_string_equal(o.common.files[1], "bad");
    assert_string_equal(o.common.keys[0], "log");
    assert_string_equal(o.common.users[0], "ada");
    assert_int_equal(o.number[0], 0);
    assert_int_equal(o.number[1], 7);
    assert_true(o.is_json && o.common.is_quiet && !o.common.is_verbose);
    sgs_diff_options_clear(&o);
    sgs_buf_clear(&why);
}

static void test_job(void **state)
{
    (void)state;
    assert_non_null(sgs_job_find("diff"));
    assert_null(sgs_job_find("./diff"));
}

/* The help fits on a terminal and names every option. */
static void test_help(void **state)
{
    struct sgs_buf text;
    size_t column = 0;

    (void)state;
    sgs_buf_init(&text, 64 * 1024);
    sgs_diff_options_help(&text);
    for (size_t i = 0; i < text.len; i++) {
        column = text.ptr[i] == '\n' ? 0 : column + 1;
        assert_true(column <= 80);
    }
    static const char *const names[] = {
#define OPTION(id, short_, long_, argument, group, help) long_,
#include "cli/diff_options.def"
#undef OPTION
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sgs_slice all = sgs_buf_slice(&text);
        assert_true(!names[i] || sgs_slice_find(all, sgs_slice_str(names[i])) < all.len);
    }
    sgs_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests_name("cli/diff_options", tests, NULL, NULL) != 0;
}
