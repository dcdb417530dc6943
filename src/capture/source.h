/*
 * Frames from files and interfaces, one interface over all of them.  A pull function brings the
 * octets of a file, so that plain files, compressed ones, standard input and test buffers are read
 * by the same code.
 */
#ifndef SGS_CAPTURE_SOURCE_H
#define SGS_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/frame.h>
#include <signscope/slice.h>
#include <signscope/status.h>

#define SGS_PULL_WAIT (-2) /* of a pull: nothing has come yet, ask again later */

/* Up to cap octets into out: their number, 0 at the end, -1 on a read error, or SGS_PULL_WAIT. */
struct sgs_pull {
    int64_t (*pull)(void *ctx, uint8_t *out, size_t cap);
    void *ctx;
};

#define SGS_WHY_LEN 256 /* octets of the text that says why something cannot be opened */

/* A damaged place of an input. */
struct sgs_damage {
    uint64_t offset;  /* octets from the head of the (unpacked) input */
    uint64_t frame;   /* the last good frame before it, in this input; 0: none */
    const char *what; /* static text */
};

/* What an input is and how far it was read. */
struct sgs_input_info {
    const char *name; /* as given; "-" for standard input */
    uint64_t frames;  /* frames given so far */
    uint64_t octets;  /* octets of the (unpacked) input read so far */
    sgs_time first,
        last; /* smallest and largest capture time; SGS_TIME_NONE before the first frame */
    const struct sgs_damage *damage;
    size_t n_damage;       /* rows listed, at most SGS_MAX_DAMAGE */
    uint64_t damage_total; /* places damaged in all */
    uint64_t dropped;      /* frames the kernel or the interface says it lost (ISB, pcap_stats) */
    uint64_t cut_frames;   /* frames captured shorter than on the wire */
};

enum sgs_next {
    SGS_NEXT_FRAME,   /* *out is set */
    SGS_NEXT_NOTHING, /* live: no frame for now */
    SGS_NEXT_END      /* no more */
};

/* Called for every Decryption Secrets Block with TLS key log lines; text is borrowed. */
struct sgs_secrets {
    void (*add)(void *ctx, struct sgs_slice text);
    void *ctx;
};

struct sgs_source;

/*
 * A file ("-": standard input): pcap or pcapng, plain, gzip or zstd, recognised by content.  A
 * seekable pcapng is first read through for its secrets, so they are known before its first frame.
 * On failure why (SGS_WHY_LEN octets) gets one line without the name: what it is instead, how to
 * convert it.  secrets is copied.
 */
enum sgs_status sgs_source_open_file(const char *path, const struct sgs_secrets *secrets, char *why,
                                     struct sgs_source **out) SGS_MUST_CHECK;

/* The same over a pull function that is kept until close; for tests and fuzzers. */
enum sgs_status sgs_source_open_pull(struct sgs_pull pull, const char *name,
                                     const struct sgs_secrets *secrets, char *why,
                                     struct sgs_source **out) SGS_MUST_CHECK;

/* A live interface. */
struct sgs_live_options {
    uint32_t snap_len; /* octets; 0: the largest */
    uint32_t buffer;   /* KiB; 0: our default */
    bool not_promiscuous;
    const char *filter; /* BPF, or NULL */
};
enum sgs_status sgs_source_open_live(const char *device, const struct sgs_live_options *options,
                                     char *why, struct sgs_source **out) SGS_MUST_CHECK;

/* Names and descriptions of the interfaces, one call each; SGS_E_ACCESS, SGS_E_IO with why. */
enum sgs_status sgs_source_list(void (*each)(void *ctx, const char *name, const char *description),
                                void *ctx, char *why) SGS_MUST_CHECK;

/* BPF on frames of files: one program a link type, compiled when first met. */
struct sgs_filter;
enum sgs_status sgs_filter_new(const char *expression, char *why,
                               struct sgs_filter **out) SGS_MUST_CHECK;
bool sgs_filter_match(struct sgs_filter *f, const struct sgs_frame *frame);
/* Why it did not compile for a link type that was met (whose frames do not match); NULL when it
 * did for all.  Borrowed until free. */
const char *sgs_filter_error(const struct sgs_filter *f);
void sgs_filter_free(struct sgs_filter *f); /* accepts NULL */

/*
 * The next frame; its octets are borrowed until the next call.  number and input are left 0 for the
 * merger.  Live: waits at most timeout_ms for one.  A pipe (also as standard input): the same when
 * timeout_ms is above 0, else it blocks, and gives SGS_NEXT_NOTHING only when a signal came.
 * Regular files never give SGS_NEXT_NOTHING.
 *
 * A damaged file goes on at the next plausible record; it ends with SGS_NEXT_END, never with an
 * error.  Frames are numbered as Wireshark does: a record whose octets are not all there (the cut
 * end of a file) is damage and no frame.  A frame without a time of its own (pcapng Simple Packet
 * Block) has that of the frame before it, or 0.  Times stay within the years 1824 to 2116, so that
 * their sums and differences never overflow.
 */
enum sgs_next sgs_source_next(struct sgs_source *s, int timeout_ms, struct sgs_frame *out);

/* A wait for frames also ends when fd can be read (SGS_NEXT_NOTHING when no frame is there); -1:
 * none.  Kept until close. */
void sgs_source_watch(struct sgs_source *s, int fd);

/* Secrets may come between its frames: a pcapng that cannot be read twice. */
bool sgs_source_brings_secrets(const struct sgs_source *s);

/* Borrowed until the next call on s. */
const struct sgs_input_info *sgs_source_info(struct sgs_source *s);
bool sgs_source_is_live(const struct sgs_source *s); /* an interface, not a file */
void sgs_source_close(struct sgs_source *s);         /* accepts NULL */

/*
 * Several sources as one, by time; ties in the order given; one alone keeps its own order.  Takes
 * the sources (given). Sets number and input of each frame.  Interfaces do not wait for each other.
 */
struct sgs_merge;
struct sgs_merge *sgs_merge_new(struct sgs_source **sources, size_t n);
enum sgs_next sgs_merge_next(struct sgs_merge *m, int timeout_ms, struct sgs_frame *out);
/* As sgs_source_watch and sgs_source_brings_secrets, for all. */
void sgs_merge_watch(struct sgs_merge *m, int fd);
bool sgs_merge_brings_secrets(const struct sgs_merge *m);
size_t sgs_merge_inputs(const struct sgs_merge *m);
const struct sgs_input_info *sgs_merge_info(struct sgs_merge *m, size_t i);
void sgs_merge_free(struct sgs_merge *m);

#endif
