/*
 * Sign-in of UCWA, the web API of the servers (Microsoft's UCWA 2.0 documentation): the application
 * that a client asks for, the one it gets, and errors with code and subcode.  JSON and XML say the
 * same.
 *
 *   POST .../applications  {"UserAgent":"...","EndpointId":"a917...","Culture":"en-US"}
 *   201                    {"_links":{"self":{"href":"/ucwa/oauth/v1/applications/105"},...},
 *                           "_embedded":{"me":{"uri":"sip:ada@contoso.com"}},"rel":"application"}
 *   4xx, 5xx               {"code":"Forbidden","subcode":"...","message":"..."}
 *   <resource rel="application" href="..."> <link rel="..." href="..."/> <property name="culture">
 */
#include <signscope/dissector.h>
#include <signscope/json.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define PROBE_MAX 4096 /* octets searched for a name */
#define MAX_LINKS 64   /* links told of one resource */
#define SPACE "http://schemas.microsoft.com/rtc/2012/03/ucwa"

/* A message while it is read; one of root and x is there. */
struct ucwa {
    struct sgs_arena *a;
    struct sgs_json_value root;
    struct sgs_xml x;
};

/* A member, or its XML forms: <property name="culture"> and <code>. */
static struct sgs_slice value_of(const struct ucwa *u, const char *name)
{
    if (u->root.kind == SGS_JSON_OBJECT) {
        return sgs_json_text(sgs_json_member(u->root, name));
    }
    size_t i = sgs_xml_find(&u->x, 0, u->x.n, "property");
    while (i < u->x.n && !sgs_slice_ieq(sgs_xml_attribute(&u->x, i, "name"), sgs_slice_str(name))) {
        i = sgs_xml_find(&u->x, i + 1, u->x.n, "property");
    }
    i = i < u->x.n ? i : sgs_xml_child_named(&u->x, 0, name);
    return i < u->x.n ? sgs_xml_text(&u->x, i) : (struct sgs_slice){NULL, 0};
}

/* Requests begin names with a capital, answers do not. */
static struct sgs_slice either(const struct ucwa *u, const char *name, const char *other)
{
    struct sgs_slice value = value_of(u, name);

    return value.len > 0 ? value : value_of(u, other);
}

static void put(const struct ucwa *u, struct sgs_draft *ev, enum sgs_field_id id,
                struct sgs_slice text)
{
    ev_text(ev, id, sgs_mask_text(u->a, sgs_slice_trim(text)));
}

static void client(const struct ucwa *u, struct sgs_draft *ev)
{
    put(u, ev, SGS_F_USER_AGENT, either(u, "UserAgent", "userAgent"));
    put(u, ev, SGS_F_ENDPOINT_ID, either(u, "EndpointId", "endpointId"));
    put(u, ev, SGS_F_CULTURE, either(u, "Culture", "culture"));
}

static void add_link(const struct ucwa *u, struct sgs_draft *ev, struct sgs_slice rel,
                     struct sgs_slice href)
{
    bool is_self = sgs_slice_eq(rel, SGS_LIT("self"));

    href = sgs_mask_url(u->a, href);
    if (is_self) {
        ev_text(ev, SGS_F_URL, href);
    } else if (rel.len > 0 && href.len > 0) {
        ev_member(ev, SGS_F_LINKS, rel, href);
    }
}

/* Where the application is, what it offers, and whose it is. */
static void application(const struct ucwa *u, struct sgs_draft *ev)
{
    struct sgs_json_value links = sgs_json_member(u->root, "_links");
    struct sgs_json_value me = sgs_json_member(sgs_json_member(u->root, "_embedded"), "me");
    unsigned n = 0;

    ev_str(ev, SGS_F_TYPE, "application");
    put(u, ev, SGS_F_USER, sgs_json_text(sgs_json_member(me, "uri")));
    for (size_t i = 0; i < sgs_json_size(links) && i < MAX_LINKS; i++) {
        struct sgs_slice rel = {NULL, 0};
        struct sgs_json_value link = sgs_json_item(links, i, &rel);
        add_link(u, ev, rel, sgs_json_text(sgs_json_member(link, "href")));
    }
    if (u->x.n == 0) {
        return;
    }
    add_link(u, ev, SGS_LIT("self"), sgs_xml_attribute(&u->x, 0, "href"));
    for (size_t i = sgs_xml_child(&u->x, 0, 1); i < u->x.n && n < MAX_LINKS;
         i = sgs_xml_child(&u->x, 0, i + 1)) {
        if (sgs_slice_eq(u->x.tokens[i].name, SGS_LIT("link"))) {
            add_link(u, ev, sgs_xml_attribute(&u->x, i, "rel"),
                     sgs_xml_attribute(&u->x, i, "href"));
            n++;
        }
    }
}

