/*
 * The report as a Markdown document to paste into a ticket (CommonMark with GitHub's tables).  Per
 * sign-in a heading, a list that answers the first questions and a table of its steps; at the end
 * the quality of the capture.  Times are UTC, and nothing depends on a terminal or a locale.
 */
#include <stdio.h>

#include <signscope/limits.h>

#include "export/escape.h"
#include "export/facts.h"
#include "export/forms.h"
#include "export/text.h"

struct doc {
    const struct sgs_export_options *options;
    struct sgs_out *out;
    struct sgs_buf line;
    struct sgs_buf text; /* one value before it is escaped */
    bool is_good;
};

static const char *const outcomes[] = {
    [SGS_SIGNED_IN] = "SIGNED IN",
    [SGS_FAILED] = "SIGN-IN FAILED",
    [SGS_UNKNOWN] = "OUTCOME UNKNOWN",
};

static const char *const verdicts[] = {
    [SGS_V_OK] = "ok",
    [SGS_V_EXPECTED] = "expected",
    [SGS_V_SLOW] = "slow",
    [SGS_V_FAILED] = "**FAILED**",
    [SGS_V_UNANSWERED] = "**NO ANSWER**",
    [SGS_V_MISSING] = "**MISSING**",
    [SGS_V_UNSEEN] = "unseen",
};

static void put(struct doc *d, const char *markup)
{
    sgs_buf_add_str(&d->line, markup);
}

static void text(struct doc *d, struct sgs_slice s)
{
    sgs_escape_markdown(&d->line, s);
}

static void end(struct doc *d)
{
    while (d->line.len > 0 && d->line.ptr[d->line.len - 1] == ' ') {
        d->line.len--;
    }
    sgs_buf_add_octet(&d->line, '\n');
    d->is_good =
        d->is_good && !d->line.overflow && d->out->write(d->out->ctx, sgs_buf_slice(&d->line));
    sgs_buf_drop(&d->line, d->line.len);
}

static void line(struct doc *d, const char *markup)
{
    put(d, markup);
    end(d);
}

/* The buffer for a value that is put together from several. */
static struct sgs_buf *fresh(struct doc *d)
{
    sgs_buf_drop(&d->text, d->text.len);
    return &d->text;
}

static struct sgs_slice value(const struct doc *d)
{
    return sgs_buf_slice(&d->text);
}

/* "- **name:** text"; nothing when text is empty. */
static void item(struct doc *d, const char *name, struct sgs_slice s)
{
    if (s.len > 0) {
        sgs_buf_printf(&d->line, "- **%s:** ", name);
        text(d, s);
        end(d);
    }
}

static void cell(struct doc *d, struct sgs_slice s)
{
    put(d, " ");
    text(d, s);
    put(d, " |");
}

static void time_text(struct sgs_buf *out, sgs_time t)
{
    char stamp[SGS_TIME_TEXT_LEN];

    sgs_time_rfc3339(t, stamp);
    sgs_buf_printf(out, "%.10s %.12s UTC", stamp, stamp + 11);
}

static void title(struct doc *d, const struct sgs_attempt *a, size_t n)
{
    char host[SGS_ADDR_TEXT_LEN];

    put(d, "## ");
    put(d, outcomes[a->outcome]);
    put(d, ": ");
    text(d, a->user.len > 0 ? a->user : SGS_LIT("(nobody is named)"));
    if (a->client.len > 0) {
        sgs_addr_host(&a->client, host);
        put(d, " from ");
        text(d, sgs_slice_str(host));
    }
    if (a->outcome != SGS_UNKNOWN && a->confidence != SGS_PROVEN) {
        sgs_buf_printf(&d->line, ", %s", sgs_confidence_name(a->confidence));
    }
    if (n > 1) {
        sgs_buf_printf(&d->line, " (%llu of %zu)", (unsigned long long)a->id, n);
    }
    end(d);
    end(d);
}

static void proof(struct doc *d, const uint64_t *frames, size_t n)
{
    sgs_fact_proof(fresh(d), frames, n, d->options->is_verbose ? n : SGS_PROOF_FRAMES);
    item(d, "proof", value(d));
}

