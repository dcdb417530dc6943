/* Reads scenario files into lines and blocks. */
#ifndef MKCAP_FILES_H
#define MKCAP_FILES_H

#include "scenario.h"

/* The file, read when it is asked for first; owned by s. */
struct mk_file *mk_file_get(struct mk_scenario *s, const char *path);
/* The same for a path in another file: beside that one, or else in one of the folders of s. */
struct mk_file *mk_file_find(struct mk_scenario *s, const char *beside, const char *path);
void mk_files_free(struct mk_scenario *s);
/* A path beside another one; given, release with free(). */
char *mk_path_beside(const char *other, const char *path);
/* All octets of a file. */
void mk_file_octets(const char *path, struct mk_buf *out);

#endif
