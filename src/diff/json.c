/* The comparison as one JSON object; sides, differences and steps stand on a line each. */
#include "diff/out.h"

#include <signscope/limits.h>

#include "base/json_write.h"

#define MAX_SENTENCE (64u * 1024)

static const char *const names[SGS_N_SIDES] = {"good", "bad"};

struct doc {
    const struct sgs_diff *d;
    struct sgs_out *out;
    struct sgs_buf line;
    bool is_good; /* all writes so far */
};

static void flush(struct doc *o)
{
    o->is_good =
        o->is_good && !o->line.overflow && o->out->write(o->out->ctx, sgs_buf_slice(&o->line));
    sgs_buf_drop(&o->line, o->line.len);
}

/* The writer for a value on a line of its own; i is its place in the list around it. */
static struct sgs_jw row(struct doc *o, size_t i)
{
    struct sgs_jw w;

    flush(o);
    sgs_buf_add_str(&o->line, i == 0 ? "\n  " : ",\n  ");
    sgs_jw_init(&w, &o->line);
    return w;
}

static void member_known(struct sgs_jw *w, const char *name, struct sgs_slice text)
{
    if (text.len > 0) {
        sgs_jw_member_text(w, name, text);
    }
}

static void member_frames(struct sgs_jw *w, const uint64_t *frames, size_t n)
{
    sgs_jw_name(w, "frames");
    sgs_jw_list(w);
    for (size_t i = 0; i < n; i++) {
        sgs_jw_uint(w, frames[i]);
    }
    sgs_jw_list_end(w);
}

static void root(struct sgs_jw *w, const struct sgs_attempt *at)
{
    const struct sgs_finding *f = sgs_attempt_root(at);

    if (!f) {
        return;
    }
    sgs_jw_name(w, "root");
    sgs_jw_object(w);
    sgs_jw_member_str(w, "id", f->id);
    sgs_jw_member_str(w, "stage", sgs_stage_name(f->stage));
    sgs_jw_member_str(w, "confidence", sgs_confidence_name(f->confidence));
    member_known(w, "title", f->title);
    member_known(w, "detail", f->detail);
    member_known(w, "hint", f->hint);
    member_frames(w, f->frames, f->n_frames);
    sgs_jw_object_end(w);
}

static void side(struct doc *o, unsigned i, const struct sgs_diff_source *from)
{
    const struct sgs_attempt *at = o->d->at[i];
    char client[SGS_ADDR_TEXT_LEN];
    struct sgs_jw w;

    sgs_buf_printf(&o->line, ",\n \"%s\":", names[i]);
    sgs_jw_init(&w, &o->line);
    sgs_jw_object(&w);
    sgs_jw_member_str(&w, "input", from->input);
    sgs_jw_member_uint(&w, "id", at->id);
    sgs_jw_member_uint(&w, "attempts", from->n_attempts);
    sgs_jw_member_str(&w, "chosen", from->chosen);
    member_known(&w, "user", at->user);
    if (at->client.len > 0) {
        (void)sgs_addr_host(&at->client, client);
        sgs_jw_member_str(&w, "client", client);
    }
    member_known(&w, "agent", at->agent);
    sgs_jw_member_str(&w, "flow", at->flow);
    sgs_jw_name(&w, "methods");
    sgs_jw_list(&w);
    for (size_t j = 0; j < at->n_methods; j++) {
        sgs_jw_str(&w, at->methods[j]);
    }
    sgs_jw_list_end(&w);
    sgs_jw_member_str(&w, "outcome", sgs_outcome_name(at->outcome));
    sgs_jw_member_str(&w, "outcome_confidence", sgs_confidence_name(at->confidence));
    if (at->started != SGS_TIME_NONE) {
        sgs_jw_member_time(&w, "started", at->started);
    }
    root(&w, at);
    sgs_jw_member_uint(&w, "unseen", o->d->n_unseen[i]);
    sgs_jw_object_end(&w);
}

static void value(struct sgs_jw *w, const struct sgs_difference *x, unsigned i)
{
    const struct sgs_diff_value *v = &x->value[i];

    if (!v->step && v->text.len == 0) {
        return;
    }
    sgs_jw_name(w, names[i]);
    sgs_jw_object(w);
    member_known(w, "value", v->text);
    member_frames(w, v->frames, v->n_frames);
    sgs_jw_object_end(w);
}

