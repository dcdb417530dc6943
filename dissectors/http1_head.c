/*
 * The head of an HTTP/1 message (RFC 9112, sections 2 to 6): start line, header lines, what they
 * say of the body, and the facts of http.request and http.response.  Bare LF, folded lines, blank
 * lines in front and blanks before a colon are read as everybody reads them; what a server must
 * refuse is a malformed fact here and never the end of the conversation.
 *
 *   GET /root?sipuri=ada@contoso.com HTTP/1.1 CRLF
 *   Host: lyncdiscover.contoso.com CRLF
 *   CRLF
 */
#include <string.h>

#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "http1.h"

#define METHOD_MAX 32  /* octets of a method: the longest registered has 17 */
#define FEW_HEADERS 16 /* for which there is room from the start; a power of two */

static bool is_method(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

size_t http1_blank(struct sgs_slice s)
{
    return sgs_http_run(s, is_line_end);
}

/* "HTTP/1." and one digit at the front of s. */
static bool is_version(struct sgs_slice s)
{
    return s.len >= 8 && sgs_slice_starts(s, SGS_LIT("HTTP/1.")) && sgs_http_is_digit(s.ptr[7]);
}

/* HTTP/1.1 401 Unauthorized */
static bool status_line(struct sgs_slice line, struct sgs_http_start *out)
{
    if (!is_version(line)) {
        return false;
    }
    struct sgs_http_start start = {.version = sgs_slice_head(line, 8)};
    struct sgs_slice rest = sgs_slice_from(line, 8);
    size_t blanks = sgs_http_run(rest, sgs_http_is_blank);

    rest = sgs_slice_from(rest, blanks);
    if (blanks == 0 || sgs_http_run(rest, sgs_http_is_digit) != 3 ||
        (rest.len > 3 && !sgs_http_is_blank(rest.ptr[3]) && rest.ptr[3] != '\r')) {
        return false;
    }
    if (!sgs_slice_uint(sgs_slice_head(rest, 3), 999, &start.status) || start.status < 100) {
        return false;
    }
    start.reason = sgs_slice_trim(sgs_slice_from(rest, 3));
    *out = start;
    return true;
}

/* Where " HTTP/1.x" begins at the end of a line without trailing blanks; line.len when it does not.
 */
static size_t version_at_end(struct sgs_slice line)
{
    if (line.len < 9) {
        return line.len;
    }
    size_t at = line.len - 9;
    return sgs_http_is_blank(line.ptr[at]) && is_version(sgs_slice_from(line, at + 1)) ? at
                                                                                       : line.len;
}

/* RFC 9110, section 9.3, and RFC 5789, without CONNECT, whose target is no path. */
static bool is_usual_method(struct sgs_slice method)
{
    static const char *const methods[] = {"GET",    "HEAD",    "POST",  "PUT",
                                          "DELETE", "OPTIONS", "PATCH", "TRACE"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (sgs_slice_eq(method, sgs_slice_str(methods[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_graphic(uint8_t c)
{
    return c > ' ' && c != 0x7f;
}

bool http1_start_line(struct sgs_slice line, struct sgs_http_start *out)
{
    struct sgs_http_start start = {.is_request = true};

    if (status_line(line, out)) {
        return true;
    }
    start.method = sgs_slice_head(line, sgs_http_run(line, is_method));
    struct sgs_slice rest = sgs_slice_trim(sgs_slice_from(line, start.method.len));
    size_t at = version_at_end(rest);
    start.target = sgs_slice_trim(sgs_slice_head(rest, at));
    start.version = sgs_slice_from(rest, at + 1);
    if (start.method.len == 0 || start.method.len > METHOD_MAX || at == rest.len ||
        start.target.len == 0 || !sgs_http_is_blank(line.ptr[start.method.len])) {
        return false;
    }
    if (!is_usual_method(start.method) &&
        sgs_http_run(start.target, is_graphic) < start.target.len) {
        return false; /* a sentence */
    }
    *out = start;
    return true;
}

bool http1_start_prefix(struct sgs_slice head)
{
    size_t n = sgs_http_run(head, is_method);
    struct sgs_slice version = SGS_LIT("HTTP/1.");

    if (sgs_slice_starts(head, sgs_slice_head(version, head.len)) || is_version(head)) {
        return true;
    }
    return n > 0 && n <= METHOD_MAX && (n == head.len || head.ptr[n] == ' ');
}

bool http1_start_begun(struct sgs_slice head, struct sgs_http_start *out)
{
    size_t n = sgs_http_run(head, is_method);
    struct sgs_slice target = sgs_slice_from(head, n + 1);
    struct sgs_http_start start = {.is_request = true, .method = sgs_slice_head(head, n)};

    if (!is_usual_method(start.method) || n == head.len || head.ptr[n] != ' ' ||
        !(sgs_slice_starts(target, SGS_LIT("/")) || sgs_slice_starts(target, SGS_LIT("http://")) ||
          sgs_slice_starts(target, SGS_LIT("https://")))) {
        return false;
    }
    start.target = sgs_slice_trim(sgs_slice_cut(&target, ' '));
    *out = start;
    return true;
}

size_t http1_head_len(struct sgs_slice s, size_t from)
{
    size_t at = http1_blank(s);

    if (from > at + 2 && from <= s.len) {
        at = from - 2; /* the line end before the blank line may have been seen already */
    }
    for (;;) {
        at += sgs_slice_chr(sgs_slice_from(s, at), '\n') + 1;
        if (at >= s.len) {
            return 0;
        }
        if (s.ptr[at] == '\n') {
            return at + 1;
        }
        if (s.ptr[at] == '\r' && at + 1 < s.len && s.ptr[at + 1] == '\n') {
            return at + 2;
        }
    }
}

/* The request line that ends line but does not begin it: the octets of a body stand before it. */
static bool request_inside(struct sgs_slice line, size_t *off)
{
    while (line.len > 0 &&
           (sgs_http_is_blank(line.ptr[line.len - 1]) || line.ptr[line.len - 1] == '\r')) {
        line.len--;
    }
    size_t at = version_at_end(line);
    size_t begin = at;

    if (at == line.len) {
        return false;
    }
    while (begin > 0 && !sgs_http_is_blank(line.ptr[begin - 1])) {
        begin--;
    }
    size_t end = begin > 0 ? begin - 1 : 0;
    size_t method = end;
    while (method > 0 && is_method(line.ptr[method - 1])) {
        method--;
    }
    *off = method;
    return begin < at && end - method >= 3 && end - method <= METHOD_MAX;
}

/* A status line that begins inside line. */
static bool status_inside(struct sgs_slice line, size_t *off)
{
    struct sgs_http_start start;

    for (size_t at = 0; at < line.len; at++) {
        at += sgs_slice_chr(sgs_slice_from(line, at), 'H');
        if (status_line(sgs_slice_from(line, at), &start)) {
            *off = at;
            return true;
        }
    }
    return false;
}

bool http1_seek(struct sgs_slice s, size_t *off)
{
    struct sgs_http_start start;
    size_t at = 0;

    for (;;) {
        struct sgs_slice rest = sgs_slice_from(s, at);
        size_t end = sgs_slice_chr(rest, '\n');
        struct sgs_slice line = sgs_slice_head(rest, end);
        size_t inside = 0;

        if (end == rest.len) {
            break;
        }
        if (http1_start_line(line, &start) || status_inside(line, &inside) ||
            request_inside(line, &inside)) {
            *off = at + inside;
            return true;
        }
        at += end + 1;
    }
    *off = s.len - at > SGS_MAX_HTTP_LINE ? s.len : at;
    return false;
}

/* Takes the next line off *rest, without its line end; false when no line ends there. */
static bool next_line(struct sgs_slice *rest, struct sgs_slice *line)
{
    size_t end = sgs_slice_chr(*rest, '\n');

    if (end == rest->len) {
        return false;
    }
    *line = sgs_slice(rest->ptr, end > 0 && rest->ptr[end - 1] == '\r' ? end - 1 : end);
    *rest = sgs_slice_from(*rest, end + 1);
    return true;
}

/* Where the reading of header lines stands. */
struct lines {
    struct sgs_slice raw;
    struct sgs_slice rest; /* of raw, from the next line on */
    size_t value;          /* offset in raw of the last header's value */
    bool has_folds;
};

/* Room for one more header: the array doubles when their number is FEW or a larger power of two. */
static bool has_room(struct sgs_arena *a, struct sgs_http_head *head)
{
    size_t n = head->n_headers;

    if (n > 0 && (n < FEW_HEADERS || (n & (n - 1)))) {
        return true;
    }
    struct sgs_http_header *more = sgs_arena_array(a, n ? 2 * n : FEW_HEADERS, sizeof *more);
    if (more && n > 0) {
        memcpy(more, head->headers, n * sizeof *more);
    }
    head->headers = more ? more : head->headers;
    return more != NULL;
}

static void header_line(struct sgs_layer *l, enum sgs_dir dir, struct sgs_http_head *head,
                        struct lines *at, struct sgs_slice line, size_t off)
{
    size_t colon = sgs_slice_chr(line, ':');
    struct sgs_slice name = sgs_slice_trim(sgs_slice_head(line, colon));

    if (head->n_headers == SGS_MAX_HTTP_HEADERS) {
        at->rest.len = 0;
        sgs_limit(l, dir, "http.headers", SGS_MAX_HTTP_HEADERS);
        return;
    }
    if (sgs_http_is_blank(line.ptr[0])) {
        if (head->n_headers > 0) { /* folded: RFC 9112, section 5.2 */
            at->has_folds = true;
            head->headers[head->n_headers - 1].value =
                rd_at(at->raw, at->value, off + line.len - at->value);
        }
        return;
    }
    if (colon == line.len || name.len == 0) {
        sgs_malformed(l, dir, "header line without a name", off);
        return;
    }
    if (!has_room(sgs_scratch(l), head)) {
        at->rest.len = 0;
        return;
    }
    at->value = off + colon + 1;
    head->headers[head->n_headers++] =
        (struct sgs_http_header){name, sgs_slice_from(line, colon + 1)};
}

/* A value, without blanks around it, with each fold one blank. */
static struct sgs_slice unfolded(struct sgs_arena *a, struct sgs_slice value)
{
    if (sgs_slice_chr(value, '\n') == value.len) {
        return value;
    }
    uint8_t *copy = sgs_arena_alloc(a, value.len);
    bool in_fold = false;
    size_t n = 0;
    for (size_t i = 0; copy && i < value.len; i++) {
        uint8_t c = value.ptr[i];
        in_fold |= is_line_end(c);
        if (in_fold && (is_line_end(c) || sgs_http_is_blank(c))) {
            continue;
        }
        if (in_fold) {
            copy[n++] = ' ';
        }
        in_fold = false;
        copy[n++] = c;
    }
    return sgs_slice(copy, n);
}

bool http1_head_read(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice raw,
                     struct sgs_http_head *out)
{
    struct sgs_http_head head = {0};

    raw = sgs_slice_from(raw, http1_blank(raw));
    struct lines at = {.raw = raw, .rest = raw};
    struct sgs_slice line;
    if (!next_line(&at.rest, &line)) {
        *out = head;
        bool has_begun = sgs_is_cut(l) && http1_start_begun(raw, &out->start);
        out->start.shown = sgs_mask_url(sgs_scratch(l), out->start.target);
        return has_begun;
    }
    if (!http1_start_line(line, &head.start)) {
        return false;
    }
    head.start.shown = sgs_mask_url(sgs_scratch(l), head.start.target);
    for (size_t off = raw.len - at.rest.len; next_line(&at.rest, &line) && line.len > 0;
         off = raw.len - at.rest.len) {
        header_line(l, dir, &head, &at, line, off);
    }
    for (size_t i = 0; i < head.n_headers; i++) {
        struct sgs_slice value = sgs_slice_trim(head.headers[i].value);
        head.headers[i].value = at.has_folds ? unfolded(sgs_scratch(l), value) : value;
    }
    sgs_http_mark_all(&head);
    *out = head;
    return true;
}

/* The numbers of all Content-Length headers and their lists; false when none can be read. */
static bool content_length(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                           uint64_t *length)
{
    struct sgs_slice value;
    size_t i = 0;
    bool known = false;
    uint64_t first = 0;

    while (sgs_http_next_header(head, "Content-Length", &i, &value)) {
        while (value.len > 0) {
            uint64_t n = 0;
            if (!sgs_slice_uint(sgs_slice_trim(sgs_slice_cut(&value, ',')), INT64_MAX, &n)) {
                sgs_malformed(l, dir, "Content-Length is no number", 0);
                continue;
            }
            if (known && n != first) {
                sgs_malformed(l, dir, "several different Content-Length", 0);
            }
            first = known ? first : n;
            known = true;
        }
    }
    *length = first;
    return known;
}

enum http1_framing http1_framing(struct sgs_layer *l, enum sgs_dir dir,
                                 const struct sgs_http_head *head, uint64_t *length)
{
    bool is_request = head->start.is_request;
    bool has_length = sgs_http_header(head, "Content-Length").ptr != NULL;
    struct sgs_slice coding = {NULL, 0};
    struct sgs_slice value;
    size_t i = 0;

    while (sgs_http_next_header(head, "Transfer-Encoding", &i, &value)) {
        while (value.len > 0) {
            coding = sgs_slice_trim(sgs_slice_cut(&value, ','));
        }
    }
    if (coding.len > 0 && !sgs_slice_ieq(coding, SGS_LIT("identity"))) {
        if (has_length) {
            sgs_malformed(l, dir, "Content-Length beside Transfer-Encoding", 0);
        }
        if (sgs_slice_ieq(coding, SGS_LIT("chunked"))) {
            return HTTP1_CHUNKED;
        }
        return is_request ? HTTP1_UNSURE : HTTP1_CLOSE;
    }
    if (content_length(l, dir, head, length)) {
        return HTTP1_LENGTH;
    }
    return has_length ? HTTP1_UNSURE : HTTP1_NONE;
}
