/* An attempt as people and programs see it: rows of its flow, methods, agent. */
#include "signin/assemble.h"

#include "signin/cond.h"
#include "signin/conns.h"
#include "signin/flow.h"
#include "signin/phases.h"
#include "signin/rows.h"
#include "signin/step.h"
#include "signin/tie.h"

/* methods */

static const struct {
    const char *name;
    const struct sgs_cond *conds;
} methods[] = {
#define METHOD(name, conds) {name, conds},
#include "signin/methods.def"
#undef METHOD
};

#define N_METHODS (sizeof methods / sizeof *methods)

static void put_methods(struct sgs_attempt *at, const struct sgs_run *r, struct sgs_arena *a)
{
    const char **list = sgs_arena_array(a, N_METHODS, sizeof *list);
    bool seen[N_METHODS] = {false};
    for (size_t i = 0; list && i < r->n; i++) {
        for (size_t m = 0; m < N_METHODS; m++) {
            if (!seen[m] && sgs_cond_all(methods[m].conds, r->list[i])) {
                seen[m] = true;
                list[at->n_methods++] = methods[m].name;
            }
        }
    }
    at->methods = list;
}

/* Something further along worked: what failed before on the way there did no harm. */
static void forgive(struct sgs_step *steps, size_t n)
{
    unsigned best = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_good = steps[i].effect == SGS_FX_PROGRESS || steps[i].effect == SGS_FX_CHALLENGE ||
                       steps[i].effect == SGS_FX_REDIRECT || steps[i].effect == SGS_FX_REGISTERED;
        best = is_good && steps[i].rank > best ? steps[i].rank : best;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_candidate =
            steps[i].effect == SGS_FX_NEGATIVE || steps[i].exchange->proto == SGS_P_KERBEROS;
        if (is_candidate && steps[i].rank < best && steps[i].verdict == SGS_V_FAILED) {
            steps[i].verdict = SGS_V_EXPECTED;
            steps[i].note = SGS_LIT("harmless here: another way worked");
        }
    }
}

/* The newest User-Agent of the client; SIP's before any other. */
static void put_agent(struct sgs_attempt *at, const struct sgs_run *r)
{
    for (size_t pass = 0; pass < 2 && at->agent.len == 0; pass++) {
        enum sgs_proto proto = pass ? SGS_P_HTTP : SGS_P_SIP;
        for (size_t i = 0; i < r->n; i++) {
            const struct sgs_event *req = r->list[i]->proto == proto ? r->list[i]->req : NULL;
            struct sgs_slice agent = req && req->dir == SGS_C2S
                                         ? sgs_event_text(req, SGS_F_USER_AGENT)
                                         : (struct sgs_slice){NULL, 0};
            at->agent = agent.len ? agent : at->agent;
        }
    }
}

static bool is_registrar(const struct sgs_exchange *x)
{
    return sgs_glob("T.tls.sip", sgs_slice_str(x->row->name));
}

/* The capture has all octets of the connection. */
static bool is_whole(const struct sgs_exchange *x, const struct sgs_event *session)
{
    static const char *const lacking[] = {"snaplen", "gap", "cut-end", "late-start",
                                          "no-client-hello"};
    struct sgs_slice reason = sgs_event_text(session, SGS_F_REASON);
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        if (sgs_slice_eq(reason, sgs_slice_str(lacking[i]))) {
            return false;
        }
    }
    return !x->is_joined && !x->has_gap;
}

/* The connection to a registrar was ended after one question at most. */
static bool is_short(const struct sgs_exchange *x, const struct sgs_event *session,
                     const struct sgs_event *end)
{
    bool is_ended = end && sgs_event_get(end, SGS_F_BY);
    return is_whole(x, session) && is_ended && sgs_event_int(session, SGS_F_TURNS, INT64_MAX) <= 1;
}

