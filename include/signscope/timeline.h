/* Names and helpers over recorded events: the readers' side of the catalogue. */
#ifndef SGS_TIMELINE_H
#define SGS_TIMELINE_H

#include <signscope/event.h>

/* Capture order: by time, then first frame, then id.  For qsort over arrays of pointers to events.
 */
int sgs_event_order(const struct sgs_event *a, const struct sgs_event *b);

#endif
