/*
 * Who sent a RST.
 *
 *   reset.foreign   its time to live differs so much from that of the other packets of its sender
 *                   that it was sent elsewhere on the path; number: the difference, text: both
 *   reset.later     the same, where the connection had been of use before: then it is mere tidying
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"

#define TTL_SPREAD 3 /* hops by which paths of one sender may differ (catalogue of findings) */

static void look_at(struct sgs_facts *f, const struct sgs_step *conn, const struct sgs_event *end)
{
    const struct sgs_cond *used = CONDS(LIKE(SESSION, END, "ok"));
    int64_t ttl = sgs_event_int(end, SGS_F_TTL, 0);
    int64_t usual = sgs_event_int(end, SGS_F_TTL_USUAL, ttl);
    int64_t apart = ttl > usual ? ttl - usual : usual - ttl;
    if (ttl > 0 && apart > TTL_SPREAD && !sgs_event_get(end, SGS_F_AFTER_FIN)) {
        const char *name = sgs_cond_all(used, conn->exchange) ? "reset.later" : "reset.foreign";
        struct sgs_slice both =
            sgs_arena_printf(f->arena, "%lld instead of %lld", (long long)ttl, (long long)usual);
        (void)sgs_facts_add(f, name, conn, apart, both);
    }
}

void sgs_facts_resets(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        const struct sgs_event *end = c->exchange->rsp;
        if (end && end->kind == SGS_K_TCP_RESET) {
            look_at(f, c, end);
        }
    }
}
