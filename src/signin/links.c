/* Conversations by number. */
#include "signin/links.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

struct sgs_links {
    struct sgs_map *by_conn; /* struct sgs_conn_id -> struct sgs_link */
    struct sgs_arena *arena;
};

typedef void sgs_placer(struct sgs_link *l, const struct sgs_event *ev);

static void open(struct sgs_link *l, const struct sgs_event *ev)
{
    l->open = l->open ? l->open : ev;
}

static void hello(struct sgs_link *l, const struct sgs_event *ev)
{
    l->hello = l->hello ? l->hello : ev;
}

static void answer(struct sgs_link *l, const struct sgs_event *ev)
{
    l->answer = l->answer ? l->answer : ev;
}

static void certificate(struct sgs_link *l, const struct sgs_event *ev)
{
    bool is_server = sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("server"));
    /* a leaf behind others begins the chain of a renegotiation */
    bool is_again = l->n_certs > 0 && sgs_event_int(ev, SGS_F_POSITION, 0) == 0;
    if (is_server && !is_again && l->n_certs < SGS_MAX_LINK_CERTS) {
        l->certs[l->n_certs++] = ev;
    }
}

static void session(struct sgs_link *l, const struct sgs_event *ev)
{
    l->session = l->session ? l->session : ev;
}

static void interception(struct sgs_link *l, const struct sgs_event *ev)
{
    l->interception = l->interception ? l->interception : ev;
}

static void ping(struct sgs_link *l, const struct sgs_event *ev)
{
    if (ev->dir == SGS_C2S) {
        l->pings[1] = l->pings[0];
        l->pings[0] = ev;
    }
}

static void fetch(struct sgs_link *l, const struct sgs_event *ev)
{
    bool is_known = sgs_event_get(ev, SGS_F_CHAIN_CONN) && sgs_event_get(ev, SGS_F_OUTCOME);
    if (is_known && l->n_fetches < SGS_MAX_LINK_FETCHES) {
        l->fetches[l->n_fetches++] = ev;
    }
}

static void end(struct sgs_link *l, const struct sgs_event *ev)
{
    l->end = ev;
}

static sgs_placer *const placers[SGS_N_KINDS] = {
    [SGS_K_TCP_OPEN] = open,
    [SGS_K_TLS_CLIENT_HELLO] = hello,
    [SGS_K_TLS_SERVER_HELLO] = answer,
    [SGS_K_TLS_CERTIFICATE] = certificate,
    [SGS_K_TLS_SESSION] = session,
    [SGS_K_TCP_CLOSED] = end,
    [SGS_K_TCP_RESET] = end,
    [SGS_K_SIP_KEEP_ALIVE] = ping,
    [SGS_K_TLS_INTERCEPTION] = interception,
    [SGS_K_REVOCATION_FETCH] = fetch,
};

bool sgs_links_use(enum sgs_kind kind)
{
    return placers[kind];
}

struct sgs_conn_id sgs_links_id(const struct sgs_event *ev)
{
    struct sgs_slice chain = sgs_event_text(ev, SGS_F_CHAIN_CONN); /* tcp7 */
    uint64_t number = 0;
    bool is_named = ev->kind == SGS_K_REVOCATION_FETCH && sgs_slice_starts(chain, SGS_LIT("tcp")) &&
                    sgs_slice_uint(sgs_slice_from(chain, 3), UINT32_MAX, &number);
    return is_named ? (struct sgs_conn_id){SGS_TCP, (uint32_t)number} : sgs_conn_id(ev);
}

static struct sgs_link *link_of(struct sgs_links *links, const struct sgs_event *ev)
{
    struct sgs_conn_id id = sgs_links_id(ev);
    struct sgs_slice key = sgs_slice(&id, sizeof id);
    struct sgs_link *l = sgs_map_get(links->by_conn, key);
    if (!l) {
        l = sgs_arena_alloc(links->arena, sizeof *l);
        if (!l) {
            sgs_die("a sign-in table is full");
        }
        (void)sgs_map_put(links->by_conn, key, l);
    }
    return l;
}

/* A handshake inside SIP says nothing of the connection. */
static bool is_nested(const struct sgs_event *ev)
{
    return sgs_slice_find(ev->layers, SGS_LIT("sip/")) < ev->layers.len;
}

struct sgs_links *sgs_links_make(const struct sgs_event *const *events, size_t n,
                                 struct sgs_arena *a)
{
    struct sgs_links *links = sgs_xmalloc(sizeof *links);
    *links = (struct sgs_links){sgs_map_new(), a};
    for (size_t i = 0; i < n; i++) {
        sgs_placer *place = placers[events[i]->kind];
        if (place && !is_nested(events[i])) {
            place(link_of(links, events[i]), events[i]);
        }
    }
    return links;
}

void sgs_links_free(struct sgs_links *links)
{
    sgs_map_free(links->by_conn);
    free(links);
}

const struct sgs_link *sgs_links_find(const struct sgs_links *links, struct sgs_conn_id id)
{
    static const struct sgs_link unknown;
    const struct sgs_link *l = sgs_map_get(links->by_conn, sgs_slice(&id, sizeof id));
    return l ? l : &unknown;
}
