/* Network addresses as values. */
#ifndef SGS_ADDR_H
#define SGS_ADDR_H

#include <stdbool.h>
#include <stdint.h>

struct sgs_addr {
    uint8_t ip[16]; /* network order; the first len octets count, the rest is 0 */
    uint8_t len;    /* 4, 16, or 0: no address */
    uint16_t port;  /* 0: none */
};

#define SGS_ADDR_TEXT_LEN 56 /* octets, with the NUL, that any form below needs */

/* 10.0.0.15 or 2001:db8::1; empty when there is no address.  Gives the place of the NUL. */
char *sgs_addr_host(const struct sgs_addr *a, char out[SGS_ADDR_TEXT_LEN]);

/* 10.0.0.15:50738 or [2001:db8::1]:443; without port when it is 0.  Gives the place of the NUL. */
char *sgs_addr_text(const struct sgs_addr *a, char out[SGS_ADDR_TEXT_LEN]);

/* Same address, and (eq only) same port. */
bool sgs_addr_eq(const struct sgs_addr *a, const struct sgs_addr *b);
bool sgs_addr_same_host(const struct sgs_addr *a, const struct sgs_addr *b);

/* Of a private network: RFC 1918, section 3; RFC 4193, section 3. */
bool sgs_addr_is_private(const struct sgs_addr *a);

#endif
