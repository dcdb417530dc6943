/* `signscope explain` for programs.  A line a meaning, so that two answers can be compared. */
#include "cli/explain_out.h"

#include <string.h>

#include "base/json_write.h"

static void text(struct sgs_jw *w, const char *name, const char *value)
{
    if (*value) {
        sgs_jw_member_str(w, name, value);
    }
}

/* What is parted by "; ", as a list. */
static void list(struct sgs_jw *w, const char *name, const char *value)
{
    struct sgs_slice rest = sgs_slice_str(value);

    sgs_jw_name(w, name);
    sgs_jw_list(w);
    while (rest.len > 0) {
        sgs_jw_text(w, sgs_slice_trim(sgs_slice_cut(&rest, ';')));
    }
    sgs_jw_list_end(w);
}

static void code(struct sgs_jw *w, const struct sgs_code *c)
{
    sgs_jw_object(w);
    sgs_jw_member_str(w, "kind", "code");
    sgs_jw_member_str(w, "code", c->code);
    sgs_jw_member_str(w, "family", sgs_families[c->family].word);
    text(w, "name", c->name);
    sgs_jw_member_str(w, "says", c->says);
    sgs_jw_member_str(w, "stage", sgs_explain_stage(c->stage));
    text(w, "normal", c->normal);
    sgs_jw_member_str(w, "fixer", sgs_fixer_name(c->fixer));
    list(w, "causes", c->causes);
    list(w, "check", c->check);
    sgs_jw_member_str(w, "source", sgs_code_source(c));
    sgs_jw_object_end(w);
}

static void finding(struct sgs_jw *w, const struct sgs_finding_row *f)
{
    sgs_jw_object(w);
    sgs_jw_member_str(w, "kind", "finding");
    sgs_jw_member_str(w, "id", f->id);
    sgs_jw_member_str(w, "title", f->title);
    sgs_jw_member_str(w, "stage", sgs_explain_stage(f->stage));
    sgs_jw_member_str(w, "severity", sgs_severity_name(f->severity));
    sgs_jw_member_str(w, "fixer", sgs_fixer_name(f->fixer));
    sgs_jw_member_str(w, "says", f->says);
    sgs_jw_member_str(w, "source", f->source);
    sgs_jw_object_end(w);
}

static void step(struct sgs_jw *w, const struct sgs_step_row *s)
{
    sgs_jw_object(w);
    sgs_jw_member_str(w, "kind", "step");
    sgs_jw_member_str(w, "id", s->id);
    text(w, "flow", s->flow);
    sgs_jw_member_str(w, "title", s->title);
    sgs_jw_member_str(w, "stage", sgs_explain_stage(s->stage));
    sgs_jw_member_str(w, "wire", s->wire);
    text(w, "normal", s->normal);
    text(w, "fails", s->fails);
    sgs_jw_member_str(w, "source", s->source);
    sgs_jw_object_end(w);
}

/* The writer for row i of a list. */
static struct sgs_jw row(struct sgs_buf *out, size_t i, const char *indent)
{
    struct sgs_jw w;

    sgs_buf_printf(out, "%s\n%s", i == 0 ? "" : ",", indent);
    sgs_jw_init(&w, out);
    return w;
}

static void meanings(const struct sgs_explained *e, struct sgs_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < e->n_codes; i++) {
        struct sgs_jw w = row(out, n++, "    ");
        code(&w, e->codes[i]);
    }
    if (e->finding) {
        struct sgs_jw w = row(out, n++, "    ");
        finding(&w, e->finding);
    }
    if (e->step) {
        struct sgs_jw w = row(out, n++, "    ");
        step(&w, e->step);
    }
}

static void word(const struct sgs_explain_word *word, struct sgs_buf *out, size_t i)
{
    const struct sgs_explained *e = &word->known;
    struct sgs_jw w = row(out, i, "  ");

    sgs_jw_object(&w);
    sgs_jw_member_text(&w, "asked", word->text);
    sgs_jw_member_bool(&w, "known", e->is_known);
    sgs_jw_name(&w, "near");
    sgs_jw_list(&w);
    for (size_t j = 0; j < e->n_near; j++) {
        sgs_jw_str(&w, e->near[j]);
    }
    sgs_jw_list_end(&w);
    sgs_jw_name(&w, "meanings");
    sgs_jw_list(&w);
    meanings(e, out);
    sgs_jw_list_end(&w);
    sgs_jw_object_end(&w);
}

void sgs_explain_json(const struct sgs_explain_word *words, size_t n, struct sgs_buf *out)
{
    sgs_buf_add_str(out, "{\"schema\":\"signscope.explain/1\",\n \"words\":[");
    for (size_t i = 0; i < n; i++) {
        word(&words[i], out, i);
    }
    sgs_buf_add_str(out, "]}\n");
}
