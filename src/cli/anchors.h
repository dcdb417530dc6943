/* --ca: trust anchors out of files and folders. */
#ifndef SGS_CLI_ANCHORS_H
#define SGS_CLI_ANCHORS_H

#include <stddef.h>

#include <signscope/cert.h>

/*
 * Reads the certificates of the n files and folders called names; of a folder all files that hold
 * some, in the order of their names.  On failure NULL, which was said, and the exit status in
 * *status.  The result is given; sgs_anchors_free.
 */
struct sgs_anchors *sgs_anchors_open(const char *const *names, size_t n, int *status);

#endif
