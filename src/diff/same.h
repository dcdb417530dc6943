/* Whether two values say the same, when the sign-ins are of two users or two domains. */
#ifndef SGS_DIFF_SAME_H
#define SGS_DIFF_SAME_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/buf.h>
#include <signscope/signin.h>
#include <signscope/slice.h>

#define SGS_SAME_WORDS 4 /* user@domain, domain, user, first label of the domain */

/* Words that stand for the same on both sides; texts are borrowed of the attempts. */
struct sgs_same {
    struct sgs_slice words[2][SGS_SAME_WORDS]; /* empty: that word is the same anyhow */
};

void sgs_same_init(struct sgs_same *s, const struct sgs_attempt *good,
                   const struct sgs_attempt *bad);

/* The domain of the user, else that of the names that discovery asked for; empty when unknown. */
struct sgs_slice sgs_same_domain(const struct sgs_attempt *at);

/* Appends text of that side (0 or 1) as it is compared: small letters, a mark for each word. */
void sgs_same_put(const struct sgs_same *s, unsigned side, struct sgs_slice text,
                  struct sgs_buf *out);

/* The values say the same. */
bool sgs_same_texts(const struct sgs_same *s, struct sgs_slice good, struct sgs_slice bad);

#endif
