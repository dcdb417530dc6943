/* A growing run of octets with a mandatory cap. */
#ifndef SGS_BUF_H
#define SGS_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_buf {
    uint8_t *ptr;  /* ours; NULL when empty */
    size_t len;    /* octets held */
    size_t size;   /* octets allocated */
    size_t cap;    /* octets that may be held at most */
    bool overflow; /* something did not fit: len stopped before it */
};

void sgs_buf_init(struct sgs_buf *b, size_t cap);

/* Releases the memory; cap stays, the buffer may be used again. */
void sgs_buf_clear(struct sgs_buf *b);

/* Appends all of s or nothing: false (and overflow set) when it would pass the cap. */
bool sgs_buf_add(struct sgs_buf *b, struct sgs_slice s);
bool sgs_buf_add_str(struct sgs_buf *b, const char *s);
bool sgs_buf_add_octet(struct sgs_buf *b, uint8_t octet);
bool sgs_buf_printf(struct sgs_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for n more octets at the end, to be written by the caller and then counted by
 * sgs_buf_commit; NULL past the cap. */
uint8_t *sgs_buf_reserve(struct sgs_buf *b, size_t n);
void sgs_buf_commit(struct sgs_buf *b, size_t n);

/* Drops n octets (at most len) at the front. */
void sgs_buf_drop(struct sgs_buf *b, size_t n);

/* What it holds; borrowed until the next call that changes b. */
struct sgs_slice sgs_buf_slice(const struct sgs_buf *b);

#endif
