/*
 * A map from octets to pointers that remembers the order of insertion.  The hash is keyed with
 * random octets, so that chosen keys cannot pile up; the key never shows, because the only order
 * one can see is that of insertion.  Put, get and del take amortised constant time, and so does
 * taking the oldest entry again and again.
 */
#ifndef SGS_BASE_MAP_H
#define SGS_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_map;

struct sgs_map *sgs_map_new(void);

/* The hash of octets that maps use, for tables of another form. */
uint64_t sgs_map_hash(struct sgs_slice key);

/* A random number of this run, always the same: for the hashes of libraries. */
uint64_t sgs_map_salt(void);

/* The values are the caller's: release them before.  Accepts NULL. */
void sgs_map_free(struct sgs_map *m);

/* The value under key, or NULL. */
void *sgs_map_get(const struct sgs_map *m, struct sgs_slice key);

/*
 * Sets the value (kept, not NULL) under key (copied).  Returns the value that stood there before,
 * whose place in the order it takes, or NULL when key is new and so comes last.
 */
void *sgs_map_put(struct sgs_map *m, struct sgs_slice key, void *value);

/* Takes key out and returns its value, or NULL when it is not there. */
void *sgs_map_del(struct sgs_map *m, struct sgs_slice key);

/* Number of entries. */
size_t sgs_map_len(const struct sgs_map *m);

/*
 * The next entry in order of insertion; *cursor is 0 before the first.  key (borrowed until it is
 * deleted or another is put) and value may be NULL.  False at the end.  Between two calls entries
 * may be deleted, but none may be put.
 */
bool sgs_map_next(const struct sgs_map *m, size_t *cursor, struct sgs_slice *key, void **value);

#endif
