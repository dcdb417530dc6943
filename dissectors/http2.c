/*
 * HTTP/2 (RFC 9113): frames.  What header blocks say is in http2_hpack.c, what becomes of messages
 * in http2_stream.c.
 *
 *   +-------------+--------+--------+-+------------------+----------------
 *   | length (24) |  type  | flags  |R| stream id (31)   | length octets
 *   +-------------+--------+--------+-+------------------+----------------
 *
 *   client   "PRI * HTTP/2.0" CRLF CRLF "SM" CRLF CRLF | SETTINGS | frames
 *   server   SETTINGS | frames
 *
 * DATA is never held here: measure gives it out in the pieces in which it comes.  A hole inside a
 * DATA frame only costs what was in it; after any other hole a chain of frames is searched for, and
 * the dynamic table of that direction is unknown.
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "http2.h"

#define DEFAULT_WINDOW 65535
#define MAX_WINDOW INT32_MAX
#define MAX_STRIDE 4096u /* streams that may begin in a hole */

#define PREFACE SGS_LIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

static enum sgs_dir other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

/* Streams that may be spoken of behind a hole. */
static uint32_t bound(const struct http2 *st)
{
    uint32_t a = st->side[SGS_C2S].highest, b = st->side[SGS_S2C].highest;
    uint32_t highest = a > b ? a : b;

    return highest == 0 || highest > INT32_MAX - MAX_STRIDE ? INT32_MAX : highest + MAX_STRIDE;
}

/* frames that are read whole */

/* Of a sender that had to be told less: its frames may be longer and its table larger. */
static void expect_all(struct http2_side *side)
{
    side->max_frame = HTTP2_LARGEST_FRAME;
    http2_hpack_allow(&side->hpack, SGS_MAX_H2_TABLE);
}

/* id (16), value (32), and so on: RFC 9113, section 6.5. */
static void settings(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                     struct sgs_slice payload)
{
    enum { HEADER_TABLE_SIZE = 1, INITIAL_WINDOW_SIZE = 4, MAX_FRAME_SIZE = 5 };
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir], *sender = &st->side[other(dir)];
    struct sgs_reader r = rd_open(payload);

    if (f->flags & ACK) {
        if (sender->table > SGS_MAX_H2_TABLE) {
            sgs_limit(l, dir, "http2.table", SGS_MAX_H2_TABLE);
        }
        http2_hpack_allow(&side->hpack, sender->table);
        return;
    }
    while (rd_more(&r)) {
        uint16_t id = rd_be16(&r);
        uint32_t value = rd_be32(&r);
        bool is_bad = false;
        switch (id) {
        case HEADER_TABLE_SIZE:
            side->table = value > side->table ? value : side->table;
            break;
        case INITIAL_WINDOW_SIZE:
            is_bad = value > MAX_WINDOW;
            break;
        case MAX_FRAME_SIZE:
            is_bad = value < HTTP2_DEFAULT_FRAME || value > HTTP2_LARGEST_FRAME;
            sender->max_frame = !is_bad && value > sender->max_frame ? value : sender->max_frame;
            break;
        default:
            break;
        }
        if (is_bad) {
            sgs_malformed(l, dir, "value that SETTINGS does not allow",
                          HTTP2_HEADER_LEN + r.off - 4);
        }
    }
}

static void window_update(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                          struct sgs_slice payload)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *sender = &st->side[other(dir)];
    struct sgs_reader r = rd_open(payload);
    uint32_t more = rd_be32(&r) & INT32_MAX;

    if (more == 0) {
        sgs_malformed(l, dir, "WINDOW_UPDATE by 0", HTTP2_HEADER_LEN);
    }
    if (f->stream > 0) {
        return;
    }
    sender->window += more;
    if (sender->window > MAX_WINDOW && !st->has_no_windows) {
        st->has_no_windows = true;
        sgs_malformed(l, dir, "flow control window above 2^31-1", HTTP2_HEADER_LEN);
    }
}

/* DATA takes its whole length, padding included, off the connection's window. */
static void use_window(struct sgs_layer *l, enum sgs_dir dir, uint32_t len)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    side->window -= len;
    if (side->window < 0 && !st->has_no_windows) {
        st->has_no_windows = true;
        sgs_malformed(l, dir, "DATA beyond the flow control window", 0);
    }
}

