/*
 * What grouping has decided for good, for the rounds to come: which exchange belongs to which
 * attempt, and what attempts have become by exchanges that are gone.  An attempt is called by the
 * id of the event it began with, an exchange by that of its own first event.
 */
#ifndef SGS_SIGNIN_LEDGER_H
#define SGS_SIGNIN_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "signin/exchange.h"

struct sgs_ledger_run {
    uint64_t key;
    bool is_over;
    uint64_t n_beyond;          /* exchanges beyond the cap that are gone */
    sgs_time last;              /* time of the last message of these, or SGS_TIME_NONE */
    bool has_binding;           /* one of these renewed the registration, */
    struct sgs_conn_id binding; /* on this conversation */
};

struct sgs_ledger;
struct sgs_ledger *sgs_ledger_new(void);
void sgs_ledger_free(struct sgs_ledger *l);

/* The attempt that the exchange beginning with event id belongs to, or NULL; kept until cleared. */
const struct sgs_ledger_run *sgs_ledger_find(const struct sgs_ledger *l, uint64_t id);

/* Forgets all. */
void sgs_ledger_clear(struct sgs_ledger *l);

/* A new attempt, copied; then its exchanges, those settled. */
const struct sgs_ledger_run *sgs_ledger_add(struct sgs_ledger *l, const struct sgs_ledger_run *run);
void sgs_ledger_assign(struct sgs_ledger *l, uint64_t id, const struct sgs_ledger_run *run);

#endif
