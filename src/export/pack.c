/* The octets of an attempt: numbers and texts as event files have them (timeline/record.h), members
 * in the order of their structs, lists with their length in front. */
#include "export/pack.h"

#include <string.h>

#include "timeline/record.h"

/* writing */

/* A static text that may be NULL. */
static void put_name(struct sgs_buf *b, const char *name)
{
    (void)sgs_buf_add_octet(b, name != NULL);
    sgs_put_text(b, sgs_slice_str(name));
}

static void put_addr(struct sgs_buf *b, const struct sgs_addr *a)
{
    sgs_put_text(b, sgs_slice(a->ip, a->len));
    sgs_put_uint(b, a->port);
}

/* Each as the difference to the one before: frames and ids ascend. */
static void put_numbers(struct sgs_buf *b, const uint64_t *list, size_t n)
{
    uint64_t last = 0;

    sgs_put_uint(b, n);
    for (size_t i = 0; i < n; i++) {
        sgs_put_uint(b, list[i] - last);
        last = list[i];
    }
}

static void put_step(struct sgs_buf *b, const struct sgs_step *s)
{
    const struct sgs_slice texts[] = {s->title,  s->request, s->response, s->host,    s->note,
                                      s->reason, s->symbol,  s->account,  s->service, s->proxy};

    put_name(b, s->id);
    put_name(b, s->name);
    put_name(b, s->proto);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sgs_put_text(b, texts[i]);
    }
    sgs_put_uint(b, s->stage);
    sgs_put_int(b, s->time);
    sgs_put_int(b, s->duration);
    put_addr(b, &s->src);
    put_addr(b, &s->dst);
    sgs_put_uint(b, s->is_answer);
    sgs_put_uint(b, s->transport);
    sgs_put_uint(b, s->conn);
    put_numbers(b, s->frames, s->n_frames);
    put_numbers(b, s->events, s->n_events);
    sgs_put_uint(b, s->verdict);
    sgs_put_uint(b, s->trust);
    sgs_put_uint(b, s->effect);
    sgs_put_uint(b, s->rank);
    sgs_put_int(b, s->status);
    sgs_put_int(b, s->code);
    sgs_put_uint(b, s->n_because);
    for (size_t i = 0; i < s->n_because; i++) {
        sgs_put_uint(b, s->because[i].event);
        sgs_put_uint(b, s->because[i].frame);
        put_name(b, s->because[i].how);
        sgs_put_uint(b, s->because[i].strength);
    }
    sgs_put_uint(b, s->act);
    sgs_put_uint(b, s->n_details);
    for (size_t i = 0; i < s->n_details; i++) {
        sgs_put_uint(b, s->details[i].what);
        sgs_put_uint(b, s->details[i].frame);
        sgs_put_text(b, s->details[i].text);
    }
}

static void put_steps(struct sgs_buf *b, const struct sgs_step *steps, size_t n)
{
    sgs_put_uint(b, n);
    for (size_t i = 0; i < n; i++) {
        put_step(b, &steps[i]);
        sgs_put_uint(b, steps[i].n_parts);
        for (size_t j = 0; j < steps[i].n_parts; j++) {
            put_step(b, &steps[i].parts[j]);
        }
    }
}

static void put_finding(struct sgs_buf *b, const struct sgs_finding *f)
{
    const struct sgs_slice texts[] = {f->title, f->detail, f->hint, f->user_saw};

    put_name(b, f->id);
    put_name(b, f->root);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sgs_put_text(b, texts[i]);
    }
    sgs_put_uint(b, f->stage);
    sgs_put_uint(b, f->severity);
    sgs_put_uint(b, f->role);
    sgs_put_uint(b, f->confidence);
    sgs_put_uint(b, f->recovered);
    put_numbers(b, f->evidence, f->n_evidence);
    put_numbers(b, f->frames, f->n_frames);
}

static void put_wanted(struct sgs_buf *b, const struct sgs_wanted *w)
{
    put_name(b, w->what);
    sgs_put_text(b, w->where);
    sgs_put_text(b, w->how);
    sgs_put_text(b, w->why);
}

