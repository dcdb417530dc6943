/*
 * Where SIP messages begin and end in a stream: RFC 3261, sections 7 and 18.3.
 *
 *   [CRLF ...]                                    keep-alives, between messages
 *   METHOD SP uri SP SIP/2.0 CRLF                 or  SIP/2.0 SP status SP reason CRLF
 *   Name: value CRLF  [SP folded CRLF] ...        header lines
 *   CRLF
 *   body                                          as long as Content-Length tells, else empty
 *
 * Where a line stands that is no start line, and after a gap, the next start line is searched at
 * the beginnings of lines and behind the last octets of a body, which need not end with a line.
 * All answers depend on the octets alone, not on how they are cut.
 */
#include "sip.h"

#define MAX_START_LINE 8192 /* octets: conference addresses are long, but not so long */
#define MAX_METHOD 32       /* octets */
#define KEEP_ALIVE_LEN 4    /* octets: CR LF CR LF */

/* What stands at a place. */
enum found {
    NO_START,   /* no start line */
    PART,       /* perhaps the first octets of one */
    SCHEME,     /* part of one, certain by its method and the scheme of its address */
    START_LINE, /* a whole one */
};

/* token of RFC 3261, section 25.1 */
static bool is_token(uint8_t c)
{
    const struct sgs_slice marks = SGS_LIT("-.!%*_+`'~");
    bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

    return is_alnum || sgs_slice_chr(marks, c) < marks.len;
}

/* Octets at the head of s that are token characters. */
static size_t token_len(struct sgs_slice s)
{
    size_t n = 0;

    while (n < s.len && is_token(s.ptr[n])) {
        n++;
    }
    return n;
}

static bool status_of(struct sgs_slice s, uint16_t *out)
{
    uint64_t number = 0;

    if (!sgs_slice_uint(sgs_slice_head(s, 3), 999, &number) || number < 100) {
        return false;
    }
    *out = (uint16_t)number;
    return true;
}

/* line: without its end */
static bool status_line(struct sgs_slice line, struct sgs_sip_start *out)
{
    struct sgs_slice rest = sgs_slice_from(line, 8);

    if (!sgs_slice_istarts(line, SGS_LIT("SIP/2.0 ")) || rest.len < 3 ||
        (rest.len > 3 && rest.ptr[3] != ' ') || !status_of(rest, &out->status)) {
        return false;
    }
    out->is_response = true;
    out->reason = sgs_slice_trim(sgs_slice_from(rest, 3));
    return true;
}

static bool request_line(struct sgs_slice line, struct sgs_sip_start *out)
{
    size_t method = token_len(line);
    struct sgs_slice rest = sgs_slice_trim(sgs_slice_from(line, method));
    struct sgs_slice version = SGS_LIT(" SIP/2.0");

    if (method == 0 || method > MAX_METHOD || sgs_slice_chr(line, ' ') != method ||
        !sgs_slice_iends(rest, version)) {
        return false;
    }
    out->is_response = false;
    out->method = sgs_slice_head(line, method);
    out->uri = sgs_slice_trim(sgs_slice_head(rest, rest.len - version.len));
    return sgs_slice_chr(out->uri, ':') < out->uri.len &&
           sgs_slice_chr(out->uri, ' ') == out->uri.len;
}

bool sgs_sip_start_line(struct sgs_slice s, struct sgs_sip_start *out)
{
    size_t end = sgs_slice_chr(sgs_slice_head(s, MAX_START_LINE), '\n');

    if (end == s.len || end == MAX_START_LINE) {
        return false;
    }
    struct sgs_slice line = sgs_slice_trim(sgs_slice_head(s, end));
    struct sgs_sip_start start = {.len = end + 1};
    if (line.len == 0 || line.ptr != s.ptr ||
        (!status_line(line, &start) && !request_line(line, &start))) {
        return false;
    }
    *out = start;
    return true;
}

/* s begins like text, or text like s. */
static bool agrees(struct sgs_slice s, struct sgs_slice text)
{
    size_t n = s.len < text.len ? s.len : text.len;

    return sgs_slice_ieq(sgs_slice_head(s, n), sgs_slice_head(text, n));
}

/* s: the first octets of a line whose end is not there yet */
static enum found part_of_line(struct sgs_slice s)
{
    static const char *const schemes[] = {"sip:", "sips:", "tel:", "im:", "pres:"};
    uint16_t status = 0;

    if (agrees(s, SGS_LIT("SIP/2.0 "))) {
        return status_of(sgs_slice_from(s, 8), &status) ? SCHEME : PART;
    }
    size_t method = token_len(s);
    if (method == 0 || method > MAX_METHOD) {
        return NO_START;
    }
    if (method == s.len) {
        return PART;
    }
    struct sgs_slice uri = sgs_slice_from(s, method + 1);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (sgs_slice_istarts(uri, sgs_slice_str(schemes[i]))) {
            return s.ptr[method] == ' ' ? SCHEME : NO_START;
        }
    }
    size_t scheme = token_len(uri);
    bool may_be = scheme == uri.len || (scheme > 0 && uri.ptr[scheme] == ':');
    return s.ptr[method] == ' ' && may_be ? PART : NO_START;
}

