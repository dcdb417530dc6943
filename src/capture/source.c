/*
 * Frames from files and interfaces.  A file is a chain: its octets (file.c, or a pull function of
 * the caller), unpacked (unpack.c), in a window (window.c), read by the format (pcap.c, pcapng.c)
 * that knows its first octets.  An interface is live.c.
 */
#include "capture/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "capture/file.h"
#include "capture/format.h"
#include "capture/identify.h"
#include "capture/input.h"
#include "capture/live.h"

struct sgs_source {
    struct sgs_input in;
    struct sgs_live *live;           /* NULL: a file, all below is its */
    struct sgs_file *file;           /* NULL: octets come from the caller's pull function */
    struct sgs_unpack *unpack;       /* ours */
    const struct sgs_format *format; /* NULL while not known */
    void *reader;                    /* of the format */
};

static const struct sgs_format *const formats[] = {&sgs_format_pcap, &sgs_format_pcapng, NULL};

/* Lets the chain above the file go, so that it can be built again. */
static void close_chain(struct sgs_source *s)
{
    if (s->reader) {
        s->format->close(s->reader);
    }
    s->reader = NULL;
    sgs_input_clear(&s->in);
    sgs_unpack_free(s->unpack);
    s->unpack = NULL;
}

static enum sgs_status not_recognised(struct sgs_source *s, const char *what, char *why)
{
    struct sgs_window *w = &s->in.window;

    if (s->format) {
        (void)snprintf(why, SGS_WHY_LEN, "is a %s file whose %s", s->format->name, what);
        return SGS_E_FORMAT;
    }
    struct sgs_slice head = sgs_window_need(w, SGS_IDENTIFY_LEN);
    const char *trouble = sgs_window_trouble(w);
    const char *packing = sgs_unpack_name(s->unpack);
    if (w->is_waiting) {
        (void)snprintf(why, SGS_WHY_LEN, "interrupted before its first octets came");
        return SGS_E_IO;
    }
    if (head.len == 0 && trouble) {
        (void)snprintf(why, SGS_WHY_LEN, "%s", trouble);
        return packing ? SGS_E_FORMAT : SGS_E_IO;
    }
    if (head.len == 0 && !packing) {
        (void)snprintf(why, SGS_WHY_LEN, "%s", sgs_status_text(SGS_E_EMPTY));
        return SGS_E_EMPTY;
    }
    sgs_identify(head, packing, why);
    return SGS_E_FORMAT;
}

/* Builds the chain on pull and reads the header of the file. */
static enum sgs_status open_chain(struct sgs_source *s, struct sgs_pull pull, const char *name,
                                  char *why)
{
    sgs_input_init(&s->in, name);
    s->unpack = sgs_unpack_new(pull);
    sgs_window_init(&s->in.window, s->unpack);
    struct sgs_slice head = sgs_window_need(&s->in.window, SGS_FORMAT_HEAD);
    const char *what = "";
    s->format = NULL;
    for (size_t i = 0; formats[i] && !s->format; i++) {
        if (formats[i]->probe(sgs_slice_head(head, SGS_FORMAT_HEAD))) {
            s->format = formats[i];
            s->reader = s->format->open(&s->in, &what);
        }
    }
    return s->reader ? SGS_OK : not_recognised(s, what, why);
}

/* Reads all of a file for the secrets in it, then begins again at its head, without them. */
static enum sgs_status read_secrets_first(struct sgs_source *s, const struct sgs_secrets *secrets,
                                          const char *name, char *why)
{
    struct sgs_frame frame;

    s->in.secrets = *secrets;
    s->in.has_no_frames = true;
    while (s->format->next(s->reader, &frame) != SGS_NEXT_END) {
    }
    close_chain(s);
    if (!sgs_file_rewind(s->file)) {
        (void)snprintf(why, SGS_WHY_LEN, "cannot be read a second time");
        return SGS_E_IO;
    }
    return open_chain(s, sgs_file_pull(s->file), name, why);
}

enum sgs_status sgs_source_open_pull(struct sgs_pull pull, const char *name,
                                     const struct sgs_secrets *secrets, char *why,
                                     struct sgs_source **out)
{
    struct sgs_source *s = sgs_xcalloc(1, sizeof *s);
    enum sgs_status st = open_chain(s, pull, name, why);

    if (st != SGS_OK) {
        sgs_source_close(s);
        return st;
    }
    s->in.secrets = secrets ? *secrets : (struct sgs_secrets){0};
    *out = s;
    return SGS_OK;
}

enum sgs_status sgs_source_open_file(const char *path, const struct sgs_secrets *secrets, char *why,
                                     struct sgs_source **out)
{
    struct sgs_source *s = sgs_xcalloc(1, sizeof *s);
    enum sgs_status st = sgs_file_open(path, why, &s->file);

    if (st == SGS_OK) {
        st = open_chain(s, sgs_file_pull(s->file), path, why);
    }
    if (st == SGS_OK && secrets && s->format && s->format->has_secrets) {
        if (sgs_file_is_regular(s->file)) {
            st = read_secrets_first(s, secrets, path, why);
        } else {
            s->in.secrets = *secrets;
        }
    }
    if (st != SGS_OK) {
        sgs_source_close(s);
        return st;
    }
    *out = s;
    return SGS_OK;
}

enum sgs_status sgs_source_open_live(const char *device, const struct sgs_live_options *options,
                                     char *why, struct sgs_source **out)
{
    struct sgs_source *s = sgs_xcalloc(1, sizeof *s);

    sgs_input_init(&s->in, device);
    enum sgs_status st = sgs_live_open(device, options, &s->in, why, &s->live);
    if (st != SGS_OK) {
        sgs_source_close(s);
        return st;
    }
    *out = s;
    return SGS_OK;
}

enum sgs_next sgs_source_next(struct sgs_source *s, int timeout_ms, struct sgs_frame *out)
{
    if (s->in.is_over) {
        return SGS_NEXT_END;
    }
    if (s->live) {
        return sgs_live_next(s->live, timeout_ms, out);
    }
    if (s->file) {
        sgs_file_wait(s->file, timeout_ms);
    }
    return s->format->next(s->reader, out);
}

void sgs_source_watch(struct sgs_source *s, int fd)
{
    if (s->live) {
        sgs_live_watch(s->live, fd);
    } else if (s->file) {
        sgs_file_watch(s->file, fd);
    }
}

bool sgs_source_brings_secrets(const struct sgs_source *s)
{
    return s->file && s->format && s->format->has_secrets && !sgs_file_is_regular(s->file);
}

const struct sgs_input_info *sgs_source_info(struct sgs_source *s)
{
    if (s->live && !s->in.is_over) {
        sgs_live_count(s->live);
    }
    return &s->in.info;
}

bool sgs_source_is_live(const struct sgs_source *s)
{
    return s->live != NULL;
}

void sgs_source_close(struct sgs_source *s)
{
    if (!s) {
        return;
    }
    sgs_live_close(s->live);
    close_chain(s);
    sgs_file_close(s->file);
    free(s);
}
