/*
 * SMB of any version ([MS-SMB2], sections 2.1 and 2.2.1) is named, not read: shares of a domain
 * stand beside a sign-in.
 *
 *   00 length(3) | fe 'S' 'M' 'B' ...     ff: version 1     fd: version 3, sealed
 */
#include <signscope/dissector.h>
#include <signscope/reader.h>

#define HEAD_LEN 8

struct smb {
    bool is_named;
};

static bool has_head(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    uint8_t type = rd_u8(&r);

    rd_skip(&r, 3);
    uint8_t version = rd_u8(&r);
    return type == 0 && version >= 0xfd && sgs_slice_eq(rd_take(&r, 3), SGS_LIT("SMB"));
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    bool is_short = head.len < HEAD_LEN && sgs_slice_starts(head, SGS_LIT("\0"));

    return has_head(head) ? SGS_SURE : is_short ? SGS_SHORT : SGS_NO;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    const struct smb *st = sgs_state(l);

    if (st->is_named) {
        return SGS_SKIP(avail.len);
    }
    return avail.len < HEAD_LEN ? SGS_NEED(HEAD_LEN) : SGS_LEN(HEAD_LEN);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice head)
{
    struct smb *st = sgs_state(l);

    if (has_head(head)) {
        st->is_named = true;
        struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
        ev_str(ev, SGS_F_NAME, "SMB");
        ev_str(ev, SGS_F_BY, "header");
        sgs_emit(ev);
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE, NULL},
    {0,            NULL},
};

SGS_DISSECTOR(smb) = {
    .name = "smb",
    .title = "SMB",
    .claims = claims,
    .state_size = sizeof(struct smb),
    .max_message = HEAD_LEN,
    .probe = probe,
    .measure = measure,
    .message = message,
};
