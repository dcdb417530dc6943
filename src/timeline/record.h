/*
 * The records of an event file (eventlog.h): framing, check sums, packing, and the numbers and
 * texts inside.  Private to timeline/.
 */
#ifndef SGS_TIMELINE_RECORD_H
#define SGS_TIMELINE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/reader.h>
#include <signscope/slice.h>

#define SGS_EVENTLOG_MAGIC SGS_LIT("\x89SGSE\r\n\x1a")
#define SGS_EVENTLOG_VERSION 1u

enum sgs_record_type {
    SGS_RECORD_NONE, /* the file ends where a record would begin */
    SGS_RECORD_HEAD,
    SGS_RECORD_EVENTS,
    SGS_RECORD_INPUT,
    SGS_RECORD_SKIPPED,
    SGS_RECORD_RUN,
    SGS_RECORD_END
};

struct sgs_texts;

/* What an event's place is told relative to: the event before it, zero at first.  And in memory
 * where its texts are, as far as they are not with it. */
struct sgs_record_base {
    uint64_t id;
    uint64_t frame;
    uint64_t time;
    uint64_t input_frame;
    struct sgs_texts *texts; /* NULL: all are with it, as in files */
    uint32_t owner;          /* who says them (texts.h) */
    size_t shared;           /* octets that it would take more if they were */
};

/* The octets around an event: bits of its flags. */
enum {
    SGS_RECORD_S2C = 1,
    SGS_RECORD_TRUST = 1,     /* shift of two bits */
    SGS_RECORD_TRANSPORT = 3, /* shift of two bits */
    SGS_RECORD_FROM_CLIENT = 32,
    SGS_RECORD_TO_CLIENT = 64
};

/* CRC-32 of the names and types of the first kinds and fields of the catalogue. */
uint32_t sgs_record_catalogue(size_t n_kinds, size_t n_fields);

/* Unsigned; signed, small ones short; text with its length. */
void sgs_put_uint(struct sgs_buf *b, uint64_t n);
void sgs_put_int(struct sgs_buf *b, int64_t n);
void sgs_put_text(struct sgs_buf *b, struct sgs_slice text);
void sgs_put_le32(struct sgs_buf *b, uint32_t n);

/* What they read back; a wrong form makes r bad.  A text longer than cap is wrong. */
uint64_t sgs_get_uint(struct sgs_reader *r);
int64_t sgs_get_int(struct sgs_reader *r);
struct sgs_slice sgs_get_text(struct sgs_reader *r, size_t cap);

/* raw packed onto out, with its length; and back.  False: it is not what pack made, or more than
 * out may hold. */
void sgs_record_pack(struct sgs_buf *out, struct sgs_slice raw);
bool sgs_record_unpack(struct sgs_slice packed, struct sgs_buf *out);

/* A whole record in out, which is emptied before. */
void sgs_record_wrap(struct sgs_buf *out, enum sgs_record_type type, struct sgs_slice payload);

/* Where records come from. */
struct sgs_record_source {
    int64_t (*read)(void *ctx, uint8_t *out, size_t cap); /* as sgs_eventlog_reader_new has it */
    void *ctx;
    uint64_t offset;       /* octets read so far */
    uint64_t at;           /* where the record at hand begins */
    struct sgs_buf octets; /* of the record at hand */
    bool has_failed;       /* read answered -1 */
};

void sgs_record_open(struct sgs_record_source *s,
                     int64_t (*read)(void *ctx, uint8_t *out, size_t cap), void *ctx);
void sgs_record_close(struct sgs_record_source *s);

/* The first n octets; fewer when there are no more.  Borrowed until the next call. */
struct sgs_slice sgs_record_begin(struct sgs_record_source *s, size_t n);

/*
 * The next record: its type and (borrowed until the next call) payload.  Returns NULL, or what is
 * wrong with the record at s->at as static text.
 */
const char *sgs_record_next(struct sgs_record_source *s, enum sgs_record_type *type,
                            struct sgs_slice *payload);

#endif
