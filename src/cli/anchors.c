/*
 * Trust anchors.  A file that is named must hold certificates; a folder may hold other files too,
 * as those of systems do.  Nothing is taken that was not named.
 */
#define _POSIX_C_SOURCE 200809L /* scandir, fstat, open */
#include "cli/anchors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "cli/message.h"

#define CHUNK (64u * 1024) /* octets read at a time */
#define MAX_ENTRIES 65536  /* files of one folder */
#define NO_CERTIFICATE                                                                             \
    "holds no certificate in PEM or DER; name a file or folder of CA certificates"

/* All octets of an open file up to the cap; false: errno. */
static bool read_all(int fd, struct sgs_buf *out)
{
    ssize_t n = 1;

    while (n > 0) {
        uint8_t *room = sgs_buf_reserve(out, CHUNK);

        do {
            n = room ? read(fd, room, CHUNK) : 0;
        } while (n < 0 && errno == EINTR);
        if (n > 0) {
            sgs_buf_commit(out, (size_t)n);
        }
    }
    return n == 0;
}

/* Adds what is in an open file; NULL, or what is wrong. */
static const char *add_octets(struct sgs_anchors *anchors, int fd)
{
    struct sgs_buf octets;
    const char *why = NULL;
    size_t n = 0;

    sgs_buf_init(&octets, SGS_MAX_ANCHOR_FILE + CHUNK);
    if (!read_all(fd, &octets)) {
        why = strerror(errno);
    } else if (octets.len > SGS_MAX_ANCHOR_FILE) {
        why = "is too long for a file of CA certificates";
    } else {
        switch (sgs_anchors_add(anchors, sgs_buf_slice(&octets), &n)) {
        case SGS_OK:
            break;
        case SGS_E_LIMIT:
            why = "too many CA certificates; name fewer";
            break;
        default:
            why = NO_CERTIFICATE;
        }
    }
    sgs_buf_clear(&octets);
    return why;
}

static int only_names(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Adds one file of a folder; false: it holds none. */
static bool add_entry(struct sgs_anchors *anchors, int folder, const char *name)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_good =
        fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !add_octets(anchors, fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    return is_good;
}

/* Adds the files of a folder; NULL, or what is wrong. */
static const char *add_folder(struct sgs_anchors *anchors, const char *path, int folder)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, only_names, by_name);
    bool has_some = false;

    if (n < 0) {
        return strerror(errno);
    }
    for (int i = 0; i < n; i++) {
        has_some |= i < MAX_ENTRIES && add_entry(anchors, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free((void *)entries);
    return has_some ? NULL : NO_CERTIFICATE;
}

static const char *add(struct sgs_anchors *anchors, const char *path)
{
    struct stat st;
    const char *why = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return strerror(errno);
    }
    if (fstat(fd, &st) < 0) {
        why = strerror(errno);
    } else {
        why = S_ISDIR(st.st_mode) ? add_folder(anchors, path, fd) : add_octets(anchors, fd);
    }
    (void)close(fd);
    return why;
}

struct sgs_anchors *sgs_anchors_open(const char *const *names, size_t n, int *status)
{
    struct sgs_anchors *anchors = sgs_anchors_new();

    for (size_t i = 0; i < n; i++) {
        const char *why = add(anchors, names[i]);
        if (why) {
            sgs_say(names[i], why);
            *status = SGS_EXIT_INPUT;
            sgs_anchors_free(anchors);
            return NULL;
        }
    }
    return anchors;
}
