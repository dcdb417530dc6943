/*
 * Compressed records (RFC 3749, method 1: DEFLATE in the zlib format).  Each direction is one
 * compressed stream, flushed at the end of each record; a record grows to 2^14 octets at most.
 * Nobody offers compression any more, old captures have it.
 */
#include "tls.h"

#include <zlib.h>

#define MAX_PLAIN 16384u /* octets of one record (RFC 3749, section 2) */

struct tls_inflate {
    z_stream z;
    bool is_broken; /* a record is missing: what follows refers to it */
};

struct tls_inflate *tls_inflate_new(struct sgs_arena *a)
{
    struct tls_inflate *x = sgs_arena_alloc(a, sizeof *x);

    if (x && inflateInit(&x->z) != Z_OK) {
        return NULL;
    }
    return x;
}

void tls_inflate_reset(struct tls_inflate *x)
{
    if (x) {
        x->is_broken = inflateReset(&x->z) != Z_OK;
    }
}

void tls_inflate_free(struct tls_inflate *x)
{
    if (x) {
        inflateEnd(&x->z);
    }
}

void tls_inflate_lose(struct tls_inflate *x)
{
    if (x) {
        x->is_broken = true;
    }
}

bool tls_inflate(struct tls_inflate *x, struct sgs_arena *a, struct sgs_slice *octets)
{
    uint8_t *out = sgs_arena_alloc(a, MAX_PLAIN);

    if (x->is_broken || !out) {
        return false;
    }
    x->z.next_in = (uint8_t *)(uintptr_t)octets->ptr; /* zlib does not write to it */
    x->z.avail_in = (uInt)octets->len;
    x->z.next_out = out;
    x->z.avail_out = MAX_PLAIN;
    int rc = inflate(&x->z, Z_SYNC_FLUSH);
    if ((rc != Z_OK && rc != Z_BUF_ERROR) || x->z.avail_in > 0) {
        x->is_broken = true;
        return false;
    }
    *octets = sgs_slice(out, MAX_PLAIN - x->z.avail_out);
    return true;
}
