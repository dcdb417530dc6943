/* Conditions over sign-ins: a tree made by recursive descent, and what it says of one. */
#include <signscope/query.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/clock.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "signin/cond.h"

#define DAY (86400 * SGS_SEC)

enum kind { TEXT, NUMBER, TIME, DURATION };

enum field {
#define FIELD(id, name, kind) Q_##id,
#include "findings/query.def"
#undef FIELD
    N_QUERY_FIELDS
};

static const struct {
    const char *name;
    enum kind kind;
} fields[] = {
#define FIELD(id, name, kind) {name, kind},
#include "findings/query.def"
#undef FIELD
};

enum op {
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_HAS,
    OP_EQ,
    OP_NE,
    OP_LIKE,
    OP_UNLIKE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE
};

struct node {
    enum op op;
    size_t left, right; /* of AND, OR and (left alone) NOT */
    enum field field;
    const char *text; /* the value, ours */
    int64_t number;   /* what it means, where the field is no text */
    bool is_of_day;   /* a time of any day */
};

struct sgs_query {
    struct node nodes[SGS_MAX_QUERY_NODES];
    size_t n;
    size_t root;
};

const char *sgs_query_field(size_t i)
{
    return i < N_QUERY_FIELDS ? fields[i].name : NULL;
}

void sgs_query_free(struct sgs_query *q)
{
    for (size_t i = 0; q && i < q->n; i++) {
        free((void *)(uintptr_t)q->nodes[i].text);
    }
    free(q);
}

/* reading */

struct scan {
    struct sgs_query *q;
    struct sgs_slice text;
    size_t at, word; /* behind the word at hand, and where it began */
    struct sgs_slice token;
    bool is_quoted;
    unsigned depth;
    const char *why; /* NULL: all is well */
    size_t column;
};

static size_t fail(struct scan *s, size_t at, const char *why)
{
    if (!s->why) {
        s->why = why;
        s->column = at + 1;
    }
    return 0;
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static uint8_t octet(const struct scan *s)
{
    return s->at < s->text.len ? s->text.ptr[s->at] : 0;
}

static void take_run(struct scan *s, const char *set, bool is_in)
{
    while (s->at < s->text.len && is_one_of(octet(s), set) == is_in) {
        s->at++;
    }
}

/* The next word, operator or parenthesis; empty at the end. */
static void next(struct scan *s)
{
    static const char blanks[] = " \t\r\n", signs[] = "=!<>~&|";

    take_run(s, blanks, true);
    s->word = s->at;
    s->is_quoted = octet(s) == '"';
    if (s->is_quoted) {
        s->at++;
        take_run(s, "\"", false);
        s->token = sgs_slice_head(sgs_slice_from(s->text, s->word + 1), s->at - s->word - 1);
        if (s->at == s->text.len) {
            (void)fail(s, s->word, "the quotation is not closed");
        }
        s->at += s->at < s->text.len;
        return;
    }
    if (is_one_of(octet(s), "()")) {
        s->at++;
    } else if (is_one_of(octet(s), signs)) {
        take_run(s, signs, true);
    } else {
        take_run(s, " \t\r\n()=!<>~&|\"", false);
    }
    s->token = sgs_slice_head(sgs_slice_from(s->text, s->word), s->at - s->word);
}

static bool is_token(const struct scan *s, const char *text)
{
    return !s->is_quoted && sgs_slice_ieq(s->token, sgs_slice_str(text));
}

static size_t add(struct scan *s, struct node n)
{
    if (s->q->n == SGS_MAX_QUERY_NODES) {
        free((void *)(uintptr_t)n.text);
        return fail(s, s->word, "the condition is too long");
    }
    s->q->nodes[s->q->n] = n;
    return s->q->n++;
}

static bool op_of(const struct scan *s, enum op *out)
{
    static const struct {
        const char *sign;
        enum op op;
    } ops[] = {
        {"==", OP_EQ    },
        {"=",  OP_EQ    },
        {"!=", OP_NE    },
        {"~",  OP_LIKE  },
        {"!~", OP_UNLIKE},
        {"<",  OP_LT    },
        {"<=", OP_LE    },
        {">",  OP_GT    },
        {">=", OP_GE    },
    };

    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (is_token(s, ops[i].sign)) {
            *out = ops[i].op;
            return true;
        }
    }
    return false;
}

/* 5s, 200ms, 2min; without a unit ms, as in the JSON. */
static bool read_duration(struct sgs_slice text, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {
        {"ms",  SGS_MS        },
        {"min", 60 * SGS_SEC  },
        {"s",   SGS_SEC       },
        {"h",   3600 * SGS_SEC},
        {"",    SGS_MS        },
    };
    uint64_t n = 0;

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct sgs_slice unit = sgs_slice_str(units[i].unit);
        if (sgs_slice_iends(text, unit)) {
            bool is_good = sgs_slice_uint(sgs_slice_head(text, text.len - unit.len),
                                          (uint64_t)(INT64_MAX / units[i].ns), &n);
            *out = (int64_t)n * units[i].ns;
            return is_good;
        }
    }
    return false;
}

