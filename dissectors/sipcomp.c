/*
 * SIP compression ([MS-SIPCOMP]): behind the answer to NEGOTIATE each direction is a row of packets
 * (sipcomp_packet.c), compressed (sipcomp_lz77.c) or not.  What comes out of them is a stream of
 * SIP, which need not begin and end with the packets.
 *
 * How headers are read is learned from the first packets of either direction and then holds for
 * both.  A direction whose history is not known (joined late, octets lost, a packet that does not
 * follow the coding) goes on with what is sent plain, and is whole again from the next packet that
 * is AT_FRONT or FLUSHED.  What could not be read is told as sip.unreadable.
 */
#include "sipcomp.h"

/* A run of octets that cannot be read. */
struct run {
    const char *reason; /* static; NULL: there is none */
    uint64_t octets;
    struct sgs_origin origin;
};

struct direction {
    bool has_begun;
    bool is_searching; /* the next packet may begin anywhere */
    bool is_lost;      /* the history is not known */
    bool is_dead;      /* at the cap */
    bool in_step;      /* the next packet begins with a message of SIP */
    const char *why;   /* is_lost or is_searching: static */
    size_t scanned;    /* see sipcomp_message_len */
    struct sipcomp_history history;
    struct sipcomp_trial trial;
    uint64_t in, out; /* octets of packets, and of what they stand for */
    struct run run;
};

struct sipcomp {
    struct sgs_layer *sip;
    bool is_plain; /* it is not compressed after all */
    bool is_sure;  /* the coding is the one that was agreed on, or it has been seen */
    bool is_64k;   /* that coding */
    struct sipcomp_layout layout;
    struct direction dir[2];
};

static const char joined_late[] = "the conversation began before the capture";
static const char octets_lost[] = "octets before it are lost";
static const char no_header[] = "no packet where one must begin";
static const char not_the_code[] = "a packet does not follow the coding";
static const char bad_flags[] = "flags that contradict each other";
static const char too_much[] = "more than the cap allows";

static struct sgs_layer *sip_of(struct sgs_layer *l)
{
    struct sipcomp *st = sgs_state(l);

    if (!st->sip) {
        st->sip = sgs_start(l, SGS_BY_NAME, SGS_LIT("sip"));
        if (st->is_plain) {
            sgs_put(st->sip, SGS_NOTE_COMPRESSION, SGS_LIT("none"));
        } else if (sgs_get(l, SGS_NOTE_COMPRESSION).len == 0) {
            sgs_put(st->sip, SGS_NOTE_COMPRESSION, SGS_LIT("unknown"));
        }
    }
    return st->sip;
}

/* what cannot be read */

static void end_run(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sipcomp *st = sgs_state(l);
    struct run *run = &st->dir[dir].run;

    if (!run->reason) {
        return;
    }
    struct sgs_draft *d = sgs_event_open(l, dir, SGS_K_SIP_UNREADABLE);
    ev_str(d, SGS_F_REASON, run->reason);
    ev_int(d, SGS_F_OCTETS, run->octets);
    ev_text(d, SGS_F_COMPRESSION, sgs_get(l, SGS_NOTE_COMPRESSION));
    sgs_event_at(d, &run->origin);
    sgs_emit(d);
    *run = (struct run){0};
}

/* n octets at hand cannot be read. */
static void add_unreadable(struct sgs_layer *l, enum sgs_dir dir, size_t n)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];
    const struct sgs_origin *o = sgs_origin_of(l);

    if (n == 0) {
        return;
    }
    if (!d->run.reason) {
        d->run = (struct run){.reason = d->why, .origin = *o};
    }
    d->run.octets += n;
    sgs_origin_extend(&d->run.origin, o);
}

/* From here on the history is not known. */
static void lose_history(struct sgs_layer *l, enum sgs_dir dir, const char *why)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    if (!d->is_lost && st->sip) {
        sgs_lose(st->sip, dir, 0);
    }
    d->why = d->is_lost && why == octets_lost ? d->why : why;
    d->is_lost = true;
    d->in_step = false;
    d->out += d->trial.is_running ? d->history.at - d->trial.start : 0;
    d->trial.is_running = false;
}

/* The packet at hand is none: the next one must be searched. */
static void lose_step(struct sgs_layer *l, enum sgs_dir dir, const char *why)
{
    struct sipcomp *st = sgs_state(l);

    lose_history(l, dir, why);
    st->dir[dir].is_searching = true;
}

/* The same because of what its sender did. */
static void desync(struct sgs_layer *l, enum sgs_dir dir, const char *why)
{
    sgs_malformed(l, dir, why, 0);
    lose_step(l, dir, why);
}

