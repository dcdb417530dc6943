/* Which exchange belongs to which attempt. */
#ifndef SGS_SIGNIN_ATTEMPT_H
#define SGS_SIGNIN_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "signin/exchange.h"
#include "signin/flow.h"

/* One attempt while it is put together. */
struct sgs_run {
    struct sgs_slice user; /* empty: nobody is named */
    struct sgs_addr client;
    struct sgs_exchange **list; /* in the arena, in capture order */
    size_t n;
    size_t room;
    const struct sgs_exchange *first[SGS_P_SIP + 1]; /* of each protocol */
    sgs_time last;                                   /* time of its last message */
    unsigned refused_rank; /* rank of the last refusal that nothing good followed, 0: none */
    bool is_registered;
    bool is_signed_out;
    bool is_over;                    /* a later attempt has taken its place */
    bool has_failed_guess;           /* a guessed SIP host name did not exist */
    bool has_sip;                    /* a SIP message was answered */
    const struct sgs_event *binding; /* the answer that registered it */
};

/* When conversations were over; from tcp.closed and tcp.reset. */
struct sgs_ends;
bool sgs_ends_use(enum sgs_kind kind);
struct sgs_ends *sgs_ends_make(const struct sgs_event *const *events, size_t n);
void sgs_ends_free(struct sgs_ends *ends);
/* The event that ended the conversation of ev, or NULL. */
const struct sgs_event *sgs_ends_find(const struct sgs_ends *ends, const struct sgs_event *ev);

/*
 * Groups exchanges (those with a row; in capture order) into attempts, in order of their start.
 * Runs live in the arena.  Returns their number.
 */
size_t sgs_attempts_group(struct sgs_exchange *list, size_t n, const struct sgs_ends *ends,
                          struct sgs_arena *a, struct sgs_run **out);

#endif
