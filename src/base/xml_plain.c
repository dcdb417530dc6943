/*
 * A short way through documents of XML that have nothing special: most of what a sign-in brings.
 *
 * Only a document that is well formed, whole, of ASCII, and made of tags, attributes, text and the
 * five entities is read here, ten times as fast as expat does; at the first octet that is anything
 * else (a comment, CDATA, a reference by number, a tab in an attribute, a fault, a cap) all is left
 * to expat, which begins anew.  So what is refused here need not be told why, and what is accepted
 * must be what expat would have said.  Tokens point into one copy of the document; entities and
 * ends of lines are rewritten in it, where they only become shorter.
 */
#include "base/xml_plain.h"

#include <stdint.h>
#include <string.h>

#include <signscope/limits.h>

#define FIRST_TOKENS 64u
#define MOST_ATTRIBUTES 32u /* of one element: they are compared pair by pair */
#define MOST_SPACES 64u     /* declarations of namespaces that hold at one place */

enum { BEGINS_NAME = 1, IN_NAME = 2, IS_SPACE = 4, IN_TEXT = 8, IN_VALUE = 16 };

/* What an octet may be; others than ASCII nothing. */
static const uint8_t classes[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 12, 0, 0, 4, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    28, 24, 8, 24, 24, 24, 0, 8, 24, 24, 24, 24, 24, 26, 26, 24,
    26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 24, 24, 0, 24, 24, 24,
    24, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27,
    27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 24, 24, 16, 24, 27,
    24, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27,
    27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 24, 24, 24, 24, 0,
    /* clang-format on */
};

struct space {
    struct sgs_slice prefix;
    struct sgs_slice uri;
};

struct element {
    struct sgs_slice tag; /* name as it is written */
    struct sgs_slice ns;
    struct sgs_slice name;
    size_t n_spaces; /* that held before it */
};

struct attribute {
    struct sgs_slice prefix;
    struct sgs_slice name;
    struct sgs_slice value;
    struct sgs_slice ns;
    bool declares; /* a namespace */
};

struct scan {
    uint8_t *at; /* a NUL, which is in no class, stands at the end */
    struct sgs_arena *arena;
    struct sgs_xml_token *tokens;
    size_t n;
    size_t size; /* tokens there is room for */
    size_t n_elements;
    size_t n_attributes;
    unsigned depth;
    struct element open[SGS_MAX_XML_DEPTH];
    struct space spaces[MOST_SPACES];
    size_t n_spaces;
};

static inline bool is(const uint8_t *at, unsigned class)
{
    return classes[*at] & class;
}

static bool skip_spaces(struct scan *s)
{
    const uint8_t *from = s->at;

    while (is(s->at, IS_SPACE)) {
        s->at++;
    }
    return s->at > from;
}

static bool skip(struct scan *s, const char *text)
{
    size_t n = strlen(text);

    if (strncmp((const char *)s->at, text, n) != 0) {
        return false;
    }
    s->at += n;
    return true;
}

static struct sgs_xml_token *add(struct scan *s, enum sgs_xml_kind kind)
{
    if (s->n == s->size) {
        size_t size = s->size ? 2 * s->size : FIRST_TOKENS;
        struct sgs_xml_token *more = sgs_arena_room(s->arena, size * sizeof *more);
        if (!more) {
            return NULL;
        }
        if (s->n > 0) {
            memcpy(more, s->tokens, s->n * sizeof *more);
        }
        s->tokens = more;
        s->size = size;
    }
    s->tokens[s->n] = (struct sgs_xml_token){.kind = kind, .depth = s->depth};
    return &s->tokens[s->n++];
}

/* The octet that the reference at p stands for, and the octets of the reference; else '\0'. */
static uint8_t entity(const uint8_t *p, size_t *len)
{
    static const struct {
        const char *text;
        uint8_t len;
        uint8_t octet;
    } entities[] = {
        {"&lt;",   4, '<' },
        {"&gt;",   4, '>' },
        {"&amp;",  5, '&' },
        {"&quot;", 6, '"' },
        {"&apos;", 6, '\''},
    };

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (strncmp((const char *)p, entities[i].text, entities[i].len) == 0) {
            *len = entities[i].len;
            return entities[i].octet;
        }
    }
    return '\0';
}

/* From p to end, entities and ends of lines rewritten. */
static struct sgs_slice decoded(uint8_t *p, const uint8_t *end)
{
    uint8_t *to = p;

    for (const uint8_t *from = p; from < end;) {
        size_t len = 1;
        uint8_t octet = *from;
        if (octet == '&') {
            octet = entity(from, &len);
        } else if (octet == '\r') {
            len = from[1] == '\n' ? 2 : 1;
            octet = '\n';
        }
        *to++ = octet;
        from += len;
    }
    return sgs_slice(p, (size_t)(to - p));
}

