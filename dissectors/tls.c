/*
 * SSL 3.0, TLS 1.0 to 1.3 (RFC 6101, 2246, 4346, 5246, 8446): records, alerts, and what becomes of
 * the plaintext.
 *
 *   0      1         3         5
 *   +------+---------+---------+--------------------+
 *   | type | version | length  | fragment           |
 *   +------+---------+---------+--------------------+
 *
 * A record whose tag or MAC is wrong is never shown: the layer above hears of a hole.  Keys and
 * epochs are in tls_epoch.c, handshake messages in tls_handshake.c, and what a connection's end
 * says about it in tls_session.c.
 */
#include "tls.h"

#include <signscope/dissector.h>
#include <signscope/names.h>
#include <signscope/reader.h>

#define ALERT_LEN 2
#define ALERT13_LEN 19    /* octets of an alert of TLS 1.3 with type and tag (CCM_8: 11) */
#define FINISHED13_LEN 53 /* octets, at least, of a Finished of TLS 1.3: head, hash, type, tag */
#define ALERT_FATAL 2
#define ALERT_CLOSE_NOTIFY 0

static struct tls *state_of(struct sgs_layer *l)
{
    struct tls *st = sgs_state(l);

    if (!st->is_ready) {
        st->is_ready = true;
        st->is_inner = sgs_slice_eq(sgs_get(l, SGS_NOTE_CARRIER), SGS_LIT("tlsdsk"));
        sgs_put(l, SGS_NOTE_LEAF_ID, SGS_LIT("0")); /* not that of a carrier */
        tls_put_slot(&st->side[SGS_C2S], TLS_CLEAR);
        tls_put_slot(&st->side[SGS_S2C], TLS_CLEAR);
    }
    return st;
}

/* heads of records */

bool tls_read_record(struct sgs_slice octets, struct tls_record *out)
{
    struct sgs_reader r = rd_open(octets);

    out->header = rd_at(octets, 0, TLS_HEADER_LEN);
    out->type = rd_u8(&r);
    out->version = rd_be16(&r);
    out->len = rd_be16(&r);
    out->fragment = sgs_slice_head(rd_rest(&r), out->len);
    return rd_ok(&r);
}

bool tls_is_plausible(const struct tls_record *record)
{
    return record->type >= TLS_CHANGE_CIPHER_SPEC && record->type <= TLS_HEARTBEAT &&
           record->version >= SSL30 && record->version <= TLS13 &&
           record->len <= SGS_MAX_TLS_RECORD - TLS_HEADER_LEN;
}

/* SSL 2.0 framing of a ClientHello (RFC 5246, appendix E.2): 0x80 | length 2 | 1 | version 2. */
static size_t old_hello_len(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    uint16_t len = rd_be16(&r);
    uint8_t type = rd_u8(&r);
    uint16_t version = rd_be16(&r);
    bool ok = rd_ok(&r) && (len & 0x8000) && (len & 0x7fff) >= 9 && (len & 0x7fff) <= 1024 &&
              type == 1 && (version == 0x0002 || (version >= SSL30 && version <= TLS12));
    return ok ? 2 + (size_t)(len & 0x7fff) : 0;
}

/* A hello of a handshake at the head of a record: type, length 3, version 2. */
static enum sgs_guess probe_hello(const struct tls_record *record)
{
    struct sgs_reader r = rd_open(record->fragment);
    uint8_t type = rd_u8(&r);
    uint32_t len = rd_be24(&r);
    uint16_t version = rd_be16(&r);

    if (type != 1 && type != 2) {
        return type <= 25 ? SGS_MAYBE : SGS_NO;
    }
    if (!rd_ok(&r)) {
        return record->fragment.len < record->len ? SGS_SHORT : SGS_MAYBE;
    }
    bool fits = len >= 38 && len <= SGS_MAX_TLS_HANDSHAKE && version >= SSL30 && version <= TLS13;
    return fits ? SGS_SURE : SGS_NO;
}

static enum sgs_guess probe_short(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);
    uint8_t type = rd_u8(&r), major = rd_u8(&r);

    if (type >= TLS_CHANGE_CIPHER_SPEC && type <= TLS_APPLICATION_DATA &&
        (head.len < 2 || major == 3)) {
        return SGS_SHORT;
    }
    return (type & 0x80) && head.len < 3 ? SGS_SHORT : SGS_NO;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct tls_record record;

    if (old_hello_len(head) > 0) {
        return SGS_MAYBE;
    }
    if (head.len < TLS_HEADER_LEN + 1) {
        return probe_short(head);
    }
    if (!tls_read_record(head, &record) || !tls_is_plausible(&record) || record.len == 0 ||
        record.type == TLS_HEARTBEAT) {
        return SGS_NO;
    }
    return record.type == TLS_HANDSHAKE ? probe_hello(&record) : SGS_MAYBE;
}

