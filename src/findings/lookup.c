/* Looking up a word: codes in any spelling, names, ids; and what is like it when it is none. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "findings/explain.h"

#define MAX_KEY 64u        /* octets; longer words are not known: the longest rows have fewer */
#define WIDE 900u          /* a row of so many numbers tells of a part, not of a code */
#define WIN32 0x8007u      /* upper half of a Windows error as HRESULT */
#define UCC_FAILED 0x80efu /* upper half of a SIP status as HRESULT of the client */
#define UCC_DONE 0x00efu
#define PREFIX "aadsts" /* may be left out */

/* A word as it is compared: small letters, without blanks and quotes. */
struct key {
    uint8_t text[MAX_KEY];
    size_t len;
    bool is_number;
    bool is_hex;    /* eight digits or 0x: decimal ones are taken as they are */
    uint32_t value; /* of a number */
};

/* The numbers of a row; a single one is first and last. */
struct span {
    bool is_number;
    bool is_hex;
    uint32_t first;
    uint32_t last;
};

static uint8_t small(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* The digit's value, or 16. */
static unsigned digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* All of the text as a number of 32 bits to the base. */
static bool number(const uint8_t *text, size_t len, unsigned base, uint32_t *out)
{
    uint64_t n = 0;

    if (len == 0 || len > 10) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned d = digit(text[i]);
        if (d >= base) {
            return false;
        }
        n = n * base + d;
    }
    *out = (uint32_t)n;
    return n <= UINT32_MAX;
}

static bool starts(const struct key *k, const char *head)
{
    size_t n = strlen(head);
    return k->len >= n && memcmp(k->text, head, n) == 0;
}

static void read_number(struct key *k)
{
    uint32_t n = 0;

    if (starts(k, "0x")) {
        k->is_hex = true;
        k->is_number = number(k->text + 2, k->len - 2, 16, &k->value);
    } else if (k->len == 8 && number(k->text, 8, 16, &k->value)) {
        k->is_hex = true;
        k->is_number = true;
    } else if (starts(k, "-") && number(k->text + 1, k->len - 1, 10, &n) && n <= INT32_MAX) {
        k->is_hex = true; /* an HRESULT as a signed number */
        k->is_number = true;
        k->value = 0u - n;
    } else {
        k->is_number = number(k->text, k->len, 10, &k->value);
    }
}

/* False when the word is longer than any row. */
static bool key_of(struct sgs_slice word, struct key *k)
{
    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = small(word.ptr[i]);
        if (c == ' ' || c == '"' || c == '\'') {
            continue;
        }
        if (k->len == MAX_KEY) {
            return false;
        }
        k->text[k->len++] = c;
    }
    read_number(k);
    return k->len > 0;
}

