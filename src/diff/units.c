/*
 * Steps are the same when the table of their flow calls them so: by id within one flow, by the name
 * of what they are made of otherwise.  Of several with one id those that asked the same fit best.
 */
#include "diff/units.h"

#include <string.h>

#include <signscope/buf.h>

#include "base/mem.h"
#include "diff/collect.h"

#define MAX_ASKED 4096 /* octets of what was asked that count */

/* points */
#define FITS 4u       /* the table calls them the same */
#define SAME_START 3u /* they begin with the same message */
#define SAME_ASKED 2u /* the same was asked of the same host */
#define SAME_ID 1u    /* their ids are the same, too */

static bool is_equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* The host, and what was asked of it, without what follows a question mark. */
static struct sgs_slice asked_of(const struct sgs_step *s, const struct sgs_same *same,
                                 unsigned side, struct sgs_arena *a)
{
    struct sgs_slice request = sgs_slice_head(s->request, sgs_slice_chr(s->request, '?'));
    struct sgs_buf b;

    sgs_buf_init(&b, MAX_ASKED);
    sgs_same_put(same, side, s->host, &b);
    sgs_buf_add_octet(&b, ' ');
    sgs_same_put(same, side, sgs_slice_head(request, MAX_ASKED / 2), &b);
    struct sgs_slice asked = sgs_arena_copy(a, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    return asked;
}

static struct sgs_units finish(const struct sgs_step **list, size_t n, const struct sgs_same *same,
                               unsigned side, struct sgs_arena *a)
{
    struct sgs_slice *asked = sgs_arena_array(a, n, sizeof *asked);

    if (!asked) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < n; i++) {
        asked[i] = asked_of(list[i], same, side, a);
    }
    return (struct sgs_units){.list = list, .asked = asked, .n = n};
}

/* exchanges out of rows */

/* One exchange, whose halves may be in two rows. */
static void add_half(struct sgs_step *whole, const struct sgs_step *half, struct sgs_arena *a)
{
    size_t n = whole->n_details + half->n_details;
    struct sgs_detail *details = sgs_arena_array(a, n, sizeof *details);
    uint64_t *frames = sgs_arena_array(a, whole->n_frames + half->n_frames, sizeof *frames);

    if (!details || !frames) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < n; i++) {
        details[i] = i < whole->n_details ? whole->details[i] : half->details[i - whole->n_details];
    }
    for (size_t i = 0; i < whole->n_frames; i++) {
        frames[i] = whole->frames[i];
    }
    for (size_t i = 0; i < half->n_frames; i++) {
        frames[whole->n_frames + i] = half->frames[i];
    }
    whole->details = details;
    whole->n_details = n;
    whole->frames = frames;
    whole->n_frames += half->n_frames;
    whole->response = half->response;
    whole->verdict = half->verdict;
    whole->duration = half->duration;
    whole->status = half->status;
    whole->code = half->code;
    whole->note = half->note;
}

struct leaves {
    const struct sgs_attempt *at;
    struct sgs_arena *arena;
    struct sgs_step **by_act; /* what was made of each act, from 1 */
    const struct sgs_step **list;
    size_t n;
};

static void add_leaf(struct leaves *l, const struct sgs_step *s)
{
    struct sgs_step *whole = s->act ? l->by_act[s->act] : NULL;

    if (whole) {
        add_half(whole, s, l->arena);
        return;
    }
    if (s->act == 0 && s->verdict == SGS_V_OK) {
        return; /* what no message stands for belongs to its flow */
    }
    whole = sgs_arena_alloc(l->arena, sizeof *whole);
    if (!whole) {
        sgs_die("a sign-in is too large to be compared");
    }
    *whole = *s;
    if (s->act) {
        l->by_act[s->act] = whole;
    }
    l->list[l->n++] = whole;
}

/* f(l, leaf) for each; returns their number and the highest act. */
static size_t walk(struct leaves *l, void (*f)(struct leaves *, const struct sgs_step *),
                   size_t *out_most)
{
    size_t n = 0;
    size_t most = 0;

    for (size_t i = 0; i < l->at->n_steps; i++) {
        const struct sgs_step *s = &l->at->steps[i];
        for (size_t j = 0; !sgs_diff_is_conn(s) && j < (s->n_parts ? s->n_parts : 1); j++) {
            const struct sgs_step *leaf = s->n_parts ? &s->parts[j] : s;
            most = leaf->act > most ? leaf->act : most;
            n++;
            if (f) {
                f(l, leaf);
            }
        }
    }
    *out_most = most;
    return n;
}

