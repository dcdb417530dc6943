/*
 * The streams of an HTTP/2 connection (RFC 9113, sections 5 and 8): which header list and which
 * octets are whose message, and which answer belongs to which request.
 *
 *   client   HEADERS [DATA...] [HEADERS trailers]
 *   server   [HEADERS 1xx...] HEADERS [DATA...] [HEADERS trailers]
 *
 * A stream is forgotten when its answer is whole, or when it was not used for longest and others
 * need the room.
 */
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/names.h>

#include "http2.h"

/* What stands for a value that only octets not seen could tell. */
#define UNKNOWN SGS_LIT("unknown") /* they were lost */
#define UNKNOWN_LATE SGS_LIT("unknown (late start)")
#define PROTOCOL_MAX 32 /* octets of a protocol's name: the longest registered has 12 */

/* One direction of a stream. */
struct message {
    struct sgs_draft *ev;    /* from its head to its end; NULL: none begun, or given */
    struct sgs_origin first; /* of its head */
    struct sgs_layer *body;  /* who reads its body; NULL: nobody */
    bool has_head;           /* a head was seen, or must have been lost */
    bool is_over;            /* nothing is expected any more */
    bool has_body;
    bool is_cut;
    uint64_t octets; /* of body so far, lost ones included */
};

struct http2_stream {
    uint32_t id;
    struct http2_stream *next;          /* in its bucket, or unused */
    struct http2_stream *older, *newer; /* by last use */
    struct message half[2];
    uint64_t request;               /* id of its event; 0: not seen */
    bool is_connect;                /* CONNECT */
    struct sgs_layer *tunnel;       /* what CONNECT opened; NULL: nothing that somebody reads */
    uint8_t protocol[PROTOCOL_MAX]; /* of extended CONNECT (RFC 8441) */
    size_t protocol_len;            /* octets; 0: it is a tunnel */
    struct sgs_http_kept host;
    struct sgs_http_kept target;
};

enum role { REQUEST, RESPONSE, TRAILERS };

static enum sgs_dir other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

/* the table of streams */

static struct http2_streams *streams_of(struct sgs_layer *l)
{
    struct http2 *st = sgs_state(l);

    return &st->streams;
}

static struct http2_stream **bucket_of(struct http2_streams *t, uint32_t id)
{
    return &t->buckets[(id >> 1) % HTTP2_BUCKETS];
}

static void unlink_use(struct http2_streams *t, struct http2_stream *s)
{
    *(s->older ? &s->older->newer : &t->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &t->newest) = s->older;
}

static void link_newest(struct http2_streams *t, struct http2_stream *s)
{
    s->newer = NULL;
    s->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = s;
    t->newest = s;
}

static struct http2_stream *find(struct http2_streams *t, uint32_t id)
{
    struct http2_stream *s = *bucket_of(t, id);

    while (s && s->id != id) {
        s = s->next;
    }
    if (s && t->newest != s) {
        unlink_use(t, s);
        link_newest(t, s);
    }
    return s;
}

static void finish(struct sgs_layer *l, enum sgs_dir dir, struct http2_stream *s, bool is_cut);

static void forget(struct sgs_layer *l, struct http2_stream *s)
{
    struct http2_streams *t = streams_of(l);
    struct http2_stream **at = bucket_of(t, s->id);

    sgs_finish(s->tunnel);
    while (*at != s) {
        at = &(*at)->next;
    }
    *at = s->next;
    unlink_use(t, s);
    s->next = t->unused;
    t->unused = s;
    t->n--;
}

static void evict(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http2_stream *s = streams_of(l)->oldest;

    if (s->half[SGS_C2S].ev || s->half[SGS_S2C].ev) {
        sgs_limit(l, dir, "http2.streams", SGS_MAX_H2_STREAMS);
    }
    finish(l, SGS_C2S, s, true);
    finish(l, SGS_S2C, s, true);
    forget(l, s);
}

