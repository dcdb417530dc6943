/* Connections as steps. */
#include "signin/conns.h"

#include "base/map.h"
#include "signin/exchange.h"
#include "signin/step.h"

static const char *const names[] = {
    [SGS_HOST_NONE] = "conn.none",     [SGS_HOST_DISCOVER] = "conn.discover",
    [SGS_HOST_WEB] = "conn.web",       [SGS_HOST_IDP] = "conn.idp",
    [SGS_HOST_SIP] = "conn.sip",       [SGS_HOST_PROXY] = "conn.proxy",
    [SGS_HOST_PORTAL] = "conn.portal", [SGS_HOST_ANY] = "conn.any",
};

/* The handshake, in its order, the last keep-alives, and what was fetched for the certificates. */
static void put_inner(struct sgs_exchange *x, const struct sgs_link *l, struct sgs_arena *a)
{
    const struct sgs_event *all[SGS_MAX_LINK_CERTS + SGS_MAX_LINK_FETCHES + 6];
    size_t n = 0;
    all[n++] = l->hello;
    all[n++] = l->answer;
    for (size_t i = 0; i < l->n_certs; i++) {
        all[n++] = l->certs[i];
    }
    all[n++] = l->session;
    all[n++] = l->interception;
    all[n++] = l->pings[0];
    all[n++] = l->pings[1];
    for (size_t i = 0; i < l->n_fetches; i++) {
        all[n++] = l->fetches[i];
    }
    x->inner = sgs_arena_array(a, n, sizeof(const struct sgs_event *));
    for (size_t i = 0; x->inner && i < n; i++) {
        if (all[i]) {
            x->inner[x->n_inner++] = all[i];
        }
    }
}

static bool make(const struct sgs_exchange *used, const struct sgs_link *l, struct sgs_arena *a,
                 struct sgs_step *out)
{
    const struct sgs_event *first = sgs_exchange_first(used);
    struct sgs_exchange *x = sgs_arena_alloc(a, sizeof *x);
    if (!x) {
        return false;
    }
    *x = (struct sgs_exchange){.proto = SGS_P_TCP,
                               .req = l->open ? l->open : first,
                               .rsp = l->end,
                               .host = used->host,
                               .role = used->role,
                               .user = used->user,
                               .is_joined = used->is_joined,
                               .has_gap = used->has_gap};
    put_inner(x, l, a);
    *out = (struct sgs_step){.name = names[used->role],
                             .exchange = x,
                             .stage = SGS_STAGE_TLS,
                             .proto = sgs_proto_name(SGS_P_TCP),
                             .title = SGS_LIT("Connection"),
                             .time = x->req->origin.time,
                             .duration = SGS_TIME_NONE,
                             .src = first->client,
                             .dst = first->dir == SGS_C2S ? first->dst : first->src,
                             .host = used->host,
                             .transport = first->transport,
                             .conn = first->conn,
                             .code = -1};
    if (l->open) {
        out->duration = sgs_event_int(l->open, SGS_F_RTT_MS, SGS_TIME_NONE);
    }
    return true;
}

size_t sgs_conns_make(const struct sgs_run *r, const struct sgs_links *links, struct sgs_arena *a,
                      struct sgs_step **out)
{
    struct sgs_map *seen = sgs_map_new();
    struct sgs_step *list = sgs_arena_array(a, r->n ? r->n : 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < r->n; i++) {
        struct sgs_conn_id id = sgs_conn_id(sgs_exchange_first(r->list[i]));
        bool is_new =
            id.transport == SGS_TCP && !sgs_map_put(seen, sgs_slice(&id, sizeof id), r->list[i]);
        n += is_new && make(r->list[i], sgs_links_find(links, id), a, &list[n]);
    }
    sgs_map_free(seen);
    *out = list;
    return list ? n : 0;
}
