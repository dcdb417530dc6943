/*
 * pcapng blocks (draft-ietf-opsawg-pcapng, sections 4.1, 4.2, 4.3, 4.7), little endian:
 *
 *   type 4 | length 4 | body, padded to 4 | length 4
 */
#include "pcapng.h"

#include <string.h>

static void block(FILE *f, uint32_t type, struct mk_buf *body)
{
    struct mk_buf ends = {0};

    while (body->len % 4) {
        mk_buf_u8(body, 0);
    }
    mk_buf_le32(&ends, type);
    mk_buf_le32(&ends, (uint32_t)body->len + 12);
    fwrite(ends.ptr, 1, 8, f);
    fwrite(body->ptr, 1, body->len, f);
    fwrite(ends.ptr + 4, 1, 4, f);
    mk_buf_free(&ends);
    body->len = 0;
}

static void option(struct mk_buf *b, unsigned code, const void *value, size_t n)
{
    mk_buf_le16(b, code);
    mk_buf_le16(b, (unsigned)n);
    mk_buf_add(b, value, n);
    while (b->len % 4) {
        mk_buf_u8(b, 0);
    }
}

void mk_pcapng_frame(FILE *f, int64_t time, const uint8_t *octets, size_t caught, size_t len)
{
    static struct mk_buf b; /* used again by each frame, so that large files cost no allocations */

    b.len = 0;
    mk_buf_le32(&b, 0);
    mk_buf_le32(&b, (uint32_t)((uint64_t)time >> 32));
    mk_buf_le32(&b, (uint32_t)time);
    mk_buf_le32(&b, (uint32_t)caught);
    mk_buf_le32(&b, (uint32_t)len);
    mk_buf_add(&b, octets, caught);
    block(f, 6, &b);
}

void mk_pcapng_head(FILE *f, uint32_t snaplen, const struct mk_buf *keys)
{
    static const uint8_t unknown_length[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t nanoseconds = 9;
    struct mk_buf b = {0};

    mk_buf_le32(&b, 0x1a2b3c4d);
    mk_buf_le16(&b, 1);
    mk_buf_le16(&b, 0);
    mk_buf_add(&b, unknown_length, sizeof unknown_length);
    option(&b, 4, "mkcap", strlen("mkcap"));
    option(&b, 0, NULL, 0);
    block(f, 0x0a0d0d0a, &b);

    mk_buf_le16(&b, 1); /* LINKTYPE_ETHERNET */
    mk_buf_le16(&b, 0);
    mk_buf_le32(&b, snaplen);
    option(&b, 2, "eth0", strlen("eth0"));
    option(&b, 9, &nanoseconds, 1);
    option(&b, 0, NULL, 0);
    block(f, 1, &b);

    if (keys->len) {
        mk_buf_str(&b, "KSLT"); /* 0x544c534b, TLS key log, little endian */
        mk_buf_le32(&b, (uint32_t)keys->len);
        mk_buf_add(&b, keys->ptr, keys->len);
        block(f, 10, &b);
    }
    mk_buf_free(&b);
}
