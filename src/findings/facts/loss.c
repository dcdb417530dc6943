/*
 * Packets that had to be sent again.
 *
 *   loss   a connection; its number is the share of resent octets in thousandths
 */
#include "findings/facts.h"

#include "signin/exchange.h"

#define ENOUGH 20000 /* octets below which a share says nothing: about 20 segments (own choice) */

void sgs_facts_loss(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *s = &f->at->conns[i];
        const struct sgs_event *end = s->exchange->rsp;
        if (!end) {
            continue;
        }
        int64_t again = sgs_event_int(end, SGS_F_RETRANSMITTED_C2S, 0) +
                        sgs_event_int(end, SGS_F_RETRANSMITTED_S2C, 0);
        int64_t all =
            sgs_event_int(end, SGS_F_OCTETS_C2S, 0) + sgs_event_int(end, SGS_F_OCTETS_S2C, 0);
        if (all >= ENOUGH && again > 0) {
            (void)sgs_facts_add(f, "loss", s, again * 1000 / all, (struct sgs_slice){NULL, 0});
        }
    }
}
