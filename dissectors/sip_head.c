/*
 * SIP header lines: RFC 3261, section 7.3, with folded lines, compact names and the spellings that
 * are seen in the field.
 *
 *   Name [SP] ":" [SP] value CRLF
 *                 SP   more of the value CRLF
 */
#include <signscope/reader.h>

#include "sip.h"

#define FEW_HEADERS 16 /* for which there is room from the start; a power of two */

#define NAME(text, name)                                                                           \
    {                                                                                              \
        text, sizeof(text) - 1, name                                                               \
    }

static const struct {
    const char *text;
    size_t len; /* octets of text */
    enum sgs_sip_name name;
} names[] = {
    NAME("Allow-Events", SGS_SIP_ALLOW_EVENTS),
    NAME("u", SGS_SIP_ALLOW_EVENTS),
    NAME("Authentication-Info", SGS_SIP_AUTHENTICATION_INFO),
    NAME("Proxy-Authentication-Info", SGS_SIP_AUTHENTICATION_INFO),
    NAME("Authorization", SGS_SIP_AUTHORIZATION),
    NAME("Call-ID", SGS_SIP_CALL_ID),
    NAME("i", SGS_SIP_CALL_ID),
    NAME("Compression", SGS_SIP_COMPRESSION),
    NAME("Contact", SGS_SIP_CONTACT),
    NAME("m", SGS_SIP_CONTACT),
    NAME("Content-Length", SGS_SIP_CONTENT_LENGTH),
    NAME("l", SGS_SIP_CONTENT_LENGTH),
    NAME("Content-Type", SGS_SIP_CONTENT_TYPE),
    NAME("c", SGS_SIP_CONTENT_TYPE),
    NAME("CSeq", SGS_SIP_CSEQ),
    NAME("Date", SGS_SIP_DATE),
    NAME("Event", SGS_SIP_EVENT),
    NAME("o", SGS_SIP_EVENT),
    NAME("Expires", SGS_SIP_EXPIRES),
    NAME("From", SGS_SIP_FROM),
    NAME("f", SGS_SIP_FROM),
    NAME("ms-client-diagnostics", SGS_SIP_MS_CLIENT_DIAGNOSTICS),
    NAME("ms-diagnostics-client", SGS_SIP_MS_CLIENT_DIAGNOSTICS),
    NAME("ms-correlation-id", SGS_SIP_MS_CORRELATION_ID),
    NAME("ms-diagnostics", SGS_SIP_MS_DIAGNOSTICS),
    NAME("ms-diagnostics-public", SGS_SIP_MS_DIAGNOSTICS_PUBLIC),
    NAME("ms-endpoint-location-data", SGS_SIP_MS_ENDPOINT_LOCATION_DATA),
    NAME("ms-keep-alive", SGS_SIP_MS_KEEP_ALIVE),
    NAME("ms-piggyback-cseq", SGS_SIP_MS_PIGGYBACK_CSEQ),
    NAME("ms-telemetry-id", SGS_SIP_MS_TELEMETRY_ID),
    NAME("ms-user-logon-data", SGS_SIP_MS_USER_LOGON_DATA),
    NAME("P-Asserted-Identity", SGS_SIP_P_ASSERTED_IDENTITY),
    NAME("P-Preferred-Identity", SGS_SIP_P_PREFERRED_IDENTITY),
    NAME("P-Preferred-Registrar", SGS_SIP_P_PREFERRED_REGISTRAR),
    NAME("presence-state", SGS_SIP_PRESENCE_STATE),
    NAME("Proxy-Authenticate", SGS_SIP_PROXY_AUTHENTICATE),
    NAME("Proxy-Authorization", SGS_SIP_PROXY_AUTHORIZATION),
    NAME("Reason", SGS_SIP_REASON),
    NAME("Record-Route", SGS_SIP_RECORD_ROUTE),
    NAME("Require", SGS_SIP_REQUIRE),
    NAME("Retry-After", SGS_SIP_RETRY_AFTER),
    NAME("Route", SGS_SIP_ROUTE),
    NAME("Server", SGS_SIP_SERVER),
    NAME("Subscription-State", SGS_SIP_SUBSCRIPTION_STATE),
    NAME("Supported", SGS_SIP_SUPPORTED),
    NAME("k", SGS_SIP_SUPPORTED),
    NAME("To", SGS_SIP_TO),
    NAME("t", SGS_SIP_TO),
    NAME("User-Agent", SGS_SIP_USER_AGENT),
    NAME("UserAgent", SGS_SIP_USER_AGENT),
    NAME("Via", SGS_SIP_VIA),
    NAME("v", SGS_SIP_VIA),
    NAME("Warning", SGS_SIP_WARNING),
    NAME("WWW-Authenticate", SGS_SIP_WWW_AUTHENTICATE),
};

