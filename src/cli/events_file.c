/* Event files: opened, streamed, and the errors of both directions. */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "cli/events_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/message.h"
#include "cli/same_file.h"

struct sgs_events_out {
    const char *path;
    FILE *file;
    int error; /* errno of the first write that failed, 0: none */
    struct sgs_eventlog_writer *log;
};

struct sgs_events_in {
    const char *path;
    FILE *file;
    struct sgs_eventlog_reader *log;
    struct sgs_coverage coverage; /* of a file that is not whole */
    struct sgs_report_input self; /* its input */
};

/* True if path names a file that is read or that a report goes to. */
static bool is_in_use(const struct sgs_options *o, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    for (size_t i = 0; i < o->n_outputs; i++) {
        if (sgs_is_same_file(&st, o->outputs[i].path)) {
            return true;
        }
    }
    return sgs_is_one_of(&st, o->files, o->n_files) || sgs_is_one_of(&st, o->keys, o->n_keys) ||
           sgs_is_same_file(&st, o->read_events);
}

static bool write_octets(void *ctx, struct sgs_slice octets)
{
    struct sgs_events_out *o = ctx;

    errno = 0;
    if (fwrite(octets.ptr, 1, octets.len, o->file) != octets.len) {
        o->error = errno ? errno : EIO;
    }
    return o->error == 0;
}

int sgs_events_out_open(const struct sgs_options *options, size_t n_inputs,
                        struct sgs_events_out **out)
{
    const char *path = options->write_events;
    FILE *file = NULL;

    *out = NULL;
    if (!path) {
        return SGS_EXIT_DONE;
    }
    if (is_in_use(options, path)) {
        sgs_say(path, "is an input or another output; write to another file");
        return SGS_EXIT_OUTPUT;
    }
    file = fopen(path, "wb");
    if (!file) {
        sgs_say(path, strerror(errno));
        return SGS_EXIT_OUTPUT;
    }
    struct sgs_events_out *o = sgs_xcalloc(1, sizeof *o);
    o->path = path;
    o->file = file;
    o->log = sgs_eventlog_writer_new(write_octets, o, n_inputs);
    *out = o;
    return SGS_EXIT_DONE;
}

void sgs_events_out_add(struct sgs_events_out *o, const struct sgs_event *ev)
{
    if (o) {
        sgs_eventlog_add(o->log, ev);
    }
}

bool sgs_events_out_works(const struct sgs_events_out *o)
{
    return o && o->error == 0;
}

int sgs_events_out_close(struct sgs_events_out *o, const struct sgs_coverage *coverage)
{
    enum sgs_status st = SGS_OK;
    int status = SGS_EXIT_OUTPUT;

    if (!o) {
        return SGS_EXIT_DONE;
    }
    st = sgs_eventlog_finish(o->log, coverage);
    errno = 0;
    if (fclose(o->file) != 0 && o->error == 0) {
        o->error = errno ? errno : EIO;
    }
    if (o->error == EPIPE) {
        status = SGS_EXIT_PIPE;
    } else if (o->error != 0) {
        sgs_say(o->path, strerror(o->error));
    } else if (st != SGS_OK) {
        sgs_say(o->path, sgs_status_text(st));
    } else {
        status = SGS_EXIT_DONE;
    }
    sgs_eventlog_writer_free(o->log);
    free(o);
    return status;
}

static int64_t read_octets(void *ctx, uint8_t *out, size_t cap)
{
    struct sgs_events_in *in = ctx;
    size_t got = fread(out, 1, cap, in->file);

    return got == 0 && ferror(in->file) ? -1 : (int64_t)got;
}

int sgs_events_in_open(const struct sgs_options *options, struct sgs_events_in **out)
{
    struct sgs_events_in *in = sgs_xcalloc(1, sizeof *in);
    char why[SGS_EVENTLOG_WHY_LEN] = "";
    enum sgs_status st = SGS_E_IO;

    in->path = options->read_events;
    errno = 0;
    in->file = fopen(in->path, "rb");
    if (in->file) {
        st = sgs_eventlog_reader_new(read_octets, in, why, &in->log);
    }
    if (st != SGS_OK) {
        sgs_say(in->path, st == SGS_E_IO && errno ? strerror(errno) : why);
        sgs_events_in_close(in);
        return SGS_EXIT_INPUT;
    }
    in->self =
        (struct sgs_report_input){.name = in->path, .first = SGS_TIME_NONE, .last = SGS_TIME_NONE};
    *out = in;
    return SGS_EXIT_DONE;
}

void sgs_events_in_close(struct sgs_events_in *in)
{
    if (!in) {
        return;
    }
    sgs_eventlog_reader_free(in->log);
    if (in->file) {
        (void)fclose(in->file);
    }
    free(in);
}

const struct sgs_event *sgs_events_in_next(struct sgs_events_in *in)
{
    const struct sgs_event *ev = sgs_eventlog_next(in->log);
    struct sgs_report_input *self = &in->self;

    if (!ev) {
        return NULL;
    }
    if (ev->origin.frame_last > self->frames) {
        self->frames = ev->origin.frame_last;
    }
    if (self->first == SGS_TIME_NONE || ev->origin.time < self->first) {
        self->first = ev->origin.time;
    }
    if (self->last == SGS_TIME_NONE || ev->origin.time_last > self->last) {
        self->last = ev->origin.time_last;
    }
    return ev;
}

size_t sgs_events_in_n_inputs(const struct sgs_events_in *in)
{
    return sgs_eventlog_n_inputs(in->log);
}

uint64_t sgs_events_in_octets(const struct sgs_events_in *in)
{
    return sgs_eventlog_octets(in->log);
}

uint64_t sgs_events_in_frames(const struct sgs_events_in *in)
{
    return in->self.frames;
}

const struct sgs_coverage *sgs_events_in_coverage(struct sgs_events_in *in, bool was_interrupted)
{
    const struct sgs_coverage *whole = sgs_eventlog_coverage(in->log);

    if (whole) {
        return whole;
    }
    in->self.octets = sgs_eventlog_octets(in->log);
    in->self.damage = sgs_eventlog_damage(in->log);
    in->self.n_damage = in->self.damage ? 1 : 0;
    in->self.damage_total = in->self.n_damage;
    in->coverage = (struct sgs_coverage){
        .inputs = &in->self, .n_inputs = 1, .was_interrupted = was_interrupted};
    return &in->coverage;
}
