/* What the reports for people say of an attempt or a capture in the same words. */
#ifndef SGS_EXPORT_FACTS_H
#define SGS_EXPORT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/export.h>

#include "export/report.h"

#define SGS_PROOF_FRAMES 12 /* frames of a proof that are shown unless more is asked for */
#define SGS_CLOSED_ROWS 20  /* closed connections listed (text: of a reason), likewise */

extern const char *const sgs_fact_perhaps_closed; /* why no sign-in may have been found */
extern const char *const sgs_fact_how_to_capture;
extern const char *const sgs_fact_filter;
extern const char *const sgs_fact_dropped; /* behind a count of frames */
extern const char *const sgs_fact_cut;     /* likewise */
extern const char *const sgs_fact_interrupted;

/* The address of the one who is asked. */
const struct sgs_addr *sgs_fact_server(const struct sgs_step *s);

/* The step that shows which server it was about: the last towards a registrar, else the last of
 * all; NULL when no step had a peer. */
const struct sgs_step *sgs_fact_server_step(const struct sgs_attempt *a);

/* The step that tells why: the last bad one of a failed attempt, else the last seen, or NULL. */
const struct sgs_step *sgs_fact_last_word(const struct sgs_attempt *a);

/* A finding that the report shows beside causes, and one at least of a list. */
bool sgs_fact_is_shown(const struct sgs_export_options *o, const struct sgs_finding *f);
bool sgs_fact_any_shown(const struct sgs_export_options *o, const struct sgs_finding *list,
                        size_t n);

/* "3 users, 2 computers, 5 sign-ins" */
void sgs_fact_reach(struct sgs_buf *out, const struct sgs_scope *s);

/* These append to out, nothing when there is nothing to say. */
void sgs_fact_how(struct sgs_buf *out, const struct sgs_attempt *a);
void sgs_fact_proof(struct sgs_buf *out, const uint64_t *frames, size_t n, size_t most);
void sgs_fact_finding_id(struct sgs_buf *out, const struct sgs_finding *f);
void sgs_fact_not_it(struct sgs_buf *out, const struct sgs_attempt *a);
void sgs_fact_unseen(struct sgs_buf *out, const struct sgs_attempt *a, const struct sgs_report *r);
/* "keys at a proxy for 192.0.2.10: what to run there (why)" */
void sgs_fact_wanted(struct sgs_buf *out, const struct sgs_wanted *w);
void sgs_fact_keys(struct sgs_buf *out, const struct sgs_report *r);
void sgs_fact_octets(struct sgs_buf *out, uint64_t n);
/* "1 frame", "2 frames": the number and the word, with an s where it belongs. */
void sgs_fact_count(struct sgs_buf *out, uint64_t n, const char *word);

/* A run of equal steps. */
struct sgs_same_steps {
    const struct sgs_step *first;
    const struct sgs_step *last;
    size_t n;
};

/* The run that begins with step i; of one step alone unless is_folded. */
struct sgs_same_steps sgs_fact_run(const struct sgs_attempt *a, size_t i, bool is_folded);

/* True if both happen at the same stage of the same conversation. */
bool sgs_fact_is_same_place(const struct sgs_step *a, const struct sgs_step *b);

/* "10.0.0.15 -> pool01.contoso.com 10.0.1.9:5061, tcp3 decrypted"; an answer the other way. */
void sgs_fact_path(struct sgs_buf *out, const struct sgs_step *s, const char *arrow);

/* ns since the attempt began, or SGS_TIME_NONE. */
sgs_time sgs_fact_offset(const struct sgs_attempt *a, const struct sgs_step *s);

/* Connections that stayed closed for this reason; NULL: for one that is none of the contract. */
uint64_t sgs_fact_closed(const struct sgs_report *r, const struct sgs_tls_reason *reason);

/* The reason in a few words.  With a key log at hand "no key" says more. */
const char *sgs_fact_reason_text(const struct sgs_report *r, const struct sgs_tls_reason *reason);

/* False for a connection that carried nothing: it needs no recipe. */
bool sgs_fact_reason_matters(const struct sgs_tls_reason *reason);

#endif