/* Goes to the end of what class holds, entities and more included; *is_coded: some are there. */
static bool run(struct scan *s, unsigned class, const char *more, bool *is_coded)
{
    for (;;) {
        size_t len = 1;
        while (is(s->at, class)) {
            s->at++;
        }
        if (*s->at == '&') {
            if (!entity(s->at, &len)) {
                return false;
            }
            *is_coded = true;
        } else if (*s->at == '\0' || !strchr(more, *s->at)) {
            return true;
        }
        *is_coded = *is_coded || *s->at == '\r';
        s->at += len;
    }
}

/* Up to the next tag. */
static bool text(struct scan *s)
{
    uint8_t *from = s->at;
    bool is_coded = false;

    (void)skip_spaces(s);
    if (*s->at == '<') {
        return true;
    }
    s->at = from;
    if (!run(s, IN_TEXT, "\r]", &is_coded) || *s->at != '<') {
        return false;
    }
    struct sgs_slice all = sgs_slice(from, (size_t)(s->at - from));
    struct sgs_xml_token *t = add(s, SGS_XML_TEXT);
    if (!t || all.len > SGS_MAX_XML_TEXT || sgs_slice_find(all, SGS_LIT("]]>")) < all.len) {
        return false;
    }
    t->text = is_coded ? decoded(from, s->at) : all;
    return true;
}

static bool plain_name(struct scan *s, struct sgs_slice *name)
{
    const uint8_t *from = s->at;

    if (!is(s->at, BEGINS_NAME)) {
        return false;
    }
    while (is(s->at, IN_NAME)) {
        s->at++;
    }
    *name = sgs_slice(from, (size_t)(s->at - from));
    return true;
}

/* name or prefix:name */
static bool full_name(struct scan *s, struct sgs_slice *prefix, struct sgs_slice *name)
{
    *prefix = (struct sgs_slice){NULL, 0};
    if (!plain_name(s, name)) {
        return false;
    }
    if (*s->at != ':') {
        return true;
    }
    s->at++;
    *prefix = *name;
    return plain_name(s, name) && *s->at != ':';
}

/* name="value" */
static bool attribute(struct scan *s, struct attribute *a)
{
    bool is_coded = false;

    if (!full_name(s, &a->prefix, &a->name)) {
        return false;
    }
    (void)skip_spaces(s);
    if (!skip(s, "=")) {
        return false;
    }
    (void)skip_spaces(s);
    uint8_t quote = *s->at++;
    uint8_t *from = s->at;
    if ((quote != '"' && quote != '\'') ||
        !run(s, IN_VALUE, quote == '"' ? "'" : "\"", &is_coded) || *s->at != quote) {
        return false;
    }
    a->value = is_coded ? decoded(from, s->at) : sgs_slice(from, (size_t)(s->at - from));
    s->at++;
    return true;
}

/* Namespaces in XML 1.0, section 3: reserved names, and prefixes that are bound to nothing. */
static bool declare(struct scan *s, const struct attribute *a)
{
    struct sgs_slice prefix = a->prefix.len > 0 ? a->name : a->prefix;

    if (s->n_spaces == MOST_SPACES || a->value.len > SGS_MAX_XML_NAMESPACE ||
        (prefix.len > 0 && a->value.len == 0) || sgs_slice_istarts(prefix, SGS_LIT("xml")) ||
        sgs_slice_find(a->value, SGS_LIT("/XML/1998/namespace")) < a->value.len ||
        sgs_slice_find(a->value, SGS_LIT("/2000/xmlns/")) < a->value.len) {
        return false;
    }
    s->spaces[s->n_spaces++] = (struct space){prefix, a->value};
    return true;
}

/* The namespace that prefix stands for here; of no prefix also none. */
static bool resolve(const struct scan *s, struct sgs_slice prefix, struct sgs_slice *ns)
{
    *ns = (struct sgs_slice){NULL, 0};
    for (size_t i = s->n_spaces; i-- > 0;) {
        if (sgs_slice_eq(s->spaces[i].prefix, prefix)) {
            *ns = s->spaces[i].uri;
            return true;
        }
    }
    return prefix.len == 0;
}

static bool are_different(const struct attribute *a, const struct attribute *b)
{
    return a->declares != b->declares || !sgs_slice_eq(a->name, b->name) ||
           (a->declares ? a->prefix.len != b->prefix.len : !sgs_slice_eq(a->ns, b->ns));
}

/* Those that stand in a tag, up to its end; their number, or more than there is room for. */
static size_t read_attributes(struct scan *s, struct attribute *list)
{
    size_t n = 0;

    while (skip_spaces(s) && *s->at != '>' && *s->at != '/') {
        struct attribute *a = &list[n++];
        if (n > MOST_ATTRIBUTES || !attribute(s, a)) {
            return MOST_ATTRIBUTES + 1;
        }
        struct sgs_slice first = a->prefix.len > 0 ? a->prefix : a->name;
        a->declares = sgs_slice_eq(first, SGS_LIT("xmlns"));
        if (a->declares && !declare(s, a)) {
            return MOST_ATTRIBUTES + 1;
        }
    }
    return n;
}

