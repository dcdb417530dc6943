/*
 * A capture written again as pcapng, with other secrets in it (Decryption Secrets Blocks,
 * draft-ietf-opsawg-pcapng).  What is written is whole also where the input is damaged: octets that
 * are no block are left out.
 */
#ifndef SGS_CAPTURE_PCAPNG_WRITE_H
#define SGS_CAPTURE_PCAPNG_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/slice.h>
#include <signscope/status.h>

#include "capture/source.h"

struct sgs_rewriter;

/* What to write.  write returns false when it failed; nothing more is then written. */
struct sgs_rewrite {
    struct sgs_slice secrets; /* key log lines to put in front of the frames; may be empty */
    bool is_stripped;         /* secrets blocks that are there are left out */
    bool (*write)(void *ctx, struct sgs_slice octets);
    void *ctx;
};

/* What came of it. */
struct sgs_rewritten {
    uint64_t left_out;     /* secrets blocks of the input that were not written */
    uint64_t damage_total; /* damaged places of the input */
    uint64_t damage_at;    /* octets from its (unpacked) head to the first of them */
    const char *damage;    /* what it is, static text; NULL: none */
};

/* A pcap or pcapng file, plain, gzip or zstd ("-": standard input).  On failure why (SGS_WHY_LEN
 * octets) gets one line without the name. */
enum sgs_status sgs_rewriter_open(const char *path, char *why,
                                  struct sgs_rewriter **out) SGS_MUST_CHECK;
/* The same over a pull function that is kept until close; for tests and fuzzers. */
enum sgs_status sgs_rewriter_open_pull(struct sgs_pull pull, const char *name, char *why,
                                       struct sgs_rewriter **out) SGS_MUST_CHECK;
void sgs_rewriter_close(struct sgs_rewriter *w); /* accepts NULL */

/*
 * Writes all of it, once.  pcapng: block by block as it was, but for the length of a section, which
 * becomes "not told", and for secrets blocks that repeat an earlier one.  pcap: one section with
 * one interface of the same link type, snap length and clock.  False: write failed.
 */
bool sgs_rewriter_run(struct sgs_rewriter *w, const struct sgs_rewrite *how,
                      struct sgs_rewritten *out);

#endif
