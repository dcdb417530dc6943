/* NTLM messages and signatures after [MS-NLMP]: NTLMv2, Unicode, 128 bit, key exchange. */
#ifndef MKCAP_NTLM_H
#define MKCAP_NTLM_H

#include "buf.h"

struct mk_ntlm_plan {
    const char *user, *domain, *password; /* as the user typed them */
    const char *workstation;
    const char *server, *dns_server, *dns_domain; /* names in the challenge */
    bool is_datagram; /* SIP: no NEGOTIATE message, one key for each signature */
};

/* The plan is copied. */
struct mk_ntlm *mk_ntlm_new(const struct mk_ntlm_plan *plan, uint64_t seed);
void mk_ntlm_free(struct mk_ntlm *n);

/* [MS-NLMP] 2.2.1: append the octets of the message. */
void mk_ntlm_negotiate(struct mk_ntlm *n, struct mk_buf *out);
void mk_ntlm_challenge(struct mk_ntlm *n, int64_t now, struct mk_buf *out);
void mk_ntlm_authenticate(struct mk_ntlm *n, struct mk_buf *out);

/* [MS-NLMP] 3.4.4 with the constant sequence number of [MS-SIPAE]: 16 octets. */
void mk_ntlm_sign(const struct mk_ntlm *n, unsigned side, const void *octets, size_t len,
                  uint8_t out[16]);

/* [MS-NLMP] 3.3.2: NTOWFv2. */
void mk_ntowfv2(const char *user, const char *domain, const char *password, uint8_t out[16]);

#endif
