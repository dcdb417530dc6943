/*
 * What is seen of application data that stayed closed: who spoke when, and how much.  A turn begins
 * when the client speaks, first or after the server; tickets of TLS 1.3 look like data of the
 * server.
 */
#include "tls.h"

#include <signscope/clock.h>

static struct tls_turn *next_turn(struct sgs_layer *l, struct tls *st)
{
    if (!st->turns) {
        st->turns = sgs_arena_array(sgs_layer_arena(l), TLS_MAX_TURNS, sizeof *st->turns);
    }
    if (!st->turns) {
        return NULL;
    }
    size_t i = st->n_turns < TLS_MAX_TURNS ? (size_t)st->n_turns : TLS_MAX_TURNS - 1;
    st->n_turns++;
    st->turns[i] = (struct tls_turn){.origin = *sgs_origin_of(l)};
    return &st->turns[i];
}

static struct tls_turn *last_turn(const struct tls *st)
{
    size_t n = st->n_turns < TLS_MAX_TURNS ? (size_t)st->n_turns : TLS_MAX_TURNS;
    return n > 0 ? &st->turns[n - 1] : NULL;
}

void tls_note_turn(struct sgs_layer *l, struct tls *st, enum sgs_dir dir, uint64_t octets)
{
    bool begins = st->n_turns == 0 || (dir == st->client && st->speaker != dir);
    struct tls_turn *turn = begins ? next_turn(l, st) : last_turn(st);

    if (!turn) {
        return;
    }
    turn->origin.frame_last = sgs_origin_of(l)->frame_last;
    turn->origin.time_last = sgs_origin_of(l)->time_last;
    turn->octets[dir == st->client ? SGS_C2S : SGS_S2C] += octets;
    turn->records++;
    st->speaker = dir;
}

static void put_time(struct sgs_draft *ev, struct sgs_slice name, sgs_time t)
{
    char text[SGS_TIME_TEXT_LEN];

    sgs_time_rfc3339(t, text);
    ev_member(ev, SGS_F_TRAFFIC, name, sgs_slice_str(text));
}

void tls_put_turns(struct sgs_draft *ev, const struct tls *st)
{
    if (!st->hello.has_early_data && (st->has_server || st->n_turns > 0)) {
        ev_int(ev, SGS_F_TURNS, st->n_turns);
    }
    for (const struct tls_turn *t = st->turns; t && t <= last_turn(st); t++) {
        ev_row(ev, SGS_F_TRAFFIC);
        put_time(ev, SGS_LIT("time"), t->origin.time);
        put_time(ev, SGS_LIT("time_last"), t->origin.time_last);
        ev_member_int(ev, SGS_F_TRAFFIC, SGS_LIT("frame"), (int64_t)t->origin.frame);
        ev_member_int(ev, SGS_F_TRAFFIC, SGS_LIT("frame_last"), (int64_t)t->origin.frame_last);
        ev_member_int(ev, SGS_F_TRAFFIC, SGS_LIT("octets_c2s"), (int64_t)t->octets[SGS_C2S]);
        ev_member_int(ev, SGS_F_TRAFFIC, SGS_LIT("octets_s2c"), (int64_t)t->octets[SGS_S2C]);
        ev_member_int(ev, SGS_F_TRAFFIC, SGS_LIT("records"), (int64_t)t->records);
    }
}
