/* Differences in words: where, and what each side has there, with its frames. */
#include <string.h>

#include "diff/collect.h"
#include "diff/compare.h"
#include "diff/out.h"
#include "export/text.h"

static const char *const names[SGS_N_SIDES] = {"GOOD", "BAD"};

static void put_frames(struct sgs_buf *out, const struct sgs_diff_value *v)
{
    char text[SGS_FRAMES_TEXT_LEN];

    if (v->n_frames > 0) {
        sgs_text_frames(v->frames, v->n_frames, text);
        sgs_buf_printf(out, " (frame%s %s)", v->n_frames > 1 ? "s" : "", text);
    }
}

/* Of a look-up what was asked says more than its title. */
struct sgs_slice sgs_diff_words(const struct sgs_step *s)
{
    bool is_name = s->proto && strcmp(s->proto, "dns") == 0 && s->n_parts == 0;

    return s->title.len == 0 || (is_name && s->request.len > 0) ? s->request : s->title;
}

/* "A8 (OrgID: token)" */
static void put_step(struct sgs_buf *out, const struct sgs_step *s)
{
    bool has_id = s->id && strcmp(s->id, "T") != 0;

    sgs_buf_add_str(out, has_id ? s->id : "");
    sgs_buf_add_str(out, has_id ? " (" : "\"");
    (void)sgs_buf_add(out, sgs_diff_words(s));
    sgs_buf_add_str(out, has_id ? ")" : "\"");
}

/* "A8 (OrgID: token)"; the message too where the row has several. */
static void put_where(const struct sgs_diff *d, const struct sgs_difference *x, struct sgs_buf *out)
{
    const struct sgs_diff_line *l = &d->lines[x->line];
    const struct sgs_step *row = l->step[0] ? l->step[0] : l->step[1];
    const struct sgs_step *leaf = x->value[0].step ? x->value[0].step : x->value[1].step;

    put_step(out, row);
    if (x->is_of_conn && leaf->host.len > 0) {
        sgs_buf_add_str(out, ", connection to ");
        (void)sgs_buf_add(out, leaf->host);
    } else if (row->n_parts > 0 && leaf && !sgs_diff_is_conn(leaf) &&
               !sgs_slice_eq(sgs_diff_words(leaf), sgs_diff_words(row))) {
        sgs_buf_add_str(out, ", ");
        (void)sgs_buf_add(out, sgs_diff_words(leaf));
    }
}

/* "GOOD gets 200 (frame 58)", "BAD fails with 401 (frame 60): the ticket is refused" */
static void put_outcome(const struct sgs_difference *x, unsigned side, struct sgs_buf *out)
{
    const struct sgs_diff_value *v = &x->value[side];
    bool has_words = v->step && (v->step->response.len > 0 || v->step->code >= 0);

    sgs_buf_add_str(out, names[side]);
    if (!v->step) {
        sgs_buf_add_str(out, " has no such step");
        return;
    }
    if (sgs_is_connected(v->step)) {
        sgs_buf_add_str(out, " connects");
        put_frames(out, v);
        return;
    }
    switch (v->step->verdict) {
    case SGS_V_MISSING:
        sgs_buf_add_str(out, " lacks it");
        break;
    case SGS_V_UNANSWERED:
        sgs_buf_add_str(out, " gets no answer");
        break;
    case SGS_V_FAILED:
        sgs_buf_add_str(out, has_words ? " fails with " : " fails");
        (void)sgs_buf_add(out, has_words ? v->text : SGS_LIT(""));
        break;
    case SGS_V_OK:
    case SGS_V_EXPECTED:
    case SGS_V_SLOW:
    case SGS_V_UNSEEN:
        sgs_buf_add_str(out, has_words                   ? " gets "
                             : sgs_diff_is_conn(v->step) ? " connects"
                                                         : " goes on");
        (void)sgs_buf_add(out, has_words ? v->text : SGS_LIT(""));
        break;
    }
    put_frames(out, v);
    if (sgs_is_bad(v->step) && v->step->note.len > 0) {
        sgs_buf_add_str(out, ": ");
        (void)sgs_buf_add(out, sgs_slice_head(v->step->note, sgs_slice_chr(v->step->note, ';')));
    }
}

