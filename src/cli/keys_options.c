/* The command line of `signscope keys`: the rows of keys_options.def, and what goes with what. */
#include "cli/keys_options.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/slice.h>

#include "cli/option_rows.h"
#include "cli/options.h"

#define SEE "see signscope keys --help"

enum option_id {
#define OPTION(id, short_, long_, argument, group, help) O_##id,
#include "cli/keys_options.def"
#undef OPTION
    N_OPTIONS
};

static const struct sgs_option_row rows[] = {
#define OPTION(id, short_, long_, argument, group, help) {short_, long_, argument, group, help},
#include "cli/keys_options.def"
#undef OPTION
};

static const struct sgs_option_table table = {rows, N_OPTIONS, "signscope keys --help"};

/* What the verbs take. */
static const struct verb {
    const char *name;
    bool writes;    /* a file, named with -o */
    bool has_many;  /* several captures */
    bool takes_log; /* -k */
    bool needs_log;
} verbs[] = {
    [SGS_KEYS_CHECK] = {"check", false, true,  true,  false},
    [SGS_KEYS_TRIM] = {"trim",  true,  true,  true,  true },
    [SGS_KEYS_EMBED] = {"embed", true,  false, true,  true },
    [SGS_KEYS_STRIP] = {"strip", true,  false, false, false},
};

static bool take_form(struct sgs_keys_options *o, const char *text, struct sgs_buf *why)
{
    o->has_form = true;
    o->is_json = strcmp(text, "json") == 0;
    if (!o->is_json && strcmp(text, "text") != 0) {
        sgs_buf_printf(why, "-T %s: unknown form; text or json", text);
        return false;
    }
    return true;
}

static bool take_width(struct sgs_keys_options *o, const char *text, struct sgs_buf *why)
{
    uint64_t n = 0;

    if (!sgs_slice_uint(sgs_slice_str(text), SGS_MAX_WIDTH, &n) || n < SGS_MIN_WIDTH) {
        sgs_buf_printf(why, "--width %s: not a number it can be; %u to %u", text, SGS_MIN_WIDTH,
                       SGS_MAX_WIDTH);
        return false;
    }
    o->width = (unsigned)n;
    return true;
}

static bool take_out(struct sgs_keys_options *o, const char *text, struct sgs_buf *why)
{
    if (*text == '\0' || o->out) {
        sgs_buf_printf(why, "-o %s: %s", text,
                       o->out ? "a second output; name one" : "no name of a file; give it one");
        return false;
    }
    o->out = text;
    return true;
}

static bool take(void *ctx, size_t row, const char *text, struct sgs_buf *why)
{
    struct sgs_keys_options *o = ctx;

    switch ((enum option_id)row) {
    case O_KEYS:
        sgs_option_append(&o->keys, &o->n_keys, text);
        return true;
    case O_PASSFILE:
        sgs_option_append(&o->passfiles, &o->n_passfiles, text);
        return true;
    case O_FORM:
        return take_form(o, text, why);
    case O_WIDTH:
        return take_width(o, text, why);
    case O_CHECK:
        o->wants_check = true;
        return true;
    case O_OUT:
        return take_out(o, text, why);
    case O_FORCE:
        o->is_forced = true;
        return true;
    case O_HELP:
        o->wants_help = true;
        return true;
    case N_OPTIONS:
        break;
    }
    return false;
}

static bool take_verb(struct sgs_keys_options *o, const char *word, struct sgs_buf *why)
{
    for (size_t i = 0; word && i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, word) == 0) {
            o->verb = (enum sgs_keys_verb)i;
            return true;
        }
    }
    if (word) {
        sgs_buf_printf(why, "keys %s: no such job; check, trim, embed or strip (" SEE ")", word);
    } else {
        sgs_buf_add_str(why, "keys: what to do is missing; check, trim, embed or strip (" SEE ")");
    }
    return false;
}

/* An option that the verb does not take, or NULL. */
static const char *extra_option(const struct sgs_keys_options *o, const struct verb *v)
{
    const struct {
        bool is_given;
        bool is_taken;
        const char *name;
    } options[] = {
        {o->wants_check,     !v->writes,   "--check"   },
        {o->has_form,        !v->writes,   "-T"        },
        {o->width > 0,       !v->writes,   "--width"   },
        {o->out != NULL,     v->writes,    "-o"        },
        {o->is_forced,       v->writes,    "--force"   },
        {o->n_keys > 0,      v->takes_log, "-k"        },
        {o->n_passfiles > 0, v->takes_log, "--passfile"},
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].is_given && !options[i].is_taken) {
            return options[i].name;
        }
    }
    return NULL;
}

/* What goes with the verb. */
static bool is_consistent(const struct sgs_keys_options *o, struct sgs_buf *why)
{
    const struct verb *v = &verbs[o->verb];
    const char *extra = extra_option(o, v);
    unsigned most = v->has_many ? SGS_MAX_INPUTS : 1;

    if (extra) {
        sgs_buf_printf(why, "keys %s: takes no %s; " SEE, v->name, extra);
    } else if (o->n_files == 0) {
        sgs_buf_printf(why, "keys %s: no input; name a capture", v->name);
    } else if (o->n_files > most) {
        sgs_buf_printf(why, "keys %s: too many inputs; %u at most", v->name, most);
    } else if (v->needs_log && o->n_keys == 0) {
        sgs_buf_printf(why, "keys %s: no key log; name it with -k", v->name);
    } else if (v->writes && !o->out) {
        sgs_buf_printf(why, "keys %s: no output; name a file with -o, - is standard output",
                       v->name);
    } else {
        return true;
    }
    return false;
}

bool sgs_keys_options_parse(struct sgs_keys_options *o, int argc, char **argv, struct sgs_buf *why)
{
    int operands = 0;

    memset(o, 0, sizeof *o);
    if (!sgs_option_rows_parse(&table, argc, argv, take, o, why, &operands)) {
        return false;
    }
    if (o->wants_help) {
        return true;
    }
    if (!take_verb(o, operands < argc ? argv[operands] : NULL, why)) {
        return false;
    }
    for (int i = operands + 1; i < argc; i++) {
        sgs_option_append(&o->files, &o->n_files, argv[i]);
    }
    return is_consistent(o, why);
}

void sgs_keys_options_clear(struct sgs_keys_options *o)
{
    free((void *)o->files);
    free((void *)o->keys);
    free((void *)o->passfiles);
    memset(o, 0, sizeof *o);
}

void sgs_keys_options_help(struct sgs_buf *out)
{
    sgs_buf_add_str(out,
                    "Usage: signscope keys check [-k LOG]... FILE...\n"
                    "       signscope keys trim  -k LOG FILE... -o OUT.keys\n"
                    "       signscope keys embed -k LOG FILE -o OUT.pcapng\n"
                    "       signscope keys strip FILE -o OUT.pcapng\n"
                    "\n"
                    "check   which TLS connections have their key, which key log lines are of use\n"
                    "trim    the lines of the key logs that belong to the captures\n"
                    "embed   the capture with those lines in it (pcapng secrets block)\n"
                    "strip   the capture without any secrets block\n");
    sgs_option_rows_help(&table, out);
    sgs_buf_add_str(
        out, "\nCaptures and key logs are files: all but strip read them twice. The manual page\n"
             "signscope(1) has all of it.\n");
}
