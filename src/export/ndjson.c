/*
 * One event a line, as a JSON object with members in a fixed order: what it is, when and where it
 * was, then its fields in the order of fields.def.  What is not known is absent.
 */
#include "export/forms.h"

#include <string.h>

#include <signscope/limits.h>

#include "base/decimal.h"
#include "base/json_write.h"
#include "export/report.h"

#define USUAL_LINE 1000 /* octets for which there is room from the start */

enum { SECRET = 1 }; /* the flag of fields.def: such a value never leaves the program */

#define NAME_ROOM 32 /* octets: a copy of so many is two instructions, that of a length a call */

static const struct {
    char name[NAME_ROOM]; /* with quotes and colon */
    uint8_t len;          /* of these, octets */
    uint8_t flags;
} rows[] = {
#define FIELD(id, name, type, flags, meaning)                                                      \
    [SGS_F_##id] = {"\"" name "\":", sizeof("\"" name "\":") - 1, (flags)},
#include <signscope/fields.def>
#undef FIELD
};

static void field_name(struct sgs_jw *w, enum sgs_field_id id)
{
    uint8_t *to = sgs_jw_room(w, NAME_ROOM);

    w->has_value = false;
    if (to) {
        memcpy(to, rows[id].name, NAME_ROOM);
        sgs_jw_wrote(w, to + rows[id].len);
    }
}

/* Addresses written lately: a conversation has many events. */
#define N_WRITTEN 64

static _Thread_local struct written {
    struct sgs_addr addr; /* len 0: the row is free */
    uint8_t len;          /* octets of text */
    char text[SGS_ADDR_TEXT_LEN];
} written[N_WRITTEN];

static struct sgs_slice addr_text(const struct sgs_addr *a)
{
    struct written *row = &written[(a->ip[a->len - 1] ^ a->port) % N_WRITTEN];

    if (!sgs_addr_eq(&row->addr, a)) {
        row->addr = *a;
        row->len = (uint8_t)(sgs_addr_text(a, row->text) - row->text);
    }
    return sgs_slice(row->text, row->len);
}

static void member_addr(struct sgs_jw *w, const char *name, const struct sgs_addr *a)
{
    if (a->len > 0) {
        sgs_jw_member_plain(w, name, addr_text(a));
    }
}

/* A name that stood before in the same object is left out: readers would see one of them only. */
static bool is_repeated(const struct sgs_row *row, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (sgs_slice_eq(row->members[j].name, row->members[i].name)) {
            return true;
        }
    }
    return false;
}

static void object(struct sgs_jw *w, const struct sgs_row *row)
{
    sgs_jw_object(w);
    for (size_t i = 0; i < row->n; i++) {
        const struct sgs_member *m = &row->members[i];

        if (is_repeated(row, i)) {
            continue;
        }
        sgs_jw_name_slice(w, m->name);
        if (m->text.ptr) {
            sgs_jw_text(w, m->text);
        } else {
            sgs_jw_int(w, m->number);
        }
    }
    sgs_jw_object_end(w);
}

static void date(struct sgs_jw *w, sgs_time t)
{
    char text[SGS_TIME_TEXT_LEN];

    if (t % SGS_SEC != 0) {
        sgs_jw_time(w, t);
        return;
    }
    sgs_time_rfc3339_s(t, text);
    sgs_jw_str(w, text);
}

static void texts(struct sgs_jw *w, const struct sgs_value *v)
{
    sgs_jw_list(w);
    for (size_t i = 0; i < v->n; i++) {
        sgs_jw_text(w, v->list[i]);
    }
    sgs_jw_list_end(w);
}

static void objects(struct sgs_jw *w, const struct sgs_value *v)
{
    sgs_jw_list(w);
    for (size_t i = 0; i < v->n; i++) {
        object(w, &v->rows[i]);
    }
    sgs_jw_list_end(w);
}

