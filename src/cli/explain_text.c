/* `signscope explain` for people. */
#include "cli/explain_out.h"

#include "export/page.h"
#include "export/text.h"

static bool to_buf(void *ctx, struct sgs_slice octets)
{
    struct sgs_buf *out = ctx;

    sgs_buf_add(out, octets);
    return !out->overflow;
}

static void field(struct sgs_page *p, const char *name, const char *text)
{
    sgs_text_field(p, name, sgs_slice_str(text));
}

/* "28032  X-Ms-diagnostics of the web services" */
static void title(struct sgs_page *p, const char *what, const char *name, const char *kind)
{
    p->style = SGS_BOLD;
    sgs_page_wrap(p, SGS_TEXT_LABEL, sgs_slice_str(what));
    if (*name) {
        sgs_page_str(p, " ");
        sgs_page_wrap(p, SGS_TEXT_LABEL, sgs_slice_str(name));
    }
    p->style = SGS_PLAIN;
    sgs_page_str(p, "  ");
    sgs_page_wrap(p, SGS_TEXT_LABEL, sgs_slice_str(kind));
    sgs_page_end(p);
}

static void code(struct sgs_page *p, const struct sgs_code *c)
{
    title(p, c->code, c->name, sgs_families[c->family].title);
    field(p, "Says", c->says);
    field(p, "Stage", sgs_explain_stage(c->stage));
    field(p, "Normal", *c->normal ? c->normal : "at no step");
    field(p, "Repair", sgs_fixer_text(c->fixer));
    field(p, "Likely", c->causes);
    field(p, "Check", c->check);
    field(p, "Source", sgs_code_source(c));
}

static void finding(struct sgs_page *p, const struct sgs_finding_row *f)
{
    title(p, f->id, "", "finding");
    field(p, "Says", f->title);
    field(p, "Stage", sgs_explain_stage(f->stage));
    field(p, "Severity", sgs_severity_name(f->severity));
    field(p, "Repair", sgs_fixer_text(f->fixer));
    field(p, "Check", f->says);
    field(p, "Source", f->source);
}

static void step(struct sgs_page *p, const struct sgs_step_row *s)
{
    title(p, s->id, "", *s->flow ? "step of the flow" : "step that flows share");
    field(p, "Says", s->title);
    field(p, "Flow", s->flow);
    field(p, "Stage", sgs_explain_stage(s->stage));
    field(p, "Wire", s->wire);
    field(p, "Normal", s->normal);
    field(p, "Failure", s->fails);
    field(p, "Source", s->source);
}

static void near(struct sgs_page *p, const struct sgs_explained *e)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    for (size_t i = 0; i < e->n_near; i++) {
        sgs_buf_printf(&b, "%s%s", i > 0 ? ", " : "", e->near[i]);
    }
    sgs_text_field(p, "Near", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
}

static void word(struct sgs_page *p, const struct sgs_explain_word *w)
{
    const struct sgs_explained *e = &w->known;

    if (!e->is_known) {
        p->style = SGS_BOLD;
        sgs_page_wrap(p, SGS_TEXT_LABEL, w->text);
        p->style = SGS_PLAIN;
        sgs_page_str(p, "  ");
        sgs_page_wrap(p, SGS_TEXT_LABEL,
                      e->n_codes ? SGS_LIT("not known by itself; its range follows")
                                 : SGS_LIT("not known"));
        sgs_page_end(p);
        near(p, e);
    }
    for (size_t i = 0; i < e->n_codes; i++) {
        if (i > 0 || !e->is_known) {
            sgs_page_end(p);
        }
        code(p, e->codes[i]);
    }
    if (e->finding) {
        finding(p, e->finding);
    }
    if (e->step) {
        step(p, e->step);
    }
}

void sgs_explain_text(const struct sgs_explain_word *words, size_t n,
                      const struct sgs_export_options *options, struct sgs_buf *out)
{
    struct sgs_out to = {to_buf, out};
    struct sgs_page p;

    sgs_page_init(&p, options, &to);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            sgs_page_end(&p);
        }
        word(&p, &words[i]);
    }
    sgs_page_clear(&p);
}
