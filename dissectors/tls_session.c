/*
 * What the end of a TLS connection says about it: how much was opened, why the rest was not, and in
 * which state it ended.  One tls.session event.
 */
#include "tls.h"

#define STALLED (10 * SGS_SEC) /* no progress for so long: the handshake has stalled */

enum reason {
    R_NONE,
    R_NO_APPLICATION_DATA,
    R_LATE_START,
    R_NO_CLIENT_HELLO,
    R_GAP,
    R_SNAPLEN,
    R_CUT_END,
    R_CIPHER_UNSUPPORTED,
    R_VERSION_UNSUPPORTED,
    R_WRONG_KEY,
    R_KEY_LINE_DAMAGED,
    R_NO_KEY_ENTRIES,
    R_NO_KEY,
    R_ECH,
    R_RESUMED_UNKNOWN,
    R_KEY_ONE_DIRECTION,
    R_NO_TRAFFIC_SECRET,
    R_NO_EARLY_SECRET,
    R_KEY_PENDING,
    R_KEY_UNUSABLE,
    R_RECORD_DAMAGED,
    R_HOLD_LIMIT
};

static const char *reason_name(enum reason r)
{
    static const char *const names[] = {
        NULL,
        "no-application-data",
        "late-start",
        "no-client-hello",
        "gap",
        "snaplen",
        "cut-end",
        "cipher-unsupported",
        "version-unsupported",
        "wrong-key",
        "key-line-damaged",
        "no-key-entries",
        "no-key",
        "ech",
        "resumed-unknown",
        "key-one-direction",
        "no-traffic-secret",
        "no-early-secret",
        "key-pending",
        "key-unusable",
        "record-damaged",
        "hold-limit",
    };
    return names[r];
}

/* What is missing on the wire, if something is. */
static enum reason missing_octets(const struct tls *st)
{
    const struct tls_side *c = &st->side[SGS_C2S], *s = &st->side[SGS_S2C];
    bool is_missing[SGS_GAP_END + 1];

    for (size_t i = 0; i <= SGS_GAP_END; i++) {
        is_missing[i] =
            st->has_gap[i] || (c->has_cut && c->cut_by == i) || (s->has_cut && s->cut_by == i);
    }
    if (is_missing[SGS_GAP_SNAPLEN]) {
        return R_SNAPLEN;
    }
    if (is_missing[SGS_GAP_LOST] || is_missing[SGS_GAP_CAP]) {
        return R_GAP;
    }
    return is_missing[SGS_GAP_END] ? R_CUT_END : R_NONE;
}

static bool has_damaged_line(struct sgs_layer *l, const struct tls *st)
{
    struct sgs_slice random = sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN);

    return sgs_keys(l) && sgs_tls_keys_is_damaged(sgs_keys(l), random);
}

/* To 1.2: it resumes a session that is not in the capture; that of 1.3 would open nothing here. */
static bool is_resumed_unknown(struct sgs_layer *l, const struct tls_hello *h)
{
    return h->is_resumed && h->version < TLS13 && !h->has_origin && !tls_has_origin(l, h);
}

/* No key was ever there. */
static enum reason missing_key(struct sgs_layer *l, const struct tls *st)
{
    struct sgs_tls_keys *keys = sgs_keys(l);

    if (!keys) {
        return R_NO_KEY;
    }
    if (sgs_hold_is_lost(l)) {
        return R_HOLD_LIMIT;
    }
    const struct sgs_key_counts *counts = sgs_tls_keys_counts(keys);
    struct sgs_slice random = sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN);
    if (has_damaged_line(l, st)) {
        return R_KEY_LINE_DAMAGED;
    }
    if (tls_is_key_unusable(l, st)) {
        return R_KEY_UNUSABLE;
    }
    if (counts->lines == 0) {
        return counts->files > 0 ? R_NO_KEY_ENTRIES : R_NO_KEY;
    }
    return sgs_tls_keys_has_ech(keys, random)  ? R_ECH
           : is_resumed_unknown(l, &st->hello) ? R_RESUMED_UNKNOWN
                                               : R_NO_KEY;
}

