/*
 * The last octets delivered of each direction, so that what is sent again can be compared with what
 * was sent first.  Bounded in all: the direction that went longest without octets gives its room.
 */
#ifndef SGS_NET_HISTORY_H
#define SGS_NET_HISTORY_H

#include <stdint.h>

#include <signscope/slice.h>

struct sgs_history;

/* All of them; members are private to history.c. */
struct sgs_histories {
    struct sgs_history *rows; /* side by side, so that their order costs no misses of the cache */
    struct sgs_history *oldest, *newest; /* by last use */
    struct sgs_history *spare;           /* free ones */
    unsigned n_taken;                    /* rows, with the spare ones */
    unsigned n_used;                     /* without them */
};

void sgs_histories_clear(struct sgs_histories *all);

/*
 * Keeps octets delivered at off.  *mine is the history of that direction, NULL at first; it is set
 * back to NULL when another takes its room, so it must stay where it is until released.
 */
void sgs_history_add(struct sgs_histories *all, struct sgs_history **mine, uint64_t off,
                     struct sgs_slice octets);

/* The offset of the first octet at off that differs from the one kept, or UINT64_MAX. */
uint64_t sgs_history_compare(const struct sgs_history *h, uint64_t off, struct sgs_slice octets);

/* The direction needs it no more. */
void sgs_history_release(struct sgs_histories *all, struct sgs_history **mine);

#endif
