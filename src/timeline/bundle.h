/*
 * Events of one owner, held packed, for those that wait long: as event files have them, into pieces
 * that grow with what is there, but for texts that others say, too (texts.h).
 */
#ifndef SGS_TIMELINE_BUNDLE_H
#define SGS_TIMELINE_BUNDLE_H

#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/event.h>

#include "timeline/record.h"

struct sgs_bundle_piece;

/* What bundles share: texts, and pieces that are free. */
struct sgs_bundles;
struct sgs_bundles *sgs_bundles_new(void);
void sgs_bundles_free(struct sgs_bundles *all); /* accepts NULL; no bundle may be left */

struct sgs_bundle {
    struct sgs_bundles *all;
    struct sgs_bundle_piece *first; /* ours */
    struct sgs_bundle_piece *last;
    struct sgs_record_base base; /* of the last event */
    size_t n;                    /* events */
    size_t octets;               /* that these would take with all their texts */
    size_t unpacked;             /* that they take when the bundle is open */
};

/* An empty one, of owner (not 0); all stays borrowed. */
struct sgs_bundle sgs_bundle_of(struct sgs_bundles *all, uint32_t owner);

/* A copy of ev comes last. */
void sgs_bundle_add(struct sgs_bundle *b, const struct sgs_event *ev);

/* All events, in capture order; arrays live in the arena, texts are borrowed until b
 * is cleared. */
const struct sgs_event *const *sgs_bundle_open(const struct sgs_bundle *b, struct sgs_arena *a);

/* Gives back all memory; b is empty, of the same owner. */
void sgs_bundle_clear(struct sgs_bundle *b);

#endif
