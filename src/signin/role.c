/* Host roles, from roles.def. */
#include "signin/role.h"

#include <signscope/arena.h>

#include "signin/cond.h"

enum form { FORM_URL, FORM_HOST_PORT, FORM_LINKS };

static const struct {
    enum sgs_host_role role;
    const char *pattern;
} by_name[] = {
#define ROLE(role, pattern) {SGS_HOST_##role, pattern},
#define LEARN(role, kind, field, form)
#define PATH(role, pattern)
#define PROBE(host, path)
#define BESIDE(pattern)
#include "signin/roles.def"
#undef ROLE
#undef LEARN
#undef PATH
#undef PROBE
#undef BESIDE
};

static const struct {
    enum sgs_host_role role;
    enum sgs_kind kind;
    enum sgs_field_id field;
    enum form form;
} learned[] = {
#define ROLE(role, pattern)
#define LEARN(role, kind, field, form) {SGS_HOST_##role, SGS_K_##kind, SGS_F_##field, FORM_##form},
#define PATH(role, pattern)
#define PROBE(host, path)
#define BESIDE(pattern)
#include "signin/roles.def"
#undef ROLE
#undef LEARN
#undef PATH
#undef PROBE
#undef BESIDE
};

static const struct {
    enum sgs_host_role role;
    const char *pattern;
} by_path[] = {
#define ROLE(role, pattern)
#define LEARN(role, kind, field, form)
#define PATH(role, pattern) {SGS_HOST_##role, pattern},
#define PROBE(host, path)
#define BESIDE(pattern)
#include "signin/roles.def"
#undef ROLE
#undef LEARN
#undef PATH
#undef PROBE
#undef BESIDE
};

static const char *const others[] = {
#define ROLE(role, pattern)
#define LEARN(role, kind, field, form)
#define PATH(role, pattern)
#define PROBE(host, path)
#define BESIDE(pattern) pattern,
#include "signin/roles.def"
#undef ROLE
#undef LEARN
#undef PATH
#undef PROBE
#undef BESIDE
};

static const struct {
    const char *host;
    const char *path;
} probes[] = {
#define ROLE(role, pattern)
#define LEARN(role, kind, field, form)
#define PATH(role, pattern)
#define PROBE(host, path) {host, path},
#define BESIDE(pattern)
#include "signin/roles.def"
#undef ROLE
#undef LEARN
#undef PATH
#undef PROBE
#undef BESIDE
};

/* Host of https://user@host:port/path, of host:port, of host. */
static struct sgs_slice host_in(struct sgs_slice text)
{
    size_t scheme = sgs_slice_find(text, SGS_LIT("://"));
    if (scheme < text.len) {
        text = sgs_slice_from(text, scheme + 3);
    }
    text = sgs_slice_cut(&(struct sgs_slice){text.ptr, text.len}, '/');
    size_t at = sgs_slice_chr(text, '@');
    text = at < text.len ? sgs_slice_from(text, at + 1) : text;
    return sgs_slice_trim(sgs_slice_cut(&(struct sgs_slice){text.ptr, text.len}, ':'));
}

struct learner {
    struct sgs_known *known;
    struct sgs_arena *arena;
    enum sgs_known_by by;
    sgs_time at;
};

static void learn(const struct learner *l, struct sgs_slice host, enum sgs_host_role role)
{
    sgs_known_role(l->known, sgs_arena_lower(l->arena, host), role, l->by, l->at);
}

