/*
 * HTTP/1.0 and HTTP/1.1 (RFC 9112): where messages begin and end, which answer belongs to which
 * request, and whose octets the bodies and tunnels are.  What a head says is in http1_head.c
 * and http.c.
 *
 *   head CRLF | Content-Length octets                       | next head
 *   head CRLF | size CRLF data CRLF | 0 CRLF trailer CRLF   | next head
 *   head CRLF | octets up to the end of the stream
 *   CONNECT head CRLF / 2xx head CRLF | another conversation in both directions
 *
 * A body is never held here: measure gives it out in the pieces in which it comes.  A hole inside a
 * body of known length only costs what was in it; after any other hole the next start line is
 * searched for.
 */
#include <inttypes.h>

#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>

#include "http1.h"

enum phase {
    HEAD,   /* a head comes next */
    SEEK,   /* nobody knows what comes: look for a start line */
    LENGTH, /* left octets of body */
    CLOSE,  /* body up to the end of the stream */
    UNSURE, /* body up to the next start line */
    CHUNK,  /* the head of a chunk, after the line end of the chunk before it */
    DATA,   /* left octets of a chunk */
    TRAILER,
    SWALLOW /* another protocol that nobody reads */
};

/* A request that waits for its answer. */
struct pending {
    struct pending *next;
    uint64_t id;    /* of its event */
    uint64_t frame; /* that it begins in */
    enum sgs_dir dir;
    bool is_head;    /* HEAD: its answer has no body */
    bool is_connect; /* CONNECT: a 2xx opens a tunnel */
    bool is_upgrade; /* it asked for another protocol */
    struct sgs_http_kept host;
    struct sgs_http_kept target;
};

/* One direction. */
struct side {
    enum phase phase;
    bool is_synced;       /* a start line was found where it had to be */
    bool waits;           /* for the answer to CONNECT or Upgrade */
    bool is_connecting;   /* to CONNECT: then only the answer tells what follows */
    bool is_maybe_tunnel; /* that answer was lost */
    size_t seen;          /* octets of the head at hand already searched for its end */

    struct sgs_draft *ev;   /* of the message at hand, until its end */
    struct sgs_layer *body; /* who reads its body; NULL: nobody */
    bool has_body;
    bool is_cut;
    bool is_awaited; /* it answers what the other direction waits for */
    uint64_t left;   /* octets of body or chunk to come */
    uint64_t octets; /* of body so far, holes of known size included */
};

struct http1 {
    struct side side[2];
    bool lost[2];           /* messages of this direction may be missing */
    struct pending *first;  /* the request to be answered next */
    struct pending **last;  /* where the next one is linked in; NULL: at first */
    struct pending *unused; /* answered ones, for reuse */
    size_t n_pending;
    uint64_t n_untied; /* requests beyond the cap, to be answered after all pending ones */
};

static enum sgs_dir other(enum sgs_dir dir)
{
    return dir == SGS_C2S ? SGS_S2C : SGS_C2S;
}

/* pending requests */

static void ask(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                uint64_t id)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];
    struct pending *p = st->unused;

    s->is_connecting = sgs_slice_eq(head->start.method, SGS_LIT("CONNECT"));
    s->waits = s->is_connecting || sgs_http_header(head, "Upgrade").len > 0;
    if (st->n_pending >= SGS_MAX_HTTP_PENDING || st->n_untied > 0) {
        st->n_untied++;
        sgs_limit(l, dir, "http.pending", SGS_MAX_HTTP_PENDING);
        return;
    }
    if (p) {
        st->unused = p->next;
    } else {
        p = sgs_arena_alloc(sgs_layer_arena(l), sizeof *p);
    }
    if (!p) {
        return;
    }
    p->next = NULL;
    p->id = id;
    p->frame = sgs_origin_of(l)->frame;
    p->dir = dir;
    p->is_head = sgs_slice_eq(head->start.method, SGS_LIT("HEAD"));
    p->is_connect = s->is_connecting;
    p->is_upgrade = s->waits && !s->is_connecting;
    sgs_http_keep(&p->host, sgs_http_host(head));
    sgs_http_keep(&p->target, head->start.shown);
    *(st->first ? st->last : &st->first) = p;
    st->last = &p->next;
    st->n_pending++;
}

static void answered(struct http1 *st)
{
    struct pending *p = st->first;

    if (p) {
        st->first = p->next;
        p->next = st->unused;
        st->unused = p;
        st->n_pending--;
    } else if (st->n_untied > 0) {
        st->n_untied--;
    }
}