/* 2026-03-02T09:14:02Z, or 09:14 and 09:14:02 of any day, in UTC. */
static bool read_time(struct sgs_slice text, struct node *n)
{
    char full[32];
    int len = snprintf(full, sizeof full, "1970-01-01T%.*s%s", (int)(text.len < 9 ? text.len : 9),
                       (const char *)text.ptr, text.len == 5 ? ":00Z" : "Z");

    if (sgs_time_read(text, &n->number)) {
        return true;
    }
    n->is_of_day = true;
    return text.len <= 8 && len > 0 && sgs_time_read(sgs_slice(full, (size_t)len), &n->number);
}

static bool read_value(struct node *n, struct sgs_slice text)
{
    uint64_t number = 0;

    switch (fields[n->field].kind) {
    case TEXT:
        return true;
    case NUMBER:
        if (!sgs_slice_uint(text, INT64_MAX, &number)) {
            return false;
        }
        n->number = (int64_t)number;
        return true;
    case TIME:
        return read_time(text, n);
    case DURATION:
        return read_duration(text, &n->number);
    }
    return false;
}

static const char *value_wanted(enum kind kind)
{
    static const char *const words[] = {
        [TEXT] = "a value is missing",
        [NUMBER] = "this must be a number",
        [TIME] = "this must be a time: 2026-03-02T09:14:02Z, or 09:14:02 in UTC",
        [DURATION] = "this must be a duration: 200ms, 5s, 2min",
    };
    return words[kind];
}

static bool fits_kind(enum op op, enum kind kind)
{
    bool is_order = op >= OP_LT;
    bool is_pattern = op == OP_LIKE || op == OP_UNLIKE;

    return kind == TEXT ? !is_order : !is_pattern;
}

/* field [op value] */
static size_t read_test(struct scan *s)
{
    struct node n = {.op = OP_HAS, .field = N_QUERY_FIELDS};
    size_t at = s->word;

    for (size_t i = 0; i < N_QUERY_FIELDS; i++) {
        n.field = is_token(s, fields[i].name) ? (enum field)i : n.field;
    }
    if (n.field == N_QUERY_FIELDS) {
        return fail(s, at, s->token.len > 0 ? "no field is called so" : "a field is missing");
    }
    next(s);
    at = s->word;
    if (!op_of(s, &n.op)) {
        return add(s, n);
    }
    if (!fits_kind(n.op, fields[n.field].kind)) {
        return fail(s, at,
                    fields[n.field].kind == TEXT ? "a text is not more or less than another"
                                                 : "a pattern is for texts");
    }
    next(s);
    bool is_value = s->is_quoted || (s->token.len > 0 && !is_one_of(s->token.ptr[0], "()=!<>~&|"));
    if (!is_value || !read_value(&n, s->token)) {
        return fail(s, s->word, value_wanted(fields[n.field].kind));
    }
    char *text = sgs_xmalloc(s->token.len + 1);
    if (s->token.len > 0) {
        memcpy(text, s->token.ptr, s->token.len);
    }
    text[s->token.len] = '\0';
    n.text = text;
    next(s);
    return add(s, n);
}

static size_t read_or(struct scan *s);

/* not x, (x) or a test */
static size_t read_one(struct scan *s)
{
    size_t at = s->word, inside = 0;

    if (s->depth == SGS_MAX_QUERY_DEPTH) {
        return fail(s, at, "too many conditions inside each other");
    }
    s->depth++;
    if (is_token(s, "not") || is_token(s, "!")) {
        next(s);
        inside = read_one(s);
        inside = add(s, (struct node){.op = OP_NOT, .left = inside});
    } else if (is_token(s, "(")) {
        next(s);
        inside = read_or(s);
        if (!is_token(s, ")")) {
            (void)fail(s, s->word, "a closing parenthesis is missing");
        }
        next(s);
    } else {
        inside = read_test(s);
    }
    s->depth--;
    return inside;
}

static size_t read_and(struct scan *s)
{
    size_t left = read_one(s);

    while (!s->why && (is_token(s, "and") || is_token(s, "&&"))) {
        next(s);
        size_t right = read_one(s);
        left = add(s, (struct node){.op = OP_AND, .left = left, .right = right});
    }
    return left;
}

static size_t read_or(struct scan *s)
{
    size_t left = read_and(s);

    while (!s->why && (is_token(s, "or") || is_token(s, "||"))) {
        next(s);
        size_t right = read_and(s);
        left = add(s, (struct node){.op = OP_OR, .left = left, .right = right});
    }
    return left;
}

struct sgs_query *sgs_query_read(struct sgs_slice text, const char **why, size_t *column)
{
    struct scan s = {.q = sgs_xcalloc(1, sizeof *s.q), .text = text};

    next(&s);
    s.q->root = read_or(&s);
    if (!s.why && s.token.len > 0) {
        (void)fail(&s, s.word, "and, or, or the end belongs here");
    }
    if (s.why) {
        *why = s.why;
        *column = s.column;
        sgs_query_free(s.q);
        return NULL;
    }
    return s.q;
}

/* asking */

struct ask {
    const struct node *n;
    bool has_value, is_met; /* some value was there; some value fits */
};

