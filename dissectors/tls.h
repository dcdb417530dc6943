/* What tls.c and the other files of the TLS dissector share: the state of one TLS connection. */
#ifndef SGS_DISSECTORS_TLS_H
#define SGS_DISSECTORS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/digest.h>
#include <signscope/layer.h>
#include <signscope/limits.h>
#include <signscope/slice.h>
#include <signscope/tls_keys.h>

#define TLS_HEADER_LEN 5
#define TLS_MAX_SNI 256 /* octets kept of a host name: DNS allows 255 */
#define TLS_MAX_PSKS                                                                               \
    4 /* pre-shared keys of one hello that are looked up; clients offer one or two */
#define TLS_MAX_ALPN 64 /* octets kept of a protocol name; registered ones are far shorter */

enum tls_content {
    TLS_CHANGE_CIPHER_SPEC = 20,
    TLS_ALERT = 21,
    TLS_HANDSHAKE = 22,
    TLS_APPLICATION_DATA = 23,
    TLS_HEARTBEAT = 24
};

enum tls_version { SSL30 = 0x0300, TLS10 = 0x0301, TLS12 = 0x0303, TLS13 = 0x0304 };

/* What protects the records of a direction. */
enum tls_epoch {
    TLS_CLEAR,
    TLS_EARLY,             /* 1.3: early data */
    TLS_EPOCH_HANDSHAKE,   /* 1.3: from the hello to Finished */
    TLS_EPOCH_APPLICATION, /* 1.3: after Finished; before 1.3: after ChangeCipherSpec */
};

/* One epoch of a direction. */
struct tls_slot {
    enum tls_epoch epoch;
    struct sgs_tls_opener *opener;      /* ours; NULL: clear, or no secret yet */
    uint8_t secret[SGS_TLS_MAX_SECRET]; /* 1.3: traffic secret, for KeyUpdate */
    size_t secret_len;
};

#define TLS_MAX_SLOTS 4

struct tls_inflate;
struct tls_psk13;

/* Does the server ask for a certificate of the client, and what does it get? */
enum tls_client_cert { TLS_NOT_ASKED, TLS_ASKED, TLS_SHOWN_NONE, TLS_SHOWN };

#define TLS_MAX_TURNS 16 /* turns told of a connection: the first ones and the last one */

/* What the client says in one go, and what it is answered: application data that stayed closed. */
struct tls_turn {
    struct sgs_origin origin; /* of its records */
    uint64_t octets[2];       /* by enum sgs_dir, estimated */
    uint64_t records;
};

/* One direction. */
struct tls_side {
    struct tls_slot slots[TLS_MAX_SLOTS]; /* [0] is now, the others are to come, in order */
    size_t n_slots;
    uint64_t seq;  /* of the next protected record; at least, when lost is not 0 */
    uint64_t lost; /* octets since seq was known that no record was made of; UINT64_MAX: unknown */
    bool is_lost;  /* after a gap: what comes first need not be a record */

    struct sgs_buf partial; /* the head of a handshake message */
    uint64_t drop;          /* handshake octets of a message beyond the cap */

    struct tls_inflate *inflate; /* in the layer arena; NULL: records are not compressed */

    unsigned tries;          /* records at which a secret was looked up in vain */
    unsigned n_late;         /* records tried with all secrets: the hellos were not seen */
    uint64_t records;        /* protected records */
    uint64_t decrypted;      /* of these opened */
    uint64_t failed;         /* a key was there and did not open them */
    uint64_t keyless;        /* no key was there */
    uint64_t missed;         /* not opened, and not known to be of the handshake only */
    uint64_t missed_early;   /* 1.3: early data that was not opened */
    uint64_t in_application; /* opened with the keys of application data */
    uint64_t octets;         /* application data */
    bool has_cut;            /* the last record was cut */
    enum sgs_gap_why cut_by; /* if has_cut: what the engine names */
    bool has_finished;       /* Finished was sent, as far as can be seen */
    bool has_data;           /* application data was sent, as far as can be seen */
    bool has_loss;           /* plaintext was lost before there was a child */
    bool has_hole;           /* octets of it are missing */
    bool is_torn;            /* handshake octets were lost: the next ones may not begin a message */
};

