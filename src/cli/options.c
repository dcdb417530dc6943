/*
 * The command line: the rows of options.def.  Operands are captures, or with -i the words of a
 * filter.
 */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/slice.h>

#include "base/mem.h"
#include "cli/option_rows.h"

#define MAX_SECONDS 1000000000u /* some 30 years */
#define MAX_SIZE ((uint64_t)1 << 40)
#define MAX_COUNT 1000000000u /* sign-ins */
#define MAX_BUFFER 2097151u   /* KiB: the kernel counts octets in 31 bits */

enum option_id {
#define OPTION(id, short_, long_, argument, group, help) O_##id,
#include "cli/options.def"
#undef OPTION
    N_OPTIONS
};

static const struct sgs_option_row rows[] = {
#define OPTION(id, short_, long_, argument, group, help) {short_, long_, argument, group, help},
#include "cli/options.def"
#undef OPTION
};

static const struct sgs_option_table table = {rows, N_OPTIONS, "signscope --help"};

/* A number of text between min and max into *out. */
static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;

    if (!sgs_slice_uint(sgs_slice_str(text), max, &n) || n < min) {
        return false;
    }
    *out = n;
    return true;
}

/* -a: duration:SECONDS or packets:COUNT. */
static bool take_stop(struct sgs_options *o, const char *text, struct sgs_buf *why)
{
    struct sgs_slice rest = sgs_slice_str(text);
    struct sgs_slice word = sgs_slice_cut(&rest, ':');
    uint64_t n = 0;

    if (sgs_slice_eq(word, SGS_LIT("duration")) && sgs_slice_uint(rest, MAX_SECONDS, &n) && n > 0) {
        sgs_time ns = (sgs_time)n * SGS_SEC;

        o->stop_duration = o->stop_duration == 0 || ns < o->stop_duration ? ns : o->stop_duration;
        return true;
    }
    if (sgs_slice_eq(word, SGS_LIT("packets")) && sgs_slice_uint(rest, INT64_MAX, &n) && n > 0) {
        o->stop_frames = o->stop_frames == 0 || n < o->stop_frames ? n : o->stop_frames;
        return true;
    }
    sgs_buf_printf(
        why, "-a %s: no stop condition; duration:SECONDS or packets:COUNT, both from 1 on", text);
    return false;
}

static void name_exporters(struct sgs_buf *why)
{
    for (size_t i = 0; i < sgs_n_exporters; i++) {
        sgs_buf_printf(why, "%s%s", i == 0 ? "" : ", ", sgs_exporters[i].name);
    }
}

/* -T: FORM, FORM=- or FORM=FILE. */
static bool take_form(struct sgs_options *o, const char *text, struct sgs_buf *why)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    const struct sgs_exporter *exporter = sgs_exporter_find(sgs_slice(text, len));
    const char *path = equals && strcmp(equals + 1, "-") != 0 ? equals + 1 : NULL;

    if (!exporter) {
        sgs_buf_printf(why, "-T %.*s: unknown form; one of ", (int)len, text);
        name_exporters(why);
        return false;
    }
    if (path && *path == '\0') {
        sgs_buf_printf(why, "-T %s: the name of the file is missing; - is standard output", text);
        return false;
    }
    if (o->n_outputs == SGS_MAX_OUTPUTS) {
        sgs_buf_printf(why, "-T %s: too many outputs; %d at most", text, SGS_MAX_OUTPUTS);
        return false;
    }
    for (size_t i = 0; i < o->n_outputs; i++) {
        const char *other = o->outputs[i].path;

        if ((!path && !other) || (path && other && strcmp(path, other) == 0)) {
            sgs_buf_printf(why, "-T %s: two outputs go to %s; give each a file, as in -T json=FILE",
                           text, path ? path : "standard output");
            return false;
        }
    }
    o->outputs[o->n_outputs++] = (struct sgs_output_choice){exporter, path};
    return true;
}

static bool take_color(struct sgs_options *o, const char *text, struct sgs_buf *why)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            o->color = (enum sgs_color)i;
            return true;
        }
    }
    sgs_buf_printf(why, "--color=%s: no such choice; auto, always or never", text);
    return false;
}

