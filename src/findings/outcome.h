/*
 * The outcome of an attempt: signed in, failed, or not to be told from this capture.
 *
 *   signed in   the registrar took the registration (or the web application was created)
 *   failed      a final refusal, or every candidate used up, or given up, with nothing further
 * along afterwards unknown     everything else; what could not be read is never a negative result
 */
#ifndef SGS_FINDINGS_OUTCOME_H
#define SGS_FINDINGS_OUTCOME_H

#include <signscope/signin.h>

/* Nothing more for so long: the client has given up (own choice). */
#define SGS_GIVEN_UP (5 * SGS_SEC)

struct sgs_outcome_facts {
    enum sgs_outcome outcome;
    enum sgs_confidence confidence;
    const struct sgs_step *decisive;  /* the step that shows it; NULL when unknown */
    const struct sgs_step *last_good; /* last step that went well before it, or NULL */
    const char *why;                  /* static, one clause */
};

struct sgs_outcome_facts sgs_outcome_of(const struct sgs_attempt *at);

/* Of each of at->acts: had it failed, something else would have made up for it (n_acts elements).
 */
void sgs_outcome_overcome(const struct sgs_attempt *at, bool *is_over);

#endif
