/* One event as octets, and back, with every claim checked. */
#include "timeline/eventlog_event.h"

#include <string.h>

#include <signscope/limits.h>

#include "timeline/texts.h"

#define TIME_LIMIT (INT64_MAX / 2)                 /* ns, as of capture/: the year 2116 */
#define DATE_LIMIT (INT64_MAX / SGS_SEC * SGS_SEC) /* ns, as of ev_time */

/* The step from *last to n, which becomes *last; modulo 2^64. */
static void put_step(struct sgs_buf *b, uint64_t *last, uint64_t n)
{
    uint64_t step = n - *last;

    sgs_put_int(b, step <= INT64_MAX ? (int64_t)step : -(int64_t)~step - 1);
    *last = n;
}

static size_t uint_len(uint64_t n)
{
    size_t len = 1;

    for (; n >= 0x80; n >>= 7) {
        len++;
    }
    return len;
}

/* With texts elsewhere the lowest bit of a length tells that it is the number of one. */
static void put_text(struct sgs_buf *b, struct sgs_record_base *base, struct sgs_slice text)
{
    uint64_t len = (uint64_t)text.len << 1;

    if (!base->texts) {
        sgs_put_text(b, text);
        return;
    }
    uint64_t number = sgs_texts_number(base->texts, text, base->owner);
    if (number == 0) {
        sgs_put_uint(b, len);
        sgs_buf_add(b, text);
        return;
    }
    number = number << 1 | 1;
    sgs_put_uint(b, number);
    base->shared += text.len + uint_len(len) - uint_len(number);
}

static void put_addr(struct sgs_buf *b, const struct sgs_addr *a)
{
    sgs_put_text(b, sgs_slice(a->ip, a->len));
    sgs_put_uint(b, a->port);
}

static void put_place(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_event *ev)
{
    uint64_t frame = ev->origin.frame;
    uint64_t time = (uint64_t)ev->origin.time;

    put_step(b, &base->id, ev->id);
    sgs_put_uint(b, ev->in ? ev->id - ev->in : 0);
    put_step(b, &base->frame, frame);
    put_step(b, &frame, ev->origin.frame_last);
    put_step(b, &base->time, time);
    put_step(b, &time, (uint64_t)ev->origin.time_last);
    sgs_put_uint(b, ev->origin.input);
    put_step(b, &base->input_frame, ev->origin.input_frame);
}

static void put_conversation(struct sgs_buf *b, struct sgs_record_base *base,
                             const struct sgs_event *ev)
{
    bool is_from = sgs_addr_eq(&ev->src, &ev->client);
    bool is_to = !is_from && sgs_addr_eq(&ev->dst, &ev->client);
    unsigned flags = (ev->dir == SGS_S2C ? SGS_RECORD_S2C : 0u) |
                     (unsigned)ev->trust << SGS_RECORD_TRUST |
                     (unsigned)ev->transport << SGS_RECORD_TRANSPORT |
                     (is_from ? SGS_RECORD_FROM_CLIENT : 0u) | (is_to ? SGS_RECORD_TO_CLIENT : 0u);

    sgs_buf_add_octet(b, (uint8_t)flags);
    sgs_put_uint(b, ev->conn);
    put_addr(b, &ev->src);
    put_addr(b, &ev->dst);
    if (!is_from && !is_to) {
        put_addr(b, &ev->client);
    }
    put_text(b, base, ev->layers);
}

/* A member is text when its first number, the length of the text, is not 0. */
static void put_row(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_row *row)
{
    sgs_put_uint(b, row->n);
    for (size_t i = 0; i < row->n; i++) {
        const struct sgs_member *m = &row->members[i];

        put_text(b, base, m->name);
        put_text(b, base, m->text);
        if (m->text.len == 0) {
            sgs_put_int(b, m->number);
        }
    }
}

