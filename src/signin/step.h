/* Exchanges as steps. */
#ifndef SGS_SIGNIN_STEP_H
#define SGS_SIGNIN_STEP_H

#include "signin/exchange.h"
#include "signin/flow.h"

/* The word of the JSON contract. */
const char *sgs_proto_name(enum sgs_proto proto);

/* What of an exchange a step shows. */
enum sgs_half { SGS_WHOLE, SGS_QUESTION, SGS_ANSWER };

/* Describes x as a step, question and answer in one; texts and arrays live in the arena. */
struct sgs_step sgs_step_make(const struct sgs_exchange *x, const struct sgs_flow_step *row,
                              struct sgs_arena *a);

/* The halves of act, which is x as sgs_step_make describes it.  The answer may be one that the
 * capture lacks. */
struct sgs_step sgs_step_question(const struct sgs_step *act, const struct sgs_exchange *x,
                                  struct sgs_arena *a);
struct sgs_step sgs_step_answer(const struct sgs_step *act, const struct sgs_exchange *x,
                                struct sgs_arena *a);

/* The certificate that a user shows in x (TLS-DSK), and until when it is good: "certificate of
 * ada@contoso.com, valid until 2031-01-01"; empty: none. */
struct sgs_slice sgs_step_certificate(const struct sgs_exchange *x, struct sgs_arena *a);

/* Two notes as one; either may be empty. */
struct sgs_slice sgs_step_join(struct sgs_slice said, struct sgs_slice more, struct sgs_arena *a);

/* Sorts n numbers and drops what stands twice; returns how many are left. */
size_t sgs_numbers_tidy(uint64_t *list, size_t n);

#endif