static enum found look(struct sgs_slice s, struct sgs_sip_start *out)
{
    if (s.len > 0 && !is_token(s.ptr[0])) {
        return NO_START; /* most octets that are no SIP go no further */
    }
    if (sgs_sip_start_line(s, out)) {
        return START_LINE;
    }
    bool has_end = sgs_slice_chr(s, '\n') < s.len;
    return has_end || s.len >= MAX_START_LINE ? NO_START : part_of_line(s);
}

struct sgs_slice sgs_sip_skip_line_ends(struct sgs_slice s)
{
    size_t n = 0;

    while (n < s.len && (s.ptr[n] == '\r' || s.ptr[n] == '\n')) {
        n++;
    }
    return sgs_slice_from(s, n);
}

enum sgs_guess sgs_sip_probe(struct sgs_slice head, enum sgs_dir dir)
{
    static const enum sgs_guess guesses[] = {
        [NO_START] = SGS_NO, [PART] = SGS_SHORT, [SCHEME] = SGS_SURE, [START_LINE] = SGS_SURE};
    struct sgs_sip_start start;
    struct sgs_slice s = sgs_sip_skip_line_ends(head);

    return s.len == 0 ? SGS_SHORT : guesses[look(s, &start)];
}

/* A start line is believed in the middle of nowhere only when a header line follows it: bodies may
 * hold start lines too (message/sipfrag). */
static enum found look_harder(struct sgs_slice s)
{
    struct sgs_sip_start start = {0};
    enum found found = look(s, &start);

    if (found != START_LINE) {
        return found;
    }
    struct sgs_slice next = sgs_slice_from(s, start.len);
    size_t name = token_len(next);
    if (name == next.len) {
        return next.len < MAX_START_LINE ? PART : NO_START;
    }
    return name > 0 && (next.ptr[name] == ':' || next.ptr[name] == ' ') ? START_LINE : NO_START;
}

/* Octets of s that stand before the method at its end. */
static size_t before_method(struct sgs_slice s)
{
    static const char *const methods[] = {"ACK",       "BYE",     "CANCEL",   "INFO",     "INVITE",
                                          "MESSAGE",   "NOTIFY",  "BENOTIFY", "OPTIONS",  "PRACK",
                                          "NEGOTIATE", "PUBLISH", "REFER",    "REGISTER", "SERVICE",
                                          "SUBSCRIBE", "UPDATE"};
    size_t at = s.len, longest = 0;

    while (at > 0 && s.ptr[at - 1] >= 'A' && s.ptr[at - 1] <= 'Z') {
        at--;
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct sgs_slice method = sgs_slice_str(methods[i]);
        if (method.len > longest && sgs_slice_iends(sgs_slice_from(s, at), method)) {
            longest = method.len;
        }
    }
    return longest > 0 ? s.len - longest : at;
}

/* Where in a line a start line begins that goes up to its end, or line.len: the last octets of a
 * body may stand before it. */
static size_t start_inside(struct sgs_slice line)
{
    const struct sgs_slice version = SGS_LIT(" SIP/2.0");
    struct sgs_slice rest = line;
    struct sgs_sip_start start;

    while (rest.len > 0 && (rest.ptr[rest.len - 1] == ' ' || rest.ptr[rest.len - 1] == '\r')) {
        rest.len--;
    }
    if (sgs_slice_iends(rest, version)) {
        size_t uri = rest.len - version.len;
        while (uri > 0 && rest.ptr[uri - 1] != ' ') {
            uri--;
        }
        size_t at = uri > 0 ? before_method(sgs_slice_head(rest, uri - 1)) : 0;
        bool is_one = uri > 0 && request_line(sgs_slice_from(rest, at), &start);
        return is_one ? at : line.len;
    }
    for (size_t at = 0; at < line.len; at++) {
        at += sgs_slice_chr(sgs_slice_from(line, at), 'S');
        if (status_line(sgs_slice_trim(sgs_slice_from(line, at)), &start)) {
            return at;
        }
    }
    return line.len;
}

/* What the line at the head of s has, and where in it. */
static enum found look_into(struct sgs_slice s, bool is_mid_line, size_t *at)
{
    size_t end = sgs_slice_chr(s, '\n');
    size_t inside = end < s.len ? start_inside(sgs_slice_head(s, end)) : end;

    if (inside < end) {
        enum found found = look_harder(sgs_slice_from(s, inside));
        if (found != NO_START) {
            *at = inside;
            return found;
        }
    }
    *at = 0;
    return is_mid_line ? NO_START : look_harder(s);
}

bool sgs_sip_http_status(struct sgs_slice s, uint16_t *out)
{
    return sgs_slice_starts(s, SGS_LIT("HTTP/1.")) && sgs_slice_chr(s, ' ') == 8 &&
           status_of(sgs_slice_from(s, 9), out);
}

/* Perhaps it is one, when more is seen. */
static bool may_be_http(struct sgs_slice s)
{
    return s.len < SGS_SIP_HTTP_LEN && agrees(s, SGS_LIT("HTTP/1."));
}

