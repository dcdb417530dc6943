/*
 * Private to the two files of the HTTP/1 dissector: http1.c frames messages and runs their bodies,
 * http1_head.c reads what one head says of its framing.
 */
#ifndef SGS_DISSECTORS_HTTP1_H
#define SGS_DISSECTORS_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/layer.h>
#include <signscope/slice.h>

#include "http.h"

enum http1_framing {
    HTTP1_NONE,    /* no body header at all */
    HTTP1_LENGTH,  /* Content-Length */
    HTTP1_CHUNKED, /* chunks */
    HTTP1_CLOSE,   /* up to the end of the stream */
    HTTP1_UNSURE   /* the head contradicts itself: up to the next start line */
};

/* True if line (without its line end) is a start line of HTTP/1.x. */
bool http1_start_line(struct sgs_slice line, struct sgs_http_start *out);

/* True if more octets behind head could make a start line of it. */
bool http1_start_prefix(struct sgs_slice head);

/* True if head, the front of a line whose rest is lost, is surely of HTTP; the target may be cut.
 */
bool http1_start_begun(struct sgs_slice head, struct sgs_http_start *out);

/* Octets of the head at the front of s, blank lines before it and behind it included; 0: its end
 * is not there.  from: octets already searched. */
size_t http1_head_len(struct sgs_slice s, size_t from);

/* Blank lines at the front of s, octets. */
size_t http1_blank(struct sgs_slice s);

/*
 * Looks for a start line anywhere in s.  True: *off is where it begins.  False: *off octets can be
 * left behind, the rest may become one.
 */
bool http1_seek(struct sgs_slice s, size_t *off);

/* Reads a head that begins with a start line, of which a cut one may show only the front (else
 * false); tells the layer what is wrong in it. */
bool http1_head_read(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice raw,
                     struct sgs_http_head *out);

/* What the head says of its body; *length is set for HTTP1_LENGTH. */
enum http1_framing http1_framing(struct sgs_layer *l, enum sgs_dir dir,
                                 const struct sgs_http_head *head, uint64_t *length);

#endif