static const struct sgs_step **make_acts(const struct sgs_attempt *at, struct sgs_arena *a,
                                         size_t *out_n)
{
    struct leaves l = {.at = at, .arena = a};
    size_t most = 0;
    size_t n = walk(&l, NULL, &most);

    l.by_act = sgs_arena_array(a, most + 1, sizeof(struct sgs_step *));
    l.list = sgs_arena_array(a, n, sizeof(const struct sgs_step *));
    if (!l.by_act || !l.list) {
        sgs_die("a sign-in is too large to be compared");
    }
    (void)walk(&l, add_leaf, &most);
    *out_n = l.n;
    return l.list;
}

/* the three kinds */

struct sgs_units sgs_units_make(const struct sgs_attempt *at, enum sgs_unit_kind kind,
                                const struct sgs_same *same, unsigned side, struct sgs_arena *a)
{
    const struct sgs_step **list = NULL;
    size_t n = 0;

    if (kind == SGS_UNIT_ACTS) {
        list = make_acts(at, a, &n);
        return finish(list, n, same, side, a);
    }
    list = sgs_arena_array(a, at->n_steps, sizeof(const struct sgs_step *));
    if (!list) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < at->n_steps; i++) {
        if (sgs_diff_is_conn(&at->steps[i]) == (kind == SGS_UNIT_CONNS)) {
            list[n++] = &at->steps[i];
        }
    }
    struct sgs_units units = finish(list, n, same, side, a);
    units.by_id = kind == SGS_UNIT_ROWS;
    return units;
}

struct sgs_units sgs_units_parts(const struct sgs_step *row, const struct sgs_same *same,
                                 unsigned side, struct sgs_arena *a)
{
    size_t n = row->n_parts ? row->n_parts : 1;
    const struct sgs_step **list = sgs_arena_array(a, n, sizeof(const struct sgs_step *));

    if (!list) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < n; i++) {
        list[i] = row->n_parts ? &row->parts[i] : row;
    }
    return finish(list, n, same, side, a);
}

/* alignment */

struct pair {
    const struct sgs_units *units[2];
};

/* An id of a table; T is said of all that connects. */
static bool has_id(const struct sgs_step *s)
{
    return s->id && !is_equal(s->id, "T");
}

static bool is_called_alike(const struct sgs_step *a, const struct sgs_step *b, bool by_id)
{
    if (by_id && (has_id(a) || has_id(b))) {
        return has_id(a) && is_equal(a->id, b->id);
    }
    return is_equal(a->name, b->name) && a->is_answer == b->is_answer;
}

/* What the first message is called that is more than a means. */
static const char *start_of(const struct sgs_step *s)
{
    for (size_t i = 0; i < s->n_parts; i++) {
        if (s->parts[i].name && strncmp(s->parts[i].name, "T.", 2) != 0) {
            return s->parts[i].name;
        }
    }
    return s->name;
}

/* A connection whose host has no role that is known: its name tells. */
static bool is_of_any(const struct sgs_step *s)
{
    return is_equal(s->name, "conn.any") || is_equal(s->name, "conn.none");
}

/* Names that clients ask for one after the other are different questions. */
static bool is_discovery(const struct sgs_step *s)
{
    return is_equal(s->proto, "dns") && s->n_parts == 0 && s->name &&
           strncmp(s->name, "T.", 2) != 0;
}

static unsigned score(void *ctx, size_t i, size_t j)
{
    const struct pair *p = ctx;
    const struct sgs_step *a = p->units[0]->list[i];
    const struct sgs_step *b = p->units[1]->list[j];
    bool is_same_asked = sgs_slice_eq(p->units[0]->asked[i], p->units[1]->asked[j]);
    bool is_alike = is_called_alike(a, b, p->units[0]->by_id);
    bool is_by_asked = is_of_any(a) || is_of_any(b);

    if (is_by_asked ? !is_same_asked : !is_alike || (is_discovery(a) && !is_same_asked)) {
        return 0;
    }
    return FITS + (is_equal(start_of(a), start_of(b)) ? SAME_START : 0u) +
           (is_same_asked ? SAME_ASKED : 0u) + (is_equal(a->id, b->id) ? SAME_ID : 0u);
}

size_t sgs_units_align(const struct sgs_units *good, const struct sgs_units *bad,
                       struct sgs_arena *a, struct sgs_aligned **out)
{
    struct pair p = {
        {good, bad}
    };

    *out = sgs_arena_array(a, good->n + bad->n, sizeof **out);
    if (!*out) {
        sgs_die("a sign-in is too large to be compared");
    }
    return sgs_align(good->n, bad->n, score, &p, *out);
}
