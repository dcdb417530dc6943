/*
 * Private to the two files of the HTTP/1 dissector: http1.c frames messages and runs their bodies,
 * http1_head.c reads what one head says.
 */
#ifndef SGS_DISSECTORS_HTTP1_H
#define SGS_DISSECTORS_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/layer.h>
#include <signscope/slice.h>

/* A request line or status line; slices are borrowed as the line is. */
struct http1_start {
    bool is_request;
    struct sgs_slice method;  /* of a request */
    struct sgs_slice target;  /* of a request */
    struct sgs_slice version; /* "HTTP/1.1" */
    uint64_t status;          /* of a response */
    struct sgs_slice reason;  /* of a response */
};

struct http1_header {
    struct sgs_slice name;
    struct sgs_slice value; /* trimmed, folded lines joined */
};

/* One head; borrowed until message() returns. */
struct http1_head {
    struct http1_start start;
    struct http1_header *headers;
    size_t n_headers;
};

enum http1_framing {
    HTTP1_NONE,    /* no body header at all */
    HTTP1_LENGTH,  /* Content-Length */
    HTTP1_CHUNKED, /* chunks */
    HTTP1_CLOSE,   /* up to the end of the stream */
    HTTP1_UNSURE   /* the head contradicts itself: up to the next start line */
};

/* True if line (without its line end) is a start line of HTTP/1.x. */
bool http1_start_line(struct sgs_slice line, struct http1_start *out);

/* True if more octets behind head could make a start line of it. */
bool http1_start_prefix(struct sgs_slice head);

/* True if head, the front of a line whose rest is lost, is surely of HTTP; the target may be cut.
 */
bool http1_start_begun(struct sgs_slice head, struct http1_start *out);

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
                     struct http1_head *out);

/* The value of the first header called name (case folded); empty when there is none. */
struct sgs_slice http1_header(const struct http1_head *head, const char *name);

/* What the head says of its body; *length is set for HTTP1_LENGTH. */
enum http1_framing http1_framing(struct sgs_layer *l, enum sgs_dir dir,
                                 const struct http1_head *head, uint64_t *length);

/* Media type without parameters, lower case. */
struct sgs_slice http1_media(struct sgs_layer *l, const struct http1_head *head);
/* Content and transfer codings in order of application, "chunked" left out. */
struct sgs_slice http1_codings(struct sgs_layer *l, const struct http1_head *head);
/* SOAPAction without quotes, or the action parameter of the media type. */
struct sgs_slice http1_soap_action(const struct http1_head *head);
/* Host asked, without a default port. */
struct sgs_slice http1_host(const struct http1_head *head);

/* Fills the fields of http.request and http.response, and hands credentials to their scheme. */
void http1_fields(struct sgs_layer *l, enum sgs_dir dir, const struct http1_head *head,
                  struct sgs_draft *ev);

#endif
