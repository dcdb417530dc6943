/* What `signscope diff` writes. */
#ifndef SGS_DIFF_OUT_H
#define SGS_DIFF_OUT_H

#include <signscope/buf.h>
#include <signscope/export.h>

#include "diff/diff.h"

/* Where a sign-in is from. */
struct sgs_diff_source {
    const char *input;  /* name of the capture */
    size_t n_attempts;  /* sign-ins in it */
    const char *chosen; /* why this one, for people; static */
};

/* What a step does, in a few words; borrowed of it. */
struct sgs_slice sgs_diff_words(const struct sgs_step *s);

/* The difference as one sentence without its full stop, at the end of out. */
void sgs_diff_sentence(const struct sgs_diff *d, const struct sgs_difference *x,
                       struct sgs_buf *out);
/* What there is to say first: where they part, else what differs first, else that nothing does. */
void sgs_diff_answer(const struct sgs_diff *d, struct sgs_buf *out);

/* For people, and for programs.  False: writing failed. */
bool sgs_diff_text(const struct sgs_diff *d, const struct sgs_diff_source source[SGS_N_SIDES],
                   const struct sgs_export_options *options, struct sgs_out *out);
bool sgs_diff_json(const struct sgs_diff *d, const struct sgs_diff_source source[SGS_N_SIDES],
                   const struct sgs_export_options *options, struct sgs_out *out);

#endif
