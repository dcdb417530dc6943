/* Numbers as text, without the way through a format. */
#ifndef SGS_BASE_DECIMAL_H
#define SGS_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define SGS_DECIMAL_LEN 20 /* octets: the digits of UINT64_MAX */

/* Writes n with at least width digits (at most SGS_DECIMAL_LEN) and no NUL; gives the place behind
 * them. */
static inline char *sgs_decimal(char *out, uint64_t n, size_t width)
{
    char digits[SGS_DECIMAL_LEN];
    size_t at = sizeof digits;

    while (n > 0 || (at + width > sizeof digits && at > 0)) {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    }
    for (; at < sizeof digits; at++) {
        *out++ = digits[at];
    }
    return out;
}

#endif
