/* Which exchange belongs to which attempt. */
#ifndef SGS_SIGNIN_ATTEMPT_H
#define SGS_SIGNIN_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "signin/exchange.h"
#include "signin/flow.h"
#include "signin/known.h"
#include "signin/ledger.h"
#include "signin/links.h"

#define SGS_SILENCE                                                                                \
    (120 * SGS_SEC) /* without a sign-in message: the attempt is over (own choice) */

/* One attempt while it is put together. */
struct sgs_run {
    uint64_t key;          /* id of the event it began with */
    struct sgs_slice user; /* empty: nobody is named */
    struct sgs_addr client;
    struct sgs_exchange **list; /* in the arena, in capture order */
    size_t n;
    size_t room;
    size_t n_after;                                 /* of these, those since it is registered */
    uint64_t n_beyond;                              /* exchanges that are only counted */
    const struct sgs_exchange *first[SGS_N_PROTOS]; /* of each protocol */
    sgs_time last;                                  /* time of its last message */
    unsigned refused_rank; /* rank of the last refusal that nothing good followed, 0: none */
    bool is_registered;
    bool is_signed_out;
    bool is_over;               /* a later attempt has taken its place */
    sgs_time over_at;           /* time of what showed that */
    bool has_failed_guess;      /* a guessed SIP host name did not exist */
    bool has_sip;               /* a SIP message was answered */
    sgs_time signed_out_at;     /* when is_signed_out */
    struct sgs_conn_id binding; /* conversation that registered it last */
    bool has_late_binding;      /* an exchange that is only counted has renewed it, */
    struct sgs_conn_id late_binding;
};

/* When what r registered was over, as far as it shows at t: signed out, or the conversation ended.
 * SGS_TIME_NONE: it is not. */
sgs_time sgs_run_ended(const struct sgs_run *r, const struct sgs_links *links, sgs_time t);

/* What grouping stands on besides the exchanges. */
struct sgs_past {
    const struct sgs_links *links;
    struct sgs_known *known;         /* is told who is named on which conversation */
    const struct sgs_ledger *ledger; /* decisions of earlier rounds */
    uint64_t n_given;                /* attempts that are finished and gone */
};

/*
 * Groups exchanges (those with a row; in capture order) into attempts, in order of their start, and
 * sets run and is_beyond of each.  Runs live in the arena.  Returns their number.
 */
size_t sgs_attempts_group(struct sgs_exchange *list, size_t n, const struct sgs_past *past,
                          struct sgs_arena *a, struct sgs_run ***out);

#endif
