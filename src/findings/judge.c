/* Outcomes and findings of attempts. */
#include <stdlib.h>
#include <string.h>

#include <signscope/arena.h>
#include <signscope/finding.h>
#include <signscope/limits.h>
#include <signscope/signin.h>

#include "base/mem.h"
#include "findings/detail.h"
#include "findings/explain.h"
#include "findings/facts.h"
#include "findings/outcome.h"
#include "findings/proof.h"
#include "findings/rule.h"
#include "findings/wanted.h"
#include "signin/exchange.h"
#include "signin/step.h"

#define JUDGE_MEMORY                                                                               \
    ((size_t)1 << 30) /* octets for the findings of one run: attempts are capped                   \
                       */

struct sgs_judge {
    struct sgs_arena arena;
};

const char *sgs_severity_name(enum sgs_severity severity)
{
    static const char *const names[] = {"error", "warning", "info", "expected"};
    return names[severity];
}

const char *sgs_role_name(enum sgs_role role)
{
    static const char *const names[] = {"root", "symptom", "note"};
    return names[role];
}

const char *sgs_confidence_name(enum sgs_confidence confidence)
{
    static const char *const names[] = {"proven", "likely", "hint"};
    return names[confidence];
}

const char *sgs_stage_name(enum sgs_stage stage)
{
    static const char *const names[] = {"dns",      "tcp",          "proxy",      "tls",
                                        "discover", "webticket",    "idp",        "certprov",
                                        "sip-auth", "sip-register", "post-signin"};
    return names[stage];
}

const struct sgs_finding *sgs_attempt_root(const struct sgs_attempt *at)
{
    for (size_t i = 0; i < at->n_findings; i++) {
        if (at->findings[i].role == SGS_ROOT) {
            return &at->findings[i];
        }
    }
    return NULL;
}

struct sgs_judge *sgs_judge_new(void)
{
    struct sgs_judge *j = sgs_xcalloc(1, sizeof *j);
    sgs_arena_init(&j->arena, JUDGE_MEMORY);
    return j;
}

void sgs_judge_free(struct sgs_judge *j)
{
    if (j) {
        sgs_arena_clear(&j->arena);
        free(j);
    }
}

/* Findings of one attempt while they are made. */
struct desk {
    struct sgs_arena *arena;
    struct sgs_attempt *at;
    struct sgs_outcome_facts outcome;
    struct sgs_scene scene;
    struct sgs_finding *list; /* room for SGS_MAX_FINDINGS */
    size_t n;
};

/* evidence */

/* The whole exchange; of a connection what the rule has looked at. */
static void prove(struct desk *d, struct sgs_finding *f, const struct sgs_step *s,
                  const struct sgs_rule *r)
{
    const struct sgs_event *seen[8];
    sgs_proof_add(d->arena, f, s->events, s->n_events, s->frames, s->n_frames);
    if (s->n_events > 0 || !s->exchange) {
        return;
    }
    size_t n = r->conds ? sgs_cond_proof(r->conds, s->exchange, seen, 8) : 0;
    if (n == 0) {
        seen[n++] = sgs_exchange_first(s->exchange);
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t frames[] = {seen[i]->origin.frame, seen[i]->origin.frame_last};
        sgs_proof_add(d->arena, f, &seen[i]->id, 1, frames, 2);
    }
}

/* what a finding is */

/* The catalogue's severity is the highest: only what made the attempt fail is an error, or what a
 * client that is signed in then lacks. */
static enum sgs_severity severity_of(const struct sgs_finding_row *row, const struct sgs_finding *f)
{
    if (f->role == SGS_ROOT) {
        return SGS_ERROR;
    }
    if (row->severity == SGS_EXPECTED) {
        return SGS_EXPECTED;
    }
    if (f->recovered || f->confidence == SGS_HINT) {
        return SGS_INFO;
    }
    bool is_lack = row->stage == SGS_STAGE_POST_SIGNIN;
    return row->severity == SGS_ERROR && !is_lack ? SGS_WARNING : row->severity;
}

