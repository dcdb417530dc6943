/* Event files: --write-events and --read-events. */
#ifndef SGS_CLI_EVENTS_FILE_H
#define SGS_CLI_EVENTS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <signscope/event.h>
#include <signscope/eventlog.h>

#include "cli/options.h"

struct sgs_events_out;

/*
 * The file of --write-events, for n_inputs captures or interfaces, in *out; NULL there without that
 * option.  The exit status: done, or output, and what was wrong was said.  A file that is read is
 * refused.  The options are kept until close.
 */
int sgs_events_out_open(const struct sgs_options *options, size_t n_inputs,
                        struct sgs_events_out **out);
void sgs_events_out_add(struct sgs_events_out *o, const struct sgs_event *ev); /* accepts NULL */

/* True while what is added gets into a file; false for NULL. */
bool sgs_events_out_works(const struct sgs_events_out *o);

/* Writes the rest, closes; the exit status, done for NULL.  What failed is said. */
int sgs_events_out_close(struct sgs_events_out *o, const struct sgs_coverage *coverage);

struct sgs_events_in;

/* The file of --read-events, in *out.  The exit status: done, or input, and what was wrong was
 * said.  The options are kept until close. */
int sgs_events_in_open(const struct sgs_options *options, struct sgs_events_in **out);
void sgs_events_in_close(struct sgs_events_in *in); /* accepts NULL */

/* The next event, borrowed until the next call; NULL at the end. */
const struct sgs_event *sgs_events_in_next(struct sgs_events_in *in);
size_t sgs_events_in_n_inputs(const struct sgs_events_in *in);
uint64_t sgs_events_in_octets(const struct sgs_events_in *in); /* read so far */
uint64_t sgs_events_in_frames(const struct sgs_events_in *in); /* the last that was told of */

/*
 * What was read, borrowed until close.  When the file is not there to its end, or was not read to
 * it, its captures are not known: it stands there itself as the only input, with what was seen.
 */
const struct sgs_coverage *sgs_events_in_coverage(struct sgs_events_in *in, bool was_interrupted);

#endif
