/*
 * NetLogon is named by the first message of its connection, which binds to its interface (DCE/RPC,
 * C706, section 12.6.4.3; [MS-NRPC], section 1.9); what follows is sealed as a rule.
 *
 *   05 minor 0b flags  format(4)  length(2) auth(2) call(4) sizes(4) group(4)  n 0 0 0
 *   id(2) n 0  interface(16) ...
 */
#include <signscope/dissector.h>
#include <signscope/reader.h>

#define BIND_LEN 48 /* octets up to the end of the first interface */
#define BIND 0x0b
/* 12345678-1234-abcd-ef00-01234567cffb, its first three parts little endian */
#define INTERFACE SGS_LIT("\x78\x56\x34\x12\x34\x12\xcd\xab\xef\x00\x01\x23\x45\x67\xcf\xfb")

struct netlogon {
    bool is_named;
};

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_reader r = rd_open(head);
    uint8_t major = rd_u8(&r), minor = rd_u8(&r), type = rd_u8(&r);

    if (rd_ok(&r) && (major != 5 || minor > 1 || type != BIND)) {
        return SGS_NO;
    }
    if (head.len < BIND_LEN) {
        return sgs_slice_starts(head, SGS_LIT("\5")) ? SGS_SHORT : SGS_NO;
    }
    return sgs_slice_eq(rd_at(head, BIND_LEN - 16, 16), INTERFACE) ? SGS_SURE : SGS_NO;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    const struct netlogon *st = sgs_state(l);

    if (st->is_named || dir == SGS_S2C) {
        return SGS_SKIP(avail.len);
    }
    return avail.len < BIND_LEN ? SGS_NEED(BIND_LEN) : SGS_LEN(BIND_LEN);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice head)
{
    struct netlogon *st = sgs_state(l);

    if (probe(head, dir) == SGS_SURE) {
        st->is_named = true;
        struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
        ev_str(ev, SGS_F_NAME, "NetLogon");
        ev_str(ev, SGS_F_BY, "interface");
        sgs_emit(ev);
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE, NULL},
    {0,            NULL},
};

SGS_DISSECTOR(netlogon) = {
    .name = "netlogon",
    .title = "NetLogon",
    .claims = claims,
    .state_size = sizeof(struct netlogon),
    .max_message = BIND_LEN,
    .probe = probe,
    .measure = measure,
    .message = message,
};
