/* What the files of the engine share. */
#ifndef SGS_ENGINE_INTERNAL_H
#define SGS_ENGINE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/buf.h>
#include <signscope/dissector.h>
#include <signscope/engine.h>
#include <signscope/layer.h>
#include <signscope/limits.h>
#include <signscope/tls_keys.h>

#include "engine/asked.h"
#include "engine/auth.h"
#include "engine/interception.h"
#include "engine/revocation.h"
#include "engine/stream.h"
#include "engine/tokens.h"
#include "timeline/draft.h"

/* Where the octets of a head buffer came from: all from off on, up to the next mark. */
struct sgs_mark {
    uint64_t off; /* offset in the layer's octets of this direction */
    struct sgs_origin origin;
};

/* One direction of a layer: octets not yet used, and what is known about the message at their head.
 */
struct sgs_inbox {
    struct sgs_buf head;    /* octets not yet used */
    uint64_t off;           /* offset of the first of them; 64 bits, never wraps */
    struct sgs_mark *marks; /* ours; ascending; the first one at or before off */
    size_t n_marks;
    size_t marks_room;
    size_t need;     /* octets to have before measure is asked again */
    size_t len;      /* length of the message at the head once measure has told it, else 0 */
    uint64_t skip;   /* octets to drop before the next message */
    bool is_rest;    /* all up to the end is one message */
    bool is_waiting; /* for a message of the other direction */
    bool is_running; /* its octets are being used right now */
    bool is_bad;     /* only counted from here */
    bool is_probing; /* after a gap: dropped until probe knows the octets again */
    bool is_nobody;  /* undecided: no candidate knew the head */
    bool has_ended;
    unsigned n_tries;       /* undecided: pushes probed after is_nobody */
    struct sgs_draft *open; /* event of the message at hand, named in `in` by events below */
};

/* Who claims what an undecided layer asks for: bit i is sgs_dissectors[i]. */
struct sgs_candidates {
    bool is_known; /* filled */
    uint32_t all;
    uint32_t by_port; /* those that a port speaks for */
};

struct sgs_layer {
    struct sgs_stream *stream;
    struct sgs_layer *parent;                 /* NULL: the root */
    struct sgs_layer *children, *next, *prev; /* newest first */
    struct sgs_layer *heir;                   /* who gets the octets after sgs_hand_over */
    const struct sgs_dissector *dissector;    /* NULL while undecided */
    enum sgs_by by;                           /* undecided: how it was asked for */
    struct sgs_slice what;                    /* the same, in the arena */
    struct sgs_candidates candidates;         /* the same, from its first octets on */
    struct sgs_slice key;                     /* of sgs_child, in the arena */
    uint64_t last_used;                       /* tick of sgs_child */
    void *state;
    struct sgs_arena arena;
    struct sgs_slice path; /* "tls/http1", in the arena */
    struct sgs_slice notes[SGS_N_NOTES];
    struct sgs_inbox half[2];
    struct sgs_origin origin; /* of the octets at hand */
    unsigned depth;           /* the root has 0 */
    enum sgs_trust trust;
    enum sgs_gap_why gap_why;
    bool is_cut;           /* the message at hand is cut */
    bool is_dead;          /* nobody's: octets are not looked at any more */
    struct sgs_hold *hold; /* what is kept until its key comes, or NULL */
    bool is_given_up;      /* such was lost: nothing more is kept */
    bool is_closing;       /* closed, but for children that are held */
    unsigned n_malformed;
};

struct sgs_stream {
    struct sgs_engine *engine;
    struct sgs_conn_info info;
    struct sgs_layer *root;
    size_t n_layers;
    uint64_t tick;
};

/* All that waits for keys. */
struct sgs_holds {
    struct sgs_hold *first, *last; /* who has waited longest comes first */
    struct sgs_hold *cursor;       /* the next one to look at, while all are looked at */
    size_t octets;                 /* kept, with what it takes to keep them */
    size_t n_ended;                /* holds whose layer is closed */
    size_t n_done;                 /* of these, those with nothing left to read */
    size_t n_news;
    uint8_t news[SGS_MAX_HOLD_NEWS][SGS_TLS_RANDOM_LEN]; /* client randoms that got a secret */
    bool is_news_for_all;                                /* or any may have got one */
    bool is_over;                                        /* no key will come any more */
    struct sgs_arena
        scratch[SGS_MAX_LAYER_DEPTH + 1]; /* for giving up a layer while others are at work */
};

#define SGS_MAX_READERS 4

