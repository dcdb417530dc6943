/*
 * Private to the files of the HTTP/2 dissector: http2.c reads frames, http2_hpack.c header blocks,
 * and http2_stream.c makes messages of what belongs to one stream.
 */
#ifndef SGS_DISSECTORS_HTTP2_H
#define SGS_DISSECTORS_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/layer.h>
#include <signscope/slice.h>

#include "http.h"

/* header blocks (RFC 7541) */

/* One direction's dynamic table. */
struct http2_hpack {
    void *inflater;    /* nghttp2's; NULL: made for the next block; freed by http2_hpack_clear */
    uint32_t table;    /* octets of table the receiver allows beyond the default; 0: no more */
    uint32_t unknown;  /* octets of table whose content was not seen; 0: all was */
    unsigned n_errors; /* blocks that could not be read */
};

/* One header list; borrowed until message() returns. */
struct http2_list {
    struct sgs_http_header *fields;
    size_t n;              /* fields known */
    size_t room;           /* for so many */
    size_t n_unknown;      /* fields that refer to what was not seen */
    size_t octets;         /* as RFC 9113, section 10.5.1, counts them */
    bool is_first_unknown; /* the first field is one of these */
    bool is_over;          /* more fields than SGS_MAX_HTTP_HEADERS, or more octets than allowed */
};

enum http2_block {
    HTTP2_READ,    /* the list is whole */
    HTTP2_DAMAGED, /* the list has what stands before the damage */
    HTTP2_CLOSED   /* too much damage: blocks of this direction are not read any more */
};

/* Entries made before, if any, are not known from here on. */
void http2_hpack_lose(struct http2_hpack *h);

/* The receiver's SETTINGS_HEADER_TABLE_SIZE counts from here on. */
void http2_hpack_allow(struct http2_hpack *h, uint32_t octets);

/* Reads one header block, of which is_whole says whether its end is there. */
enum http2_block http2_hpack_read(struct http2_hpack *h, struct sgs_slice block, bool is_whole,
                                  struct sgs_arena *a, struct http2_list *out);

void http2_hpack_clear(struct http2_hpack *h);

/* streams (RFC 9113, section 5) */

#define HTTP2_BUCKETS 64

struct http2_stream;

struct http2_streams {
    struct http2_stream *buckets[HTTP2_BUCKETS];
    struct http2_stream *oldest, *newest; /* by last use */
    struct http2_stream *unused;          /* removed ones, for reuse */
    size_t n;                             /* streams held */
    bool is_grpc;                         /* gRPC was named */
};

/* One header list of a stream. */
struct http2_head {
    uint32_t stream;
    struct sgs_origin origin; /* of its first frame */
    bool ends_stream;
    bool is_cut;   /* its end was not seen */
    bool is_late;  /* it was found behind octets that were not seen */
    bool has_hole; /* of these some were lost behind the begin of the capture */
};

/* The request on stream 1 came before the upgrade; host and target are copied.  request: the id of
 * its event, decimal. */
void http2_upgraded(struct sgs_layer *l, struct sgs_slice host, struct sgs_slice target,
                    struct sgs_slice request);

/* A header list that is no promise: head, interim head or trailers. */
void http2_headers(struct sgs_layer *l, enum sgs_dir dir, const struct http2_head *h,
                   const struct http2_list *list);

/* A request that the server answers unasked, on the stream promised. */
void http2_promise(struct sgs_layer *l, enum sgs_dir dir, uint32_t promised,
                   const struct http2_list *list);

/* Octets of DATA frames, seen or lost. */
void http2_data(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, struct sgs_slice octets);
void http2_lost(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, uint64_t n);

/* END_STREAM / RST_STREAM of dir. */
void http2_end(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream);
void http2_reset(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, uint32_t code);

/* GOAWAY. */
void http2_goaway(struct sgs_layer *l, enum sgs_dir dir, uint32_t code);

/* What the messages of dir that have begun go on with will not be seen: a hole, or the end. */
void http2_broken(struct sgs_layer *l, enum sgs_dir dir, bool is_end);

/* frames (RFC 9113, section 4) */

