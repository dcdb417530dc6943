/*
 * TLS handshake messages (RFC 2246, RFC 5246, section 7.4; RFC 8446, section 4), across records:
 *
 *   0      1              4
 *   +------+--------------+-----------------+
 *   | type | length, 3    | body            |
 *   +------+--------------+-----------------+
 *
 *   ClientHello   version 2 | random 32 | <1> session id | <2> cipher suites | <1> compression
 *                 | <2> extensions
 *   ServerHello   version 2 | random 32 | <1> session id | cipher suite 2 | compression 1
 *                 | <2> extensions
 *   Certificate and CertificateStatus: see tls_certificate.c
 *   (<n>: a length of n octets, then as many)
 */
#include "tls.h"

#include <signscope/codec.h>
#include <signscope/names.h>
#include <signscope/reader.h>

enum {
    HS_CLIENT_HELLO = 1,
    HS_SERVER_HELLO = 2,
    HS_NEW_SESSION_TICKET = 4,
    HS_END_OF_EARLY_DATA = 5,
    HS_ENCRYPTED_EXTENSIONS = 8,
    HS_CERTIFICATE = 11,
    HS_CERTIFICATE_REQUEST = 13,
    HS_CLIENT_KEY_EXCHANGE = 16,
    HS_FINISHED = 20,
    HS_CERTIFICATE_STATUS = 22,
    HS_KEY_UPDATE = 24,
    HS_MESSAGE_HASH = 254
};

enum {
    EXT_SERVER_NAME = 0,
    EXT_ALPN = 16,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SESSION_TICKET = 35,
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_KEY_SHARE = 51
};

#define HS_HEADER_LEN 4
#define COMPRESSION_DEFLATE 1 /* RFC 3749 */

/* ServerHello.random of a HelloRetryRequest: SHA-256 of its name (RFC 8446, section 4.1.3). */
static const uint8_t retry_random[SGS_TLS_RANDOM_LEN] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

const char *tls_version_name(uint16_t version)
{
    static const struct sgs_value_name names[] = {
        {0x0002, "SSLv2"  },
        {SSL30,  "SSLv3"  },
        {TLS10,  "TLSv1.0"},
        {0x0302, "TLSv1.1"},
        {TLS12,  "TLSv1.2"},
        {TLS13,  "TLSv1.3"},
    };
    return SGS_NAME_FIND(names, version);
}

/* Copies s, up to cap octets, into state; returns how many. */
static size_t keep(uint8_t *out, size_t cap, struct sgs_slice s)
{
    size_t n = s.len < cap ? s.len : cap;

    for (size_t i = 0; i < n; i++) {
        out[i] = s.ptr[i];
    }
    return n;
}

/* Values that only probe for tolerance (RFC 8701). */
static bool is_grease(uint16_t v)
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* Drafts of TLS 1.3 count as TLS 1.3: their keys are the same since the last ones. */
static uint16_t plain_version(uint16_t version)
{
    return version >> 8 == 0x7f ? TLS13 : version;
}

static void put_version(struct sgs_draft *ev, struct sgs_arena *a, uint16_t version)
{
    const char *name = tls_version_name(version);

    if (name) {
        ev_str(ev, SGS_F_VERSION, name);
    } else {
        ev_text(ev, SGS_F_VERSION, sgs_arena_printf(a, "0x%04x", version));
    }
}

static struct sgs_slice suite_text(struct sgs_arena *a, uint16_t id)
{
    const char *name = sgs_tls_suite_name(id);
    return name ? sgs_slice_str(name) : sgs_arena_printf(a, "0x%04x", id);
}

/* The ServerHello event */

