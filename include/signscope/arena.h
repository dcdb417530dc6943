/* Memory that has one lifetime and one cap: allocated piece by piece, given back all at once. */
#ifndef SGS_ARENA_H
#define SGS_ARENA_H

#include <stddef.h>

#include <signscope/slice.h>

/* An arena in the caller's memory.  Members are private to arena.c. */
struct sgs_arena {
    struct sgs_arena_chunk *chunks; /* newest first; NULL when empty */
    size_t used;                    /* octets handed out since init or reset */
    size_t cap;                     /* octets that may be handed out at most */
};

/* A fresh arena that hands out at most cap octets. */
void sgs_arena_init(struct sgs_arena *a, size_t cap);

/* Gives everything back to the system; the arena may be used again. */
void sgs_arena_clear(struct sgs_arena *a);

/* As clear, but keeps one chunk for reuse: for lifetimes as short as a message. */
void sgs_arena_reset(struct sgs_arena *a);

/* size zeroed octets, aligned for any type, valid until reset or clear; NULL at the cap.  size 0
 * gives a valid pointer. */
void *sgs_arena_alloc(struct sgs_arena *a, size_t size);

/* The same, not zeroed: for octets that are all written before one is read. */
void *sgs_arena_room(struct sgs_arena *a, size_t size);

/* n zeroed elements of size octets; NULL at the cap or when n * size overflows. */
void *sgs_arena_array(struct sgs_arena *a, size_t n, size_t size);

/* A copy of s in the arena (with a NUL behind it that does not count); empty at the cap. */
struct sgs_slice sgs_arena_copy(struct sgs_arena *a, struct sgs_slice s);

/* The same with ASCII capitals made small: for keys and names that do not tell them apart. */
struct sgs_slice sgs_arena_lower(struct sgs_arena *a, struct sgs_slice s);

/* The same as a C string; octets after a NUL inside s are lost to C.  NULL at the cap. */
char *sgs_arena_text(struct sgs_arena *a, struct sgs_slice s);

/* printf into the arena; the text is a slice with a NUL behind it, empty at the cap. */
struct sgs_slice sgs_arena_printf(struct sgs_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
