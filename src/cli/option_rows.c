/*
 * Options as rows of a table.  getopt_long reads the command line; what it cannot take is told in
 * the words of the user.
 */
#include "cli/option_rows.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include <signscope/slice.h>

#include "base/mem.h"

#define FIRST_LONG 256 /* getopt values of options without a short form begin here */
#define HELP_COLUMN 22 /* where the texts of the help begin */
#define HELP_WIDTH 80

/* What getopt_long wants, made of the rows. */
struct tables {
    char letters[2 * SGS_MAX_OPTION_ROWS + 2];
    struct option names[SGS_MAX_OPTION_ROWS + 1];
};

static void make_tables(const struct sgs_option_table *table, struct tables *t)
{
    size_t n_letters = 0;
    size_t n_names = 0;

    assert(table->n <= SGS_MAX_OPTION_ROWS);
    memset(t, 0, sizeof *t);
    t->letters[n_letters++] = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t i = 0; i < table->n; i++) {
        const struct sgs_option_row *r = &table->rows[i];

        if (r->letter) {
            t->letters[n_letters++] = (char)r->letter;
            if (r->metavar) {
                t->letters[n_letters++] = ':';
            }
        }
        if (r->name) {
            t->names[n_names++] =
                (struct option){.name = r->name,
                                .has_arg = r->metavar ? required_argument : no_argument,
                                .val = FIRST_LONG + (int)i};
        }
    }
}

/* The row that getopt_long means, or n. */
static size_t row_of(const struct sgs_option_table *t, int value)
{
    if (value >= FIRST_LONG && value < FIRST_LONG + (int)t->n) {
        return (size_t)(value - FIRST_LONG);
    }
    for (size_t i = 0; i < t->n; i++) {
        if (value != 0 && t->rows[i].letter == value) {
            return i;
        }
    }
    return t->n;
}

/* "-c" or "--name" of a row, as the user writes it. */
static void name_option(const struct sgs_option_row *r, struct sgs_buf *out)
{
    if (r->letter) {
        sgs_buf_printf(out, "-%c", r->letter);
        return;
    }
    sgs_buf_printf(out, "--%s", r->name);
}

/* What is wrong when getopt_long answers ':' or '?'. */
static void complain(const struct sgs_option_table *t, int answer, char *const *argv,
                     struct sgs_buf *why)
{
    size_t i = row_of(t, optopt);

    if (i < t->n) {
        name_option(&t->rows[i], why);
        if (answer == ':') {
            sgs_buf_printf(why, ": needs %s; see %s", t->rows[i].metavar, t->help);
        } else {
            sgs_buf_printf(why, ": takes no argument; see %s", t->help);
        }
        return;
    }
    if (optopt != 0) {
        sgs_buf_printf(why, "-%c: unknown option; see %s", optopt, t->help);
        return;
    }
    sgs_buf_printf(why, "%s: unknown option; see %s", argv[optind - 1], t->help);
}

bool sgs_option_rows_parse(const struct sgs_option_table *t, int argc, char **argv,
                           bool (*take)(void *ctx, size_t row, const char *text,
                                        struct sgs_buf *why),
                           void *ctx, struct sgs_buf *why, int *out_operands)
{
    struct tables tables;
    int answer = 0;

    make_tables(t, &tables);
    opterr = 0;
    optind = 0; /* start anew, also after an earlier call */
    while ((answer = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        size_t row = answer == '?' || answer == ':' ? t->n : row_of(t, answer);

        if (row == t->n) {
            complain(t, answer, argv, why);
            return false;
        }
        if (!take(ctx, row, optarg, why)) {
            return false;
        }
    }
    *out_operands = optind;
    return true;
}

/* help from HELP_COLUMN on, lines broken at blanks; the cursor stands at column. */
static void help_text(struct sgs_buf *out, const char *help, size_t column)
{
    struct sgs_slice rest = sgs_slice_str(help);

    while (rest.len > 0) {
        struct sgs_slice word = sgs_slice_cut(&rest, ' ');

        if (column + 1 + word.len > HELP_WIDTH) {
            sgs_buf_add_octet(out, '\n');
            column = 0;
        }
        if (column < HELP_COLUMN) {
            sgs_buf_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            sgs_buf_add_octet(out, ' ');
            column++;
        }
        sgs_buf_add(out, word);
        column += word.len;
    }
    sgs_buf_add_octet(out, '\n');
}

/* "  -r FILE" or "      --color=WHEN"; every row fits into HELP_COLUMN. */
static void help_row(struct sgs_buf *out, const struct sgs_option_row *r)
{
    size_t head = out->len;

    sgs_buf_add_str(out, "  ");
    name_option(r, out);
    if (r->metavar) {
        sgs_buf_printf(out, "%c%s", r->letter ? ' ' : '=', r->metavar);
    }
    help_text(out, r->help, out->len - head);
}

void sgs_option_append(const char ***list, size_t *n, const char *text)
{
    *list = sgs_xrealloc((void *)*list, *n + 1, sizeof **list);
    (*list)[(*n)++] = text;
}

void sgs_option_rows_help(const struct sgs_option_table *t, struct sgs_buf *out)
{
    const char *group = "";

    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(group, t->rows[i].group) != 0) {
            group = t->rows[i].group;
            sgs_buf_printf(out, "\n%s:\n", group);
        }
        help_row(out, &t->rows[i]);
    }
}
