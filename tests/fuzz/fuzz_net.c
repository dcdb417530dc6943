/*
 * Frames into streams.  The first octet of the input picks the link type; then frames follow:
 *
 *   +---------------+-------------------------+---------------+
 *   | length, be 16 | time since the one      | length octets |
 *   |               | before, 10 ms, be 16    |               |
 *   +---------------+-------------------------+---------------+
 *
 * The sink holds net to what net.h promises about the order and the sums of its calls.
 */
#include "fuzz.h"

#include <signscope/clock.h>
#include <signscope/reader.h>

#include "net/net.h"

/* What was told about one conversation; its user pointer. */
struct told {
    bool has_ended[2];
    uint64_t octets[2];
};

struct state {
    uint64_t frame; /* last one fed */
    size_t open;    /* conversations */
};

static volatile uint8_t sink_octet;

static struct told *told_of(const struct sgs_conn *conn)
{
    FUZZ_CHECK(conn->user != NULL);
    return conn->user;
}

static void check_origin(const struct state *st, const struct sgs_origin *o)
{
    FUZZ_CHECK(o->frame >= 1 && o->frame <= o->frame_last && o->frame_last <= st->frame);
}

static void on_opened(void *ctx, struct sgs_conn *conn)
{
    struct state *st = ctx;
    FUZZ_CHECK(conn->transport == SGS_TCP || conn->transport == SGS_UDP);
    FUZZ_CHECK(conn->end[SGS_C2S].len == conn->end[SGS_S2C].len);
    conn->user = calloc(1, sizeof(struct told));
    st->open++;
}

static void on_fact(void *ctx, struct sgs_conn *conn, const struct sgs_tcp_fact *fact)
{
    FUZZ_CHECK(conn->transport == SGS_TCP);
    (void)told_of(conn);
    check_origin(ctx, &fact->origin);
}

static void on_data(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, struct sgs_slice octets,
                    uint64_t wire_len, const struct sgs_origin *origin)
{
    struct told *t = told_of(conn);
    FUZZ_CHECK(!t->has_ended[dir]);
    FUZZ_CHECK(conn->transport == SGS_UDP || octets.len > 0);
    FUZZ_CHECK(conn->transport == SGS_TCP || wire_len >= octets.len);
    check_origin(ctx, origin);
    t->octets[dir] += conn->transport == SGS_UDP ? wire_len : octets.len;
    for (size_t i = 0; i < octets.len; i++) {
        sink_octet ^= octets.ptr[i];
    }
}

static void on_gap(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, uint64_t n,
                   enum sgs_gap_why why, const struct sgs_origin *origin)
{
    FUZZ_CHECK(conn->transport == SGS_TCP);
    FUZZ_CHECK(!told_of(conn)->has_ended[dir]);
    check_origin(ctx, origin);
}

static void on_end(void *ctx, struct sgs_conn *conn, enum sgs_dir dir, enum sgs_end why,
                   const struct sgs_origin *origin)
{
    struct told *t = told_of(conn);
    FUZZ_CHECK(!t->has_ended[dir]);
    t->has_ended[dir] = true;
    FUZZ_CHECK(t->octets[dir] == conn->side[dir].octets);
}

static void on_closed(void *ctx, struct sgs_conn *conn)
{
    struct state *st = ctx;
    struct told *t = told_of(conn);
    FUZZ_CHECK(t->has_ended[SGS_C2S] && t->has_ended[SGS_S2C]);
    FUZZ_CHECK(st->open > 0);
    st->open--;
    free(t);
    conn->user = NULL;
}

static void on_icmp(void *ctx, const struct sgs_icmp_error *error)
{
    check_origin(ctx, &error->origin);
    FUZZ_CHECK(error->type != NULL);
}

static void on_skipped(void *ctx, const char *layer, const char *name)
{
    FUZZ_CHECK(layer != NULL && name != NULL);
}

static void on_limit(void *ctx, struct sgs_conn *conn, const char *what, uint64_t number,
                     const struct sgs_origin *origin)
{
    FUZZ_CHECK(what != NULL);
}

static void on_malformed(void *ctx, struct sgs_conn *conn, const char *what,
                         const struct sgs_origin *origin)
{
    FUZZ_CHECK(what != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Null, Ethernet, PPP, raw, loop, cooked 1, IPv4, IPv6, cooked 2 */
    static const uint32_t links[] = {0, 1, 9, 101, 108, 113, 228, 229, 276};
    struct state st = {0};
    const struct sgs_net_sink sink = {&st,        on_opened, on_fact,     on_data,
                                      on_gap,     on_end,    on_closed,   on_icmp,
                                      on_skipped, on_limit,  on_malformed};
    struct sgs_net *net = sgs_net_new(&sink);
    struct sgs_reader r = rd_open(sgs_slice(data, size));
    uint32_t link = links[rd_u8(&r) % (sizeof links / sizeof *links)];
    sgs_time time = INT64_C(1700000000) * SGS_SEC;
    while (rd_more(&r)) {
        size_t len = rd_be16(&r);
        time += rd_be16(&r) * 10 * SGS_MS;
        struct sgs_slice octets = rd_take(&r, len < rd_left(&r) ? len : rd_left(&r));
        st.frame++;
        const struct sgs_frame frame = {
            .number = st.frame,
            .input_number = st.frame,
            .input = 1,
            .link = link,
            .time = time,
            .wire_len = (uint32_t)len,
            .octets = octets,
        };
        sgs_net_feed(net, &frame);
    }
    sgs_net_finish(net);
    FUZZ_CHECK(st.open == 0);
    sgs_net_free(net);
    return 0;
}
