/*
 * Attempts that are judged and wait for the report: packed, a few MiB of them in memory, the rest
 * in a temporary file, so that memory does not grow with their number.
 */
#ifndef SGS_STORE_H
#define SGS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <signscope/event.h>
#include <signscope/signin.h>

struct sgs_store;

/*
 * open_spill gives a fresh file to read and write that goes when it is closed, or NULL; it is
 * called at most once, when memory is used up.  Without a file memory is used up to a larger cap.
 */
struct sgs_store *sgs_store_new(FILE *(*open_spill)(void));
void sgs_store_free(struct sgs_store *s); /* accepts NULL */

/* Another attempt, copied (acts are not), that began with the event first. */
void sgs_store_add(struct sgs_store *s, const struct sgs_attempt *at,
                   const struct sgs_event *first);

/* Attempts for which there was no room. */
uint64_t sgs_store_lost(const struct sgs_store *s);

size_t sgs_store_len(const struct sgs_store *s);

/*
 * Number i from 0 in capture order of the events they began with; its id is i + 1.  Borrowed until
 * the next call of add or get.  The outcome alone costs nothing.
 */
const struct sgs_attempt *sgs_store_get(struct sgs_store *s, size_t i);
enum sgs_outcome sgs_store_outcome(struct sgs_store *s, size_t i);

#endif
