/*
 * XML 1.0 with namespaces as a row of tokens, read by expat.
 *
 * A document is given to expat once, whole and as the last piece: in pieces long tags cost
 * quadratic time, and without the last flag text before a cut is held back.  A document type
 * declaration ends the reading, so there are no entities but the five of the specification and
 * nothing to expand or fetch.  Handlers write tokens into the arena; the first of them that meets a
 * cap stops the parser, and all that come after it keep still.
 *
 * expat takes neither a label that says UTF-16 on octets that are not (the text was recoded on its
 * way, the label was not), nor windows-1252; both are seen in the field and helped here.
 */
#include <signscope/xml.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

#define SEPARATOR '\n' /* between namespace and local name; no namespace may hold it */
#define FIRST_TOKENS 64u
#define N_SPACES 8u /* namespaces remembered, so that their tokens share one copy */
#define LONGEST_DECLARATION 256u
#define LONGEST_KEPT 65536u /* octets of a document whose parser is used again */
#define LONGEST_KNOWN 8192u /* octets of a document that is remembered */
#define N_KNOWN 64u
#define KNOWN_MEMORY ((size_t)4 * 1024 * 1024) /* octets; one document takes less than half */
#define N_ONCE 256u                            /* documents remembered by their hash alone */

struct walk {
    XML_Parser parser;
    struct sgs_arena *arena;
    struct sgs_xml *out;
    struct sgs_xml_token *tokens;
    size_t size; /* tokens there is room for */
    size_t n_elements;
    size_t n_attributes;
    struct sgs_buf text;
    unsigned depth;                       /* elements open */
    size_t starts[SGS_MAX_XML_DEPTH + 1]; /* their START tokens, by depth */
    struct sgs_slice spaces[N_SPACES];
    size_t next_space;
    bool is_stopped;
};

static void stop(struct walk *w, enum sgs_xml_end end, const char *limit)
{
    if (w->is_stopped) {
        return;
    }
    XML_Index at = XML_GetCurrentByteIndex(w->parser);
    w->is_stopped = true;
    w->out->end = end;
    w->out->limit = limit;
    w->out->offset += at > 0 ? (size_t)at : 0;
    (void)XML_StopParser(w->parser, XML_FALSE);
}

/* Room for one more token; NULL when the arena is full. */
static struct sgs_xml_token *add_token(struct walk *w)
{
    if (w->out->n == w->size) {
        size_t size = w->size ? w->size * 2 : FIRST_TOKENS;
        struct sgs_xml_token *more = sgs_arena_room(w->arena, size * sizeof *more);
        if (!more) {
            stop(w, SGS_XML_LIMIT, "xml.memory");
            return NULL;
        }
        if (w->size > 0) {
            memcpy(more, w->tokens, w->size * sizeof *more);
        }
        w->tokens = more;
        w->size = size;
        w->out->tokens = more;
    }
    return &w->tokens[w->out->n];
}

static bool copy(struct walk *w, struct sgs_slice s, struct sgs_slice *out)
{
    if (s.len > 0) {
        *out = sgs_arena_copy(w->arena, s);
    }
    if (out->len < s.len) {
        stop(w, SGS_XML_LIMIT, "xml.memory");
        return false;
    }
    return true;
}

static bool copy_space(struct walk *w, struct sgs_slice s, struct sgs_slice *out)
{
    for (size_t i = 0; i < N_SPACES; i++) {
        if (s.len > 0 && sgs_slice_eq(w->spaces[i], s)) {
            *out = w->spaces[i];
            return true;
        }
    }
    if (s.len == 0 || !copy(w, s, out)) {
        return s.len == 0;
    }
    w->spaces[w->next_space] = *out;
    w->next_space = (w->next_space + 1) % N_SPACES;
    return true;
}

/* full is "namespace SEPARATOR local" or "local"; text may be empty. */
static bool put(struct walk *w, enum sgs_xml_kind kind, const char *full, struct sgs_slice text)
{
    struct sgs_xml_token *t = add_token(w);
    struct sgs_slice local = sgs_slice_str(full);
    struct sgs_slice space = sgs_slice_head(local, sgs_slice_chr(local, SEPARATOR));

    if (!t) {
        return false;
    }
    if (space.len < local.len) {
        local = sgs_slice_from(local, space.len + 1);
    } else {
        space.len = 0;
    }
    *t = (struct sgs_xml_token){.kind = kind, .depth = w->depth};
    if (!copy_space(w, space, &t->ns) || !copy(w, local, &t->name) || !copy(w, text, &t->text)) {
        return false;
    }
    w->out->n++;
    return true;
}

