/* Classes of ASCII characters, whatever the locale. */
#ifndef SGS_BASE_ASCII_H
#define SGS_BASE_ASCII_H

#include <stdbool.h>
#include <stdint.h>

static inline bool sgs_is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool sgs_is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool sgs_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool sgs_is_alnum(uint8_t c)
{
    return sgs_is_lower(c) || sgs_is_upper(c) || sgs_is_digit(c);
}

#endif
