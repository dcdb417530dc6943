/*
 * SIP compression as the sending side does it ([MS-SIPCOMP], RFC 2118): text in, packets out.
 * Each direction has one.  Headers are flags, a zero and the length of the payload, be 32.
 */
#ifndef MKCAP_LZ77_H
#define MKCAP_LZ77_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MK_LZ77_HEADER 6
#define MK_LZ77_COMPRESSED 0x2
#define MK_LZ77_AT_FRONT 0x4
#define MK_LZ77_FLUSHED 0x8

struct mk_lz77 {
    bool is_64k;
    bool counts_plain; /* sizes are those before compression */
    bool has_begun;    /* a compressed packet was sent since the start or the last flush */
    size_t at;         /* octets of the history in use */
    uint8_t history[65536];
};

/* Octets that one packet can take. */
size_t mk_lz77_max(const struct mk_lz77 *z);

/* The payload of n (at most mk_lz77_max) octets, into room for as many and 8; *flags are those of
 * its packet.  Gives its length; 0: it would not be smaller, and the history is flushed. */
size_t mk_lz77_encode(struct mk_lz77 *z, const uint8_t *in, size_t n, uint8_t *out,
                      unsigned *flags);

/* A whole packet into room for n + MK_LZ77_HEADER + 8 octets; gives its length.  is_plain: it is
 * sent as it is. */
size_t mk_lz77_packet(struct mk_lz77 *z, const uint8_t *in, size_t n, bool is_plain, uint8_t *out);

#endif
