/* Pass phrases.  They pass through no buffer but their own, which is wiped. */
#define _POSIX_C_SOURCE 200809L /* open, read */
#include "cli/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <signscope/limits.h>
#include <signscope/tls_keys.h>

#include "base/mem.h"
#include "cli/message.h"

/* The line at the head of text, without its end and without a byte order mark. */
static struct sgs_slice first_line(struct sgs_slice text)
{
    struct sgs_slice line = sgs_slice_head(text, sgs_slice_chr(text, '\n'));

    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return sgs_slice_starts(line, SGS_LIT("\xef\xbb\xbf")) ? sgs_slice_from(line, 3) : line;
}

/* Up to cap octets from the head of a file; -1 on an error, with errno. */
static ssize_t read_head(const char *path, uint8_t *out, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = 1;

    if (fd < 0) {
        return -1;
    }
    while (n > 0 && len < cap) {
        n = read(fd, out + len, cap - len);
        len += n > 0 ? (size_t)n : 0;
        n = n < 0 && errno == EINTR ? 1 : n;
    }
    int error = errno;
    (void)close(fd);
    errno = error;
    return n < 0 ? -1 : (ssize_t)len;
}

/* The reason when the file is no good. */
static const char *read_pass(const char *path, struct sgs_slice *out)
{
    uint8_t head[SGS_MAX_PASS + 6]; /* with a mark and a line end */
    ssize_t n = read_head(path, head, sizeof head);
    const char *why = n < 0 ? strerror(errno) : NULL;

    if (!why) {
        struct sgs_slice line = first_line(sgs_slice(head, (size_t)n));
        uint8_t *octets = sgs_xmalloc(line.len + 1);
        if (line.len > 0) {
            memcpy(octets, line.ptr, line.len);
        }
        *out = sgs_slice(octets, line.len);
        why = line.len > SGS_MAX_PASS ? "its first line is too long for a pass phrase" : NULL;
    }
    sgs_tls_wipe(head, sizeof head);
    return why;
}

int sgs_passes_read(struct sgs_passes *p, const char *const *paths, size_t n)
{
    *p = (struct sgs_passes){.rows = sgs_xcalloc(n, sizeof *p->rows)};
    for (; p->n < n; p->n++) {
        const char *why = read_pass(paths[p->n], &p->rows[p->n]);
        if (why) {
            sgs_say(paths[p->n], why);
            p->n++;
            return SGS_EXIT_INPUT;
        }
    }
    return SGS_EXIT_DONE;
}

void sgs_passes_clear(struct sgs_passes *p)
{
    for (size_t i = 0; i < p->n; i++) {
        void *octets = (void *)(uintptr_t)p->rows[i].ptr;
        if (octets) {
            sgs_tls_wipe(octets, p->rows[i].len);
            free(octets);
        }
    }
    free(p->rows);
    *p = (struct sgs_passes){NULL, 0};
}
