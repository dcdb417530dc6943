/*
 * Feeds one dissector by hand: samples of tests/dissectors/ are read, cut, lost and repeated, and
 * events come back as lines of text.
 *
 * A sample is a row of records, in the order of capture:
 *
 *   +-------+---------------+-----------------+
 *   | flags | length, be 32 | length octets   |    bit 0: direction, 0 c2s, 1 s2c
 *   +-------+---------------+-----------------+    bit 1: a hole; length octets are lost, none
 * follow
 *
 * A file called udp-*.bin is a row of datagrams.  Key log lines for it may lie beside it as *.keys.
 */
#ifndef SGS_TESTS_LIB_FEED_H
#define SGS_TESTS_LIB_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/engine.h>
#include <signscope/layer.h>
#include <signscope/slice.h>

struct feed_record {
    enum sgs_dir dir;
    bool is_gap;             /* gap octets are lost; octets is empty */
    uint64_t gap;            /* octets */
    struct sgs_slice octets; /* borrowed from the sample */
};

struct feed_sample {
    bool is_udp;
    uint8_t *data; /* the file; ours */
    size_t data_len;
    char *keys; /* key log lines, or NULL; ours */
    size_t keys_len;
    struct feed_record *records; /* ours */
    size_t n;                    /* records */
    size_t octets;               /* octets of all records together */
};

/* Reads a sample (and its key log); false when it cannot be read or is no row of records. */
bool feed_load(const char *path, struct feed_sample *out);

/* The same from memory, copied; a last record that is cut ends where the octets end. */
void feed_parse(struct sgs_slice data, bool is_udp, struct feed_sample *out);

/* Key log lines for the sample, copied; empty: none. */
void feed_keys(struct feed_sample *s, struct sgs_slice lines);
void feed_unload(struct feed_sample *s);

/* The names (not paths) in folder that end with tail, sorted; ours, released by feed_unlist. */
size_t feed_list(const char *folder, const char *tail, char ***out);
void feed_unlist(char **names, size_t n);

/* A conversation in progress. */
struct feed {
    struct sgs_engine *engine;
    struct sgs_tls_keys *keys; /* NULL: none */
    struct sgs_stream *stream;
    struct sgs_origin origin; /* of the record at hand */
    struct sgs_buf lines;     /* one line an event: kind, direction, fields */
    size_t n_gaps;            /* net.gap events */
};

/* A conversation of sample's transport for the dissector called name. */
void feed_open(struct feed *f, const char *name, const struct feed_sample *sample);

/* The next record begins: its octets get the next frame number and time. */
void feed_next(struct feed *f);
void feed_push(struct feed *f, enum sgs_dir dir, struct sgs_slice octets);
void feed_gap(struct feed *f, enum sgs_dir dir, uint64_t n);

/* Ends both directions and closes the stream; lines then holds all events. */
void feed_end(struct feed *f);

/* Releases all; ends first what has not ended. */
void feed_close(struct feed *f);

/*
 * The lines of a whole sample.  cuts: 0 as recorded; 1 octet by octet; any other number seeds
 * pieces of 1 to 64 octets.  Datagrams are never cut.  *before_end (may be NULL) is the length of
 * the lines that were there before the end.  Given; release with free; ends with a NUL.
 */
char *feed_run(const char *name, const struct feed_sample *sample, unsigned cuts,
               size_t *before_end);

#endif
