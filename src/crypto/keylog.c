/*
 * TLS secrets from key logs (the NSS key log format; RFC 9850) and pcapng secrets blocks.
 *
 *   CLIENT_RANDOM <64 hex: client random> <96 hex: master secret>
 *   CLIENT_TRAFFIC_SECRET_0 <64 hex: client random> <64 or 96 hex: secret>      and its like
 *   RSA <16 hex: head of the encrypted pre-master secret> <96 hex: pre-master secret>
 *   RSA Session-ID:<hex: session ID> Master-Key:<96 hex: master secret>
 *
 * Secrets lie in chunks that never move, so that nothing is left behind in freed memory; a map
 * leads from label and id to them.
 */
#include <signscope/tls_keys.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/map.h"
#include "base/mem.h"
#include "crypto/crypto.h"
#include "crypto/server_keys.h"
#include "crypto/tls_sessions.h"

#define MAX_ID SGS_TLS_RANDOM_LEN /* octets: a random, or the longest session ID */
#define SECRETS_OF_CHUNK 1024

#define MIN_CUT 4 /* octets of a client random that tell whose line was cut */

/* In the map: a client random with a damaged line; one with an ECH_SECRET line; a session whose
 * secret is not known. */
enum { DAMAGED = SGS_TLS_IGNORED + 1, ECH };

struct secret {
    uint8_t len;
    uint8_t source; /* enum sgs_key_source */
    bool is_used;   /* it was asked for */
    uint8_t octets[SGS_TLS_MAX_SECRET];
};

struct chunk {
    struct chunk *next;
    size_t n;
    struct secret secrets[SECRETS_OF_CHUNK];
};

/* The head of a client random whose line ends there. */
struct cut {
    uint8_t octets[MAX_ID];
    size_t len;
};

struct sgs_tls_keys {
    struct sgs_map *map; /* label octet, id -> struct secret */
    struct chunk *chunks;
    struct cut cuts[SGS_MAX_KEY_CUTS]; /* the first ones */
    size_t n_cuts;
    struct sgs_key_counts counts;
    void (*more)(void *ctx);
    void *more_ctx;
    bool is_asked; /* more was called for this frame */
    struct sgs_tls_sessions *sessions;
    struct sgs_server_keys *servers;
    void (*heard)(void *ctx, enum sgs_tls_label label, struct sgs_slice id);
    void *heard_ctx;
};

/* The first word of a line.  Rows behind the last word are names for lines that are told in another
 * way: they have a blank, so no word is one of them. */
static const struct {
    const char *name;
    enum sgs_tls_label label;
} labels[] = {
    {"CLIENT_RANDOM",                   SGS_TLS_CLIENT_RANDOM                  },
    {"CLIENT_EARLY_TRAFFIC_SECRET",     SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET    },
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET},
    {"CLIENT_TRAFFIC_SECRET_0",         SGS_TLS_CLIENT_TRAFFIC_SECRET_0        },
    {"SERVER_TRAFFIC_SECRET_0",         SGS_TLS_SERVER_TRAFFIC_SECRET_0        },
    {"RSA",                             SGS_TLS_RSA                            },
    {"EXPORTER_SECRET",                 SGS_TLS_IGNORED                        },
    {"EARLY_EXPORTER_SECRET",           SGS_TLS_IGNORED                        },
    {"EARLY_EXPORTER_MASTER_SECRET",    SGS_TLS_IGNORED                        },
    {"ECH_SECRET",                      SGS_TLS_IGNORED                        },
    {"ECH_CONFIG",                      SGS_TLS_IGNORED                        },
    {"PMS_CLIENT_RANDOM",               SGS_TLS_IGNORED                        },
    {"RSA Session-ID",                  SGS_TLS_RSA_SESSION_ID                 },
    {"later traffic secrets",           SGS_TLS_IGNORED                        },
    {"QUIC secrets",                    SGS_TLS_IGNORED                        },
};

enum { NAME_ECH_SECRET = 10, NAME_SESSION_ID = SGS_KEY_LINE_NAMES - 3, NAME_LATER, NAME_QUIC };
static_assert(sizeof labels / sizeof *labels == SGS_KEY_LINE_NAMES, "one name a kind of entry");

