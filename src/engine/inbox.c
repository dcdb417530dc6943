/*
 * The head buffer of one direction of a layer: octets that no message has used yet, each run of
 * them marked with the frames it came from.
 *
 *   marks:  |off 100, frame 7   |off 160, frame 9     |
 *   head:   [ 110 ............... 160 ........... 200 )     off = 110
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/internal.h"

#define MAX_MARKS                                                                                  \
    65536 /* marks of one head; beyond, the last one stretches: frames in between are not named */

void sgs_inbox_init(struct sgs_inbox *h, size_t cap)
{
    sgs_buf_init(&h->head, cap);
}

void sgs_inbox_clear(struct sgs_inbox *h)
{
    sgs_buf_clear(&h->head);
    free(h->marks);
    h->marks = NULL;
    h->n_marks = h->marks_room = 0;
}

/* The last mark at or before off. */
static size_t mark_at(const struct sgs_inbox *h, uint64_t off)
{
    size_t low = 0;
    size_t high = h->n_marks;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (h->marks[mid].off <= off) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return low;
}

void sgs_origin_extend(struct sgs_origin *o, const struct sgs_origin *by)
{
    if (by->frame_last > o->frame_last) {
        o->frame_last = by->frame_last;
        o->time_last = by->time_last;
    }
}

struct sgs_origin sgs_inbox_origin(const struct sgs_inbox *h, uint64_t off, size_t n)
{
    if (h->n_marks == 0) {
        return (struct sgs_origin){0};
    }
    size_t first = mark_at(h, off);
    size_t last = mark_at(h, off + (n ? n - 1 : 0));
    struct sgs_origin o = h->marks[first].origin;
    for (size_t i = first + 1; i <= last; i++) {
        sgs_origin_extend(&o, &h->marks[i].origin);
    }
    return o;
}

size_t sgs_inbox_run(const struct sgs_inbox *h, uint64_t off, size_t n)
{
    size_t i = mark_at(h, off);
    if (i + 1 < h->n_marks && h->marks[i + 1].off - off < n) {
        return (size_t)(h->marks[i + 1].off - off);
    }
    return n;
}

bool sgs_inbox_add(struct sgs_inbox *h, struct sgs_slice octets, const struct sgs_origin *origin)
{
    uint64_t off = h->off + h->head.len;
    if (octets.len == 0) {
        return true;
    }
    if (!sgs_buf_add(&h->head, octets)) {
        return false;
    }
    struct sgs_mark *last = h->n_marks ? &h->marks[h->n_marks - 1] : NULL;
    if (last && last->origin.frame == origin->frame &&
        last->origin.frame_last == origin->frame_last) {
        return true;
    }
    if (last && h->n_marks == MAX_MARKS) {
        sgs_origin_extend(&last->origin, origin);
        return true;
    }
    if (h->n_marks == h->marks_room) {
        h->marks_room = h->marks_room ? 2 * h->marks_room : 4;
        h->marks = sgs_xrealloc(h->marks, h->marks_room, sizeof *h->marks);
    }
    assert(h->marks);
    h->marks[h->n_marks++] = (struct sgs_mark){off, *origin};
    return true;
}

void sgs_inbox_use(struct sgs_inbox *h, size_t n)
{
    sgs_buf_drop(&h->head, n);
    h->off += n;
    if (h->head.len == 0) {
        h->n_marks = 0;
        return;
    }
    size_t keep = mark_at(h, h->off);
    if (keep > 0) {
        h->n_marks -= keep;
        memmove(h->marks, h->marks + keep, h->n_marks * sizeof *h->marks);
    }
}

void sgs_inbox_drop(struct sgs_inbox *h)
{
    sgs_inbox_use(h, h->head.len);
    h->need = h->len = 0;
    h->is_rest = h->is_waiting = false;
}