/* An argument that is a number between min and max. */
static bool take_number(const char *option, const char *text, uint32_t min, uint32_t max,
                        uint32_t *out, struct sgs_buf *why)
{
    uint64_t n = 0;

    if (!number(text, min, max, &n)) {
        sgs_buf_printf(why, "%s %s: not a number it can be; %u to %u", option, text, min, max);
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

/* A number of octets, K, M or G of them. */
static bool take_size(const char *option, const char *text, uint64_t *out, struct sgs_buf *why)
{
    static const char letters[] = "KMG";
    struct sgs_slice digits = sgs_slice_str(text);
    const char *at = digits.len > 0 ? strchr(letters, text[digits.len - 1]) : NULL;
    unsigned shift = at ? 10 * (unsigned)(at - letters + 1) : 0;
    uint64_t n = 0;

    digits.len -= at != NULL;
    if (!sgs_slice_uint(digits, MAX_SIZE >> shift, &n)) {
        sgs_buf_printf(why, "%s=%s: no size; a number of octets, or one with K, M or G behind it",
                       option, text);
        return false;
    }
    *out = n << shift;
    return true;
}

static bool take_filter(struct sgs_options *o, const char *text, struct sgs_buf *why)
{
    if (o->filter) {
        sgs_buf_printf(why, "-f %s: a second filter; join them with 'and' or 'or'", text);
        return false;
    }
    size_t size = strlen(text) + 1;
    o->filter = sgs_xmalloc(size);
    memcpy(o->filter, text, size);
    return true;
}

static bool take_query(struct sgs_options *o, const char *text, struct sgs_buf *why)
{
    const char *what = NULL;
    size_t column = 0;

    if (o->query) {
        sgs_buf_printf(why, "-Y %s: a second condition; join them with 'and' or 'or'", text);
        return false;
    }
    o->query = sgs_query_read(sgs_slice_str(text), &what, &column);
    if (!o->query) {
        sgs_buf_printf(why, "-Y %s: column %zu: %s", text, column, what);
        return false;
    }
    return true;
}

/* An event file; standard input and output are left to captures and reports. */
static bool take_events(const char *option, const char *text, const char **out, struct sgs_buf *why)
{
    if (*text == '\0' || strcmp(text, "-") == 0) {
        sgs_buf_printf(why, "%s=%s: no name of a file; give it one", option, text);
        return false;
    }
    *out = text;
    return true;
}

/* The member that an option without argument sets. */
static bool *flag_of(struct sgs_options *o, enum option_id id)
{
    bool *const flags[N_OPTIONS] = {
        [O_LIST] = &o->wants_list,       [O_QUIETLY] = &o->not_promiscuous,
        [O_QUIET] = &o->is_quiet,        [O_VERBOSE] = &o->is_verbose,
        [O_LINE] = &o->is_line_buffered, [O_UTC] = &o->is_local,
        [O_LOCAL] = &o->is_local,        [O_CHECK] = &o->wants_check,
        [O_HELP] = &o->wants_help,       [O_VERSION] = &o->wants_version,
    };

    return flags[id];
}

/* One option with its argument, which is not NULL where the row has one. */
static bool take(void *ctx, size_t row, const char *text, struct sgs_buf *why)
{
    struct sgs_options *o = ctx;
    enum option_id id = (enum option_id)row;

    switch (id) {
    case O_READ:
        sgs_option_append(&o->files, &o->n_files, text);
        return true;
    case O_DEVICE:
        sgs_option_append(&o->devices, &o->n_devices, text);
        return true;
    case O_KEYS:
        sgs_option_append(&o->keys, &o->n_keys, text);
        return true;
    case O_CA:
        sgs_option_append(&o->cas, &o->n_cas, text);
        return true;
    case O_PASSFILE:
        sgs_option_append(&o->passfiles, &o->n_passfiles, text);
        return true;
    case O_FILTER:
        return take_filter(o, text, why);
    case O_USER:
        sgs_option_append(&o->users, &o->n_users, text);
        return true;
    case O_CLIENT:
        sgs_option_append(&o->clients, &o->n_clients, text);
        return true;
    case O_QUERY:
        return take_query(o, text, why);
    case O_COUNT:
        return take_number("-c", text, 1, MAX_COUNT, &o->count, why);
    case O_SNAP:
        return take_number("-s", text, 0, SGS_MAX_FRAME, &o->snap_len, why);
    case O_BUFFER:
        return take_number("-B", text, 1, MAX_BUFFER, &o->buffer, why);
    case O_HOLD:
        o->has_hold = true;
        return take_size("--hold", text, &o->hold, why);
    case O_STOP:
        return take_stop(o, text, why);
    case O_READEVENTS:
        return take_events("--read-events", text, &o->read_events, why);
    case O_WRITEEVENTS:
        return take_events("--write-events", text, &o->write_events, why);
    case O_FORM:
        return take_form(o, text, why);
    case O_COLOR:
        return take_color(o, text, why);
    case O_WIDTH:
        return take_number("--width", text, SGS_MIN_WIDTH, SGS_MAX_WIDTH, &o->width, why);
    case O_LIST:
    case O_QUIETLY:
    case O_QUIET:
    case O_VERBOSE:
    case O_LINE:
    case O_UTC:
    case O_LOCAL:
    case O_CHECK:
    case O_HELP:
    case O_VERSION:
        *flag_of(o, id) = id != O_UTC;
        return true;
    case N_OPTIONS:
        break;
    }
    return false;
}

/* The words behind the options, joined by blanks, are the filter of a live capture. */
static bool take_words(struct sgs_options *o, char *const *words, size_t n, struct sgs_buf *why)
{
    struct sgs_buf filter;
    bool is_good = true;

    sgs_buf_init(&filter, SGS_MAX_FILTER);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            sgs_buf_add_octet(&filter, ' ');
        }
        sgs_buf_add_str(&filter, words[i]);
    }
    sgs_buf_add_octet(&filter, '\0');
    if (filter.overflow) {
        sgs_buf_printf(why, "-i: the filter is too long; %u octets at most", SGS_MAX_FILTER);
        is_good = false;
    } else {
        is_good = take_filter(o, (const char *)sgs_buf_slice(&filter).ptr, why);
    }
    sgs_buf_clear(&filter);
    return is_good;
}

