/* Two steps: verdict, facts, time; of rows of several messages part by part. */
#include "diff/compare.h"

#include <string.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "diff/collect.h"
#include "diff/units.h"

#define LONGER 3            /* times as long, and */
#define MUCH_LONGER SGS_SEC /* by that much: worth a line */
#define MAX_VALUE 4096      /* octets of a value that is put together */

bool sgs_is_bad(const struct sgs_step *s)
{
    return s->verdict == SGS_V_FAILED || s->verdict == SGS_V_UNANSWERED ||
           s->verdict == SGS_V_MISSING;
}

bool sgs_is_connected(const struct sgs_step *s)
{
    return s->verdict == SGS_V_UNSEEN && s->name && strncmp(s->name, "T.tls.", 6) == 0;
}

static bool is_unseen(const struct sgs_step *s)
{
    return s->verdict == SGS_V_UNSEEN;
}

struct sgs_diff_value sgs_diff_value(const struct sgs_step *s, struct sgs_slice text)
{
    return (struct sgs_diff_value){text, s, s ? s->frames : NULL, s ? s->n_frames : 0};
}

void sgs_compare_add(struct sgs_comparison *c, const struct sgs_difference *d)
{
    if (c->n == SGS_MAX_DIFFERENCES) {
        c->n_lost++;
        return;
    }
    if (c->n == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->list = sgs_xrealloc(c->list, c->room, sizeof *c->list);
    }
    c->list[c->n++] = *d;
}

/* After the sign-in nothing explains why it did not come about. */
static enum sgs_weight weigh(enum sgs_weight weight, const struct sgs_step *s)
{
    bool is_after = s->stage == SGS_STAGE_POST_SIGNIN;
    return is_after && weight > SGS_W_MINOR ? SGS_W_MINOR : weight;
}

/* verdicts */

/* "401 NTLM, code 1000"; the verdict where the wire has no word. */
static struct sgs_slice answer_of(struct sgs_comparison *c, const struct sgs_step *s)
{
    struct sgs_buf b;

    if (!s) {
        return (struct sgs_slice){NULL, 0};
    }
    sgs_buf_init(&b, MAX_VALUE);
    (void)sgs_buf_add(&b, sgs_slice_head(s->response, MAX_VALUE / 2));
    if (b.len == 0) {
        sgs_buf_add_str(&b, sgs_diff_is_conn(s) ? "connected" : sgs_verdict_name(s->verdict));
    }
    if (s->code >= 0) {
        sgs_buf_printf(&b, ", code %lld", (long long)s->code);
    }
    if (sgs_is_bad(s) && sgs_slice_find(s->response, s->symbol) == s->response.len) {
        sgs_buf_add_str(&b, s->symbol.len > 0 ? ", " : "");
        (void)sgs_buf_add(&b, sgs_slice_head(s->symbol, MAX_VALUE / 4));
    }
    struct sgs_slice text = sgs_arena_copy(c->arena, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    return text;
}

/* The one that is bad decides when its sign-in did not come about; later it may end one. */
static enum sgs_weight weigh_verdicts(const struct sgs_comparison *c,
                                      const struct sgs_step *const step[SGS_N_SIDES])
{
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        const struct sgs_step *s = step[side];
        const struct sgs_step *other = step[!side];
        if (s && sgs_is_bad(s) && !(other && sgs_is_bad(other))) {
            bool is_fatal = c->at[side]->outcome != SGS_SIGNED_IN;
            return s->stage == SGS_STAGE_POST_SIGNIN ? SGS_W_MATTERS
                   : is_fatal                        ? SGS_W_DECISIVE
                                                     : SGS_W_MINOR;
        }
    }
    return SGS_W_HARMLESS;
}

/* It matters less, or nothing, when both have the same trouble. */
static enum sgs_weight weigh_alike(const struct sgs_step *good, const struct sgs_step *bad)
{
    bool is_slow = good->verdict == SGS_V_SLOW || bad->verdict == SGS_V_SLOW;

    return sgs_is_bad(good) ? weigh(SGS_W_MATTERS, good) : is_slow ? SGS_W_MINOR : SGS_W_HARMLESS;
}

