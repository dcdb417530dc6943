/*
 * The store:  records of the file, in order of their coming | records in memory, likewise
 *             0                                     spilled                             end
 *
 * An index in memory has the place of each and what orders it.
 */
#include <signscope/store.h>

#include <stdlib.h>

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "export/pack.h"

#define UNPACKED_MEMORY ((size_t)256 << 20) /* octets of one attempt: its steps are capped */

struct place {
    sgs_time time; /* of the event it began with; so are frame and id */
    uint64_t frame;
    uint64_t id;
    uint64_t offset; /* octets before it */
    size_t len;
    enum sgs_outcome outcome;
};

struct sgs_store {
    FILE *(*open_spill)(void);
    FILE *spill; /* ours, or NULL */
    bool has_tried;
    uint64_t spilled;    /* octets in the file */
    struct sgs_buf held; /* behind these */
    struct place *places;
    size_t n;
    size_t n_room;
    bool is_sorted;
    uint64_t lost;
    struct sgs_buf record; /* that was read back */
    struct sgs_arena arena;
    struct sgs_attempt at;
};

struct sgs_store *sgs_store_new(FILE *(*open_spill)(void))
{
    struct sgs_store *s = sgs_xcalloc(1, sizeof *s);

    s->open_spill = open_spill;
    sgs_buf_init(&s->held, SGS_MAX_STORE_HELD);
    sgs_buf_init(&s->record, SGS_MAX_STORE_HELD);
    sgs_arena_init(&s->arena, UNPACKED_MEMORY);
    return s;
}

void sgs_store_free(struct sgs_store *s)
{
    if (!s) {
        return;
    }
    if (s->spill) {
        (void)fclose(s->spill);
    }
    sgs_buf_clear(&s->held);
    sgs_buf_clear(&s->record);
    sgs_arena_clear(&s->arena);
    free(s->places);
    free(s);
}

/* Moves what is held into the file; where that fails it stays, and the file is written no more. */
static void spill(struct sgs_store *s)
{
    struct sgs_slice all = sgs_buf_slice(&s->held);

    if (!s->has_tried) {
        s->has_tried = true;
        s->spill = s->open_spill ? s->open_spill() : NULL;
    } else if (!s->spill) {
        return;
    }
    if (s->spill && fseek(s->spill, (long)s->spilled, SEEK_SET) == 0 &&
        fwrite(all.ptr, 1, all.len, s->spill) == all.len && fflush(s->spill) == 0) {
        s->spilled += all.len;
        sgs_buf_drop(&s->held, all.len);
    }
}

void sgs_store_add(struct sgs_store *s, const struct sgs_attempt *at, const struct sgs_event *first)
{
    size_t before = s->held.len;

    sgs_pack_attempt(&s->held, at);
    if (s->held.overflow) {
        s->lost++;
        s->held.len = before;
        s->held.overflow = false;
        return;
    }
    if (s->n == s->n_room) {
        s->n_room = s->n_room ? 2 * s->n_room : 64;
        s->places = sgs_xrealloc(s->places, s->n_room, sizeof *s->places);
    }
    s->places[s->n++] = (struct place){first->origin.time,  first->origin.frame,  first->id,
                                       s->spilled + before, s->held.len - before, at->outcome};
    s->is_sorted = false;
    if (s->held.len >= SGS_MAX_STORE_MEMORY) {
        spill(s);
    }
}

uint64_t sgs_store_lost(const struct sgs_store *s)
{
    return s->lost;
}

size_t sgs_store_len(const struct sgs_store *s)
{
    return s->n;
}

static int by_first(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->frame != y->frame) {
        return x->frame < y->frame ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static const struct place *place_of(struct sgs_store *s, size_t i)
{
    if (!s->is_sorted && s->n > 1) {
        qsort(s->places, s->n, sizeof *s->places, by_first);
    }
    s->is_sorted = true;
    return &s->places[i];
}

static struct sgs_slice octets_of(struct sgs_store *s, const struct place *p)
{
    uint8_t *room = NULL;

    if (p->offset >= s->spilled) {
        return sgs_slice(s->held.ptr + (p->offset - s->spilled), p->len);
    }
    sgs_buf_drop(&s->record, s->record.len);
    room = sgs_buf_reserve(&s->record, p->len);
    if (!room || fseek(s->spill, (long)p->offset, SEEK_SET) != 0 ||
        fread(room, 1, p->len, s->spill) != p->len) {
        sgs_die("the temporary file of sign-ins cannot be read");
    }
    return sgs_slice(room, p->len);
}

const struct sgs_attempt *sgs_store_get(struct sgs_store *s, size_t i)
{
    const struct place *p = place_of(s, i);

    sgs_arena_reset(&s->arena);
    if (!sgs_unpack_attempt(octets_of(s, p), &s->arena, &s->at)) {
        sgs_die("the temporary file of sign-ins was changed");
    }
    s->at.id = i + 1;
    return &s->at;
}

enum sgs_outcome sgs_store_outcome(struct sgs_store *s, size_t i)
{
    return place_of(s, i)->outcome;
}