/* where packets begin and end */

static void begin(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];
    struct sgs_slice coding = sgs_get(l, SGS_NOTE_COMPRESSION);

    if (d->has_begun) {
        return;
    }
    d->has_begun = d->in_step = true;
    if (coding.len == 0) {
        lose_step(l, dir, joined_late);
        return;
    }
    st->is_sure = true;
    st->is_64k = sgs_slice_ieq(coding, SGS_LIT("LZ77-64K"));
}

static struct sgs_extent search(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sipcomp *st = sgs_state(l);
    const struct sipcomp_layout *y = &st->layout;
    size_t at = 0, window = (size_t)y->len + SIPCOMP_PAYLOAD_LEN;
    struct sipcomp_header h;

    while (avail.len - at >= window) {
        struct sgs_slice s = sgs_slice_from(avail, at);
        if (sipcomp_is_header(y, s) && sipcomp_read_header(y, s, &h) &&
            sipcomp_is_payload(&h, sgs_slice_from(s, y->len))) {
            break;
        }
        at++;
    }
    if (at > 0) {
        add_unreadable(l, dir, at);
        return SGS_SKIP(at);
    }
    if (avail.len < window) {
        return SGS_NEED(window);
    }
    st->dir[dir].is_searching = false;
    return SGS_LEN(0); /* here it is */
}

/* A packet of which only the size can tell how long it is. */
static struct sgs_extent by_size(struct sgs_layer *l, enum sgs_dir dir,
                                 const struct sipcomp_header *h)
{
    struct sipcomp *st = sgs_state(l);
    size_t n = sipcomp_wire_len(&st->layout, h);

    if (n > 0) {
        return SGS_LEN(n);
    }
    st->dir[dir].is_searching = true;
    add_unreadable(l, dir, 1);
    return SGS_SKIP(1);
}

static struct sipcomp_packet packet_of(struct sipcomp *st, enum sgs_dir dir,
                                       const struct sipcomp_header *h)
{
    struct direction *d = &st->dir[dir];

    return (struct sipcomp_packet){.y = &st->layout,
                                   .h = *h,
                                   .history = &d->history,
                                   .trial = &d->trial,
                                   .in_step = d->in_step};
}

/* Gets ready to decode the packet p.  False: there is no memory for its history. */
static bool prepare(struct sgs_layer *l, enum sgs_dir dir, struct sipcomp_packet *p)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    if (d->trial.is_running) {
        return true;
    }
    if (!d->history.octets) {
        d->history.octets = sgs_arena_alloc(sgs_layer_arena(l), SIPCOMP_HISTORY_64K);
    }
    d->history.is_64k = st->is_sure && st->is_64k;
    if (p->h.flags & SIPCOMP_AT_FRONT) {
        d->history.at = 0;
        d->history.is_partial |= d->is_lost;
    }
    if (d->history.octets) {
        sipcomp_begin(p);
    }
    return d->history.octets != NULL;
}

/* The coding is not known, and it is not that with a history of 8 KiB. */
static bool try_64k(struct sipcomp *st, enum sgs_dir dir, struct sipcomp_packet *p)
{
    struct direction *d = &st->dir[dir];

    if (st->is_sure || d->history.is_64k) {
        return false;
    }
    d->history.is_64k = true;
    d->history.at = d->trial.start;
    sipcomp_begin(p);
    return true;
}

/* False, and the direction is over: it stands for too many octets. */
static bool afford(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    if (d->out <= SGS_MAX_SIPCOMP_FREE + SGS_MAX_SIPCOMP_RATIO * d->in) {
        return true;
    }
    sgs_limit(l, dir, "sipcomp.octets", SGS_MAX_SIPCOMP_FREE + SGS_MAX_SIPCOMP_RATIO * d->in);
    lose_history(l, dir, too_much);
    d->is_dead = true;
    return false;
}

static struct sgs_extent compressed(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail,
                                    const struct sipcomp_header *h)
{
    struct sipcomp *st = sgs_state(l);
    struct sipcomp_packet p = packet_of(st, dir, h);
    size_t need = 0;

    if (!afford(l, dir)) {
        add_unreadable(l, dir, avail.len);
        return SGS_SKIP(avail.len);
    }
    bool is_readable = !st->dir[dir].is_lost || (h->flags & SIPCOMP_AT_FRONT);
    if (!is_readable || !prepare(l, dir, &p)) {
        return by_size(l, dir, h);
    }
    do {
        enum sipcomp_size size = sipcomp_try(&p, avail, &need);
        if (size < SIPCOMP_N_SIZES) {
            return SGS_LEN(p.trial->fit[size].len);
        }
        if (need > 0) {
            return SGS_NEED(need);
        }
    } while (try_64k(st, dir, &p));
    if (p.trial->result == SIPCOMP_LOST) {
        lose_history(l, dir, octets_lost);
        return by_size(l, dir, h);
    }
    desync(l, dir, not_the_code);
    add_unreadable(l, dir, 1);
    return SGS_SKIP(1);
}

