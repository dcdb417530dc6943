/* Text that was asked for: help and version. */
#ifndef SGS_CLI_SHOW_H
#define SGS_CLI_SHOW_H

#include <signscope/slice.h>

#define SGS_MAX_SHOWN (1024u * 1024) /* octets of help and of what is wrong with a command line */

/* Writes text to standard output; the exit status.  What failed is said. */
int sgs_show(struct sgs_slice text);

#endif