static bool is_same(const struct key *a, const struct key *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static struct span span_of(const char *code)
{
    struct key k;
    struct span s = {false, false, 0, 0};
    const char *dash = strchr(code, '-');

    if (dash && key_of(sgs_slice(code, (size_t)(dash - code)), &k) && k.is_number) {
        s = (struct span){true, k.is_hex, k.value, k.value};
        s.is_number = key_of(sgs_slice_str(dash + 1), &k) && k.is_number;
        s.last = k.value;
        return s;
    }
    if (!key_of(sgs_slice_str(code), &k)) {
        return s;
    }
    if (starts(&k, PREFIX)) {
        k.is_number = number(k.text + strlen(PREFIX), k.len - strlen(PREFIX), 10, &k.value);
    }
    return (struct span){k.is_number, k.is_hex, k.value, k.value};
}

/* The number as the family writes it; false when it cannot be one of it. */
static bool in_family(const struct key *k, enum sgs_family family, bool is_hex, uint32_t *out)
{
    uint32_t high = k->value >> 16;

    *out = k->value;
    if (family == SGS_FAMILY_WININET && high == 0) {
        *out |= WIN32 << 16;
        return true;
    }
    if (family == SGS_FAMILY_WINSOCK && high == WIN32) {
        *out &= 0xffff;
        return true;
    }
    if (family == SGS_FAMILY_SIP_STATUS && (high == UCC_FAILED || high == UCC_DONE)) {
        *out &= 0xffff;
        return true;
    }
    if (family == SGS_FAMILY_KERBEROS) {
        return true;
    }
    return k->is_hex == is_hex;
}

static bool is_in(const struct sgs_code *c, const struct span *s, const struct key *k)
{
    uint32_t n = 0;

    return s->is_number && k->is_number && in_family(k, c->family, s->is_hex, &n) &&
           n >= s->first && n <= s->last;
}

/* The word is the code or its name, or both, or the code without the prefix of a namespace. */
static bool is_named(const struct sgs_code *c, const struct key *k)
{
    struct key row;
    const char *colon = strchr(c->code, ':');

    if (!key_of(sgs_slice_str(c->code), &row)) {
        return false;
    }
    if (is_same(&row, k)) {
        return true;
    }
    if (*c->name) {
        struct key name;
        if (key_of(sgs_slice_str(c->name), &name) && is_same(&name, k)) {
            return true;
        }
        size_t n = row.len;
        return k->len == n + name.len && memcmp(k->text, row.text, n) == 0 &&
               memcmp(k->text + n, name.text, name.len) == 0;
    }
    return colon && key_of(sgs_slice_str(colon + 1), &row) && is_same(&row, k);
}

/* The rows of the word: of each family the code itself, else the narrowest range around it. */
static void find_codes(const struct key *k, struct sgs_explained *out, bool wide)
{
    uint32_t widths[SGS_N_FAMILIES] = {0};

    for (size_t i = 0; i < sgs_n_codes; i++) {
        const struct sgs_code *c = &sgs_codes[i];
        struct span s = span_of(c->code);
        bool is_found = wide ? false : is_named(c, k);
        uint32_t width = is_found ? 0 : s.last - s.first;
        if (!is_found && (!is_in(c, &s, k) || (width >= WIDE) != wide)) {
            continue;
        }
        const struct sgs_code *have = out->n_codes ? out->codes[out->n_codes - 1] : NULL;
        if (!have || have->family != c->family) {
            assert(out->n_codes < SGS_N_FAMILIES); /* rows of a family stand together */
            widths[c->family] = width;
            out->codes[out->n_codes++] = c;
        } else if (width < widths[c->family]) {
            widths[c->family] = width;
            out->codes[out->n_codes - 1] = c;
        }
    }
}

/* ---- what is like the word ----------------------------------------------------------------- */

/* How far a text is from the word: edits first, then the difference of the numbers. */
struct distance {
    size_t edits;
    uint32_t number;
};

/* Insertions, removals and changes between two keys (Levenshtein). */
static size_t edits(const struct key *a, const struct key *b)
{
    size_t row[MAX_KEY + 1];

    for (size_t j = 0; j <= b->len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < a->len; i++) {
        size_t above_left = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b->len; j++) {
            size_t change = above_left + (a->text[i] != b->text[j]);
            size_t other = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            above_left = row[j + 1];
            row[j + 1] = change < other ? change : other;
        }
    }
    return row[b->len];
}