void sgs_pack_attempt(struct sgs_buf *out, const struct sgs_attempt *at)
{
    sgs_put_text(out, at->user);
    put_addr(out, &at->client);
    sgs_put_text(out, at->agent);
    put_name(out, at->flow);
    sgs_put_uint(out, at->n_methods);
    for (size_t i = 0; i < at->n_methods; i++) {
        put_name(out, at->methods[i]);
    }
    sgs_put_uint(out, at->outcome);
    sgs_put_uint(out, at->confidence);
    put_name(out, at->why);
    sgs_put_int(out, at->started);
    sgs_put_int(out, at->ended);
    put_steps(out, at->steps, at->n_steps);
    sgs_put_uint(out, at->n_findings);
    for (size_t i = 0; i < at->n_findings; i++) {
        put_finding(out, &at->findings[i]);
    }
    sgs_put_uint(out, at->n_wanted);
    for (size_t i = 0; i < at->n_wanted; i++) {
        put_wanted(out, &at->wanted[i]);
    }
    sgs_put_int(out, at->quiet);
    sgs_put_uint(out, at->is_closed);
    sgs_put_uint(out, at->opaque_octets);
    sgs_put_int(out, at->opaque_open);
}

/* reading */

struct unpacker {
    struct sgs_reader r;
    struct sgs_arena *arena;
};

static struct sgs_slice get_text(struct unpacker *u)
{
    return sgs_get_text(&u->r, rd_left(&u->r));
}

static const char *get_name(struct unpacker *u)
{
    bool has_name = rd_u8(&u->r) != 0;
    struct sgs_slice text = get_text(u);
    const char *name = has_name ? sgs_arena_text(u->arena, text) : NULL;

    u->r.bad |= has_name && !name;
    return name;
}

/* A value of an enum whose last one is most. */
static unsigned get_enum(struct unpacker *u, unsigned most)
{
    uint64_t n = sgs_get_uint(&u->r);

    u->r.bad |= n > most;
    return u->r.bad ? 0 : (unsigned)n;
}

static struct sgs_addr get_addr(struct unpacker *u)
{
    struct sgs_addr a = {.len = 0};
    struct sgs_slice ip = sgs_get_text(&u->r, sizeof a.ip);

    if (ip.len > 0) {
        memcpy(a.ip, ip.ptr, ip.len);
        a.len = (uint8_t)ip.len;
    }
    a.port = (uint16_t)get_enum(u, UINT16_MAX);
    return a;
}

/* Room for a list of *n elements, of which each takes an octet at least. */
static void *get_list(struct unpacker *u, size_t size, size_t *n)
{
    uint64_t want = sgs_get_uint(&u->r);
    void *list = NULL;

    u->r.bad |= want > rd_left(&u->r);
    if (!u->r.bad && want > 0) {
        list = sgs_arena_array(u->arena, (size_t)want, size);
        u->r.bad |= list == NULL;
    }
    *n = u->r.bad ? 0 : (size_t)want;
    return list;
}

static const uint64_t *get_numbers(struct unpacker *u, size_t *n)
{
    uint64_t *list = get_list(u, sizeof *list, n);
    uint64_t last = 0;

    for (size_t i = 0; i < *n; i++) {
        last += sgs_get_uint(&u->r);
        list[i] = last;
    }
    return list;
}

static const struct sgs_because *get_because(struct unpacker *u, size_t *n)
{
    struct sgs_because *list = get_list(u, sizeof *list, n);

    for (size_t i = 0; i < *n; i++) {
        list[i].event = sgs_get_uint(&u->r);
        list[i].frame = sgs_get_uint(&u->r);
        list[i].how = get_name(u);
        list[i].strength = (enum sgs_confidence)sgs_get_uint(&u->r);
        u->r.bad |= !list[i].how;
    }
    return list;
}

static const struct sgs_detail *get_details(struct unpacker *u, size_t *n)
{
    struct sgs_detail *list = get_list(u, sizeof *list, n);

    for (size_t i = 0; i < *n; i++) {
        list[i].what = get_enum(u, UINT32_MAX);
        list[i].frame = sgs_get_uint(&u->r);
        list[i].text = get_text(u);
    }
    return list;
}

static struct sgs_step get_step(struct unpacker *u)
{
    struct sgs_step s = {.id = get_name(u)};
    struct sgs_slice *const texts[] = {&s.title,  &s.request, &s.response, &s.host,    &s.note,
                                       &s.reason, &s.symbol,  &s.account,  &s.service, &s.proxy};

