/*
 * An element of a document as a document of its own.  Namespaces are written as defaults where they
 * change, those of attributes under prefixes that are new in each element, so nothing depends on
 * what stood around it.
 *
 *   <a:x xmlns:a="urn:a" b:c="1">t</a:x>  ->  <x xmlns="urn:a" xmlns:n0="urn:b" n0:c="1">t</x>
 */
#include <signscope/xml.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#define XML_SPACE SGS_LIT("http://www.w3.org/XML/1998/namespace") /* has its prefix for good */

struct writer {
    const struct sgs_xml *x;
    struct sgs_buf out;
    struct sgs_slice spaces[SGS_MAX_XML_DEPTH + 1]; /* the default one at each depth */
    unsigned top;                                   /* depth around the first element */
};

/* Text of an element or a quoted value. */
static void add_text(struct sgs_buf *out, struct sgs_slice text)
{
    static const char *const names[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;",   ['>'] = "&gt;",  ['"'] = "&quot;",
        ['\t'] = "&#9;", ['\n'] = "&#10;", ['\r'] = "&#13;"};
    size_t done = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (names[text.ptr[i]]) {
            (void)sgs_buf_add(out, sgs_slice_from(sgs_slice_head(text, i), done));
            (void)sgs_buf_add_str(out, names[text.ptr[i]]);
            done = i + 1;
        }
    }
    (void)sgs_buf_add(out, sgs_slice_from(text, done));
}

static void add_attribute(struct writer *w, const struct sgs_xml_token *t, size_t number)
{
    if (t->ns.len == 0) {
        (void)sgs_buf_add_octet(&w->out, ' ');
    } else if (sgs_slice_eq(t->ns, XML_SPACE)) {
        (void)sgs_buf_add_str(&w->out, " xml:");
    } else {
        (void)sgs_buf_printf(&w->out, " xmlns:n%zu=\"", number);
        add_text(&w->out, t->ns);
        (void)sgs_buf_printf(&w->out, "\" n%zu:", number);
    }
    (void)sgs_buf_add(&w->out, t->name);
    (void)sgs_buf_add_str(&w->out, "=\"");
    add_text(&w->out, t->text);
    (void)sgs_buf_add_octet(&w->out, '"');
}

/* The START at i with its attributes; gives the index of the last of them. */
static size_t add_start(struct writer *w, size_t i)
{
    const struct sgs_xml_token *t = &w->x->tokens[i];
    unsigned depth = t->depth - w->top;
    size_t first = i;

    (void)sgs_buf_add_octet(&w->out, '<');
    (void)sgs_buf_add(&w->out, t->name);
    if (!sgs_slice_eq(w->spaces[depth - 1], t->ns)) {
        (void)sgs_buf_add_str(&w->out, " xmlns=\"");
        add_text(&w->out, t->ns);
        (void)sgs_buf_add_octet(&w->out, '"');
    }
    w->spaces[depth] = t->ns;
    for (; i + 1 < w->x->n && w->x->tokens[i + 1].kind == SGS_XML_ATTRIBUTE; i++) {
        add_attribute(w, &w->x->tokens[i + 1], i - first);
    }
    (void)sgs_buf_add_octet(&w->out, '>');
    return i;
}

struct sgs_slice sgs_xml_write(const struct sgs_xml *x, size_t i, struct sgs_arena *a)
{
    struct writer w = {.x = x, .top = x->tokens[i].depth - 1};
    size_t end = sgs_xml_close(x, i);
    struct sgs_slice out = {NULL, 0};

    sgs_buf_init(&w.out, SGS_MAX_XML);
    for (; i < x->n && i <= end && !w.out.overflow; i++) {
        const struct sgs_xml_token *t = &x->tokens[i];
        if (t->kind == SGS_XML_START) {
            i = add_start(&w, i);
        } else if (t->kind == SGS_XML_TEXT) {
            add_text(&w.out, t->text);
        } else if (t->kind == SGS_XML_END) {
            (void)sgs_buf_printf(&w.out, "</%.*s>", (int)t->name.len, (const char *)t->name.ptr);
        }
    }
    if (!w.out.overflow) {
        out = sgs_arena_copy(a, sgs_buf_slice(&w.out));
    }
    sgs_buf_clear(&w.out);
    return out;
}
