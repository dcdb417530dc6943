/*
 * How the connection of a registration ended, unless the client had signed out.
 *
 *   session.lost     the server's side ended it within minutes; its number is ms since the
 *                    registration, text: how
 *   keepalive.cut    what the client sent after a silence met a dead connection; its number is ms
 *                    of silence, text: what the registrar wants between keep-alives
 *   conn.rhythm      connections to one registrar, of which nothing was read, ended alike three
 * times and more; its number is ms, text: by whose hand keepalive.none   it had been silent for
 * longer than the registrar allows; likewise
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"

#define MINUTES (15 * 60 * SGS_SEC)
#define CYCLES 3                /* and more, are a rhythm (findings catalogue) */
#define SHORTEST (30 * SGS_SEC) /* shorter connections fail for another reason (own choice) */
#define EXACT (3 * SGS_SEC)     /* how near to a round value (own choice) */

static const struct sgs_step *registration(const struct sgs_attempt *at)
{
    const struct sgs_step *last = NULL;
    for (size_t i = 0; i < at->n_acts; i++) {
        if (at->acts[i].effect == SGS_FX_SIGNED_OUT) {
            return NULL;
        }
        bool is_one = at->acts[i].effect == SGS_FX_REGISTERED && at->acts[i].proto[0] == 's';
        last = is_one && at->acts[i].exchange ? &at->acts[i] : last;
    }
    return last;
}

static bool is_on(const struct sgs_step *a, const struct sgs_step *conn)
{
    return a->transport == conn->transport && a->conn == conn->conn;
}

static const struct sgs_step *conn_of(const struct sgs_attempt *at, const struct sgs_step *s)
{
    for (size_t i = 0; i < at->n_conns; i++) {
        if (is_on(s, &at->conns[i])) {
            return &at->conns[i];
        }
    }
    return NULL;
}

static bool is_text(const struct sgs_event *ev, enum sgs_field_id field, const char *text)
{
    return sgs_slice_eq(sgs_event_text(ev, field), sgs_slice_str(text));
}

/* Seconds between keep-alives that the registrar asked for; 0: it did not say. */
static int64_t timeout_of(const struct sgs_step *reg)
{
    const struct sgs_event *rsp = reg->exchange->rsp;
    return rsp ? sgs_event_member_number(rsp, SGS_F_KEEP_ALIVE, "timeout", 0) : 0;
}

static struct sgs_slice timeout_text(struct sgs_facts *f, int64_t timeout)
{
    return timeout > 0 ? sgs_arena_printf(f->arena, "%lld s", (long long)timeout)
                       : SGS_LIT("not told");
}

static void look_at_end(struct sgs_facts *f, const struct sgs_step *reg,
                        const struct sgs_step *conn, const struct sgs_event *end)
{
    sgs_time after = end->origin.time - sgs_exchange_last(reg->exchange)->origin.time_last;
    bool is_reset = end->kind == SGS_K_TCP_RESET;
    if (is_text(end, SGS_F_BY, "server") && after >= 0 && after < MINUTES) {
        (void)sgs_facts_add(f, "session.lost", conn, after / SGS_MS,
                            is_reset ? SGS_LIT("a reset from the side of the server ended it")
                                     : SGS_LIT("the server closed it"));
    }
}

/* The last two times at which something went over the connection, and whether the very last came
 * from the client and has no answer. */
struct pulse {
    sgs_time last, before;
    bool is_unanswered;
};

static void beat(struct pulse *p, sgs_time t, bool is_unanswered)
{
    if (t >= p->last) {
        p->before = p->last;
        p->last = t;
        p->is_unanswered = is_unanswered;
    } else if (t > p->before) {
        p->before = t;
    }
}

static struct pulse pulse_of(const struct sgs_attempt *at, const struct sgs_step *conn)
{
    struct pulse p = {SGS_TIME_NONE, SGS_TIME_NONE, false};
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_exchange *x = at->acts[i].exchange;
        if (!x || !is_on(&at->acts[i], conn)) {
            continue;
        }
        if (x->req) {
            beat(&p, x->req->origin.time, !x->rsp && x->req->dir == SGS_C2S);
        }
        if (x->rsp) {
            beat(&p, x->rsp->origin.time_last, false);
        }
    }
    for (size_t i = 0; i < conn->exchange->n_inner; i++) {
        const struct sgs_event *ev = conn->exchange->inner[i];
        if (ev->kind == SGS_K_SIP_KEEP_ALIVE) {
            beat(&p, ev->origin.time, true);
        }
    }
    return p;
}

