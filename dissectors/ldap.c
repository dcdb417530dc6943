/*
 * LDAP (RFC 4511) over TCP and, without connection, over UDP as domain controllers take it
 * ([MS-ADTS], section 3.1.1.3.1.3).
 *
 *   message      30 len  02 len messageID  op len ...  [a0 len controls]
 *   under SASL   length(4) token                                          RFC 4422, section 3.7
 *   StartTLS     77 .. 80 OID / 78 .. 0a 01 00 .. / TLS records           RFC 4511, section 4.14
 *
 * A message begins with 30 and a SASL buffer with 00, for none is as long as 16 MiB; so each shows
 * what it is, also where the bind was not captured.  What messages say: ldap_message.c,
 * ldap_filter.c, ldap_entry.c; what is inside SASL buffers: sasl.c.
 */
#include "ldap.h"

#define HEAD_MAX 6 /* octets of a tag and its length */
#define MARK_LEN 4 /* octets of length before a SASL buffer */
#define TLS_HEAD 5

static bool is_protected(const struct sgs_layer *l)
{
    return sgs_get(l, SGS_NOTE_PROTECTION).len > 0;
}

/* A datagram has one message or more: a search's answers come together. */
static void read_datagram(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice datagram)
{
    const struct sgs_ldap *st = sgs_state(l);

    while (datagram.len > 0) {
        struct sgs_reader r = rd_open(datagram);
        uint8_t tag = 0;
        uint32_t len = 0;
        bool is_there = sgs_der_head(&r, &tag, &len) && (st->is_cut || len <= rd_left(&r));
        size_t n = is_there && len <= rd_left(&r) ? r.off + len : datagram.len;
        if (!is_there && !st->is_cut) {
            sgs_malformed(l, dir, "no LDAP message", 0);
            return;
        }
        (void)sgs_ldap_read(l, dir, sgs_slice_head(datagram, n), is_there && len > rd_left(&r));
        datagram = sgs_slice_from(datagram, n);
    }
}

static bool is_tls(struct sgs_slice octets)
{
    return sgs_slice_starts(octets, SGS_LIT("\x16\x03"));
}

static void start_tls(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice record)
{
    struct sgs_layer *child = sgs_start(l, SGS_BY_NAME, SGS_LIT("tls"));

    sgs_push(child, dir, record);
    sgs_hand_over(l, child);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    bool is_cut = sgs_is_cut(l);

    if (sgs_conn_info(l)->transport == SGS_UDP) {
        read_datagram(l, dir, msg);
    } else if (is_tls(msg)) {
        start_tls(l, dir, msg);
    } else if (sgs_slice_starts(msg, SGS_LIT("\0"))) {
        struct sgs_layer *child = sgs_child(l, SGS_LIT("sasl"), SGS_BY_NAME, SGS_LIT("sasl"));
        sgs_push(child, dir, sgs_slice_from(msg, MARK_LEN));
    } else if (sgs_ldap_read(l, dir, msg, is_cut) && !is_cut) {
        start_tls(l, dir, (struct sgs_slice){NULL, 0});
    }
}

/* where messages begin and end */

/* A message of LDAP at the head: its own length and the one of its operation fit. */
static enum sgs_guess probe_plain(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);
    uint8_t tag = 0;
    uint32_t len = 0, id_len = 0, op_len = 0;

    if (!sgs_der_head(&r, &tag, &len)) {
        return head.len < HEAD_MAX ? SGS_SHORT : SGS_NO;
    }
    size_t end = r.off + len;
    if (len > SGS_MAX_LDAP_MESSAGE) {
        return SGS_NO;
    }
    if (!rd_more(&r)) {
        return SGS_SHORT;
    }
    bool has_id = sgs_der_head(&r, &tag, &id_len);
    if (tag != SGS_DER_INTEGER || id_len == 0 || id_len > 4) {
        return rd_ok(&r) || head.len >= HEAD_MAX + HEAD_MAX ? SGS_NO : SGS_SHORT;
    }
    rd_skip(&r, id_len);
    if (!has_id || !sgs_der_head(&r, &tag, &op_len)) {
        return head.len < 3 * HEAD_MAX ? SGS_SHORT : SGS_NO;
    }
    return sgs_ldap_is_operation(tag) && r.off + op_len <= end ? SGS_SURE : SGS_NO;
}

