/* Judgements with proof.  The ids are those of the findings catalogue and stay. */
#ifndef SGS_FINDING_H
#define SGS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

enum sgs_severity { SGS_ERROR, SGS_WARNING, SGS_INFO, SGS_EXPECTED };
enum sgs_role { SGS_ROOT, SGS_SYMPTOM, SGS_NOTE };
enum sgs_confidence { SGS_PROVEN, SGS_LIKELY, SGS_HINT };

/* Where in a sign-in something happens, in causal order. */
enum sgs_stage {
    SGS_STAGE_DNS,
    SGS_STAGE_TCP,
    SGS_STAGE_PROXY,
    SGS_STAGE_TLS,
    SGS_STAGE_DISCOVER,
    SGS_STAGE_WEBTICKET,
    SGS_STAGE_IDP,
    SGS_STAGE_CERTPROV,
    SGS_STAGE_SIP_AUTH,
    SGS_STAGE_SIP_REGISTER,
    SGS_STAGE_POST_SIGNIN
};

/* The words of the JSON contract; static. */
const char *sgs_severity_name(enum sgs_severity severity);
const char *sgs_role_name(enum sgs_role role);
const char *sgs_confidence_name(enum sgs_confidence confidence);
const char *sgs_stage_name(enum sgs_stage stage);

/* All texts and arrays belong to the report and live as long as it does. */
struct sgs_finding {
    const char *id; /* "signin-failed-at-stage" */
    enum sgs_stage stage;
    enum sgs_severity severity;
    enum sgs_role role;
    enum sgs_confidence confidence;
    bool recovered;
    const char *root;          /* of a symptom: id of the finding it follows from; else NULL */
    struct sgs_slice title;    /* one factual line */
    struct sgs_slice detail;   /* what was seen, with values */
    struct sgs_slice hint;     /* what to do */
    struct sgs_slice user_saw; /* what the client will have shown; empty when not known */
    const uint64_t *evidence;  /* ids of events */
    size_t n_evidence;
    const uint64_t *frames; /* frames of the evidence, ascending */
    size_t n_frames;
};

/* What would tell what this capture leaves open.  Texts as those of findings. */
struct sgs_wanted {
    const char *what; /* word of the JSON contract: capture, keys, log */
    struct sgs_slice where;
    struct sgs_slice how; /* what to run there */
    struct sgs_slice why; /* what is missing here */
};

struct sgs_attempt;

/* The finding that is the cause of an attempt that was judged, or NULL. */
const struct sgs_finding *sgs_attempt_root(const struct sgs_attempt *at);

struct sgs_judge; /* owns the texts of its findings */

struct sgs_judge *sgs_judge_new(void);
void sgs_judge_free(struct sgs_judge *j); /* accepts NULL */

/*
 * Decides the outcome of each attempt and finds what explains it: fills outcome, confidence and
 * findings.  They are borrowed until the next run or free.
 */
void sgs_judge_run(struct sgs_judge *j, struct sgs_attempt *attempts, size_t n);

#endif
