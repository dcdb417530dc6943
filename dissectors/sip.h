/* What the files of the SIP dissector share. */
#ifndef SGS_DISSECTORS_SIP_H
#define SGS_DISSECTORS_SIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/dissector.h>
#include <signscope/limits.h>

/* sip_frame.c: where messages begin and end */

/* What framing keeps of one direction of a stream. */
struct sgs_sip_frame {
    size_t scanned;   /* octets at the head in which the end of the head does not lie */
    bool has_line;    /* the start line at the head is whole and good */
    bool is_lost;     /* the next start line must be searched */
    bool is_mid_line; /* lost: the octets at hand begin inside a line */
    bool is_clipped;  /* the message at hand is only the part of a head that the cap allows */
    bool has_no_body; /* the message at hand comes without its body, which is beyond the cap */
    bool was_in_step; /* a message was delivered since the last loss */
    unsigned n_ends;  /* octets of line ends in a row, modulo those of a keep-alive */
};

/* A start line: RFC 3261, sections 7.1 and 7.2.  Slices of the message. */
struct sgs_sip_start {
    bool is_response;
    struct sgs_slice method; /* of a request */
    struct sgs_slice uri;    /* of a request */
    uint16_t status;         /* of a response */
    struct sgs_slice reason; /* of a response; any octets */
    size_t len;              /* octets of the line with its end */
};

/* False when s does not begin with a whole start line. */
bool sgs_sip_start_line(struct sgs_slice s, struct sgs_sip_start *out);

/* s without the CR and LF at its head: keep-alives (RFC 5626, section 3.5.1). */
struct sgs_slice sgs_sip_skip_line_ends(struct sgs_slice s);

/* s begins with the status line of HTTP/1 (RFC 9112, section 4), as far as its status. */
#define SGS_SIP_HTTP_LEN 12 /* octets: HTTP/1.1 400 */
bool sgs_sip_http_status(struct sgs_slice s, uint16_t *out);

enum sgs_guess sgs_sip_probe(struct sgs_slice head, enum sgs_dir dir);
/* For streams; a datagram is one message. */
struct sgs_extent sgs_sip_measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail);
void sgs_sip_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing);

/* sip.c: messages */

/* A web server answers where SIP is asked: proto.named. */
void sgs_sip_tell_http(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice head);

/* sip_head.c: header lines */

enum sgs_sip_name {
    SGS_SIP_OTHER,
    SGS_SIP_ALLOW_EVENTS,
    SGS_SIP_AUTHENTICATION_INFO,
    SGS_SIP_AUTHORIZATION,
    SGS_SIP_CALL_ID,
    SGS_SIP_COMPRESSION,
    SGS_SIP_CONTACT,
    SGS_SIP_CONTENT_LENGTH,
    SGS_SIP_CONTENT_TYPE,
    SGS_SIP_CSEQ,
    SGS_SIP_DATE,
    SGS_SIP_EVENT,
    SGS_SIP_EXPIRES,
    SGS_SIP_FROM,
    SGS_SIP_MS_CLIENT_DIAGNOSTICS,
    SGS_SIP_MS_CORRELATION_ID,
    SGS_SIP_MS_DIAGNOSTICS,
    SGS_SIP_MS_DIAGNOSTICS_PUBLIC,
    SGS_SIP_MS_ENDPOINT_LOCATION_DATA,
    SGS_SIP_MS_KEEP_ALIVE,
    SGS_SIP_MS_PIGGYBACK_CSEQ,
    SGS_SIP_MS_TELEMETRY_ID,
    SGS_SIP_MS_USER_LOGON_DATA,
    SGS_SIP_PRESENCE_STATE,
    SGS_SIP_PROXY_AUTHENTICATE,
    SGS_SIP_PROXY_AUTHORIZATION,
    SGS_SIP_P_ASSERTED_IDENTITY,
    SGS_SIP_P_PREFERRED_IDENTITY,
    SGS_SIP_P_PREFERRED_REGISTRAR,
    SGS_SIP_REASON,
    SGS_SIP_RECORD_ROUTE,
    SGS_SIP_REQUIRE,
    SGS_SIP_RETRY_AFTER,
    SGS_SIP_ROUTE,
    SGS_SIP_SERVER,
    SGS_SIP_SUBSCRIPTION_STATE,
    SGS_SIP_SUPPORTED,
    SGS_SIP_TO,
    SGS_SIP_USER_AGENT,
    SGS_SIP_VIA,
    SGS_SIP_WARNING,
    SGS_SIP_WWW_AUTHENTICATE,
    SGS_SIP_N_NAMES /* number of names, no name itself */
};

struct sgs_sip_header {
    enum sgs_sip_name name;
    struct sgs_slice value; /* unfolded and trimmed; of the message or of scratch */
    size_t off;             /* of its line, octets from the head of the message */
};

/* The headers of a message that have a name of ours, in its order; borrowed until message()
 * returns. */
struct sgs_sip_head {
    struct sgs_sip_header *headers;
    size_t n;
    size_t len; /* octets from the head of the message to its body */
};

/*
 * Reads the header lines of msg from off on, up to the blank line.  The last line of a cut message
 * is left out when it is not whole.  What is wrong with a line is said as malformed or limit.
 */
void sgs_sip_read_head(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, size_t off,
                       bool is_cut, struct sgs_sip_head *out);

/* The value of the first header called name, or an empty slice. */
struct sgs_slice sgs_sip_value(const struct sgs_sip_head *head, enum sgs_sip_name name);

/* The body length that the header lines of a whole head tell: false when none does.  A number that
 * cannot be read counts as none. */