/* What the hellos said.  A renegotiation overwrites it. */
struct tls_hello {
    bool has_client;
    bool has_server;
    bool is_late; /* not seen: the key log has told the client random, the version and the suite */
    bool is_ssl2; /* the client offers SSL 2.0 at most, whose records are none of TLS */
    uint16_t version;
    uint16_t cipher;
    const struct sgs_tls_suite *suite; /* NULL: not supported */
    uint8_t client_random[SGS_TLS_RANDOM_LEN];
    uint8_t server_random[SGS_TLS_RANDOM_LEN];
    uint8_t offered_id[32]; /* session ID of the client */
    size_t offered_id_len;
    uint8_t session_id[32]; /* session ID of the server */
    size_t session_id_len;
    bool has_ticket;                /* the client sent a session ticket */
    uint8_t ticket[SGS_SHA256_LEN]; /* its digest */
    bool has_new_ticket;            /* the server gave a session ticket */
    uint8_t new_ticket[SGS_SHA256_LEN];
    uint8_t psks[TLS_MAX_PSKS][SGS_SHA256_LEN]; /* digests of the identities offered */
    size_t n_psks;
    bool has_origin;
    uint32_t origin_conn; /* the connection that the session began on */
    uint8_t origin[16];   /* and its name */
    size_t origin_len;
    bool has_early_data;
    bool is_deflated; /* the compression method is DEFLATE */
    bool encrypt_then_mac;
    bool extended_master;
    bool is_resumed;
    uint8_t rsa_head[8]; /* of the encrypted pre-master secret */
    bool has_rsa_head;
    bool has_key_exchange; /* ClientKeyExchange was seen; 1.3: Finished of the server */
    bool has_leaf;         /* the server's own certificate was seen, and looked up */
    size_t owner;          /* the private key it belongs to, from 1; 0: none */
    uint8_t pre_master[SGS_TLS_MASTER_LEN]; /* RSA_PSK: the RSA part of it */
    bool has_pre_master;
    uint8_t master[SGS_TLS_MASTER_LEN]; /* worked out from a secret of the server */
    bool has_master;
    enum sgs_key_source master_source;
    bool psk_needs_dh;          /* 1.3: the pre-shared key is known, and (EC)DHE comes with it */
    uint8_t alpn[TLS_MAX_ALPN]; /* chosen */
    size_t alpn_len;
    uint8_t sni[TLS_MAX_SNI]; /* asked for */
    size_t sni_len;
};

/*
 * Outside of the layer's arena, and of its cap, lie openers (a few KiB each, twelve at most) and
 * handshake octets: two messages in part and the transcript, SGS_MAX_TLS_HANDSHAKE each, and none
 * that were not captured.
 */
struct tls {
    enum sgs_dir client; /* direction of the TLS client */
    bool is_ready;       /* slots are set up */
    bool is_inner;       /* a handshake inside SIP authentication (TLS-DSK) */
    unsigned n_finished; /* inner: messages of that name that were opened */
    bool has_record;     /* some record was seen */
    bool has_server;     /* some ServerHello was seen */
    bool is_13;          /* its version is 1.3 */
    struct tls_hello hello;
    struct tls_side side[2];        /* by enum sgs_dir */
    struct sgs_tls_opener *pair[2]; /* to 1.2: for the next ChangeCipherSpec, by enum sgs_dir */
    struct sgs_buf transcript;      /* handshake messages for RFC 7627, with RSA or PSK */
    bool has_transcript;
    bool has_retry;          /* it ends with a HelloRetryRequest */
    size_t session_len;      /* octets of it up to ClientKeyExchange */
    struct tls_psk13 *psk13; /* in the layer arena; NULL: no pre-shared key was offered */
    enum sgs_key_source source;
    bool has_opener;    /* some key was there at some time */
    unsigned psk_tries; /* records at which pre-shared keys were tried */
    uint64_t spent;     /* octets of trial decryption that are not earned back yet */
    uint64_t trials;    /* tags and MACs tried after holes */
    uint64_t found;     /* places found again by that */
    bool has_limit;     /* the limit event was emitted */
    size_t late_from;   /* secrets tried at a record that waits for them, without a ClientHello */

