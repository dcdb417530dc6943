/*
 * Secrets of servers: RSA private keys (RFC 8017; RFC 5958, RFC 7292) and pre-shared keys (RFC
 * 4279, RFC 8446, section 2.2).  A private key opens sessions whose key exchange is RSA, a
 * pre-shared key those of PSK without (EC)DHE.  Keys themselves never leave through this interface.
 */
#ifndef SGS_SERVER_KEYS_H
#define SGS_SERVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/limits.h>
#include <signscope/slice.h>
#include <signscope/status.h>
#include <signscope/tls_keys.h>

struct sgs_server_keys;

/* Those that go with keys: kept by it, gone with it. */
struct sgs_server_keys *sgs_tls_keys_servers(struct sgs_tls_keys *keys);

/* files */

enum sgs_key_file {
    SGS_KEY_FILE_LOG,     /* a key log, possibly an empty one */
    SGS_KEY_FILE_PRIVATE, /* PEM, or DER of some kind */
    SGS_KEY_FILE_PSK,     /* hex digits and nothing else */
    SGS_KEY_FILE_OTHER
};

/* What a file is, by its first octets. */
enum sgs_key_file sgs_key_file_probe(struct sgs_slice head);

#define SGS_KEY_ERROR_LIST(X)                                                                      \
    X(NONE, "done")                                                                                \
    X(NEEDS_PASS, "is protected by a pass phrase; give it with --passfile FILE")                   \
    X(WRONG_PASS, "does not open with the pass phrase given; check --passfile")                    \
    X(EMPTY, "holds no private key; export the key together with the certificate")                 \
    X(BAD, "is a damaged private key, or one of a kind that is not known")                         \
    X(BAD_PSK, "is no pre-shared key: an odd number of hex digits, or too many")                   \
    X(COSTLY, "asks for too much work to check its pass phrase; export the key again")             \
    X(MANY, "is one private key too many; give those of the servers in the capture only")

enum sgs_key_error {
#define SGS_KEY_ERROR_ROW(name, text) SGS_KEY_ERROR_##name,
    SGS_KEY_ERROR_LIST(SGS_KEY_ERROR_ROW)
#undef SGS_KEY_ERROR_ROW
};

/* What to tell of the file; static. */
const char *sgs_key_error_text(enum sgs_key_error error);

/*
 * Adds the keys of a whole file: a private key as PEM (several, and other things between them, are
 * fine), PKCS#1, PKCS#8 (also encrypted) or PKCS#12; kind is what the probe said.  The n_passes
 * pass phrases are tried in turn, and none at all.  All is copied; file and passes are the caller's
 * to wipe.
 */
enum sgs_key_error sgs_server_keys_add(struct sgs_server_keys *k, enum sgs_key_file kind,
                                       struct sgs_slice file, const struct sgs_slice *passes,
                                       size_t n_passes) SGS_MUST_CHECK;

/* keys */

enum sgs_server_key_kind {
    SGS_SERVER_KEY_RSA,
    SGS_SERVER_KEY_OTHER, /* a private key that opens nothing: elliptic, DSA */
    SGS_SERVER_KEY_PSK
};

/* What may be told of a key. */
struct sgs_server_key {
    enum sgs_server_key_kind kind;
    unsigned bits;     /* of the modulus, or whatever the strength of the kind is told in */
    uint64_t sessions; /* handshakes that it opened */
};

size_t sgs_server_keys_len(const struct sgs_server_keys *k);
/* Key i, from 0 on, in the order they were added; borrowed until the next one is. */
const struct sgs_server_key *sgs_server_keys_at(const struct sgs_server_keys *k, size_t i);
/* True if one of that kind is there. */
bool sgs_server_keys_has(const struct sgs_server_keys *k, enum sgs_server_key_kind kind);

#define SGS_SERVER_KEY_NONE SIZE_MAX

/* The private key of a certificate (DER), or SGS_SERVER_KEY_NONE. */
size_t sgs_server_keys_owner(const struct sgs_server_keys *k, struct sgs_slice certificate);

/*
 * The pre-master secret of an RSA key exchange (RFC 5246, section 7.4.7.1), with key i, or with
 * each RSA key when i is SGS_SERVER_KEY_NONE (at most SGS_MAX_KEY_TRIALS such trials a run).
 */
bool sgs_server_keys_pre_master(struct sgs_server_keys *k, size_t i, struct sgs_slice encrypted,
                                uint8_t out[SGS_TLS_MASTER_LEN]);

/* True when no more handshakes without certificate are tried. */
bool sgs_server_keys_is_spent(const struct sgs_server_keys *k);

#define SGS_PSK_PRE_MASTER (4 + 2 * SGS_MAX_PSK) /* octets at most, see below */

/*
 * The pre-master secret of a PSK key exchange (RFC 4279, sections 2 and 4) with key i; other: the
 * secret of the RSA part, or empty when there is none.  Octets of out used; 0 when key i is no
 * pre-shared key.
 */
size_t sgs_server_keys_psk(const struct sgs_server_keys *k, size_t i, struct sgs_slice other,
                           uint8_t out[SGS_PSK_PRE_MASTER]);

/*
 * The pre-shared key that made the binder (RFC 8446, section 4.2.11.2), or SGS_SERVER_KEY_NONE;
 * hello: the ClientHello up to its binders, and what came before it in the transcript.
 */
size_t sgs_server_keys_binder(const struct sgs_server_keys *k, struct sgs_slice hello,
                              struct sgs_slice binder);

/*
 * A traffic secret of TLS 1.3 with pre-shared key i and no (EC)DHE (RFC 8446, section 7.1), of
 * hash_len octets; messages: the transcript up to ClientHello, ServerHello, or the server's
 * Finished, as label asks.  False when it cannot be worked out.
 */
bool sgs_server_keys_secret13(const struct sgs_server_keys *k, size_t i, size_t hash_len,
                              enum sgs_tls_label label, struct sgs_slice messages,
                              uint8_t out[SGS_TLS_MAX_SECRET]);

/* Key i has opened a handshake. */
void sgs_server_keys_note(struct sgs_server_keys *k, size_t i);

#endif
