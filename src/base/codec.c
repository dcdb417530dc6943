/*
 * Text encodings: base64 (RFC 4648, sections 4 and 5), hex, percent (RFC 3986, section 2.1),
 * UTF-16LE and UTF-8 (RFC 3629), and parameter lists as SIP (RFC 3261, section 25.1) and HTTP
 * (RFC 9110, section 5.6) write them.
 */
#include <signscope/codec.h>

#define LONGEST_NUMBER 16u /* digits of a code */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum { IN_BASE64 = 0x40, IN_BASE64URL = 0x80 }; /* the digits 62 and 63 */

/* Values of the digits of both alphabets, from the first octet on. */
static const uint8_t digits64[256] = {
    /* clang-format off */
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7e, 0xff, 0xbe, 0xff, 0x7f,
    0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
    0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0xff, 0xff, 0xff, 0xff, 0xbf,
    0xff, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    /* clang-format on */
};

/* Groups of four digits from the head of text on; the octets of text that were read.  other: the
 * mark of the digits of the alphabet that is not meant; what is no digit has both. */
static size_t decode_groups(struct sgs_slice text, unsigned other, uint8_t *to)
{
    size_t i = 0;

    for (; text.len - i >= 4; i += 4) {
        uint32_t a = digits64[text.ptr[i]], b = digits64[text.ptr[i + 1]];
        uint32_t c = digits64[text.ptr[i + 2]], d = digits64[text.ptr[i + 3]];
        if ((a | b | c | d) & other) {
            break;
        }
        uint32_t bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        *to++ = (uint8_t)(bits >> 16);
        *to++ = (uint8_t)(bits >> 8);
        *to++ = (uint8_t)bits;
    }
    return i;
}

static bool decode64(struct sgs_arena *a, struct sgs_slice text, unsigned other,
                     struct sgs_slice *out)
{
    uint8_t *to = sgs_arena_room(a, text.len / 4 * 3 + 4);
    uint32_t bits = 0;
    size_t padding = 0;

    if (!to) {
        return false;
    }
    size_t digits = decode_groups(text, other, to);
    size_t len = digits / 4 * 3;
    for (size_t i = digits; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (is_blank(c)) {
            continue;
        }
        padding += c == '=' ? 1 : 0;
        unsigned v = digits64[c];
        if (((v & other) || padding > 0) && c != '=') {
            return false;
        }
        if (padding > 0) {
            continue;
        }
        bits = bits << 6 | (v & 63);
        if (++digits % 4 != 1) {
            to[len++] = (uint8_t)(bits >> (6 - 2 * ((digits + 3) % 4)));
        }
    }
    if (digits % 4 == 1 || padding > (4 - digits % 4) % 4) {
        return false;
    }
    *out = sgs_slice(to, len);
    return true;
}

bool sgs_base64_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out)
{
    return decode64(a, text, IN_BASE64URL, out);
}

bool sgs_base64url_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out)
{
    return decode64(a, text, IN_BASE64, out);
}

int sgs_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that two hex digits at off of s stand for, or -1. */
static int hex_octet(struct sgs_slice s, size_t off)
{
    int high = off < s.len ? sgs_hex_digit(s.ptr[off]) : -1;
    int low = off + 1 < s.len ? sgs_hex_digit(s.ptr[off + 1]) : -1;

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool sgs_hex_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out)
{
    uint8_t *to = text.len % 2 == 0 ? sgs_arena_alloc(a, text.len / 2) : NULL;

    if (!to) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        int v = hex_octet(text, i);
        if (v < 0) {
            return false;
        }
        to[i / 2] = (uint8_t)v;
    }
    *out = sgs_slice(to, text.len / 2);
    return true;
}

struct sgs_slice sgs_hex_encode(struct sgs_arena *a, struct sgs_slice s)
{
    static const char digits[] = "0123456789abcdef";
    char *to = sgs_arena_array(a, s.len, 2);