static bool put_attributes(struct scan *s, struct attribute *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct attribute *a = &list[i];
        a->ns = (struct sgs_slice){NULL, 0};
        if (!a->declares && a->prefix.len > 0 && !resolve(s, a->prefix, &a->ns)) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (!are_different(a, &list[k])) {
                return false;
            }
        }
        if (a->declares) {
            continue;
        }
        struct sgs_xml_token *t = add(s, SGS_XML_ATTRIBUTE);
        if (!t || ++s->n_attributes > SGS_MAX_XML_ATTRIBUTES) {
            return false;
        }
        t->ns = a->ns;
        t->name = a->name;
        t->text = a->value.len > 0 ? a->value : (struct sgs_slice){NULL, 0};
    }
    return true;
}

static bool end_element(struct scan *s)
{
    const struct element *e = &s->open[s->depth - 1];
    struct sgs_xml_token *t = add(s, SGS_XML_END);

    if (!t) {
        return false;
    }
    t->ns = e->ns;
    t->name = e->name;
    s->n_spaces = e->n_spaces;
    s->depth--;
    return true;
}

/* From behind '<' to behind '>'. */
static bool start_tag(struct scan *s)
{
    struct attribute list[MOST_ATTRIBUTES + 1];
    const uint8_t *from = s->at;
    struct sgs_slice prefix;

    if (s->depth == SGS_MAX_XML_DEPTH || ++s->n_elements > SGS_MAX_XML_ELEMENTS) {
        return false;
    }
    struct element *e = &s->open[s->depth++];
    e->n_spaces = s->n_spaces;
    if (!full_name(s, &prefix, &e->name)) {
        return false;
    }
    e->tag = sgs_slice(from, (size_t)(s->at - from));
    size_t n = read_attributes(s, list);
    struct sgs_xml_token *t = add(s, SGS_XML_START);
    if (n > MOST_ATTRIBUTES || !t || !resolve(s, prefix, &e->ns)) {
        return false;
    }
    t->ns = e->ns;
    t->name = e->name;
    if (!put_attributes(s, list, n)) {
        return false;
    }
    return skip(s, "/>") ? end_element(s) : skip(s, ">");
}

/* From behind "</" to behind '>'. */
static bool end_tag(struct scan *s)
{
    struct sgs_slice tag = s->open[s->depth - 1].tag;

    if (strncmp((const char *)s->at, (const char *)tag.ptr, tag.len) != 0) {
        return false;
    }
    s->at += tag.len;
    (void)skip_spaces(s);
    return skip(s, ">") && end_element(s);
}

/* An optional declaration of what is read here anyway; UTF-16 is what labels say that were left as
 * they were when the text was recoded. */
static bool declaration(struct scan *s)
{
    static const char *const encodings[] = {" encoding=\"utf-8\"", " encoding=\"UTF-8\"",
                                            " encoding=\"utf-16\""};

    if (!skip(s, "<?xml version=\"1.0\"")) {
        return true;
    }
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        if (skip(s, encodings[i])) {
            break;
        }
    }
    (void)skip_spaces(s);
    return skip(s, "?>");
}

static bool root(struct scan *s)
{
    if (!skip(s, "<") || !start_tag(s)) {
        return false;
    }
    while (s->depth > 0) {
        if (!text(s)) {
            return false;
        }
        s->at++;
        if (!(skip(s, "/") ? end_tag(s) : start_tag(s))) {
            return false;
        }
    }
    return true;
}

static bool whole(struct scan *s)
{
    if (!declaration(s)) {
        return false;
    }
    (void)skip_spaces(s);
    if (!root(s)) {
        return false;
    }
    (void)skip_spaces(s);
    return true;
}

bool sgs_xml_read_plain(struct sgs_slice document, struct sgs_arena *a, struct sgs_xml *out)
{
    struct sgs_arena_mark before = sgs_arena_now(a);
    struct scan s;

    if (document.len == 0 || document.ptr[0] != '<') {
        return false;
    }
    uint8_t *octets = (uint8_t *)sgs_arena_text(a, document);
    if (!octets) {
        return false;
    }
    s.at = octets;
    s.arena = a;
    s.tokens = NULL;
    s.n = s.size = s.n_elements = s.n_attributes = s.n_spaces = 0;
    s.depth = 0;
    if (!whole(&s) || s.at != octets + document.len) {
        sgs_arena_rewind(a, before);
        return false;
    }
    *out = (struct sgs_xml){.tokens = s.tokens, .n = s.n, .end = SGS_XML_WHOLE};
    return true;
}
