/* The parts of an absolute URL that say who is asked (RFC 3986, section 3). */
#ifndef SGS_URL_H
#define SGS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_url {
    struct sgs_slice scheme;
    struct sgs_slice host; /* without user and brackets; empty in ldap:///CN=... */
    uint16_t port;         /* that of the scheme when none is told; 0: not known */
    struct sgs_slice path; /* what follows the authority, query included */
};

/* Slices are borrowed as url is.  False: no scheme with an authority, or no port where one should
 * be. */
bool sgs_url_read(struct sgs_slice url, struct sgs_url *out);

#endif