/* The END of the element at hand, which is called what its START is. */
static void put_end(struct walk *w)
{
    struct sgs_xml_token *t = add_token(w);

    if (t) {
        const struct sgs_xml_token *start = &w->tokens[w->starts[w->depth]];
        *t = (struct sgs_xml_token){
            .kind = SGS_XML_END, .depth = w->depth, .ns = start->ns, .name = start->name};
        w->out->n++;
    }
}

static void flush_text(struct walk *w)
{
    struct sgs_slice text = sgs_buf_slice(&w->text);

    if (text.len == 0) {
        return;
    }
    if (sgs_slice_trim(text).len > 0) {
        (void)put(w, SGS_XML_TEXT, NULL, text);
    }
    sgs_buf_drop(&w->text, text.len);
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct walk *w = user;

    if (w->is_stopped) {
        return;
    }
    flush_text(w);
    if (w->depth == SGS_MAX_XML_DEPTH || ++w->n_elements > SGS_MAX_XML_ELEMENTS) {
        stop(w, SGS_XML_LIMIT, w->depth == SGS_MAX_XML_DEPTH ? "xml.depth" : "xml.elements");
    }
    if (w->is_stopped) {
        return;
    }
    w->starts[++w->depth] = w->out->n;
    if (!put(w, SGS_XML_START, name, (struct sgs_slice){NULL, 0})) {
        return;
    }
    for (size_t i = 0; attributes[i]; i += 2) {
        if (++w->n_attributes > SGS_MAX_XML_ATTRIBUTES) {
            stop(w, SGS_XML_LIMIT, "xml.attributes");
            return;
        }
        if (!put(w, SGS_XML_ATTRIBUTE, attributes[i], sgs_slice_str(attributes[i + 1]))) {
            return;
        }
    }
}

static void on_end(void *user, const XML_Char *name)
{
    struct walk *w = user;

    if (w->is_stopped) {
        return;
    }
    flush_text(w);
    if (!w->is_stopped) {
        put_end(w);
        w->depth--;
    }
}

static void on_text(void *user, const XML_Char *text, int len)
{
    struct walk *w = user;

    if (!w->is_stopped && len > 0 && !sgs_buf_add(&w->text, sgs_slice(text, (size_t)len))) {
        sgs_buf_drop(&w->text, w->text.len);
        stop(w, SGS_XML_LIMIT, "xml.text");
    }
}

/* A long namespace is copied once for each attribute that has it, before on_start sees them. */
static void on_space(void *user, const XML_Char *prefix, const XML_Char *uri)
{
    if (sgs_slice_str(uri).len > SGS_MAX_XML_NAMESPACE) {
        stop(user, SGS_XML_LIMIT, "xml.namespace");
    }
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int has_subset)
{
    stop(user, SGS_XML_DTD, NULL);
}

static int on_encoding(void *user, const XML_Char *name, XML_Encoding *info)
{
    static const uint16_t from_0x80[32] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
    };
    struct sgs_slice label = sgs_slice_str(name);

    if (!sgs_slice_ieq(label, SGS_LIT("windows-1252")) &&
        !sgs_slice_ieq(label, SGS_LIT("cp1252"))) {
        return XML_STATUS_ERROR;
    }
    for (int i = 0; i < 256; i++) {
        bool is_moved = i >= 0x80 && i < 0xa0;
        info->map[i] = !is_moved ? i : from_0x80[i - 0x80] ? from_0x80[i - 0x80] : -1;
    }
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

/* True if the octets are not UTF-16 but their declaration says so. */
static bool has_wrong_label(struct sgs_slice document)
{
    struct sgs_slice head = sgs_slice_head(document, LONGEST_DECLARATION);

    if (!sgs_slice_starts(head, SGS_LIT("<?xml"))) {
        return false;
    }
    head = sgs_slice_head(head, sgs_slice_chr(head, '>'));
    head = sgs_slice_from(head, sgs_slice_find(head, SGS_LIT("encoding")));
    return sgs_slice_ifind(head, SGS_LIT("utf-16")) < head.len ||
           sgs_slice_ifind(head, SGS_LIT("ucs-2")) < head.len;
}

