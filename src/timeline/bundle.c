/* Packed events in memory. */
#include "timeline/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/mem.h"
#include "timeline/eventlog_event.h"

#define FIRST_PIECE ((size_t)256)    /* octets: most clients of a large network say little */
#define LARGEST_PIECE ((size_t)4096) /* an event that is larger has one of its own */

/* Whole events. */
struct sgs_bundle_piece {
    struct sgs_bundle_piece *next;
    size_t size;
    size_t len;
    uint8_t octets[];
};

struct sgs_bundle sgs_bundle_of(struct sgs_texts *texts, uint32_t owner)
{
    return (struct sgs_bundle){
        .base = {.texts = texts, .owner = owner}
    };
}

static struct sgs_bundle_piece *piece_for(struct sgs_bundle *b, size_t len)
{
    if (b->last && len <= b->last->size - b->last->len) {
        return b->last;
    }
    size_t size = b->last ? 2 * b->last->size : FIRST_PIECE;
    size = size < LARGEST_PIECE ? size : LARGEST_PIECE;
    size = len < size ? size : len;
    struct sgs_bundle_piece *p = sgs_xmalloc(sizeof *p + size);
    *p = (struct sgs_bundle_piece){NULL, size, 0};
    if (b->last) {
        b->last->next = p;
    } else {
        b->first = p;
    }
    b->last = p;
    return p;
}

void sgs_bundle_add(struct sgs_bundle *b, const struct sgs_event *ev, struct sgs_buf *scratch)
{
    size_t shared = b->base.shared;
    sgs_buf_drop(scratch, scratch->len);
    sgs_pack_event(scratch, &b->base, ev);
    if (scratch->overflow) {
        sgs_die("an event is larger than events can be");
    }
    struct sgs_bundle_piece *p = piece_for(b, scratch->len);
    memcpy(p->octets + p->len, scratch->ptr, scratch->len);
    p->len += scratch->len;
    b->n++;
    b->octets += scratch->len + b->base.shared - shared;
    b->unpacked += sgs_event_size(ev) + sizeof ev;
}

static int by_capture(const void *a, const void *b)
{
    const struct sgs_event *const *x = a;
    const struct sgs_event *const *y = b;
    return sgs_event_order(*x, *y);
}

static bool is_sorted(const struct sgs_event *const *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (sgs_event_order(list[i - 1], list[i]) > 0) {
            return false;
        }
    }
    return true;
}

const struct sgs_event *const *sgs_bundle_open(const struct sgs_bundle *b, struct sgs_arena *a)
{
    struct sgs_event *all = sgs_arena_array(a, b->n, sizeof *all);
    const struct sgs_event **list = sgs_arena_array(a, b->n, sizeof(const struct sgs_event *));
    struct sgs_record_base base = {.texts = b->base.texts};
    size_t n = 0;
    if (!all || !list) {
        sgs_die("a sign-in table is full");
    }
    for (const struct sgs_bundle_piece *p = b->first; p; p = p->next) {
        struct sgs_reader r = rd_open(sgs_slice(p->octets, p->len));
        for (; rd_more(&r); n++) {
            if (!sgs_unpack_event(&r, &base, a, &all[n])) {
                sgs_die("an event cannot be read back");
            }
            list[n] = &all[n];
        }
    }
    if (!is_sorted(list, n)) {
        qsort(list, n, sizeof(const struct sgs_event *), by_capture);
    }
    return list;
}

void sgs_bundle_clear(struct sgs_bundle *b)
{
    while (b->first) {
        struct sgs_bundle_piece *next = b->first->next;
        free(b->first);
        b->first = next;
    }
    *b = sgs_bundle_of(b->base.texts, b->base.owner);
}