/* The stream called id, new if need be; NULL at the arena's cap. */
static struct http2_stream *get(struct sgs_layer *l, enum sgs_dir dir, uint32_t id)
{
    struct http2_streams *t = streams_of(l);
    struct http2_stream *s = find(t, id);

    if (s) {
        return s;
    }
    if (t->n >= SGS_MAX_H2_STREAMS) {
        evict(l, dir);
    }
    s = t->unused;
    if (s) {
        t->unused = s->next;
    } else {
        s = sgs_arena_alloc(sgs_layer_arena(l), sizeof *s);
    }
    if (!s) {
        return NULL;
    }
    *s = (struct http2_stream){.id = id, .next = *bucket_of(t, id)};
    *bucket_of(t, id) = s;
    link_newest(t, s);
    t->n++;
    return s;
}

/* the ends of messages */

/* A head may have come in several frames: the first of them counts, and the last of the message. */
static void emit(struct sgs_layer *l, struct message *m)
{
    struct sgs_origin origin = *sgs_origin_of(l);

    origin.frame = m->first.frame;
    origin.time = m->first.time;
    sgs_event_at(m->ev, &origin);
    sgs_emit(m->ev);
    m->ev = NULL;
}

static void finish(struct sgs_layer *l, enum sgs_dir dir, struct http2_stream *s, bool is_cut)
{
    struct message *m = &s->half[dir];

    m->is_over = true;
    m->is_cut |= is_cut;
    if (!m->ev) {
        return;
    }
    sgs_event_within(l, dir, m->ev);
    if (m->is_cut) {
        sgs_lose(m->body, dir, 0);
        ev_bool(m->ev, SGS_F_CUT, true);
    }
    sgs_finish(m->body);
    if (m->has_body) {
        ev_int(m->ev, SGS_F_BODY_OCTETS, m->octets);
    }
    emit(l, m);
    m->body = NULL;
}

/* Forgets the stream when nothing more can come: both are over, or its answer is. */
static void settle(struct sgs_layer *l, enum sgs_dir dir, struct http2_stream *s)
{
    const struct message *m = &s->half[other(dir)];

    if (m->is_over || (!m->has_head && s->half[dir].has_head && s->request == 0)) {
        forget(l, s);
    }
}

void http2_end(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream)
{
    struct http2_stream *s = find(streams_of(l), stream);

    if (s) {
        finish(l, dir, s, false);
        sgs_end_dir(s->tunnel, dir, SGS_END_FIN);
        settle(l, dir, s);
    }
}

void http2_broken(struct sgs_layer *l, enum sgs_dir dir, bool is_end)
{
    struct http2_stream *next = NULL;

    for (struct http2_stream *s = streams_of(l)->oldest; s; s = next) {
        next = s->newer;
        if (!is_end) {
            sgs_lose(s->tunnel, dir, 0);
        }
        if (s->half[dir].ev) {
            finish(l, dir, s, true);
            settle(l, dir, s);
        }
    }
}

static const struct sgs_value_name codes[] = {
    {0,  "NO_ERROR"           },
    {1,  "PROTOCOL_ERROR"     },
    {2,  "INTERNAL_ERROR"     },
    {3,  "FLOW_CONTROL_ERROR" },
    {4,  "SETTINGS_TIMEOUT"   },
    {5,  "STREAM_CLOSED"      },
    {6,  "FRAME_SIZE_ERROR"   },
    {7,  "REFUSED_STREAM"     },
    {8,  "CANCEL"             },
    {9,  "COMPRESSION_ERROR"  },
    {10, "CONNECT_ERROR"      },
    {11, "ENHANCE_YOUR_CALM"  },
    {12, "INADEQUATE_SECURITY"},
    {13, "HTTP_1_1_REQUIRED"  },
};