const char *sgs_key_source_name(enum sgs_key_source source)
{
    switch (source) {
    case SGS_KEY_NONE:
        return "none";
    case SGS_KEY_KEYLOG:
        return "keylog";
    case SGS_KEY_DSB:
        return "dsb";
    case SGS_KEY_RSA:
        return "rsa";
    case SGS_KEY_PSK:
        return "psk";
    }
    return NULL;
}

/* life */

struct sgs_tls_keys *sgs_tls_keys_new(void)
{
    struct sgs_tls_keys *keys = sgs_xcalloc(1, sizeof *keys);

    (void)sgs_crypto_open(); /* early: before rights are dropped */
    keys->map = sgs_map_new();
    keys->sessions = sgs_tls_sessions_new();
    keys->servers = sgs_server_keys_new();
    return keys;
}

void sgs_tls_keys_free(struct sgs_tls_keys *keys)
{
    if (!keys) {
        return;
    }
    while (keys->chunks) {
        struct chunk *next = keys->chunks->next;
        OPENSSL_cleanse(keys->chunks, sizeof *keys->chunks);
        free(keys->chunks);
        keys->chunks = next;
    }
    sgs_map_free(keys->map);
    sgs_tls_sessions_free(keys->sessions);
    sgs_server_keys_free(keys->servers);
    free(keys);
}

struct sgs_server_keys *sgs_tls_keys_servers(struct sgs_tls_keys *keys)
{
    return keys->servers;
}

const struct sgs_key_counts *sgs_tls_keys_counts(const struct sgs_tls_keys *keys)
{
    return &keys->counts;
}

void sgs_tls_keys_on_miss(struct sgs_tls_keys *keys, void (*more)(void *ctx), void *ctx)
{
    keys->more = more;
    keys->more_ctx = ctx;
    keys->is_asked = false;
}

void sgs_tls_keys_on_new(struct sgs_tls_keys *keys,
                         void (*heard)(void *ctx, enum sgs_tls_label label, struct sgs_slice id),
                         void *ctx)
{
    keys->heard = heard;
    keys->heard_ctx = ctx;
}

void sgs_tls_keys_tick(struct sgs_tls_keys *keys)
{
    keys->is_asked = false;
}

/* the store */

struct name {
    uint8_t octets[1 + MAX_ID];
    size_t len;
};

static struct sgs_slice name_of(struct name *n, unsigned label, struct sgs_slice id)
{
    n->len = 1 + id.len;
    n->octets[0] = (uint8_t)label;
    if (id.len > 0) {
        memcpy(n->octets + 1, id.ptr, id.len);
    }
    return sgs_slice(n->octets, n->len);
}

/* Room for one more secret, or NULL at the cap. */
static struct secret *new_secret(struct sgs_tls_keys *keys)
{
    if (sgs_map_len(keys->map) >= SGS_MAX_KEYS) {
        return NULL;
    }
    if (!keys->chunks || keys->chunks->n == SECRETS_OF_CHUNK) {
        struct chunk *c = sgs_xcalloc(1, sizeof *c);
        c->next = keys->chunks;
        keys->chunks = c;
    }
    return &keys->chunks->secrets[keys->chunks->n++];
}

static void store(struct sgs_tls_keys *keys, unsigned label, struct sgs_slice id,
                  enum sgs_key_source source, struct sgs_slice octets)
{
    struct name name;
    struct sgs_slice key = name_of(&name, label, id);
    struct secret *s = sgs_map_get(keys->map, key);

    if (!s) {
        s = new_secret(keys);
        if (!s) {
            return;
        }
        (void)sgs_map_put(keys->map, key, s);
    }
    s->len = (uint8_t)octets.len;
    s->source = (uint8_t)source;
    memset(s->octets, 0, sizeof s->octets);
    if (octets.len > 0) {
        memcpy(s->octets, octets.ptr, octets.len);
    }
    if (keys->heard && label != DAMAGED) {
        keys->heard(keys->heard_ctx, (enum sgs_tls_label)label, id);
    }
}

static struct secret *find(struct sgs_tls_keys *keys, enum sgs_tls_label label, struct sgs_slice id)
{
    struct name name;

