/* Key logs: opened, looked at, read, and read on when they grow. */
#ifndef SGS_CLI_KEYFILES_H
#define SGS_CLI_KEYFILES_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/tls_keys.h>

struct sgs_keyfiles;

/*
 * Opens the n key logs called names (kept until close) and reads what they hold; "env:" is the file
 * that SSLKEYLOGFILE names.  keys is kept.  On failure NULL, which was said, and the exit status
 * in *status.  With is_growing the logs may get more lines; else they are read to their end.
 */
struct sgs_keyfiles *sgs_keyfiles_open(const char *const *names, size_t n, bool is_growing,
                                       struct sgs_tls_keys *keys, int *status);

/* Reads what came since; a log that became shorter is read from its head. */
void sgs_keyfiles_more(struct sgs_keyfiles *k);

/* Opens the logs anew by name and reads them from their heads; one that is gone stays as it was. */
void sgs_keyfiles_reopen(struct sgs_keyfiles *k);

void sgs_keyfiles_close(struct sgs_keyfiles *k); /* accepts NULL */

#endif
