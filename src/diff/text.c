/*
 * The comparison for people: the answer in one sentence, its cause, what differed before, who is
 * compared, the steps side by side with what differs below each, and why the sign-ins ended as they
 * did.
 *
 *     mark  id  GOOD: verdict frames  BAD: verdict frames  what happens
 */
#include "diff/out.h"

#include <stdio.h>
#include <string.h>

#include "diff/compare.h"
#include "export/facts.h"
#include "export/text.h"

#define MAX_SENTENCE (64u * 1024)
#define MAX_BEFORE 3 /* differences in front of the parting that are told at the head */
#define MARK_COLUMN 2
#define ID_COLUMN 4
#define VERDICT_WIDTH 10
#define LEGEND "! decides  * matters  ~ minor  < only GOOD  > only BAD  ? cannot be seen"

static const char *const names[SGS_N_SIDES] = {"GOOD", "BAD"};

struct doc {
    const struct sgs_diff *d;
    const struct sgs_diff_source *source;
    struct sgs_page page;
    size_t side[SGS_N_SIDES]; /* columns where the sides begin */
    size_t text;              /* column of what happens */
};

/* the head */

/* A difference as a sentence of its own. */
static void sentence(struct doc *o, const struct sgs_difference *x, const char *head)
{
    struct sgs_buf b;

    sgs_buf_init(&b, MAX_SENTENCE);
    sgs_diff_sentence(o->d, x, &b);
    sgs_buf_add_octet(&b, '.');
    sgs_page_at(&o->page, MARK_COLUMN);
    sgs_page_str(&o->page, head);
    sgs_page_wrap(&o->page, ID_COLUMN, sgs_buf_slice(&b));
    sgs_page_end(&o->page);
    sgs_buf_clear(&b);
}

static void answer(struct doc *o)
{
    struct sgs_buf b;

    sgs_buf_init(&b, MAX_SENTENCE);
    sgs_diff_answer(o->d, &b);
    o->page.style = o->d->parting ? SGS_BAD : o->d->first ? SGS_CAUTION : SGS_GOOD;
    sgs_page_wrap(&o->page, MARK_COLUMN, sgs_buf_slice(&b));
    o->page.style = SGS_PLAIN;
    sgs_page_end(&o->page);
    sgs_buf_clear(&b);
}

/* What that comes from, where a cause was found. */
static void cause(struct doc *o)
{
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        const struct sgs_finding *root = sgs_attempt_root(o->d->at[side]);
        if (root) {
            sgs_page_at(&o->page, MARK_COLUMN);
            sgs_page_printf(&o->page, "Why %s failed: ", names[side]);
            sgs_page_wrap(&o->page, ID_COLUMN, root->title);
            sgs_page_str(&o->page, ".");
            sgs_page_end(&o->page);
        }
    }
}

/* What differed before they part may be what led there. */
static void before(struct doc *o)
{
    size_t n = 0;

    for (size_t i = 0; o->d->parting && &o->d->list[i] < o->d->parting; i++) {
        const struct sgs_difference *x = &o->d->list[i];
        if (x->weight >= SGS_W_MATTERS && n++ < MAX_BEFORE) {
            sentence(o, x, "Before that: ");
        }
    }
    if (n > MAX_BEFORE) {
        sgs_page_at(&o->page, MARK_COLUMN);
        sgs_page_printf(&o->page, "Before that: %zu more, below.", n - MAX_BEFORE);
        sgs_page_end(&o->page);
    }
}

/* the sides */

