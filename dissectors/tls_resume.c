/*
 * Which connection a resumed session began on: by session ID (RFC 5246, section 7.4.1.2), by ticket
 * (RFC 5077, section 3.3), by the ticket that is the PSK of TLS 1.3 (RFC 8446, sections 4.2.11 and
 * 4.6.1).  Nothing is kept of a ticket but its digest.
 */
#include "tls.h"

#include <signscope/reader.h>

static bool look_up(struct sgs_layer *l, struct sgs_slice id, uint32_t *conn)
{
    return sgs_keys(l) && sgs_tls_keys_session(sgs_keys(l), id, conn);
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

/* Up to 1.2. */
static bool find_session(struct sgs_layer *l, const struct tls_hello *h, uint32_t *conn)
{
    return (h->has_ticket && look_up(l, sgs_slice(h->ticket, SGS_SHA256_LEN), conn)) ||
           look_up(l, sgs_slice(h->session_id, h->session_id_len), conn);
}

bool tls_has_origin(struct sgs_layer *l, const struct tls_hello *h)
{
    uint32_t conn = 0;

    return find_session(l, h, &conn);
}

static bool find_origin(struct sgs_layer *l, struct tls_hello *h, struct sgs_slice selected)
{
    struct sgs_reader r = rd_open(selected);
    size_t i = rd_be16(&r);

    if (h->version == TLS13) {
        return rd_ok(&r) && i < h->n_psks &&
               look_up(l, sgs_slice(h->psks[i], SGS_SHA256_LEN), &h->origin_conn);
    }
    return find_session(l, h, &h->origin_conn);
}

void tls_find_origin(struct sgs_layer *l, struct tls_hello *h, struct sgs_slice selected)
{
    h->has_origin = find_origin(l, h, selected);
    struct sgs_slice name = h->has_origin
                                ? sgs_arena_printf(sgs_scratch(l), "tcp%u", h->origin_conn)
                                : (struct sgs_slice){NULL, 0};

    h->origin_len = name.len < sizeof h->origin ? name.len : 0;
    for (size_t k = 0; k < h->origin_len; k++) {
        h->origin[k] = name.ptr[k];
    }
}

void tls_begin_session(struct sgs_layer *l, const struct tls_hello *h, struct sgs_slice id)
{
    const struct sgs_conn_info *conn = sgs_conn_info(l);
    bool goes_on = h->is_resumed && h->version < TLS13;

    if (sgs_keys(l) && conn->transport == SGS_TCP && (!goes_on || h->has_origin)) {
        sgs_tls_keys_put_session(sgs_keys(l), id, goes_on ? h->origin_conn : conn->number);
    }
}