static struct sgs_finding *found(struct desk *d, const char *id, enum sgs_role role)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->list[i].role == role && strcmp(d->list[i].id, id) == 0) {
            return &d->list[i];
        }
    }
    return NULL;
}

/* A finding about s, or one more proof of the same. */
static struct sgs_finding *add(struct desk *d, const struct sgs_rule *r, const struct sgs_step *s,
                               enum sgs_role role, bool is_recovered)
{
    const struct sgs_finding_row *row = sgs_finding_row(sgs_slice_str(r->id));
    struct sgs_finding *f = found(d, r->id, role);
    if (!row) {
        sgs_die("a rule names a finding that has no row");
    }
    if (f) {
        prove(d, f, s, r);
        f->recovered = f->recovered && is_recovered;
        f->severity = severity_of(row, f);
        return NULL;
    }
    if (d->n == SGS_MAX_FINDINGS || (role == SGS_SYMPTOM && found(d, r->id, SGS_ROOT))) {
        return NULL;
    }
    f = &d->list[d->n++];
    *f = (struct sgs_finding){
        .id = row->id,
        .stage = row->stage == SGS_STAGE_ANY ? s->stage : (enum sgs_stage)row->stage,
        .role = role,
        .confidence = r->confidence,
        .recovered = is_recovered,
        .title = sgs_slice_str(row->title),
        .hint = sgs_slice_str(row->says),
        .user_saw = sgs_slice_str(row->saw),
    };
    f->severity = severity_of(row, f);
    prove(d, f, s, r);
    f->detail = r->say ? sgs_detail(d->arena, r->say, d->at, s) : sgs_detail_exchange(d->arena, s);
    return f;
}

/* the failure */

/* signin-failed-at-stage: where it stopped, after what had worked.  Beside a root it is a note. */
static void failed_at_stage(struct desk *d, enum sgs_role role)
{
    const struct sgs_step *s = d->outcome.decisive;
    const struct sgs_rule r = {.id = "signin-failed-at-stage", .confidence = d->outcome.confidence};
    struct sgs_finding *f = add(d, &r, s, role, false);
    if (!f) {
        return;
    }
    f->title =
        sgs_arena_printf(d->arena, "The sign-in stopped at %s (%.*s)", sgs_stage_name(s->stage),
                         (int)s->title.len, (const char *)s->title.ptr);
    f->detail = f->hint = (struct sgs_slice){NULL, 0};
    f->severity = role == SGS_ROOT ? SGS_ERROR : SGS_INFO;
    if (role != SGS_ROOT) {
        return;
    }
    const struct sgs_code *c = sgs_detail_code(s);
    f->detail = sgs_detail_refusal(d->arena, &d->outcome);
    if (c) {
        f->hint = sgs_arena_printf(d->arena, "Likely: %s. Check: %s.", c->causes, c->check);
    } else if (s->trust == SGS_INFERRED) {
        f->hint = SGS_LIT("What was answered is inside TLS: read it with keys, or in the log of "
                          "that server.");
    } else {
        f->hint = SGS_LIT(
            "Look at the frames named as proof and at the log of the server that answered.");
    }
}

/* The cause if a rule knows it, no surer than that the sign-in failed at all; and where it stopped.
 */
static const char *put_root(struct desk *d)
{
    const struct sgs_step *s = d->outcome.decisive;
    const struct sgs_rule *r = sgs_rule_sign(&d->scene, s);
    if (!r || r->confidence == SGS_HINT) {
        failed_at_stage(d, SGS_ROOT);
        if (r) {
            (void)add(d, r, s, SGS_NOTE, false); /* a hint is no cause */
        }
        return "signin-failed-at-stage";
    }
    struct sgs_finding *f = add(d, r, s, SGS_ROOT, false);
    const struct sgs_code *c = sgs_detail_code(s);
    if (f) {
        f->confidence =
            f->confidence < d->outcome.confidence ? d->outcome.confidence : f->confidence;
        f->detail = sgs_detail_refusal(d->arena, &d->outcome);
        f->hint =
            sgs_arena_printf(d->arena, "%.*s%s%s%s", (int)f->hint.len, (const char *)f->hint.ptr,
                             c ? " Also check: " : "", c ? c->check : "", c ? "." : "");
    }
    failed_at_stage(d, SGS_NOTE);
    return r->id;
}