static struct sgs_extent all_of(struct sgs_slice avail)
{
    return SGS_LEN(sgs_slice_head(avail, SGS_MAX_SIPCOMP_PACKET).len);
}

static struct sgs_extent packet(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sipcomp *st = sgs_state(l);
    struct sipcomp_header h;
    size_t need = 0;

    if (avail.len < st->layout.len) {
        return SGS_NEED(st->layout.len);
    }
    if (!sipcomp_read_header(&st->layout, avail, &h)) {
        desync(l, dir, no_header);
        return search(l, dir, avail);
    }
    if (h.flags & SIPCOMP_COMPRESSED && sipcomp_is_header(&st->layout, avail)) {
        return compressed(l, dir, avail, &h);
    }
    if (h.flags & ~SIPCOMP_FLUSHED) {
        desync(l, dir, bad_flags);
        st->dir[dir].is_searching = false;
        return by_size(l, dir, &h);
    }
    struct sipcomp_packet p = packet_of(st, dir, &h);
    size_t n = sipcomp_plain_len(&p, avail, &need);
    return n > 0 ? SGS_LEN(n) : SGS_NEED(need);
}

/* The first octets of a connection whose packets are not known yet. */
static struct sgs_extent learn(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sipcomp *st = sgs_state(l);
    struct sipcomp_layout y;

    switch (sipcomp_learn(avail, &st->dir[dir].scanned, &y)) {
    case SIPCOMP_LOOK_MORE:
        return SGS_NEED(avail.len < SIPCOMP_LOOK_LEN ? SIPCOMP_LOOK_LEN : avail.len + 1);
    case SIPCOMP_LOOK_PLAIN:
        st->is_plain = true;
        return all_of(avail);
    case SIPCOMP_LOOK_PACKET:
        st->layout = y;
        return packet(l, dir, avail);
    case SIPCOMP_LOOK_NOTHING:
        desync(l, dir, no_header);
        break;
    }
    return SGS_LEN(0);
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    begin(l, dir);
    if (d->is_dead) {
        add_unreadable(l, dir, avail.len);
        return SGS_SKIP(avail.len);
    }
    if (st->is_plain) {
        return all_of(avail);
    }
    if (!st->layout.is_known && !d->is_searching) {
        struct sgs_extent x = learn(l, dir, avail);
        if (x.kind != SGS_X_LEN || x.n > 0) {
            return x;
        }
    }
    if (st->layout.len == 0) {
        st->layout = sipcomp_usual();
    }
    if (d->is_searching) {
        struct sgs_extent x = search(l, dir, avail);
        if (x.kind != SGS_X_LEN) {
            return x;
        }
    }
    return packet(l, dir, avail);
}

/* packets */

/* A packet or its head is read: out comes text. */
static void deliver(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice text)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    end_run(l, dir);
    d->in_step = d->in_step && !sgs_is_cut(l) && sipcomp_is_whole(text);
    sgs_push(sip_of(l), dir, text);
}

static void read_plain(struct sgs_layer *l, enum sgs_dir dir, const struct sipcomp_header *h,
                       struct sgs_slice payload, size_t missing)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];

    if (h->flags & SIPCOMP_FLUSHED) {
        sipcomp_history_flush(&d->history);
        d->is_lost = false;
    }
    deliver(l, dir, payload);
    if (missing > 0) {
        sgs_lose(st->sip, dir, missing);
    }
}

/* The reading of the size that the packet fits, or the first that could; N_SIZES: none. */
static enum sipcomp_size reading_of(struct sipcomp_packet *p, struct sgs_slice msg)
{
    size_t need = 0;
    enum sipcomp_size size = sipcomp_try(p, msg, &need);

    for (enum sipcomp_size i = 0; i < SIPCOMP_N_SIZES && size == SIPCOMP_N_SIZES; i++) {
        size = p->trial->fit[i].state == SIPCOMP_FITS ? i : size;
    }
    return size;
}

