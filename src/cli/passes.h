/* Pass phrases of private keys: each the first line of a file, or asked for at the terminal. */
#ifndef SGS_CLI_PASSES_H
#define SGS_CLI_PASSES_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/slice.h>

struct sgs_passes {
    struct sgs_slice *rows; /* ours, and the octets they point to */
    size_t n;
};

/* Reads the n files called paths; the exit status: done, or input, which was said.  Clear in both
 * cases. */
int sgs_passes_read(struct sgs_passes *p, const char *const *paths, size_t n);
void sgs_passes_clear(struct sgs_passes *p); /* wipes */

/* Asks at the terminal, without echo, for the pass phrase of the file called name.  False: there is
 * no terminal, or nothing was typed.  *out is given: release it with sgs_passes_clear. */
bool sgs_passes_ask(const char *name, struct sgs_passes *out);

#endif
