/*
 * Metadata of web services: WS-MetadataExchange answers (2004/09) and WSDL 1.1, with the endpoints
 * of a service and the policies (WS-SecurityPolicy) that say what each of them wants.
 *
 *   definitions / Policy wsu:Id="NAME_policy" / ... / EndorsingSupportingTokens / Policy
 *                                                 / IssuedToken / Issuer / Address
 *               / binding name="NAME" / PolicyReference URI="#NAME_policy"
 *               / service / port name="NAME" binding="tns:NAME" / address location="https://..."
 *               / OAuth authorizationUri="https://..."           [MS-OCAUTHWS], section 2.2
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define MAX_ENDPOINTS 64 /* ports told of one service: AD FS has about 20 */

/* Assertions that say what a client must bring (WS-SecurityPolicy 1.2, chapters 5 to 8, and those
 * of [MS-OCAUTHWS]). */
static const char *const wanted[] = {"EndorsingSupportingTokens",
                                     "SignedSupportingTokens",
                                     "SignedEncryptedSupportingTokens",
                                     "IssuedToken",
                                     "UsernameToken",
                                     "X509Token",
                                     "KerberosToken",
                                     "SpnegoContextToken",
                                     "NegotiateAuthentication",
                                     "NtlmAuthentication",
                                     "BasicAuthentication",
                                     "HttpsToken",
                                     "OAuth",
                                     "MSWebAuthentication"};

#define N_WANTED (sizeof wanted / sizeof *wanted)

/* Metadata while they are read. */
struct metadata {
    struct sgs_arena *a;
    struct sgs_xml x;
    struct sgs_draft *ev;
};

/* Without the prefix of a QName. */
static struct sgs_slice local(struct sgs_slice name)
{
    size_t colon = sgs_slice_chr(name, ':');

    return colon < name.len ? sgs_slice_from(name, colon + 1) : name;
}

/* The START called name whose attribute is value, or x.n. */
static size_t find_by(const struct metadata *m, const char *name, const char *attribute,
                      struct sgs_slice value)
{
    size_t i = sgs_xml_find(&m->x, 0, m->x.n, name);

    while (i < m->x.n &&
           (value.len == 0 || !sgs_slice_eq(sgs_xml_attribute(&m->x, i, attribute), value))) {
        i = sgs_xml_find(&m->x, i + 1, m->x.n, name);
    }
    return i;
}

/* The policy of a port: that which its binding refers to, or the one named after it. */
static size_t policy_of(const struct metadata *m, size_t port)
{
    struct sgs_slice name = sgs_xml_attribute(&m->x, port, "name");
    size_t binding =
        find_by(m, "binding", "name", local(sgs_xml_attribute(&m->x, port, "binding")));
    size_t reference = sgs_xml_inside(&m->x, binding, "PolicyReference");

    if (reference < m->x.n) {
        struct sgs_slice uri = sgs_xml_attribute(&m->x, reference, "URI");
        return find_by(m, "Policy", "Id", sgs_slice_from(uri, 1));
    }
    return find_by(m, "Policy", "Id",
                   sgs_arena_printf(m->a, "%.*s_policy", (int)name.len, (const char *)name.ptr));
}

/* Names of the assertions in a policy, each once, in the order of the table. */
static struct sgs_slice wants(const struct metadata *m, size_t policy)
{
    size_t end = sgs_xml_close(&m->x, policy);
    bool is_there[N_WANTED] = {false};
    struct sgs_slice list = {NULL, 0};

    for (size_t i = policy; i < end; i++) {
        const struct sgs_xml_token *t = &m->x.tokens[i];
        for (size_t k = 0; k < N_WANTED && t->kind == SGS_XML_START; k++) {
            is_there[k] |= sgs_slice_eq(t->name, sgs_slice_str(wanted[k]));
        }
    }
    for (size_t k = 0; k < N_WANTED; k++) {
        if (is_there[k]) {
            list = sgs_arena_printf(m->a, "%.*s%s%s", (int)list.len, (const char *)list.ptr,
                                    list.len > 0 ? " " : "", wanted[k]);
        }
    }
    return list;
}

static void put_url(const struct metadata *m, const char *member, struct sgs_slice url)
{
    if (url.len > 0) {
        ev_member(m->ev, SGS_F_ENDPOINTS, sgs_slice_str(member),
                  sgs_mask_url(m->a, sgs_slice_trim(url)));
    }
}

