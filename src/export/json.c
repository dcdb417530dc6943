/*
 * The verdict as one JSON object.  Inputs, steps and findings stand on a line each, so that two
 * reports can be compared line by line; members have a fixed order and what is not known is absent.
 */
#include "export/forms.h"

#include <signscope/limits.h>

#include "base/json_write.h"
#include "export/report.h"

/* The document on its way out, line by line. */
struct doc {
    const struct sgs_export_options *options;
    struct sgs_out *out;
    struct sgs_buf line;
    bool is_good; /* all writes so far */
};

static void flush(struct doc *d)
{
    d->is_good =
        d->is_good && !d->line.overflow && d->out->write(d->out->ctx, sgs_buf_slice(&d->line));
    sgs_buf_drop(&d->line, d->line.len);
}

/* The writer for a value on a line of its own; i is its place in the list around it. */
static struct sgs_jw row(struct doc *d, size_t i, const char *indent)
{
    struct sgs_jw w;

    flush(d);
    sgs_buf_printf(&d->line, "%s\n%s", i == 0 ? "" : ",", indent);
    sgs_jw_init(&w, &d->line);
    return w;
}

static void member_addr(struct sgs_jw *w, const char *name, const struct sgs_addr *a,
                        char *(*form)(const struct sgs_addr *, char[SGS_ADDR_TEXT_LEN]))
{
    char text[SGS_ADDR_TEXT_LEN];

    if (a->len > 0) {
        (void)form(a, text);
        sgs_jw_member_str(w, name, text);
    }
}

static void member_known(struct sgs_jw *w, const char *name, struct sgs_slice text)
{
    if (text.len > 0) {
        sgs_jw_member_text(w, name, text);
    }
}

static void member_name(struct sgs_jw *w, const char *name, const char *text)
{
    if (text) {
        sgs_jw_member_str(w, name, text);
    }
}

static void member_instant(struct sgs_jw *w, const char *name, sgs_time t)
{
    if (t != SGS_TIME_NONE) {
        sgs_jw_member_time(w, name, t);
    }
}

/* The time from a to b, when both are known. */
static void member_span(struct sgs_jw *w, const char *name, sgs_time a, sgs_time b)
{
    if (a != SGS_TIME_NONE && b != SGS_TIME_NONE) {
        sgs_jw_member_ms(w, name, b - a);
    }
}

static void member_conn(struct sgs_jw *w, enum sgs_transport transport, uint32_t conn)
{
    char text[SGS_CONN_TEXT_LEN];

    if (sgs_conn_text(transport, conn, text)) {
        sgs_jw_member_str(w, "conn", text);
    }
}

static void member_numbers(struct sgs_jw *w, const char *name, const uint64_t *numbers, size_t n)
{
    sgs_jw_name(w, name);
    sgs_jw_list(w);
    for (size_t i = 0; i < n; i++) {
        sgs_jw_uint(w, numbers[i]);
    }
    sgs_jw_list_end(w);
}

static void damage(struct sgs_jw *w, const struct sgs_report_input *in)
{
    sgs_jw_name(w, "damage");
    sgs_jw_list(w);
    for (size_t i = 0; i < in->n_damage; i++) {
        sgs_jw_object(w);
        sgs_jw_member_uint(w, "offset", in->damage[i].offset);
        if (in->damage[i].frame != 0) {
            sgs_jw_member_uint(w, "frame", in->damage[i].frame);
        }
        sgs_jw_member_str(w, "what", in->damage[i].what);
        sgs_jw_object_end(w);
    }
    sgs_jw_list_end(w);
}

static void skipped(struct sgs_jw *w, const struct sgs_skipped *rows, size_t n)
{
    sgs_jw_name(w, "skipped");
    sgs_jw_list(w);
    for (size_t i = 0; i < n; i++) {
        sgs_jw_object(w);
        sgs_jw_member_str(w, "layer", rows[i].layer);
        sgs_jw_member_str(w, "name", rows[i].name);
        sgs_jw_member_uint(w, "frames", rows[i].frames);
        sgs_jw_object_end(w);
    }
    sgs_jw_list_end(w);
}

/* Skipped frames are counted over all inputs together: they stand with the first. */
static void input(struct doc *d, const struct sgs_report *r, size_t i)
{
    const struct sgs_report_input *in = &r->inputs[i];
    struct sgs_jw w = row(d, i, "  ");

    sgs_jw_object(&w);
    sgs_jw_member_str(&w, "name", in->name);
    sgs_jw_member_uint(&w, "frames", in->frames);
    sgs_jw_member_uint(&w, "octets", in->octets);
    member_instant(&w, "first", in->first);
    member_instant(&w, "last", in->last);
    damage(&w, in);
    if (in->damage_total > in->n_damage) {
        sgs_jw_member_uint(&w, "damage_total", in->damage_total);
    }
    skipped(&w, r->skipped, i == 0 ? r->n_skipped : 0);
    sgs_jw_member_uint(&w, "dropped", in->dropped);
    if (in->cut_frames > 0) {
        sgs_jw_member_uint(&w, "cut_frames", in->cut_frames);
    }
    sgs_jw_object_end(&w);
}

