/*
 * The order of hosts.  Turns of closed connections and messages that were read are walked through
 * in order of time; what a role stands for depends on what came before it.
 *
 *   Autodiscover -> web services: web ticket -> registrar: REGISTER -> web services: certificate
 *   -> registrar: REGISTER with proof
 */
#include "signin/phases.h"

#include <stdlib.h>

#include <signscope/reader.h>

#include "base/mem.h"
#include "signin/exchange.h"
#include "signin/step.h"

/* A registrar that was spoken to more often has gone on without a certificate: two REGISTER without
 * credentials are known of real clients (own choice). */
#define CHALLENGES 2
#define MAX_ROWS 16 /* turns of a connection that are looked at: tls.session has no more */

enum kind {
#define PHASE(kind, stage, title, why, steps) KIND_##kind,
#include "signin/phases.def"
#undef PHASE
    N_KINDS
};

#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})
static const struct {
    enum sgs_stage stage;
    const char *title;
    const char *why;
    const char *const *steps;
} kinds[] = {
#define PHASE(kind, stage, title, why, steps) {SGS_STAGE_##stage, title, why, steps},
#include "signin/phases.def"
#undef PHASE
};
#undef STEPS

/* One turn, or a message that was read. */
struct turn {
    sgs_time time, time_last;
    uint64_t frames[2];
    uint64_t octets[2]; /* by enum sgs_dir */
    uint64_t count;     /* turns that it stands for */
    enum sgs_host_role role;
    size_t act;
    bool is_read;
};

/* A phase while its turns are counted. */
struct found {
    enum kind kind;
    size_t act;
    sgs_time time, time_last;
    uint64_t frames[2 * MAX_ROWS];
    size_t n_frames;
    uint64_t octets[2]; /* by enum sgs_dir */
    uint64_t turns;
};

struct finder {
    const struct sgs_flow *flow;
    const struct sgs_exchange *const *list;
    const struct sgs_step *acts;
    struct sgs_arena *arena;
    struct turn *turns; /* ours */
    size_t n_turns;
    struct found *found; /* ours */
    size_t n;
    size_t room;
    size_t *places; /* by act and kind: 1 + the place in found, or 0; ours */
};

/* turns */

/* The inverse of sgs_time_rfc3339; SGS_TIME_NONE for anything else. */
static sgs_time read_time(struct sgs_slice text)
{
    static const struct {
        size_t off, len;
        uint64_t max;
    } parts[] = {
        {0,  4, 9999     },
        {5,  2, 12       },
        {8,  2, 31       },
        {11, 2, 23       },
        {14, 2, 59       },
        {17, 2, 60       },
        {20, 9, 999999999},
    };
    uint64_t v[7] = {0};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct sgs_slice part = rd_at(text, parts[i].off, parts[i].len);
        if (part.len != parts[i].len || !sgs_slice_uint(part, parts[i].max, &v[i])) {
            return SGS_TIME_NONE;
        }
    }
    if (v[1] == 0 || v[2] == 0) {
        return SGS_TIME_NONE;
    }
    return sgs_time_from(sgs_time_civil((int64_t)v[0], (unsigned)v[1], (unsigned)v[2],
                                        (unsigned)v[3], (unsigned)v[4], (unsigned)v[5]),
                         (int64_t)v[6]);
}

static void put(struct turn *t, const struct sgs_member *m)
{
    uint64_t number = m->number > 0 ? (uint64_t)m->number : 0;

    if (sgs_slice_eq(m->name, SGS_LIT("time"))) {
        t->time = read_time(m->text);
    } else if (sgs_slice_eq(m->name, SGS_LIT("time_last"))) {
        t->time_last = read_time(m->text);
    } else if (sgs_slice_eq(m->name, SGS_LIT("frame"))) {
        t->frames[0] = number;
    } else if (sgs_slice_eq(m->name, SGS_LIT("frame_last"))) {
        t->frames[1] = number;
    } else if (sgs_slice_eq(m->name, SGS_LIT("octets_c2s"))) {
        t->octets[SGS_C2S] = number;
    } else if (sgs_slice_eq(m->name, SGS_LIT("octets_s2c"))) {
        t->octets[SGS_S2C] = number;
    }
}

static enum sgs_host_role role_of(const struct sgs_exchange *x)
{
    bool is_sip = x->proto == SGS_P_SIP || sgs_glob("*.sip", sgs_slice_str(x->row->name));

