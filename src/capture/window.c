/* A window that moves forward over the octets of an input. */
#include "capture/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WINDOW_LEN ((size_t)128 * 1024) /* octets at first: reads that stay in a cache */

void sgs_window_init(struct sgs_window *w, struct sgs_unpack *from)
{
    *w = (struct sgs_window){.from = from, .ptr = sgs_xmalloc(WINDOW_LEN), .size = WINDOW_LEN};
}

void sgs_window_clear(struct sgs_window *w)
{
    free(w->ptr);
    *w = (struct sgs_window){.is_ended = true};
}

size_t sgs_window_held(const struct sgs_window *w)
{
    return w->tail - w->head;
}

/* Room behind the tail.  Octets are moved only when at least half of the window is free, so each is
 * moved a bounded number of times.  What was made for one large block goes when it has been read.
 */
static void make_room(struct sgs_window *w)
{
    size_t held = sgs_window_held(w);

    if (w->tail < w->size) {
        return;
    }
    if (held > 0 && w->head > 0) {
        memmove(w->ptr, w->ptr + w->head, held);
    }
    w->head = 0;
    w->tail = held;
    if (held > w->size / 2) {
        w->size *= 2;
        w->ptr = sgs_xrealloc(w->ptr, w->size, 1);
    } else if (w->size > WINDOW_LEN && held <= WINDOW_LEN / 2) {
        w->size = WINDOW_LEN;
        w->ptr = sgs_xrealloc(w->ptr, w->size, 1);
    }
}

struct sgs_slice sgs_window_need(struct sgs_window *w, size_t n)
{
    w->is_waiting = false;
    while (sgs_window_held(w) < n && !w->is_ended && !w->is_waiting) {
        make_room(w);
        int64_t got = sgs_unpack_pull(w->from, w->ptr + w->tail, w->size - w->tail);
        w->is_waiting = got == SGS_PULL_WAIT;
        w->is_ended = got <= 0 && !w->is_waiting;
        w->tail += got > 0 ? (size_t)got : 0;
    }
    return sgs_slice(w->ptr + w->head, sgs_window_held(w));
}

void sgs_window_drop(struct sgs_window *w, size_t n)
{
    size_t held = sgs_window_held(w);

    n = n < held ? n : held;
    w->head += n;
    w->offset += n;
}

const char *sgs_window_trouble(const struct sgs_window *w)
{
    return w->is_ended && w->from ? sgs_unpack_trouble(w->from) : NULL;
}