    if (id.len > MAX_ID) {
        return NULL;
    }
    struct sgs_slice key = name_of(&name, label, id);
    struct secret *s = sgs_map_get(keys->map, key);
    if (!s && keys->more && !keys->is_asked) {
        keys->is_asked = true;
        keys->more(keys->more_ctx);
        s = sgs_map_get(keys->map, key);
    }
    return s;
}

size_t sgs_tls_keys_find(struct sgs_tls_keys *keys, enum sgs_tls_label label, struct sgs_slice id,
                         uint8_t *secret, enum sgs_key_source *source)
{
    struct secret *s = find(keys, label, id);

    if (!s) {
        return 0;
    }
    s->is_used = true;
    memcpy(secret, s->octets, s->len);
    if (source) {
        *source = (enum sgs_key_source)s->source;
    }
    return s->len;
}

void sgs_tls_keys_learn(struct sgs_tls_keys *keys, enum sgs_tls_label label, struct sgs_slice id,
                        struct sgs_slice secret, enum sgs_key_source source)
{
    if (id.len > 0 && id.len <= MAX_ID && secret.len <= SGS_TLS_MAX_SECRET) {
        store(keys, label, id, source, secret);
    }
}

static bool has_mark(const struct sgs_tls_keys *keys, unsigned mark, struct sgs_slice id)
{
    struct name name;

    return id.len <= MAX_ID && sgs_map_get(keys->map, name_of(&name, mark, id));
}

bool sgs_tls_keys_is_damaged(const struct sgs_tls_keys *keys, struct sgs_slice client_random)
{
    for (size_t i = 0; i < keys->n_cuts; i++) {
        if (sgs_slice_starts(client_random, sgs_slice(keys->cuts[i].octets, keys->cuts[i].len))) {
            return true;
        }
    }
    return has_mark(keys, DAMAGED, client_random);
}

bool sgs_tls_keys_has_ech(const struct sgs_tls_keys *keys, struct sgs_slice client_random)
{
    return has_mark(keys, ECH, client_random);
}

bool sgs_tls_keys_is_used(const struct sgs_tls_keys *keys, enum sgs_tls_label label,
                          struct sgs_slice id)
{
    struct name name;
    const struct secret *s =
        id.len <= MAX_ID ? sgs_map_get(keys->map, name_of(&name, label, id)) : NULL;

    return s && s->is_used;
}

bool sgs_tls_keys_each_unused(const struct sgs_tls_keys *keys, size_t *from,
                              bool (*each)(void *ctx, enum sgs_tls_label label, struct sgs_slice id,
                                           struct sgs_slice secret),
                              void *ctx)
{
    struct sgs_slice name;
    void *value = NULL;

    while (sgs_map_next(keys->map, from, &name, &value)) {
        const struct secret *s = value;
        if (!s->is_used && s->len > 0 && name.ptr[0] < SGS_TLS_IGNORED &&
            each(ctx, (enum sgs_tls_label)name.ptr[0], sgs_slice_from(name, 1),
                 sgs_slice(s->octets, s->len))) {
            return true;
        }
    }
    return false;
}

void sgs_tls_keys_put_session(struct sgs_tls_keys *keys, struct sgs_slice id, uint32_t conn)
{
    sgs_tls_sessions_put(keys->sessions, id, conn);
}

bool sgs_tls_keys_session(const struct sgs_tls_keys *keys, struct sgs_slice id, uint32_t *conn)
{
    return sgs_tls_sessions_get(keys->sessions, id, conn);
}

void sgs_tls_wipe(void *octets, size_t n)
{
    OPENSSL_cleanse(octets, n);
}

/* one line */

/* A line that was read. */
struct entry {
    enum sgs_key_line_kind kind;
    size_t name; /* row of labels */
    enum sgs_tls_label label;
    uint8_t id[MAX_ID];
    size_t id_len; /* 0: it cannot be read */
    uint8_t octets[SGS_TLS_MAX_SECRET];
    size_t len;
};

const char *sgs_key_line_name(size_t name)
{
    return name < SGS_KEY_LINE_NAMES ? labels[name].name : NULL;
}

