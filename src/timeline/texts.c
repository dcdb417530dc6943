/*
 * Shared texts.
 *
 *   seen    [ part of a hash, owner ]   the last text of each place: who comes again with another
 *                                       owner gets in
 *   slots   [ . 3 . 1 . . 2 . ]         hash -> number, from 1; 0 is free; linear probing
 *   list    [ a b c ]                   by number
 */
#include "timeline/texts.h"

#include <stdlib.h>

#include <signscope/arena.h>
#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

#define N_SEEN 65536u     /* a power of two */
#define FIRST_TEXTS 1024u /* a power of two */
#define SHORTEST 4u       /* octets: a shorter one takes hardly more than a number */

struct text {
    uint64_t hash;
    struct sgs_slice octets; /* in the arena */
};

struct seen {
    uint32_t part;
    uint32_t owner;
};

struct sgs_texts {
    struct sgs_arena arena;
    struct seen *seen;
    struct text *list;
    uint32_t *slots; /* twice as many as there is room for texts */
    uint32_t n;
    uint32_t room; /* a power of two */
};

static void grow(struct sgs_texts *t)
{
    t->room = t->room ? 2 * t->room : FIRST_TEXTS;
    t->list = sgs_xrealloc(t->list, t->room, sizeof *t->list);
    free(t->slots);
    t->slots = sgs_xcalloc((size_t)2 * t->room, sizeof *t->slots);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t slot = (uint32_t)t->list[i].hash & (2 * t->room - 1);
        while (t->slots[slot] != 0) {
            slot = (slot + 1) & (2 * t->room - 1);
        }
        t->slots[slot] = i + 1;
    }
}

struct sgs_texts *sgs_texts_new(void)
{
    struct sgs_texts *t = sgs_xcalloc(1, sizeof *t);
    sgs_arena_init(&t->arena, SGS_MAX_SHARED_TEXTS);
    t->seen = sgs_xcalloc(N_SEEN, sizeof *t->seen);
    grow(t);
    return t;
}

void sgs_texts_free(struct sgs_texts *t)
{
    if (t) {
        sgs_arena_clear(&t->arena);
        free(t->seen);
        free(t->list);
        free(t->slots);
        free(t);
    }
}

/* Somebody else has said it lately. */
static bool is_shared(struct sgs_texts *t, uint64_t hash, uint32_t owner)
{
    struct seen *s = &t->seen[hash & (N_SEEN - 1)];
    struct seen before = *s;
    *s = (struct seen){(uint32_t)(hash >> 32), owner};
    return before.part == s->part && before.owner != 0 && before.owner != owner;
}

uint32_t sgs_texts_number(struct sgs_texts *t, struct sgs_slice text, uint32_t owner)
{
    if (text.len < SHORTEST) {
        return 0;
    }
    uint64_t hash = sgs_map_hash(text);
    uint32_t slot = (uint32_t)hash & (2 * t->room - 1);
    for (; t->slots[slot] != 0; slot = (slot + 1) & (2 * t->room - 1)) {
        const struct text *have = &t->list[t->slots[slot] - 1];
        if (have->hash == hash && sgs_slice_eq(have->octets, text)) {
            return t->slots[slot];
        }
    }
    if (!is_shared(t, hash, owner)) {
        return 0;
    }
    struct sgs_slice copy = sgs_arena_copy(&t->arena, text);
    if (copy.len == 0) {
        return 0;
    }
    t->list[t->n++] = (struct text){hash, copy};
    t->slots[slot] = t->n;
    uint32_t number = t->n;
    if (t->n == t->room) {
        grow(t);
    }
    return number;
}

struct sgs_slice sgs_texts_get(const struct sgs_texts *t, uint64_t number)
{
    return number > 0 && number <= t->n ? t->list[number - 1].octets : (struct sgs_slice){NULL, 0};
}
