/* Where certificates say that lists of revoked ones, OCSP answers and issuers are to be had. */
#ifndef SGS_ENGINE_REVOCATION_SOURCE_H
#define SGS_ENGINE_REVOCATION_SOURCE_H

#include <signscope/event.h>

#define SGS_REVOCATION_URL                                                                         \
    1024 /* octets of a URL that is remembered: longer ones are not fetched */

/* One URL of a certificate. */
struct sgs_revocation_source {
    uint64_t certificate; /* id of its event */
    uint32_t conn;        /* that it was shown on */
    sgs_time time;        /* when */
    const char *how;      /* "crl", "ocsp", "aia"; static */
    size_t url_len;       /* octets */
    uint8_t url[SGS_REVOCATION_URL];
};

struct sgs_revocation_sources;

struct sgs_revocation_sources *sgs_revocation_sources_new(void);
void sgs_revocation_sources_free(struct sgs_revocation_sources *r);

/* No certificate has named any so far. */
bool sgs_revocation_is_empty(const struct sgs_revocation_sources *r);

/* Learns the URLs of a tls.certificate. */
void sgs_revocation_learn(struct sgs_revocation_sources *r, const struct sgs_event *ev);

/* All of these: NULL when no certificate that was shown to the client names it; of several the one
 * that was shown last; borrowed until the next learn. */

/* What the client asks for with a URL. */
const struct sgs_revocation_source *sgs_revocation_by_url(const struct sgs_revocation_sources *r,
                                                          const struct sgs_addr *client,
                                                          struct sgs_slice text);

/* What it can have wanted of a host (empty: LDAP URLs without one) at a port, soon after it had
 * seen the certificate. */
const struct sgs_revocation_source *sgs_revocation_by_place(const struct sgs_revocation_sources *r,
                                                            const struct sgs_addr *client,
                                                            struct sgs_slice host, uint16_t port,
                                                            sgs_time when);

/* The same of a host at any port. */
const struct sgs_revocation_source *sgs_revocation_by_host(const struct sgs_revocation_sources *r,
                                                           const struct sgs_addr *client,
                                                           struct sgs_slice host, sgs_time when);

/* True for the ports of LDAP: plain, over TLS, global catalogue. */
bool sgs_revocation_is_ldap(uint16_t port);

#endif