static void read_compressed(struct sgs_layer *l, enum sgs_dir dir, const struct sipcomp_header *h,
                            struct sgs_slice msg)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];
    struct sipcomp_packet p = packet_of(st, dir, h);

    if (!d->trial.is_running) { /* measure gave it up */
        add_unreadable(l, dir, msg.len);
        return;
    }
    enum sipcomp_size size = reading_of(&p, msg);
    bool is_whole = size < SIPCOMP_N_SIZES;
    size_t out = is_whole ? d->trial.fit[size].out : d->history.at - d->trial.start;
    struct sgs_slice text = sgs_slice(d->history.octets + d->trial.start, out);
    d->history.at = d->trial.start + out;
    d->trial.is_running = false;
    d->out += out;
    if (!afford(l, dir)) {
        add_unreadable(l, dir, msg.len);
        return;
    }
    d->is_lost = false;
    if (is_whole) {
        st->layout.sizes = sipcomp_agreeing(&d->trial, size);
        st->is_sure = true;
        st->is_64k = d->history.is_64k;
    }
    deliver(l, dir, text);
    if (!is_whole) {
        lose_history(l, dir, octets_lost);
    }
}

static void read_packet(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sipcomp *st = sgs_state(l);
    struct direction *d = &st->dir[dir];
    struct sipcomp_layout *y = &st->layout;
    struct sipcomp_header h;

    d->in += msg.len;
    if (d->is_searching || msg.len < y->len || !sipcomp_read_header(y, msg, &h)) {
        add_unreadable(l, dir,
                       d->is_lost ? msg.len : 0); /* the last octets before a hole or the end */
        return;
    }
    y->is_known = true;
    if (h.unit) {
        y->flags_at = h.flags_at;
        y->unit = h.unit;
    }
    if (h.flags & (SIPCOMP_COMPRESSED | SIPCOMP_AT_FRONT)) {
        read_compressed(l, dir, &h, msg);
        return;
    }
    struct sipcomp_packet p = packet_of(st, dir, &h);
    size_t need = 0, len = sipcomp_plain_len(&p, msg, &need);
    if (!sgs_is_cut(l)) {
        y->sizes &= len == y->len + h.size ? 1u << SIPCOMP_WIRE | 1u << SIPCOMP_PLAIN
                                           : 1u << SIPCOMP_WIRE_ALL | 1u << SIPCOMP_PLAIN_ALL;
    }
    read_plain(l, dir, &h, sgs_slice_from(msg, y->len), len > msg.len ? len - msg.len : 0);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sipcomp *st = sgs_state(l);

    if (st->is_plain) {
        sgs_push(sip_of(l), dir, msg);
        sgs_hand_over(l, st->sip);
        return;
    }
    read_packet(l, dir, msg);
}

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct sipcomp *st = sgs_state(l);

    begin(l, dir);
    if (!st->dir[dir].is_dead) {
        lose_step(l, dir, octets_lost);
    }
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    end_run(l, dir);
}

/*
 * Joined in the middle: only what can hardly be anything else.  Behind a header of the usual
 * layout stands SIP, coded text, or octets that reach just as far as the size says.
 */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sipcomp_layout y = sipcomp_usual();
    struct sipcomp_header h;

    if (head.len < y.len) {
        return head.len > 0 && head.ptr[0] & 0x15 ? SGS_NO : SGS_SHORT; /* no flag of ours */
    }
    if (!sipcomp_is_header(&y, head) || !sipcomp_read_header(&y, head, &h)) {
        return SGS_NO;
    }
    struct sgs_slice payload = sgs_slice_from(head, y.len);
    if (!(h.flags & SIPCOMP_COMPRESSED)) {
        if (payload.len < SIPCOMP_START_LEN) {
            return SGS_SHORT;
        }
        return sipcomp_is_start(payload) ? SGS_SURE : SGS_NO;
    }
    if (!(h.flags & SIPCOMP_AT_FRONT)) {
        return payload.len == h.size ? SGS_SURE : payload.len < h.size ? SGS_SHORT : SGS_NO;
    }
    if (payload.len < SIPCOMP_PAYLOAD_LEN) {
        return SGS_SHORT;
    }
    return sipcomp_is_payload(&h, payload) ? SGS_SURE : SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE, NULL     },
    {SGS_BY_NAME,  "sipcomp"},
    {0,            NULL     },
};

SGS_DISSECTOR(sipcomp) = {
    .name = "sipcomp",
    .title = "SIP compression",
    .claims = claims,
    .state_size = sizeof(struct sipcomp),
    .max_message = SGS_MAX_SIPCOMP_PACKET + SIPCOMP_MAX_HEADER,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
};
