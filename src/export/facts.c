/* What text and Markdown say in the same words: causes, proof, what was not it, runs of steps. */
#include "export/facts.h"

#include <string.h>

#define UNSEEN_STEPS 3 /* named: the timeline has them all */

const char *const sgs_fact_perhaps_closed =
    "it is inside a TLS connection that stayed closed: the end of this report says what would open "
    "it";
const char *const sgs_fact_how_to_capture =
    "capture on the client's computer, or where all of its traffic passes; start the capture, then "
    "the client, and let it run until the client has given up or is signed in";
const char *const sgs_fact_filter = "none, or at the least: port 53 or port 80 or port 443 or "
                                    "port 88 or port 5060 or port 5061 or icmp";
const char *const sgs_fact_dropped =
    "lost while capturing: use a larger buffer (-B) or a filter (-f)";
const char *const sgs_fact_cut = "shorter than on the wire: capture whole frames (-s 0)";
const char *const sgs_fact_interrupted = "ended by a signal: what came later is not in this report";

void sgs_fact_count(struct sgs_buf *out, uint64_t n, const char *word)
{
    sgs_buf_printf(out, "%llu %s%s", (unsigned long long)n, word, n == 1 ? "" : "s");
}

void sgs_fact_octets(struct sgs_buf *out, uint64_t n)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    uint64_t unit = 1024;
    size_t i = 0;

    if (n < 1024) {
        sgs_fact_count(out, n, "octet");
        return;
    }
    while (i + 1 < sizeof units / sizeof *units && n / unit >= 1024) {
        unit *= 1024;
        i++;
    }
    sgs_buf_printf(out, "%llu.%llu %s", (unsigned long long)(n / unit),
                   (unsigned long long)(n % unit * 10 / unit), units[i]);
}

static bool is_good(const struct sgs_step *s)
{
    return s->verdict == SGS_V_OK || s->verdict == SGS_V_EXPECTED || s->verdict == SGS_V_SLOW;
}

static bool is_bad(const struct sgs_step *s)
{
    return s->verdict == SGS_V_FAILED || s->verdict == SGS_V_UNANSWERED ||
           s->verdict == SGS_V_MISSING;
}

static bool is_registrar_stage(enum sgs_stage stage)
{
    return stage == SGS_STAGE_SIP_AUTH || stage == SGS_STAGE_SIP_REGISTER;
}

const struct sgs_addr *sgs_fact_server(const struct sgs_step *s)
{
    return s->is_answer ? &s->src : &s->dst;
}

const struct sgs_step *sgs_fact_server_step(const struct sgs_attempt *a)
{
    const struct sgs_step *found = NULL;

    for (size_t i = 0; i < a->n_steps; i++) {
        const struct sgs_step *s = &a->steps[i];
        bool is_better =
            !found || is_registrar_stage(s->stage) || !is_registrar_stage(found->stage);

        if (sgs_fact_server(s)->len > 0 && s->transport != SGS_NO_TRANSPORT && is_better) {
            found = s;
        }
    }
    return found;
}

const struct sgs_step *sgs_fact_last_word(const struct sgs_attempt *a)
{
    for (size_t i = a->n_steps; i > 0 && a->outcome == SGS_FAILED; i--) {
        if (is_bad(&a->steps[i - 1])) {
            return &a->steps[i - 1];
        }
    }
    return a->n_steps > 0 ? &a->steps[a->n_steps - 1] : NULL;
}

bool sgs_fact_is_shown(const struct sgs_export_options *o, const struct sgs_finding *f)
{
    return f->role != SGS_ROOT && (f->severity < SGS_INFO || o->is_verbose);
}

bool sgs_fact_any_shown(const struct sgs_export_options *o, const struct sgs_finding *list,
                        size_t n)
{
    bool is_any = false;

    for (size_t i = 0; i < n; i++) {
        is_any |= sgs_fact_is_shown(o, &list[i]);
    }
    return is_any;
}

void sgs_fact_reach(struct sgs_buf *out, const struct sgs_scope *s)
{
    sgs_fact_count(out, s->users, "user");
    sgs_buf_add_str(out, ", ");
    sgs_fact_count(out, s->computers, "computer");
    sgs_buf_add_str(out, ", ");
    sgs_fact_count(out, s->attempts, "sign-in");
}

