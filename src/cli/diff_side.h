/* One side of a comparison: a capture is read, one of its sign-ins is kept. */
#ifndef SGS_CLI_DIFF_SIDE_H
#define SGS_CLI_DIFF_SIDE_H

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/signin.h>

#include "cli/diff_options.h"

/* Whose side a sign-in is for: what is wanted when several are there. */
enum sgs_diff_wish { SGS_WANT_GOOD, SGS_WANT_BAD, SGS_N_WISHES };

struct sgs_diff_side {
    const char *path;
    sgs_time first;     /* frame of the capture, or SGS_TIME_NONE */
    size_t n_attempts;  /* in the capture */
    const char *chosen; /* why this one, static */
    struct sgs_attempt at;
    struct sgs_buf packed; /* what at points to, with the arena */
    struct sgs_arena arena;
};

/*
 * Reads the capture called path and fills the n wishes, each of which must be cleared.  The exit
 * status: done, damaged (all the same filled), or what is wrong, which was said.
 */
int sgs_diff_sides_read(const struct sgs_diff_options *o, const char *path,
                        const enum sgs_diff_wish *wishes, struct sgs_diff_side *const *sides,
                        size_t n);
void sgs_diff_side_clear(struct sgs_diff_side *s);

#endif
