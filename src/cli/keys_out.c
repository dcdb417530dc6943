/*
 * A file is made anew or, with --force, emptied; one that gets secrets has mode 0600 before the
 * first octet is in it.
 */
#define _POSIX_C_SOURCE 200809L /* open, fchmod, fdopen, isatty */
#include "cli/keys_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/message.h"
#include "cli/same_file.h"

#define PRIVATE 0600
#define USUAL 0666 /* less what the umask takes */

struct sgs_keys_out {
    const char *path; /* kept; NULL: standard output */
    FILE *file;
    bool is_ours; /* we made the file */
    int error;    /* errno of the first write that failed, 0: none */
};

static bool is_stdout(const struct sgs_keys_options *o)
{
    return strcmp(o->out, "-") == 0;
}

static bool is_input(const struct sgs_keys_options *o, const struct stat *out)
{
    bool is_read = sgs_is_one_of(out, o->files, o->n_files);

    for (size_t i = 0; i < o->n_keys; i++) {
        bool is_env = strcmp(o->keys[i], "env:") == 0;

        is_read |= sgs_is_same_file(out, is_env ? getenv("SSLKEYLOGFILE") : o->keys[i]);
    }
    return is_read;
}

bool sgs_keys_out_may(const struct sgs_keys_options *options, bool is_binary)
{
    const char *why = NULL;
    struct stat st;

    if (is_stdout(options)) {
        why = is_binary && isatty(STDOUT_FILENO) ? "is a terminal; name a file" : NULL;
        why = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && is_input(options, &st)
                  ? "is an input; write to another file"
                  : why;
    } else if (stat(options->out, &st) == 0) {
        why = S_ISREG(st.st_mode) && is_input(options, &st) ? "is an input; write to another file"
              : !options->is_forced ? "is there already; --force writes over it"
                                    : NULL;
    }
    if (why) {
        sgs_say(is_stdout(options) ? "standard output" : options->out, why);
    }
    return !why;
}

/* A descriptor, or -1 with errno. */
static int open_path(const char *path, bool has_secrets, bool is_forced, bool *is_ours)
{
    mode_t mode = has_secrets ? PRIVATE : USUAL;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    struct stat st;

    *is_ours = fd >= 0;
    if (fd >= 0 || errno != EEXIST || !is_forced) {
        return fd;
    }
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fd;
    }
    if ((has_secrets && fchmod(fd, PRIVATE) != 0) || ftruncate(fd, 0) != 0) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

struct sgs_keys_out *sgs_keys_out_open(const struct sgs_keys_options *options, bool has_secrets)
{
    struct sgs_keys_out *o = sgs_xcalloc(1, sizeof *o);

    if (is_stdout(options)) {
        o->file = stdout;
        return o;
    }
    o->path = options->out;
    int fd = open_path(o->path, has_secrets, options->is_forced, &o->is_ours);
    o->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!o->file) {
        sgs_say(o->path, strerror(errno));
        free(o);
        return NULL;
    }
    return o;
}

static void check(struct sgs_keys_out *o, bool is_good)
{
    if (!is_good && o->error == 0) {
        o->error = errno ? errno : EIO;
    }
}

bool sgs_keys_out_write(void *ctx, struct sgs_slice octets)
{
    struct sgs_keys_out *o = ctx;

    errno = 0;
    check(o, octets.len == 0 || fwrite(octets.ptr, 1, octets.len, o->file) == octets.len);
    return o->error == 0;
}

int sgs_keys_out_close(struct sgs_keys_out *o)
{
    int status = SGS_EXIT_DONE;

    errno = 0;
    check(o, fflush(o->file) == 0);
    if (o->path) {
        check(o, fclose(o->file) == 0);
    }
    if (o->error == EPIPE) {
        status = SGS_EXIT_PIPE;
    } else if (o->error != 0) {
        sgs_say(o->path ? o->path : "standard output", strerror(o->error));
        status = SGS_EXIT_OUTPUT;
    }
    if (o->error != 0 && o->is_ours && o->path) {
        (void)unlink(o->path);
    }
    free(o);
    return status;
}