void tls_finish_server_hello(struct tls *st)
{
    struct sgs_draft *ev = st->server_hello;

    if (!ev) {
        return;
    }
    st->server_hello = NULL;
    if (st->hello.alpn_len > 0) {
        ev_item(ev, SGS_F_ALPN, sgs_slice(st->hello.alpn, st->hello.alpn_len));
    }
    ev_bool(ev, SGS_F_RESUMED, st->hello.is_resumed);
    if (st->hello.is_resumed && st->hello.origin_len > 0) {
        ev_text(ev, SGS_F_RESUMES, sgs_slice(st->hello.origin, st->hello.origin_len));
    }
    sgs_emit(ev);
}

void tls_settle_server_hello(struct tls *st)
{
    if (st->server_hello) {
        sgs_event_at(st->server_hello, &st->hello_origin);
        tls_finish_server_hello(st);
    }
}

/* ClientHello */

/* What the extensions of a hello say. */
struct extensions {
    struct sgs_slice server_name;
    struct sgs_slice alpn; /* list of <1> names */
    uint16_t version;      /* highest of supported_versions; 0: none */
    bool has_ticket;       /* not empty */
    struct sgs_slice ticket;
    bool has_psk;
    struct sgs_slice psk; /* octets of the extension */
    bool has_key_share;
    bool has_early_data;
    bool encrypt_then_mac;
    bool extended_master;
};

/* server_name: <2> list of type 1 | <2> name (RFC 6066, section 3); type 0 is a host name. */
static struct sgs_slice server_name(struct sgs_reader ext)
{
    struct sgs_reader list = rd_sub(&ext, rd_be16(&ext));

