/*
 * DNS over UDP and TCP (RFC 1035, section 4), with EDNS (RFC 6891); names and data of records are
 * read in dns_record.c.  Over TCP two octets of length stand before each message.
 *
 *    0               2               4        6        8        10       12
 *   +---------------+--+------+-------+--------+--------+--------+--------+----------------
 *   | id            |QR|opcode| rcode |QDCOUNT |ANCOUNT |NSCOUNT |ARCOUNT | questions, records
 *   +---------------+--+------+-------+--------+--------+--------+--------+----------------
 *
 *   question: name type(2) class(2)    record: name type(2) class(2) ttl(4) length(2) data
 *
 * Questions wait in a list until they are answered; those answered last are remembered a while,
 * because resolvers answer every repetition.
 */
#include <assert.h>

#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/names.h>
#include <signscope/reader.h>

#include "dns.h"

#define HEADER_LEN 12
#define MAX_ANSWERED 16     /* answered questions remembered for answers that are repeated */
#define MAX_SEARCH 512      /* octets kept while the next message is looked for after a gap */
#define FRESH (5 * SGS_SEC) /* a question so young at the end may yet be answered */

#define FLAG_RESPONSE 0x8000u
#define FLAG_TRUNCATED 0x0200u
#define OPCODE_UPDATE 5
#define OPCODE(flags) ((flags) >> 11 & 15u)
#define RCODE(flags) ((flags)&15u)

static const struct sgs_value_name rcodes[] = {
    {0,  "NOERROR"  },
    {1,  "FORMERR"  },
    {2,  "SERVFAIL" },
    {3,  "NXDOMAIN" },
    {4,  "NOTIMP"   },
    {5,  "REFUSED"  },
    {6,  "YXDOMAIN" },
    {7,  "YXRRSET"  },
    {8,  "NXRRSET"  },
    {9,  "NOTAUTH"  },
    {10, "NOTZONE"  },
    {11, "DSOTYPENI"},
    {16, "BADVERS"  },
    {17, "BADKEY"   },
    {18, "BADTIME"  },
    {19, "BADMODE"  },
    {20, "BADNAME"  },
    {21, "BADALG"   },
    {22, "BADTRUNC" },
    {23, "BADCOOKIE"},
};

struct question {
    struct sgs_dns_name name;
    uint16_t type;
    uint16_t class;
};

/* A question asked. */
struct pending {
    struct pending *next;
    struct question question;
    bool has_question; /* the query could be read so far */
    bool is_hidden;    /* its answer may lie in a gap */
    uint16_t txid;
    enum sgs_dir dir;         /* of the question */
    uint64_t attempts;        /* times asked */
    struct sgs_origin origin; /* from the first time to the last */
};

struct queue {
    struct pending *first;
    struct pending **end; /* NULL while the queue was never used */
    size_t n;
};

struct dns {
    struct queue waiting;  /* oldest first */
    struct queue answered; /* oldest first, at most MAX_ANSWERED */
    struct pending *spare;
    enum sgs_end why;  /* how the conversation ended */
    sgs_time end_time; /* when */
    bool has_begun[2];
    bool is_lost[2]; /* TCP: the next message must be searched */
    bool is_cut;     /* UDP: the capture cut the datagram at hand */
};

static bool same_question(const struct question *a, const struct question *b)
{
    return a->type == b->type && a->class == b->class &&
           sgs_slice_ieq(sgs_slice(a->name.octets, a->name.len),
                         sgs_slice(b->name.octets, b->name.len));
}

/* One message on its way into an event. */
struct work {
    struct sgs_dns_reading in;
    struct question asked;   /* the first question */
    bool has_question;       /* it could be read */
    bool has_none;           /* there is none, or none any more in a cut message */
    uint16_t extended_rcode; /* upper bits of the response code, from OPT, in place */
    size_t n_records;        /* records read */
};

/* messages */

/* The text written so far, borrowed until the next use of the buffer, which begins anew. */
static struct sgs_slice text_of(struct work *m)
{
    return sgs_buf_slice(&m->in.text);
}

static void begin_text(struct work *m)
{
    sgs_buf_drop(&m->in.text, m->in.text.len);
    m->in.text.overflow = false;
}

static void put_question(struct sgs_draft *d, struct work *m, const struct question *q)
{
    begin_text(m);
    sgs_dns_put_name(&m->in.text, &q->name);
    ev_text(d, SGS_F_NAME, text_of(m));
    ev_text(d, SGS_F_TYPE, sgs_dns_type_name(m->in.l, q->type));
}

static bool read_question(struct work *m, struct sgs_reader *r, struct question *out)
{
    if (!sgs_dns_read_name(&m->in, r, &out->name)) {
        return false;
    }
    out->type = rd_be16(r);
    out->class = rd_be16(r);
    if (!rd_ok(r)) {
        sgs_dns_wrong(&m->in, "question cut short", m->in.msg.len);
    }
    return rd_ok(r);
}

