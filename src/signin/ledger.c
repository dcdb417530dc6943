/* Decisions about exchanges and attempts that stay. */
#include "signin/ledger.h"

#include <stdlib.h>

#include <signscope/arena.h>

#include "base/map.h"
#include "base/mem.h"

#define LEDGER_MEMORY ((size_t)1 << 30) /* octets: exchanges are capped before they get here */

struct sgs_ledger {
    struct sgs_arena arena;
    struct sgs_map *by_id; /* id of the first event of an exchange -> struct sgs_ledger_run */
};

struct sgs_ledger *sgs_ledger_new(void)
{
    struct sgs_ledger *l = sgs_xmalloc(sizeof *l);
    sgs_arena_init(&l->arena, LEDGER_MEMORY);
    l->by_id = sgs_map_new();
    return l;
}

void sgs_ledger_free(struct sgs_ledger *l)
{
    if (l) {
        sgs_map_free(l->by_id);
        sgs_arena_clear(&l->arena);
        free(l);
    }
}

const struct sgs_ledger_run *sgs_ledger_find(const struct sgs_ledger *l, uint64_t id)
{
    return sgs_map_get(l->by_id, sgs_slice(&id, sizeof id));
}

void sgs_ledger_clear(struct sgs_ledger *l)
{
    sgs_map_free(l->by_id);
    l->by_id = sgs_map_new();
    sgs_arena_clear(&l->arena);
}

const struct sgs_ledger_run *sgs_ledger_add(struct sgs_ledger *l, const struct sgs_ledger_run *run)
{
    struct sgs_ledger_run *copy = sgs_arena_alloc(&l->arena, sizeof *copy);
    if (!copy) {
        sgs_die("a sign-in table is full");
    }
    *copy = *run;
    return copy;
}

void sgs_ledger_assign(struct sgs_ledger *l, uint64_t id, const struct sgs_ledger_run *run)
{
    (void)sgs_map_put(l->by_id, sgs_slice(&id, sizeof id), (void *)(uintptr_t)run);
}
