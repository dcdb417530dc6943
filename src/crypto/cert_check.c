/*
 * What is to be said of a chain: whether it is for the name asked (RFC 6125), whether each
 * certificate is followed by its issuer, and whether a path leads to an anchor (RFC 5280, section
 * 6.1).  Servers show the same chains again and again, so what hangs neither on the time nor on
 * anchors is remembered.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <signscope/cert.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "crypto/crypto.h"

#define MAX_NAME 255            /* octets of a host name: RFC 1035, section 2.3.4 */
#define MAX_DEPTH 8             /* certificates between leaf and anchor */
#define N_JUDGED 32             /* verdicts remembered */
#define MAX_JUDGED (64u * 1024) /* octets of a chain that is remembered */

struct sgs_anchors {
    X509_STORE *store;
    size_t n;
};

/* A chain taken apart. */
struct links {
    X509 *certs[SGS_MAX_TLS_CERTIFICATES]; /* the leaf first; what could not be read is left out */
    size_t n;
};

struct sgs_anchors *sgs_anchors_new(void)
{
    struct sgs_anchors *anchors = sgs_xcalloc(1, sizeof *anchors);

    anchors->store = sgs_crypto_open() ? X509_STORE_new() : NULL;
    if (!anchors->store) {
        sgs_die("no room for trust anchors");
    }
    return anchors;
}

void sgs_anchors_free(struct sgs_anchors *anchors)
{
    if (anchors) {
        X509_STORE_free(anchors->store);
        free(anchors);
    }
}

static X509 *read_der(struct sgs_slice der)
{
    const unsigned char *p = der.ptr;
    X509 *x = der.len > 0 && der.len <= SGS_MAX_TLS_CERTIFICATE ? d2i_X509(NULL, &p, (long)der.len)
                                                                : NULL;

    if (x && p == der.ptr + der.len) {
        return x;
    }
    X509_free(x);
    return NULL;
}

/* Nobody is asked for the pass phrase of a block that is encrypted. */
static int no_phrase(char *phrase, int size, int is_writing, void *ctx)
{
    return -1;
}

/* x, which may be NULL, is given. */
static void add_anchor(struct sgs_anchors *anchors, X509 *x, size_t *n)
{
    if (x && X509_STORE_add_cert(anchors->store, x) == 1) {
        anchors->n++;
        (*n)++;
    }
    X509_free(x);
}

enum sgs_status sgs_anchors_add(struct sgs_anchors *anchors, struct sgs_slice octets, size_t *out_n)
{
    size_t n = 0, blocks = 0;
    BIO *bio =
        octets.len <= SGS_MAX_ANCHOR_FILE ? BIO_new_mem_buf(octets.ptr, (int)octets.len) : NULL;
    X509 *x = NULL;

