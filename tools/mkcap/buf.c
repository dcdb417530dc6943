/* Growing octets, random numbers, text codecs, numbers of scenarios. */
#include "buf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *where;
static int where_line;

void mk_at(const char *file, int line)
{
    where = file;
    where_line = line;
}

void mk_fail(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    if (where) {
        fprintf(stderr, "%s:%d: ", where, where_line);
    } else {
        fputs("mkcap: ", stderr);
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void *mk_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    if (!p) {
        mk_fail("out of memory");
    }
    return p;
}

void *mk_grow(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (!p) {
        mk_fail("out of memory");
    }
    return p;
}

char *mk_copy_n(const char *s, size_t n)
{
    char *copy = mk_alloc(n + 1);

    memcpy(copy, s, n);
    return copy;
}

char *mk_copy(const char *s)
{
    return mk_copy_n(s, strlen(s));
}

void mk_buf_add(struct mk_buf *b, const void *octets, size_t n)
{
    if (b->size - b->len < n) {
        b->size = 2 * b->size + n + 64;
        b->ptr = mk_grow(b->ptr, b->size);
    }
    if (n) {
        memcpy(b->ptr + b->len, octets, n);
    }
    b->len += n;
}

void mk_buf_str(struct mk_buf *b, const char *s)
{
    mk_buf_add(b, s, strlen(s));
}

void mk_buf_printf(struct mk_buf *b, const char *format, ...)
{
    va_list args;
    char text[1024];

    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text) {
        mk_fail("text too long");
    }
    mk_buf_add(b, text, (size_t)n);
}

void mk_buf_u8(struct mk_buf *b, unsigned v)
{
    const uint8_t o = (uint8_t)v;

    mk_buf_add(b, &o, 1);
}

void mk_buf_be16(struct mk_buf *b, unsigned v)
{
    const uint8_t o[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    mk_buf_add(b, o, sizeof o);
}

void mk_buf_be32(struct mk_buf *b, uint32_t v)
{
    mk_buf_be16(b, v >> 16);
    mk_buf_be16(b, v & 0xffff);
}

void mk_buf_le16(struct mk_buf *b, unsigned v)
{
    const uint8_t o[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

    mk_buf_add(b, o, sizeof o);
}

void mk_buf_le32(struct mk_buf *b, uint32_t v)
{
    mk_buf_le16(b, v & 0xffff);
    mk_buf_le16(b, v >> 16);
}

void mk_buf_free(struct mk_buf *b)
{
    free(b->ptr);
    *b = (struct mk_buf){0};
}

char *mk_buf_text(struct mk_buf *b)
{
    mk_buf_u8(b, 0);
    b->len--;
    return (char *)b->ptr;
}

void mk_base64(struct mk_buf *b, const void *octets, size_t n, size_t width)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = octets;
    size_t column = 0;

    for (size_t i = 0; i < n; i += 3) {
        const uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                           (i + 2 < n ? p[i + 2] : 0u);
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], '=', '='};

        if (i + 1 < n) {
            four[2] = digits[v >> 6 & 63];
        }
        if (i + 2 < n) {
            four[3] = digits[v & 63];
        }
        if (width && column == width) {
            mk_buf_str(b, "\r\n");
            column = 0;
        }
        mk_buf_add(b, four, sizeof four);
        column += sizeof four;
    }
}

void mk_hex(struct mk_buf *b, const void *octets, size_t n)
{
    const uint8_t *p = octets;

    for (size_t i = 0; i < n; i++) {
        mk_buf_printf(b, "%02x", p[i]);
    }
}

uint64_t mk_rng_next(struct mk_rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t mk_rng_below(struct mk_rng *r, uint32_t n)
{
    return n ? (uint32_t)(mk_rng_next(r) % n) : 0;
}

void mk_rng_fill(struct mk_rng *r, void *octets, size_t n)
{
    uint8_t *p = octets;

    while (n) {
        uint8_t eight[8];
        uint64_t v = mk_rng_next(r);
        const size_t some = n < sizeof eight ? n : sizeof eight;

        for (size_t i = 0; i < sizeof eight; i++, v >>= 8) {
            eight[i] = (uint8_t)v;
        }
        memcpy(p, eight, some);
        p += some;
        n -= some;
    }
}

uint64_t mk_rng_seed(uint64_t seed, const char *name)
{
    struct mk_rng r = {seed};

    for (; *name; name++) {
        r.state = mk_rng_next(&r) ^ (uint8_t)*name;
    }
    return mk_rng_next(&r);
}

uint64_t mk_number(const char *s)
{
    char *end;

    errno = 0;
    const unsigned long long v = strtoull(s, &end, 10);
    if (!isdigit((unsigned char)*s) || errno) {
        mk_fail("\"%s\" is not a number", s);
    }
    if (!strcmp(end, "k")) {
        return v * 1024;
    }
    if (!strcmp(end, "m")) {
        return v * 1024 * 1024;
    }
    if (*end) {
        mk_fail("\"%s\" is not a number", s);
    }
    return v;
}

int64_t mk_span(const char *s)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {
        {"ns", 1      },
        {"us", 1e3    },
        {"ms", 1e6    },
        {"s",  1e9    },
        {"m",  60e9   },
        {"h",  3600e9 },
        {"d",  86400e9},
    };
    char *end;
    const double v = strtod(s, &end);

    for (size_t i = 0; end != s && i < sizeof units / sizeof *units; i++) {
        if (!strcmp(end, units[i].unit)) {
            return (int64_t)(v * units[i].ns + (v < 0 ? -0.5 : 0.5));
        }
    }
    mk_fail("\"%s\" is not a time span (12ms, 1.5s, 2m, 8h, 30d)", s);
}