static void who(struct doc *o, unsigned side)
{
    const struct sgs_attempt *at = o->d->at[side];
    struct sgs_page *p = &o->page;
    char text[SGS_ADDR_TEXT_LEN];
    struct sgs_buf b;

    sgs_text_field(p, names[side], sgs_slice_str(o->source[side].input));
    sgs_page_at(p, SGS_TEXT_VALUE);
    sgs_page_printf(p, "sign-in %llu of %zu", (unsigned long long)at->id,
                    o->source[side].n_attempts);
    if (o->source[side].n_attempts > 1) {
        sgs_page_printf(p, ", %s", o->source[side].chosen);
    }
    sgs_page_str(p, ": ");
    p->style = at->outcome == SGS_SIGNED_IN ? SGS_GOOD
               : at->outcome == SGS_FAILED  ? SGS_BAD
                                            : SGS_CAUTION;
    sgs_page_str(p, sgs_text_outcome(at->outcome));
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    sgs_page_at(p, SGS_TEXT_VALUE);
    sgs_page_wrap(p, SGS_TEXT_VALUE, at->user.len > 0 ? at->user : SGS_LIT("(nobody is named)"));
    if (at->client.len > 0) {
        (void)sgs_addr_host(&at->client, text);
        sgs_page_printf(p, "  %s", text);
    }
    if (at->started != SGS_TIME_NONE) {
        sgs_page_str(p, "  ");
        sgs_text_time(p, at->started);
    }
    sgs_page_end(p);
    sgs_buf_init(&b, 4096);
    sgs_fact_how(&b, at);
    sgs_text_field(p, "", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void why(struct doc *o, unsigned side)
{
    const struct sgs_attempt *at = o->d->at[side];
    const struct sgs_finding *root = sgs_attempt_root(at);
    struct sgs_page *p = &o->page;
    struct sgs_buf b;

    if (!root) {
        sgs_text_field(p, names[side],
                       at->outcome == SGS_SIGNED_IN ? SGS_LIT("signed in")
                       : at->why                    ? sgs_slice_str(at->why)
                                                    : SGS_LIT("no cause could be told"));
        return;
    }
    sgs_text_field(p, names[side], root->title);
    sgs_text_field(p, "", root->detail);
    sgs_buf_init(&b, 1024);
    sgs_fact_finding_id(&b, root);
    sgs_text_field(p, "", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    sgs_text_field(p, "do", root->hint);
}

/* the table */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void measure(struct doc *o)
{
    size_t id = 0;
    size_t frames[SGS_N_SIDES] = {0};
    char text[SGS_FRAMES_TEXT_LEN];

    for (size_t i = 0; i < o->d->n_lines; i++) {
        for (unsigned side = 0; side < SGS_N_SIDES; side++) {
            const struct sgs_step *s = o->d->lines[i].step[side];
            if (s) {
                id = larger(id, s->id ? strlen(s->id) : 0);
                sgs_text_frames(s->frames, s->n_frames, text);
                frames[side] = larger(frames[side], strlen(text));
            }
        }
    }
    o->side[0] = ID_COLUMN + (id ? id + 2 : 0);
    o->side[1] = o->side[0] + VERDICT_WIDTH + frames[0] + 2;
    o->text = o->side[1] + VERDICT_WIDTH + frames[1] + 2;
}

static const char *mark_of(const struct sgs_diff_line *l)
{
    static const char *const weights[] = {" ", "~", "*", "!"};
    bool is_alone = l->mark == SGS_MARK_ONLY && l->weight != SGS_W_DECISIVE;

    if (l->mark == SGS_MARK_UNSEEN) {
        return "?";
    }
    return !is_alone ? weights[l->weight] : l->step[SGS_GOOD_SIDE] ? "<" : ">";
}

static enum sgs_style style_of(enum sgs_weight weight)
{
    static const enum sgs_style styles[] = {SGS_DIM, SGS_DIM, SGS_CAUTION, SGS_BAD};
    return styles[weight];
}

static void cell(struct doc *o, const struct sgs_step *s, unsigned side, bool is_unseen)
{
    struct sgs_page *p = &o->page;
    char text[SGS_FRAMES_TEXT_LEN];

    sgs_page_at(p, o->side[side]);
    if (!s) {
        p->style = SGS_DIM;
        sgs_page_str(p, is_unseen ? "not seen" : "-");
        p->style = SGS_PLAIN;
        return;
    }
    sgs_page_str(p, sgs_text_verdict(s->verdict, &p->style));
    p->style = SGS_PLAIN;
    sgs_page_at(p, o->side[side] + VERDICT_WIDTH);
    sgs_text_frames(s->frames, s->n_frames, text);
    sgs_page_str(p, text);
}

/* The values below their line: "TLS version: GOOD TLSv1.2, BAD TLSv1.3". */
static void values(struct doc *o, const struct sgs_difference *x)
{
    struct sgs_page *p = &o->page;
    struct sgs_buf b;

    sgs_buf_init(&b, MAX_SENTENCE);
    sgs_buf_printf(&b, "%s:", x->label);
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        const struct sgs_diff_value *v = &x->value[side];
        char frames[SGS_FRAMES_TEXT_LEN];

        if (x->how == SGS_BY_STEPS && side != x->side) {
            continue;
        }
        sgs_buf_printf(&b, "%s %s ", side && x->how != SGS_BY_STEPS ? "," : "", names[side]);
        (void)sgs_buf_add(&b, v->text.len > 0 ? v->text : SGS_LIT("none"));
        if (v->n_frames > 0 && (p->options->is_verbose || x->how == SGS_BY_STEPS)) {
            sgs_text_frames(v->frames, v->n_frames, frames);
            sgs_buf_printf(&b, " (%s)", frames);
        }
    }
    if (x->n_more > 0) {
        sgs_buf_printf(&b, "; at %zu more", x->n_more);
    }
    sgs_page_at(p, o->side[0]);
    p->style = style_of(x->weight);
    sgs_page_wrap(p, o->side[0] + 2, sgs_buf_slice(&b));
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    sgs_buf_clear(&b);
}

/* The answer above has that value, on both sides. */
static bool is_in_answer(const struct doc *o, const struct sgs_difference *x)
{
    const struct sgs_difference *a = x;

    while (a > o->d->list && a[-1].line == x->line && a->how != SGS_BY_VERDICT) {
        a--;
    }
    bool is_there = a != x && a->how == SGS_BY_VERDICT && x->how == SGS_BY_VALUE;
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        struct sgs_slice all = a->value[side].text;
        is_there = is_there && (x->value[side].text.len == 0 ||
                                sgs_slice_find(all, x->value[side].text) < all.len);
    }
    return is_there;
}

/* Else its line says so, or it follows from what was told. */
static bool is_told(const struct doc *o, const struct sgs_difference *x)
{
    const struct sgs_diff_line *l = x->line == SGS_OF_ALL ? NULL : &o->d->lines[x->line];
    bool is_line =
        x->how == SGS_BY_END || (x->how == SGS_BY_STEPS && l && l->mark == SGS_MARK_ONLY);
    bool is_late = x->is_after || is_in_answer(o, x) ||
                   (x->weight == SGS_W_MINOR && l && l->weight == SGS_W_DECISIVE);
    return !is_line && (!is_late || o->page.options->is_verbose);
}

/* Differences of the line from *next on. */
static void differences(struct doc *o, size_t line, size_t *next)
{
    for (; *next < o->d->n && o->d->list[*next].line == line; (*next)++) {
        if (is_told(o, &o->d->list[*next])) {
            values(o, &o->d->list[*next]);
        }
    }
}

static void line(struct doc *o, size_t i)
{
    const struct sgs_diff_line *l = &o->d->lines[i];
    const struct sgs_step *s = l->step[0] ? l->step[0] : l->step[1];
    struct sgs_page *p = &o->page;

    sgs_page_at(p, MARK_COLUMN);
    p->style = l->mark == SGS_MARK_UNSEEN ? SGS_DIM : style_of(l->weight);
    sgs_page_str(p, mark_of(l));
    p->style = SGS_PLAIN;
    if (s->id) {
        sgs_page_at(p, ID_COLUMN);
        sgs_page_str(p, s->id);
    }
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        const struct sgs_step *other = l->step[!side];
        cell(o, l->step[side], side,
             l->mark == SGS_MARK_UNSEEN && other && other->verdict != SGS_V_UNSEEN);
    }
    sgs_page_at(p, o->text);
    sgs_page_wrap(p, o->text + 2, sgs_diff_words(s));
    sgs_page_end(p);
}

