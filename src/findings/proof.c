/* Evidence of findings. */
#include "findings/proof.h"

#include <signscope/limits.h>

#include "signin/step.h"

struct proof {
    uint64_t *numbers;
    size_t n;
};

/* Both, ascending, each number once. */
static struct proof joined(struct sgs_arena *a, const uint64_t *x, size_t n_x, const uint64_t *y,
                           size_t n_y)
{
    struct proof p = {sgs_arena_array(a, n_x + n_y + 1, sizeof(uint64_t)), 0};
    for (size_t i = 0; p.numbers && i < n_x; i++) {
        p.numbers[p.n++] = x[i];
    }
    for (size_t i = 0; p.numbers && i < n_y; i++) {
        p.numbers[p.n++] = y[i];
    }
    p.n = p.n > 0 ? sgs_numbers_tidy(p.numbers, p.n) : 0;
    return p;
}

void sgs_proof_add(struct sgs_arena *a, struct sgs_finding *f, const uint64_t *events,
                   size_t n_events, const uint64_t *frames, size_t n_frames)
{
    if (f->n_evidence + n_events > SGS_MAX_EVIDENCE) {
        return;
    }
    struct proof e = joined(a, f->evidence, f->n_evidence, events, n_events);
    struct proof p = joined(a, f->frames, f->n_frames, frames, n_frames);
    f->evidence = e.numbers;
    f->n_evidence = e.n;
    f->frames = p.numbers;
    f->n_frames = p.n;
}