    if (!to) {
        return (struct sgs_slice){NULL, 0};
    }
    for (size_t i = 0; i < s.len; i++) {
        to[2 * i] = digits[s.ptr[i] >> 4];
        to[2 * i + 1] = digits[s.ptr[i] & 15];
    }
    return sgs_slice(to, 2 * s.len);
}

struct sgs_slice sgs_percent_decode(struct sgs_arena *a, struct sgs_slice s)
{
    if (sgs_slice_chr(s, '%') == s.len) {
        return s;
    }
    uint8_t *to = sgs_arena_alloc(a, s.len);
    size_t len = 0;
    if (!to) {
        return (struct sgs_slice){NULL, 0};
    }
    for (size_t i = 0; i < s.len; i++) {
        int v = s.ptr[i] == '%' ? hex_octet(s, i + 1) : -1;
        to[len++] = v < 0 ? s.ptr[i] : (uint8_t)v;
        i += v < 0 ? 0 : 2;
    }
    return sgs_slice(to, len);
}

/* A blank for each plus, then %XX undone. */
static struct sgs_slice form_decode(struct sgs_arena *a, struct sgs_slice s)
{
    if (sgs_slice_chr(s, '+') < s.len) {
        uint8_t *to = sgs_arena_alloc(a, s.len);
        if (!to) {
            return (struct sgs_slice){NULL, 0};
        }
        for (size_t i = 0; i < s.len; i++) {
            to[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
        }
        s = sgs_slice(to, s.len);
    }
    return sgs_percent_decode(a, s);
}

bool sgs_form_next(struct sgs_arena *a, struct sgs_slice *rest, struct sgs_slice *name,
                   struct sgs_slice *value)
{
    struct sgs_slice pair = {NULL, 0};