static bool take_operands(struct sgs_options *o, char *const *words, size_t n, struct sgs_buf *why)
{
    if (n > 0 && o->n_devices > 0) {
        return take_words(o, words, n, why);
    }
    for (size_t i = 0; i < n; i++) {
        sgs_option_append(&o->files, &o->n_files, words[i]);
    }
    return true;
}

/* The option that asks for something an event file does not have, or NULL. */
static const char *option_of_captures(const struct sgs_options *o)
{
    const struct {
        bool is_given;
        const char *name;
    } asked[] = {
        {o->n_devices > 0,                           "-i"    },
        {o->n_files > 0,                             "-r"    },
        {o->n_keys > 0,                              "-k"    },
        {o->n_cas > 0,                               "--ca"  },
        {o->has_hold,                                "--hold"},
        {o->filter != NULL,                          "-f"    },
        {o->stop_frames > 0 || o->stop_duration > 0, "-a"    },
    };

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        if (asked[i].is_given) {
            return asked[i].name;
        }
    }
    return NULL;
}

/* What goes with event files. */
static bool has_good_events(const struct sgs_options *o, struct sgs_buf *why)
{
    const char *other = o->read_events ? option_of_captures(o) : NULL;

    if (other) {
        sgs_buf_printf(why,
                       "--read-events: goes not with %s; the events were read from the "
                       "captures already",
                       other);
        return false;
    }
    for (size_t i = 0; o->write_events && i < o->n_outputs; i++) {
        const char *path = o->outputs[i].path;

        if (path && strcmp(path, o->write_events) == 0) {
            sgs_buf_printf(why, "--write-events=%s: a report goes there, too; name another file",
                           path);
            return false;
        }
    }
    return true;
}

/* What goes with what. */
static bool is_consistent(const struct sgs_options *o, struct sgs_buf *why)
{
    size_t n_stdin = 0;

    for (size_t i = 0; i < o->n_files; i++) {
        n_stdin += strcmp(o->files[i], "-") == 0;
    }
    if (o->n_devices > 0 && o->n_files > 0) {
        sgs_buf_add_str(why, "-i: goes not with -r; capture live or read files");
    } else if (o->n_devices == 0 && (o->snap_len || o->buffer || o->not_promiscuous)) {
        sgs_buf_printf(why, "%s: only with -i; files are read as they are",
                       o->snap_len ? "-s"
                       : o->buffer ? "-B"
                                   : "-p");
    } else if (o->n_devices == 0 && o->n_files == 0 && !o->read_events) {
        sgs_buf_add_str(why, "no input; name a capture, - for standard input or -i IF, or see "
                             "signscope --help");
    } else if (o->n_files > SGS_MAX_INPUTS || o->n_devices > SGS_MAX_INPUTS) {
        sgs_buf_printf(why, "too many inputs; %d at most", SGS_MAX_INPUTS);
    } else if (n_stdin > 1) {
        sgs_buf_add_str(why, "-: standard input can be read once only; name it once");
    } else {
        return has_good_events(o, why);
    }
    return false;
}

bool sgs_options_parse(struct sgs_options *o, int argc, char **argv, struct sgs_buf *why)
{
    int operands = 0;

    memset(o, 0, sizeof *o);
    o->hold = SGS_MAX_HOLD;
    if (!sgs_option_rows_parse(&table, argc, argv, take, o, why, &operands)) {
        return false;
    }
    if (o->wants_help || o->wants_version || o->wants_list) {
        return true;
    }
    if (!take_operands(o, argv + operands, (size_t)(argc - operands), why) ||
        !is_consistent(o, why)) {
        return false;
    }
    return o->n_outputs > 0 || take_form(o, "text", why);
}

void sgs_options_clear(struct sgs_options *o)
{
    free((void *)o->files);
    free((void *)o->devices);
    free((void *)o->keys);
    free((void *)o->cas);
    free((void *)o->passfiles);
    free((void *)o->users);
    free((void *)o->clients);
    sgs_query_free(o->query);
    free(o->filter);
    memset(o, 0, sizeof *o);
}

void sgs_options_help(struct sgs_buf *out)
{
    sgs_buf_add_str(out, "Usage: signscope [OPTION]... [FILE]...\n"
                         "       signscope -i IF [OPTION]... [FILTER]\n"
                         "       signscope keys check|trim|embed|strip [OPTION]... FILE...\n"
                         "       signscope diff [OPTION]... GOOD BAD\n"
                         "       signscope explain [-T json] CODE...\n"
                         "Shows what happened in Skype for Business and Lync sign-ins, from "
                         "captured\npackets and TLS key logs.\n");
    sgs_option_rows_help(&table, out);
    sgs_buf_add_str(
        out, "\nExit status: 0 done, 1 wrong use, 2 an input or key file is no good, 3 done but\n"
             "an input was damaged, 4 an output could not be written, 5 internal error; with\n"
             "--check also 10, 11, 12. The manual page signscope(1) has all of it.\n");
}
