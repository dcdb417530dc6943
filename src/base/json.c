/*
 * JSON read whole (RFC 8259), by jansson.
 *
 * The document of the library is kept for its texts and names.  Beside it stands a tree of nodes,
 * in which the items of a list or object lie in one array, so that they can be read by number; the
 * library would walk an object from its start for each.  Depth and number of values are capped
 * before the library sees a document, by a look at its brackets and commas.
 */
#include <signscope/json.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <signscope/limits.h>

#include "base/mem.h"

struct node {
    enum sgs_json_kind kind;
    struct sgs_slice name; /* of a member; borrowed from the library's document */
    struct sgs_slice text; /* of TEXT; borrowed likewise */
    int64_t number;        /* of BOOL, and of NUMBER when is_integer */
    bool is_integer;
    const struct node *items; /* of LIST and OBJECT */
    size_t n;
};

struct sgs_json {
    json_t *document;
    struct node *nodes; /* all of them; the root first, the items of one value side by side */
    size_t n;
};

/* True if brackets and commas outside strings promise no more than the caps; *n_values is at least
 * the number of values then. */
static bool is_within_caps(struct sgs_slice text, size_t *n_values)
{
    size_t depth = 0;
    bool in_string = false;

    *n_values = 1;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"') {
            in_string = !in_string;
        }
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            continue;
        }
        bool opens = c == '[' || c == '{';
        bool closes = c == ']' || c == '}';
        depth += opens ? 1 : 0;
        depth -= closes && depth > 0 ? 1 : 0;
        *n_values += opens || c == ',' ? 1 : 0;
        if (depth > SGS_MAX_JSON_DEPTH || *n_values > SGS_MAX_JSON_VALUES) {
            return false;
        }
    }
    return true;
}

static enum sgs_json_kind kind_of(const json_t *v)
{
    static const enum sgs_json_kind kinds[] = {
        [JSON_OBJECT] = SGS_JSON_OBJECT, [JSON_ARRAY] = SGS_JSON_LIST,
        [JSON_STRING] = SGS_JSON_TEXT,   [JSON_INTEGER] = SGS_JSON_NUMBER,
        [JSON_REAL] = SGS_JSON_NUMBER,   [JSON_TRUE] = SGS_JSON_BOOL,
        [JSON_FALSE] = SGS_JSON_BOOL,    [JSON_NULL] = SGS_JSON_NULL,
    };

    return kinds[json_typeof(v)];
}

static void fill(struct sgs_json *j, struct node *to, json_t *v);

/* The items lie side by side, so their places are taken before the first of them is filled. */
static struct node *take(struct sgs_json *j, size_t n)
{
    struct node *first = &j->nodes[j->n];

    j->n += n;
    return first;
}

static void fill_list(struct sgs_json *j, struct node *to, json_t *v)
{
    struct node *items = take(j, json_array_size(v));

    to->n = json_array_size(v);
    to->items = items;
    for (size_t i = 0; i < to->n; i++) {
        fill(j, &items[i], json_array_get(v, i));
    }
}

static void fill_object(struct sgs_json *j, struct node *to, json_t *v)
{
    struct node *items = take(j, json_object_size(v));
    size_t i = 0;

    to->n = json_object_size(v);
    to->items = items;
    for (void *at = json_object_iter(v); at; at = json_object_iter_next(v, at)) {
        fill(j, &items[i], json_object_iter_value(at));
        items[i].name = sgs_slice(json_object_iter_key(at), json_object_iter_key_len(at));
        i++;
    }
}

static void fill(struct sgs_json *j, struct node *to, json_t *v)
{
    *to = (struct node){.kind = kind_of(v)};
    if (json_is_object(v)) {
        fill_object(j, to, v);
    }
    if (json_is_array(v)) {
        fill_list(j, to, v);
    }
    if (json_is_string(v)) {
        to->text = sgs_slice(json_string_value(v), json_string_length(v));
    }
    if (json_is_integer(v) || json_is_boolean(v)) {
        to->is_integer = true;
        to->number = json_is_integer(v) ? json_integer_value(v) : json_is_true(v);
    }
}

struct sgs_json *sgs_json_read(struct sgs_slice text)
{
    size_t n_values;
    json_error_t why;

    if (sgs_slice_starts(text, SGS_LIT("\xef\xbb\xbf"))) {
        text = sgs_slice_from(text, 3);
    }
    if (sgs_slice_starts(sgs_slice_trim(text), SGS_LIT("<"))) {
        return NULL; /* XML, which some callers have under the same name: not worth a walk */
    }
    if (text.len == 0 || text.len > SGS_MAX_JSON || !is_within_caps(text, &n_values)) {
        return NULL;
    }
    json_t *document =
        json_loadb((const char *)text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!document) {
        return NULL;
    }
    struct sgs_json *j = sgs_xmalloc(sizeof *j);
    *j = (struct sgs_json){.document = document, .nodes = sgs_xcalloc(n_values, sizeof *j->nodes)};
    fill(j, take(j, 1), document);
    return j;
}

void sgs_json_free(struct sgs_json *j)
{
    if (j) {
        json_decref(j->document);
        free(j->nodes);
        free(j);
    }
}

static struct sgs_json_value value_of(const struct node *n)
{
    return (struct sgs_json_value){n, n->kind};
}

static const struct sgs_json_value nothing = {NULL, SGS_JSON_NONE};

struct sgs_json_value sgs_json_root(const struct sgs_json *j)
{
    return j ? value_of(j->nodes) : nothing;
}

struct sgs_json_value sgs_json_member(struct sgs_json_value v, const char *name)
{
    const struct node *n = v.node;

    for (size_t i = 0; v.kind == SGS_JSON_OBJECT && i < n->n; i++) {
        if (sgs_slice_eq(n->items[i].name, sgs_slice_str(name))) {
            return value_of(&n->items[i]);
        }
    }
    return nothing;
}

size_t sgs_json_size(struct sgs_json_value v)
{
    const struct node *n = v.node;

    return n ? n->n : 0;
}

struct sgs_json_value sgs_json_item(struct sgs_json_value v, size_t i, struct sgs_slice *name)
{
    const struct node *n = v.node;

    if (!n || i >= n->n) {
        return nothing;
    }
    if (name && v.kind == SGS_JSON_OBJECT) {
        *name = n->items[i].name;
    }
    return value_of(&n->items[i]);
}

struct sgs_slice sgs_json_text(struct sgs_json_value v)
{
    const struct node *n = v.node;

    return n ? n->text : (struct sgs_slice){NULL, 0};
}

int64_t sgs_json_int(struct sgs_json_value v, int64_t fallback)
{
    const struct node *n = v.node;

    return n && n->is_integer ? n->number : fallback;
}