static void finding(struct doc *d, const struct sgs_finding *f, const char *name)
{
    item(d, name, f->title);
    item(d, "detail", f->detail);
    sgs_fact_finding_id(fresh(d), f);
    item(d, "finding", value(d));
    proof(d, f->frames, f->n_frames);
    item(d, "do", f->hint);
    item(d, "user saw", f->user_saw);
}

/* Without a finding the last step speaks: what was asked, what came back. */
static void cause_of_step(struct doc *d, const struct sgs_attempt *a)
{
    const struct sgs_step *s = sgs_fact_last_word(a);

    if (!s || a->outcome == SGS_SIGNED_IN) {
        return;
    }
    if (a->outcome == SGS_UNKNOWN && a->why) {
        item(d, "why", sgs_slice_str(a->why));
    }
    sgs_buf_printf(&d->line, "- **%s:** ", a->outcome == SGS_FAILED ? "cause" : "last");
    text(d, s->request.len > 0 ? s->request : s->title);
    if (s->response.len > 0) {
        put(d, " -> ");
        text(d, s->response);
    }
    end(d);
    item(d, "note", s->note);
    proof(d, s->frames, s->n_frames);
}

static void collect(struct doc *d, const struct sgs_attempt *a)
{
    for (size_t i = 0; i < a->n_wanted; i++) {
        sgs_fact_wanted(fresh(d), &a->wanted[i]);
        item(d, "collect", value(d));
    }
}

static void when_and_how(struct doc *d, const struct sgs_attempt *a)
{
    char took[SGS_SECONDS_TEXT_LEN];

    if (a->started != SGS_TIME_NONE) {
        time_text(fresh(d), a->started);
        if (a->ended != SGS_TIME_NONE) {
            sgs_text_seconds(a->ended - a->started, took);
            sgs_buf_printf(&d->text, ", took %s s", took);
        }
        put(d, "- **when:** ");
        sgs_buf_add(&d->line, value(d)); /* digits of ours: a time is no picture */
        end(d);
    }
    sgs_fact_how(fresh(d), a);
    item(d, "how", value(d));
}

static void who(struct doc *d, const struct sgs_attempt *a)
{
    const struct sgs_step *s = sgs_fact_server_step(a);
    char address[SGS_ADDR_TEXT_LEN];

    item(d, "client", a->agent);
    if (s) {
        sgs_addr_text(sgs_fact_server(s), address);
        sgs_buf_add(fresh(d), s->host);
        sgs_buf_printf(&d->text, " %s", address);
        item(d, "server", value(d));
    }
}

static void other_findings(struct doc *d, const struct sgs_finding *list, size_t n)
{
    for (size_t i = 0; i < n && d->is_good; i++) {
        if (sgs_fact_is_shown(d->options, &list[i])) {
            end(d);
            sgs_buf_printf(&d->line, "### %s: ", sgs_severity_name(list[i].severity));
            text(d, list[i].title);
            end(d);
            end(d);
            finding(d, &list[i], "what");
        }
    }
}

/* The arrow is ours: it needs no escape. */
static void path(struct doc *d, const struct sgs_step *s)
{
    const struct sgs_slice arrow = SGS_LIT(" -> ");

    sgs_fact_path(fresh(d), s, "->");
    size_t at = sgs_slice_find(value(d), arrow);
    put(d, " ");
    text(d, sgs_slice_head(value(d), at));
    if (at < value(d).len) {
        put(d, " -> ");
        text(d, sgs_slice_from(value(d), at + arrow.len));
    }
    put(d, " |");
}

static void frames(struct doc *d, const struct sgs_same_steps *run)
{
    char span[SGS_FRAMES_TEXT_LEN];
    const struct sgs_step *first = run->first;
    const struct sgs_step *last = run->last;

    if (run->n > 1 && first->n_frames > 0 && last->n_frames > 0) {
        sgs_buf_printf(&d->line, " %llu-%llu |", (unsigned long long)first->frames[0],
                       (unsigned long long)last->frames[last->n_frames - 1]);
        return;
    }
    sgs_text_frames(first->frames, first->n_frames, span);
    cell(d, sgs_slice_str(span));
}