    while (rd_more(&list)) {
        uint8_t type = rd_u8(&list);
        struct sgs_slice name = rd_take(&list, rd_be16(&list));
        if (type == 0 && rd_ok(&list)) {
            return name;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* supported_versions: <1> list from the client, one version from the server. */
static uint16_t highest_version(struct sgs_reader ext, bool is_client)
{
    struct sgs_reader list = is_client ? rd_sub(&ext, rd_u8(&ext)) : ext;
    uint16_t highest = 0;

    while (rd_more(&list)) {
        uint16_t raw = rd_be16(&list), version = plain_version(raw);
        if (rd_ok(&list) && !is_grease(raw) && version > highest) {
            highest = version;
        }
    }
    return highest;
}

static void read_extension(struct extensions *x, uint16_t type, struct sgs_reader ext,
                           bool is_client)
{
    switch (type) {
    case EXT_SERVER_NAME:
        x->server_name = server_name(ext);
        break;
    case EXT_ALPN:
        x->alpn = rd_take(&ext, rd_be16(&ext));
        break;
    case EXT_ENCRYPT_THEN_MAC:
        x->encrypt_then_mac = true;
        break;
    case EXT_EXTENDED_MASTER_SECRET:
        x->extended_master = true;
        break;
    case EXT_SESSION_TICKET:
        x->has_ticket = rd_more(&ext);
        x->ticket = rd_rest(&ext);
        break;
    case EXT_PRE_SHARED_KEY:
        x->has_psk = true;
        x->psk = rd_rest(&ext);
        break;
    case EXT_KEY_SHARE:
        x->has_key_share = true;
        break;
    case EXT_EARLY_DATA:
        x->has_early_data = true;
        break;
    case EXT_SUPPORTED_VERSIONS:
        x->version = highest_version(ext, is_client);
        break;
    default:
        break;
    }
}

/* <2> extensions, each type 2 | <2> octets; none at all is fine. */
static void read_extensions(struct sgs_layer *l, enum sgs_dir dir, struct sgs_reader *r,
                            bool is_client, struct extensions *out)
{
    unsigned n = 0;

    if (!rd_more(r)) {
        return;
    }
    struct sgs_reader list = rd_sub(r, rd_be16(r));
    while (rd_more(&list)) {
        if (++n > SGS_MAX_TLS_EXTENSIONS) {
            sgs_limit(l, dir, "tls.extensions", SGS_MAX_TLS_EXTENSIONS);
            return;
        }
        uint16_t type = rd_be16(&list);
        read_extension(out, type, rd_sub(&list, rd_be16(&list)), is_client);
    }
    if (!rd_ok(&list)) {
        sgs_malformed(l, dir, "an extension passes the end of its hello", 0);
    }
}

static void put_alpn(struct sgs_draft *ev, struct sgs_slice names)
{
    struct sgs_reader r = rd_open(names);

    while (rd_more(&r)) {
        struct sgs_slice name = rd_take(&r, rd_u8(&r));
        bool grease = name.len == 2 && is_grease((uint16_t)(name.ptr[0] << 8 | name.ptr[1]));
        if (rd_ok(&r) && name.len > 0 && !grease) {
            ev_item(ev, SGS_F_ALPN, name);
        }
    }
}

/* Resumption asked for.  With TLS 1.3 on offer a session ID says nothing: it is there for
 * middleboxes. */
static const char *resumption(const struct extensions *x, size_t session_id_len)
{
    if (x->has_psk) {
        return "psk";
    }
    if (x->has_ticket) {
        return "ticket";
    }
    return session_id_len > 0 && x->version < TLS13 ? "id" : "none";
}

struct client_hello {
    uint16_t version;
    struct sgs_slice random;
    struct sgs_slice session_id;
    struct sgs_slice ciphers;
    struct extensions x;
};

static void emit_client_hello(struct sgs_layer *l, enum sgs_dir dir, const struct client_hello *c)
{
    struct sgs_arena *a = sgs_scratch(l);
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_TLS_CLIENT_HELLO);
    struct sgs_reader list = rd_open(c->ciphers);

    put_version(ev, a, c->x.version ? c->x.version : c->version);
    ev_text(ev, SGS_F_SNI, c->x.server_name);
    put_alpn(ev, c->x.alpn);
    while (rd_left(&list) >= 2) {
        uint16_t id = rd_be16(&list);
        if (!is_grease(id)) {
            ev_item(ev, SGS_F_CIPHERS, suite_text(a, id));
        }
    }
    ev_str(ev, SGS_F_SESSION, resumption(&c->x, c->session_id.len));
    ev_text(ev, SGS_F_RANDOM, sgs_hex_encode(a, c->random));
    sgs_emit(ev);
}

/* Begins a handshake. */
static void keep_client_hello(struct tls *st, enum sgs_dir dir, const struct client_hello *c)
{
    struct tls_hello *h = &st->hello;
    size_t pad = SGS_TLS_RANDOM_LEN - c->random.len;

    st->client = dir;
    *h = (struct tls_hello){.has_client = true, .has_ticket = c->x.has_ticket};
    for (size_t i = 0; i < c->random.len; i++) {
        h->client_random[pad + i] = c->random.ptr[i];
    }
    h->offered_id_len = keep(h->offered_id, sizeof h->offered_id, c->session_id);
    if (h->has_ticket) {
        sgs_sha256(c->x.ticket, h->ticket);
    }
    tls_offer_psks(h, c->x.psk);
    h->has_early_data = c->x.has_early_data;
    h->sni_len = keep(h->sni, sizeof h->sni, c->x.server_name);
}

/*
 * The framing of SSL 2.0 (RFC 5246, appendix E.2), still sent by old clients: 2 octets of length,
 * 1, version 2 | length 2 of cipher specs | of session id | of challenge | the three.  A cipher
 * spec has 3 octets, those of TLS begin with 0; the challenge is the random without leading zeros.
 */
void tls_old_hello(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct tls *st = sgs_state(l);
    struct sgs_reader r = rd_open(sgs_slice_from(octets, 3));
    struct client_hello c = {.version = rd_be16(&r)};
    size_t specs_len = rd_be16(&r), id_len = rd_be16(&r), random_len = rd_be16(&r);
    struct sgs_reader specs = rd_sub(&r, specs_len);
    struct sgs_buf ciphers;

    c.session_id = rd_take(&r, id_len);
    c.random = rd_take(&r, random_len);
    if (!rd_ok(&r) || random_len > SGS_TLS_RANDOM_LEN) {
        sgs_malformed(l, dir, "ClientHello of SSL 2.0 cut short", octets.len);
        return;
    }
    sgs_buf_init(&ciphers, octets.len);
    while (rd_left(&specs) >= 3) {
        bool is_tls = rd_u8(&specs) == 0;
        struct sgs_slice id = rd_take(&specs, 2);
        (void)(is_tls && sgs_buf_add(&ciphers, id));
    }
    c.ciphers = sgs_buf_slice(&ciphers);
    keep_client_hello(st, dir, &c);
    st->hello.is_ssl2 = c.version == 0x0002;
    c.random = sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN);
    emit_client_hello(l, dir, &c);
    sgs_buf_clear(&ciphers);
}

static void client_hello(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                         struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);
    struct client_hello c = {.version = rd_be16(&r)};

