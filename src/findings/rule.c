/* Rules over what an attempt holds. */
#include "findings/rule.h"

#include <string.h>

#include <signscope/limits.h>

#include "signin/exchange.h"

#define ANY_OUTCOME (1U << SGS_SIGNED_IN | 1U << SGS_FAILED | 1U << SGS_UNKNOWN)

#include "findings/rules/words.def"

static const struct sgs_rule signs[] = {
#define SIGN(id, confidence, ...) {id, SGS_##confidence, ANY_OUTCOME, __VA_ARGS__, NULL},
#include "findings/rules/signs.def"
#undef SIGN
};

const struct sgs_rule sgs_notes[] = {
#define NOTE(id, confidence, ...) {id, SGS_##confidence, __VA_ARGS__},
#include "findings/rules/notes.def"
#undef NOTE
};
const size_t sgs_n_notes = sizeof sgs_notes / sizeof *sgs_notes;

static const struct {
    const char *winner;
    const char *loser;
} suppressions[] = {
#define SUPPRESS(winner, loser) {winner, loser},
#include "findings/rules/suppressions.def"
#undef SUPPRESS
};

static bool fits(const struct sgs_step *s, const struct sgs_clause *c)
{
    bool is_called = s->name && sgs_glob(c->step, sgs_slice_str(s->name));
    bool is_enough = c->least == 0 || s->code >= c->least;
    return is_called && is_enough &&
           (!c->conds || (s->exchange && sgs_cond_all(c->conds, s->exchange)));
}

static bool is_at(const struct sgs_step *s, const struct sgs_step *subject, enum sgs_place place)
{
    switch (place) {
    case SGS_ANYWHERE:
        return true;
    case SGS_SAME_HOST:
        return s->host.len > 0 && sgs_slice_ieq(s->host, subject->host);
    case SGS_SAME_CONN:
        return s->transport == subject->transport && s->conn == subject->conn;
    }
    return false;
}

static bool is_among(const struct sgs_step *list, size_t n, const struct sgs_step *subject,
                     const struct sgs_clause *c)
{
    for (size_t i = 0; i < n && i < SGS_MAX_JUDGED; i++) {
        if (&list[i] != subject && is_at(&list[i], subject, c->place) && fits(&list[i], c)) {
            return true;
        }
    }
    return false;
}

static bool is_there(const struct sgs_scene *scene, const struct sgs_step *subject,
                     const struct sgs_clause *c)
{
    return is_among(scene->at->acts, scene->at->n_acts, subject, c) ||
           is_among(scene->at->conns, scene->at->n_conns, subject, c) ||
           (!c->conds && is_among(scene->facts, scene->n_facts, subject, c));
}

static bool has_code(const struct sgs_step *s, const struct sgs_rule *r)
{
    bool is_within = r->code < 0 || (s->code >= r->code && s->code <= r->last_code);
    bool is_called = !r->symbol || sgs_glob(r->symbol, s->symbol) || sgs_glob(r->symbol, s->reason);
    return is_within && is_called;
}

bool sgs_rule_holds(const struct sgs_rule *r, const struct sgs_scene *scene,
                    const struct sgs_step *subject)
{
    const struct sgs_clause own = {r->step, r->conds, 0, SGS_ANYWHERE};

    if (!(r->outcomes & 1U << scene->outcome) || !has_code(subject, r) || !fits(subject, &own)) {
        return false;
    }
    for (const struct sgs_clause *c = r->also; c && c->step; c++) {
        if (!is_there(scene, subject, c)) {
            return false;
        }
    }
    for (const struct sgs_clause *c = r->never; c && c->step; c++) {
        if (fits(subject, c) || is_there(scene, subject, c)) {
            return false;
        }
    }
    return true;
}

const struct sgs_rule *sgs_rule_sign(const struct sgs_scene *scene, const struct sgs_step *act)
{
    for (size_t i = 0; act->exchange && i < sizeof signs / sizeof *signs; i++) {
        if (sgs_rule_holds(&signs[i], scene, act)) {
            return &signs[i];
        }
    }
    return NULL;
}

bool sgs_rule_suppresses(const char *winner, const char *id)
{
    for (size_t i = 0; i < sizeof suppressions / sizeof *suppressions; i++) {
        if (strcmp(suppressions[i].winner, winner) == 0 &&
            sgs_glob(suppressions[i].loser, sgs_slice_str(id))) {
            return true;
        }
    }
    return false;
}