static void undecrypted(struct doc *d, const struct sgs_report_tls *tls, size_t i)
{
    struct sgs_jw w = row(d, i, "   ");

    sgs_jw_object(&w);
    member_conn(&w, SGS_TCP, tls->conn);
    member_addr(&w, "server", &tls->server, sgs_addr_text);
    member_known(&w, "sni", tls->sni);
    member_name(&w, "reason", tls->reason);
    member_name(&w, "remedy", tls->remedy);
    if (tls->is_partly) {
        sgs_jw_member_bool(&w, "partly", true);
    }
    sgs_jw_object_end(&w);
}

static void because(struct sgs_jw *w, const struct sgs_step *s)
{
    if (s->n_because == 0) {
        return;
    }
    sgs_jw_name(w, "because");
    sgs_jw_list(w);
    for (size_t i = 0; i < s->n_because; i++) {
        sgs_jw_object(w);
        sgs_jw_member_uint(w, "event", s->because[i].event);
        sgs_jw_member_uint(w, "frame", s->because[i].frame);
        sgs_jw_member_str(w, "how", s->because[i].how);
        sgs_jw_member_str(w, "strength", sgs_confidence_name(s->because[i].strength));
        sgs_jw_object_end(w);
    }
    sgs_jw_list_end(w);
}

static void step_head(struct sgs_jw *w, const struct sgs_step *s, size_t n, sgs_time started)
{
    sgs_jw_member_uint(w, "n", n);
    member_name(w, "id", s->id);
    sgs_jw_member_str(w, "stage", sgs_stage_name(s->stage));
    member_name(w, "proto", s->proto);
    member_known(w, "title", s->title);
    member_known(w, "request", s->request);
    member_known(w, "response", s->response);
    member_instant(w, "time", s->time);
    member_span(w, "offset_ms", started, s->time);
    if (s->duration != SGS_TIME_NONE) {
        sgs_jw_member_ms(w, "duration_ms", s->duration);
    }
    member_addr(w, "src", &s->src, sgs_addr_text);
    member_addr(w, "dst", &s->dst, sgs_addr_text);
    member_known(w, "host", s->host);
    member_conn(w, s->transport, s->conn);
    member_numbers(w, "frames", s->frames, s->n_frames);
    member_numbers(w, "events", s->events, s->n_events);
    sgs_jw_member_str(w, "verdict", sgs_verdict_name(s->verdict));
    sgs_jw_member_str(w, "trust", sgs_trust_name(s->trust));
    member_known(w, "note", s->note);
    member_known(w, "account", s->account);
    member_known(w, "service", s->service);
    member_known(w, "proxy", s->proxy);
    because(w, s);
}

/* Parts have no parts. */
static void step(struct doc *d, const struct sgs_step *s, size_t i, sgs_time started)
{
    struct sgs_jw w = row(d, i, "    ");

    sgs_jw_object(&w);
    step_head(&w, s, i + 1, started);
    if (s->n_parts > 0) {
        sgs_jw_name(&w, "parts");
        sgs_jw_list(&w);
        for (size_t j = 0; j < s->n_parts; j++) {
            sgs_jw_object(&w);
            step_head(&w, &s->parts[j], j + 1, started);
            sgs_jw_object_end(&w);
        }
        sgs_jw_list_end(&w);
    }
    sgs_jw_object_end(&w);
}

static void finding(struct doc *d, const struct sgs_finding *f, size_t i, const char *indent)
{
    struct sgs_jw w = row(d, i, indent);

    sgs_jw_object(&w);
    sgs_jw_member_str(&w, "id", f->id);
    sgs_jw_member_str(&w, "stage", sgs_stage_name(f->stage));
    sgs_jw_member_str(&w, "severity", sgs_severity_name(f->severity));
    sgs_jw_member_str(&w, "role", sgs_role_name(f->role));
    member_name(&w, "root", f->root);
    sgs_jw_member_str(&w, "confidence", sgs_confidence_name(f->confidence));
    sgs_jw_member_bool(&w, "recovered", f->recovered);
    member_known(&w, "title", f->title);
    member_known(&w, "detail", f->detail);
    member_known(&w, "hint", f->hint);
    member_known(&w, "user_saw", f->user_saw);
    member_numbers(&w, "evidence", f->evidence, f->n_evidence);
    member_numbers(&w, "frames", f->frames, f->n_frames);
    sgs_jw_object_end(&w);
}

/* What was to be expected is shown on request only. */
static void findings(struct doc *d, const struct sgs_finding *list, size_t n, const char *indent)
{
    size_t shown = 0;

    sgs_buf_add_octet(&d->line, '[');
    for (size_t i = 0; i < n; i++) {
        if (list[i].severity != SGS_EXPECTED || d->options->is_verbose) {
            finding(d, &list[i], shown++, indent);
        }
    }
    sgs_buf_add_octet(&d->line, ']');
}