/*
 * The request that a response in dir answers, or NULL.  Answers come in the order of requests (RFC
 * 9112, section 9.3.2); where messages were lost, the last request sent before the answer is meant.
 */
static const struct pending *asked(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http1 *st = sgs_state(l);
    uint64_t frame = sgs_origin_of(l)->frame;

    while (st->lost[dir] && st->first && st->first->next && st->first->next->frame < frame) {
        answered(st);
    }
    st->lost[dir] = false;
    if (!st->first || st->first->dir == dir || (st->lost[other(dir)] && st->first->frame > frame)) {
        return NULL;
    }
    return st->first;
}

/* messages */

static void finish(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    s->phase = HEAD;
    s->seen = 0;
    if (!s->ev) {
        return;
    }
    if (s->is_cut) {
        sgs_lose(s->body, dir, 0);
    }
    sgs_finish(s->body);
    if (s->has_body) {
        ev_int(s->ev, SGS_F_BODY_OCTETS, s->octets);
    }
    if (s->is_cut) {
        ev_bool(s->ev, SGS_F_CUT, true);
    }
    sgs_emit(s->ev);
    s->ev = NULL;
    s->body = NULL;
    st->side[other(dir)].waits &= !s->is_awaited;
}

/* The rest of the message at hand, if there is one, will not be seen, and where the next one begins
 * is not known. */
static void broken(struct sgs_layer *l, enum sgs_dir dir)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    s->is_cut = true;
    finish(l, dir);
    s->phase = SEEK;
    st->lost[dir] = true;
}

/* A 2xx to CONNECT; when the request was not seen, its usual reason phrase must do. */
static bool opens_tunnel(const struct sgs_http_head *head, const struct pending *p)
{
    bool is_asked = p ? p->is_connect
                      : sgs_slice_istarts(head->start.reason, SGS_LIT("Connection established"));

    return is_asked && head->start.status >= 200 && head->start.status < 300;
}

/* After the head: what comes next.  p: the request that is answered. */
static void frame_body(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                       const struct pending *p)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];
    uint64_t status = head->start.status;
    bool is_request = head->start.is_request;
    bool is_bare = !is_request && (status < 200 || status == 204 || status == 304 ||
                                   (p && p->is_head) || opens_tunnel(head, p));
    static const enum phase phases[] = {[HTTP1_NONE] = CLOSE,
                                        [HTTP1_LENGTH] = LENGTH,
                                        [HTTP1_CHUNKED] = CHUNK,
                                        [HTTP1_CLOSE] = CLOSE,
                                        [HTTP1_UNSURE] = UNSURE};
    enum http1_framing framing = http1_framing(l, dir, head, &s->left);

    s->has_body = !is_bare && !(is_request && framing == HTTP1_NONE);
    if (!s->has_body || (framing == HTTP1_LENGTH && s->left == 0)) {
        finish(l, dir);
        return;
    }
    s->phase = phases[framing];
    s->body =
        sgs_http_body(l, head, is_request || !p ? sgs_http_host(head) : sgs_http_kept(&p->host),
                      is_request || !p ? head->start.shown : sgs_http_kept(&p->target));
}

static struct sgs_draft *open_event(struct sgs_layer *l, enum sgs_dir dir, enum sgs_kind kind,
                                    const struct sgs_http_head *head)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    s->is_synced = true;
    s->is_maybe_tunnel = false;
    s->is_cut = s->has_body = s->is_awaited = false;
    s->left = s->octets = 0;
    s->ev = sgs_event_open(l, dir, kind);
    sgs_http_fields(l, dir, head, s->ev);
    return s->ev;
}

static void request(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                    bool is_whole)
{
    struct sgs_draft *ev = open_event(l, dir, SGS_K_HTTP_REQUEST, head);

    ask(l, dir, head, sgs_event_id(ev));
    if (!is_whole) {
        broken(l, dir);
        return;
    }
    frame_body(l, dir, head, NULL);
}

/* The two directions belong to another conversation from here on. */
static void tunnel(struct sgs_layer *l, const struct pending *p, struct sgs_slice first,
                   enum sgs_dir dir)
{
    struct http1 *st = sgs_state(l);
    struct sgs_slice target = p ? sgs_http_kept(&p->target) : (struct sgs_slice){NULL, 0};
    struct sgs_layer *child = sgs_http_tunnel(l, target);

    st->side[SGS_C2S].phase = st->side[SGS_S2C].phase = SWALLOW;
    sgs_push(child, dir, first);
    sgs_hand_over(l, child);
}

