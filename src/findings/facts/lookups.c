/*
 * Where names lead that were looked up.
 *
 *   lookup.ipv6      an IPv6 address stayed silent, and the same host answered by IPv4 in the end;
 *                    number: ms between the two
 *   lookup.inside    a name that is for clients inside has a private address, which stayed silent,
 *                    and the client went by another name; number: ms until it did, text: the name,
 *                    more: the address
 *   lookup.hybrid    lyncdiscover is an alias for the cloud and the service record names an Edge of
 *                    the domain's own; text: the alias, more: that Edge
 *   lookup.web_page  port 80 of a host that only discovery asks for has a web site; text: what
 *                    serves it
 */
#include "findings/facts.h"

#include <signscope/url.h>

#include "signin/cond.h"
#include "signin/exchange.h"

#define DELAY SGS_SEC /* less is no delay (catalogue of findings) */

static const struct sgs_addr *server_of(const struct sgs_step *s)
{
    return s->is_answer ? &s->src : &s->dst;
}

static bool is_unanswered(const struct sgs_step *s)
{
    return s->exchange && s->exchange->req && s->exchange->req->kind == SGS_K_TCP_UNANSWERED;
}

static bool is_same_host(const struct sgs_step *a, const struct sgs_step *b)
{
    return a->host.len > 0 && sgs_slice_ieq(a->host, b->host);
}

static void add(struct sgs_facts *f, const char *name, const struct sgs_step *s, int64_t number,
                struct sgs_slice text, struct sgs_slice more)
{
    struct sgs_step *fact = sgs_facts_add(f, name, s, number, text);
    if (fact) {
        fact->symbol = sgs_arena_copy(f->arena, more);
    }
}

/* IPv6 before IPv4 */

/* When the host was reached by IPv4 after from; SGS_TIME_NONE: it was not. */
static sgs_time reached_at(const struct sgs_facts *f, const struct sgs_step *silent)
{
    sgs_time first = SGS_TIME_NONE;
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        const struct sgs_event *open = c->exchange->req;
        bool is_answered = open && open->kind == SGS_K_TCP_OPEN;
        if (is_answered && server_of(c)->len == 4 && is_same_host(c, silent) &&
            open->origin.time_last > silent->time &&
            (first == SGS_TIME_NONE || open->origin.time_last < first)) {
            first = open->origin.time_last;
        }
    }
    return first;
}

static void look_at_ipv6(struct sgs_facts *f, const struct sgs_step *s)
{
    sgs_time at = server_of(s)->len == 16 && is_unanswered(s) ? reached_at(f, s) : SGS_TIME_NONE;
    if (at != SGS_TIME_NONE && at - s->time > DELAY) {
        (void)sgs_facts_add(f, "lookup.ipv6", s, (at - s->time) / SGS_MS,
                            (struct sgs_slice){NULL, 0});
    }
}

/* inside names outside */

static bool is_for_inside(struct sgs_slice name)
{
    return sgs_glob("lyncdiscoverinternal.*", name) || sgs_glob("sipinternal.*", name);
}

/* The client went elsewhere, and never to anything with a private address: it is not inside. */
static bool is_outside(const struct sgs_facts *f)
{
    bool is_elsewhere = false;
    for (size_t i = 0; i < f->at->n_conns; i++) {
        const struct sgs_step *c = &f->at->conns[i];
        if (!is_unanswered(c) && sgs_addr_is_private(server_of(c))) {
            return false;
        }
    }
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        is_elsewhere |= s->host.len > 0 && !sgs_addr_is_private(server_of(s));
    }
    return is_elsewhere;
}

/* When the client next had to do with another host; SGS_TIME_NONE: it never had. */
static sgs_time left_at(const struct sgs_facts *f, const struct sgs_step *s)
{
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *next = &f->at->acts[i];
        if (next->time > s->time && next->exchange &&
            !sgs_slice_ieq(next->exchange->host, s->host)) {
            return next->time;
        }
    }
    return SGS_TIME_NONE;
}

static void look_at_inside(struct sgs_facts *f, const struct sgs_step *s)
{
    char address[SGS_ADDR_TEXT_LEN];
    if (is_unanswered(s) && is_for_inside(s->host) && sgs_addr_is_private(server_of(s)) &&
        is_outside(f)) {
        sgs_time left = left_at(f, s);
        sgs_addr_host(server_of(s), address);
        add(f, "lookup.inside", s, left == SGS_TIME_NONE ? 0 : (left - s->time) / SGS_MS, s->host,
            sgs_slice_str(address));
    }
}