static void put_value(const struct sgs_difference *x, unsigned side, struct sgs_buf *out)
{
    const struct sgs_diff_value *v = &x->value[side];

    (void)sgs_buf_add(out, v->text.len > 0 ? v->text : SGS_LIT("none"));
    sgs_buf_printf(out, " in %s", names[side]);
    put_frames(out, v);
}

static void put_values(const struct sgs_diff *d, const struct sgs_difference *x,
                       struct sgs_buf *out)
{
    sgs_buf_add_str(out, "at ");
    put_where(d, x, out);
    sgs_buf_printf(out, ": %s ", x->label);
    put_value(x, 0, out);
    sgs_buf_add_str(out, ", ");
    put_value(x, 1, out);
    if (x->n_more > 0) {
        sgs_buf_printf(out, "; so it is at %zu more step%s", x->n_more, x->n_more > 1 ? "s" : "");
    }
}

static void put_only(const struct sgs_difference *x, struct sgs_buf *out)
{
    const struct sgs_diff_value *v = &x->value[x->side];

    sgs_buf_printf(out, "only %s has ", names[x->side]);
    if (x->n_steps == 1) {
        put_step(out, v->step);
    } else {
        (void)sgs_buf_add(out, v->text);
    }
    put_frames(out, v);
}

static void put_end(const struct sgs_difference *x, struct sgs_buf *out)
{
    const struct sgs_diff_value *stops = &x->value[x->side];
    const struct sgs_diff_value *on = &x->value[!x->side];

    sgs_buf_printf(out, "where %s stops", names[x->side]);
    if (stops->step) {
        sgs_buf_add_str(out, ", after ");
        put_step(out, stops->step);
    }
    if (stops->step && stops->step->response.len > 0) {
        sgs_buf_add_str(out, ", answered ");
        (void)sgs_buf_add(out, stops->step->response);
    }
    put_frames(out, stops);
    sgs_buf_printf(out, "; %s ", names[!x->side]);
    if (on->step && sgs_diff_is_conn(on->step)) {
        sgs_buf_add_str(out, "connects to the registrar ");
        (void)sgs_buf_add(out, on->step->host);
        put_frames(out, on);
    } else if (on->step) {
        sgs_buf_add_str(out, "goes on with ");
        put_step(out, on->step);
        put_frames(out, on);
    } else {
        sgs_buf_add_str(out, "signs in");
    }
}

void sgs_diff_sentence(const struct sgs_diff *d, const struct sgs_difference *x,
                       struct sgs_buf *out)
{
    switch (x->how) {
    case SGS_BY_VALUE:
    case SGS_BY_TIME:
        put_values(d, x, out);
        break;
    case SGS_BY_VERDICT:
        sgs_buf_add_str(out, "at ");
        put_where(d, x, out);
        sgs_buf_add_str(out, ": ");
        put_outcome(x, 0, out);
        sgs_buf_add_str(out, "; ");
        put_outcome(x, 1, out);
        break;
    case SGS_BY_STEPS:
        put_only(x, out);
        break;
    case SGS_BY_END:
        put_end(x, out);
        break;
    case SGS_BY_FLOW:
        sgs_buf_add_str(out, "the way of signing in: ");
        put_value(x, 0, out);
        sgs_buf_add_str(out, ", ");
        put_value(x, 1, out);
        break;
    }
}

static void put_none(const struct sgs_diff *d, struct sgs_buf *out)
{
    sgs_buf_add_str(out, "No difference that matters");
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        if (d->n_unseen[side] > 0) {
            sgs_buf_printf(out, "%s the capture of %s cannot show %zu step%s",
                           side == 0 || d->n_unseen[0] == 0 ? " in what can be seen;" : ", and",
                           names[side], d->n_unseen[side], d->n_unseen[side] > 1 ? "s" : "");
        }
    }
    sgs_buf_add_octet(out, '.');
}

void sgs_diff_answer(const struct sgs_diff *d, struct sgs_buf *out)
{
    if (d->parting) {
        sgs_buf_add_str(out, "They part ");
        sgs_diff_sentence(d, d->parting, out);
    } else if (d->first) {
        sgs_buf_add_str(out, "First difference: ");
        sgs_diff_sentence(d, d->first, out);
    } else {
        put_none(d, out);
        return;
    }
    sgs_buf_add_octet(out, '.');
}
