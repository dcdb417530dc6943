/*
 * What one sign-in tells of another one: clients that a fault spares because they have a
 * certificate, pools where telephones sign in another way than desktops, registrations that end in
 * a rhythm.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "findings/survey/survey.h"
#include "signin/cond.h"
#include "signin/exchange.h"

#define CYCLES 3 /* and more, are a rhythm (findings catalogue) */
#define SHORTEST                                                                                   \
    (30 * SGS_SEC) /* shorter registrations are failures of another kind (own choice) */

/* Attempts */

static bool is_called(const struct sgs_step *s, const char *pattern)
{
    return s->name && sgs_glob(pattern, sgs_slice_str(s->name));
}

/* The certificate of the client that act shows, or NULL. */
static const struct sgs_event *user_certificate(const struct sgs_step *act)
{
    for (size_t i = 0; act->exchange && i < act->exchange->n_inner; i++) {
        const struct sgs_event *ev = act->exchange->inner[i];
        if (ev->kind == SGS_K_TLS_CERTIFICATE && sgs_event_int(ev, SGS_F_POSITION, 0) == 0 &&
            sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("client"))) {
            return ev;
        }
    }
    return NULL;
}

/* It was older than the sign-in, and no other one was fetched. */
static void see_certificate(struct sgs_record *r, const struct sgs_attempt *at)
{
    const struct sgs_event *cert = NULL;
    for (size_t i = 0; i < at->n_acts; i++) {
        if (is_called(&at->acts[i], "certprov.*")) {
            return;
        }
        cert = cert ? cert : user_certificate(&at->acts[i]);
    }
    sgs_time from = cert ? sgs_event_int(cert, SGS_F_NOT_BEFORE, INT64_MAX) : INT64_MAX;
    if (at->outcome == SGS_SIGNED_IN && from < at->started) {
        r->cached_until = sgs_event_int(cert, SGS_F_NOT_AFTER, SGS_TIME_NONE);
        r->cached_event = cert->id;
        r->cached_frame = cert->origin.frame;
    }
}

static void see_way(struct sgs_survey *s, struct sgs_record *r, const struct sgs_attempt *at)
{
    const struct sgs_cond *form = CONDS(HAS(INNER, PASSIVE_AUTH_URI));
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *act = &at->acts[i];
        bool is_web = act->exchange && act->exchange->role == SGS_HOST_WEB &&
                      act->exchange->proto == SGS_P_HTTP;
        if (!is_web) {
            continue;
        }
        r->web = r->web.len ? r->web : sgs_arena_lower(&s->arena, act->host);
        if (is_called(act, "passive.form") ||
            (is_called(act, "web.oauth") && sgs_cond_all(form, act->exchange))) {
            r->web = sgs_arena_lower(&s->arena, act->host);
            const struct sgs_event *ev = sgs_exchange_first(act->exchange);
            r->passive_frame = r->passive_event ? r->passive_frame : ev->origin.frame;
            r->passive_event = r->passive_event ? r->passive_event : ev->id;
        }
    }
}

/* How long the registration lasted, unless the user took it back. */
static void see_end(struct sgs_survey *s, struct sgs_record *r, const struct sgs_attempt *at)
{
    const struct sgs_step *reg = NULL;
    for (size_t i = 0; i < at->n_acts; i++) {
        if (at->acts[i].effect == SGS_FX_SIGNED_OUT) {
            return;
        }
        reg = !reg && at->acts[i].effect == SGS_FX_REGISTERED ? &at->acts[i] : reg;
    }
    for (size_t i = 0; reg && i < at->n_conns; i++) {
        const struct sgs_step *c = &at->conns[i];
        const struct sgs_event *end = c->exchange->rsp;
        struct sgs_slice by = end ? sgs_event_text(end, SGS_F_BY) : (struct sgs_slice){NULL, 0};
        if (c->transport == reg->transport && c->conn == reg->conn && by.len > 0) {
            r->registrar = sgs_arena_lower(&s->arena, reg->host);
            r->lasted = end->origin.time - reg->time;
            r->ended_by = sgs_slice_eq(by, SGS_LIT("server")) ? "the server's side" : "the client";
            r->end_event = end->id;
            r->end_frame = end->origin.frame;
            return;
        }
    }
}

void sgs_survey_see_neighbour(struct sgs_survey *s, struct sgs_record *r,
                              const struct sgs_attempt *at)
{
    r->cached_until = SGS_TIME_NONE;
    see_certificate(r, at);
    see_way(s, r, at);
    see_end(s, r, at);
}

/* All of them */

static int compare_starts(const void *x, const void *y)
{
    const struct sgs_record *a = x, *b = y;
    int c = sgs_survey_compare_texts(a->user, b->user);

    c = c ? c : memcmp(a->client.ip, b->client.ip, sizeof a->client.ip);
    return c ? c : (a->started > b->started) - (a->started < b->started);
}

static struct sgs_slice domain_of(const struct sgs_record *r)
{
    return sgs_slice_from(r->user, sgs_slice_chr(r->user, '@') + 1);
}

static bool needs_ticket(const struct sgs_record *r)
{
    return r->outcome == SGS_FAILED && r->cause && r->confidence != SGS_HINT &&
           (r->stage == SGS_STAGE_WEBTICKET || r->stage == SGS_STAGE_CERTPROV);
}

