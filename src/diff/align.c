/*
 * Alignment by points (Needleman and Wunsch, without a price for gaps): best[i][j] is what the
 * elements from i and from j on can win.
 */
#include "diff/align.h"

#include <stdbool.h>
#include <stdlib.h>

#include <signscope/limits.h>

#include "base/mem.h"

#define WINDOW 32 /* elements looked ahead where there are too many for a table */

struct work {
    size_t n, m;
    sgs_align_score *score;
    void *ctx;
    struct sgs_aligned *out;
    size_t n_out;
};

static void emit(struct work *w, size_t i, size_t j)
{
    w->out[w->n_out++] = (struct sgs_aligned){
        {i, j}
    };
}

/* What lies between two pairs: first that of one side, then that of the other. */
static void emit_gap(struct work *w, size_t from_i, size_t to_i, size_t from_j, size_t to_j)
{
    for (; from_i < to_i; from_i++) {
        emit(w, from_i, SGS_NOT_THERE);
    }
    for (; from_j < to_j; from_j++) {
        emit(w, SGS_NOT_THERE, from_j);
    }
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void align_best(struct work *w)
{
    size_t width = w->m + 1;
    uint32_t *best = sgs_xcalloc((w->n + 1) * width, sizeof *best);
    size_t gap_i = 0, gap_j = 0;
    size_t i = 0, j = 0;

    for (size_t r = w->n; r-- > 0;) {
        for (size_t c = w->m; c-- > 0;) {
            uint32_t *cell = &best[r * width + c];
            unsigned points = w->score(w->ctx, r, c);
            *cell = larger(cell[width], cell[1]);
            *cell = points ? larger(*cell, points + cell[width + 1]) : *cell;
        }
    }
    while (i < w->n && j < w->m) {
        const uint32_t *cell = &best[i * width + j];
        unsigned points = w->score(w->ctx, i, j);
        if (points && *cell == points + cell[width + 1]) {
            emit_gap(w, gap_i, i, gap_j, j);
            emit(w, i, j);
            gap_i = ++i;
            gap_j = ++j;
        } else if (*cell == cell[width]) {
            i++;
        } else {
            j++;
        }
    }
    emit_gap(w, gap_i, w->n, gap_j, w->m);
    free(best);
}

/* The nearest pair from i and j on, within the window. */
static bool find_near(const struct work *w, size_t i, size_t j, size_t *out_i, size_t *out_j)
{
    for (size_t far = 0; far <= WINDOW; far++) {
        for (size_t a = 0; a <= far; a++) {
            if (i + a < w->n && j + far - a < w->m && w->score(w->ctx, i + a, j + far - a)) {
                *out_i = i + a;
                *out_j = j + far - a;
                return true;
            }
        }
    }
    return false;
}

static void align_near(struct work *w)
{
    size_t i = 0, j = 0;

    while (i < w->n && j < w->m) {
        size_t to_i = i + 1, to_j = j + 1;
        bool is_found = find_near(w, i, j, &to_i, &to_j);
        emit_gap(w, i, to_i, j, to_j);
        if (is_found) {
            emit(w, to_i, to_j);
            to_i++;
            to_j++;
        }
        i = to_i;
        j = to_j;
    }
    emit_gap(w, i, w->n, j, w->m);
}

size_t sgs_align(size_t n, size_t m, sgs_align_score *score, void *ctx, struct sgs_aligned *out)
{
    struct work w = {.n = n, .m = m, .score = score, .ctx = ctx, .out = out};

    if (m > 0 && n > SGS_MAX_DIFF_CELLS / m) {
        align_near(&w);
    } else {
        align_best(&w);
    }
    return w.n_out;
}
