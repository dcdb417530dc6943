/* One interface, captured through libpcap; its types stay in live.c.  Private to capture/. */
#ifndef SGS_CAPTURE_LIVE_H
#define SGS_CAPTURE_LIVE_H

#include "capture/input.h"

struct sgs_live;

/* in is kept until close.  On failure why (SGS_WHY_LEN octets) gets one line. */
enum sgs_status sgs_live_open(const char *device, const struct sgs_live_options *options,
                              struct sgs_input *in, char *why,
                              struct sgs_live **out) SGS_MUST_CHECK;
void sgs_live_close(struct sgs_live *live); /* accepts NULL */

/* As sgs_source_next. */
enum sgs_next sgs_live_next(struct sgs_live *live, int timeout_ms, struct sgs_frame *out);

/* As sgs_source_watch. */
void sgs_live_watch(struct sgs_live *live, int fd);

/* Brings the number of lost frames up to date. */
void sgs_live_count(struct sgs_live *live);

#endif
