/* What the files of the dissector of SIP compression share. */
#ifndef SGS_DISSECTORS_SIPCOMP_H
#define SGS_DISSECTORS_SIPCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/dissector.h>
#include <signscope/limits.h>

/* sipcomp_lz77.c: the coding of payloads */

#define SIPCOMP_HISTORY_8K 8192u
#define SIPCOMP_HISTORY_64K 65536u

enum sipcomp_result {
    SIPCOMP_OK,
    SIPCOMP_SHORT, /* the octets end inside a token */
    SIPCOMP_WRONG, /* no token begins like this, or it does not fit into the history */
    SIPCOMP_LOST   /* it refers to octets that were never seen */
};

struct sipcomp_token {
    bool is_copy;
    uint8_t literal;
    uint32_t offset; /* of a copy: octets back */
    uint32_t len;    /* of a copy */
};

/* The token at *bit of s; *bit then stands behind it.  Untouched unless SIPCOMP_OK. */
enum sipcomp_result sipcomp_token(struct sgs_slice s, bool is_64k, size_t *bit,
                                  struct sipcomp_token *out);

/* The history of one direction. */
struct sipcomp_history {
    uint8_t *octets; /* SIPCOMP_HISTORY_64K of them; NULL until they are needed */
    size_t at;       /* HistoryOffset */
    bool is_64k;
    bool is_partial; /* nothing is known of the octets from at on */
};

size_t sipcomp_history_size(const struct sipcomp_history *h);
/* As at the start: PACKET_FLUSHED. */
void sipcomp_history_flush(struct sipcomp_history *h);
/* Adds what a token stands for behind the first at octets.  Result: OK, WRONG or LOST. */
enum sipcomp_result sipcomp_history_add(struct sipcomp_history *h, const struct sipcomp_token *t);

/* sipcomp_text.c: the plain text that calibration knows by sight */

/* Octets of SIP: no control characters but tabs and line ends. */
bool sipcomp_is_text(uint8_t octet);
/* s begins with a start line of SIP, as far as that can be told from its first octets. */
bool sipcomp_is_start(struct sgs_slice s);
#define SIPCOMP_START_LEN 11 /* octets that sipcomp_is_start wants to see */
/* Octets of the message at the head of s, 0: its head is not whole.  *scanned (0 at first) saves
 * looking at the same octets twice. */
size_t sipcomp_message_len(struct sgs_slice s, size_t *scanned);
/* s consists of whole messages and line ends between them. */
bool sipcomp_is_whole(struct sgs_slice s);

/* sipcomp_packet.c: packet headers, and how long packets are */

/* normalised flags of a header */
#define SIPCOMP_COMPRESSED 1u
#define SIPCOMP_AT_FRONT 2u
#define SIPCOMP_FLUSHED 4u

/* What the size of a header can count. */
enum sipcomp_size {
    SIPCOMP_WIRE,      /* the payload as it is sent */
    SIPCOMP_PLAIN,     /* the payload when it is decompressed */
    SIPCOMP_WIRE_ALL,  /* the same with the header */
    SIPCOMP_PLAIN_ALL, /* the same with the header */
    SIPCOMP_N_SIZES    /* number of readings, no reading itself */
};

#define SIPCOMP_MAX_HEADER 16

/* How headers of a connection are read. */
struct sipcomp_layout {
    bool is_known;
    uint8_t len;                      /* octets of a header */
    uint8_t size_at, size_len;        /* where the size stands */
    bool is_little;                   /* its octets, least significant first */
    uint8_t rest[SIPCOMP_MAX_HEADER]; /* header of a packet that is sent plain */
    uint8_t flags_at;
    uint8_t unit;   /* the bit in the octet at flags_at that means COMPRESSED; 0: not known yet */
    unsigned sizes; /* the readings of the size that are still possible: bits 1 << enum */
};

struct sipcomp_header {
    unsigned flags;
    uint64_t size;
    uint8_t flags_at, unit; /* where the flags were found; unit 0: there are none */
};

/* The layout that is likely. */
struct sipcomp_layout sipcomp_usual(void);

/* The header at the head of s (at least len octets); false: it is none. */
bool sipcomp_read_header(const struct sipcomp_layout *y, struct sgs_slice s,
                         struct sipcomp_header *out);

/* A header that can be found among other octets: its flags agree with each other. */
bool sipcomp_is_header(const struct sipcomp_layout *y, struct sgs_slice s);

/* What stands where packets must begin. */
enum sipcomp_look {
    SIPCOMP_LOOK_MORE,   /* show more octets */
    SIPCOMP_LOOK_PLAIN,  /* SIP without any compression */
    SIPCOMP_LOOK_PACKET, /* a packet: *y is known */
    SIPCOMP_LOOK_NOTHING /* nothing of the two */
};
#define SIPCOMP_LOOK_LEN (SIPCOMP_MAX_HEADER + SIPCOMP_START_LEN)
enum sipcomp_look sipcomp_learn(struct sgs_slice s, size_t *scanned, struct sipcomp_layout *y);

/* True when the payload behind the header h, of which s are the first octets, can be what it says:
 * for finding packets among other octets. */
bool sipcomp_is_payload(const struct sipcomp_header *h, struct sgs_slice s);
#define SIPCOMP_PAYLOAD_LEN 12 /* octets that sipcomp_is_payload wants to see */

/* The readings of the size of one packet, on trial. */
struct sipcomp_fit {
    enum { SIPCOMP_PENDING, SIPCOMP_FITS, SIPCOMP_REFUTED } state;
    size_t len; /* octets of the packet, if it fits */
    size_t out; /* octets it stands for */
    size_t at;  /* octets after which that is believed; 0: not yet */
};

/* A compressed packet that is being decoded. */
struct sipcomp_trial {
    bool is_running;
    size_t start; /* HistoryOffset before it */
    size_t bit;   /* of the payload, read so far */
    enum sipcomp_result result;
    bool is_text;
    struct sipcomp_fit fit[SIPCOMP_N_SIZES];
};

/* What trial and packet lengths need to know. */
struct sipcomp_packet {
    const struct sipcomp_layout *y;
    struct sipcomp_header h;
    struct sipcomp_history *history;
    struct sipcomp_trial *trial;
    bool in_step; /* a message of SIP begins with the payload */
};

/* Begins to decode a compressed packet: history->at is where its text will stand. */
void sipcomp_begin(struct sipcomp_packet *p);

/* Decodes what s (the packet and what follows it) has.  Gives the reading of the size that is
 * believed; SIPCOMP_N_SIZES: none.  *need then: octets that must be there to go on, 0: no reading
 * fits. */
enum sipcomp_size sipcomp_try(struct sipcomp_packet *p, struct sgs_slice s, size_t *need);

/* The readings of the size that say the same of a packet as the one that is believed: bits. */
unsigned sipcomp_agreeing(const struct sipcomp_trial *t, enum sipcomp_size size);

/* Octets of a packet that is sent plain, or 0 and *need. */
size_t sipcomp_plain_len(const struct sipcomp_packet *p, struct sgs_slice s, size_t *need);

/* Octets of a packet by its size alone, or 0 when the size counts something else. */
size_t sipcomp_wire_len(const struct sipcomp_layout *y, const struct sipcomp_header *h);

#endif
