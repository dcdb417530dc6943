/*
 * The report for people.  An attempt begins with what answers in ten seconds: outcome, cause,
 * proof, what it is not, what could not be seen, what to do; its timeline follows.  The quality of
 * the capture stands at the end.
 */
#define _POSIX_C_SOURCE 200809L /* localtime_r */
#include "export/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/facts.h"
#include "export/forms.h"

struct outcome_word {
    const char *title;
    const char *word;
    enum sgs_style style;
};

static const struct outcome_word outcomes[] = {
    [SGS_SIGNED_IN] = {"SIGNED IN",       "signed in", SGS_GOOD   },
    [SGS_FAILED] = {"SIGN-IN FAILED",  "FAILED",    SGS_BAD    },
    [SGS_UNKNOWN] = {"OUTCOME UNKNOWN", "unknown",   SGS_CAUTION},
};

const char *sgs_text_outcome(enum sgs_outcome outcome)
{
    return outcomes[outcome].word;
}

void sgs_text_count(struct sgs_page *p, uint64_t n, const char *word)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 128);
    sgs_fact_count(&b, n, word);
    sgs_page_text(p, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

void sgs_text_seconds(sgs_time ns, char out[SGS_SECONDS_TEXT_LEN])
{
    uint64_t size = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t ms = size / 1000000u;

    (void)snprintf(out, SGS_SECONDS_TEXT_LEN, "%s%llu.%03u", ns < 0 && ms > 0 ? "-" : "",
                   (unsigned long long)(ms / 1000u), (unsigned)(ms % 1000u));
}

void sgs_text_milliseconds(sgs_time ns, char out[SGS_SECONDS_TEXT_LEN])
{
    out[0] = '\0';
    if (ns != SGS_TIME_NONE) {
        (void)snprintf(out, SGS_SECONDS_TEXT_LEN, "%lld.%lld", (long long)(ns / SGS_MS),
                       (long long)(ns % SGS_MS / (100 * SGS_US)));
    }
}

void sgs_text_frames(const uint64_t *frames, size_t n, char out[SGS_FRAMES_TEXT_LEN])
{
    if (n == 0) {
        (void)snprintf(out, SGS_FRAMES_TEXT_LEN, "-");
    } else if (n == 1) {
        (void)snprintf(out, SGS_FRAMES_TEXT_LEN, "%llu", (unsigned long long)frames[0]);
    } else {
        (void)snprintf(out, SGS_FRAMES_TEXT_LEN, "%llu%c%llu", (unsigned long long)frames[0],
                       n == 2 ? ',' : '-', (unsigned long long)frames[n - 1]);
    }
}

/* Seconds by which local time is ahead of UTC at t. */
static int64_t zone_offset(sgs_time t)
{
    time_t seconds = (time_t)(t / SGS_SEC - (t % SGS_SEC < 0));
    struct tm tm;

    if (!localtime_r(&seconds, &tm)) {
        return 0;
    }
    return sgs_time_civil(tm.tm_year + INT64_C(1900), (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
                          (unsigned)tm.tm_hour, (unsigned)tm.tm_min, (unsigned)tm.tm_sec) -
           (int64_t)seconds;
}

static void time_text(struct sgs_page *p, sgs_time t, bool has_date)
{
    char text[SGS_TIME_TEXT_LEN];
    int64_t ahead = p->options->is_local ? zone_offset(t) : 0;
    long minutes = labs((long)(ahead / 60));

    sgs_time_rfc3339(t + ahead * SGS_SEC, text);
    if (!has_date) {
        sgs_page_printf(p, "%.12s", text + 11);
        return;
    }
    sgs_page_printf(p, "%.10s %.12s", text, text + 11);
    if (p->options->is_local) {
        sgs_page_printf(p, " %c%02ld:%02ld", ahead < 0 ? '-' : '+', minutes / 60, minutes % 60);
    } else {
        sgs_page_str(p, " UTC");
    }
}

void sgs_text_time(struct sgs_page *p, sgs_time t)
{
    time_text(p, t, true);
}

void sgs_text_time_of_day(struct sgs_page *p, sgs_time t)
{
    time_text(p, t, false);
}

static void label(struct sgs_page *p, const char *text)
{
    sgs_page_at(p, SGS_TEXT_LABEL);
    p->style = SGS_DIM;
    sgs_page_str(p, text);
    p->style = SGS_PLAIN;
    sgs_page_at(p, SGS_TEXT_VALUE);
}

void sgs_text_field(struct sgs_page *p, const char *name, struct sgs_slice text)
{
    if (text.len == 0) {
        return;
    }
    label(p, name);
    sgs_page_wrap(p, SGS_TEXT_VALUE, text);
    sgs_page_end(p);
}

static void title(struct sgs_page *p, const struct sgs_attempt *a, size_t n)
{
    p->style = outcomes[a->outcome].style;
    sgs_page_str(p, outcomes[a->outcome].title);
    p->style = SGS_BOLD;
    sgs_page_str(p, "  ");
    sgs_page_wrap(p, SGS_TEXT_VALUE, a->user.len > 0 ? a->user : SGS_LIT("(nobody is named)"));
    p->style = SGS_DIM;
    if (a->outcome != SGS_UNKNOWN && a->confidence != SGS_PROVEN) {
        sgs_page_printf(p, "  %s", sgs_confidence_name(a->confidence));
    }
    if (n > 1) {
        sgs_page_printf(p, "  (%llu of %zu)", (unsigned long long)a->id, n);
    }
    p->style = SGS_PLAIN;
    sgs_page_end(p);
}

static void who(struct sgs_page *p, const struct sgs_attempt *a)
{
    const struct sgs_step *s = sgs_fact_server_step(a);
    char text[SGS_ADDR_TEXT_LEN];

    if (a->client.len > 0) {
        sgs_addr_host(&a->client, text);
        label(p, "client");
        sgs_page_str(p, text);
        sgs_page_str(p, "  ");
        sgs_page_wrap(p, SGS_TEXT_VALUE, a->agent);
        sgs_page_end(p);
    }
    if (s) {
        sgs_addr_text(sgs_fact_server(s), text);
        label(p, "server");
        sgs_page_wrap(p, SGS_TEXT_VALUE, s->host);
        sgs_page_str(p, s->host.len > 0 ? "  " : "");
        sgs_page_wrap(p, SGS_TEXT_VALUE, sgs_slice_str(text));
        sgs_page_end(p);
    }
}

static void how(struct sgs_page *p, const struct sgs_attempt *a)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 4096);
    sgs_fact_how(&b, a);
    sgs_text_field(p, "how", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void when_and_how(struct sgs_page *p, const struct sgs_attempt *a)
{
    char text[SGS_SECONDS_TEXT_LEN];

    if (a->started != SGS_TIME_NONE) {
        label(p, "when");
        sgs_text_time(p, a->started);
        if (a->ended != SGS_TIME_NONE) {
            sgs_text_seconds(a->ended - a->started, text);
            sgs_page_printf(p, ", took %s s", text);
        }
        sgs_page_end(p);
    }
    how(p, a);
}

static void proof(struct sgs_page *p, const uint64_t *frames, size_t n)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 64 * 1024);
    sgs_fact_proof(&b, frames, n, p->options->is_verbose ? n : SGS_PROOF_FRAMES);
    sgs_text_field(p, "proof", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

/* Without a finding s, the last step, speaks: what was asked, what came back. */
static void cause_of_step(struct sgs_page *p, const struct sgs_attempt *a, const struct sgs_step *s)
{
    if (a->outcome == SGS_UNKNOWN && a->why) {
        sgs_text_field(p, "why", sgs_slice_str(a->why));
    }
    label(p, a->outcome == SGS_FAILED ? "cause" : "last");
    sgs_page_wrap(p, SGS_TEXT_VALUE, s->request.len > 0 ? s->request : s->title);
    if (s->response.len > 0) {
        sgs_page_printf(p, " %s ", sgs_page_arrow(p));
        sgs_page_wrap(p, SGS_TEXT_VALUE, s->response);
    }
    sgs_page_end(p);
    proof(p, s->frames, s->n_frames);
}

static void finding_id(struct sgs_page *p, const struct sgs_finding *f)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    sgs_fact_finding_id(&b, f);
    sgs_page_at(p, SGS_TEXT_VALUE);
    p->style = SGS_DIM;
    sgs_page_wrap(p, SGS_TEXT_VALUE, sgs_buf_slice(&b));
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    sgs_buf_clear(&b);
}

static void finding(struct sgs_page *p, const struct sgs_finding *f, const char *name)
{
    sgs_text_field(p, name, f->title);
    sgs_text_field(p, "", f->detail);
    finding_id(p, f);
    proof(p, f->frames, f->n_frames);
    sgs_text_field(p, "do", f->hint);
    sgs_text_field(p, "user saw", f->user_saw);
}

static void other_findings(struct sgs_page *p, const struct sgs_finding *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_fact_is_shown(p->options, &list[i])) {
            sgs_page_end(p);
            finding(p, &list[i], sgs_severity_name(list[i].severity));
        }
    }
}

