/* How far the work is, on standard error. */
#ifndef SGS_CLI_PROGRESS_H
#define SGS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

struct sgs_progress;

/* Whom to ask what is told; each may take its time. */
struct sgs_progress_source {
    uint64_t (*octets)(void *ctx); /* read so far */
    uint64_t (*frames)(void *ctx);
    uint64_t (*attempts)(void *ctx); /* sign-ins found so far; NULL: nobody looks */
    void *ctx;
};

/* The source is copied, its ctx kept. */
struct sgs_progress *sgs_progress_new(const struct sgs_options *options,
                                      const struct sgs_progress_source *source);

/* Tells how it stands now and then, if standard error is a terminal. */
void sgs_progress_tick(struct sgs_progress *p);

/* Takes the line away, so that what follows begins on a clean one. */
void sgs_progress_wipe(struct sgs_progress *p);

/* One whole line now, terminal or not. */
void sgs_progress_line(struct sgs_progress *p);

void sgs_progress_free(struct sgs_progress *p); /* accepts NULL */

/* Milliseconds of a clock that never goes back; not that of the capture. */
int64_t sgs_monotonic_ms(void);

#endif
