/* What captures say of TLS: their connections, and the client randoms that key logs name. */
#ifndef SGS_CLI_KEYS_SURVEY_H
#define SGS_CLI_KEYS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/addr.h>
#include <signscope/clock.h>
#include <signscope/tls_keys.h>

#include "cli/inputs.h"
#include "cli/keys_options.h"

/* Something a key log line can be for: a client random that was seen. */
struct sgs_keys_need {
    sgs_time first, last; /* of the connections with it */
};

struct sgs_tls_reason;

/* A TCP connection with TLS. */
struct sgs_keys_conn {
    uint32_t number; /* tcp.stream */
    struct sgs_addr server;
    char *sni; /* ours; NULL: not known */
    sgs_time first,
        last;           /* from the first ClientHello, or what TLS there is, to the last message */
    const char *source; /* where its key came from, static; NULL: none */
    const struct sgs_tls_reason *reason; /* why it was not wholly opened; NULL: it was */
    bool is_open;                        /* some of it was opened */
    bool is_closed;                      /* application data stayed closed */
    struct sgs_keys_need **needs;        /* ours; what they point to is the survey's */
    size_t n_needs;
};

struct sgs_keys_survey {
    struct sgs_inputs in;
    struct sgs_keys_conn **conns; /* in order of their numbers; ours */
    size_t n_conns;
    uint64_t n_unlisted;  /* connections beyond SGS_MAX_REPORT_TLS */
    uint64_t n_undecided; /* client randoms beyond SGS_MAX_KEYS */
    struct sgs_map *by_number;
    struct sgs_map *needs; /* client random -> struct sgs_keys_need, ours */
};

/* Reads the captures with the key logs; the exit status: done, damaged, or what is wrong, which was
 * said.  Clear in all cases. */
int sgs_keys_survey_run(struct sgs_keys_survey *s, const struct sgs_keys_options *options);
void sgs_keys_survey_clear(struct sgs_keys_survey *s);

/* True if the line is for something of these captures.  *out_need is what it is for, or NULL when
 * that is no client random. */
bool sgs_keys_survey_needs(const struct sgs_keys_survey *s, const struct sgs_key_line *line,
                           const struct sgs_keys_need **out_need);

#endif
