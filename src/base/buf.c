/* A growing run of octets with a mandatory cap: doubled until it fits, never past the cap. */
#include <signscope/buf.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_SIZE 64u /* octets */

void sgs_buf_init(struct sgs_buf *b, size_t cap)
{
    *b = (struct sgs_buf){.cap = cap};
}

void sgs_buf_clear(struct sgs_buf *b)
{
    free(b->ptr);
    *b = (struct sgs_buf){.cap = b->cap};
}

static bool grow(struct sgs_buf *b, size_t n)
{
    if (n > b->cap - b->len) {
        b->overflow = true;
        return false;
    }
    size_t need = b->len + n;
    size_t size = b->size ? b->size : n > FIRST_SIZE ? n : FIRST_SIZE;
    while (size < need) {
        size = size <= b->cap / 2 ? size * 2 : b->cap;
    }
    b->ptr = sgs_xrealloc(b->ptr, size, 1);
    b->size = size;
    return true;
}

/* Most often there is room: that much is decided in place. */
static inline bool make_room(struct sgs_buf *b, size_t n)
{
    return (n <= b->size - b->len && n <= b->cap - b->len) || grow(b, n);
}

bool sgs_buf_add(struct sgs_buf *b, struct sgs_slice s)
{
    if (!make_room(b, s.len)) {
        return false;
    }
    if (s.len > 0) {
        memcpy(b->ptr + b->len, s.ptr, s.len);
        b->len += s.len;
    }
    return true;
}

bool sgs_buf_add_str(struct sgs_buf *b, const char *s)
{
    return sgs_buf_add(b, sgs_slice_str(s));
}

bool sgs_buf_add_octet(struct sgs_buf *b, uint8_t octet)
{
    if (!make_room(b, 1)) {
        return false;
    }
    b->ptr[b->len++] = octet;
    return true;
}

/* vsnprintf wants room for its NUL, which the cap does not count: it goes into a spare octet that
 * is overwritten next. */
bool sgs_buf_printf(struct sgs_buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    bool fits = n >= 0 && make_room(b, (size_t)n);
    if (fits && b->size - b->len <= (size_t)n) {
        b->size = b->len + (size_t)n + 1;
        b->ptr = sgs_xrealloc(b->ptr, b->size, 1);
    }
    if (fits) {
        (void)vsnprintf((char *)b->ptr + b->len, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
    va_end(args);
    return fits;
}

uint8_t *sgs_buf_reserve(struct sgs_buf *b, size_t n)
{
    if (!make_room(b, n)) {
        return NULL;
    }
    if (!b->ptr) {
        b->ptr = sgs_xmalloc(FIRST_SIZE);
        b->size = FIRST_SIZE;
    }
    return b->ptr + b->len;
}

void sgs_buf_commit(struct sgs_buf *b, size_t n)
{
    assert(n <= b->size - b->len);
    b->len += n;
}

void sgs_buf_drop(struct sgs_buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
        return;
    }
    if (n > 0) {
        memmove(b->ptr, b->ptr + n, b->len - n);
        b->len -= n;
    }
}

struct sgs_slice sgs_buf_slice(const struct sgs_buf *b)
{
    return sgs_slice(b->ptr, b->len);
}
