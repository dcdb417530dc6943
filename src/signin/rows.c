/*
 * The machine that runs the table of a flow over the exchanges of an attempt.  An exchange goes to
 * the first row of the table that takes its step.  A row stays open, so that more of the same joins
 * it, until something further down the table happens, its answer has become a row, or it has
 * registered or refused.  Good name look-ups and tunnels join the row that uses them.
 *
 *   exchange -> step (blocks) -> row (flow): alone, a part of it, or split in question and answer
 */
#include "signin/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "signin/exchange.h"
#include "signin/step.h"

#define NOWHERE ((size_t)-1)

/* One part of a row. */
struct part {
    size_t act;
    enum sgs_half half;
    struct part *next;
};

/* A row while it is put together. */
struct row {
    const struct sgs_flow_row *table; /* NULL: an exchange that no row takes */
    bool is_answer;
    struct part *first, **end;
    size_t n;
    size_t act;            /* what it is about: its first part that is no T */
    struct sgs_step fixed; /* of a row without traffic, whose first is NULL */
    const char *id;
    sgs_time key; /* it stands in order of this */
    size_t rank;  /* and then of this */
};

/* Where the attempt stands, as a row of the table sees it. */
struct mark {
    bool has_begun; /* the step was seen that it comes after */
    bool is_past;   /* the step was seen that it comes before */
};

struct machine {
    const struct sgs_flow *flow;
    const struct sgs_exchange *const *list;
    const struct sgs_step *acts;
    size_t n;
    struct sgs_arena *arena;
    struct row **rows; /* ours; the rows are the arena's */
    size_t n_rows;
    size_t room;
    struct row **open;    /* by line of the table; ours */
    struct part *pending; /* transport that nothing has used yet, in order */
    struct part **pending_end;
    struct mark *marks; /* by line of the table; ours */
    bool is_in;         /* registered */
};

/* look-ups */

static const char *name_of(const struct machine *m, size_t act)
{
    return m->list[act]->row->name;
}

static bool is_one_of(const char *const *patterns, const char *name)
{
    for (; *patterns; patterns++) {
        if (sgs_glob(*patterns, sgs_slice_str(name))) {
            return true;
        }
    }
    return false;
}

/* The line of the table that takes the act, or NOWHERE. */
static size_t line_of(const struct machine *m, size_t act)
{
    const char *name = m->is_in ? "R.other" : name_of(m, act);
    if (m->acts[act].effect == SGS_FX_SIGNED_OUT) {
        return NOWHERE;
    }
    for (size_t i = 0; i < m->flow->n_lines; i++) {
        const struct sgs_flow_row *r = &m->flow->lines[i].row;
        if (m->flow->lines[i].what == SGS_LINE_ROW &&
            (is_one_of(r->takes, name) || is_one_of(r->splits, name)) &&
            (!r->after || m->marks[i].has_begun) && !m->marks[i].is_past) {
            return i;
        }
    }
    return NOWHERE;
}

static bool is_transport(const struct machine *m, size_t act)
{
    return sgs_glob("T.*", sgs_slice_str(name_of(m, act)));
}

/* A name look-up or a tunnel that went well: a means of what follows. */
static bool is_means(const struct machine *m, size_t act)
{
    enum sgs_verdict v = m->acts[act].verdict;
    return is_transport(m, act) && (v == SGS_V_OK || v == SGS_V_EXPECTED) &&
           line_of(m, act) == NOWHERE;
}

/* putting together */

static struct row *new_row(struct machine *m, sgs_time key)
{
    struct row *r = sgs_arena_alloc(m->arena, sizeof *r);
    if (!r) {
        sgs_die("a sign-in table is full");
    }
    if (m->n_rows == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->rows = sgs_xrealloc(m->rows, m->room, sizeof(struct row *));
    }
    r->end = &r->first;
    r->key = key;
    r->rank = 2 * m->n_rows + 1; /* room for a row in front of it */
    m->rows[m->n_rows++] = r;
    return r;
}

static struct part *new_part(struct machine *m, size_t act, enum sgs_half half)
{
    struct part *p = sgs_arena_alloc(m->arena, sizeof *p);
    if (!p) {
        sgs_die("a sign-in table is full");
    }
    *p = (struct part){act, half, NULL};
    return p;
}

