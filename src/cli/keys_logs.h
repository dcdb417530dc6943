/* Key logs and secrets blocks, read again line by line when the captures are known; other files of
 * keys by name only. */
#ifndef SGS_CLI_KEYS_LOGS_H
#define SGS_CLI_KEYS_LOGS_H

#include <stdint.h>

#include <signscope/server_keys.h>
#include <signscope/slice.h>
#include <signscope/tls_keys.h>

#include "cli/keys_options.h"
#include "cli/keys_survey.h"

/* One file of keys, or one secrets block of a capture. */
struct sgs_keys_log {
    const char *name;                   /* of the file; kept by the options, or the environment's */
    uint64_t block;                     /* secrets block of it, from 1; 0: the file is no capture */
    enum sgs_key_file kind;             /* of the file; LOG for a block */
    size_t first_key, n_keys;           /* no log: of the server's keys, those that came from it */
    uint64_t names[SGS_KEY_LINE_NAMES]; /* entries by kind */
    uint64_t entries;
    uint64_t matched;     /* of these for something of the captures */
    uint64_t damaged;     /* lines */
    uint64_t unknown;     /* lines */
    sgs_time first, last; /* of the connections that matched; SGS_TIME_NONE: none */
};

struct sgs_keys_logs {
    struct sgs_keys_log *rows; /* ours: key logs as given, then blocks */
    size_t n;
    uint64_t n_unlisted; /* blocks beyond SGS_MAX_REPORT_TLS */
};

/* The exit status: done, or input, which was said. */
int sgs_keys_logs_read(struct sgs_keys_logs *logs, const struct sgs_keys_options *options,
                       const struct sgs_keys_survey *survey);
void sgs_keys_logs_clear(struct sgs_keys_logs *logs);

/*
 * The lines of the key logs that the captures need, each once (where it stands last, because the
 * last line for an id wins) and with its line end; those of secrets blocks in the captures are left
 * out when without_blocks.  *out is given, release it with sgs_keys_lines_free.
 */
struct sgs_keys_lines;
int sgs_keys_lines_read(const struct sgs_keys_options *options,
                        const struct sgs_keys_survey *survey, bool without_blocks,
                        struct sgs_keys_lines **out);
struct sgs_slice sgs_keys_lines_text(const struct sgs_keys_lines *lines); /* borrowed until free */
void sgs_keys_lines_free(struct sgs_keys_lines *lines);                   /* wipes; accepts NULL */

#endif
