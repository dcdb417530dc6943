/* Of a certificate: its key and signature, what it may be used for (RFC 5280, section 4.2), and
 * what its dates and addresses amount to. */
#include "crypto/cert_facts.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <signscope/limits.h>

#define OID_LEN 128         /* octets of a dotted OID with its NUL; a longer one is cut */
#define GROUP_LEN 64        /* octets of the name of a curve with its NUL */
#define STATUS_REQUEST 5    /* TLS extension that a TLS feature asks for (RFC 7633) */
#define STATUS_REQUEST_2 17 /* the same for several answers (RFC 6961) */

struct sgs_slice sgs_cert_object_text(struct sgs_arena *a, const ASN1_OBJECT *o, bool is_long)
{
    int nid = OBJ_obj2nid(o);
    char oid[OID_LEN];

    if (nid != NID_undef) {
        return sgs_arena_copy(a, sgs_slice_str(is_long ? OBJ_nid2ln(nid) : OBJ_nid2sn(nid)));
    }
    return OBJ_obj2txt(oid, sizeof oid, o, 1) > 0 ? sgs_arena_copy(a, sgs_slice_str(oid))
                                                  : (struct sgs_slice){NULL, 0};
}

/* NIST's name of a curve where it has one. */
static struct sgs_slice curve_text(struct sgs_arena *a, const EVP_PKEY *key)
{
    char group[GROUP_LEN];

    if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1) {
        return sgs_arena_printf(a, "EC %d", EVP_PKEY_get_bits(key));
    }
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
    return sgs_arena_printf(a, "EC %s", nist ? nist : group);
}

struct sgs_slice sgs_cert_key_text(struct sgs_arena *a, X509_PUBKEY *octets)
{
    const EVP_PKEY *key = X509_PUBKEY_get0(octets);
    ASN1_OBJECT *algorithm = NULL;

    if (key && EVP_PKEY_is_a(key, "EC")) {
        return curve_text(a, key);
    }
    for (size_t i = 0; key && i < 3; i++) {
        static const char *const sized[] = {"RSA", "RSA-PSS", "DSA"};
        if (EVP_PKEY_is_a(key, sized[i])) {
            return sgs_arena_printf(a, "%s %d", sized[i], EVP_PKEY_get_bits(key));
        }
    }
    if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, octets) != 1) {
        return (struct sgs_slice){NULL, 0};
    }
    return sgs_cert_object_text(a, algorithm, false);
}

static void read_usage(struct sgs_arena *a, X509 *x, struct sgs_cert *out)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } usages[] = {
        {KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {KU_NON_REPUDIATION,   "nonRepudiation"  },
        {KU_KEY_ENCIPHERMENT,  "keyEncipherment" },
        {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {KU_KEY_AGREEMENT,     "keyAgreement"    },
        {KU_KEY_CERT_SIGN,     "keyCertSign"     },
        {KU_CRL_SIGN,          "cRLSign"         },
        {KU_ENCIPHER_ONLY,     "encipherOnly"    },
        {KU_DECIPHER_ONLY,     "decipherOnly"    },
    };
    uint32_t bits = X509_get_key_usage(x);

    if (bits == UINT32_MAX) {
        return; /* the extension is absent: any use */
    }
    out->usage = sgs_arena_array(a, sizeof usages / sizeof *usages, sizeof *out->usage);
    for (size_t i = 0; out->usage && i < sizeof usages / sizeof *usages; i++) {
        if (bits & usages[i].bit) {
            out->usage[out->n_usage++] = sgs_slice_str(usages[i].name);
        }
    }
}

static void read_extended(struct sgs_arena *a, const X509 *x, struct sgs_cert *out)
{
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    int n = sk_ASN1_OBJECT_num(list);

    n = n < SGS_MAX_EVENT_ITEMS ? n : SGS_MAX_EVENT_ITEMS;
    out->eku = n > 0 ? sgs_arena_array(a, (size_t)n, sizeof *out->eku) : NULL;
    for (int i = 0; out->eku && i < n; i++) {
        out->eku[out->n_eku++] = sgs_cert_object_text(a, sk_ASN1_OBJECT_value(list, i), false);
    }
    EXTENDED_KEY_USAGE_free(list);
}

static bool asks_for_staples(const X509 *x)
{
    TLS_FEATURE *list = X509_get_ext_d2i(x, NID_tlsfeature, NULL, NULL);
    bool is_asked = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(list); i++) {
        int64_t extension = 0;
        if (ASN1_INTEGER_get_int64(&extension, sk_ASN1_INTEGER_value(list, i)) == 1) {
            is_asked |= extension == STATUS_REQUEST || extension == STATUS_REQUEST_2;
        }
    }
    TLS_FEATURE_free(list);
    return is_asked;
}

void sgs_cert_usage_facts(struct sgs_arena *a, X509 *x, struct sgs_cert *out)
{
    const ASN1_OBJECT *algorithm = NULL;

    X509_ALGOR_get0(&algorithm, NULL, NULL, X509_get0_tbs_sigalg(x));
    out->key = sgs_cert_key_text(a, X509_get_X509_PUBKEY(x));
    out->signature = sgs_cert_object_text(a, algorithm, true);
    read_usage(a, x, out);
    read_extended(a, x, out);
    out->is_ca = (X509_get_extension_flags(x) & EXFLAG_CA) != 0;
    out->must_staple = asks_for_staples(x);
}

const char *sgs_cert_validity(const struct sgs_cert *c, sgs_time when)
{
    if (c->not_before == SGS_TIME_NONE || c->not_after == SGS_TIME_NONE) {
        return NULL;
    }
    return when < c->not_before ? "not-yet" : when > c->not_after ? "expired" : "ok";
}

const char *sgs_cert_url_kind(struct sgs_slice url)
{
    static const struct {
        const char *head;
        const char *kind;
    } kinds[] = {
        {"http:",  "http" },
        {"https:", "https"},
        {"ldap:",  "ldap" },
        {"ldaps:", "ldap" },
        {"file:",  "file" },
        {"\\\\",   "file" },
        {"ftp:",   "ftp"  },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (sgs_slice_istarts(url, sgs_slice_str(kinds[i].head))) {
            return kinds[i].kind;
        }
    }
    return "other";
}