/* The version is none that can be read, whatever the suite. */
static bool is_version_unknown(const struct tls_hello *h)
{
    bool is_known = h->version >= SSL30 && h->version <= TLS13;

    return h->has_server && !h->suite && !is_known && sgs_tls_suite_find(h->cipher);
}

/* There was no ClientHello. */
static enum reason missing_hello(const struct sgs_layer *l, enum reason missing)
{
    return !sgs_conn_info(l)->has_start ? R_LATE_START
           : missing != R_NONE          ? missing
                                        : R_NO_CLIENT_HELLO;
}

/* There were hellos, and no opener. */
static enum reason missing_opener(struct sgs_layer *l, const struct tls *st, enum reason missing)
{
    const struct sgs_tls_suite *suite = st->hello.suite;
    bool is_private = st->hello.owner > 0 && suite && suite->kx == SGS_TLS_KX_RSA;

    return is_private && missing != R_NONE ? missing : missing_key(l, st);
}

/* Nothing was opened. */
static enum reason why_opaque(struct sgs_layer *l, const struct tls *st, uint64_t records)
{
    enum reason missing = missing_octets(st);

    if (!st->hello.has_client) {
        return missing_hello(l, missing);
    }
    if ((st->hello.is_ssl2 && !st->has_server) || is_version_unknown(&st->hello)) {
        return R_VERSION_UNSUPPORTED;
    }
    if (records == 0) {
        bool goes_on = st->is_unended && st->end_time - st->last_time < STALLED;
        return missing != R_NONE ? missing : goes_on ? R_CUT_END : R_NO_APPLICATION_DATA;
    }
    if (!st->has_server) {
        return missing != R_NONE ? missing : missing_key(l, st);
    }
    if (!st->hello.suite && st->hello.has_server) {
        return R_CIPHER_UNSUPPORTED;
    }
    if (!st->has_opener) {
        return missing_opener(l, st, missing);
    }
    return missing != R_NONE ? missing : R_WRONG_KEY;
}

/* Records of that direction stayed closed, and no key of its application data was there. */
static bool lacks_key(const struct tls_side *side)
{
    return side->missed > 0 && side->in_application == 0 && side->keyless > 0;
}

/* 1.3: a key of its application data was there, and opened nothing. */
static bool has_wrong_key(const struct tls *st, const struct tls_side *side)
{
    return st->is_13 && side->missed > 0 && side->in_application == 0 && side->failed > 0;
}

static enum reason why_partly(struct sgs_layer *l, const struct tls *st)
{
    const struct tls_side *c = &st->side[SGS_C2S], *s = &st->side[SGS_S2C];
    enum reason missing = missing_octets(st);

    if (sgs_hold_is_lost(l) && c->keyless + s->keyless > 0) {
        return R_HOLD_LIMIT;
    }
    if (st->hello.psk_needs_dh && c->keyless + s->keyless > 0) {
        return R_KEY_UNUSABLE; /* only early data was opened */
    }
    if (lacks_key(c) || lacks_key(s)) {
        bool is_both = lacks_key(c) && lacks_key(s);
        return has_damaged_line(l, st) ? R_KEY_LINE_DAMAGED
               : is_both && st->is_13  ? R_NO_TRAFFIC_SECRET
                                       : R_KEY_ONE_DIRECTION;
    }
    if (missing != R_NONE) {
        return missing;
    }
    if (has_wrong_key(st, c) || has_wrong_key(st, s)) {
        return R_WRONG_KEY;
    }
    if (c->missed + s->missed == 0) {
        return R_NO_EARLY_SECRET;
    }
    return c->failed + s->failed > 0 ? R_RECORD_DAMAGED : R_KEY_PENDING;
}

