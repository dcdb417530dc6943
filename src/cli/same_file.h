/* Two paths, one file: so that nothing is written over what is read. */
#ifndef SGS_CLI_SAME_FILE_H
#define SGS_CLI_SAME_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct stat;

/* True if path names that file; "-" is standard input, NULL names none. */
bool sgs_is_same_file(const struct stat *file, const char *path);

/* True if one of n paths does. */
bool sgs_is_one_of(const struct stat *file, const char *const *paths, size_t n);

#endif