/* Somebody of the domain signs in by a certificate, somebody else gets no ticket for one. */
static void judge_certificates(struct sgs_survey *s, const struct sgs_record *list)
{
    struct sgs_map *spared = sgs_map_new();
    for (size_t i = 0; i < s->n_records; i++) {
        struct sgs_slice domain = domain_of(&list[i]);
        if (list[i].cached_until != SGS_TIME_NONE && domain.len > 0 &&
            !sgs_map_get(spared, domain)) {
            (void)sgs_map_put(spared, domain, (void *)(uintptr_t)&list[i]);
        }
    }
    for (size_t i = 0; i < s->n_records; i++) {
        const struct sgs_record *r =
            needs_ticket(&list[i]) ? sgs_map_get(spared, domain_of(&list[i])) : NULL;
        char host[SGS_ADDR_TEXT_LEN], day[SGS_TIME_TEXT_LEN];
        if (!r) {
            continue;
        }
        sgs_addr_host(&r->client, host);
        sgs_time_rfc3339_s(r->cached_until, day);
        struct sgs_finding *f = sgs_survey_add(
            s, "cached-user-certificate-bypass", SGS_LIKELY,
            sgs_arena_printf(&s->arena,
                             "%.*s on %s signs in by a certificate that it has until %.10s and "
                             "needs no ticket for one; %.*s has none and fails (%s).",
                             (int)r->user.len, (const char *)r->user.ptr, host, day,
                             (int)list[i].user.len, (const char *)list[i].user.ptr, list[i].cause));
        if (f) {
            sgs_survey_prove(s, f, r->cached_event, r->cached_frame);
            sgs_survey_prove(s, f, list[i].event, list[i].frame);
        }
        break;
    }
    sgs_map_free(spared);
}

static bool is_desktop(const struct sgs_record *r)
{
    return sgs_glob("*OC/*", r->agent) || sgs_glob("*UCCAPI/*", r->agent);
}

/* One pool, and telephones get a form where desktops do not. */
static void judge_mixture(struct sgs_survey *s, const struct sgs_record *list)
{
    struct sgs_map *desktops = sgs_map_new();
    for (size_t i = 0; i < s->n_records; i++) {
        const struct sgs_record *r = &list[i];
        if (r->outcome == SGS_SIGNED_IN && is_desktop(r) && r->passive_event == 0 &&
            r->web.len > 0 && !sgs_map_get(desktops, r->web)) {
            (void)sgs_map_put(desktops, r->web, (void *)(uintptr_t)r);
        }
    }
    for (size_t i = 0; i < s->n_records; i++) {
        const struct sgs_record *r = &list[i];
        const struct sgs_record *d =
            r->passive_event && !is_desktop(r) ? sgs_map_get(desktops, r->web) : NULL;
        if (!d) {
            continue;
        }
        struct sgs_finding *f = sgs_survey_add(
            s, "passive-pool-mixed-clients", SGS_LIKELY,
            sgs_arena_printf(&s->arena,
                             "At %.*s desktop clients sign in as usual (%.*s), others by a form "
                             "(%.*s, which %s).",
                             (int)r->web.len, (const char *)r->web.ptr, (int)d->agent.len,
                             (const char *)d->agent.ptr, (int)r->agent.len,
                             (const char *)r->agent.ptr,
                             r->outcome == SGS_SIGNED_IN ? "signed in" : "did not sign in"));
        if (f) {
            sgs_survey_prove(s, f, r->passive_event, r->passive_frame);
        }
        break;
    }
    sgs_map_free(desktops);
}

/* n registrations of one user on one computer lasted alike, and each was followed by the next. */
static bool is_rhythm(const struct sgs_record *list, size_t n)
{
    sgs_time least = INT64_MAX, most = 0;
    for (size_t i = 0; i < n; i++) {
        least = list[i].lasted < least ? list[i].lasted : least;
        most = list[i].lasted > most ? list[i].lasted : most;
    }
    return n >= CYCLES && least >= SHORTEST && most - least < least / 10;
}

static void judge_rhythm(struct sgs_survey *s, const struct sgs_record *list, size_t n)
{
    bool is_one_side = true;
    for (size_t i = 1; i < n; i++) {
        is_one_side &= list[i].ended_by == list[0].ended_by;
    }
    if (!is_rhythm(list, n) || !is_one_side) {
        return;
    }
    struct sgs_finding *f = sgs_survey_add(
        s, "periodic-disconnect", SGS_PROVEN,
        sgs_arena_printf(&s->arena,
                         "%zu times %s ended the connection of %.*s to %.*s after %lld s.", n,
                         list[0].ended_by, (int)list[0].user.len, (const char *)list[0].user.ptr,
                         (int)list[0].registrar.len, (const char *)list[0].registrar.ptr,
                         (long long)(list[0].lasted / SGS_SEC)));
    for (size_t i = 0; f && i < n; i++) {
        sgs_survey_prove(s, f, list[i].end_event, list[i].end_frame);
    }
}

static bool is_next(const struct sgs_record *a, const struct sgs_record *b)
{
    return sgs_slice_eq(a->user, b->user) && sgs_addr_same_host(&a->client, &b->client) &&
           b->end_event != 0;
}

static void judge_rhythms(struct sgs_survey *s, const struct sgs_record *list)
{
    for (size_t i = 0; i < s->n_records;) {
        size_t n = 1;
        while (list[i].end_event && i + n < s->n_records && is_next(&list[i], &list[i + n])) {
            n++;
        }
        judge_rhythm(s, &list[i], n);
        i += n;
    }
}

void sgs_survey_judge_neighbours(struct sgs_survey *s)
{
    struct sgs_record *list = sgs_xcalloc(s->n_records + 1, sizeof *list);
    if (s->n_records > 0) {
        memcpy(list, s->records, s->n_records * sizeof *list);
        qsort(list, s->n_records, sizeof *list, compare_starts);
    }
    judge_certificates(s, list);
    judge_mixture(s, list);
    judge_rhythms(s, list);
    free(list);
}
