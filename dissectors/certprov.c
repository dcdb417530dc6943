/*
 * Certificate provisioning ([MS-OCAUTHWS], section 3.1): the request of a user certificate and what
 * the service answers.  The fingerprint of the certificate is that which TLS-DSK then shows.
 *
 *   GetAndPublishCert DeviceId= Entity= / RequestSecurityToken / BinarySecurityToken  PKCS #10
 *                                                              / RequestID
 *   GetAndPublishCertResponse DeviceId= Entity= ResponseClass=
 *     / RequestSecurityTokenResponse / RequestedSecurityToken / BinarySecurityToken   X.509
 *     / ErrorInfo
 */
#include <signscope/cert_fields.h>
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define MAX_TOKENS 16 /* certificates read of one answer */
#define MAX_INFO 16   /* members of ErrorInfo told */

/* An operation while it is read. */
struct operation {
    struct sgs_layer *l;
    enum sgs_dir dir;
    struct sgs_arena *a;
    struct sgs_xml x;
};

static void put(const struct operation *o, struct sgs_draft *ev, enum sgs_field_id id,
                struct sgs_slice text)
{
    ev_text(ev, id, sgs_mask_text(o->a, sgs_slice_trim(text)));
}

/* An event about the device and the user of the operation. */
static struct sgs_draft *tell(const struct operation *o, enum sgs_kind kind)
{
    struct sgs_draft *ev = sgs_event_open(o->l, o->dir, kind);

    put(o, ev, SGS_F_INSTANCE, sgs_xml_attribute(&o->x, 0, "DeviceId"));
    put(o, ev, SGS_F_USER, sgs_xml_attribute(&o->x, 0, "Entity"));
    put(o, ev, SGS_F_RESPONSE_CLASS, sgs_xml_attribute(&o->x, 0, "ResponseClass"));
    return ev;
}

static void request(const struct operation *o)
{
    struct sgs_draft *ev = tell(o, SGS_K_CERT_REQUESTED);
    struct sgs_cert_request r;
    struct sgs_slice der = {NULL, 0};

    put(o, ev, SGS_F_CLIENT_REQUEST_ID, sgs_xml_text_inside(&o->x, 0, "RequestID"));
    if (sgs_base64_decode(o->a, sgs_xml_text_inside(&o->x, 0, "BinarySecurityToken"), &der) &&
        sgs_cert_request_read(der, o->a, &r) == SGS_OK) {
        ev_text(ev, SGS_F_SUBJECT, r.subject);
        ev_text(ev, SGS_F_KEY, r.key);
        ev_text(ev, SGS_F_SIGNATURE, r.signature);
        ev_bool(ev, SGS_F_REQUEST_SIGNED, r.is_signed);
    }
    sgs_emit(ev);
}

/* Attributes of ErrorInfo, its own text, and elements in it that hold text. */
static void error_info(const struct operation *o, struct sgs_draft *ev)
{
    size_t i = sgs_xml_inside(&o->x, 0, "ErrorInfo");
    size_t end = i < o->x.n ? sgs_xml_close(&o->x, i) : i;
    struct sgs_slice name = SGS_LIT("ErrorInfo");

    for (unsigned n = 0; i < end && n < MAX_INFO; i++) {
        const struct sgs_xml_token *t = &o->x.tokens[i];
        if (t->kind == SGS_XML_START) {
            name = t->name;
        } else if (t->kind != SGS_XML_END) {
            ev_member(ev, SGS_F_ERROR_INFO, t->kind == SGS_XML_ATTRIBUTE ? t->name : name,
                      sgs_mask_text(o->a, sgs_slice_trim(t->text)));
            n++;
        }
    }
}

/* One event a certificate; none at all is what must be told, too. */
static void answer(const struct operation *o)
{
    size_t end = sgs_xml_close(&o->x, 0);
    unsigned n = 0, certificates = 0;

    for (size_t i = sgs_xml_find(&o->x, 0, end, "BinarySecurityToken"); i < end && n < MAX_TOKENS;
         i = sgs_xml_find(&o->x, i + 1, end, "BinarySecurityToken"), n++) {
        struct sgs_slice der = {NULL, 0};
        struct sgs_cert c;
        if (sgs_base64_decode(o->a, sgs_xml_text(&o->x, i), &der) &&
            sgs_cert_read(der, o->a, &c) == SGS_OK) {
            struct sgs_draft *ev = tell(o, SGS_K_CERT_PROVISIONED);
            const char *validity = sgs_cert_validity(&c, sgs_origin_of(o->l)->time);
            ev_cert(ev, &c, o->a);
            ev_text(ev, SGS_F_KEY, c.key);
            ev_text(ev, SGS_F_SIGNATURE, c.signature);
            ev_str(ev, SGS_F_VALIDITY, validity);
            sgs_emit(ev);
            certificates++;
        }
    }
    if (certificates == 0) {
        struct sgs_draft *ev = tell(o, SGS_K_CERT_REFUSED);
        error_info(o, ev);
        sgs_emit(ev);
    }
}

static void element(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x)
{
    struct operation o = {.l = l, .dir = dir, .a = sgs_scratch(l), .x = *x};

    if (sgs_slice_iends(o.x.tokens[0].name, SGS_LIT("Response"))) {
        answer(&o);
    } else {
        request(&o);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_xml x;

    sgs_xml_read(msg, sgs_scratch(l), &x);
    if (x.n > 0) {
        element(l, dir, &x);
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_ELEMENT, "GetAndPublishCert"        },
    {SGS_BY_ELEMENT, "GetAndPublishCertResponse"},
    {0,              NULL                       },
};

SGS_DISSECTOR(certprov) = {
    .name = "certprov",
    .title = "Certificate provisioning",
    .claims = claims,
    .max_message = SGS_MAX_XML,
    .message = message,
    .element = element,
};
