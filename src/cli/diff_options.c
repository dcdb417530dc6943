/* The command line of `signscope diff`: the rows of diff_options.def. */
#include "cli/diff_options.h"

#include <string.h>

#include <signscope/limits.h>
#include <signscope/slice.h>

#include "cli/option_rows.h"

#define SEE "see signscope diff --help"

enum option_id {
#define OPTION(id, short_, long_, argument, group, help) O_##id,
#include "cli/diff_options.def"
#undef OPTION
    N_OPTIONS
};

static const struct sgs_option_row rows[] = {
#define OPTION(id, short_, long_, argument, group, help) {short_, long_, argument, group, help},
#include "cli/diff_options.def"
#undef OPTION
};

static const struct sgs_option_table table = {rows, N_OPTIONS, "signscope diff --help"};

static bool take_form(struct sgs_diff_options *o, const char *text, struct sgs_buf *why)
{
    o->is_json = strcmp(text, "json") == 0;
    if (!o->is_json && strcmp(text, "text") != 0) {
        sgs_buf_printf(why, "-T %s: unknown form; text or json", text);
        return false;
    }
    return true;
}

static bool take_number(const char *option, const char *text, uint32_t min, uint32_t max,
                        uint32_t *out, struct sgs_buf *why)
{
    uint64_t n = 0;

    if (!sgs_slice_uint(sgs_slice_str(text), max, &n) || n < min) {
        sgs_buf_printf(why, "%s %s: not a number it can be; %u to %u", option, text, min, max);
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

static bool take_color(struct sgs_diff_options *o, const char *text, struct sgs_buf *why)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            o->common.color = (enum sgs_color)i;
            return true;
        }
    }
    sgs_buf_printf(why, "--color=%s: no such choice; auto, always or never", text);
    return false;
}

static bool take_query(struct sgs_diff_options *o, const char *text, struct sgs_buf *why)
{
    const char *what = "a second condition; join them with 'and' or 'or'";
    size_t column = 1;

    if (!o->common.query) {
        o->common.query = sgs_query_read(sgs_slice_str(text), &what, &column);
        if (o->common.query) {
            return true;
        }
    }
    sgs_buf_printf(why, "-Y %s: column %zu: %s", text, column, what);
    return false;
}

/* An option that selects, or brings keys. */
static bool take_common(struct sgs_options *o, enum option_id id, const char *text)
{
    const struct {
        enum option_id id;
        const char ***list;
        size_t *n;
    } lists[] = {
        {O_KEYS,     &o->keys,      &o->n_keys     },
        {O_PASSFILE, &o->passfiles, &o->n_passfiles},
        {O_CA,       &o->cas,       &o->n_cas      },
        {O_USER,     &o->users,     &o->n_users    },
        {O_CLIENT,   &o->clients,   &o->n_clients  },
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (lists[i].id == id) {
            sgs_option_append(lists[i].list, lists[i].n, text);
            return true;
        }
    }
    o->is_quiet |= id == O_QUIET;
    o->is_verbose |= id == O_VERBOSE;
    o->wants_help |= id == O_HELP;
    return true;
}

static bool take(void *ctx, size_t row, const char *text, struct sgs_buf *why)
{
    struct sgs_diff_options *o = ctx;
    enum option_id id = (enum option_id)row;

    switch (id) {
    case O_GOOD:
        return take_number("--good", text, 1, SGS_MAX_ATTEMPTS, &o->number[0], why);
    case O_BAD:
        return take_number("--bad", text, 1, SGS_MAX_ATTEMPTS, &o->number[1], why);
    case O_COUNT:
        return take_number("-c", text, 1, SGS_MAX_ATTEMPTS, &o->common.count, why);
    case O_WIDTH:
        return take_number("--width", text, SGS_MIN_WIDTH, SGS_MAX_WIDTH, &o->common.width, why);
    case O_QUERY:
        return take_query(o, text, why);
    case O_FORM:
        return take_form(o, text, why);
    case O_COLOR:
        return take_color(o, text, why);
    case O_KEYS:
    case O_PASSFILE:
    case O_CA:
    case O_USER:
    case O_CLIENT:
    case O_QUIET:
    case O_VERBOSE:
    case O_HELP:
    case N_OPTIONS:
        break;
    }
    return take_common(&o->common, id, text);
}

bool sgs_diff_options_parse(struct sgs_diff_options *o, int argc, char **argv, struct sgs_buf *why)
{
    int operands = 0;

    memset(o, 0, sizeof *o);
    if (!sgs_option_rows_parse(&table, argc, argv, take, o, why, &operands)) {
        return false;
    }
    for (int i = operands; i < argc; i++) {
        sgs_option_append(&o->common.files, &o->common.n_files, argv[i]);
    }
    if (o->common.wants_help) {
        return true;
    }
    if (o->common.n_files == 0) {
        sgs_buf_add_str(why, "diff: no capture; name GOOD and BAD, or one that has both (" SEE ")");
    } else if (o->common.n_files > 2) {
        sgs_buf_add_str(why, "diff: too many captures; two at most (" SEE ")");
    }
    return o->common.n_files == 1 || o->common.n_files == 2;
}

void sgs_diff_options_clear(struct sgs_diff_options *o)
{
    sgs_options_clear(&o->common);
    memset(o, 0, sizeof *o);
}

void sgs_diff_options_help(struct sgs_buf *out)
{
    sgs_buf_add_str(out,
                    "Usage: signscope diff [OPTION]... GOOD BAD\n"
                    "       signscope diff [OPTION]... CAPTURE\n"
                    "\n"
                    "Where two sign-ins part, and how: GOOD has one that works, BAD one that does\n"
                    "not; or one capture has both. Steps stand side by side; what always differs\n"
                    "(addresses, ids, times, names of the users) is left out.\n");
    sgs_option_rows_help(&table, out);
    sgs_buf_add_str(
        out, "\nExit status: 0 no difference that matters, 10 there is one, 11 none in what can\n"
             "be seen, 12 no sign-in to compare; 3 as 0, but a capture was damaged.\n"
             "The manual page signscope(1) has all of it.\n");
}