    struct sgs_draft *server_hello; /* open until its ALPN or resumption is known */
    struct sgs_origin hello_origin; /* of the ServerHello */
    struct sgs_layer *child;
    bool has_child;  /* a child was asked for */
    bool is_trusted; /* this layer's events are decrypted ones now */

    struct tls_turn *turns; /* TLS_MAX_TURNS in the layer arena; NULL: there is none */
    uint64_t n_turns;
    enum sgs_dir speaker; /* of the last application data that stayed closed */

    bool has_gap[SGS_GAP_END + 1];
    bool has_certificate;
    enum tls_client_cert client_cert;
    bool has_alert[2]; /* fatal ones, by enum sgs_dir */
    bool has_closer;
    enum sgs_dir closer; /* who first said or did that it ends: close_notify, FIN, RST */
    bool has_end;        /* a direction has ended */
    bool is_unended;     /* and that was the end of the capture */
    sgs_time end_time;   /* when the first one did */
    sgs_time last_time;  /* of the last record */
};

/* A record. */
struct tls_record {
    uint8_t type;
    uint16_t version;
    size_t len;              /* what the header says */
    struct sgs_slice header; /* 5 octets */
    struct sgs_slice fragment;
};

static inline enum sgs_dir tls_other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

/* A side closes, or says that it will; the first one counts. */
static inline void tls_note_close(struct tls *st, enum sgs_dir dir)
{
    if (!st->has_closer) {
        st->has_closer = true;
        st->closer = dir;
    }
}

/* tls_epoch.c: keys, and what they open */

/* After ServerHello, or ClientHello with early data: what will protect both directions. */
void tls_expect(struct sgs_layer *l, struct tls *st);
/* One more epoch to come. */
void tls_put_slot(struct tls_side *side, enum tls_epoch epoch);
/* The epoch of a direction is over; count later ones begin. */
void tls_advance(struct tls_side *side, size_t count);
/* KeyUpdate: the next traffic secret of a direction. */
void tls_update(struct tls *st, struct tls_side *side);
/* Looks for missing secrets of a direction. */
void tls_find_keys(struct sgs_layer *l, struct tls *st, enum sgs_dir dir);
/* To 1.2: remembers the master secret for sessions that resume this one, by id. */
void tls_learn(struct sgs_layer *l, struct tls *st, struct sgs_slice id);
/* The record at hand, or one behind it, needs a secret that is not there and may still come. */
bool tls_lacks_key(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                   const struct tls_record *record);
/* Some key of the direction is there. */
bool tls_has_opener(const struct tls_side *side);
/* Opens a protected record into the message arena; false: it did not authenticate. */
bool tls_open_record(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                     const struct tls_record *record, struct sgs_slice *plain, uint8_t *type);
void tls_forget_keys(struct tls *st);

/* The master secret, to 1.2; false: none is known. */
bool tls_master(struct sgs_layer *l, struct tls *st, uint8_t out[SGS_TLS_MAX_SECRET]);
/* Some master secret is known, to 1.2. */
bool tls_has_master(struct sgs_layer *l, struct tls *st);
/* master secret of a pre-master secret; with RFC 7627 the handshake must have been seen whole. */
bool tls_make_master(const struct tls *st, struct sgs_slice pre_master,
                     uint8_t out[SGS_TLS_MASTER_LEN]);

/* tls_server_key.c: private keys and pre-shared keys */

/* The server's Certificate: which private key is its. */
void tls_find_owner(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice body);
/* ClientKeyExchange. */
void tls_key_exchange(struct sgs_layer *l, struct tls *st, struct sgs_slice body);
/* Tries all pre-shared keys at a protected record of a direction that has no key. */
void tls_try_psks(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                  const struct tls_record *record);
bool tls_is_key_unusable(struct sgs_layer *l, const struct tls *st);

/* tls_psk13.c: pre-shared keys of TLS 1.3 */

/* ClientHello, which ends the transcript, with the extension pre_shared_key. */
void tls_offer_psk(struct sgs_layer *l, struct tls *st, struct sgs_slice ext);
/* ServerHello: true when the transcript will be needed until the server's Finished. */
bool tls_accept_psk(struct sgs_layer *l, struct tls *st, uint16_t identity, bool has_key_share);
/* The server's Finished. */
void tls_finish_psk(struct sgs_layer *l, struct tls *st);
/* A secret that was worked out, into out; its length or 0. */
size_t tls_find_psk13(const struct tls *st, enum sgs_tls_label label, uint8_t *out);
void tls_forget_psk13(struct tls *st);

