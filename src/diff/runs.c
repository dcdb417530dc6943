/* Line by line what differs; steps that only one side has are told together. */
#include "diff/work.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diff/collect.h"

static const struct sgs_step *step_of(const struct sgs_diff_line *l, unsigned side)
{
    return l->step[side];
}

static unsigned side_of(const struct sgs_diff_line *l)
{
    return l->step[SGS_GOOD_SIDE] ? SGS_GOOD_SIDE : SGS_BAD_SIDE;
}

/* A look-up, or what no message stands for: nobody misses it. */
static bool is_incidental(const struct sgs_step *s)
{
    bool is_means = s->name && strncmp(s->name, "T.", 2) == 0;
    return s->stage == SGS_STAGE_POST_SIGNIN || s->stage == SGS_STAGE_DNS || is_means ||
           s->act == 0;
}

/* The last line that side has, or n_lines. */
static size_t last_line(const struct sgs_diff_work *w, unsigned side)
{
    size_t i = w->n_lines;

    while (i > 0 && !w->lines[i - 1].step[side]) {
        i--;
    }
    return i > 0 ? i - 1 : w->n_lines;
}

static uint64_t last_frame(const struct sgs_step *s)
{
    return s->n_frames > 0 ? s->frames[s->n_frames - 1] : 0;
}

/* The last thing that side did. */
static const struct sgs_step *last_step(const struct sgs_diff_work *w, unsigned side)
{
    size_t line = last_line(w, side);
    const struct sgs_step *row = line < w->n_lines ? w->lines[line].step[side] : NULL;
    const struct sgs_step *last = row;

    for (size_t i = 0; row && i < row->n_parts; i++) {
        bool is_later = last == row || last_frame(&row->parts[i]) >= last_frame(last);
        last = is_later ? &row->parts[i] : last;
    }
    return last;
}

/* "A9", or what happens where it has no id. */
static struct sgs_slice name_of(const struct sgs_step *s)
{
    return s->id ? sgs_slice_str(s->id) : s->title;
}

static struct sgs_slice run_text(struct sgs_diff_work *w, const struct sgs_step *first,
                                 const struct sgs_step *last, size_t n)
{
    struct sgs_slice a = name_of(first);
    struct sgs_slice b = name_of(last);

    if (n == 1) {
        return sgs_arena_copy(w->c.arena, a);
    }
    return sgs_arena_printf(w->c.arena, "%zu steps, %.*s to %.*s", n, (int)a.len,
                            (const char *)a.ptr, (int)b.len, (const char *)b.ptr);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* All frames of the lines, each once. */
static size_t run_frames(struct sgs_diff_work *w, size_t line, size_t n, unsigned side,
                         uint64_t **out)
{
    size_t room = 0;
    size_t n_all = 0;
    size_t kept = 0;

    for (size_t i = line; i < line + n; i++) {
        room += w->lines[i].step[side]->n_frames;
    }
    uint64_t *frames = sgs_arena_array(w->c.arena, room, sizeof *frames);
    for (size_t i = line; frames && i < line + n; i++) {
        const struct sgs_step *s = w->lines[i].step[side];
        for (size_t j = 0; j < s->n_frames; j++) {
            frames[n_all++] = s->frames[j];
        }
    }
    if (n_all > 1) {
        qsort(frames, n_all, sizeof *frames, by_number);
    }
    for (size_t i = 0; i < n_all; i++) {
        if (kept == 0 || frames[kept - 1] != frames[i]) {
            frames[kept++] = frames[i];
        }
    }
    *out = frames;
    return kept;
}

static struct sgs_diff_value run_value(struct sgs_diff_work *w, size_t line, size_t n,
                                       unsigned side)
{
    const struct sgs_step *first = step_of(&w->lines[line], side);
    const struct sgs_step *last = step_of(&w->lines[line + n - 1], side);
    struct sgs_diff_value v = sgs_diff_value(first, run_text(w, first, last, n));
    uint64_t *frames = NULL;

    v.n_frames = run_frames(w, line, n, side, &frames);
    v.frames = frames;
    return v;
}

/* n lines from line on that only one side has, none of them bad. */
static void add_run(struct sgs_diff_work *w, size_t line, size_t n, bool is_incident)
{
    unsigned side = side_of(&w->lines[line]);
    enum sgs_outcome other = w->c.at[!side]->outcome;
    bool is_end = !is_incident && line >= w->tail && other != SGS_SIGNED_IN;
    const struct sgs_step *last = is_end ? last_step(w, !side) : NULL;
    struct sgs_difference d = {.how = is_end ? SGS_BY_END : SGS_BY_STEPS,
                               .what = is_end ? "end" : "steps",
                               .label = is_end ? "goes on" : "only there",
                               .fact = SGS_D_NOTHING,
                               .line = line,
                               .side = is_end ? !side : side,
                               .n_steps = n};

    d.weight = is_incident ? SGS_W_MINOR : is_end ? SGS_W_DECISIVE : SGS_W_MATTERS;
    d.value[side] = run_value(w, line, n, side);
    if (is_end) {
        d.value[!side] = sgs_diff_value(last, last ? name_of(last) : (struct sgs_slice){NULL, 0});
    }
    sgs_compare_add(&w->c, &d);
}

static struct sgs_map *map_conns(const struct sgs_attempt *at)
{
    struct sgs_map *first = sgs_map_new();

    for (size_t i = 0; i < at->n_steps; i++) {
        const struct sgs_step *s = &at->steps[i];
        if (sgs_diff_is_conn(s) && !sgs_map_get(first, sgs_slice_str(s->name))) {
            (void)sgs_map_put(first, sgs_slice_str(s->name), (void *)(uintptr_t)s);
        }
    }
    return first;
}

/* The connection of that side for what step failed to connect to, or NULL. */
static const struct sgs_step *connection_for(struct sgs_diff_work *w, unsigned side,
                                             const struct sgs_step *step)
{
    bool is_connect = step->name && (strncmp(step->name, "T.tcp.", 6) == 0 ||
                                     strncmp(step->name, "T.tls.", 6) == 0);

    if (!is_connect) {
        return NULL;
    }
    w->conns[side] = w->conns[side] ? w->conns[side] : map_conns(w->c.at[side]);
    struct sgs_slice name =
        sgs_arena_printf(w->c.arena, "conn.%s", step->name + sizeof "T.tcp." - 1);
    return sgs_map_get(w->conns[side], name);
}

/* A step that went wrong where the other side has none; where that one did connect it is told. */
static void compare_alone(struct sgs_diff_work *w, size_t line)
{
    unsigned side = side_of(&w->lines[line]);
    const struct sgs_step *both[SGS_N_SIDES] = {w->lines[line].step[0], w->lines[line].step[1]};

    both[!side] = connection_for(w, !side, both[side]);
    sgs_compare_verdicts(&w->c, both, line);
}

/* The lines from line on that one side alone has, as one difference; returns their number. */
static size_t compare_run(struct sgs_diff_work *w, size_t line)
{
    unsigned side = side_of(&w->lines[line]);
    bool is_incident = true;
    size_t n = 0;

    while (line + n < w->n_lines) {
        const struct sgs_diff_line *l = &w->lines[line + n];
        const struct sgs_step *s = step_of(l, side);
        if (l->mark != SGS_MARK_ONLY || side_of(l) != side || sgs_is_bad(s)) {
            break;
        }
        is_incident &= is_incidental(s);
        n++;
    }
    if (n == 0) {
        compare_alone(w, line);
        return 1;
    }
    add_run(w, line, n, is_incident);
    return n;
}

void sgs_diff_compare_lines(struct sgs_diff_work *w)
{
    for (size_t i = 0; i < w->n_lines;) {
        const struct sgs_diff_line *l = &w->lines[i];

        if (l->mark == SGS_MARK_ONLY) {
            i += compare_run(w, i);
            continue;
        }
        if (l->mark == SGS_MARK_SAME) {
            sgs_compare_verdicts(&w->c, l->step, i);
            sgs_compare_rows(&w->c, l->step, i, false);
        }
        i++;
    }
}

static bool has_decisive(const struct sgs_comparison *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->list[i].weight == SGS_W_DECISIVE) {
            return true;
        }
    }
    return false;
}