/* hybrids */

/* The data of the first record of that type in an answer; empty: it has none. */
static struct sgs_slice record_of(const struct sgs_step *s, const char *type)
{
    const struct sgs_value *answers =
        s->exchange && s->exchange->rsp ? sgs_event_get(s->exchange->rsp, SGS_F_ANSWERS) : NULL;
    for (size_t i = 0; answers && i < answers->n; i++) {
        const struct sgs_row *row = &answers->rows[i];
        bool is_type = false;
        struct sgs_slice data = {NULL, 0};
        for (size_t j = 0; j < row->n; j++) {
            const struct sgs_member *m = &row->members[j];
            is_type |= sgs_slice_eq(m->name, SGS_LIT("type")) &&
                       sgs_slice_eq(m->text, sgs_slice_str(type));
            data = sgs_slice_eq(m->name, SGS_LIT("data")) ? m->text : data;
        }
        if (is_type) {
            return data;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static void find_hybrid(struct sgs_facts *f)
{
    const struct sgs_step *alias = NULL;
    struct sgs_slice cloud = {NULL, 0};
    struct sgs_slice edge = {NULL, 0};
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        struct sgs_slice name = s->exchange ? s->exchange->host : s->host;
        struct sgs_slice target = {NULL, 0};
        if (sgs_glob("lyncdiscover.*", name) && s->proto[0] == 'd') {
            target = record_of(s, "CNAME");
            bool is_cloud = sgs_glob("webdir*.online.lync.com", target);
            alias = is_cloud ? s : alias;
            cloud = is_cloud ? target : cloud;
        } else if (sgs_glob("_sip._tls.*", name)) {
            target = sgs_slice_behind_last(record_of(s, "SRV"), ' ');
            bool is_own = target.len > 0 && !sgs_glob("*.lync.com", target);
            edge = is_own ? target : edge;
        }
    }
    if (alias && edge.len > 0) {
        add(f, "lookup.hybrid", alias, 0, cloud, edge);
    }
}

/* web sites */

/* Where a redirect leads has to do with discovery, or is the same host. */
static bool is_redirect_of_discovery(const struct sgs_step *s)
{
    struct sgs_url url;
    struct sgs_slice location = sgs_event_text(s->exchange->rsp, SGS_F_LOCATION);
    return !sgs_url_read(location, &url) || sgs_slice_ieq(url.host, s->host) ||
           sgs_glob("lyncdiscover*", url.host) || sgs_glob("webdir*.online.lync.com", url.host) ||
           sgs_slice_ifind(location, SGS_LIT("/autodiscover")) < location.len;
}

/* 404 in HTML of something that is neither a web server of Microsoft nor says that it is one of
 * the pool. */
static bool is_foreign_404(const struct sgs_step *s)
{
    const struct sgs_event *rsp = s->exchange->rsp;
    struct sgs_slice server = sgs_event_text(rsp, SGS_F_SERVER);
    return s->status == 404 && server.len > 0 && !sgs_glob("Microsoft-*", server) &&
           !sgs_event_get(rsp, SGS_F_SERVER_FQDN);
}

static void look_at_page(struct sgs_facts *f, const struct sgs_step *s)
{
    const struct sgs_cond *page =
        CONDS(TO_PORT(80), TO_HOST("lyncdiscover*"), LIKE(RSP, CONTENT_TYPE, "text/html"));
    if (!sgs_cond_all(page, s->exchange)) {
        return;
    }
    bool is_elsewhere = s->status >= 300 && s->status < 400 && !is_redirect_of_discovery(s);
    if (s->status == 200 || is_elsewhere || is_foreign_404(s)) {
        struct sgs_slice server = sgs_event_text(s->exchange->rsp, SGS_F_SERVER);
        (void)sgs_facts_add(f, "lookup.web_page", s, s->status,
                            server.len > 0 ? server : SGS_LIT("something without a name"));
    }
}

void sgs_facts_lookups(struct sgs_facts *f)
{
    find_hybrid(f);
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        look_at_ipv6(f, s);
        look_at_inside(f, s);
        if (s->exchange && sgs_glob("discover.*", sgs_slice_str(s->name))) {
            look_at_page(f, s);
        }
    }
}