static void not_it(struct sgs_page *p, const struct sgs_attempt *a)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    sgs_fact_not_it(&b, a);
    sgs_text_field(p, "not it", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void unseen(struct sgs_page *p, const struct sgs_attempt *a, const struct sgs_report *r)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 64 * 1024);
    sgs_fact_unseen(&b, a, r);
    sgs_text_field(p, "unseen", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

/* "keys at a proxy for 192.0.2.10: ..." */
static void collect(struct sgs_page *p, const struct sgs_attempt *a)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 64 * 1024);
    for (size_t i = 0; i < a->n_wanted; i++) {
        sgs_fact_wanted(&b, &a->wanted[i]);
        sgs_text_field(p, i == 0 ? "collect" : "", sgs_buf_slice(&b));
        sgs_buf_drop(&b, b.len);
    }
    sgs_buf_clear(&b);
}

/* What answers: a screen's first lines are for this. */
static void answer(struct sgs_page *p, const struct sgs_report *r, const struct sgs_attempt *a)
{
    const struct sgs_finding *root = sgs_attempt_root(a);
    const struct sgs_step *last = a->outcome == SGS_SIGNED_IN ? NULL : sgs_fact_last_word(a);

    if (root) {
        sgs_text_field(p, "cause", root->title);
        finding_id(p, root);
        proof(p, root->frames, root->n_frames);
    } else if (last) {
        cause_of_step(p, a, last);
    }
    not_it(p, a);
    unseen(p, a, r);
    if (root) {
        sgs_text_field(p, "do", root->hint);
    }
    collect(p, a);
    if (root) {
        sgs_text_field(p, "detail", root->detail);
        sgs_text_field(p, "user saw", root->user_saw);
    } else if (last) {
        sgs_text_field(p, "detail", last->note);
    }
    if (root || last) {
        sgs_page_end(p);
    }
}

