/*
 * Key logs, private keys and pre-shared keys.  What a file is, is seen from its content; what was
 * read of a log stays read, and an unfinished last line waits for its end.  Secrets pass through
 * here on their way to the key store only.
 *
 * A pipe is read until nobody writes to it any more.  While frames are waiting it must not be
 * waited for: then it is a log that grows, and may be silent for long, also before its first line.
 */
#define _POSIX_C_SOURCE 200809L /* open, fstat, poll, pread's kin */
#include "cli/keyfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "base/mem.h"
#include "cli/message.h"

#define CHUNK (64u * 1024) /* octets read at a time; what the probe sees of a file */
#define PIPE_MS 1000       /* a pipe is waited for so long before the first frame is read */
#define POLL_MS 100

struct keyfile {
    const char *path; /* kept */
    int fd;
    int watch;           /* of inotify, or -1 */
    bool is_pipe;        /* no regular file, and read without waiting */
    bool has_writer;     /* somebody has the other end, as far as is known */
    bool is_silent;      /* nothing has come yet: a log, as far as is known */
    bool is_wrong;       /* what came then was none */
    uint64_t read;       /* octets of it so far */
    struct sgs_buf rest; /* an unfinished line */
    struct sgs_keyfile_info info;
};

struct sgs_keyfiles {
    struct sgs_tls_keys *keys;
    bool is_growing;
    int notify; /* inotify, or -1 */
    struct keyfile *files;
    size_t n;
};

/* growth */

#ifdef __linux__

