/*
 * Where Autodiscover takes the client to be.
 *
 *   place.inside    inside, and the registrar that it names for that cannot be reached; text: that
 *                   host
 *   place.remote    inside, and the registrar takes it to be outside
 *   place.outside   outside, though client and web services have addresses of private networks
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"

static bool is_access(const struct sgs_step *s, const char *where)
{
    const struct sgs_cond place[] = {
        LIKE(INNER, ACCESS, where), {SGS_OP_END, SGS_REQ, SGS_N_FIELDS, 0, NULL}
    };
    return s->name && sgs_glob("discover.*", sgs_slice_str(s->name)) &&
           sgs_cond_all(place, s->exchange);
}

/* The registrar that s names for clients inside, without its port. */
static struct sgs_slice inner_host(const struct sgs_step *s)
{
    struct sgs_slice place = {NULL, 0};
    for (size_t i = 0; i < s->exchange->n_inner && place.len == 0; i++) {
        place = sgs_event_text(s->exchange->inner[i], SGS_F_SIP_INTERNAL);
    }
    return sgs_slice_head(place, sgs_slice_chr(place, ':'));
}

/* What failed at host, when nothing was said there. */
static const struct sgs_step *dead_at(const struct sgs_attempt *at, struct sgs_slice host)
{
    const struct sgs_cond *opened = CONDS(LIKE(SESSION, END, "ok"));
    const struct sgs_step *bad = NULL;
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        bool is_there = host.len > 0 && sgs_slice_ieq(s->exchange->host, host);
        if (is_there && s->proto[0] == 's') {
            return NULL;
        }
        bad = is_there && s->effect == SGS_FX_NEGATIVE ? s : bad;
    }
    for (size_t i = 0; bad && i < at->n_conns; i++) {
        const struct sgs_step *c = &at->conns[i];
        if (sgs_slice_ieq(c->host, host) && sgs_cond_all(opened, c->exchange)) {
            return NULL;
        }
    }
    return bad;
}

static const struct sgs_step *last_of(const struct sgs_attempt *at, const char *where)
{
    const struct sgs_step *last = NULL;
    for (size_t i = 0; i < at->n_acts; i++) {
        last = is_access(&at->acts[i], where) ? &at->acts[i] : last;
    }
    return last;
}

static const struct sgs_step *remote_answer(const struct sgs_attempt *at)
{
    const struct sgs_cond *remote = CONDS(EQ(RSP, REMOTE_USER, 1));
    for (size_t i = 0; i < at->n_acts; i++) {
        if (at->acts[i].proto[0] == 's' && sgs_cond_all(remote, at->acts[i].exchange)) {
            return &at->acts[i];
        }
    }
    return NULL;
}

void sgs_facts_location(struct sgs_facts *f)
{
    const struct sgs_step *in = last_of(f->at, "Internal");
    const struct sgs_step *out = last_of(f->at, "External");
    const struct sgs_step *dead = in ? dead_at(f->at, inner_host(in)) : NULL;
    const struct sgs_step *remote = in ? remote_answer(f->at) : NULL;
    if (dead) {
        (void)sgs_facts_add(f, "place.inside", in, 0, inner_host(in));
    }
    if (remote) {
        (void)sgs_facts_add(f, "place.remote", remote, 0, in->host);
    }
    if (out && !in && sgs_addr_is_private(&out->src) && sgs_addr_is_private(&out->dst)) {
        (void)sgs_facts_add(f, "place.outside", out, 0, out->host);
    }
}