/* The values of hex digits, marked: a large log has some 100 million of them. */
#define DIGIT_MARK 0x40u
#define DIGIT(c, value) [c] = DIGIT_MARK | (value)
static const uint8_t digits[256] = {
    DIGIT('0', 0),  DIGIT('1', 1),  DIGIT('2', 2),  DIGIT('3', 3),  DIGIT('4', 4),  DIGIT('5', 5),
    DIGIT('6', 6),  DIGIT('7', 7),  DIGIT('8', 8),  DIGIT('9', 9),  DIGIT('a', 10), DIGIT('b', 11),
    DIGIT('c', 12), DIGIT('d', 13), DIGIT('e', 14), DIGIT('f', 15), DIGIT('A', 10), DIGIT('B', 11),
    DIGIT('C', 12), DIGIT('D', 13), DIGIT('E', 14), DIGIT('F', 15),
};

/* All of hex into out, which has room for cap octets; their number, or 0 when it is not hex. */
static size_t unhex(struct sgs_slice hex, uint8_t *out, size_t cap)
{
    unsigned mark = DIGIT_MARK;

    if (hex.len % 2 != 0 || hex.len / 2 > cap) {
        return 0;
    }
    for (size_t i = 0; i < hex.len / 2; i++) {
        unsigned high = digits[hex.ptr[2 * i]], low = digits[hex.ptr[2 * i + 1]];
        mark &= high & low;
        out[i] = (uint8_t)(high << 4 | (low & 0x0f));
    }
    return mark ? hex.len / 2 : 0;
}

/* The next word of a line: up to a blank or tab; leading ones are dropped. */
static struct sgs_slice next_word(struct sgs_slice *rest)
{
    size_t from = 0;

    while (from < rest->len && (rest->ptr[from] == ' ' || rest->ptr[from] == '\t')) {
        from++;
    }
    struct sgs_slice word = sgs_slice_from(*rest, from);
    word = sgs_slice_head(word, sgs_slice_chr(word, ' '));
    word = sgs_slice_head(word, sgs_slice_chr(word, '\t'));
    *rest = sgs_slice_from(*rest, from + word.len);
    return word;
}

/* CLIENT_TRAFFIC_SECRET_<n>, SERVER_TRAFFIC_SECRET_<n>. */
static bool is_later(struct sgs_slice word)
{
    static const char client[] = "CLIENT_TRAFFIC_SECRET_", server[] = "SERVER_TRAFFIC_SECRET_";
    uint64_t n = 0;

    return (sgs_slice_starts(word, sgs_slice_str(client)) ||
            sgs_slice_starts(word, sgs_slice_str(server))) &&
           sgs_slice_uint(sgs_slice_from(word, sizeof client - 1), UINT32_MAX, &n);
}

/* The row of labels for a line that begins with word; false when there is none. */
static bool find_name(struct sgs_slice word, size_t *out)
{
    for (size_t i = 0; i < NAME_SESSION_ID; i++) {
        if (sgs_slice_eq(word, sgs_slice_str(labels[i].name))) {
            *out = i;
            return true;
        }
    }
    *out = is_later(word) ? NAME_LATER : NAME_QUIC;
    return *out == NAME_LATER || sgs_slice_starts(word, SGS_LIT("QUIC_"));
}

static bool fits(enum sgs_tls_label label, size_t id_len, size_t secret_len)
{
    switch (label) {
    case SGS_TLS_CLIENT_RANDOM:
        return id_len == SGS_TLS_RANDOM_LEN && secret_len == SGS_TLS_MASTER_LEN;
    case SGS_TLS_RSA:
        return id_len == 8 && secret_len == SGS_TLS_MASTER_LEN;
    case SGS_TLS_RSA_SESSION_ID:
        return id_len > 0 && secret_len == SGS_TLS_MASTER_LEN;
    case SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET:
    case SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET:
    case SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET:
    case SGS_TLS_CLIENT_TRAFFIC_SECRET_0:
    case SGS_TLS_SERVER_TRAFFIC_SECRET_0:
        return id_len == SGS_TLS_RANDOM_LEN && (secret_len == 32 || secret_len == 48);
    case SGS_TLS_IGNORED:
        return id_len > 0 && secret_len > 0;
    }
    return false;
}

