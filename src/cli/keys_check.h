/* What `signscope keys check` tells. */
#ifndef SGS_CLI_KEYS_CHECK_H
#define SGS_CLI_KEYS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/export.h>

#include "cli/keys_logs.h"
#include "cli/keys_survey.h"

struct sgs_keys_report {
    struct sgs_keys_survey *survey;
    const struct sgs_keys_logs *logs;
    uint64_t n_open;   /* connections of which something was opened */
    uint64_t n_closed; /* connections whose application data stayed closed */
    unsigned width;    /* columns of text */
    bool is_utf8;
    bool has_color;
};

/* For people, and for programs (one object, schema signscope.keys/1).  False: writing failed. */
bool sgs_keys_text(const struct sgs_keys_report *r, struct sgs_out *out);
bool sgs_keys_json(const struct sgs_keys_report *r, struct sgs_out *out);

#endif