/* A protected record whose ClientHello was lost, at hand: any secret of TLS 1.3 may be the one.
 * Without a ServerHello only holes tell it from a conversation that had begun before the capture,
 * which would most often wait in vain. */
static bool lacks_hello(const struct sgs_layer *l, const struct tls *st,
                        const struct tls_side *side, const struct tls_record *record)
{
    bool may_be_13 = st->is_13 || (!st->has_server && st->side[0].has_hole && st->side[1].has_hole);

    return may_be_13 && !st->hello.has_client && !st->hello.is_late && !side->is_lost &&
           record->type == TLS_APPLICATION_DATA && tls_is_plausible(record) && sgs_can_hold(l);
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct tls *st = state_of(l);
    struct tls_record record;

    if (!tls_read_record(avail, &record)) {
        return SGS_NEED(TLS_HEADER_LEN);
    }
    struct tls_side *side = &st->side[dir];
    if (lacks_hello(l, st, side, &record)) {
        if (record.fragment.len < record.len) {
            return SGS_NEED(TLS_HEADER_LEN + record.len);
        }
        if (tls_awaits_any(l, st, dir, &record) && sgs_hold(l, (struct sgs_slice){NULL, 0})) {
            return SGS_WAIT;
        }
    }
    if (tls_lacks_key(l, st, dir, &record) &&
        sgs_hold(l, sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN))) {
        return SGS_WAIT;
    }
    side->is_lost |= side->lost > 0 && !tls_is_plausible(&record); /* a head was believed */
    if (side->is_lost) {
        return tls_measure_lost(l, dir, avail);
    }
    if (tls_is_plausible(&record)) {
        return SGS_LEN(TLS_HEADER_LEN + record.len);
    }
    size_t old = st->has_record ? 0 : old_hello_len(avail);
    return old > 0 ? SGS_LEN(old) : SGS_BAD;
}

/* plaintext */

static void name_protocol(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice name)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);

    ev_text(ev, SGS_F_NAME, name);
    ev_str(ev, SGS_F_BY, "alpn");
    sgs_emit(ev);
}

/* Who gets the plaintext: by ALPN, else by its first octets. */
static void start_child(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    struct sgs_slice alpn = sgs_slice(st->hello.alpn, st->hello.alpn_len);

    st->has_child = true;
    st->child = alpn.len > 0 ? sgs_start(l, SGS_BY_ALPN, alpn) : NULL;
    if (!st->child && alpn.len > 0) {
        name_protocol(l, dir, alpn);
    }
    if (!st->child) {
        st->child = sgs_start(l, SGS_BY_PROBE, (struct sgs_slice){NULL, 0});
    }
    sgs_trust(st->child, SGS_DECRYPTED);
    for (int i = 0; i < 2; i++) {
        if (st->side[i].has_loss) {
            sgs_lose(st->child, i ? SGS_S2C : SGS_C2S, 0);
        }
    }
}

static void data(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice octets)
{
    if (octets.len == 0) {
        return;
    }
    if (!st->has_child) {
        start_child(l, st, dir);
    }
    st->side[dir].octets += octets.len;
    st->side[dir].has_data = true;
    sgs_push(st->child, dir, octets);
}

/* n octets of plaintext (0: unknown) will not be seen. */
static void lose(struct tls *st, enum sgs_dir dir, uint64_t n)
{
    if (st->has_child) {
        sgs_lose(st->child, dir, n);
    } else {
        st->side[dir].has_loss = true;
    }
}

/* alerts */

