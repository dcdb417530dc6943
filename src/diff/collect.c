/* The facts of steps: each row of facts.def, looked up in the exchange of the step. */
#include "diff/collect.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>

#include "base/map.h"
#include "base/mem.h"
#include "diff/facts.h"
#include "signin/exchange.h"

#define MAX_TEXT 2048 /* octets of one value: longer ones are cut */
#define MAX_ITEMS 256 /* of one list: more are left out */

bool sgs_diff_is_conn(const struct sgs_step *s)
{
    return s->name && strncmp(s->name, "conn.", 5) == 0;
}

/* values as text */

static void put_item(struct sgs_buf *b, struct sgs_slice item, const char *between)
{
    sgs_buf_add_str(b, b->len > 0 ? between : "");
    (void)sgs_buf_add(b, sgs_slice_head(item, MAX_TEXT));
}

static int by_text(const void *a, const void *b)
{
    const struct sgs_slice *x = a;
    const struct sgs_slice *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int order = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static void put_list(struct sgs_buf *b, const struct sgs_value *v, bool is_set)
{
    struct sgs_slice items[MAX_ITEMS];
    size_t n = v->type != SGS_T_TEXTS ? 0 : v->n < MAX_ITEMS ? v->n : MAX_ITEMS;
    for (size_t i = 0; i < n; i++) {
        items[i] = v->list[i];
    }
    if (is_set && n > 1) {
        qsort(items, n, sizeof *items, by_text);
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_set || i == 0 || !sgs_slice_eq(items[i], items[i - 1])) {
            put_item(b, items[i], ", ");
        }
    }
}

static struct sgs_slice member(const struct sgs_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++) {
        if (sgs_slice_eq(row->members[i].name, sgs_slice_str(name))) {
            return row->members[i].text;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* Of DNS answers the addresses, or all else with its type. */
static void put_records(struct sgs_buf *b, const struct sgs_value *v, bool wants_addresses)
{
    for (size_t i = 0; v->type == SGS_T_ROWS && i < v->n && i < MAX_ITEMS; i++) {
        struct sgs_slice type = member(&v->rows[i], "type");
        bool is_address = sgs_slice_eq(type, SGS_LIT("A")) || sgs_slice_eq(type, SGS_LIT("AAAA"));
        if (is_address != wants_addresses) {
            continue;
        }
        if (!is_address) {
            put_item(b, type, ", ");
            sgs_buf_add_octet(b, ' ');
            (void)sgs_buf_add(b, member(&v->rows[i], "data"));
        } else {
            put_item(b, member(&v->rows[i], "data"), ", ");
        }
    }
}

static struct sgs_slice without_query(struct sgs_slice url)
{
    url = sgs_slice_head(url, sgs_slice_chr(url, '?'));
    return sgs_slice_head(url, sgs_slice_chr(url, '#'));
}

/* pool01.contoso.com:5061 of sip:pool01.contoso.com:5061;transport=tls */
static struct sgs_slice place_of(struct sgs_slice contact)
{
    contact = sgs_slice_head(contact, sgs_slice_chr(contact, ';'));
    struct sgs_slice rest = sgs_slice_from(contact, sgs_slice_chr(contact, ':') + 1);
    return sgs_slice_behind_last(rest.len > 0 ? rest : contact, '@');
}

static void put_day(struct sgs_buf *b, sgs_time t)
{
    char text[SGS_TIME_TEXT_LEN];
    (void)sgs_time_rfc3339_s(t, text);
    sgs_buf_printf(b, "%.10s", text);
}

static void put_value(struct sgs_buf *b, const struct sgs_fact_row *row, const struct sgs_event *ev,
                      const struct sgs_value *v)
{
    switch (row->form) {
    case SGS_AS_TEXT:
    case SGS_AS_HOST:
        put_item(b, v->text, "");
        break;
    case SGS_AS_URL:
    case SGS_AS_PATH:
        put_item(b, without_query(v->text), "");
        break;
    case SGS_AS_LIST:
    case SGS_AS_SET:
        put_list(b, v, row->form == SGS_AS_SET);
        break;
    case SGS_AS_NUMBER:
        sgs_buf_printf(b, "%lld", (long long)v->number);
        break;
    case SGS_AS_YES:
        sgs_buf_add_str(b, v->number ? "yes" : "no");
        break;
    case SGS_AS_CODE:
        if (sgs_event_member_number(ev, v->id, "code", -1) >= 0) {
            sgs_buf_printf(b, "%lld", (long long)sgs_event_member_number(ev, v->id, "code", -1));
        }
        break;
    case SGS_AS_NAMES:
    case SGS_AS_ADDRESSES:
        put_records(b, v, row->form == SGS_AS_ADDRESSES);
        break;
    case SGS_AS_CONTACT:
        put_item(b, place_of(v->text), "");
        break;
    case SGS_AS_DAY:
        put_day(b, v->number);
        break;
    }
}

/* where they are looked for */

static bool is_of(const struct sgs_step *s, const struct sgs_event *ev)
{
    bool is_whole = sgs_diff_is_conn(s); /* else halves of an exchange have their own events */
    for (size_t i = 0; !is_whole && i < s->n_events; i++) {
        is_whole = s->events[i] == ev->id;
    }
    return is_whole;
}

static bool has(const struct sgs_fact_row *row, const struct sgs_step *s,
                const struct sgs_event *ev)
{
    return ev && (row->kind == SGS_N_KINDS || ev->kind == row->kind) &&
           sgs_event_get(ev, row->field) && is_of(s, ev);
}

/* A handshake as an exchange is told with its connection, which has more of it. */
static bool is_told_elsewhere(const struct sgs_exchange *x, const struct sgs_step *s,
                              const struct sgs_event *ev)
{
    return x->proto == SGS_P_TLS && !sgs_diff_is_conn(s) && ev->transport == SGS_TCP;
}

static bool is_leaf(const struct sgs_event *ev, const char *side)
{
    return sgs_event_int(ev, SGS_F_POSITION, 0) == 0 &&
           sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), sgs_slice_str(side));
}

