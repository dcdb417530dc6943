/*
 * Streams of results.  The first error of a stream is kept with its errno, said once at the end and
 * turned into the exit status; a pipe that was closed by its reader is no error to talk about.
 */
#define _POSIX_C_SOURCE 200809L /* fileno, stat */
#include "cli/outputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/message.h"
#include "cli/same_file.h"
#include "cli/terminal.h"

#define WRITE_AT_ONCE ((size_t)256 * 1024) /* octets: fewer calls of the system */

struct stream {
    const struct sgs_output_choice *choice;
    FILE *file;
    int error; /* errno of the first write that failed, 0: none */
    bool is_line_buffered;
    struct sgs_export_options options;
    struct sgs_out out;
};

struct sgs_outputs {
    struct stream streams[SGS_MAX_OUTPUTS];
    size_t n;
};

/* The C library takes a size only together with a buffer, which standard output needs to the end.
 */
static char buffers[SGS_MAX_OUTPUTS][WRITE_AT_ONCE];

static const char *name_of(const struct stream *s)
{
    return s->choice->path ? s->choice->path : "standard output";
}

static void check(struct stream *s, bool is_good)
{
    if (!is_good && s->error == 0) {
        s->error = errno ? errno : EIO;
    }
}

static bool write_octets(void *ctx, struct sgs_slice octets)
{
    struct stream *s = ctx;

    if (s->error != 0) {
        return false;
    }
    errno = 0;
    check(s, octets.len == 0 || fwrite(octets.ptr, 1, octets.len, s->file) == octets.len);
    if (s->is_line_buffered) {
        check(s, fflush(s->file) == 0);
    }
    return s->error == 0;
}

/* True if path names a file that is read: writing there would destroy it. */
static bool is_read(const struct sgs_options *o, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    return sgs_is_one_of(&st, o->files, o->n_files) || sgs_is_one_of(&st, o->keys, o->n_keys) ||
           sgs_is_one_of(&st, o->cas, o->n_cas) || sgs_is_same_file(&st, o->read_events);
}

static bool open_stream(struct stream *s, char buffer[WRITE_AT_ONCE], const struct sgs_options *o,
                        size_t n_inputs)
{
    const char *path = s->choice->path;

    if (path && is_read(o, path)) {
        sgs_say(path, "is an input; write to another file");
        return false;
    }
    s->file = path ? fopen(path, "w") : stdout;
    if (!s->file) {
        sgs_say(path, strerror(errno));
        return false;
    }
    (void)setvbuf(s->file, buffer, _IOFBF, WRITE_AT_ONCE);
    s->is_line_buffered = o->is_line_buffered;
    s->options = (struct sgs_export_options){
        .width = o->width ? o->width : sgs_terminal_width(fileno(s->file)),
        .is_utf8 = sgs_terminal_is_utf8(),
        .has_color = sgs_terminal_has_color(fileno(s->file), o->color),
        .is_quiet = o->is_quiet,
        .is_verbose = o->is_verbose,
        .is_local = o->is_local,
        .is_merged = n_inputs > 1,
    };
    s->out = (struct sgs_out){write_octets, s};
    return true;
}

static void release(struct sgs_outputs *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->streams[i].choice->path && o->streams[i].file) {
            (void)fclose(o->streams[i].file);
        }
    }
    free(o);
}

struct sgs_outputs *sgs_outputs_open(const struct sgs_options *options, size_t n_inputs)
{
    struct sgs_outputs *o = sgs_xcalloc(1, sizeof *o);

    for (size_t i = 0; i < options->n_outputs; i++) {
        o->streams[i].choice = &options->outputs[i];
        o->n++;
        if (!open_stream(&o->streams[i], buffers[i], options, n_inputs)) {
            release(o);
            return NULL;
        }
    }
    return o;
}

void sgs_outputs_event(struct sgs_outputs *o, const struct sgs_event *ev)
{
    for (size_t i = 0; i < o->n; i++) {
        struct stream *s = &o->streams[i];

        if (s->choice->exporter->event && s->error == 0) {
            (void)s->choice->exporter->event(&s->options, ev, &s->out);
        }
    }
}

bool sgs_outputs_want_report(const struct sgs_outputs *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->streams[i].choice->exporter->report) {
            return true;
        }
    }
    return false;
}

void sgs_outputs_report(struct sgs_outputs *o, const struct sgs_report *report)
{
    for (size_t i = 0; i < o->n; i++) {
        struct stream *s = &o->streams[i];

        if (s->choice->exporter->report && s->error == 0) {
            (void)s->choice->exporter->report(&s->options, report, &s->out);
        }
    }
}

void sgs_outputs_flush(struct sgs_outputs *o)
{
    for (size_t i = 0; i < o->n; i++) {
        struct stream *s = &o->streams[i];

        if (s->error == 0) {
            errno = 0;
            check(s, fflush(s->file) == 0);
        }
    }
}

void sgs_outputs_reopen(struct sgs_outputs *o)
{
    sgs_outputs_flush(o);
    for (size_t i = 0; i < o->n; i++) {
        struct stream *s = &o->streams[i];
        FILE *file = s->choice->path ? fopen(s->choice->path, "a") : NULL;

        if (file) {
            (void)fclose(s->file);
            (void)setvbuf(file, buffers[i], _IOFBF, WRITE_AT_ONCE);
            s->file = file;
        }
    }
}

bool sgs_outputs_failed(const struct sgs_outputs *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->streams[i].error == 0) {
            return false;
        }
    }
    return true;
}

/* The exit status that the end of a stream asks for. */
static int finish(struct stream *s)
{
    errno = 0;
    check(s, fflush(s->file) == 0);
    if (s->choice->path) {
        check(s, fclose(s->file) == 0);
    }
    s->file = NULL;
    if (s->error == 0) {
        return SGS_EXIT_DONE;
    }
    if (s->error == EPIPE) {
        return SGS_EXIT_PIPE;
    }
    sgs_say(name_of(s), strerror(s->error));
    return SGS_EXIT_OUTPUT;
}

int sgs_outputs_close(struct sgs_outputs *o)
{
    int status = SGS_EXIT_DONE;

    for (size_t i = 0; i < o->n; i++) {
        int rc = finish(&o->streams[i]);

        status = rc == SGS_EXIT_OUTPUT || status == SGS_EXIT_DONE ? rc : status;
    }
    release(o);
    return status;
}
