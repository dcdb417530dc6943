/*
 * The coding of compressed payloads: MPPC (RFC 2118) with a history of 8 KiB, which is that of RDP
 * 4.0, or of 64 KiB as in RDP 5.0 ([MS-RDPBCGR], sections 3.1.8.4.1 and 3.1.8.4.2).
 *
 * Bits, the most significant one of each octet first; the last octet is filled with zeros:
 *
 *   0  + 7 bits              literal 0x00..0x7f
 *   10 + 7 bits              literal 0x80..0xff
 *   11..                     copy: offset back, then length
 *
 *   offset, 8 KiB                        offset, 64 KiB
 *   1111 + 6 bits   0..63                11111 + 6 bits    0..63
 *   1110 + 8        64..319              11110 + 8         64..319
 *   110  + 13       320..8191            1110  + 11        320..2367
 *                                        110   + 16        2368..65535
 *
 *   length: 0 is 3; else n ones, a zero and n + 1 bits more: 2^(n+1) + these
 */
#include <string.h>

#include "sipcomp.h"

#define MAX_ONES_8K 11  /* of a length: 4096..8191 */
#define MAX_ONES_64K 14 /* 32768..65535 */

struct offset_code {
    unsigned ones; /* leading ones; then a zero, unless there cannot be more of them */
    unsigned bits;
    uint32_t base;
};

static const struct offset_code codes_8k[] = {
    {4, 6,  0  },
    {3, 8,  64 },
    {2, 13, 320},
};

static const struct offset_code codes_64k[] = {
    {5, 6,  0   },
    {4, 8,  64  },
    {3, 11, 320 },
    {2, 16, 2368},
};

struct bits {
    struct sgs_slice s;
    size_t at;  /* bit */
    bool ended; /* there were not enough */
};

static uint32_t take(struct bits *b, unsigned n)
{
    uint32_t v = 0;

    if (b->ended || n > b->s.len * 8 - b->at) {
        b->ended = true;
        return 0;
    }
    for (unsigned i = 0; i < n; i++, b->at++) {
        v = v << 1 | ((uint32_t)b->s.ptr[b->at / 8] >> (7 - b->at % 8) & 1u);
    }
    return v;
}

/* Ones up to max of them, with the zero behind fewer. */
static unsigned ones(struct bits *b, unsigned max)
{
    unsigned n = 0;

    while (n < max && take(b, 1)) {
        n++;
    }
    return n;
}

/* The first two bits, both one, are read. */
static uint32_t offset_of(struct bits *b, bool is_64k)
{
    const struct offset_code *codes = is_64k ? codes_64k : codes_8k;
    size_t n = is_64k ? sizeof codes_64k / sizeof *codes_64k : sizeof codes_8k / sizeof *codes_8k;
    unsigned more = ones(b, codes[0].ones - 2);

    for (size_t i = 0; i < n; i++) {
        if (codes[i].ones == more + 2) {
            return codes[i].base + take(b, codes[i].bits);
        }
    }
    return 0; /* not reached: there is a row for each number of ones */
}

/* 0: more ones than there may be. */
static uint32_t len_of(struct bits *b, bool is_64k)
{
    unsigned max = is_64k ? MAX_ONES_64K : MAX_ONES_8K;
    unsigned n = ones(b, max + 1);

    if (n > max) {
        return 0;
    }
    return n == 0 ? 3 : (1u << (n + 1)) + take(b, n + 1);
}

enum sipcomp_result sipcomp_token(struct sgs_slice s, bool is_64k, size_t *bit,
                                  struct sipcomp_token *out)
{
    struct bits b = {s, *bit, false};
    struct sipcomp_token t = {.is_copy = false};

    if (take(&b, 1) == 0) {
        t.literal = (uint8_t)take(&b, 7);
    } else if (take(&b, 1) == 0) {
        t.literal = (uint8_t)(0x80 | take(&b, 7));
    } else {
        t.is_copy = true;
        t.offset = offset_of(&b, is_64k);
        t.len = len_of(&b, is_64k);
    }
    if (b.ended) {
        return SIPCOMP_SHORT;
    }
    if (t.is_copy && (t.offset == 0 || t.len == 0)) {
        return SIPCOMP_WRONG;
    }
    *bit = b.at;
    *out = t;
    return SIPCOMP_OK;
}

size_t sipcomp_history_size(const struct sipcomp_history *h)
{
    return h->is_64k ? SIPCOMP_HISTORY_64K : SIPCOMP_HISTORY_8K;
}

void sipcomp_history_flush(struct sipcomp_history *h)
{
    if (h->octets) {
        memset(h->octets, 0, SIPCOMP_HISTORY_64K);
    }
    h->at = 0;
    h->is_partial = false;
}

enum sipcomp_result sipcomp_history_add(struct sipcomp_history *h, const struct sipcomp_token *t)
{
    size_t size = sipcomp_history_size(h);
    size_t n = t->is_copy ? t->len : 1;

    if (n > size - h->at) {
        return SIPCOMP_WRONG; /* its sender would have begun at the front again */
    }
    if (!t->is_copy) {
        h->octets[h->at++] = t->literal;
        return SIPCOMP_OK;
    }
    if (t->offset > h->at && h->is_partial) {
        return SIPCOMP_LOST;
    }
    for (size_t from = h->at + size - t->offset; n > 0; n--, from++) {
        h->octets[h->at++] = h->octets[from % size];
    }
    return SIPCOMP_OK;
}
