/* Records of event files: framing, check sums, packing, numbers; the one user of zlib here. */
#include "timeline/record.h"

#include <assert.h>
#include <string.h>

#include <zlib.h>

#include <signscope/event.h>
#include <signscope/limits.h>

#define HEAD_LEN 5 /* type and length */
#define CRC_LEN 4
#define MAX_PAYLOAD                                                                                \
    (SGS_MAX_EVENT_BLOCK + SGS_MAX_EVENT_BLOCK / 16) /* what cannot be packed grows */
#define MAX_VARINT 10                                /* octets of 64 bits */

static uint32_t crc_of(uint32_t crc, struct sgs_slice s)
{
    return (uint32_t)crc32_z(crc, s.ptr, s.len);
}

static uint32_t crc_of_row(uint32_t crc, const char *name, uint8_t type)
{
    const uint8_t tail[] = {0, type};

    return crc_of(crc_of(crc, sgs_slice_str(name)), sgs_slice(tail, sizeof tail));
}

uint32_t sgs_record_catalogue(size_t n_kinds, size_t n_fields)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < n_kinds; i++) {
        crc = crc_of_row(crc, sgs_kind_name((enum sgs_kind)i), UINT8_MAX);
    }
    for (size_t i = 0; i < n_fields; i++) {
        crc = crc_of_row(crc, sgs_field_name((enum sgs_field_id)i),
                         (uint8_t)sgs_field_type((enum sgs_field_id)i));
    }
    return crc;
}

void sgs_put_uint(struct sgs_buf *b, uint64_t n)
{
    uint8_t octets[MAX_VARINT];
    size_t len = 0;

    if (n < 0x80 && b->len < b->size && b->len < b->cap) { /* most are, and there is room */
        b->ptr[b->len++] = (uint8_t)n;
        return;
    }
    while (n >= 0x80) {
        octets[len++] = (uint8_t)(n | 0x80);
        n >>= 7;
    }
    octets[len++] = (uint8_t)n;
    sgs_buf_add(b, sgs_slice(octets, len));
}

