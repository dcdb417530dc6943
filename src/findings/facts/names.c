/*
 * Names that do not belong together.
 *
 *   name.srv        the target of a service record is neither in the SIP domain nor Microsoft's;
 *                   text: the target, more: the domain
 *   name.redirect   Autodiscover sends the client to such a host; text: the host, more: the domain
 *   name.edge       the certificate of a registrar lacks sip.<domain>; text: that name
 *   name.web_site   the external web site of a Front End, on its own port, has the certificate of
 *                   the Edge; text: its subject's common name
 *   name.wildcard   it has a wildcard; text: that one
 *   name.portal     hosts of different names send the client to the same foreign one, what tests
 *                   whether the Internet is there among them; text: that one, its number is two
 */
#include "findings/facts.h"

#include <signscope/url.h>

#include "base/map.h"
#include "signin/cond.h"
#include "signin/exchange.h"

/* Where clients trust a server without asking ([MS-OCDISCWS] and the client's own list). */
static const char *const trusted[] = {"lync.com", "outlook.com", "lync.glbdns.microsoft.com",
                                      "microsoftonline.com", "skype.com"};

#define SITE_PORT 4443 /* of the external web site, as servers are installed */

/* name is domain or lies in it. */
static bool is_in(struct sgs_slice name, struct sgs_slice domain)
{
    size_t more = name.len > domain.len ? name.len - domain.len : 0;
    return domain.len > 0 && sgs_slice_iends(name, domain) &&
           (more == 0 || name.ptr[more - 1] == '.');
}

static bool is_foreign(struct sgs_slice name, struct sgs_slice domain)
{
    bool is_known = name.len == 0 || domain.len == 0 || is_in(name, domain);
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++) {
        is_known |= is_in(name, sgs_slice_str(trusted[i]));
    }
    return !is_known;
}

/* contoso.com of _sip._tls.contoso.com and of lyncdiscover.contoso.com. */
static struct sgs_slice domain_of(struct sgs_slice name)
{
    struct sgs_slice rest = name;
    struct sgs_slice first = sgs_slice_cut(&rest, '.');
    if (first.len > 0 && first.ptr[0] == '_') {
        (void)sgs_slice_cut(&rest, '.');
    }
    return rest;
}

static void add(struct sgs_facts *f, const char *name, const struct sgs_step *s,
                struct sgs_slice text, struct sgs_slice more)
{
    struct sgs_step *fact = sgs_facts_add(f, name, s, 0, text);
    if (fact) {
        fact->symbol = sgs_arena_copy(f->arena, more);
    }
}

static void look_at_srv(struct sgs_facts *f, const struct sgs_step *s)
{
    const struct sgs_value *answers =
        s->exchange->rsp ? sgs_event_get(s->exchange->rsp, SGS_F_ANSWERS) : NULL;
    struct sgs_slice domain = domain_of(s->exchange->host);
    for (size_t i = 0; answers && i < answers->n; i++) {
        bool is_srv = false;
        struct sgs_slice target = {NULL, 0};
        for (size_t j = 0; j < answers->rows[i].n; j++) {
            const struct sgs_member *m = &answers->rows[i].members[j];
            is_srv |=
                sgs_slice_eq(m->name, SGS_LIT("type")) && sgs_slice_eq(m->text, SGS_LIT("SRV"));
            target = sgs_slice_eq(m->name, SGS_LIT("data")) ? sgs_slice_behind_last(m->text, ' ')
                                                            : target;
        }
        if (is_srv && is_foreign(target, domain)) {
            add(f, "name.srv", s, target, domain);
            return;
        }
    }
}

/* A link in a body is no redirect of HTTP: that one is trusted. */
static void look_at_redirect(struct sgs_facts *f, const struct sgs_step *s)
{
    struct sgs_url url;
    struct sgs_slice at = s->exchange->rsp ? sgs_event_text(s->exchange->rsp, SGS_F_LOCATION)
                                           : (struct sgs_slice){NULL, 0};
    struct sgs_slice domain = domain_of(s->host);
    if (s->status >= 300 && s->status < 400 && sgs_url_read(at, &url) &&
        is_foreign(url.host, domain)) {
        add(f, "name.redirect", s, url.host, domain);
    }
}

/* "sip.contoso.com" of "CN=sip.contoso.com,O=Contoso" */
static struct sgs_slice common_name(const struct sgs_event *cert)
{
    const struct sgs_slice cn = SGS_LIT("CN=");
    struct sgs_slice subject = sgs_event_text(cert, SGS_F_SUBJECT);
    size_t at = sgs_slice_ifind(subject, cn);
    struct sgs_slice name = sgs_slice_from(subject, at < subject.len ? at + cn.len : subject.len);
    return sgs_slice_trim(sgs_slice_head(name, sgs_slice_chr(name, ',')));
}

