/*
 * What a running dissector may ask of the engine.  A layer is one dissector at work on one
 * conversation (or inside a message of another layer); layers form a tree, octets only go down.
 */
#ifndef SGS_LAYER_H
#define SGS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/event.h>
#include <signscope/frame.h>
#include <signscope/slice.h>
#include <signscope/xml.h>

struct sgs_layer;
struct sgs_tls_keys;
struct sgs_anchors;

/* How a child is asked for, and what a dissector's claims say. */
enum sgs_by {
    SGS_BY_NOTHING,  /* ends a list of claims */
    SGS_BY_TCP_PORT, /* "5061": the server's port; its probe must not say SGS_NO */
    SGS_BY_UDP_PORT, /* the same for UDP */
    SGS_BY_PROBE,    /* a TCP stream, TLS plaintext or tunnel whose head the probe recognises; what:
                        NULL */
    SGS_BY_UDP_PROBE, /* a UDP datagram that the probe recognises; what: NULL */
    SGS_BY_ALPN,      /* "http/1.1" */
    SGS_BY_MEDIA,  /* "text/xml"; '*' stands for any run of octets; several claimants: their probes
                      decide */
    SGS_BY_SCHEME, /* "NTLM": an authentication scheme */
    SGS_BY_TOKEN,  /* a token in a header, form or object, by the name that it has there */
    SGS_BY_NAME,   /* a dissector's own name */
    SGS_BY_ELEMENT /* local name of an element that sgs_push_element gives */
};

/* What a carrier knows and a child may need.  Values are copied. */
enum sgs_note {
    SGS_NOTE_MEDIA,       /* media type of a body, without parameters */
    SGS_NOTE_CODING,      /* content codings of a body, comma separated, in order of application */
    SGS_NOTE_SOAP_ACTION, /* SOAPAction or action parameter */
    SGS_NOTE_HOST,        /* host asked */
    SGS_NOTE_TARGET,      /* request target */
    SGS_NOTE_PORT,        /* server port to assume inside a tunnel, decimal */
    SGS_NOTE_REQUEST,     /* id of the request that an upgrade left to be answered, decimal */
    SGS_NOTE_LEAF,        /* of the TLS connection below: the server's certificate in DER */
    SGS_NOTE_LEAF_ID,     /* id of its event, decimal; "0": none was seen */
    SGS_NOTE_LEAF_NAME,   /* the name that was asked for when it was shown */
    SGS_NOTE_CARRIER,     /* what brings a token: "http", "sip", "ldap" */
    SGS_NOTE_PROTECTION,  /* what SASL does to the octets: "signed" */
    SGS_NOTE_TARGETNAME,  /* server that a TLS-DSK handshake is made with */
    SGS_NOTE_DSK,      /* what its keys are made of: version 2, cipher suite 2, randoms 32 each */
    SGS_NOTE_FINISHED, /* what its last Finished is: "right", "wrong"; empty: not checked */
    SGS_NOTE_PLACE,    /* where it stands there: "Authorization", "Security", "access_token" */
    SGS_NOTE_USER,     /* user that it names, as far as the carrier had to look */
    SGS_NOTE_COMPRESSION, /* what a SIP connection is compressed with: "LZ77-8K"; "none" */
    SGS_N_NOTES
};

enum sgs_end { SGS_END_FIN, SGS_END_RST, SGS_END_IDLE, SGS_END_CAPTURE };

enum sgs_gap_why {
    SGS_GAP_LOST,
    SGS_GAP_SNAPLEN,
    SGS_GAP_CAP,
    SGS_GAP_END /* of a cut message: no hole, the octets ended */
};

/* This layer's state: state_size zeroed octets of its dissector, alive as long as the layer. */
void *sgs_state(struct sgs_layer *l);

/* Memory that lives as long as the layer / until message() returns. */
struct sgs_arena *sgs_layer_arena(struct sgs_layer *l);
struct sgs_arena *sgs_scratch(struct sgs_layer *l);

/* The conversation: addresses of the client and the server, transport. */
struct sgs_conn_info {
    enum sgs_transport transport;
    uint32_t number;        /* tcp.stream / udp.stream */
    struct sgs_addr end[2]; /* [SGS_C2S] the client, [SGS_S2C] the server */
    bool has_start;         /* the first octet of this layer is the first of the conversation */
};
const struct sgs_conn_info *sgs_conn_info(const struct sgs_layer *l);

/* Frames and times of the message at hand (of the octets at hand in measure, gap and end). */
const struct sgs_origin *sgs_origin_of(const struct sgs_layer *l);

/* Octets of origin by belong to those of o, too.  Segments overtake each other: the last frame is
 * the latest of those that were needed. */
void sgs_origin_extend(struct sgs_origin *o, const struct sgs_origin *by);

/* Latest capture time the engine has seen, in whatever conversation. */
sgs_time sgs_capture_time(const struct sgs_layer *l);

/* The message at hand is not whole: message() got its head, the rest is lost (see takes_cut). */
bool sgs_is_cut(const struct sgs_layer *l);

/* Why octets are missing; inside gap(), and inside message() when it is cut. */
enum sgs_gap_why sgs_gap_reason(const struct sgs_layer *l);

/* Where a client can have the name of a server from; bits. */
enum sgs_name_source {
    SGS_NAME_DNS = 1,         /* it looked up its address */
    SGS_NAME_SRV = 2,         /* an SRV record */
    SGS_NAME_AUTODISCOVER = 4 /* an answer of Autodiscover */
};