#define HTTP2_HEADER_LEN 9u
#define HTTP2_DEFAULT_FRAME 16384u    /* octets of payload; RFC 9113, section 4.2 */
#define HTTP2_LARGEST_FRAME 0xffffffu /* octets of payload */

enum { /* types: RFC 9113, section 6 */
       DATA,
       HEADERS,
       PRIORITY,
       RST_STREAM,
       SETTINGS,
       PUSH_PROMISE,
       PING,
       GOAWAY,
       WINDOW_UPDATE,
       CONTINUATION
};

enum { /* flags */
       END_STREAM = 0x1,
       ACK = 0x1,
       END_HEADERS = 0x4,
       PADDED = 0x8,
       HAS_PRIORITY = 0x20
};

struct http2_frame {
    uint32_t len; /* octets behind the header */
    uint8_t type;
    uint8_t flags;
    uint32_t stream;
    bool has_reserved; /* the bit that must be 0 */
};

/* False: its header is not there. */
bool http2_read_frame(struct sgs_slice s, struct http2_frame *out);

/* As the protocol demands, and not longer than the receiver takes. */
bool http2_is_legal(const struct http2_frame *f, uint32_t max_frame);

/* The same for octets of which nobody knows whether they are frames; highest: stream that may be
 * spoken of. */
bool http2_is_likely(const struct http2_frame *f, uint32_t highest);

/*
 * Looks for two frames in a row.  True: *off is where they begin.  False: *off octets can be left
 * behind, and of those from there on *need would tell.  is_final: nothing more comes, so one frame
 * up to the end will do.
 */
bool http2_seek(struct sgs_slice s, uint32_t highest, bool is_final, size_t *off, size_t *need);

enum http2_phase {
    HTTP2_START, /* nothing seen yet */
    HTTP2_FRAME, /* a frame comes next */
    HTTP2_SEEK,  /* nobody knows what comes: look for a chain of frames */
    HTTP2_DATA,  /* left octets of a DATA frame, then pad octets of padding */
    HTTP2_DROP   /* left octets that nobody reads */
};

/* One direction. */
struct http2_side {
    enum http2_phase phase;
    bool is_late;     /* its begin was not seen, or a part of it is lost */
    bool has_hole;    /* a part of it is lost */
    bool has_preface; /* it began with the client's preface */

    uint32_t stream;  /* of the DATA frame at hand */
    uint32_t left;    /* octets */
    uint32_t pad;     /* octets */
    bool ends_stream; /* the DATA frame at hand is the stream's last */

    struct http2_hpack hpack;
    struct sgs_buf block;     /* of a header block whose end has not come */
    bool in_block;            /* only CONTINUATION may come */
    bool skips_block;         /* of a block that was given up CONTINUATION may come */
    struct http2_head head;   /* whose block it is */
    uint32_t promised;        /* the same for PUSH_PROMISE; 0: it is none */
    unsigned n_continuations; /* of that block */

    uint32_t table;     /* largest SETTINGS_HEADER_TABLE_SIZE it sent */
    uint32_t max_frame; /* octets of payload its receiver takes */
    int64_t window;     /* octets of DATA its receiver takes, RFC 9113, section 6.9 */
    uint32_t highest;   /* stream it spoke of */
};

/* A connection. */
struct http2 {
    struct http2_side side[2];
    struct http2_streams streams;
    enum sgs_dir client;
    bool is_begun;       /* the first octets were looked at */
    bool has_no_windows; /* octets are lost that windows depend on, or one was wrong */
};

/* header blocks: payload is what is there of a frame, is_cut says that its end is not */

void http2_headers_frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                         struct sgs_slice payload, bool is_cut);
void http2_continuation_frame(struct sgs_layer *l, enum sgs_dir dir, const struct http2_frame *f,
                              struct sgs_slice payload, bool is_cut);

/* The block at hand will not be read; unless its end was seen CONTINUATIONs are expected all the
 * same. */
void http2_give_up_block(struct http2_side *side, bool is_at_end);

/* The end of the block at hand will not be seen: what is there of it is read. */
void http2_cut_block(struct sgs_layer *l, enum sgs_dir dir);

/* Header blocks of this direction may be missing. */
void http2_lose_table(struct http2_side *side);

#endif