/* No message begins at the head, where one must. */
static void tell_loss(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    const struct sgs_sip *st = sgs_state(l);
    uint16_t status = 0;

    if (!st->frame[dir].was_in_step && !sgs_conn_info(l)->has_start) {
        return;
    }
    if (sgs_sip_http_status(avail, &status)) {
        sgs_sip_tell_http(l, dir, avail);
    } else {
        sgs_malformed(l, dir, "no start line where a message must begin", 0);
    }
}

/* Four octets of line ends are one keep-alive ([MS-CONMGMT], section 3.5.6). */
static void tell_keep_alives(struct sgs_layer *l, enum sgs_dir dir, size_t line_ends)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_sip_frame *f = &st->frame[dir];

    for (size_t i = 0; i < line_ends && st->n_pings[dir] <= SGS_MAX_SIP_PINGS; i++) {
        f->n_ends = (f->n_ends + 1) % KEEP_ALIVE_LEN;
        if (f->n_ends == 0 && st->n_pings[dir]++ == SGS_MAX_SIP_PINGS) {
            sgs_limit(l, dir, "sip.pings", SGS_MAX_SIP_PINGS);
        } else if (f->n_ends == 0) {
            sgs_emit(sgs_event_open(l, dir, SGS_K_SIP_KEEP_ALIVE));
        }
    }
}

/* Looks for the next start line: how many octets stand before it.  0: it is at the head, whole
 * (then nothing is lost any more) or in part, or the end of the line at the head must tell. */
static size_t search(struct sgs_sip_frame *f, struct sgs_slice avail)
{
    size_t off = 0;

    while (off < avail.len) {
        struct sgs_slice rest = sgs_slice_from(avail, off);
        size_t end = sgs_slice_chr(rest, '\n'), at = 0;
        enum found found = look_into(rest, f->is_mid_line, &at);
        if (found != NO_START) {
            f->is_mid_line = false;
            f->is_lost = found != START_LINE;
            return off + at;
        }
        if (end == rest.len) {
            size_t beyond = rest.len > MAX_START_LINE ? rest.len - MAX_START_LINE : 0;
            f->is_mid_line |= beyond > 0;
            return off + beyond;
        }
        f->is_mid_line = false;
        off += end + 1;
    }
    return avail.len;
}

/* Octets up to the body, or 0 when the blank line is not there yet. */
static size_t head_len(struct sgs_slice avail, size_t from)
{
    size_t off = from;

    while (off < avail.len) {
        off += sgs_slice_chr(sgs_slice_from(avail, off), '\n') + 1;
        struct sgs_slice next = sgs_slice_from(avail, off);
        if (sgs_slice_starts(next, SGS_LIT("\n"))) {
            return off + 1;
        }
        if (sgs_slice_starts(next, SGS_LIT("\r\n"))) {
            return off + 2;
        }
    }
    return 0;
}

/* The start line at the head is good: how long is the message? */
static struct sgs_extent whole(struct sgs_sip_frame *f, struct sgs_slice avail)
{
    uint64_t body = 0;
    size_t head = head_len(sgs_slice_head(avail, SGS_MAX_SIP_HEAD), f->scanned);

    if (head == 0 && avail.len >= SGS_MAX_SIP_HEAD) {
        f->is_clipped = true;
        return SGS_LEN(SGS_MAX_SIP_HEAD);
    }
    if (head == 0) {
        f->scanned = avail.len > 3 ? avail.len - 3 : 0;
        return SGS_NEED(avail.len + 1);
    }
    f->scanned = 0;
    if (!sgs_sip_content_length(sgs_slice_head(avail, head), &body)) {
        return SGS_LEN(head);
    }
    f->has_no_body = body > SGS_MAX_SIP_MESSAGE - head;
    return SGS_LEN(f->has_no_body ? head : head + (size_t)body);
}

struct sgs_extent sgs_sip_measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_sip_frame *f = &st->frame[dir];
    struct sgs_sip_start start;

    if (!f->is_lost && !f->has_line) {
        size_t line_ends = avail.len - sgs_sip_skip_line_ends(avail).len;
        if (line_ends > 0) {
            tell_keep_alives(l, dir, line_ends);
            return SGS_SKIP(line_ends);
        }
        enum found found = look(avail, &start);
        if (found == PART || found == SCHEME || may_be_http(avail)) {
            return SGS_NEED(avail.len + 1);
        }
        f->is_lost = found == NO_START;
        if (f->is_lost) {
            tell_loss(l, dir, avail);
        }
    }
    if (f->is_lost) {
        size_t n = search(f, avail);
        if (n > 0) {
            return SGS_SKIP(n);
        }
        if (f->is_lost) {
            return SGS_NEED(avail.len + 1);
        }
    }
    f->has_line = true;
    return whole(f, avail);
}

void sgs_sip_gap(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing)
{
    struct sgs_sip *st = sgs_state(l);

    st->frame[dir] = (struct sgs_sip_frame){.is_lost = true};
}
