/*
 * Secrets in texts that are otherwise facts.  Dissectors pass every URL and every free text of the
 * wire that may carry a credential through here before it enters an event, so that no reader of
 * events ever holds one.
 */
#ifndef SGS_MASK_H
#define SGS_MASK_H

#include <signscope/arena.h>
#include <signscope/slice.h>

/*
 * A URL or request target with the values of secret parameters (query and fragment: code, token,
 * assertion, password, wresult, SAMLResponse, cwt, ticket, ..., and any value that is a JWT or a
 * long run of base64) and a password before '@' replaced by "***".  url itself when nothing was
 * secret; empty at the arena's cap.
 */
struct sgs_slice sgs_mask_url(struct sgs_arena *a, struct sgs_slice url);

/* The same for free text (reason phrases, fault texts, header values): JWTs, long base64 runs and
 * "password=..." forms. */
struct sgs_slice sgs_mask_text(struct sgs_arena *a, struct sgs_slice text);

#endif
