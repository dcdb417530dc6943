/* Keys and certificates.  A key depends on the seed and its name only (one of a folder: on its
 * name), a certificate on its plan.
 */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "world.h"

static void must(int ok, const char *what)
{
    if (ok <= 0) {
        mk_fail("%s: %s", what, ERR_error_string(ERR_get_error(), NULL));
    }
}

static EVP_PKEY *key_make(struct mk_pki *p, const char *name, uint64_t seed)
{
    const struct mk_rng before = *p->rng;

    p->rng->state = mk_rng_seed(seed, name);
    EVP_PKEY *key = strncmp(name, "ec:", 3) ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    must(key != NULL, "key");
    *p->rng = before;
    return key;
}

/*
 * The key of that name in a folder that several runs share: it has no seed but its name, so whoever
 * comes first makes the same one.  The file gets its name when it is whole.
 */
static EVP_PKEY *key_shared(struct mk_pki *p, const char *name)
{
    struct mk_buf path = {0}, fresh = {0};

    if (strchr(name, '/')) {
        mk_fail("a key cannot be called %s", name);
    }
    mk_buf_str(&path, p->folder);
    mk_buf_str(&path, "/");
    mk_buf_str(&path, name);
    mk_buf_str(&fresh, mk_buf_text(&path));
    mk_buf_printf(&fresh, ".%ld", (long)getpid());
    FILE *f = fopen(mk_buf_text(&path), "r");
    EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
    if (!f) {
        key = key_make(p, name, 0);
        f = fopen(mk_buf_text(&fresh), "w");
        must(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), mk_buf_text(&fresh));
        must(!fflush(f) && !rename(mk_buf_text(&fresh), mk_buf_text(&path)), mk_buf_text(&path));
    }
    must(key != NULL, mk_buf_text(&path));
    fclose(f);
    mk_buf_free(&path);
    mk_buf_free(&fresh);
    return key;
}

EVP_PKEY *mk_pki_key(struct mk_pki *p, const char *name)
{
    struct mk_key *k;

    for (k = p->keys; k; k = k->next) {
        if (!strcmp(k->name, name)) {
            return k->key;
        }
    }
    k = mk_alloc(sizeof *k);
    k->name = mk_copy(name);
    k->key = p->folder ? key_shared(p, name) : key_make(p, name, p->seed);
    k->next = p->keys;
    p->keys = k;
    return k->key;
}

static void extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(e && X509_add_ext(cert, e, -1), value);
    X509_EXTENSION_free(e);
}

static void names(X509 *cert, const char *san)
{
    struct mk_buf b = {0};

    for (const char *s = san; *s;) {
        const size_t n = strcspn(s, ",");

        mk_buf_str(&b, b.len ? ",DNS:" : "DNS:");
        mk_buf_add(&b, s, n);
        s += n + (s[n] ? 1 : 0);
    }
    extension(cert, cert, NID_subject_alt_name, mk_buf_text(&b));
    mk_buf_free(&b);
}

/* The next URL of a list with '|' between them as a name; NULL: no more. */
static GENERAL_NAME *next_url(const char **list)
{
    const size_t n = strcspn(*list, "|");
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    GENERAL_NAME *name = n ? GENERAL_NAME_new() : NULL;

    if (!name) {
        ASN1_IA5STRING_free(text);
        return NULL;
    }
    must(ASN1_STRING_set(text, *list, (int)n), "URL");
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    *list += n + ((*list)[n] ? 1 : 0);
    return name;
}

/* One distribution point a URL. */
static void crl_points(X509 *cert, const char *urls)
{
    CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
    GENERAL_NAME *name = NULL;

    while ((name = next_url(&urls))) {
        DIST_POINT *p = DIST_POINT_new();
        p->distpoint = DIST_POINT_NAME_new();
        p->distpoint->type = 0;
        p->distpoint->name.fullname = GENERAL_NAMES_new();
        sk_GENERAL_NAME_push(p->distpoint->name.fullname, name);
        sk_DIST_POINT_push(points, p);
    }
    must(X509_add1_ext_i2d(cert, NID_crl_distribution_points, points, 0, 0), "crl");
    CRL_DIST_POINTS_free(points);
}

static void accesses(AUTHORITY_INFO_ACCESS *list, int method, const char *urls)
{
    GENERAL_NAME *name = NULL;

    while (urls && (name = next_url(&urls))) {
        ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();
        ASN1_OBJECT_free(d->method);
        d->method = OBJ_nid2obj(method);
        GENERAL_NAME_free(d->location);
        d->location = name;
        sk_ACCESS_DESCRIPTION_push(list, d);
    }
}

