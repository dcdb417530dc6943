/* signscope explain CODE...: options, look-up, exit status. */
#define _POSIX_C_SOURCE 200809L /* fileno */
#include "cli/explain_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/mem.h"
#include "cli/explain_out.h"
#include "cli/message.h"
#include "cli/option_rows.h"
#include "cli/options.h"
#include "cli/show.h"
#include "cli/terminal.h"

#define SEE "see signscope explain --help"
#define MAX_WORDS 256 /* in one call: what is known of them stays below SGS_MAX_SHOWN */

enum option_id {
#define OPTION(id, short_, long_, argument, group, help) O_##id,
#include "cli/explain_options.def"
#undef OPTION
    N_OPTIONS
};

static const struct sgs_option_row rows[] = {
#define OPTION(id, short_, long_, argument, group, help) {short_, long_, argument, group, help},
#include "cli/explain_options.def"
#undef OPTION
};

static const struct sgs_option_table table = {rows, N_OPTIONS, "signscope explain --help"};

struct choices {
    unsigned width; /* columns; 0: not given */
    bool is_json;
    bool wants_help;
};

static bool take_form(struct choices *o, const char *text, struct sgs_buf *why)
{
    o->is_json = strcmp(text, "json") == 0;
    if (!o->is_json && strcmp(text, "text") != 0) {
        sgs_buf_printf(why, "-T %s: unknown form; text or json", text);
        return false;
    }
    return true;
}

static bool take_width(struct choices *o, const char *text, struct sgs_buf *why)
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

static bool take(void *ctx, size_t row, const char *text, struct sgs_buf *why)
{
    struct choices *o = ctx;

    switch ((enum option_id)row) {
    case O_FORM:
        return take_form(o, text, why);
    case O_WIDTH:
        return take_width(o, text, why);
    case O_HELP:
        o->wants_help = true;
        return true;
    case N_OPTIONS:
        break;
    }
    return false;
}

static void help(struct sgs_buf *out)
{
    sgs_buf_add_str(
        out, "Usage: signscope explain [-T json] CODE...\n"
             "\n"
             "What a code, a finding or a step of a sign-in means, at which step it is\n"
             "normal, and who can put it right. Nothing is asked of the network.\n"
             "\n"
             "CODE    28032, AADSTS50126 or 50126, 0x80048821 or 80048821, 12029, unknown_ca,\n"
             "        KDC_ERR_PREAUTH_FAILED, wsse:InvalidSecurityToken, NXDOMAIN, ...;\n"
             "        the id of a finding (cert-expired) or of a step (A17)\n");
    sgs_option_rows_help(&table, out);
    sgs_buf_add_str(out, "\nExit status 1 when one of them is not known.\n");
}

static int explain(const struct choices *o, char **texts, size_t n, struct sgs_buf *out)
{
    const struct sgs_export_options options = {
        .width = o->width ? o->width : sgs_terminal_width(fileno(stdout)),
        .is_utf8 = sgs_terminal_is_utf8(),
        .has_color = sgs_terminal_has_color(fileno(stdout), SGS_COLOR_AUTO),
    };
    struct sgs_explain_word *words = sgs_xcalloc(n, sizeof *words);
    bool is_known = true;

    for (size_t i = 0; i < n; i++) {
        words[i].text = sgs_slice_str(texts[i]);
        sgs_explain(words[i].text, &words[i].known);
        is_known = is_known && words[i].known.is_known;
    }
    if (o->is_json) {
        sgs_explain_json(words, n, out);
    } else {
        sgs_explain_text(words, n, &options, out);
    }
    free(words);
    int status = sgs_show(sgs_buf_slice(out));
    return status == SGS_EXIT_DONE && !is_known ? SGS_EXIT_USAGE : status;
}

int sgs_explain_job(int argc, char **argv)
{
    struct choices o = {0};
    struct sgs_buf text;
    int first = 0;
    int status = SGS_EXIT_USAGE;

    sgs_buf_init(&text, SGS_MAX_SHOWN);
    bool is_good = sgs_option_rows_parse(&table, argc, argv, take, &o, &text, &first);
    if (is_good && !o.wants_help && first == argc) {
        sgs_buf_add_str(&text, "explain: no code; name one (" SEE ")");
        is_good = false;
    } else if (is_good && argc - first > MAX_WORDS) {
        sgs_buf_printf(&text, "explain: too many codes; %d at most", MAX_WORDS);
        is_good = false;
    }
    if (!is_good) {
        sgs_buf_add_octet(&text, '\0');
        sgs_say(NULL, (const char *)sgs_buf_slice(&text).ptr);
    } else if (o.wants_help) {
        help(&text);
        status = sgs_show(sgs_buf_slice(&text));
    } else {
        status = explain(&o, argv + first, (size_t)(argc - first), &text);
    }
    sgs_buf_clear(&text);
    return status;
}
