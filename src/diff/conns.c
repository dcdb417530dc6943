/* Connections, role by role. */
#include "diff/work.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct conn_key {
    uint32_t transport;
    uint32_t conn;
};

static void note_conn(struct sgs_map *first, const struct sgs_step *s, size_t line)
{
    struct conn_key key = {(uint32_t)s->transport, s->conn};
    struct sgs_slice octets = sgs_slice(&key, sizeof key);

    if (s->transport == SGS_TCP && !sgs_map_get(first, octets)) {
        (void)sgs_map_put(first, octets, (void *)(uintptr_t)(line + 1));
    }
}

/* Where each connection of a side is used first. */
static struct sgs_map *conns_of(const struct sgs_diff_work *w, unsigned side)
{
    struct sgs_map *first = sgs_map_new();

    for (size_t i = 0; i < w->n_lines; i++) {
        const struct sgs_step *s = w->lines[i].step[side];
        for (size_t j = 0; s && j < s->n_parts; j++) {
            note_conn(first, &s->parts[j], i);
        }
        if (s && s->n_parts == 0) {
            note_conn(first, s, i);
        }
    }
    return first;
}

/* The earlier of the lines that use them first. */
static size_t line_of(struct sgs_map *const first[SGS_N_SIDES],
                      const struct sgs_step *const step[SGS_N_SIDES])
{
    size_t line = SIZE_MAX;

    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        struct conn_key key = {(uint32_t)step[side]->transport, step[side]->conn};
        size_t at = (size_t)(uintptr_t)sgs_map_get(first[side], sgs_slice(&key, sizeof key));
        line = at > 0 && at - 1 < line ? at - 1 : line;
    }
    return line == SIZE_MAX ? 0 : line;
}

static bool is_role(const struct sgs_step *s, const char *role)
{
    return strcmp(s->name, role) == 0;
}

/* Those of a role, and those that may have it. */
static struct sgs_units take_role(struct sgs_diff_work *w, const struct sgs_units *all,
                                  const char *role)
{
    struct sgs_units some = {.n = 0};
    const struct sgs_step **list =
        sgs_arena_array(w->c.arena, all->n, sizeof(const struct sgs_step *));
    struct sgs_slice *asked = sgs_arena_array(w->c.arena, all->n, sizeof *asked);

    if (!list || !asked) {
        sgs_die("a sign-in is too large to be compared");
    }
    for (size_t i = 0; i < all->n; i++) {
        if (is_role(all->list[i], role) || is_role(all->list[i], "conn.any") ||
            is_role(all->list[i], "conn.none")) {
            list[some.n] = all->list[i];
            asked[some.n++] = all->asked[i];
        }
    }
    some.list = list;
    some.asked = asked;
    return some;
}

static void compare_role(struct sgs_diff_work *w, const struct sgs_units *all, const char *role,
                         struct sgs_map *const first[SGS_N_SIDES], struct sgs_map *done)
{
    struct sgs_units some[] = {take_role(w, &all[0], role), take_role(w, &all[1], role)};
    struct sgs_aligned *pairs = NULL;
    size_t n = sgs_units_align(&some[0], &some[1], w->c.arena, &pairs);

    for (size_t i = 0; i < n; i++) {
        if (pairs[i].at[0] == SGS_NOT_THERE || pairs[i].at[1] == SGS_NOT_THERE) {
            continue;
        }
        const struct sgs_step *step[] = {some[0].list[pairs[i].at[0]],
                                         some[1].list[pairs[i].at[1]]};
        bool is_new = !sgs_map_get(done, sgs_slice(step, sizeof step));
        if (is_new) {
            (void)sgs_map_put(done, sgs_slice(step, sizeof step), w);
            sgs_compare_rows(&w->c, step, line_of(first, step), true);
        }
    }
}

/* Role by role: the order of connections to different servers says nothing. */
void sgs_diff_compare_conns(struct sgs_diff_work *w)
{
    static const char *const roles[] = {"conn.discover", "conn.web", "conn.idp", "conn.sip",
                                        "conn.proxy"};
    struct sgs_map *first[] = {conns_of(w, 0), conns_of(w, 1)};
    struct sgs_map *done = sgs_map_new();
    struct sgs_units conns[SGS_N_SIDES];

    for (unsigned side = 0; side < SGS_N_SIDES; side++) {
        conns[side] = sgs_units_make(w->c.at[side], SGS_UNIT_CONNS, &w->c.same, side, w->c.arena);
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        compare_role(w, conns, roles[i], first, done);
    }
    sgs_map_free(done);
    sgs_map_free(first[0]);
    sgs_map_free(first[1]);
}
