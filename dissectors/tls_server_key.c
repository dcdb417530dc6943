/*
 * What secrets of the server open: its private key the RSA key exchange (RFC 5246,
 * section 7.4.7.1), a pre-shared key PSK and, together with a private key, RSA_PSK (RFC 4279,
 * sections 2 and 4).
 *
 *   ClientKeyExchange   RSA       <2> encrypted pre-master secret; SSL 3.0: without the length
 *                       PSK       <2> identity
 *                       RSA_PSK   <2> identity | <2> encrypted secret
 *
 * A file of a pre-shared key does not say whose it is, so the first protected records tell.
 */
#include "tls.h"

#include <signscope/reader.h>
#include <signscope/server_keys.h>

#define MAX_PSK_TRIES 4 /* records at which all pre-shared keys are tried */

static struct sgs_server_keys *ring_of(struct sgs_layer *l)
{
    struct sgs_tls_keys *keys = sgs_keys(l);

    return keys ? sgs_tls_keys_servers(keys) : NULL;
}

/* Certificate to 1.2: <3> list of <3> DER, the server's own first. */
void tls_find_owner(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice body)
{
    const struct sgs_server_keys *ring = ring_of(l);
    struct sgs_reader r = rd_open(body);

    if (!ring || sgs_server_keys_len(ring) == 0 || dir == st->client || st->is_13) {
        return;
    }
    struct sgs_reader list = rd_sub(&r, rd_be24(&r));
    struct sgs_slice der = rd_take(&list, rd_be24(&list));
    if (rd_ok(&list) && der.len > 0) {
        size_t owner = sgs_server_keys_owner(ring, der);
        st->hello.has_leaf = true;
        st->hello.owner = owner == SGS_SERVER_KEY_NONE ? 0 : owner + 1;
    }
}

static struct sgs_slice encrypted_part(const struct tls *st, struct sgs_slice body)
{
    struct sgs_reader r = rd_open(body);

    if (st->hello.suite->kx == SGS_TLS_KX_RSA_PSK) {
        rd_skip(&r, rd_be16(&r));
    }
    struct sgs_slice encrypted = rd_take(&r, rd_be16(&r));
    if (rd_done(&r)) {
        return encrypted;
    }
    return st->hello.version == SSL30 ? body : (struct sgs_slice){NULL, 0};
}

/* The master secret is known now. */
static void keep_master(struct tls *st, const uint8_t *master, enum sgs_key_source source)
{
    for (size_t i = 0; i < SGS_TLS_MASTER_LEN; i++) {
        st->hello.master[i] = master[i];
    }
    st->hello.has_master = true;
    st->hello.master_source = source;
}

static void use_private_key(struct sgs_layer *l, struct tls *st, struct sgs_slice encrypted)
{
    struct sgs_server_keys *ring = ring_of(l);
    struct tls_hello *h = &st->hello;
    uint8_t secret[SGS_TLS_MASTER_LEN], master[SGS_TLS_MASTER_LEN];
    size_t i = h->owner > 0 ? h->owner - 1 : SGS_SERVER_KEY_NONE;

    if (!ring || !sgs_server_keys_has(ring, SGS_SERVER_KEY_RSA) || (h->has_leaf && h->owner == 0) ||
        tls_has_master(l, st)) {
        return;
    }
    if (!sgs_server_keys_pre_master(ring, i, encrypted, secret)) {
        if (h->owner == 0 && sgs_server_keys_is_spent(ring)) {
            sgs_limit(l, st->client, "tls.key_trials", SGS_MAX_KEY_TRIALS);
        }
        return;
    }
    if (h->suite->kx == SGS_TLS_KX_RSA_PSK) {
        for (size_t k = 0; k < sizeof secret; k++) {
            h->pre_master[k] = secret[k];
        }
        h->has_pre_master = true;
    } else if (tls_make_master(st, sgs_slice(secret, sizeof secret), master)) {
        keep_master(st, master, SGS_KEY_RSA);
    }
    sgs_tls_wipe(secret, sizeof secret);
    sgs_tls_wipe(master, sizeof master);
}