static void table(struct doc *o)
{
    struct sgs_page *p = &o->page;
    size_t next = 0;

    measure(o);
    p->style = SGS_BOLD;
    sgs_page_str(p, "Steps");
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        sgs_page_at(p, o->side[side]);
        sgs_page_str(p, names[side]);
        sgs_page_at(p, o->side[side] + VERDICT_WIDTH);
        sgs_page_str(p, "frames");
    }
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    differences(o, SGS_OF_ALL, &next);
    for (size_t i = 0; i < o->d->n_lines && p->is_good; i++) {
        line(o, i);
        differences(o, i, &next);
    }
    p->style = SGS_DIM;
    sgs_page_at(p, MARK_COLUMN);
    if (p->options->width < MARK_COLUMN + sizeof LEGEND) {
        sgs_page_wrap(p, MARK_COLUMN, SGS_LIT(LEGEND));
    } else {
        sgs_page_str(p, LEGEND);
    }
    p->style = SGS_PLAIN;
    sgs_page_end(p);
}

/* what is left out */

static void harmless(struct doc *o)
{
    for (size_t i = 0; i < o->d->n_harmless && o->page.options->is_verbose; i++) {
        const struct sgs_difference *x = &o->d->harmless[i];
        sentence(o, x, "Harmless: ");
    }
}

static void left_out(struct doc *o)
{
    const struct sgs_diff *d = o->d;
    size_t n_after = 0;
    struct sgs_buf b;

    for (size_t i = 0; i < d->n; i++) {
        n_after += !is_told(o, &d->list[i]) && d->list[i].is_after;
    }
    sgs_buf_init(&b, 1024);
    if (n_after > 0) {
        sgs_fact_count(&b, n_after, "difference");
        sgs_buf_add_str(&b, " behind that place, most likely consequences");
    }
    if (d->n_harmless > 0 && !o->page.options->is_verbose) {
        sgs_buf_add_str(&b, b.len > 0 ? "; " : "");
        sgs_fact_count(&b, d->n_harmless, "harmless difference");
        sgs_buf_add_str(&b, " (addresses, ids, dates)");
    }
    if (d->n_lost > 0) {
        sgs_buf_add_str(&b, b.len > 0 ? "; " : "");
        sgs_fact_count(&b, d->n_lost, "difference");
        sgs_buf_add_str(&b, " beyond what is kept");
    }
    sgs_text_field(&o->page, "left out", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

bool sgs_diff_text(const struct sgs_diff *d, const struct sgs_diff_source source[SGS_N_SIDES],
                   const struct sgs_export_options *options, struct sgs_out *out)
{
    struct doc o = {.d = d, .source = source};

    sgs_page_init(&o.page, options, out);
    answer(&o);
    if (!options->is_quiet) {
        cause(&o);
        before(&o);
        sgs_page_end(&o.page);
        who(&o, SGS_GOOD_SIDE);
        who(&o, SGS_BAD_SIDE);
        sgs_page_end(&o.page);
        table(&o);
        sgs_page_end(&o.page);
        why(&o, SGS_GOOD_SIDE);
        why(&o, SGS_BAD_SIDE);
        left_out(&o);
        harmless(&o);
    }
    bool is_good = o.page.is_good;
    sgs_page_clear(&o.page);
    return is_good;
}
