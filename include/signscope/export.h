/*
 * Writers of results.  All of them see struct sgs_report and nothing else; what it holds is already
 * sorted and already free of secrets.
 */
#ifndef SGS_EXPORT_H
#define SGS_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/addr.h>
#include <signscope/buf.h>
#include <signscope/clock.h>
#include <signscope/engine.h>
#include <signscope/event.h>
#include <signscope/finding.h>
#include <signscope/input.h>
#include <signscope/signin.h>
#include <signscope/store.h>
#include <signscope/survey.h>
#include <signscope/tls_keys.h>

/* A TLS connection that was not (wholly) decrypted. */
struct sgs_report_tls {
    uint32_t conn; /* tcp.stream */
    struct sgs_addr server;
    struct sgs_slice sni; /* empty when not known */
    const char *reason;   /* word of the JSON contract */
    const char *remedy;   /* one line: what would open it */
    bool is_partly;
};

struct sgs_report {
    const struct sgs_report_input *inputs;
    size_t n_inputs;
    const struct sgs_skipped *skipped; /* of all inputs together */
    size_t n_skipped;
    struct sgs_key_counts keys;
    bool has_keys; /* a key log or a secrets block was given */
    uint64_t tls_connections;
    uint64_t tls_decrypted;
    const struct sgs_report_tls *undecrypted;
    size_t n_undecrypted;
    const struct sgs_attempt *attempts; /* in order of their start, or NULL: they are in */
    struct sgs_store *store;            /* this */
    size_t n_attempts;
    const size_t *chosen; /* which of them are asked for, ascending, or NULL: all; n_attempts then
                             counts these */
    size_t n_all;         /* attempts in all, asked for or not; 0: as n_attempts */
    const struct sgs_finding *findings; /* of no attempt */
    size_t n_findings;
    const struct sgs_scope *scope; /* sign-ins that ended alike; none when there is only one */
    size_t n_scope;
    bool was_interrupted; /* live, ended by a signal */
};

/* Attempt i from 0, borrowed until the next call; its outcome alone costs nothing. */
const struct sgs_attempt *sgs_report_attempt(const struct sgs_report *r, size_t i);
enum sgs_outcome sgs_report_outcome(const struct sgs_report *r, size_t i);

struct sgs_export_options {
    unsigned width; /* columns of text output */
    bool is_utf8;   /* else ASCII only */
    bool has_color;
    bool is_quiet; /* verdict only */
    bool is_verbose;
    bool is_local;  /* times in text are those of TZ, else UTC */
    bool is_merged; /* several inputs: events say which */
};

/* Where output goes.  write returns false when it failed; the writer then stops early. */
struct sgs_out {
    bool (*write)(void *ctx, struct sgs_slice octets);
    void *ctx;
};

/* A form of output, one row of the table in export/exporters.c. */
struct sgs_exporter {
    const char *name; /* "text", "json", "ndjson", "md": the word after -T */
    const char *title;
    /* Per event as they come, or NULL.  False: writing failed. */
    bool (*event)(const struct sgs_export_options *options, const struct sgs_event *ev,
                  struct sgs_out *out);
    /* Once at the end, or NULL. */
    bool (*report)(const struct sgs_export_options *options, const struct sgs_report *report,
                   struct sgs_out *out);
};

/* The exporter called name, or NULL. */
const struct sgs_exporter *sgs_exporter_find(struct sgs_slice name);
extern const struct sgs_exporter sgs_exporters[];
extern const size_t sgs_n_exporters;

/*
 * Collects what a report says about TLS from tls.session, tls.client_hello events, and the rest at
 * the end.  It owns the strings it shows.
 */
struct sgs_report_builder;
struct sgs_report_builder *sgs_report_builder_new(void);
void sgs_report_builder_free(struct sgs_report_builder *b);
void sgs_report_builder_event(struct sgs_report_builder *b, const struct sgs_event *ev);
/* Fills the TLS part of *report; borrowed until the builder is freed. */
void sgs_report_builder_finish(struct sgs_report_builder *b, struct sgs_report *report);

#endif