#define N_NAMES (sizeof names / sizeof *names)
_Static_assert(N_NAMES <= 64, "rows are bits of a word");

/* Which rows of names begin with each letter, whatever its case. */
static const uint64_t *rows_by_letter(void)
{
    static uint64_t rows[32];
    static bool is_built;

    for (size_t i = 0; !is_built && i < N_NAMES; i++) {
        rows[names[i].text[0] & 31] |= UINT64_C(1) << i;
    }
    is_built = true;
    return rows;
}

static enum sgs_sip_name name_of(struct sgs_slice text)
{
    uint64_t rows = text.len > 0 ? rows_by_letter()[text.ptr[0] & 31] : 0;

    for (; rows != 0; rows &= rows - 1) {
        size_t i = (size_t)__builtin_ctzll(rows);
        if (sgs_slice_ieq(text, sgs_slice(names[i].text, names[i].len))) {
            return names[i].name;
        }
    }
    return SGS_SIP_OTHER;
}

/* One header line with those folded to it. */
struct line {
    struct sgs_slice octets; /* with line ends inside, without the last one */
    size_t off;              /* in what r reads */
    bool is_folded;
    bool has_end; /* false: the octets ended first */
};

/* The octets up to the next LF, which is taken too. */
static struct sgs_slice physical(struct sgs_reader *r, bool *has_end)
{
    struct sgs_slice rest = rd_rest(r);
    size_t n = sgs_slice_chr(rest, '\n');

    *has_end = n < rest.len;
    rd_skip(r, *has_end ? n + 1 : n);
    return sgs_slice_head(rest, n);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* False at the end of the octets. */
static bool next_line(struct sgs_reader *r, struct line *out)
{
    if (!rd_more(r)) {
        return false;
    }
    size_t off = r->off;
    size_t len = physical(r, &out->has_end).len;
    out->off = off;
    out->is_folded = false;
    while (len > 1 && rd_more(r) && is_blank(rd_rest(r).ptr[0])) {
        size_t more = r->off;
        len = more - off + physical(r, &out->has_end).len;
        out->is_folded = true;
    }
    out->octets = rd_at(r->all, off, len);
    return true;
}

/* Runs of blanks with a line end in them become one blank. */
static struct sgs_slice unfold(struct sgs_arena *a, struct sgs_slice s)
{
    uint8_t *to = sgs_arena_alloc(a, s.len);
    size_t len = 0;
    bool at_end_of_line = false;

    for (size_t i = 0; to && i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c == '\n') {
            at_end_of_line = true;
            while (len > 0 && (is_blank(to[len - 1]) || to[len - 1] == '\r')) {
                len--;
            }
            to[len++] = ' ';
        } else if (!at_end_of_line || !is_blank(c)) {
            at_end_of_line = false;
            to[len++] = c;
        }
    }
    return sgs_slice(to, len);
}

/* Splits a line; false when it has no name. */
static bool split(const struct line *line, enum sgs_sip_name *name, struct sgs_slice *value)
{
    size_t colon = sgs_slice_chr(line->octets, ':');
    struct sgs_slice text = sgs_slice_trim(sgs_slice_head(line->octets, colon));

    if (colon == line->octets.len || text.len == 0 || sgs_slice_chr(text, ' ') < text.len) {
        return false;
    }
    *name = name_of(text);
    *value = sgs_slice_trim(sgs_slice_from(line->octets, colon + 1));
    return true;
}