/* tls_resync.c: the way back after a hole */

/* octets of a direction are lost (0: nobody knows how many), and with them the place of the next
 * record. */
void tls_lose_place(struct tls_side *side, uint64_t octets);
/* A protected record that was not opened goes by. */
void tls_pass(struct tls_side *side, const struct tls_record *record);
/* The direction is lost: is there a record at the head of avail? */
struct sgs_extent tls_measure_lost(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail);
/* Trial decryption may go on; when it may not, this is said once. */
bool tls_has_budget(struct sgs_layer *l, struct tls *st, enum sgs_dir dir);
/* Tries a record at all sequence numbers and epochs that are possible; true: side stands at it. */
bool tls_locate(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                const struct tls_record *record);
/* The ClientHello of TLS 1.3 is missing: the whole record at hand may be opened by a secret that
 * still comes, and by none that is there. */
bool tls_awaits_any(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                    const struct tls_record *record);
/* TLS 1.3 joined after its handshake: tries the secrets of the key log that nobody asked for. */
void tls_start_late(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                    const struct tls_record *record);

/* tls.c: the head of a record; fragment is as much of it as there is */
bool tls_read_record(struct sgs_slice octets, struct tls_record *out);
bool tls_is_plausible(const struct tls_record *record);

/* tls_inflate.c: one compressed direction.  All but new and tls_inflate accept NULL. */
struct tls_inflate *tls_inflate_new(struct sgs_arena *a);
void tls_inflate_reset(struct tls_inflate *x);
void tls_inflate_free(struct tls_inflate *x);
/* A record was not opened: nothing behind it can be read. */
void tls_inflate_lose(struct tls_inflate *x);
/* The octets of one record, uncompressed into the arena; false: they cannot be. */
bool tls_inflate(struct tls_inflate *x, struct sgs_arena *a, struct sgs_slice *octets);

/* tls_resume.c: which connection a resumed session began on */

/* The pre_shared_key extension of a ClientHello. */
void tls_offer_psks(struct tls_hello *h, struct sgs_slice offered);
/* ServerHello: looks for the connection; selected is its pre_shared_key extension. */
void tls_find_origin(struct sgs_layer *l, struct tls_hello *h, struct sgs_slice selected);
/* To 1.2: that connection is known by now; it may have waited for its key. */
bool tls_has_origin(struct sgs_layer *l, const struct tls_hello *h);
/* A session has this ID, or digest of its ticket: it begins here, or to 1.2 goes on. */
void tls_begin_session(struct sgs_layer *l, const struct tls_hello *h, struct sgs_slice id);

/* tls_turns.c */

/* A record at hand that stayed closed has so many octets of application data. */
void tls_note_turn(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, uint64_t octets);
/* What these were, for tls.session. */
void tls_put_turns(struct sgs_draft *ev, const struct tls *st);

/* tls_inner.c: handshakes inside SIP authentication */

/* ServerHello: what keys are made of is left for the carrier. */
void tls_inner_hello(struct sgs_layer *l, const struct tls *st);
/* Finished, msg with its header, which ends the transcript: whether it is right. */
void tls_inner_finished(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                        struct sgs_slice msg);

/* tls_session.c */
void tls_emit_session(struct sgs_layer *l, const struct tls *st);

/* tls_handshake.c */

/* Handshake octets of one record, in order. */
void tls_handshake(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets);
/* A ClientHello in the framing of SSL 2.0. */
void tls_old_hello(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets);
/* Emits the ServerHello event if it is still open. */
void tls_finish_server_hello(struct tls *st);
/* The same when the octets at hand say nothing about it: it keeps its own frames. */
void tls_settle_server_hello(struct tls *st);
const char *tls_version_name(uint16_t version);

/* tls_certificate.c: the bodies of two handshake messages */
void tls_certificate(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice body);
void tls_certificate_status(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice body);

#endif
