/* Greedy LZ77 in the code of MPPC: at each place the longest match, of those the nearest one. */
#include "lz77.h"

#include <string.h>

struct out {
    uint8_t *octets;
    size_t n;
    uint64_t bits; /* the low have bits are still to be written */
    unsigned have;
};

static void put(struct out *o, uint32_t value, unsigned n)
{
    o->bits = o->bits << n | value;
    o->have += n;
    while (o->have >= 8) {
        o->have -= 8;
        o->octets[o->n++] = (uint8_t)(o->bits >> o->have);
    }
}

static void put_literal(struct out *o, uint8_t c)
{
    if (c < 0x80) {
        put(o, c, 8);
    } else {
        put(o, 0x100u | (c & 0x7fu), 9); /* 10 and seven bits */
    }
}

static void put_offset(struct out *o, uint32_t d, bool is_64k)
{
    if (is_64k) {
        if (d < 64) {
            put(o, 0x7c0 | d, 11);
        } else if (d < 320) {
            put(o, 0x1e00 | (d - 64), 13);
        } else if (d < 2368) {
            put(o, 0x7000 | (d - 320), 15);
        } else {
            put(o, 0x60000 | (d - 2368), 19);
        }
    } else if (d < 64) {
        put(o, 0x3c0 | d, 10);
    } else if (d < 320) {
        put(o, 0xe00 | (d - 64), 12);
    } else {
        put(o, 0xc000 | (d - 320), 16);
    }
}

static void put_len(struct out *o, uint32_t len)
{
    unsigned n = 0;

    if (len == 3) {
        put(o, 0, 1);
        return;
    }
    while (len >> (n + 2)) {
        n++;
    }
    put(o, ((1u << n) - 1) << 1, n + 1);
    put(o, len & ((1u << (n + 1)) - 1), n + 1);
}

static size_t size_of(const struct mk_lz77 *z)
{
    return z->is_64k ? 65536 : 8192;
}

size_t mk_lz77_max(const struct mk_lz77 *z)
{
    return size_of(z) - 1;
}

/* The best match for the octets of [at, end) in what lies before them; 0: none of three or more. */
static size_t match(const struct mk_lz77 *z, size_t at, size_t end, size_t *back)
{
    size_t best = 0;

    for (size_t d = 1; d <= at; d++) {
        size_t n = 0;
        while (at + n < end && z->history[at - d + n] == z->history[at + n]) {
            n++;
        }
        if (n > best) {
            best = n;
            *back = d;
        }
    }
    return best >= 3 ? best : 0;
}

size_t mk_lz77_encode(struct mk_lz77 *z, const uint8_t *in, size_t n, uint8_t *out, unsigned *flags)
{
    struct out o = {.octets = out};

    *flags = MK_LZ77_COMPRESSED;
    if (!z->has_begun || z->at + n > size_of(z)) {
        *flags |= MK_LZ77_AT_FRONT;
        z->at = 0;
    }
    const size_t end = z->at + n;
    memcpy(z->history + z->at, in, n);
    while (z->at < end && o.n < n) {
        size_t back = 0;
        const size_t len = match(z, z->at, end, &back);
        if (len) {
            put_offset(&o, (uint32_t)back, z->is_64k);
            put_len(&o, (uint32_t)len);
        } else {
            put_literal(&o, z->history[z->at]);
        }
        z->at += len ? len : 1;
    }
    if (o.have) {
        put(&o, 0, 8 - o.have);
    }
    z->has_begun = z->at == end && o.n < n;
    if (z->has_begun) {
        return o.n;
    }
    *flags = MK_LZ77_FLUSHED;
    z->at = 0;
    return 0;
}

size_t mk_lz77_packet(struct mk_lz77 *z, const uint8_t *in, size_t n, bool is_plain, uint8_t *out)
{
    unsigned flags = 0;
    size_t len = is_plain ? 0 : mk_lz77_encode(z, in, n, out + MK_LZ77_HEADER, &flags);
    const bool is_coded = len > 0;

    if (!is_coded) {
        memcpy(out + MK_LZ77_HEADER, in, n);
        len = n;
    }
    const size_t size = is_coded && z->counts_plain ? n : len;
    out[0] = (uint8_t)flags;
    out[1] = 0;
    for (size_t i = 0; i < 4; i++) {
        out[2 + i] = (uint8_t)(size >> (24 - 8 * i));
    }
    return MK_LZ77_HEADER + len;
}
