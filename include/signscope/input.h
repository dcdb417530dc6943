/* What a report tells of its inputs: names, sizes, times and damaged places. */
#ifndef SGS_INPUT_H
#define SGS_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include <signscope/clock.h>

/* One damaged place of an input. */
struct sgs_report_damage {
    uint64_t offset; /* octets from the head of the input */
    uint64_t frame;  /* last good frame before it, 0: none */
    const char *what;
};

struct sgs_report_input {
    const char *name;
    uint64_t frames;
    uint64_t octets;
    sgs_time first, last; /* SGS_TIME_NONE: no frame */
    const struct sgs_report_damage *damage;
    size_t n_damage;
    uint64_t damage_total; /* places in all; n_damage are listed */
    uint64_t dropped;      /* frames lost while capturing */
    uint64_t cut_frames;   /* frames shorter than on the wire */
};

#endif
