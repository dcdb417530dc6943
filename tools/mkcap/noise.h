/* Traffic that has nothing to do with sign-ins: TCP, TLS without keys, UDP. */
#ifndef MKCAP_NOISE_H
#define MKCAP_NOISE_H

#include "scenario.h"

/* Options: frames= conns= mean= over= client=.  Begins when its thread does. */
struct mk_noise *mk_noise_new(struct mk_scenario *s, struct mk_args *a);
/* Makes some frames and moves *now on; false when all are made. */
bool mk_noise_step(struct mk_noise *n, int64_t *now);
void mk_noise_free(struct mk_noise *n);

#endif
