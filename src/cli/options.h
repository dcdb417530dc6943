/* The command line as values, checked; nothing is opened here. */
#ifndef SGS_CLI_OPTIONS_H
#define SGS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/clock.h>
#include <signscope/export.h>
#include <signscope/query.h>

#define SGS_MIN_WIDTH 60u   /* columns: less has no room for the timeline */
#define SGS_MAX_WIDTH 1000u /* columns */
#define SGS_MAX_OUTPUTS 16  /* -T options: each has its file */

enum sgs_color { SGS_COLOR_AUTO, SGS_COLOR_ALWAYS, SGS_COLOR_NEVER };

/* One -T. */
struct sgs_output_choice {
    const struct sgs_exporter *exporter;
    const char *path; /* NULL: standard output */
};

struct sgs_options {
    const char **files; /* captures in the order given; the texts are those of argv */
    size_t n_files;
    const char **devices; /* interfaces, likewise */
    size_t n_devices;
    const char **keys; /* key logs, private and pre-shared keys, likewise; "env:" is still there */
    size_t n_keys;
    const char **cas; /* files and folders of trust anchors, likewise */
    size_t n_cas;
    const char **passfiles; /* pass phrases of private keys, likewise */
    size_t n_passfiles;
    const char **users; /* of -u, likewise */
    size_t n_users;
    const char **clients; /* of --client, likewise */
    size_t n_clients;
    struct sgs_query *query;  /* of -Y, or NULL; ours */
    uint32_t count;           /* of -c; 0: all */
    const char *read_events;  /* event file in place of captures, likewise, or NULL */
    const char *write_events; /* event file, likewise, or NULL */
    struct sgs_output_choice outputs[SGS_MAX_OUTPUTS]; /* at least one after parse */
    size_t n_outputs;
    char *filter;           /* BPF, or NULL; ours */
    uint64_t hold;          /* octets kept for keys that come late; 0: none */
    bool has_hold;          /* it was given */
    uint32_t snap_len;      /* octets; 0: all */
    uint32_t buffer;        /* KiB; 0: default */
    sgs_time stop_duration; /* ns; 0: never */
    uint64_t stop_frames;   /* frames; 0: never */
    unsigned width;         /* columns; 0: not given */
    enum sgs_color color;
    bool not_promiscuous;
    bool is_quiet;
    bool is_verbose;
    bool is_line_buffered;
    bool is_local;
    bool wants_check;
    bool wants_list;
    bool wants_help;
    bool wants_version;
};

/*
 * Fills *o from argv, which is kept until sgs_options_clear.  False when it was used wrongly: why
 * then holds one line, "NAME: what; remedy".  *o must be cleared in both cases.
 */
bool sgs_options_parse(struct sgs_options *o, int argc, char **argv, struct sgs_buf *why);
void sgs_options_clear(struct sgs_options *o);

/* The text of --help, for a terminal of 80 columns. */
void sgs_options_help(struct sgs_buf *out);

#endif
