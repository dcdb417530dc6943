/*
 * Answers of the Autodiscover web service ([MS-OCDISCWS]): where the client is seen from, the SIP
 * servers for it, links by token, and the redirect that usually comes as a link in a 200.  XML, and
 * the two JSON forms: the same names, or links of UCWA's root resource.
 *
 *   <AutodiscoverResponse AccessLocation="External"><User>
 *     <SipClientExternalAccess fqdn="sip.contoso.com" port="443"/>
 *     <Link token="Redirect" href="https://..."/>
 *
 *   {"AccessLocation":"External","Root":{"Links":[{"token":"User","href":"https://..."}]}}
 *   {"_links":{"user":{"href":"https://..."},"xframe":{"href":"https://..."}}}
 */
#include <signscope/dissector.h>
#include <signscope/json.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define PROBE_MAX 4096 /* octets searched for the root element */
#define MAX_LINKS 64   /* links kept of one answer: real ones have about 20 */

/* The resources of the service, as elements and members and as a type. */
static const char *const resources[] = {"Root", "User", "Domain"};
static const char *const types[] = {"root", "user", "domain"};

#define N_RESOURCES (sizeof resources / sizeof *resources)

struct link {
    struct sgs_slice token;
    struct sgs_slice href;
};

/* What one answer says. */
struct found {
    struct sgs_arena *a;
    struct sgs_slice access;
    struct sgs_slice sip_internal;
    struct sgs_slice sip_external;
    struct sgs_slice sip_server_internal;
    struct sgs_slice sip_server_external;
    const char *resource; /* "root", "user", "domain"; NULL: not told */
    struct link links[MAX_LINKS];
    size_t n_links;
};

static struct sgs_slice server(struct found *f, struct sgs_slice fqdn, struct sgs_slice port)
{
    fqdn = sgs_slice_trim(fqdn);
    port = sgs_slice_trim(port);
    if (fqdn.len == 0 || port.len == 0) {
        return fqdn;
    }
    return sgs_arena_printf(f->a, "%.*s:%.*s", (int)fqdn.len, (const char *)fqdn.ptr, (int)port.len,
                            (const char *)port.ptr);
}

/* The first link of a token counts; tokens differ in more than case. */
static void add_link(struct found *f, struct sgs_slice token, struct sgs_slice href)
{
    token = sgs_slice_trim(token);
    href = sgs_slice_trim(href);
    for (size_t i = 0; i < f->n_links; i++) {
        if (sgs_slice_ieq(f->links[i].token, token)) {
            return;
        }
    }
    if (token.len > 0 && href.len > 0 && f->n_links < MAX_LINKS) {
        f->links[f->n_links++] = (struct link){token, href};
    }
}

