/*
 * TLS secrets by client random, and opening of protected records (RFC 6101, RFC 5246, RFC 8446, RFC
 * 7366). The cryptography behind it is src/crypto; no type of it shows here.  Secrets never leave
 * through this interface except to sgs_tls_open, and as the lines of sgs_key_lines; nothing here
 * prints.
 */
#ifndef SGS_TLS_KEYS_H
#define SGS_TLS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/event.h>
#include <signscope/slice.h>
#include <signscope/status.h>

#define SGS_TLS_RANDOM_LEN 32 /* octets: RFC 5246, section 7.4.1.2 */
#define SGS_TLS_MASTER_LEN 48 /* octets: RFC 5246, section 8.1 */
#define SGS_TLS_MAX_SECRET 64 /* octets: the largest hash */

/* What a key log line gives (NSS key log format). */
enum sgs_tls_label {
    SGS_TLS_CLIENT_RANDOM, /* master secret of TLS 1.2 and older */
    SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET,
    SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET,
    SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET,
    SGS_TLS_CLIENT_TRAFFIC_SECRET_0,
    SGS_TLS_SERVER_TRAFFIC_SECRET_0,
    SGS_TLS_RSA,            /* pre-master secret by the first 8 octets of its encrypted form */
    SGS_TLS_RSA_SESSION_ID, /* master secret by session ID */
    SGS_TLS_IGNORED         /* exporter secrets, later traffic secrets: known and not needed */
};

enum sgs_key_source { SGS_KEY_NONE, SGS_KEY_KEYLOG, SGS_KEY_DSB, SGS_KEY_RSA, SGS_KEY_PSK };
const char *sgs_key_source_name(enum sgs_key_source source);

/* What all key logs and secrets blocks together brought. */
struct sgs_key_counts {
    uint64_t lines;   /* lines that are entries */
    uint64_t damaged; /* lines that begin with a known label and cannot be read */
    uint64_t unknown; /* other lines that are neither empty nor comments */
    uint64_t files;   /* key logs and secrets blocks given */
};

struct sgs_tls_keys;

struct sgs_tls_keys *sgs_tls_keys_new(void);
/* Wipes and releases; accepts NULL. */
void sgs_tls_keys_free(struct sgs_tls_keys *keys);

/*
 * Adds the lines of a key log: text is copied as needed.  CRLF, BOM, UTF-16 with BOM, comments and
 * blank lines are fine; a damaged line is counted and skipped; the last line for a random wins.
 * final false: a last line without its line end is left, and *used tells how much of text was taken
 * (give the rest again when more has come).  used may be NULL.
 */
void sgs_tls_keys_add(struct sgs_tls_keys *keys, enum sgs_key_source source, struct sgs_slice text,
                      bool final, size_t *used);
const struct sgs_key_counts *sgs_tls_keys_counts(const struct sgs_tls_keys *keys);

/*
 * Calls each for the secrets that nobody has asked for, in the order in which they came, until it
 * returns true.  What it shows is borrowed for the call.  Returns true if each did.  *from, 0 at
 * first, is moved behind those that were shown, so that the next call shows later ones only.
 */
bool sgs_tls_keys_each_unused(const struct sgs_tls_keys *keys, size_t *from,
                              bool (*each)(void *ctx, enum sgs_tls_label label, struct sgs_slice id,
                                           struct sgs_slice secret),
                              void *ctx);

/* What a line of a key log is that is neither empty nor a comment. */
enum sgs_key_line_kind { SGS_KEY_LINE_ENTRY, SGS_KEY_LINE_DAMAGED, SGS_KEY_LINE_UNKNOWN };

#define SGS_KEY_LINE_NAMES 16 /* kinds of entries, as people call them */

struct sgs_key_line {
    enum sgs_key_line_kind kind;
    size_t name;              /* of an entry: its kind, for sgs_key_line_name */
    enum sgs_tls_label label; /* of an entry */
    struct sgs_slice id; /* of an entry: the client random or what stands there instead; empty when
                            it is none that can be looked up */
    struct sgs_slice text; /* the line without blanks at its ends, secret and all, in ASCII */
};

/* "CLIENT_RANDOM", "RSA Session-ID"; NULL from SGS_KEY_LINE_NAMES on. */
const char *sgs_key_line_name(size_t name);

/*
 * Calls each for the lines of a key log, in their order, and stores nothing; what it shows is
 * borrowed for the call.  final and used as for sgs_tls_keys_add.
 */
void sgs_key_lines(struct sgs_slice text, bool final, size_t *used,
                   void (*each)(void *ctx, const struct sgs_key_line *line), void *ctx);

