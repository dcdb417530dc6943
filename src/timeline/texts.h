/*
 * Texts that many events of many owners have: one copy of each, called by its number, for as long
 * as the table lives.  What only one owner says stays with it, so what is here is little: names of
 * servers, programs and members.  Which texts get in may depend on hashes, so nothing but memory
 * may depend on that.
 */
#ifndef SGS_TIMELINE_TEXTS_H
#define SGS_TIMELINE_TEXTS_H

#include <stdint.h>

#include <signscope/slice.h>

struct sgs_texts;
struct sgs_texts *sgs_texts_new(void);
void sgs_texts_free(struct sgs_texts *t); /* accepts NULL */

/* The number of text, which owner says, or 0 when it is not here. */
uint32_t sgs_texts_number(struct sgs_texts *t, struct sgs_slice text, uint32_t owner);

/* The text of that number, borrowed until t is freed; empty when there is none. */
struct sgs_slice sgs_texts_get(const struct sgs_texts *t, uint64_t number);

#endif