static bool is_round(sgs_time t)
{
    static const int64_t usual[] = {60, 120, 300, 600, 900}; /* s */
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        sgs_time off = t - usual[i] * SGS_SEC;
        if (off > -EXACT && off < EXACT) {
            return true;
        }
    }
    return false;
}

static void look_at_silence(struct sgs_facts *f, const struct sgs_step *reg,
                            const struct sgs_step *conn, const struct sgs_event *end)
{
    struct pulse p = pulse_of(f->at, conn);
    int64_t timeout = timeout_of(reg);
    sgs_time idle = sgs_event_int(end, SGS_F_IDLE_MS, 0);
    bool is_reset = end->kind == SGS_K_TCP_RESET && is_text(end, SGS_F_BY, "server");
    bool is_dead = is_reset || (is_text(end, SGS_F_WHY, "idle") &&
                                sgs_event_int(end, SGS_F_RETRANSMITTED_C2S, 0) > 0);
    if (p.before != SGS_TIME_NONE && p.is_unanswered && is_dead && is_round(p.last - p.before)) {
        (void)sgs_facts_add(f, "keepalive.cut", conn, (p.last - p.before) / SGS_MS,
                            timeout_text(f, timeout));
    }
    if (timeout > 0 && sgs_event_get(end, SGS_F_BY) && idle / SGS_SEC > timeout + timeout / 2) {
        (void)sgs_facts_add(f, "keepalive.none", conn, idle / SGS_MS, timeout_text(f, timeout));
    }
}

/* Connections that may be one cycle each. */
struct cycles {
    const struct sgs_step *first, *last;
    sgs_time least, most;
    bool is_one_side;
    size_t n;
};

static void add_cycle(struct cycles *c, const struct sgs_step *conn)
{
    const struct sgs_event *end = conn->exchange->rsp;
    struct sgs_slice by = end ? sgs_event_text(end, SGS_F_BY) : (struct sgs_slice){NULL, 0};
    sgs_time lasted = end ? end->origin.time - conn->time : 0;
    bool is_other = c->first && !sgs_slice_ieq(conn->host, c->first->host);
    if (by.len == 0 || is_other || lasted < SHORTEST) {
        return;
    }
    c->is_one_side =
        !c->first ||
        (c->is_one_side && sgs_slice_eq(by, sgs_event_text(c->first->exchange->rsp, SGS_F_BY)));
    c->first = c->first ? c->first : conn;
    c->last = conn;
    c->least = c->n == 0 || lasted < c->least ? lasted : c->least;
    c->most = lasted > c->most ? lasted : c->most;
    c->n++;
}

/* Registrations that are seen end an attempt each: those are told over several sign-ins. */
static void find_rhythm(struct sgs_facts *f)
{
    const struct sgs_cond *closed = CONDS(LIKE(SESSION, STATE, "opaque"));
    struct cycles c = {0};
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *s = &f->at->conns[i];
        if (sgs_glob("conn.sip", sgs_slice_str(s->name)) && sgs_cond_all(closed, s->exchange)) {
            add_cycle(&c, s);
        }
    }
    if (c.n >= CYCLES && c.is_one_side && c.most - c.least < c.least / 10) {
        const struct sgs_event *end = c.last->exchange->rsp;
        (void)sgs_facts_add(f, "conn.rhythm", c.last, c.least / SGS_MS,
                            is_text(end, SGS_F_BY, "server") ? SGS_LIT("the server's side")
                                                             : SGS_LIT("the client"));
    }
}

void sgs_facts_lost(struct sgs_facts *f)
{
    find_rhythm(f);
    const struct sgs_step *reg = registration(f->at);
    const struct sgs_step *conn = reg ? conn_of(f->at, reg) : NULL;
    const struct sgs_event *end = conn ? conn->exchange->rsp : NULL;
    if (end) {
        look_at_end(f, reg, conn, end);
        look_at_silence(f, reg, conn, end);
    }
}
