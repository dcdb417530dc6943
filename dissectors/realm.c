/*
 * Answers of realm discovery: who has a user's password.  XML and JSON of getuserrealm.srf, and the
 * JSON of /common/userrealm, which says the same under other names.
 *
 *   <RealmInfo Success="true"><NameSpaceType>Federated</NameSpaceType><AuthURL>https://...
 *   {"NameSpaceType":"Managed","Login":"ada@contoso.com","FederationBrandName":"Contoso"}
 *   {"account_type":"federated","federation_active_auth_url":"https://..."}
 */
#include <signscope/dissector.h>
#include <signscope/json.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define PROBE_MAX 4096 /* octets searched for a member's name */

/* Names of one fact; the first that is there counts. */
static const struct {
    enum sgs_field_id field;
    bool is_url;
    const char *names[4];
} facts[] = {
    {SGS_F_USER,                false, {"Login", "login"}                          },
    {SGS_F_DOMAIN,              false, {"DomainName", "domain_name"}               },
    {SGS_F_NAMESPACE_TYPE,      false, {"NameSpaceType", "account_type"}           },
    {SGS_F_BRAND,               false, {"FederationBrandName"}                     },
    {SGS_F_AUTH_URL,            true,  {"AuthURL"}                                 },
    {SGS_F_STS_URL,             true,  {"STSAuthURL", "federation_active_auth_url"}},
    {SGS_F_MEX_URL,             true,  {"MEXURL", "federation_metadata_url"}       },
    {SGS_F_FEDERATION_PROTOCOL, false, {"federation_protocol"}                     },
    {SGS_F_CLOUD,               false, {"CloudInstanceName", "cloud_instance_name"}},
    {SGS_F_AUDIENCE,            true,  {"cloud_audience_urn"}                      },
    {SGS_F_ERROR,               false, {"error_code", "code"}                      },
};

#define N_FACTS (sizeof facts / sizeof *facts)
#define N_NAMES (sizeof facts[0].names / sizeof *facts[0].names)

/* An answer while it is read; one of the two is there. */
struct realm {
    struct sgs_arena *a;
    struct sgs_xml x;
    struct sgs_json_value root;
};

static struct sgs_slice value_of(const struct realm *r, const char *name)
{
    return r->x.n > 0 ? sgs_xml_text_inside(&r->x, 0, name)
                      : sgs_json_text(sgs_json_member(r->root, name));
}

static struct sgs_slice first_of(const struct realm *r, size_t fact)
{
    struct sgs_slice value = {NULL, 0};

    for (size_t k = 0; k < N_NAMES && facts[fact].names[k] && value.len == 0; k++) {
        value = value_of(r, facts[fact].names[k]);
    }
    return value;
}

static void tell(struct sgs_layer *l, enum sgs_dir dir, const struct realm *r)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_REALM_RESULT);

    for (size_t i = 0; i < N_FACTS; i++) {
        struct sgs_slice value = first_of(r, i);
        ev_text(ev, facts[i].field,
                facts[i].is_url ? sgs_mask_url(r->a, value) : sgs_mask_text(r->a, value));
    }
    if (sgs_is_cut(l) || (r->x.n > 0 && r->x.end != SGS_XML_WHOLE)) {
        ev_bool(ev, SGS_F_CUT, true);
    }
    sgs_emit(ev);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct realm r = {.a = sgs_scratch(l)};
    struct sgs_json *j = sgs_json_read(msg);

    r.root = sgs_json_root(j);
    if (!j) {
        sgs_xml_read(msg, r.a, &r.x);
    }
    if (r.x.n > 0 || r.root.kind == SGS_JSON_OBJECT) {
        tell(l, dir, &r);
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
    struct sgs_slice front = sgs_slice_trim(sgs_slice_head(head, PROBE_MAX));
    char root[SGS_XML_ROOT_LEN];

    if (sgs_slice_starts(front, SGS_LIT("{"))) {
        return sgs_slice_find(front, SGS_LIT("\"NameSpaceType\"")) < front.len ||
                       sgs_slice_find(front, SGS_LIT("\"account_type\"")) < front.len
                   ? SGS_SURE
                   : SGS_NO;
    }
    return sgs_slice_eq(sgs_slice_str(sgs_xml_root(head, root)), SGS_LIT("RealmInfo")) ? SGS_SURE
                                                                                       : SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "text/xml"        },
    {SGS_BY_MEDIA, "application/xml" },
    {SGS_BY_MEDIA, "application/json"},
    {SGS_BY_MEDIA, "text/json"       },
    {0,            NULL              },
};

SGS_DISSECTOR(realm) = {
    .name = "realm",
    .title = "Realm discovery",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
