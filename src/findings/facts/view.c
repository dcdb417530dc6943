/*
 * What the capture shows of the connections of an attempt.
 *
 *   view.joined   some of them had begun before it; number: how many
 *   view.late     the same, where it is most of them
 *   view.holed    octets of a connection are missing, though they arrived; number: how many such
 *                 connections
 *   view.short    how it ended is not known, and the capture ends soon after; number: ms
 *   view.quiet    the same, and nothing followed; number: ms
 *   view.closed   TLS of which nothing was read; number: how many, text: the host of the first
 */
#include "findings/facts.h"
#include "findings/outcome.h"

#include "signin/cond.h"
#include "signin/exchange.h"

struct count {
    const struct sgs_step *first;
    int64_t n;
};

static void count(struct count *c, const struct sgs_step *s, bool is_one)
{
    c->first = is_one && !c->first ? s : c->first;
    c->n += is_one;
}

static void tell(struct sgs_facts *f, const char *name, const struct count *c)
{
    if (c->n > 0) {
        (void)sgs_facts_add(f, name, c->first, c->n, c->first->host);
    }
}

void sgs_facts_view(struct sgs_facts *f)
{
    const struct sgs_cond *opaque = CONDS(LIKE(SESSION, STATE, "opaque"), LIKE(SESSION, END, "ok"));
    struct count joined = {0};
    struct count holed = {0};
    struct count closed = {0};

    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *s = &f->at->conns[i];
        count(&joined, s, s->exchange->is_joined);
        count(&holed, s, s->exchange->has_gap);
        count(&closed, s, sgs_cond_all(opaque, s->exchange));
    }
    tell(f, "view.joined", &joined);
    if ((size_t)joined.n * 2 > f->at->n_conns) {
        tell(f, "view.late", &joined);
    }
    tell(f, "view.holed", &holed);
    tell(f, "view.closed", &closed);
    if (f->outcome == SGS_UNKNOWN) {
        (void)sgs_facts_add(f, f->at->quiet < SGS_GIVEN_UP ? "view.short" : "view.quiet", NULL,
                            f->at->quiet / SGS_MS, (struct sgs_slice){NULL, 0});
    }
}