/* "onprem-external; ntlm, web-ticket". */
void sgs_fact_how(struct sgs_buf *out, const struct sgs_attempt *a)
{
    bool has_flow = a->flow && strcmp(a->flow, "unknown") != 0;

    sgs_buf_add_str(out, has_flow ? a->flow : "");
    for (size_t i = 0; i < a->n_methods; i++) {
        sgs_buf_printf(out, "%s%s", i > 0 ? ", " : has_flow ? "; " : "", a->methods[i]);
    }
}

/* "frames 41, 43, 77". */
void sgs_fact_proof(struct sgs_buf *out, const uint64_t *frames, size_t n, size_t most)
{
    if (n == 0) {
        return;
    }
    sgs_buf_add_str(out, n == 1 ? "frame" : "frames");
    for (size_t i = 0; i < n && i < most; i++) {
        sgs_buf_printf(out, "%s %llu", i > 0 ? "," : "", (unsigned long long)frames[i]);
    }
    if (n > most) {
        sgs_buf_printf(out, " and %zu more", n - most);
    }
}

void sgs_fact_finding_id(struct sgs_buf *out, const struct sgs_finding *f)
{
    sgs_buf_printf(out, "%s, %s%s", f->id, sgs_confidence_name(f->confidence),
                   f->recovered ? ", recovered" : "");
    if (f->root) {
        sgs_buf_printf(out, ", follows from %s", f->root);
    }
}

/* Stages before the first trouble that were seen. */
void sgs_fact_not_it(struct sgs_buf *out, const struct sgs_attempt *a)
{
    bool is_seen[SGS_STAGE_POST_SIGNIN + 1] = {false};
    int first_trouble = SGS_STAGE_POST_SIGNIN;
    size_t before = out->len;

    if (a->outcome == SGS_SIGNED_IN) {
        return;
    }
    for (size_t i = 0; i < a->n_steps; i++) {
        int stage = (int)a->steps[i].stage;

        is_seen[stage] = true;
        first_trouble = !is_good(&a->steps[i]) && stage < first_trouble ? stage : first_trouble;
    }
    for (int stage = SGS_STAGE_DNS; stage < first_trouble; stage++) {
        if (is_seen[stage]) {
            sgs_buf_printf(out, "%s%s", out->len > before ? ", " : "",
                           sgs_stage_name((enum sgs_stage)stage));
        }
    }
    if (out->len > before) {
        sgs_buf_add_str(out, " (every step was good)");
    }
}

/* A step of that title is among the first n. */
static bool is_named(const struct sgs_attempt *a, size_t n, struct sgs_slice title)
{
    for (size_t i = 0; i < n; i++) {
        if (a->steps[i].verdict == SGS_V_UNSEEN && sgs_slice_eq(a->steps[i].title, title)) {
            return true;
        }
    }
    return false;
}

void sgs_fact_unseen(struct sgs_buf *out, const struct sgs_attempt *a, const struct sgs_report *r)
{
    size_t before = out->len;
    size_t n = 0;

    if (a->outcome == SGS_SIGNED_IN) {
        return;
    }
    for (size_t i = 0; i < a->n_steps; i++) {
        struct sgs_slice title = a->steps[i].title;
        if (a->steps[i].verdict == SGS_V_UNSEEN && title.len > 0 && !is_named(a, i, title) &&
            n++ < UNSEEN_STEPS) {
            sgs_buf_add(out, title);
            sgs_buf_add_str(out, "; ");
        }
    }
    if (n > UNSEEN_STEPS) {
        sgs_buf_printf(out, "%zu steps more; ", n - UNSEEN_STEPS);
    }
    if (r->n_undecrypted > 0) {
        sgs_buf_printf(out, "%llu of %llu TLS connections stayed closed (see the end)",
                       (unsigned long long)(r->tls_connections - r->tls_decrypted),
                       (unsigned long long)r->tls_connections);
    } else if (out->len > before) {
        out->len -= 2;
    }
}

sgs_time sgs_fact_offset(const struct sgs_attempt *a, const struct sgs_step *s)
{
    bool is_known = a->started != SGS_TIME_NONE && s->time != SGS_TIME_NONE;

    return is_known ? s->time - a->started : SGS_TIME_NONE;
}

