/*
 * Sign-ins through AD FS.
 *
 *   login.direct    a password went straight to OrgID and was refused, after AD FS had failed
 *   login.bounced   AD FS and those who rely on it send the browser to and fro, and nobody types
 *                   anything; number: how often within half a minute
 *   site.same       the names of the web services inside and outside have one address; text: both
 *                   names, more: the address
 */
#include "findings/facts.h"

#include <string.h>

#include <signscope/url.h>

#include "signin/cond.h"
#include "signin/exchange.h"

#define BOUNCES 4 /* and more, within */
#define BOUNCE_TIME (30 * SGS_SEC)

static bool is_called(const struct sgs_step *s, const char *pattern)
{
    return s->name && sgs_glob(pattern, sgs_slice_str(s->name));
}

static bool is_bad(const struct sgs_step *s)
{
    return s->effect == SGS_FX_REFUSED || s->effect == SGS_FX_NEGATIVE;
}

/* AD FS itself, or the way there: hosts of OrgID have names of their own. */
static bool is_adfs(const struct sgs_step *s)
{
    bool is_way = is_called(s, "T.*.idp") && s->exchange && !sgs_glob("login.*", s->exchange->host);
    return is_called(s, "idp.adfs.*") || is_way;
}

static void find_direct(struct sgs_facts *f)
{
    const struct sgs_cond *password = CONDS(LIKE(INNER, AUTH_SCHEME, "UsernameToken"));
    bool has_failed = false;
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        has_failed |= is_adfs(s) && is_bad(s);
        if (has_failed && is_called(s, "idp.orgid") && is_bad(s) &&
            sgs_cond_all(password, s->exchange)) {
            (void)sgs_facts_add(f, "login.direct", s, 0, s->exchange->host);
            return;
        }
    }
}

/* One way of the browser from here to there. */
struct bounce {
    sgs_time time;
    struct sgs_slice from; /* host that sent it to AD FS; empty: it brought a token */
};

static bool is_bounce(const struct sgs_step *s, struct bounce *b)
{
    const struct sgs_cond *sent =
        CONDS(GE(RSP, STATUS, 300), LT(RSP, STATUS, 400), LIKE(RSP, LOCATION, "*wa=wsignin1.0*"));
    const struct sgs_cond *brought = CONDS(LIKE(INNER, FORM_FIELDS, "wresult"));
    bool is_sent = sgs_cond_all(sent, s->exchange);
    *b = (struct bounce){
        s->time, is_sent ? s->host : (struct sgs_slice){NULL, 0}
    };
    return is_sent || sgs_cond_all(brought, s->exchange);
}

/* Among the last ones is a host that sent the browser more than once: each once is no circle. */
static bool is_circle(const struct bounce last[BOUNCES])
{
    for (size_t i = 0; i < BOUNCES; i++) {
        for (size_t j = 0; j < i; j++) {
            if (last[i].from.len > 0 && sgs_slice_ieq(last[i].from, last[j].from)) {
                return true;
            }
        }
    }
    return false;
}

static void find_bounces(struct sgs_facts *f)
{
    const struct sgs_cond *typed = CONDS(LIKE(INNER, FORM_FIELDS, "*password*"));
    struct bounce last[BOUNCES];
    size_t n = 0;
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (!s->exchange || s->exchange->proto != SGS_P_HTTP) {
            continue;
        }
        n = sgs_cond_all(typed, s->exchange) ? 0 : n;
        if (n == BOUNCES) {
            memmove(last, last + 1, (BOUNCES - 1) * sizeof *last);
            n--;
        }
        if (is_bounce(s, &last[n]) && ++n == BOUNCES && s->time - last[0].time <= BOUNCE_TIME &&
            is_circle(last)) {
            (void)sgs_facts_add(f, "login.bounced", s, BOUNCES, s->host);
            return;
        }
    }
}

/* The first address that the attempt's look-ups gave for host; empty: none. */
static struct sgs_slice address_of(const struct sgs_attempt *at, struct sgs_slice host)
{
    for (size_t i = 0; i < at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_exchange *x = at->acts[i].exchange;
        bool is_its = x && x->proto == SGS_P_DNS && x->rsp && sgs_slice_ieq(x->host, host);
        const struct sgs_value *answers = is_its ? sgs_event_get(x->rsp, SGS_F_ANSWERS) : NULL;
        for (size_t j = 0; answers && j < answers->n; j++) {
            struct sgs_slice type = {NULL, 0}, data = {NULL, 0};
            for (size_t k = 0; k < answers->rows[j].n; k++) {
                const struct sgs_member *m = &answers->rows[j].members[k];
                type = sgs_slice_eq(m->name, SGS_LIT("type")) ? m->text : type;
                data = sgs_slice_eq(m->name, SGS_LIT("data")) ? m->text : data;
            }
            if (sgs_slice_eq(type, SGS_LIT("A")) || sgs_slice_eq(type, SGS_LIT("AAAA"))) {
                return data;
            }
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* The host of that link, as the user's resource of Autodiscover names it. */
static struct sgs_slice linked_host(const struct sgs_exchange *x, const char *token)
{
    struct sgs_url url;
    for (size_t i = 0; i < x->n_inner; i++) {
        const struct sgs_value *links = sgs_event_get(x->inner[i], SGS_F_LINKS);
        for (size_t j = 0; links && j < links->rows[0].n; j++) {
            const struct sgs_member *m = &links->rows[0].members[j];
            if (sgs_slice_ieq(m->name, sgs_slice_str(token)) && sgs_url_read(m->text, &url)) {
                return url.host;
            }
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static void find_sites(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (!is_called(s, "discover.user*")) {
            continue;
        }
        struct sgs_slice in = linked_host(s->exchange, "Internal/Autodiscover");
        struct sgs_slice out = linked_host(s->exchange, "External/Autodiscover");
        struct sgs_slice ip = address_of(f->at, in);
        if (in.len == 0 || out.len == 0 || ip.len == 0 || sgs_slice_ieq(in, out) ||
            !sgs_slice_eq(ip, address_of(f->at, out))) {
            continue;
        }
        struct sgs_step *fact = sgs_facts_add(
            f, "site.same", s, 0,
            sgs_arena_printf(f->arena, "%.*s and %.*s", (int)in.len, (const char *)in.ptr,
                             (int)out.len, (const char *)out.ptr));
        if (fact) {
            fact->symbol = sgs_arena_copy(f->arena, ip);
        }
        return;
    }
}

void sgs_facts_federation(struct sgs_facts *f)
{
    find_direct(f);
    find_bounces(f);
    find_sites(f);
}
