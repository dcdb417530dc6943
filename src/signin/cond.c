/* Conditions over an exchange. */
#include "signin/cond.h"

#include "signin/exchange.h"

bool sgs_glob(const char *pattern, struct sgs_slice text)
{
    struct sgs_slice rest = sgs_slice_str(pattern);
    size_t star = sgs_slice_chr(rest, '*');
    if (star == rest.len) {
        return sgs_slice_ieq(rest, text);
    }
    if (!sgs_slice_istarts(text, sgs_slice_head(rest, star))) {
        return false;
    }
    text = sgs_slice_from(text, star);
    rest = sgs_slice_from(rest, star + 1);
    for (star = sgs_slice_chr(rest, '*'); star < rest.len; star = sgs_slice_chr(rest, '*')) {
        struct sgs_slice part = sgs_slice_head(rest, star);
        size_t at = sgs_slice_ifind(text, part);
        if (at == text.len && part.len > 0) {
            return false;
        }
        text = sgs_slice_from(text, at + part.len);
        rest = sgs_slice_from(rest, star + 1);
    }
    return sgs_slice_iends(text, rest);
}

static bool like(const struct sgs_value *v, const char *pattern)
{
    switch (v->type) {
    case SGS_T_TEXT:
        return sgs_glob(pattern, v->text);
    case SGS_T_TEXTS:
        for (size_t i = 0; i < v->n; i++) {
            if (sgs_glob(pattern, v->list[i])) {
                return true;
            }
        }
        return false;
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
    case SGS_T_MAP:
    case SGS_T_ROWS:
        return false;
    }
    return false;
}

/* pair: "name=pattern" */
static bool row_has_member(const struct sgs_row *row, const char *pair)
{
    struct sgs_slice all = sgs_slice_str(pair);
    size_t len = sgs_slice_chr(all, '=');
    for (size_t i = 0; i < row->n; i++) {
        const struct sgs_member *m = &row->members[i];
        if (sgs_slice_ieq(m->name, sgs_slice_head(all, len)) && sgs_glob(pair + len + 1, m->text)) {
            return true;
        }
    }
    return false;
}

static bool has_member(const struct sgs_value *v, const char *pair)
{
    bool has_rows = v->type == SGS_T_MAP || v->type == SGS_T_ROWS;
    for (size_t i = 0; has_rows && i < v->n; i++) {
        if (row_has_member(&v->rows[i], pair)) {
            return true;
        }
    }
    return false;
}

/* The number of a field: its own, or the code of an object. */
static int64_t number_of(const struct sgs_event *ev, const struct sgs_value *v)
{
    return v->type == SGS_T_MAP ? sgs_event_member_number(ev, v->id, "code", -1) : v->number;
}

static bool holds_for(const struct sgs_cond *c, const struct sgs_event *ev)
{
    const struct sgs_value *v = c->field < SGS_N_FIELDS ? sgs_event_get(ev, c->field) : NULL;
    switch (c->op) {
    case SGS_OP_SEEN:
        return true;
    case SGS_OP_HAS:
        return v != NULL;
    case SGS_OP_LACKS:
        return v == NULL;
    case SGS_OP_LIKE:
        return v && like(v, c->text);
    case SGS_OP_MEMBER:
        return v && has_member(v, c->text);
    case SGS_OP_NO_MEMBER:
        return v && !has_member(v, c->text);
    case SGS_OP_UNLIKE:
        return v && !like(v, c->text);
    case SGS_OP_EQ:
        return v && number_of(ev, v) == c->n;
    case SGS_OP_GE:
        return v && number_of(ev, v) >= c->n;
    case SGS_OP_LT:
        return v && number_of(ev, v) < c->n;
    case SGS_OP_SOON:
        return v && v->type == SGS_T_TIME && v->number - ev->origin.time < c->n;
    case SGS_OP_PORT:
        return (ev->dir == SGS_C2S ? ev->dst.port : ev->src.port) == c->n;
    case SGS_OP_UNSEEN:
    case SGS_OP_HOST:
    case SGS_OP_ROLE:
    case SGS_OP_GAP:
    case SGS_OP_WHOLE:
    case SGS_OP_END:
        return false;
    }
    return false;
}

