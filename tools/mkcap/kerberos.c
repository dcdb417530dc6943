/* Messages of Kerberos 5: each is written from its inside out, a header in front of what is there.
 */
#include "kerberos.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

enum {
    SEQUENCE = 0x30,
    INTEGER = 0x02,
    BITS = 0x03,
    OCTETS = 0x04,
    OID = 0x06,
    ENUMERATED = 0x0a,
    TIME = 0x18,
    STRING = 0x1b,
    SLOT = 0xa0,   /* + n: the tagged member n */
    MESSAGE = 0x60 /* + n: the application tag n */
};

static const char oid_krb5[] = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
static const char oid_krb5_ms[] =
    "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"; /* as Windows once wrote it */
static const char oid_ntlm[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
static const char oid_spnego[] = "\x2b\x06\x01\x05\x05\x02";

/* Puts tag and length in front of what was written since from. */
static void wrap(struct mk_buf *b, size_t from, unsigned tag)
{
    const size_t n = b->len - from;
    struct mk_buf head = {0};

    mk_buf_u8(&head, tag);
    if (n < 0x80) {
        mk_buf_u8(&head, (unsigned)n);
    } else if (n < 0x100) {
        mk_buf_u8(&head, 0x81);
        mk_buf_u8(&head, (unsigned)n);
    } else {
        mk_buf_u8(&head, 0x82);
        mk_buf_be16(&head, (unsigned)n);
    }
    mk_buf_add(b, head.ptr, head.len); /* room */
    memmove(b->ptr + from + head.len, b->ptr + from, n);
    memcpy(b->ptr + from, head.ptr, head.len);
    mk_buf_free(&head);
}

static void octets(struct mk_buf *b, unsigned tag, const void *ptr, size_t n)
{
    const size_t from = b->len;

    mk_buf_add(b, ptr, n);
    wrap(b, from, tag);
}

static void integer(struct mk_buf *b, unsigned slot, uint32_t v)
{
    const size_t from = b->len;
    unsigned n = 1;

    while (n < 4 && v >> (8 * n - 1)) {
        n++;
    }
    if (n == 4 && v >> 31) {
        mk_buf_u8(b, 0);
    }
    for (unsigned i = n; i; i--) {
        mk_buf_u8(b, v >> (8 * (i - 1)) & 255);
    }
    wrap(b, from, INTEGER);
    wrap(b, from, SLOT + slot);
}

static void string(struct mk_buf *b, unsigned slot, const char *text)
{
    const size_t from = b->len;

    octets(b, STRING, text, strlen(text));
    wrap(b, from, SLOT + slot);
}

static void flags(struct mk_buf *b, unsigned slot, uint32_t v)
{
    const size_t from = b->len;

    mk_buf_u8(b, 0); /* unused bits */
    mk_buf_be32(b, v);
    wrap(b, from, BITS);
    wrap(b, from, SLOT + slot);
}

static void moment(struct mk_buf *b, unsigned slot, int64_t now)
{
    const size_t from = b->len;
    const time_t seconds = (time_t)(now / SECOND);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm)) {
        mk_fail("no such time");
    }
    mk_buf_printf(b, "%04d%02d%02d%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                  tm.tm_hour, tm.tm_min, tm.tm_sec);
    wrap(b, from, TIME);
    wrap(b, from, SLOT + slot);
}

/* PrincipalName: parts between slashes; type 1 is a user, 2 a service. */
static void principal(struct mk_buf *b, unsigned slot, const char *name)
{
    const size_t from = b->len;

    integer(b, 0, strchr(name, '/') ? 2 : 1);
    const size_t names = b->len;
    while (*name) {
        const size_t n = strcspn(name, "/");

        octets(b, STRING, name, n);
        name += n + (name[n] ? 1 : 0);
    }
    wrap(b, names, SEQUENCE);
    wrap(b, names, SLOT + 1);
    wrap(b, from, SEQUENCE);
    wrap(b, from, SLOT + slot);
}

