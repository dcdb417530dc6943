/*
 * Events: the catalogue's names, building (struct sgs_draft), reading and copying.  A draft owns
 * one arena; lists and objects grow in it by doubling, so building stays linear.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/codec.h>
#include <signscope/event.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "timeline/draft.h"

static const char *const kind_names[] = {
#define EVENT(id, kind, meaning) kind,
#include <signscope/events.def>
#undef EVENT
};

static const struct {
    const char *name;
    enum sgs_type type;
} fields[] = {
#define FIELD(id, name, type, flags, meaning) {name, SGS_T_##type},
#include <signscope/fields.def>
#undef FIELD
};

const char *sgs_kind_name(enum sgs_kind kind)
{
    return kind_names[kind];
}

const char *sgs_field_name(enum sgs_field_id id)
{
    return fields[id].name;
}

enum sgs_type sgs_field_type(enum sgs_field_id id)
{
    return fields[id].type;
}

const char *sgs_trust_name(enum sgs_trust trust)
{
    static const char *const names[] = {"clear", "decrypted", "inferred", "log"};
    return names[trust];
}

enum sgs_kind sgs_kind_find(struct sgs_slice name)
{
    for (size_t i = 0; i < SGS_N_KINDS; i++) {
        if (sgs_slice_eq(name, sgs_slice_str(kind_names[i]))) {
            return (enum sgs_kind)i;
        }
    }
    return SGS_N_KINDS;
}

const struct sgs_value *sgs_event_get(const struct sgs_event *ev, enum sgs_field_id id)
{
    for (size_t i = 0; i < ev->n_values; i++) {
        if (ev->values[i].id == id) {
            return &ev->values[i];
        }
    }
    return NULL;
}

struct sgs_slice sgs_event_text(const struct sgs_event *ev, enum sgs_field_id id)
{
    const struct sgs_value *v = sgs_event_get(ev, id);
    return v && v->type == SGS_T_TEXT ? v->text : (struct sgs_slice){NULL, 0};
}

int64_t sgs_event_int(const struct sgs_event *ev, enum sgs_field_id id, int64_t fallback)
{
    const struct sgs_value *v = sgs_event_get(ev, id);
    return v ? v->number : fallback;
}

static const struct sgs_member *member(const struct sgs_event *ev, enum sgs_field_id id,
                                       const char *name)
{
    const struct sgs_value *v = sgs_event_get(ev, id);
    if (!v || v->type != SGS_T_MAP || v->n == 0) {
        return NULL;
    }
    for (size_t i = 0; i < v->rows[0].n; i++) {
        if (sgs_slice_eq(v->rows[0].members[i].name, sgs_slice_str(name))) {
            return &v->rows[0].members[i];
        }
    }
    return NULL;
}

struct sgs_slice sgs_event_member(const struct sgs_event *ev, enum sgs_field_id id,
                                  const char *name)
{
    const struct sgs_member *m = member(ev, id, name);
    return m ? m->text : (struct sgs_slice){NULL, 0};
}

int64_t sgs_event_member_number(const struct sgs_event *ev, enum sgs_field_id id, const char *name,
                                int64_t fallback)
{
    const struct sgs_member *m = member(ev, id, name);
    return m && !m->text.ptr ? m->number : fallback;
}

struct sgs_draft *sgs_draft_new(enum sgs_kind kind)
{
    struct sgs_draft *d = sgs_xcalloc(1, sizeof *d);
    sgs_arena_init(&d->arena, SGS_MAX_EVENT);
    d->ev.kind = kind;
    return d;
}

void sgs_draft_free(struct sgs_draft *d)
{
    if (d) {
        sgs_arena_clear(&d->arena);
        free(d->values);
        free(d);
    }
}

void sgs_draft_renew(struct sgs_draft *d, enum sgs_kind kind)
{
    sgs_arena_reset(&d->arena);
    *d = (struct sgs_draft){
        .ev.kind = kind, .arena = d->arena, .values = d->values, .n_room = d->n_room};
}

const struct sgs_event *sgs_draft_seal(struct sgs_draft *d)
{
    d->ev.values = d->values;
    d->ev.n_values = d->n_values;
    return &d->ev;
}

/* The value of a field, made in its place when it is not there yet: values are in the order of the
 * catalogue, and most of them are asked for in that order.  Borrowed until the next one is made. */
static struct sgs_value *value(struct sgs_draft *d, enum sgs_field_id id)
{
    size_t at = d->n_values;