/* What follows the label; false when the line is damaged. */
static bool read_entry(struct entry *e, struct sgs_slice rest)
{
    const struct sgs_slice session_id = SGS_LIT("Session-ID:"), master_key = SGS_LIT("Master-Key:");
    struct sgs_slice id_hex = next_word(&rest), hex = next_word(&rest);

    if (e->label == SGS_TLS_RSA && sgs_slice_starts(id_hex, session_id)) {
        e->name = NAME_SESSION_ID;
        e->label = SGS_TLS_RSA_SESSION_ID;
        id_hex = sgs_slice_from(id_hex, session_id.len);
        hex = sgs_slice_starts(hex, master_key) ? sgs_slice_from(hex, master_key.len)
                                                : (struct sgs_slice){NULL, 0};
    }
    e->id_len = unhex(id_hex, e->id, sizeof e->id);
    if (e->label == SGS_TLS_IGNORED) {
        return id_hex.len > 0 && hex.len > 0;
    }
    if (e->id_len == 0 && hex.len == 0) { /* the line ends inside of it */
        e->id_len = unhex(sgs_slice_head(id_hex, id_hex.len / 2 * 2), e->id, sizeof e->id);
    }
    e->len = unhex(hex, e->octets, sizeof e->octets);
    return fits(e->label, e->id_len, e->len) && sgs_slice_trim(rest).len == 0;
}

/* A line without blanks at its ends; false when nothing is on it, or a comment. */
static bool read_line(struct sgs_slice line, struct entry *e)
{
    struct sgs_slice rest = line;

    if (line.len == 0 || line.ptr[0] == '#') {
        return false;
    }
    e->kind = SGS_KEY_LINE_UNKNOWN;
    e->label = SGS_TLS_IGNORED;
    e->id_len = 0;
    e->len = 0;
    if (find_name(next_word(&rest), &e->name)) {
        e->label = labels[e->name].label;
        e->kind = line.len <= SGS_MAX_KEY_LINE && read_entry(e, rest) ? SGS_KEY_LINE_ENTRY
                                                                      : SGS_KEY_LINE_DAMAGED;
    }
    return true;
}

/* Remembers whose line was damaged. */
static void take_damaged(struct sgs_tls_keys *keys, enum sgs_key_source source,
                         const struct entry *e)
{
    bool has_random = e->label != SGS_TLS_IGNORED && e->label != SGS_TLS_RSA &&
                      e->label != SGS_TLS_RSA_SESSION_ID;

    if (has_random && e->id_len == SGS_TLS_RANDOM_LEN) {
        store(keys, DAMAGED, sgs_slice(e->id, e->id_len), source, (struct sgs_slice){NULL, 0});
    } else if (has_random && e->id_len >= MIN_CUT && keys->n_cuts < SGS_MAX_KEY_CUTS) {
        struct cut *cut = &keys->cuts[keys->n_cuts++];
        cut->len = e->id_len;
        memcpy(cut->octets, e->id, e->id_len);
    }
}

/* Stores what a line says. */
static void take_line(struct sgs_tls_keys *keys, enum sgs_key_source source, const struct entry *e)
{
    struct sgs_slice id = sgs_slice(e->id, e->id_len);

    switch (e->kind) {
    case SGS_KEY_LINE_UNKNOWN:
        keys->counts.unknown++;
        return;
    case SGS_KEY_LINE_DAMAGED:
        keys->counts.damaged++;
        take_damaged(keys, source, e);
        return;
    case SGS_KEY_LINE_ENTRY:
        keys->counts.lines++;
        if (e->label != SGS_TLS_IGNORED) {
            store(keys, e->label, id, source, sgs_slice(e->octets, e->len));
        } else if (e->name == NAME_ECH_SECRET && e->id_len == SGS_TLS_RANDOM_LEN) {
            store(keys, ECH, id, source, (struct sgs_slice){NULL, 0});
        }
        return;
    }
}

/* lines of a text */

/* A text in units of one octet, or of two: UTF-16, of which no key log has more than ASCII. */
struct text {
    struct sgs_slice all;
    size_t off;
    size_t unit;                    /* octets of one character: 1 or 2 */
    size_t low;                     /* UTF-16: which of the two octets has the ASCII */
    uint8_t copy[SGS_MAX_KEY_LINE]; /* UTF-16: the line at hand */
};