/* 101 Switching Protocols: the protocol is named, or read by who claims its name. */
static void switched(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                     const struct pending *p)
{
    struct http1 *st = sgs_state(l);
    struct sgs_slice list = sgs_http_header(head, "Upgrade");
    struct sgs_slice name = sgs_slice_trim(sgs_slice_cut(&list, ','));
    struct sgs_layer *child = sgs_start(l, SGS_BY_ALPN, name);

    st->side[SGS_C2S].phase = st->side[SGS_S2C].phase = SWALLOW;
    if (child) {
        if (p) {
            sgs_put(child, SGS_NOTE_HOST, sgs_http_kept(&p->host));
            sgs_put(child, SGS_NOTE_TARGET, sgs_http_kept(&p->target));
            sgs_put(child, SGS_NOTE_REQUEST, sgs_arena_printf(sgs_scratch(l), "%" PRIu64, p->id));
        }
        sgs_hand_over(l, child);
        return;
    }
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
    ev_text(ev, SGS_F_NAME,
            sgs_slice_ieq(name, SGS_LIT("websocket")) ? SGS_LIT("WebSocket") : name);
    ev_str(ev, SGS_F_BY, "upgrade");
    sgs_emit(ev);
}

/* What a response changes beside its own body. */
static void settle(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                   const struct pending *p)
{
    struct http1 *st = sgs_state(l);
    uint64_t status = head->start.status;

    if (status < 200 && status != 101) {
        return;
    }
    st->side[dir].is_awaited = !p || p->is_connect || p->is_upgrade;
    if (st->side[dir].is_awaited && !st->side[dir].ev) {
        st->side[other(dir)].waits = false;
    }
    if (status == 101) {
        switched(l, dir, head, p);
    } else if (opens_tunnel(head, p)) {
        tunnel(l, p, (struct sgs_slice){NULL, 0}, dir);
    }
    if (p || !st->first) {
        answered(st);
    }
}

static void response(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                     bool is_whole)
{
    struct sgs_draft *ev = open_event(l, dir, SGS_K_HTTP_RESPONSE, head);
    const struct pending *p = asked(l, dir);

    if (p) {
        ev_int(ev, SGS_F_REQUEST, p->id);
    }
    if (is_whole) {
        frame_body(l, dir, head, p);
    } else {
        broken(l, dir);
    }
    settle(l, dir, head, p);
}

/* True if the first line of s that is not blank is a start line. */
static bool begins_message(struct sgs_slice s)
{
    struct sgs_slice rest = sgs_slice_from(s, http1_blank(s));
    size_t end = sgs_slice_chr(rest, '\n');
    struct sgs_http_start start;

    return end < rest.len && http1_start_line(sgs_slice_head(rest, end), &start);
}

/* The blank line that ends a head is there; most often it ends raw. */
static bool has_head_end(struct sgs_slice raw)
{
    return sgs_slice_iends(raw, SGS_LIT("\n\r\n")) || http1_head_len(raw, 0) > 0;
}

static void head_message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice raw)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];
    bool is_whole = !sgs_is_cut(l) && has_head_end(raw);
    struct sgs_http_head head;

    s->seen = 0;
    if (http1_blank(raw) == raw.len) {
        return;
    }
    if (!http1_head_read(l, dir, raw, &head) || (s->phase == SEEK && !begins_message(raw))) {
        if (!sgs_is_cut(l) && s->phase == HEAD) {
            sgs_malformed(l, dir, "neither request line nor status line", 0);
        }
        s->is_maybe_tunnel = false;
        s->phase = SEEK;
        return;
    }
    if (!is_whole && !sgs_is_cut(l)) {
        sgs_limit(l, dir, "http.head", SGS_MAX_HTTP_HEAD);
    }
    if (head.start.is_request) {
        request(l, dir, &head, is_whole);
    } else {
        response(l, dir, &head, is_whole);
    }
}

/* measuring */

static struct sgs_extent piece_of(struct sgs_slice avail, uint64_t left)
{
    uint64_t n = avail.len < left ? avail.len : left;

    return SGS_LEN(n < SGS_MAX_HTTP_HEAD ? (size_t)n : SGS_MAX_HTTP_HEAD);
}

/* The same, or a line that may become one. */
static bool may_begin(struct sgs_slice s)
{
    struct sgs_slice rest = sgs_slice_from(s, http1_blank(s));

    return begins_message(s) || (sgs_slice_chr(rest, '\n') == rest.len && http1_start_prefix(rest));
}

/* Octets that are no head, where one should be. */
static struct sgs_extent junk(struct side *s, struct sgs_slice avail)
{
    bool is_strange = s->phase == HEAD && s->is_synced;
    size_t off = 0;

