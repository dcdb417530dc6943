/*
 * A bounds-checked cursor over borrowed octets.  The first read past the end returns zeros and sets
 * bad for good, so a parser reads straight down and asks rd_ok once before it uses what it read.
 */
#ifndef SGS_READER_H
#define SGS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_reader {
    struct sgs_slice all; /* the window; borrowed as long as the reader lives */
    size_t off;           /* octets already read */
    bool bad;             /* a read went past the end */
};

static inline struct sgs_reader rd_open(struct sgs_slice s)
{
    return (struct sgs_reader){s, 0, false};
}

/* No read has failed so far. */
static inline bool rd_ok(const struct sgs_reader *r)
{
    return !r->bad;
}

/* Octets not yet read; 0 once bad. */
static inline size_t rd_left(const struct sgs_reader *r)
{
    return r->bad ? 0 : r->all.len - r->off;
}

/* Something is left to read: the loop condition of lists. */
static inline bool rd_more(const struct sgs_reader *r)
{
    return rd_left(r) > 0;
}

/* Everything was read and nothing failed: for elements that must be filled exactly. */
static inline bool rd_done(const struct sgs_reader *r)
{
    return !r->bad && r->off == r->all.len;
}

/* The next n octets as a slice (borrowed as the window is); empty and bad when fewer are left. */
static inline struct sgs_slice rd_take(struct sgs_reader *r, size_t n)
{
    if (n > rd_left(r)) {
        r->bad = true;
        return (struct sgs_slice){NULL, 0};
    }
    struct sgs_slice s = {r->all.len ? r->all.ptr + r->off : r->all.ptr, n};
    r->off += n;
    return s;
}

static inline void rd_skip(struct sgs_reader *r, size_t n)
{
    (void)rd_take(r, n);
}

/* All that is left, without taking it. */
static inline struct sgs_slice rd_rest(const struct sgs_reader *r)
{
    size_t n = rd_left(r);
    return (struct sgs_slice){n ? r->all.ptr + r->off : NULL, n};
}

/* A reader on the next n octets, which are thereby read here; a window too large makes both bad. */
static inline struct sgs_reader rd_sub(struct sgs_reader *r, size_t n)
{
    struct sgs_reader sub = rd_open(rd_take(r, n));
    sub.bad = r->bad;
    return sub;
}

/* len octets at off of s, or an empty slice when they do not all lie inside. */
static inline struct sgs_slice rd_at(struct sgs_slice s, size_t off, size_t len)
{
    if (off > s.len || len > s.len - off) {
        return (struct sgs_slice){NULL, 0};
    }
    return (struct sgs_slice){s.len ? s.ptr + off : s.ptr, len};
}

static inline uint8_t rd_u8(struct sgs_reader *r)
{
    struct sgs_slice s = rd_take(r, 1);
    return s.ptr && s.len ? s.ptr[0] : 0;
}

static inline uint64_t rd_be(struct sgs_reader *r, size_t n)
{
    struct sgs_slice s = rd_take(r, n);
    uint64_t v = 0;
    for (size_t i = 0; s.ptr && i < s.len; i++) {
        v = v << 8 | s.ptr[i];
    }
    return v;
}

static inline uint64_t rd_le(struct sgs_reader *r, size_t n)
{
    struct sgs_slice s = rd_take(r, n);
    uint64_t v = 0;
    for (size_t i = s.len; s.ptr && i > 0; i--) {
        v = v << 8 | s.ptr[i - 1];
    }
    return v;
}

static inline uint16_t rd_be16(struct sgs_reader *r)
{
    return (uint16_t)rd_be(r, 2);
}

static inline uint32_t rd_be24(struct sgs_reader *r)
{
    return (uint32_t)rd_be(r, 3);
}

static inline uint32_t rd_be32(struct sgs_reader *r)
{
    return (uint32_t)rd_be(r, 4);
}

static inline uint64_t rd_be64(struct sgs_reader *r)
{
    return rd_be(r, 8);
}

static inline uint16_t rd_le16(struct sgs_reader *r)
{
    return (uint16_t)rd_le(r, 2);
}

static inline uint32_t rd_le32(struct sgs_reader *r)
{
    return (uint32_t)rd_le(r, 4);
}

static inline uint64_t rd_le64(struct sgs_reader *r)
{
    return rd_le(r, 8);
}

#endif
