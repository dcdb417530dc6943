/* DNS questions and answers over UDP (RFC 1035, RFC 2782, RFC 2308). */
#ifndef MKCAP_DNS_H
#define MKCAP_DNS_H

#include "world.h"

enum {
    MK_DNS_A = 1,
    MK_DNS_NS = 2,
    MK_DNS_CNAME = 5,
    MK_DNS_SOA = 6,
    MK_DNS_AAAA = 28,
    MK_DNS_SRV = 33,
    MK_DNS_HTTPS = 65
};

struct mk_dns_query {
    struct mk_host *client;
    struct mk_host *resolver;
    const char *name;       /* asked for; borrowed */
    unsigned type;          /* MK_DNS_* */
    const char *const *say; /* the answer, word by word: see tools/mkcap/README.md; borrowed */
    size_t n_say;
    int64_t think; /* ns the resolver needs */
    uint32_t ttl;
    unsigned tries; /* questions, when there is no answer */
};

/* Asks at *now; moves *now to the answer, or to the moment when the client gives up. */
void mk_dns(struct mk_world *w, int64_t *now, const struct mk_dns_query *q);

/* The number of a type by its name; fails when it is unknown. */
unsigned mk_dns_type(const char *name);

#endif
