/* Steps side by side, and which of them a capture could not show. */
#include "diff/work.h"

#include <string.h>

#include "base/mem.h"

#define AT_ONCE SGS_SEC       /* so soon after its capture a sign-in may have begun before it */
#define SILENCE (5 * SGS_SEC) /* so long before the end of the capture the last message tells */

static size_t first_unseen(const struct sgs_units *u)
{
    size_t i = 0;
    while (i < u->n && u->list[i]->verdict != SGS_V_UNSEEN) {
        i++;
    }
    return i;
}

/* The sign-in may have begun before its capture. */
static bool is_late(const struct sgs_diff_work *w, unsigned side)
{
    const struct sgs_units *u = &w->units[side];
    const struct sgs_step *s = u->n > 0 ? u->list[0] : NULL;
    sgs_time from = w->in[side].captured_from;
    bool is_joined = s && sgs_detail_of(s, SGS_D_JOINED);
    for (size_t i = 0; s && i < s->n_parts; i++) {
        is_joined |= sgs_detail_of(&s->parts[i], SGS_D_JOINED) != NULL;
    }
    return is_joined || (from != SGS_TIME_NONE && w->in[side].at->started < from + AT_ONCE);
}

bool sgs_diff_is_open(const struct sgs_diff_work *w, unsigned side)
{
    const struct sgs_attempt *at = w->in[side].at;
    return at->outcome == SGS_UNKNOWN && at->quiet < SILENCE;
}

static void add_line(struct sgs_diff_work *w, size_t good, size_t bad, bool is_blind)
{
    const size_t at[] = {good, bad};
    struct sgs_diff_line *l = &w->lines[w->n_lines++];
    bool is_refused = false;

    *l = (struct sgs_diff_line){.mark = SGS_MARK_SAME};
    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        l->step[side] = at[side] == SGS_NOT_THERE ? NULL : w->units[side].list[at[side]];
        is_blind |= l->step[side] && l->step[side]->verdict == SGS_V_UNSEEN;
    }
    if (l->step[0] && l->step[1]) { /* a handshake shows whether it went well, keys or not */
        is_refused = (sgs_is_connected(l->step[0]) && sgs_is_bad(l->step[1])) ||
                     (sgs_is_connected(l->step[1]) && sgs_is_bad(l->step[0]));
    }
    if (is_blind && !is_refused) {
        l->mark = SGS_MARK_UNSEEN;
    } else if (!l->step[0] || !l->step[1]) {
        l->mark = SGS_MARK_ONLY;
    }
}

static bool has_bad(const struct sgs_diff_work *w, unsigned side, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (sgs_is_bad(w->units[side].list[i])) {
            return true;
        }
    }
    return false;
}

/* A connection that failed: a capture shows such, keys or not. */
static bool is_plain_trouble(const struct sgs_step *s)
{
    return sgs_is_bad(s) && s->name &&
           (strncmp(s->name, "T.tcp.", 6) == 0 || strncmp(s->name, "T.tls.", 6) == 0);
}

/* What stands between two pairs, of each side from next to to.  What went wrong comes first, and
 * what went no farther: it tells why the rest is not on both sides. */
static void add_gap(struct sgs_diff_work *w, const size_t to[SGS_N_SIDES])
{
    bool is_last = to[0] == w->units[0].n && to[1] == w->units[1].n;
    bool is_bad_first = has_bad(w, SGS_BAD_SIDE, w->next[SGS_BAD_SIDE], to[SGS_BAD_SIDE]) ||
                        (is_last && w->in[SGS_GOOD_SIDE].at->outcome == SGS_SIGNED_IN);

    for (unsigned turn = 0; turn < SGS_N_SIDES; turn++) {
        unsigned side = is_bad_first ? !turn : turn;
        bool is_start = to[!side] == 0;
        bool is_end = w->next[!side] == w->units[!side].n;
        bool is_cut = (is_start && is_late(w, !side)) || (is_end && sgs_diff_is_open(w, !side));
        bool is_blind = w->blind[!side] < to[!side];
        for (size_t i = w->next[side]; i < to[side]; i++) {
            bool is_hidden = is_cut || (is_blind && !is_plain_trouble(w->units[side].list[i]));
            add_line(w, side ? SGS_NOT_THERE : i, side ? i : SGS_NOT_THERE, is_hidden);
        }
    }
    w->next[0] = to[0];
    w->next[1] = to[1];
}

void sgs_diff_make_lines(struct sgs_diff_work *w)
{
    struct sgs_aligned *pairs = NULL;
    size_t n = sgs_units_align(&w->units[0], &w->units[1], w->c.arena, &pairs);

    w->lines = sgs_arena_array(w->c.arena, w->units[0].n + w->units[1].n, sizeof *w->lines);
    if (!w->lines) {
        sgs_die("a sign-in is too large to be compared");
    }
    w->blind[0] = first_unseen(&w->units[0]);
    w->blind[1] = first_unseen(&w->units[1]);
    for (size_t i = 0; i < n; i++) {
        const struct sgs_aligned *p = &pairs[i];
        if (p->at[0] != SGS_NOT_THERE && p->at[1] != SGS_NOT_THERE) {
            add_gap(w, p->at);
            add_line(w, p->at[0], p->at[1], false);
            w->tail = w->n_lines;
            w->next[0]++;
            w->next[1]++;
        }
    }
    add_gap(w, (const size_t[]){w->units[0].n, w->units[1].n});
}
