/* Capture files built octet by octet in memory, and a pull function over them, for the tests of
 * capture/. */
#ifndef SGS_TEST_CAPTURE_OCTETS_H
#define SGS_TEST_CAPTURE_OCTETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "capture/source.h"

#define OCTETS_MAX ((size_t)8 * 1024 * 1024)

/* What is being built. */
struct octets {
    uint8_t *ptr; /* OCTETS_MAX octets, ours */
    size_t len;
    bool is_big; /* byte order of the numbers that are put */
};

static inline struct octets octets_new(bool is_big)
{
    return (struct octets){.ptr = calloc(1, OCTETS_MAX), .is_big = is_big};
}

static inline void octets_free(struct octets *o)
{
    free(o->ptr);
    *o = (struct octets){0};
}

static inline void put(struct octets *o, const void *from, size_t len)
{
    if (o->ptr && len <= OCTETS_MAX - o->len) {
        memcpy(o->ptr + o->len, from, len);
        o->len += len;
    }
}

static inline void put_number(struct octets *o, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t octet = (uint8_t)(value >> 8 * (o->is_big ? len - 1 - i : i));
        put(o, &octet, 1);
    }
}

static inline void put16(struct octets *o, uint32_t value)
{
    put_number(o, value, 2);
}

static inline void put32(struct octets *o, uint32_t value)
{
    put_number(o, value, 4);
}

static inline void put64(struct octets *o, uint64_t value)
{
    put_number(o, value, 8);
}

static inline void put_fill(struct octets *o, uint8_t octet, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        put(o, &octet, 1);
    }
}

/* Puts a number over one that is there. */
static inline void patch32(struct octets *o, size_t off, uint32_t value)
{
    size_t len = o->len;

    o->len = off;
    put32(o, value);
    o->len = len;
}

/* The head of a classic file, version 2.4. */
static inline void put_pcap(struct octets *o, uint32_t magic, uint32_t snap_len, uint32_t link)
{
    put32(o, magic);
    put16(o, 2);
    put16(o, 4);
    put64(o, 0);
    put32(o, snap_len);
    put32(o, link);
}

/* A record whose octets are all the same. */
static inline void put_record(struct octets *o, uint32_t seconds, uint32_t fraction, uint32_t len,
                              uint8_t fill)
{
    put32(o, seconds);
    put32(o, fraction);
    put32(o, len);
    put32(o, len);
    put_fill(o, fill, len);
}

/* A pcapng block is begun with its type and ended with its length; returns where it begins. */
static inline size_t block_begin(struct octets *o, uint32_t type)
{
    put32(o, type);
    put32(o, 0);
    return o->len - 8;
}

static inline void block_end(struct octets *o, size_t begin)
{
    put_fill(o, 0, (4 - o->len % 4) % 4);
    patch32(o, begin + 4, (uint32_t)(o->len - begin + 4));
    put32(o, (uint32_t)(o->len - begin + 4));
}

static inline void put_section(struct octets *o)
{
    size_t at = block_begin(o, 0x0a0d0d0a);

    put32(o, 0x1a2b3c4d);
    put16(o, 1);
    put16(o, 0);
    put64(o, UINT64_MAX);
    block_end(o, at);
}

/* An interface; resolution 6 is the default and is left out. */
static inline void put_interface(struct octets *o, uint16_t link, uint32_t snap_len,
                                 uint8_t resolution)
{
    size_t at = block_begin(o, 1);

    put16(o, link);
    put16(o, 0);
    put32(o, snap_len);
    if (resolution != 6) {
        put16(o, 9);
        put16(o, 1);
        put(o, &resolution, 1);
        put_fill(o, 0, 3);
        put32(o, 0);
    }
    block_end(o, at);
}

/* An enhanced packet block whose octets are all the same. */
static inline void put_enhanced(struct octets *o, uint32_t interface, uint64_t ticks, uint32_t len,
                                uint8_t fill)
{
    size_t at = block_begin(o, 6);

    put32(o, interface);
    put32(o, (uint32_t)(ticks >> 32));
    put32(o, (uint32_t)ticks);
    put32(o, len);
    put32(o, len);
    put_fill(o, fill, len);
    block_end(o, at);
}

static inline void put_secrets(struct octets *o, uint32_t type, const char *text)
{
    size_t at = block_begin(o, 10);

    put32(o, type);
    put32(o, (uint32_t)strlen(text));
    put(o, text, strlen(text));
    block_end(o, at);
}

/* A pull function over octets in memory. */
struct memory {
    const uint8_t *ptr;
    size_t len;
    size_t off;
    size_t step;    /* octets given at once at most; 0: all */
    bool is_lazy;   /* every second pull says that nothing has come yet */
    bool is_tired;  /* the next one does */
    bool is_broken; /* ends with a read error */
};

static inline int64_t memory_pull(void *ctx, uint8_t *out, size_t cap)
{
    struct memory *m = ctx;
    size_t n = m->len - m->off;

    m->is_tired = m->is_lazy && !m->is_tired;
    if (m->is_tired) {
        return SGS_PULL_WAIT;
    }
    n = n < cap ? n : cap;
    n = m->step && n > m->step ? m->step : n;
    if (n > 0) {
        memcpy(out, m->ptr + m->off, n);
    }
    m->off += n;
    return n == 0 && m->is_broken ? -1 : (int64_t)n;
}

static inline struct sgs_pull pull_from(struct memory *m)
{
    return (struct sgs_pull){.pull = memory_pull, .ctx = m};
}

/* A source over m, or NULL. */
static inline struct sgs_source *open_memory(struct memory *m)
{
    char why[SGS_WHY_LEN];
    struct sgs_source *s = NULL;

    return sgs_source_open_pull(pull_from(m), "memory", NULL, why, &s) == SGS_OK ? s : NULL;
}

#define SEEN_MAX 4096

/* What a source gave. */
struct seen {
    size_t n;
    sgs_time time[SEEN_MAX];
    uint32_t link[SEEN_MAX];
    uint32_t wire_len[SEEN_MAX];
    size_t len[SEEN_MAX];
    uint8_t first[SEEN_MAX];    /* its first octet */
    struct sgs_input_info info; /* name and damage are gone */
    struct sgs_damage damage[SGS_MAX_DAMAGE];
};

/* Reads m to its end; false when it cannot be opened. */
static inline bool see(struct memory *m, struct seen *out)
{
    struct sgs_source *s = open_memory(m);
    struct sgs_frame f;
    enum sgs_next next;

    memset(out, 0, sizeof *out);
    if (!s) {
        return false;
    }
    while ((next = sgs_source_next(s, 0, &f)) != SGS_NEXT_END) {
        if (next == SGS_NEXT_FRAME && out->n < SEEN_MAX) {
            out->time[out->n] = f.time;
            out->link[out->n] = f.link;
            out->wire_len[out->n] = f.wire_len;
            out->len[out->n] = f.octets.len;
            out->first[out->n] = f.octets.len ? f.octets.ptr[0] : 0;
            out->n++;
        }
    }
    out->info = *sgs_source_info(s);
    for (size_t i = 0; i < out->info.n_damage; i++) {
        out->damage[i] = out->info.damage[i];
    }
    sgs_source_close(s);
    return true;
}

static inline bool see_octets(const struct octets *o, struct seen *out)
{
    struct memory m = {.ptr = o->ptr, .len = o->len};

    return see(&m, out);
}

#endif