void sgs_fact_path(struct sgs_buf *out, const struct sgs_step *s, const char *arrow)
{
    const struct sgs_addr *server = sgs_fact_server(s);
    const struct sgs_addr *client = s->is_answer ? &s->dst : &s->src;
    char named[SGS_ADDR_TEXT_LEN];
    char host[SGS_ADDR_TEXT_LEN];
    char conn[SGS_CONN_TEXT_LEN];

    sgs_addr_host(client, host);
    if (s->transport == SGS_NO_TRANSPORT || server->len == 0) {
        sgs_buf_add_str(out, client->len > 0 ? host : "");
        return;
    }
    if (!s->is_answer && client->len > 0) {
        sgs_buf_printf(out, "%s %s ", host, arrow);
    }
    sgs_addr_text(server, named);
    sgs_buf_add(out, s->host);
    sgs_buf_printf(out, "%s%s", s->host.len > 0 ? " " : "", named);
    if (s->is_answer && client->len > 0) {
        sgs_buf_printf(out, " %s %s", arrow, host);
    }
    if (s->transport == SGS_TCP && sgs_conn_text(s->transport, s->conn, conn)) {
        sgs_buf_printf(out, ", %s%s", conn, s->trust == SGS_DECRYPTED ? " decrypted" : "");
    }
}

/* The same two ends; an answer goes the other way. */
static bool is_same_way(const struct sgs_step *a, const struct sgs_step *b)
{
    return (sgs_addr_same_host(&a->src, &b->src) && sgs_addr_eq(&a->dst, &b->dst)) ||
           (sgs_addr_same_host(&a->src, &b->dst) && sgs_addr_eq(&a->dst, &b->src));
}

bool sgs_fact_is_same_place(const struct sgs_step *a, const struct sgs_step *b)
{
    return a->stage == b->stage && a->transport == b->transport &&
           (a->transport != SGS_TCP || a->conn == b->conn) && is_same_way(a, b) &&
           sgs_slice_eq(a->host, b->host);
}

static bool is_repeated(const struct sgs_step *a, const struct sgs_step *b)
{
    return a->n_parts == 0 && b->n_parts == 0 && a->verdict == b->verdict &&
           sgs_fact_is_same_place(a, b) && sgs_slice_eq(a->request, b->request) &&
           sgs_slice_eq(a->response, b->response) && sgs_slice_eq(a->title, b->title) &&
           sgs_slice_eq(a->note, b->note);
}

struct sgs_same_steps sgs_fact_run(const struct sgs_attempt *a, size_t i, bool is_folded)
{
    struct sgs_same_steps run = {&a->steps[i], &a->steps[i], 1};

    while (is_folded && i + run.n < a->n_steps && is_repeated(run.first, &a->steps[i + run.n])) {
        run.last = &a->steps[i + run.n];
        run.n++;
    }
    return run;
}

void sgs_fact_wanted(struct sgs_buf *out, const struct sgs_wanted *w)
{
    sgs_buf_printf(out, "%s at %.*s: %.*s (%.*s)", w->what, (int)w->where.len,
                   (const char *)w->where.ptr, (int)w->how.len, (const char *)w->how.ptr,
                   (int)w->why.len, (const char *)w->why.ptr);
}

void sgs_fact_keys(struct sgs_buf *out, const struct sgs_report *r)
{
    if (!r->has_keys) {
        return;
    }
    if (r->keys.lines == 0) {
        sgs_buf_add_str(out, "none: no key log holds an entry yet");
    } else {
        sgs_buf_printf(out, "%llu %s", (unsigned long long)r->keys.lines,
                       r->keys.lines == 1 ? "entry" : "entries");
    }
    if (r->keys.damaged > 0) {
        sgs_buf_add_str(out, ", ");
        sgs_fact_count(out, r->keys.damaged, "damaged line");
    }
    if (r->keys.unknown > 0) {
        sgs_buf_add_str(out, ", ");
        sgs_fact_count(out, r->keys.unknown, "unknown line");
    }
}

uint64_t sgs_fact_closed(const struct sgs_report *r, const struct sgs_tls_reason *reason)
{
    uint64_t n = 0;

    for (size_t i = 0; i < r->n_undecrypted; i++) {
        n += sgs_tls_reason_find(sgs_slice_str(r->undecrypted[i].reason)) == reason;
    }
    return n;
}

const char *sgs_fact_reason_text(const struct sgs_report *r, const struct sgs_tls_reason *reason)
{
    bool is_no_key = sgs_slice_eq(sgs_slice_str(reason->reason), SGS_LIT("no-key"));

    return is_no_key && r->has_keys ? "no key in the log" : reason->text;
}

bool sgs_fact_reason_matters(const struct sgs_tls_reason *reason)
{
    return !sgs_slice_eq(sgs_slice_str(reason->reason), SGS_LIT("no-application-data"));
}