/* EncryptedData of n octets that belong to what. */
static void sealed(struct mk_buf *b, unsigned slot, uint64_t seed, const char *what, size_t n)
{
    struct mk_rng r = {mk_rng_seed(seed, what)};
    const size_t from = b->len;
    uint8_t *o = mk_alloc(n);

    mk_rng_fill(&r, o, n);
    integer(b, 0, 18); /* aes256-cts-hmac-sha1-96 */
    const size_t at = b->len;
    octets(b, OCTETS, o, n);
    wrap(b, at, SLOT + 2);
    wrap(b, from, SEQUENCE);
    if (slot < 32) {
        wrap(b, from, SLOT + slot);
    }
    free(o);
}

static void ticket(struct mk_buf *b, unsigned slot, const struct mk_krb_plan *p)
{
    const size_t from = b->len;
    struct mk_buf what = {0};

    mk_buf_printf(&what, "ticket %s %s", p->user, p->service);
    integer(b, 0, 5);
    string(b, 1, p->realm);
    principal(b, 2, p->service);
    sealed(b, 3, p->seed, mk_buf_text(&what), 1016);
    wrap(b, from, SEQUENCE);
    wrap(b, from, MESSAGE + 1);
    wrap(b, from, SLOT + slot);
    mk_buf_free(&what);
}

static void ap_req(struct mk_buf *b, const struct mk_krb_plan *p)
{
    const size_t from = b->len;

    integer(b, 0, 5);
    integer(b, 1, 14);
    flags(b, 2, 0x20000000); /* mutual-required */
    ticket(b, 3, p);
    sealed(b, 4, p->seed ^ (uint64_t)p->now, "authenticator", 214);
    wrap(b, from, SEQUENCE);
    wrap(b, from, MESSAGE + 14);
}

/* PA-DATA: its value was written since value. */
static void pa_data(struct mk_buf *b, size_t value, unsigned type)
{
    struct mk_buf head = {0};

    wrap(b, value, OCTETS);
    wrap(b, value, SLOT + 2);
    integer(&head, 1, type);
    const size_t n = b->len - value;
    mk_buf_add(b, head.ptr, head.len);
    memmove(b->ptr + value + head.len, b->ptr + value, n);
    memcpy(b->ptr + value, head.ptr, head.len);
    wrap(b, value, SEQUENCE);
    mk_buf_free(&head);
}

static void request_padata(struct mk_buf *b, const struct mk_krb_plan *p)
{
    struct mk_krb_plan tgt = *p;
    struct mk_buf service = {0};
    const size_t from = b->len;

    if (p->is_tgs) {
        mk_buf_printf(&service, "krbtgt/%s", p->realm);
        tgt.service = mk_buf_text(&service);
        ap_req(b, &tgt);
        pa_data(b, from, 1);
        mk_buf_free(&service);
    } else {
        if (p->has_preauth) {
            sealed(b, 32, p->seed ^ (uint64_t)p->now, "time", 56);
            pa_data(b, from, 2);
        }
        const size_t pac = b->len;
        mk_buf_add(b, "\xa0\x03\x01\x01\xff", 5); /* include-pac: true */
        wrap(b, pac, SEQUENCE);
        pa_data(b, pac, 128);
    }
    wrap(b, from, SEQUENCE);
    wrap(b, from, SLOT + 3);
}

static void etypes(struct mk_buf *b, const char *list)
{
    const size_t from = b->len;

    while (*list) {
        const size_t n = strcspn(list, ",");
        char *number = mk_copy_n(list, n);
        const uint8_t value = (uint8_t)mk_number(number);

        octets(b, INTEGER, &value, 1);
        free(number);
        list += n + (list[n] ? 1 : 0);
    }
    wrap(b, from, SEQUENCE);
    wrap(b, from, SLOT + 8);
}