static void ask_text(struct ask *a, struct sgs_slice text)
{
    const struct node *n = a->n;
    bool is_pattern = n->op == OP_LIKE || n->op == OP_UNLIKE;

    if (text.len == 0) {
        return;
    }
    a->has_value = true;
    a->is_met |= n->text && (is_pattern ? sgs_glob(n->text, text)
                                        : sgs_slice_ieq(text, sgs_slice_str(n->text)));
}

static void ask_number(struct ask *a, int64_t value)
{
    int64_t wanted = a->n->number;

    a->has_value = true;
    switch (a->n->op) {
    case OP_LT:
        a->is_met |= value < wanted;
        break;
    case OP_LE:
        a->is_met |= value <= wanted;
        break;
    case OP_GT:
        a->is_met |= value > wanted;
        break;
    case OP_GE:
        a->is_met |= value >= wanted;
        break;
    default:
        a->is_met |= value == wanted;
        break;
    }
}

static void ask_code(struct ask *a, const struct sgs_step *s)
{
    char text[24];

    if (s->code >= 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)s->code);
        ask_text(a, sgs_slice_str(text));
    }
    ask_text(a, s->symbol);
}

static void ask_step(struct ask *a, const struct sgs_step *s)
{
    switch (a->n->field) {
    case Q_STEP:
        ask_text(a, sgs_slice_str(s->id));
        break;
    case Q_HOST:
        ask_text(a, s->host);
        break;
    case Q_CODE:
        ask_code(a, s);
        break;
    case Q_STATUS:
        if (s->status > 0) {
            ask_number(a, s->status);
        }
        break;
    default:
        break;
    }
}

static void ask_steps(struct ask *a, const struct sgs_step *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ask_step(a, &list[i]);
        for (size_t j = 0; j < list[i].n_parts; j++) {
            ask_step(a, &list[i].parts[j]);
        }
    }
}

/* Of the causes for cause and stage, of all for the others. */
static void ask_findings(struct ask *a, const struct sgs_attempt *at)
{
    for (size_t i = 0; i < at->n_findings; i++) {
        const struct sgs_finding *f = &at->findings[i];
        bool is_root = f->role == SGS_ROOT;
        if (a->n->field == Q_FINDING || (a->n->field == Q_CAUSE && is_root)) {
            ask_text(a, sgs_slice_str(f->id));
        } else if (a->n->field == Q_SEVERITY) {
            ask_text(a, sgs_slice_str(sgs_severity_name(f->severity)));
        } else if (a->n->field == Q_STAGE && is_root) {
            ask_text(a, sgs_slice_str(sgs_stage_name(f->stage)));
        }
    }
}

static void ask_attempt(struct ask *a, const struct sgs_attempt *at)
{
    char address[SGS_ADDR_TEXT_LEN];

    switch (a->n->field) {
    case Q_ID:
        ask_number(a, (int64_t)at->id);
        break;
    case Q_OUTCOME:
        ask_text(a, sgs_slice_str(sgs_outcome_name(at->outcome)));
        break;
    case Q_CONFIDENCE:
        ask_text(a, sgs_slice_str(sgs_confidence_name(at->confidence)));
        break;
    case Q_USER:
        ask_text(a, at->user);
        break;
    case Q_CLIENT:
        sgs_addr_host(&at->client, address);
        ask_text(a, sgs_slice_str(address));
        break;
    case Q_AGENT:
        ask_text(a, at->agent);
        break;
    case Q_FLOW:
        ask_text(a, sgs_slice_str(at->flow));
        break;
    case Q_METHOD:
        for (size_t i = 0; i < at->n_methods; i++) {
            ask_text(a, sgs_slice_str(at->methods[i]));
        }
        break;
    case Q_TIME:
        if (at->started != SGS_TIME_NONE) {
            ask_number(a, a->n->is_of_day ? (at->started % DAY + DAY) % DAY : at->started);
        }
        break;
    case Q_DURATION:
        if (at->started != SGS_TIME_NONE && at->ended != SGS_TIME_NONE) {
            ask_number(a, at->ended - at->started);
        }
        break;
    default:
        break;
    }
}

static bool test_holds(const struct node *n, const struct sgs_attempt *at)
{
    struct ask a = {.n = n};

    ask_attempt(&a, at);
    ask_findings(&a, at);
    ask_steps(&a, at->steps, at->n_steps);
    if (n->op == OP_HAS) {
        return a.has_value;
    }
    return n->op == OP_NE || n->op == OP_UNLIKE ? !a.is_met : a.is_met;
}

static bool holds(const struct sgs_query *q, size_t i, const struct sgs_attempt *at)
{
    const struct node *n = &q->nodes[i];

    switch (n->op) {
    case OP_AND:
        return holds(q, n->left, at) && holds(q, n->right, at);
    case OP_OR:
        return holds(q, n->left, at) || holds(q, n->right, at);
    case OP_NOT:
        return !holds(q, n->left, at);
    default:
        return test_holds(n, at);
    }
}

bool sgs_query_holds(const struct sgs_query *q, const struct sgs_attempt *at)
{
    return holds(q, q->root, at);
}
