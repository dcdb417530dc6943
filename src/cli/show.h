/* What was asked for, on standard output. */
#ifndef SGS_CLI_SHOW_H
#define SGS_CLI_SHOW_H

#include <stdbool.h>

#include <signscope/slice.h>

#define SGS_MAX_SHOWN (1024u * 1024) /* octets of help and of what is wrong with a command line */

/* Writes text to standard output; the exit status.  What failed is said. */
int sgs_show(struct sgs_slice text);

/* The same in pieces: the write of a struct sgs_out, and the exit status once all is written. */
bool sgs_write_shown(void *ctx, struct sgs_slice octets);
int sgs_finish_shown(bool is_good);

#endif
