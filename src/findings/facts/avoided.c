/*
 * Where the client did not go.
 *
 *   certprov.avoided   a registrar named the certificate service, and nothing went there from then
 *                      on, nor to an identity provider; text: the address that it named
 *   idp.avoided        the web ticket service wants a token of OrgID, and for a minute nothing goes
 *                      to an identity provider, as nothing did before; number: ms
 */
#include "findings/facts.h"

#include <signscope/url.h>

#include "signin/cond.h"
#include "signin/exchange.h"
#include "signin/known.h"

/* Something of list goes to host, or to an identity provider, at time from or later. */
static bool goes_there(const struct sgs_step *list, size_t n, struct sgs_slice host, sgs_time from)
{
    for (size_t i = 0; i < n; i++) {
        const struct sgs_exchange *x = list[i].exchange;
        bool is_named = x && host.len > 0 && sgs_slice_ieq(x->host, host);
        bool is_one = is_named || (x && x->role == SGS_HOST_IDP);
        if (is_one && list[i].time >= from) {
            return true;
        }
    }
    return false;
}

#define WAITED                                                                                     \
    (60 * SGS_SEC) /* without a question to OrgID: nobody is there to ask it (own choice) */

static bool wants_orgid(const struct sgs_step *s)
{
    const struct sgs_cond *wants = CONDS(EQ(RSP, STATUS, 200), NAMES_ORGID);
    return s->exchange && sgs_glob("web.mex", sgs_slice_str(s->name)) &&
           sgs_cond_all(wants, s->exchange);
}

static void find_silence(struct sgs_facts *f)
{
    const struct sgs_attempt *at = f->at;
    const struct sgs_step *s = NULL;

    for (size_t i = 0; i < at->n_acts; i++) {
        s = wants_orgid(&at->acts[i]) ? &at->acts[i] : s;
    }
    sgs_time waited = s ? sgs_time_later(at->ended, at->quiet) - s->time : 0;
    struct sgs_slice nowhere = {NULL, 0};
    if (s && waited >= WAITED && !goes_there(at->acts, at->n_acts, nowhere, SGS_TIME_NONE) &&
        !goes_there(at->conns, at->n_conns, nowhere, SGS_TIME_NONE)) {
        (void)sgs_facts_add(f, "idp.avoided", s, waited / SGS_MS, nowhere);
    }
}

/* The last challenge counts: the client may have gone there after those before it. */
static void find_detour(struct sgs_facts *f)
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

void sgs_facts_avoided(struct sgs_facts *f)
{
    find_detour(f);
    find_silence(f);
}
