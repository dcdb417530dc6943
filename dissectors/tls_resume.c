/*
 * Which connection a resumed session began on: by session ID (RFC 5246, section 7.4.1.2), by ticket
 * (RFC 5077, section 3.3), by the ticket that is the PSK of TLS 1.3 (RFC 8446, sections 4.2.11 and
 * 4.6.1).  Nothing is kept of a ticket but its digest.
 */
#include "tls.h"

#include <signscope/reader.h>

static struct sgs_slice origin_of(struct sgs_layer *l, struct sgs_slice id)
{
    struct sgs_tls_keys *keys = sgs_keys(l);
    uint32_t conn = 0;

    return keys && sgs_tls_keys_session(keys, id, &conn)
               ? sgs_arena_printf(sgs_scratch(l), "tcp%u", conn)
               : (struct sgs_slice){NULL, 0};
}

void tls_offer_psks(struct tls_hello *h, struct sgs_slice offered)
{
    struct sgs_reader r = rd_open(offered);
    struct sgs_reader list = rd_sub(&r, rd_be16(&r));

    while (rd_more(&list) && h->n_psks < TLS_MAX_PSKS) {
        struct sgs_slice identity = rd_take(&list, rd_be16(&list));
        rd_skip(&list, 4); /* obfuscated age */
        if (rd_ok(&list)) {
            sgs_sha256(identity, h->psks[h->n_psks++]);
        }
    }
}

void tls_find_origin(struct sgs_layer *l, struct tls_hello *h, struct sgs_slice selected)
{
    struct sgs_slice origin = {NULL, 0};
    struct sgs_reader r = rd_open(selected);
    size_t i = rd_be16(&r);

    if (h->version == TLS13 && rd_ok(&r) && i < h->n_psks) {
        origin = origin_of(l, sgs_slice(h->psks[i], SGS_SHA256_LEN));
    } else if (h->version != TLS13) {
        origin = h->has_ticket ? origin_of(l, sgs_slice(h->ticket, SGS_SHA256_LEN)) : origin;
        origin =
            origin.len > 0 ? origin : origin_of(l, sgs_slice(h->session_id, h->session_id_len));
    }
    h->origin_len = origin.len < sizeof h->origin ? origin.len : 0;
    for (size_t k = 0; k < h->origin_len; k++) {
        h->origin[k] = origin.ptr[k];
    }
}

void tls_begin_session(struct sgs_layer *l, struct sgs_slice id)
{
    const struct sgs_conn_info *conn = sgs_conn_info(l);

    if (sgs_keys(l) && conn->transport == SGS_TCP) {
        sgs_tls_keys_put_session(sgs_keys(l), id, conn->number);
    }
}
