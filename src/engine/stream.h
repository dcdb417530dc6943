/*
 * Octets into layers, below the engine's net and above its dissectors.  The engine opens one stream
 * for each conversation; tests and fuzzers open them by hand, without frames.
 */
#ifndef SGS_ENGINE_STREAM_H
#define SGS_ENGINE_STREAM_H

#include <stdint.h>

#include <signscope/engine.h>
#include <signscope/layer.h>

struct sgs_stream; /* the layers of one conversation */

/*
 * Layers for a conversation.  name: the dissector that gets it, or NULL: ports and probes decide.
 * info is copied. Belongs to the engine until sgs_stream_close.
 */
struct sgs_stream *sgs_stream_open(struct sgs_engine *e, const struct sgs_conn_info *info,
                                   const char *name);

/* Octets in order (TCP) or one datagram (UDP); is_cut: the datagram was longer on the wire.
 * Borrowed for the call. */
void sgs_stream_push(struct sgs_stream *s, enum sgs_dir dir, struct sgs_slice octets, bool is_cut,
                     const struct sgs_origin *origin);

/* n octets (0: unknown) will never be seen: emits net.gap. */
void sgs_stream_gap(struct sgs_stream *s, enum sgs_dir dir, uint64_t n, enum sgs_gap_why why,
                    const struct sgs_origin *origin);

void sgs_stream_end(struct sgs_stream *s, enum sgs_dir dir, enum sgs_end why,
                    const struct sgs_origin *origin);

/* Ends what has not ended, closes all layers; s is dead. */
void sgs_stream_close(struct sgs_stream *s);

/* Gives the events emitted so far to the readers; sgs_engine_feed does it after each frame. */
void sgs_engine_drain(struct sgs_engine *e);

#endif