/* The header of a DATA frame, and the length of its padding. */
static void data(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                 struct sgs_slice payload)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct sgs_reader r = rd_open(payload);
    uint32_t pad = f->flags & PADDED ? rd_u8(&r) : 0;
    uint32_t len = f->flags & PADDED ? f->len - 1 : f->len;

    use_window(l, dir, f->len);
    side->stream = f->stream;
    side->ends_stream = f->flags & END_STREAM;
    if (pad > len) {
        sgs_malformed(l, dir, "more padding than frame", HTTP2_HEADER_LEN);
        pad = len;
    }
    side->left = len - pad;
    side->pad = pad;
    side->phase = HTTP2_DATA;
}

static void after_data(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    if (side->left > 0) {
        return;
    }
    if (side->phase == HTTP2_DATA) {
        side->phase = HTTP2_DROP;
        side->left = side->pad;
        if (side->ends_stream) {
            http2_end(l, dir, side->stream);
        }
    }
    if (side->left == 0) {
        side->phase = HTTP2_FRAME;
    }
}

static void piece(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    if (side->phase == HTTP2_DATA) {
        http2_data(l, dir, side->stream, octets);
    }
    side->left -= (uint32_t)octets.len;
    after_data(l, dir);
}

/* What comes now is not known, and neither is what was lost. */
static void broken(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    http2_cut_block(l, dir);
    http2_give_up_block(side, false);
    expect_all(side);
    expect_all(&st->side[other(dir)]);
    st->has_no_windows = true;
    side->phase = HTTP2_SEEK;
    http2_broken(l, dir, false);
}

/* Too long to be read whole. */
static void skip_frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    sgs_limit(l, dir, "http2.frame", SGS_MAX_H2_FRAME);
    if (f->type == HEADERS || f->type == PUSH_PROMISE || f->type == CONTINUATION) {
        http2_give_up_block(side, f->flags & END_HEADERS);
    }
    side->phase = HTTP2_DROP;
    side->left = f->len;
}

static void frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                  struct sgs_slice msg)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct sgs_slice payload = sgs_slice_from(msg, HTTP2_HEADER_LEN);
    bool is_cut = payload.len < f->len;
    struct sgs_reader r = rd_open(payload);

    switch (f->type) {
    case HEADERS:
    case PUSH_PROMISE:
        http2_headers_frame(l, dir, f, payload, is_cut);
        return;
    case CONTINUATION:
        http2_continuation_frame(l, dir, f, payload, is_cut);
        return;
    default:
        break;
    }
    if (is_cut) {
        expect_all(&st->side[other(dir)]);
        expect_all(side);
        st->has_no_windows = true;
        return;
    }
    switch (f->type) {
    case RST_STREAM:
        http2_reset(l, dir, f->stream, rd_be32(&r));
        return;
    case SETTINGS:
        settings(l, dir, f, payload);
        return;
    case GOAWAY:
        rd_skip(&r, 4);
        http2_goaway(l, dir, rd_be32(&r));
        return;
    case WINDOW_UPDATE:
        window_update(l, dir, f, payload);
        return;
    default: /* PRIORITY and PING change nothing that is shown */
        return;
    }
}

/* One frame, of DATA only the header. */
static void take_frame(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct http2_frame f;

    if (!http2_read_frame(msg, &f)) {
        return; /* only the end of what was seen */
    }
    if (!http2_is_legal(&f, side->max_frame)) {
        sgs_malformed(l, dir, "not a frame", 0);
        broken(l, dir);
        return;
    }
    if (side->in_block && (f.type != CONTINUATION || f.stream != side->head.stream)) {
        sgs_malformed(l, dir, "header block without an end", 0);
        http2_give_up_block(side, true);
    }
    side->highest = f.stream > side->highest ? f.stream : side->highest;
    if (f.type == DATA) {
        data(l, dir, &f, sgs_slice_from(msg, HTTP2_HEADER_LEN));
        after_data(l, dir);
    } else if (f.len > SGS_MAX_H2_FRAME) {
        skip_frame(l, dir, &f);
    } else {
        frame(l, dir, &f, msg);
    }
}