static void parse(struct walk *w, struct sgs_slice document)
{
    XML_SetUserData(w->parser, w);
    XML_SetElementHandler(w->parser, on_start, on_end);
    XML_SetCharacterDataHandler(w->parser, on_text);
    XML_SetStartNamespaceDeclHandler(w->parser, on_space);
    XML_SetStartDoctypeDeclHandler(w->parser, on_doctype);
    XML_SetUnknownEncodingHandler(w->parser, on_encoding, NULL);
    if (XML_Parse(w->parser, (const char *)document.ptr, (int)document.len, XML_TRUE)) {
        return;
    }
    enum XML_Error e = XML_GetErrorCode(w->parser);
    if (e == XML_ERROR_NO_ELEMENTS || e == XML_ERROR_UNCLOSED_TOKEN ||
        e == XML_ERROR_PARTIAL_CHAR || e == XML_ERROR_UNCLOSED_CDATA_SECTION) {
        flush_text(w);
        if (!w->is_stopped) {
            w->out->end = SGS_XML_CUT;
        }
        return;
    }
    if (e == XML_ERROR_NO_MEMORY) {
        stop(w, SGS_XML_LIMIT, "xml.memory");
    }
    stop(w, SGS_XML_WRONG, NULL);
    flush_text(w);
}

/* A parser of a document before, for the next one: it keeps the memory it has needed so far. */
static XML_Parser spare;

static void free_spare(void)
{
    XML_ParserFree(spare);
}

/* A parser in its first state; encoding: NULL when the document tells. */
static XML_Parser take_parser(const char *encoding)
{
    static bool is_known;
    XML_Parser parser = spare;

    if (!is_known && atexit(free_spare) != 0) {
        sgs_die("out of memory");
    }
    is_known = true;
    spare = NULL;
    if (!parser || !XML_ParserReset(parser, encoding)) {
        XML_ParserFree(parser);
        parser = XML_ParserCreateNS(encoding, SEPARATOR);
    }
    if (!parser) {
        sgs_die("out of memory");
    }
    /* else expat asks the system for each document */
    (void)XML_SetHashSalt(parser, (unsigned long)sgs_map_salt());
    return parser;
}

static void give_back(XML_Parser parser, size_t document_len)
{
    if (document_len > LONGEST_KEPT) {
        XML_ParserFree(parser);
    } else {
        spare = parser;
    }
}

static void read_anew(struct sgs_slice document, struct sgs_arena *a, struct sgs_xml *out)
{
    bool is_long = document.len > SGS_MAX_XML;
    bool has_bom = sgs_slice_starts(document, SGS_LIT("\xef\xbb\xbf"));
    struct walk w = {.arena = a, .out = out};

    *out = (struct sgs_xml){.end = SGS_XML_WHOLE, .offset = has_bom ? 3 : 0};
    document = sgs_slice_from(sgs_slice_head(document, SGS_MAX_XML), out->offset);
    w.parser = take_parser(has_bom || has_wrong_label(document) ? "utf-8" : NULL);
    sgs_buf_init(&w.text, SGS_MAX_XML_TEXT);
    parse(&w, document);
    sgs_buf_clear(&w.text);
    give_back(w.parser, document.len);
    if (is_long && out->end == SGS_XML_CUT) {
        out->end = SGS_XML_LIMIT;
        out->limit = "xml.octets";
        out->offset = SGS_MAX_XML;
    }
    if (out->end == SGS_XML_WHOLE || out->end == SGS_XML_CUT) {
        out->offset = 0;
    }
}

/*
 * Documents that came twice: services tell each client the same, and what was read is not read
 * again.  They stay, so whoever has their tokens may keep them; when there is no more room the next
 * ones are not remembered.
 */
static struct {
    struct sgs_arena memory;
    size_t n;
    struct known {
        uint64_t hash;
        struct sgs_slice document;
        struct sgs_xml x;
    } rows[N_KNOWN];
    uint64_t once[N_ONCE]; /* hashes of documents that came once lately */
} known;

static const struct known *known_find(uint64_t hash, struct sgs_slice document)
{
    for (size_t i = 0; i < known.n; i++) {
        if (known.rows[i].hash == hash && sgs_slice_eq(known.rows[i].document, document)) {
            return &known.rows[i];
        }
    }
    return NULL;
}

static void free_known(void)
{
    sgs_arena_clear(&known.memory);
    known.n = 0;
}

