/*
 * One input while it is read: its octets in a window, what sgs_source_info shows of it, and where
 * its secrets go.  Private to capture/.
 */
#ifndef SGS_CAPTURE_INPUT_H
#define SGS_CAPTURE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/limits.h>

#include "capture/source.h"
#include "capture/window.h"

struct sgs_input {
    struct sgs_input_info info;
    struct sgs_damage rows[SGS_MAX_DAMAGE]; /* info.damage points here */
    struct sgs_window window;               /* octets of files; unused by live inputs */
    struct sgs_secrets secrets;             /* add is NULL when nobody wants them */
    bool has_no_frames;                     /* read for secrets only: frames are passed over */
    char *name;                             /* ours */
    bool is_over;                           /* nothing more will come */
};

/* name is copied. */
void sgs_input_init(struct sgs_input *in, const char *name);
void sgs_input_clear(struct sgs_input *in);

/* Notes a damaged place; what is static text. */
void sgs_input_damage(struct sgs_input *in, uint64_t offset, const char *what);

/* Counts a frame that is about to be given, and numbers it; keeps its time in bounds.  is_timed
 * false: its time is not its own and does not move first and last. */
void sgs_input_count(struct sgs_input *in, struct sgs_frame *frame, bool is_timed);

/*
 * The answer of a reader that misses octets: SGS_NEXT_NOTHING when more may come, else
 * SGS_NEXT_END, once with a damage row: what went wrong below, or what (static text) at offset;
 * none when what is NULL and all went well.
 */
enum sgs_next sgs_input_stop(struct sgs_input *in, uint64_t offset, const char *what);

/* The answer of a reader that has searched too far for what it could go on with. */
enum sgs_next sgs_input_give_up(struct sgs_input *in);

#endif
