/*
 * Classic capture files (draft-ietf-opsawg-pcap).  All numbers stand in the writer's byte order,
 * which the magic number tells.
 *
 *   file    0 magic  4 major  6 minor  8 zone  12 accuracy  16 snap length  20 link type
 *   record  0 seconds  4 fraction  8 captured length  12 length on the wire  [16 ...]  octets
 *
 * A record says how long it is and nothing else, so after a damaged one the next is found by
 * plausibility: three records in a row (or all up to the end of the file) whose lengths and times
 * fit together.  The search begins inside the last record given, whose length may be what is
 * damaged; how far it goes back in all is capped.
 */
#include "capture/format.h"

#include <stdlib.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/mem.h"
#include "capture/linktype.h"

#define FILE_HEADER 24                 /* octets */
#define RECORD_HEADER 16               /* octets */
#define NEAR_TIME (366 * 86400)        /* seconds between records that belong together */
#define LIKELY_WIRE_LEN (1024 * 1024u) /* octets: twice the largest offloaded segment */
#define OLD_MAJOR 543                  /* version that an old tcpdump wrote */
#define CHAIN_LEN 3                    /* records in a row that are no accident */

static const struct magic {
    uint32_t value;
    uint32_t unit;     /* nanoseconds of one fraction */
    size_t record_len; /* octets of a record's header */
} magics[] = {
    {0xa1b2c3d4, 1000, RECORD_HEADER    },
    {0xa1b23c4d, 1,    RECORD_HEADER    },
    {0xa1b2cd34, 1000, RECORD_HEADER + 8}, /* A. Kuznetsov's: interface, protocol, kind */
};

/* Writers before 2.3 had the two lengths the other way round; in 2.3 some had. */
enum lengths { LENGTHS_STRAIGHT, LENGTHS_SWAPPED, LENGTHS_BY_SIZE };

struct pcap {
    struct sgs_input *in;
    const struct magic *magic;
    bool is_big;
    bool is_searching;
    enum lengths lengths;
    uint32_t snap_len;
    uint32_t link;
    int64_t given;     /* seconds of the last frame given; -1: none yet */
    int64_t last;      /* the same of the last that another record followed; -1: none yet */
    size_t taken;      /* octets at the head of the window that were given */
    uint64_t searched; /* octets in this search */
    uint64_t rewound;  /* octets searched that had been given, in all */
};

struct record {
    uint32_t seconds;
    uint32_t fraction;
    uint32_t len;      /* octets captured */
    uint32_t wire_len; /* octets on the wire */
};

static const struct magic *magic_find(struct sgs_slice head, bool *is_big)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        struct sgs_reader be = rd_open(head);
        struct sgs_reader le = rd_open(head);
        *is_big = rd_be32(&be) == magics[i].value;
        if (*is_big || rd_le32(&le) == magics[i].value) {
            return &magics[i];
        }
    }
    return NULL;
}

static bool pcap_probe(struct sgs_slice head)
{
    bool is_big;

    return magic_find(head, &is_big) != NULL;
}

static uint32_t number(const struct pcap *p, struct sgs_reader *r)
{
    return p->is_big ? rd_be32(r) : rd_le32(r);
}

static uint32_t number16(const struct pcap *p, struct sgs_reader *r)
{
    return p->is_big ? rd_be16(r) : rd_le16(r);
}

static void *pcap_open(struct sgs_input *in, const char **what)
{
    struct sgs_reader r = rd_open(sgs_window_need(&in->window, FILE_HEADER));
    struct pcap p = {.in = in, .given = -1, .last = -1};

    p.magic = magic_find(r.all, &p.is_big);
    rd_skip(&r, 4);
    uint32_t major = number16(&p, &r);
    uint32_t minor = number16(&p, &r);
    rd_skip(&r, 8);
    p.snap_len = number(&p, &r);
    p.link = sgs_link_of(number(&p, &r) & 0xffff); /* above: length of frame check sequences */
    if (!rd_ok(&r) || !p.magic) {
        *what = "header is cut";
        return NULL;
    }
    if (major != 2 && major != OLD_MAJOR) {
        *what = "version is not known";
        return NULL;
    }
    if (major == OLD_MAJOR || (major == 2 && minor < 3)) {
        p.lengths = LENGTHS_SWAPPED;
    } else if (major == 2 && minor == 3) {
        p.lengths = LENGTHS_BY_SIZE;
    }
    sgs_window_drop(&in->window, FILE_HEADER);
    struct pcap *reader = sgs_xcalloc(1, sizeof *reader);
    *reader = p;
    return reader;
}

static void pcap_close(void *reader)
{
    free(reader);
}

static struct record record_at(const struct pcap *p, struct sgs_slice s, size_t off)
{
    struct sgs_reader r = rd_open(rd_at(s, off, RECORD_HEADER));
    struct record h;

    h.seconds = number(p, &r);
    h.fraction = number(p, &r);
    h.len = number(p, &r);
    h.wire_len = number(p, &r);
    if (p->lengths == LENGTHS_SWAPPED || (p->lengths == LENGTHS_BY_SIZE && h.len > h.wire_len)) {
        uint32_t len = h.len;
        h.len = h.wire_len;
        h.wire_len = len;
    }
    return h;
}

/* It may be a record. */
static bool is_possible(const struct record *h)
{
    return h->len <= SGS_MAX_FRAME && (h->seconds || h->fraction || h->len || h->wire_len);
}

/* It looks like a record after one at near seconds (-1: none). */
static bool is_likely(const struct pcap *p, const struct record *h, int64_t near)
{
    int64_t apart = near < 0 ? 0 : (int64_t)h->seconds - near;

    return h->seconds > 0 && h->fraction < (uint32_t)(SGS_SEC / p->magic->unit) && h->len > 0 &&
           h->len <= SGS_MAX_FRAME && h->len <= h->wire_len && h->wire_len <= LIKELY_WIRE_LEN &&
           (p->snap_len == 0 || h->len <= p->snap_len) && apart >= -NEAR_TIME && apart <= NEAR_TIME;
}

