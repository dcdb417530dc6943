/*
 * What clients fetched to learn whether a certificate is revoked.
 *
 *   revocation.dead    of a certificate shown on a connection nothing was had by HTTP: neither a
 *                      list nor an OCSP answer; number: ms waited, text: the address, more: why
 *   revocation.stale   a list was had, and is over or no list; text: the address, more: what of it
 */
#include "findings/facts.h"

#include <signscope/limits.h>

#include "signin/exchange.h"

enum quality { GOOD, NEUTRAL, STALE, DEAD };

static bool is_text(const struct sgs_event *ev, enum sgs_field_id field, const char *text)
{
    return sgs_slice_ieq(sgs_event_text(ev, field), sgs_slice_str(text));
}

/* A list or an OCSP answer, and not the certificate of an issuer. */
static bool is_fetch(const struct sgs_event *ev)
{
    return ev->kind == SGS_K_REVOCATION_FETCH &&
           (is_text(ev, SGS_F_HOW, "crl") || is_text(ev, SGS_F_HOW, "ocsp"));
}

static bool is_stale(const struct sgs_event *ev)
{
    bool is_list = is_text(ev, SGS_F_HOW, "crl");
    int64_t next = sgs_event_int(ev, SGS_F_NEXT_UPDATE, INT64_MAX);
    bool is_page = !sgs_event_get(ev, SGS_F_THIS_UPDATE) &&
                   sgs_event_int(ev, SGS_F_STATUS, 0) == 200 &&
                   is_text(ev, SGS_F_CONTENT_TYPE, "text/html");
    return is_list && (next < ev->origin.time || is_page);
}

/* What came of it.  OCSP has errors of its own (RFC 6960, section 2.3). */
static enum quality quality_of(const struct sgs_event *ev)
{
    bool has_error =
        sgs_event_get(ev, SGS_F_OCSP_STATUS) && !is_text(ev, SGS_F_OCSP_STATUS, "successful");
    if (is_text(ev, SGS_F_OUTCOME, "connected")) {
        return NEUTRAL;
    }
    if (!is_text(ev, SGS_F_OUTCOME, "answered")) {
        return DEAD;
    }
    if (sgs_event_int(ev, SGS_F_STATUS, 0) >= 400 || has_error) {
        return DEAD;
    }
    return is_stale(ev) ? STALE : GOOD;
}

static struct sgs_slice why_dead(struct sgs_facts *f, const struct sgs_event *ev)
{
    int64_t status = sgs_event_int(ev, SGS_F_STATUS, 0);
    struct sgs_slice error = sgs_event_text(ev, SGS_F_OCSP_STATUS);
    if (status >= 400) {
        return sgs_arena_printf(f->arena, "answered %lld", (long long)status);
    }
    return error.len > 0 ? error : sgs_event_text(ev, SGS_F_OUTCOME);
}

static struct sgs_slice why_stale(struct sgs_facts *f, const struct sgs_event *ev)
{
    char day[SGS_TIME_TEXT_LEN];
    if (!sgs_event_get(ev, SGS_F_NEXT_UPDATE)) {
        return SGS_LIT("is a web page");
    }
    (void)sgs_time_rfc3339_s(sgs_event_int(ev, SGS_F_NEXT_UPDATE, 0), day);
    return sgs_arena_printf(f->arena, "ended %s", day);
}

static void add(struct sgs_facts *f, const struct sgs_step *conn, const struct sgs_event *ev,
                int64_t waited, enum quality quality)
{
    bool is_dead = quality == DEAD;
    struct sgs_step *fact = sgs_facts_add(f, is_dead ? "revocation.dead" : "revocation.stale", conn,
                                          waited / SGS_MS, sgs_event_text(ev, SGS_F_URL));
    uint64_t *proof = sgs_arena_array(f->arena, 3, sizeof *proof);
    if (fact && proof) {
        fact->symbol = is_dead ? why_dead(f, ev) : why_stale(f, ev);
        proof[0] = ev->id;
        proof[1] = ev->origin.frame;
        proof[2] = ev->origin.frame_last;
        fact->events = proof;
        fact->n_events = 1;
        fact->frames = proof + 1;
        fact->n_frames = 2;
    }
}

/* All fetches for one certificate, the first of which is list[at]. */
static void judge(struct sgs_facts *f, const struct sgs_step *conn, size_t at)
{
    const struct sgs_exchange *x = conn->exchange;
    int64_t certificate = sgs_event_int(x->inner[at], SGS_F_CERTIFICATE, 0);
    const struct sgs_event *worst = NULL;
    enum quality quality = NEUTRAL;
    int64_t waited = 0;
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_event *ev = x->inner[i];
        if (!is_fetch(ev) || sgs_event_int(ev, SGS_F_CERTIFICATE, 0) != certificate) {
            continue;
        }
        if (i < at || quality_of(ev) == GOOD) {
            return; /* told already, or one was enough */
        }
        bool is_http = sgs_slice_istarts(sgs_event_text(ev, SGS_F_URL), SGS_LIT("http"));
        waited += sgs_event_int(ev, SGS_F_IDLE_MS, 0);
        if (is_http && quality_of(ev) > NEUTRAL && (!worst || quality_of(ev) < quality)) {
            worst = ev;
            quality = quality_of(ev);
        }
    }
    if (worst) {
        add(f, conn, worst, waited, quality);
    }
}

void sgs_facts_revocation(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        for (size_t j = 0; j < c->exchange->n_inner; j++) {
            if (is_fetch(c->exchange->inner[j])) {
                judge(f, c, j);
            }
        }
    }
}