/* Reads one record; into a row of answers when d is not NULL. */
static bool read_record(struct work *m, struct sgs_reader *r, struct sgs_draft *d)
{
    struct sgs_dns_name owner;

    if (!sgs_dns_read_name(&m->in, r, &owner)) {
        return false;
    }
    uint16_t type = rd_be16(r);
    uint16_t class = rd_be16(r);
    uint32_t ttl = rd_be32(r);
    size_t len = rd_be16(r);
    size_t off = r->off;
    rd_skip(r, len);
    if (!rd_ok(r)) {
        sgs_dns_wrong(&m->in, "record cut short", m->in.msg.len);
        return false;
    }
    if (type == SGS_DNS_TYPE_OPT) {
        m->extended_rcode = (uint16_t)(ttl >> 24 << 4);
    }
    if (!d || type == SGS_DNS_TYPE_OPT) {
        return true;
    }
    begin_text(m);
    sgs_dns_put_name(&m->in.text, &owner);
    ev_row(d, SGS_F_ANSWERS);
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("name"), text_of(m));
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("type"), sgs_dns_type_name(m->in.l, type));
    ev_member_int(d, SGS_F_ANSWERS, SGS_LIT("ttl"), ttl);
    begin_text(m);
    struct sgs_reader data = rd_open(sgs_slice_head(m->in.msg, off + len));
    rd_skip(&data, off);
    sgs_dns_put_data(&m->in, type, class, &data);
    if (rd_done(&data)) {
        ev_member(d, SGS_F_ANSWERS, SGS_LIT("data"), text_of(m));
    } else if (!m->in.has_reached_limit) {
        sgs_dns_wrong(&m->in, "data of a record do not fill it", off);
    }
    return !m->in.has_reached_limit;
}

static bool read_records(struct work *m, struct sgs_reader *r, unsigned n, struct sgs_draft *d)
{
    for (unsigned i = 0; i < n; i++) {
        if (m->n_records++ >= SGS_MAX_DNS_RECORDS) {
            sgs_limit(m->in.l, m->in.dir, "dns.records", SGS_MAX_DNS_RECORDS);
            return false;
        }
        if (!read_record(m, r, d)) {
            return false;
        }
    }
    return true;
}

/* All behind the flags.  d: the event of a response, or NULL: then only the question is read. */
static void read_sections(struct work *m, struct sgs_reader *r, struct sgs_draft *d)
{
    unsigned n_questions = rd_be16(r);
    unsigned n_answers = rd_be16(r);
    unsigned n_authority = rd_be16(r);
    unsigned n_additional = rd_be16(r);
    struct question other;

    if (!rd_ok(r)) {
        sgs_dns_wrong(&m->in, "header cut short", m->in.msg.len);
        return;
    }
    m->has_none = n_questions == 0;
    for (unsigned i = 0; i < n_questions; i++) {
        if (!read_question(m, r, i == 0 ? &m->asked : &other)) {
            return;
        }
        m->has_question = true;
    }
    if (d && read_records(m, r, n_answers, d) && read_records(m, r, n_authority, NULL)) {
        (void)read_records(m, r, n_additional, NULL);
    }
}

/* questions that wait */

static void append(struct queue *q, struct pending *p)
{
    if (!q->end) {
        q->end = &q->first;
    }
    p->next = NULL;
    *q->end = p;
    q->end = &p->next;
    q->n++;
}

/* Takes out what *at points to. */
static struct pending *take(struct queue *q, struct pending **at)
{
    struct pending *p = *at;

    assert(p);
    *at = p->next;
    if (q->end == &p->next) {
        q->end = at;
    }
    q->n--;
    return p;
}

static void give_back(struct dns *st, struct pending *p)
{
    p->next = st->spare;
    st->spare = p;
}

/* True if m, which comes in direction dir of the question, speaks of what p asked. */
static bool is_about(const struct pending *p, const struct work *m, uint16_t txid, enum sgs_dir dir)
{
    if (p->txid != txid || p->dir != dir) {
        return false;
    }
    if (!m->has_question) {
        return m->has_none;
    }
    return p->has_question && same_question(&p->question, &m->asked);
}

static struct pending **find(struct queue *q, const struct work *m, uint16_t txid, enum sgs_dir dir)
{
    struct pending **at = &q->first;

    while (*at && !is_about(*at, m, txid, dir)) {
        at = &(*at)->next;
    }
    return at;
}

static struct pending *fresh(struct work *m, struct dns *st)
{
    struct pending *p = st->spare;

