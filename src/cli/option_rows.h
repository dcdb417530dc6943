/* Options as rows of a table: what getopt_long, the help and complaints are made of. */
#ifndef SGS_CLI_OPTION_ROWS_H
#define SGS_CLI_OPTION_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/buf.h>

#define SGS_MAX_OPTION_ROWS 64 /* of one table */

struct sgs_option_row {
    int letter;          /* 0: none */
    const char *name;    /* long form, or NULL */
    const char *metavar; /* argument, or NULL */
    const char *group;   /* title in the help */
    const char *help;
};

struct sgs_option_table {
    const struct sgs_option_row *rows;
    size_t n;
    const char *help; /* the command that shows the help */
};

/*
 * Gives each option of argv, in order, to take: its row, and its argument where the row has one
 * (the text of argv).  Operands may stand anywhere; they are then in argv from *out_operands on.
 * False when an option is wrong, or when take says so; why then holds what, as one line.
 */
bool sgs_option_rows_parse(const struct sgs_option_table *t, int argc, char **argv,
                           bool (*take)(void *ctx, size_t row, const char *text,
                                        struct sgs_buf *why),
                           void *ctx, struct sgs_buf *why, int *out_operands);

/* Another text at the end of *list, which has *n; borrowed. */
void sgs_option_append(const char ***list, size_t *n, const char *text);

/* The rows with their texts, group by group, for a terminal of 80 columns. */
void sgs_option_rows_help(const struct sgs_option_table *t, struct sgs_buf *out);

#endif
