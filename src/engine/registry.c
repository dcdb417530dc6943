/* The table of dissectors, made from dissectors/list.def, and the look-up by claim. */

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

/* pattern with '*' for any run of octets, ASCII case folded. */
static bool matches(struct sgs_slice pattern, struct sgs_slice text)
{
    size_t star = sgs_slice_chr(pattern, '*');
    if (star == pattern.len) {
        return sgs_slice_ieq(pattern, text);
    }
    struct sgs_slice head = sgs_slice_head(pattern, star);
    struct sgs_slice tail = sgs_slice_from(pattern, star + 1);
    return text.len >= head.len + tail.len && sgs_slice_istarts(text, head) &&
           sgs_slice_iends(text, tail);
}

/* Does a port claim fit either end?  Which end is the server may be a guess. */
static bool port_fits(const struct sgs_layer *l, const char *what)
{
    uint64_t port = 0;
    if (!sgs_slice_uint(sgs_slice_str(what), 65535, &port)) {
        return false;
    }
    uint64_t noted = 0;
    if (sgs_slice_uint(sgs_get(l, SGS_NOTE_PORT), 65535, &noted)) {
        return port == noted;
    }
    const struct sgs_conn_info *info = &l->stream->info;
    return info->end[SGS_S2C].port == port || info->end[SGS_C2S].port == port;
}

static bool claim_fits(const struct sgs_claim *c, const struct sgs_layer *l, enum sgs_by by,
                       struct sgs_slice what, bool *by_port)
{
    bool is_port = (c->by == SGS_BY_TCP_PORT && by == SGS_BY_PROBE) ||
                   (c->by == SGS_BY_UDP_PORT && by == SGS_BY_UDP_PROBE);
    if (is_port) {
        *by_port |= port_fits(l, c->what);
        return *by_port;
    }
    if (c->by != by) {
        return false;
    }
    return !c->what || matches(sgs_slice_str(c->what), what);
}

/* True if d claims what by by on the stream of l; *by_port: a port says so. */
static bool fits(const struct sgs_dissector *d, const struct sgs_layer *l, enum sgs_by by,
                 struct sgs_slice what, bool *by_port)
{
    *by_port = false;
    bool is_claimed = by == SGS_BY_NAME && sgs_slice_eq(what, sgs_slice_str(d->name));
    for (const struct sgs_claim *c = d->claims; c->by != SGS_BY_NOTHING; c++) {
        is_claimed |= claim_fits(c, l, by, what, by_port);
    }
    return is_claimed;
}

struct sgs_candidates sgs_registry_candidates(const struct sgs_layer *l)
{
    struct sgs_candidates out = {.is_known = true};
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        bool by_port = false;
        if (fits(sgs_dissectors[i], l, l->by, l->what, &by_port)) {
            out.all |= UINT32_C(1) << i;
            out.by_port |= by_port ? UINT32_C(1) << i : 0;
        }
    }
    return out;
}

size_t sgs_registry_claims(const struct sgs_layer *l, enum sgs_by by, struct sgs_slice what,
                           const struct sgs_dissector **first)
{
    size_t n = 0;
    if (by == SGS_BY_NAME) {
        *first = sgs_registry_name(what);
        return *first ? 1 : 0;
    }
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        bool by_port = false;
        if (fits(sgs_dissectors[i], l, by, what, &by_port) && n++ == 0) {
            *first = sgs_dissectors[i];
        }
    }
    return n;
}