static void put_value(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_value *v)
{
    sgs_put_uint(b, (uint64_t)v->id);
    switch (v->type) {
    case SGS_T_TEXT:
        put_text(b, base, v->text);
        break;
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
        sgs_put_int(b, v->number);
        break;
    case SGS_T_TEXTS:
        sgs_put_uint(b, v->n);
        for (size_t i = 0; i < v->n; i++) {
            put_text(b, base, v->list[i]);
        }
        break;
    case SGS_T_MAP:
    case SGS_T_ROWS:
        sgs_put_uint(b, v->n);
        for (size_t i = 0; i < v->n; i++) {
            put_row(b, base, &v->rows[i]);
        }
        break;
    }
}

void sgs_pack_event(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_event *ev)
{
    sgs_put_uint(b, (uint64_t)ev->kind);
    put_place(b, base, ev);
    put_conversation(b, base, ev);
    sgs_put_uint(b, ev->n_values);
    for (size_t i = 0; i < ev->n_values; i++) {
        put_value(b, base, &ev->values[i]);
    }
}

/* and back */

/* What is read, and where its arrays go. */
struct get {
    struct sgs_reader *r;
    struct sgs_arena *arena;
    const struct sgs_texts *texts;
};

bool sgs_is_event_time(sgs_time t)
{
    return t >= -TIME_LIMIT && t <= TIME_LIMIT;
}

/* From *last, which moves, modulo 2^64. */
static uint64_t get_step(struct sgs_reader *r, uint64_t *last)
{
    *last += (uint64_t)sgs_get_int(r);
    return *last;
}

/* A number up to max. */
static uint64_t get_upto(struct sgs_reader *r, uint64_t max)
{
    uint64_t n = sgs_get_uint(r);

    r->bad |= n > max;
    return r->bad ? 0 : n;
}

/* The times as they lie in 64 bits. */
static sgs_time as_time(uint64_t n)
{
    return n <= INT64_MAX ? (sgs_time)n : -(sgs_time)~n - 1;
}

static struct sgs_slice get_text(struct get *g)
{
    if (!g->texts) {
        return sgs_get_text(g->r, SGS_MAX_EVENT_TEXT);
    }
    uint64_t n = sgs_get_uint(g->r);
    if (n & 1) {
        struct sgs_slice text = sgs_texts_get(g->texts, n >> 1);
        g->r->bad |= text.len == 0;
        return text;
    }
    return rd_take(g->r, (size_t)(n >> 1));
}

static struct sgs_addr get_addr(struct sgs_reader *r)
{
    struct sgs_addr a = {.len = 0};
    struct sgs_slice ip = sgs_get_text(r, sizeof a.ip);

    a.len = (uint8_t)ip.len;
    a.port = (uint16_t)get_upto(r, UINT16_MAX);
    r->bad |= ip.len != 0 && ip.len != 4 && ip.len != 16;
    if (ip.len > 0) {
        memcpy(a.ip, ip.ptr, ip.len);
    }
    return a;
}

static void get_place(struct sgs_reader *r, struct sgs_record_base *base, struct sgs_event *ev)
{
    uint64_t back = 0;
    uint64_t frame = 0;
    uint64_t time = 0;

    ev->id = get_step(r, &base->id);
    back = sgs_get_uint(r);
    ev->in = back ? ev->id - back : 0;
    r->bad |= back >= ev->id;
    ev->origin.frame = frame = get_step(r, &base->frame);
    ev->origin.frame_last = get_step(r, &frame);
    time = get_step(r, &base->time);
    ev->origin.time = as_time(time);
    ev->origin.time_last = as_time(get_step(r, &time));
    r->bad |= !sgs_is_event_time(ev->origin.time) || !sgs_is_event_time(ev->origin.time_last);
    ev->origin.input = (uint32_t)get_upto(r, SGS_MAX_INPUTS);
    ev->origin.input_frame = get_step(r, &base->input_frame);
}