static struct sgs_slice link_of(const struct found *f, struct sgs_slice token)
{
    for (size_t i = 0; i < f->n_links; i++) {
        if (sgs_slice_ieq(f->links[i].token, token)) {
            return f->links[i].href;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* Where an element or member called name puts its fqdn and port; NULL: nowhere. */
static struct sgs_slice *server_of(struct found *f, struct sgs_slice name)
{
    const struct {
        const char *name;
        struct sgs_slice *to;
    } rows[] = {
        {"SipClientInternalAccess", &f->sip_internal       },
        {"SipClientExternalAccess", &f->sip_external       },
        {"SipServerInternalAccess", &f->sip_server_internal},
        {"SipServerExternalAccess", &f->sip_server_external},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (sgs_slice_ieq(name, sgs_slice_str(rows[i].name))) {
            return rows[i].to;
        }
    }
    return NULL;
}

static void tell(struct sgs_layer *l, enum sgs_dir dir, const struct found *f, bool is_cut)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_AUTODISCOVER_RESULT);

    ev_str(ev, SGS_F_TYPE, f->resource);
    ev_text(ev, SGS_F_ACCESS, sgs_slice_trim(f->access));
    ev_text(ev, SGS_F_SIP_INTERNAL, f->sip_internal);
    ev_text(ev, SGS_F_SIP_EXTERNAL, f->sip_external);
    ev_text(ev, SGS_F_REDIRECT, sgs_mask_url(f->a, link_of(f, SGS_LIT("redirect"))));
    ev_text(ev, SGS_F_SIP_SERVER_INTERNAL, f->sip_server_internal);
    ev_text(ev, SGS_F_SIP_SERVER_EXTERNAL, f->sip_server_external);
    for (size_t i = 0; i < f->n_links; i++) {
        ev_member(ev, SGS_F_LINKS, f->links[i].token, sgs_mask_url(f->a, f->links[i].href));
    }
    if (is_cut) {
        ev_bool(ev, SGS_F_CUT, true);
    }
    sgs_emit(ev);
}

static bool read_xml(struct found *f, struct sgs_slice msg, bool *is_cut)
{
    struct sgs_xml x;

    sgs_xml_read(msg, f->a, &x);
    if (x.n == 0 || !sgs_slice_eq(x.tokens[0].name, SGS_LIT("AutodiscoverResponse"))) {
        return false;
    }
    f->access = sgs_xml_attribute(&x, 0, "AccessLocation");
    for (size_t i = 1; i < x.n; i++) {
        const struct sgs_xml_token *t = &x.tokens[i];
        if (t->kind != SGS_XML_START) {
            continue;
        }
        struct sgs_slice at =
            server(f, sgs_xml_attribute(&x, i, "fqdn"), sgs_xml_attribute(&x, i, "port"));
        struct sgs_slice *to = server_of(f, t->name);
        for (size_t k = 0; k < N_RESOURCES && t->depth == 2; k++) {
            bool is_it = sgs_slice_ieq(t->name, sgs_slice_str(resources[k]));
            f->resource = is_it ? types[k] : f->resource;
        }
        if (to) {
            *to = at;
        } else if (sgs_slice_ieq(t->name, SGS_LIT("Link"))) {
            add_link(f, sgs_xml_attribute(&x, i, "token"), sgs_xml_attribute(&x, i, "href"));
        }
    }
    *is_cut = x.end != SGS_XML_WHOLE;
    return true;
}

/* A number or text as text. */
static struct sgs_slice scalar(struct found *f, struct sgs_json_value v)
{
    return v.kind == SGS_JSON_NUMBER ? sgs_arena_printf(f->a, "%lld", (long long)sgs_json_int(v, 0))
                                     : sgs_json_text(v);
}

/* Its SIP servers. */
static void json_servers(struct found *f, struct sgs_json_value resource)
{
    for (size_t i = 0; i < sgs_json_size(resource) && i < MAX_LINKS; i++) {
        struct sgs_slice name = {NULL, 0};
        struct sgs_json_value v = sgs_json_item(resource, i, &name);
        struct sgs_slice *to = v.kind == SGS_JSON_OBJECT ? server_of(f, name) : NULL;
        if (to) {
            *to = server(f, sgs_json_text(sgs_json_member(v, "fqdn")),
                         scalar(f, sgs_json_member(v, "port")));
        }
    }
}

/* {"Root":{"Links":[...]}} and {"User":{...}} */
static bool read_resource(struct found *f, struct sgs_json_value root)
{
    bool is_found = false;

    f->access = sgs_json_text(sgs_json_member(root, "AccessLocation"));
    for (size_t k = 0; k < N_RESOURCES; k++) {
        struct sgs_json_value resource = sgs_json_member(root, resources[k]);
        struct sgs_json_value links = sgs_json_member(resource, "Links");

        is_found |= links.kind == SGS_JSON_LIST;
        f->resource = resource.kind == SGS_JSON_OBJECT ? types[k] : f->resource;
        json_servers(f, resource);
        for (size_t i = 0; i < sgs_json_size(links) && i < MAX_LINKS; i++) {
            struct sgs_json_value link = sgs_json_item(links, i, NULL);
            add_link(f, sgs_json_text(sgs_json_member(link, "token")),
                     sgs_json_text(sgs_json_member(link, "href")));
        }
    }
    return is_found;
}

/* {"_links":{...}}: of the root or user resource, not of the other resources of UCWA. */
static bool read_links(struct found *f, struct sgs_json_value root)
{
    static const char *const tokens[] = {"user", "redirect", "applications", "domain", "xframe"};
    struct sgs_json_value links = sgs_json_member(root, "_links");

    for (size_t i = 0; i < sgs_json_size(links) && i < MAX_LINKS; i++) {
        struct sgs_slice token = {NULL, 0};
        struct sgs_json_value link = sgs_json_item(links, i, &token);
        add_link(f, token, sgs_json_text(sgs_json_member(link, "href")));
    }
    for (size_t k = 0; k < sizeof tokens / sizeof *tokens; k++) {
        if (link_of(f, sgs_slice_str(tokens[k])).len > 0) {
            return sgs_json_member(root, "_embedded").kind == SGS_JSON_NONE;
        }
    }
    return false;
}

/* The first octet that is neither blank nor of a byte order mark, or 0. */
static uint8_t first_octet(struct sgs_slice s)
{
    if (sgs_slice_starts(s, SGS_LIT("\xef\xbb\xbf"))) {
        s = sgs_slice_from(s, 3);
    }
    s = sgs_slice_trim(s);
    return s.len > 0 ? s.ptr[0] : 0;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct found f = {.a = sgs_scratch(l)};
    struct sgs_json *j = NULL;
    bool is_cut = sgs_is_cut(l);
    bool is_found = false;

    j = sgs_json_read(msg);
    if (!j) {
        is_found = read_xml(&f, msg, &is_cut);
    } else {
        is_found = read_resource(&f, sgs_json_root(j)) || read_links(&f, sgs_json_root(j));
    }
    if (is_found) {
        tell(l, dir, &f, is_cut || sgs_is_cut(l));
    }
    sgs_json_free(j);
}

/* A document is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static bool has(struct sgs_slice s, struct sgs_slice what)
{
    return sgs_slice_find(s, what) < s.len;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice front = sgs_slice_head(head, PROBE_MAX);
    char root[SGS_XML_ROOT_LEN];

    if (sgs_slice_eq(sgs_slice_str(sgs_xml_root(head, root)), SGS_LIT("AutodiscoverResponse"))) {
        return SGS_SURE;
    }
    switch (first_octet(front)) {
    case '{':
        if (has(front, SGS_LIT("\"Links\""))) {
            return SGS_SURE;
        }
        return has(front, SGS_LIT("\"_links\"")) ? SGS_MAYBE : SGS_NO;
    default:
        return SGS_NO;
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/vnd.microsoft.rtc.autodiscover+xml" },
    {SGS_BY_MEDIA, "application/vnd.microsoft.rtc.autodiscover+json"},
    {SGS_BY_MEDIA, "text/xml"                                       },
    {SGS_BY_MEDIA, "application/xml"                                },
    {SGS_BY_MEDIA, "application/json"                               },
    {0,            NULL                                             },
};

SGS_DISSECTOR(autodiscover) = {
    .name = "autodiscover",
    .title = "Autodiscover",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
