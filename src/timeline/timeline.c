/* Capture order. */
#include <signscope/timeline.h>

int sgs_event_order(const struct sgs_event *a, const struct sgs_event *b)
{
    if (a->origin.time != b->origin.time) {
        return a->origin.time < b->origin.time ? -1 : 1;
    }
    if (a->origin.frame != b->origin.frame) {
        return a->origin.frame < b->origin.frame ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}