static void wanted(struct sgs_jw *w, const struct sgs_attempt *a)
{
    if (a->n_wanted == 0) {
        return;
    }
    sgs_jw_name(w, "collect");
    sgs_jw_list(w);
    for (size_t i = 0; i < a->n_wanted; i++) {
        sgs_jw_object(w);
        sgs_jw_member_str(w, "what", a->wanted[i].what);
        sgs_jw_member_text(w, "where", a->wanted[i].where);
        sgs_jw_member_text(w, "how", a->wanted[i].how);
        sgs_jw_member_text(w, "why", a->wanted[i].why);
        sgs_jw_object_end(w);
    }
    sgs_jw_list_end(w);
}

static void methods(struct sgs_jw *w, const struct sgs_attempt *a)
{
    sgs_jw_name(w, "methods");
    sgs_jw_list(w);
    for (size_t i = 0; i < a->n_methods; i++) {
        sgs_jw_str(w, a->methods[i]);
    }
    sgs_jw_list_end(w);
}

static void attempt(struct doc *d, const struct sgs_attempt *a, size_t i)
{
    struct sgs_jw w = row(d, i, "  ");

    sgs_jw_object(&w);
    sgs_jw_member_uint(&w, "id", a->id);
    member_known(&w, "user", a->user);
    member_addr(&w, "client", &a->client, sgs_addr_host);
    member_known(&w, "agent", a->agent);
    member_name(&w, "flow", a->flow);
    methods(&w, a);
    sgs_jw_member_str(&w, "outcome", sgs_outcome_name(a->outcome));
    sgs_jw_member_str(&w, "outcome_confidence", sgs_confidence_name(a->confidence));
    member_instant(&w, "started", a->started);
    member_instant(&w, "ended", a->ended);
    member_span(&w, "duration_ms", a->started, a->ended);
    wanted(&w, a);
    sgs_buf_add_str(&d->line, ",\n   \"steps\":[");
    for (size_t j = 0; j < a->n_steps; j++) {
        step(d, &a->steps[j], j, a->started);
    }
    sgs_buf_add_str(&d->line, "],\n   \"findings\":");
    findings(d, a->findings, a->n_findings, "    ");
    sgs_buf_add_octet(&d->line, '}');
}

static void tls(struct doc *d, const struct sgs_report *r)
{
    sgs_buf_printf(&d->line, ",\n \"tls\":{\"connections\":%llu,\"decrypted\":%llu,",
                   (unsigned long long)r->tls_connections, (unsigned long long)r->tls_decrypted);
    sgs_buf_add_str(&d->line, "\"undecrypted\":[");
    for (size_t i = 0; i < r->n_undecrypted; i++) {
        undecrypted(d, &r->undecrypted[i], i);
    }
    sgs_buf_add_str(&d->line, "]}");
}

static void scope_row(struct doc *d, const struct sgs_scope *r, size_t i)
{
    struct sgs_jw w = row(d, i, "  ");

    sgs_jw_object(&w);
    sgs_jw_member_str(&w, "outcome", sgs_outcome_name(r->outcome));
    member_name(&w, "cause", r->cause);
    if (r->outcome == SGS_FAILED) {
        sgs_jw_member_str(&w, "stage", sgs_stage_name(r->stage));
    }
    member_known(&w, "host", r->host);
    sgs_jw_member_uint(&w, "attempts", r->attempts);
    sgs_jw_member_uint(&w, "users", r->users);
    sgs_jw_member_uint(&w, "computers", r->computers);
    sgs_jw_name(&w, "agents");
    sgs_jw_list(&w);
    for (size_t j = 0; j < r->n_agents; j++) {
        sgs_jw_text(&w, r->agents[j]);
    }
    sgs_jw_list_end(&w);
    member_instant(&w, "first", r->first);
    member_instant(&w, "last", r->last);
    sgs_jw_object_end(&w);
}

static void scope(struct doc *d, const struct sgs_report *r)
{
    if (r->n_scope == 0) {
        return;
    }
    sgs_buf_add_str(&d->line, ",\n \"scope\":[");
    for (size_t i = 0; i < r->n_scope; i++) {
        scope_row(d, &r->scope[i], i);
    }
    sgs_buf_add_octet(&d->line, ']');
}

bool sgs_json_report(const struct sgs_export_options *options, const struct sgs_report *report,
                     struct sgs_out *out)
{
    struct doc d = {.options = options, .out = out, .is_good = true};

    sgs_buf_init(&d.line, SGS_MAX_REPORT_LINE);
    sgs_buf_add_str(&d.line, "{\"schema\":\"signscope.timeline/1\",\n \"input\":[");
    for (size_t i = 0; i < report->n_inputs; i++) {
        input(&d, report, i);
    }
    sgs_buf_add_octet(&d.line, ']');
    tls(&d, report);
    sgs_buf_add_str(&d.line, ",\n \"attempts\":[");
    for (size_t i = 0; i < report->n_attempts && d.is_good; i++) {
        attempt(&d, sgs_report_attempt(report, i), i);
    }
    sgs_buf_add_str(&d.line, "],\n \"findings\":");
    findings(&d, report->findings, report->n_findings, "  ");
    scope(&d, report);
    sgs_buf_add_str(&d.line, "}\n");
    flush(&d);
    sgs_buf_clear(&d.line);
    return d.is_good;
}
