/* What proves a finding: its events and their frames. */
#ifndef SGS_FINDINGS_PROOF_H
#define SGS_FINDINGS_PROOF_H

#include <signscope/arena.h>
#include <signscope/finding.h>

/* Adds them to those of f, ascending and each once, in the arena; not beyond SGS_MAX_EVIDENCE
 * events. */
void sgs_proof_add(struct sgs_arena *a, struct sgs_finding *f, const uint64_t *events,
                   size_t n_events, const uint64_t *frames, size_t n_frames);

#endif