static void error(const struct ucwa *u, struct sgs_draft *ev)
{
    struct sgs_json_value info = sgs_json_member(u->root, "debugInfo");

    put(u, ev, SGS_F_CODE, value_of(u, "code"));
    put(u, ev, SGS_F_SUBCODE, value_of(u, "subcode"));
    put(u, ev, SGS_F_ERROR_DESCRIPTION, value_of(u, "message"));
    for (size_t i = 0; i < sgs_json_size(info) && i < MAX_LINKS; i++) {
        struct sgs_slice name = {NULL, 0};
        struct sgs_slice text = sgs_json_text(sgs_json_item(info, i, &name));
        if (text.len > 0 && name.len > 0) {
            ev_member(ev, SGS_F_ERROR_INFO, name, sgs_mask_text(u->a, text));
        }
    }
}

/* Events for those messages that belong to a sign-in. */
static void tell(struct sgs_layer *l, enum sgs_dir dir, const struct ucwa *u)
{
    struct sgs_slice rel = u->x.n > 0 ? sgs_xml_attribute(&u->x, 0, "rel") : value_of(u, "rel");
    bool is_application = sgs_slice_eq(rel, SGS_LIT("application"));
    bool is_error = value_of(u, "code").len > 0;
    bool is_request = !is_application && either(u, "EndpointId", "endpointId").len > 0;

    if (!is_application && !is_error && !is_request) {
        return;
    }
    struct sgs_draft *ev =
        sgs_event_open(l, dir, is_request ? SGS_K_UCWA_REQUEST : SGS_K_UCWA_RESULT);
    client(u, ev);
    if (is_application) {
        application(u, ev);
    } else if (is_error) {
        error(u, ev);
    }
    if (sgs_is_cut(l) || (u->x.n > 0 && u->x.end != SGS_XML_WHOLE)) {
        ev_bool(ev, SGS_F_CUT, true);
    }
    sgs_emit(ev);
}

/* The text without commas before a closing bracket: clients send them, servers take them. */
static struct sgs_slice without_last_commas(struct sgs_arena *a, struct sgs_slice text)
{
    uint8_t *to = sgs_arena_alloc(a, text.len);
    size_t len = 0, comma = SIZE_MAX; /* place of one that nothing but blanks has followed */
    bool is_quoted = false;

    for (size_t i = 0; to && i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (comma != SIZE_MAX && (c == '}' || c == ']')) {
            to[comma] = ' ';
        }
        comma = is_blank ? comma : !is_quoted && c == ',' ? len : SIZE_MAX;
        is_quoted ^= c == '"' && (i == 0 || text.ptr[i - 1] != '\\');
        to[len++] = c;
    }
    return sgs_slice(to, len);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct ucwa u = {.a = sgs_scratch(l)};
    struct sgs_json *j = sgs_json_read(msg);

    j = j ? j : sgs_json_read(without_last_commas(u.a, msg));
    u.root = sgs_json_root(j);
    if (!j) {
        sgs_xml_read(msg, u.a, &u.x);
    }
    if (u.root.kind == SGS_JSON_OBJECT || u.x.n > 0) {
        tell(l, dir, &u);
    }
    sgs_json_free(j);
}

/* A document is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    static const char *const signs[] = {"/applications/", "\"EndpointId\"", "\"endpointId\"",
                                        "\"subcode\"",    "\"rel\"",        SPACE};
    struct sgs_slice front = sgs_slice_head(head, PROBE_MAX);

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (sgs_slice_find(front, sgs_slice_str(signs[i])) < front.len) {
            return SGS_SURE;
        }
    }
    return SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/json"                       },
    {SGS_BY_MEDIA, "application/vnd.microsoft.com.ucwa+json"},
    {SGS_BY_MEDIA, "application/vnd.microsoft.com.ucwa+xml" },
    {SGS_BY_MEDIA, "application/xml"                        },
    {0,            NULL                                     },
};

SGS_DISSECTOR(ucwa) = {
    .name = "ucwa",
    .title = "UCWA",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
