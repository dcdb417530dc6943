/*
 * Security associations of SIP ([MS-SIPAE]): TLS-DSK, whose handshake is a second, real TLS in the
 * headers, NTLM and Kerberos; each signs the messages that come after.
 */
#ifndef MKCAP_DSK_H
#define MKCAP_DSK_H

#include "tlspair.h"

struct mk_ntlm; /* ntlm.c */
struct mk_krb;  /* kerberos.c */

struct mk_sa {
    char *name;
    struct mk_tls *tls;  /* TLS-DSK; NULL: NTLM or Kerberos */
    struct mk_buf to[2]; /* what a side has still to take in */
    struct mk_ntlm *ntlm;
    struct mk_krb *krb;
    struct mk_sa *next;
};

/* Starts a TLS-DSK handshake; the plan is borrowed for this call. */
struct mk_sa *mk_sa_dsk(const char *name, struct mk_tls_world *w, const struct mk_tls_plan *plan);
/* The association of that name, the newest one; fails when there is none. */
struct mk_sa *mk_sa_find(struct mk_sa *all, const char *name);
void mk_sa_free(struct mk_sa *all);

/* Appends the next records of a side as base64. */
void mk_sa_flight(struct mk_sa *sa, unsigned side, struct mk_buf *out);
/* Appends an NTLM message ("negotiate", "challenge", "authenticate") as base64. */
void mk_sa_ntlm(struct mk_sa *sa, const char *message, int64_t now, struct mk_buf *out);
/* Appends a token of Kerberos (kerberos.h) as base64. */
void mk_sa_kerberos(struct mk_sa *sa, const char *token, int64_t now, struct mk_buf *out);

/* Puts the signature of a side into a SIP message in place of response="*" or rspauth="*"
 * ([MS-SIPAE] 3.2.5.2); fails when there is no such place. */
void mk_sa_sign(struct mk_sa *sa, unsigned side, struct mk_buf *message);

#endif
