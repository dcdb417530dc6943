/* The table of dissectors, made from dissectors/list.def, and the look-up by claim. */

#include <assert.h>

#include "engine/internal.h"

#define DISSECTOR(name, title) extern const struct sgs_dissector sgs_dissector_##name;
#include "../../dissectors/list.def"
#undef DISSECTOR

const struct sgs_dissector *const sgs_dissectors[] = {
#define DISSECTOR(name, title) &sgs_dissector_##name,
#include "../../dissectors/list.def"
#undef DISSECTOR
};

const size_t sgs_n_dissectors = sizeof sgs_dissectors / sizeof *sgs_dissectors;
_Static_assert(sizeof sgs_dissectors / sizeof *sgs_dissectors <= 32, "candidates are 32 bits");

const struct sgs_dissector *sgs_registry_name(struct sgs_slice name)
{
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        if (sgs_slice_eq(name, sgs_slice_str(sgs_dissectors[i]->name))) {
            return sgs_dissectors[i];
        }
    }
    return NULL;
}

/* A claim of one dissector, read once. */
struct row {
    uint32_t bit; /* of the dissector, in candidates */
    enum sgs_by by;
    uint64_t port;         /* BY_TCP_PORT, BY_UDP_PORT */
    struct sgs_slice what; /* empty: the claim needs nothing */
    size_t star;           /* offset of '*' in what; what.len: there is none */
};

#define MAX_ROWS 128
#define N_BYS (SGS_BY_ELEMENT + 1)

/* Those of all dissectors, the ones with the same by next to each other. */
static struct {
    struct row rows[MAX_ROWS];
    size_t end[N_BYS]; /* behind the rows of a by; before them end those of the by before it */
} claims;

static void add_row(const struct sgs_claim *c, size_t dissector, size_t at)
{
    struct row r = {.bit = UINT32_C(1) << dissector, .by = c->by, .what = sgs_slice_str(c->what)};

    r.star = sgs_slice_chr(r.what, '*');
    if (c->by == SGS_BY_TCP_PORT || c->by == SGS_BY_UDP_PORT) {
        (void)sgs_slice_uint(r.what, UINT16_MAX, &r.port);
    }
    assert(at < MAX_ROWS);
    assert(c->by != SGS_BY_ELEMENT || sgs_dissectors[dissector]->element);
    claims.rows[at] = r;
}

static void read_rows(void)
{
    size_t n = 0;

    for (size_t by = 0; by < N_BYS; by++) {
        for (size_t i = 0; by != SGS_BY_NOTHING && i < sgs_n_dissectors; i++) {
            const struct sgs_claim *c = sgs_dissectors[i]->claims;
            for (; c->by != SGS_BY_NOTHING; c++) {
                if (c->by == by) {
                    add_row(c, i, n++);
                }
            }
        }
        claims.end[by] = n;
    }
}

/* what with '*' for any run of octets, ASCII case folded. */
static bool matches(const struct row *r, struct sgs_slice text)
{
    if (r->what.len == 0) {
        return true;
    }
    if (r->star == r->what.len) {
        return sgs_slice_ieq(r->what, text);
    }
    struct sgs_slice head = sgs_slice_head(r->what, r->star);
    struct sgs_slice tail = sgs_slice_from(r->what, r->star + 1);
    return text.len >= head.len + tail.len && sgs_slice_istarts(text, head) &&
           sgs_slice_iends(text, tail);
}

/* Does a port claim fit either end?  Which end is the server may be a guess. */
static bool port_fits(const struct row *r, const struct sgs_layer *l)
{
    uint64_t noted = 0;
    if (sgs_slice_uint(sgs_get(l, SGS_NOTE_PORT), UINT16_MAX, &noted)) {
        return r->port == noted;
    }
    const struct sgs_conn_info *info = &l->stream->info;
    return info->end[SGS_S2C].port == r->port || info->end[SGS_C2S].port == r->port;
}

static struct sgs_candidates find(const struct sgs_layer *l, enum sgs_by by, struct sgs_slice what)
{
    struct sgs_candidates out = {.is_known = true};
    enum sgs_by by_port = by == SGS_BY_PROBE       ? SGS_BY_TCP_PORT
                          : by == SGS_BY_UDP_PROBE ? SGS_BY_UDP_PORT
                                                   : SGS_BY_NOTHING;

    if (claims.end[N_BYS - 1] == 0) {
        read_rows();
    }
    for (size_t i = by > 0 ? claims.end[by - 1] : 0; i < claims.end[by]; i++) {
        if (matches(&claims.rows[i], what)) {
            out.all |= claims.rows[i].bit;
        }
    }
    for (size_t i = by_port > 0 ? claims.end[by_port - 1] : 0; i < claims.end[by_port]; i++) {
        if (port_fits(&claims.rows[i], l)) {
            out.all |= claims.rows[i].bit;
            out.by_port |= claims.rows[i].bit;
        }
    }
    return out;
}

struct sgs_candidates sgs_registry_candidates(const struct sgs_layer *l)
{
    return find(l, l->by, l->what);
}

size_t sgs_registry_claims(const struct sgs_layer *l, enum sgs_by by, struct sgs_slice what,
                           const struct sgs_dissector **first)
{
    size_t n = 0;
    if (by == SGS_BY_NAME) {
        *first = sgs_registry_name(what);
        return *first ? 1 : 0;
    }
    uint32_t all = find(l, by, what).all;
    for (size_t i = 0; all >> i; i++) {
        if ((all >> i & 1) && n++ == 0) {
            *first = sgs_dissectors[i];
        }
    }
    return n;
}
