/* Writes one pcapng file (draft-ietf-opsawg-pcapng): one Ethernet interface, nanoseconds. */
#ifndef MKCAP_PCAPNG_H
#define MKCAP_PCAPNG_H

#include "buf.h"

#include <stdio.h>

/* One frame as Enhanced Packet Block.  time: ns since 1970; caught: octets of it that are kept. */
void mk_pcapng_frame(FILE *f, int64_t time, const uint8_t *octets, size_t caught, size_t len);

/* What stands before the frames; no secrets block when keys is empty. */
void mk_pcapng_head(FILE *f, uint32_t snaplen, const struct mk_buf *keys);

#endif
