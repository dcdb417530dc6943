/*
 * What a capture shows beyond single sign-ins: whom the trouble meets, servers that refuse
 * everybody, clocks that differ, keys that are of another capture.
 */
#ifndef SGS_SURVEY_H
#define SGS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/clock.h>
#include <signscope/finding.h>
#include <signscope/signin.h>
#include <signscope/slice.h>

/* Sign-ins that ended alike: a row of the table that says whom the trouble meets. */
struct sgs_scope {
    enum sgs_outcome outcome;
    const char *cause;      /* of failed ones: id of the finding that is the cause, else NULL */
    struct sgs_slice title; /* its title, empty */
    enum sgs_stage stage;   /* of failed ones: where they stopped */
    struct sgs_slice host;  /* of failed ones: at whose; empty when not known */
    uint64_t attempts;
    uint64_t users;                 /* different ones; of those that name nobody: computers */
    uint64_t computers;             /* different addresses */
    const struct sgs_slice *agents; /* what they called themselves, each once, sorted; the first */
    size_t n_agents;                /* SGS_MAX_SCOPE_AGENTS */
    sgs_time first, last;           /* when the first and the last of them began */
};

/* What the report knows of the capture besides. */
struct sgs_survey_view {
    uint64_t frames;
    sgs_time first, last;   /* SGS_TIME_NONE: no frame */
    uint64_t key_lines;     /* entries of the key logs */
    uint64_t tls_decrypted; /* connections of which something was read */
    uint64_t tls_strange;   /* those for which a key log has no line */
    uint64_t tls_else;      /* those that stayed closed though a line may be there */
};

struct sgs_survey;

struct sgs_survey *sgs_survey_new(void);
void sgs_survey_free(struct sgs_survey *s); /* accepts NULL */

/* An attempt that was judged, with its acts; what is needed of it is copied.  In any order. */
void sgs_survey_attempt(struct sgs_survey *s, const struct sgs_attempt *at);

/* What all came to; borrowed until free.  Once, at the end. */
void sgs_survey_finish(struct sgs_survey *s, const struct sgs_survey_view *view);
size_t sgs_survey_findings(const struct sgs_survey *s, const struct sgs_finding **out);
/* Failed ones first, the rows of most sign-ins before others; none when there is only one sign-in.
 */
size_t sgs_survey_scope(const struct sgs_survey *s, const struct sgs_scope **out);

#endif