bool sgs_roles_use(enum sgs_kind kind)
{
    for (size_t i = 0; i < sizeof learned / sizeof *learned; i++) {
        if (learned[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static void learn_event(const struct learner *l, const struct sgs_event *ev)
{
    for (size_t i = 0; i < sizeof learned / sizeof *learned; i++) {
        const struct sgs_value *v =
            learned[i].kind == ev->kind ? sgs_event_get(ev, learned[i].field) : NULL;
        if (!v) {
            continue;
        }
        if (learned[i].form != FORM_LINKS) {
            learn(l, host_in(v->text), learned[i].role);
            continue;
        }
        for (size_t j = 0; v->n > 0 && j < v->rows[0].n; j++) {
            learn(l, host_in(v->rows[0].members[j].text), learned[i].role);
        }
    }
}

static bool is_probe(const struct sgs_exchange *x)
{
    struct sgs_slice path = x->req ? sgs_event_text(x->req, SGS_F_TARGET) : (struct sgs_slice){0};
    for (size_t i = 0; x->proto == SGS_P_HTTP && i < sizeof probes / sizeof *probes; i++) {
        if (sgs_glob(probes[i].host, x->host) && sgs_glob(probes[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* Where an answer of HTTP sends the client to; empty: nowhere. */
static struct sgs_slice sent_to(const struct sgs_exchange *x)
{
    bool is_sent =
        x->proto == SGS_P_HTTP && x->rsp && sgs_event_int(x->rsp, SGS_F_STATUS, 0) / 100 == 3;
    return is_sent ? host_in(sgs_event_text(x->rsp, SGS_F_LOCATION)) : (struct sgs_slice){NULL, 0};
}

static void learn_portal(const struct learner *l, const struct sgs_exchange *x)
{
    struct sgs_slice host = sent_to(x);
    if (host.len > 0 && !sgs_slice_ieq(host, x->host) && is_probe(x)) {
        learn(l, host, SGS_HOST_PORTAL);
    }
}

/* The targets of SRV answers to names of discovery, and what is asked of a host. */
static void learn_exchange(const struct learner *l, const struct sgs_exchange *x)
{
    const struct sgs_value *answers =
        x->rsp && x->proto == SGS_P_DNS ? sgs_event_get(x->rsp, SGS_F_ANSWERS) : NULL;
    bool is_srv = answers && sgs_glob("_sip*", x->host) &&
                  sgs_slice_eq(sgs_event_text(x->rsp, SGS_F_TYPE), SGS_LIT("SRV"));
    for (size_t i = 0; is_srv && i < answers->n; i++) {
        for (size_t j = 0; j < answers->rows[i].n; j++) {
            const struct sgs_member *d = &answers->rows[i].members[j];
            struct sgs_slice rest = d->text;
            if (!sgs_slice_eq(d->name, SGS_LIT("data"))) {
                continue;
            }
            for (int skip = 0; skip < 3; skip++) {
                (void)sgs_slice_cut(&rest, ' '); /* priority, weight, port */
            }
            learn(l, rest, SGS_HOST_SIP);
        }
    }
    struct sgs_slice target = x->req ? sgs_event_text(x->req, SGS_F_TARGET) : (struct sgs_slice){0};
    for (size_t i = 0; x->proto == SGS_P_HTTP && i < sizeof by_path / sizeof *by_path; i++) {
        if (sgs_glob(by_path[i].pattern, target)) {
            learn(l, x->host, by_path[i].role);
            return;
        }
    }
    bool is_register = x->proto == SGS_P_SIP && x->req &&
                       (sgs_slice_eq(sgs_event_text(x->req, SGS_F_METHOD), SGS_LIT("REGISTER")) ||
                        sgs_slice_eq(sgs_event_text(x->req, SGS_F_METHOD), SGS_LIT("NEGOTIATE")));
    if (is_register) {
        learn(l, x->host, SGS_HOST_SIP);
    }
    bool moved = x->proto == SGS_P_SIP && x->rsp &&
                 sgs_event_int(x->rsp, SGS_F_STATUS, 0) / 100 == 3 &&
                 sgs_slice_eq(sgs_event_text(x->rsp, SGS_F_CSEQ_METHOD), SGS_LIT("REGISTER"));
    if (moved) {
        struct sgs_slice contact = sgs_event_text(x->rsp, SGS_F_CONTACT);
        (void)sgs_slice_cut(&contact, ':');
        learn(l, host_in(sgs_slice_cut(&contact, ';')), SGS_HOST_SIP);
    }
}

static enum sgs_host_role role_by_name(struct sgs_slice host)
{
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        if (sgs_glob(by_name[i].pattern, host)) {
            return by_name[i].role;
        }
    }
    return SGS_HOST_NONE;
}

/* "198.51.100.10:443": no name looks like that. */
static struct sgs_slice server_text(const struct sgs_event *ev, struct sgs_arena *a)
{
    char text[SGS_ADDR_TEXT_LEN];
    sgs_addr_text(ev->dir == SGS_C2S ? &ev->dst : &ev->src, text);
    return sgs_arena_copy(a, sgs_slice_str(text));
}

/* The address of a host that is for Autodiscover by its name. */
static void learn_address(const struct learner *l, const struct sgs_event *ev)
{
    struct sgs_slice sni = sgs_event_text(ev, SGS_F_SNI);
    if (ev->kind == SGS_K_TLS_CLIENT_HELLO && role_by_name(sni) == SGS_HOST_DISCOVER) {
        learn(l, server_text(ev, l->arena), SGS_HOST_DISCOVER);
    }
}

void sgs_roles_teach(struct sgs_known *k, const struct sgs_exchange *list, size_t n,
                     const struct sgs_event *const *events, size_t n_events, struct sgs_arena *a)
{
    for (size_t i = 0; i < n_events; i++) {
        struct learner l = {k, a, SGS_KNOWN_NAMED, events[i]->origin.time};
        learn_event(&l, events[i]);
        learn_address(&l, events[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct learner l = {k, a, SGS_KNOWN_ASKED, sgs_exchange_first(&list[i])->origin.time};
        learn_exchange(&l, &list[i]);
        learn_portal(&l, &list[i]);
    }
}

static bool is_beside(struct sgs_slice host)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (sgs_glob(others[i], host)) {
            return true;
        }
    }
    return false;
}

/* Web services have the address of the Autodiscover host.  What is concluded from that must not
 * weigh: it is said only of connections that went well. */
static enum sgs_host_role role_beside(const struct sgs_known *k, const struct sgs_exchange *x,
                                      struct sgs_arena *a)
{
    bool is_named = x->host.len > 0 && sgs_slice_chr(x->host, '.') < x->host.len;
    bool may_go_well = !x->rsp || sgs_slice_eq(sgs_event_text(x->rsp, SGS_F_END), SGS_LIT("ok"));
    if (!is_named || x->proto != SGS_P_TLS || !may_go_well || is_beside(x->host)) {
        return SGS_HOST_NONE;
    }
    const struct sgs_event *first = sgs_exchange_first(x);
    enum sgs_host_role role = sgs_known_role_of(k, server_text(first, a), first->origin.time);
    return role == SGS_HOST_DISCOVER ? SGS_HOST_WEB : SGS_HOST_NONE;
}

/* A server whose certificate lists a name of Autodiscover is the one that publishes the web
 * services; other things that it publishes have names of their own. */
static enum sgs_host_role role_by_certificate(const struct sgs_exchange *x)
{
    for (size_t i = 0; x->proto == SGS_P_TLS && !is_beside(x->host) && i < x->n_inner; i++) {
        const struct sgs_value *names = x->inner[i]->kind == SGS_K_TLS_CERTIFICATE
                                            ? sgs_event_get(x->inner[i], SGS_F_NAMES)
                                            : NULL;
        for (size_t j = 0; names && j < names->n; j++) {
            if (role_by_name(names->list[j]) == SGS_HOST_DISCOVER) {
                return SGS_HOST_WEB;
            }
        }
    }
    return SGS_HOST_NONE;
}

static bool is_to_portal(const struct sgs_known *k, const struct sgs_exchange *x,
                         struct sgs_arena *a)
{
    struct sgs_slice host = sent_to(x);
    sgs_time at = sgs_exchange_first(x)->origin.time;
    return host.len > 0 && sgs_known_role_of(k, sgs_arena_lower(a, host), at) == SGS_HOST_PORTAL;
}

void sgs_roles_assign(const struct sgs_known *k, struct sgs_exchange *list, size_t n,
                      struct sgs_arena *a)
{
    for (size_t i = 0; i < n; i++) {
        struct sgs_exchange *x = &list[i];
        x->is_to_portal = is_to_portal(k, x, a);
        x->role = role_by_name(x->host);
        if (!x->role) {
            x->role = sgs_known_role_of(k, sgs_arena_lower(a, x->host),
                                        sgs_exchange_first(x)->origin.time);
        }
        if (!x->role) {
            x->role = role_beside(k, x, a);
        }
        if (!x->role) {
            x->role = role_by_certificate(x);
        }
    }
}
