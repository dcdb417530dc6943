/* gzip (RFC 1952) and zstd (RFC 8878) taken off an input, by content.  Private to capture/. */
#ifndef SGS_CAPTURE_UNPACK_H
#define SGS_CAPTURE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "capture/source.h"

struct sgs_unpack;

/* pull is kept until free.  Never NULL. */
struct sgs_unpack *sgs_unpack_new(struct sgs_pull pull);
void sgs_unpack_free(struct sgs_unpack *u); /* accepts NULL */

/* Up to cap octets, unpacked: their number, 0 at the end, -1 on a read error, SGS_PULL_WAIT.  What
 * a cut or damaged input still holds comes before its end. */
int64_t sgs_unpack_pull(struct sgs_unpack *u, uint8_t *out, size_t cap);

/* "gzip", "zstd", or NULL when the input is plain; known after the first pull. */
const char *sgs_unpack_name(const struct sgs_unpack *u);

/* Static text: why the octets ended too early; NULL when they did not. */
const char *sgs_unpack_trouble(const struct sgs_unpack *u);

#endif
