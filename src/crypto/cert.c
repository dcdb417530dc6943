/*
 * What an X.509 certificate says (RFC 5280).  OpenSSL takes the DER apart; everything we keep is
 * copied into the caller's arena, so no object of it lives longer than one call.
 */
#include <signscope/cert.h>

#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <signscope/addr.h>
#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "crypto/crypto.h"

/* A list of texts that grows up to SGS_MAX_EVENT_ITEMS. */
struct list {
    struct sgs_arena *arena;
    struct sgs_slice *items;
    size_t n;
};

static void list_add(struct list *l, struct sgs_slice text)
{
    if (!l->items) {
        l->items = sgs_arena_array(l->arena, SGS_MAX_EVENT_ITEMS, sizeof *l->items);
    }
    if (l->items && l->n < SGS_MAX_EVENT_ITEMS && text.len > 0) {
        l->items[l->n++] = text;
    }
}

static struct sgs_slice string_octets(const ASN1_STRING *s)
{
    int len = ASN1_STRING_length(s);
    return sgs_slice(ASN1_STRING_get0_data(s), len > 0 ? (size_t)len : 0);
}

/* "CN=ann, O=..." in the order of the certificate (attribute names of RFC 4514). */
static struct sgs_slice name_text(struct sgs_arena *a, const X509_NAME *name)
{
    const unsigned long flags =
        (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC;
    BIO *bio = BIO_new(BIO_s_mem());
    struct sgs_slice text = {NULL, 0};
    char *octets = NULL;

    if (bio && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        long len = BIO_get_mem_data(bio, &octets);
        text = sgs_arena_copy(a, sgs_slice(octets, len > 0 ? (size_t)len : 0));
    }
    BIO_free(bio);
    return text;
}

static struct sgs_slice serial_text(struct sgs_arena *a, const X509 *x)
{
    return sgs_hex_encode(a, string_octets(X509_get0_serialNumber(x)));
}

static sgs_time time_of(const ASN1_TIME *t)
{
    struct tm tm;

    if (!t || ASN1_TIME_to_tm(t, &tm) != 1) {
        return SGS_TIME_NONE;
    }
    int64_t seconds =
        sgs_time_civil(tm.tm_year + INT64_C(1900), (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
                       (unsigned)tm.tm_hour, (unsigned)tm.tm_min, (unsigned)tm.tm_sec);
    return sgs_time_from(seconds, 0);
}

static struct sgs_slice address_text(struct sgs_arena *a, struct sgs_slice octets)
{
    struct sgs_addr addr = {.len = (uint8_t)octets.len};
    char text[SGS_ADDR_TEXT_LEN];

    if (octets.len != 4 && octets.len != 16) {
        return (struct sgs_slice){NULL, 0};
    }
    for (size_t i = 0; i < octets.len; i++) {
        addr.ip[i] = octets.ptr[i];
    }
    sgs_addr_host(&addr, text);
    return sgs_arena_copy(a, sgs_slice_str(text));
}

/* DNS names, addresses, URIs and mail addresses; other forms are left out. */
static void add_general_name(struct list *l, const GENERAL_NAME *name)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);

    if (type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL) {
        list_add(l, sgs_arena_copy(l->arena, string_octets(value)));
    } else if (type == GEN_IPADD) {
        list_add(l, address_text(l->arena, string_octets(value)));
    }
}

static void add_general_names(struct list *l, const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        add_general_name(l, sk_GENERAL_NAME_value(names, i));
    }
}

static void read_names(struct sgs_arena *a, X509 *x, struct sgs_cert *out)
{
    struct list l = {.arena = a};
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

    add_general_names(&l, names);
    GENERAL_NAMES_free(names);
    out->names = l.items;
    out->n_names = l.n;
}

static void read_crl(struct sgs_arena *a, X509 *x, struct sgs_cert *out)
{
    struct list l = {.arena = a};
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);

    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *p = sk_DIST_POINT_value(points, i);
        if (p->distpoint && p->distpoint->type == 0) {
            add_general_names(&l, p->distpoint->name.fullname);
        }
    }
    CRL_DIST_POINTS_free(points);
    out->crl = l.items;
    out->n_crl = l.n;
}

static void read_aia(struct sgs_arena *a, X509 *x, struct sgs_cert *out)
{
    struct list l = {.arena = a};
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        add_general_name(&l, sk_ACCESS_DESCRIPTION_value(access, i)->location);
    }
    AUTHORITY_INFO_ACCESS_free(access);
    out->aia = l.items;
    out->n_aia = l.n;
}

enum sgs_status sgs_cert_read(struct sgs_slice der, struct sgs_arena *a, struct sgs_cert *out)
{
    const unsigned char *p = der.ptr;

    if (!sgs_crypto_open() || der.len == 0 || der.len > SGS_MAX_TLS_CERTIFICATE) {
        return SGS_E_FORMAT;
    }
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    if (!x || p != der.ptr + der.len) {
        X509_free(x);
        ERR_clear_error();
        return SGS_E_FORMAT;
    }
    struct sgs_cert c = {
        .subject = name_text(a, X509_get_subject_name(x)),
        .issuer = name_text(a, X509_get_issuer_name(x)),
        .serial = serial_text(a, x),
        .not_before = time_of(X509_get0_notBefore(x)),
        .not_after = time_of(X509_get0_notAfter(x)),
    };
    read_names(a, x, &c);
    read_crl(a, x, &c);
    read_aia(a, x, &c);
    sgs_sha256(der, c.sha256);
    X509_free(x);
    ERR_clear_error();
    *out = c;
    return SGS_OK;
}