/* Of rows of several messages those two that tell it: one is bad, the other is not. */
static void find_telling(struct sgs_comparison *c, const struct sgs_step *step[SGS_N_SIDES])
{
    struct sgs_units units[SGS_N_SIDES];
    struct sgs_aligned *pairs = NULL;
    unsigned side = sgs_is_bad(step[0]) ? 0 : 1;

    if (step[0]->n_parts == 0 && step[1]->n_parts == 0) {
        return;
    }
    for (unsigned i = 0; i < SGS_N_SIDES; i++) {
        units[i] = sgs_units_parts(step[i], &c->same, i, c->arena);
    }
    size_t n = sgs_units_align(&units[0], &units[1], c->arena, &pairs);
    for (size_t i = 0; i < n; i++) {
        const size_t *at = pairs[i].at;
        if (at[0] != SGS_NOT_THERE && at[1] != SGS_NOT_THERE &&
            sgs_is_bad(units[side].list[at[side]]) && !sgs_is_bad(units[!side].list[at[!side]])) {
            step[0] = units[0].list[at[0]];
            step[1] = units[1].list[at[1]];
            return;
        }
    }
}

void sgs_compare_verdicts(struct sgs_comparison *c, const struct sgs_step *const step[SGS_N_SIDES],
                          size_t line)
{
    const struct sgs_step *told[] = {step[0], step[1]};
    struct sgs_difference d = {.how = SGS_BY_VERDICT,
                               .what = "verdict",
                               .label = "answer",
                               .fact = SGS_D_NOTHING,
                               .line = line,
                               .weight = weigh_verdicts(c, step)};

    if (step[0] && step[1] && sgs_is_bad(step[0]) != sgs_is_bad(step[1])) {
        find_telling(c, told);
    }
    d.value[0] = sgs_diff_value(told[0], answer_of(c, told[0]));
    d.value[1] = sgs_diff_value(told[1], answer_of(c, told[1]));
    if (step[0] && step[1]) {
        /* one answer may be harmless on one side alone, where another way worked */
        bool is_same_answer =
            told[0]->response.len > 0 && sgs_same_texts(&c->same, d.value[0].text, d.value[1].text);
        bool is_hidden = (is_unseen(step[0]) && !sgs_is_connected(step[0])) ||
                         (is_unseen(step[1]) && !sgs_is_connected(step[1]));
        if (step[0]->verdict == step[1]->verdict || is_hidden || is_same_answer) {
            return;
        }
        d.weight = d.weight == SGS_W_HARMLESS ? weigh_alike(step[0], step[1]) : d.weight;
    }
    if (d.weight != SGS_W_HARMLESS) {
        sgs_compare_add(c, &d);
    }
}

/* facts */

const struct sgs_detail *sgs_detail_of(const struct sgs_step *s, enum sgs_fact_id id)
{
    for (size_t i = 0; i < s->n_details; i++) {
        if (s->details[i].what == id) {
            return &s->details[i];
        }
    }
    return NULL;
}

/* Two leaves, and where they stand. */
struct leaves {
    struct sgs_comparison *c;
    const struct sgs_step *step[SGS_N_SIDES];
    size_t line;
    bool is_of_conn;
};

/* A message that is not there, or not whole, says nothing by what it lacks. */
static bool is_silent(const struct sgs_step *s)
{
    return is_unseen(s) || sgs_detail_of(s, SGS_D_CUT) || s->verdict == SGS_V_UNANSWERED ||
           s->verdict == SGS_V_MISSING;
}

/* Trouble that only the one had which signed in does not tell why the other did not. */
static enum sgs_weight weigh_fact(const struct leaves *l, const struct sgs_fact_row *row,
                                  const struct sgs_detail *const value[SGS_N_SIDES])
{
    unsigned side = value[0] ? 0 : 1;
    bool is_overcome = !(value[0] && value[1]) && l->c->at[side]->outcome == SGS_SIGNED_IN &&
                       l->c->at[!side]->outcome != SGS_SIGNED_IN;

    return row->weight != SGS_W_TROUBLE ? row->weight : is_overcome ? SGS_W_MINOR : SGS_W_MATTERS;
}

static void add_fact(const struct leaves *l, enum sgs_fact_id id,
                     const struct sgs_detail *const value[SGS_N_SIDES])
{
    const struct sgs_fact_row *row = &sgs_diff_facts[id];
    struct sgs_difference d = {.how = SGS_BY_VALUE,
                               .weight = weigh(weigh_fact(l, row, value), l->step[0]),
                               .what = row->name,
                               .label = row->label,
                               .fact = id,
                               .line = l->line,
                               .is_of_conn = l->is_of_conn};

    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        const struct sgs_detail *v = value[side];
        d.value[side] = sgs_diff_value(l->step[side], v ? v->text : (struct sgs_slice){NULL, 0});
        if (v && v->frame > 0) {
            d.value[side].frames = &v->frame;
            d.value[side].n_frames = 1;
        }
    }
    sgs_compare_add(l->c, &d);
}

