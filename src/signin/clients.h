/*
 * What is held of each client: its events, packed, and what rounds have decided of them.  Sign-ins
 * of one client have nothing to do with those of another, but for what hosts are for (known.h); so
 * each client is built and folded by itself, when something of it may be over.
 */
#ifndef SGS_SIGNIN_CLIENTS_H
#define SGS_SIGNIN_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/event.h>

#include "signin/ledger.h"
#include "timeline/bundle.h"

struct sgs_client {
    struct sgs_addr addr; /* without port */
    struct sgs_bundle events;
    struct sgs_ledger *ledger; /* ours */
    sgs_time oldest;           /* earliest event held */
    sgs_time last;             /* latest capture time seen in one */
    sgs_time untaught;         /* earliest event that no build has seen; SGS_TIME_NONE: all are */
    sgs_time since;            /* first event that no fold has seen, likewise */
    size_t n_new;              /* events that no fold has seen */
    sgs_time again;            /* from here on a fold may find more, even when nothing has come */
    size_t many;               /* so many events are folded however young they are */
    size_t n_runs;             /* attempts at the last build */
    bool is_counted;           /* that has seen all events */
};

struct sgs_clients;
struct sgs_clients *sgs_clients_new(void);
void sgs_clients_free(struct sgs_clients *all);

/* Holds a copy of ev, or counts it as lost when there is no room. */
void sgs_clients_add(struct sgs_clients *all, const struct sgs_event *ev);

/* Clients, their events, the memory that all this takes, and events that were lost. */
size_t sgs_clients_len(const struct sgs_clients *all);
size_t sgs_clients_events(const struct sgs_clients *all);
size_t sgs_clients_octets(const struct sgs_clients *all);
uint64_t sgs_clients_lost(const struct sgs_clients *all);

/* The next client in order of their coming; *cursor is 0 before the first, NULL comes at the end.
 * Meanwhile clients may go, but none may come. */
struct sgs_client *sgs_clients_next(struct sgs_clients *all, size_t *cursor);

/* Of the events of c (opened: events) only those of is_kept stay; c goes when none do. */
void sgs_clients_keep(struct sgs_clients *all, struct sgs_client *c,
                      const struct sgs_event *const *events, const bool *is_kept);

#endif
