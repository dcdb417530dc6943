/* signscope diff GOOD BAD: both sides read, compared, shown. */
#define _POSIX_C_SOURCE 200809L /* fileno */
#include "cli/diff_job.h"

#include <errno.h>
#include <stdio.h>

#include <signscope/limits.h>

#include "cli/diff_options.h"
#include "cli/diff_side.h"
#include "cli/message.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "diff/out.h"

static int show(const struct sgs_diff_options *o, const struct sgs_diff_side *sides,
                const struct sgs_diff *d)
{
    const struct sgs_export_options options = {
        .width = o->common.width ? o->common.width : sgs_terminal_width(fileno(stdout)),
        .is_utf8 = sgs_terminal_is_utf8(),
        .has_color = sgs_terminal_has_color(fileno(stdout), o->common.color),
        .is_quiet = o->common.is_quiet,
        .is_verbose = o->common.is_verbose,
    };
    const struct sgs_diff_source sources[] = {
        {sides[0].path, sides[0].n_attempts, sides[0].chosen},
        {sides[1].path, sides[1].n_attempts, sides[1].chosen},
    };
    struct sgs_out out = {sgs_write_shown, NULL};

    errno = 0;
    return sgs_finish_shown(o->is_json ? sgs_diff_json(d, sources, &options, &out)
                                       : sgs_diff_text(d, sources, &options, &out));
}

/* What the comparison says; status is that of the reading. */
static int verdict(const struct sgs_diff *d, int status)
{
    if (d->first) {
        return SGS_EXIT_SIGN_IN_FAILED;
    }
    return d->n_unseen[0] + d->n_unseen[1] > 0 ? SGS_EXIT_SIGN_IN_UNKNOWN : status;
}

static int compare(const struct sgs_diff_options *o, const struct sgs_diff_side *sides, int status)
{
    struct sgs_arena arena;

    sgs_arena_init(&arena, SGS_MAX_DIFF_MEMORY);
    const struct sgs_diff_input in[] = {
        {&sides[0].at, sides[0].first},
        {&sides[1].at, sides[1].first}
    };
    const struct sgs_diff *d = sgs_diff_make(in, &arena);
    int shown = show(o, sides, d);
    status = shown == SGS_EXIT_DONE ? verdict(d, status) : shown;
    sgs_arena_clear(&arena);
    return status;
}

/* One capture has both: it is read once. */
static int read_one(const struct sgs_diff_options *o, struct sgs_diff_side *sides)
{
    static const enum sgs_diff_wish wishes[] = {SGS_WANT_GOOD, SGS_WANT_BAD};
    struct sgs_diff_side *both[] = {&sides[0], &sides[1]};
    int status = sgs_diff_sides_read(o, o->common.files[0], wishes, both, 2);
    bool is_read = status == SGS_EXIT_DONE || status == SGS_EXIT_DAMAGED;

    if (is_read && sides[0].at.id == sides[1].at.id) {
        sgs_say(o->common.files[0],
                "both sides are the same sign-in; choose with --good and --bad, "
                "or name a second capture");
        return SGS_EXIT_NO_SIGN_IN;
    }
    return status;
}

static int read_two(const struct sgs_diff_options *o, struct sgs_diff_side *sides)
{
    static const enum sgs_diff_wish wishes[] = {SGS_WANT_GOOD, SGS_WANT_BAD};
    int worst = SGS_EXIT_DONE;

    for (size_t i = 0; i < 2; i++) {
        struct sgs_diff_side *side = &sides[i];
        int status = sgs_diff_sides_read(o, o->common.files[i], &wishes[i], &side, 1);
        if (status != SGS_EXIT_DONE && status != SGS_EXIT_DAMAGED) {
            return status;
        }
        worst = status > worst ? status : worst;
    }
    return worst;
}

static int obey(const struct sgs_diff_options *o)
{
    struct sgs_diff_side sides[2];

    memset(sides, 0, sizeof sides);
    int status = o->common.n_files == 1 ? read_one(o, sides) : read_two(o, sides);
    if (status == SGS_EXIT_DONE || status == SGS_EXIT_DAMAGED) {
        status = compare(o, sides, status);
    }
    sgs_diff_side_clear(&sides[0]);
    sgs_diff_side_clear(&sides[1]);
    return status;
}

int sgs_diff_job(int argc, char **argv)
{
    struct sgs_diff_options options;
    struct sgs_buf text;
    int status = SGS_EXIT_USAGE;

    sgs_buf_init(&text, SGS_MAX_SHOWN);
    if (!sgs_diff_options_parse(&options, argc, argv, &text)) {
        sgs_buf_add_octet(&text, '\0');
        sgs_say(NULL, (const char *)sgs_buf_slice(&text).ptr);
    } else if (options.common.wants_help) {
        sgs_diff_options_help(&text);
        status = sgs_show(sgs_buf_slice(&text));
    } else {
        status = obey(&options);
    }
    sgs_diff_options_clear(&options);
    sgs_buf_clear(&text);
    return status;
}
