/* Two sequences side by side: pairs, gaps, the best of several ways, and far too long ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "diff/align.h"

#define MAX_OUT 64

/* Letters fit when they are the same but for the case; the same case fits better. */
struct texts {
    const char *text[2];
    size_t n_asked;
};

static unsigned score(void *ctx, size_t i, size_t j)
{
    struct texts *t = ctx;
    char a = t->text[0][i];
    char b = t->text[1][j];

    t->n_asked++;
    return a == b ? 3 : (a | 0x20) == (b | 0x20) ? 2 : 0;
}

static char letter(const char *text, size_t i)
{
    if (i == SGS_NOT_THERE) {
        return '-';
    }
    return text[i];
}

/* "Aa" for a pair, "A-" and "-a" for what stands alone. */
static void check(const char *first, const char *second, const char *want)
{
    struct texts t = {
        {first, second},
        0
    };
    struct sgs_aligned out[MAX_OUT];
    char got[3 * MAX_OUT + 1] = "";
    size_t n = sgs_align(strlen(first), strlen(second), score, &t, out);

    for (size_t i = 0; i < n; i++) {
        got[3 * i] = letter(first, out[i].at[0]);
        got[3 * i + 1] = letter(second, out[i].at[1]);
        got[3 * i + 2] = ' ';
    }
    assert_string_equal(got, want);
}

static void test_pairs_and_gaps(void **state)
{
    static const struct {
        const char *first, *second, *want;
    } rows[] = {
        {"",      "",     ""               },
        {"ab",    "",     "a- b- "         },
        {"",      "ab",   "-a -b "         },
        {"abc",   "abc",  "aa bb cc "      },
        {"abcd",  "abd",  "aa bb c- dd "   },
        {"abd",   "abcd", "aa bb -c dd "   },
        {"axb",   "ayb",  "aa x- -y bb "   },
        {"abcde", "ab",   "aa bb c- d- e- "},
        {"ab",    "cdab", "-c -d aa bb "   },
 /* of two that fit alike the earlier one */
        {"a",     "aa",   "aa -a "         },
        {"aa",    "a",    "aa a- "         },
 /* what fits better counts more than what comes first */
        {"a",     "Aa",   "-A aa "         },
 /* and more pairs count more than one better pair */
        {"abc",   "cab",  "-c aa bb c- "   },
        {"Ab",    "abA",  "Aa bb -A "      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(rows[i].first, rows[i].second, rows[i].want);
    }
}

/* The most points there can be, by trying everything. */
static unsigned most(struct texts *t, size_t i, size_t j)
{
    if (!t->text[0][i] || !t->text[1][j]) {
        return 0;
    }
    unsigned best = most(t, i + 1, j);
    unsigned other = most(t, i, j + 1);
    unsigned points = score(t, i, j);
    best = other > best ? other : best;
    other = points ? points + most(t, i + 1, j + 1) : 0;
    return other > best ? other : best;
}

static void test_no_way_has_more_points(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 300; round++) {
        char a[9] = "", b[9] = "";
        struct sgs_aligned out[16];
        struct texts t = {
            {a, b},
            0
        };
        unsigned points = 0;
        size_t next[] = {0, 0};

        for (size_t i = 0; i < 14; i++) {
            random = random * 1103515245u + 12345u;
            (i < 7 ? a : b)[i % 7] = "abAB"[random >> 16 & 3];
        }
        size_t n = sgs_align(7, 7, score, &t, out);
        for (size_t i = 0; i < n; i++) {
            bool is_pair = true;
            for (unsigned side = 0; side < 2; side++) {
                is_pair &= out[i].at[side] != SGS_NOT_THERE;
                if (out[i].at[side] != SGS_NOT_THERE) { /* each once, in order */
                    assert_int_equal(out[i].at[side], next[side]++);
                }
            }
            points += is_pair ? score(&t, out[i].at[0], out[i].at[1]) : 0;
        }
        assert_int_equal(next[0], 7);
        assert_int_equal(next[1], 7);
        assert_int_equal(points, most(&t, 0, 0));
    }
}

/* Too long for a table: still all elements, in order, at a cost that grows with their number. */
static void test_very_long(void **state)
{
    enum { N = 20000 };
    char *a = malloc(N + 1);
    char *b = malloc(N + 1);
    struct sgs_aligned *out = malloc(2 * N * sizeof *out);
    size_t next[] = {0, 0};
    size_t pairs = 0;
    struct texts t = {
        {a, b},
        0
    };

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(out);
    assert_true((size_t)N * N > SGS_MAX_DIFF_CELLS);
    for (size_t i = 0; i < N; i++) {
        a[i] = (char)('a' + i % 26);
        b[i] = (char)('a' + (i + 3) % 26); /* three letters are missing at the start */
    }
    size_t n = sgs_align(N, N, score, &t, out);
    for (size_t i = 0; i < n; i++) {
        for (unsigned side = 0; side < 2; side++) {
            if (out[i].at[side] != SGS_NOT_THERE) {
                assert_int_equal(out[i].at[side], next[side]++);
            }
        }
        pairs += out[i].at[0] != SGS_NOT_THERE && out[i].at[1] != SGS_NOT_THERE;
    }
    assert_int_equal(next[0], N);
    assert_int_equal(next[1], N);
    assert_int_equal(pairs, N - 3);
    assert_true(t.n_asked < 4 * N);

    memset(b, '?', N); /* nothing fits at all */
    t.n_asked = 0;
    n = sgs_align(N, N, score, &t, out);
    assert_int_equal(n, 2 * N);
    assert_true(t.n_asked < (size_t)N * 1000);
    free(a);
    free(b);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_and_gaps),
        cmocka_unit_test(test_no_way_has_more_points),
        cmocka_unit_test(test_very_long),
    };
    return cmocka_run_group_tests_name("diff/align", tests, NULL, NULL) != 0;
}
