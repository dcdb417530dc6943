/*
 * Memory that has one lifetime and one cap.
 *
 * An arena is a list of chunks, newest first.  Octets are cut off the newest; when it is too small
 * a new one is made, twice the size of the last one, so that a small arena costs little and a large
 * one few calls of malloc.  Every piece begins at a multiple of the strictest alignment and is
 * rounded up to one; the rounded size is what counts against the cap.  Under AddressSanitizer every
 * piece is a chunk of its own and just as large as asked for, so that a step past its end is seen.
 */
#include <signscope/arena.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ALIGNMENT _Alignof(max_align_t)
#define FIRST_CHUNK 256u           /* octets: many layers hold only their state */
#define LARGEST_DOUBLED 1048576u   /* octets: from here on chunks stay at this size */
#define SHORT_TEXT 256u            /* octets of what printf most often makes */
#define LARGEST_KEPT (256u * 1024) /* octets: a larger chunk is not worth holding on to */

#if defined __SANITIZE_ADDRESS__
#define HAS_ASAN true
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN true
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN false
#endif

struct sgs_arena_chunk {
    struct sgs_arena_chunk *next; /* the one made before */
    size_t size;                  /* octets behind this head */
    size_t used;                  /* octets of them handed out */
    max_align_t octets[];
};

void sgs_arena_init(struct sgs_arena *a, size_t cap)
{
    *a = (struct sgs_arena){.cap = cap};
}

void sgs_arena_clear(struct sgs_arena *a)
{
    while (a->chunks) {
        struct sgs_arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
    a->used = 0;
}

void sgs_arena_reset(struct sgs_arena *a)
{
    struct sgs_arena_chunk *kept = NULL;

    while (a->chunks) {
        struct sgs_arena_chunk *c = a->chunks;
        a->chunks = c->next;
        if (!HAS_ASAN && !kept && c->size <= LARGEST_KEPT) {
            kept = c;
            continue;
        }
        free(c);
    }
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
    }
    a->chunks = kept;
    a->used = 0;
}

static void add_chunk(struct sgs_arena *a, size_t at_least)
{
    size_t size = FIRST_CHUNK;

    if (a->chunks) {
        size = a->chunks->size < LARGEST_DOUBLED / 2 ? a->chunks->size * 2 : LARGEST_DOUBLED;
    }
    if (HAS_ASAN || size < at_least) {
        size = at_least;
    }
    struct sgs_arena_chunk *c = sgs_xmalloc(sizeof *c + size);
    c->next = a->chunks;
    c->size = size;
    c->used = 0;
    a->chunks = c;
}

/* Octets that hold anything. */
static inline void *take(struct sgs_arena *a, size_t size)
{
    size_t rounded = size > 0 ? (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : ALIGNMENT;
    size_t taken = HAS_ASAN ? size : rounded;

    if (size > SIZE_MAX / 2 || rounded > a->cap - a->used) {
        return NULL;
    }
    if (HAS_ASAN || !a->chunks || a->chunks->size - a->chunks->used < taken) {
        add_chunk(a, taken);
    }
    struct sgs_arena_chunk *c = a->chunks;
    void *p = (uint8_t *)c->octets + c->used;
    c->used += taken;
    a->used += rounded;
    return p;
}

void *sgs_arena_alloc(struct sgs_arena *a, size_t size)
{
    void *p = take(a, size);

    if (p && size > 0) {
        memset(p, 0, size);
    }
    return p;
}

void *sgs_arena_room(struct sgs_arena *a, size_t size)
{
    return take(a, size);
}

void *sgs_arena_array(struct sgs_arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return sgs_arena_alloc(a, n * size);
}

static inline char *copy(struct sgs_arena *a, struct sgs_slice s)
{
    char *p = s.len < SIZE_MAX ? take(a, s.len + 1) : NULL;

    if (p && s.len > 0) {
        memcpy(p, s.ptr, s.len);
    }
    if (p) {
        p[s.len] = '\0';
    }
    return p;
}

char *sgs_arena_text(struct sgs_arena *a, struct sgs_slice s)
{
    return copy(a, s);
}

struct sgs_slice sgs_arena_copy(struct sgs_arena *a, struct sgs_slice s)
{
    const char *p = copy(a, s);

    return p ? sgs_slice(p, s.len) : (struct sgs_slice){NULL, 0};
}

struct sgs_slice sgs_arena_lower(struct sgs_arena *a, struct sgs_slice s)
{
    char *p = sgs_arena_text(a, s);

    for (size_t i = 0; p && i < s.len; i++) {
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]);
    }
    return p ? sgs_slice(p, s.len) : (struct sgs_slice){NULL, 0};
}

struct sgs_slice sgs_arena_printf(struct sgs_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char first[SHORT_TEXT];
    int n = vsnprintf(first, sizeof first, format, args);
    char *p = n >= 0 ? take(a, (size_t)n + 1) : NULL;
    if (p && (size_t)n < sizeof first) {
        memcpy(p, first, (size_t)n + 1);
    } else if (p) {
        (void)vsnprintf(p, (size_t)n + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return p ? sgs_slice(p, (size_t)n) : (struct sgs_slice){NULL, 0};
}
