/*
 * What an X.509 certificate says (RFC 5280).  OpenSSL takes the DER apart; everything we keep is
 * copied out, so no object of it lives longer than one call.
 */
#include <signscope/cert.h>

#include <stdlib.h>
#include <string.h>
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

#include "crypto/cert_facts.h"
#include "crypto/crypto.h"

#define KNOWN 32                 /* certificates remembered */
#define MAX_KNOWN (1024u * 1024) /* octets of what one of them says */

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

/* Attribute names are those of RFC 4514. */
struct sgs_slice sgs_cert_name_text(struct sgs_arena *a, const X509_NAME *name)
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

struct sgs_slice sgs_cert_serial_text(struct sgs_arena *a, const ASN1_INTEGER *serial)
{
    return sgs_hex_encode(a, string_octets(serial));
}

sgs_time sgs_cert_time(const ASN1_TIME *t)
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
    struct list l = {.arena = a}, ocsp = {.arena = a};
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(access, i);
        add_general_name(&l, d->location);
        if (OBJ_obj2nid(d->method) == NID_ad_OCSP) {
            add_general_name(&ocsp, d->location);
        }
    }
    AUTHORITY_INFO_ACCESS_free(access);
    out->aia = l.items;
    out->n_aia = l.n;
    out->ocsp = ocsp.items;
    out->n_ocsp = ocsp.n;
}

/* Reads all but the fingerprint. */
static enum sgs_status read_der(struct sgs_slice der, struct sgs_arena *a, struct sgs_cert *out)
{
    const unsigned char *p = der.ptr;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);

    if (!x || p != der.ptr + der.len) {
        X509_free(x);
        ERR_clear_error();
        return SGS_E_FORMAT;
    }
    struct sgs_cert c = {
        .subject = sgs_cert_name_text(a, X509_get_subject_name(x)),
        .issuer = sgs_cert_name_text(a, X509_get_issuer_name(x)),
        .serial = sgs_cert_serial_text(a, X509_get0_serialNumber(x)),
        .not_before = sgs_cert_time(X509_get0_notBefore(x)),
        .not_after = sgs_cert_time(X509_get0_notAfter(x)),
    };
    read_names(a, x, &c);
    read_crl(a, x, &c);
    read_aia(a, x, &c);
    sgs_cert_usage_facts(a, x, &c);
    X509_free(x);
    ERR_clear_error();
    *out = c;
    return SGS_OK;
}

/*
 * The certificates read last.  Taking one apart costs more than all the rest of a short connection
 * (OpenSSL decodes its public key as well), and servers show the same ones again and again.
 */
static struct {
    struct sgs_arena arena; /* of the other members; empty: the row is free */
    struct sgs_slice der;   /* told apart by its octets: a fingerprint takes longer to make */
    struct sgs_cert cert;
} known[KNOWN];
static size_t next_known; /* the row to be used next: that of the oldest */

static void forget_all(void)
{
    for (size_t i = 0; i < KNOWN; i++) {
        sgs_arena_clear(&known[i].arena);
    }
}

static const struct sgs_cert *find_known(struct sgs_slice der)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].arena.chunks && sgs_slice_eq(known[i].der, der)) {
            return &known[i].cert;
        }
    }
    return NULL;
}

static const struct sgs_cert *learn(struct sgs_slice der)
{
    static bool has_exit;
    struct sgs_arena arena;
    struct sgs_cert c;

    sgs_arena_init(&arena, MAX_KNOWN);
    if (read_der(der, &arena, &c) != SGS_OK) {
        sgs_arena_clear(&arena);
        return NULL;
    }
    has_exit = has_exit || atexit(forget_all) == 0;
    sgs_sha256(der, c.sha256);
    size_t row = next_known;
    next_known = (next_known + 1) % KNOWN;
    sgs_arena_clear(&known[row].arena);
    known[row].der = sgs_arena_copy(&arena, der);
    known[row].arena = arena;
    known[row].cert = c;
    return &known[row].cert;
}

static struct sgs_slice *copy_list(struct sgs_arena *a, const struct sgs_slice *items, size_t n)
{
    struct sgs_slice *copy = n > 0 ? sgs_arena_array(a, n, sizeof *copy) : NULL;

    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = sgs_arena_copy(a, items[i]);
    }
    return copy;
}

enum sgs_status sgs_cert_read(struct sgs_slice der, struct sgs_arena *a, struct sgs_cert *out)
{
    if (!sgs_crypto_open() || der.len == 0 || der.len > SGS_MAX_TLS_CERTIFICATE) {
        return SGS_E_FORMAT;
    }
    const struct sgs_cert *c = find_known(der);
    c = c ? c : learn(der);
    if (!c) {
        return SGS_E_FORMAT;
    }
    struct sgs_cert copy = *c;
    copy.subject = sgs_arena_copy(a, c->subject);
    copy.issuer = sgs_arena_copy(a, c->issuer);
    copy.serial = sgs_arena_copy(a, c->serial);
    copy.names = copy_list(a, c->names, c->n_names);
    copy.crl = copy_list(a, c->crl, c->n_crl);
    copy.aia = copy_list(a, c->aia, c->n_aia);
    copy.n_names = copy.names ? c->n_names : 0;
    copy.n_crl = copy.crl ? c->n_crl : 0;
    copy.n_aia = copy.aia ? c->n_aia : 0;
    copy.key = sgs_arena_copy(a, c->key);
    copy.signature = sgs_arena_copy(a, c->signature);
    copy.ocsp = copy_list(a, c->ocsp, c->n_ocsp);
    copy.usage = copy_list(a, c->usage, c->n_usage);
    copy.eku = copy_list(a, c->eku, c->n_eku);
    copy.n_ocsp = copy.ocsp ? c->n_ocsp : 0;
    copy.n_usage = copy.usage ? c->n_usage : 0;
    copy.n_eku = copy.eku ? c->n_eku : 0;
    *out = copy;
    return SGS_OK;
}
