/* From the end to the beginning: so the next use of a host is known when its look-up comes. */
#include "signin/lead.h"

#include "base/map.h"

struct leads {
    struct sgs_map *next; /* client and host -> exchange */
    struct sgs_arena *arena;
};

static struct sgs_slice key_of(struct leads *l, const struct sgs_exchange *x, struct sgs_slice host)
{
    char client[SGS_ADDR_TEXT_LEN];
    sgs_addr_host(&sgs_exchange_first(x)->client, client);
    host = sgs_arena_lower(l->arena, host);
    return sgs_arena_printf(l->arena, "%s|%.*s", client, (int)host.len, (const char *)host.ptr);
}

static const struct sgs_exchange *next_of(struct leads *l, const struct sgs_exchange *x)
{
    const struct sgs_exchange *next = sgs_map_get(l->next, key_of(l, x, x->host));
    const struct sgs_value *answers = x->rsp ? sgs_event_get(x->rsp, SGS_F_ANSWERS) : NULL;
    for (size_t i = 0; answers && i < answers->n && !next; i++) {
        for (size_t j = 0; j < answers->rows[i].n && !next; j++) {
            const struct sgs_member *m = &answers->rows[i].members[j];
            if (sgs_slice_eq(m->name, SGS_LIT("data"))) {
                next = sgs_map_get(l->next, key_of(l, x, sgs_slice_behind_last(m->text, ' ')));
            }
        }
    }
    return next;
}

static bool is_soon(const struct sgs_exchange *x, const struct sgs_exchange *next)
{
    return sgs_exchange_first(next)->origin.time - sgs_exchange_first(x)->origin.time <= SGS_LEAD;
}

void sgs_leads_find(struct sgs_exchange *list, size_t n, struct sgs_arena *a)
{
    struct leads l = {.next = sgs_map_new(), .arena = a};
    for (size_t i = n; i > 0; i--) {
        struct sgs_exchange *x = &list[i - 1];
        if (!x->row || x->host.len == 0) {
            continue;
        }
        if (x->proto == SGS_P_DNS) {
            const struct sgs_exchange *next = next_of(&l, x);
            x->leads = next && is_soon(x, next) ? next : NULL;
        } else {
            (void)sgs_map_put(l.next, key_of(&l, x, x->host), x);
        }
    }
    sgs_map_free(l.next);
}