static const struct sgs_value_name alerts[] = {
    {0,   "close_notify"                   },
    {10,  "unexpected_message"             },
    {20,  "bad_record_mac"                 },
    {21,  "decryption_failed"              },
    {22,  "record_overflow"                },
    {30,  "decompression_failure"          },
    {40,  "handshake_failure"              },
    {41,  "no_certificate"                 },
    {42,  "bad_certificate"                },
    {43,  "unsupported_certificate"        },
    {44,  "certificate_revoked"            },
    {45,  "certificate_expired"            },
    {46,  "certificate_unknown"            },
    {47,  "illegal_parameter"              },
    {48,  "unknown_ca"                     },
    {49,  "access_denied"                  },
    {50,  "decode_error"                   },
    {51,  "decrypt_error"                  },
    {60,  "export_restriction"             },
    {70,  "protocol_version"               },
    {71,  "insufficient_security"          },
    {80,  "internal_error"                 },
    {86,  "inappropriate_fallback"         },
    {90,  "user_canceled"                  },
    {100, "no_renegotiation"               },
    {109, "missing_extension"              },
    {110, "unsupported_extension"          },
    {111, "certificate_unobtainable"       },
    {112, "unrecognized_name"              },
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"     },
    {115, "unknown_psk_identity"           },
    {116, "certificate_required"           },
    {120, "no_application_protocol"        },
    {121, "ech_required"                   },
};

/* level | description (RFC 5246, section 7.2; RFC 8446, section 6). */
static void alert(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice octets)
{
    static const struct sgs_value_name levels[] = {
        {1, "warning"},
        {2, "fatal"  },
    };
    struct sgs_arena *a = sgs_scratch(l);
    struct sgs_reader r = rd_open(octets);
    uint8_t level = rd_u8(&r), description = rd_u8(&r);

    if (!rd_ok(&r)) {
        return;
    }
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_TLS_ALERT);
    ev_text(ev, SGS_F_LEVEL, SGS_NAME_OR_NUMBER(levels, level, "", a));
    ev_text(ev, SGS_F_DESCRIPTION, SGS_NAME_OR_NUMBER(alerts, description, "", a));
    ev_str(ev, SGS_F_BY, dir == st->client ? "client" : "server");
    sgs_emit(ev);
    st->has_alert[dir] |= level == ALERT_FATAL && description != ALERT_CLOSE_NOTIFY;
    if (description == ALERT_CLOSE_NOTIFY) {
        tls_note_close(st, dir);
        sgs_end_dir(st->child, dir, SGS_END_FIN);
    }
}

/* records */

static void change_cipher_spec(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    if (!st->hello.has_server || st->hello.version == TLS13) {
        return; /* TLS 1.3: only for middleboxes (RFC 8446, appendix D.4) */
    }
    if (st->server_hello && dir != st->client) {
        st->hello.is_resumed = true; /* no Certificate came */
        st->has_certificate = true;
        tls_finish_server_hello(st);
    }
    struct tls_side *side = &st->side[dir];
    if (dir != st->client) {
        tls_learn(l, st, sgs_slice(st->hello.session_id, st->hello.session_id_len));
        tls_learn(l, st, /* again: the key may have come since */
                  sgs_slice(st->hello.new_ticket, st->hello.has_new_ticket ? SGS_SHA256_LEN : 0));
        if (!st->hello.is_resumed) {
            tls_begin_session(l, &st->hello,
                              sgs_slice(st->hello.session_id, st->hello.session_id_len));
        }
    }
    tls_advance(side, 1);
    sgs_buf_clear(&side->partial);
    tls_inflate_reset(side->inflate);
    if (st->hello.is_deflated && !side->inflate) {
        side->inflate = tls_inflate_new(sgs_layer_arena(l));
    }
}

static void opened(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, uint8_t type,
                   struct sgs_slice plain)
{
    if (type == TLS_APPLICATION_DATA) {
        data(l, st, dir, plain);
        return;
    }
    if (!st->is_trusted) {
        st->is_trusted = true;
        sgs_trust(l, SGS_DECRYPTED);
    }
    if (type == TLS_HANDSHAKE) {
        tls_handshake(l, dir, plain);
    } else if (type == TLS_ALERT) {
        alert(l, st, dir, plain);
    } else if (type == TLS_CHANGE_CIPHER_SPEC) {
        change_cipher_spec(l, st, dir);
    }
}

/* Octets of plaintext in a record that was not opened; 0: unknown. */
static uint64_t plain_len(const struct tls *st, const struct tls_record *record)
{
    const struct sgs_tls_suite *suite = st->hello.suite;
    size_t overhead = 16;

    if (!suite || suite->is_tls13 || suite->kind == SGS_TLS_CBC || st->hello.is_deflated) {
        return 0;
    }
    if (suite->kind == SGS_TLS_GCM || suite->kind == SGS_TLS_CCM) {
        overhead += 8;
    } else if (suite->kind == SGS_TLS_NULL || suite->kind == SGS_TLS_STREAM) {
        overhead = suite->mac_len;
    }
    return record->len > overhead ? record->len - overhead : 0;
}

