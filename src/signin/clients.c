/* Clients by address. */
#include "signin/clients.h"

#include <stdlib.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "signin/lean.h"

#define OVERHEAD (sizeof(struct sgs_client) + 256) /* octets: with its ledger and its entry */

struct sgs_clients {
    struct sgs_map *by_addr; /* address -> struct sgs_client */
    struct sgs_bundles *bundles;
    uint32_t n_ever; /* clients */
    size_t n_events;
    size_t octets;
    uint64_t lost;
};

struct sgs_clients *sgs_clients_new(void)
{
    struct sgs_clients *all = sgs_xcalloc(1, sizeof *all);
    all->by_addr = sgs_map_new();
    all->bundles = sgs_bundles_new();
    return all;
}

static void free_client(struct sgs_client *c)
{
    sgs_bundle_clear(&c->events);
    sgs_ledger_free(c->ledger);
    free(c);
}

void sgs_clients_free(struct sgs_clients *all)
{
    void *value = NULL;
    if (!all) {
        return;
    }
    for (size_t cursor = 0; sgs_map_next(all->by_addr, &cursor, NULL, &value);) {
        free_client(value);
    }
    sgs_map_free(all->by_addr);
    sgs_bundles_free(all->bundles);
    free(all);
}

static struct sgs_slice key_of(const struct sgs_addr *addr)
{
    return sgs_slice(addr->ip, addr->len);
}

static struct sgs_client *client_of(struct sgs_clients *all, const struct sgs_addr *addr)
{
    struct sgs_client *c = sgs_map_get(all->by_addr, key_of(addr));
    if (c) {
        return c;
    }
    c = sgs_xcalloc(1, sizeof *c);
    c->addr = *addr;
    c->addr.port = 0;
    c->events = sgs_bundle_of(all->bundles, ++all->n_ever);
    c->ledger = sgs_ledger_new();
    c->oldest = c->last = c->untaught = c->since = SGS_TIME_NONE;
    c->again = INT64_MAX;
    c->many = SGS_PRESSED_EVENTS;
    all->octets += OVERHEAD;
    (void)sgs_map_put(all->by_addr, key_of(addr), c);
    return c;
}

static void put(struct sgs_clients *all, struct sgs_client *c, const struct sgs_event *ev)
{
    size_t before = c->events.octets;
    sgs_bundle_add(&c->events, ev);
    all->octets += c->events.octets - before;
    all->n_events++;
    if (c->oldest == SGS_TIME_NONE || ev->origin.time < c->oldest) {
        c->oldest = ev->origin.time;
    }
}

void sgs_clients_add(struct sgs_clients *all, const struct sgs_event *ev)
{
    struct sgs_client *c = client_of(all, &ev->client);
    struct sgs_value values[SGS_LEAN_FIELDS];
    sgs_time t = ev->origin.time;
    if (all->n_events == SGS_MAX_EVENTS_HELD || all->octets > SGS_MAX_EVENTS_MEMORY ||
        c->events.unpacked > SGS_MAX_CLIENT_MEMORY) {
        all->lost++;
        return;
    }
    struct sgs_event lean = sgs_lean(ev, values);
    put(all, c, &lean);
    c->last = ev->origin.time_last > c->last ? ev->origin.time_last : c->last;
    c->untaught = c->untaught == SGS_TIME_NONE || t < c->untaught ? t : c->untaught;
    c->since = c->since == SGS_TIME_NONE ? t : c->since;
    c->n_new++;
    c->is_counted = false;
}

size_t sgs_clients_len(const struct sgs_clients *all)
{
    return sgs_map_len(all->by_addr);
}

size_t sgs_clients_events(const struct sgs_clients *all)
{
    return all->n_events;
}

size_t sgs_clients_octets(const struct sgs_clients *all)
{
    return all->octets;
}

uint64_t sgs_clients_lost(const struct sgs_clients *all)
{
    return all->lost;
}

struct sgs_client *sgs_clients_next(struct sgs_clients *all, size_t *cursor)
{
    void *value = NULL;
    return sgs_map_next(all->by_addr, cursor, NULL, &value) ? value : NULL;
}

void sgs_clients_keep(struct sgs_clients *all, struct sgs_client *c,
                      const struct sgs_event *const *events, const bool *is_kept)
{
    struct sgs_bundle old = c->events;
    size_t n = 0;
    for (size_t i = 0; i < old.n; i++) {
        n += is_kept[i];
    }
    if (n == old.n && n > 0) {
        return;
    }
    all->octets -= old.octets;
    all->n_events -= old.n;
    c->events = sgs_bundle_of(all->bundles, old.base.owner);
    c->oldest = SGS_TIME_NONE;
    for (size_t i = 0; i < old.n; i++) {
        if (is_kept[i]) {
            put(all, c, events[i]);
        }
    }
    sgs_bundle_clear(&old);
    if (n == 0) {
        (void)sgs_map_del(all->by_addr, key_of(&c->addr));
        all->octets -= OVERHEAD;
        free_client(c);
    }
}