enum found { FOUND_NOT, FOUND_YES, FOUND_WAIT };

/* Records in a row at the head of the window. */
static enum found chain(const struct pcap *p)
{
    struct sgs_window *w = &p->in->window;
    int64_t near = p->last;
    size_t off = 0;

    for (int n = 0; n < CHAIN_LEN; n++) {
        struct sgs_slice s = sgs_window_need(w, off + p->magic->record_len);
        if (s.len < off + p->magic->record_len) {
            bool is_enough = s.len == off ? n >= 1 : n >= CHAIN_LEN - 1;
            return w->is_waiting ? FOUND_WAIT : is_enough ? FOUND_YES : FOUND_NOT;
        }
        struct record h = record_at(p, s, off);
        if (!is_likely(p, &h, near)) {
            return FOUND_NOT;
        }
        near = h.seconds;
        off += p->magic->record_len + h.len;
    }
    return FOUND_YES;
}

/* Octets at the head of the window at which no likely record begins, told without reading them as
 * numbers: its lengths have a highest octet of 0, its seconds do not begin with two. */
static size_t skippable(const struct pcap *p)
{
    struct sgs_slice s = sgs_window_need(&p->in->window, RECORD_HEADER);
    size_t high = p->is_big ? 0 : 3;
    size_t next = p->is_big ? 1 : 2;
    size_t n = 0;

    while (s.len - n >= RECORD_HEADER && p->searched + n < SGS_MAX_RESYNC &&
           (s.ptr[n + 8 + high] || s.ptr[n + 12 + high] || !(s.ptr[n + high] | s.ptr[n + next]))) {
        n++;
    }
    return n;
}

/* Moves the window to the next likely record.  False: none so far. */
static bool search(struct pcap *p)
{
    struct sgs_window *w = &p->in->window;

    while (p->searched < SGS_MAX_RESYNC) {
        enum found f = chain(p);
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

/* What stands in the window behind what was given is no record. */
static void lose(struct pcap *p, const char *what)
{
    size_t from = p->taken + 1;

    if (p->taken > 0 && p->rewound + p->taken <= SGS_MAX_RESYNC) {
        p->rewound += p->taken;
        from = p->magic->record_len;
    }
    sgs_input_damage(p->in, p->in->window.offset + p->taken, what);
    sgs_window_drop(&p->in->window, from);
    p->taken = 0;
    p->searched = 0;
    p->is_searching = true;
}

/*
 * Static text when the header behind what was given makes no sense, else NULL.  One that is odd
 * but possible must be followed by another possible one or by the end; *is_waiting when that is not
 * known yet.
 */
static const char *doubt(struct pcap *p, const struct record *h, bool *is_waiting)
{
    struct sgs_window *w = &p->in->window;
    size_t end = p->taken + p->magic->record_len + h->len;

    *is_waiting = false;
    if (!is_possible(h)) {
        return "record header makes no sense";
    }
    if (is_likely(p, h, p->given)) {
        return NULL;
    }
    struct sgs_slice s = sgs_window_need(w, end + p->magic->record_len);
    if (w->is_waiting) {
        *is_waiting = true;
        return NULL;
    }
    if (s.len < end) {
        return "record reaches beyond the end";
    }
    struct record next = record_at(p, s, end);
    return s.len < end + p->magic->record_len || is_possible(&next)
               ? NULL
               : "record header makes no sense";
}

static void give(struct pcap *p, const struct record *h, struct sgs_slice s, struct sgs_frame *out)
{
    *out = (struct sgs_frame){
        .link = p->link,
        .time = sgs_time_from(h->seconds, (int64_t)h->fraction * p->magic->unit),
        .wire_len = h->wire_len > h->len ? h->wire_len : h->len,
        .octets = rd_at(s, p->magic->record_len, h->len),
    };
    p->taken = p->magic->record_len + h->len;
    p->given = h->seconds;
    p->in->info.octets = p->in->window.offset + p->taken;
    sgs_input_count(p->in, out, true);
}

static enum sgs_next pcap_next(void *reader, struct sgs_frame *out)
{
    struct pcap *p = reader;
    struct sgs_window *w = &p->in->window;
    size_t header = p->magic->record_len;

    for (;;) {
        if (p->is_searching && !search(p)) {
            return p->searched < SGS_MAX_RESYNC ? sgs_input_stop(p->in, w->offset, NULL)
                                                : sgs_input_give_up(p->in);
        }
        struct sgs_slice s = sgs_window_need(w, p->taken + header);
        if (s.len < p->taken + header) {
            return sgs_input_stop(p->in, w->offset + p->taken,
                                  s.len > p->taken ? "record header cut short" : NULL);
        }
        struct record h = record_at(p, s, p->taken);
        bool is_waiting;
        const char *what = doubt(p, &h, &is_waiting);
        if (is_waiting) {
            return SGS_NEXT_NOTHING;
        }
        if (what) {
            lose(p, what);
            continue;
        }
        sgs_window_drop(w, p->taken);
        p->taken = 0;
        p->last = p->given;
        s = sgs_window_need(w, header + h.len);
        if (s.len < header + h.len) {
            return sgs_input_stop(p->in, w->offset, "record cut short");
        }
        give(p, &h, s, out);
        return SGS_NEXT_FRAME;
    }
}

const struct sgs_format sgs_format_pcap = {
    .name = "pcap",
    .probe = pcap_probe,
    .open = pcap_open,
    .next = pcap_next,
    .close = pcap_close,
};