/* What an unopened record of TLS 1.3 can be, by its length: the client's first long one is
 * Finished. */
static void infer13(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                    const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir], *client = &st->side[st->client];

    if (record->len == ALERT13_LEN) {
        tls_note_close(st, dir);
    }
    if (st->hello.has_early_data || record->len <= ALERT13_LEN) {
        return;
    }
    if (dir != st->client) {
        side->has_finished |= client->has_finished;
        side->has_data |= client->has_data;
    } else if (!side->has_finished) {
        side->has_finished = record->len >= FINISHED13_LEN;
        return;
    } else {
        side->has_data = true;
    }
    if (side->has_data) {
        side->octets += record->len - 17;
        tls_note_turn(l, st, dir, record->len - 17);
    }
}

static void unopened(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                     const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    bool has_key = tls_has_opener(side);

    side->failed += has_key;
    side->keyless += !has_key;
    side->missed++;
    if (dir != st->client) {
        tls_settle_server_hello(st);
    }
    if (st->is_13) {
        infer13(l, st, dir, record);
    }
    if (record->type == TLS_ALERT) {
        tls_note_close(st, dir);
    }
    if (record->type != TLS_APPLICATION_DATA) {
        return;
    }
    if (!st->is_13) {
        uint64_t n = plain_len(st, record);
        side->has_data |= record->len > 0;
        side->octets += n > 0 ? n : record->len;
        tls_note_turn(l, st, dir, n > 0 ? n : record->len);
        lose(st, dir, n);
    } else if (side->slots[0].epoch != TLS_EPOCH_HANDSHAKE) {
        lose(st, dir, 0);
    }
}

static void protected_record(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                             const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    struct sgs_slice plain = {NULL, 0};
    uint8_t type = 0;

    if (st->hello.is_deflated && !side->inflate) {
        side->inflate = tls_inflate_new(sgs_layer_arena(l)); /* ChangeCipherSpec was lost */
        tls_inflate_lose(side->inflate);
    }
    side->records++;
    side->has_finished |= !st->is_13 && record->type == TLS_HANDSHAKE;
    tls_find_keys(l, st, dir);
    if (record->fragment.len == record->len && tls_open_record(l, st, dir, record, &plain, &type) &&
        (!side->inflate || tls_inflate(side->inflate, sgs_scratch(l), &plain))) {
        side->decrypted++;
        side->in_application += side->slots[0].epoch == TLS_EPOCH_APPLICATION;
        opened(l, st, dir, type, plain);
        return;
    }
    tls_inflate_lose(side->inflate);
    unopened(l, st, dir, record);
    if (record->fragment.len < record->len) {
        tls_pass(side, record);
    }
}

/* Protected records come although nothing had announced them. */
static void leave_clear(struct tls_side *side)
{
    uint64_t lost = side->lost;

    if (side->slots[0].epoch != TLS_CLEAR) {
        return;
    }
    if (side->n_slots == 1) {
        tls_put_slot(side, TLS_EPOCH_APPLICATION); /* the hellos were not seen */
        lost = UINT64_MAX;
    }
    tls_advance(side, 1);
    side->lost = lost;
}

/* Octets that can begin a handshake message. */
static bool is_handshake(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    uint8_t type = rd_u8(&r);
    uint32_t len = rd_be24(&r);
    bool is_known = type <= 25 || type == 67 || type == 254;

    return is_known && (!rd_ok(&r) || len <= SGS_MAX_TLS_HANDSHAKE);
}

/* Handshake octets that should be clear.  Where something was lost they may be encrypted. */
static void clear_handshake(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                            const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    bool goes_on = side->partial.len > 0 || side->drop > 0;

    if (goes_on || is_handshake(record->fragment)) {
        side->is_torn = false;
        tls_handshake(l, dir, record->fragment);
    } else if (tls_locate(l, st, dir, record) || !(st->hello.has_client || st->has_server)) {
        leave_clear(side);
        protected_record(l, st, dir, record);
    } else if (!side->is_torn) {
        sgs_malformed(l, dir, "not a handshake message", TLS_HEADER_LEN);
    }
}

static void clear_record(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                         const struct tls_record *record)
{
    if (record->type == TLS_HANDSHAKE) {
        clear_handshake(l, st, dir, record);
    } else if (record->type == TLS_ALERT && record->len == ALERT_LEN) {
        alert(l, st, dir, record->fragment);
    } else if (record->type == TLS_ALERT && tls_locate(l, st, dir, record)) {
        leave_clear(&st->side[dir]); /* ChangeCipherSpec was lost */
        protected_record(l, st, dir, record);
    } else if (record->type == TLS_CHANGE_CIPHER_SPEC) {
        change_cipher_spec(l, st, dir);
    }
}