static const struct sgs_event *find_inside(const struct sgs_fact_row *row, const struct sgs_step *s)
{
    const struct sgs_exchange *x = s->exchange;
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        bool fits = row->place == SGS_AT_LEAF   ? is_leaf(ev, "server")
                    : row->place == SGS_AT_USER ? is_leaf(ev, "client")
                                                : true;
        if (fits && has(row, s, ev) && !is_told_elsewhere(x, s, ev)) {
            return ev;
        }
    }
    return NULL;
}

static const struct sgs_event *find(const struct sgs_fact_row *row, const struct sgs_step *s)
{
    const struct sgs_exchange *x = s->exchange;
    switch (row->place) {
    case SGS_AT_STEP:
        break;
    case SGS_AT_ASKED:
        return has(row, s, x->req) ? x->req : NULL;
    case SGS_AT_TOLD:
        return has(row, s, x->rsp)                                      ? x->rsp
               : x->rsp && is_of(s, x->rsp) && row->kind == SGS_N_KINDS ? find_inside(row, s)
                                                                        : NULL;
    case SGS_AT_INSIDE:
    case SGS_AT_LEAF:
    case SGS_AT_USER:
        return find_inside(row, s);
    }
    return NULL;
}

static bool is_proto(const struct sgs_step *s, const char *proto)
{
    return s->proto && strcmp(s->proto, proto) == 0;
}

/* Where the registrar sends the client. */
static void put_moved(struct sgs_buf *b, const struct sgs_step *s)
{
    const struct sgs_event *rsp = s->exchange->rsp;
    int64_t status = rsp && is_of(s, rsp) ? sgs_event_int(rsp, SGS_F_STATUS, 0) : 0;
    if (status >= 300 && status < 400) {
        put_item(b, place_of(sgs_event_text(rsp, SGS_F_CONTACT)), "");
    }
}

/* Octets of the message are missing: what it does not have may have been there. */
static bool is_cut(const struct sgs_step *s)
{
    const struct sgs_exchange *x = s->exchange;
    bool is_short = (x->req && is_of(s, x->req) && sgs_event_get(x->req, SGS_F_CUT)) ||
                    (x->rsp && is_of(s, x->rsp) && sgs_event_get(x->rsp, SGS_F_CUT));
    return is_short || x->has_gap;
}