bool sgs_sip_content_length(struct sgs_slice head, uint64_t *out);

/* sip_auth.c: headers that Microsoft's servers and clients fill */

/* One challenge, one set of credentials, or one signature.  Slices of its header. */
struct sgs_sip_auth {
    struct sgs_slice scheme;
    struct sgs_slice token;     /* gssapi-data, or what stands alone behind the scheme */
    struct sgs_slice octets;    /* of gssapi-data, if it is base64; in scratch */
    bool has_token;             /* it may be empty */
    bool is_gssapi;             /* it is gssapi-data */
    bool has_response;          /* a signature or a digest */
    bool is_by_server;          /* the signature is a rspauth */
    struct sgs_slice signature; /* response or rspauth, hex */
    struct sgs_slice salt;      /* crand or srand */
    struct sgs_slice number;    /* cnum or snum */
    struct sgs_slice realm;
    struct sgs_slice version;
    struct sgs_slice opaque;
    struct sgs_slice targetname;
    struct sgs_slice sts_uri;
    struct sgs_slice username; /* of Digest */
};

/* A message whose authentication is read. */
struct sgs_sip_message {
    struct sgs_layer *l;
    enum sgs_dir dir;
    const struct sgs_sip_start *start;
    const struct sgs_sip_head *head;
    bool is_cut;
};

/* auth_*, opaque, targetname, sts_uri, signed: [MS-SIPAE], section 2.2.  Tokens go to their
 * schemes. */
void sgs_sip_put_auth(struct sgs_draft *d, const struct sgs_sip_message *m);

/* sip_sign.c: [MS-SIPAE], sections 3.2.5.1 and 3.2.5.2 */

/* What the security association called opaque rests on: SGS_NOTE_DSK of the handshake's layer. */
void sgs_sip_keep_sa(struct sgs_layer *l, const struct sgs_sip_auth *auth, struct sgs_slice about);

/* signature_valid, where the key is known. */
void sgs_sip_put_signature(struct sgs_draft *d, const struct sgs_sip_message *m,
                           const struct sgs_sip_auth *auth);

/* Takes the first URI off a list of addresses, as it is spelled; empty when there is none left. */
struct sgs_slice sgs_sip_next_uri(struct sgs_slice *list);

/* The text that is signed, in scratch; empty at the cap. */
struct sgs_slice sgs_sip_signed_text(const struct sgs_sip_message *m,
                                     const struct sgs_sip_auth *auth, uint64_t version);

/* True when the value of an authentication header has more than schemes in it. */
bool sgs_sip_has_auth_params(struct sgs_slice value);

/* ms_diagnostics, ms_diagnostics_all: [MS-OCER], section 2.2. */
void sgs_sip_put_diagnostics(struct sgs_draft *d, struct sgs_arena *a,
                             const struct sgs_sip_head *head);

/* sip_dialect.c: what else servers and clients tell in headers */

/* supported, allow_events, keep_alive, warning, ... */
void sgs_sip_put_dialect(struct sgs_draft *d, struct sgs_arena *a, const struct sgs_sip_head *head);

/* received, received_cid: the topmost Via of a response. */
void sgs_sip_put_received(struct sgs_draft *d, struct sgs_arena *a, struct sgs_slice via);

/* sip_endpoint.c: [MS-SIPRE], the one identity behind epid, +sip.instance and GRUU */

/* instance_fits; nothing when the instance is no UUID. */
void sgs_sip_put_instance_fits(struct sgs_draft *d, struct sgs_slice instance,
                               struct sgs_slice epid);
/* gruu, gruu_fits. */
void sgs_sip_put_gruu(struct sgs_draft *d, struct sgs_arena *a, struct sgs_slice gruu,
                      struct sgs_slice instance);

/* sip_compression.c: NEGOTIATE */

/* compressed, compression */
void sgs_sip_put_compression(struct sgs_draft *d, struct sgs_layer *l,
                             const struct sgs_sip_head *head);

/* A message was read: from an answer that takes a compression on the conversation is compressed. */
void sgs_sip_negotiate(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_sip_start *start,
                       struct sgs_slice cseq_method, const struct sgs_sip_head *head);

/* When that answer is lost, what its asker sends next shows which it was: parts of gap, measure and
 * message; false: nothing to do. */
void sgs_sip_negotiate_gap(struct sgs_layer *l, enum sgs_dir dir);
bool sgs_sip_negotiate_measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail,
                               struct sgs_extent *out);
bool sgs_sip_negotiate_message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets);

/* State of the dissector; its first part belongs to sip_frame.c. */
#define SGS_SIP_BLOCK 32 /* transactions for which memory is taken at once */
#define SGS_SIP_BLOCKS (SGS_MAX_SIP_PENDING / SGS_SIP_BLOCK)

struct sgs_sip {
    struct sgs_sip_frame frame[2];
    bool is_cut; /* the datagram at hand was longer on the wire */
    struct sgs_sip_transaction *blocks[SGS_SIP_BLOCKS]; /* a ring */
    size_t n_transactions;  /* ever begun; the next one stands at this number modulo the ring */
    unsigned n_pings[2];    /* keep-alives that were told */
    bool has_told_http;     /* once is enough */
    bool has_lost_one;      /* one was overwritten before its final response; said once */
    struct sgs_sip_sa *sas; /* SGS_MAX_SIP_SAS in the layer arena, a ring; NULL: none yet */
    size_t n_sas;           /* ever kept */
    bool has_asked;         /* for compression, and no final answer was seen */
    bool is_unsure;         /* that answer is lost: from here on it may be compressed */
    enum sgs_dir asker;
    struct sgs_slice coding; /* asked for; static */
};

#endif
