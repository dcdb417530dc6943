/* What `signscope explain` writes. */
#ifndef SGS_CLI_EXPLAIN_OUT_H
#define SGS_CLI_EXPLAIN_OUT_H

#include <signscope/buf.h>
#include <signscope/export.h>

#include "findings/explain.h"

/* A word of the command line, and what is known of it. */
struct sgs_explain_word {
    struct sgs_slice text; /* borrowed: of argv */
    struct sgs_explained known;
};

/* Puts all words at the end of out: for people, and for programs. */
void sgs_explain_text(const struct sgs_explain_word *words, size_t n,
                      const struct sgs_export_options *options, struct sgs_buf *out);
void sgs_explain_json(const struct sgs_explain_word *words, size_t n, struct sgs_buf *out);

#endif