/* What that side alone has from line on, else the last such thing before it, or NULL. */
static const struct sgs_step *goes_on_with(const struct sgs_diff_work *w, size_t line,
                                           unsigned side)
{
    const struct sgs_step *before = NULL;

    for (size_t i = 0; i < w->c.n; i++) {
        const struct sgs_difference *d = &w->c.list[i];
        const struct sgs_step *s = d->value[side].step;
        if (d->how != SGS_BY_STEPS || d->side != side || s->stage == SGS_STAGE_POST_SIGNIN) {
            continue;
        }
        if (d->line >= line) {
            return s;
        }
        before = s;
    }
    return before;
}

/* That side stops behind its last line, the other goes on with step on. */
static void add_end(struct sgs_diff_work *w, unsigned side, const struct sgs_step *on)
{
    const struct sgs_step *last = last_step(w, side);
    struct sgs_difference d = {.how = SGS_BY_END,
                               .weight = SGS_W_DECISIVE,
                               .what = "end",
                               .label = "goes on",
                               .fact = SGS_D_NOTHING,
                               .line = last_line(w, side),
                               .side = side};

    d.value[side] = sgs_diff_value(last, name_of(last));
    d.value[!side] = sgs_diff_value(on, on ? name_of(on) : SGS_LIT("signed in"));
    sgs_compare_add(&w->c, &d);
}

/* The registrar that only the other side has connected to, or NULL: that shows without keys, too.
 */
static const struct sgs_step *registrar_beyond(struct sgs_diff_work *w, unsigned side)
{
    static const struct sgs_step to_registrar = {.name = "T.tls.sip"};
    static const struct sgs_step to_anyone = {.name = "T.tls.any"};
    bool has_any = connection_for(w, side, &to_registrar) || connection_for(w, side, &to_anyone);

    return has_any ? NULL : connection_for(w, !side, &to_registrar);
}

void sgs_diff_compare_ends(struct sgs_diff_work *w)
{
    if (has_decisive(&w->c)) {
        return;
    }
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        bool is_other_in = w->c.at[!side]->outcome == SGS_SIGNED_IN;
        bool is_seen = w->blind[side] == w->units[side].n;
        size_t line = last_line(w, side);

        if (w->c.at[side]->outcome == SGS_SIGNED_IN || sgs_diff_is_open(w, side) ||
            line == w->n_lines) {
            continue;
        }
        const struct sgs_step *registrar = registrar_beyond(w, side);
        if (is_seen && is_other_in) {
            add_end(w, side, goes_on_with(w, line, !side));
        } else if (registrar) {
            add_end(w, side, registrar);
        }
    }
}
