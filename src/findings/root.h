/*
 * What the exchange that decided a failed attempt says of the cause: the rules of roots.def, which
 * look at it and at the other exchanges of the attempt.
 */
#ifndef SGS_FINDINGS_ROOT_H
#define SGS_FINDINGS_ROOT_H

#include <signscope/finding.h>
#include <signscope/signin.h>

/* A root cause as the catalogue names it; static texts. */
struct sgs_cause {
    const char *id;
    const char *title;    /* one factual line */
    const char *hint;     /* what to do */
    const char *user_saw; /* what the client will have shown, or NULL */
};

struct sgs_root {
    const struct sgs_cause *cause;
    enum sgs_confidence confidence;
};

/* The first rule that fits; false: none does.  decisive is one of at->acts. */
bool sgs_root_find(const struct sgs_attempt *at, const struct sgs_step *decisive,
                   struct sgs_root *out);

#endif
