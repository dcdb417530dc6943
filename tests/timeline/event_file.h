/* Event files in memory: read whole, or built record by record with right check sums. */
#ifndef SGS_TESTS_TIMELINE_EVENT_FILE_H
#define SGS_TESTS_TIMELINE_EVENT_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/eventlog.h>
#include <signscope/limits.h>

#include "timeline/record.h"

#define MAGIC_LEN 8
#define FRAME_LEN 9 /* of a record, besides its payload */

/* A file in memory, and how much of it was read. */
struct file {
    struct sgs_buf octets;
    size_t at;
    size_t room;  /* octets that can still be written */
    bool is_full; /* a write failed: there may be no other */
};

static inline bool put(void *ctx, struct sgs_slice octets)
{
    struct file *f = ctx;

    assert_false(f->is_full);
    if (octets.len > f->room) {
        f->is_full = true;
        return false;
    }
    f->room -= octets.len;
    return sgs_buf_add(&f->octets, octets);
}

/* Gives little at a time, so that nothing depends on how much comes. */
static inline int64_t get(void *ctx, uint8_t *out, size_t cap)
{
    struct file *f = ctx;
    struct sgs_slice part = sgs_slice_from(sgs_buf_slice(&f->octets), f->at);

    part = sgs_slice_head(part, cap < 1000 ? cap : 1000);
    if (part.len > 0) {
        memcpy(out, part.ptr, part.len);
    }
    f->at += part.len;
    return (int64_t)part.len;
}

static inline void file_init(struct file *f)
{
    *f = (struct file){.room = SIZE_MAX};
    sgs_buf_init(&f->octets, 16u * 1024 * 1024);
}

static inline struct file file_of(struct sgs_slice octets)
{
    struct file f;

    file_init(&f);
    assert_true(sgs_buf_add(&f.octets, octets));
    return f;
}

static inline void file_clear(struct file *f)
{
    sgs_buf_clear(&f->octets);
}

/* What a reader makes of octets: how many of the events given it gives before it stops. */
struct answer {
    enum sgs_status status;
    size_t n_events;
    bool has_coverage;
    bool is_damaged;
    uint64_t offset;
    const char *what;
};

/* Called for each event. */
typedef void event_check(size_t i, const struct sgs_event *ev);

static inline struct answer read_octets(struct sgs_slice octets, event_check *check)
{
    struct file f = file_of(octets);
    struct sgs_eventlog_reader *r = NULL;
    char why[SGS_EVENTLOG_WHY_LEN] = "";
    struct answer a = {.status = sgs_eventlog_reader_new(get, &f, why, &r)};

    if (a.status == SGS_OK) {
        const struct sgs_event *ev = NULL;

        while ((ev = sgs_eventlog_next(r))) {
            if (check) {
                check(a.n_events, ev);
            }
            a.n_events++;
        }
        a.has_coverage = sgs_eventlog_coverage(r) != NULL;
        a.is_damaged = sgs_eventlog_damage(r) != NULL;
        a.offset = a.is_damaged ? sgs_eventlog_damage(r)->offset : 0;
        a.what = a.is_damaged ? sgs_eventlog_damage(r)->what : NULL;
    } else {
        assert_true(why[0] != '\0' && !strchr(why, '\n'));
    }
    sgs_eventlog_reader_free(r);
    file_clear(&f);
    return a;
}

/* ISO 3309 bit by bit, so that zlib's table is not its own judge. */
static inline uint32_t crc32_of(uint32_t crc, const void *octets, size_t len)
{
    const uint8_t *p = octets;

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xedb88320) : crc >> 1;
        }
    }
    return ~crc;
}

static inline void put_record(struct sgs_buf *file, enum sgs_record_type type,
                              struct sgs_slice payload)
{
    struct sgs_buf record;

    sgs_buf_init(&record, file->cap);
    sgs_record_wrap(&record, type, payload);
    sgs_buf_add(file, sgs_buf_slice(&record));
    sgs_buf_clear(&record);
}

static inline uint32_t fingerprint(size_t n_kinds, size_t n_fields)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < n_kinds + n_fields; i++) {
        bool is_kind = i < n_kinds;
        size_t at = is_kind ? i : i - n_kinds;
        const char *name =
            is_kind ? sgs_kind_name((enum sgs_kind)at) : sgs_field_name((enum sgs_field_id)at);
        uint8_t type = is_kind ? 0xff : (uint8_t)sgs_field_type((enum sgs_field_id)at);

        crc = crc32_of(crc, name, strlen(name) + 1);
        crc = crc32_of(crc, &type, 1);
    }
    return crc;
}

static inline void put_head(struct sgs_buf *file, uint64_t version, size_t n_kinds, size_t n_fields,
                            uint32_t catalogue, uint64_t n_inputs)
{
    struct sgs_buf head;

    sgs_buf_init(&head, 100);
    sgs_buf_init(file, 4u * 1024 * 1024);
    sgs_buf_add_str(file, "\x89SGSE\r\n\x1a");
    sgs_put_uint(&head, version);
    sgs_put_uint(&head, n_kinds);
    sgs_put_uint(&head, n_fields);
    sgs_put_le32(&head, catalogue);
    sgs_put_uint(&head, n_inputs);
    put_record(file, SGS_RECORD_HEAD, sgs_buf_slice(&head));
    sgs_buf_clear(&head);
}

static inline void put_good_head(struct sgs_buf *file)
{
    put_head(file, 1, SGS_N_KINDS, SGS_N_FIELDS, fingerprint(SGS_N_KINDS, SGS_N_FIELDS), 1);
}

static inline unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static inline void put_hex(struct sgs_buf *b, const char *hex)
{
    for (; *hex; hex += 2) {
        sgs_buf_add_octet(b, (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1])));
    }
}

#endif
