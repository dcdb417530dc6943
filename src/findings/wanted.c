/* What would tell what an attempt leaves open. */
#include "findings/wanted.h"

#include <string.h>

#include <signscope/limits.h>

#include "findings/detail.h"

/* When something is asked for. */
enum need {
    OUTCOME = 1, /* nobody knows how it ended */
    CAUSE = 2    /* it failed, and why is not proven */
};

struct row {
    unsigned needs; /* bits of enum need */
    const char *where, *how;
    struct sgs_rule rule; /* id: what; say: why */
};

#define ENDS (1U << SGS_FAILED | 1U << SGS_UNKNOWN)

#include "findings/rules/words.def"

static const struct row rows[] = {
#define RULE(what, ...)                                                                            \
    {                                                                                              \
        what, SGS_PROVEN, ENDS, __VA_ARGS__                                                        \
    }
#define WANTED(what, needs, at, how, ...) {needs, at, how, RULE(what, __VA_ARGS__)},
#include "findings/rules/wanted.def"
#undef WANTED
#undef RULE
};

static unsigned need_of(const struct sgs_attempt *at)
{
    const struct sgs_finding *root = sgs_attempt_root(at);

    if (at->outcome == SGS_UNKNOWN) {
        return OUTCOME;
    }
    bool is_vague = !root || strcmp(root->id, "signin-failed-at-stage") == 0 ||
                    sgs_slice_iends(sgs_slice_str(root->id), SGS_LIT("-other"));
    bool is_known = !is_vague && root->confidence == SGS_PROVEN && at->confidence == SGS_PROVEN;
    return at->outcome == SGS_FAILED && !is_known ? CAUSE : 0;
}

/* The connection that the rule is about: that of last, or where nothing was decided the newest. */
static const struct sgs_step *conn_of(const struct sgs_rule *r, const struct sgs_scene *scene,
                                      const struct sgs_step *last)
{
    const struct sgs_attempt *at = scene->at;
    const struct sgs_step *newest = NULL;

    for (size_t i = 0; i < at->n_conns && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *c = &at->conns[i];
        bool is_own = last && last->transport == c->transport && last->conn == c->conn;
        if ((is_own || !at->decisive) && sgs_rule_holds(r, scene, c)) {
            newest = c;
            if (is_own) {
                break;
            }
        }
    }
    return newest;
}

/* What the rule is about, most telling first. */
static const struct sgs_step *subject_of(const struct sgs_rule *r, const struct sgs_scene *scene)
{
    const struct sgs_attempt *at = scene->at;
    const struct sgs_step *last = at->decisive ? at->decisive : at->reached;

    if (last && sgs_rule_holds(r, scene, last)) {
        return last;
    }
    for (size_t i = 0; i < scene->n_facts; i++) {
        if (sgs_rule_holds(r, scene, &scene->facts[i])) {
            return &scene->facts[i];
        }
    }
    return conn_of(r, scene, last);
}

static bool is_asked(const struct sgs_wanted *list, size_t n, const struct row *row)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].what, row->rule.id) == 0) {
            return true;
        }
    }
    return false;
}

void sgs_wanted_find(struct sgs_arena *a, struct sgs_attempt *at, const struct sgs_scene *scene)
{
    unsigned need = need_of(at);
    struct sgs_wanted *list = need ? sgs_arena_array(a, SGS_MAX_WANTED, sizeof *list) : NULL;
    size_t n = 0;

    for (size_t i = 0; list && i < sizeof rows / sizeof *rows && n < SGS_MAX_WANTED; i++) {
        const struct row *row = &rows[i];
        bool is_due = (row->needs & need) && !is_asked(list, n, row);
        const struct sgs_step *about = is_due ? subject_of(&row->rule, scene) : NULL;
        if (about) {
            list[n++] = (struct sgs_wanted){row->rule.id, sgs_detail(a, row->where, at, about),
                                            sgs_detail(a, row->how, at, about),
                                            sgs_detail(a, row->rule.say, at, about)};
        }
    }
    at->wanted = list;
    at->n_wanted = n;
}