/* NO_ERROR is how a stream or connection ends that is not needed any more. */
static void error(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, uint64_t request,
                  uint32_t code)
{
    const struct http2 *st = sgs_state(l);

    if (code == 0) {
        return;
    }
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_HTTP2_ERROR);
    ev_text(ev, SGS_F_WHY, SGS_NAME_OR_NUMBER(codes, code, "", sgs_scratch(l)));
    ev_str(ev, SGS_F_BY, dir == st->client ? "client" : "server");
    if (stream > 0) {
        ev_int(ev, SGS_F_STREAM, stream);
    }
    if (request > 0) {
        ev_int(ev, SGS_F_REQUEST, request);
    }
    sgs_emit(ev);
}

/* The other side may have sent its head before it knew: the stream stays for that. */
void http2_reset(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, uint32_t code)
{
    struct http2_stream *s = find(streams_of(l), stream);

    if (!s) {
        error(l, dir, stream, 0, code);
        return;
    }
    struct message *answer = &s->half[other(dir)];
    uint64_t request = s->request;
    finish(l, dir, s, s->half[dir].ev != NULL);
    if (answer->has_head) {
        finish(l, other(dir), s, answer->ev != NULL);
    }
    settle(l, dir, s);
    error(l, dir, stream, request, code);
}

void http2_goaway(struct sgs_layer *l, enum sgs_dir dir, uint32_t code)
{
    error(l, dir, 0, 0, code);
}

/* heads */

static bool is_name(struct sgs_slice name)
{
    struct sgs_slice rest = sgs_slice_from(name, name.len > 1 && name.ptr[0] == ':');

    for (size_t i = 0; i < rest.len; i++) {
        if (!sgs_http_is_token(rest.ptr[i]) || (rest.ptr[i] >= 'A' && rest.ptr[i] <= 'Z')) {
            return false;
        }
    }
    return rest.len > 0;
}

/* Names as RFC 9113, section 8.2.1, has them. */
static bool is_sound(const struct http2_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!is_name(list->fields[i].name)) {
            return false;
        }
    }
    return true;
}

/* What a list is, by its pseudo-header fields; where these are not known, by its direction. */
static enum role role_of(const struct sgs_http_head *head, const struct http2_list *list,
                         bool is_client)
{
    if (sgs_http_header(head, ":method").len > 0) {
        return REQUEST;
    }
    if (sgs_http_header(head, ":status").len > 0) {
        return RESPONSE;
    }
    bool has_pseudo = list->n > 0 && list->fields[0].name.ptr[0] == ':';
    if (has_pseudo || list->is_first_unknown) {
        return is_client ? REQUEST : RESPONSE;
    }
    return TRAILERS;
}

static struct sgs_slice or_unknown(struct sgs_slice value, struct sgs_slice unknown)
{
    return value.len == 0 ? unknown : value;
}

/* The pseudo-header fields (RFC 9113, section 8.3) take their places.  is_whole: none is missing.
 */
static void read_start(struct sgs_layer *l, struct sgs_http_head *head, enum role role,
                       bool is_whole)
{
    struct sgs_http_start *start = &head->start;

    start->is_request = role == REQUEST;
    start->version = SGS_LIT("HTTP/2");
    start->method = sgs_http_header(head, ":method");
    start->target = sgs_http_header(head, ":path");
    start->authority = sgs_http_header(head, ":authority");
    if (is_whole && start->target.len == 0 && sgs_slice_eq(start->method, SGS_LIT("CONNECT"))) {
        start->target = start->authority;
    }
    start->shown = sgs_mask_url(sgs_scratch(l), start->target);
    (void)sgs_slice_uint(sgs_http_header(head, ":status"), 999, &start->status);
}

/* gRPC is told once a connection. */
static void name_grpc(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head)
{
    struct http2_streams *t = streams_of(l);

    if (!t->is_grpc && sgs_slice_starts(sgs_http_media(l, head), SGS_LIT("application/grpc"))) {
        struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
        t->is_grpc = true;
        ev_str(ev, SGS_F_NAME, "gRPC");
        ev_str(ev, SGS_F_BY, "media");
        sgs_emit(ev);
    }
}

