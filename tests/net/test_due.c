/* The heap of due times gives what a plain search gives, whatever is added, moved and removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/due.h"

#define N 50

static void like_a_search(void **state)
{
    struct sgs_dues all = {0};
    struct sgs_due rows[N] = {{0}};
    int is_in[N] = {0};
    uint32_t random = 12345;

    for (int step = 0; step < 20000; step++) {
        random = random * 1664525u + 1013904223u;
        size_t i = random >> 16 & 0xff;
        sgs_time at = (sgs_time)(random >> 8 & 0xff) - 100;
        if (i >= N) {
            continue;
        }
        if (!is_in[i]) {
            sgs_due_add(&all, &rows[i], at);
            is_in[i] = 1;
        } else if (random >> 30) {
            sgs_due_move(&all, &rows[i], at);
        } else {
            sgs_due_remove(&all, &rows[i]);
            is_in[i] = 0;
        }
        const struct sgs_due *first = sgs_due_first(&all);
        sgs_time least = INT64_MAX;
        for (size_t k = 0; k < N; k++) {
            least = is_in[k] && rows[k].at < least ? rows[k].at : least;
        }
        assert_true(first ? first->at == least : least == INT64_MAX);
    }
    sgs_dues_clear(&all);
    assert_null(sgs_due_first(&all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_a_search),
    };

    return cmocka_run_group_tests_name("due", tests, NULL, NULL) != 0;
}