static void difference(struct doc *o, const struct sgs_difference *x, size_t i)
{
    const struct sgs_step *stage =
        x->value[SGS_BAD_SIDE].step ? x->value[SGS_BAD_SIDE].step : x->value[SGS_GOOD_SIDE].step;
    struct sgs_jw w = row(o, i);
    struct sgs_buf b;

    sgs_jw_object(&w);
    sgs_jw_member_uint(&w, "n", i + 1);
    sgs_jw_member_str(&w, "weight", sgs_weight_name(x->weight));
    sgs_jw_member_str(&w, "what", x->what);
    if (x->line != SGS_OF_ALL) {
        sgs_jw_member_uint(&w, "step", x->line + 1);
    }
    if (stage) {
        sgs_jw_member_str(&w, "stage", sgs_stage_name(stage->stage));
    }
    value(&w, x, SGS_GOOD_SIDE);
    value(&w, x, SGS_BAD_SIDE);
    if (x->n_steps > 0) {
        sgs_jw_member_uint(&w, "steps", x->n_steps);
    }
    if (x->n_more > 0) {
        sgs_jw_member_uint(&w, "more", x->n_more);
    }
    if (x->is_after) {
        sgs_jw_member_bool(&w, "after_parting", true);
    }
    sgs_buf_init(&b, MAX_SENTENCE);
    sgs_diff_sentence(o->d, x, &b);
    sgs_jw_member_text(&w, "sentence", sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    sgs_jw_object_end(&w);
}

static void list(struct doc *o, const char *name, const struct sgs_difference *of, size_t n)
{
    sgs_buf_printf(&o->line, ",\n \"%s\":[", name);
    for (size_t i = 0; i < n && o->is_good; i++) {
        difference(o, &of[i], i);
    }
    sgs_buf_add_octet(&o->line, ']');
}

static void step_side(struct sgs_jw *w, const struct sgs_step *s, unsigned i)
{
    if (!s) {
        return;
    }
    sgs_jw_name(w, names[i]);
    sgs_jw_object(w);
    if (s->id) {
        sgs_jw_member_str(w, "id", s->id);
    }
    member_known(w, "request", s->request);
    member_known(w, "response", s->response);
    if (s->time != SGS_TIME_NONE) {
        sgs_jw_member_time(w, "time", s->time);
    }
    if (s->duration != SGS_TIME_NONE) {
        sgs_jw_member_ms(w, "duration_ms", s->duration);
    }
    member_known(w, "host", s->host);
    sgs_jw_member_str(w, "verdict", sgs_verdict_name(s->verdict));
    member_frames(w, s->frames, s->n_frames);
    sgs_jw_object_end(w);
}

static const char *mark_name(const struct sgs_diff_line *l)
{
    switch (l->mark) {
    case SGS_MARK_SAME:
        break;
    case SGS_MARK_DIFFERS:
        return "differs";
    case SGS_MARK_ONLY:
        return l->step[SGS_GOOD_SIDE] ? "only-good" : "only-bad";
    case SGS_MARK_UNSEEN:
        return "unseen";
    }
    return "same";
}

static void step(struct doc *o, size_t i)
{
    const struct sgs_diff_line *l = &o->d->lines[i];
    const struct sgs_step *s = l->step[0] ? l->step[0] : l->step[1];
    struct sgs_jw w = row(o, i);

    sgs_jw_object(&w);
    sgs_jw_member_uint(&w, "n", i + 1);
    sgs_jw_member_str(&w, "mark", mark_name(l));
    sgs_jw_member_str(&w, "stage", sgs_stage_name(s->stage));
    member_known(&w, "title", s->title);
    step_side(&w, l->step[SGS_GOOD_SIDE], SGS_GOOD_SIDE);
    step_side(&w, l->step[SGS_BAD_SIDE], SGS_BAD_SIDE);
    sgs_jw_object_end(&w);
}

static void summary(struct doc *o)
{
    const struct sgs_diff *d = o->d;
    struct sgs_buf b;
    struct sgs_jw w;

    sgs_buf_add_str(&o->line, ",\n \"answer\":");
    sgs_jw_init(&w, &o->line);
    sgs_buf_init(&b, MAX_SENTENCE);
    sgs_diff_answer(d, &b);
    sgs_jw_text(&w, sgs_buf_slice(&b));
    sgs_buf_clear(&b);
    if (d->parting) {
        sgs_buf_printf(&o->line, ",\n \"parting\":%zu", (size_t)(d->parting - d->list) + 1);
    }
    if (d->first) {
        sgs_buf_printf(&o->line, ",\n \"first\":%zu", (size_t)(d->first - d->list) + 1);
    }
    sgs_buf_add_str(&o->line, ",\n \"counts\":{");
    for (unsigned i = SGS_W_DECISIVE + 1; i-- > 0;) {
        sgs_buf_printf(&o->line, "\"%s\":%zu%s", sgs_weight_name((enum sgs_weight)i),
                       d->n_weight[i], i > 0 ? "," : "}");
    }
}

bool sgs_diff_json(const struct sgs_diff *d, const struct sgs_diff_source source[SGS_N_SIDES],
                   const struct sgs_export_options *options, struct sgs_out *out)
{
    struct doc o = {.d = d, .out = out, .is_good = true};

    sgs_buf_init(&o.line, SGS_MAX_REPORT_LINE);
    sgs_buf_add_str(&o.line, "{\"schema\":\"signscope.diff/1\"");
    summary(&o);
    side(&o, SGS_GOOD_SIDE, &source[SGS_GOOD_SIDE]);
    side(&o, SGS_BAD_SIDE, &source[SGS_BAD_SIDE]);
    list(&o, "differences", d->list, d->n);
    if (options->is_verbose) {
        list(&o, "harmless", d->harmless, d->n_harmless);
    }
    sgs_buf_add_str(&o.line, ",\n \"steps\":[");
    for (size_t i = 0; i < d->n_lines && o.is_good; i++) {
        step(&o, i);
    }
    sgs_buf_add_str(&o.line, "]}\n");
    flush(&o);
    sgs_buf_clear(&o.line);
    return o.is_good;
}
