/* signscope keys check, trim, embed, strip. */
#define _POSIX_C_SOURCE 200809L /* fileno */
#include "cli/keys_job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <signscope/buf.h>

#include "capture/pcapng_write.h"
#include "cli/keys_check.h"
#include "cli/keys_logs.h"
#include "cli/keys_options.h"
#include "cli/keys_out.h"
#include "cli/keys_survey.h"
#include "cli/message.h"
#include "cli/show.h"
#include "cli/terminal.h"

static int report(const struct sgs_keys_options *o, struct sgs_keys_survey *s,
                  const struct sgs_keys_logs *logs, uint64_t *out_closed)
{
    struct sgs_out out = {sgs_write_shown, NULL};
    struct sgs_keys_report r = {
        .survey = s,
        .logs = logs,
        .width = o->width ? o->width : sgs_terminal_width(fileno(stdout)),
        .is_utf8 = sgs_terminal_is_utf8(),
        .has_color = sgs_terminal_has_color(fileno(stdout), SGS_COLOR_AUTO),
    };

    for (size_t i = 0; i < s->n_conns; i++) {
        r.n_open += s->conns[i]->is_open;
        r.n_closed += s->conns[i]->is_closed;
    }
    *out_closed = r.n_closed;
    errno = 0;
    return sgs_finish_shown(o->is_json ? sgs_keys_json(&r, &out) : sgs_keys_text(&r, &out));
}

static int check(const struct sgs_keys_options *o, struct sgs_keys_survey *s, int status)
{
    struct sgs_keys_logs logs;
    uint64_t n_closed = 0;
    int rc = sgs_keys_logs_read(&logs, o, s);

    if (rc == SGS_EXIT_DONE) {
        rc = report(o, s, &logs, &n_closed);
    }
    sgs_keys_logs_clear(&logs);
    if (rc != SGS_EXIT_DONE) {
        return rc;
    }
    if (o->wants_check) {
        return n_closed > 0 ? SGS_EXIT_SIGN_IN_FAILED : SGS_EXIT_DONE;
    }
    return status;
}

/* A capture is written again, with text in front of its frames. */
static int rewrite(const struct sgs_keys_options *o, struct sgs_slice text)
{
    bool is_stripped = o->verb == SGS_KEYS_STRIP;
    struct sgs_rewriter *w = NULL;
    struct sgs_rewritten done = {0};
    char why[SGS_WHY_LEN] = "";
    char note[SGS_WHY_LEN];

    if (sgs_rewriter_open(o->files[0], why, &w) != SGS_OK) {
        sgs_say(strcmp(o->files[0], "-") == 0 ? "standard input" : o->files[0], why);
        return SGS_EXIT_INPUT;
    }
    struct sgs_keys_out *out = sgs_keys_out_open(o, !is_stripped);
    if (!out) {
        sgs_rewriter_close(w);
        return SGS_EXIT_OUTPUT;
    }
    const struct sgs_rewrite how = {text, is_stripped, sgs_keys_out_write, out};
    (void)sgs_rewriter_run(w, &how, &done);
    int status = sgs_keys_out_close(out);
    sgs_rewriter_close(w);
    if (status == SGS_EXIT_DONE && done.damage) {
        (void)snprintf(note, sizeof note,
                       "damaged at octet %llu: %s; %llu damaged in all, left out of the output",
                       (unsigned long long)done.damage_at, done.damage,
                       (unsigned long long)done.damage_total);
        sgs_say(o->files[0], note);
        status = SGS_EXIT_DAMAGED;
    }
    return status;
}

static int trim(const struct sgs_keys_options *o, struct sgs_slice text)
{
    struct sgs_keys_out *out = sgs_keys_out_open(o, true);

    if (!out) {
        return SGS_EXIT_OUTPUT;
    }
    (void)sgs_keys_out_write(out, text);
    return sgs_keys_out_close(out);
}

/* trim and embed: with the lines that the captures need. */
static int write_needed(const struct sgs_keys_options *o, const struct sgs_keys_survey *s,
                        int status)
{
    struct sgs_keys_lines *lines = NULL;
    bool is_embed = o->verb == SGS_KEYS_EMBED;
    int rc = sgs_keys_lines_read(o, s, is_embed, &lines);

    if (rc != SGS_EXIT_DONE) {
        return rc;
    }
    struct sgs_slice text = sgs_keys_lines_text(lines);
    rc = is_embed ? rewrite(o, text) : trim(o, text);
    if (rc == SGS_EXIT_DONE || rc == SGS_EXIT_DAMAGED) {
        status = rc == SGS_EXIT_DAMAGED ? rc : status;
        if (text.len == 0) {
            sgs_say(NULL, is_embed ? "no line of the key logs was missing in this capture"
                                   : "no line of the key logs belongs to this capture");
        }
        if (s->n_undecided > 0) {
            sgs_say(NULL, "there are more TLS connections than are kept: lines for late ones are "
                          "missing (a part of the capture helps)");
        }
    } else {
        status = rc;
    }
    sgs_keys_lines_free(lines);
    return status;
}

static int obey(const struct sgs_keys_options *o)
{
    struct sgs_keys_survey survey;

    if (o->out && !sgs_keys_out_may(o, o->verb != SGS_KEYS_TRIM)) {
        return SGS_EXIT_OUTPUT;
    }
    if (o->verb == SGS_KEYS_STRIP) {
        return rewrite(o, (struct sgs_slice){NULL, 0});
    }
    int status = sgs_keys_survey_run(&survey, o);
    if (status == SGS_EXIT_DONE || status == SGS_EXIT_DAMAGED) {
        status = o->verb == SGS_KEYS_CHECK ? check(o, &survey, status)
                                           : write_needed(o, &survey, status);
    }
    sgs_keys_survey_clear(&survey);
    return status;
}

int sgs_keys_job(int argc, char **argv)
{
    struct sgs_keys_options options;
    struct sgs_buf text;
    int status = SGS_EXIT_USAGE;

    sgs_buf_init(&text, SGS_MAX_SHOWN);
    if (!sgs_keys_options_parse(&options, argc, argv, &text)) {
        sgs_buf_add_octet(&text, '\0');
        sgs_say(NULL, (const char *)sgs_buf_slice(&text).ptr);
    } else if (options.wants_help) {
        sgs_keys_options_help(&text);
        status = sgs_show(sgs_buf_slice(&text));
    } else {
        status = obey(&options);
    }
    sgs_keys_options_clear(&options);
    sgs_buf_clear(&text);
    return status;
}
