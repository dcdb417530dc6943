/*
 * An event under construction: the private side of event.h.  The engine opens and queues drafts,
 * dissectors fill them through ev_*.
 */
#ifndef SGS_TIMELINE_DRAFT_H
#define SGS_TIMELINE_DRAFT_H

#include <signscope/arena.h>
#include <signscope/event.h>
#include <signscope/layer.h>

struct sgs_draft {
    struct sgs_event ev;      /* finished by sgs_draft_seal */
    struct sgs_arena arena;   /* all octets that ev points to */
    struct sgs_value *values; /* ev.values while it grows; ours */
    size_t n_values;
    size_t n_room;           /* elements allocated in values */
    struct sgs_layer *layer; /* who opened it; NULL: the engine */
    bool is_placed;          /* its origin was set by hand */
    struct sgs_draft *next;  /* in the engine's queue */
};

/* An empty draft of kind; everything else of ev is zero.  Given to the caller. */
struct sgs_draft *sgs_draft_new(enum sgs_kind kind);
void sgs_draft_free(struct sgs_draft *d); /* accepts NULL */

/* Makes d as if it were new; what was allocated for it is used again. */
void sgs_draft_renew(struct sgs_draft *d, enum sgs_kind kind);

/* Makes ev complete; borrowed until the draft is freed or filled on. */
const struct sgs_event *sgs_draft_seal(struct sgs_draft *d);

#endif
