/*
 * The timeline of an attempt: a heading wherever stage or conversation change, then a row a step.
 *
 *     id  verdict      start s  took ms  frames  request -> response
 *
 * Steps that say the same again are folded into one row, unless more is asked for.
 */
#include "export/text.h"

#include <stdio.h>
#include <string.h>

#include "export/facts.h"
#include "export/report.h"

#define ID_COLUMN 2
#define VERDICT_WIDTH 10 /* "no answer" and a blank */

/* How wide the columns of one timeline are. */
struct columns {
    size_t id;     /* left-aligned, with its blanks; 0: no step has one */
    size_t start;  /* width of the column, right-aligned */
    size_t took;   /* likewise */
    size_t frames; /* left-aligned */
};

struct verdict_word {
    const char *word;
    enum sgs_style style;
};

static const struct verdict_word words[] = {
    [SGS_V_OK] = {"ok",        SGS_GOOD   },
    [SGS_V_EXPECTED] = {"expected",  SGS_DIM    },
    [SGS_V_SLOW] = {"slow",      SGS_CAUTION},
    [SGS_V_FAILED] = {"FAILED",    SGS_BAD    },
    [SGS_V_UNANSWERED] = {"NO ANSWER", SGS_BAD    },
    [SGS_V_MISSING] = {"MISSING",   SGS_BAD    },
    [SGS_V_UNSEEN] = {"unseen",    SGS_CAUTION},
};

const char *sgs_text_verdict(enum sgs_verdict verdict, enum sgs_style *out_style)
{
    *out_style = words[verdict].style;
    return words[verdict].word;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Seconds, or nothing for what is not known. */
static void seconds(sgs_time ns, char out[SGS_SECONDS_TEXT_LEN])
{
    out[0] = '\0';
    if (ns != SGS_TIME_NONE) {
        sgs_text_seconds(ns, out);
    }
}

static void measure_step(struct columns *c, const struct sgs_attempt *a, const struct sgs_step *s)
{
    char text[SGS_FRAMES_TEXT_LEN];

    c->id = larger(c->id, s->id ? strlen(s->id) + 2 : 0);
    seconds(sgs_fact_offset(a, s), text);
    c->start = larger(c->start, strlen(text));
    sgs_text_milliseconds(s->duration, text);
    c->took = larger(c->took, strlen(text));
    sgs_text_frames(s->frames, s->n_frames, text);
    c->frames = larger(c->frames, strlen(text));
}

static struct columns measure(const struct sgs_attempt *a)
{
    struct columns c = {
        .start = sizeof "start s" - 1, .took = sizeof "took ms" - 1, .frames = sizeof "frames" - 1};

    for (size_t i = 0; i < a->n_steps; i++) {
        const struct sgs_step *s = &a->steps[i];

        measure_step(&c, a, s);
        for (size_t j = 0; j < s->n_parts; j++) {
            measure_step(&c, a, &s->parts[j]);
        }
    }
    return c;
}

static size_t start_column(const struct columns *c)
{
    return ID_COLUMN + c->id + VERDICT_WIDTH;
}

static size_t text_column(const struct columns *c)
{
    return start_column(c) + c->start + 2 + c->took + 2 + c->frames + 2;
}

static void right(struct sgs_page *p, size_t column, size_t width, const char *text)
{
    if (text[0] != '\0') {
        sgs_page_at(p, column + width - strlen(text));
        sgs_page_str(p, text);
    }
}

static void titles(struct sgs_page *p, const struct sgs_attempt *a, const struct columns *c)
{
    size_t at = start_column(c);

    p->style = SGS_BOLD;
    sgs_page_str(p, "Timeline");
    p->style = SGS_DIM;
    if (a->started != SGS_TIME_NONE) {
        sgs_page_str(p, "  from ");
        sgs_text_time(p, a->started);
        sgs_page_str(p, " on");
    }
    sgs_page_end(p);
    right(p, at, c->start, "start s");
    at += c->start + 2;
    right(p, at, c->took, "took ms");
    at += c->took + 2;
    sgs_page_at(p, at);
    sgs_page_str(p, "frames");
    sgs_page_end(p);
    p->style = SGS_PLAIN;
}

/* Where the following steps happen: "sip-auth  10.0.0.15 -> sip.contoso.com 10.0.1.9:5061, tcp3".
 */
static void heading(struct sgs_page *p, const struct sgs_step *s, const struct columns *c)
{
    struct sgs_step asked = *s; /* headings go from the client to the server */
    struct sgs_buf b;

    asked.is_answer = false;
    asked.src = s->is_answer ? s->dst : s->src;
    asked.dst = s->is_answer ? s->src : s->dst;
    p->style = SGS_BOLD;
    sgs_page_str(p, sgs_stage_name(s->stage));
    p->style = SGS_PLAIN;
    sgs_page_str(p, "  ");
    sgs_buf_init(&b, 4096);
    sgs_fact_path(&b, &asked, sgs_page_arrow(p));
    sgs_page_wrap(p, start_column(c), sgs_buf_slice(&b));
    sgs_page_end(p);
    sgs_buf_clear(&b);
}

/* Something went wrong there: people want to see what exactly. */
static bool is_sore(const struct sgs_step *s)
{
    return s->verdict == SGS_V_SLOW || s->verdict == SGS_V_FAILED || s->verdict == SGS_V_UNANSWERED;
}

/* A row is told by its title, a name by what was asked; where it is sore the wire has the word. */
static struct sgs_slice question(const struct sgs_page *p, const struct sgs_step *s)
{
    bool is_name = s->n_parts == 0 && strcmp(s->proto, "dns") == 0;
    bool is_wire = s->n_parts == 0 && (is_name || p->options->is_verbose || is_sore(s));

    return s->request.len > 0 && (is_wire || s->title.len == 0) ? s->request : s->title;
}

/* What was asked and what came back; on two lines where one is too narrow. */
static void exchange(struct sgs_page *p, const struct sgs_step *s, size_t column)
{
    struct sgs_slice ask = question(p, s);
    size_t width = sgs_page_columns(p, ask) + 4 + sgs_page_columns(p, s->response);

    sgs_page_at(p, column);
    sgs_page_wrap(p, column + 2, ask);
    if (s->response.len == 0) {
        return;
    }
    if (column + width > p->options->width && ask.len > 0) {
        sgs_page_end(p);
        sgs_page_at(p, column);
    } else if (ask.len > 0) {
        sgs_page_str(p, " ");
    }
    sgs_page_str(p, sgs_page_arrow(p));
    sgs_page_str(p, " ");
    p->style = s->verdict == SGS_V_FAILED ? SGS_BAD : SGS_PLAIN;
    sgs_page_wrap(p, column + 3, s->response);
    p->style = SGS_PLAIN;
}

/* Where what it goes to or shows was told: "because of sts-uri in frame 95". */
static void because(struct sgs_page *p, const struct sgs_step *s, size_t column)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    for (size_t i = 0; i < s->n_because; i++) {
        sgs_buf_printf(&b, "%s%s in frame %llu%s", i ? ", " : "because of ", s->because[i].how,
                       (unsigned long long)s->because[i].frame,
                       s->because[i].strength == SGS_PROVEN ? "" : " (likely)");
    }
    if (b.len > 0) {
        sgs_page_at(p, column);
        p->style = SGS_DIM;
        sgs_page_wrap(p, column, sgs_buf_slice(&b));
        p->style = SGS_PLAIN;
        sgs_page_end(p);
    }
    sgs_buf_clear(&b);
}

