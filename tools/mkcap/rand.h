/* Random numbers of OpenSSL that are the same in every run. */
#ifndef MKCAP_RAND_H
#define MKCAP_RAND_H

#include "buf.h"

/* Makes all of OpenSSL draw from r (kept until the program ends); before any other use of it. */
void mk_rand_start(struct mk_rng *r);
void mk_rand_stop(void);

#endif