static void note(struct doc *d, const struct sgs_same_steps *run)
{
    struct sgs_buf *b = fresh(d);

    sgs_buf_add(b, run->first->note);
    if (run->n > 1) {
        sgs_buf_printf(b, "%sx%zu", b->len > 0 ? ", " : "", run->n);
    }
    cell(d, value(d));
}

static void row(struct doc *d, const struct sgs_attempt *a, const struct sgs_same_steps *run,
                const char *number)
{
    const struct sgs_step *s = run->first;
    sgs_time offset = sgs_fact_offset(a, s);
    char figure[SGS_SECONDS_TEXT_LEN] = "";

    put(d, "|");
    cell(d, sgs_slice_str(number));
    cell(d, s->id ? sgs_slice_str(s->id) : (struct sgs_slice){NULL, 0});
    if (offset != SGS_TIME_NONE) {
        sgs_text_seconds(offset, figure);
    }
    cell(d, sgs_slice_str(figure));
    sgs_text_milliseconds(s->duration, figure);
    cell(d, sgs_slice_str(figure));
    cell(d, sgs_slice_str(sgs_stage_name(s->stage)));
    cell(d, s->title);
    path(d, s);
    cell(d, s->request);
    cell(d, s->response);
    sgs_buf_printf(&d->line, " %s |", verdicts[s->verdict]);
    frames(d, run);
    note(d, run);
    end(d);
}

static void timeline(struct doc *d, const struct sgs_attempt *a)
{
    bool is_verbose = d->options->is_verbose;
    char number[48];
    size_t n = 1;

    if (a->n_steps == 0) {
        return;
    }
    end(d);
    line(d, "| # | id | offset (s) | took (ms) | stage | step | from -> to | request | response | "
            "verdict "
            "| frames | note |");
    line(d, "|--:|---|--:|--:|---|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < a->n_steps && d->is_good; n++) {
        struct sgs_same_steps run = sgs_fact_run(a, i, !is_verbose);
        bool is_plain = run.first->verdict == SGS_V_OK || run.first->verdict == SGS_V_EXPECTED;

        (void)snprintf(number, sizeof number, "%zu", n);
        row(d, a, &run, number);
        for (size_t j = 0; j < run.first->n_parts && (is_verbose || !is_plain); j++) {
            const struct sgs_step *part = &run.first->parts[j];

            (void)snprintf(number, sizeof number, "%zu.%zu", n, j + 1);
            row(d, a, &(struct sgs_same_steps){part, part, 1}, number);
        }
        i += run.n;
    }
}

static void attempt(struct doc *d, const struct sgs_report *r, const struct sgs_attempt *a)
{
    const struct sgs_finding *root = sgs_attempt_root(a);

    title(d, a, r->n_attempts);
    if (root) {
        finding(d, root, "cause");
    } else {
        cause_of_step(d, a);
    }
    sgs_fact_not_it(fresh(d), a);
    item(d, "not it", value(d));
    sgs_fact_unseen(fresh(d), a, r);
    item(d, "unseen", value(d));
    collect(d, a);
    when_and_how(d, a);
    who(d, a);
    if (!d->options->is_quiet) {
        other_findings(d, a->findings, a->n_findings);
        timeline(d, a);
    }
    end(d);
}

/* A list item below an input. */
static void about_input(struct doc *d, uint64_t n, const char *tail)
{
    if (n > 0) {
        sgs_fact_count(fresh(d), n, "frame");
        sgs_buf_printf(&d->text, " %s", tail);
        put(d, "  - ");
        text(d, value(d));
        end(d);
    }
}

static void damage(struct doc *d, const struct sgs_report_input *in)
{
    for (size_t i = 0; i < in->n_damage; i++) {
        struct sgs_buf *b = fresh(d);

        sgs_buf_printf(b, "damaged at octet %llu", (unsigned long long)in->damage[i].offset);
        if (in->damage[i].frame != 0) {
            sgs_buf_printf(b, " after frame %llu", (unsigned long long)in->damage[i].frame);
        }
        sgs_buf_printf(b, ": %s", in->damage[i].what);
        put(d, "  - ");
        text(d, value(d));
        end(d);
    }
    if (in->damage_total > in->n_damage) {
        sgs_buf_printf(&d->line, "  - and %llu more damaged places",
                       (unsigned long long)(in->damage_total - in->n_damage));
        end(d);
    }
}

