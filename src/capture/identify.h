/* What a file is that is no capture.  Private to capture/. */
#ifndef SGS_CAPTURE_IDENTIFY_H
#define SGS_CAPTURE_IDENTIFY_H

#include <signscope/slice.h>

#define SGS_IDENTIFY_LEN 1024 /* octets of the head that are looked at */

/* One line about a file that begins with head (and was packed by the program so named, or NULL):
 * what it is, and how to get a capture from it.  why has SGS_WHY_LEN octets. */
void sgs_identify(struct sgs_slice head, const char *packing, char *why);

#endif