void mk_krb_request(const struct mk_krb_plan *p, struct mk_buf *out)
{
    const size_t from = out->len;
    struct mk_rng r = {mk_rng_seed(p->seed ^ (uint64_t)p->now, "nonce")};

    integer(out, 1, 5);
    integer(out, 2, p->is_tgs ? 12 : 10);
    request_padata(out, p);
    const size_t body = out->len;
    flags(out, 0, 0x40810010); /* forwardable, renewable, canonicalize, renewable-ok */
    if (!p->is_tgs) {
        principal(out, 1, p->user);
    }
    string(out, 2, p->realm);
    principal(out, 3, p->service);
    moment(out, 5, INT64_C(2136422885) * SECOND); /* 2037-09-13T02:48:05Z, as Windows asks */
    integer(out, 7, mk_rng_below(&r, 0x7fffffff));
    etypes(out, p->etypes);
    wrap(out, body, SEQUENCE);
    wrap(out, body, SLOT + 4);
    wrap(out, from, SEQUENCE);
    wrap(out, from, MESSAGE + (p->is_tgs ? 12u : 10u));
}

/* METHOD-DATA with the salt of the keys: what comes with KDC_ERR_PREAUTH_REQUIRED. */
static void method_data(struct mk_buf *b, const struct mk_krb_plan *p)
{
    const size_t from = b->len;
    struct mk_buf salt = {0};

    mk_buf_printf(&salt, "%s%s", p->realm, p->user);
    integer(b, 0, 18);
    string(b, 1, mk_buf_text(&salt));
    wrap(b, from, SEQUENCE);
    wrap(b, from, SEQUENCE);
    pa_data(b, from, 19);
    const size_t time = b->len;
    pa_data(b, time, 2);
    wrap(b, from, SEQUENCE);
    wrap(b, from, OCTETS);
    wrap(b, from, SLOT + 12);
    mk_buf_free(&salt);
}

static void error(struct mk_buf *b, const struct mk_krb_plan *p, unsigned code)
{
    const size_t from = b->len;

    integer(b, 0, 5);
    integer(b, 1, 30);
    moment(b, 4, p->now);
    integer(b, 5, (uint32_t)(p->now % SECOND / 1000));
    integer(b, 6, code);
    string(b, 9, p->realm);
    principal(b, 10, p->service);
    if (code == 25) {
        method_data(b, p);
    }
    wrap(b, from, SEQUENCE);
    wrap(b, from, MESSAGE + 30);
}

void mk_krb_answer(const struct mk_krb_plan *p, struct mk_buf *out)
{
    const size_t from = out->len;

    if (p->error) {
        error(out, p, p->error);
        return;
    }
    integer(out, 0, 5);
    integer(out, 1, p->is_tgs ? 13 : 11);
    string(out, 3, p->realm);
    principal(out, 4, p->user);
    ticket(out, 5, p);
    sealed(out, 6, p->seed ^ (uint64_t)p->now, "for the client", 278);
    wrap(out, from, SEQUENCE);
    wrap(out, from, MESSAGE + (p->is_tgs ? 13u : 11u));
}

struct mk_krb *mk_krb_new(const struct mk_krb_plan *plan)
{
    struct mk_krb *k = mk_alloc(sizeof *k);

    k->user = mk_copy(plan->user);
    k->realm = mk_copy(plan->realm);
    k->service = mk_copy(plan->service);
    k->seed = plan->seed;
    return k;
}

void mk_krb_free(struct mk_krb *k)
{
    if (k) {
        free(k->user);
        free(k->realm);
        free(k->service);
        free(k);
    }
}

