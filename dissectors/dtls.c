/*
 * DTLS 1.0 and 1.2, and the hellos of 1.3 (RFC 6347, section 4.1; RFC 9147, section 4), are named,
 * not read: media has it.
 *
 *   0      1         3       5              11        13
 *   +------+---------+-------+--------------+---------+----------+
 *   | type | version | epoch | sequence, 6  | length  | fragment |
 *   +------+---------+-------+--------------+---------+----------+
 */
#include <signscope/dissector.h>
#include <signscope/reader.h>

#define MAX_FRAGMENT (16384 + 2048)

struct dtls {
    bool is_named;
};

enum dtls_version { DTLS10 = 0xfeff, DTLS12 = 0xfefd };

/* A record stands at the head of the datagram. */
static bool has_record(struct sgs_slice datagram)
{
    struct sgs_reader r = rd_open(datagram);
    uint8_t type = rd_u8(&r);
    uint16_t version = rd_be16(&r);

    rd_skip(&r, 8);
    uint16_t len = rd_be16(&r);
    return rd_ok(&r) && type >= 20 && type <= 25 && (version == DTLS10 || version == DTLS12) &&
           len > 0 && len <= MAX_FRAGMENT;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    return has_record(head) ? SGS_SURE : SGS_NO;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_LEN(avail.len);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice datagram)
{
    struct dtls *st = sgs_state(l);

    if (st->is_named || !has_record(datagram)) {
        return;
    }
    st->is_named = true;
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_str(ev, SGS_F_NAME, "DTLS");
    ev_str(ev, SGS_F_BY, "header");
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
    .max_message = UINT16_MAX,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