/* What stands in the step itself; once for an exchange that is two rows. */
static void put_own(struct sgs_buf *b, enum sgs_fact_id id, const struct sgs_step *s)
{
    bool has_server = s->transport == SGS_TCP && !s->is_answer && !is_proto(s, "dns");
    bool is_conn = sgs_diff_is_conn(s);
    char text[SGS_ADDR_TEXT_LEN];

    if (id == SGS_D_HOST && has_server) {
        put_item(b, s->host, "");
    } else if (id == SGS_D_PORT && has_server) {
        sgs_buf_printf(b, "%u", (unsigned)s->dst.port);
    } else if (id == SGS_D_ADDRESS && has_server) {
        (void)sgs_addr_host(&s->dst, text);
        sgs_buf_add_str(b, text);
    } else if (id == SGS_D_PROXY && has_server) {
        put_item(b, s->proxy, "");
    } else if (id == SGS_D_ACCOUNT && !s->is_answer) {
        put_item(b, s->account, "");
    } else if (id == SGS_D_SERVICE && !s->is_answer) {
        put_item(b, s->service, "");
    } else if (id == SGS_D_NO_CONN && !is_conn && (is_proto(s, "tcp") || is_proto(s, "tls"))) {
        put_item(b, s->response, "");
    } else if (id == SGS_D_JOINED && s->exchange->is_joined) {
        sgs_buf_add_str(b, "yes");
    } else if (id == SGS_D_CUT && !is_conn && is_cut(s)) {
        sgs_buf_add_str(b, "yes");
    } else if (id == SGS_D_MOVED && is_proto(s, "sip")) {
        put_moved(b, s);
    }
}

/* steps */

static void put_details(struct sgs_step *s, struct sgs_arena *a)
{
    struct sgs_detail all[SGS_D_NOTHING];
    size_t n = 0;

    for (unsigned id = 0; s->exchange && id < SGS_D_NOTHING; id++) {
        const struct sgs_fact_row *row = &sgs_diff_facts[id];
        const struct sgs_event *ev = find(row, s);
        uint64_t frame = ev ? ev->origin.frame : s->n_frames > 0 ? s->frames[0] : 0;
        struct sgs_buf b;

        sgs_buf_init(&b, 2 * MAX_TEXT);
        if (ev) {
            put_value(&b, row, ev, sgs_event_get(ev, row->field));
        } else if (row->place == SGS_AT_STEP) {
            put_own(&b, (enum sgs_fact_id)id, s);
        }
        struct sgs_slice text = sgs_slice_head(sgs_buf_slice(&b), MAX_TEXT);
        if (text.len > 0) {
            all[n++] = (struct sgs_detail){id, frame, sgs_arena_copy(a, text)};
        }
        sgs_buf_clear(&b);
    }
    struct sgs_detail *details = sgs_arena_array(a, n, sizeof *details);
    for (size_t i = 0; details && i < n; i++) {
        details[i] = all[i];
    }
    s->details = details;
    s->n_details = details ? n : 0;
}

static void complete(struct sgs_step *s, const struct sgs_map *acts, const struct sgs_step *first,
                     struct sgs_arena *a)
{
    const struct sgs_step *act =
        s->exchange ? sgs_map_get(acts, sgs_slice(&s->exchange, sizeof s->exchange)) : NULL;
    struct sgs_step *parts = sgs_arena_array(a, s->n_parts, sizeof *parts);

    s->act = act ? (size_t)(act - first) + 1 : 0;
    if (s->n_parts == 0) {
        put_details(s, a);
        return;
    }
    for (size_t i = 0; parts && i < s->n_parts; i++) {
        parts[i] = s->parts[i];
        complete(&parts[i], acts, first, a);
    }
    s->parts = parts;
    s->n_parts = parts ? s->n_parts : 0;
}

/* A connection shows the frames of its handshake. */
static void put_frames(struct sgs_step *s, struct sgs_arena *a)
{
    const struct sgs_exchange *x = s->exchange;
    uint64_t *frames = sgs_arena_array(a, 1, sizeof *frames);

    if (frames && x->req) {
        frames[0] = x->req->origin.frame;
        s->frames = frames;
        s->n_frames = 1;
    }
}

void sgs_diff_collect(struct sgs_attempt *at, struct sgs_arena *a)
{
    struct sgs_map *acts = sgs_map_new();
    size_t n = at->n_steps + at->n_conns;
    struct sgs_step *steps = sgs_arena_array(a, n, sizeof *steps);

    if (!steps) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_exchange *x = at->acts[i].exchange;
        (void)sgs_map_put(acts, sgs_slice(&x, sizeof x), (void *)(uintptr_t)&at->acts[i]);
    }
    for (size_t i = 0; i < n; i++) {
        bool is_conn = i >= at->n_steps;
        steps[i] = is_conn ? at->conns[i - at->n_steps] : at->steps[i];
        if (is_conn) {
            put_frames(&steps[i], a);
        }
        complete(&steps[i], acts, at->acts, a);
    }
    sgs_map_free(acts);
    at->steps = steps;
    at->n_steps = n;
}
