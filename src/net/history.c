/*
 * The last octets delivered of each direction: a ring where the octet at offset o stands at o
 * modulo its size.
 *
 *   from                              to
 *   [ ...... octets that count ...... )      to - from is at most the size
 */
#include "net/history.h"

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "net/inner.h"

struct sgs_history {
    struct sgs_history *older, *newer; /* by last use; newer also links the spare ones */
    struct sgs_history **owner;        /* where its direction keeps it */
    uint64_t from, to;
    uint8_t ring[SGS_HISTORY];
};

static void unlink_history(struct sgs_histories *all, struct sgs_history *h)
{
    *(h->older ? &h->older->newer : &all->oldest) = h->newer;
    *(h->newer ? &h->newer->older : &all->newest) = h->older;
}

static void link_newest(struct sgs_histories *all, struct sgs_history *h)
{
    h->older = all->newest;
    h->newer = NULL;
    *(all->newest ? &all->newest->newer : &all->oldest) = h;
    all->newest = h;
}

/* A spare one, a new one, or that of the direction that has been silent longest. */
static struct sgs_history *find_room(struct sgs_histories *all)
{
    struct sgs_history *h = all->spare;

    if (h) {
        all->spare = h->newer;
        return h;
    }
    if (all->n < SGS_MAX_HISTORIES) {
        all->n++;
        return sgs_xmalloc(sizeof *h);
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
    while (all->spare) {
        struct sgs_history *next = all->spare->newer;
        free(all->spare);
        all->spare = next;
    }
    all->n = 0;
}

void sgs_history_release(struct sgs_histories *all, struct sgs_history **mine)
{
    struct sgs_history *h = *mine;

    if (!h) {
        return;
    }
    unlink_history(all, h);
    *mine = NULL;
    h->newer = all->spare;
    all->spare = h;
}

void sgs_history_add(struct sgs_histories *all, struct sgs_history **mine, uint64_t off,
                     struct sgs_slice octets)
{
    struct sgs_history *h = *mine;

    if (!h) {
        h = find_room(all);
        h->owner = mine;
        h->from = off;
        h->to = off;
        *mine = h;
        link_newest(all, h);
    } else if (h != all->newest) {
        unlink_history(all, h);
        link_newest(all, h);
    }
    if (off != h->to) { /* a hole: what is before it does not count any more */
        h->from = off;
    }
    h->to = off + octets.len;
    if (octets.len > SGS_HISTORY) {
        octets = sgs_slice_from(octets, octets.len - SGS_HISTORY);
        off = h->to - SGS_HISTORY;
    }
    size_t at = (size_t)(off % SGS_HISTORY);
    struct sgs_slice head = sgs_slice_head(octets, SGS_HISTORY - at);
    sgs_copy_in(&h->ring[at], head);
    sgs_copy_in(h->ring, sgs_slice_from(octets, head.len));
    if (h->to - h->from > SGS_HISTORY) {
        h->from = h->to - SGS_HISTORY;
    }
}

uint64_t sgs_history_compare(const struct sgs_history *h, uint64_t off, struct sgs_slice octets)
{
    if (!h) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < octets.len; i++) {
        uint64_t at = off + i;
        if (at >= h->from && at < h->to && h->ring[at % SGS_HISTORY] != octets.ptr[i]) {
            return at;
        }
    }
    return UINT64_MAX;
}