static void add(struct row *r, struct part *p)
{
    *r->end = p;
    r->end = &p->next;
    r->n++;
}

static void close_rows(struct machine *m, size_t below)
{
    for (size_t i = 0; i < below; i++) {
        m->open[i] = NULL;
    }
}

/* Moves what led to the host of the act to its row. */
static void use_means(struct machine *m, struct row *r, size_t act)
{
    struct part **link = &m->pending;
    while (*link) {
        struct part *p = *link;
        if (sgs_slice_ieq(m->list[p->act]->host, m->list[act]->host)) {
            *link = p->next;
            p->next = NULL;
            r->key = m->acts[p->act].time < r->key ? m->acts[p->act].time : r->key;
            add(r, p);
        } else {
            link = &p->next;
        }
    }
    m->pending_end = link;
}

/* An exchange that stands for itself; a connection that failed with the names that led to it. */
static void alone(struct machine *m, size_t act)
{
    struct row *r = new_row(m, m->acts[act].time);
    r->id = m->list[act]->row->id;
    r->act = act;
    if (is_transport(m, act)) {
        use_means(m, r, act);
    }
    add(r, new_part(m, act, SGS_WHOLE));
}

static void add_act(struct machine *m, struct row *r, size_t act, bool is_split)
{
    const struct sgs_exchange *x = m->list[act];
    if (is_split || (x->row->answer && !m->is_in)) {
        add(r, new_part(m, act, SGS_QUESTION));
        if (!is_split && x->rsp) {
            add(r, new_part(m, act, SGS_ANSWER));
        }
    } else {
        add(r, new_part(m, act, SGS_WHOLE));
    }
}

static void answer_row(struct machine *m, const struct sgs_flow_row *table, size_t act)
{
    const struct sgs_exchange *x = m->list[act];
    bool is_lost = !x->rsp && m->acts[act].verdict == SGS_V_UNSEEN;
    if (!x->rsp && !is_lost) {
        return;
    }
    struct row *r = new_row(m, x->rsp ? x->rsp->origin.time : m->acts[act].time);
    r->table = table;
    r->is_answer = true;
    r->id = table->answer;
    r->act = act;
    add(r, new_part(m, act, SGS_ANSWER));
}

/* What later acts must know of this one. */
static void remember(struct machine *m, size_t act)
{
    struct sgs_slice name = sgs_slice_str(name_of(m, act));
    for (size_t i = 0; i < m->flow->n_lines; i++) {
        const struct sgs_flow_row *r = &m->flow->lines[i].row;
        if (m->flow->lines[i].what == SGS_LINE_ROW) {
            m->marks[i].has_begun |= r->after && sgs_glob(r->after, name);
            m->marks[i].is_past |= r->until && sgs_glob(r->until, name);
        }
    }
    m->is_in |= m->acts[act].effect == SGS_FX_REGISTERED;
}

static void take(struct machine *m, size_t act)
{
    size_t line = line_of(m, act);
    enum sgs_effect effect = m->acts[act].effect;
    if (is_means(m, act)) {
        struct part *p = new_part(m, act, SGS_WHOLE);
        *m->pending_end = p;
        m->pending_end = &p->next;
        return;
    }
    if (line == NOWHERE) {
        alone(m, act);
        if (effect == SGS_FX_SIGNED_OUT) {
            close_rows(m, m->flow->n_lines);
        }
        return;
    }
    const struct sgs_flow_row *table = &m->flow->lines[line].row;
    bool is_split = table->answer && !m->is_in && is_one_of(table->splits, name_of(m, act));
    struct row *r = m->open[line];
    close_rows(m, line);
    if (!r) {
        r = new_row(m, m->acts[act].time);
        r->table = table;
        r->id = table->id;
        r->act = act;
    }
    if (m->list[act]->proto != SGS_P_DNS) {
        use_means(m, r, act);
    }
    add_act(m, r, act, is_split);
    bool is_done = is_split || effect == SGS_FX_REGISTERED || effect == SGS_FX_REFUSED;
    m->open[line] = is_done && !m->is_in ? NULL : r;
    if (is_split) {
        answer_row(m, table, act);
    }
}