/* The octets held behind a hole at the end of a direction. */
static void take_last(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice s)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct http2_frame f;
    size_t off = 0, need = 0;

    if (!http2_seek(s, bound(st), true, &off, &need)) {
        return;
    }
    side->phase = HTTP2_FRAME;
    for (s = sgs_slice_from(s, off); http2_read_frame(s, &f) && side->phase == HTTP2_FRAME;) {
        size_t end = HTTP2_HEADER_LEN + f.len;
        take_frame(l, dir, sgs_slice_head(s, end));
        size_t used = f.type == DATA ? HTTP2_HEADER_LEN + (f.flags & PADDED ? 1u : 0u) : end;
        s = sgs_slice_from(s, used);
        while (side->phase == HTTP2_DATA || (side->phase == HTTP2_DROP && s.len > 0)) {
            struct sgs_slice octets = sgs_slice_head(s, side->left);
            if (octets.len == 0) {
                return;
            }
            s = sgs_slice_from(s, octets.len);
            piece(l, dir, octets);
        }
    }
}

/* the begin */

static bool is_upgraded(const struct sgs_layer *l)
{
    return sgs_get(l, SGS_NOTE_TARGET).len > 0;
}

static void begin(struct sgs_layer *l)
{
    struct http2 *st = sgs_state(l);

    if (st->is_begun) {
        return;
    }
    st->is_begun = true;
    for (int i = 0; i < 2; i++) {
        st->side[i].max_frame = HTTP2_DEFAULT_FRAME;
        st->side[i].window = DEFAULT_WINDOW;
    }
    if (is_upgraded(l)) {
        expect_all(&st->side[SGS_S2C]); /* the request had settings of its own */
        http2_upgraded(l, sgs_get(l, SGS_NOTE_HOST), sgs_get(l, SGS_NOTE_TARGET),
                       sgs_get(l, SGS_NOTE_REQUEST));
    }
}

/* The first octets of a direction, when they are no preface. */
static void start(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    bool has_begin =
        st->side[other(dir)].has_preface || sgs_conn_info(l)->has_start || is_upgraded(l);
    struct http2_frame f;

    if (!http2_read_frame(msg, &f)) {
        return;
    }
    if (!http2_is_likely(&f, INT32_MAX)) { /* named HTTP/2, and something else */
        struct sgs_layer *child = sgs_start(l, SGS_BY_PROBE, (struct sgs_slice){NULL, 0});
        sgs_push(child, dir, msg);
        sgs_hand_over(l, child);
        return;
    }
    side->phase = HTTP2_FRAME;
    if (!has_begin || f.type != SETTINGS) {
        http2_lose_table(side);
        expect_all(side);
        expect_all(&st->side[other(dir)]);
        st->has_no_windows = true;
    }
    take_frame(l, dir, msg);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    begin(l);
    switch (side->phase) {
    case HTTP2_START:
        if (sgs_slice_eq(msg, PREFACE)) {
            side->has_preface = true;
            side->phase = HTTP2_FRAME;
            st->client = dir;
            return;
        }
        if (sgs_is_cut(l)) {
            http2_lose_table(side);
            return;
        }
        start(l, dir, msg);
        return;
    case HTTP2_SEEK:
        if (sgs_is_cut(l)) {
            take_last(l, dir, msg);
            return;
        }
        side->phase = HTTP2_FRAME;
        take_frame(l, dir, msg);
        return;
    case HTTP2_FRAME:
        take_frame(l, dir, msg);
        return;
    case HTTP2_DATA:
    case HTTP2_DROP:
        piece(l, dir, msg);
        return;
    }
}

/* measuring */

static struct sgs_extent piece_of(struct sgs_slice avail, size_t left)
{
    return SGS_LEN(avail.len < left ? avail.len : left);
}

static struct sgs_extent measure_frame(const struct http2_side *side, struct sgs_slice avail)
{
    struct http2_frame f;

