/* Which sign-ins the report is about: -u, --client, -Y and -c. */
#ifndef SGS_CLI_CHOOSE_H
#define SGS_CLI_CHOOSE_H

#include <signscope/export.h>

#include "cli/options.h"

/*
 * Leaves in report, which has all attempts, only those that the options ask for.  The list that
 * report->chosen then points to is given: release it with free.  NULL: all are asked for.
 */
size_t *sgs_choose(const struct sgs_options *o, struct sgs_report *report);

#endif