/* Remembers a document that is well formed and was not known. */
static void known_add(uint64_t hash, struct sgs_slice document)
{
    uint64_t *once = &known.once[hash % N_ONCE];
    struct known row = {.hash = hash};

    if (*once != hash || known.n == N_KNOWN || known.memory.used > KNOWN_MEMORY / 2) {
        *once = hash;
        return;
    }
    if (known.memory.cap == 0) {
        sgs_arena_init(&known.memory, KNOWN_MEMORY);
        (void)atexit(free_known);
    }
    row.document = sgs_arena_copy(&known.memory, document);
    if (row.document.len == document.len) {
        read_anew(document, &known.memory, &row.x);
    }
    if (row.x.n > 0 && row.x.end == SGS_XML_WHOLE) {
        known.rows[known.n++] = row;
    }
}

void sgs_xml_read(struct sgs_slice document, struct sgs_arena *a, struct sgs_xml *out)
{
    bool is_short = document.len > 0 && document.len <= LONGEST_KNOWN;
    uint64_t hash = is_short ? sgs_map_hash(document) : 0;
    const struct known *k = is_short ? known_find(hash, document) : NULL;

    if (k) {
        *out = k->x;
        return;
    }
    read_anew(document, a, out);
    if (is_short && out->end == SGS_XML_WHOLE) {
        known_add(hash, document);
    }
}

struct sgs_xml sgs_xml_part(const struct sgs_xml *x, size_t i)
{
    size_t close = sgs_xml_close(x, i);
    bool is_whole = close < x->n;

    return (struct sgs_xml){.tokens = x->tokens + i,
                            .n = (is_whole ? close + 1 : x->n) - i,
                            .end = is_whole ? SGS_XML_WHOLE : SGS_XML_CUT};
}

struct sgs_slice sgs_xml_text(const struct sgs_xml *x, size_t i)
{
    size_t close = sgs_xml_close(x, i);

    for (size_t at = i + 1; at < close; at++) {
        const struct sgs_xml_token *t = &x->tokens[at];
        if (t->kind == SGS_XML_TEXT && t->depth == x->tokens[i].depth) {
            return sgs_slice_trim(t->text);
        }
    }
    return (struct sgs_slice){NULL, 0};
}

struct sgs_slice sgs_xml_attribute(const struct sgs_xml *x, size_t i, const char *name)
{
    for (size_t at = i + 1; at < x->n && x->tokens[at].kind == SGS_XML_ATTRIBUTE; at++) {
        if (sgs_slice_eq(x->tokens[at].name, sgs_slice_str(name))) {
            return x->tokens[at].text;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

size_t sgs_xml_close(const struct sgs_xml *x, size_t i)
{
    for (size_t at = i + 1; at < x->n; at++) {
        if (x->tokens[at].kind == SGS_XML_END && x->tokens[at].depth == x->tokens[i].depth) {
            return at;
        }
    }
    return x->n;
}

size_t sgs_xml_find(const struct sgs_xml *x, size_t from, size_t to, const char *name)
{
    for (size_t at = from; at < to && at < x->n; at++) {
        if (x->tokens[at].kind == SGS_XML_START &&
            sgs_slice_eq(x->tokens[at].name, sgs_slice_str(name))) {
            return at;
        }
    }
    return to;
}

size_t sgs_xml_child(const struct sgs_xml *x, size_t parent, size_t from)
{
    for (size_t at = from > parent ? from : parent + 1; at < x->n; at++) {
        const struct sgs_xml_token *t = &x->tokens[at];
        if (t->depth <= x->tokens[parent].depth && t->kind == SGS_XML_END) {
            return x->n;
        }
        if (t->kind == SGS_XML_START && t->depth == x->tokens[parent].depth + 1) {
            return at;
        }
    }
    return x->n;
}

size_t sgs_xml_child_named(const struct sgs_xml *x, size_t parent, const char *name)
{
    size_t i = parent < x->n ? sgs_xml_child(x, parent, parent + 1) : x->n;

    while (i < x->n && !sgs_slice_eq(x->tokens[i].name, sgs_slice_str(name))) {
        i = sgs_xml_child(x, parent, i + 1);
    }
    return i;
}

size_t sgs_xml_inside(const struct sgs_xml *x, size_t parent, const char *name)
{
    if (parent >= x->n) {
        return x->n;
    }
    size_t end = sgs_xml_close(x, parent);
    size_t i = sgs_xml_find(x, parent + 1, end, name);
    return i < end ? i : x->n;
}

struct sgs_slice sgs_xml_text_inside(const struct sgs_xml *x, size_t parent, const char *name)
{
    size_t i = sgs_xml_inside(x, parent, name);

    return i < x->n ? sgs_xml_text(x, i) : (struct sgs_slice){NULL, 0};
}