static void value(struct sgs_jw *w, const struct sgs_value *v)
{
    switch (v->type) {
    case SGS_T_TEXT:
        sgs_jw_text(w, v->text);
        break;
    case SGS_T_INT:
        sgs_jw_int(w, v->number);
        break;
    case SGS_T_BOOL:
        sgs_jw_bool(w, v->number != 0);
        break;
    case SGS_T_MS:
        sgs_jw_ms(w, v->number);
        break;
    case SGS_T_TIME:
        date(w, v->number);
        break;
    case SGS_T_TEXTS:
        texts(w, v);
        break;
    case SGS_T_MAP:
        object(w, &v->rows[0]);
        break;
    case SGS_T_ROWS:
        objects(w, v);
        break;
    }
}

static void fields(struct sgs_jw *w, const struct sgs_event *ev)
{
    sgs_jw_name(w, "fields");
    sgs_jw_object(w);
    for (size_t i = 0; i < ev->n_values; i++) {
        const struct sgs_value *v = &ev->values[i];

        if (rows[v->id].flags & SECRET) {
            continue;
        }
        field_name(w, v->id);
        value(w, v);
    }
    sgs_jw_object_end(w);
}

static void origin(struct sgs_jw *w, const struct sgs_event *ev)
{
    sgs_jw_member_time(w, "time", ev->origin.time);
    sgs_jw_member_uint(w, "frame", ev->origin.frame);
    sgs_jw_member_uint(w, "frame_last", ev->origin.frame_last);
    if (ev->origin.time_last != SGS_TIME_NONE) {
        sgs_jw_member_time(w, "time_last", ev->origin.time_last);
    }
}

static void conversation(struct sgs_jw *w, const struct sgs_event *ev)
{
    char conn[3 + SGS_DECIMAL_LEN];

    if (ev->transport != SGS_NO_TRANSPORT) {
        struct sgs_slice kind = ev->transport == SGS_TCP ? SGS_LIT("tcp") : SGS_LIT("udp");
        memcpy(conn, kind.ptr, kind.len);
        const char *end = sgs_decimal(conn + 3, ev->conn, 1);
        sgs_jw_member_plain(w, "conn", sgs_slice(conn, (size_t)(end - conn)));
        sgs_jw_member_plain(w, "dir", ev->dir == SGS_C2S ? SGS_LIT("c2s") : SGS_LIT("s2c"));
    }
    member_addr(w, "src", &ev->src);
    member_addr(w, "dst", &ev->dst);
}

static void event(struct sgs_jw *w, const struct sgs_event *ev, bool is_merged)
{
    sgs_jw_object(w);
    sgs_jw_member_plain(w, "kind", sgs_slice_str(sgs_kind_name(ev->kind)));
    sgs_jw_member_uint(w, "id", ev->id);
    origin(w, ev);
    conversation(w, ev);
    if (ev->layers.len > 0) {
        sgs_jw_member_text(w, "layers", ev->layers);
    }
    sgs_jw_member_plain(w, "trust", sgs_slice_str(sgs_trust_name(ev->trust)));
    if (ev->in != 0) {
        sgs_jw_member_uint(w, "in", ev->in);
    }
    if (is_merged && ev->origin.input != 0) {
        sgs_jw_member_uint(w, "input", ev->origin.input);
        sgs_jw_member_uint(w, "input_frame", ev->origin.input_frame);
    }
    fields(w, ev);
    sgs_jw_object_end(w);
}

bool sgs_ndjson_event(const struct sgs_export_options *options, const struct sgs_event *ev,
                      struct sgs_out *out)
{
    struct sgs_buf line;
    struct sgs_jw w;
    bool is_written = false;

    sgs_buf_init(&line, SGS_MAX_REPORT_LINE);
    (void)sgs_buf_reserve(&line, USUAL_LINE);
    sgs_jw_init(&w, &line);
    event(&w, ev, options->is_merged);
    sgs_buf_add_octet(&line, '\n');
    is_written = !line.overflow && out->write(out->ctx, sgs_buf_slice(&line));
    sgs_buf_clear(&line);
    return is_written;
}