    c.random = rd_take(&r, SGS_TLS_RANDOM_LEN);
    c.session_id = rd_take(&r, rd_u8(&r));
    c.ciphers = rd_take(&r, rd_be16(&r));
    rd_skip(&r, rd_u8(&r)); /* compression methods */
    if (!rd_ok(&r)) {
        sgs_malformed(l, dir, "ClientHello cut short", body.len);
        return;
    }
    read_extensions(l, dir, &r, true, &c.x);
    emit_client_hello(l, dir, &c);
    keep_client_hello(st, dir, &c);
    if (c.x.has_psk) {
        tls_offer_psk(l, st, c.x.psk);
    }
    if (st->hello.has_early_data && st->side[dir].slots[0].epoch == TLS_CLEAR) {
        tls_expect(l, st);
    }
}

/* ServerHello */

struct server_hello {
    uint16_t version; /* the one chosen */
    struct sgs_slice random;
    struct sgs_slice session_id;
    uint16_t cipher;
    uint8_t compression;
    struct extensions x;
};

static void keep_alpn(struct tls_hello *h, struct sgs_slice names)
{
    struct sgs_reader r = rd_open(names);
    struct sgs_slice name = rd_take(&r, rd_u8(&r));

    if (rd_ok(&r)) {
        h->alpn_len = keep(h->alpn, sizeof h->alpn, name);
    }
}

static void keep_server_hello(struct tls *st, const struct server_hello *s)
{
    struct tls_hello *h = &st->hello;
    bool is_echo = s->session_id.len > 0 &&
                   sgs_slice_eq(s->session_id, sgs_slice(h->offered_id, h->offered_id_len));

    st->has_server = true;
    st->is_13 = s->version == TLS13;
    h->has_server = true;
    h->version = s->version;
    h->cipher = s->cipher;
    h->suite = sgs_tls_suite_find(s->cipher);
    if (s->compression > COMPRESSION_DEFLATE) {
        h->suite = NULL; /* opened records could not be read */
    }
    if (s->version < SSL30 || s->version > TLS13 ||
        (h->suite && h->suite->is_tls13 != (s->version == TLS13))) {
        h->suite = NULL;
    }
    (void)keep(h->server_random, sizeof h->server_random, s->random);
    h->session_id_len = keep(h->session_id, sizeof h->session_id, s->session_id);
    h->is_deflated = s->compression == COMPRESSION_DEFLATE;
    h->encrypt_then_mac = s->x.encrypt_then_mac;
    h->extended_master = s->x.extended_master;
    h->is_resumed = s->version == TLS13 ? s->x.has_psk : is_echo;
    st->has_certificate |= h->is_resumed; /* the session had one */
    keep_alpn(h, s->x.alpn);
}

/* RFC 3749, RFC 3943. */
static void put_compression(struct sgs_draft *ev, struct sgs_arena *a, uint8_t method)
{
    static const struct sgs_value_name names[] = {
        {COMPRESSION_DEFLATE, "DEFLATE"},
        {64,                  "LZS"    },
    };
    if (method != 0) {
        ev_text(ev, SGS_F_COMPRESSION, SGS_NAME_OR_NUMBER(names, method, "", a));
    }
}