    s->seen = 0;
    if (!http1_seek(avail, &off) && off == 0) {
        return SGS_NEED(avail.len + 1);
    }
    return is_strange ? piece_of(avail, off) : SGS_SKIP(off);
}

static struct sgs_extent measure_head(struct side *s, struct sgs_slice avail)
{
    struct sgs_slice rest = sgs_slice_from(avail, http1_blank(avail));

    if (rest.len == 0) {
        return avail.len < SGS_MAX_HTTP_LINE ? SGS_NEED(avail.len + 1) : SGS_SKIP(avail.len);
    }
    if (!may_begin(avail) || (avail.len >= SGS_MAX_HTTP_HEAD && !begins_message(avail))) {
        return junk(s, avail);
    }
    size_t n = http1_head_len(avail, s->seen);
    s->seen = avail.len;
    if (n == 0 && avail.len < SGS_MAX_HTTP_HEAD) {
        return SGS_NEED(avail.len + 1);
    }
    return piece_of(avail, n > 0 ? n : SGS_MAX_HTTP_HEAD);
}

/* Reads the head of a chunk: blank line left over, size in hex, extensions.  False: it is none. */
static bool chunk_size(struct sgs_slice s, uint64_t *size)
{
    struct sgs_slice rest = sgs_slice_from(s, http1_blank(s));
    struct sgs_slice line = sgs_slice_trim(sgs_slice_cut(&rest, '\n'));
    struct sgs_slice digits = sgs_slice_trim(sgs_slice_cut(&line, ';'));
    uint64_t n = 0;

    for (size_t i = 0; i < digits.len; i++) {
        int digit = sgs_hex_digit(digits.ptr[i]);
        if (digit < 0 || n > INT64_MAX / 16) {
            return false;
        }
        n = n * 16 + (uint64_t)digit;
    }
    *size = n;
    return digits.len > 0;
}

static struct sgs_extent measure_chunk(struct side *s, struct sgs_slice avail)
{
    size_t blank = http1_blank(avail);
    size_t line = sgs_slice_chr(sgs_slice_from(avail, blank), '\n');
    size_t end = blank + line + 1;

    if (begins_message(avail)) {
        return measure_head(s, avail);
    }
    if (end > avail.len) {
        return avail.len < SGS_MAX_HTTP_LINE ? SGS_NEED(avail.len + 1) : SGS_LEN(avail.len);
    }
    return piece_of(avail, end);
}

static struct sgs_extent measure_trailer(struct side *s, struct sgs_slice avail)
{
    size_t n = 0;

    if (avail.ptr[0] == '\n') {
        return SGS_LEN(1);
    }
    if (avail.ptr[0] == '\r') {
        return avail.len < 2 ? SGS_NEED(2) : SGS_LEN(avail.ptr[1] == '\n' ? 2 : 1);
    }
    if (begins_message(avail)) {
        return measure_head(s, avail);
    }
    n = http1_head_len(avail, s->seen);
    s->seen = avail.len;
    if (n == 0 && avail.len < SGS_MAX_HTTP_HEAD) {
        return SGS_NEED(avail.len + 1);
    }
    return piece_of(avail, n > 0 ? n : SGS_MAX_HTTP_HEAD);
}

static struct sgs_extent measure_unsure(struct side *s, struct sgs_slice avail)
{
    size_t off = 0;

    if (begins_message(avail)) {
        return measure_head(s, avail);
    }
    s->seen = 0;
    if (!http1_seek(avail, &off) && off == 0) {
        return SGS_NEED(avail.len + 1);
    }
    return piece_of(avail, off);
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    switch (s->phase) {
    case HEAD:
    case SEEK:
        if (s->waits && (s->is_connecting || !may_begin(avail))) {
            return SGS_WAIT;
        }
        if (s->is_maybe_tunnel && !http1_start_prefix(avail)) {
            return piece_of(avail, avail.len);
        }
        return measure_head(s, avail);
    case LENGTH:
    case DATA:
        return piece_of(avail, s->left);
    case CLOSE:
    case SWALLOW:
        return piece_of(avail, avail.len);
    case UNSURE:
        return measure_unsure(s, avail);
    case CHUNK:
        return measure_chunk(s, avail);
    case TRAILER:
        return measure_trailer(s, avail);
    }
    return SGS_BAD;
}

/* messages and pieces of bodies */

static void piece(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    s->octets += octets.len;
    sgs_push(s->body, dir, octets);
    if (s->phase == LENGTH || s->phase == DATA) {
        s->left -= octets.len;
    }
    if (s->phase == LENGTH && s->left == 0) {
        finish(l, dir);
    } else if (s->phase == DATA && s->left == 0) {
        s->phase = CHUNK;
    }
}

