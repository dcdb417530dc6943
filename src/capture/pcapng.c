/*
 * pcapng files (draft-ietf-opsawg-pcapng): a row of blocks, each with its length at both ends.
 *
 *   0 type  4 total length  8 body, padded to 4 octets  [total - 4] total length again
 *
 * A section header begins a new section with its own byte order and interfaces; an interface has
 * its own link type and clock.  Section lengths are not believed: blocks follow each other anyway.
 * After damage the next block is found by plausibility: a known type whose two lengths agree, and
 * behind it another plausible block or the end.
 */
#include "capture/format.h"

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "capture/linktype.h"

#define BLOCK_MIN 12   /* octets: type and both lengths */
#define SECTION_MIN 28 /* octets: with byte order, version, section length */
#define BLOCK_HEAD 8   /* octets: type and first length */
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define SECRETS_TLS_KEY_LOG 0x544c534b
#define ENHANCED_HEAD 20 /* octets of the body before the frame */

enum block {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SECRETS = 10,
    BLOCK_SYSDIG = 0x204,
    BLOCK_SYSDIG_2 = 0x216,
    BLOCK_SYSDIG_2_LARGE = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad
};

enum option {
    OPTION_END = 0,
    OPTION_IF_DROPPED = 5, /* statistics */
    OPTION_OS_DROPPED = 7, /* statistics */
    OPTION_RESOLUTION = 9, /* interface */
    OPTION_OFFSET = 14     /* interface */
};

struct interface {
    uint32_t link;
    uint32_t snap_len;
    uint8_t resolution; /* as if_tsresol */
    int64_t offset;     /* seconds to add to its times */
    uint64_t dropped;   /* frames, by its last statistics */
};

struct pcapng {
    struct sgs_input *in;
    struct interface *interfaces; /* ours */
    size_t n_interfaces;
    size_t max_interfaces; /* allocated */
    bool is_big;
    bool is_searching;
    bool is_timed;     /* last is the time of a frame */
    sgs_time last;     /* of the last frame that had one; 0 before it */
    size_t taken;      /* octets at the head of the window that were given */
    uint64_t searched; /* octets in this search */
};

/* A block as its head tells it. */
struct head {
    uint32_t type;
    uint32_t total; /* octets, rounded up to 4; 0: it makes no sense */
    bool is_big;
};

/* Written out, because a file is little else than such numbers. */
static inline uint32_t number(bool is_big, struct sgs_reader *r)
{
    struct sgs_slice s = rd_take(r, 4);

    if (!s.ptr || s.len < 4) {
        return 0;
    }
    uint32_t big =
        (uint32_t)s.ptr[0] << 24 | (uint32_t)s.ptr[1] << 16 | (uint32_t)s.ptr[2] << 8 | s.ptr[3];
    uint32_t little =
        (uint32_t)s.ptr[3] << 24 | (uint32_t)s.ptr[2] << 16 | (uint32_t)s.ptr[1] << 8 | s.ptr[0];
    return is_big ? big : little;
}

static uint16_t number16(bool is_big, struct sgs_reader *r)
{
    return is_big ? rd_be16(r) : rd_le16(r);
}

static uint64_t number64(bool is_big, struct sgs_reader *r)
{
    return is_big ? rd_be64(r) : rd_le64(r);
}

/* The head of the block at off of s (BLOCK_MIN octets there); is_big is the order of its section,
 * which a section header tells itself. */
static struct head head_at(struct sgs_slice s, size_t off, bool is_big)
{
    struct sgs_reader r = rd_open(rd_at(s, off, BLOCK_MIN));
    struct head h = {.is_big = is_big};
    bool is_known_order = true;

    h.type = number(is_big, &r);
    if (h.type == BLOCK_SECTION) { /* reads the same in both orders */
        struct sgs_reader order = rd_open(rd_at(s, off + BLOCK_HEAD, 4));
        h.is_big = rd_be32(&order) == BYTE_ORDER_MAGIC;
        order = rd_open(order.all);
        is_known_order = h.is_big || rd_le32(&order) == BYTE_ORDER_MAGIC;
    }
    uint32_t total = number(h.is_big, &r);
    if (rd_ok(&r) && is_known_order && total >= BLOCK_MIN && total <= SGS_MAX_BLOCK) {
        h.total = (total + 3) & ~UINT32_C(3);
    }
    return h;
}

