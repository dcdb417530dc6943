/*
 * QUIC (RFC 9000, section 17.2) is named, not read: HTTP/3 of browsers stands beside a sign-in.
 *
 *   0        1          5      6           6+n    7+n
 *   +--------+----------+------+-----------+------+-----------+
 *   | 11..   | version  | n    | DCID      | m    | SCID      |
 *   +--------+----------+------+-----------+------+-----------+
 */
#include <signscope/dissector.h>
#include <signscope/names.h>
#include <signscope/reader.h>

#define LONG_HEADER 0x80
#define FIXED_BIT 0x40
#define MAX_CONNECTION_ID 20

struct quic {
    bool is_named;
};

static const struct sgs_value_name versions[] = {
    {0x00000001, "QUICv1"},
    {0x6b3343cf, "QUICv2"}, /* RFC 9369 */
};

/* Drafts, and versions that only ask for negotiation (RFC 9000, section 15), have no name of their
 * own.  NULL: none. */
static const char *version_name(uint32_t version)
{
    const char *name = SGS_NAME_FIND(versions, version);

    return name                                   ? name
           : version >> 8 == 0xff0000             ? "draft"
           : (version & 0x0f0f0f0f) == 0x0a0a0a0a ? "unknown"
                                                  : NULL;
}

/* The version in a long header; false when it is none that is known. */
static bool read_version(struct sgs_slice datagram, uint32_t *out)
{
    struct sgs_reader r = rd_open(datagram);
    uint8_t first = rd_u8(&r);
    uint32_t version = rd_be32(&r);
    uint8_t dcid_len = rd_u8(&r);

    rd_skip(&r, dcid_len);
    uint8_t scid_len = rd_u8(&r);
    rd_skip(&r, scid_len);
    if (!rd_ok(&r) || !(first & LONG_HEADER) || !(first & FIXED_BIT) ||
        dcid_len > MAX_CONNECTION_ID || scid_len > MAX_CONNECTION_ID || !version_name(version)) {
        return false;
    }
    *out = version;
    return true;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    uint32_t version = 0;

    return read_version(head, &version) ? SGS_SURE : SGS_NO;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_LEN(avail.len);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice datagram)
{
    struct quic *st = sgs_state(l);
    uint32_t version = 0;

    if (st->is_named || !read_version(datagram, &version)) {
        return;
    }
    st->is_named = true;
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_str(ev, SGS_F_NAME, "QUIC");
    ev_str(ev, SGS_F_BY, "header");
    ev_str(ev, SGS_F_VERSION, version_name(version));
    sgs_emit(ev);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_UDP_PROBE, NULL},
    {0,                NULL},
};

SGS_DISSECTOR(quic) = {
    .name = "quic",
    .title = "QUIC",
    .claims = claims,
    .state_size = sizeof(struct quic),
    .max_message = UINT16_MAX,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
