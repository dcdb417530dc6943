/*
 * DTLS 1.0 to 1.3 (RFC 6347, section 4.1; RFC 9147, section 4): named once a conversation, not
 * read.
 *
 *   0      1         3       5                 11        13
 *   +------+---------+-------+-----------------+---------+----------+
 *   | type | version | epoch | sequence number | length  | fragment |
 *   +------+---------+-------+-----------------+---------+----------+
 *
 * 1.3 has another header for what is encrypted, but its first records are like these.
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

struct dtls {
    bool is_named;
};

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    enum { DTLS10 = 0xfeff, DTLS12 = 0xfefd, CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23 };
    struct sgs_reader r = rd_open(head);
    uint8_t type = rd_u8(&r);
    uint16_t version = rd_be16(&r);

    rd_skip(&r, 8);
    size_t len = rd_be16(&r);
    bool is_record = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA &&
                     (version == DTLS10 || version == DTLS12) && len > 0 &&
                     len <= SGS_MAX_TLS_RECORD;
    return rd_ok(&r) && is_record ? SGS_SURE : SGS_NO;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct dtls *st = sgs_state(l);

    if (st->is_named) {
        return;
    }
    st->is_named = true;
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_str(ev, SGS_F_NAME, "DTLS");
    ev_str(ev, SGS_F_BY, "probe");
    sgs_emit(ev);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_UDP_PROBE, NULL},
    {0,                NULL},
};

SGS_DISSECTOR(dtls) = {
    .name = "dtls",
    .title = "DTLS",
    .claims = claims,
    .state_size = sizeof(struct dtls),
    .max_message = SGS_MAX_DATAGRAM,
    .takes_cut = true,
    .probe = probe,
    .message = message,
};
