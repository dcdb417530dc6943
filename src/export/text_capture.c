/*
 * The end of the text report: inputs and their damage, what was skipped, keys, and the TLS
 * connections that stayed closed with what would open them.
 */
#include "export/text.h"

#include "export/facts.h"
#include "export/report.h"

#define RECIPE_COLUMN 4
#define COUNTS_COLUMNS 34 /* "  12345678 frames, 1234.5 MiB" and some */

static void octets(struct sgs_page *p, uint64_t n)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 128);
    sgs_fact_octets(&b, n);
    sgs_page_text(p, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void damage(struct sgs_page *p, const struct sgs_report_input *in)
{
    for (size_t i = 0; i < in->n_damage; i++) {
        p->style = SGS_CAUTION;
        sgs_page_at(p, RECIPE_COLUMN);
        sgs_page_printf(p, "damaged at octet %llu", (unsigned long long)in->damage[i].offset);
        if (in->damage[i].frame != 0) {
            sgs_page_printf(p, " after frame %llu", (unsigned long long)in->damage[i].frame);
        }
        sgs_page_str(p, ": ");
        sgs_page_wrap(p, RECIPE_COLUMN + 2, sgs_slice_str(in->damage[i].what));
        sgs_page_end(p);
        p->style = SGS_PLAIN;
    }
    if (in->damage_total > in->n_damage) {
        sgs_page_at(p, RECIPE_COLUMN);
        sgs_page_printf(p, "and %llu more damaged places",
                        (unsigned long long)(in->damage_total - in->n_damage));
        sgs_page_end(p);
    }
}

static void losses(struct sgs_page *p, const struct sgs_report_input *in)
{
    if (in->dropped > 0) {
        sgs_page_at(p, RECIPE_COLUMN);
        sgs_text_count(p, in->dropped, "frame");
        sgs_page_str(p, " ");
        sgs_page_wrap(p, RECIPE_COLUMN + 2, sgs_slice_str(sgs_fact_dropped));
        sgs_page_end(p);
    }
    if (in->cut_frames > 0) {
        sgs_page_at(p, RECIPE_COLUMN);
        sgs_text_count(p, in->cut_frames, "frame");
        sgs_page_str(p, " ");
        sgs_page_wrap(p, RECIPE_COLUMN + 2, sgs_slice_str(sgs_fact_cut));
        sgs_page_end(p);
    }
}

static void input(struct sgs_page *p, const struct sgs_report_input *in)
{
    char text[SGS_SECONDS_TEXT_LEN];

    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_wrap(p, RECIPE_COLUMN, sgs_slice_str(in->name));
    if (p->column + COUNTS_COLUMNS > p->options->width) {
        sgs_page_end(p);
        sgs_page_at(p, RECIPE_COLUMN);
    } else {
        sgs_page_str(p, "  ");
    }
    sgs_text_count(p, in->frames, "frame");
    sgs_page_str(p, ", ");
    octets(p, in->octets);
    sgs_page_end(p);
    if (in->first != SGS_TIME_NONE && in->last != SGS_TIME_NONE) {
        sgs_page_at(p, RECIPE_COLUMN);
        sgs_text_time(p, in->first);
        sgs_text_seconds(in->last - in->first, text);
        sgs_page_printf(p, ", %s s", text);
        sgs_page_end(p);
    }
    damage(p, in);
    losses(p, in);
}

/* Link types that nobody reads matter always, other neighbours of the conversation on request. */
static void skipped(struct sgs_page *p, const struct sgs_report *r)
{
    for (size_t i = 0; i < r->n_skipped; i++) {
        const struct sgs_skipped *s = &r->skipped[i];
        bool is_link = sgs_slice_eq(sgs_slice_str(s->layer), SGS_LIT("link"));

        if (!is_link && !p->options->is_verbose) {
            continue;
        }
        sgs_page_at(p, SGS_TEXT_LABEL);
        sgs_text_count(p, s->frames, "frame");
        sgs_page_str(p, " not read: ");
        sgs_page_wrap(p, RECIPE_COLUMN, sgs_slice_str(s->name));
        sgs_page_end(p);
    }
}

static void keys(struct sgs_page *p, const struct sgs_report *r)
{
    struct sgs_buf b;

    if (!r->has_keys) {
        return;
    }
    sgs_buf_init(&b, 256);
    sgs_fact_keys(&b, r);
    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_str(p, "Keys ");
    sgs_page_text(p, sgs_buf_slice(&b));
    sgs_page_end(p);
    sgs_buf_clear(&b);
}

static void wrap_count(struct sgs_page *p, uint64_t n, const char *text, const char *tail)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 256);
    sgs_buf_printf(&b, "%llu %s%s", (unsigned long long)n, text, tail);
    if (p->column > SGS_TEXT_VALUE) {
        sgs_page_str(p, " ");
    }
    if (p->column + sgs_page_columns(p, sgs_buf_slice(&b)) > p->options->width) {
        sgs_page_end(p);
        sgs_page_at(p, RECIPE_COLUMN);
    }
    sgs_page_wrap(p, RECIPE_COLUMN, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

/* "TLS 14 connections: 9 decrypted, 3 no key, 1 late start". */
static void tls_line(struct sgs_page *p, const struct sgs_report *r)
{
    uint64_t rest = r->n_undecrypted;

    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_str(p, "TLS ");
    sgs_text_count(p, r->tls_connections, "connection");
    sgs_page_str(p, ":");
    wrap_count(p, r->tls_decrypted, "decrypted", rest > 0 ? "," : "");
    for (size_t i = 0; i < sgs_n_tls_reasons && rest > 0; i++) {
        uint64_t n = sgs_fact_closed(r, &sgs_tls_reasons[i]);

        rest -= n;
        if (n > 0) {
            wrap_count(p, n, sgs_fact_reason_text(r, &sgs_tls_reasons[i]), rest > 0 ? "," : "");
        }
    }
    if (rest > 0) {
        wrap_count(p, rest, "for another reason", "");
    }
    sgs_page_end(p);
}

static void closed_row(struct sgs_page *p, const struct sgs_report_tls *tls)
{
    char text[SGS_ADDR_TEXT_LEN];

    sgs_page_at(p, RECIPE_COLUMN + 2);
    sgs_page_printf(p, "tcp%u", tls->conn);
    sgs_page_at(p, RECIPE_COLUMN + 10);
    if (tls->sni.len > 0) {
        sgs_page_wrap(p, RECIPE_COLUMN + 10, tls->sni);
        sgs_page_str(p, "  ");
    }
    sgs_addr_text(&tls->server, text);
    sgs_page_wrap(p, RECIPE_COLUMN + 10, sgs_slice_str(text));
    if (tls->is_partly) {
        sgs_page_str(p, "  partly read");
    }
    sgs_page_end(p);
}

/* The closed connections of one reason, and what would open them. */
static void closed(struct sgs_page *p, const struct sgs_report *r,
                   const struct sgs_tls_reason *reason, uint64_t n)
{
    uint64_t shown = 0;
    uint64_t most = p->options->is_verbose ? n : SGS_CLOSED_ROWS;

    sgs_page_at(p, RECIPE_COLUMN);
    sgs_page_str(p, sgs_fact_reason_text(r, reason));
    sgs_page_str(p, ": ");
    sgs_page_wrap(p, RECIPE_COLUMN + 2, sgs_slice_str(reason->remedy));
    sgs_page_end(p);
    for (size_t i = 0; i < r->n_undecrypted && shown < most; i++) {
        if (sgs_tls_reason_find(sgs_slice_str(r->undecrypted[i].reason)) == reason) {
            closed_row(p, &r->undecrypted[i]);
            shown++;
        }
    }
    if (shown < n) {
        sgs_page_at(p, RECIPE_COLUMN + 2);
        sgs_page_printf(p, "and %llu more (-v lists all)", (unsigned long long)(n - shown));
        sgs_page_end(p);
    }
}

static void tls(struct sgs_page *p, const struct sgs_report *r)
{
    if (r->tls_connections == 0) {
        return;
    }
    tls_line(p, r);
    for (size_t i = 0; i < sgs_n_tls_reasons; i++) {
        uint64_t n = sgs_fact_closed(r, &sgs_tls_reasons[i]);

        if (n > 0 && (sgs_fact_reason_matters(&sgs_tls_reasons[i]) || p->options->is_verbose)) {
            closed(p, r, &sgs_tls_reasons[i], n);
        }
    }
}

void sgs_text_capture(struct sgs_page *p, const struct sgs_report *r)
{
    p->style = SGS_BOLD;
    sgs_page_str(p, "Capture");
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    for (size_t i = 0; i < r->n_inputs; i++) {
        input(p, &r->inputs[i]);
    }
    if (r->was_interrupted) {
        sgs_page_at(p, SGS_TEXT_LABEL);
        sgs_page_str(p, sgs_fact_interrupted);
        sgs_page_end(p);
    }
    skipped(p, r);
    keys(p, r);
    tls(p, r);
}