static void compare_facts(const struct leaves *l)
{
    bool has_silence = is_silent(l->step[0]) || is_silent(l->step[1]);
    bool differs[SGS_D_NOTHING + 1] = {false};

    for (unsigned id = 0; id < SGS_D_NOTHING; id++) {
        const struct sgs_fact_row *row = &sgs_diff_facts[id];
        const struct sgs_detail *value[] = {sgs_detail_of(l->step[0], (enum sgs_fact_id)id),
                                            sgs_detail_of(l->step[1], (enum sgs_fact_id)id)};
        bool is_both = value[0] && value[1];
        bool is_one = !is_both && (value[0] || value[1]);
        bool counts = row->when == SGS_ON_EITHER && !has_silence;

        differs[id] = is_both ? !sgs_same_texts(&l->c->same, value[0]->text, value[1]->text)
                              : is_one && counts;
        if (differs[id] && !differs[row->unless]) {
            add_fact(l, (enum sgs_fact_id)id, value);
        }
    }
}

/* time */

static void compare_time(const struct leaves *l)
{
    sgs_time took[] = {l->step[0]->duration, l->step[1]->duration};
    struct sgs_difference d = {.how = SGS_BY_TIME,
                               .weight = SGS_W_MINOR,
                               .what = "duration",
                               .label = "time taken",
                               .fact = SGS_D_NOTHING,
                               .line = l->line};
    bool is_longer = took[1] > took[0];

    if (took[0] < 0 || took[1] < 0 || took[is_longer] - took[!is_longer] <= MUCH_LONGER ||
        took[is_longer] / LONGER <= took[!is_longer]) {
        return;
    }
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        d.value[side] = sgs_diff_value(
            l->step[side],
            sgs_arena_printf(l->c->arena, "%lld.%03lld s", (long long)(took[side] / SGS_SEC),
                             (long long)(took[side] % SGS_SEC / SGS_MS)));
    }
    sgs_compare_add(l->c, &d);
}

/* parts */

static struct sgs_slice words_of(const struct sgs_step *s)
{
    return s->title.len > 0 ? s->title : s->request;
}

/* A message that only one side has in a row that both have. */
static void add_part(struct sgs_comparison *c, const struct sgs_step *s, unsigned side, size_t line)
{
    bool is_means = s->name && strncmp(s->name, "T.", 2) == 0;
    struct sgs_difference d = {.how = SGS_BY_STEPS,
                               .what = "message",
                               .label = "only there",
                               .fact = SGS_D_NOTHING,
                               .line = line,
                               .side = side,
                               .n_steps = 1};

    d.weight = sgs_is_bad(s) ? weigh(SGS_W_MATTERS, s) : is_means ? SGS_W_HARMLESS : SGS_W_MINOR;
    d.value[side] = sgs_diff_value(s, words_of(s));
    sgs_compare_add(c, &d);
}

void sgs_compare_rows(struct sgs_comparison *c, const struct sgs_step *const step[SGS_N_SIDES],
                      size_t line, bool is_of_conn)
{
    struct sgs_units units[SGS_N_SIDES];
    struct sgs_aligned *pairs = NULL;

    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        units[side] = sgs_units_parts(step[side], &c->same, side, c->arena);
    }
    bool is_one = step[0]->n_parts == 0 && step[1]->n_parts == 0;
    struct sgs_aligned whole = {
        {0, 0}
    };
    size_t n = is_one ? 1 : sgs_units_align(&units[0], &units[1], c->arena, &pairs);
    for (size_t i = 0; i < n; i++) {
        const struct sgs_aligned *p = is_one ? &whole : &pairs[i];
        if (p->at[0] == SGS_NOT_THERE || p->at[1] == SGS_NOT_THERE) {
            unsigned side = p->at[0] == SGS_NOT_THERE;
            const struct sgs_step *part = units[side].list[p->at[side]];
            if (part != step[side]) { /* else its verdict tells all */
                add_part(c, part, side, line);
            }
            continue;
        }
        struct leaves l = {
            .c = c,
            .step = {units[0].list[p->at[0]], units[1].list[p->at[1]]},
            .line = line,
            .is_of_conn = is_of_conn,
        };
        compare_facts(&l);
        if (!is_of_conn) {
            compare_time(&l);
        }
    }
}
