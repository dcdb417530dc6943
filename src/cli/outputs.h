/* Where results go: one stream for each -T. */
#ifndef SGS_CLI_OUTPUTS_H
#define SGS_CLI_OUTPUTS_H

#include <signscope/export.h>

#include "cli/options.h"

struct sgs_outputs;

/*
 * Opens the files of all -T, for n_inputs captures or interfaces; the options are kept until close.
 * NULL when one cannot be opened, which was said.  A file that is also an input or key log is
 * refused.
 */
struct sgs_outputs *sgs_outputs_open(const struct sgs_options *options, size_t n_inputs);

/* Gives an event to those that stream. */
void sgs_outputs_event(struct sgs_outputs *o, const struct sgs_event *ev);

/* True if one of them wants a report. */
bool sgs_outputs_want_report(const struct sgs_outputs *o);

/* Gives the report to those that want it. */
void sgs_outputs_report(struct sgs_outputs *o, const struct sgs_report *report);

/* Hands what is buffered to the system; opens files anew by name (after they were moved away). */
void sgs_outputs_flush(struct sgs_outputs *o);
void sgs_outputs_reopen(struct sgs_outputs *o);

/* True when nothing can be written any more, so that going on is of no use. */
bool sgs_outputs_failed(const struct sgs_outputs *o);

/* Closes all; the exit status: done, output, or that of a closed pipe.  What failed is said. */
int sgs_outputs_close(struct sgs_outputs *o);

#endif
