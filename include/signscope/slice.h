/* Borrowed octets: a pointer and a length that travel together. */
#ifndef SGS_SLICE_H
#define SGS_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Octets owned by somebody else; ptr may be NULL when len is 0.  Valid until the moment its giver
 * names. */
struct sgs_slice {
    const uint8_t *ptr; /* first octet */
    size_t len;         /* octets */
};

/* A slice of a string literal, without its NUL. */
#define SGS_LIT(s) ((struct sgs_slice){(const uint8_t *)(s), sizeof(s) - 1})

static inline struct sgs_slice sgs_slice(const void *ptr, size_t len)
{
    return (struct sgs_slice){(const uint8_t *)ptr, len};
}

/* The octets of a C string of ours (never of input), without its NUL; empty for NULL. */
static inline struct sgs_slice sgs_slice_str(const char *s)
{
    return sgs_slice(s, s ? strlen(s) : 0);
}

/* Equal octet by octet / without regard to ASCII case.  Most that are not differ in length: that
 * much is decided in place. */
static inline bool sgs_slice_eq(struct sgs_slice a, struct sgs_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool sgs_slice_ieq_octets(const uint8_t *a, const uint8_t *b, size_t len);

static inline bool sgs_slice_ieq(struct sgs_slice a, struct sgs_slice b)
{
    return a.len == b.len && sgs_slice_ieq_octets(a.ptr, b.ptr, a.len);
}

/* True if s begins (ends) with head (tail); the i-forms fold ASCII case. */
bool sgs_slice_starts(struct sgs_slice s, struct sgs_slice head);
bool sgs_slice_istarts(struct sgs_slice s, struct sgs_slice head);
bool sgs_slice_iends(struct sgs_slice s, struct sgs_slice tail);

/* Offset of the first match, or s.len when there is none.  An empty needle matches at 0. */
size_t sgs_slice_chr(struct sgs_slice s, uint8_t octet);
size_t sgs_slice_find(struct sgs_slice s, struct sgs_slice needle);
size_t sgs_slice_ifind(struct sgs_slice s, struct sgs_slice needle);

/* Octets from off on (at most len); what lies outside s is left out, so the result is never wild.
 */
struct sgs_slice sgs_slice_from(struct sgs_slice s, size_t off);
/* What stands behind the last sep; all of s when there is none. */
struct sgs_slice sgs_slice_behind_last(struct sgs_slice s, uint8_t sep);
struct sgs_slice sgs_slice_head(struct sgs_slice s, size_t len);

/* Without blanks, tabs, CR and LF at both ends. */
struct sgs_slice sgs_slice_trim(struct sgs_slice s);

/*
 * Takes what stands before the first sep off *rest and returns it; *rest is then what follows sep,
 * or empty when there was none.  Loop while rest->len > 0.
 */
struct sgs_slice sgs_slice_cut(struct sgs_slice *rest, uint8_t sep);

/* Decimal digits, all of s, at least one, up to max: true and *out, else false and *out untouched.
 */
bool sgs_slice_uint(struct sgs_slice s, uint64_t max, uint64_t *out);

#endif
