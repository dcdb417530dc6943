/*
 * Where the client did not go.
 *
 *   certprov.avoided   a registrar named the certificate service, and nothing went there from then
 *                      on, nor to an identity provider; text: the address that it named
 */
#include "findings/facts.h"

#include <signscope/url.h>

#include "signin/cond.h"
#include "signin/exchange.h"

/* Something of list goes to host, or to an identity provider, at time from or later. */
static bool goes_there(const struct sgs_step *list, size_t n, struct sgs_slice host, sgs_time from)
{
    for (size_t i = 0; i < n; i++) {
        const struct sgs_exchange *x = list[i].exchange;
        bool is_one = x && (sgs_slice_ieq(x->host, host) || x->role == SGS_HOST_IDP);
        if (is_one && list[i].time >= from) {
            return true;
        }
    }
    return false;
}

/* The last challenge counts: the client may have gone there after those before it. */
void sgs_facts_avoided(struct sgs_facts *f)
{
    const struct sgs_attempt *at = f->at;
    const struct sgs_step *s = NULL;
    struct sgs_url url;

    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_exchange *x = at->acts[i].exchange;
        bool has_uri = x && x->rsp && sgs_event_text(x->rsp, SGS_F_STS_URI).len > 0;
        s = has_uri && sgs_glob("sip.bare", sgs_slice_str(at->acts[i].name)) ? &at->acts[i] : s;
    }
    struct sgs_slice uri =
        s ? sgs_event_text(s->exchange->rsp, SGS_F_STS_URI) : (struct sgs_slice){NULL, 0};
    if (s && sgs_url_read(uri, &url) && !goes_there(at->acts, at->n_acts, url.host, s->time) &&
        !goes_there(at->conns, at->n_conns, url.host, s->time)) {
        (void)sgs_facts_add(f, "certprov.avoided", s, 0, uri);
    }
}
