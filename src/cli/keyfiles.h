/* Files of keys: opened, looked at, read; key logs are read on when they grow. */
#ifndef SGS_CLI_KEYFILES_H
#define SGS_CLI_KEYFILES_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/server_keys.h>
#include <signscope/tls_keys.h>

#include "cli/passes.h"

struct sgs_keyfiles;

/* What a file is. */
struct sgs_keyfile_info {
    enum sgs_key_file kind;
    size_t first, n; /* of the server's keys, those that came from it; no log */
};

/*
 * Opens the n files called names (kept until close) and reads what they hold; "env:" is the file
 * that SSLKEYLOGFILE names.  keys is kept; passes open private keys.  On failure NULL, which was
 * said, and the exit status in *status.  With is_growing the logs may get more lines, and pipes are
 * read as something comes; else they are read to their end.
 */
struct sgs_keyfiles *sgs_keyfiles_open(const char *const *names, size_t n, bool is_growing,
                                       const struct sgs_passes *passes, struct sgs_tls_keys *keys,
                                       int *status);

/* Of file i, as named to open; borrowed until close. */
const struct sgs_keyfile_info *sgs_keyfiles_info(const struct sgs_keyfiles *k, size_t i);
/* One of the files is a key log. */
bool sgs_keyfiles_have_log(const struct sgs_keyfiles *k);

/* Reads what came since; a log that became shorter is read from its head. */
void sgs_keyfiles_more(struct sgs_keyfiles *k);

/*
 * Where the system tells of files that grow (inotify on Linux): a descriptor that can be read when
 * a log may have grown; -1: it does not.  Belongs to k.
 */
int sgs_keyfiles_watched(const struct sgs_keyfiles *k);

/* A log may have grown since the last call: so it was told, or nobody can tell. */
bool sgs_keyfiles_have_news(struct sgs_keyfiles *k);

/* No more is needed than what is there: reads what came since, and a last line that has no end;
 * pipes until nobody writes to them, or is_over says so. */
void sgs_keyfiles_finish(struct sgs_keyfiles *k, bool (*is_over)(void));

/* Opens the logs anew by name and reads them from their heads; a pipe, and one that is gone, stays
 * as it was. */
void sgs_keyfiles_reopen(struct sgs_keyfiles *k);

void sgs_keyfiles_close(struct sgs_keyfiles *k); /* accepts NULL */

#endif