/* The length at the end of a block that lies whole at off of s says the same as its head. */
static bool is_closed(struct sgs_slice s, size_t off, const struct head *h)
{
    struct sgs_reader r = rd_open(rd_at(s, off + h->total - 4, 4));
    uint32_t total = number(h->is_big, &r);

    return rd_ok(&r) && total <= h->total && ((total + 3) & ~UINT32_C(3)) == h->total;
}

static bool pcapng_probe(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);

    return rd_be32(&r) == BLOCK_SECTION;
}

/* Of the body of a section header: 1.0 is the only version; some call the same one 1.2. */
static bool is_known_version(bool is_big, struct sgs_reader *body)
{
    rd_skip(body, 4);
    uint16_t major = number16(is_big, body);
    uint16_t minor = number16(is_big, body);

    return rd_ok(body) && major == 1 && (minor == 0 || minor == 2);
}

static void *pcapng_open(struct sgs_input *in, const char **what)
{
    struct sgs_slice s = sgs_window_need(&in->window, SECTION_MIN);
    struct head h = head_at(s, 0, false);
    struct sgs_reader body = rd_open(rd_at(s, BLOCK_HEAD, SECTION_MIN - BLOCK_MIN));

    if (s.len < SECTION_MIN || h.total < SECTION_MIN) {
        *what = "header is cut or damaged";
        return NULL;
    }
    if (!is_known_version(h.is_big, &body)) {
        *what = "version is not known";
        return NULL;
    }
    struct pcapng *p = sgs_xcalloc(1, sizeof *p);
    p->in = in;
    return p;
}

static void pcapng_close(void *reader)
{
    struct pcapng *p = reader;

    free(p->interfaces);
    free(p);
}

/* value * 10^9 / 2^shift (shift at most 127), by halves of 32 bits: no C17 type holds the product.
 */
static uint64_t scale_binary(uint64_t value, unsigned shift)
{
    uint64_t low = (value & 0xffffffff) * (uint64_t)SGS_SEC;
    uint64_t high = (value >> 32) * (uint64_t)SGS_SEC + (low >> 32);

    if (shift >= 32) {
        return shift - 32 < 64 ? high >> (shift - 32) : 0;
    }
    return shift == 0 ? 0 : high << (32 - shift) | (low & 0xffffffff) >> shift;
}

/* if_tsresol: the top bit says power of 2, else of 10; the rest is the negative exponent. */
static sgs_time clock_time(const struct interface *i, uint64_t ticks)
{
    unsigned exponent = i->resolution & 0x7f;
    uint64_t seconds = 0;
    uint64_t ns = 0;

    if (i->resolution & 0x80) {
        seconds = exponent < 64 ? ticks >> exponent : 0;
        ns = scale_binary(exponent < 64 ? ticks - (seconds << exponent) : ticks, exponent);
    } else {
        uint64_t unit = 1; /* ticks of a second, then of a nanosecond */
        for (unsigned n = exponent < 9 ? exponent : exponent - 9; n > 0 && unit; n--) {
            unit = unit <= UINT64_MAX / 10 ? unit * 10 : 0;
        }
        ns = unit ? ticks / unit : 0;
        if (exponent < 9) {
            seconds = ns;
            ns = (ticks % unit) * ((uint64_t)SGS_SEC / unit);
        } else {
            seconds = ns / (uint64_t)SGS_SEC;
            ns %= (uint64_t)SGS_SEC;
        }
    }
    int64_t whole = seconds <= INT64_MAX ? (int64_t)seconds : INT64_MAX;
    if (i->offset > 0 && whole > INT64_MAX - i->offset) {
        whole = INT64_MAX - i->offset;
    }
    return sgs_time_from(whole + i->offset, (int64_t)ns);
}

/* The next option of a list into *code and *value; false at its end. */
static bool next_option(bool is_big, struct sgs_reader *r, uint16_t *code, struct sgs_reader *value)
{
    if (rd_left(r) < 4) {
        return false;
    }
    *code = number16(is_big, r);
    size_t len = number16(is_big, r);
    *value = rd_sub(r, len);
    rd_skip(r, rd_left(r) < 3 ? rd_left(r) : (4 - len % 4) % 4);
    return *code != OPTION_END && rd_ok(value);
}

static const char *read_section(struct pcapng *p, struct sgs_reader *r)
{
    p->n_interfaces = 0;
    return is_known_version(p->is_big, r) ? NULL : "section of an unknown version";
}

