/* Conversations by the time at which something is due on them: a binary heap. */
#ifndef SGS_NET_DUE_H
#define SGS_NET_DUE_H

#include <stddef.h>

#include <signscope/clock.h>

/* Part of every conversation. */
struct sgs_due {
    void *owner;  /* whose it is */
    sgs_time at;  /* set by the calls below only */
    size_t place; /* in the heap; private to due.c */
};

struct sgs_dues {
    struct sgs_due **rows; /* ours; what they point to is kept */
    size_t n;
    size_t size;
};

void sgs_dues_clear(struct sgs_dues *all);

/* d is kept until removed and must not move. */
void sgs_due_add(struct sgs_dues *all, struct sgs_due *d, sgs_time at);
void sgs_due_move(struct sgs_dues *all, struct sgs_due *d, sgs_time at);
void sgs_due_remove(struct sgs_dues *all, struct sgs_due *d);

/* The earliest, or NULL. */
struct sgs_due *sgs_due_first(const struct sgs_dues *all);

#endif