/* rows that nothing on the wire stands for */

static struct row *in_front_of(struct machine *m, const struct row *r)
{
    struct row *x = new_row(m, r->key);
    x->rank = r->rank - 1;
    x->act = r->act;
    return x;
}

/* The first row of that id whose act lies from act low on and before act high, or NULL. */
static struct row *find_row(const struct machine *m, const char *id, size_t low, size_t high)
{
    for (size_t i = 0; i < m->n_rows; i++) {
        const struct row *r = m->rows[i];
        if (r->id && strcmp(r->id, id) == 0 && r->act >= low && r->act < high) {
            return m->rows[i];
        }
    }
    return NULL;
}

/* What the order of hosts tells stands where it began, behind what the capture had by then. */
static void add_phase(struct machine *m, const struct sgs_phase *p)
{
    struct row *r = new_row(m, p->step.time);
    r->id = p->step.id;
    r->act = p->act;
    while (r->act + 1 < m->n && m->acts[r->act + 1].time <= p->step.time) {
        r->act++;
    }
    r->fixed = p->step;
}

static bool has_act(const struct row *r, size_t act)
{
    const struct part *p = r->first;
    while (p && p->act != act) {
        p = p->next;
    }
    return p != NULL;
}

static void infer(struct machine *m, const struct sgs_flow_inferred *t)
{
    size_t n = m->n_rows;
    for (size_t i = 0; i < n; i++) {
        const struct row *r = m->rows[i];
        if (!r->first || !r->id || strcmp(r->id, t->before) != 0) {
            continue;
        }
        const struct sgs_step *act = &m->acts[r->act];
        struct row *x = in_front_of(m, r);
        x->id = t->id;
        x->fixed = (struct sgs_step){.title = sgs_slice_str(t->title),
                                     .stage = act->stage,
                                     .proto = "none",
                                     .time = r->key,
                                     .duration = SGS_TIME_NONE,
                                     .src = act->src,
                                     .dst = act->src,
                                     .transport = SGS_NO_TRANSPORT,
                                     .verdict = SGS_V_OK,
                                     .trust = SGS_INFERRED,
                                     .code = -1};
    }
}

/* Why the capture could not show a step with a host of that role before act; NULL: it could. */
static const char *blindness(const struct machine *m, const struct sgs_flow_need *t, size_t act)
{
    for (size_t i = 0; i < act; i++) {
        if (m->list[i]->role == t->role && m->acts[i].verdict == SGS_V_UNSEEN) {
            return "inside a connection that stayed closed";
        }
    }
    for (size_t i = 0; i <= act; i++) {
        const struct sgs_exchange *x = m->list[i];
        bool is_late = (!t->after && x->is_joined) || !x->req;
        if (x->proto == t->proto && (is_late || (i < act && x->has_gap))) {
            return "before the capture began, or in frames that it lacks";
        }
    }
    return NULL;
}

static void need(struct machine *m, const struct sgs_flow_need *t)
{
    size_t high = 0;
    size_t low = 0;
    while (high < m->n && !sgs_glob(t->before, sgs_slice_str(name_of(m, high)))) {
        high++;
    }
    if (high == m->n) {
        return;
    }
    if (t->after) {
        while (low < high && !(sgs_glob(t->after, sgs_slice_str(name_of(m, low))) &&
                               m->acts[low].effect == t->effect)) {
            low++;
        }
        if (low == high) {
            return;
        }
    }
    const char *why = blindness(m, t, high);
    struct row *behind = NULL;
    for (size_t i = 0; i < m->n_rows && !behind; i++) {
        behind = has_act(m->rows[i], high) ? m->rows[i] : NULL;
    }
    if (!behind || find_row(m, t->id, low, high + 1) || (t->how == SGS_NEED_IF_BLIND && !why)) {
        return;
    }
    const struct sgs_step *act = &m->acts[high];
    struct row *x = in_front_of(m, behind);
    x->id = t->id;
    x->fixed = (struct sgs_step){
        .title = sgs_slice_str(t->title),
        .stage = t->stage,
        .proto = sgs_proto_name(t->proto),
        .time = SGS_TIME_NONE,
        .duration = SGS_TIME_NONE,
        .src = act->src,
        .transport = SGS_NO_TRANSPORT,
        .verdict = why ? SGS_V_UNSEEN : SGS_V_MISSING,
        .trust = SGS_INFERRED,
        .note =
            sgs_slice_str(why ? why : "what follows needs it, yet the capture does not have it"),
        .code = -1};
}