static void input(struct doc *d, const struct sgs_report_input *in)
{
    char span[SGS_SECONDS_TEXT_LEN];

    put(d, "- **input:** ");
    text(d, sgs_slice_str(in->name));
    put(d, ", ");
    sgs_fact_count(&d->line, in->frames, "frame");
    put(d, ", ");
    sgs_fact_octets(&d->line, in->octets);
    if (in->first != SGS_TIME_NONE && in->last != SGS_TIME_NONE) {
        sgs_text_seconds(in->last - in->first, span);
        put(d, ", from ");
        time_text(&d->line, in->first);
        sgs_buf_printf(&d->line, " for %s s", span);
    }
    end(d);
    damage(d, in);
    about_input(d, in->dropped, sgs_fact_dropped);
    about_input(d, in->cut_frames, sgs_fact_cut);
}

static void skipped(struct doc *d, const struct sgs_report *r)
{
    for (size_t i = 0; i < r->n_skipped; i++) {
        bool is_link = sgs_slice_eq(sgs_slice_str(r->skipped[i].layer), SGS_LIT("link"));

        if (is_link || d->options->is_verbose) {
            sgs_fact_count(fresh(d), r->skipped[i].frames, "frame");
            sgs_buf_printf(&d->text, " of %s", r->skipped[i].name);
            item(d, "not read", value(d));
        }
    }
}

/* "3 connections: 1 decrypted, 1 no key in the log, 1 cut by a gap". */
static void tls_line(struct doc *d, const struct sgs_report *r)
{
    struct sgs_buf *b = fresh(d);
    uint64_t other = sgs_fact_closed(r, NULL);

    sgs_fact_count(b, r->tls_connections, "connection");
    sgs_buf_printf(b, ": %llu decrypted", (unsigned long long)r->tls_decrypted);
    for (size_t i = 0; i < sgs_n_tls_reasons; i++) {
        uint64_t n = sgs_fact_closed(r, &sgs_tls_reasons[i]);

        if (n > 0) {
            sgs_buf_printf(b, ", %llu %s", (unsigned long long)n,
                           sgs_fact_reason_text(r, &sgs_tls_reasons[i]));
        }
    }
    if (other > 0) {
        sgs_buf_printf(b, ", %llu for another reason", (unsigned long long)other);
    }
    item(d, "TLS", value(d));
}

static void closed(struct doc *d, const struct sgs_report *r)
{
    size_t most = d->options->is_verbose ? r->n_undecrypted : SGS_CLOSED_ROWS;
    char address[SGS_ADDR_TEXT_LEN];

    end(d);
    line(d, "| connection | asked for | server | why | read |");
    line(d, "|---|---|---|---|---|");
    for (size_t i = 0; i < r->n_undecrypted && i < most && d->is_good; i++) {
        const struct sgs_report_tls *tls = &r->undecrypted[i];
        const struct sgs_tls_reason *reason = sgs_tls_reason_find(sgs_slice_str(tls->reason));

        sgs_buf_printf(&d->line, "| tcp%u |", tls->conn);
        cell(d, tls->sni);
        sgs_addr_text(&tls->server, address);
        cell(d, sgs_slice_str(address));
        cell(d, sgs_slice_str(reason ? sgs_fact_reason_text(r, reason) : "for another reason"));
        cell(d, sgs_slice_str(tls->is_partly ? "partly" : "nothing"));
        end(d);
    }
    if (r->n_undecrypted > most) {
        end(d);
        sgs_buf_printf(&d->line, "and %zu more (-v lists all)", r->n_undecrypted - most);
        end(d);
    }
}

static void remedies(struct doc *d, const struct sgs_report *r)
{
    for (size_t i = 0; i < sgs_n_tls_reasons; i++) {
        const struct sgs_tls_reason *reason = &sgs_tls_reasons[i];
        bool is_asked = sgs_fact_reason_matters(reason) || d->options->is_verbose;

        if (is_asked && sgs_fact_closed(r, reason) > 0) {
            item(d, sgs_fact_reason_text(r, reason), sgs_slice_str(reason->remedy));
        }
    }
}

