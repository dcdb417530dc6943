/* Numbers as text, without the way through a format. */
#ifndef SGS_BASE_DECIMAL_H
#define SGS_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SGS_DECIMAL_LEN 20 /* octets: the digits of UINT64_MAX */

/* The two digits of n, below 100, at out; gives the place behind them. */
static inline char *sgs_two_digits(char *out, unsigned n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    memcpy(out, &pairs[(size_t)2 * n], 2);
    return out + 2;
}

/* Writes n with at least width digits (1 to SGS_DECIMAL_LEN) and no NUL; gives the place behind
 * them. */
static inline char *sgs_decimal(char *out, uint64_t n, size_t width)
{
    size_t len = 1;

    for (uint64_t limit = 10; len < SGS_DECIMAL_LEN && n >= limit; limit *= 10) {
        len++;
    }
    len = len < width ? width : len;
    size_t at = len;
    for (; at >= 2; at -= 2) {
        (void)sgs_two_digits(out + at - 2, (unsigned)(n % 100));
        n /= 100;
    }
    if (at == 1) {
        out[0] = (char)('0' + n % 10);
    }
    return out + len;
}

#endif