static int open_notify(void)
{
    return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

/* Watches the file that is open now. */
static void watch(const struct sgs_keyfiles *k, struct keyfile *f)
{
    char path[64];

    if (k->notify < 0) {
        return;
    }
    if (f->watch >= 0) {
        (void)inotify_rm_watch(k->notify, f->watch);
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
    f->watch = inotify_add_watch(k->notify, path, IN_MODIFY);
}

#else

static int open_notify(void)
{
    return -1;
}

static void watch(const struct sgs_keyfiles *k, struct keyfile *f)
{
    (void)k;
    (void)f;
}

#endif

int sgs_keyfiles_watched(const struct sgs_keyfiles *k)
{
    return k->notify;
}

bool sgs_keyfiles_have_news(struct sgs_keyfiles *k)
{
    _Alignas(max_align_t) char events[4096]; /* what they say does not matter */
    bool is_told = k->notify < 0;

    while (k->notify >= 0 && read(k->notify, events, sizeof events) > 0) {
        is_told = true;
    }
    for (size_t i = 0; i < k->n; i++) {
        is_told |= k->files[i].watch < 0;
    }
    return k->n > 0 && is_told;
}

static bool starts(struct sgs_slice head, const char *magic)
{
    return sgs_slice_starts(head, sgs_slice_str(magic));
}

/* What a file is that holds no keys. */
static const char *what_else(struct sgs_slice head)
{
    if (starts(head, "\x0a\x0d\x0d\x0a") || starts(head, "\xd4\xc3\xb2\xa1") ||
        starts(head, "\xa1\xb2\xc3\xd4") || starts(head, "\x4d\x3c\xb2\xa1") ||
        starts(head, "\xa1\xb2\x3c\x4d")) {
        return "is a capture and no key log; name it with -r";
    }
    if (starts(head, "\x1f\x8b") || starts(head, "\x28\xb5\x2f\xfd")) {
        return "is compressed; unpack the key log first";
    }
    return "is no TLS key log (its lines begin with CLIENT_RANDOM or CLIENT_TRAFFIC_SECRET_0), and "
           "no "
           "private or pre-shared key";
}

/* Up to cap more octets: 0 at the end or when there is nothing for now, -1 on an error. */
static ssize_t read_some(struct keyfile *f, uint8_t *out, size_t cap)
{
    ssize_t n = 0;

    if (f->read >= SGS_MAX_KEY_FILE) {
        return 0;
    }
    do {
        n = read(f->fd, out, cap);
    } while (n < 0 && errno == EINTR);
    bool is_empty = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    f->has_writer = n > 0 || is_empty;
    f->read += n > 0 ? (uint64_t)n : 0;
    return is_empty ? 0 : n;
}

/* Gives whole lines to the key store, at the end of a file the last one as well. */
static void take_lines(struct sgs_keyfiles *k, struct keyfile *f, bool final)
{
    size_t used = 0;

    sgs_tls_keys_add(k->keys, SGS_KEY_KEYLOG, sgs_buf_slice(&f->rest), final, &used);
    sgs_buf_drop(&f->rest, used);
}

/* Room for a chunk behind the unfinished line; NULL past the cap.  All that may be held is
 * allocated at once: a buffer that grows would leave a copy of its text in released memory. */
static uint8_t *make_room(struct keyfile *f)
{
    return f->rest.size == 0 ? sgs_buf_reserve(&f->rest, f->rest.cap)
                             : sgs_buf_reserve(&f->rest, CHUNK);
}

/* The first octets of a pipe that was silent; true: they are those of a log. */
static bool is_log(struct keyfile *f)
{
    struct sgs_slice head = sgs_buf_slice(&f->rest);

    if (f->is_silent && f->has_writer && head.len < CHUNK &&
        sgs_slice_chr(head, '\n') == head.len) {
        return false; /* not yet enough of it */
    }
    if (f->is_silent && head.len > 0) {
        f->is_silent = false;
        f->is_wrong = sgs_key_file_probe(head) != SGS_KEY_FILE_LOG;
    }
    if (f->is_wrong && head.len > 0) {
        sgs_tls_wipe(f->rest.ptr, f->rest.size);
        sgs_buf_clear(&f->rest);
        sgs_say(f->path,
                "is no key log: what it says now is left out; other keys must be there when "
                "the program starts");
    }
    return !f->is_wrong;
}

/* Reads to the end of what is there; false on an error. */
static bool read_on(struct sgs_keyfiles *k, struct keyfile *f)
{
    ssize_t n = 0;

    do {
        uint8_t *room = make_room(f);

        n = room ? read_some(f, room, CHUNK) : 0;
        if (n > 0) {
            sgs_buf_commit(&f->rest, (size_t)n);
        }
        if (is_log(f)) {
            take_lines(k, f, false);
        }
    } while (n > 0 && !f->is_wrong);
    if (f->is_pipe && !f->has_writer && f->rest.len > 0) {
        take_lines(k, f, true); /* it will not be longer */
    }
    return n >= 0;
}

/* Reads until nobody writes any more. */
static void read_out(struct sgs_keyfiles *k, struct keyfile *f, bool (*is_over)(void))
{
    struct pollfd wait = {.fd = f->fd, .events = POLLIN};

    while (f->has_writer && !f->is_wrong && f->read < SGS_MAX_KEY_FILE && !is_over()) {
        if (poll(&wait, 1, POLL_MS) > 0 && !read_on(k, f)) {
            return;
        }
    }
}

/* The first octets decide what the file is. */
static const char *look(struct keyfile *f)
{
    struct pollfd wait = {.fd = f->fd, .events = POLLIN};

    if (f->is_pipe) {
        (void)poll(&wait, 1, PIPE_MS);
    }
    uint8_t *room = make_room(f);
    ssize_t n = room ? read_some(f, room, CHUNK) : 0;

    if (n < 0) {
        return strerror(errno);
    }
    sgs_buf_commit(&f->rest, (size_t)n);
    f->is_silent = f->is_pipe && n == 0;
    f->info.kind = sgs_key_file_probe(sgs_buf_slice(&f->rest));
    return f->info.kind == SGS_KEY_FILE_OTHER ? what_else(sgs_buf_slice(&f->rest)) : NULL;
}

static const char *open_file(struct keyfile *f, bool is_growing)
{
    struct stat st;

    f->fd = open(f->path, O_RDONLY | O_CLOEXEC | (is_growing ? O_NONBLOCK : 0));
    if (f->fd < 0 || fstat(f->fd, &st) < 0) {
        return strerror(errno);
    }
    if (S_ISDIR(st.st_mode)) {
        return "is a directory; name the key log in it";
    }
    f->is_pipe = is_growing && !S_ISREG(st.st_mode);
    return NULL;
}

/* A file with private keys, or one with a pre-shared key; its head was read. */
static const char *take_keys(struct sgs_keyfiles *k, struct keyfile *f,
                             const struct sgs_passes *passes)
{
    const size_t size = SGS_MAX_PRIVATE_FILE + 1;
    struct sgs_server_keys *servers = sgs_tls_keys_servers(k->keys);
    uint8_t *octets = sgs_xmalloc(size); /* in one place, to be wiped */
    size_t len = f->rest.len;
    ssize_t n = 0;
    const char *why = NULL;

    memcpy(octets, f->rest.ptr, len);
    sgs_tls_wipe(f->rest.ptr, f->rest.size);
    sgs_buf_clear(&f->rest);
    (void)fcntl(f->fd, F_SETFL, fcntl(f->fd, F_GETFL) & ~O_NONBLOCK); /* to its end */
    do {
        n = read_some(f, octets + len, size - len);
        len += n > 0 ? (size_t)n : 0;
    } while (n > 0 && len < size);
    f->info.first = sgs_server_keys_len(servers);
    if (n < 0) {
        why = strerror(errno);
    } else if (len == size) {
        why = "is too large for a file of private keys";
    } else {
        struct sgs_slice file = sgs_slice(octets, len);
        struct sgs_passes asked;
        enum sgs_key_error error =
            sgs_server_keys_add(servers, f->info.kind, file, passes->rows, passes->n);
        if (error == SGS_KEY_ERROR_NEEDS_PASS && sgs_passes_ask(f->path, &asked)) {
            error = sgs_server_keys_add(servers, f->info.kind, file, asked.rows, asked.n);
            sgs_passes_clear(&asked);
        }
        why = error == SGS_KEY_ERROR_NONE ? NULL : sgs_key_error_text(error);
    }
    f->info.n = sgs_server_keys_len(servers) - f->info.first;
    sgs_tls_wipe(octets, size);
    free(octets);
    return why;
}

/* Opens, looks and reads; the reason when it is no good. */
static const char *start(struct sgs_keyfiles *k, struct keyfile *f, const struct sgs_passes *passes)
{
    const char *why = open_file(f, k->is_growing);

    if (!why) {
        why = look(f);
    }
    if (!why && f->info.kind != SGS_KEY_FILE_LOG) {
        return take_keys(k, f, passes);
    }
    if (!why && !read_on(k, f)) {
        why = strerror(errno);
    }
    if (!why) {
        if (!k->is_growing) {
            take_lines(k, f, true);
        }
        watch(k, f);
    }
    return why;
}

struct sgs_keyfiles *sgs_keyfiles_open(const char *const *names, size_t n, bool is_growing,
                                       const struct sgs_passes *passes, struct sgs_tls_keys *keys,
                                       int *status)
{
    struct sgs_keyfiles *k = sgs_xcalloc(1, sizeof *k);

    *k = (struct sgs_keyfiles){
        .keys = keys, .is_growing = is_growing, .notify = is_growing ? open_notify() : -1};
    k->files = sgs_xcalloc(n, sizeof *k->files);
    for (size_t i = 0; i < n; i++) {
        struct keyfile *f = &k->files[k->n++];
        const char *path = strcmp(names[i], "env:") == 0 ? getenv("SSLKEYLOGFILE") : names[i];
        const char *why = NULL;

        *f = (struct keyfile){.path = path, .fd = -1, .watch = -1};
        sgs_buf_init(&f->rest, 4 * CHUNK);
        if (!path || *path == '\0') {
            sgs_say("-k env:", "SSLKEYLOGFILE is not set; set it, or name the key log: -k FILE");
            *status = SGS_EXIT_USAGE;
            sgs_keyfiles_close(k);
            return NULL;
        }
        why = start(k, f, passes);
        if (why) {
            sgs_say(path, why);
            *status = SGS_EXIT_INPUT;
            sgs_keyfiles_close(k);
            return NULL;
        }
    }
    return k;
}

void sgs_keyfiles_more(struct sgs_keyfiles *k)
{
    for (size_t i = 0; i < k->n; i++) {
        struct keyfile *f = &k->files[i];
        struct stat st;

        if (f->info.kind != SGS_KEY_FILE_LOG || f->is_wrong) {
            continue;
        }
        if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size < f->read &&
            lseek(f->fd, 0, SEEK_SET) == 0) {
            f->read = 0;
            sgs_buf_drop(&f->rest, f->rest.len);
        }
        (void)read_on(k, f);
    }
}

void sgs_keyfiles_finish(struct sgs_keyfiles *k, bool (*is_over)(void))
{
    sgs_keyfiles_more(k);
    for (size_t i = 0; i < k->n; i++) {
        struct keyfile *f = &k->files[i];

        if (f->is_pipe && f->info.kind == SGS_KEY_FILE_LOG) {
            read_out(k, f, is_over);
        }
        take_lines(k, f, true);
    }
}

void sgs_keyfiles_reopen(struct sgs_keyfiles *k)
{
    for (size_t i = 0; i < k->n; i++) {
        struct keyfile *f = &k->files[i];
        struct keyfile fresh = {.path = f->path, .fd = -1};

        if (f->info.kind != SGS_KEY_FILE_LOG || f->is_pipe || open_file(&fresh, k->is_growing)) {
            if (fresh.fd >= 0) {
                (void)close(fresh.fd);
            }
            continue;
        }
        (void)close(f->fd);
        f->fd = fresh.fd;
        watch(k, f);
        f->read = 0;
        sgs_buf_drop(&f->rest, f->rest.len);
        (void)read_on(k, f);
    }
}

const struct sgs_keyfile_info *sgs_keyfiles_info(const struct sgs_keyfiles *k, size_t i)
{
    return &k->files[i].info;
}

bool sgs_keyfiles_have_log(const struct sgs_keyfiles *k)
{
    for (size_t i = 0; i < k->n; i++) {
        if (k->files[i].info.kind == SGS_KEY_FILE_LOG) {
            return true;
        }
    }
    return false;
}

void sgs_keyfiles_close(struct sgs_keyfiles *k)
{
    if (!k) {
        return;
    }
    for (size_t i = 0; i < k->n; i++) {
        if (k->files[i].fd >= 0) {
            (void)close(k->files[i].fd);
        }
        if (k->files[i].rest.size > 0) {
            sgs_tls_wipe(k->files[i].rest.ptr, k->files[i].rest.size);
        }
        sgs_buf_clear(&k->files[i].rest);
    }
    if (k->notify >= 0) {
        (void)close(k->notify);
    }
    free(k->files);
    free(k);
}
