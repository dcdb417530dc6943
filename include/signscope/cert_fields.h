/* The fields of events that certificates and OCSP answers fill, whoever carried them. */
#ifndef SGS_CERT_FIELDS_H
#define SGS_CERT_FIELDS_H

#include <signscope/arena.h>
#include <signscope/cert.h>
#include <signscope/event.h>

/* Which certificate it is: names, dates, serial number, fingerprint.  a: for this call. */
void ev_cert(struct sgs_draft *d, const struct sgs_cert *c, struct sgs_arena *a);

/* What an answer (of a question: what it asks) says of one of its certificates; c NULL: it names
 * none. */
void ev_ocsp(struct sgs_draft *d, const struct sgs_ocsp *o, const struct sgs_ocsp_cert *c);

#endif