    while (pair.len == 0 && rest->len > 0) {
        pair = sgs_slice_cut(rest, '&');
    }
    size_t equals = sgs_slice_chr(pair, '=');
    *name = form_decode(a, sgs_slice_head(pair, equals));
    *value = form_decode(a, sgs_slice_from(pair, equals + 1));
    return pair.len > 0;
}

bool sgs_code_next(struct sgs_slice *rest, struct sgs_slice prefix, struct sgs_slice *out)
{
    for (size_t at = sgs_slice_find(*rest, prefix); at < rest->len;
         at = sgs_slice_find(*rest, prefix)) {
        struct sgs_slice word = sgs_slice_from(*rest, at);
        size_t n = prefix.len;
        while (n < word.len && word.ptr[n] >= '0' && word.ptr[n] <= '9') {
            n++;
        }
        *rest = sgs_slice_from(word, n);
        if (n > prefix.len && n <= prefix.len + LONGEST_NUMBER) {
            *out = sgs_slice_head(word, n);
            return true;
        }
    }
    return false;
}

/* Writes a scalar value above 0x7f, which is no surrogate, or an ASCII one; returns its octets. */
static size_t put_utf8(uint8_t *to, uint32_t c)
{
    size_t tail = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t heads[] = {0x00, 0xc0, 0xe0, 0xf0};

    for (size_t i = tail; i > 0; i--) {
        to[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    to[0] = (uint8_t)(heads[tail] | c);
    return tail + 1;
}

static uint32_t utf16_unit(struct sgs_slice s, size_t off)
{
    return off + 1 < s.len ? (uint32_t)s.ptr[off + 1] << 8 | s.ptr[off] : 0;
}

struct sgs_slice sgs_utf16le_decode(struct sgs_arena *a, struct sgs_slice s)
{
    uint8_t *to = sgs_arena_array(a, s.len / 2 + 1, 3); /* a pair gives 4 octets for its 2 units */
    size_t len = 0;

    if (!to) {
        return (struct sgs_slice){NULL, 0};
    }
    for (size_t i = 0; i < s.len; i += 2) {
        uint32_t c = i + 1 < s.len ? utf16_unit(s, i) : 0xfffd;
        uint32_t low = utf16_unit(s, i + 2);
        if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        len += put_utf8(to + len, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
    return sgs_slice(to, len);
}

/* Octets that a sequence beginning with head has (RFC 3629, section 4), or 0; *least and *most
 * bound its second one, which keeps out long forms, surrogates and what is above U+10FFFF. */
static size_t utf8_form(uint8_t head, uint8_t *least, uint8_t *most)
{
    static const struct {
        uint8_t first, last, least, most, len;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1},
        {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (head >= forms[i].first && head <= forms[i].last) {
            *least = forms[i].least;
            *most = forms[i].most;
            return forms[i].len;
        }
    }
    return 0;
}

size_t sgs_utf8_len(struct sgs_slice s)
{
    uint8_t least = 0;
    uint8_t most = 0;
    size_t len = s.len > 0 ? utf8_form(s.ptr[0], &least, &most) : 0;

    if (len > s.len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if (s.ptr[i] < least || s.ptr[i] > most) {
            return 0;
        }
        least = 0x80;
        most = 0xbf;
    }
    return len;
}

/* Offset of the quote that ends the string which opens at off, or s.len. */
static size_t closing_quote(struct sgs_slice s, size_t off)
{
    size_t i = off + 1;
    size_t quote = i + sgs_slice_chr(sgs_slice_from(s, i), '"');

    if (sgs_slice_chr(sgs_slice_from(sgs_slice_head(s, quote), i), '\\') == quote - i) {
        return quote;
    }
    while (i < s.len && s.ptr[i] != '"') {
        i += s.ptr[i] == '\\' ? 2 : 1;
    }
    return i < s.len ? i : s.len;
}

/*
 * Offset of the octet that ends an element, or s.len; *equals is that of its first '=', or the
 * same. Neither counts inside quotes, nor in <...> before an '=': there stands the address of a
 * Contact.
 */
static size_t element_end(struct sgs_slice s, uint8_t sep, size_t *equals)
{
    bool has_equals = false;
    size_t i = 0;

    while (i < s.len && s.ptr[i] != sep) {
        uint8_t c = s.ptr[i];
        if (c == '"') {
            i = closing_quote(s, i);
        }
        if (c == '<' && !has_equals) {
            i += sgs_slice_chr(sgs_slice_from(s, i), '>');
        }
        if (c == '=' && !has_equals) {
            *equals = i;
            has_equals = true;
        }
        i += i < s.len ? 1 : 0;
    }
    if (!has_equals) {
        *equals = i;
    }
    return i;
}

static struct sgs_slice unquote(struct sgs_slice value)
{
    if (value.len == 0 || value.ptr[0] != '"') {
        return value;
    }
    size_t end = closing_quote(value, 0);
    return sgs_slice_from(sgs_slice_head(value, end), 1);
}

bool sgs_param_next(struct sgs_slice *rest, uint8_t sep, struct sgs_param *out)
{
    while (rest->len > 0) {
        size_t equals = 0;
        size_t end = element_end(*rest, sep, &equals);
        struct sgs_slice element = sgs_slice_head(*rest, end);
        struct sgs_slice name = sgs_slice_trim(sgs_slice_head(element, equals));
        struct sgs_slice value = sgs_slice_trim(sgs_slice_from(element, equals + 1));

        *rest = sgs_slice_from(*rest, end + 1);
        if (name.len > 0 || equals < end) {
            *out = (struct sgs_param){name, unquote(value), equals < end};
            return true;
        }
    }
    return false;
}

struct sgs_slice sgs_param_find(struct sgs_slice list, uint8_t sep, struct sgs_slice name)
{
    struct sgs_param p;

    while (sgs_param_next(&list, sep, &p)) {
        if (sgs_slice_ieq(p.name, name)) {
            return p.value;
        }
    }
    return (struct sgs_slice){NULL, 0};
}