/* True if sgs_tls_keys_find has given the secret under id. */
bool sgs_tls_keys_is_used(const struct sgs_tls_keys *keys, enum sgs_tls_label label,
                          struct sgs_slice id);

/* Overwrites n octets that held secrets, also where nobody reads them again. */
void sgs_tls_wipe(void *octets, size_t n);

/* True if head (the first octets of a file) looks like a key log, possibly an empty one. */
bool sgs_tls_keys_probe(struct sgs_slice head);

/*
 * A function that brings more lines when the log may have grown (live): called by find on a miss,
 * at most once for each frame; it calls sgs_tls_keys_add.  NULL: logs do not grow.
 */
void sgs_tls_keys_on_miss(struct sgs_tls_keys *keys, void (*more)(void *ctx), void *ctx);

/*
 * A function that hears of every secret as it is stored, whoever brings it: its label and id
 * (borrowed for the call).  It must not ask for secrets.  NULL: nobody wants to know.
 */
void sgs_tls_keys_on_new(struct sgs_tls_keys *keys,
                         void (*heard)(void *ctx, enum sgs_tls_label label, struct sgs_slice id),
                         void *ctx);

/* A new frame begins: a miss may call more again. */
void sgs_tls_keys_tick(struct sgs_tls_keys *keys);

/*
 * The secret under id (client random; for RSA the 8 octets; for RSA_SESSION_ID the session ID) into
 * secret, an array of SGS_TLS_MAX_SECRET octets; its length, or 0 when there is none.  *source is
 * set when found (source may be NULL).
 */
size_t sgs_tls_keys_find(struct sgs_tls_keys *keys, enum sgs_tls_label label, struct sgs_slice id,
                         uint8_t *secret, enum sgs_key_source *source);

/* A secret that was worked out and that a later session may need: a master secret by session ID
 * (SGS_TLS_RSA_SESSION_ID).  Copied; lines of a key log are not counted. */
void sgs_tls_keys_learn(struct sgs_tls_keys *keys, enum sgs_tls_label label, struct sgs_slice id,
                        struct sgs_slice secret, enum sgs_key_source source);

/* True if any line for this client random was damaged, or ended inside of it (4 octets are enough
 * to tell): then the reason is key-line-damaged, not no-key. */
bool sgs_tls_keys_is_damaged(const struct sgs_tls_keys *keys, struct sgs_slice client_random);

/* True if there is an ECH_SECRET line for this client random, which then is that of the outer
 * ClientHello: other lines name the one of the inner (RFC 9850). */
bool sgs_tls_keys_has_ech(const struct sgs_tls_keys *keys, struct sgs_slice client_random);

/* Which connection (tcp.stream) a session began on, by session ID or SHA-256 of its ticket, whether
 * its secrets are known or not: put copies id; true if it is known.  The last SGS_MAX_TLS_SESSIONS
 * are. */
void sgs_tls_keys_put_session(struct sgs_tls_keys *keys, struct sgs_slice id, uint32_t conn);
bool sgs_tls_keys_session(const struct sgs_tls_keys *keys, struct sgs_slice id, uint32_t *conn);

/* Cipher suites. */
enum sgs_tls_kind {
    SGS_TLS_NULL,
    SGS_TLS_STREAM,
    SGS_TLS_CBC,
    SGS_TLS_GCM,
    SGS_TLS_CCM,
    SGS_TLS_CCM_8,
    SGS_TLS_CHACHA20
};

/* Key exchanges, as far as a secret of the server can stand in for one of the client. */
enum sgs_tls_kx {
    SGS_TLS_KX_OTHER, /* (EC)DHE and others: only the two sides know the secret */
    SGS_TLS_KX_RSA,
    SGS_TLS_KX_PSK,
    SGS_TLS_KX_RSA_PSK,
    SGS_TLS_KX_DHE_PSK /* also with elliptic curves */
};

struct sgs_tls_suite {
    uint16_t id;
    const char *name; /* IANA */
    enum sgs_tls_kind kind;
    uint8_t key_len;    /* octets */
    uint8_t mac_len;    /* octets; 0 for AEAD */
    const char *cipher; /* OpenSSL's name of the cipher */
    const char *hash;   /* OpenSSL's name: of the PRF (1.2), of HKDF (1.3) */
    const char *mac;    /* OpenSSL's name of the MAC's hash; NULL for AEAD */
    enum sgs_tls_kx kx;
    bool is_tls13;
};

