/*
 * The comparison as a whole:  units of each sign-in -> side by side, as lines -> differences of
 * each line and of the connections -> in order, each told once -> where they part.
 */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "diff/work.h"

/* What is told when nothing tells another way may only be what is left of it. */
static bool is_known(const char *flow)
{
    return strcmp(flow, "unknown") != 0 && strcmp(flow, "manual") != 0;
}

static void compare_flows(struct sgs_diff_work *w)
{
    const char *flow[] = {w->c.at[0]->flow, w->c.at[1]->flow};
    struct sgs_difference d = {.how = SGS_BY_FLOW,
                               .weight = is_known(flow[0]) && is_known(flow[1]) ? SGS_W_MATTERS
                                                                                : SGS_W_MINOR,
                               .what = "flow",
                               .label = "way of signing in",
                               .fact = SGS_D_NOTHING,
                               .line = SGS_OF_ALL};

    if (strcmp(flow[0], flow[1]) == 0) {
        return;
    }
    d.value[0].text = sgs_slice_str(flow[0]);
    d.value[1].text = sgs_slice_str(flow[1]);
    sgs_compare_add(&w->c, &d);
}

/* In order of lines; on one line what became of it, its connection, then all else as it came. */
static unsigned rank_of(const struct sgs_difference *d)
{
    return d->how == SGS_BY_VERDICT ? 0 : d->is_of_conn ? 1 : 2;
}

/* Sorting keeps the order of what is equal. */
struct sorted {
    const struct sgs_difference *d;
    size_t n;
};

static int by_line(const void *a, const void *b)
{
    const struct sorted *x = a;
    const struct sorted *y = b;
    size_t lines[] = {x->d->line + 1, y->d->line + 1}; /* what is of all comes first */
    unsigned ranks[] = {rank_of(x->d), rank_of(y->d)};

    if (lines[0] != lines[1]) {
        return lines[0] < lines[1] ? -1 : 1;
    }
    if (ranks[0] != ranks[1]) {
        return ranks[0] < ranks[1] ? -1 : 1;
    }
    return (x->n > y->n) - (x->n < y->n);
}

/* The same values were told before: that one counts it.  Else it is noted as told. */
static bool is_repeated(struct sgs_map *told, struct sgs_difference *d)
{
    bool is_once = d->how == SGS_BY_VALUE && sgs_diff_facts[d->fact].spread == SGS_TOLD_ONCE;
    struct sgs_buf key;

    if (!is_once) {
        return false;
    }
    sgs_buf_init(&key, SGS_MAX_REPORT_LINE);
    sgs_buf_printf(&key, "%u %zu ", (unsigned)d->fact, d->value[0].text.len);
    (void)sgs_buf_add(&key, d->value[0].text);
    (void)sgs_buf_add(&key, d->value[1].text);
    struct sgs_difference *before = sgs_map_get(told, sgs_buf_slice(&key));
    if (before) {
        before->n_more += before->line != d->line;
    } else {
        (void)sgs_map_put(told, sgs_buf_slice(&key), d);
    }
    sgs_buf_clear(&key);
    return before != NULL;
}

/* Puts them in order into the result, without repetitions. */
static void put_in_order(struct sgs_diff_work *w, struct sgs_diff *d)
{
    size_t n = w->c.n;
    struct sorted *order = sgs_xcalloc(n + 1, sizeof *order);
    struct sgs_difference *list = sgs_arena_array(w->c.arena, n, sizeof *list);
    struct sgs_difference *harmless = sgs_arena_array(w->c.arena, n, sizeof *harmless);
    struct sgs_map *told = sgs_map_new();

    if (!list || !harmless) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = (struct sorted){&w->c.list[i], i};
    }
    if (n > 1) {
        qsort(order, n, sizeof *order, by_line);
    }
    for (size_t i = 0; i < n; i++) {
        bool is_harmless = order[i].d->weight == SGS_W_HARMLESS;
        struct sgs_difference *to = is_harmless ? &harmless[d->n_harmless] : &list[d->n];
        *to = *order[i].d;
        if (!is_repeated(told, to)) {
            d->n_harmless += is_harmless;
            d->n += !is_harmless;
        }
    }
    sgs_map_free(told);
    free(order);
    for (size_t i = 0; i < d->n; i++) {
        bool is_parting = !d->parting && list[i].weight == SGS_W_DECISIVE;
        bool is_first = !d->first && list[i].weight >= SGS_W_MATTERS;
        d->parting = is_parting ? &list[i] : d->parting;
        d->first = is_first ? &list[i] : d->first;
        list[i].is_after =
            d->parting && list[i].line != SGS_OF_ALL && list[i].line > d->parting->line;
    }
    d->list = list;
    d->harmless = harmless;
}

static void mark_lines(struct sgs_diff_work *w, struct sgs_diff *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct sgs_difference *x = &d->list[i];
        d->n_weight[x->weight]++;
        if (x->line == SGS_OF_ALL) {
            continue;
        }
        struct sgs_diff_line *l = &w->lines[x->line];
        enum sgs_weight weight =
            x->is_after && x->weight == SGS_W_DECISIVE ? SGS_W_MATTERS : x->weight;
        l->weight = weight > l->weight ? weight : l->weight;
        l->mark = l->mark == SGS_MARK_SAME ? SGS_MARK_DIFFERS : l->mark;
    }
    d->n_weight[SGS_W_HARMLESS] = d->n_harmless;
    for (size_t i = 0; i < w->n_lines; i++) {
        const struct sgs_diff_line *l = &w->lines[i];
        for (unsigned side = 0; side < SGS_N_SIDES && l->mark == SGS_MARK_UNSEEN; side++) {
            const struct sgs_step *s = l->step[side];
            const struct sgs_step *other = l->step[!side];
            d->n_unseen[side] += s ? s->verdict == SGS_V_UNSEEN : other->verdict != SGS_V_UNSEEN;
        }
    }
}

struct sgs_diff *sgs_diff_make(const struct sgs_diff_input in[SGS_N_SIDES], struct sgs_arena *a)
{
    const struct sgs_attempt *good = in[SGS_GOOD_SIDE].at;
    const struct sgs_attempt *bad = in[SGS_BAD_SIDE].at;
    struct sgs_diff_work w = {
        .c = {.arena = a, .at = {good, bad}},
          .in = in
    };
    struct sgs_diff *d = sgs_arena_alloc(a, sizeof *d);
    bool is_one_flow = strcmp(good->flow, bad->flow) == 0;

    if (!d) {
        sgs_die("a sign-in is too large to be compared");
    }
    sgs_same_init(&w.c.same, good, bad);
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        w.units[side] = sgs_units_make(w.c.at[side], is_one_flow ? SGS_UNIT_ROWS : SGS_UNIT_ACTS,
                                       &w.c.same, side, a);
    }
    sgs_diff_make_lines(&w);
    compare_flows(&w);
    sgs_diff_compare_lines(&w);
    sgs_diff_compare_conns(&w);
    sgs_diff_compare_ends(&w);
    *d = (struct sgs_diff){
        .at = {good, bad},
          .n_lost = w.c.n_lost
    };
    put_in_order(&w, d);
    mark_lines(&w, d);
    d->lines = w.lines;
    d->n_lines = w.n_lines;
    free(w.c.list);
    sgs_map_free(w.conns[0]);
    sgs_map_free(w.conns[1]);
    return d;
}
