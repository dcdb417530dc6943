/* The command line of `signscope keys`: what is taken, what is refused and with which words. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/jobs.h"
#include "cli/keys_options.h"

#define MAX_WORDS 10

/* argv without the program, ended by NULL; what the message holds, or NULL when all is well. */
struct row {
    const char *words[MAX_WORDS];
    const char *message;
};

static const struct row rows[] = {
#define ROW(said, ...) {.message = said, .words = {__VA_ARGS__}},
#include "keys_options_rows.def"
#undef ROW
};

static void parse(const struct row *row, struct sgs_keys_options *o, struct sgs_buf *why)
{
    char *argv[MAX_WORDS + 1];
    int argc = 0;

    for (; row->words[argc]; argc++) {
        argv[argc] = (char *)(uintptr_t)row->words[argc];
    }
    argv[argc] = NULL;
    sgs_buf_init(why, 4096);
    assert_int_equal(sgs_keys_options_parse(o, argc, argv, why), row->message == NULL);
    sgs_buf_add_octet(why, '\0');
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_keys_options o;
        struct sgs_buf why;

        parse(&rows[i], &o, &why);
        const char *said = (const char *)sgs_buf_slice(&why).ptr;
        if (rows[i].message) {
            assert_non_null(strstr(said, rows[i].message));
        } else {
            assert_string_equal(said, "");
        }
        sgs_keys_options_clear(&o);
        sgs_buf_clear(&why);
    }
}

static void test_values(void **state)
{
    const struct row row = {
        {"keys", "embed", "-k", "a", "c.pcap", "-k", "env:", "--force", "-oout"},
        NULL
    };
    struct sgs_keys_options o;
    struct sgs_buf why;

    parse(&row, &o, &why);
    assert_int_equal(o.verb, SGS_KEYS_EMBED);
    assert_int_equal(o.n_files, 1);
    assert_string_equal(o.files[0], "c.pcap");
    assert_int_equal(o.n_keys, 2);
    assert_string_equal(o.keys[1], "env:");
    assert_string_equal(o.out, "out");
    assert_true(o.is_forced);
    assert_false(o.is_json);
    sgs_keys_options_clear(&o);
    sgs_buf_clear(&why);
}

/* Only the whole name is a job. */
static void test_jobs(void **state)
{
    assert_non_null(sgs_job_find("keys"));
    assert_non_null(sgs_job_find("explain"));
    assert_null(sgs_job_find("./keys"));
    assert_null(sgs_job_find("key"));
    assert_null(sgs_job_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_jobs),
    };
    return cmocka_run_group_tests_name("keys_options", tests, NULL, NULL) != 0;
}
