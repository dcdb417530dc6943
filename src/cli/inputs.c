/* Opens what is read.  Every bad file is named, not only the first. */
#define _POSIX_C_SOURCE 200809L /* fstat, isatty, fileno */
#include "cli/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/anchors.h"
#include "cli/message.h"

/* A Decryption Secrets Block. */
static void add_secrets(void *ctx, struct sgs_slice text)
{
    struct sgs_inputs *in = ctx;

    in->has_keys = true;
    sgs_tls_keys_add(in->keys, SGS_KEY_DSB, text, true, NULL);
}

static void read_keys_on(void *ctx)
{
    struct sgs_keyfiles *keyfiles = ctx;

    sgs_keyfiles_more(keyfiles);
}

/* True if a capture comes through a pipe, so that its frames are made while we read. */
static bool is_piped(const struct sgs_options *o)
{
    for (size_t i = 0; i < o->n_files; i++) {
        struct stat st;
        bool is_stdin = strcmp(o->files[i], "-") == 0;
        int rc = is_stdin ? fstat(STDIN_FILENO, &st) : stat(o->files[i], &st);

        if (rc == 0 && !S_ISREG(st.st_mode)) {
            return true;
        }
    }
    return false;
}

static int open_keys(struct sgs_inputs *in, const struct sgs_options *o)
{
    int status = SGS_EXIT_DONE;

    struct sgs_passes passes;

    in->keys = sgs_tls_keys_new();
    status = sgs_passes_read(&passes, o->passfiles, o->n_passfiles);
    if (status == SGS_EXIT_DONE) {
        in->keyfiles =
            sgs_keyfiles_open(o->keys, o->n_keys, in->is_growing, &passes, in->keys, &status);
    }
    sgs_passes_clear(&passes);
    in->has_keys = in->keyfiles && sgs_keyfiles_have_log(in->keyfiles);
    if (in->keyfiles && in->is_growing) {
        sgs_tls_keys_on_miss(in->keys, read_keys_on, in->keyfiles);
    }
    return status;
}

static int open_anchors(struct sgs_inputs *in, const struct sgs_options *o)
{
    int status = SGS_EXIT_DONE;

    if (o->n_cas > 0) {
        in->anchors = sgs_anchors_open(o->cas, o->n_cas, &status);
    }
    return status;
}

static int open_filter(struct sgs_inputs *in, const struct sgs_options *o)
{
    char why[SGS_WHY_LEN] = "";

    if (o->filter && sgs_filter_new(o->filter, why, &in->filter) != SGS_OK) {
        sgs_say("-f", why);
        return SGS_EXIT_USAGE;
    }
    if (in->is_live) {
        sgs_filter_free(in->filter); /* the kernel does it */
        in->filter = NULL;
    }
    return SGS_EXIT_DONE;
}

static bool open_file(struct sgs_inputs *in, const char *path, struct sgs_source **out)
{
    const struct sgs_secrets secrets = {add_secrets, in};
    char why[SGS_WHY_LEN] = "";

    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO)) {
        sgs_say("standard input", "is a terminal; name a capture, or pipe one in");
        return false;
    }
    if (sgs_source_open_file(path, &secrets, why, out) != SGS_OK) {
        sgs_say(strcmp(path, "-") == 0 ? "standard input" : path, why);
        return false;
    }
    return true;
}

static bool open_device(const struct sgs_options *o, const char *device, struct sgs_source **out)
{
    const struct sgs_live_options live = {.snap_len = o->snap_len,
                                          .buffer = o->buffer,
                                          .not_promiscuous = o->not_promiscuous,
                                          .filter = o->filter};
    char why[SGS_WHY_LEN] = "";

    if (sgs_source_open_live(device, &live, why, out) != SGS_OK) {
        sgs_say(device, why);
        return false;
    }
    return true;
}

static int open_sources(struct sgs_inputs *in, const struct sgs_options *o)
{
    size_t n = in->is_live ? o->n_devices : o->n_files;
    struct sgs_source **sources = sgs_xcalloc(n, sizeof(struct sgs_source *));
    bool is_good = true;

    for (size_t i = 0; i < n; i++) {
        is_good &= in->is_live ? open_device(o, o->devices[i], &sources[i])
                               : open_file(in, o->files[i], &sources[i]);
    }
    if (is_good) {
        in->merge = sgs_merge_new(sources, n);
        in->may_get_keys = (in->is_growing && o->n_keys > 0) || sgs_merge_brings_secrets(in->merge);
        if (in->is_growing) {
            sgs_merge_watch(in->merge, sgs_keyfiles_watched(in->keyfiles));
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            sgs_source_close(sources[i]);
        }
    }
    free((void *)sources);
    return is_good ? SGS_EXIT_DONE : SGS_EXIT_INPUT;
}

int sgs_inputs_open(struct sgs_inputs *in, const struct sgs_options *options)
{
    int status = SGS_EXIT_DONE;

    memset(in, 0, sizeof *in);
    in->is_live = options->n_devices > 0;
    in->is_growing = in->is_live || is_piped(options);
    status = open_filter(in, options);
    if (status == SGS_EXIT_DONE) {
        status = open_keys(in, options);
    }
    if (status == SGS_EXIT_DONE) {
        status = open_anchors(in, options);
    }
    return status == SGS_EXIT_DONE ? open_sources(in, options) : status;
}

void sgs_inputs_clear(struct sgs_inputs *in)
{
    if (in->merge) {
        sgs_merge_free(in->merge);
    }
    sgs_filter_free(in->filter);
    sgs_keyfiles_close(in->keyfiles);
    sgs_tls_keys_free(in->keys);
    sgs_anchors_free(in->anchors);
    memset(in, 0, sizeof *in);
}

static void list_one(void *ctx, const char *name, const char *description)
{
    bool *is_good = ctx;
    bool has_text = description && *description != '\0';

    *is_good &= printf(has_text ? "%-16s %s\n" : "%s\n", name, has_text ? description : "") > 0;
}

int sgs_inputs_list(void)
{
    char why[SGS_WHY_LEN] = "";
    bool is_good = true;

    if (sgs_source_list(list_one, &is_good, why) != SGS_OK) {
        sgs_say("-D", why);
        return SGS_EXIT_INPUT;
    }
    errno = 0;
    if (!is_good || fflush(stdout) != 0) {
        sgs_say("standard output", strerror(errno ? errno : EIO));
        return SGS_EXIT_OUTPUT;
    }
    return SGS_EXIT_DONE;
}
