/* The command line of `signscope diff` as values, checked; nothing is opened here. */
#ifndef SGS_CLI_DIFF_OPTIONS_H
#define SGS_CLI_DIFF_OPTIONS_H

#include "cli/options.h"

struct sgs_diff_options {
    struct sgs_options common; /* keys, selection and output; files: one, or GOOD and BAD */
    uint32_t number[2];        /* of the sign-in on each side; 0: chosen by its outcome */
    bool is_json;
};

/*
 * Fills *o from argv, whose first text is "diff" and which is kept until clear.  False when it was
 * used wrongly: why then holds one line.  *o must be cleared in both cases.
 */
bool sgs_diff_options_parse(struct sgs_diff_options *o, int argc, char **argv, struct sgs_buf *why);
void sgs_diff_options_clear(struct sgs_diff_options *o);

/* The text of --help, for a terminal of 80 columns. */
void sgs_diff_options_help(struct sgs_buf *out);

#endif