static const char *read_interface(struct pcapng *p, struct sgs_reader *r)
{
    struct interface i = {.resolution = 6};
    struct sgs_reader value;
    uint16_t code;

    i.link = sgs_link_of(number16(p->is_big, r));
    rd_skip(r, 2);
    i.snap_len = number(p->is_big, r);
    if (!rd_ok(r)) {
        return "interface block too short";
    }
    while (next_option(p->is_big, r, &code, &value)) {
        if (code == OPTION_RESOLUTION && rd_left(&value) == 1) {
            i.resolution = rd_u8(&value);
        } else if (code == OPTION_OFFSET && rd_left(&value) == 8) {
            uint64_t offset = number64(p->is_big, &value);
            i.offset = offset <= INT64_MAX ? (int64_t)offset : -(int64_t)(UINT64_MAX - offset) - 1;
        }
    }
    if (p->n_interfaces == SGS_MAX_INTERFACES) {
        return "too many interfaces";
    }
    if (p->n_interfaces == p->max_interfaces) {
        p->max_interfaces = p->max_interfaces ? p->max_interfaces * 2 : 4;
        p->interfaces = sgs_xrealloc(p->interfaces, p->max_interfaces, sizeof *p->interfaces);
    }
    p->interfaces[p->n_interfaces++] = i;
    return NULL;
}

static const char *read_statistics(struct pcapng *p, struct sgs_reader *r)
{
    uint32_t id = number(p->is_big, r);
    uint64_t dropped = 0;
    struct sgs_reader value;
    uint16_t code;

    rd_skip(r, 8); /* time */
    if (!rd_ok(r) || id >= p->n_interfaces) {
        return "statistics of an unknown interface";
    }
    while (next_option(p->is_big, r, &code, &value)) {
        if ((code == OPTION_IF_DROPPED || code == OPTION_OS_DROPPED) && rd_left(&value) == 8) {
            dropped += number64(p->is_big, &value);
        }
    }
    /* The counters run from the start of the capture, and a file may repeat them. */
    p->in->info.dropped += dropped - p->interfaces[id].dropped;
    p->interfaces[id].dropped = dropped;
    return NULL;
}

static const char *read_secrets(struct pcapng *p, struct sgs_reader *r)
{
    uint32_t kind = number(p->is_big, r);
    struct sgs_slice text = rd_take(r, number(p->is_big, r));

    if (!rd_ok(r)) {
        return "secrets block too short";
    }
    if (kind == SECRETS_TLS_KEY_LOG && p->in->secrets.add) {
        p->in->secrets.add(p->in->secrets.ctx, text);
    }
    return NULL;
}

/* The octets of a frame: len of what is left in r.  Text when the block promises more. */
static const char *read_octets(struct sgs_reader *r, uint32_t len, struct sgs_frame *out)
{
    size_t have = rd_left(r);
    const char *what = NULL;

    if (len > have || len > SGS_MAX_FRAME) {
        what = len > have ? "frame larger than its block" : "frame too large";
        have = have < out->wire_len ? have : out->wire_len;
        len = (uint32_t)(have < SGS_MAX_FRAME ? have : SGS_MAX_FRAME);
    }
    out->octets = rd_take(r, len);
    out->wire_len = out->wire_len > len ? out->wire_len : len;
    return what;
}

static const char *read_packet(struct pcapng *p, struct sgs_reader *r, uint32_t id,
                               struct sgs_frame *out)
{
    uint64_t high = number(p->is_big, r);
    uint64_t ticks = high << 32 | number(p->is_big, r);
    uint32_t len = number(p->is_big, r);

    out->wire_len = number(p->is_big, r);
    if (!rd_ok(r)) {
        return "frame block too short";
    }
    if (id >= p->n_interfaces) {
        return "frame of an unknown interface";
    }
    out->link = p->interfaces[id].link;
    out->time = clock_time(&p->interfaces[id], ticks);
    p->last = out->time;
    p->is_timed = true;
    return read_octets(r, len, out);
}

static const char *read_enhanced(struct pcapng *p, struct sgs_reader *r, struct sgs_frame *out)
{
    return read_packet(p, r, number(p->is_big, r), out);
}

static const char *read_old_packet(struct pcapng *p, struct sgs_reader *r, struct sgs_frame *out)
{
    uint32_t id = number16(p->is_big, r);

    rd_skip(r, 2); /* drops */
    return read_packet(p, r, id, out);
}

static const char *read_simple(struct pcapng *p, struct sgs_reader *r, struct sgs_frame *out)
{
    out->wire_len = number(p->is_big, r);
    if (!rd_ok(r)) {
        return "frame block too short";
    }
    if (p->n_interfaces == 0) {
        return "frame of an unknown interface";
    }
    uint32_t snap_len = p->interfaces[0].snap_len;
    uint32_t len = snap_len && snap_len < out->wire_len ? snap_len : out->wire_len;
    out->link = p->interfaces[0].link;
    out->time = p->last;
    p->is_timed = false;
    return read_octets(r, len, out);
}

