/* Network addresses as text: dotted for IPv4, RFC 5952 for IPv6. */
#include <signscope/addr.h>

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

#define GROUPS 8u

static unsigned group(const struct sgs_addr *a, size_t i)
{
    return (unsigned)a->ip[2 * i] << 8 | a->ip[2 * i + 1];
}

/* The first of the longest runs of zero groups, at least two; *run is 0 when there is none. */
static size_t longest_zeros(const struct sgs_addr *a, size_t *run)
{
    size_t best = 0;
    size_t len = 0;

    *run = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        len = group(a, i) == 0 ? len + 1 : 0;
        if (len >= 2 && len > *run) {
            *run = len;
            best = i + 1 - len;
        }
    }
    return best;
}

static char *ip4_text(const uint8_t *ip, char *out)
{
    for (size_t i = 0; i < 4; i++) {
        unsigned n = ip[i];
        if (n >= 100) {
            *out++ = (char)('0' + n / 100);
            out = sgs_two_digits(out, n % 100);
        } else if (n >= 10) {
            out = sgs_two_digits(out, n);
        } else {
            *out++ = (char)('0' + n);
        }
        *out++ = i < 3 ? '.' : '\0';
    }
    return out - 1;
}

static char *ip6_text(const struct sgs_addr *a, char out[SGS_ADDR_TEXT_LEN])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    size_t run;
    size_t zeros = longest_zeros(a, &run);
    size_t len = 0;

    if (memcmp(a->ip, mapped, sizeof mapped) == 0) {
        (void)snprintf(out, SGS_ADDR_TEXT_LEN, "::ffff:");
        return ip4_text(a->ip + sizeof mapped, out + 7);
    }
    for (size_t i = 0; i < GROUPS; i++) {
        if (run > 0 && i == zeros) {
            i += run - 1;
            len += (size_t)snprintf(out + len, SGS_ADDR_TEXT_LEN - len, "::");
            continue;
        }
        const char *colon = i > 0 && out[len - 1] != ':' ? ":" : "";
        len += (size_t)snprintf(out + len, SGS_ADDR_TEXT_LEN - len, "%s%x", colon, group(a, i));
    }
    return out + len;
}

char *sgs_addr_host(const struct sgs_addr *a, char out[SGS_ADDR_TEXT_LEN])
{
    if (a->len == 4) {
        return ip4_text(a->ip, out);
    }
    if (a->len == 16) {
        return ip6_text(a, out);
    }
    out[0] = '\0';
    return out;
}

char *sgs_addr_text(const struct sgs_addr *a, char out[SGS_ADDR_TEXT_LEN])
{
    bool has_port = a->port != 0 && a->len != 0;
    bool is_bracketed = has_port && a->len == 16;

    *out = '[';
    char *end = sgs_addr_host(a, out + (is_bracketed ? 1 : 0));
    if (!has_port) {
        return end;
    }
    if (is_bracketed) {
        *end++ = ']';
    }
    *end++ = ':';
    end = sgs_decimal(end, a->port, 1);
    *end = '\0';
    return end;
}

bool sgs_addr_same_host(const struct sgs_addr *a, const struct sgs_addr *b)
{
    return a->len == b->len && memcmp(a->ip, b->ip, a->len) == 0;
}

bool sgs_addr_eq(const struct sgs_addr *a, const struct sgs_addr *b)
{
    return a->port == b->port && sgs_addr_same_host(a, b);
}

bool sgs_addr_is_private(const struct sgs_addr *a)
{
    bool is_v4 = a->ip[0] == 10 || (a->ip[0] == 172 && a->ip[1] / 16 == 1) ||
                 (a->ip[0] == 192 && a->ip[1] == 168);
    return a->len == 4 ? is_v4 : a->len == 16 && (a->ip[0] & 0xfe) == 0xfc;
}
