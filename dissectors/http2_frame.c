/*
 * What octets must look like to be HTTP/2 frames (RFC 9113, sections 4 and 6), and where frames
 * begin again behind a hole.
 */
#include <signscope/reader.h>

#include "http2.h"

/* What RFC 9113, section 6, demands of each type. */
static const struct {
    uint32_t min, max; /* octets */
    uint8_t flags;
    bool has_stream; /* it speaks of a stream, else of the connection */
    bool is_either;  /* of both */
} shapes[] = {
    [DATA] = {0, HTTP2_LARGEST_FRAME, END_STREAM | PADDED,                              true,  false},
    [HEADERS] = {1, HTTP2_LARGEST_FRAME, END_STREAM | END_HEADERS | PADDED | HAS_PRIORITY, true,
              false                                                                                 },
    [PRIORITY] = {5, 5,                   0,                                                true,  false},
    [RST_STREAM] = {4, 4,                   0,                                                true,  false},
    [SETTINGS] = {0, HTTP2_LARGEST_FRAME, ACK,                                              false, false},
    [PUSH_PROMISE] = {5, HTTP2_LARGEST_FRAME, END_HEADERS | PADDED,                             true,  false},
    [PING] = {8, 8,                   ACK,                                              false, false},
    [GOAWAY] = {8, HTTP2_LARGEST_FRAME, 0,                                                false, false},
    [WINDOW_UPDATE] = {4, 4,                   0,                                                true,  true },
    [CONTINUATION] = {0, HTTP2_LARGEST_FRAME, END_HEADERS,                                      true,  false},
};

bool http2_read_frame(struct sgs_slice s, struct http2_frame *out)
{
    struct sgs_reader r = rd_open(s);
    struct http2_frame f = {0};

    f.len = rd_be24(&r);
    f.type = rd_u8(&r);
    f.flags = rd_u8(&r);
    f.stream = rd_be32(&r);
    f.has_reserved = f.stream >> 31;
    f.stream &= INT32_MAX;
    *out = f;
    return rd_ok(&r);
}

bool http2_is_legal(const struct http2_frame *f, uint32_t max_frame)
{
    if (f->type > CONTINUATION) {
        return f->len <= max_frame; /* an extension (RFC 9113, section 5.5) */
    }
    bool is_settings = f->type == SETTINGS;
    return f->len >= shapes[f->type].min && f->len <= shapes[f->type].max && f->len <= max_frame &&
           (shapes[f->type].is_either || shapes[f->type].has_stream == (f->stream > 0)) &&
           (!is_settings || f->len % 6 == 0) && !(is_settings && f->flags & ACK && f->len > 0) &&
           (f->flags & PADDED & shapes[f->type].flags ? f->len > 0 : true);
}

bool http2_is_likely(const struct http2_frame *f, uint32_t highest)
{
    return http2_is_legal(f, HTTP2_DEFAULT_FRAME) && f->type <= CONTINUATION && !f->has_reserved &&
           !(f->flags & ~shapes[f->type].flags) && f->stream <= highest;
}

bool http2_seek(struct sgs_slice s, uint32_t highest, bool is_final, size_t *off, size_t *need)
{
    struct http2_frame f, next;
    size_t at = 0;

    for (; http2_read_frame(sgs_slice_from(s, at), &f); at++) {
        size_t end = at + HTTP2_HEADER_LEN + f.len;
        if (!http2_is_likely(&f, highest)) {
            continue;
        }
        bool has_next = end < s.len && http2_read_frame(sgs_slice_from(s, end), &next);
        if (has_next ? http2_is_likely(&next, highest) : is_final && end == s.len) {
            *off = at;
            return true;
        }
        if (!has_next && !is_final) {
            *off = at;
            *need = end - at + HTTP2_HEADER_LEN;
            return false;
        }
    }
    *off = at;
    *need = HTTP2_HEADER_LEN;
    return false;
}
