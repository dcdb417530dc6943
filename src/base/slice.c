/* Borrowed octets: compare, find, trim, cut. */
#define _GNU_SOURCE /* memmem */
#include <signscope/slice.h>

#include <string.h>

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool sgs_slice_ieq_octets(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i] && fold(a[i]) != fold(b[i])) {
            return false;
        }
    }
    return true;
}

bool sgs_slice_starts(struct sgs_slice s, struct sgs_slice head)
{
    return s.len >= head.len && sgs_slice_eq(sgs_slice_head(s, head.len), head);
}

bool sgs_slice_istarts(struct sgs_slice s, struct sgs_slice head)
{
    return s.len >= head.len && sgs_slice_ieq(sgs_slice_head(s, head.len), head);
}

bool sgs_slice_iends(struct sgs_slice s, struct sgs_slice tail)
{
    return s.len >= tail.len && sgs_slice_ieq(sgs_slice_from(s, s.len - tail.len), tail);
}

size_t sgs_slice_chr(struct sgs_slice s, uint8_t octet)
{
    const uint8_t *at = s.len ? memchr(s.ptr, octet, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t sgs_slice_find(struct sgs_slice s, struct sgs_slice needle)
{
    if (needle.len == 0 || needle.len > s.len) {
        return needle.len == 0 ? 0 : s.len;
    }
    const uint8_t *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? (size_t)(at - s.ptr) : s.len;
}

/* Offset of the first such octet at or after i, or s.len. */
static size_t next_octet(struct sgs_slice s, size_t i, uint8_t octet)
{
    return i + sgs_slice_chr(sgs_slice_from(s, i), octet);
}

size_t sgs_slice_ifind(struct sgs_slice s, struct sgs_slice needle)
{
    if (needle.len == 0 || needle.len > s.len) {
        return needle.len == 0 ? 0 : s.len;
    }
    uint8_t small = fold(needle.ptr[0]);
    bool is_letter = small >= 'a' && small <= 'z';
    uint8_t capital = is_letter ? (uint8_t)(small - 0x20) : small;
    size_t next[2] = {next_octet(s, 0, small), is_letter ? next_octet(s, 0, capital) : s.len};
    size_t i = 0;

    while ((i = next[0] < next[1] ? next[0] : next[1]) + needle.len <= s.len) {
        if (sgs_slice_istarts(sgs_slice_from(s, i), needle)) {
            return i;
        }
        bool is_small = i == next[0];
        next[!is_small] = next_octet(s, i + 1, is_small ? small : capital);
    }
    return s.len;
}

struct sgs_slice sgs_slice_from(struct sgs_slice s, size_t off)
{
    if (off >= s.len) {
        return (struct sgs_slice){s.ptr ? s.ptr + s.len : NULL, 0};
    }
    return (struct sgs_slice){s.ptr + off, s.len - off};
}

struct sgs_slice sgs_slice_behind_last(struct sgs_slice s, uint8_t sep)
{
    size_t at = s.len;

    while (at > 0 && s.ptr[at - 1] != sep) {
        at--;
    }
    return sgs_slice_from(s, at);
}

struct sgs_slice sgs_slice_head(struct sgs_slice s, size_t len)
{
    return (struct sgs_slice){s.ptr, len < s.len ? len : s.len};
}

struct sgs_slice sgs_slice_trim(struct sgs_slice s)
{
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    return s;
}

struct sgs_slice sgs_slice_cut(struct sgs_slice *rest, uint8_t sep)
{
    size_t at = sgs_slice_chr(*rest, sep);
    struct sgs_slice first = sgs_slice_head(*rest, at);

    *rest = sgs_slice_from(*rest, at + 1);
    return first;
}

bool sgs_slice_uint(struct sgs_slice s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)s.ptr[i] - '0';
        if (digit > 9 || v > (max - (digit < max ? digit : max)) / 10) {
            return false;
        }
        v = v * 10 + digit;
    }
    if (s.len == 0 || v > max) {
        return false;
    }
    *out = v;
    return true;
}