    return is_sip ? SGS_HOST_SIP : x->role;
}

/* The session of a connection that stayed closed, or NULL. */
static const struct sgs_event *session_of(const struct sgs_exchange *x)
{
    return x->proto == SGS_P_TLS && x->n_inner > 0 ? x->inner[0] : NULL;
}

static size_t count_rows(const struct sgs_exchange *x)
{
    const struct sgs_event *session = session_of(x);
    const struct sgs_value *v = session ? sgs_event_get(session, SGS_F_TRAFFIC) : NULL;

    return !v ? 0 : v->n < MAX_ROWS ? v->n : MAX_ROWS;
}

static void add_closed(struct finder *f, size_t act)
{
    const struct sgs_exchange *x = f->list[act];
    size_t n = count_rows(x);
    const struct sgs_event *session = session_of(x);
    uint64_t total = n > 0 ? (uint64_t)sgs_event_int(session, SGS_F_TURNS, 0) : 0;

    for (size_t i = 0; i < n; i++) {
        const struct sgs_row *row = &sgs_event_get(session, SGS_F_TRAFFIC)->rows[i];
        struct turn t = {
            .time = SGS_TIME_NONE, .time_last = SGS_TIME_NONE, .role = role_of(x), .act = act};
        t.count = i + 1 == n && total > n ? total - n + 1 : 1;
        for (size_t j = 0; j < row->n; j++) {
            put(&t, &row->members[j]);
        }
        if (t.time != SGS_TIME_NONE) {
            f->turns[f->n_turns++] = t;
        }
    }
}

