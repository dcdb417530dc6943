/*
 * Several sources as one, by time.  Each source has one frame looked ahead; the earliest is given,
 * and its source is asked for the next one only on the following call, because that ends the loan
 * of its octets.
 */
#include "capture/source.h"

#include <stdlib.h>

#include "base/mem.h"

struct entry {
    struct sgs_source *source; /* ours */
    struct sgs_frame frame;    /* the next one, when it has one */
    bool has_frame;
    bool is_over;
};

struct sgs_merge {
    size_t n;
    uint64_t number; /* of the last frame given */
    struct entry *entries;
};

struct sgs_merge *sgs_merge_new(struct sgs_source **sources, size_t n)
{
    struct sgs_merge *m = sgs_xcalloc(1, sizeof *m);

    m->n = n;
    m->entries = sgs_xcalloc(n ? n : 1, sizeof *m->entries);
    for (size_t i = 0; i < n; i++) {
        m->entries[i].source = sources[i];
    }
    return m;
}

/* Looks one frame ahead on one source. */
static enum sgs_next look(struct entry *e, int timeout_ms)
{
    if (e->is_over) {
        return SGS_NEXT_END;
    }
    if (e->has_frame) {
        return SGS_NEXT_FRAME;
    }
    enum sgs_next next = sgs_source_next(e->source, timeout_ms, &e->frame);
    e->has_frame = next == SGS_NEXT_FRAME;
    e->is_over = next == SGS_NEXT_END;
    return next;
}

/*
 * Looks ahead on all sources.  A file must show its next frame before the earliest is known: true
 * means one of them could not yet.  Interfaces are only asked, in turn, until one has a frame.
 */
static bool look_everywhere(struct sgs_merge *m, int timeout_ms)
{
    bool is_any = false;
    bool is_blocked = false;

    for (size_t i = 0; i < m->n; i++) {
        bool is_live = sgs_source_is_live(m->entries[i].source);
        enum sgs_next next = look(&m->entries[i], is_live ? 0 : timeout_ms);
        is_any = is_any || next == SGS_NEXT_FRAME;
        is_blocked = is_blocked || (next == SGS_NEXT_NOTHING && !is_live);
    }
    int share = m->n && timeout_ms > 0 ? timeout_ms / (int)m->n + 1 : timeout_ms;
    for (size_t i = 0; i < m->n && !is_any && !is_blocked; i++) {
        is_any = look(&m->entries[i], share) == SGS_NEXT_FRAME;
    }
    return is_blocked;
}

static bool is_over(const struct sgs_merge *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!m->entries[i].is_over) {
            return false;
        }
    }
    return true;
}

enum sgs_next sgs_merge_next(struct sgs_merge *m, int timeout_ms, struct sgs_frame *out)
{
    struct entry *first = NULL;

    if (look_everywhere(m, timeout_ms)) {
        return SGS_NEXT_NOTHING;
    }
    for (size_t i = 0; i < m->n; i++) {
        struct entry *e = &m->entries[i];
        if (e->has_frame && (!first || e->frame.time < first->frame.time)) {
            first = e;
        }
    }
    if (!first) {
        return is_over(m) ? SGS_NEXT_END : SGS_NEXT_NOTHING;
    }
    first->has_frame = false;
    *out = first->frame;
    out->number = ++m->number;
    out->input = (uint32_t)(first - m->entries) + 1;
    return SGS_NEXT_FRAME;
}

void sgs_merge_watch(struct sgs_merge *m, int fd)
{
    for (size_t i = 0; i < m->n; i++) {
        sgs_source_watch(m->entries[i].source, fd);
    }
}

bool sgs_merge_brings_secrets(const struct sgs_merge *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (sgs_source_brings_secrets(m->entries[i].source)) {
            return true;
        }
    }
    return false;
}

size_t sgs_merge_inputs(const struct sgs_merge *m)
{
    return m->n;
}

const struct sgs_input_info *sgs_merge_info(struct sgs_merge *m, size_t i)
{
    return sgs_source_info(m->entries[i].source);
}

void sgs_merge_free(struct sgs_merge *m)
{
    if (!m) {
        return;
    }
    for (size_t i = 0; i < m->n; i++) {
        sgs_source_close(m->entries[i].source);
    }
    free(m->entries);
    free(m);
}
