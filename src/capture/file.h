/* A file, pipe or standard input as a pull function.  Private to capture/. */
#ifndef SGS_CAPTURE_FILE_H
#define SGS_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/status.h>

#include "capture/source.h"

struct sgs_file;

/* path "-": standard input.  On failure why (SGS_WHY_LEN octets) gets one line.  Close with
 * sgs_file_close. */
enum sgs_status sgs_file_open(const char *path, char *why, struct sgs_file **out) SGS_MUST_CHECK;
void sgs_file_close(struct sgs_file *f); /* accepts NULL */

/* Its octets.  Valid until close. */
struct sgs_pull sgs_file_pull(struct sgs_file *f);

/* How long a pull from a pipe waits (milliseconds) before it answers SGS_PULL_WAIT; 0 or less:
 * until something comes or a signal. */
void sgs_file_wait(struct sgs_file *f, int timeout_ms);

/* As sgs_source_watch. */
void sgs_file_watch(struct sgs_file *f, int fd);

/* Its octets can be read twice. */
bool sgs_file_is_regular(const struct sgs_file *f);

/* Back to where it was opened; false when that cannot be. */
bool sgs_file_rewind(struct sgs_file *f);

#endif
