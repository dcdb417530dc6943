/*
 * Compression packets: a binary header, then a payload.  The header of [MS-SIPCOMP] is known in
 * parts only: flags PACKET_COMPRESSED (0x2), PACKET_AT_FRONT and PACKET_FLUSHED in the order of
 * RFC 2118, section 3.1; six octets before the payload, the last of them the low octet of a size.
 * So this is what is tried first
 *
 *   +-------+-------+---------------+
 *   | flags        | size, be 32    |     flags in the first or second octet, in the low or in the
 *   +-------+-------+---------------+     high half of it
 *
 * and what does not fit is learned from the first message, which is sent plain: where its start
 * line begins, and which field of the octets before it tells its length.  What the size of a
 * compressed packet counts shows itself with the first of them.
 */
#include <signscope/reader.h>

#include "sipcomp.h"

#define USUAL_LEN 6

struct sipcomp_layout sipcomp_usual(void)
{
    return (struct sipcomp_layout){
        .len = USUAL_LEN, .size_at = 2, .size_len = 4, .sizes = (1u << SIPCOMP_N_SIZES) - 1};
}

static uint64_t number(struct sgs_slice s, size_t at, size_t len, bool is_little)
{
    struct sgs_reader r = rd_open(rd_at(s, at, len));

    return is_little ? rd_le(&r, len) : rd_be(&r, len);
}

static bool is_of_size(const struct sipcomp_layout *y, size_t i)
{
    return i >= y->size_at && i < (size_t)y->size_at + y->size_len;
}

/*
 * Which bit means COMPRESSED when the flags differ so from those of a plain packet.  0: cannot be.
 * The first compressed packet is AT_FRONT as well, two bits side by side; a bit alone is FLUSHED,
 * but for those that are known or likely to mean COMPRESSED.
 */
static uint8_t unit_of(uint8_t difference, bool is_known)
{
    static const uint8_t alone[] = {0x01, 0x02, 0x01, 0x02, 0x04, 0x20, 0x10, 0x20}; /* by bit */

    for (unsigned i = 0; i < 8 && is_known; i++) {
        if (difference == 3u << i) {
            return (uint8_t)(1u << i);
        }
        if (difference == 1u << i) {
            return alone[i];
        }
    }
    if ((difference & ~0x0eu) == 0) {
        return 0x02;
    }
    return (difference & ~0xe0u) == 0 ? 0x20 : 0;
}

/* Flags in a layout that has shown none so far. */
static bool find_flags(const struct sipcomp_layout *y, struct sgs_slice s,
                       struct sipcomp_header *out)
{
    for (size_t i = 0; i < y->len; i++) {
        uint8_t difference = s.ptr[i] ^ y->rest[i];
        if (is_of_size(y, i) || difference == 0) {
            continue;
        }
        if (out->unit) {
            return false; /* only one octet has flags */
        }
        out->flags_at = (uint8_t)i;
        out->unit = unit_of(difference, y->is_known);
        if (!out->unit) {
            return false;
        }
        out->flags = difference / out->unit;
    }
    return true;
}

static bool read_flags(const struct sipcomp_layout *y, struct sgs_slice s,
                       struct sipcomp_header *out)
{
    if (!y->unit) {
        return find_flags(y, s, out);
    }
    for (size_t i = 0; i < y->len; i++) {
        if (!is_of_size(y, i) && i != y->flags_at && s.ptr[i] != y->rest[i]) {
            return false;
        }
    }
    uint8_t difference = s.ptr[y->flags_at] ^ y->rest[y->flags_at];
    out->flags_at = y->flags_at;
    out->unit = y->unit;
    out->flags = difference / y->unit;
    return (difference & ~(7u * y->unit)) == 0;
}

bool sipcomp_read_header(const struct sipcomp_layout *y, struct sgs_slice s,
                         struct sipcomp_header *out)
{
    struct sipcomp_header h = {.size = number(s, y->size_at, y->size_len, y->is_little)};

    bool counts_all = (y->sizes & (1u << SIPCOMP_WIRE | 1u << SIPCOMP_PLAIN)) == 0;
    if (h.size <= (counts_all ? y->len : 0) || h.size > SGS_MAX_SIPCOMP_PACKET ||
        !read_flags(y, s, &h)) {
        return false;
    }
    *out = h;
    return true;
}