void tls_key_exchange(struct sgs_layer *l, struct tls *st, struct sgs_slice body)
{
    struct tls_hello *h = &st->hello;

    if (!h->suite) {
        return;
    }
    h->has_key_exchange = true;
    if (h->suite->kx != SGS_TLS_KX_RSA && h->suite->kx != SGS_TLS_KX_RSA_PSK) {
        return;
    }
    struct sgs_slice encrypted = encrypted_part(st, body);
    if (h->suite->kx == SGS_TLS_KX_RSA && encrypted.len >= sizeof h->rsa_head) {
        for (size_t i = 0; i < sizeof h->rsa_head; i++) {
            h->rsa_head[i] = encrypted.ptr[i];
        }
        h->has_rsa_head = true;
    }
    if (encrypted.len > 0) {
        use_private_key(l, st, encrypted);
    }
}

/* True if pre-shared key i makes an opener that opens the record. */
static bool try_psk(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, size_t i,
                    const struct tls_record *record)
{
    struct tls_hello *h = &st->hello;
    struct sgs_slice other = sgs_slice(h->pre_master, h->has_pre_master ? sizeof h->pre_master : 0);
    uint8_t secret[SGS_PSK_PRE_MASTER], master[SGS_TLS_MASTER_LEN];
    struct sgs_tls_opener *pair[2];
    size_t len = sgs_server_keys_psk(ring_of(l), i, other, secret);
    bool ok = false;

    if (len > 0 && tls_make_master(st, sgs_slice(secret, len), master) &&
        sgs_tls12_openers(h->suite, h->version, h->encrypt_then_mac,
                          sgs_slice(master, sizeof master),
                          sgs_slice(h->client_random, SGS_TLS_RANDOM_LEN),
                          sgs_slice(h->server_random, SGS_TLS_RANDOM_LEN), pair) == SGS_OK) {
        ok = sgs_tls_check(pair[dir == st->client ? SGS_C2S : SGS_S2C], st->side[dir].seq,
                           record->header, record->fragment);
        sgs_tls_opener_free(pair[SGS_C2S]);
        sgs_tls_opener_free(pair[SGS_S2C]);
    }
    if (ok) {
        keep_master(st, master, SGS_KEY_PSK);
        sgs_server_keys_note(ring_of(l), i);
    }
    sgs_tls_wipe(secret, sizeof secret);
    sgs_tls_wipe(master, sizeof master);
    return ok;
}

void tls_try_psks(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                  const struct tls_record *record)
{
    const struct sgs_server_keys *ring = ring_of(l);
    const struct tls_hello *h = &st->hello;
    bool fits = h->suite && (h->suite->kx == SGS_TLS_KX_PSK ||
                             (h->suite->kx == SGS_TLS_KX_RSA_PSK && h->has_pre_master));

    if (!ring || !fits || h->has_master || h->is_resumed || tls_has_opener(&st->side[dir]) ||
        st->psk_tries >= MAX_PSK_TRIES || !sgs_server_keys_has(ring, SGS_SERVER_KEY_PSK)) {
        return;
    }
    st->psk_tries++;
    for (size_t i = 0; i < sgs_server_keys_len(ring) && !h->has_master; i++) {
        (void)try_psk(l, st, dir, i, record);
    }
    if (h->has_master) {
        tls_find_keys(l, st, dir);
    }
}

/* A secret of the server was given that is this session's, and yet opens nothing. */
bool tls_is_key_unusable(struct sgs_layer *l, const struct tls *st)
{
    const struct sgs_server_keys *ring = ring_of(l);
    const struct tls_hello *h = &st->hello;

    if (!ring || sgs_server_keys_len(ring) == 0 || !h->has_server) {
        return false;
    }
    if (h->psk_needs_dh) {
        return true;
    }
    bool has_private = sgs_server_keys_has(ring, SGS_SERVER_KEY_RSA) ||
                       sgs_server_keys_has(ring, SGS_SERVER_KEY_OTHER);
    if (h->version == TLS13) {
        /* no certificate shows: what counts is that nothing else was given */
        return has_private && !h->is_resumed && sgs_tls_keys_counts(sgs_keys(l))->lines == 0;
    }
    switch (h->suite ? h->suite->kx : SGS_TLS_KX_OTHER) {
    case SGS_TLS_KX_OTHER:
        return h->owner > 0;
    case SGS_TLS_KX_DHE_PSK:
        return sgs_server_keys_has(ring, SGS_SERVER_KEY_PSK);
    case SGS_TLS_KX_RSA_PSK:
        return sgs_server_keys_has(ring, SGS_SERVER_KEY_PSK) != has_private;
    case SGS_TLS_KX_RSA:
    case SGS_TLS_KX_PSK:
        break;
    }
    return false;
}
