/*
 * One table, digest -> id of the token.issued; the token that was issued longest ago goes first
 * when there are too many.  Of one token issued twice, the later answer counts for what comes after
 * it.
 */
#include "engine/tokens.h"

#include <stdlib.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "timeline/draft.h"

struct sgs_tokens {
    struct sgs_map *issued; /* digest -> uint64_t */
};

struct sgs_tokens *sgs_tokens_new(void)
{
    struct sgs_tokens *t = sgs_xmalloc(sizeof *t);

    t->issued = sgs_map_new();
    return t;
}

void sgs_tokens_free(struct sgs_tokens *t)
{
    void *value = NULL;

    if (t) {
        for (size_t cursor = 0; sgs_map_next(t->issued, &cursor, NULL, &value);) {
            free(value);
        }
        sgs_map_free(t->issued);
        free(t);
    }
}

static void learn(struct sgs_tokens *t, struct sgs_slice digest, uint64_t id)
{
    uint64_t *value = sgs_map_del(t->issued, digest);

    if (!value && sgs_map_len(t->issued) >= SGS_MAX_ISSUED_TOKENS) {
        struct sgs_slice oldest;
        size_t cursor = 0;
        if (sgs_map_next(t->issued, &cursor, &oldest, NULL)) {
            free(sgs_map_del(t->issued, oldest));
        }
    }
    value = value ? value : sgs_xmalloc(sizeof *value);
    *value = id;
    (void)sgs_map_put(t->issued, digest, value);
}

void sgs_tokens_see(struct sgs_tokens *t, struct sgs_draft *d)
{
    if (d->ev.kind != SGS_K_TOKEN_ISSUED && d->ev.kind != SGS_K_TOKEN_PRESENTED) {
        return;
    }
    struct sgs_slice digest = sgs_event_text(sgs_draft_seal(d), SGS_F_DIGEST);
    if (digest.len == 0) {
        return;
    }
    if (d->ev.kind == SGS_K_TOKEN_ISSUED) {
        learn(t, digest, d->ev.id);
        return;
    }
    const uint64_t *id = sgs_map_get(t->issued, digest);
    if (id) {
        ev_int(d, SGS_F_ISSUED_BY, *id);
    }
}
