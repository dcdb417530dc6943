/* DER, element by element. */
#include <signscope/der.h>

#include <inttypes.h>

#define LONG_TAG 0x1f    /* the number of the tag follows */
#define LONG_LENGTH 0x80 /* the length follows in so many octets */
#define MAX_OID_ARCS 64  /* numbers of one object identifier: mechanisms have a dozen */
#define TIME_LEN 15      /* YYYYMMDDHHMMSSZ */

bool sgs_der_head(struct sgs_reader *r, uint8_t *out_tag, uint32_t *out_len)
{
    uint8_t tag = rd_u8(r);
    uint8_t first = rd_u8(r);
    size_t n = first & 0x7f;
    bool is_long = first & LONG_LENGTH;

    if ((tag & LONG_TAG) == LONG_TAG || (is_long && (n == 0 || n > 4))) {
        r->bad = true;
        return false;
    }
    uint32_t len = is_long ? (uint32_t)rd_be(r, n) : first;
    if (!rd_ok(r)) {
        return false;
    }
    *out_tag = tag;
    *out_len = len;
    return true;
}

bool sgs_der_next(struct sgs_reader *r, struct sgs_der *out)
{
    struct sgs_der e;
    uint32_t len = 0;

    if (!rd_more(r) || !sgs_der_head(r, &e.tag, &len)) {
        return false;
    }
    e.value = rd_take(r, len);
    if (!rd_ok(r)) {
        return false;
    }
    *out = e;
    return true;
}

struct sgs_slice sgs_der_value(struct sgs_reader *r, uint8_t tag)
{
    struct sgs_der e;

    if (!sgs_der_next(r, &e) || e.tag != tag) {
        r->bad = true;
        return (struct sgs_slice){NULL, 0};
    }
    return e.value;
}

struct sgs_reader sgs_der_enter(struct sgs_reader *r, uint8_t tag)
{
    struct sgs_reader in = rd_open(sgs_der_value(r, tag));

    in.bad = r->bad;
    return in;
}

struct sgs_reader sgs_der_enter_cut(struct sgs_reader *r, uint8_t tag)
{
    uint8_t found = 0;
    uint32_t len = 0;

    if (sgs_der_head(r, &found, &len) && found == tag) {
        return rd_sub(r, len < rd_left(r) ? len : rd_left(r));
    }
    r->bad = true;
    return *r;
}

int64_t sgs_der_int(struct sgs_reader *r)
{
    struct sgs_der e;

    if (!sgs_der_next(r, &e) || (e.tag != SGS_DER_INTEGER && e.tag != SGS_DER_ENUMERATED) ||
        e.value.len == 0 || e.value.len > 8) {
        r->bad = true;
        return 0;
    }
    uint64_t v = e.value.ptr[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < e.value.len; i++) {
        v = v << 8 | e.value.ptr[i];
    }
    return v <= INT64_MAX ? (int64_t)v : -(int64_t)~v - 1;
}

static unsigned digits(struct sgs_slice s, size_t off, size_t len)
{
    uint64_t n = 0;

    return sgs_slice_uint(rd_at(s, off, len), 9999, &n) ? (unsigned)n : UINT32_MAX;
}

sgs_time sgs_der_time(struct sgs_reader *r)
{
    struct sgs_slice s = sgs_der_value(r, SGS_DER_GENERALIZED_TIME);
    unsigned year = digits(s, 0, 4), month = digits(s, 4, 2), day = digits(s, 6, 2);
    unsigned hour = digits(s, 8, 2), minute = digits(s, 10, 2), second = digits(s, 12, 2);

    if (s.len != TIME_LEN || s.ptr[TIME_LEN - 1] != 'Z' || year > 9999 || month < 1 || month > 12 ||
        day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        r->bad = true;
        return SGS_TIME_NONE;
    }
    return sgs_time_from(sgs_time_civil(year, month, day, hour, minute, second), 0);
}

uint32_t sgs_der_bits(struct sgs_reader *r)
{
    struct sgs_reader in = sgs_der_enter(r, SGS_DER_BIT_STRING);
    uint32_t bits = 0;

    rd_skip(&in, 1); /* unused bits at the end */
    r->bad |= in.bad;
    for (unsigned i = 0; i < 4; i++) {
        bits = bits << 8 | (rd_more(&in) ? rd_u8(&in) : 0);
    }
    return r->bad ? 0 : bits;
}

/* The next number of an object identifier: seven bits an octet, the last without the top bit. */
static uint64_t arc(struct sgs_reader *r)
{
    uint64_t v = 0;
    uint8_t octet = 0;

    do {
        octet = rd_u8(r);
        r->bad |= v >> 57;
        v = v << 7 | (octet & 0x7f);
    } while (octet & 0x80 && !r->bad);
    return v;
}

struct sgs_slice sgs_der_oid(struct sgs_arena *a, struct sgs_slice value)
{
    struct sgs_reader r = rd_open(value);
    uint64_t first = arc(&r);
    uint64_t root = first < 80 ? first / 40 : 2;
    struct sgs_slice text = sgs_arena_printf(a, "%" PRIu64 ".%" PRIu64, root, first - 40 * root);

    for (size_t n = 0; rd_more(&r) && n < MAX_OID_ARCS; n++) {
        uint64_t next = arc(&r);
        text = sgs_arena_printf(a, "%.*s.%" PRIu64, (int)text.len,
                                text.len ? (const char *)text.ptr : "", next);
    }
    return rd_done(&r) ? text : (struct sgs_slice){NULL, 0};
}
