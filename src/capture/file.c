/* A file, pipe or standard input as a pull function. */
#define _POSIX_C_SOURCE 200809L
#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct sgs_file {
    int fd;
    bool is_ours;    /* fd is closed with the file */
    bool is_regular; /* it never waits, and can be read twice */
    int timeout_ms;
    int watched; /* descriptor that ends a wait, too; -1: none */
    off_t start; /* where it stood when opened */
};

static enum sgs_status fail(char *why, int error)
{
    enum sgs_status st = SGS_E_IO;

    if (error == ENOENT || error == ENOTDIR) {
        st = SGS_E_NOT_FOUND;
    } else if (error == EACCES || error == EPERM) {
        st = SGS_E_ACCESS;
    } else if (error == EISDIR) {
        st = SGS_E_IS_DIR;
    }
    (void)snprintf(why, SGS_WHY_LEN, "%s", st == SGS_E_IO ? strerror(error) : sgs_status_text(st));
    return st;
}

enum sgs_status sgs_file_open(const char *path, char *why, struct sgs_file **out)
{
    bool is_ours = strcmp(path, "-") != 0;
    int fd = is_ours ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    struct stat about;

    if (fd < 0) {
        return fail(why, errno);
    }
    int error = fstat(fd, &about) != 0 ? errno : S_ISDIR(about.st_mode) ? EISDIR : 0;
    if (error != 0) {
        if (is_ours) {
            (void)close(fd);
        }
        return fail(why, error);
    }
    if (S_ISCHR(about.st_mode) && isatty(fd)) {
        (void)snprintf(why, SGS_WHY_LEN, "is a terminal: name a file, or pipe a capture in");
        if (is_ours) {
            (void)close(fd);
        }
        return SGS_E_FORMAT;
    }
    struct sgs_file *f = sgs_xcalloc(1, sizeof *f);
    f->fd = fd;
    f->watched = -1;
    f->is_ours = is_ours;
    f->is_regular = S_ISREG(about.st_mode);
    f->start = f->is_regular ? lseek(fd, 0, SEEK_CUR) : -1;
    *out = f;
    return SGS_OK;
}

void sgs_file_close(struct sgs_file *f)
{
    if (f && f->is_ours) {
        (void)close(f->fd);
    }
    free(f);
}

static int64_t pull(void *ctx, uint8_t *out, size_t cap)
{
    struct sgs_file *f = ctx;
    struct pollfd fds[] = {
        {.fd = f->fd,      .events = POLLIN},
        {.fd = f->watched, .events = POLLIN},
    };

    if (!f->is_regular && f->timeout_ms > 0 &&
        (poll(fds, 2, f->timeout_ms) <= 0 || fds[0].revents == 0)) {
        return SGS_PULL_WAIT; /* nothing, or something else wants us */
    }
    ssize_t got = read(f->fd, out, cap);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return SGS_PULL_WAIT;
    }
    return got;
}

struct sgs_pull sgs_file_pull(struct sgs_file *f)
{
    return (struct sgs_pull){.pull = pull, .ctx = f};
}

void sgs_file_wait(struct sgs_file *f, int timeout_ms)
{
    f->timeout_ms = timeout_ms;
}

void sgs_file_watch(struct sgs_file *f, int fd)
{
    f->watched = fd;
}

bool sgs_file_is_regular(const struct sgs_file *f)
{
    return f->is_regular;
}

bool sgs_file_rewind(struct sgs_file *f)
{
    return f->start >= 0 && lseek(f->fd, f->start, SEEK_SET) == f->start;
}