/* ev is one of those that the side asks for. */
static bool is_on(const struct sgs_event *ev, enum sgs_side side)
{
    switch (side) {
    case SGS_INNER:
        return true;
    case SGS_HELLO:
        return ev->kind == SGS_K_TLS_CLIENT_HELLO;
    case SGS_CHOICE:
        return ev->kind == SGS_K_TLS_SERVER_HELLO;
    case SGS_LEAF:
        return ev->kind == SGS_K_TLS_CERTIFICATE && sgs_event_int(ev, SGS_F_POSITION, 0) == 0;
    case SGS_ISSUER:
        return ev->kind == SGS_K_TLS_CERTIFICATE && sgs_event_int(ev, SGS_F_POSITION, 0) > 0;
    case SGS_SESSION:
        return ev->kind == SGS_K_TLS_SESSION;
    case SGS_USER:
        return ev->kind == SGS_K_TLS_CERTIFICATE && sgs_event_int(ev, SGS_F_POSITION, 0) == 0 &&
               sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("client"));
    case SGS_ALERT:
        return ev->kind == SGS_K_TLS_ALERT;
    case SGS_INTERCEPTION:
        return ev->kind == SGS_K_TLS_INTERCEPTION;
    case SGS_REQ:
    case SGS_RSP:
    case SGS_BOTH:
        return false;
    }
    return false;
}

static const struct sgs_event *holder_inside(const struct sgs_cond *c, const struct sgs_exchange *x)
{
    for (size_t i = 0; i < x->n_inner; i++) {
        if (is_on(x->inner[i], c->side) && holds_for(c, x->inner[i])) {
            return x->inner[i];
        }
    }
    return NULL;
}

/* The event of the exchange for which the condition holds, or NULL. */
static const struct sgs_event *holder(const struct sgs_cond *c, const struct sgs_exchange *x)
{
    bool is_asked = c->side == SGS_REQ || c->side == SGS_BOTH;
    bool is_told = c->side == SGS_RSP || c->side == SGS_BOTH;
    if (is_asked && x->req && holds_for(c, x->req)) {
        return x->req;
    }
    if (is_told && x->rsp && holds_for(c, x->rsp)) {
        return x->rsp;
    }
    return holder_inside(c, x);
}

static bool holds(const struct sgs_cond *c, const struct sgs_exchange *x)
{
    switch (c->op) {
    case SGS_OP_PORT:
        return holds_for(c, sgs_exchange_first(x));
    case SGS_OP_HOST:
        return sgs_glob(c->text, x->host);
    case SGS_OP_ROLE:
        return x->role == SGS_HOST_ANY || x->role == (enum sgs_host_role)c->n;
    case SGS_OP_GAP:
        return x->has_gap;
    case SGS_OP_WHOLE:
        return !x->is_joined && !x->has_gap;
    case SGS_OP_UNSEEN:
        return c->side == SGS_REQ ? !x->req : !x->rsp;
    case SGS_OP_SEEN:
    case SGS_OP_HAS:
    case SGS_OP_LACKS:
    case SGS_OP_LIKE:
    case SGS_OP_MEMBER:
    case SGS_OP_NO_MEMBER:
    case SGS_OP_UNLIKE:
    case SGS_OP_EQ:
    case SGS_OP_GE:
    case SGS_OP_LT:
    case SGS_OP_SOON:
    case SGS_OP_END:
        return holder(c, x);
    }
    return false;
}

bool sgs_cond_all(const struct sgs_cond *list, const struct sgs_exchange *x)
{
    for (; list->op != SGS_OP_END; list++) {
        if (!holds(list, x)) {
            return false;
        }
    }
    return true;
}

size_t sgs_cond_proof(const struct sgs_cond *list, const struct sgs_exchange *x,
                      const struct sgs_event **out, size_t max)
{
    size_t n = 0;
    for (; list->op != SGS_OP_END; list++) {
        const struct sgs_event *ev = holder(list, x);
        bool is_new = ev;
        for (size_t i = 0; i < n; i++) {
            is_new = is_new && out[i] != ev;
        }
        if (is_new && n < max) {
            out[n++] = ev;
        }
    }
    return n;
}