    while (at > 0 && d->values[at - 1].id > id) {
        at--;
    }
    if (at > 0 && d->values[at - 1].id == id) {
        return &d->values[at - 1];
    }
    if (d->n_values == d->n_room) {
        d->n_room = d->n_room ? 2 * d->n_room : 8;
        d->values = sgs_xrealloc(d->values, d->n_room, sizeof *d->values);
    }
    struct sgs_value *v = &d->values[at];
    if (at < d->n_values) {
        memmove(v + 1, v, (d->n_values - at) * sizeof *v);
    }
    d->n_values++;
    *v = (struct sgs_value){.id = id, .type = fields[id].type};
    return v;
}

static void drop_value(struct sgs_draft *d, const struct sgs_value *v)
{
    size_t i = (size_t)(v - d->values);
    d->n_values--;
    memmove(&d->values[i], &d->values[i + 1], (d->n_values - i) * sizeof *d->values);
}

/* A copy of text, cut at the cap but never inside a UTF-8 sequence. */
static struct sgs_slice keep(struct sgs_draft *d, struct sgs_slice text)
{
    if (text.len > SGS_MAX_EVENT_TEXT) {
        size_t len = SGS_MAX_EVENT_TEXT;
        for (size_t i = 0; i < 4 && len > 0 && (text.ptr[len] & 0xc0) == 0x80; i++) {
            len--;
        }
        text = sgs_slice_head(text, len);
    }
    return sgs_arena_copy(&d->arena, text);
}

void ev_text(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice text)
{
    if (!d || text.len == 0) {
        return;
    }
    assert(fields[id].type == SGS_T_TEXT);
    struct sgs_slice copy = keep(d, text);
    if (copy.len > 0) {
        value(d, id)->text = copy;
    }
}

void ev_str(struct sgs_draft *d, enum sgs_field_id id, const char *text)
{
    ev_text(d, id, sgs_slice_str(text));
}

static void number(struct sgs_draft *d, enum sgs_field_id id, enum sgs_type type, int64_t n)
{
    if (d) {
        assert(fields[id].type == type);
        value(d, id)->number = n;
    }
}