static void capture(struct doc *d, const struct sgs_report *r)
{
    line(d, "## Capture");
    end(d);
    for (size_t i = 0; i < r->n_inputs && d->is_good; i++) {
        input(d, &r->inputs[i]);
    }
    if (r->was_interrupted) {
        item(d, "end", sgs_slice_str(sgs_fact_interrupted));
    }
    skipped(d, r);
    sgs_fact_keys(fresh(d), r);
    item(d, "keys", value(d));
    if (r->tls_connections > 0) {
        tls_line(d, r);
        remedies(d, r);
    }
    if (r->n_undecrypted > 0) {
        closed(d, r);
    }
}

static void summary(struct doc *d, const struct sgs_report *r)
{
    size_t n[SGS_UNKNOWN + 1] = {0};

    for (size_t i = 0; i < r->n_attempts; i++) {
        n[sgs_report_outcome(r, i)]++;
    }
    put(d, "# ");
    sgs_fact_count(&d->line, r->n_attempts, "sign-in");
    sgs_buf_printf(&d->line, ": %zu failed, %zu signed in, %zu unknown", n[SGS_FAILED],
                   n[SGS_SIGNED_IN], n[SGS_UNKNOWN]);
    end(d);
    end(d);
}

static void no_sign_in(struct doc *d, const struct sgs_report *r)
{
    line(d, r->n_all > 0 ? "# No such sign-in" : "# No sign-in found");
    end(d);
    if (r->n_all > 0) {
        return;
    }
    if (r->n_undecrypted > 0) {
        item(d, "perhaps", sgs_slice_str(sgs_fact_perhaps_closed));
    }
    item(d, "do", sgs_slice_str(sgs_fact_how_to_capture));
    item(d, "filter", sgs_slice_str(sgs_fact_filter));
    end(d);
}

/* Sign-ins that ended alike, a row each; nothing when none failed or there is only one. */
static void scope(struct doc *d, const struct sgs_report *r)
{
    if (r->n_scope == 0 || r->scope[0].outcome != SGS_FAILED) {
        return;
    }
    line(d, "## Who is met");
    end(d);
    line(d, "| outcome | who | cause | at | first | last |");
    line(d, "|---|---|---|---|---|---|");
    for (size_t i = 0; i < r->n_scope && d->is_good; i++) {
        const struct sgs_scope *s = &r->scope[i];
        char first[SGS_TIME_TEXT_LEN], last[SGS_TIME_TEXT_LEN];

        sgs_time_rfc3339_s(s->first, first);
        sgs_time_rfc3339_s(s->last, last);
        sgs_fact_reach(fresh(d), s);
        sgs_buf_printf(&d->line, "| %s | ", sgs_outcome_name(s->outcome));
        text(d, value(d));
        sgs_buf_printf(&d->line, " | %s | ", s->cause ? s->cause : "");
        text(d, s->host);
        sgs_buf_printf(&d->line, " | %s | %s |", first, last);
        end(d);
    }
    end(d);
}

bool sgs_markdown_report(const struct sgs_export_options *options, const struct sgs_report *report,
                         struct sgs_out *out)
{
    struct doc d = {.options = options, .out = out, .is_good = true};

    sgs_buf_init(&d.line, SGS_MAX_REPORT_LINE);
    sgs_buf_init(&d.text, SGS_MAX_REPORT_LINE);
    if (report->n_attempts == 0) {
        no_sign_in(&d, report);
    } else {
        summary(&d, report);
    }
    for (size_t i = 0; i < report->n_attempts && d.is_good; i++) {
        attempt(&d, report, sgs_report_attempt(report, i));
    }
    if (!options->is_quiet) {
        scope(&d, report);
        if (sgs_fact_any_shown(options, report->findings, report->n_findings)) {
            line(&d, "## Of no single sign-in");
            other_findings(&d, report->findings, report->n_findings);
            end(&d);
        }
        capture(&d, report);
    }
    sgs_buf_clear(&d.line);
    sgs_buf_clear(&d.text);
    return d.is_good;
}