static void name_protocol(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice name)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);

    ev_text(ev, SGS_F_NAME,
            sgs_slice_ieq(name, SGS_LIT("websocket")) ? SGS_LIT("WebSocket") : name);
    ev_str(ev, SGS_F_BY, "connect");
    sgs_emit(ev);
}

/* Who reads the body.  A content coding may be among the fields that are not known: then the body's
 * first octets must tell what it is. */
static void open_body(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                      const struct http2_list *list, struct http2_stream *s)
{
    struct message *m = &s->half[dir];

    m->has_body = true;
    m->body = sgs_http_body(l, head, sgs_http_kept(&s->host), sgs_http_kept(&s->target));
    if (list->n_unknown > 0 && sgs_http_header(head, "Content-Encoding").len == 0) {
        sgs_put(m->body, SGS_NOTE_MEDIA, (struct sgs_slice){NULL, 0});
    }
}

static void keep_request(struct http2_stream *s, const struct sgs_http_head *head)
{
    sgs_http_keep(&s->host, sgs_http_host(head));
    sgs_http_keep(&s->target, head->start.shown);
}

static void keep_protocol(struct http2_stream *s, struct sgs_slice name)
{
    name = sgs_slice_head(name, PROTOCOL_MAX);
    for (s->protocol_len = 0; s->protocol_len < name.len; s->protocol_len++) {
        s->protocol[s->protocol_len] = name.ptr[s->protocol_len];
    }
}

/* What a request changes beside its own body.  Returns true if no body follows. */
static bool ask(struct http2_stream *s, struct sgs_http_head *head, const struct http2_head *h,
                const struct http2_list *list)
{
    struct sgs_slice unknown = h->has_hole ? UNKNOWN : UNKNOWN_LATE;
    bool has_host = sgs_http_host(head).len > 0;

    s->is_connect = sgs_slice_eq(head->start.method, SGS_LIT("CONNECT"));
    keep_protocol(s, sgs_http_header(head, ":protocol"));
    keep_request(s, head);
    if (list->n_unknown > 0) {
        head->start.method = or_unknown(head->start.method, unknown);
        head->start.shown = or_unknown(head->start.shown, unknown);
        head->start.authority = has_host ? head->start.authority : unknown;
        head->start.has_lost_authority = !has_host;
    }
    return s->is_connect;
}

/* A 2xx to CONNECT: the stream belongs to another conversation (RFC 9113, section 8.5). */
static void tunnel(struct sgs_layer *l, enum sgs_dir dir, struct http2_stream *s)
{
    if (s->protocol_len > 0) {
        name_protocol(l, dir, sgs_slice(s->protocol, s->protocol_len));
        return;
    }
    s->tunnel = sgs_http_tunnel(l, sgs_http_kept(&s->target));
}

/* A head without a body: its event is complete. */
static void emit_bare(struct sgs_layer *l, struct message *m, const struct sgs_http_head *head)
{
    if (sgs_slice_eq(sgs_http_header(head, "Content-Length"), SGS_LIT("0"))) {
        ev_int(m->ev, SGS_F_BODY_OCTETS, 0);
    }
    if (m->is_cut) {
        ev_bool(m->ev, SGS_F_CUT, true);
    }
    emit(l, m);
}

