/* Error codes as Microsoft's servers and clients write them, whoever carries them. */
#ifndef SGS_DIAGNOSTICS_H
#define SGS_DIAGNOSTICS_H

#include <signscope/arena.h>
#include <signscope/event.h>
#include <signscope/slice.h>

/*
 * Members of a MAP field, or of the last row of a ROWS field, from [MS-OCER], section 2.2.1.1:
 *   code;reason="text";source="host";name="value" ...
 * code, reason and source come first, all values without secrets.  a: for this call.
 */
void ev_diagnostics(struct sgs_draft *d, enum sgs_field_id field, struct sgs_slice list,
                    struct sgs_arena *a);

#endif