static bool has_part(const struct key *all, const struct key *part)
{
    for (size_t i = 0; part->len >= 3 && i + part->len <= all->len; i++) {
        if (memcmp(all->text + i, part->text, part->len) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_nearer(struct distance a, struct distance b)
{
    return a.edits != b.edits ? a.edits < b.edits : a.number < b.number;
}

/* Keeps the nearest ones, of equals those that came first. */
static void keep(struct sgs_explained *out, struct distance *far, const char *text,
                 struct distance d)
{
    size_t at = out->n_near;

    for (size_t i = 0; i < out->n_near; i++) {
        if (strcmp(out->near[i], text) == 0) {
            return;
        }
    }
    while (at > 0 && is_nearer(d, far[at - 1])) {
        at--;
    }
    if (at == SGS_MAX_NEAR) {
        return;
    }
    out->n_near += out->n_near < SGS_MAX_NEAR;
    for (size_t i = out->n_near - 1; i > at; i--) {
        out->near[i] = out->near[i - 1];
        far[i] = far[i - 1];
    }
    out->near[at] = text;
    far[at] = d;
}

/* The text as what it is compared with: an AADSTS code as its number alone where that was asked. */
static bool row_key(const struct key *k, const char *text, struct key *row)
{
    if (!key_of(sgs_slice_str(text), row)) {
        return false;
    }
    if (k->is_number && starts(row, PREFIX) && !k->is_hex) {
        row->len -= strlen(PREFIX);
        memmove(row->text, row->text + strlen(PREFIX), row->len);
        read_number(row);
    }
    return true;
}

static uint32_t difference(const struct key *a, const struct key *b)
{
    if (a->is_number != b->is_number || a->is_hex != b->is_hex) {
        return UINT32_MAX;
    }
    return a->value < b->value ? b->value - a->value : a->value - b->value;
}

/* Texts that differ in a third of their letters at most, and those that hold the word. */
static void try_spelling(struct sgs_explained *out, struct distance *far, const struct key *k,
                         const char *text)
{
    struct key row;
    size_t most = k->len < 6 ? 1 : k->len / 3;

    if (!row_key(k, text, &row)) {
        return;
    }
    struct distance d = {edits(k, &row), difference(k, &row)};
    if (!k->is_number && d.edits > 1 && has_part(&row, k)) {
        d.edits = 1;
    }
    if (d.edits > 0 && d.edits <= most) {
        keep(out, far, text, d);
    }
}

/* Numbers, however far they are. */
static void try_number(struct sgs_explained *out, struct distance *far, const struct key *k,
                       const char *text)
{
    struct key row;

    if (row_key(k, text, &row) && difference(k, &row) != UINT32_MAX) {
        keep(out, far, text, (struct distance){0, difference(k, &row)});
    }
}

/* Text i of all ids, codes and names, or NULL: ids first, as those are what people guess. */
static const char *text_at(size_t i)
{
    if (i < sgs_n_finding_rows) {
        return sgs_finding_rows[i].id;
    }
    i -= sgs_n_finding_rows;
    if (i < sgs_n_step_rows) {
        return sgs_step_rows[i].id;
    }
    i -= sgs_n_step_rows;
    if (i < 2 * sgs_n_codes) {
        const struct sgs_code *c = &sgs_codes[i / 2];
        struct span s = span_of(c->code);
        return i % 2 ? c->name : s.first == s.last ? c->code : "";
    }
    return NULL;
}

static void find_near(const struct key *k, struct sgs_explained *out)
{
    struct distance far[SGS_MAX_NEAR] = {
        {0, 0}
    };
    const char *text = NULL;

    for (size_t i = 0; (text = text_at(i)); i++) {
        try_spelling(out, far, k, text);
    }
    bool is_odd = k->is_number && out->n_near == 0;
    for (size_t i = 0; is_odd && (text = text_at(i)); i++) {
        try_number(out, far, k, text);
    }
}

void sgs_explain(struct sgs_slice word, struct sgs_explained *out)
{
    struct key k;

    memset(out, 0, sizeof *out);
    if (!key_of(word, &k)) {
        return;
    }
    find_codes(&k, out, false);
    out->finding = sgs_finding_row(sgs_slice(k.text, k.len));
    out->step = sgs_step_row(sgs_slice(k.text, k.len));
    out->is_known = out->n_codes > 0 || out->finding || out->step;
    if (!out->is_known) {
        find_near(&k, out);
        find_codes(&k, out, true);
    }
}