    if (p) {
        st->spare = p->next;
        return p;
    }
    if (st->waiting.n >= SGS_MAX_DNS_PENDING) {
        sgs_limit(m->in.l, m->in.dir, "dns.pending", SGS_MAX_DNS_PENDING);
        return take(&st->waiting, &st->waiting.first);
    }
    return sgs_arena_alloc(sgs_layer_arena(m->in.l), sizeof *p);
}

static void remember(struct work *m, uint16_t txid)
{
    struct dns *st = sgs_state(m->in.l);
    const struct sgs_origin *origin = sgs_origin_of(m->in.l);
    struct pending *p = *find(&st->waiting, m, txid, m->in.dir);

    if (p) {
        p->attempts++;
        p->origin.frame_last = origin->frame_last;
        p->origin.time_last = origin->time_last;
        return;
    }
    p = fresh(m, st);
    if (p) {
        *p = (struct pending){.question = m->asked,
                              .has_question = m->has_question,
                              .txid = txid,
                              .dir = m->in.dir,
                              .attempts = 1,
                              .origin = *origin};
        append(&st->waiting, p);
    }
}

/* Time from one moment to a later one; 0 when the clock went back, never more than fits. */
static sgs_time elapsed(sgs_time from, sgs_time to)
{
    uint64_t ns = to > from ? (uint64_t)to - (uint64_t)from : 0;

    return ns > INT64_MAX ? INT64_MAX : (sgs_time)ns;
}

/* The question that m answers, or NULL; it counts as answered from now on. */
static const struct pending *answered(struct work *m, uint16_t txid)
{
    struct dns *st = sgs_state(m->in.l);
    enum sgs_dir dir = m->in.dir == SGS_C2S ? SGS_S2C : SGS_C2S;
    struct pending **at = find(&st->waiting, m, txid, dir);

    if (!*at) {
        return *find(&st->answered, m, txid, dir);
    }
    struct pending *p = take(&st->waiting, at);
    append(&st->answered, p);
    if (st->answered.n > MAX_ANSWERED) {
        give_back(st, take(&st->answered, &st->answered.first));
    }
    return p;
}

/* the event of a message */

static void put_tie(struct sgs_draft *d, struct work *m, const struct pending *p)
{
    if (!p) {
        return;
    }
    if (!m->has_question && p->has_question) {
        put_question(d, m, &p->question);
    }
    ev_int(d, SGS_F_QUERY_FRAME, p->origin.frame);
    ev_ms(d, SGS_F_RTT_MS, elapsed(p->origin.time, sgs_origin_of(m->in.l)->time));
    if (p->attempts > 1) {
        ev_int(d, SGS_F_ATTEMPTS, p->attempts);
    }
}

static void put_response(struct sgs_draft *d, struct work *m, uint16_t txid, uint16_t flags)
{
    uint32_t rcode = RCODE(flags) | m->extended_rcode;

    ev_text(d, SGS_F_RCODE, SGS_NAME_OR_NUMBER(rcodes, rcode, "RCODE", sgs_scratch(m->in.l)));
    if (flags & FLAG_TRUNCATED) {
        ev_bool(d, SGS_F_TRUNCATED, true);
    }
    put_tie(d, m, answered(m, txid));
}

static void read_message(struct work *m, bool is_cut)
{
    struct sgs_reader r = rd_open(m->in.msg);
    uint16_t txid = rd_be16(&r);
    uint16_t flags = rd_be16(&r);

    if (!rd_ok(&r)) {
        if (!is_cut) {
            sgs_malformed(m->in.l, m->in.dir, "message without flags", m->in.msg.len);
        }
        return;
    }
    bool is_response = flags & FLAG_RESPONSE;
    struct sgs_draft *d =
        sgs_event_open(m->in.l, m->in.dir, is_response ? SGS_K_DNS_RESPONSE : SGS_K_DNS_QUERY);
    bool is_udp = sgs_conn_info(m->in.l)->transport == SGS_UDP;

    /* the records of an update (RFC 2136) answer nothing */
    read_sections(m, &r, is_response && OPCODE(flags) != OPCODE_UPDATE ? d : NULL);
    m->has_none |= is_cut && !m->has_question;
    ev_int(d, SGS_F_TXID, txid);
    ev_str(d, SGS_F_TRANSPORT, is_udp ? "udp" : "tcp");
    if (m->has_question) {
        put_question(d, m, &m->asked);
    }
    if (is_response) {
        put_response(d, m, txid, flags);
    } else {
        remember(m, txid);
    }
    if (is_cut) {
        ev_bool(d, SGS_F_CUT, true);
    } else if (m->in.wrong && !(flags & FLAG_TRUNCATED)) {
        sgs_malformed(m->in.l, m->in.dir, m->in.wrong, m->in.wrong_off);
    }
    sgs_emit(d);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    const struct dns *st = sgs_state(l);
    bool is_udp = sgs_conn_info(l)->transport == SGS_UDP;
    struct work m = {
        .in = {.l = l, .dir = dir, .msg = is_udp ? octets : sgs_slice_from(octets, 2)}
    };

    sgs_buf_init(&m.in.text, SGS_MAX_EVENT_TEXT);
    read_message(&m, is_udp ? st->is_cut : sgs_is_cut(l));
    sgs_buf_clear(&m.in.text);
}

