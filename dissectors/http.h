/*
 * Private to the HTTP dissectors: what the header list of a message says, whatever version of HTTP
 * brought it (http.c), and how the two sides prove who they are (http_auth.c).
 */
#ifndef SGS_DISSECTORS_HTTP_H
#define SGS_DISSECTORS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/layer.h>
#include <signscope/slice.h>

#define SGS_HTTP_KEPT 1024 /* octets of a host or target kept for the answer's body */

/* A request line or status line; slices are borrowed as the line is. */
struct sgs_http_start {
    bool is_request;
    struct sgs_slice method;    /* of a request */
    struct sgs_slice target;    /* of a request */
    struct sgs_slice shown;     /* target without secrets */
    struct sgs_slice authority; /* :authority of HTTP/2; empty: Host and target tell */
    bool has_lost_authority;    /* it was lost: authority says so in words */
    struct sgs_slice version;   /* "HTTP/1.1" */
    uint64_t status;            /* of a response */
    struct sgs_slice reason;    /* of a response */
};

struct sgs_http_header {
    struct sgs_slice name;
    struct sgs_slice value; /* trimmed, folded lines joined */
};

/* One head; borrowed until message() returns. */
struct sgs_http_head {
    struct sgs_http_start start;
    struct sgs_http_header *headers;
    size_t n_headers;
    uint64_t marks; /* of the names in headers; 0: not told */
};

/* One of 64 bits for a name, whatever its case: most names asked for are not there, and this tells
 * it without a look at the list. */
static inline uint64_t sgs_http_mark(struct sgs_slice name)
{
    return name.len ? UINT64_C(1) << ((name.len * 5 + (name.ptr[0] | 0x20u)) & 63) : 0;
}

/* Text that outlives its message. */
struct sgs_http_kept {
    uint8_t octets[SGS_HTTP_KEPT];
    size_t len; /* octets */
};

/* s is copied, cut at SGS_HTTP_KEPT; the slice is borrowed as long as k stays as it is. */
void sgs_http_keep(struct sgs_http_kept *k, struct sgs_slice s);
struct sgs_slice sgs_http_kept(const struct sgs_http_kept *k);

bool sgs_http_is_digit(uint8_t c);
/* A blank or a tab. */
bool sgs_http_is_blank(uint8_t c);
/* A token character of RFC 9110, section 5.6.2. */
bool sgs_http_is_token(uint8_t c);
/* Octets at the front of s that is_kind accepts. */
size_t sgs_http_run(struct sgs_slice s, bool (*is_kind)(uint8_t c));

/* True if s is one of the n names, case folded. */
bool sgs_http_is_one_of(struct sgs_slice s, const char *const *names, size_t n);

/* Makes head->marks when its list is complete. */
void sgs_http_mark_all(struct sgs_http_head *head);

/* The next header called name (case folded) from index *i on; *i is then behind it. */
bool sgs_http_find(const struct sgs_http_head *head, struct sgs_slice name, size_t *i,
                   struct sgs_slice *value);

/* The same for a literal, whose length and mark are known before the program runs. */
static inline bool sgs_http_next_header(const struct sgs_http_head *head, const char *name,
                                        size_t *i, struct sgs_slice *value)
{
    struct sgs_slice wanted = sgs_slice_str(name);

    return (head->marks == 0 || (head->marks & sgs_http_mark(wanted))) &&
           sgs_http_find(head, wanted, i, value);
}

/* The value of the first header called name; empty when there is none. */
static inline struct sgs_slice sgs_http_header_of(const struct sgs_http_head *head,
                                                  struct sgs_slice name)
{
    struct sgs_slice value = {NULL, 0};
    size_t i = 0;

    if (head->marks == 0 || (head->marks & sgs_http_mark(name))) {
        (void)sgs_http_find(head, name, &i, &value);
    }
    return value;
}

static inline struct sgs_slice sgs_http_header(const struct sgs_http_head *head, const char *name)
{
    return sgs_http_header_of(head, sgs_slice_str(name));
}

/* Media type without parameters, lower case. */
struct sgs_slice sgs_http_media(struct sgs_layer *l, const struct sgs_http_head *head);
/* Content and transfer codings in order of application, "chunked" left out. */
struct sgs_slice sgs_http_codings(struct sgs_layer *l, const struct sgs_http_head *head);
/* SOAPAction without quotes, or the action parameter of the media type. */
struct sgs_slice sgs_http_soap_action(const struct sgs_http_head *head);
/* Host asked, without a default port. */
struct sgs_slice sgs_http_host(const struct sgs_http_head *head);

/* All challenges of an answer, of one or several header lines, each scheme once, in the server's
 * order. */
void sgs_http_challenges(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                         struct sgs_draft *ev);

/* The credentials of a request. */
void sgs_http_credentials(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                          struct sgs_draft *ev);

/* Fills the fields of http.request and http.response, and hands credentials to their scheme. */
void sgs_http_fields(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                     struct sgs_draft *ev);

/* A child for the body, with all that it may need to know; host and target: of the request. */
struct sgs_layer *sgs_http_body(struct sgs_layer *l, const struct sgs_http_head *head,
                                struct sgs_slice host, struct sgs_slice target);

/* A child for what comes through a tunnel to target, host:port. */
struct sgs_layer *sgs_http_tunnel(struct sgs_layer *l, struct sgs_slice target);

#endif
