/*
 * Kerberos 5 (RFC 4120) as seen from outside: real DER, sealed parts are random octets.  A ticket
 * depends on the seed, the user and the service only, so it is the same at the KDC and in what
 * shows it.  Tokens are those of GSS-API (RFC 4121) and SPNEGO (RFC 4178).
 */
#ifndef MKCAP_KERBEROS_H
#define MKCAP_KERBEROS_H

#include "buf.h"

struct mk_krb_plan {
    const char *user;
    const char *realm;
    const char *service; /* krbtgt/REALM, sip/fe01.contoso.com */
    const char *etypes;  /* offered: 18,17,23 */
    int64_t now;         /* the KDC's clock, ns since 1970 */
    uint64_t seed;
    unsigned error;   /* of the answer; 0: a ticket */
    bool is_tgs;      /* else AS */
    bool has_preauth; /* AS: a sealed time comes along */
};

/* What one side of a security association needs; strings are its own. */
struct mk_krb {
    char *user, *realm, *service;
    uint64_t seed;
    unsigned n_signed;
};

/* Append a question to the KDC, its answer. */
void mk_krb_request(const struct mk_krb_plan *p, struct mk_buf *out);
void mk_krb_answer(const struct mk_krb_plan *p, struct mk_buf *out);

struct mk_krb *mk_krb_new(const struct mk_krb_plan *plan);
void mk_krb_free(struct mk_krb *k);
/* Appends a token: "ap-req" (GSS-API alone), "init" (the same in SPNEGO), "accept" (SPNEGO with an
 * AP-REP), or "error-N" (SPNEGO with that KRB-ERROR); fails on other names. */
void mk_krb_token(const struct mk_krb *k, const char *token, int64_t now, struct mk_buf *out);
/* A MIC token of RFC 1964: its form, not its proof.  37 octets. */
#define MK_KRB_MIC 37
void mk_krb_sign(struct mk_krb *k, const void *text, size_t n, uint8_t *out);

#endif
