/* Numbers as text, without the way through a format. */
#ifndef SGS_BASE_DECIMAL_H
#define SGS_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define SGS_DECIMAL_LEN 20 /* octets: the digits of UINT64_MAX */

/* Writes n with at least width digits (1 to SGS_DECIMAL_LEN) and no NUL; gives the place behind
 * them. */
static inline char *sgs_decimal(char *out, uint64_t n, size_t width)
{
    size_t len = 1;

    for (uint64_t rest = n; rest >= 10; rest /= 10) {
        len++;
    }
    len = len < width ? width : len;
    for (size_t at = len; at > 0; at--) {
        out[at - 1] = (char)('0' + n % 10);
        n /= 10;
    }
    return out + len;
}

#endif
