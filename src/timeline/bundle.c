/* Packed events in memory. */
#include "timeline/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/limits.h>
#include <signscope/timeline.h>

#include "base/mem.h"
#include "timeline/eventlog_event.h"
#include "timeline/texts.h"

#define FIRST_PIECE ((size_t)256) /* octets: most clients of a large network say little */
#define N_SIZES 5                 /* each twice the one before; an event may need a larger piece */

/* Whole events. */
struct sgs_bundle_piece {
    struct sgs_bundle_piece *next;
    size_t size; /* number of its size, or N_SIZES */
    size_t room;
    size_t len;
    uint8_t octets[];
};

struct sgs_bundles {
    struct sgs_texts *texts;
    struct sgs_buf scratch;
    struct sgs_bundle_piece
        *spare[N_SIZES]; /* between all that comes and goes they would be cut up */
};

struct sgs_bundles *sgs_bundles_new(void)
{
    struct sgs_bundles *all = sgs_xcalloc(1, sizeof *all);
    all->texts = sgs_texts_new();
    sgs_buf_init(&all->scratch, SGS_MAX_EVENT_BLOCK);
    return all;
}

static void free_list(struct sgs_bundle_piece *p)
{
    while (p) {
        struct sgs_bundle_piece *next = p->next;
        free(p);
        p = next;
    }
}

void sgs_bundles_free(struct sgs_bundles *all)
{
    if (all) {
        for (size_t i = 0; i < N_SIZES; i++) {
            free_list(all->spare[i]);
        }
        sgs_texts_free(all->texts);
        sgs_buf_clear(&all->scratch);
        free(all);
    }
}

struct sgs_bundle sgs_bundle_of(struct sgs_bundles *all, uint32_t owner)
{
    return (struct sgs_bundle){
        .all = all, .base = {.texts = all->texts, .owner = owner}
    };
}

static struct sgs_bundle_piece *new_piece(struct sgs_bundles *all, size_t size, size_t len)
{
    size_t room = FIRST_PIECE << size;
    struct sgs_bundle_piece *p = NULL;
    if (len > room) {
        size = N_SIZES;
        room = len;
    } else if (all->spare[size]) {
        p = all->spare[size];
        all->spare[size] = p->next;
    }
    p = p ? p : sgs_xmalloc(sizeof *p + room);
    *p = (struct sgs_bundle_piece){NULL, size, room, 0};
    return p;
}

static struct sgs_bundle_piece *piece_for(struct sgs_bundle *b, size_t len)
{
    if (b->last && len <= b->last->room - b->last->len) {
        return b->last;
    }
    size_t size = b->last ? b->last->size + 1 : 0;
    struct sgs_bundle_piece *p = new_piece(b->all, size < N_SIZES ? size : N_SIZES - 1, len);
    if (b->last) {
        b->last->next = p;
    } else {
        b->first = p;
    }
    b->last = p;
    return p;
}

void sgs_bundle_add(struct sgs_bundle *b, const struct sgs_event *ev)
{
    struct sgs_buf *scratch = &b->all->scratch;
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
        struct sgs_bundle_piece *p = b->first;
        b->first = p->next;
        if (p->size < N_SIZES) {
            p->next = b->all->spare[p->size];
            b->all->spare[p->size] = p;
        } else {
            free(p);
        }
    }
    *b = sgs_bundle_of(b->all, b->base.owner);
}
