/*
 * Frames in, events out; no I/O inside.  The caller owns files, interfaces and clocks.
 */
#ifndef SGS_ENGINE_H
#define SGS_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/cert.h>
#include <signscope/event.h>
#include <signscope/frame.h>
#include <signscope/layer.h>
#include <signscope/tls_keys.h>

struct sgs_engine;

/* Frames of which a layer could make nothing: counted and named, never dropped in silence. */
struct sgs_skipped {
    const char *layer; /* "link", "network", "transport" */
    char name[48];     /* "LINKTYPE 105", "ARP", "IP protocol 132 (SCTP)" */
    uint64_t frames;
};

struct sgs_engine_options {
    struct sgs_tls_keys *keys;         /* kept until the engine is freed; may be NULL */
    const struct sgs_anchors *anchors; /* likewise; NULL: nothing is said of trust */
    /*
     * Sees every octet that one layer pushes into another, for tests that compare with an oracle;
     * NULL else.  path: of the pushing layer.
     */
    void (*tap)(void *ctx, const struct sgs_conn_info *info, struct sgs_slice path,
                enum sgs_dir dir, struct sgs_slice octets);
    void *tap_ctx;
    /*
     * Octets kept at most for conversations whose keys may still come, with what it takes to keep
     * them; beyond, the one that has waited longest is given up.  0: keys do not come late.
     */
    size_t hold;
};

/* keys and options are kept/copied.  NULL: out of memory. */
struct sgs_engine *sgs_engine_new(const struct sgs_engine_options *options);
void sgs_engine_free(struct sgs_engine *e);

/* Calls fn for every event, in the order in which messages became readable; the event is borrowed
 * for the call.  At most 4 readers. */
void sgs_engine_on_event(struct sgs_engine *e, void (*fn)(void *ctx, const struct sgs_event *ev),
                         void *ctx);

/* One frame; octets are borrowed for the call.  Its events reach the readers before it returns. */
void sgs_engine_feed(struct sgs_engine *e, const struct sgs_frame *frame);

/* Key logs were read on: what waited for a secret that came is read now.  Its events reach the
 * readers before it returns. */
void sgs_engine_keys(struct sgs_engine *e);

/* The capture time from which on octets are kept for their keys; SGS_TIME_NONE: none are. */
sgs_time sgs_engine_held_from(const struct sgs_engine *e);

/* Octets kept now, counted as hold is. */
size_t sgs_engine_held(const struct sgs_engine *e);

/* No more frames: ends all conversations, emits what was open; what still waits for a key is read
 * without.  Call once. */
void sgs_engine_finish(struct sgs_engine *e);

/* What was skipped, sorted by layer and name; borrowed until the next feed.  Returns the number of
 * rows. */
size_t sgs_engine_skipped(struct sgs_engine *e, const struct sgs_skipped **out);

#endif