static void endpoint(const struct metadata *m, size_t port)
{
    size_t address = sgs_xml_inside(&m->x, port, "address");
    size_t policy = policy_of(m, port);
    struct sgs_slice location = {NULL, 0};

    location = address < m->x.n ? sgs_xml_attribute(&m->x, address, "location")
                                : sgs_xml_text_inside(&m->x, port, "Address");
    ev_row(m->ev, SGS_F_ENDPOINTS);
    ev_member(m->ev, SGS_F_ENDPOINTS, SGS_LIT("name"),
              sgs_mask_text(m->a, sgs_xml_attribute(&m->x, port, "name")));
    put_url(m, "url", location);
    if (policy < m->x.n) {
        size_t issuer = sgs_xml_inside(&m->x, policy, "Issuer");
        struct sgs_slice list = wants(m, policy);
        if (list.len > 0) {
            ev_member(m->ev, SGS_F_ENDPOINTS, SGS_LIT("wants"), list);
        }
        put_url(m, "issuer", sgs_xml_text_inside(&m->x, issuer, "Address"));
    }
}

/* What [MS-OCAUTHWS] adds: modern authentication, and the account service's environment. */
static void web_authentication(const struct metadata *m)
{
    size_t oauth = sgs_xml_find(&m->x, 0, m->x.n, "OAuth");
    size_t live = sgs_xml_find(&m->x, 0, m->x.n, "LiveIdEnvironment");
    struct sgs_slice environment = {NULL, 0};

    if (oauth < m->x.n) {
        ev_text(m->ev, SGS_F_AUTHORIZATION_URI,
                sgs_mask_url(m->a, sgs_xml_attribute(&m->x, oauth, "authorizationUri")));
    }
    environment = live < m->x.n ? sgs_xml_text(&m->x, live) : environment;
    for (size_t i = 0; i < m->x.n && environment.len == 0; i++) {
        const struct sgs_xml_token *t = &m->x.tokens[i];
        bool is_it =
            t->kind == SGS_XML_ATTRIBUTE && sgs_slice_ieq(t->name, SGS_LIT("LiveIdEnvironment"));
        environment = is_it ? t->text : environment;
    }
    ev_text(m->ev, SGS_F_LIVE_ID, sgs_mask_text(m->a, environment));
}

static void document(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x, bool is_cut)
{
    struct metadata m = {.a = sgs_scratch(l), .x = *x};
    size_t n = 0;

    size_t service = sgs_xml_find(&m.x, 0, m.x.n, "service");
    m.ev = sgs_event_open(l, dir, SGS_K_SERVICE_METADATA);
    if (service < m.x.n) {
        ev_text(m.ev, SGS_F_NAME, sgs_mask_text(m.a, sgs_xml_attribute(&m.x, service, "name")));
    }
    for (size_t i = sgs_xml_find(&m.x, 0, m.x.n, "port"); i < m.x.n && n < MAX_ENDPOINTS; n++) {
        endpoint(&m, i);
        i = sgs_xml_find(&m.x, i + 1, m.x.n, "port");
    }
    web_authentication(&m);
    if (is_cut || m.x.end != SGS_XML_WHOLE) {
        ev_bool(m.ev, SGS_F_CUT, true);
    }
    sgs_emit(m.ev);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_xml x;

    sgs_xml_read(msg, sgs_scratch(l), &x);
    if (x.n > 0) {
        document(l, dir, &x, sgs_is_cut(l));
    }
}

/* What of an envelope is cut lies behind an element that is whole. */
static void element(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x)
{
    document(l, dir, x, false);
}

/* A document is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    char root[SGS_XML_ROOT_LEN];
    struct sgs_slice name = sgs_slice_str(sgs_xml_root(head, root));

    return sgs_slice_eq(name, SGS_LIT("Metadata")) || sgs_slice_eq(name, SGS_LIT("definitions"))
               ? SGS_SURE
               : SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA,   "text/xml"            },
    {SGS_BY_MEDIA,   "application/xml"     },
    {SGS_BY_MEDIA,   "application/soap+xml"},
    {SGS_BY_MEDIA,   "application/wsdl+xml"},
    {SGS_BY_ELEMENT, "Metadata"            },
    {SGS_BY_ELEMENT, "definitions"         },
    {0,              NULL                  },
};

SGS_DISSECTOR(metadata) = {
    .name = "metadata",
    .title = "WSDL and WS-MetadataExchange",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .element = element,
};
