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

#include <signscope/buf.h>
#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "http1.h"

#define METHOD_MAX 32  /* octets of a method: the longest registered has 17 */
#define SCHEME_MAX 32  /* octets of an authentication scheme's name */
#define SCHEMES_MAX 32 /* challenges of one head */

static bool is_method(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A token character of RFC 9110, section 5.6.2. */
static bool is_token(uint8_t c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

/* Octets at the front of s that is_kind accepts. */
static size_t run(struct sgs_slice s, bool (*is_kind)(uint8_t c))
{
    size_t n = 0;

    while (n < s.len && is_kind(s.ptr[n])) {
        n++;
    }
    return n;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

size_t http1_blank(struct sgs_slice s)
{
    return run(s, is_line_end);
}

/* "HTTP/1." and one digit at the front of s. */
static bool is_version(struct sgs_slice s)
{
    return s.len >= 8 && sgs_slice_starts(s, SGS_LIT("HTTP/1.")) && is_digit(s.ptr[7]);
}

/* HTTP/1.1 401 Unauthorized */
static bool status_line(struct sgs_slice line, struct http1_start *out)
{
    struct http1_start start = {.version = sgs_slice_head(line, 8)};
    struct sgs_slice rest = sgs_slice_from(line, 8);
    size_t blanks = run(rest, is_blank);

    rest = sgs_slice_from(rest, blanks);
    if (!is_version(line) || blanks == 0 || run(rest, is_digit) != 3 ||
        (rest.len > 3 && !is_blank(rest.ptr[3]) && rest.ptr[3] != '\r')) {
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
    return is_blank(line.ptr[at]) && is_version(sgs_slice_from(line, at + 1)) ? at : line.len;
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

bool http1_start_line(struct sgs_slice line, struct http1_start *out)
{
    struct sgs_slice rest = sgs_slice_trim(sgs_slice_from(line, run(line, is_method)));
    struct http1_start start = {.is_request = true};

    if (status_line(line, out)) {
        return true;
    }
    start.method = sgs_slice_head(line, run(line, is_method));
    size_t at = version_at_end(rest);
    start.target = sgs_slice_trim(sgs_slice_head(rest, at));
    start.version = sgs_slice_from(rest, at + 1);
    if (start.method.len == 0 || start.method.len > METHOD_MAX || at == rest.len ||
        start.target.len == 0 || !is_blank(line.ptr[start.method.len])) {
        return false;
    }
    if (!is_usual_method(start.method) && run(start.target, is_graphic) < start.target.len) {
        return false; /* a sentence */
    }
    *out = start;
    return true;
}

bool http1_start_prefix(struct sgs_slice head)
{
    size_t n = run(head, is_method);
    struct sgs_slice version = SGS_LIT("HTTP/1.");

    if (sgs_slice_starts(head, sgs_slice_head(version, head.len)) || is_version(head)) {
        return true;
    }
    return n > 0 && n <= METHOD_MAX && (n == head.len || head.ptr[n] == ' ');
}

bool http1_start_begun(struct sgs_slice head, struct http1_start *out)
{
    size_t n = run(head, is_method);
    struct sgs_slice target = sgs_slice_from(head, n + 1);
    struct http1_start start = {.is_request = true, .method = sgs_slice_head(head, n)};

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
    while (line.len > 0 && (is_blank(line.ptr[line.len - 1]) || line.ptr[line.len - 1] == '\r')) {
        line.len--;
    }
    size_t at = version_at_end(line);
    size_t begin = at;

    if (at == line.len) {
        return false;
    }
    while (begin > 0 && !is_blank(line.ptr[begin - 1])) {
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
    struct http1_start start;

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
    struct http1_start start;
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

/* Takes the next line off *rest, without its line end. */
static struct sgs_slice next_line(struct sgs_slice *rest)
{
    struct sgs_slice line = sgs_slice_cut(rest, '\n');

    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

/* Where the reading of header lines stands. */
struct lines {
    struct sgs_slice raw;
    struct sgs_slice rest; /* of raw, from the next line on */
    size_t value;          /* offset in raw of the last header's value */
};

static void header_line(struct sgs_layer *l, enum sgs_dir dir, struct http1_head *head,
                        struct lines *at, struct sgs_slice line, size_t off)
{
    size_t colon = sgs_slice_chr(line, ':');
    struct sgs_slice name = sgs_slice_trim(sgs_slice_head(line, colon));

    if (head->n_headers == SGS_MAX_HTTP_HEADERS) {
        at->rest.len = 0;
        sgs_limit(l, dir, "http.headers", SGS_MAX_HTTP_HEADERS);
        return;
    }
    if (is_blank(line.ptr[0])) {
        if (head->n_headers > 0) { /* folded: RFC 9112, section 5.2 */
            head->headers[head->n_headers - 1].value =
                rd_at(at->raw, at->value, off + line.len - at->value);
        }
        return;
    }
    if (colon == line.len || name.len == 0) {
        sgs_malformed(l, dir, "header line without a name", off);
        return;
    }
    at->value = off + colon + 1;
    head->headers[head->n_headers++] = (struct http1_header){name, sgs_slice_from(line, colon + 1)};
}

/* A value without blanks around it, each fold one blank. */
static struct sgs_slice unfolded(struct sgs_arena *a, struct sgs_slice value)
{
    value = sgs_slice_trim(value);
    if (sgs_slice_chr(value, '\n') == value.len) {
        return value;
    }
    uint8_t *copy = sgs_arena_alloc(a, value.len);
    bool in_fold = false;
    size_t n = 0;
    for (size_t i = 0; copy && i < value.len; i++) {
        uint8_t c = value.ptr[i];
        in_fold |= is_line_end(c);
        if (in_fold && (is_line_end(c) || is_blank(c))) {
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
                     struct http1_head *out)
{
    struct http1_head head = {0};

    raw = sgs_slice_from(raw, http1_blank(raw));
    struct lines at = {raw, raw, 0};
    if (sgs_slice_chr(raw, '\n') == raw.len) {
        *out = head;
        return sgs_is_cut(l) && http1_start_begun(raw, &out->start);
    }
    if (!http1_start_line(next_line(&at.rest), &head.start)) {
        return false;
    }
    head.headers = sgs_arena_array(sgs_scratch(l), SGS_MAX_HTTP_HEADERS, sizeof *head.headers);
    while (head.headers && sgs_slice_chr(at.rest, '\n') < at.rest.len) {
        size_t off = raw.len - at.rest.len;
        struct sgs_slice line = next_line(&at.rest);

        if (line.len == 0) {
            break;
        }
        header_line(l, dir, &head, &at, line, off);
    }
    for (size_t i = 0; i < head.n_headers; i++) {
        head.headers[i].value = unfolded(sgs_scratch(l), head.headers[i].value);
    }
    *out = head;
    return true;
}

/* The next header called name from index *i on; *i is then behind it. */
static bool next_header(const struct http1_head *head, const char *name, size_t *i,
                        struct sgs_slice *value)
{
    while (*i < head->n_headers) {
        const struct http1_header *h = &head->headers[(*i)++];
        if (sgs_slice_ieq(h->name, sgs_slice_str(name))) {
            *value = h->value;
            return true;
        }
    }
    return false;
}

struct sgs_slice http1_header(const struct http1_head *head, const char *name)
{
    struct sgs_slice value = {NULL, 0};
    size_t i = 0;

    (void)next_header(head, name, &i, &value);
    return value;
}

/* The numbers of all Content-Length headers and their lists; false when none can be read. */
static bool content_length(struct sgs_layer *l, enum sgs_dir dir, const struct http1_head *head,
                           uint64_t *length)
{
    struct sgs_slice value;
    size_t i = 0;
    bool known = false;
    uint64_t first = 0;

    while (next_header(head, "Content-Length", &i, &value)) {
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
                                 const struct http1_head *head, uint64_t *length)
{
    bool is_request = head->start.is_request;
    bool has_length = http1_header(head, "Content-Length").ptr != NULL;
    struct sgs_slice coding = {NULL, 0};
    struct sgs_slice value;
    size_t i = 0;

    while (next_header(head, "Transfer-Encoding", &i, &value)) {
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

struct sgs_slice http1_media(struct sgs_layer *l, const struct http1_head *head)
{
    struct sgs_slice value = http1_header(head, "Content-Type");
    struct sgs_slice media = sgs_slice_trim(sgs_slice_cut(&value, ';'));

    return sgs_arena_lower(sgs_scratch(l), media);
}

struct sgs_slice http1_codings(struct sgs_layer *l, const struct http1_head *head)
{
    static const char *const names[] = {"Content-Encoding", "Transfer-Encoding"};
    struct sgs_buf list;
    struct sgs_slice value;
    struct sgs_slice out;

    sgs_buf_init(&list, SGS_MAX_HTTP_LINE);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t i = 0;
        while (next_header(head, names[n], &i, &value)) {
            while (value.len > 0) {
                struct sgs_slice coding = sgs_slice_trim(sgs_slice_cut(&value, ','));
                if (coding.len > 0 && !sgs_slice_ieq(coding, SGS_LIT("chunked"))) {
                    (void)sgs_buf_add_str(&list, list.len > 0 ? "," : "");
                    (void)sgs_buf_add(&list, coding);
                }
            }
        }
    }
    out = sgs_arena_copy(sgs_scratch(l), sgs_buf_slice(&list));
    sgs_buf_clear(&list);
    return out;
}

static struct sgs_slice unquoted(struct sgs_slice s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"') {
        return rd_at(s, 1, s.len - 2);
    }
    return s;
}

struct sgs_slice http1_soap_action(const struct http1_head *head)
{
    struct sgs_slice action = unquoted(http1_header(head, "SOAPAction"));

    if (action.len == 0) {
        action = sgs_param_find(http1_header(head, "Content-Type"), ';', SGS_LIT("action"));
    }
    return action;
}

/* The authority of an absolute URL, or empty. */
static struct sgs_slice authority_of(struct sgs_slice url)
{
    size_t colon = sgs_slice_chr(url, ':');
    struct sgs_slice rest = sgs_slice_from(url, colon);

    if (!sgs_slice_starts(rest, SGS_LIT("://"))) {
        return (struct sgs_slice){NULL, 0};
    }
    rest = sgs_slice_from(rest, 3);
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '/' || rest.ptr[i] == '?' || rest.ptr[i] == '#') {
            rest.len = i;
        }
    }
    size_t user = sgs_slice_chr(rest, '@');
    return user < rest.len ? sgs_slice_from(rest, user + 1) : rest;
}

struct sgs_slice http1_host(const struct http1_head *head)
{
    struct sgs_slice host = authority_of(head->start.target);

    if (sgs_slice_eq(head->start.method, SGS_LIT("CONNECT"))) {
        host = head->start.target;
    }
    if (host.len == 0) {
        host = http1_header(head, "Host");
    }
    if (sgs_slice_iends(host, SGS_LIT(":443"))) {
        host.len -= 4;
    } else if (sgs_slice_iends(host, SGS_LIT(":80"))) {
        host.len -= 3;
    }
    return host;
}

/* One challenge or the credentials sent: its scheme, and what it carries beside parameters. */
struct challenge {
    struct sgs_slice scheme;
    struct sgs_slice token; /* token68 of RFC 9110, section 11.2; empty when it has none */
};

static bool is_token68(uint8_t c)
{
    return is_token(c) || c == '/' || c == '=';
}

/*
 * Reads one element of a list of challenges (RFC 9110, section 11.6.1): "NTLM", "Basic realm=x" and
 * "Negotiate TlRM" begin a challenge, "realm=x" goes on with one.
 */
static bool challenge_begins(struct sgs_slice element, struct challenge *out)
{
    size_t n = run(element, is_token);
    struct sgs_slice rest = sgs_slice_trim(sgs_slice_from(element, n));

    if (n == 0 || n > SCHEME_MAX || (rest.len > 0 && rest.ptr[0] == '=')) {
        return false;
    }
    if (n < element.len && !is_blank(element.ptr[n])) {
        return false;
    }
    out->scheme = sgs_slice_head(element, n);
    size_t name = run(rest, is_token);
    bool is_param = name + 1 < rest.len && rest.ptr[name] == '=' && rest.ptr[name + 1] != '=';
    out->token = is_param || run(rest, is_token68) < rest.len ? sgs_slice_head(rest, 0) : rest;
    return true;
}

/* Takes the next element off a comma separated list; commas inside quotes do not count. */
static struct sgs_slice next_element(struct sgs_slice *rest)
{
    struct sgs_slice all = *rest;
    bool quoted = false;
    size_t i = 0;

    for (; i < all.len && (quoted || all.ptr[i] != ','); i++) {
        if (all.ptr[i] == '\\' && quoted) {
            i++;
        } else if (all.ptr[i] == '"') {
            quoted = !quoted;
        }
    }
    *rest = sgs_slice_from(all, i + 1);
    return sgs_slice_trim(sgs_slice_head(all, i));
}

/* Gives a token to whoever reads this scheme: one child a scheme and conversation. */
static void carry(struct sgs_layer *l, enum sgs_dir dir, const struct challenge *c, const char *who)
{
    struct sgs_slice token;

    if (c->token.len > 0 && sgs_base64_decode(sgs_scratch(l), c->token, &token) && token.len > 0) {
        struct sgs_slice key = sgs_arena_printf(sgs_scratch(l), "%s %.*s", who, (int)c->scheme.len,
                                                (const char *)c->scheme.ptr);
        sgs_push(sgs_child(l, key, SGS_BY_SCHEME, c->scheme), dir, token);
    }
}

static bool is_known(const struct challenge *list, size_t n, struct sgs_slice scheme)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(list[i].scheme, scheme)) {
            return true;
        }
    }
    return false;
}

/* All challenges, of one or several header lines, each scheme once, in the server's order. */
static void challenges(struct sgs_layer *l, enum sgs_dir dir, const struct http1_head *head,
                       struct sgs_draft *ev)
{
    static const char *const names[] = {"WWW-Authenticate", "Proxy-Authenticate"};
    struct challenge list[SCHEMES_MAX];
    size_t n = 0;
    struct sgs_slice value;

    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        size_t i = 0;
        while (next_header(head, names[k], &i, &value)) {
            while (value.len > 0 && n < SCHEMES_MAX) {
                if (!challenge_begins(next_element(&value), &list[n])) {
                    continue;
                }
                carry(l, dir, &list[n], names[k]);
                if (!is_known(list, n, list[n].scheme)) {
                    ev_item(ev, SGS_F_AUTH_SCHEMES, list[n].scheme);
                    n++;
                }
            }
        }
    }
}

/*
 * Which leg of a handshake a token is, by its head: an NTLM message type ([MS-NLMP],
 * section 2.2.1), the first or a later SPNEGO message (RFC 4178, section 4.2).  NULL: neither.
 */
static const char *leg_of(struct sgs_layer *l, struct sgs_slice token68)
{
    struct sgs_slice token = {NULL, 0};
    if (!sgs_base64_decode(sgs_scratch(l), token68, &token)) {
        return NULL;
    }
    struct sgs_reader r = rd_open(token);
    if (sgs_slice_starts(token, SGS_LIT("NTLMSSP\0"))) {
        rd_skip(&r, 8);
        return rd_le32(&r) == 1 ? "first" : "answer";
    }
    switch (rd_u8(&r)) {
    case 0x60: /* InitialContextToken */
        return "first";
    case 0xa1: /* negTokenResp */
        return "answer";
    default:
        return NULL;
    }
}

/* True if s is one of the n names, case folded. */
static bool is_one_of(struct sgs_slice s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(s, sgs_slice_str(names[i]))) {
            return true;
        }
    }
    return false;
}

/*
 * Credentials sent: the name of their scheme and which leg they are (RFC 9110, section 11.4).  One
 * word alone may be a secret without a scheme, so it must be a name that is known.
 */
static void credentials(struct sgs_layer *l, enum sgs_dir dir, const struct http1_head *head,
                        struct sgs_draft *ev)
{
    static const char *const names[][2] = {
        {"Proxy-Authorization", "Proxy-Authenticate"},
        {"Authorization",       "WWW-Authenticate"  }
    };
    static const char *const known[] = {"Negotiate", "NTLM",   "Kerberos",
                                        "Basic",     "Digest", "Bearer"};

    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct challenge sent = {0};
        struct sgs_slice value = http1_header(head, names[k][0]);
        if (challenge_begins(value, &sent) &&
            (sent.scheme.len < value.len ||
             is_one_of(sent.scheme, known, sizeof known / sizeof *known))) {
            ev_text(ev, SGS_F_AUTH_SCHEME, sent.scheme);
            ev_str(ev, SGS_F_AUTH_LEG, leg_of(l, sent.token));
            carry(l, dir, &sent, names[k][1]);
        }
    }
}

/* A parameter's value without the typographic quotes that published texts have. */
static struct sgs_slice plain_value(struct sgs_slice s)
{
    static const char open[] = "\xe2\x80\x9c";
    static const char close[] = "\xe2\x80\x9d";

    if (sgs_slice_starts(s, SGS_LIT(open)) && sgs_slice_iends(s, SGS_LIT(close))) {
        return rd_at(s, 3, s.len - 6);
    }
    return s;
}

/* 28032;source="fe01";reason="The web ticket is invalid.": an error number and its parameters. */
static void diagnostics(struct sgs_layer *l, const struct http1_head *head, struct sgs_draft *ev)
{
    struct sgs_slice rest = http1_header(head, "X-MS-Diagnostics");
    uint8_t sep = sgs_slice_chr(rest, ';') < rest.len ? ';' : ',';
    struct sgs_param p;
    uint64_t code = 0;

    if (sgs_param_next(&rest, sep, &p)) {
        if (sgs_slice_uint(p.name, INT32_MAX, &code)) {
            ev_member_int(ev, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), (int64_t)code);
        } else {
            ev_member(ev, SGS_F_MS_DIAGNOSTICS, SGS_LIT("text"),
                      sgs_mask_text(sgs_scratch(l), p.name));
        }
    }
    while (sgs_param_next(&rest, sep, &p)) {
        if (p.has_value && p.name.len > 0) {
            ev_member(ev, SGS_F_MS_DIAGNOSTICS, p.name,
                      sgs_mask_text(sgs_scratch(l), plain_value(p.value)));
        }
    }
}

/* Which kind of web ticket is shown in X-MS-WebTicket; never its value. */
static void web_ticket(const struct http1_head *head, struct sgs_draft *ev)
{
    static const char *const kinds[] = {"opaque", "cwt"};
    struct sgs_slice value = http1_header(head, "X-MS-WebTicket");
    struct sgs_slice kind = sgs_slice_head(value, sgs_slice_chr(value, '='));

    if (value.len > 0) {
        ev_text(ev, SGS_F_WEB_TICKET,
                is_one_of(kind, kinds, sizeof kinds / sizeof *kinds) ? kind : SGS_LIT("other"));
    }
}

/* Headers that are facts as they stand. */
static const struct {
    const char *name;
    enum sgs_field_id field;
    bool is_url;
} plain[] = {
    {"User-Agent",          SGS_F_USER_AGENT,        false},
    {"client-request-id",   SGS_F_CLIENT_REQUEST_ID, false},
    {"Location",            SGS_F_LOCATION,          true },
    {"X-MS-WebTicketURL",   SGS_F_WEB_TICKET_URL,    true },
    {"Server",              SGS_F_SERVER,            false},
    {"X-MS-Server-Fqdn",    SGS_F_SERVER_FQDN,       false},
    {"Via",                 SGS_F_VIA,               false},
    {"Date",                SGS_F_DATE,              false},
    {"Retry-After",         SGS_F_RETRY_AFTER,       false},
    {"X-MS-Correlation-Id", SGS_F_CORRELATION_ID,    false},
};

void http1_fields(struct sgs_layer *l, enum sgs_dir dir, const struct http1_head *head,
                  struct sgs_draft *ev)
{
    struct sgs_arena *a = sgs_scratch(l);
    const struct http1_start *start = &head->start;

    ev_text(ev, SGS_F_VERSION, start->version);
    if (start->is_request) {
        ev_text(ev, SGS_F_METHOD, start->method);
        ev_text(ev, SGS_F_HOST, sgs_mask_url(a, http1_host(head)));
        ev_text(ev, SGS_F_TARGET, sgs_mask_url(a, start->target));
        ev_text(ev, SGS_F_SOAP_ACTION, sgs_mask_text(a, http1_soap_action(head)));
        credentials(l, dir, head, ev);
        web_ticket(head, ev);
    } else {
        ev_int(ev, SGS_F_STATUS, start->status);
        ev_text(ev, SGS_F_REASON, sgs_mask_text(a, start->reason));
        challenges(l, dir, head, ev);
        diagnostics(l, head, ev);
    }
    ev_text(ev, SGS_F_CONTENT_TYPE, http1_media(l, head));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct sgs_slice value = http1_header(head, plain[i].name);
        ev_text(ev, plain[i].field,
                plain[i].is_url ? sgs_mask_url(a, value) : sgs_mask_text(a, value));
    }
}
