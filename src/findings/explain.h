/*
 * What codes, findings and steps mean: tables of static texts, the same for findings and for
 * `signscope explain`.
 */
#ifndef SGS_FINDINGS_EXPLAIN_H
#define SGS_FINDINGS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/finding.h>
#include <signscope/slice.h>

/* What kind of code it is: a number alone may be several. */
enum sgs_family {
#define FAMILY(id, word, title, source) SGS_FAMILY_##id,
#include "findings/families.def"
#undef FAMILY
    SGS_N_FAMILIES
};

struct sgs_family_row {
    const char *word;   /* of the JSON contract: "ms-diagnostics" */
    const char *title;  /* for people */
    const char *source; /* of rows that name none */
};

extern const struct sgs_family_row sgs_families[SGS_N_FAMILIES];

/* Who can put it right. */
enum sgs_fixer {
    SGS_FIX_NOBODY,
    SGS_FIX_CLIENT,
    SGS_FIX_NETWORK,
    SGS_FIX_DNS,
    SGS_FIX_PROXY,
    SGS_FIX_SERVER,
    SGS_FIX_IDENTITY,
    SGS_FIX_ANYONE
};

const char *sgs_fixer_name(enum sgs_fixer fixer); /* word of the JSON contract */
const char *sgs_fixer_text(enum sgs_fixer fixer); /* for people */

#define SGS_STAGE_ANY (SGS_STAGE_POST_SIGNIN + 1u) /* no stage of its own */

/* The word of a stage, also of SGS_STAGE_ANY. */
const char *sgs_explain_stage(unsigned stage);

/* A row of codes/codes.def, which tells what the columns hold. */
struct sgs_code {
    const char *code;
    enum sgs_family family;
    const char *name;
    const char *says;
    unsigned stage; /* enum sgs_stage, or SGS_STAGE_ANY */
    const char *normal;
    enum sgs_fixer fixer;
    const char *causes;
    const char *check;
    const char *source;
};

extern const struct sgs_code sgs_codes[];
extern const size_t sgs_n_codes;

/* The row of a code of this family (SGS_N_FAMILIES: of any), or NULL.  Case does not count. */
const struct sgs_code *sgs_code_find(struct sgs_slice code, enum sgs_family family);

/* The source of a row: its own, or that of its family. */
const char *sgs_code_source(const struct sgs_code *c);

/* A row of findings.def. */
struct sgs_finding_row {
    const char *id;
    unsigned stage;             /* enum sgs_stage, or SGS_STAGE_ANY */
    enum sgs_severity severity; /* the highest it can have */
    enum sgs_fixer fixer;
    const char *title;
    const char *says;   /* what to do */
    const char *saw;    /* what the client will have shown, or NULL */
    const char *source; /* of the fact */
};

extern const struct sgs_finding_row sgs_finding_rows[];
extern const size_t sgs_n_finding_rows;

/* The row of an id, or NULL.  Case does not count. */
const struct sgs_finding_row *sgs_finding_row(struct sgs_slice id);

/* A row of steps.def; texts that do not apply are "". */
struct sgs_step_row {
    const char *id;
    const char *flow; /* word of the JSON contract; "" for the blocks that flows share */
    unsigned stage;   /* enum sgs_stage */
    const char *title;
    const char *wire;   /* how it looks */
    const char *normal; /* alarming, but normal */
    const char *fails;  /* what is a failure */
    const char *source;
};

extern const struct sgs_step_row sgs_step_rows[];
extern const size_t sgs_n_step_rows;

/* The row of an id, or NULL.  Case does not count. */
const struct sgs_step_row *sgs_step_row(struct sgs_slice id);

#define SGS_MAX_NEAR 5

/* What is known of a word that somebody asked for.  All texts are static. */
struct sgs_explained {
    bool is_known; /* false: what codes holds are ranges around it, and near is filled */
    const struct sgs_code *codes[SGS_N_FAMILIES]; /* at most one of a family */
    size_t n_codes;
    const struct sgs_finding_row *finding; /* or NULL */
    const struct sgs_step_row *step;       /* or NULL */
    const char *near[SGS_MAX_NEAR];        /* codes, names and ids like it, the nearest first */
    size_t n_near;
};

/*
 * Looks a word up: a code in any spelling (28032, "28032", AADSTS50126, 50126, 0x80048821,
 * 80048821, -2147023728, 12029), the name of one, the id of a finding or of a step.
 */
void sgs_explain(struct sgs_slice word, struct sgs_explained *out);

#endif
