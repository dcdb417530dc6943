/*
 * Web pages, as far as a sign-in has to do with them (HTML Living Standard, section 13.2): the
 * title, what the forms on it ask for, and the code of an error of AD FS.  Tags are found, no tree
 * is made of them; scripts, styles and comments are passed over.
 *
 *   <title>Sign In</title> ... <form method="post" action="...">
 *   <input name="UserName"/> <input name="Password" type="password"/> ... MSIS7042: ...
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>

#define MAX_FIELDS 64     /* fields of one page that are told */
#define LONGEST_NAME 80   /* octets of a field's name; ASP.NET makes long ones */
#define LONGEST_TITLE 256 /* octets of a title with what ends it: longer ones are not told */
#define LONGEST_CODE 5    /* digits of a code */

struct page {
    struct sgs_arena *a;
    struct sgs_draft *ev;
    unsigned n_fields;
    bool has_title;
    bool is_telling; /* something on it is worth an event */
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* What begins with the first needle, case folded, or nothing. */
static struct sgs_slice from_text(struct sgs_slice s, struct sgs_slice needle)
{
    return sgs_slice_from(s, sgs_slice_ifind(s, needle));
}

/* Octets up to the '>' that ends a tag: one between quotes does not. */
static size_t tag_len(struct sgs_slice s)
{
    uint8_t quote = 0;
    size_t n = 0;

    for (; n < s.len && (quote || s.ptr[n] != '>'); n++) {
        uint8_t c = s.ptr[n];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        }
    }
    return n;
}

static bool ends_name(uint8_t c)
{
    return is_blank(c) || c == '=' || c == '/';
}

/* Takes octets off the front of *s until one that ends a name. */
static struct sgs_slice take_name(struct sgs_slice *s)
{
    size_t n = 0;

    while (n < s->len && !ends_name(s->ptr[n])) {
        n++;
    }
    struct sgs_slice name = sgs_slice_head(*s, n);
    *s = sgs_slice_from(*s, n);
    return name;
}

static struct sgs_slice without_blanks(struct sgs_slice s)
{
    size_t n = 0;

    while (n < s.len && (is_blank(s.ptr[n]) || s.ptr[n] == '/')) {
        n++;
    }
    return sgs_slice_from(s, n);
}

/* Takes ="value", ='value' or =value off the front of *s; empty: there is none. */
static struct sgs_slice take_value(struct sgs_slice *s)
{
    size_t n = 0;

    *s = without_blanks(*s);
    if (s->len == 0 || s->ptr[0] != '=') {
        return (struct sgs_slice){NULL, 0};
    }
    *s = without_blanks(sgs_slice_from(*s, 1));
    if (s->len > 0 && (s->ptr[0] == '"' || s->ptr[0] == '\'')) {
        uint8_t quote = s->ptr[0];
        *s = sgs_slice_from(*s, 1);
        return sgs_slice_cut(s, quote);
    }
    while (n < s->len && !is_blank(s->ptr[n])) {
        n++;
    }
    struct sgs_slice value = sgs_slice_head(*s, n);
    *s = sgs_slice_from(*s, n);
    return value;
}

/* The value of an attribute of a tag; empty: it has none. */
static struct sgs_slice attribute(struct sgs_slice tag, const char *wanted)
{
    (void)take_name(&tag);
    for (tag = without_blanks(tag); tag.len > 0; tag = without_blanks(tag)) {
        struct sgs_slice name = take_name(&tag);
        struct sgs_slice value = take_value(&tag);
        if (sgs_slice_ieq(name, sgs_slice_str(wanted))) {
            return value;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static bool is_tag(struct sgs_slice tag, const char *name)
{
    struct sgs_slice wanted = sgs_slice_str(name);

    return sgs_slice_istarts(tag, wanted) &&
           (tag.len == wanted.len || ends_name(tag.ptr[wanted.len]));
}

/* What the page asks for: values stay out. */
static void input(struct page *p, struct sgs_slice tag)
{
    struct sgs_slice name = sgs_slice_head(attribute(tag, "name"), LONGEST_NAME);

    if (name.len > 0 && p->n_fields < MAX_FIELDS) {
        ev_item(p->ev, SGS_F_PAGE_FIELDS, sgs_mask_text(p->a, name));
        p->n_fields++;
        p->is_telling = true;
    }
    if (sgs_slice_ieq(attribute(tag, "type"), SGS_LIT("password"))) {
        ev_bool(p->ev, SGS_F_ASKS_PASSWORD, true);
        p->is_telling = true;
    }
}

/* text: what stands behind <title>; the first one counts. */
static void title(struct page *p, struct sgs_slice text)
{
    struct sgs_slice near = sgs_slice_head(text, LONGEST_TITLE);
    size_t end = sgs_slice_ifind(near, SGS_LIT("</title"));
    struct sgs_slice shown = sgs_slice_trim(sgs_slice_head(near, end));

    if (!p->has_title && shown.len > 0 && end < near.len) {
        ev_text(p->ev, SGS_F_PAGE_TITLE, sgs_mask_text(p->a, shown));
        p->has_title = p->is_telling = true;
    }
}

/* "MSIS7042" */
static void code(struct page *p, struct sgs_slice text)
{
    const struct sgs_slice prefix = SGS_LIT("MSIS");

    for (text = from_text(text, prefix); text.len > 0;
         text = from_text(sgs_slice_from(text, prefix.len), prefix)) {
        size_t n = prefix.len;
        while (n < text.len && n < prefix.len + LONGEST_CODE && is_digit(text.ptr[n])) {
            n++;
        }
        if (n > prefix.len + 2) {
            ev_text(p->ev, SGS_F_CODE, sgs_slice_head(text, n));
            p->is_telling = true;
            return;
        }
    }
}

/* What follows the tag: the text of scripts and styles is passed over. */
static struct sgs_slice behind(struct sgs_slice tag, struct sgs_slice rest)
{
    if (is_tag(tag, "script")) {
        return from_text(rest, SGS_LIT("</script"));
    }
    return is_tag(tag, "style") ? from_text(rest, SGS_LIT("</style")) : rest;
}

static void tags(struct page *p, struct sgs_slice text)
{
    const struct sgs_slice comment = SGS_LIT("!--");

    while (text.len > 0) {
        text = sgs_slice_from(text, sgs_slice_chr(text, '<') + 1);
        if (sgs_slice_starts(text, comment)) {
            text = from_text(sgs_slice_from(text, comment.len), SGS_LIT("-->"));
            continue;
        }
        size_t len = tag_len(text);
        struct sgs_slice tag = sgs_slice_head(text, len);
        text = sgs_slice_from(text, len + 1);
        if (is_tag(tag, "title")) {
            title(p, text);
        } else if (is_tag(tag, "input")) {
            input(p, tag);
        }
        text = behind(tag, text);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct page p = {.a = sgs_scratch(l), .ev = sgs_event_open(l, dir, SGS_K_HTML_PAGE)};

    tags(&p, msg);
    code(&p, msg);
    if (!p.is_telling) {
        sgs_drop(p.ev);
        return;
    }
    if (sgs_is_cut(l)) {
        ev_bool(p.ev, SGS_F_CUT, true);
    }
    sgs_emit(p.ev);
}

/* A page is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

/* Whatever nobody knows better. */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    return SGS_MAYBE;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "text/html"            },
    {SGS_BY_MEDIA, "application/xhtml+xml"},
    {0,            NULL                   },
};

SGS_DISSECTOR(webpage) = {
    .name = "webpage",
    .title = "Web pages",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