/* What the rules about outcomes need to know of connections. */
static void put_ends(struct sgs_attempt *at, const struct sgs_run *r, const struct sgs_links *links)
{
    size_t n_closed = 0;
    size_t n_other = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct sgs_exchange *x = r->list[i];
        const struct sgs_event *first = sgs_exchange_first(x);
        const struct sgs_event *end = sgs_links_find(links, sgs_conn_id(first))->end;
        n_other += x->proto == SGS_P_SIP;
        if (x->proto == SGS_P_SIP) {
            at->is_closed = end && sgs_slice_eq(sgs_event_text(end, SGS_F_BY), SGS_LIT("client"));
        }
        const struct sgs_event *session = x->proto == SGS_P_TLS && x->n_inner ? x->inner[0] : NULL;
        if (session && is_registrar(x) && x->ruling->verdict == SGS_V_UNSEEN) {
            n_closed += is_short(x, session, end);
            n_other += !is_short(x, session, end);
            uint64_t octets = (uint64_t)sgs_event_int(session, SGS_F_OCTETS_S2C, 0);
            sgs_time open = (end ? end : session)->origin.time_last - first->origin.time;
            if (octets > at->opaque_octets) {
                at->opaque_octets = octets;
                at->opaque_open = open;
            }
        }
    }
    at->is_cut_off = n_closed > 0 && n_other == 0;
}

/* The last thing that was begun on the way to the registration. */
static void put_reached(struct sgs_attempt *at, const struct sgs_phase *phases, size_t n)
{
    const struct sgs_phase *last = NULL;
    for (size_t i = 0; i < n; i++) {
        if (phases[i].why && (!last || phases[i].step.time >= last->step.time)) {
            last = &phases[i];
        }
    }
    at->reached = last ? &last->step : NULL;
    at->reached_why = last ? last->why : NULL;
}

static bool is_blind(const struct sgs_exchange *x)
{
    const struct sgs_event *session = x->proto == SGS_P_TLS && x->n_inner > 0 ? x->inner[0] : NULL;
    return session && x->ruling->verdict == SGS_V_UNSEEN &&
           sgs_event_int(session, SGS_F_OCTETS_C2S, 0) > 0 &&
           sgs_event_int(session, SGS_F_OCTETS_S2C, 0) > 0;
}

/* When the last of what could not be read went. */
static sgs_time blind_until(const struct sgs_exchange *x)
{
    const struct sgs_value *v = sgs_event_get(x->inner[0], SGS_F_TRAFFIC);
    sgs_time last = SGS_TIME_NONE;

    for (size_t i = 0; v && v->n > 0 && i < v->rows[v->n - 1].n; i++) {
        const struct sgs_member *m = &v->rows[v->n - 1].members[i];
        if (sgs_slice_eq(m->name, SGS_LIT("time_last"))) {
            (void)sgs_time_read(m->text, &last);
        }
    }
    return last;
}

struct sgs_attempt sgs_attempt_make(const struct sgs_run *r, uint64_t id,
                                    const struct sgs_links *links, sgs_time end,
                                    struct sgs_arena *a)
{
    struct sgs_attempt at = {.id = id,
                             .user = r->user,
                             .client = r->client,
                             .outcome = SGS_UNKNOWN,
                             .confidence = SGS_HINT,
                             .ended = r->last,
                             .quiet = end - r->last};
    const struct sgs_exchange *const *list = (const struct sgs_exchange *const *)r->list;
    const struct sgs_flow *flow = sgs_flow_choose(list, r->n);
    struct sgs_step *acts = sgs_arena_array(a, r->n, sizeof *acts);
    at.flow = flow->name;
    bool is_in = false;
    for (size_t i = 0; acts && i < r->n; i++) {
        acts[i] = sgs_step_make(list[i], list[i]->row, a);
        acts[i].stage = is_in ? SGS_STAGE_POST_SIGNIN : acts[i].stage;
        acts[i].is_blind = is_blind(list[i]);
        acts[i].blind_until = acts[i].is_blind ? blind_until(list[i]) : SGS_TIME_NONE;
        is_in |= acts[i].effect == SGS_FX_REGISTERED;
        at.n_acts = i + 1;
    }
    at.acts = acts;
    at.started = at.n_acts ? acts[0].time : r->last;
    if (acts) {
        struct sgs_step *steps = NULL;
        struct sgs_phase *phases = NULL;
        forgive(acts, at.n_acts);
        sgs_ties_find(list, acts, at.n_acts, a);
        size_t n = sgs_phases_find(flow, list, acts, at.n_acts, a, &phases);
        at.n_steps = sgs_rows_make(flow, list, acts, at.n_acts, phases, n, a, &steps);
        at.steps = steps;
        put_reached(&at, phases, n);
    }
    put_methods(&at, r, a);
    put_agent(&at, r);
    put_ends(&at, r, links);
    struct sgs_step *conns = NULL;
    at.n_conns = sgs_conns_make(r, links, a, &conns);
    at.conns = conns;
    return at;
}
