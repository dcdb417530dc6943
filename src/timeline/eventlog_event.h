/* One event as octets, as event files have it.  Private to timeline/. */
#ifndef SGS_TIMELINE_EVENTLOG_EVENT_H
#define SGS_TIMELINE_EVENTLOG_EVENT_H

#include <stdbool.h>

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/event.h>
#include <signscope/reader.h>

#include "timeline/record.h"

/* Appends ev; base becomes its place. */
void sgs_pack_event(struct sgs_buf *b, struct sgs_record_base *base, const struct sgs_event *ev);

/*
 * The next event of r.  Its texts are borrowed from r, its arrays from the arena.  False when the
 * octets are none that the engine could have made: all that readers of events rely on is checked.
 */
bool sgs_unpack_event(struct sgs_reader *r, struct sgs_record_base *base, struct sgs_arena *arena,
                      struct sgs_event *out);

/* A capture time within the bounds that capture/ keeps, so that sums do not overflow. */
bool sgs_is_event_time(sgs_time t);

#endif