/* A token of Kerberos behind its length (RFC 4121, section 4.2.6; RFC 1964, section 1.2). */
static enum sgs_guess probe_buffer(struct sgs_slice head)
{
    const struct sgs_slice oid = SGS_LIT("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x02\x01");
    struct sgs_reader r = rd_open(head);
    uint32_t len = rd_be32(&r);
    struct sgs_slice token = sgs_slice_head(rd_rest(&r), 24);
    uint16_t id = rd_be16(&r);
    uint8_t flags = rd_u8(&r), filler = rd_u8(&r);

    if (!rd_ok(&r)) {
        return SGS_SHORT;
    }
    bool is_new = id == 0x0504 && flags < 8 && filler == 0xff;
    bool is_old = id >> 8 == 0x60 && sgs_slice_find(token, oid) < token.len;
    return len <= SGS_MAX_LDAP_MESSAGE && (is_new || is_old) ? SGS_MAYBE : SGS_NO;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    uint8_t first = head.len > 0 ? head.ptr[0] : 0xff;

    return first == SGS_DER_SEQUENCE ? probe_plain(head) : first == 0 ? probe_buffer(head) : SGS_NO;
}

/* Behind a hole: up to what may be a message, a buffer, or a record after StartTLS. */
static struct sgs_extent seek(struct sgs_ldap *st, enum sgs_dir dir, struct sgs_slice avail)
{
    size_t off = 0;
    enum sgs_guess g = SGS_NO;

    for (; off < avail.len && g == SGS_NO; off += g == SGS_NO) {
        struct sgs_slice head = sgs_slice_from(avail, off);
        g = st->start_tls == SGS_LDAP_TLS_ASKED && is_tls(head) ? SGS_SURE : probe(head, dir);
    }
    if (off > 0) {
        return SGS_SKIP(off);
    }
    if (g == SGS_SHORT) {
        return SGS_NEED(avail.len + 1);
    }
    st->is_lost[dir] = false;
    return SGS_NEED(1);
}

static struct sgs_extent measure_record(const struct sgs_ldap *st, enum sgs_dir dir,
                                        struct sgs_slice avail)
{
    struct sgs_reader r = rd_open(avail);

    rd_skip(&r, 3);
    uint16_t len = rd_be16(&r);
    if (dir == SGS_C2S && !st->is_answer_lost) {
        return SGS_WAIT; /* the answer says if it is TLS */
    }
    return rd_ok(&r) ? SGS_LEN(TLS_HEAD + (size_t)len) : SGS_NEED(TLS_HEAD);
}

static struct sgs_extent measure_message(struct sgs_layer *l, enum sgs_dir dir,
                                         struct sgs_slice avail)
{
    const struct sgs_ldap *st = sgs_state(l);
    struct sgs_reader r = rd_open(avail);
    uint8_t tag = avail.ptr[0];
    uint32_t len = 0;

    if (st->start_tls == SGS_LDAP_TLS_ASKED && tag == 0x16) {
        return measure_record(st, dir, avail);
    }
    if (tag == 0 && !is_protected(l)) {
        len = rd_be32(&r);
        return rd_ok(&r) ? SGS_LEN(MARK_LEN + (size_t)len) : SGS_NEED(MARK_LEN);
    }
    if (tag != SGS_DER_SEQUENCE) {
        return SGS_BAD;
    }
    if (sgs_der_head(&r, &tag, &len)) {
        return SGS_LEN(r.off + len);
    }
    return avail.len < HEAD_MAX ? SGS_NEED(HEAD_MAX) : SGS_BAD;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sgs_ldap *st = sgs_state(l);

    if (sgs_conn_info(l)->transport == SGS_UDP) {
        st->is_cut = sgs_is_cut(l);
        return SGS_LEN(avail.len);
    }
    if (st->is_lost[dir]) {
        struct sgs_extent x = seek(st, dir, avail);
        if (st->is_lost[dir]) {
            return x;
        }
    }
    return measure_message(l, dir, avail);
}

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct sgs_ldap *st = sgs_state(l);

    st->is_lost[dir] = true;
    st->is_answer_lost |= dir == SGS_S2C;
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct sgs_ldap *st = sgs_state(l);

    st->is_answer_lost |= dir == SGS_S2C;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_TCP_PORT, "389" },
    {SGS_BY_TCP_PORT, "3268"},
    {SGS_BY_TCP_PORT, "636" },
    {SGS_BY_TCP_PORT, "3269"},
    {SGS_BY_UDP_PORT, "389" },
    {SGS_BY_PROBE,    NULL  },
    {0,               NULL  },
};

SGS_DISSECTOR(ldap) = {
    .name = "ldap",
    .title = "LDAP",
    .claims = claims,
    .state_size = sizeof(struct sgs_ldap),
    .max_message = SGS_MAX_LDAP_MESSAGE,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
};