/* RFC 4121, 4.1: the mechanism, two octets that say what it is, the message written since from. */
static void gss(struct mk_buf *b, size_t from, unsigned kind)
{
    struct mk_buf head = {0};
    const size_t n = b->len - from;

    octets(&head, OID, oid_krb5, sizeof oid_krb5 - 1);
    mk_buf_be16(&head, kind);
    mk_buf_add(b, head.ptr, head.len);
    memmove(b->ptr + from + head.len, b->ptr + from, n);
    memcpy(b->ptr + from, head.ptr, head.len);
    wrap(b, from, MESSAGE);
    mk_buf_free(&head);
}

/* RFC 4178, 4.2.1, around the token. */
static void neg_token_init(const struct mk_buf *token, struct mk_buf *out)
{
    const size_t from = out->len;

    octets(out, OID, oid_spnego, sizeof oid_spnego - 1);
    const size_t choice = out->len;
    octets(out, OID, oid_krb5_ms, sizeof oid_krb5_ms - 1);
    octets(out, OID, oid_krb5, sizeof oid_krb5 - 1);
    octets(out, OID, oid_ntlm, sizeof oid_ntlm - 1);
    wrap(out, choice, SEQUENCE);
    wrap(out, choice, SLOT + 0);
    const size_t at = out->len;
    octets(out, OCTETS, token->ptr, token->len);
    wrap(out, at, SLOT + 2);
    wrap(out, choice, SEQUENCE);
    wrap(out, choice, SLOT + 0);
    wrap(out, from, MESSAGE);
}

/* RFC 4178, 4.2.2; state: 0 accept-completed, 2 reject. */
static void neg_token_resp(const struct mk_buf *token, uint8_t state, struct mk_buf *out)
{
    const size_t from = out->len;

    octets(out, ENUMERATED, &state, 1);
    wrap(out, from, SLOT + 0);
    size_t at = out->len;
    octets(out, OID, oid_krb5_ms, sizeof oid_krb5_ms - 1);
    wrap(out, at, SLOT + 1);
    at = out->len;
    octets(out, OCTETS, token->ptr, token->len);
    wrap(out, at, SLOT + 2);
    wrap(out, from, SEQUENCE);
    wrap(out, from, SLOT + 1);
}

void mk_krb_token(const struct mk_krb *k, const char *token, int64_t now, struct mk_buf *out)
{
    const struct mk_krb_plan p = {
        .user = k->user, .realm = k->realm, .service = k->service, .seed = k->seed, .now = now};
    struct mk_buf b = {0};

    if (!strcmp(token, "ap-req") || !strcmp(token, "init")) {
        ap_req(&b, &p);
        gss(&b, 0, 0x0100);
        if (*token == 'i') {
            neg_token_init(&b, out);
        } else {
            mk_buf_add(out, b.ptr, b.len);
        }
    } else if (!strcmp(token, "accept")) {
        integer(&b, 0, 5);
        integer(&b, 1, 15);
        sealed(&b, 2, p.seed ^ (uint64_t)now, "AP-REP", 76);
        wrap(&b, 0, SEQUENCE);
        wrap(&b, 0, MESSAGE + 15);
        gss(&b, 0, 0x0200);
        neg_token_resp(&b, 0, out);
    } else if (!strncmp(token, "error-", 6)) {
        error(&b, &p, (unsigned)mk_number(token + 6));
        gss(&b, 0, 0x0300);
        neg_token_resp(&b, 2, out);
    } else {
        mk_fail("\"%s\" is no token of Kerberos", token);
    }
    mk_buf_free(&b);
}

void mk_krb_sign(struct mk_krb *k, const void *text, size_t n, uint8_t *out)
{
    static const uint8_t head[21] = "\x60\x23\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
                                    "\x01\x01\x11\x00\xff\xff\xff\xff";
    char *copy = mk_copy_n(text, n);
    struct mk_rng r = {mk_rng_seed(k->seed ^ ++k->n_signed, copy)};

    memcpy(out, head, sizeof head);
    mk_rng_fill(&r, out + sizeof head, MK_KRB_MIC - sizeof head);
    free(copy);
}
