/* Growing octets, the generator's random numbers, text codecs, and the one way to give up. */
#ifndef MKCAP_BUF_H
#define MKCAP_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mk_buf {
    uint8_t *ptr; /* ours; NULL when empty */
    size_t len;   /* octets held */
    size_t size;  /* octets allocated */
};

/* Never fail: without memory the program ends. */
void *mk_alloc(size_t n); /* zeroed; given, release with free() */
void *mk_grow(void *p, size_t n);
char *mk_copy(const char *s); /* given, release with free() */
char *mk_copy_n(const char *s, size_t n);

void mk_buf_add(struct mk_buf *b, const void *octets, size_t n);
void mk_buf_str(struct mk_buf *b, const char *s);
void mk_buf_printf(struct mk_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mk_buf_u8(struct mk_buf *b, unsigned v);
void mk_buf_be16(struct mk_buf *b, unsigned v);
void mk_buf_be32(struct mk_buf *b, uint32_t v);
void mk_buf_le16(struct mk_buf *b, unsigned v);
void mk_buf_le32(struct mk_buf *b, uint32_t v);
void mk_buf_free(struct mk_buf *b);
/* The content as a string; borrowed until b changes. */
char *mk_buf_text(struct mk_buf *b);

/* Appends base64 without line ends, or with CRLF after every width digits. */
void mk_base64(struct mk_buf *b, const void *octets, size_t n, size_t width);
void mk_hex(struct mk_buf *b, const void *octets, size_t n);

/* Random numbers that are the same in every run (splitmix64 of Vigna). */
struct mk_rng {
    uint64_t state;
};
uint64_t mk_rng_next(struct mk_rng *r);
uint32_t mk_rng_below(struct mk_rng *r, uint32_t n);
void mk_rng_fill(struct mk_rng *r, void *octets, size_t n);
/* A seed out of a name and a number. */
uint64_t mk_rng_seed(uint64_t seed, const char *name);

/* Where the scenario is; kept until the next call.  NULL: nowhere. */
void mk_at(const char *file, int line);
/* Says what is wrong, and where in the scenario, and ends the program with status 1. */
_Noreturn void mk_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number with an optional unit k or m (1024, 1024 * 1024); fails on anything else. */
uint64_t mk_number(const char *s);
/* A time span: digits and one of ns us ms s m h d; fails on anything else.  Nanoseconds. */
int64_t mk_span(const char *s);

#endif