/* rows as steps */

static struct sgs_step show_part(const struct machine *m, const struct part *p)
{
    const struct sgs_exchange *x = m->list[p->act];
    const struct sgs_step *act = &m->acts[p->act];
    struct sgs_step s = *act;
    switch (p->half) {
    case SGS_WHOLE:
        s.id = x->row->id;
        break;
    case SGS_QUESTION:
        s = sgs_step_question(act, x, m->arena);
        s.id = x->row->id;
        break;
    case SGS_ANSWER:
        s = sgs_step_answer(act, x, m->arena);
        s.id = x->row->answer;
        break;
    }
    return s;
}

static enum sgs_shows shows(const struct row *r)
{
    return r->table ? r->table->shows : SGS_SHOWS_LAST;
}

/* The first part with that verdict, or n. */
static size_t first_that_is(const struct sgs_step *parts, size_t n, enum sgs_verdict verdict)
{
    size_t i = 0;
    while (i < n && parts[i].verdict != verdict) {
        i++;
    }
    return i;
}

/* The part whose words a row of several shows. */
static size_t spokesman(const struct row *r, const struct sgs_step *parts)
{
    size_t good = first_that_is(parts, r->n, SGS_V_OK);
    size_t bad = first_that_is(parts, r->n, SGS_V_FAILED);
    switch (shows(r)) {
    case SGS_SHOWS_LAST:
        break;
    case SGS_SHOWS_BEST:
        return good < r->n ? good : bad < r->n ? bad : r->n - 1;
    case SGS_SHOWS_WORST:
        return bad < r->n ? bad : 0;
    }
    return r->n - 1;
}

static void merge_numbers(struct sgs_step *s, const struct sgs_step *parts, size_t n,
                          struct sgs_arena *a)
{
    size_t n_frames = 0;
    size_t n_events = 0;
    for (size_t i = 0; i < n; i++) {
        n_frames += parts[i].n_frames;
        n_events += parts[i].n_events;
    }
    uint64_t *frames = sgs_arena_array(a, n_frames + 1, sizeof *frames);
    uint64_t *events = sgs_arena_array(a, n_events + 1, sizeof *events);
    s->n_frames = 0;
    s->n_events = 0;
    if (!frames || !events) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < parts[i].n_frames; j++) {
            frames[s->n_frames++] = parts[i].frames[j];
        }
        for (size_t j = 0; j < parts[i].n_events; j++) {
            events[s->n_events++] = parts[i].events[j];
        }
    }
    s->frames = frames;
    s->events = events;
    s->n_frames = sgs_numbers_tidy(frames, s->n_frames);
    s->n_events = sgs_numbers_tidy(events, s->n_events);
}

/* From the first octet of the first part to the last octet of the last answer. */
static sgs_time span(const struct machine *m, const struct row *r, sgs_time start)
{
    sgs_time end = SGS_TIME_NONE;
    for (const struct part *p = r->first; p; p = p->next) {
        const struct sgs_event *rsp = p->half != SGS_QUESTION ? m->list[p->act]->rsp : NULL;
        if (rsp && rsp->origin.time_last > end) {
            end = rsp->origin.time_last;
        }
    }
    return end == SGS_TIME_NONE || start == SGS_TIME_NONE ? SGS_TIME_NONE : end - start;
}

/* The certificate that was shown in a part of the row that does not speak for it. */
static struct sgs_slice certificate_in(const struct machine *m, const struct row *r, size_t spoken)
{
    struct sgs_slice last = {NULL, 0};
    for (const struct part *p = r->first; p; p = p->next) {
        bool is_asked = p->act != spoken && p->half != SGS_ANSWER;
        struct sgs_slice shown = is_asked ? sgs_step_certificate(m->list[p->act], m->arena)
                                          : (struct sgs_slice){NULL, 0};
        last = shown.len > 0 ? sgs_step_join(shown, m->acts[p->act].shown, m->arena) : last;
    }
    return last;
}