    if (octets.len > 0 && octets.ptr[0] == 0x30 && anchors->n < SGS_MAX_ANCHORS) {
        add_anchor(anchors, read_der(octets), &n);
    }
    while (bio && anchors->n < SGS_MAX_ANCHORS && blocks++ < SGS_MAX_ANCHORS &&
           (x = PEM_read_bio_X509(bio, NULL, no_phrase, NULL))) {
        add_anchor(anchors, x, &n);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (n == 0) {
        return anchors->n < SGS_MAX_ANCHORS ? SGS_E_FORMAT : SGS_E_LIMIT;
    }
    *out_n = n;
    return SGS_OK;
}

static bool is_issuer(const struct links *l, size_t issuer, size_t of)
{
    return X509_check_issued(l->certs[issuer], l->certs[of]) == X509_V_OK;
}

static const char *order_of(const struct links *l)
{
    bool has_issuer = false, is_ordered = true;

    if (X509_self_signed(l->certs[0], 0) == 1) {
        return "self-signed";
    }
    for (size_t i = 1; i < l->n; i++) {
        has_issuer |= is_issuer(l, i, 0);
        is_ordered &= is_issuer(l, i, i - 1);
    }
    return !has_issuer ? "incomplete" : is_ordered ? "ok" : "wrong-order";
}

/* Names are compared as the client means them: an absolute name is the same without its dot. */
static bool is_for(X509 *leaf, struct sgs_slice name)
{
    char text[MAX_NAME + 1];

    if (name.len > 0 && name.ptr[name.len - 1] == '.') {
        name.len--;
    }
    if (name.len == 0 || name.len > MAX_NAME || sgs_slice_chr(name, 0) < name.len) {
        return false;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = 0;
    return X509_check_host(leaf, text, name.len, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1 ||
           X509_check_ip_asc(leaf, text, 0) == 1;
}

/* A path from the leaf to an anchor at the time; *why: what is wrong with the last one tried. */
static bool leads_to_anchor(const struct links *l, const struct sgs_cert_chain *chain,
                            const struct sgs_anchors *anchors, const char **why)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *sent = sk_X509_new_null();
    int error = X509_V_ERR_UNSPECIFIED;

    for (size_t i = 1; sent && i < l->n; i++) {
        (void)sk_X509_push(sent, l->certs[i]);
    }
    if (ctx && sent && X509_STORE_CTX_init(ctx, anchors->store, l->certs[0], sent) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_time(param, (time_t)(chain->when / SGS_SEC));
        X509_VERIFY_PARAM_set_depth(param, MAX_DEPTH);
        (void)X509_VERIFY_PARAM_set_purpose(param, chain->is_client ? X509_PURPOSE_SSL_CLIENT
                                                                    : X509_PURPOSE_SSL_SERVER);
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    }
    sk_X509_free(sent);
    X509_STORE_CTX_free(ctx);
    *why = error == X509_V_OK ? NULL : X509_verify_cert_error_string(error);
    return error == X509_V_OK;
}

/* True if the issuer of the leaf is an anchor. */
static bool has_anchor_above(X509 *leaf, const struct sgs_anchors *anchors)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509 *issuer = NULL;
    bool is_there = ctx && X509_STORE_CTX_init(ctx, anchors->store, leaf, NULL) == 1 &&
                    X509_STORE_CTX_get1_issuer(&issuer, ctx, leaf) == 1;

    X509_free(issuer);
    X509_STORE_CTX_free(ctx);
    return is_there;
}

static void judge(const struct sgs_cert_chain *chain, const struct links *l,
                  const struct sgs_anchors *anchors, struct sgs_cert_verdict *out)
{
    out->has_name = chain->name.len > 0;
    out->name_match = out->has_name && is_for(l->certs[0], chain->name);
    out->chain = order_of(l);
    if (!anchors) {
        return;
    }
    out->has_trust = true;
    out->is_trusted = leads_to_anchor(l, chain, anchors, &out->why);
    if (strcmp(out->chain, "incomplete") == 0 && has_anchor_above(l->certs[0], anchors)) {
        out->chain = "ok";
    }
}

/* The verdicts given last, without anchors; octets are compared, as a digest takes longer. */
static struct {
    struct sgs_arena arena;                           /* of parts; empty: the row is free */
    struct sgs_slice parts[SGS_MAX_TLS_CERTIFICATES]; /* the certificates of the chain */
    size_t n;
    struct sgs_slice name;
    struct sgs_cert_verdict verdict;
} judged[N_JUDGED];
static size_t next_judged; /* the row to be used next: that of the oldest */

static void forget_judged(void)
{
    for (size_t i = 0; i < N_JUDGED; i++) {
        sgs_arena_clear(&judged[i].arena);
    }
}

static bool is_judged(size_t row, const struct sgs_cert_chain *chain, size_t n)
{
    bool is_same = judged[row].arena.chunks && judged[row].n == n &&
                   sgs_slice_eq(judged[row].name, chain->name);

    for (size_t i = 0; is_same && i < n; i++) {
        is_same = sgs_slice_eq(judged[row].parts[i], chain->ders[i]);
    }
    return is_same;
}

static const struct sgs_cert_verdict *find_judged(const struct sgs_cert_chain *chain, size_t n)
{
    for (size_t i = 0; i < N_JUDGED; i++) {
        if (is_judged(i, chain, n)) {
            return &judged[i].verdict;
        }
    }
    return NULL;
}

static void remember(const struct sgs_cert_chain *chain, size_t n,
                     const struct sgs_cert_verdict *verdict)
{
    static bool has_exit;
    struct sgs_arena arena;
    size_t row = next_judged, len = chain->name.len;

    for (size_t i = 0; i < n; i++) {
        len += chain->ders[i].len;
    }
    if (len > MAX_JUDGED) {
        return;
    }
    has_exit = has_exit || atexit(forget_judged) == 0;
    next_judged = (next_judged + 1) % N_JUDGED;
    sgs_arena_clear(&judged[row].arena);
    sgs_arena_init(&arena, 2 * MAX_JUDGED);
    for (size_t i = 0; i < n; i++) {
        judged[row].parts[i] = sgs_arena_copy(&arena, chain->ders[i]);
    }
    judged[row].n = n;
    judged[row].name = sgs_arena_copy(&arena, chain->name);
    judged[row].verdict = *verdict;
    judged[row].arena = arena;
}

/* Takes the chain apart; false: its leaf is no certificate. */
static bool take_apart(const struct sgs_cert_chain *chain, size_t n, struct links *out)
{
    for (size_t i = 0; i < n; i++) {
        X509 *x = read_der(chain->ders[i]);
        if (x) {
            out->certs[out->n++] = x;
        } else if (i == 0) {
            return false;
        }
    }
    return out->n > 0;
}

enum sgs_status sgs_cert_check(const struct sgs_cert_chain *chain,
                               const struct sgs_anchors *anchors, struct sgs_cert_verdict *out)
{
    size_t n = chain->n < SGS_MAX_TLS_CERTIFICATES ? chain->n : SGS_MAX_TLS_CERTIFICATES;
    struct sgs_cert_verdict verdict = {0};
    struct links links = {.n = 0};
    enum sgs_status st = SGS_E_FORMAT;

    if (!sgs_crypto_open()) {
        return SGS_E_FORMAT;
    }
    const struct sgs_cert_verdict *known = anchors ? NULL : find_judged(chain, n);
    if (known) {
        *out = *known;
        return SGS_OK;
    }
    if (take_apart(chain, n, &links)) {
        judge(chain, &links, anchors, &verdict);
        *out = verdict;
        st = SGS_OK;
    }
    if (st == SGS_OK && !anchors) {
        remember(chain, n, &verdict);
    }
    for (size_t i = 0; i < links.n; i++) {
        X509_free(links.certs[i]);
    }
    ERR_clear_error();
    return st;
}