static bool is_consistent(unsigned flags)
{
    return flags == 0 || flags == SIPCOMP_FLUSHED || flags == SIPCOMP_COMPRESSED ||
           flags == (SIPCOMP_COMPRESSED | SIPCOMP_AT_FRONT);
}

bool sipcomp_is_header(const struct sipcomp_layout *y, struct sgs_slice s)
{
    struct sipcomp_header h;

    return sipcomp_read_header(y, s, &h) && is_consistent(h.flags);
}

static bool is_keep_alive(struct sgs_slice s)
{
    return sgs_slice_eq(s, SGS_LIT("\r\n\r\n")) || sgs_slice_eq(s, SGS_LIT("\r\n"));
}

/* What is compressed with an empty history begins with literals; with another one copies may come
 * first, of which nothing can be said. */
static bool is_coded_text(struct sgs_slice s)
{
    struct sipcomp_token t;
    size_t bit = 0, out = 0;

    while (out < 8 && sipcomp_token(s, false, &bit, &t) == SIPCOMP_OK && !t.is_copy) {
        if (!sipcomp_is_text(t.literal)) {
            return false;
        }
        out++;
    }
    return out >= 4;
}

bool sipcomp_is_payload(const struct sipcomp_header *h, struct sgs_slice s)
{
    if (!(h->flags & SIPCOMP_COMPRESSED)) {
        return sipcomp_is_start(s) || is_keep_alive(sgs_slice_head(s, (size_t)h->size));
    }
    return !(h->flags & SIPCOMP_AT_FRONT) || is_coded_text(s);
}

/* s: the payload of a first packet.  It begins with SIP, or with the line ends of a keep-alive. */
static bool is_first_payload(const struct sipcomp_header *h, struct sgs_slice s)
{
    if (h->flags & SIPCOMP_COMPRESSED) {
        return is_coded_text(s);
    }
    return sipcomp_is_start(s) || sgs_slice_starts(s, SGS_LIT("\r\n"));
}

/* The field of the n octets before a message that tells its length; another octet must be left for
 * the flags. */
static bool find_size(struct sgs_slice s, size_t n, size_t message, struct sipcomp_layout *y)
{
    static const struct {
        uint8_t len;
        bool is_little;
    } kinds[] = {
        {4, false},
        {4, true },
        {2, false},
        {2, true }
    };

    for (size_t i = 0; i < 2 * sizeof kinds / sizeof *kinds; i++) {
        bool is_all = i % 2;
        uint8_t len = kinds[i / 2].len;
        for (size_t at = n - len; n > len && at <= n - len; at--) {
            if (number(s, at, len, kinds[i / 2].is_little) != message + (is_all ? n : 0)) {
                continue;
            }
            y->size_at = (uint8_t)at;
            y->size_len = len;
            y->is_little = kinds[i / 2].is_little;
            y->sizes = is_all ? 1u << SIPCOMP_WIRE_ALL | 1u << SIPCOMP_PLAIN_ALL
                              : 1u << SIPCOMP_WIRE | 1u << SIPCOMP_PLAIN;
            return true;
        }
    }
    return false;
}

/* The first message is sent plain, behind a header of at octets. */
static enum sipcomp_look learn_from(struct sgs_slice s, size_t at, size_t *scanned,
                                    struct sipcomp_layout *y)
{
    struct sgs_slice text = sgs_slice_from(s, at);
    size_t message = sipcomp_message_len(text, scanned);

    if (message == 0) {
        return s.len < SGS_MAX_SIP_HEAD ? SIPCOMP_LOOK_MORE : SIPCOMP_LOOK_NOTHING;
    }
    *y = (struct sipcomp_layout){.is_known = true, .len = (uint8_t)at};
    for (size_t i = 0; i < at; i++) {
        y->rest[i] = s.ptr[i];
    }
    return find_size(s, at, message, y) ? SIPCOMP_LOOK_PACKET : SIPCOMP_LOOK_NOTHING;
}

enum sipcomp_look sipcomp_learn(struct sgs_slice s, size_t *scanned, struct sipcomp_layout *y)
{
    struct sipcomp_header h;
    size_t at = 0;

