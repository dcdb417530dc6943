/*
 * Tokens that answers brought: a request that shows one of them names the event of the answer, so
 * that it can be said which ticket was refused, and who had issued it.
 */
#ifndef SGS_ENGINE_TOKENS_H
#define SGS_ENGINE_TOKENS_H

struct sgs_draft;
struct sgs_tokens;

struct sgs_tokens *sgs_tokens_new(void);
void sgs_tokens_free(struct sgs_tokens *t); /* accepts NULL */

/* Learns from token.issued, and completes token.presented. */
void sgs_tokens_see(struct sgs_tokens *t, struct sgs_draft *d);

#endif