/* Where this conversation's client has a name from, as far as earlier events tell. */
unsigned sgs_name_sources(const struct sgs_layer *l, struct sgs_slice name);

/* The name whose address is that of this conversation's server; of several the one that the client
 * looked up last; empty: not known, or l lies in another layer and so may be with another server.
 * Borrowed for this call of the dissector. */
struct sgs_slice sgs_server_name(const struct sgs_layer *l);

/* Children.  A child is never NULL-checked: every call below does nothing for NULL. */

/*
 * Starts a child by claim.  by SGS_BY_PROBE: undecided until the first octets are recognised.  NULL
 * when nobody can claim it, or at a cap (then a limit event was emitted).  The child belongs to l
 * and ends with it at the latest.
 */
struct sgs_layer *sgs_start(struct sgs_layer *l, enum sgs_by by, struct sgs_slice what);

/* Finds the child under key or starts it; beyond SGS_MAX_CHILDREN the least recently used one is
 * finished. */
struct sgs_layer *sgs_child(struct sgs_layer *l, struct sgs_slice key, enum sgs_by by,
                            struct sgs_slice what);

/* Feeds the child.  Octets are borrowed for this call. */
void sgs_push(struct sgs_layer *child, enum sgs_dir dir, struct sgs_slice octets);

/* Gives the START at i of a document that was read, with all that is in it, to the element() of a
 * child that was started by element.  Borrowed for this call. */
void sgs_push_element(struct sgs_layer *child, enum sgs_dir dir, const struct sgs_xml *x, size_t i);

/* Tells of a hole of n octets in the child's octets; 0: size unknown. */
void sgs_lose(struct sgs_layer *child, enum sgs_dir dir, uint64_t n);

/* One direction of the child is over: what it held is delivered, then its end() is called. */
void sgs_end_dir(struct sgs_layer *child, enum sgs_dir dir, enum sgs_end why);

/* Ends both directions that have not ended and closes the child; the pointer is dead afterwards. */
void sgs_finish(struct sgs_layer *child);
/* Gives the text of a token to whoever reads such ones; place (static): where it stands.  Nothing
 * happens when it is empty. */
void sgs_show_token(struct sgs_layer *l, enum sgs_dir dir, const char *place,
                    struct sgs_slice token);

/* From the end of the message at hand on, all octets of l go to child, both directions.  Call it
 * inside message(). */
void sgs_hand_over(struct sgs_layer *l, struct sgs_layer *child);

/* What the child emits from now on, and its children, has this trust. */
void sgs_trust(struct sgs_layer *child, enum sgs_trust trust);

void sgs_put(struct sgs_layer *child, enum sgs_note note, struct sgs_slice value);
/* Looks at l, then upwards; empty when nobody knows.  Borrowed until the layer that knows ends. */
struct sgs_slice sgs_get(const struct sgs_layer *l, enum sgs_note note);

/* Secrets for decryption; NULL when there are none. */
struct sgs_tls_keys *sgs_keys(const struct sgs_layer *l);

/* Trust anchors for chains (cert.h); NULL when none were given. */
const struct sgs_anchors *sgs_anchors_of(const struct sgs_layer *l);

/*
 * For measure alone: what is at hand cannot be read without the secrets of client_random (copied;
 * empty: of whom nobody knows), and they may still come.  True: answer SGS_WAIT.  From now on all
 * that comes for l, in both directions, is kept with its frames and its time, holes and ends
 * included; measure is asked again when such a secret has come, and when nothing more is waited
 * for.  False: go on without.
 */
bool sgs_hold(struct sgs_layer *l, struct sgs_slice client_random);
/* sgs_hold may say true. */
bool sgs_can_hold(const struct sgs_layer *l);
/* What was kept for l had to be given up, because too much is kept in all. */
bool sgs_hold_is_lost(const struct sgs_layer *l);

/*
 * Opens an event of the message at hand: its id, time and first frame are fixed now.  Until it is
 * emitted, events of layers below in the same direction name it in `in`.  It must be given to
 * exactly one of emit and drop.
 */
struct sgs_draft *sgs_event_open(struct sgs_layer *l, enum sgs_dir dir, enum sgs_kind kind);
uint64_t sgs_event_id(const struct sgs_draft *d);
/*
 * What layers below l emit in dir from now on names d in `in`, until another event is opened; NULL:
 * nothing.  For carriers that have several messages open at once.
 */
void sgs_event_within(struct sgs_layer *l, enum sgs_dir dir, struct sgs_draft *d);
/* Its last frame and time are those of the message at hand.  The draft is given. */
void sgs_emit(struct sgs_draft *d);
/* The event speaks of earlier octets: their origin counts, not that of the message at hand. */
void sgs_event_at(struct sgs_draft *d, const struct sgs_origin *origin);
/* For an event that turned out to be none.  The draft is given. */
void sgs_drop(struct sgs_draft *d);

/* `malformed` at off octets of the message, capped per layer; what: static text, no advice. */
void sgs_malformed(struct sgs_layer *l, enum sgs_dir dir, const char *what, uint64_t off);
/* `limit`: the cap called what ("dns.jumps") was reached at number. */
void sgs_limit(struct sgs_layer *l, enum sgs_dir dir, const char *what, uint64_t number);

#endif