/* Room for one more header: the array doubles when their number is FEW or a larger power of two. */
static bool has_room(struct sgs_arena *a, struct sgs_sip_head *head)
{
    if (head->n > 0 && (head->n < FEW_HEADERS || (head->n & (head->n - 1)))) {
        return true;
    }
    struct sgs_sip_header *more =
        sgs_arena_array(a, head->n ? 2 * head->n : FEW_HEADERS, sizeof *more);
    for (size_t i = 0; more && i < head->n; i++) {
        more[i] = head->headers[i];
    }
    head->headers = more ? more : head->headers;
    return more != NULL;
}

static void add(struct sgs_arena *a, struct sgs_sip_head *to, const struct line *line,
                enum sgs_sip_name name, struct sgs_slice value)
{
    struct sgs_slice whole = line->is_folded ? unfold(a, value) : value;

    if (has_room(a, to)) {
        to->headers[to->n++] = (struct sgs_sip_header){name, whole, line->off};
    }
}

void sgs_sip_read_head(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, size_t off,
                       bool is_cut, struct sgs_sip_head *out)
{
    struct sgs_arena *a = sgs_scratch(l);
    struct sgs_reader r = rd_open(msg);
    struct line line;

    *out = (struct sgs_sip_head){.len = msg.len};
    rd_skip(&r, off);
    for (unsigned n = 0; next_line(&r, &line); n++) {
        enum sgs_sip_name name = SGS_SIP_OTHER;
        struct sgs_slice value;
        if (line.has_end && sgs_slice_trim(line.octets).len == 0) {
            out->len = r.off;
            return;
        }
        if (n == SGS_MAX_SIP_HEADERS) {
            sgs_limit(l, dir, "sip.headers", SGS_MAX_SIP_HEADERS);
            return;
        }
        if (is_cut && !line.has_end) {
            return;
        }
        if (!split(&line, &name, &value)) {
            sgs_malformed(l, dir, "header line without name", line.off);
        } else if (name != SGS_SIP_OTHER) {
            add(a, out, &line, name, value);
        }
    }
}

struct sgs_slice sgs_sip_value(const struct sgs_sip_head *head, enum sgs_sip_name name)
{
    for (size_t i = 0; i < head->n; i++) {
        if (head->headers[i].name == name) {
            return head->headers[i].value;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

/* Most lines do not even begin like Content-Length or l; s is not empty. */
static bool may_be_length(struct sgs_slice s)
{
    switch (s.ptr[0]) {
    case 'C':
    case 'c':
        return s.len > 8 && (s.ptr[8] | 0x20) == 'l';
    case 'L':
    case 'l':
        return s.len > 1 && (s.ptr[1] == ':' || s.ptr[1] <= ' ');
    default:
        return s.ptr[0] <= ' ';
    }
}

/* Where the first line at or behind off begins that may be the length; head.len when none does. */
static size_t seek_length(struct sgs_slice head, size_t off)
{
    while (off < head.len && !may_be_length(sgs_slice_from(head, off))) {
        size_t len = sgs_slice_chr(sgs_slice_from(head, off), '\n');
        off += len + 1;
        while (len > 1 && off < head.len && is_blank(head.ptr[off])) { /* folded, as in next_line */
            off += sgs_slice_chr(sgs_slice_from(head, off), '\n') + 1;
        }
    }
    return off < head.len ? off : head.len;
}

bool sgs_sip_content_length(struct sgs_slice head, uint64_t *out)
{
    struct sgs_reader r = rd_open(head);
    struct line line;

    rd_skip(&r, seek_length(head, 0));
    while (next_line(&r, &line)) {
        enum sgs_sip_name name = SGS_SIP_OTHER;
        struct sgs_slice value;
        if (split(&line, &name, &value) && name == SGS_SIP_CONTENT_LENGTH) {
            return sgs_slice_uint(value, UINT64_MAX, out);
        }
        rd_skip(&r, seek_length(head, r.off) - r.off);
    }
    return false;
}
