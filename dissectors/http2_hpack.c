/*
 * HPACK (RFC 7541): a header block becomes a header list.  The inflater is nghttp2's.
 *
 * What refers to entries that were made before the capture began, or in a hole, cannot be known and
 * must not be taken for something else.  So a table whose content is unknown is filled with
 * placeholders as small as entries can be: no entry that was seen later ever takes the number of
 * one that was not, and a placeholder can be told by its name, which no header can have.
 *
 *   newest                                                   oldest
 *   | 62: seen | 63: seen | 64: ? | 65: ? | ...        | 187: ? |
 */
#include <nghttp2/nghttp2.h>

#include <signscope/limits.h>

#include "http2.h"

#define DEFAULT_TABLE 4096u      /* octets: RFC 9113, section 6.5.2 */
#define LARGE_TABLE (64u * 1024) /* octets: what common clients allow */
#define PLACEHOLDER 33u          /* octets of table: a name of one octet and 32 more */
#define FEW_FIELDS 16            /* a power of 2, as SGS_MAX_HTTP_HEADERS is */

/* Feeds a block of ours. */
static bool feed(nghttp2_hd_inflater *inflater, const uint8_t *octets, size_t len)
{
    nghttp2_nv nv;
    int flags = 0;

    while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, octets, len, 1);
        if (used < 0) {
            return false;
        }
        octets += used;
        len -= (size_t)used;
    }
    return nghttp2_hd_inflate_end_headers(inflater) == 0;
}

/* A dynamic table size update (RFC 7541, section 6.3): 001, then an integer with 5 bits. */
static bool resize(nghttp2_hd_inflater *inflater, uint32_t octets)
{
    uint8_t block[6] = {0x3f};
    size_t n = 1;

    for (octets -= 31; octets >= 0x80; octets >>= 7) {
        block[n++] = (uint8_t)(octets | 0x80);
    }
    block[n++] = (uint8_t)octets;
    return feed(inflater, block, n);
}

static bool fill(nghttp2_hd_inflater *inflater, uint32_t octets)
{
    static const uint8_t literal[] = {0x40, 1, '?', 0}; /* with incremental indexing: "?", "" */

    for (uint32_t n = octets / PLACEHOLDER; n > 0; n--) {
        if (!feed(inflater, literal, sizeof literal)) {
            return false;
        }
    }
    return true;
}

static bool open_inflater(struct http2_hpack *h)
{
    nghttp2_hd_inflater *inflater = NULL;
    uint32_t allowed = h->unknown > 0 ? SGS_MAX_H2_TABLE : h->table;

    if (nghttp2_hd_inflate_new(&inflater) != 0) {
        return false;
    }
    h->inflater = inflater;
    if (allowed > DEFAULT_TABLE && nghttp2_hd_inflate_change_table_size(inflater, allowed) != 0) {
        return false;
    }
    return (h->unknown <= DEFAULT_TABLE || resize(inflater, h->unknown)) &&
           fill(inflater, h->unknown);
}

void http2_hpack_clear(struct http2_hpack *h)
{
    if (h->inflater) {
        nghttp2_hd_inflate_del(h->inflater);
        h->inflater = NULL;
    }
}

void http2_hpack_lose(struct http2_hpack *h)
{
    http2_hpack_clear(h);
    h->unknown = h->unknown > DEFAULT_TABLE ? h->unknown : DEFAULT_TABLE;
}

/* Only upwards: when a smaller size begins to count the sender says in the next block. */
void http2_hpack_allow(struct http2_hpack *h, uint32_t octets)
{
    if (octets <= h->table || octets <= DEFAULT_TABLE) {
        return;
    }
    h->table = octets < SGS_MAX_H2_TABLE ? octets : SGS_MAX_H2_TABLE;
    if (h->inflater && h->unknown == 0) {
        (void)nghttp2_hd_inflate_change_table_size(h->inflater, h->table);
    }
}

/* Room for one more field, in most lists for few: what an arena gives out it clears. */
static bool make_room(struct http2_list *list, struct sgs_arena *a)
{
    if (list->n < list->room) {
        return true;
    }
    size_t room = list->room > 0 ? 2 * list->room : FEW_FIELDS;
    struct sgs_http_header *fields =
        room <= SGS_MAX_HTTP_HEADERS ? sgs_arena_array(a, room, sizeof *fields) : NULL;

    for (size_t i = 0; fields && i < list->n; i++) {
        fields[i] = list->fields[i];
    }
    list->fields = fields ? fields : list->fields;
    list->room = fields ? room : list->room;
    return fields;
}

static void take(struct http2_list *list, const nghttp2_nv *nv, struct sgs_arena *a)
{
    if (nv->namelen == 1 && nv->name[0] == '?') {
        list->is_first_unknown |= list->n == 0;
        list->n_unknown++;
        return;
    }
    list->octets += nv->namelen + nv->valuelen + 32;
    if (list->octets > SGS_MAX_H2_LIST || !make_room(list, a)) {
        list->is_over = true;
        return;
    }
    list->fields[list->n++] = (struct sgs_http_header){
        sgs_arena_copy(a, sgs_slice(nv->name, nv->namelen)),
        sgs_slice_trim(sgs_arena_copy(a, sgs_slice(nv->value, nv->valuelen)))};
}

/* False: the block is damaged, and the inflater of no use any more. */
static bool inflate(nghttp2_hd_inflater *inflater, struct sgs_slice block, bool is_whole,
                    struct sgs_arena *a, struct http2_list *list)
{
    nghttp2_nv nv;
    int flags = 0;

    while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
        ssize_t used =
            nghttp2_hd_inflate_hd2(inflater, &nv, &flags, block.ptr, block.len, is_whole);
        if (used < 0) {
            return false;
        }
        block = sgs_slice_from(block, (size_t)used);
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            take(list, &nv, a);
        } else if (!is_whole && block.len == 0) {
            return true;
        }
    }
    return nghttp2_hd_inflate_end_headers(inflater) == 0;
}

static enum http2_block read_once(struct http2_hpack *h, struct sgs_slice block, bool is_whole,
                                  struct sgs_arena *a, struct http2_list *out)
{
    struct http2_list list = {.fields = NULL};
    bool is_read =
        (h->inflater || open_inflater(h)) && inflate(h->inflater, block, is_whole, a, &list);

    *out = list;
    return is_read ? HTTP2_READ : HTTP2_DAMAGED;
}

enum http2_block http2_hpack_read(struct http2_hpack *h, struct sgs_slice block, bool is_whole,
                                  struct sgs_arena *a, struct http2_list *out)
{
    *out = (struct http2_list){0};
    if (h->n_errors >= SGS_MAX_H2_ERRORS) {
        return HTTP2_CLOSED;
    }
    enum http2_block result = read_once(h, block, is_whole, a, out);
    if (result == HTTP2_DAMAGED && h->unknown > 0 && h->unknown < LARGE_TABLE) {
        h->n_errors++; /* an entry number may be beyond the placeholders */
        http2_hpack_clear(h);
        h->unknown = LARGE_TABLE;
        result = read_once(h, block, is_whole, a, out);
    }
    if (result == HTTP2_DAMAGED) {
        h->n_errors++;
    }
    if (result == HTTP2_DAMAGED || !is_whole) {
        http2_hpack_lose(h);
    }
    return result;
}