static void get_conversation(struct get *g, struct sgs_event *ev)
{
    struct sgs_reader *r = g->r;
    unsigned flags = rd_u8(r);
    unsigned transport = flags >> SGS_RECORD_TRANSPORT & 3;
    bool is_from = flags & SGS_RECORD_FROM_CLIENT;
    bool is_to = flags & SGS_RECORD_TO_CLIENT;

    r->bad |= transport > SGS_UDP || (is_from && is_to) || flags > 127;
    ev->dir = flags & SGS_RECORD_S2C ? SGS_S2C : SGS_C2S;
    ev->trust = (enum sgs_trust)(flags >> SGS_RECORD_TRUST & 3);
    ev->transport = r->bad ? SGS_NO_TRANSPORT : (enum sgs_transport)transport;
    ev->conn = (uint32_t)get_upto(r, UINT32_MAX);
    ev->src = get_addr(r);
    ev->dst = get_addr(r);
    ev->client = is_from ? ev->src : is_to ? ev->dst : get_addr(r);
    ev->layers = get_text(g);
}

/* Room for n elements, which may not be more than one value holds. */
static void *get_array(struct get *g, uint64_t n, size_t size)
{
    void *array =
        n <= SGS_MAX_EVENT_ITEMS && !g->r->bad ? sgs_arena_array(g->arena, (size_t)n, size) : NULL;

    g->r->bad |= !array;
    return array;
}

static struct sgs_slice get_filled(struct get *g)
{
    struct sgs_slice text = get_text(g);

    g->r->bad |= text.len == 0;
    return text;
}

static void get_row(struct get *g, struct sgs_row *row)
{
    uint64_t n = sgs_get_uint(g->r);

    row->members = n > 0 ? get_array(g, n, sizeof *row->members) : NULL;
    for (size_t i = 0; i < n && !g->r->bad; i++) {
        struct sgs_member *m = &row->members[i];

        m->name = get_filled(g);
        m->text = get_text(g);
        if (m->text.len == 0) {
            m->text.ptr = NULL;
            m->number = sgs_get_int(g->r);
        }
        row->n = i + 1;
    }
}

static void get_number(struct sgs_reader *r, struct sgs_value *v)
{
    int64_t n = sgs_get_int(r);

    v->number = n;
    r->bad |= (v->type == SGS_T_INT && n < 0) || (v->type == SGS_T_BOOL && n != 0 && n != 1) ||
              (v->type == SGS_T_MS && n == SGS_TIME_NONE) ||
              (v->type == SGS_T_TIME && (n <= -DATE_LIMIT || n >= DATE_LIMIT));
}

/* A MAP has one row, the others have one item or more. */
static void get_items(struct get *g, struct sgs_value *v)
{
    uint64_t n = sgs_get_uint(g->r);

    g->r->bad |= n == 0 || (v->type == SGS_T_MAP && n != 1);
    if (v->type == SGS_T_TEXTS) {
        v->list = get_array(g, n, sizeof *v->list);
    } else {
        v->rows = get_array(g, n, sizeof *v->rows);
    }
    for (size_t i = 0; i < n && !g->r->bad; i++) {
        if (v->list) {
            v->list[i] = get_filled(g);
        } else {
            get_row(g, &v->rows[i]);
        }
        v->n = i + 1;
    }
}

static void get_value(struct get *g, struct sgs_value *v)
{
    v->id = (enum sgs_field_id)get_upto(g->r, SGS_N_FIELDS - 1);
    v->type = sgs_field_type(v->id);
    switch (v->type) {
    case SGS_T_TEXT:
        v->text = get_filled(g);
        break;
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
        get_number(g->r, v);
        break;
    case SGS_T_TEXTS:
    case SGS_T_MAP:
    case SGS_T_ROWS:
        get_items(g, v);
        break;
    }
}

bool sgs_unpack_event(struct sgs_reader *r, struct sgs_record_base *base, struct sgs_arena *arena,
                      struct sgs_event *out)
{
    struct get g = {r, arena, base->texts};
    struct sgs_value *values = NULL;

    memset(out, 0, sizeof *out);
    out->kind = (enum sgs_kind)get_upto(r, SGS_N_KINDS - 1);
    get_place(r, base, out);
    get_conversation(&g, out);
    out->n_values = (size_t)get_upto(r, SGS_N_FIELDS);
    values = get_array(&g, out->n_values, sizeof *values);
    for (size_t i = 0; i < out->n_values && !r->bad; i++) {
        get_value(&g, &values[i]);
        r->bad |= i > 0 && values[i].id <= values[i - 1].id;
    }
    out->values = values;
    return rd_ok(r);
}
