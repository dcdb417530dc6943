/* The file that a job writes: made by us, for its owner only when it holds secrets. */
#ifndef SGS_CLI_KEYS_OUT_H
#define SGS_CLI_KEYS_OUT_H

#include <stdbool.h>

#include <signscope/slice.h>

#include "cli/keys_options.h"

struct sgs_keys_out;

/* What can be told before any work is done: false, which was said, when the output is an input, or
 * is there and may not be written over, or is a terminal that would get octets. */
bool sgs_keys_out_may(const struct sgs_keys_options *options, bool is_binary);

/* Opens options->out.  NULL: it cannot be, which was said. */
struct sgs_keys_out *sgs_keys_out_open(const struct sgs_keys_options *options, bool has_secrets);

/* Writes octets; false once something failed.  ctx is the output. */
bool sgs_keys_out_write(void *ctx, struct sgs_slice octets);

/* Closes; the exit status: done, output, or that of a closed pipe.  A file of ours that is not
 * whole is removed. */
int sgs_keys_out_close(struct sgs_keys_out *o);

#endif
