/* Outcomes and findings of attempts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/arena.h>
#include <signscope/finding.h>
#include <signscope/signin.h>

#include "base/mem.h"
#include "findings/explain.h"
#include "findings/outcome.h"
#include "findings/root.h"

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

/* The catalogue's row for the code of a step, or for its status where no code came. */
static const struct sgs_code *code_of(const struct sgs_step *s)
{
    char text[24];
    bool is_sip = strcmp(s->proto, "sip") == 0;
    if (s->code >= 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)s->code);
        const struct sgs_code *c =
            sgs_code_find(sgs_slice_str(text), is_sip ? SGS_FAMILY_SIP_DIAG : SGS_FAMILY_HTTP_DIAG);
        return c ? c : sgs_code_find(sgs_slice_str(text), SGS_N_FAMILIES);
    }
    if (s->symbol.len > 0) {
        return sgs_code_find(s->symbol, SGS_N_FAMILIES);
    }
    if (s->status >= 400) {
        (void)snprintf(text, sizeof text, "%lld", (long long)s->status);
        return sgs_code_find(sgs_slice_str(text),
                             is_sip ? SGS_FAMILY_SIP_STATUS : SGS_FAMILY_HTTP_STATUS);
    }
    return NULL;
}

/* ", code 1000 (Final handshake failed)", as far as it is known. */
static struct sgs_slice code_text(struct sgs_arena *a, const struct sgs_step *s)
{
    if (s->code >= 0) {
        return sgs_arena_printf(a, ", code %lld (%.*s)", (long long)s->code, (int)s->reason.len,
                                (const char *)s->reason.ptr);
    }
    if (s->symbol.len > 0) {
        return sgs_arena_printf(a, ", code %.*s (%.*s)", (int)s->symbol.len,
                                (const char *)s->symbol.ptr, (int)s->reason.len,
                                (const char *)s->reason.ptr);
    }
    if (s->reason.len > 0) {
        return sgs_arena_printf(a, " (%.*s)", (int)s->reason.len, (const char *)s->reason.ptr);
    }
    return (struct sgs_slice){NULL, 0};
}

static struct sgs_slice detail(struct sgs_arena *a, const struct sgs_outcome_facts *f)
{
    const struct sgs_step *s = f->decisive;
    const struct sgs_code *c = code_of(s);
    struct sgs_slice code = code_text(a, s);
    if (s->trust == SGS_INFERRED) {
        return sgs_arena_printf(a, "The last that was reached is %.*s, %.*s; %s.", (int)s->host.len,
                                (const char *)s->host.ptr, (int)s->note.len,
                                (const char *)s->note.ptr, f->why);
    }
    struct sgs_slice answer = s->response.len ? s->response : s->note;
    struct sgs_slice good =
        f->last_good ? f->last_good->title : SGS_LIT("none, no step before it went well");
    return sgs_arena_printf(a, "%.*s%s%.*s was answered %.*s%.*s; %s.%s%s%s Last good step: %.*s.",
                            (int)s->request.len, (const char *)s->request.ptr,
                            s->host.len ? " to " : "", (int)s->host.len, (const char *)s->host.ptr,
                            (int)answer.len, (const char *)answer.ptr, (int)code.len,
                            (const char *)code.ptr, f->why, c ? " Meaning: " : "", c ? c->says : "",
                            c ? "." : "", (int)good.len, (const char *)good.ptr);
}

static struct sgs_slice hint(struct sgs_arena *a, const struct sgs_outcome_facts *f)
{
    const struct sgs_code *c = code_of(f->decisive);
    if (c) {
        return sgs_arena_printf(a, "Likely: %s. Check: %s.", c->causes, c->check);
    }
    if (f->decisive->trust == SGS_INFERRED) {
        return sgs_arena_copy(a,
                              SGS_LIT("What was answered is inside TLS: read it with keys, or in "
                                      "the log of that server."));
    }
    return sgs_arena_copy(a, SGS_LIT("Look at the frames named as proof and at the log of the "
                                     "server that answered."));
}

/* A finding with the proof that the deciding step is. */
static struct sgs_finding of_step(const struct sgs_step *s, const char *id, enum sgs_role role,
                                  enum sgs_confidence confidence)
{
    return (struct sgs_finding){
        .id = id,
        .stage = s->stage,
        .severity = role == SGS_ROOT ? SGS_ERROR : SGS_INFO,
        .role = role,
        .confidence = confidence,
        .evidence = s->events,
        .n_evidence = s->n_events,
        .frames = s->frames,
        .n_frames = s->n_frames,
    };
}

/* The cause that a rule names, no surer than that the sign-in failed at all. */
static struct sgs_finding root(struct sgs_arena *a, const struct sgs_outcome_facts *f,
                               const struct sgs_root *r)
{
    bool is_surer = r->confidence < f->confidence;
    struct sgs_finding x =
        of_step(f->decisive, r->cause->id, SGS_ROOT, is_surer ? f->confidence : r->confidence);
    const struct sgs_code *c = code_of(f->decisive);
    x.title = sgs_slice_str(r->cause->title);
    x.detail = detail(a, f);
    x.hint = sgs_arena_printf(a, "%s%s%s%s", r->cause->hint, c ? " Also check: " : "",
                              c ? c->check : "", c ? "." : "");
    x.user_saw = sgs_slice_str(r->cause->user_saw);
    return x;
}

/* signin-failed-at-stage: where it stopped, after what had worked.  Beside a root it is a note. */
static struct sgs_finding failed_at_stage(struct sgs_arena *a, const struct sgs_outcome_facts *f,
                                          enum sgs_role role)
{
    const struct sgs_step *s = f->decisive;
    struct sgs_finding x = of_step(s, "signin-failed-at-stage", role, f->confidence);

    x.title = sgs_arena_printf(a, "The sign-in stopped at %s (%.*s)", sgs_stage_name(s->stage),
                               (int)s->title.len, (const char *)s->title.ptr);
    if (role == SGS_ROOT) {
        x.detail = detail(a, f);
        x.hint = hint(a, f);
    }
    return x;
}

/* What is found in a failed attempt: the cause if a rule knows it, and where it stopped. */
static void explain(struct sgs_arena *a, struct sgs_attempt *at, const struct sgs_outcome_facts *f)
{
    struct sgs_finding *list = sgs_arena_array(a, 2, sizeof *list);
    struct sgs_root r;

    if (!list) {
        return;
    }
    at->findings = list;
    if (sgs_root_find(at, f->decisive, &r)) {
        list[at->n_findings++] = root(a, f, &r);
        list[at->n_findings++] = failed_at_stage(a, f, SGS_NOTE);
        return;
    }
    list[at->n_findings++] = failed_at_stage(a, f, SGS_ROOT);
}

void sgs_judge_run(struct sgs_judge *j, struct sgs_attempt *attempts, size_t n)
{
    sgs_arena_clear(&j->arena);
    for (size_t i = 0; i < n; i++) {
        struct sgs_attempt *at = &attempts[i];
        struct sgs_outcome_facts f = sgs_outcome_of(at);
        at->outcome = f.outcome;
        at->confidence = f.confidence;
        at->why = f.why;
        at->findings = NULL;
        at->n_findings = 0;
        if (f.outcome == SGS_FAILED) {
            explain(&j->arena, at, &f);
        }
    }
}