/* A row of several parts: one of them speaks for it, all of them prove it. */
static struct sgs_step show_many(const struct machine *m, const struct row *r)
{
    struct sgs_step *parts = sgs_arena_array(m->arena, r->n, sizeof *parts);
    if (!parts) {
        sgs_die("a sign-in table is full");
    }
    const struct part **from = sgs_xmalloc(r->n * sizeof(const struct part *));
    size_t n = 0;
    for (const struct part *p = r->first; p; p = p->next) {
        from[n] = p;
        parts[n++] = show_part(m, p);
    }
    size_t i = spokesman(r, parts);
    struct sgs_step s = parts[i];
    if (from[i]->half == SGS_ANSWER) {
        s = m->acts[from[i]->act];
    }
    if (from[n - 1]->half != SGS_QUESTION || shows(r) != SGS_SHOWS_LAST) {
        s.duration = span(m, r, parts[0].time);
    }
    size_t spoken = from[i]->act;
    free((void *)from);
    merge_numbers(&s, parts, n, m->arena);
    s.time = parts[0].time;
    s.parts = parts;
    s.n_parts = n;
    if (shows(r) == SGS_SHOWS_WORST && s.verdict != SGS_V_FAILED) {
        s.request = (struct sgs_slice){NULL, 0};
        s.response = s.request;
        s.note = s.request;
        s.verdict = SGS_V_OK;
    }
    s.note = sgs_step_join(s.note, certificate_in(m, r, spoken), m->arena);
    return s;
}

static struct sgs_step show(const struct machine *m, const struct row *r)
{
    if (!r->first) {
        struct sgs_step s = r->fixed;
        s.id = r->id;
        return s;
    }
    struct sgs_step s = r->n > 1 ? show_many(m, r) : show_part(m, r->first);
    s.id = r->id;
    if (r->table) {
        s.title = sgs_slice_str(r->is_answer ? r->table->answer_title : r->table->title);
    }
    return s;
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a;
    const struct row *y = *(const struct row *const *)b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->rank > y->rank) - (x->rank < y->rank);
}

size_t sgs_rows_make(const struct sgs_flow *flow, const struct sgs_exchange *const *list,
                     const struct sgs_step *acts, size_t n, const struct sgs_phase *phases,
                     size_t n_phases, struct sgs_arena *a, struct sgs_step **out)
{
    struct machine m = {.flow = flow, .list = list, .acts = acts, .n = n, .arena = a};
    m.open = sgs_xcalloc(flow->n_lines, sizeof(struct row *));
    m.marks = sgs_xcalloc(flow->n_lines, sizeof *m.marks);
    m.pending_end = &m.pending;
    for (size_t i = 0; i < n; i++) {
        take(&m, i);
        remember(&m, i);
    }
    while (m.pending) {
        const struct part *p = m.pending;
        m.pending = p->next;
        alone(&m, p->act);
    }
    for (size_t i = 0; i < n_phases; i++) {
        add_phase(&m, &phases[i]);
    }
    for (size_t i = 0; i < flow->n_lines; i++) {
        if (flow->lines[i].what == SGS_LINE_INFERRED) {
            infer(&m, &flow->lines[i].inferred);
        } else if (flow->lines[i].what == SGS_LINE_NEED) {
            need(&m, &flow->lines[i].need);
        }
    }
    if (m.n_rows > 1) {
        qsort(m.rows, m.n_rows, sizeof(struct row *), by_time);
    }
    struct sgs_step *steps = sgs_arena_array(a, m.n_rows ? m.n_rows : 1, sizeof *steps);
    for (size_t i = 0; steps && i < m.n_rows; i++) {
        steps[i] = show(&m, m.rows[i]);
    }
    free((void *)m.rows);
    free((void *)m.open);
    free(m.marks);
    *out = steps;
    return steps ? m.n_rows : 0;
}
