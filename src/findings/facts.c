/* The list of facts of an attempt. */
#include "findings/facts.h"

#include <string.h>

#include "signin/exchange.h"

struct sgs_step *sgs_facts_add(struct sgs_facts *f, const char *name,
                               const struct sgs_step *subject, int64_t number,
                               struct sgs_slice text)
{
    if (f->n == f->room) {
        size_t room = f->room ? 2 * f->room : 16;
        struct sgs_step *list =
            f->n < SGS_MAX_FACTS ? sgs_arena_array(f->arena, room, sizeof *list) : NULL;
        if (!list) {
            return NULL;
        }
        if (f->n > 0) {
            memcpy(list, f->list, f->n * sizeof *list);
        }
        f->list = list;
        f->room = room;
    }
    struct sgs_step *s = &f->list[f->n++];
    *s = subject ? *subject : (struct sgs_step){.proto = "none", .time = f->at->started};
    s->name = name;
    s->code = number;
    s->reason = sgs_arena_copy(f->arena, text);
    s->symbol = (struct sgs_slice){NULL, 0};
    s->effect = SGS_FX_NONE;
    return s;
}

const struct sgs_event *sgs_facts_leaf(const struct sgs_step *conn)
{
    for (size_t i = 0; i < conn->exchange->n_inner; i++) {
        const struct sgs_event *ev = conn->exchange->inner[i];
        if (ev->kind == SGS_K_TLS_CERTIFICATE && sgs_event_int(ev, SGS_F_POSITION, 0) == 0) {
            return ev;
        }
    }
    return NULL;
}

void sgs_facts_find(struct sgs_facts *f)
{
    static void (*const procedures[])(struct sgs_facts *) = {
#define PROCEDURE(name) sgs_facts_##name,
#include "findings/facts/facts.def"
#undef PROCEDURE
    };
    for (size_t i = 0; i < sizeof procedures / sizeof *procedures; i++) {
        procedures[i](f);
    }
}