/* The names in it, or NULL. */
static const struct sgs_value *names_of(const struct sgs_step *conn)
{
    const struct sgs_event *leaf = sgs_facts_leaf(conn);
    return leaf ? sgs_event_get(leaf, SGS_F_NAMES) : NULL;
}

/* contoso.com of the user; empty when nobody is named. */
static struct sgs_slice user_domain(const struct sgs_facts *f)
{
    struct sgs_slice user = f->at->user;
    return sgs_slice_from(user, sgs_slice_chr(user, '@') + 1);
}

/* Something asked for, or a connection, was for a registrar of that name. */
static bool is_registrar(const struct sgs_facts *f, struct sgs_slice name)
{
    for (size_t i = 0; i < f->at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_exchange *x = f->at->acts[i].exchange;
        if (x->role == SGS_HOST_SIP && sgs_slice_ieq(x->host, name)) {
            return true;
        }
    }
    struct sgs_slice edge = SGS_LIT("sip.");
    return sgs_slice_istarts(name, edge) &&
           sgs_slice_ieq(sgs_slice_from(name, edge.len), user_domain(f));
}

/* What a reverse proxy shows in front says nothing of the site behind it: only that port is its
 * own. */
static void look_at_site(struct sgs_facts *f, const struct sgs_step *s)
{
    const struct sgs_event *leaf = s->dst.port == SITE_PORT ? sgs_facts_leaf(s) : NULL;
    struct sgs_slice cn = leaf ? common_name(leaf) : (struct sgs_slice){NULL, 0};
    if (cn.len > 0 && !sgs_slice_ieq(cn, s->host) && is_registrar(f, cn)) {
        add(f, "name.web_site", s, cn, s->host);
    }
}

/* Wildcards do not count: what asks for sip.<domain> asks for it by name. */
static void look_at_edge(struct sgs_facts *f, const struct sgs_step *s)
{
    struct sgs_slice domain = user_domain(f);
    struct sgs_slice name =
        sgs_arena_printf(f->arena, "sip.%.*s", (int)domain.len, (const char *)domain.ptr);
    const struct sgs_value *names = names_of(s);
    bool is_listed = !names || domain.len == 0 || is_in(s->host, SGS_LIT("lync.com"));
    struct sgs_slice wildcard = {NULL, 0};
    for (size_t i = 0; names && i < names->n; i++) {
        is_listed |= sgs_slice_ieq(names->list[i], name);
        wildcard = sgs_slice_starts(names->list[i], SGS_LIT("*.")) ? names->list[i] : wildcard;
    }
    if (!is_listed) {
        add(f, "name.edge", s, name, domain);
    }
    if (wildcard.len > 0 && !is_in(s->host, SGS_LIT("lync.com"))) {
        add(f, "name.wildcard", s, wildcard, domain);
    }
}

/* Portals answer for whatever host is asked. */
static void find_portals(struct sgs_facts *f)
{
    struct sgs_map *senders = sgs_map_new();
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        const struct sgs_event *rsp = s->exchange ? s->exchange->rsp : NULL;
        struct sgs_url url;
        if (!rsp || s->status < 300 || s->status >= 400 ||
            !sgs_url_read(sgs_event_text(rsp, SGS_F_LOCATION), &url) ||
            !is_foreign(url.host, domain_of(s->host))) {
            continue;
        }
        struct sgs_slice portal = sgs_arena_lower(f->arena, url.host);
        struct sgs_slice *first = sgs_map_get(senders, portal);
        if (s->exchange->is_to_portal) {
            (void)sgs_facts_add(f, "name.portal", s, 2, portal);
            break;
        }
        if (!first) {
            first = sgs_arena_alloc(f->arena, sizeof *first);
            if (!first) {
                break;
            }
            *first = s->host;
            (void)sgs_map_put(senders, portal, first);
        } else if (!sgs_slice_ieq(*first, s->host)) {
            (void)sgs_facts_add(f, "name.portal", s, 2, portal);
            break;
        }
    }
    sgs_map_free(senders);
}

void sgs_facts_names(struct sgs_facts *f)
{
    find_portals(f);
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        if (sgs_glob("dns.srv", sgs_slice_str(s->name))) {
            look_at_srv(f, s);
        } else if (sgs_glob("discover.*", sgs_slice_str(s->name))) {
            look_at_redirect(f, s);
        }
    }
    for (size_t i = 0; i < f->at->n_conns; i++) {
        if (sgs_glob("conn.sip", sgs_slice_str(f->at->conns[i].name))) {
            look_at_edge(f, &f->at->conns[i]);
        } else if (i < SGS_MAX_JUDGED) {
            look_at_site(f, &f->at->conns[i]);
        }
    }
}
