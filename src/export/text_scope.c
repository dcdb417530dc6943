/* Whom the trouble meets, in the text report: sign-ins that ended alike, a row each. */
#include "export/text.h"

#include "export/facts.h"

#define ROWS 20 /* shown unless more is asked for */

static bool has_failures(const struct sgs_report *r)
{
    return r->n_scope > 0 && r->scope[0].outcome == SGS_FAILED;
}

static void what(struct sgs_page *p, const struct sgs_scope *s)
{
    if (s->outcome != SGS_FAILED) {
        return;
    }
    sgs_page_at(p, SGS_TEXT_VALUE + 2);
    sgs_page_str(p, s->cause ? s->cause : sgs_stage_name(s->stage));
    if (s->host.len > 0) {
        sgs_page_str(p, " at ");
        sgs_page_wrap(p, SGS_TEXT_VALUE + 2, s->host);
    }
    sgs_page_end(p);
}

static void agents(struct sgs_page *p, const struct sgs_scope *s)
{
    for (size_t i = 0; i < s->n_agents && p->options->is_verbose; i++) {
        sgs_page_at(p, SGS_TEXT_VALUE + 2);
        sgs_page_wrap(p, SGS_TEXT_VALUE + 2, s->agents[i]);
        sgs_page_end(p);
    }
}

static void row(struct sgs_page *p, const struct sgs_scope *s)
{
    struct sgs_buf b;

    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_str(p, sgs_text_outcome(s->outcome));
    sgs_page_at(p, SGS_TEXT_VALUE + 2);
    sgs_buf_init(&b, 256);
    sgs_fact_reach(&b, s);
    sgs_page_text(p, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    if (s->first != SGS_TIME_NONE) {
        sgs_page_str(p, "; ");
        sgs_text_time_of_day(p, s->first);
        if (s->last != s->first) {
            sgs_page_str(p, " - ");
            sgs_text_time_of_day(p, s->last);
        }
    }
    sgs_page_end(p);
    what(p, s);
    agents(p, s);
}

void sgs_text_scope(struct sgs_page *p, const struct sgs_report *r)
{
    size_t most = p->options->is_verbose ? r->n_scope : ROWS;

    if (!has_failures(r)) {
        return;
    }
    p->style = SGS_BOLD;
    sgs_page_str(p, "Who is met");
    p->style = SGS_PLAIN;
    sgs_page_end(p);
    for (size_t i = 0; i < r->n_scope && i < most; i++) {
        row(p, &r->scope[i]);
    }
    sgs_page_end(p);
}
