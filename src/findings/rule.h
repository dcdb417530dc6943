/*
 * Rules: what exchanges, connections and facts of an attempt are a sign of.  The tables in rules/
 * hold them, this runs any of them.
 *
 *   signs.def   an exchange that went wrong: the first row that fits says what it is a sign of
 *   notes.def   anything else that is worth a line: each row that fits
 */
#ifndef SGS_FINDINGS_RULE_H
#define SGS_FINDINGS_RULE_H

#include <signscope/finding.h>
#include <signscope/signin.h>

#include "signin/cond.h"

/* Where that is, seen from what the rule is about. */
enum sgs_place { SGS_ANYWHERE, SGS_SAME_HOST, SGS_SAME_CONN };

/* Something of an attempt, besides what a rule is about. */
struct sgs_clause {
    const char *step; /* name of the exchange, connection or fact, '*' for any run of characters */
    const struct sgs_cond *conds; /* NULL: none; facts have none */
    int64_t least;                /* its code is that or more; 0: whatever it is */
    enum sgs_place place;
};

struct sgs_rule {
    const char *id; /* of the finding */
    enum sgs_confidence confidence;
    unsigned outcomes;       /* bits 1 << enum sgs_outcome: of the attempt */
    const char *step;        /* what it is about, as in a clause */
    int64_t code, last_code; /* its code lies between; code -1: whatever it is */
    const char *symbol; /* its code that is no number, or the text of a fault; NULL: whatever */
    const struct sgs_cond *conds;   /* NULL: none */
    const struct sgs_clause *also;  /* something fits each of these; NULL: none is asked for */
    const struct sgs_clause *never; /* nothing fits any of these */
    const char *say; /* the detail, with slots (detail.h); NULL: that of a failed exchange */
};

/* What rules look at: the exchanges and connections of an attempt, and facts about them. */
struct sgs_scene {
    const struct sgs_attempt *at;
    enum sgs_outcome outcome;
    const struct sgs_step *facts;
    size_t n_facts;
};

/* The rule holds for subject, which is one of what the scene holds. */
bool sgs_rule_holds(const struct sgs_rule *r, const struct sgs_scene *scene,
                    const struct sgs_step *subject);

/* The first rule of signs.def that holds for act; NULL: none does. */
const struct sgs_rule *sgs_rule_sign(const struct sgs_scene *scene, const struct sgs_step *act);

/* The rules of notes.def. */
extern const struct sgs_rule sgs_notes[];
extern const size_t sgs_n_notes;

/* A finding of that id says no more than winner does, which is there as well. */
bool sgs_rule_suppresses(const char *winner, const char *id);

#endif
