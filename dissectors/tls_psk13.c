/*
 * TLS 1.3 with a pre-shared key that was given (RFC 8446, section 4.2.11):
 *
 *   ClientHello   <2> identities, each <2> identity | age 4; <2> binders, each <1> binder
 *   ServerHello   number of the identity 2
 *
 * The binder proves which key it is.  Without (EC)DHE (psk_ke) the key opens all; with it
 * (psk_dhe_ke) early data only.
 */
#include "tls.h"

#include <signscope/reader.h>
#include <signscope/server_keys.h>

#define MAX_IDENTITIES 8 /* looked at; clients offer one or two */

struct tls_psk13 {
    size_t key;        /* of the server's keys */
    uint16_t identity; /* its number in the ClientHello */
    size_t hash_len;   /* octets */
    bool is_noted;     /* it has opened something */
    bool has[SGS_TLS_SERVER_TRAFFIC_SECRET_0 + 1];
    uint8_t secrets[SGS_TLS_SERVER_TRAFFIC_SECRET_0 + 1][SGS_TLS_MAX_SECRET];
};

static struct sgs_server_keys *ring_of(struct sgs_layer *l)
{
    struct sgs_tls_keys *keys = sgs_keys(l);
    struct sgs_server_keys *ring = keys ? sgs_tls_keys_servers(keys) : NULL;

    return ring && sgs_server_keys_has(ring, SGS_SERVER_KEY_PSK) ? ring : NULL;
}

/* Works a secret out of the messages so far. */
static void make_secret(struct sgs_layer *l, struct tls *st, enum sgs_tls_label label)
{
    struct tls_psk13 *p = st->psk13;
    struct sgs_server_keys *ring = ring_of(l);

    if (!ring || !st->has_transcript) {
        return;
    }
    p->has[label] = sgs_server_keys_secret13(ring, p->key, p->hash_len, label,
                                             sgs_buf_slice(&st->transcript), p->secrets[label]);
    if (p->has[label] && !p->is_noted) {
        p->is_noted = true;
        sgs_server_keys_note(ring, p->key);
    }
}

/* The key of some binder; binders are what follows the identities. */
static void find_key(struct sgs_layer *l, struct tls *st, struct sgs_reader binders,
                     struct sgs_slice hello)
{
    struct tls_psk13 *p = st->psk13;

    for (uint16_t i = 0; i < MAX_IDENTITIES && rd_more(&binders); i++) {
        struct sgs_slice binder = rd_take(&binders, rd_u8(&binders));
        if (!rd_ok(&binders) || binder.len == 0) {
            return;
        }
        p->key = sgs_server_keys_binder(ring_of(l), hello, binder);
        p->identity = i;
        p->hash_len = binder.len;
        if (p->key != SGS_SERVER_KEY_NONE) {
            return;
        }
    }
}

void tls_offer_psk(struct sgs_layer *l, struct tls *st, struct sgs_slice ext)
{
    struct sgs_reader r = rd_open(ext);

    rd_skip(&r, rd_be16(&r));
    struct sgs_slice rest = rd_rest(&r); /* what the binders do not cover */
    struct sgs_slice all = sgs_buf_slice(&st->transcript);
    struct sgs_reader list = rd_open(rest);
    struct sgs_reader binders = rd_sub(&list, rd_be16(&list));

    tls_forget_psk13(st);
    if (!rd_ok(&list) || rest.len == 0 || !st->has_transcript || rest.len > all.len ||
        !ring_of(l)) {
        return;
    }
    if (!st->psk13) {
        st->psk13 = sgs_arena_alloc(sgs_layer_arena(l), sizeof *st->psk13);
    }
    if (!st->psk13) {
        return;
    }
    *st->psk13 = (struct tls_psk13){.key = SGS_SERVER_KEY_NONE};
    find_key(l, st, binders, sgs_slice_head(all, all.len - rest.len));
    if (st->psk13->key != SGS_SERVER_KEY_NONE && st->hello.has_early_data) {
        make_secret(l, st, SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET);
    }
}

static bool has_key(const struct tls *st)
{
    return st->psk13 && st->psk13->key != SGS_SERVER_KEY_NONE;
}

bool tls_accept_psk(struct sgs_layer *l, struct tls *st, uint16_t identity, bool has_key_share)
{
    bool is_ours = has_key(st) && st->psk13->identity == identity && st->hello.is_resumed;

    st->hello.psk_needs_dh = is_ours && has_key_share;
    if (!is_ours || has_key_share) {
        return false;
    }
    make_secret(l, st, SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET);
    make_secret(l, st, SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET);
    return true;
}

void tls_finish_psk(struct sgs_layer *l, struct tls *st)
{
    if (has_key(st) && st->has_transcript && !st->hello.has_key_exchange) {
        make_secret(l, st, SGS_TLS_CLIENT_TRAFFIC_SECRET_0);
        make_secret(l, st, SGS_TLS_SERVER_TRAFFIC_SECRET_0);
    }
    st->hello.has_key_exchange = true; /* no message counts any more */
    st->has_transcript = false;
    sgs_buf_clear(&st->transcript);
}

size_t tls_find_psk13(const struct tls *st, enum sgs_tls_label label, uint8_t *out)
{
    if (!has_key(st) || !st->psk13->has[label]) {
        return 0;
    }
    for (size_t i = 0; i < st->psk13->hash_len; i++) {
        out[i] = st->psk13->secrets[label][i];
    }
    return st->psk13->hash_len;
}

void tls_forget_psk13(struct tls *st)
{
    if (st->psk13) {
        sgs_tls_wipe(st->psk13, sizeof *st->psk13);
        st->psk13->key = SGS_SERVER_KEY_NONE;
    }
}
