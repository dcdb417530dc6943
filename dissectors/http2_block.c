/*
 * Header blocks of HTTP/2 (RFC 9113, sections 4.3, 6.2, 6.6 and 6.10): one HEADERS or PUSH_PROMISE
 * frame and the CONTINUATION frames right behind it, joined, read in the order in which they came.
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "http2.h"

void http2_lose_table(struct http2_side *side)
{
    side->is_late = true;
    http2_hpack_lose(&side->hpack);
}

void http2_give_up_block(struct http2_side *side, bool is_at_end)
{
    sgs_buf_clear(&side->block);
    side->in_block = false;
    side->skips_block = !is_at_end;
    http2_lose_table(side);
}

static void block_done(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice block, bool is_whole)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct http2_list list;

    switch (http2_hpack_read(&side->hpack, block, is_whole, sgs_scratch(l), &list)) {
    case HTTP2_CLOSED:
        sgs_limit(l, dir, "http2.errors", SGS_MAX_H2_ERRORS);
        return;
    case HTTP2_DAMAGED:
        sgs_malformed(l, dir, "header block cannot be read", 0);
        if (side->is_late) {
            return;
        }
        is_whole = false;
        break;
    case HTTP2_READ:
        break;
    }
    side->head.is_cut = !is_whole;
    side->head.is_late = side->is_late;
    side->head.has_hole = side->has_hole;
    side->is_late |= !is_whole;
    if (list.is_over) {
        sgs_limit(l, dir, "http2.list", SGS_MAX_H2_LIST);
    }
    if (side->promised > 0) {
        http2_promise(l, dir, side->promised, &list);
    } else {
        http2_headers(l, dir, &side->head, &list);
    }
}

void http2_cut_block(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    if (side->in_block) {
        block_done(l, dir, sgs_buf_slice(&side->block), false);
        http2_give_up_block(side, false);
    }
}

/* A piece of the block at hand; is_cut: the end of the piece is lost. */
static void fragment(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                     struct sgs_slice octets, bool is_cut)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    bool is_at_end = f->flags & END_HEADERS;

    if (is_at_end && !is_cut && !side->in_block) {
        block_done(l, dir, octets, true);
        return;
    }
    side->block.cap = SGS_MAX_H2_BLOCK;
    if (side->n_continuations > SGS_MAX_H2_CONTINUATIONS || !sgs_buf_add(&side->block, octets)) {
        sgs_limit(l, dir, "http2.block", SGS_MAX_H2_BLOCK);
        http2_give_up_block(side, is_at_end);
        return;
    }
    side->in_block = !is_at_end && !is_cut;
    if (!side->in_block) {
        block_done(l, dir, sgs_buf_slice(&side->block), !is_cut);
        sgs_buf_clear(&side->block);
        side->skips_block = !is_at_end;
    }
}

/* Takes padding off (RFC 9113, section 6.1); false: there is more of it than frame. */
static bool unpad(const struct http2_frame *f, struct sgs_slice *payload)
{
    if (!(f->flags & PADDED)) {
        return true;
    }
    struct sgs_reader r = rd_open(*payload);
    uint8_t pad = rd_u8(&r);
    if (pad >= f->len) {
        return false;
    }
    *payload = sgs_slice_head(rd_rest(&r), f->len - 1 - pad);
    return true;
}

/* HEADERS: [pad length] [priority, 5 octets] fragment [padding]; PUSH_PROMISE: [pad length]
 * promised stream, fragment [padding]. */
void http2_headers_frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                         struct sgs_slice payload, bool is_cut)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];
    struct sgs_reader r;

    side->head = (struct http2_head){.stream = f->stream, .origin = *sgs_origin_of(l)};
    side->head.ends_stream = f->type == HEADERS && f->flags & END_STREAM;
    side->promised = 0;
    side->n_continuations = 0;
    side->skips_block = false;
    if (!unpad(f, &payload)) {
        sgs_malformed(l, dir, "more padding than frame", HTTP2_HEADER_LEN);
        http2_give_up_block(side, f->flags & END_HEADERS);
        return;
    }
    r = rd_open(payload);
    if (f->type == PUSH_PROMISE) {
        side->promised = rd_be32(&r) & INT32_MAX;
    } else if (f->flags & HAS_PRIORITY) {
        rd_skip(&r, 5);
    }
    if (!rd_ok(&r)) {
        if (!is_cut) {
            sgs_malformed(l, dir, "frame without a header block", HTTP2_HEADER_LEN);
        }
        http2_give_up_block(side, f->flags & END_HEADERS);
        return;
    }
    fragment(l, dir, f, rd_rest(&r), is_cut);
}

void http2_continuation_frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                              struct sgs_slice payload, bool is_cut)
{
    struct http2 *st = sgs_state(l);
    struct http2_side *side = &st->side[dir];

    if (side->in_block) {
        side->n_continuations++;
        fragment(l, dir, f, payload, is_cut);
        return;
    }
    if (!side->skips_block) {
        sgs_malformed(l, dir, "CONTINUATION without HEADERS", 0);
        http2_lose_table(side);
    }
    side->skips_block &= !(f->flags & END_HEADERS);
}