    if (s.len < SIPCOMP_LOOK_LEN) {
        return SIPCOMP_LOOK_MORE;
    }
    *y = sipcomp_usual();
    if (sipcomp_is_header(y, s) && sipcomp_read_header(y, s, &h) &&
        is_first_payload(&h, sgs_slice_from(s, USUAL_LEN))) {
        y->is_known = true;
        return SIPCOMP_LOOK_PACKET;
    }
    while (at <= SIPCOMP_MAX_HEADER && !sipcomp_is_start(sgs_slice_from(s, at))) {
        at++;
    }
    if (at > SIPCOMP_MAX_HEADER) {
        return SIPCOMP_LOOK_NOTHING;
    }
    bool has_header = sgs_slice_trim(sgs_slice_head(s, at)).len > 0;
    return has_header ? learn_from(s, at, scanned, y) : SIPCOMP_LOOK_PLAIN;
}

/* lengths */

static bool is_all(enum sipcomp_size size)
{
    return size == SIPCOMP_WIRE_ALL || size == SIPCOMP_PLAIN_ALL;
}

static bool is_wire(enum sipcomp_size size)
{
    return size == SIPCOMP_WIRE || size == SIPCOMP_WIRE_ALL;
}

static bool may_be(const struct sipcomp_layout *y, enum sipcomp_size size)
{
    return y->sizes >> size & 1;
}

static bool is_settled(const struct sipcomp_layout *y)
{
    return (y->sizes & (y->sizes - 1)) == 0;
}

/* Octets that the size counts but for the header; 0: it is too small. */
static size_t counted(const struct sipcomp_packet *p, enum sipcomp_size size)
{
    size_t less = is_all(size) ? p->y->len : 0;

    return p->h.size > less ? (size_t)p->h.size - less : 0;
}

size_t sipcomp_wire_len(const struct sipcomp_layout *y, const struct sipcomp_header *h)
{
    if (may_be(y, SIPCOMP_WIRE)) {
        return y->len + (size_t)h->size;
    }
    return may_be(y, SIPCOMP_WIRE_ALL) && h->size > y->len ? (size_t)h->size : 0;
}

size_t sipcomp_plain_len(const struct sipcomp_packet *p, struct sgs_slice s, size_t *need)
{
    const struct sipcomp_layout *y = p->y;
    size_t size = (size_t)p->h.size;
    bool may_count = may_be(y, SIPCOMP_WIRE) || may_be(y, SIPCOMP_PLAIN);
    bool may_count_all = may_be(y, SIPCOMP_WIRE_ALL) || may_be(y, SIPCOMP_PLAIN_ALL);

    if (!may_count_all || size <= y->len) {
        return y->len + size;
    }
    if (!may_count) {
        return size;
    }
    if (s.len < size) {
        *need = size;
        return 0;
    }
    if (p->in_step && sipcomp_is_whole(rd_at(s, y->len, size - y->len))) {
        return size;
    }
    if (s.len < size + y->len) { /* the end of the text, or the next header */
        *need = size + y->len;
        return 0;
    }
    return sipcomp_is_header(y, sgs_slice_from(s, size)) ? size : size + y->len;
}

/* trials */

void sipcomp_begin(struct sipcomp_packet *p)
{
    struct sipcomp_trial *t = p->trial;

    *t = (struct sipcomp_trial){.is_running = true, .start = p->history->at, .is_text = true};
    for (enum sipcomp_size i = 0; i < SIPCOMP_N_SIZES; i++) {
        bool is_one = may_be(p->y, i) && counted(p, i) > 0;
        t->fit[i].state = is_one ? SIPCOMP_PENDING : SIPCOMP_REFUTED;
    }
}

/* The bits up to the end of the octet they begin in are zeros. */
static bool is_padding(struct sgs_slice payload, size_t bit)
{
    return bit % 8 == 0 || (payload.ptr[bit / 8] & (0xffu >> bit % 8)) == 0;
}

/* Where the tokens read so far end: does that fit? */
static void check(struct sipcomp_packet *p, enum sipcomp_size size, struct sgs_slice payload)
{
    struct sipcomp_trial *t = p->trial;
    struct sipcomp_fit *f = &t->fit[size];
    size_t want = counted(p, size);
    size_t out = p->history->at - t->start;
    size_t octets = (t->bit + 7) / 8;
    size_t have = is_wire(size) ? octets : out;

    if (f->state != SIPCOMP_PENDING || have < want) {
        return;
    }
    if (have > want) {
        f->state = SIPCOMP_REFUTED;
        return;
    }
    bool is_end = is_wire(size) ? want * 8 - t->bit < 8 : true;
    if (!is_end) {
        return;
    }
    bool fits = is_settled(p->y) || is_padding(payload, t->bit);
    f->state = fits ? SIPCOMP_FITS : SIPCOMP_REFUTED;
    f->len = p->y->len + octets;
    f->out = out;
}

