/* Where attempts go that memory does not hold. */
#ifndef SGS_CLI_SPILL_H
#define SGS_CLI_SPILL_H

#include <stdio.h>

/* A fresh file in $TMPDIR (else /tmp) without a name, for the owner alone, given: fclose ends it.
 * NULL when there is no room for one. */
FILE *sgs_spill_open(void);

#endif
