/*
 * Sign-ins that begin at a registrar, without discovery.  A capture that starts late looks alike:
 * so the client must have been seen to get answers of DNS for longer than an attempt may be silent.
 *
 *   endpoint.straight   the host; number: 1 when this client did discovery before, text: the host
 *   endpoint.typed      likewise, and this client never did discovery, but asked for the address
 *   endpoint.stale      likewise, where that host failed and the client then looked elsewhere;
 *                       number as of endpoint.straight, text: the host, more: how it failed
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"

#define ATTEMPT_SILENCE (120 * SGS_SEC) /* a longer one ends an attempt (catalogue, section 2) */

static bool is_called(const struct sgs_step *s, const char *pattern)
{
    return s->name && sgs_glob(pattern, sgs_slice_str(s->name));
}

static bool is_discovery(const struct sgs_step *s)
{
    return is_called(s, "dns.discover") || is_called(s, "dns.srv") || is_called(s, "discover.*") ||
           is_called(s, "T.*.discover");
}

static bool is_lookup(const struct sgs_step *s)
{
    return is_called(s, "dns.guess") || is_called(s, "T.dns.sip");
}

static bool is_registrar(const struct sgs_step *s)
{
    return is_called(s, "sip.*") || is_called(s, "moved") || is_called(s, "T.*.sip");
}

static bool is_of_host(const struct sgs_step *s, struct sgs_slice host)
{
    return s->exchange && sgs_slice_ieq(s->exchange->host, host);
}

/* The first thing but look-ups of registrars, if it is a registrar's; NULL: it is not. */
static const struct sgs_step *straight_to(const struct sgs_attempt *at)
{
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        if (!is_lookup(s)) {
            return is_registrar(s) && s->exchange && !s->exchange->is_joined ? s : NULL;
        }
    }
    return NULL;
}

static bool was_seen_before(const struct sgs_attempt *at)
{
    return at->named_since != SGS_TIME_NONE && at->started - at->named_since > ATTEMPT_SILENCE;
}

static bool did_discovery_before(const struct sgs_attempt *at)
{
    return at->discovered_since != SGS_TIME_NONE && at->discovered_since < at->started;
}

static bool was_looked_up(const struct sgs_attempt *at, struct sgs_slice host)
{
    bool is_found = false;
    for (size_t i = 0; i < at->n_acts; i++) {
        if (is_discovery(&at->acts[i])) {
            return false;
        }
        is_found |= is_lookup(&at->acts[i]) && is_of_host(&at->acts[i], host);
    }
    return is_found;
}

/* It cannot be had, or is not the user's: not in this pool, or not known (catalogue). */
static bool is_failure(const struct sgs_step *s)
{
    bool is_elsewhere = s->effect == SGS_FX_REFUSED && (s->status == 404 || s->code == 4006);
    return s->effect == SGS_FX_NEGATIVE || is_elsewhere;
}

/* How the host failed, if the client then looked for another one and was not sent back. */
static const struct sgs_step *failure_of(const struct sgs_attempt *at, struct sgs_slice host)
{
    const struct sgs_step *failed = NULL;
    bool is_elsewhere = false;
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        bool is_here = is_of_host(s, host);
        if (is_here && (is_elsewhere || s->effect == SGS_FX_REGISTERED)) {
            return NULL;
        }
        failed = is_here && is_failure(s) ? s : failed;
        is_elsewhere |= failed && !is_here && (is_discovery(s) || is_registrar(s) || is_lookup(s));
    }
    return is_elsewhere ? failed : NULL;
}

void sgs_facts_endpoint(struct sgs_facts *f)
{
    const struct sgs_step *s = straight_to(f->at);
    struct sgs_slice host = s ? s->exchange->host : (struct sgs_slice){NULL, 0};
    if (host.len == 0 || !was_seen_before(f->at) || sgs_glob("sipdir.online.lync.com", host)) {
        return;
    }
    bool has_cache = did_discovery_before(f->at);
    (void)sgs_facts_add(f, "endpoint.straight", s, has_cache, host);
    if (!has_cache && was_looked_up(f->at, host)) {
        (void)sgs_facts_add(f, "endpoint.typed", s, 0, host);
    }
    const struct sgs_step *failed = failure_of(f->at, host);
    struct sgs_step *fact =
        failed ? sgs_facts_add(f, "endpoint.stale", failed, has_cache, host) : NULL;
    if (fact) {
        fact->symbol = failed->response.len > 0 ? failed->response : failed->note;
    }
}