/* In TLS 1.3 the ALPN comes encrypted (without a ClientHello any key may turn out to be the one);
 * before, a ticket without session ID shows only by what follows. */
static bool is_known_later(const struct sgs_layer *l, const struct tls *st)
{
    const struct tls_hello *h = &st->hello;
    const struct tls_side *server = &st->side[tls_other(st->client)];

    if (h->version == TLS13) {
        return tls_has_opener(server) || sgs_can_hold(l) || (!h->has_client && sgs_keys(l));
    }
    return h->has_ticket && h->offered_id_len == 0;
}

/* An extended master secret may have to be worked out. */
static bool wants_transcript(const struct tls *st)
{
    const struct tls_hello *h = &st->hello;

    return h->extended_master && h->suite && !h->suite->is_tls13 &&
           (h->suite->kx == SGS_TLS_KX_RSA || h->suite->kx == SGS_TLS_KX_PSK ||
            h->suite->kx == SGS_TLS_KX_RSA_PSK);
}

/* TLS 1.3: the session rests on a pre-shared key that is known, and on nothing else. */
static bool accepts_psk(struct sgs_layer *l, struct tls *st, const struct server_hello *s)
{
    struct sgs_reader r = rd_open(s->x.psk);
    uint16_t identity = rd_be16(&r);

    return s->version == TLS13 && s->x.has_psk && rd_ok(&r) &&
           tls_accept_psk(l, st, identity, s->x.has_key_share);
}

/*
 * HelloRetryRequest, body_len octets at the end of the transcript: the client begins again, and a
 * hash stands for its first hello (RFC 8446, section 4.4.1).
 */
static void retry(struct tls *st, uint16_t cipher, size_t body_len)
{
    const struct sgs_tls_suite *suite = sgs_tls_suite_find(cipher);
    struct sgs_slice all = sgs_buf_slice(&st->transcript);
    size_t hello_len = all.len - (HS_HEADER_LEN + body_len);
    uint8_t first[HS_HEADER_LEN + SGS_TLS_MAX_SECRET] = {HS_MESSAGE_HASH};
    struct sgs_buf transcript;

    if (!st->has_transcript || !suite || !suite->is_tls13) {
        return;
    }
    size_t n =
        sgs_tls_session_hash(suite, TLS13, sgs_slice_head(all, hello_len), &first[HS_HEADER_LEN]);
    first[HS_HEADER_LEN - 1] = (uint8_t)n;
    sgs_buf_init(&transcript, SGS_MAX_TLS_HANDSHAKE);
    st->has_retry = n > 0 && sgs_buf_add(&transcript, sgs_slice(first, HS_HEADER_LEN + n)) &&
                    sgs_buf_add(&transcript, sgs_slice_from(all, hello_len));
    sgs_buf_clear(&st->transcript);
    st->transcript = transcript;
}

static void server_hello(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                         struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);
    uint16_t version = rd_be16(&r);
    bool is_draft = version != plain_version(version); /* before draft 22: fewer fields */
    struct server_hello s = {.version = plain_version(version)};

    s.random = rd_take(&r, SGS_TLS_RANDOM_LEN);
    s.session_id = rd_take(&r, is_draft ? 0 : rd_u8(&r));
    s.cipher = rd_be16(&r);
    s.compression = is_draft ? 0 : rd_u8(&r);
    if (!rd_ok(&r)) {
        sgs_malformed(l, dir, "ServerHello cut short", body.len);
        return;
    }
    read_extensions(l, dir, &r, false, &s.x);
    s.version = s.x.version ? s.x.version : s.version;
    if (sgs_slice_eq(s.random, sgs_slice(retry_random, sizeof retry_random))) {
        retry(st, s.cipher, body.len);
        return;
    }
    tls_finish_server_hello(st);
    st->server_hello = sgs_event_open(l, dir, SGS_K_TLS_SERVER_HELLO);
    st->hello_origin = *sgs_origin_of(l);
    put_version(st->server_hello, sgs_scratch(l), s.version);
    ev_text(st->server_hello, SGS_F_CIPHER, suite_text(sgs_scratch(l), s.cipher));
    put_compression(st->server_hello, sgs_scratch(l), s.compression);
    st->client = tls_other(dir);
    keep_server_hello(st, &s);
    tls_find_origin(l, &st->hello, s.x.psk);
    if (st->is_inner) {
        tls_inner_hello(l, st);
    } else if (!wants_transcript(st) && !accepts_psk(l, st, &s)) {
        sgs_buf_clear(&st->transcript);
        st->has_transcript = false;
    }
    tls_expect(l, st);
    if (st->hello.version == TLS13) {
        tls_advance(&st->side[dir], 1);
    }
    if (!is_known_later(l, st)) {
        tls_finish_server_hello(st);
    }
}

