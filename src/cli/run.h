/* The analysis from the first frame to the report. */
#ifndef SGS_CLI_RUN_H
#define SGS_CLI_RUN_H

#include "cli/options.h"

/* Does what the options ask; the exit status. */
int sgs_run(const struct sgs_options *options);

#endif