/* A record that Wireshark numbers although no link carried it. */
static const char *read_other(struct pcapng *p, struct sgs_reader *r, struct sgs_frame *out)
{
    out->link = SGS_LINK_NONE;
    out->time = p->last;
    p->is_timed = false;
    return NULL;
}

/* The types of blocks we know, and what is done with each: reads its body, answers with static text
 * when it is damaged. */
static const struct kind {
    uint32_t type;
    const char *(*read)(struct pcapng *p, struct sgs_reader *r);
    const char *(*frame)(struct pcapng *p, struct sgs_reader *r, struct sgs_frame *out);
} kinds[] = {
    {BLOCK_ENHANCED,       NULL,            read_enhanced  },
    {BLOCK_SECTION,        read_section,    NULL           },
    {BLOCK_INTERFACE,      read_interface,  NULL           },
    {BLOCK_STATISTICS,     read_statistics, NULL           },
    {BLOCK_SECRETS,        read_secrets,    NULL           },
    {BLOCK_SIMPLE,         NULL,            read_simple    },
    {BLOCK_OLD_PACKET,     NULL,            read_old_packet},
    {BLOCK_NAMES,          NULL,            NULL           },
    {BLOCK_JOURNAL,        NULL,            read_other     },
    {BLOCK_SYSDIG,         NULL,            read_other     },
    {BLOCK_SYSDIG_2,       NULL,            read_other     },
    {BLOCK_SYSDIG_2_LARGE, NULL,            read_other     },
    {BLOCK_CUSTOM,         NULL,            read_other     },
    {BLOCK_CUSTOM_NO_COPY, NULL,            read_other     },
};

static const struct kind *kind_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == type) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* Reads one whole block; true when it gave a frame. */
static bool read_block(struct pcapng *p, const struct head *h, struct sgs_slice body,
                       struct sgs_frame *out)
{
    const struct kind *k = kind_of(h->type);
    struct sgs_reader r = rd_open(body);
    const char *what = NULL;

    if (k && k->frame && p->in->has_no_frames) {
        return false;
    }
    *out = (struct sgs_frame){0};
    if (k && k->read) {
        what = k->read(p, &r);
    } else if (k && k->frame) {
        what = k->frame(p, &r, out);
    }
    if (what) {
        sgs_input_damage(p->in, p->in->window.offset, what);
    }
    return k && k->frame && rd_ok(&r) && (!what || out->octets.len > 0);
}

enum found { FOUND_NOT, FOUND_YES, FOUND_WAIT };

/* What follows at off of the window could be a block, or is the end. */
static enum found followed(struct pcapng *p, size_t off, bool is_big)
{
    struct sgs_window *w = &p->in->window;
    struct sgs_slice s = sgs_window_need(w, off + BLOCK_MIN);

    if (s.len < off + BLOCK_MIN) {
        return w->is_waiting ? FOUND_WAIT : s.len == off ? FOUND_YES : FOUND_NOT;
    }
    struct head next = head_at(s, off, is_big);
    return next.total && kind_of(next.type) ? FOUND_YES : FOUND_NOT;
}

/* A block at the head of the window that can be believed. */
static enum found believable(struct pcapng *p)
{
    struct sgs_window *w = &p->in->window;
    struct sgs_slice s = sgs_window_need(w, BLOCK_MIN);
    struct head h = head_at(s, 0, p->is_big);

    if (s.len < BLOCK_MIN || !h.total || !kind_of(h.type)) {
        return s.len < BLOCK_MIN && w->is_waiting ? FOUND_WAIT : FOUND_NOT;
    }
    s = sgs_window_need(w, h.total);
    if (s.len < h.total) {
        return w->is_waiting ? FOUND_WAIT : FOUND_NOT;
    }
    return is_closed(s, 0, &h) ? followed(p, h.total, h.is_big) : FOUND_NOT;
}

/* what may be NULL: the end of the input will say what is wrong. */
static void begin_search(struct pcapng *p, const char *what)
{
    if (what) {
        sgs_input_damage(p->in, p->in->window.offset, what);
    }
    sgs_window_drop(&p->in->window, 1);
    p->searched = 0;
    p->is_searching = true;
}

/* Octets at the head of the window at which no known block begins, told without reading them as
 * numbers: but for section headers, the second octet of a type is 0 and its last is not, and a
 * length begins with 0. */
