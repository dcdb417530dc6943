/* The rules of roots.def: the first one that fits the deciding exchange names the cause. */
#include "findings/root.h"

#include <string.h>

#include "base/mem.h"
#include "signin/cond.h"
#include "signin/exchange.h"

/* Any exchange of an attempt but the deciding one. */
struct clause {
    const char *step; /* name of its step, '*' for any run of characters */
    const struct sgs_cond *conds;
};

struct rule {
    const char *cause;
    enum sgs_confidence confidence;
    const char *step;        /* of the deciding exchange, likewise */
    int64_t code, last_code; /* its diagnostics code lies between; code -1: whatever it is */
    const char *symbol; /* its code that is no number, or the text of a fault; NULL: whatever */
    const struct sgs_cond *conds; /* NULL: none */
    const struct clause *also;    /* an exchange fits each of these; NULL: none is asked for */
    const struct clause *never;   /* no exchange fits any of these */
};

static const struct rule rules[] = {
#define ROOT(cause, confidence, ...) {cause, SGS_##confidence, __VA_ARGS__},
#include "findings/roots.def"
#undef ROOT
};

static const struct sgs_cause causes[] = {
#define CAUSE(...) {__VA_ARGS__},
#include "findings/causes.def"
#undef CAUSE
};

static const struct sgs_cause *cause_of(const char *id)
{
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if (strcmp(causes[i].id, id) == 0) {
            return &causes[i];
        }
    }
    sgs_die("a rule names a cause that has no row");
}

static bool is_step(const struct sgs_step *act, const char *pattern)
{
    return act->name && act->exchange && sgs_glob(pattern, sgs_slice_str(act->name));
}

static bool fits(const struct sgs_step *act, const struct clause *c)
{
    return is_step(act, c->step) && (!c->conds || sgs_cond_all(c->conds, act->exchange));
}

static bool is_there(const struct sgs_attempt *at, const struct sgs_step *decisive,
                     const struct clause *c)
{
    for (size_t i = 0; i < at->n_acts; i++) {
        if (&at->acts[i] != decisive && fits(&at->acts[i], c)) {
            return true;
        }
    }
    return false;
}

static bool has_code(const struct sgs_step *act, const struct rule *r)
{
    bool is_within = r->code < 0 || (act->code >= r->code && act->code <= r->last_code);
    bool is_called =
        !r->symbol || sgs_glob(r->symbol, act->symbol) || sgs_glob(r->symbol, act->reason);
    return is_within && is_called;
}

static bool holds(const struct sgs_attempt *at, const struct sgs_step *decisive,
                  const struct rule *r)
{
    const struct clause own = {r->step, r->conds};

    if (!has_code(decisive, r) || !fits(decisive, &own)) {
        return false;
    }
    for (const struct clause *c = r->also; c && c->step; c++) {
        if (!is_there(at, decisive, c)) {
            return false;
        }
    }
    for (const struct clause *c = r->never; c && c->step; c++) {
        if (fits(decisive, c) || is_there(at, decisive, c)) {
            return false;
        }
    }
    return true;
}

bool sgs_root_find(const struct sgs_attempt *at, const struct sgs_step *decisive,
                   struct sgs_root *out)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (holds(at, decisive, &rules[i])) {
            *out = (struct sgs_root){cause_of(rules[i].cause), rules[i].confidence};
            return true;
        }
    }
    return false;
}
