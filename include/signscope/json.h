/* JSON read whole (RFC 8259); the library behind it stays in src/base/json.c. */
#ifndef SGS_JSON_H
#define SGS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_json; /* a document; its values are borrowed until sgs_json_free */

enum sgs_json_kind {
    SGS_JSON_NONE,
    SGS_JSON_NULL,
    SGS_JSON_BOOL,
    SGS_JSON_NUMBER,
    SGS_JSON_TEXT,
    SGS_JSON_LIST,
    SGS_JSON_OBJECT
};

/* A value inside a document, by value; kind SGS_JSON_NONE stands for "not there" and is safe
 * everywhere. */
struct sgs_json_value {
    const void *node; /* private */
    enum sgs_json_kind kind;
};

/* Reads text (a BOM is skipped; of members with one name the last counts); NULL when it is no JSON,
 * is cut or passes SGS_MAX_JSON, SGS_MAX_JSON_DEPTH or SGS_MAX_JSON_VALUES. */
struct sgs_json *sgs_json_read(struct sgs_slice text);
void sgs_json_free(struct sgs_json *j); /* accepts NULL */

struct sgs_json_value sgs_json_root(const struct sgs_json *j); /* accepts NULL */

/* Member called name (exact case); NONE when absent or when v is no object. */
struct sgs_json_value sgs_json_member(struct sgs_json_value v, const char *name);
/* Number of members or items. */
size_t sgs_json_size(struct sgs_json_value v);
/* Item i of a list, or the value of member i of an object in document order; *name is set for
 * objects (may be NULL). */
struct sgs_json_value sgs_json_item(struct sgs_json_value v, size_t i, struct sgs_slice *name);
/* Text of TEXT, else empty. */
struct sgs_slice sgs_json_text(struct sgs_json_value v);
/* Number of NUMBER (integers only), BOOL as 0 or 1; else fallback. */
int64_t sgs_json_int(struct sgs_json_value v, int64_t fallback);

#endif
