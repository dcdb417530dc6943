/*
 * The events of a run as a file, and back, with all that a report tells besides them.  A report
 * made of the file is the same, octet by octet, as one made of the capture.
 *
 *   | magic, 8 octets | record | record | ...     little endian; a number marked v is LEB128
 *
 *   record   +------+-----------+----------------+-----------+
 *            | type | length 32 | length octets  | CRC-32    |   of type, length and octets
 *            +------+-----------+----------------+-----------+
 *
 *   head     version v, kinds v, fields v, fingerprint 32 of these, inputs v; always the first
 *   events   length of what follows when unpacked 32, events packed with zlib (RFC 1950)
 *   input    one of the captures, with its damage; one skipped: a row; run: keys, how it ended
 *   end      how many events, inputs and rows there are; always the last
 *
 * The catalogue only grows.  A file of an older catalogue is read; one that has kinds or fields
 * this program does not know, or another version, is refused: a report that leaves events out could
 * be wrong.  Where the file is cut or damaged reading ends, and what came before counts.
 *
 * No field of the catalogue is flagged SECRET; the writer does not compile when one is.
 */
#ifndef SGS_EVENTLOG_H
#define SGS_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/engine.h>
#include <signscope/event.h>
#include <signscope/input.h>
#include <signscope/slice.h>
#include <signscope/status.h>
#include <signscope/tls_keys.h>

#define SGS_EVENTLOG_WHY_LEN 256 /* octets of the text that says why a file is refused */

/* What a report tells besides events. */
struct sgs_coverage {
    const struct sgs_report_input *inputs;
    size_t n_inputs;
    const struct sgs_skipped *skipped; /* of all inputs together */
    size_t n_skipped;
    struct sgs_key_counts keys;
    bool has_keys;        /* a key log or a secrets block was given */
    bool was_interrupted; /* live, ended by a signal */
};

struct sgs_eventlog_writer;

/* write and ctx are kept until free.  write returns false when it failed, and is then not called
 * again.  n_inputs: captures or interfaces of the run. */
struct sgs_eventlog_writer *sgs_eventlog_writer_new(bool (*write)(void *ctx,
                                                                  struct sgs_slice octets),
                                                    void *ctx, size_t n_inputs);
void sgs_eventlog_writer_free(struct sgs_eventlog_writer *w); /* accepts NULL */

/* Writes the event, at once or with later ones; copied. */
void sgs_eventlog_add(struct sgs_eventlog_writer *w, const struct sgs_event *ev);

/* Writes what is left.  SGS_E_IO: a write failed; SGS_E_LIMIT: an event was too large to be
 * written.  Call once. */
enum sgs_status sgs_eventlog_finish(struct sgs_eventlog_writer *w,
                                    const struct sgs_coverage *coverage) SGS_MUST_CHECK;

struct sgs_eventlog_reader;

/*
 * Reads the head.  read gives up to cap octets: their number, 0 at the end, -1 when it failed; read
 * and ctx are kept until free.  On failure SGS_E_IO, SGS_E_EMPTY, SGS_E_FORMAT (no event file, or
 * its head is damaged) or SGS_E_UNSUPPORTED (version or catalogue), and why (SGS_EVENTLOG_WHY_LEN
 * octets) gets one line without the name.
 */
enum sgs_status sgs_eventlog_reader_new(int64_t (*read)(void *ctx, uint8_t *out, size_t cap),
                                        void *ctx, char *why,
                                        struct sgs_eventlog_reader **out) SGS_MUST_CHECK;
void sgs_eventlog_reader_free(struct sgs_eventlog_reader *r); /* accepts NULL */

/* Captures or interfaces of the run. */
size_t sgs_eventlog_n_inputs(const struct sgs_eventlog_reader *r);

/* The next event, borrowed until the next call; NULL at the end, of the file or of what can be
 * read of it. */
const struct sgs_event *sgs_eventlog_next(struct sgs_eventlog_reader *r);

/* After the end: what the writer was given, borrowed until free; NULL when the file is not there
 * to its end. */
const struct sgs_coverage *sgs_eventlog_coverage(const struct sgs_eventlog_reader *r);

/* Octets read so far. */
uint64_t sgs_eventlog_octets(const struct sgs_eventlog_reader *r);

/* The place where reading stopped before the end (what is static text, frame 0); NULL: nowhere. */
const struct sgs_report_damage *sgs_eventlog_damage(const struct sgs_eventlog_reader *r);

#endif