/* A suite that sgs_tls_open can run, or NULL. */
const struct sgs_tls_suite *sgs_tls_suite_find(uint16_t id);
/* IANA name of any registered suite, or NULL; covers many more than suite_find. */
const char *sgs_tls_suite_name(uint16_t id);

/* One direction's keys; the context inside is keyed once. */
struct sgs_tls_opener;
void sgs_tls_opener_free(struct sgs_tls_opener *o); /* wipes; accepts NULL */

/* master secret of pre-master (RFC 6101, section 6.1; RFC 5246, section 8.1; extended, RFC 7627:
 * the hash of the handshake as client_random, and an empty server_random). */
enum sgs_status sgs_tls_master(const struct sgs_tls_suite *suite, uint16_t version,
                               struct sgs_slice pre_master, struct sgs_slice client_random,
                               struct sgs_slice server_random,
                               uint8_t out[SGS_TLS_MASTER_LEN]) SGS_MUST_CHECK;

/* The hash of handshake messages, joined: what an extended master secret is made of (all from
 * ClientHello to ClientKeyExchange), and what stands for a ClientHello of TLS 1.3 that is said
 * again.  Octets of out used; 0 on failure. */
size_t sgs_tls_session_hash(const struct sgs_tls_suite *suite, uint16_t version,
                            struct sgs_slice messages, uint8_t out[SGS_TLS_MAX_SECRET]);

/* Key block of SSL 3.0 to TLS 1.2 (version 0x0300 to 0x0303; RFC 6101, section 6.2.2; RFC 5246,
 * section 6.3); out[SGS_C2S] opens what the client wrote.  Given. */
enum sgs_status sgs_tls12_openers(const struct sgs_tls_suite *suite, uint16_t version,
                                  bool encrypt_then_mac, struct sgs_slice master,
                                  struct sgs_slice client_random, struct sgs_slice server_random,
                                  struct sgs_tls_opener *out[2]) SGS_MUST_CHECK;

/* Opener for one TLS 1.3 traffic secret (RFC 8446, section 7.3).  Given. */
enum sgs_status sgs_tls13_opener(const struct sgs_tls_suite *suite, struct sgs_slice secret,
                                 struct sgs_tls_opener **out) SGS_MUST_CHECK;

/* The secret after a KeyUpdate (RFC 8446, section 7.2), same length as secret. */
enum sgs_status sgs_tls13_next(const struct sgs_tls_suite *suite, struct sgs_slice secret,
                               uint8_t *out) SGS_MUST_CHECK;

/*
 * Opens one record.  header: its 5 octets; fragment: what follows them; seq: its sequence number in
 * this epoch.  *plain is written into the arena; for TLS 1.3 the padding is gone and *type is the
 * inner content type, else *type is the header's. SGS_E_AUTH when it does not authenticate (then
 * nothing of it is shown), SGS_E_FORMAT when it is too short, SGS_E_LIMIT at the arena's cap.
 */
enum sgs_status sgs_tls_open(struct sgs_tls_opener *o, uint64_t seq, struct sgs_slice header,
                             struct sgs_slice fragment, struct sgs_arena *arena,
                             struct sgs_slice *plain, uint8_t *type) SGS_MUST_CHECK;

/* True if the record would open under seq; nothing changes and nothing is shown.  For the search of
 * a sequence number after a hole. */
bool sgs_tls_check(struct sgs_tls_opener *o, uint64_t seq, struct sgs_slice header,
                   struct sgs_slice fragment);

/* A search for the sequence number of a record. */
struct sgs_tls_search {
    uint64_t first, last; /* numbers that are possible */
    uint64_t budget;      /* octets of cryptography that it may cost; counted down */
    uint64_t trials;      /* tags and MACs tried; counted up */
    uint64_t seq;         /* found */
};

/*
 * Looks for the sequence number under which the record opens, from first on, as far as the budget
 * goes; true: s->seq is the one.  Nothing of the record is shown.  GCM of TLS 1.3 tells the number
 * by itself, that of TLS 1.2 most often by its explicit nonce: then the range costs nothing. Stream
 * ciphers, and CBC of TLS 1.0 right behind a hole, cannot be searched.
 */
bool sgs_tls_find(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment,
                  struct sgs_tls_search *s);

/* A record that was not opened goes by (fragment shorter than the header says: it was cut).  Stream
 * ciphers and the CBC of TLS 1.0 need it to open the next one; others do not mind.  Both slices
 * empty: nobody knows what went by. */
void sgs_tls_pass(struct sgs_tls_opener *o, struct sgs_slice header, struct sgs_slice fragment);

#endif
