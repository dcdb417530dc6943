/*
 * XML as a row of tokens.  DTDs are refused, nothing is fetched, depth, elements and text are
 * capped.  A document that is cut (by a gap or the end of a body) gives all tokens before the cut.
 */
#ifndef SGS_XML_H
#define SGS_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/slice.h>

enum sgs_xml_kind { SGS_XML_START, SGS_XML_ATTRIBUTE, SGS_XML_TEXT, SGS_XML_END };

/* Attributes follow their START; the text of an element between two tags is one TEXT, untrimmed,
 * never empty or all blank. */
struct sgs_xml_token {
    enum sgs_xml_kind kind;
    unsigned depth;        /* of the element it belongs to; the root has 1 */
    struct sgs_slice ns;   /* namespace URI; empty when none; of START, END, ATTRIBUTE */
    struct sgs_slice name; /* local name of START, END, ATTRIBUTE */
    struct sgs_slice text; /* value of ATTRIBUTE, TEXT */
};

enum sgs_xml_end {
    SGS_XML_WHOLE, /* the document is well formed */
    SGS_XML_CUT,   /* it ends too early */
    SGS_XML_WRONG, /* not well formed; tokens before that place stand */
    SGS_XML_DTD,   /* it has a document type declaration: refused */
    SGS_XML_LIMIT  /* a cap was reached; tokens before that stand */
};

struct sgs_xml {
    const struct sgs_xml_token *tokens; /* in the arena, or there for good */
    size_t n;
    enum sgs_xml_end end;
    const char *limit; /* "xml.depth", ... when end is SGS_XML_LIMIT */
    size_t offset;     /* octets before the place of WRONG, DTD or LIMIT */
};

/* Reads a document whole.  Never fails: *out tells how far it came.  Tokens live in the arena;
 * those of documents that come often live longer. */
void sgs_xml_read(struct sgs_slice document, struct sgs_arena *a, struct sgs_xml *out);

#define SGS_XML_ROOT_LEN 64 /* octets, with the NUL, of the names that sgs_xml_root gives */

/*
 * Local name of the first element, without reading the document: of UTF-8 and UTF-16, behind a byte
 * order mark, declarations and comments.  Empty: there is none in head, text stands in front of it,
 * or it is longer.  Gives out.
 */
const char *sgs_xml_root(struct sgs_slice head, char out[SGS_XML_ROOT_LEN]);

/* The START at i with all that is in it, up to where the document was cut: WHOLE or CUT, with the
 * tokens of x. */
struct sgs_xml sgs_xml_part(const struct sgs_xml *x, size_t i);

/* Text directly inside the START token at index i (its first TEXT at the same depth), trimmed;
 * empty when none. */
struct sgs_slice sgs_xml_text(const struct sgs_xml *x, size_t i);

/* Value of the attribute called name of the START at index i; empty when none. */
struct sgs_slice sgs_xml_attribute(const struct sgs_xml *x, size_t i, const char *name);

/* Index of the END that closes the START at i, or x->n when it was cut. */
size_t sgs_xml_close(const struct sgs_xml *x, size_t i);

/* Index of the next START called name at or after from and before to, or to. */
size_t sgs_xml_find(const struct sgs_xml *x, size_t from, size_t to, const char *name);

/* Index of the next child START (any name) of the START at parent, at or after from (parent + 1 at
 * first), or x->n. */
size_t sgs_xml_child(const struct sgs_xml *x, size_t parent, size_t from);

/* The first child of the START at parent that is called name, and the first START called so
 * anywhere inside it; x->n when there is none, or parent is x->n. */
size_t sgs_xml_child_named(const struct sgs_xml *x, size_t parent, const char *name);
size_t sgs_xml_inside(const struct sgs_xml *x, size_t parent, const char *name);

/* Text of the first element called name inside the START at parent; empty when there is none. */
struct sgs_slice sgs_xml_text_inside(const struct sgs_xml *x, size_t parent, const char *name);

/*
 * The START at i with all that is in it, up to where the document was cut, as a document of its own
 * in the arena: UTF-8, the same names and namespaces, other prefixes.  Empty beyond SGS_MAX_XML.
 */
struct sgs_slice sgs_xml_write(const struct sgs_xml *x, size_t i, struct sgs_arena *a);

#endif