struct sgs_engine {
    struct sgs_engine_options options;
    struct sgs_net *net;
    struct sgs_asked *asked;
    struct sgs_tokens *tokens;
    struct sgs_revocation *revocation;
    struct sgs_interception *interception;
    struct sgs_auth *auth;
    struct {
        void (*fn)(void *ctx, const struct sgs_event *ev);
        void *ctx;
    } readers[SGS_MAX_READERS];
    size_t n_readers;
    struct sgs_draft *queue, **queue_end; /* emitted, not yet given to the readers */
    struct sgs_draft *spare;              /* drained, for new events */
    size_t n_spare;
    uint64_t last_id;
    sgs_time now;      /* latest capture time seen */
    sgs_time replayed; /* when what is replayed came; SGS_TIME_NONE: nothing is */
    struct sgs_holds holds;
    struct sgs_map *skipped; /* layer and name -> struct sgs_skipped */
    struct sgs_skipped *skipped_rows;
    struct sgs_arena
        scratch[SGS_MAX_LAYER_DEPTH + 1]; /* one a depth: a child's does not touch its parent's */
};

/* registry.c */

/* The dissector called name, or NULL. */
const struct sgs_dissector *sgs_registry_name(struct sgs_slice name);

/* How many dissectors claim what by by on this stream (ports count for probes); *first is the first
 * of them. */
size_t sgs_registry_claims(const struct sgs_layer *l, enum sgs_by by, struct sgs_slice what,
                           const struct sgs_dissector **first);

/* The dissectors that claim what the undecided layer l asks for. */
struct sgs_candidates sgs_registry_candidates(const struct sgs_layer *l);

/* inbox.c: octets of one direction of a layer */

void sgs_inbox_init(struct sgs_inbox *h, size_t cap);
void sgs_inbox_clear(struct sgs_inbox *h);

/* Origin of n octets of the head buffer from absolute offset off on. */
struct sgs_origin sgs_inbox_origin(const struct sgs_inbox *h, uint64_t off, size_t n);
/* How many of the n octets from absolute offset off on have one origin. */
size_t sgs_inbox_run(const struct sgs_inbox *h, uint64_t off, size_t n);
/* Appends octets with their origin; false at the cap. */
bool sgs_inbox_add(struct sgs_inbox *h, struct sgs_slice octets, const struct sgs_origin *origin);
/* Forgets n octets at the head. */
void sgs_inbox_use(struct sgs_inbox *h, size_t n);
/* Forgets all octets and what was known of the message at the head. */
void sgs_inbox_drop(struct sgs_inbox *h);

/* layer.c */

struct sgs_layer *sgs_layer_new(struct sgs_stream *s, struct sgs_layer *parent);
/* Makes l a layer of d; false at a cap. */
bool sgs_layer_become(struct sgs_layer *l, const struct sgs_dissector *d);
/* After become: what both heads hold is used as if it had just been pushed. */
void sgs_layer_replay(struct sgs_layer *l);
void sgs_layer_push(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                    const struct sgs_origin *origin);
void sgs_layer_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why);
void sgs_layer_end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why);
/* Emits what is open and releases l; not before all that is held below it was read.  The stream
 * goes with its root. */
void sgs_layer_close(struct sgs_layer *l);
/* After a hold: measure is asked again about what the heads hold, first about that of dir. */
void sgs_layer_resume(struct sgs_layer *l, enum sgs_dir dir);

/* hold.c: octets that wait for their keys */

void sgs_holds_open(struct sgs_engine *e);
void sgs_holds_close(struct sgs_engine *e);
/* Reads what waits for secrets that have come since; only where no layer is at work. */
void sgs_holds_serve(struct sgs_engine *e);
/* Reads all that waits, without keys where there are none. */
void sgs_holds_finish(struct sgs_engine *e);

/* The next three: true if it was kept, false if l is to get it now. */
bool sgs_hold_octets(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                     const struct sgs_origin *origin);
bool sgs_hold_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why);
bool sgs_hold_end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why);
/* True if l is held: it is closed when all that is kept for it was read. */
bool sgs_hold_close(struct sgs_layer *l);
/* l was closed for good, or is about to be looked for by others. */
bool sgs_hold_is_closed(const struct sgs_layer *l);
/* Counts what the heads of l hold, after a push. */
void sgs_hold_settle(struct sgs_layer *l);

/* undecided.c: layers that do not know yet what they are */

void sgs_undecided_push(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets,
                        const struct sgs_origin *origin);
/* The direction is over: decides with what is there. */
void sgs_undecided_end(struct sgs_layer *l, enum sgs_dir dir);

/* engine.c */

/* Opens an event of a conversation without a layer. */
struct sgs_draft *sgs_engine_event(struct sgs_engine *e, enum sgs_kind kind,
                                   const struct sgs_conn_info *info, enum sgs_dir dir,
                                   const struct sgs_origin *origin);
/* Puts a finished event into the queue; given. */
void sgs_engine_emit(struct sgs_engine *e, struct sgs_draft *d);

#endif