static size_t skippable(const struct pcapng *p)
{
    struct sgs_slice s = sgs_window_need(&p->in->window, BLOCK_MIN);
    size_t second = p->is_big ? 1 : 2;
    size_t last = p->is_big ? 3 : 0;
    size_t length = p->is_big ? 4 : 7;
    size_t n = 0;

    while (s.len - n >= BLOCK_MIN && p->searched + n < SGS_MAX_RESYNC && s.ptr[n] != 0x0a &&
           (s.ptr[n + second] || !s.ptr[n + last] || s.ptr[n + length])) {
        n++;
    }
    return n;
}

/* Moves the window to the next block that can be believed.  False: none so far. */
static bool search(struct pcapng *p)
{
    struct sgs_window *w = &p->in->window;

    while (p->searched < SGS_MAX_RESYNC) {
        enum found f = believable(p);
        if (f == FOUND_YES) {
            p->is_searching = false;
            return true;
        }
        if (f == FOUND_WAIT || sgs_window_held(w) == 0) {
            return false;
        }
        sgs_window_drop(w, 1);
        p->searched++;
        size_t n = skippable(p);
        sgs_window_drop(w, n);
        p->searched += n;
    }
    return false;
}

/* Octets of the whole blocks with frames, one behind the other, that s begins with. */
static size_t frames_len(const struct pcapng *p, struct sgs_slice s)
{
    size_t n = 0;

    while (s.len - n >= BLOCK_MIN) {
        struct head h = head_at(s, n, p->is_big);
        bool is_whole = h.total && h.total <= s.len - n && is_closed(s, n, &h);
        if (h.type != BLOCK_ENHANCED || !is_whole) {
            break;
        }
        n += h.total;
    }
    return n;
}

enum step { STEP_FRAME, STEP_ON, STEP_STOP };

/* One block at the head of the window. */
static enum step step(struct pcapng *p, struct sgs_frame *out)
{
    struct sgs_window *w = &p->in->window;
    struct sgs_slice s = sgs_window_need(w, BLOCK_MIN);

    if (p->in->has_no_frames) {
        sgs_window_drop(w, frames_len(p, s));
        s = sgs_window_need(w, BLOCK_MIN);
    }
    if (s.len < BLOCK_MIN) {
        return STEP_STOP;
    }
    struct head h = head_at(s, 0, p->is_big);
    if (!h.total) {
        begin_search(p, "block header makes no sense");
        return STEP_ON;
    }
    s = sgs_window_need(w, h.total);
    if (s.len < h.total && w->is_waiting) {
        return STEP_STOP;
    }
    if (s.len < h.total) {
        begin_search(p, sgs_window_trouble(w) ? NULL : "block cut short");
        return STEP_ON;
    }
    if (!is_closed(s, 0, &h)) {
        enum found f = followed(p, h.total, h.is_big);
        if (f == FOUND_WAIT) {
            return STEP_STOP;
        }
        if (f == FOUND_NOT) {
            begin_search(p, "block without its end");
            return STEP_ON;
        }
        sgs_input_damage(p->in, w->offset, "lengths of a block differ");
        s = sgs_window_need(w, h.total);
    }
    p->is_big = h.is_big;
    p->taken = h.total;
    return read_block(p, &h, rd_at(s, BLOCK_HEAD, h.total - BLOCK_MIN), out) ? STEP_FRAME : STEP_ON;
}

static enum sgs_next pcapng_next(void *reader, struct sgs_frame *out)
{
    struct pcapng *p = reader;
    struct sgs_window *w = &p->in->window;
    enum step st = STEP_ON;

    while (st == STEP_ON) {
        sgs_window_drop(w, p->taken);
        p->taken = 0;
        st = p->is_searching && !search(p) ? STEP_STOP : step(p, out);
    }
    if (st == STEP_FRAME) {
        p->in->info.octets = w->offset + p->taken;
        sgs_input_count(p->in, out, p->is_timed);
        return SGS_NEXT_FRAME;
    }
    const char *what = sgs_window_held(w) > 0 ? "block header cut short" : NULL;
    if (p->is_searching && p->searched >= SGS_MAX_RESYNC) {
        return sgs_input_give_up(p->in);
    }
    return sgs_input_stop(p->in, w->offset, p->is_searching ? NULL : what);
}

const struct sgs_format sgs_format_pcapng = {
    .name = "pcapng",
    .has_secrets = true,
    .probe = pcapng_probe,
    .open = pcapng_open,
    .next = pcapng_next,
    .close = pcapng_close,
};
