/* What would tell what an attempt leaves open: its outcome, or its cause. */
#ifndef SGS_FINDINGS_WANTED_H
#define SGS_FINDINGS_WANTED_H

#include "findings/rule.h"

/* Fills wanted of at, which is judged; texts are in the arena. */
void sgs_wanted_find(struct sgs_arena *a, struct sgs_attempt *at, const struct sgs_scene *scene);

#endif