/* The sign goes into the lowest bit. */
void sgs_put_int(struct sgs_buf *b, int64_t n)
{
    sgs_put_uint(b, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

void sgs_put_text(struct sgs_buf *b, struct sgs_slice text)
{
    sgs_put_uint(b, text.len);
    sgs_buf_add(b, text);
}

void sgs_put_le32(struct sgs_buf *b, uint32_t n)
{
    const uint8_t octets[] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
                              (uint8_t)(n >> 24)};

    sgs_buf_add(b, sgs_slice(octets, sizeof octets));
}

uint64_t sgs_get_uint(struct sgs_reader *r)
{
    size_t left = rd_left(r);
    const uint8_t *octets = left > 0 ? r->all.ptr + r->off : NULL;
    uint64_t n = 0;

    for (size_t i = 0; i < left && i < MAX_VARINT; i++) {
        n |= (uint64_t)(octets[i] & 0x7f) << 7 * i;
        if (octets[i] < 0x80) {
            r->off += i + 1;
            r->bad |= i == MAX_VARINT - 1 && octets[i] > 1;
            return n;
        }
    }
    r->bad = true;
    return 0;
}

int64_t sgs_get_int(struct sgs_reader *r)
{
    uint64_t n = sgs_get_uint(r);

    return n & 1 ? -(int64_t)(n >> 1) - 1 : (int64_t)(n >> 1);
}

struct sgs_slice sgs_get_text(struct sgs_reader *r, size_t cap)
{
    uint64_t len = sgs_get_uint(r);

    r->bad |= len > cap;
    return rd_take(r, r->bad ? 0 : (size_t)len);
}

void sgs_record_pack(struct sgs_buf *out, struct sgs_slice raw)
{
    uLongf len = compressBound((uLong)raw.len);
    uint8_t *room = NULL;
    int rc = Z_OK;

    sgs_put_le32(out, (uint32_t)raw.len);
    room = sgs_buf_reserve(out, len);
    assert(room);
    rc = compress2(room, &len, raw.ptr, (uLong)raw.len, Z_BEST_SPEED);
    assert(rc == Z_OK);
    (void)rc;
    sgs_buf_commit(out, len);
}

bool sgs_record_unpack(struct sgs_slice packed, struct sgs_buf *out)
{
    struct sgs_reader r = rd_open(packed);
    uint32_t want = rd_le32(&r);
    struct sgs_slice octets = rd_rest(&r);
    uLongf len = want;
    uLong used = (uLong)octets.len;
    uint8_t *room = NULL;

    sgs_buf_drop(out, out->len);
    if (!rd_ok(&r) || want == 0 || octets.len == 0) {
        return false;
    }
    room = sgs_buf_reserve(out, want);
    if (!room || uncompress2(room, &len, octets.ptr, &used) != Z_OK || len != want ||
        used != octets.len) {
        return false;
    }
    sgs_buf_commit(out, want);
    return true;
}

void sgs_record_wrap(struct sgs_buf *out, enum sgs_record_type type, struct sgs_slice payload)
{
    sgs_buf_drop(out, out->len);
    sgs_buf_add_octet(out, (uint8_t)type);
    sgs_put_le32(out, (uint32_t)payload.len);
    sgs_buf_add(out, payload);
    sgs_put_le32(out, crc_of(0, sgs_buf_slice(out)));
}

void sgs_record_open(struct sgs_record_source *s,
                     int64_t (*read)(void *ctx, uint8_t *out, size_t cap), void *ctx)
{
    *s = (struct sgs_record_source){.read = read, .ctx = ctx};
    sgs_buf_init(&s->octets, HEAD_LEN + MAX_PAYLOAD + CRC_LEN);
}

void sgs_record_close(struct sgs_record_source *s)
{
    sgs_buf_clear(&s->octets);
}

/* n more octets of the record at hand; false when they are not all there. */
static bool more(struct sgs_record_source *s, size_t n)
{
    uint8_t *room = sgs_buf_reserve(&s->octets, n);

    while (room && n > 0) {
        int64_t got = s->has_failed ? -1 : s->read(s->ctx, room, n);

        s->has_failed |= got < 0;
        if (got <= 0) {
            return false;
        }
        sgs_buf_commit(&s->octets, (size_t)got);
        s->offset += (uint64_t)got;
        room += got;
        n -= (size_t)got;
    }
    return room != NULL;
}

struct sgs_slice sgs_record_begin(struct sgs_record_source *s, size_t n)
{
    (void)more(s, n);
    return sgs_buf_slice(&s->octets);
}

const char *sgs_record_next(struct sgs_record_source *s, enum sgs_record_type *type,
                            struct sgs_slice *payload)
{
    struct sgs_reader r;
    uint32_t len = 0;
    uint32_t crc = 0;

    sgs_buf_drop(&s->octets, s->octets.len);
    s->at = s->offset;
    if (!more(s, HEAD_LEN)) {
        *type = SGS_RECORD_NONE;
        return s->has_failed ? "cannot be read on" : s->octets.len > 0 ? "cut end" : NULL;
    }
    r = rd_open(sgs_buf_slice(&s->octets));
    *type = rd_u8(&r);
    len = rd_le32(&r);
    if (len > MAX_PAYLOAD) {
        return "record of impossible length";
    }
    if (!more(s, len + CRC_LEN)) {
        return s->has_failed ? "cannot be read on" : "cut end";
    }
    crc = crc_of(0, sgs_slice_head(sgs_buf_slice(&s->octets), HEAD_LEN + len));
    r = rd_open(sgs_slice_from(sgs_buf_slice(&s->octets), HEAD_LEN));
    *payload = rd_take(&r, len);
    return rd_le32(&r) == crc ? NULL : "wrong check sum";
}
