/* The texts of findings. */
#ifndef SGS_FINDINGS_DETAIL_H
#define SGS_FINDINGS_DETAIL_H

#include <signscope/arena.h>
#include <signscope/signin.h>

#include "findings/explain.h"
#include "findings/outcome.h"

/*
 * pattern with its slots filled from what the finding is about.
 *
 *   {host} {request} {response} {title} {note}   of the step
 *   {n} {text} {more}                            of a fact: its number, reason and symbol
 *   {s}                                          its number, which is milliseconds, in seconds
 *   {took}                                       duration of the step
 *   {user} {client}                              of the attempt
 *   {leaf.not_after}                             a field of an event: req, rsp, inner, hello,
 * choice, leaf, issuer, session, user, alert,
 * interception
 *
 * What is not known is "unknown".  A slot that does not exist ends the program: it is in a table.
 */
struct sgs_slice sgs_detail(struct sgs_arena *a, const char *pattern, const struct sgs_attempt *at,
                            const struct sgs_step *about);

/* What was asked and answered where it went wrong, why that counts, and what had gone well. */
struct sgs_slice sgs_detail_refusal(struct sgs_arena *a, const struct sgs_outcome_facts *f);

/* The same of any other exchange. */
struct sgs_slice sgs_detail_exchange(struct sgs_arena *a, const struct sgs_step *s);

/* The catalogue's row for the code of a step, or for its status where no code came; NULL: none. */
const struct sgs_code *sgs_detail_code(const struct sgs_step *s);

#endif
