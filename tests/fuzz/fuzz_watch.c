/*
 * What the engine concludes from events of several conversations: names asked, fetches tied to
 * chains, interception.  The input is a row of events: kind, conversation and seconds since the
 * one before (one octet each), then texts (one octet of length, as many octets): host or name,
 * target or URL, issuer or data.  The seed in corpus/watch has a chain, fetches and look-ups.
 */
#include "fuzz.h"

#include <string.h>

#include <signscope/limits.h>
#include <signscope/reader.h>

#include "engine/internal.h"

struct seen {
    uint64_t events;
    uint64_t last;
    uint64_t own; /* concluded */
};

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct seen *seen = ctx;
    const struct sgs_value *certificate = sgs_event_get(ev, SGS_F_CERTIFICATE);

    seen->events++;
    seen->last = ev->id > seen->last ? ev->id : seen->last;
    seen->own += ev->kind == SGS_K_REVOCATION_FETCH || ev->kind == SGS_K_TLS_INTERCEPTION;
    FUZZ_CHECK(ev->id > 0 && ev->in < ev->id);
    FUZZ_CHECK(!certificate || (uint64_t)certificate->number < ev->id);
    FUZZ_CHECK(ev->kind != SGS_K_TLS_INTERCEPTION || (certificate && ev->trust == SGS_INFERRED));
    for (size_t i = 1; i < ev->n_values; i++) {
        FUZZ_CHECK(ev->values[i - 1].id < ev->values[i].id);
    }
}

static void put_texts(struct sgs_draft *d, enum sgs_kind kind, const struct sgs_slice texts[3],
                      uint8_t flags)
{
    switch ((int)kind) {
    case SGS_K_TLS_CERTIFICATE:
        ev_text(d, SGS_F_NAME, texts[0]);
        ev_bool(d, SGS_F_NAME_MATCH, !(flags & 1));
        ev_int(d, SGS_F_POSITION, flags & 2 ? 1 : 0);
        ev_str(d, SGS_F_SIDE, flags & 4 ? "client" : "server");
        ev_item(d, SGS_F_CRL, texts[1]);
        ev_item(d, SGS_F_AIA, texts[1]);
        ev_item(d, SGS_F_AIA, texts[2]);
        ev_item(d, SGS_F_OCSP, texts[1]);
        ev_text(d, SGS_F_ISSUER, texts[2]);
        break;
    case SGS_K_DNS_RESPONSE:
        ev_text(d, SGS_F_NAME, texts[0]);
        ev_str(d, SGS_F_TYPE, flags & 1 ? "SRV" : "A");
        ev_member(d, SGS_F_ANSWERS, SGS_LIT("name"), texts[1]);
        ev_member(d, SGS_F_ANSWERS, SGS_LIT("type"), flags & 2 ? SGS_LIT("SRV") : SGS_LIT("A"));
        ev_member(d, SGS_F_ANSWERS, SGS_LIT("data"), texts[2]);
        break;
    default:
        ev_text(d, SGS_F_HOST, texts[0]);
        ev_text(d, SGS_F_TARGET, texts[1]);
        ev_text(d, SGS_F_URL, texts[1]);
        ev_text(d, SGS_F_FROM, texts[2]);
        ev_text(d, SGS_F_USER_AGENT, texts[2]);
        ev_text(d, SGS_F_REDIRECT, texts[1]);
        ev_str(d, SGS_F_BY, flags & 1 ? "client" : "server");
        ev_int(d, SGS_F_STATUS, flags & 2 ? 200 : 100);
        ev_str(d, SGS_F_OP, flags & 1 ? "searchRequest" : "bindRequest");
        ev_str(d, SGS_F_RESULT, flags & 2 ? "success" : "");
        break;
    }
}

/* One event; the last request is what answers and bodies belong to. */
static void add(struct sgs_engine *e, struct sgs_reader *r, struct sgs_origin *origin,
                uint64_t *request)
{
    enum sgs_kind kind = (enum sgs_kind)(rd_u8(r) % SGS_N_KINDS);
    uint8_t conn = rd_u8(r), step = rd_u8(r), flags = rd_u8(r);
    struct sgs_conn_info info = {
        .transport = SGS_TCP,
        .number = conn,
        .end = {{.ip = {10, 0, 0, conn & 3}, .len = 4, .port = 50000},
                {.ip = {192, 0, 2, conn >> 4}, .len = 4, .port = conn & 4 ? 389 : 80}},
    };
    struct sgs_slice texts[3];

    kind = kind == SGS_K_TLS_INTERCEPTION ? SGS_K_LDAP_REQUEST : kind; /* that one is concluded */
    origin->time = origin->time_last = origin->time + (sgs_time)step * SGS_SEC / 4;
    origin->frame_last = ++origin->frame;
    for (size_t i = 0; i < 3; i++) {
        texts[i] = rd_take(r, rd_u8(r));
    }
    struct sgs_draft *d = sgs_engine_event(e, kind, &info, flags & 8 ? SGS_S2C : SGS_C2S, origin);
    d->ev.layers = sgs_arena_copy(&d->arena, flags & 16 ? SGS_LIT("tls/http1") : SGS_LIT("http1"));
    put_texts(d, kind, texts, flags);
    if (kind == SGS_K_HTTP_REQUEST || kind == SGS_K_LDAP_REQUEST) {
        *request = sgs_event_id(d);
    } else if (*request > 0) {
        ev_int(d, SGS_F_REQUEST, *request);
    }
    sgs_engine_emit(e, d);
    if (flags & 32) {
        sgs_engine_drain(e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sgs_engine_options options = {0};
    struct sgs_engine *e = sgs_engine_new(&options);
    struct sgs_reader r = rd_open(sgs_slice(data, size));
    struct sgs_origin origin = {.time = 1000 * SGS_SEC};
    struct seen seen = {0};
    uint64_t request = 0, n = 0;

    sgs_engine_on_event(e, on_event, &seen);
    for (; rd_more(&r); n++) {
        add(e, &r, &origin, &request);
    }
    sgs_engine_drain(e);
    sgs_engine_finish(e);
    FUZZ_CHECK(seen.events >= n && seen.last == seen.events);
    FUZZ_CHECK(seen.own <= 6 * n);
    sgs_engine_free(e);
    return 0;
}
