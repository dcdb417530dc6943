/* The command line of `signscope keys` as values, checked; nothing is opened here. */
#ifndef SGS_CLI_KEYS_OPTIONS_H
#define SGS_CLI_KEYS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>

enum sgs_keys_verb { SGS_KEYS_CHECK, SGS_KEYS_TRIM, SGS_KEYS_EMBED, SGS_KEYS_STRIP };

struct sgs_keys_options {
    enum sgs_keys_verb verb;
    const char **files; /* captures in the order given; the texts are those of argv */
    size_t n_files;
    const char **keys; /* key logs and others, likewise; "env:" is still there */
    size_t n_keys;
    const char **passfiles; /* pass phrases, likewise */
    size_t n_passfiles;
    const char *out; /* likewise; "-": standard output; NULL with check */
    unsigned width;  /* columns; 0: not given */
    bool has_form;   /* -T was given */
    bool is_json;
    bool wants_check;
    bool is_forced;
    bool wants_help;
};

/*
 * Fills *o from argv, whose first text is "keys" and which is kept until clear.  False when it was
 * used wrongly: why then holds one line.  *o must be cleared in both cases.
 */
bool sgs_keys_options_parse(struct sgs_keys_options *o, int argc, char **argv, struct sgs_buf *why);
void sgs_keys_options_clear(struct sgs_keys_options *o);

/* The text of --help, for a terminal of 80 columns. */
void sgs_keys_options_help(struct sgs_buf *out);

#endif