static bool is_pending(const struct sipcomp_trial *t)
{
    bool any = false;

    for (size_t i = 0; i < SIPCOMP_N_SIZES; i++) {
        any |= t->fit[i].state == SIPCOMP_PENDING;
    }
    return any;
}

static void refute(struct sipcomp_trial *t)
{
    for (size_t i = 0; i < SIPCOMP_N_SIZES; i++) {
        if (t->fit[i].state == SIPCOMP_PENDING) {
            t->fit[i].state = SIPCOMP_REFUTED;
        }
    }
}

static void decode(struct sipcomp_packet *p, struct sgs_slice payload)
{
    struct sipcomp_trial *t = p->trial;
    struct sipcomp_token token;

    while (is_pending(t)) {
        size_t before = p->history->at;
        t->result = sipcomp_token(payload, p->history->is_64k, &t->bit, &token);
        if (t->result == SIPCOMP_SHORT) {
            return;
        }
        if (t->result == SIPCOMP_OK) {
            t->result = sipcomp_history_add(p->history, &token);
        }
        if (t->result != SIPCOMP_OK) {
            refute(t);
            return;
        }
        for (; before < p->history->at && t->is_text; before++) {
            t->is_text = sipcomp_is_text(p->history->octets[before]);
        }
        if (!t->is_text && !is_settled(p->y)) {
            refute(t);
            return;
        }
        for (enum sipcomp_size i = 0; i < SIPCOMP_N_SIZES; i++) {
            check(p, i, payload);
        }
    }
}

/* After how many octets a reading that fits is believed.  The size of the wire is the likely one;
 * any other must end with a message, or before another header. */
static void believe(struct sipcomp_packet *p, enum sipcomp_size size, struct sgs_slice s)
{
    struct sipcomp_fit *f = &p->trial->fit[size];
    struct sgs_slice out = sgs_slice(p->history->octets + p->trial->start, f->out);

    if (f->state != SIPCOMP_FITS || f->at > 0) {
        return;
    }
    if (size == SIPCOMP_WIRE || is_settled(p->y) || (p->in_step && sipcomp_is_whole(out))) {
        f->at = f->len;
    } else if (s.len >= f->len + p->y->len) {
        bool is_next = sipcomp_is_header(p->y, sgs_slice_from(s, f->len));
        f->at = is_next ? f->len + p->y->len : 0;
        f->state = is_next ? SIPCOMP_FITS : SIPCOMP_REFUTED;
    }
}

/* Octets that must be there before anything new can be said of a reading; 0: never. */
static size_t wants(const struct sipcomp_packet *p, enum sipcomp_size size, struct sgs_slice s)
{
    const struct sipcomp_fit *f = &p->trial->fit[size];

    if (f->state == SIPCOMP_FITS) {
        return f->len + p->y->len;
    }
    return f->state == SIPCOMP_PENDING ? s.len + 1 : 0;
}

enum sipcomp_size sipcomp_try(struct sipcomp_packet *p, struct sgs_slice s, size_t *need)
{
    enum sipcomp_size best = SIPCOMP_N_SIZES;

    decode(p, sgs_slice_from(s, p->y->len));
    *need = 0;
    for (enum sipcomp_size i = 0; i < SIPCOMP_N_SIZES; i++) {
        believe(p, i, s);
        size_t at = p->trial->fit[i].at;
        if (at > 0 && (best == SIPCOMP_N_SIZES || at < p->trial->fit[best].at)) {
            best = i;
        }
        size_t want = wants(p, i, s);
        *need = want > 0 && (*need == 0 || want < *need) ? want : *need;
    }
    return best;
}

unsigned sipcomp_agreeing(const struct sipcomp_trial *t, enum sipcomp_size size)
{
    unsigned out = 0;

    for (enum sipcomp_size i = 0; i < SIPCOMP_N_SIZES; i++) {
        bool agrees = t->fit[i].state == SIPCOMP_FITS && t->fit[i].len == t->fit[size].len &&
                      t->fit[i].out == t->fit[size].out;
        out |= agrees ? 1u << i : 0;
    }
    return out;
}
