/* A capture in memory as a source of frames. */
#ifndef SGS_TESTS_FUZZ_SOURCE_H
#define SGS_TESTS_FUZZ_SOURCE_H

#include <stdint.h>
#include <string.h>

#include <signscope/slice.h>

#include "capture/source.h"

static inline int64_t source_pull(void *ctx, uint8_t *out, size_t cap)
{
    struct sgs_slice *left = ctx;
    size_t n = left->len < cap ? left->len : cap;
    if (n > 0) {
        memcpy(out, left->ptr, n);
    }
    *left = sgs_slice_from(*left, n);
    return (int64_t)n;
}

/* left is kept until the source is closed.  NULL: the octets are no capture. */
static inline struct sgs_source *source_open(struct sgs_slice *left,
                                             const struct sgs_secrets *secrets)
{
    char why[SGS_WHY_LEN];
    struct sgs_source *source = NULL;
    const struct sgs_pull pull = {.pull = source_pull, .ctx = left};
    return sgs_source_open_pull(pull, "input", secrets, why, &source) == SGS_OK ? source : NULL;
}

#endif