static void authority_access(X509 *cert, const char *ocsp, const char *issuers)
{
    AUTHORITY_INFO_ACCESS *list = sk_ACCESS_DESCRIPTION_new_null();

    accesses(list, NID_ad_OCSP, ocsp);
    accesses(list, NID_ad_ca_issuers, issuers);
    must(X509_add1_ext_i2d(cert, NID_info_access, list, 0, 0), "aia");
    AUTHORITY_INFO_ACCESS_free(list);
}

static void set_subject(X509_NAME *name, const char *subject)
{
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)subject, -1,
                                    -1, 0),
         subject);
}

static void serial(X509 *cert, uint64_t seed, const char *name)
{
    struct mk_rng r = {mk_rng_seed(seed ^ 1, name)};
    uint8_t octets[16];

    mk_rng_fill(&r, octets, sizeof octets);
    octets[0] = 0x40 | (octets[0] & 0x3f); /* positive, and of that length */
    BIGNUM *n = BN_bin2bn(octets, sizeof octets, NULL);
    must(n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)), "serial number");
    BN_free(n);
}

struct mk_cert *mk_pki_issue(struct mk_pki *p, const struct mk_cert_plan *plan)
{
    struct mk_cert *c = mk_alloc(sizeof *c);

    c->name = mk_copy(plan->name);
    c->key = mk_pki_key(p, plan->key ? plan->key : plan->name);
    c->cert = X509_new();
    c->issuer = plan->issuer ? mk_pki_cert(p, plan->issuer) : NULL;
    c->is_trusted = plan->is_trusted;
    X509 *issuer = c->issuer ? c->issuer->cert : c->cert;
    must(X509_set_version(c->cert, X509_VERSION_3), "version");
    serial(c->cert, p->seed, plan->name);
    set_subject(X509_get_subject_name(c->cert), plan->subject);
    must(X509_set_issuer_name(c->cert, X509_get_subject_name(issuer)), "issuer");
    ASN1_TIME_set(X509_getm_notBefore(c->cert), (time_t)(plan->from / MK_S));
    ASN1_TIME_set(X509_getm_notAfter(c->cert), (time_t)(plan->to / MK_S));
    must(X509_set_pubkey(c->cert, c->key), "key");
    extension(c->cert, issuer, NID_subject_key_identifier, "hash");
    if (c->issuer) {
        extension(c->cert, issuer, NID_authority_key_identifier, "keyid:always");
    }
    if (plan->is_ca) {
        extension(c->cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
        extension(c->cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extension(c->cert, issuer, NID_ext_key_usage,
                  plan->is_client ? "clientAuth" : "serverAuth");
    }
    if (plan->san) {
        names(c->cert, plan->san);
    }
    if (plan->crl) {
        crl_points(c->cert, plan->crl);
    }
    if (plan->ocsp || plan->aia) {
        authority_access(c->cert, plan->ocsp, plan->aia);
    }
    must(X509_sign(c->cert, c->issuer ? c->issuer->key : c->key, EVP_sha256()), "signature");
    c->next = p->certs;
    p->certs = c;
    return c;
}

struct mk_cert *mk_pki_cert(const struct mk_pki *p, const char *name)
{
    for (struct mk_cert *c = p->certs; c; c = c->next) {
        if (!strcmp(c->name, name)) {
            return c;
        }
    }
    mk_fail("no certificate is called \"%s\"", name);
}

void mk_pki_put_cert(struct mk_buf *b, const struct mk_cert *c)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(c->cert, &der);

    must(n, "certificate");
    mk_base64(b, der, (size_t)n, 76);
    OPENSSL_free(der);
}

void mk_pki_put_request(struct mk_pki *p, struct mk_buf *b, const char *key, const char *subject)
{
    EVP_PKEY *k = mk_pki_key(p, key);
    X509_REQ *r = X509_REQ_new();
    unsigned char *der = NULL;

    must(X509_REQ_set_pubkey(r, k), "request");
    set_subject(X509_REQ_get_subject_name(r), subject);
    must(X509_REQ_sign(r, k, EVP_sha256()), "request");
    const int n = i2d_X509_REQ(r, &der);
    must(n, "request");
    mk_base64(b, der, (size_t)n, 76);
    OPENSSL_free(der);
    X509_REQ_free(r);
}

void mk_pki_free(struct mk_pki *p)
{
    while (p->certs) {
        struct mk_cert *c = p->certs;

        p->certs = c->next;
        X509_free(c->cert);
        free(c->name);
        free(c);
    }
    while (p->keys) {
        struct mk_key *k = p->keys;

        p->keys = k->next;
        EVP_PKEY_free(k->key);
        free(k->name);
        free(k);
    }
}