static void attempt(struct sgs_page *p, const struct sgs_report *r, const struct sgs_attempt *a)
{
    title(p, a, r->n_all > 0 ? r->n_all : r->n_attempts);
    sgs_page_end(p);
    answer(p, r, a);
    who(p, a);
    when_and_how(p, a);
    other_findings(p, a->findings, a->n_findings);
    sgs_page_end(p);
    sgs_text_timeline(p, a);
}

#define USER_COLUMN 11
#define MAX_USER_COLUMNS 32

/* The cause in a few words, on this line when it fits there. */
static void short_cause(struct sgs_page *p, const struct sgs_attempt *a)
{
    const struct sgs_finding *root = sgs_attempt_root(a);
    const struct sgs_step *s = sgs_fact_last_word(a);
    struct sgs_buf b;

    sgs_buf_init(&b, 64 * 1024);
    if (root) {
        sgs_buf_add(&b, root->title);
    } else if (s && a->outcome == SGS_FAILED) {
        sgs_buf_add(&b, s->request.len > 0 ? s->request : s->title);
        if (s->response.len > 0) {
            sgs_buf_printf(&b, " %s ", sgs_page_arrow(p));
            sgs_buf_add(&b, s->response);
        }
    }
    if (p->column + sgs_page_columns(p, sgs_buf_slice(&b)) > p->options->width) {
        sgs_page_end(p);
        sgs_page_at(p, USER_COLUMN);
    }
    sgs_page_wrap(p, USER_COLUMN, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void overview_row(struct sgs_page *p, const struct sgs_attempt *a, size_t user,
                         size_t client)
{
    char text[SGS_ADDR_TEXT_LEN];

    p->style = outcomes[a->outcome].style;
    sgs_page_str(p, outcomes[a->outcome].word);
    p->style = SGS_PLAIN;
    sgs_page_at(p, USER_COLUMN);
    sgs_page_text(p, a->user.len > 0 ? a->user : SGS_LIT("-"));
    sgs_page_at(p, USER_COLUMN + user + 2);
    sgs_addr_host(&a->client, text);
    sgs_page_str(p, text);
    sgs_page_at(p, USER_COLUMN + user + 2 + client + 2);
    if (a->started != SGS_TIME_NONE) {
        sgs_text_time_of_day(p, a->started);
        sgs_page_str(p, "  ");
    }
    short_cause(p, a);
    sgs_page_end(p);
}

/* A row an attempt: "FAILED     ada@contoso.com  10.0.0.15  09:14:02.123  cause". */
static void overview(struct sgs_page *p, const struct sgs_report *r)
{
    size_t user = 0;
    size_t client = 0;

    for (size_t i = 0; i < r->n_attempts; i++) {
        char text[SGS_ADDR_TEXT_LEN];
        const struct sgs_attempt *a = sgs_report_attempt(r, i);
        size_t columns = sgs_page_columns(p, a->user);

        sgs_addr_host(&a->client, text);
        user = columns > user && columns <= MAX_USER_COLUMNS ? columns : user;
        client = strlen(text) > client ? strlen(text) : client;
    }
    for (size_t i = 0; i < r->n_attempts && p->is_good; i++) {
        overview_row(p, sgs_report_attempt(r, i), user, client);
    }
}

static void summary(struct sgs_page *p, const struct sgs_report *r)
{
    size_t n[SGS_UNKNOWN + 1] = {0};

    for (size_t i = 0; i < r->n_attempts; i++) {
        n[sgs_report_outcome(r, i)]++;
    }
    p->style = SGS_BOLD;
    sgs_text_count(p, r->n_attempts, "sign-in");
    p->style = SGS_PLAIN;
    sgs_page_printf(p, ": %zu failed, %zu signed in, %zu unknown", n[SGS_FAILED], n[SGS_SIGNED_IN],
                    n[SGS_UNKNOWN]);
    sgs_page_end(p);
    sgs_page_end(p);
    overview(p, r);
    sgs_page_end(p);
    sgs_text_scope(p, r);
}

static void no_sign_in(struct sgs_page *p, const struct sgs_report *r)
{
    uint64_t frames = 0;

    for (size_t i = 0; i < r->n_inputs; i++) {
        frames += r->inputs[i].frames;
    }
    p->style = SGS_CAUTION;
    if (r->n_all > 0) {
        sgs_page_str(p, "NO SUCH SIGN-IN");
        p->style = SGS_PLAIN;
        sgs_page_str(p, " among ");
        sgs_text_count(p, r->n_all, "sign-in");
        sgs_page_end(p);
        sgs_page_end(p);
        return;
    }
    sgs_page_str(p, "NO SIGN-IN FOUND");
    p->style = SGS_PLAIN;
    sgs_page_str(p, " in ");
    sgs_text_count(p, frames, "frame");
    sgs_page_end(p);
    if (p->options->is_quiet) {
        return;
    }
    sgs_page_end(p);
    if (r->n_undecrypted > 0) {
        sgs_text_field(p, "perhaps", sgs_slice_str(sgs_fact_perhaps_closed));
    }
    sgs_text_field(p, "do", sgs_slice_str(sgs_fact_how_to_capture));
    sgs_text_field(p, "filter", sgs_slice_str(sgs_fact_filter));
    sgs_page_end(p);
}

static void body(struct sgs_page *p, const struct sgs_report *r)
{
    if (r->n_attempts > 1) {
        summary(p, r);
    }
    for (size_t i = 0; i < r->n_attempts && p->is_good; i++) {
        attempt(p, r, sgs_report_attempt(r, i));
    }
    if (sgs_fact_any_shown(p->options, r->findings, r->n_findings)) {
        p->style = SGS_BOLD;
        sgs_page_str(p, "Of no single sign-in");
        p->style = SGS_PLAIN;
        sgs_page_end(p);
        other_findings(p, r->findings, r->n_findings);
        sgs_page_end(p);
    }
    sgs_text_capture(p, r);
}

bool sgs_text_report(const struct sgs_export_options *options, const struct sgs_report *report,
                     struct sgs_out *out)
{
    struct sgs_page p;
    bool is_written = false;

    sgs_page_init(&p, options, out);
    if (report->n_attempts == 0) {
        no_sign_in(&p, report);
    } else if (options->is_quiet) {
        overview(&p, report);
    }
    if (!options->is_quiet) {
        body(&p, report);
    }
    is_written = p.is_good;
    sgs_page_clear(&p);
    return is_written;
}