    s.name = get_name(u);
    s.proto = get_name(u);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = get_text(u);
    }
    s.stage = (enum sgs_stage)get_enum(u, SGS_STAGE_POST_SIGNIN);
    s.time = sgs_get_int(&u->r);
    s.duration = sgs_get_int(&u->r);
    s.src = get_addr(u);
    s.dst = get_addr(u);
    s.is_answer = get_enum(u, 1) != 0;
    s.transport = (enum sgs_transport)get_enum(u, SGS_UDP);
    s.conn = get_enum(u, UINT32_MAX);
    s.frames = get_numbers(u, &s.n_frames);
    s.events = get_numbers(u, &s.n_events);
    s.verdict = (enum sgs_verdict)get_enum(u, SGS_V_UNSEEN);
    s.trust = (enum sgs_trust)get_enum(u, SGS_LOG);
    s.effect = (enum sgs_effect)get_enum(u, SGS_FX_NEGATIVE);
    s.rank = get_enum(u, UINT32_MAX);
    s.status = sgs_get_int(&u->r);
    s.code = sgs_get_int(&u->r);
    s.because = get_because(u, &s.n_because);
    s.act = (size_t)sgs_get_uint(&u->r);
    s.details = get_details(u, &s.n_details);
    return s;
}

static const struct sgs_step *get_steps(struct unpacker *u, size_t *n)
{
    struct sgs_step *steps = get_list(u, sizeof *steps, n);

    for (size_t i = 0; i < *n; i++) {
        struct sgs_step *parts = NULL;

        steps[i] = get_step(u);
        parts = get_list(u, sizeof *parts, &steps[i].n_parts);
        for (size_t j = 0; j < steps[i].n_parts; j++) {
            parts[j] = get_step(u);
        }
        steps[i].parts = parts;
    }
    return steps;
}

static struct sgs_finding get_finding(struct unpacker *u)
{
    struct sgs_finding f = {.id = get_name(u)};
    struct sgs_slice *const texts[] = {&f.title, &f.detail, &f.hint, &f.user_saw};

    f.root = get_name(u);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = get_text(u);
    }
    f.stage = (enum sgs_stage)get_enum(u, SGS_STAGE_POST_SIGNIN);
    f.severity = (enum sgs_severity)get_enum(u, SGS_EXPECTED);
    f.role = (enum sgs_role)get_enum(u, SGS_NOTE);
    f.confidence = (enum sgs_confidence)get_enum(u, SGS_HINT);
    f.recovered = get_enum(u, 1);
    f.evidence = get_numbers(u, &f.n_evidence);
    f.frames = get_numbers(u, &f.n_frames);
    return f;
}

static const struct sgs_finding *get_findings(struct unpacker *u, size_t *n)
{
    struct sgs_finding *list = get_list(u, sizeof *list, n);

    for (size_t i = 0; i < *n; i++) {
        list[i] = get_finding(u);
    }
    return list;
}

static const struct sgs_wanted *get_wanted(struct unpacker *u, size_t *n)
{
    struct sgs_wanted *list = get_list(u, sizeof *list, n);

    for (size_t i = 0; i < *n; i++) {
        list[i].what = get_name(u);
        list[i].where = get_text(u);
        list[i].how = get_text(u);
        list[i].why = get_text(u);
    }
    return list;
}

static const char *const *get_methods(struct unpacker *u, size_t *n)
{
    const char **list = get_list(u, sizeof *list, n);

    for (size_t i = 0; i < *n; i++) {
        list[i] = get_name(u);
    }
    return list;
}

bool sgs_unpack_attempt(struct sgs_slice packed, struct sgs_arena *a, struct sgs_attempt *out)
{
    struct unpacker u = {rd_open(packed), a};
    struct sgs_attempt at = {.user = get_text(&u)};

    at.client = get_addr(&u);
    at.agent = get_text(&u);
    at.flow = get_name(&u);
    at.methods = get_methods(&u, &at.n_methods);
    at.outcome = (enum sgs_outcome)get_enum(&u, SGS_UNKNOWN);
    at.confidence = (enum sgs_confidence)get_enum(&u, SGS_HINT);
    at.why = get_name(&u);
    at.started = sgs_get_int(&u.r);
    at.ended = sgs_get_int(&u.r);
    at.steps = get_steps(&u, &at.n_steps);
    at.findings = get_findings(&u, &at.n_findings);
    at.wanted = get_wanted(&u, &at.n_wanted);
    at.quiet = sgs_get_int(&u.r);
    at.is_closed = get_enum(&u, 1);
    at.opaque_octets = sgs_get_uint(&u.r);
    at.opaque_open = sgs_get_int(&u.r);
    if (!rd_done(&u.r)) {
        return false;
    }
    *out = at;
    return true;
}