/* The TLS end state; NULL: none of those that are told. */
static const char *end_state(const struct tls *st)
{
    const struct tls_side *c = &st->side[st->client], *s = &st->side[tls_other(st->client)];
    bool by_client = st->has_closer && st->closer == st->client;
    bool is_done = c->has_finished && s->has_finished;
    bool is_silent = st->has_end && st->end_time - st->last_time >= STALLED;
    bool has_certificate = st->has_certificate || (st->is_13 && s->records > 0);

    if (is_done && (st->is_inner || (c->has_data && s->has_data))) {
        return "ok";
    }
    if (st->has_alert[st->client]) {
        return "alert-c";
    }
    if (st->has_alert[tls_other(st->client)]) {
        return "alert-s";
    }
    if (st->is_inner || !st->hello.has_client || c->has_data || c->has_hole || s->has_hole) {
        return NULL; /* the others say that something did not come: it must have been visible */
    }
    if (by_client && has_certificate) {
        return "closed-c-after-cert";
    }
    if (is_silent && !is_done) {
        return "stalled";
    }
    if (by_client) {
        return "closed-c-early";
    }
    return st->has_closer && !st->has_server ? "closed-s-after-ch" : NULL;
}

/* What was agreed in the clear: all that is known of what lies inside. */
static void put_hello(struct sgs_draft *ev, const struct tls *st)
{
    const struct tls_hello *h = &st->hello;

    if (h->has_server) {
        ev_str(ev, SGS_F_VERSION, tls_version_name(h->version));
    }
    if (h->alpn_len > 0) {
        ev_item(ev, SGS_F_ALPN, sgs_slice(h->alpn, h->alpn_len));
    }
}

static const char *const client_certs[] = {NULL, "asked", "none", "shown"};

void tls_emit_session(struct sgs_layer *l, const struct tls *st)
{
    const struct tls_side *c = &st->side[SGS_C2S], *s = &st->side[SGS_S2C];
    uint64_t records = c->records + s->records, decrypted = c->decrypted + s->decrypted;
    uint64_t missed = c->missed + s->missed + c->missed_early + s->missed_early;
    bool is_whole = missed == 0 && missing_octets(st) == R_NONE;
    struct sgs_draft *ev = sgs_event_open(l, SGS_C2S, SGS_K_TLS_SESSION);
    enum reason reason = R_NONE;

    if (decrypted == 0) {
        ev_str(ev, SGS_F_STATE, "opaque");
        reason = why_opaque(l, st, records);
    } else if (!is_whole) {
        ev_str(ev, SGS_F_STATE, "partly");
        reason = why_partly(l, st);
    } else {
        ev_str(ev, SGS_F_STATE, "decrypted");
    }
    if (reason != R_NONE) {
        ev_str(ev, SGS_F_REASON, reason_name(reason));
    }
    ev_int(ev, SGS_F_RECORDS, records);
    ev_int(ev, SGS_F_RECORDS_DECRYPTED, decrypted);
    if (decrypted + c->failed + s->failed > 0) {
        ev_str(ev, SGS_F_KEY_SOURCE, sgs_key_source_name(st->source));
    }
    if (decrypted == 0) {
        put_hello(ev, st);
        if (!st->is_inner) {
            tls_put_turns(ev, st);
        }
    }
    if (end_state(st)) {
        ev_str(ev, SGS_F_END, end_state(st));
    }
    if (!st->is_inner && st->client_cert != TLS_NOT_ASKED) {
        ev_str(ev, SGS_F_CLIENT_CERT, client_certs[st->client_cert]);
    }
    ev_int(ev, SGS_F_OCTETS_C2S, c->octets);
    ev_int(ev, SGS_F_OCTETS_S2C, s->octets);
    if (st->trials > 0) {
        ev_int(ev, SGS_F_RESYNCS, st->found);
        ev_int(ev, SGS_F_TRIALS, st->trials);
    }
    sgs_emit(ev);
}
