/* The octets kept of each direction: what is compared, what is forgotten, who gives room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "net/history.h"

static struct sgs_slice text(const char *s)
{
    return sgs_slice_str(s);
}

static void compares(void **state)
{
    struct sgs_histories all = {0};
    struct sgs_history *mine = NULL;

    sgs_history_add(&all, &mine, 1000, text("abcdef"));
    sgs_history_add(&all, &mine, 1006, text("ghi"));
    assert_true(sgs_history_compare(mine, 1000, text("abcdefghi")) == UINT64_MAX);
    assert_true(sgs_history_compare(mine, 1004, text("efXhi")) == 1006);
    assert_true(sgs_history_compare(mine, 990, text("??????????abc")) == UINT64_MAX);
    assert_true(sgs_history_compare(mine, 1008, text("i????")) == UINT64_MAX);
    assert_true(sgs_history_compare(NULL, 1000, text("x")) == UINT64_MAX);
    sgs_histories_clear(&all);
    assert_null(mine);
}

/* Behind a hole nothing before it counts: it is not known which octets stood in it. */
static void forgets_at_hole(void **state)
{
    struct sgs_histories all = {0};
    struct sgs_history *mine = NULL;

    sgs_history_add(&all, &mine, 0, text("abc"));
    sgs_history_add(&all, &mine, 5, text("fgh"));
    assert_true(sgs_history_compare(mine, 0, text("XXXXXfgh")) == UINT64_MAX);
    assert_true(sgs_history_compare(mine, 5, text("fXh")) == 6);
    sgs_histories_clear(&all);
}

/* Only the last SGS_HISTORY octets stay, in whatever portions they came. */
static void wraps(void **state)
{
    static const size_t portions[] = {1, 1000, 4096, SGS_HISTORY, SGS_HISTORY + 1, 50000};
    uint8_t *octets = malloc(100000);

    assert_non_null(octets);
    for (size_t i = 0; i < 100000; i++) {
        octets[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t k = 0; k < sizeof portions / sizeof *portions; k++) {
        struct sgs_histories all = {0};
        struct sgs_history *mine = NULL;
        for (size_t at = 0; at < 100000; at += portions[k]) {
            size_t n = 100000 - at < portions[k] ? 100000 - at : portions[k];
            sgs_history_add(&all, &mine, at, sgs_slice(&octets[at], n));
        }
        assert_true(sgs_history_compare(mine, 0, sgs_slice(octets, 100000)) == UINT64_MAX);
        size_t oldest = 100000 - SGS_HISTORY;
        octets[oldest] ^= 1;
        octets[oldest - 1] ^= 1;
        assert_true(sgs_history_compare(mine, 0, sgs_slice(octets, 100000)) == oldest);
        octets[oldest] ^= 1;
        octets[oldest - 1] ^= 1;
        sgs_histories_clear(&all);
    }
    free(octets);
}

/* One direction too many takes the room of the one that was silent longest. */
static void gives_room(void **state)
{
    struct sgs_histories all = {0};
    struct sgs_history **mine = calloc(SGS_MAX_HISTORIES + 1, sizeof(struct sgs_history *));

    assert_non_null(mine);
    for (size_t i = 0; i < SGS_MAX_HISTORIES; i++) {
        sgs_history_add(&all, &mine[i], 0, text("a"));
    }
    sgs_history_add(&all, &mine[0], 1, text("b"));
    sgs_history_add(&all, &mine[SGS_MAX_HISTORIES], 0, text("c"));
    assert_non_null(mine[0]);
    assert_null(mine[1]);
    sgs_history_release(&all, &mine[2]);
    assert_null(mine[2]);
    sgs_history_add(&all, &mine[1], 0, text("d")); /* takes the spare one */
    assert_non_null(mine[3]);
    sgs_histories_clear(&all);
    free(mine);
}

/* With as many directions as there may be each keeps a sixteenth. */
static void shares(void **state)
{
    static struct sgs_history *mine[SGS_MAX_HISTORIES];
    static uint8_t octets[SGS_HISTORY];
    struct sgs_histories all = {0};
    struct sgs_slice sent = sgs_slice(octets, sizeof octets);
    uint8_t other[SGS_HISTORY];

    memset(other, 1, sizeof other);
    for (size_t i = 0; i < SGS_MAX_HISTORIES; i++) {
        sgs_history_add(&all, &mine[i], 0, text("a"));
    }
    sgs_history_add(&all, &mine[7], 1, sent);
    assert_true(sgs_history_compare(mine[7], 1, sent) == UINT64_MAX);
    assert_true(sgs_history_compare(mine[7], 1, sgs_slice(other, sizeof other)) ==
                1 + SGS_HISTORY / 16 * 15);
    sgs_histories_clear(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),   cmocka_unit_test(forgets_at_hole), cmocka_unit_test(wraps),
        cmocka_unit_test(gives_room), cmocka_unit_test(shares),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL) != 0;
}