/* A line between the pieces of a chunked body, or a head where such a line should be. */
static void between(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    s->seen = 0;
    if (s->phase == TRAILER && !begins_message(msg)) {
        finish(l, dir);
        return;
    }
    if (s->phase == CHUNK && !sgs_is_cut(l) && chunk_size(msg, &s->left)) {
        s->phase = s->left > 0 ? DATA : TRAILER;
        return;
    }
    if (!sgs_is_cut(l)) {
        sgs_malformed(l, dir, s->phase == CHUNK ? "chunk without a size" : "trailer without an end",
                      0);
    }
    if (s->phase == CHUNK) {
        broken(l, dir);
    } else {
        finish(l, dir);
    }
    if (begins_message(msg)) {
        head_message(l, dir, msg);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];

    switch (s->phase) {
    case HEAD:
    case SEEK:
        if (s->is_maybe_tunnel && !http1_start_prefix(msg)) {
            tunnel(l, st->first, msg, dir);
            return;
        }
        head_message(l, dir, msg);
        return;
    case UNSURE:
        if (begins_message(msg)) {
            finish(l, dir);
            head_message(l, dir, msg);
            return;
        }
        piece(l, dir, msg);
        return;
    case LENGTH:
    case CLOSE:
    case DATA:
        piece(l, dir, msg);
        return;
    case CHUNK:
    case TRAILER:
        between(l, dir, msg);
        return;
    case SWALLOW:
        return;
    }
}

/* holes and ends */

/* The answer to CONNECT or Upgrade will not come any more: what follows must tell by itself. */
static void stop_waiting(struct http1 *st, enum sgs_dir dir)
{
    struct side *s = &st->side[dir];

    s->is_maybe_tunnel |= s->waits && s->is_connecting;
    s->waits = false;
}

static void gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];
    bool is_counted = s->phase == LENGTH || s->phase == DATA;

    if (s->phase == SWALLOW) {
        return;
    }
    if (s->phase == CLOSE || (is_counted && missing > 0 && missing <= s->left)) {
        s->is_cut = true;
        s->octets += missing;
        s->left -= is_counted ? missing : 0;
        sgs_lose(s->body, dir, missing);
        if (s->phase == DATA && s->left == 0) {
            s->phase = CHUNK;
        } else if (s->phase == LENGTH && s->left == 0) {
            finish(l, dir);
        }
        return;
    }
    stop_waiting(st, other(dir));
    broken(l, dir);
}

static void end(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why)
{
    struct http1 *st = sgs_state(l);
    struct side *s = &st->side[dir];
    bool is_whole = why == SGS_END_FIN && (s->phase == CLOSE || s->phase == UNSURE);

    stop_waiting(st, other(dir));
    s->is_cut |= !is_whole;
    finish(l, dir);
}

static void close(struct sgs_layer *l)
{
    struct http1 *st = sgs_state(l);

    for (int i = 0; i < 2; i++) {
        enum sgs_dir dir = i ? SGS_S2C : SGS_C2S;
        st->side[dir].is_cut = true;
        st->side[dir].body = NULL; /* children are closed before their parent */
        finish(l, dir);
    }
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice rest = sgs_slice_from(head, http1_blank(head));
    struct sgs_http_start start;

    if (!http1_start_prefix(sgs_slice_head(rest, 1))) {
        return SGS_NO; /* most octets that are no HTTP go no further */
    }
    if (sgs_slice_chr(rest, '\n') < rest.len) {
        return begins_message(rest) ? SGS_SURE : SGS_NO;
    }
    if (!http1_start_prefix(rest)) {
        return SGS_NO;
    }
    return http1_start_begun(rest, &start) || rest.len > SGS_MAX_PROBE / 2 ? SGS_MAYBE : SGS_SHORT;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_PROBE,    NULL      },
    {SGS_BY_ALPN,     "http/1.1"},
    {SGS_BY_ALPN,     "http/1.0"},
    {SGS_BY_TCP_PORT, "80"      },
    {SGS_BY_TCP_PORT, "8080"    },
    {SGS_BY_TCP_PORT, "3128"    },
    {0,               NULL      },
};

SGS_DISSECTOR(http1) = {
    .name = "http1",
    .title = "HTTP/1",
    .claims = claims,
    .state_size = sizeof(struct http1),
    .max_message = SGS_MAX_HTTP_HEAD,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
    .gap = gap,
    .end = end,
    .close = close,
};