/* the rest */

static bool is_name(const struct sgs_step *s)
{
    return strcmp(s->proto, "dns") == 0;
}

/* What else went wrong on the way: what follows from the root, or did no harm.  Names that do not
 * exist where another one does are no news. */
static void put_signs(struct desk *d, const char *root)
{
    bool *is_over = sgs_xcalloc(d->at->n_acts + 1, sizeof *is_over);
    sgs_outcome_overcome(d->at, is_over);
    for (size_t i = 0; i < d->at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *s = &d->at->acts[i];
        bool is_bad = s->effect == SGS_FX_REFUSED || s->effect == SGS_FX_NEGATIVE;
        bool is_healed = is_over[i] || d->scene.outcome == SGS_SIGNED_IN;
        if (!is_bad || s == d->outcome.decisive || s->stage == SGS_STAGE_POST_SIGNIN ||
            (is_healed && is_name(s))) {
            continue;
        }
        const struct sgs_rule *r = sgs_rule_sign(&d->scene, s);
        bool is_symptom = root && !is_healed;
        struct sgs_finding *f =
            r ? add(d, r, s, is_symptom ? SGS_SYMPTOM : SGS_NOTE, is_healed) : NULL;
        if (f && is_symptom) {
            f->root = root;
        }
    }
    free(is_over);
}

static void try_notes(struct desk *d, const struct sgs_step *list, size_t n)
{
    for (size_t i = 0; i < n && i < SGS_MAX_JUDGED; i++) {
        for (size_t j = 0; j < sgs_n_notes; j++) {
            if (sgs_rule_holds(&sgs_notes[j], &d->scene, &list[i])) {
                (void)add(d, &sgs_notes[j], &list[i], SGS_NOTE, false);
            }
        }
    }
}

/* Without those that say no more than another one. */
static void suppress(struct desk *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        bool is_told = false;
        for (size_t j = 0; j < d->n; j++) {
            const struct sgs_finding *w = &d->list[j];
            is_told |= w->confidence != SGS_HINT && !w->recovered &&
                       sgs_rule_suppresses(w->id, d->list[i].id);
        }
        is_told |= d->list[i].role == SGS_NOTE && found(d, d->list[i].id, SGS_ROOT);
        if (!is_told || d->list[i].role == SGS_ROOT) {
            d->list[n++] = d->list[i];
        }
    }
    d->n = n;
}

static void judge(struct sgs_arena *a, struct sgs_attempt *at)
{
    struct desk d = {.arena = a, .at = at, .outcome = sgs_outcome_of(at)};
    struct sgs_facts facts = {.arena = a, .at = at, .outcome = d.outcome.outcome};
    const char *root = NULL;

    at->outcome = d.outcome.outcome;
    at->confidence = d.outcome.confidence;
    at->why = d.outcome.why;
    at->decisive = d.outcome.decisive;
    at->findings = NULL;
    at->n_findings = 0;
    at->wanted = NULL;
    at->n_wanted = 0;
    d.list = sgs_arena_array(a, SGS_MAX_FINDINGS, sizeof *d.list);
    if (!d.list) {
        return;
    }
    sgs_facts_find(&facts);
    d.scene = (struct sgs_scene){at, d.outcome.outcome, facts.list, facts.n};
    if (d.outcome.outcome == SGS_FAILED) {
        root = put_root(&d);
    }
    put_signs(&d, root);
    try_notes(&d, at->acts, at->n_acts);
    try_notes(&d, at->conns, at->n_conns);
    try_notes(&d, facts.list, facts.n);
    suppress(&d);
    at->findings = d.list;
    at->n_findings = d.n;
    sgs_wanted_find(a, at, &d.scene);
}

void sgs_judge_run(struct sgs_judge *j, struct sgs_attempt *attempts, size_t n)
{
    sgs_arena_clear(&j->arena);
    for (size_t i = 0; i < n; i++) {
        judge(&j->arena, &attempts[i]);
    }
}