/* EncryptedExtensions: <2> extensions (RFC 8446, section 4.3.1). */
static void encrypted_extensions(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                                 struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);
    struct extensions x = {0};

    read_extensions(l, dir, &r, false, &x);
    keep_alpn(&st->hello, x.alpn);
    tls_finish_server_hello(st);
}

/* NewSessionTicket to 1.2: lifetime 4 | <2> ticket (RFC 5077, section 3.3); of 1.3: lifetime 4 |
 * age 4 | <1> nonce | <2> ticket | <2> extensions (RFC 8446, section 4.6.1). */
static void new_session_ticket(struct sgs_layer *l, struct tls *st, struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);
    uint8_t digest[SGS_SHA256_LEN];

    rd_skip(&r, 4);
    if (st->is_13) {
        rd_skip(&r, 4);
        rd_skip(&r, rd_u8(&r));
    }
    struct sgs_slice ticket = rd_take(&r, rd_be16(&r));
    if (!rd_ok(&r) || ticket.len == 0) {
        return;
    }
    sgs_sha256(ticket, digest);
    tls_begin_session(l, &st->hello, sgs_slice(digest, sizeof digest));
    if (!st->is_13) {
        tls_learn(l, st, sgs_slice(digest, sizeof digest));
        st->hello.has_new_ticket = true;
        (void)keep(st->hello.new_ticket, SGS_SHA256_LEN, sgs_slice(digest, sizeof digest));
    }
}

/* messages */

/* What RFC 7627 hashes: from ClientHello to ClientKeyExchange; with a pre-shared key of 1.3 to the
 * server's Finished.  Kept only where it may be needed. */
static void add_transcript(struct sgs_layer *l, struct tls *st, uint8_t type, struct sgs_slice msg)
{
    if (type == HS_CLIENT_HELLO && !st->has_retry) {
        sgs_buf_clear(&st->transcript);
        sgs_buf_init(&st->transcript, SGS_MAX_TLS_HANDSHAKE);
        st->has_transcript = sgs_keys(l) != NULL;
    }
    if (type == HS_CLIENT_HELLO) {
        st->has_retry = false;
        st->hello.has_key_exchange = false;
    }
    if (st->has_transcript && type != 0 && (!st->hello.has_key_exchange || st->is_inner)) {
        st->has_transcript = sgs_buf_add(&st->transcript, msg);
        st->session_len = st->hello.has_key_exchange ? st->session_len : st->transcript.len;
    }
}

static void finished(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    struct tls_side *side = &st->side[dir];

    side->has_finished = true;
    if (st->hello.version == TLS13 && dir != st->client) {
        tls_finish_psk(l, st);
    }
    if (st->hello.version == TLS13 && side->slots[0].epoch == TLS_EPOCH_HANDSHAKE) {
        tls_advance(side, 1);
    }
}

