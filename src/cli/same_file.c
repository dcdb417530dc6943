/* Device and inode tell files apart, whatever they are called. */
#define _POSIX_C_SOURCE 200809L /* stat, fileno */
#include "cli/same_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool sgs_is_same_file(const struct stat *file, const char *path)
{
    struct stat other;

    if (!path ||
        (strcmp(path, "-") == 0 ? fstat(fileno(stdin), &other) : stat(path, &other)) != 0) {
        return false;
    }
    return file->st_dev == other.st_dev && file->st_ino == other.st_ino;
}

bool sgs_is_one_of(const struct stat *file, const char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_is_same_file(file, paths[i])) {
            return true;
        }
    }
    return false;
}
