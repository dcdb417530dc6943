/* All that is read, opened before anything is analysed: key logs, trust anchors, captures or
 * interfaces, filter. */
#ifndef SGS_CLI_INPUTS_H
#define SGS_CLI_INPUTS_H

#include <stdbool.h>

#include <signscope/cert.h>
#include <signscope/tls_keys.h>

#include "capture/source.h"
#include "cli/keyfiles.h"
#include "cli/options.h"

struct sgs_inputs {
    struct sgs_tls_keys *keys;
    struct sgs_keyfiles *keyfiles;
    struct sgs_anchors *anchors; /* NULL: none were given */
    struct sgs_merge *merge;
    struct sgs_filter *filter; /* for files; NULL: every frame */
    bool is_live;              /* interfaces */
    bool is_growing;           /* key logs may get more lines while we read */
    bool may_get_keys; /* keys may still come while we read: is_growing, and from somewhere */
    bool has_keys;     /* a key log or a secrets block was there */
};

/* The exit status: done, or what is wrong, which was said.  Clear in both cases. */
int sgs_inputs_open(struct sgs_inputs *in, const struct sgs_options *options);
void sgs_inputs_clear(struct sgs_inputs *in);

/* -D: interfaces to standard output; the exit status. */
int sgs_inputs_list(void);

#endif
