/* status.h: every code has its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/status.h>

static void has_texts(void **state)
{
    assert_int_equal(SGS_OK, 0);
    assert_string_equal(sgs_status_text(SGS_OK), "done");
    assert_string_equal(sgs_status_text(SGS_E_NOT_FOUND), "no such file");
    assert_string_equal(sgs_status_text(SGS_E_INTERNAL), "internal error");
    assert_string_equal(sgs_status_text((enum sgs_status)1000), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_texts),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL) != 0;
}
