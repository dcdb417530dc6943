/* A captured link-layer unit on its way from capture/ to the engine. */
#ifndef SGS_FRAME_H
#define SGS_FRAME_H

#include <stdint.h>

#include <signscope/clock.h>
#include <signscope/slice.h>

#define SGS_LINK_NONE                                                                              \
    UINT32_MAX /* link of a record that is no frame (pcapng custom block): it has a                \
                  number, as in Wireshark, and no octets */

struct sgs_frame {
    uint64_t number;         /* from 1, over the merged order */
    uint64_t input_number;   /* from 1, in its own input */
    uint32_t input;          /* input, from 1 */
    uint32_t link;           /* LINKTYPE_ value of the file format (tcpdump.org/linktypes.html) */
    sgs_time time;           /* capture time */
    uint32_t wire_len;       /* octets on the wire; more than octets.len when the capture cut it */
    struct sgs_slice octets; /* what was captured; borrowed until the giver's next call */
};

/* Where octets came from: first and last frame that carried them. */
struct sgs_origin {
    uint64_t frame;       /* first frame */
    uint64_t frame_last;  /* last frame */
    sgs_time time;        /* of the first frame */
    sgs_time time_last;   /* of the last frame */
    uint32_t input;       /* input of the first frame, from 1 */
    uint64_t input_frame; /* number of the first frame in that input */
};

#endif
