/* Conversations by the time at which something is due on them: a binary heap. */
#include "net/due.h"

#include <stdlib.h>

#include "base/mem.h"

static void set(struct sgs_dues *all, size_t place, struct sgs_due *d)
{
    all->rows[place] = d;
    d->place = place;
}

/* Moves the row at place towards the root or the leaves until the order holds again. */
static void settle(struct sgs_dues *all, size_t place)
{
    struct sgs_due *d = all->rows[place];

    while (place > 0 && all->rows[(place - 1) / 2]->at > d->at) {
        set(all, place, all->rows[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (;;) {
        size_t child = place * 2 + 1;
        if (child + 1 < all->n && all->rows[child + 1]->at < all->rows[child]->at) {
            child++;
        }
        if (child >= all->n || all->rows[child]->at >= d->at) {
            break;
        }
        set(all, place, all->rows[child]);
        place = child;
    }
    set(all, place, d);
}

void sgs_dues_clear(struct sgs_dues *all)
{
    free(all->rows);
    *all = (struct sgs_dues){0};
}

void sgs_due_add(struct sgs_dues *all, struct sgs_due *d, sgs_time at)
{
    if (all->n == all->size) {
        all->size = all->size ? all->size * 2 : 64;
        all->rows = sgs_xrealloc(all->rows, all->size, sizeof(struct sgs_due *));
    }
    d->at = at;
    set(all, all->n++, d);
    settle(all, d->place);
}

void sgs_due_move(struct sgs_dues *all, struct sgs_due *d, sgs_time at)
{
    d->at = at;
    settle(all, d->place);
}

void sgs_due_remove(struct sgs_dues *all, struct sgs_due *d)
{
    struct sgs_due *last = all->rows[--all->n];

    if (last != d) {
        set(all, d->place, last);
        settle(all, last->place);
    }
}

struct sgs_due *sgs_due_first(const struct sgs_dues *all)
{
    return all->n > 0 ? all->rows[0] : NULL;
}
