/*
 * Names that share an address and a certificate.
 *
 *   names.uncovered   the certificate is for one of them and not for another one, which got no
 *                     certificate of its own anywhere; its host is the one left out, text: the one
 *                     that is covered, more: the address
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"

static bool is_covered(const struct sgs_step *conn)
{
    const struct sgs_event *leaf = sgs_facts_leaf(conn);
    return leaf && sgs_event_int(leaf, SGS_F_NAME_MATCH, 0) == 1;
}

/* A web server, which has one certificate for many names if it cannot tell them apart. */
static bool is_web(const struct sgs_step *conn)
{
    enum sgs_host_role role = conn->exchange->role;
    return role == SGS_HOST_DISCOVER || role == SGS_HOST_WEB || role == SGS_HOST_IDP;
}

/* Discovery goes on to port 80 where the certificate is for another name (catalogue of findings,
 * section 3). */
static bool has_plain_answer(const struct sgs_facts *f, struct sgs_slice host)
{
    const struct sgs_cond *plain = CONDS(TO_PORT(80), HAS(RSP, STATUS));
    for (size_t i = 0; i < f->at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_exchange *x = f->at->acts[i].exchange;
        if (x && sgs_slice_ieq(x->host, host) && sgs_cond_all(plain, x)) {
            return true;
        }
    }
    return false;
}

/* The same host got a certificate for its name elsewhere. */
static bool has_its_own(const struct sgs_facts *f, struct sgs_slice host)
{
    for (size_t i = 0; i < f->at->n_conns && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        if (sgs_slice_ieq(c->host, host) && is_covered(c)) {
            return true;
        }
    }
    return false;
}

/* Another host with the same address and certificate, which is for it; NULL: there is none. */
static const struct sgs_step *sharer(const struct sgs_facts *f, const struct sgs_step *conn)
{
    struct sgs_slice print = sgs_event_text(sgs_facts_leaf(conn), SGS_F_SHA256);
    for (size_t i = 0; i < f->at->n_conns && i < SGS_MAX_JUDGED && print.len > 0; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        bool is_other = !sgs_slice_ieq(c->host, conn->host) && sgs_addr_eq(&c->dst, &conn->dst);
        if (is_other && is_covered(c) &&
            sgs_slice_eq(sgs_event_text(sgs_facts_leaf(c), SGS_F_SHA256), print)) {
            return c;
        }
    }
    return NULL;
}

void sgs_facts_shared_names(struct sgs_facts *f)
{
    const struct sgs_cond *misnamed = CONDS(EQ(LEAF, NAME_MATCH, 0));
    for (size_t i = 0; i < f->at->n_conns && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        char address[SGS_ADDR_TEXT_LEN];
        if (!is_web(c) || c->host.len == 0 || !sgs_cond_all(misnamed, c->exchange) ||
            sgs_glob("*.lync.com", c->host) || has_its_own(f, c->host) ||
            has_plain_answer(f, c->host)) {
            continue;
        }
        const struct sgs_step *other = sharer(f, c);
        struct sgs_step *fact =
            other ? sgs_facts_add(f, "names.uncovered", c, 0, other->host) : NULL;
        if (fact) {
            sgs_addr_host(&c->dst, address);
            fact->symbol = sgs_arena_copy(f->arena, sgs_slice_str(address));
        }
    }
}
