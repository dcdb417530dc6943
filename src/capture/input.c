/* One input while it is read: counters, damaged places, its end. */
#include "capture/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TIME_MAX                                                                                   \
    (INT64_MAX / 2) /* nanoseconds: year 2116; sums and differences cannot overflow                \
                     */

void sgs_input_init(struct sgs_input *in, const char *name)
{
    size_t size = strlen(name) + 1;

    *in = (struct sgs_input){
        .info = {.first = SGS_TIME_NONE, .last = SGS_TIME_NONE}
    };
    in->name = sgs_xmalloc(size);
    memcpy(in->name, name, size);
    in->info.name = in->name;
    in->info.damage = in->rows;
}

void sgs_input_clear(struct sgs_input *in)
{
    sgs_window_clear(&in->window);
    free(in->name);
    *in = (struct sgs_input){.is_over = true};
}

void sgs_input_damage(struct sgs_input *in, uint64_t offset, const char *what)
{
    in->info.damage_total++;
    if (in->info.n_damage < SGS_MAX_DAMAGE) {
        in->rows[in->info.n_damage++] =
            (struct sgs_damage){.offset = offset, .frame = in->info.frames, .what = what};
    }
}

void sgs_input_count(struct sgs_input *in, struct sgs_frame *frame, bool is_timed)
{
    struct sgs_input_info *info = &in->info;

    frame->time = frame->time > TIME_MAX ? TIME_MAX : frame->time;
    frame->time = frame->time < -TIME_MAX ? -TIME_MAX : frame->time;
    frame->input_number = ++info->frames;
    info->cut_frames += frame->wire_len > frame->octets.len;
    if (!is_timed) {
        return;
    }
    if (info->first == SGS_TIME_NONE || frame->time < info->first) {
        info->first = frame->time;
    }
    if (info->last == SGS_TIME_NONE || frame->time > info->last) {
        info->last = frame->time;
    }
}

enum sgs_next sgs_input_stop(struct sgs_input *in, uint64_t offset, const char *what)
{
    struct sgs_window *w = &in->window;
    const char *trouble = sgs_window_trouble(w);

    if (w->is_waiting) {
        return SGS_NEXT_NOTHING;
    }
    if (!in->is_over && trouble) {
        sgs_input_damage(in, w->offset + sgs_window_held(w), trouble);
    } else if (!in->is_over && what) {
        sgs_input_damage(in, offset, what);
    }
    if (!in->is_over) {
        in->info.octets = w->offset + sgs_window_held(w);
    }
    in->is_over = true;
    return SGS_NEXT_END;
}

enum sgs_next sgs_input_give_up(struct sgs_input *in)
{
    in->is_over = true;
    in->info.octets = in->window.offset;
    sgs_input_damage(in, in->window.offset, "search given up");
    return SGS_NEXT_END;
}
