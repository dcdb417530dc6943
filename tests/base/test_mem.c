/* mem.h: the program ends with its own status when the system has no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

static int status_of(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_int_not_equal(child, -1);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wrap(void)
{
    (void)sgs_xrealloc(NULL, SIZE_MAX / 2, 4);
}

static void die(void)
{
    sgs_die("test");
}

static void ends_the_program(void **state)
{
    assert_int_equal(status_of(die), SGS_EXIT_RESOURCES);
    assert_int_equal(status_of(wrap), SGS_EXIT_RESOURCES);
    assert_int_equal(SGS_EXIT_RESOURCES, 5);
}

static void gives_memory(void **state)
{
    unsigned char *p = sgs_xcalloc(3, 5);

    for (size_t i = 0; i < 15; i++) {
        assert_int_equal(p[i], 0);
    }
    memset(p, 1, 15);
    p = sgs_xrealloc(p, 100, 2);
    assert_int_equal(p[14], 1);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_the_program),
        cmocka_unit_test(gives_memory),
    };

    return cmocka_run_group_tests_name("mem", tests, NULL, NULL) != 0;
}