/* framing */

/* A query or response that begins like most: known opcode, one question with a plain name. */
static bool begins_message(struct sgs_slice s)
{
    struct sgs_reader r = rd_open(s);

    rd_skip(&r, 2);
    uint16_t flags = rd_be16(&r);
    uint16_t n_questions = rd_be16(&r);
    rd_skip(&r, 6);
    uint8_t len = rd_u8(&r);
    while (rd_ok(&r) && len > 0 && len < 0x40) {
        rd_skip(&r, len);
        len = rd_u8(&r);
    }
    rd_skip(&r, 2); /* type */
    uint16_t class = rd_be16(&r);
    return rd_ok(&r) && len == 0 && r.off <= HEADER_LEN + SGS_DNS_MAX_NAME + 4 &&
           n_questions == 1 && OPCODE(flags) <= 6 &&
           (class == 1 || class == 3 || class == 254 || class == 255);
}

/* The same behind the two octets that tell its length. */
static bool begins_stream(struct sgs_slice s)
{
    struct sgs_reader r = rd_open(s);
    size_t len = rd_be16(&r);

    return rd_ok(&r) && begins_message(sgs_slice_head(rd_rest(&r), len));
}

/* Ports tell what DNS is; a head that reads well settles it against others. */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    if (head.len < 4) {
        return SGS_SHORT;
    }
    return begins_message(head) || begins_stream(head) ? SGS_SURE : SGS_MAYBE;
}

/* Offset of the first message, or avail.len. */
static size_t find_message(struct sgs_slice avail)
{
    size_t off = 0;

    while (off < avail.len && !begins_stream(sgs_slice_from(avail, off))) {
        off++;
    }
    return off;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct dns *st = sgs_state(l);
    const struct sgs_conn_info *info = sgs_conn_info(l);
    struct sgs_reader r = rd_open(avail);

    if (info->transport == SGS_UDP) {
        st->is_cut = sgs_is_cut(l);
        return SGS_LEN(avail.len);
    }
    if (!st->has_begun[dir]) {
        st->has_begun[dir] = true;
        st->is_lost[dir] = !info->has_start;
    }
    if (st->is_lost[dir]) {
        size_t off = find_message(avail);
        if (off == avail.len) {
            return off > MAX_SEARCH ? SGS_SKIP(off - MAX_SEARCH) : SGS_NEED(off + 1);
        }
        st->is_lost[dir] = false;
        if (off > 0) {
            return SGS_SKIP(off);
        }
    }
    size_t len = rd_be16(&r);
    return rd_ok(&r) ? SGS_LEN(2 + len) : SGS_NEED(2);
}

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct dns *st = sgs_state(l);

    st->has_begun[dir] = true;
    st->is_lost[dir] = true;
    for (struct pending *p = st->waiting.first; p; p = p->next) {
        p->is_hidden |= p->dir != dir;
    }
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct dns *st = sgs_state(l);

    st->why = why;
    st->end_time = sgs_capture_time(l);
}

/* The questions that nobody answered, as far as the capture would show the answer. */
static void close(struct sgs_layer *l)
{
    const struct dns *st = sgs_state(l);
    struct work m = {.in = {.l = l}};

    sgs_buf_init(&m.in.text, SGS_MAX_EVENT_TEXT);
    for (const struct pending *p = st->waiting.first; p; p = p->next) {
        bool is_fresh = st->why == SGS_END_CAPTURE && elapsed(p->origin.time, st->end_time) < FRESH;
        if (p->is_hidden || is_fresh || !p->has_question) {
            continue;
        }
        struct sgs_draft *d = sgs_event_open(l, p->dir, SGS_K_DNS_UNANSWERED);
        sgs_event_at(d, &p->origin);
        put_question(d, &m, &p->question);
        ev_int(d, SGS_F_ATTEMPTS, p->attempts);
        sgs_emit(d);
    }
    sgs_buf_clear(&m.in.text);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_UDP_PORT, "53"},
    {SGS_BY_TCP_PORT, "53"},
    {0,               NULL},
};

SGS_DISSECTOR(dns) = {
    .name = "dns",
    .title = "DNS",
    .claims = claims,
    .state_size = sizeof(struct dns),
    .max_message = SGS_MAX_DNS_MESSAGE + 2,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
    .close = close,
};