static void add_turns(struct finder *f, size_t act)
{
    const struct sgs_exchange *x = f->list[act];

    if (x->proto == SGS_P_HTTP || x->proto == SGS_P_SIP) {
        f->turns[f->n_turns++] = (struct turn){.time = sgs_exchange_first(x)->origin.time,
                                               .role = role_of(x),
                                               .act = act,
                                               .is_read = true};
    } else {
        add_closed(f, act);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct turn *x = a;
    const struct turn *y = b;

    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->frames[0] != y->frames[0]
               ? (x->frames[0] > y->frames[0]) - (x->frames[0] < y->frames[0])
               : (x->act > y->act) - (x->act < y->act);
}

/* phases */

/* What has been reached so far. */
struct way {
    bool has_web, has_idp, has_sip, has_certificate;
    size_t sip_act;      /* the connection to the registrar that spoke last */
    uint64_t challenges; /* turns on it */
};

static enum kind of_registrar(struct way *w, const struct turn *t)
{
    bool is_same = w->has_sip && w->sip_act == t->act;

    w->challenges = is_same || t->is_read ? w->challenges + 1 : 1;
    w->sip_act = t->act;
    w->has_sip = true;
    return w->has_certificate ? KIND_PROOF : KIND_REGISTER;
}

static enum kind of_web(struct way *w, const struct turn *t)
{
    if (w->has_sip) {
        w->has_certificate |= w->challenges <= CHALLENGES;
        return w->has_certificate ? KIND_CERTIFICATE : KIND_AFTER;
    }
    if (t->role == SGS_HOST_WEB) {
        w->has_web = true;
        return KIND_TICKET;
    }
    return w->has_web ? KIND_USER : w->has_idp ? KIND_TICKET : KIND_DISCOVER;
}

static enum kind next_kind(struct way *w, const struct turn *t)
{
    switch (t->role) {
    case SGS_HOST_SIP:
        return of_registrar(w, t);
    case SGS_HOST_WEB:
    case SGS_HOST_DISCOVER:
        return of_web(w, t);
    case SGS_HOST_IDP:
        w->has_idp = true;
        return KIND_IDP;
    case SGS_HOST_NONE:
    case SGS_HOST_PROXY:
    case SGS_HOST_PORTAL:
    case SGS_HOST_ANY:
        break;
    }
    return N_KINDS;
}

static bool takes(const struct sgs_flow_row *r, const char *step)
{
    for (const char *const *p = r->takes; *p; p++) {
        if (sgs_glob(*p, sgs_slice_str(step))) {
            return true;
        }
    }
    for (const char *const *p = r->splits; *p; p++) {
        if (sgs_glob(*p, sgs_slice_str(step))) {
            return true;
        }
    }
    return false;
}

static const char *id_of(const struct sgs_flow *flow, enum kind kind)
{
    for (const char *const *step = kinds[kind].steps; *step; step++) {
        for (size_t i = 0; i < flow->n_lines; i++) {
            if (flow->lines[i].what == SGS_LINE_ROW && takes(&flow->lines[i].row, *step)) {
                return flow->lines[i].row.id;
            }
        }
    }
    return NULL;
}

static void count(struct finder *f, enum kind kind, const struct turn *t)
{
    size_t *place = &f->places[t->act * N_KINDS + kind];

    if (*place == 0) {
        if (f->n == f->room) {
            f->room = f->room ? 2 * f->room : 16;
            f->found = sgs_xrealloc(f->found, f->room, sizeof *f->found);
        }
        *place = ++f->n;
        f->found[f->n - 1] = (struct found){.kind = kind, .act = t->act, .time = t->time};
    }
    struct found *p = &f->found[*place - 1];
    p->time_last = t->time_last;
    p->turns += t->count;
    p->octets[SGS_C2S] += t->octets[SGS_C2S];
    p->octets[SGS_S2C] += t->octets[SGS_S2C];
    p->frames[p->n_frames++] = t->frames[0];
    p->frames[p->n_frames++] = t->frames[1];
}

static void walk(struct finder *f)
{
    struct way way = {0};

    for (size_t i = 0; i < f->n_turns; i++) {
        const struct turn *t = &f->turns[i];
        enum kind kind = next_kind(&way, t);

        if (t->is_read && f->acts[t->act].effect == SGS_FX_REGISTERED) {
            return; /* what follows is no part of the way */
        }
        if (!t->is_read && kind < N_KINDS) {
            count(f, kind, t);
        }
    }
}

static struct sgs_phase describe(const struct finder *f, const struct found *p)
{
    const struct sgs_step *act = &f->acts[p->act];
    uint64_t *frames = sgs_arena_array(f->arena, p->n_frames, sizeof *frames);
    struct sgs_step s = *act;

    s.id = id_of(f->flow, p->kind);
    s.stage = kinds[p->kind].stage;
    s.title = sgs_slice_str(kinds[p->kind].title);
    s.request = s.response = s.symbol = s.reason = (struct sgs_slice){NULL, 0};
    s.time = p->time;
    s.duration = p->time_last > p->time ? p->time_last - p->time : 0;
    s.verdict = SGS_V_UNSEEN;
    s.trust = SGS_INFERRED;
    s.effect = SGS_FX_NONE;
    for (size_t i = 0; frames && i < p->n_frames; i++) {
        frames[i] = p->frames[i];
    }
    s.frames = frames;
    s.n_frames = frames ? sgs_numbers_tidy(frames, p->n_frames) : 0;
    s.note = sgs_arena_printf(
        f->arena,
        "concluded from the order of hosts: %llu %s, %llu octets to the server, %llu from it",
        (unsigned long long)p->turns, p->turns == 1 ? "turn" : "turns",
        (unsigned long long)p->octets[SGS_C2S], (unsigned long long)p->octets[SGS_S2C]);
    return (struct sgs_phase){s, kinds[p->kind].why, p->act};
}

size_t sgs_phases_find(const struct sgs_flow *flow, const struct sgs_exchange *const *list,
                       const struct sgs_step *acts, size_t n, struct sgs_arena *a,
                       struct sgs_phase **out)
{
    struct finder f = {.flow = flow, .list = list, .acts = acts, .arena = a};
    size_t n_closed = 0;

    for (size_t i = 0; i < n; i++) {
        n_closed += count_rows(list[i]);
    }
    *out = NULL;
    if (n_closed == 0) {
        return 0;
    }
    f.turns = sgs_xcalloc(n + n_closed, sizeof *f.turns);
    f.places = sgs_xcalloc(n * N_KINDS, sizeof *f.places);
    for (size_t i = 0; i < n; i++) {
        add_turns(&f, i);
    }
    qsort(f.turns, f.n_turns, sizeof *f.turns, by_time);
    walk(&f);
    struct sgs_phase *all = sgs_arena_array(a, f.n ? f.n : 1, sizeof *all);
    for (size_t i = 0; all && i < f.n; i++) {
        all[i] = describe(&f, &f.found[i]);
    }
    free(f.turns);
    free(f.found);
    free(f.places);
    *out = all;
    return all ? f.n : 0;
}