static void open_text(struct text *t, struct sgs_slice all)
{
    *t = (struct text){.all = all, .unit = 1};
    if (all.len >= 2 && ((all.ptr[0] == 0xff && all.ptr[1] == 0xfe) || all.ptr[1] == 0)) {
        t->unit = 2;
        t->off = all.ptr[0] == 0xff ? 2 : 0;
    } else if (all.len >= 2 && ((all.ptr[0] == 0xfe && all.ptr[1] == 0xff) || all.ptr[0] == 0)) {
        t->unit = 2;
        t->low = 1;
        t->off = all.ptr[0] == 0xfe ? 2 : 0;
    } else if (sgs_slice_starts(all, SGS_LIT("\xef\xbb\xbf"))) {
        t->off = 3;
    }
}

/* UTF-16: characters of the line at t->off, its LF not counted; what is not ASCII becomes '?'. */
static struct sgs_slice wide_line(struct text *t, size_t *n)
{
    size_t i = 0, off = t->off;

    for (; off + 2 <= t->all.len; off += 2, i++) {
        uint8_t c = t->all.ptr[off + t->low], high = t->all.ptr[off + 1 - t->low];
        if (c == '\n' && high == 0) {
            break;
        }
        if (i < sizeof t->copy) {
            t->copy[i] = high == 0 ? c : '?';
        }
    }
    *n = i;
    return sgs_slice(t->copy, i < sizeof t->copy ? i : sizeof t->copy);
}

/* The next line without its LF; false when nothing is left, or when the last line has no LF and
 * must_end. */
static bool next_line(struct text *t, bool must_end, struct sgs_slice *out)
{
    struct sgs_slice rest = sgs_slice_from(t->all, t->off), line;
    size_t n = 0;

    if (rest.len < t->unit) {
        return false;
    }
    if (t->unit == 1) {
        n = sgs_slice_chr(rest, '\n');
        line = sgs_slice_head(rest, n);
    } else {
        line = wide_line(t, &n);
    }
    bool has_end = (n + 1) * t->unit <= rest.len;
    if (!has_end && must_end && n <= SGS_MAX_KEY_LINE) {
        return false;
    }
    t->off += has_end ? (n + 1) * t->unit : n * t->unit;
    *out = line;
    return true;
}

void sgs_tls_keys_add(struct sgs_tls_keys *keys, enum sgs_key_source source, struct sgs_slice text,
                      bool final, size_t *used)
{
    struct text t;
    struct sgs_slice line;
    struct entry e;

    open_text(&t, text);
    keys->counts.files += final;
    while (next_line(&t, !final, &line)) {
        if (read_line(sgs_slice_trim(line), &e)) {
            take_line(keys, source, &e);
        }
    }
    OPENSSL_cleanse(t.copy, sizeof t.copy);
    OPENSSL_cleanse(&e, sizeof e);
    if (used) {
        *used = final ? text.len : t.off;
    }
}

void sgs_key_lines(struct sgs_slice text, bool final, size_t *used,
                   void (*each)(void *ctx, const struct sgs_key_line *line), void *ctx)
{
    struct text t;
    struct sgs_slice line;
    struct entry e;

    open_text(&t, text);
    while (next_line(&t, !final, &line)) {
        line = sgs_slice_trim(line);
        if (read_line(line, &e)) {
            const struct sgs_key_line shown = {e.kind, e.name, e.label, sgs_slice(e.id, e.id_len),
                                               line};
            each(ctx, &shown);
        }
    }
    OPENSSL_cleanse(t.copy, sizeof t.copy);
    OPENSSL_cleanse(&e, sizeof e);
    if (used) {
        *used = final ? text.len : t.off;
    }
}

bool sgs_tls_keys_probe(struct sgs_slice head)
{
    struct text t;
    struct sgs_slice line;
    size_t name = 0;
    bool is_plain = true, has_label = false;

    open_text(&t, head);
    while (!has_label && next_line(&t, false, &line)) {
        line = sgs_slice_trim(line);
        struct sgs_slice rest = line;
        has_label = find_name(next_word(&rest), &name) && rest.len > 0;
        is_plain = is_plain && (line.len == 0 || line.ptr[0] == '#');
    }
    OPENSSL_cleanse(t.copy, sizeof t.copy);
    return has_label || is_plain;
}