void ev_int(struct sgs_draft *d, enum sgs_field_id id, uint64_t n)
{
    number(d, id, SGS_T_INT, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

void ev_bool(struct sgs_draft *d, enum sgs_field_id id, bool yes)
{
    number(d, id, SGS_T_BOOL, yes);
}

void ev_ms(struct sgs_draft *d, enum sgs_field_id id, sgs_time duration_ns)
{
    if (duration_ns != SGS_TIME_NONE) {
        number(d, id, SGS_T_MS, duration_ns);
    }
}

void ev_time(struct sgs_draft *d, enum sgs_field_id id, sgs_time t)
{
    /* sgs_time_from saturates: a date of the year 9999 must not show as one of 2262. */
    const sgs_time limit = INT64_MAX / SGS_SEC * SGS_SEC;
    if (t > -limit && t < limit) {
        number(d, id, SGS_T_TIME, t);
    }
}

/* Room for one more element behind n: arrays double when n is 0 or a power of two. */
static void *grow(struct sgs_draft *d, void *old, size_t n, size_t size)
{
    if (n & (n - 1)) {
        return old;
    }
    void *bigger = sgs_arena_array(&d->arena, n ? 2 * n : 1, size);
    if (bigger && n) {
        memcpy(bigger, old, n * size);
    }
    return bigger;
}

void ev_item(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice text)
{
    if (!d || text.len == 0) {
        return;
    }
    assert(fields[id].type == SGS_T_TEXTS);
    struct sgs_value *v = value(d, id);
    struct sgs_slice copy = keep(d, text);
    struct sgs_slice *list =
        v->n < SGS_MAX_EVENT_ITEMS && copy.len ? grow(d, v->list, v->n, sizeof *list) : NULL;
    if (list) {
        list[v->n++] = copy;
        v->list = list;
    } else if (v->n == 0) {
        drop_value(d, v);
    }
}

void ev_row(struct sgs_draft *d, enum sgs_field_id id)
{
    if (!d) {
        return;
    }
    assert(fields[id].type == SGS_T_ROWS || fields[id].type == SGS_T_MAP);
    struct sgs_value *v = value(d, id);
    struct sgs_row *rows = v->n < SGS_MAX_EVENT_ITEMS ? grow(d, v->rows, v->n, sizeof *rows) : NULL;
    if (rows) {
        rows[v->n++] = (struct sgs_row){NULL, 0};
        v->rows = rows;
    } else if (v->n == 0) {
        drop_value(d, v);
    }
}

static void add_member(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice name,
                       struct sgs_slice text, int64_t n)
{
    if (!d || name.len == 0) {
        return;
    }
    const struct sgs_value *have = value(d, id);
    if (have->n == 0) {
        ev_row(d, id);
    }
    struct sgs_value *v = value(d, id);
    if (v->n == 0) {
        drop_value(d, v);
        return;
    }
    struct sgs_row *row = &v->rows[v->n - 1];
    struct sgs_slice copy = keep(d, name);
    struct sgs_member *members = row->n < SGS_MAX_EVENT_ITEMS && copy.len
                                     ? grow(d, row->members, row->n, sizeof *members)
                                     : NULL;
    if (members) {
        members[row->n++] = (struct sgs_member){copy, text, n};
        row->members = members;
    }
}

void ev_member(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice name,
               struct sgs_slice text)
{
    if (d && text.len > 0) {
        struct sgs_slice copy = keep(d, text);
        if (copy.len > 0) {
            add_member(d, id, name, copy, 0);
        }
    }
}

void ev_member_int(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice name, int64_t n)
{
    add_member(d, id, name, (struct sgs_slice){NULL, 0}, n);
}

/*
 * A copy is one block, because many are kept:
 *
 *   | event | values | items of lists | rows | members | octets |
 */
struct extent {
    size_t n_items;
    size_t n_rows;
    size_t n_members;
    size_t n_octets;
};

struct block {
    struct sgs_slice *items;
    struct sgs_row *rows;
    struct sgs_member *members;
    uint8_t *octets;
};

static void measure_value(struct extent *x, const struct sgs_value *v)
{
    x->n_octets += v->text.len;
    for (size_t i = 0; v->list && i < v->n; i++) {
        x->n_items++;
        x->n_octets += v->list[i].len;
    }
    for (size_t i = 0; v->rows && i < v->n; i++) {
        x->n_rows++;
        x->n_members += v->rows[i].n;
        for (size_t j = 0; j < v->rows[i].n; j++) {
            x->n_octets += v->rows[i].members[j].name.len + v->rows[i].members[j].text.len;
        }
    }
}

static struct sgs_slice put_octets(struct block *b, struct sgs_slice s)
{
    if (s.len == 0) {
        return (struct sgs_slice){NULL, 0};
    }
    struct sgs_slice copy = sgs_slice(memcpy(b->octets, s.ptr, s.len), s.len);
    b->octets += s.len;
    return copy;
}

static struct sgs_row put_row(struct block *b, const struct sgs_row *row)
{
    struct sgs_row copy = {b->members, row->n};
    b->members += row->n;
    for (size_t i = 0; i < row->n; i++) {
        const struct sgs_member *m = &row->members[i];
        copy.members[i] =
            (struct sgs_member){put_octets(b, m->name), put_octets(b, m->text), m->number};
    }
    return copy;
}

static struct sgs_value put_value(struct block *b, const struct sgs_value *v)
{
    struct sgs_value copy = *v;
    copy.text = put_octets(b, v->text);
    copy.list = v->list ? b->items : NULL;
    for (size_t i = 0; v->list && i < v->n; i++) {
        *b->items++ = put_octets(b, v->list[i]);
    }
    copy.rows = v->rows ? b->rows : NULL;
    b->rows += v->rows ? v->n : 0;
    for (size_t i = 0; v->rows && i < v->n; i++) {
        copy.rows[i] = put_row(b, &v->rows[i]);
    }
    return copy;
}

static struct extent measure_event(const struct sgs_event *ev)
{
    struct extent x = {.n_octets = ev->layers.len};
    for (size_t i = 0; i < ev->n_values; i++) {
        measure_value(&x, &ev->values[i]);
    }
    return x;
}

size_t sgs_event_size(const struct sgs_event *ev)
{
    struct extent x = measure_event(ev);
    return sizeof *ev + ev->n_values * sizeof *ev->values + x.n_items * sizeof(struct sgs_slice) +
           x.n_rows * sizeof(struct sgs_row) + x.n_members * sizeof(struct sgs_member) + x.n_octets;
}

struct sgs_event *sgs_event_copy(const struct sgs_event *ev)
{
    struct extent x = measure_event(ev);
    struct sgs_event *copy = sgs_xmalloc(sgs_event_size(ev));
    struct sgs_value *values = (struct sgs_value *)(copy + 1);
    struct block b = {.items = (struct sgs_slice *)(values + ev->n_values)};
    b.rows = (struct sgs_row *)(b.items + x.n_items);
    b.members = (struct sgs_member *)(b.rows + x.n_rows);
    b.octets = (uint8_t *)(b.members + x.n_members);
    *copy = *ev;
    copy->layers = put_octets(&b, ev->layers);
    copy->values = values;
    for (size_t i = 0; i < ev->n_values; i++) {
        values[i] = put_value(&b, &ev->values[i]);
    }
    return copy;
}

void sgs_event_free(struct sgs_event *ev)
{
    free(ev);
}