    if (!http2_read_frame(avail, &f)) {
        return SGS_NEED(HTTP2_HEADER_LEN);
    }
    if (f.type == DATA) {
        return SGS_LEN(HTTP2_HEADER_LEN + (f.flags & PADDED && f.len > 0 ? 1u : 0u));
    }
    bool is_short = f.len <= SGS_MAX_H2_FRAME && http2_is_legal(&f, side->max_frame);
    if (f.type > CONTINUATION && is_short && !side->in_block) {
        return SGS_SKIP(HTTP2_HEADER_LEN + f.len);
    }
    return SGS_LEN(HTTP2_HEADER_LEN + (is_short ? f.len : 0));
}

static struct sgs_extent measure_start(const struct sgs_layer *l, const struct http2_side *side,
                                       struct sgs_slice avail)
{
    struct sgs_slice preface = PREFACE;
    struct http2_frame f;

    if (sgs_slice_starts(preface, sgs_slice_head(avail, preface.len))) {
        return avail.len < preface.len ? SGS_NEED(preface.len) : SGS_LEN(preface.len);
    }
    if (!http2_read_frame(avail, &f)) {
        return SGS_NEED(HTTP2_HEADER_LEN);
    }
    return http2_is_likely(&f, INT32_MAX) ? measure_frame(side, avail)
                                          : piece_of(avail, SGS_MAX_H2_FRAME);
}

static struct sgs_extent measure_seek(const struct http2 *st, const struct http2_side *side,
                                      struct sgs_slice avail)
{
    size_t off = 0, need = 0;
    bool is_found = http2_seek(avail, bound(st), false, &off, &need);

    if (off > 0) {
        return SGS_SKIP(off);
    }
    return is_found ? measure_frame(side, avail) : SGS_NEED(need);
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    begin(l);
    switch (side->phase) {
    case HTTP2_START:
        return measure_start(l, side, avail);
    case HTTP2_SEEK:
        return measure_seek(st, side, avail);
    case HTTP2_FRAME:
        return measure_frame(side, avail);
    case HTTP2_DATA:
    case HTTP2_DROP:
        return piece_of(avail, side->left < SGS_MAX_H2_FRAME ? side->left : SGS_MAX_H2_FRAME);
    }
    return SGS_BAD;
}

/* holes and ends */

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    bool is_counted = side->phase == HTTP2_DATA || side->phase == HTTP2_DROP;

    begin(l);
    side->has_hole = true;
    if (!is_counted || missing == 0 || missing > side->left) {
        broken(l, dir);
        return;
    }
    if (side->phase == HTTP2_DATA) {
        http2_lost(l, dir, side->stream, missing);
    }
    side->left -= (uint32_t)missing;
    after_data(l, dir);
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    http2_cut_block(l, dir);
    http2_broken(l, dir, true);
}

static void close(struct sgs_layer *l)
{
    struct http2 *st = sgs_state(l);

    for (int i = 0; i < 2; i++) {
        http2_hpack_clear(&st->side[i].hpack);
        sgs_buf_clear(&st->side[i].block);
    }
}

/* The preface; or, where the begin was not seen, frames of which one is more than zeros. */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice preface = PREFACE;
    struct http2_frame f;
    size_t at = 0;

    if (sgs_slice_starts(preface, sgs_slice_head(head, preface.len))) {
        return head.len < preface.len ? SGS_SHORT : SGS_SURE;
    }
    if (head.len < HTTP2_HEADER_LEN) {
        return SGS_NO; /* others begin with a few octets too, and wait for an answer */
    }
    for (unsigned n = 0; n < 3; n++) {
        if (at == head.len && n > 0) {
            return SGS_MAYBE;
        }
        if (!http2_read_frame(sgs_slice_from(head, at), &f)) {
            return SGS_SHORT;
        }
        if (!http2_is_likely(&f, INT32_MAX)) {
            return SGS_NO;
        }
        at += HTTP2_HEADER_LEN + f.len;
    }
    return SGS_SURE;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE, NULL },
    {SGS_BY_ALPN,  "h2" },
    {SGS_BY_ALPN,  "h2c"},
    {0,            NULL },
};

SGS_DISSECTOR(http2) = {
    .name = "http2",
    .title = "HTTP/2",
    .claims = claims,
    .state_size = sizeof(struct http2),
    .max_message = HTTP2_HEADER_LEN + SGS_MAX_H2_FRAME,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
    .close = close,
};
