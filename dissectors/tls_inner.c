/*
 * TLS handshakes inside SIP authentication (TLS-DSK: [MS-SIPAE], section 3.2.5.1).  They carry no
 * data: their master secret signs SIP messages.  So the carrier is told what keys are made of, and
 * both Finished (RFC 2246 and RFC 5246, section 7.4.9) are worked out again.
 */
#include "tls.h"

#include <signscope/tls_dsk.h>

#define HEAD_LEN 4 /* of a handshake message */

void tls_inner_hello(struct sgs_layer *l, const struct tls *st)
{
    const struct tls_hello *h = &st->hello;
    struct sgs_buf about;

    sgs_buf_init(&about, 2 * SGS_TLS_RANDOM_LEN + 4);
    (void)sgs_buf_add_octet(&about, (uint8_t)(h->version >> 8));
    (void)sgs_buf_add_octet(&about, (uint8_t)h->version);
    (void)sgs_buf_add_octet(&about, (uint8_t)(h->cipher >> 8));
    (void)sgs_buf_add_octet(&about, (uint8_t)h->cipher);
    (void)sgs_buf_add(&about, sgs_slice(h->client_random, SGS_TLS_RANDOM_LEN));
    (void)sgs_buf_add(&about, sgs_slice(h->server_random, SGS_TLS_RANDOM_LEN));
    sgs_put(l, SGS_NOTE_DSK, sgs_buf_slice(&about));
    sgs_buf_clear(&about);
}

/* All messages before this one were seen.  A flight is one SIP message, so none is seen in part. */
static bool has_all(const struct tls *st, bool is_client)
{
    bool is_second = is_client == st->hello.is_resumed;

    return st->has_transcript && st->hello.has_client && st->hello.has_server &&
           (st->hello.is_resumed || st->hello.has_key_exchange) && st->n_finished == is_second;
}

static void check(struct sgs_layer *l, struct tls *st, bool is_client, struct sgs_slice msg,
                  struct sgs_slice master)
{
    const struct tls_hello *h = &st->hello;
    struct sgs_slice all = sgs_buf_slice(&st->transcript);
    uint8_t want[SGS_TLS_FINISHED_LEN];

    if (sgs_tls_finished(h->suite, h->version, master, is_client,
                         sgs_slice_head(all, all.len - msg.len), want) != SGS_OK) {
        return;
    }
    bool is_right = sgs_slice_eq(sgs_slice_from(msg, HEAD_LEN), sgs_slice(want, sizeof want));
    sgs_put(l, SGS_NOTE_FINISHED, is_right ? SGS_LIT("right") : SGS_LIT("wrong"));
}

void tls_inner_finished(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice random = sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN);
    uint8_t master[SGS_TLS_MAX_SECRET] = {0}, known[SGS_TLS_MAX_SECRET] = {0};

    if (has_all(st, dir == st->client) && tls_master(l, st, master)) {
        struct sgs_slice secret = sgs_slice(master, SGS_TLS_MASTER_LEN);
        check(l, st, dir == st->client, msg, secret);
        if (sgs_tls_keys_find(sgs_keys(l), SGS_TLS_CLIENT_RANDOM, random, known, NULL) == 0) {
            sgs_tls_keys_learn(sgs_keys(l), SGS_TLS_CLIENT_RANDOM, random, secret, st->source);
        }
    }
    st->n_finished++;
    sgs_tls_wipe(master, sizeof master);
    sgs_tls_wipe(known, sizeof known);
}
