/*
 * Messages: head and body of a text are parted by the first empty line; lines of the head get CRLF,
 * the body is squeezed to one line, coded, and counted.
 */
#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dsk.h"
#include "files.h"
#include "text.h"

void mk_unescape(const char *text, struct mk_buf *out)
{
    for (; *text; text++) {
        if (*text != '\\') {
            mk_buf_u8(out, (unsigned char)*text);
            continue;
        }
        const char hex[3] = {text[2] ? text[2] : 0, text[2] && text[3] ? text[3] : 0, 0};

        switch (*++text) {
        case 'r':
            mk_buf_str(out, "\r");
            break;
        case 'n':
            mk_buf_str(out, "\n");
            break;
        case 't':
            mk_buf_str(out, "\t");
            break;
        case '\\':
            mk_buf_str(out, "\\");
            break;
        case 'x':
            mk_buf_u8(out, (unsigned)strtoul(hex, NULL, 16));
            text += 2;
            break;
        default:
            mk_fail("no escape \\%c", *text);
        }
    }
}

/* CRC-32 of ISO 3309, as gzip wants it. */
static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t crc = 0xffffffff;

    while (n--) {
        crc ^= *p++;
        for (unsigned i = 0; i < 8; i++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

/* Bits of a deflate stream, the lowest first. */
struct bits {
    struct mk_buf *out;
    uint32_t have;
    unsigned n;
};

static void put_bits(struct bits *b, uint32_t v, unsigned n)
{
    b->have |= v << b->n;
    b->n += n;
    while (b->n >= 8) {
        mk_buf_u8(b->out, b->have & 255);
        b->have >>= 8;
        b->n -= 8;
    }
}

/* A Huffman code, its highest bit first. */
static void put_code(struct bits *b, uint32_t code, unsigned n)
{
    while (n--) {
        put_bits(b, code >> n & 1, 1);
    }
}

/* RFC 1951, section 3.2.6: the fixed codes of literals and lengths. */
static void put_symbol(struct bits *b, unsigned v)
{
    if (v < 144) {
        put_code(b, 0x30 + v, 8);
    } else if (v < 256) {
        put_code(b, 0x190 + v - 144, 9);
    } else if (v < 280) {
        put_code(b, v - 256, 7);
    } else {
        put_code(b, 0xc0 + v - 280, 8);
    }
}

#define MATCH 10u /* the one length of matches: it needs no extra bits */
#define REACH 4096u

/* RFC 1951, section 3.2.5: distances double every second code. */
static void put_distance(struct bits *b, unsigned distance)
{
    unsigned code = 0, base = 1, extra = 0;

    while (base + (1u << extra) <= distance) {
        base += 1u << extra;
        code++;
        extra = code < 4 ? 0 : code / 2 - 1;
    }
    put_code(b, code, 5);
    put_bits(b, distance - base, extra);
}

/* RFC 1952 around one block with fixed codes; zlib's own octets would change with its version. */
static void gzip(const struct mk_buf *in, struct mk_buf *out)
{
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 10};
    struct bits b = {.out = out};

    mk_buf_add(out, head, sizeof head);
    put_bits(&b, 1, 1);
    put_bits(&b, 1, 2);
    for (size_t i = 0; i < in->len;) {
        size_t distance = 0;

        for (size_t d = 1; i + MATCH <= in->len && d <= i && d <= REACH && !distance; d++) {
            distance = memcmp(in->ptr + i, in->ptr + i - d, MATCH) ? 0 : d;
        }
        if (distance) {
            put_symbol(&b, 264);
            put_distance(&b, (unsigned)distance);
            i += MATCH;
        } else {
            put_symbol(&b, in->ptr[i++]);
        }
    }
    put_symbol(&b, 256);
    put_bits(&b, 0, 7);
    mk_buf_le32(out, crc32(in->ptr, in->len));
    mk_buf_le32(out, (uint32_t)in->len);
}

static void chunks(const struct mk_buf *in, size_t size, struct mk_buf *out)
{
    for (size_t i = 0; i < in->len; i += size) {
        const size_t n = in->len - i < size ? in->len - i : size;

        mk_buf_printf(out, "%zx\r\n", n);
        mk_buf_add(out, in->ptr + i, n);
        mk_buf_str(out, "\r\n");
    }
    mk_buf_str(out, "0\r\n\r\n");
}

/* Lines as they are, with CRLF. */
static void keep_lines(const char *text, struct mk_buf *out)
{
    for (const char *line = text; *line;) {
        const size_t indent = strspn(line, " \t");
        const size_t n = strcspn(line, "\n");

        mk_buf_add(out, line + (indent < n ? indent : n), indent < n ? n - indent : 0);
        mk_buf_str(out, "\r\n");
        line += n + (line[n] ? 1 : 0);
    }
}

/* The value of the variable when a line is ${name} alone and the value has lines of its own. */
static const char *lines_of(const struct mk_thread *t, const char *line, size_t n)
{
    if (n < 4 || memcmp(line, "${", 2) != 0 || memchr(line, ' ', n) || line[n - 1] != '}') {
        return NULL;
    }
    char *name = mk_copy_n(line + 2, n - 3);
    const char *value = mk_var_get(&t->vars, name);
    free(name);
    return value && strchr(value, '\n') ? value : NULL;
}

/* Appends the head with CRLFs, without the empty line; gives what is behind it in the text.  Lines
 * that come to nothing are left out. */
static const char *head_of(struct mk_scenario *s, struct mk_thread *t, const char *text,
                           struct mk_buf *out)
{
    while (*text) {
        const size_t indent = strspn(text, " \t");
        const size_t n = strcspn(text, "\n");

        if (indent >= n) {
            return text + n + (text[n] ? 1 : 0);
        }
        const char *more = lines_of(t, text + indent, n - indent);
        if (more) {
            head_of(s, t, more, out);
        } else {
            const size_t before = out->len;

            mk_expand(s, t, text + indent, n - indent, out);
            mk_buf_str(out, out->len > before ? "\r\n" : "");
        }
        text += n + (text[n] ? 1 : 0);
    }
    return text;
}

static void body_of(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a, const char *text,
                    struct mk_buf *out, uint64_t *out_bulk)
{
    const char *from = mk_opt(a, "body", NULL);
    struct mk_buf raw = {0};

    if (from && !strncmp(from, "random:", 7)) {
        *out_bulk = mk_number(from + 7);
        return;
    }
    if (from && !strncmp(from, "file:", 5)) {
        char *path = mk_path_beside(t->places[t->n_places - 1].file->path, from + 5);
        mk_file_octets(path, out);
        free(path);
        return;
    }
    if (from) {
        mk_fail("body=%s: neither random:N nor file:PATH", from);
    }
    if (mk_flag(a, "lines")) {
        keep_lines(text, &raw);
    } else {
        mk_squeeze(text, &raw);
    }
    mk_expand(s, t, mk_buf_text(&raw), raw.len, out);
    mk_buf_free(&raw);
}

static bool has_header(const char *head, const char *name)
{
    const size_t n = strlen(name);

    for (; *head; head += strcspn(head, "\n") + 1) {
        if (!strncasecmp(head, name, n) && head[n] == ':') {
            return true;
        }
    }
    return false;
}

/* Whether a head without a body says so: requests that have none do not, nor 1xx, 204 and 304. */
static bool counts_nothing(const char *head)
{
    if (!strncmp(head, "HTTP/1.1 ", 9)) {
        return head[9] != '1' && strncmp(head + 9, "204", 3) != 0 &&
               strncmp(head + 9, "304", 3) != 0;
    }
    return !strncmp(head, "POST ", 5) || !strncmp(head, "PUT ", 4);
}

static void end_head(struct mk_args *a, struct mk_buf *head, uint64_t len, bool is_chunked)
{
    const char *length = mk_opt(a, "length", NULL);
    const char *text = mk_buf_text(head);
    const size_t line = strcspn(text, "\r");
    const bool is_sip =
        line > 7 && (!strncmp(text, "SIP/2.0", 7) || !strncmp(text + line - 7, "SIP/2.0", 7));

    if (is_chunked) {
        mk_buf_str(head, "Transfer-Encoding: chunked\r\n");
    } else if (length && strcmp(length, "none") != 0) {
        mk_buf_printf(head, "Content-Length: %s\r\n", length);
    } else if (!length && !has_header(text, "Content-Length") &&
               (len || is_sip || counts_nothing(text))) {
        mk_buf_printf(head, "Content-Length: %llu\r\n", (unsigned long long)len);
    }
    mk_buf_str(head, "\r\n");
}

void mk_message(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a, unsigned side,
                struct mk_buf *out, uint64_t *out_bulk)
{
    struct mk_buf body = {0}, coded = {0};
    const char *signer = mk_opt(a, "sign", NULL);
    const bool is_chunked = mk_flag(a, "chunked");
    uint64_t bulk = 0;

    if (!a->doc) {
        mk_fail("\"%s\" wants a text behind <<WORD", a->words[0]);
    }
    const char *rest = head_of(s, t, a->doc, out);
    body_of(s, t, a, rest, &body, &bulk);
    if (mk_flag(a, "gzip")) {
        gzip(&body, &coded);
        mk_buf_free(&body);
        body = coded;
        coded = (struct mk_buf){0};
        mk_buf_str(out, "Content-Encoding: gzip\r\n");
    }
    end_head(a, out, bulk ? bulk : body.len, is_chunked);
    if (signer && *signer) {
        mk_sa_sign(mk_sa_find(s->associations, signer), side, out);
    }
    if (is_chunked) {
        chunks(&body, mk_number(mk_opt(a, "chunk", "4096")), &coded);
        mk_buf_add(out, coded.ptr, coded.len);
    } else {
        mk_buf_add(out, body.ptr, body.len);
    }
    mk_buf_free(&body);
    mk_buf_free(&coded);
    *out_bulk = bulk;
}