/* TLS 1.3 marks what is protected by the outer type; before, all is after ChangeCipherSpec. */
static bool is_protected(struct tls *st, enum sgs_dir dir, const struct tls_record *record)
{
    const struct tls_side *side = &st->side[dir];

    if (record->type == TLS_APPLICATION_DATA) {
        return true;
    }
    return side->slots[0].epoch == TLS_EPOCH_APPLICATION && !st->is_13;
}

/* The record at hand, or what is there of it. */
static void note_cut(struct sgs_layer *l, struct tls *st, struct tls_side *side)
{
    if (side->has_cut) {
        st->has_gap[side->cut_by] = true; /* more came: it was no end */
        side->has_cut = false;
    }
    if (sgs_is_cut(l)) {
        side->has_cut = true;
        side->has_hole = true;
        side->cut_by = sgs_gap_reason(l);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct tls *st = state_of(l);
    struct tls_side *side = &st->side[dir];
    struct tls_record record;

    note_cut(l, st, side);
    bool is_head = tls_read_record(msg, &record);
    if (is_head && side->is_lost && record.fragment.len == record.len) {
        side->is_lost = !tls_locate(l, st, dir, &record); /* nothing comes behind it */
    }
    if (!is_head || side->is_lost) {
        return; /* the head of something whose rest is lost */
    }
    if (!tls_is_plausible(&record)) {
        if (!sgs_is_cut(l)) {
            tls_old_hello(l, dir, msg);
        }
        return;
    }
    uint64_t earned = 8 * (uint64_t)msg.len;
    st->spent -= earned < st->spent ? earned : st->spent;
    st->has_record = true;
    st->last_time = sgs_origin_of(l)->time_last;
    if (!is_protected(st, dir, &record)) {
        clear_record(l, st, dir, &record);
    } else {
        leave_clear(side);
        protected_record(l, st, dir, &record);
    }
    if (sgs_is_cut(l)) {
        sgs_buf_clear(&side->partial);
        side->drop = 0;
        side->is_torn = true;
    }
}

/* holes and ends */

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct tls *st = state_of(l);
    struct tls_side *side = &st->side[dir];

    tls_lose_place(side, missing);
    side->has_hole = true;
    side->is_torn = true;
    side->has_cut = false;
    side->drop = 0;
    sgs_buf_clear(&side->partial);
    tls_inflate_lose(side->inflate);
    st->has_gap[sgs_gap_reason(l)] = true;
    lose(st, dir, 0);
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct tls *st = state_of(l);

    if (why == SGS_END_FIN || why == SGS_END_RST) {
        tls_note_close(st, dir);
    }
    if (!st->has_end) {
        st->has_end = true;
        st->is_unended = why == SGS_END_CAPTURE;
        st->end_time = sgs_capture_time(l);
    }
}

static void close(struct sgs_layer *l)
{
    struct tls *st = state_of(l);

    tls_settle_server_hello(st);
    if (st->hello.is_resumed && !st->hello.has_origin) {
        /* where it began may have been held, too */
        tls_find_origin(l, &st->hello, (struct sgs_slice){NULL, 0});
    }
    if (st->has_record || st->hello.has_client) {
        tls_emit_session(l, st);
    }
    sgs_buf_clear(&st->side[SGS_C2S].partial);
    sgs_buf_clear(&st->side[SGS_S2C].partial);
    sgs_buf_clear(&st->transcript);
    tls_inflate_free(st->side[SGS_C2S].inflate);
    tls_inflate_free(st->side[SGS_S2C].inflate);
    tls_forget_keys(st);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE,    NULL  },
    {SGS_BY_TCP_PORT, "443" },
    {SGS_BY_TCP_PORT, "5061"},
    {SGS_BY_TCP_PORT, "4443"},
    {SGS_BY_TCP_PORT, "8443"},
    {SGS_BY_TCP_PORT, "636" },
    {SGS_BY_TCP_PORT, "3269"},
    {SGS_BY_NAME,     "tls" },
    {0,               NULL  },
};

SGS_DISSECTOR(tls) = {
    .name = "tls",
    .title = "TLS",
    .claims = claims,
    .state_size = sizeof(struct tls),
    .max_message = SGS_MAX_TLS_RECORD,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
    .close = close,
};