static void step(struct sgs_page *p, const struct sgs_attempt *a, const struct sgs_same_steps *run,
                 const struct columns *c, size_t indent)
{
    const struct sgs_step *s = run->first;
    size_t at = start_column(c);
    char text[SGS_FRAMES_TEXT_LEN];
    uint64_t ends[2];

    if (s->id) {
        sgs_page_at(p, ID_COLUMN);
        sgs_page_str(p, s->id);
    }
    sgs_page_at(p, ID_COLUMN + c->id);
    sgs_page_str(p, sgs_text_verdict(s->verdict, &p->style));
    p->style = SGS_PLAIN;
    seconds(sgs_fact_offset(a, s), text);
    right(p, at, c->start, text);
    at += c->start + 2;
    sgs_text_milliseconds(s->duration, text);
    right(p, at, c->took, text);
    at += c->took + 2;
    sgs_page_at(p, at);
    sgs_text_frames(s->frames, s->n_frames, text);
    if (run->n > 1 && s->n_frames > 0 && run->last->n_frames > 0) {
        ends[0] = s->frames[0];
        ends[1] = run->last->frames[run->last->n_frames - 1];
        (void)snprintf(text, sizeof text, "%llu-%llu", (unsigned long long)ends[0],
                       (unsigned long long)ends[1]);
    }
    sgs_page_str(p, text);
    exchange(p, s, text_column(c) + indent);
    if (run->n > 1) {
        sgs_page_printf(p, "  x%zu", run->n);
    }
    sgs_page_end(p);
    if (s->note.len > 0) {
        sgs_page_at(p, text_column(c) + indent + 2);
        p->style = SGS_DIM;
        sgs_page_wrap(p, text_column(c) + indent + 2, s->note);
        p->style = SGS_PLAIN;
        sgs_page_end(p);
    }
    if (p->options->is_verbose) {
        because(p, s, text_column(c) + indent + 2);
    }
}

void sgs_text_timeline(struct sgs_page *p, const struct sgs_attempt *a)
{
    struct columns c = measure(a);
    const struct sgs_step *before = NULL;
    bool is_verbose = p->options->is_verbose;
    size_t i = 0;

    if (a->n_steps == 0) {
        return;
    }
    titles(p, a, &c);
    while (i < a->n_steps) {
        struct sgs_same_steps run = sgs_fact_run(a, i, !is_verbose);
        const struct sgs_step *s = run.first;

        bool is_somewhere = s->transport != SGS_NO_TRANSPORT;

        if (is_somewhere && (!before || !sgs_fact_is_same_place(before, s))) {
            heading(p, s, &c);
        }
        step(p, a, &run, &c, 0);
        for (size_t j = 0; j < s->n_parts && (is_verbose || is_sore(s)); j++) {
            step(p, a, &(struct sgs_same_steps){&s->parts[j], &s->parts[j], 1}, &c, 2);
        }
        before = is_somewhere ? s : before;
        i += run.n;
    }
    sgs_page_end(p);
}
