/* Names and helpers over recorded events: the readers' side of the catalogue. */
#ifndef SGS_TIMELINE_H
#define SGS_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/event.h>

/* Capture order: by time, then first frame, then id.  For qsort over arrays of pointers to events.
 */
int sgs_event_order(const struct sgs_event *a, const struct sgs_event *b);

/*
 * Events kept in the order given, copied, at most cap of them and memory octets.  What is beyond is
 * counted only.
 */
struct sgs_timeline;
struct sgs_timeline *sgs_timeline_new(size_t cap, size_t memory);
void sgs_timeline_free(struct sgs_timeline *t);
void sgs_timeline_add(struct sgs_timeline *t, const struct sgs_event *ev);
size_t sgs_timeline_len(const struct sgs_timeline *t);
uint64_t sgs_timeline_lost(const struct sgs_timeline *t);

/* Frees the events whose element of is_kept (one for each, in sorted order) is false. */
void sgs_timeline_keep(struct sgs_timeline *t, const bool *is_kept);

/* All kept events sorted into capture order; borrowed until the next add or free. */
const struct sgs_event *const *sgs_timeline_sorted(struct sgs_timeline *t);

#endif
