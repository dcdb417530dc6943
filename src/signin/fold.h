/*
 * Rounds: of a long capture most is over at any time.  Which attempts of a client are finished, and
 * what of its events kept so far later ones may still need, is told here, so that memory grows with
 * what goes on at once and not with the capture.
 *
 * Nothing a round decides would be decided otherwise at the end of the capture: an attempt is
 * finished, and an exchange settled, only when no event that is still to come can come before it or
 * join it; what waits for keys is waited for.  It may differ where a cap is reached (is_pressed,
 * is_crowded, what known.h remembers), and where an event comes later than SGS_LATE: a SYN repeated
 * for longer, a TLS connection without ClientHello that is given up for idleness, an answer after
 * SGS_CONN_IDLE.
 */
#ifndef SGS_SIGNIN_FOLD_H
#define SGS_SIGNIN_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/event.h>
#include <signscope/limits.h>

#include "signin/attempt.h"
#include "signin/exchange.h"
#include "signin/ledger.h"

/*
 * Capture time by which an event may come after what it tells of, but for ends of open
 * conversations and answers, which are waited for.  The longest known: that a SYN got no answer is
 * said SGS_SYN_IDLE after its last repetition, 75 s after the first one on systems of BSD descent.
 */
#define SGS_LATE (SGS_SYN_IDLE + 80 * SGS_SEC)

/* When is_crowded, in place of SGS_LATE and of SGS_SILENCE: of sign-ins that are too many for
 * memory those are given away whose own conversations were quiet for seconds. */
#define SGS_CROWDED_WAIT (10 * SGS_SEC)

/* What a round has made of the kept events. */
struct sgs_fold {
    const struct sgs_event *const *events; /* in capture order */
    size_t n;
    const struct sgs_exchanges *exchanges; /* made of them, with rows, rulings and runs; the open
                                              ones with rows */
    struct sgs_run *const *runs;
    size_t n_runs;
    const struct sgs_links *links;
    struct sgs_known *known;
    sgs_time now;    /* latest capture time seen */
    sgs_time told;   /* the same, or before: what is later may still wait for its keys */
    bool is_pressed; /* too much is held: no answer, no end and no key is waited for */
    bool is_crowded; /* that was not enough: nothing is waited for longer than SGS_CROWDED_WAIT */
};

/*
 * Sets is_finished of the attempts that are finished, and is_kept (n elements) of the events that
 * are still needed; writes what is settled into ledger, anew.
 */
void sgs_fold(const struct sgs_fold *in, bool *is_finished, bool *is_kept,
              struct sgs_ledger *ledger);

#endif