/* Messages that say whether the session before them is a resumed one. */
static void settle_resumption(struct tls *st, enum sgs_dir dir, uint8_t type)
{
    if (!st->server_hello || dir == st->client || type == HS_SERVER_HELLO ||
        type == HS_ENCRYPTED_EXTENSIONS) {
        return;
    }
    if (st->hello.version != TLS13 && type == HS_NEW_SESSION_TICKET) {
        st->hello.is_resumed = true;
        st->has_certificate = true;
    }
    tls_finish_server_hello(st);
}

/* One message; msg has its header. */
static void message(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice msg)
{
    struct tls_side *side = &st->side[dir];
    uint8_t type = msg.ptr[0];
    struct sgs_slice body = sgs_slice_from(msg, HS_HEADER_LEN);

    settle_resumption(st, dir, type);
    add_transcript(l, st, type, msg);
    switch (type) {
    case HS_CLIENT_HELLO:
        client_hello(l, st, dir, body);
        break;
    case HS_SERVER_HELLO:
        server_hello(l, st, dir, body);
        break;
    case HS_NEW_SESSION_TICKET:
        new_session_ticket(l, st, body);
        break;
    case HS_END_OF_EARLY_DATA:
        if (side->slots[0].epoch == TLS_EARLY) {
            tls_advance(side, 1);
        }
        break;
    case HS_ENCRYPTED_EXTENSIONS:
        encrypted_extensions(l, st, dir, body);
        break;
    case HS_CERTIFICATE:
        tls_find_owner(l, st, dir, body);
        tls_certificate(l, dir, body);
        break;
    case HS_CERTIFICATE_REQUEST:
        st->client_cert = dir == st->client ? st->client_cert : TLS_ASKED;
        break;
    case HS_CERTIFICATE_STATUS:
        tls_certificate_status(l, dir, body);
        break;
    case HS_CLIENT_KEY_EXCHANGE:
        tls_key_exchange(l, st, body);
        break;
    case HS_FINISHED:
        finished(l, st, dir);
        if (st->is_inner) {
            tls_inner_finished(l, st, dir, msg);
        }
        break;
    case HS_KEY_UPDATE:
        tls_update(st, side);
        break;
    default:
        break;
    }
}

/* Length of the message at the head of octets, with its header; 0: its header is not whole. */
static size_t message_len(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);

    rd_skip(&r, 1);
    size_t len = rd_be24(&r);
    return rd_ok(&r) ? HS_HEADER_LEN + len : 0;
}

/* Uses the whole messages at the head of octets; returns how many octets they are. */
static size_t messages(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                       struct sgs_slice octets)
{
    struct tls_side *side = &st->side[dir];
    size_t off = 0;

    for (;;) {
        struct sgs_slice rest = sgs_slice_from(octets, off);
        size_t len = message_len(rest);
        if (len > SGS_MAX_TLS_HANDSHAKE) {
            sgs_limit(l, dir, "tls.handshake", SGS_MAX_TLS_HANDSHAKE);
            side->drop = len - rest.len;
            return octets.len;
        }
        if (len == 0 || len > rest.len) {
            return off;
        }
        message(l, st, dir, sgs_slice_head(rest, len));
        off += len;
    }
}

void tls_handshake(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct tls *st = sgs_state(l);
    struct tls_side *side = &st->side[dir];

    if (side->drop > 0) {
        size_t n = side->drop < octets.len ? (size_t)side->drop : octets.len;
        side->drop -= n;
        octets = sgs_slice_from(octets, n);
    }
    if (side->partial.len == 0) {
        size_t used = messages(l, st, dir, octets);
        octets = sgs_slice_from(octets, used);
        sgs_buf_clear(&side->partial);
        sgs_buf_init(&side->partial, SGS_MAX_TLS_HANDSHAKE + SGS_MAX_TLS_RECORD);
        (void)sgs_buf_add(&side->partial, octets);
        return;
    }
    if (sgs_buf_add(&side->partial, octets)) {
        sgs_buf_drop(&side->partial, messages(l, st, dir, sgs_buf_slice(&side->partial)));
    }
    if (side->partial.len == 0) {
        sgs_buf_clear(&side->partial);
    }
}
