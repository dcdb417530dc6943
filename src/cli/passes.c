/* Pass phrases.  They pass through no buffer but their own, which is wiped. */
#define _POSIX_C_SOURCE 200809L /* open, read */
#include "cli/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <signscope/buf.h>
#include <signscope/limits.h>
#include <signscope/tls_keys.h>

#include "base/mem.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "export/escape.h"

/* The line at the head of text, without its end and without a byte order mark. */
static struct sgs_slice first_line(struct sgs_slice text)
{
    struct sgs_slice line = sgs_slice_head(text, sgs_slice_chr(text, '\n'));

    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return sgs_slice_starts(line, SGS_LIT("\xef\xbb\xbf")) ? sgs_slice_from(line, 3) : line;
}

/* Up to cap octets, or to the first line end; -1 on an error, with errno. */
static ssize_t read_head(int fd, uint8_t *out, size_t cap)
{
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < cap && !memchr(out, '\n', len)) {
        n = read(fd, out + len, cap - len);
        len += n > 0 ? (size_t)n : 0;
        n = n < 0 && errno == EINTR ? 1 : n;
    }
    return n < 0 ? -1 : (ssize_t)len;
}

/* A copy of the first line of text. */
static struct sgs_slice keep_line(struct sgs_slice text)
{
    struct sgs_slice line = first_line(text);
    uint8_t *octets = sgs_xmalloc(line.len + 1);

    if (line.len > 0) {
        memcpy(octets, line.ptr, line.len);
    }
    return sgs_slice(octets, line.len);
}

/* The reason when the file is no good. */
static const char *read_pass(const char *path, struct sgs_slice *out)
{
    uint8_t head[SGS_MAX_PASS + 6]; /* with a mark and a line end */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read_head(fd, head, sizeof head);
    const char *why = n < 0 ? strerror(errno) : NULL;

    if (!why) {
        *out = keep_line(sgs_slice(head, (size_t)n));
        why = out->len > SGS_MAX_PASS ? "its first line is too long for a pass phrase" : NULL;
    }
    if (fd >= 0) {
        (void)close(fd);
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

/* One line without echo; 0 octets when it was interrupted, which also ends the line. */
static size_t read_silently(int fd, const struct termios *before, uint8_t *out, size_t cap)
{
    struct termios silent = *before;
    ssize_t n = 0;

    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    silent.c_cc[VEOL] = before->c_cc[VINTR];
    (void)tcsetattr(fd, TCSAFLUSH, &silent);
    do {
        n = read(fd, out, cap);
    } while (n < 0 && errno == EINTR);
    (void)tcsetattr(fd, TCSAFLUSH, before);
    return n > 0 && !memchr(out, before->c_cc[VINTR], (size_t)n) ? (size_t)n : 0;
}

static void prompt(int fd, const char *name)
{
    struct sgs_buf line;

    sgs_buf_init(&line, SGS_MAX_REPORT_LINE);
    sgs_buf_add_str(&line, "signscope: pass phrase of ");
    sgs_escape_text(&line, sgs_slice_str(name), sgs_terminal_is_utf8());
    sgs_buf_add_str(&line, ":\n");
    ssize_t n = write(fd, sgs_buf_slice(&line).ptr, line.len);
    (void)n; /* what is typed is waited for all the same */
    sgs_buf_clear(&line);
}

bool sgs_passes_ask(const char *name, struct sgs_passes *out)
{
    uint8_t head[SGS_MAX_PASS + 2];
    struct termios before;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    prompt(fd, name);
    size_t n = read_silently(fd, &before, head, sizeof head);
    (void)close(fd);
    *out = (struct sgs_passes){.rows = sgs_xcalloc(1, sizeof *out->rows), .n = 1};
    out->rows[0] = keep_line(sgs_slice(head, n));
    sgs_tls_wipe(head, sizeof head);
    if (out->rows[0].len == 0) {
        sgs_passes_clear(out);
    }
    return out->n > 0;
}
