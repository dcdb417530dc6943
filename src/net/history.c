/*
 * The last octets delivered of each direction, in a ring that grows as they come: to SGS_HISTORY,
 * or with many directions to its share of ROOM, so that all together have a chance to stay in a
 * cache.  The share is never below FIRST_SIZE.
 *
 *   start         from                              to
 *   [             [ ...... octets that count ...... )      to - from is at most the size
 *
 * The octet at offset o stands at o - start, modulo the size.  A ring that has gone round stays as
 * large as it is, so growing moves nothing.
 */
#include "net/history.h"

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "net/inner.h"
#include "net/reasm.h"

#define FIRST_SIZE 1024u /* octets: a request, or the answer to it; doubled */
#define ROOM (SGS_MAX_HISTORIES * SGS_HISTORY / 16) /* octets for all directions together */

struct sgs_history {
    struct sgs_history *older, *newer; /* by last use; newer also links the spare ones */
    struct sgs_history **owner;        /* where its direction keeps it */
    uint64_t start, from, to;
    uint8_t *ring; /* ours */
    size_t size;   /* of the ring: a power of two */
};

static void unlink_history(struct sgs_histories *all, struct sgs_history *h)
{
    all->n_used--;
    *(h->older ? &h->older->newer : &all->oldest) = h->newer;
    *(h->newer ? &h->newer->older : &all->newest) = h->older;
}

static void link_newest(struct sgs_histories *all, struct sgs_history *h)
{
    all->n_used++;
    h->older = all->newest;
    h->newer = NULL;
    *(all->newest ? &all->newest->newer : &all->oldest) = h;
    all->newest = h;
}

/* A spare one, a new one, or that of the direction that has been silent longest. */
static struct sgs_history *find_room(struct sgs_histories *all)
{
    struct sgs_history *h = all->spare;

    if (!all->rows) {
        all->rows = sgs_xcalloc(SGS_MAX_HISTORIES, sizeof *all->rows);
    }
    if (h) {
        all->spare = h->newer;
        return h;
    }
    if (all->n_taken < SGS_MAX_HISTORIES) {
        return &all->rows[all->n_taken++];
    }
    h = all->oldest;
    unlink_history(all, h);
    *h->owner = NULL;
    return h;
}

void sgs_histories_clear(struct sgs_histories *all)
{
    while (all->oldest) {
        sgs_history_release(all, all->oldest->owner);
    }
    free(all->rows);
    *all = (struct sgs_histories){0};
}

void sgs_history_release(struct sgs_histories *all, struct sgs_history **mine)
{
    struct sgs_history *h = *mine;

    if (!h) {
        return;
    }
    unlink_history(all, h);
    *mine = NULL;
    free(h->ring);
    *h = (struct sgs_history){.newer = all->spare};
    all->spare = h;
}

/* Lets a ring that has not gone round yet grow for len more octets, as far as its share goes. */
static void grow(const struct sgs_histories *all, struct sgs_history *h, size_t len)
{
    uint64_t used = h->to - h->start;
    size_t share = ROOM / all->n_used;
    size_t size = h->size ? h->size : FIRST_SIZE;

    if (used > h->size) {
        return;
    }
    while (size < used + len && size < SGS_HISTORY && size * 2 <= share) {
        size *= 2;
    }
    if (size > h->size) {
        h->ring = sgs_xrealloc(h->ring, size, 1);
        h->size = size;
    }
}

/* The history of a direction whose next octets are at off. */
static struct sgs_history *history_at(struct sgs_histories *all, struct sgs_history **mine,
                                      uint64_t off)
{
    struct sgs_history *h = *mine;

    if (h && h != all->newest) {
        unlink_history(all, h);
        link_newest(all, h);
    }
    if (!h) {
        h = find_room(all);
        h->owner = mine;
        h->to = SGS_NO_OFFSET;
        *mine = h;
        link_newest(all, h);
    }
    if (off != h->to) { /* new, or a hole: what is before it does not count any more */
        h->start = off;
        h->from = off;
        h->to = off;
    }
    return h;
}

void sgs_history_add(struct sgs_histories *all, struct sgs_history **mine, uint64_t off,
                     struct sgs_slice octets)
{
    struct sgs_history *h = history_at(all, mine, off);

    grow(all, h, octets.len);
    h->to = off + octets.len;
    if (octets.len > h->size) {
        octets = sgs_slice_from(octets, octets.len - h->size);
        off = h->to - h->size;
    }
    size_t at = (size_t)(off - h->start) & (h->size - 1);
    struct sgs_slice head = sgs_slice_head(octets, h->size - at);
    sgs_copy_in(&h->ring[at], head);
    sgs_copy_in(h->ring, sgs_slice_from(octets, head.len));
    if (h->to - h->from > h->size) {
        h->from = h->to - h->size;
    }
}

uint64_t sgs_history_compare(const struct sgs_history *h, uint64_t off, struct sgs_slice octets)
{
    if (!h) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < octets.len; i++) {
        uint64_t at = off + i;
        if (at >= h->from && at < h->to &&
            h->ring[(size_t)(at - h->start) & (h->size - 1)] != octets.ptr[i]) {
            return at;
        }
    }
    return UINT64_MAX;
}