static void begin(struct sgs_layer *l, enum sgs_dir dir, const struct http2_head *h,
                  const struct http2_list *list, struct sgs_http_head *head)
{
    struct http2_stream *s = get(l, dir, h->stream);
    bool is_request = head->start.is_request;
    uint64_t status = head->start.status;

    if (!s) {
        return;
    }
    struct message *m = &s->half[dir];
    bool is_interim = !is_request && status >= 100 && status < 200;
    name_grpc(l, dir, head);
    bool is_bare = is_request ? ask(s, head, h, list)
                              : is_interim || (s->is_connect && status >= 200 && status < 300);
    m->ev = sgs_event_open(l, dir, is_request ? SGS_K_HTTP_REQUEST : SGS_K_HTTP_RESPONSE);
    m->has_head = !is_interim;
    m->is_cut = h->is_cut;
    m->first = h->origin;
    sgs_http_fields(l, dir, head, m->ev);
    ev_int(m->ev, SGS_F_STREAM, h->stream);
    if (is_request) {
        s->request = sgs_event_id(m->ev);
    } else if (s->request > 0) {
        ev_int(m->ev, SGS_F_REQUEST, s->request);
    }
    if (is_bare || h->ends_stream) {
        emit_bare(l, m, head);
    } else {
        open_body(l, dir, head, list, s);
    }
    if (is_bare && !is_request && !is_interim) {
        tunnel(l, dir, s);
    }
    if (h->ends_stream) {
        http2_end(l, dir, h->stream);
    }
}

void http2_headers(struct sgs_layer *l, enum sgs_dir dir, const struct http2_head *h,
                   const struct http2_list *list)
{
    const struct http2 *st = sgs_state(l);
    struct sgs_http_head head = {.headers = list->fields, .n_headers = list->n};

    sgs_http_mark_all(&head);
    enum role role = role_of(&head, list, dir == st->client);
    struct http2_stream *s = find(streams_of(l), h->stream);
    bool has_head = s && s->half[dir].has_head;

    if (!is_sound(list)) {
        sgs_malformed(l, dir, "header name that HTTP/2 does not allow", 0);
        if (h->is_late) {
            return;
        }
    }
    if (has_head && role != TRAILERS && !list->is_first_unknown) {
        sgs_malformed(l, dir, "second head on a stream", 0);
    }
    if (has_head || role == TRAILERS) {
        if (s && !has_head && !h->is_late && !h->is_cut) {
            sgs_malformed(l, dir, "header list without :method and :status", 0);
        }
        if (h->ends_stream) {
            http2_end(l, dir, h->stream);
        }
        return;
    }
    read_start(l, &head, role, !h->is_cut && list->n_unknown == 0);
    begin(l, dir, h, list, &head);
}

void http2_promise(struct sgs_layer *l, enum sgs_dir dir, uint32_t promised,
                   const struct http2_list *list)
{
    struct sgs_http_head head = {.headers = list->fields, .n_headers = list->n};
    struct http2_stream *s = promised > 0 ? get(l, dir, promised) : NULL;

    if (s) {
        read_start(l, &head, REQUEST, list->n_unknown == 0);
        keep_request(s, &head);
        s->half[other(dir)].is_over = true;
    }
}

void http2_upgraded(struct sgs_layer *l, struct sgs_slice host, struct sgs_slice target,
                    struct sgs_slice request)
{
    struct http2_stream *s = get(l, SGS_C2S, 1);

    if (s) {
        sgs_http_keep(&s->host, host);
        sgs_http_keep(&s->target, target);
        (void)sgs_slice_uint(request, UINT64_MAX, &s->request);
        s->half[SGS_C2S].has_head = s->half[SGS_C2S].is_over = true;
    }
}

/* bodies */

void http2_data(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, struct sgs_slice octets)
{
    struct http2_stream *s = find(streams_of(l), stream);

    if (!s) {
        return;
    }
    s->half[dir].has_head = true;
    s->half[dir].octets += octets.len;
    sgs_event_within(l, dir, s->half[dir].ev);
    sgs_push(s->tunnel ? s->tunnel : s->half[dir].body, dir, octets);
}

void http2_lost(struct sgs_layer *l, enum sgs_dir dir, uint32_t stream, uint64_t n)
{
    struct http2_stream *s = find(streams_of(l), stream);

    if (!s) {
        return;
    }
    s->half[dir].has_head = s->half[dir].is_cut = true;
    s->half[dir].octets += n;
    sgs_event_within(l, dir, s->half[dir].ev);
    sgs_lose(s->tunnel ? s->tunnel : s->half[dir].body, dir, n);
}
