/*
 * JSON written straight into a buffer (RFC 8259).
 *
 * One flag carries all the state: whether a comma is due before the next value or name.  An opening
 * bracket and a name clear it, a value and a closing bracket set it.
 */
#include "base/json_write.h"

#include <stddef.h>
#include <string.h>

#include <signscope/codec.h>

#include "base/decimal.h"

void sgs_jw_init(struct sgs_jw *w, struct sgs_buf *out)
{
    *w = (struct sgs_jw){.out = out};
}

static void open_bracket(struct sgs_jw *w, uint8_t bracket)
{
    uint8_t *to = sgs_jw_room(w, 1);

    if (to) {
        to[0] = bracket;
        sgs_jw_wrote(w, to + 1);
    }
    w->has_value = false;
}

static void close_bracket(struct sgs_jw *w, uint8_t bracket)
{
    w->has_value = false;
    open_bracket(w, bracket);
    w->has_value = true;
}

void sgs_jw_object(struct sgs_jw *w)
{
    open_bracket(w, '{');
}

void sgs_jw_object_end(struct sgs_jw *w)
{
    close_bracket(w, '}');
}

void sgs_jw_list(struct sgs_jw *w)
{
    open_bracket(w, '[');
}

void sgs_jw_list_end(struct sgs_jw *w)
{
    close_bracket(w, ']');
}

void sgs_jw_name_slice(struct sgs_jw *w, struct sgs_slice name)
{
    sgs_jw_text(w, name);
    sgs_buf_add_octet(w->out, ':');
    w->has_value = false;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

typedef uint8_t sixteen __attribute__((vector_size(16))); /* GCC and Clang, on any machine */

/* Copies sixteen octets; true if all of them are plain. */
static inline bool copy_sixteen(uint8_t *to, const uint8_t *p)
{
    sixteen v;
    uint64_t strange[2];

    memcpy(&v, p, sizeof v);
    memcpy(to, &v, sizeof v);
    sixteen found = (sixteen)((v - 0x20 > 0x7e - 0x20) | (v == '"') | (v == '\\'));
    memcpy(strange, &found, sizeof strange);
    return (strange[0] | strange[1]) == 0;
}

/* The same for 4 to 16: two loads that meet or overlap look at every octet. */
static inline bool copy_few(uint8_t *to, struct sgs_slice text)
{
    uint8_t both[sizeof(sixteen)], out[sizeof(sixteen)];
    size_t half = text.len >= 8 ? 8 : 4;
    size_t second = text.len - half;

    memset(both, ' ', sizeof both);
    if (half == 8) {
        memcpy(both, text.ptr, 8);
        memcpy(both + 8, text.ptr + second, 8);
        memcpy(to, both, 8);
        memcpy(to + second, both + 8, 8);
    } else {
        memcpy(both, text.ptr, 4);
        memcpy(both + 4, text.ptr + second, 4);
        memcpy(to, both, 4);
        memcpy(to + second, both + 4, 4);
    }
    return copy_sixteen(out, both);
}

/* Copies to a place with room for all of text; gives how many octets at its head stand for
 * themselves in a string.  What was copied behind them does not count. */
static size_t copy_plain(uint8_t *to, struct sgs_slice text)
{
    size_t n = 0;

    if (text.len >= 4 && text.len <= sizeof(sixteen) && copy_few(to, text)) {
        return text.len;
    }
    while (n + sizeof(sixteen) <= text.len && copy_sixteen(to + n, text.ptr + n)) {
        n += sizeof(sixteen);
    }
    size_t last = text.len - sizeof(sixteen);
    if (n > 0 && text.len - n < sizeof(sixteen) && copy_sixteen(to + last, text.ptr + last)) {
        return text.len;
    }
    while (n < text.len && is_plain(text.ptr[n])) {
        to[n] = text.ptr[n];
        n++;
    }
    return n;
}

/* Most texts need no escapes: they go out in one piece with their quotes. */
void sgs_jw_text(struct sgs_jw *w, struct sgs_slice text)
{
    uint8_t *to = sgs_jw_room(w, text.len + 2);

    if (!to) {
        return;
    }
    to[0] = '"';
    size_t plain = copy_plain(to + 1, text);
    to[1 + plain] = '"';
    sgs_jw_wrote(w, to + 1 + plain + (plain == text.len ? 1 : 0));
    if (plain < text.len) {
        sgs_json_escape(w->out, sgs_slice_from(text, plain));
        sgs_buf_add_octet(w->out, '"');
    }
}

void sgs_jw_plain(struct sgs_jw *w, struct sgs_slice text)
{
    uint8_t *to = sgs_jw_room(w, text.len + 2);

    if (to) {
        to[0] = '"';
        memcpy(to + 1, text.ptr, text.len);
        to[text.len + 1] = '"';
        sgs_jw_wrote(w, to + text.len + 2);
    }
}

void sgs_jw_str(struct sgs_jw *w, const char *text)
{
    sgs_jw_text(w, sgs_slice_str(text));
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

static void add_number(struct sgs_jw *w, bool is_negative, uint64_t size)
{
    uint8_t *to = sgs_jw_room(w, 1 + SGS_DECIMAL_LEN);

    if (to) {
        to[0] = '-';
        to += is_negative ? 1 : 0;
        sgs_jw_wrote(w, (uint8_t *)sgs_decimal((char *)to, size, 1));
    }
}

void sgs_jw_int(struct sgs_jw *w, int64_t number)
{
    add_number(w, number < 0, magnitude(number));
}

void sgs_jw_uint(struct sgs_jw *w, uint64_t number)
{
    add_number(w, false, number);
}

void sgs_jw_bool(struct sgs_jw *w, bool value)
{
    sgs_jw_raw(w, value ? SGS_LIT("true") : SGS_LIT("false"));
}

void sgs_jw_null(struct sgs_jw *w)
{
    sgs_jw_raw(w, SGS_LIT("null"));
}

void sgs_jw_ms(struct sgs_jw *w, int64_t ns)
{
    uint64_t size = magnitude(ns);
    uint64_t decimals = size % (uint64_t)SGS_MS;
    size_t places = 6;
    char text[1 + SGS_DECIMAL_LEN] = {'.'};

    while (places > 1 && decimals % 10 == 0) {
        decimals /= 10;
        places--;
    }
    add_number(w, ns < 0, size / (uint64_t)SGS_MS);
    const char *end = sgs_decimal(text + 1, decimals, places);
    sgs_buf_add(w->out, sgs_slice(text, (size_t)(end - text)));
}

void sgs_jw_time(struct sgs_jw *w, sgs_time t)
{
    if (t == SGS_TIME_NONE) {
        sgs_jw_null(w);
        return;
    }
    uint8_t *to = sgs_jw_room(w, 2 + SGS_TIME_TEXT_LEN);
    if (to) {
        to[0] = '"';
        uint8_t *end = (uint8_t *)sgs_time_rfc3339(t, (char *)to + 1);
        end[0] = '"';
        sgs_jw_wrote(w, end + 1);
    }
}

void sgs_jw_raw(struct sgs_jw *w, struct sgs_slice value)
{
    uint8_t *to = sgs_jw_room(w, value.len);

    if (to) {
        memcpy(to, value.ptr, value.len);
        sgs_jw_wrote(w, to + value.len);
    }
}

/* The character of two or three octets of UTF-8 if it must not go out as it is, else 0. */
static unsigned unseen(struct sgs_slice s, size_t len)
{
    unsigned c = 0;

    if (len == 2) {
        c = (unsigned)(s.ptr[0] & 0x1f) << 6 | (s.ptr[1] & 0x3f);
    }
    if (len == 3) {
        c = (unsigned)(s.ptr[0] & 0x0f) << 12 | (unsigned)(s.ptr[1] & 0x3f) << 6 |
            (s.ptr[2] & 0x3f);
    }
    bool must_not = (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
                    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return must_not ? c : 0;
}

/* One octet of ASCII that is not plain. */
static void escape_ascii(struct sgs_buf *out, uint8_t c)
{
    static const char special[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *at = c ? strchr(special, c) : NULL;

    if (at) {
        sgs_buf_add_octet(out, '\\');
        sgs_buf_add_octet(out, (uint8_t)letters[at - special]);
        return;
    }
    sgs_buf_printf(out, "\\u%04x", c);
}

void sgs_json_escape(struct sgs_buf *out, struct sgs_slice text)
{
    while (text.len > 0) {
        uint8_t *to = sgs_buf_reserve(out, text.len);
        if (!to) {
            return;
        }
        size_t plain = copy_plain(to, text);
        sgs_buf_commit(out, plain);
        text = sgs_slice_from(text, plain);
        if (text.len == 0) {
            return;
        }
        size_t len = sgs_utf8_len(text);
        unsigned c = unseen(text, len);
        if (len == 0) {
            sgs_buf_add_str(out, "\xef\xbf\xbd");
        } else if (len == 1) {
            escape_ascii(out, text.ptr[0]);
        } else if (c != 0) {
            sgs_buf_printf(out, "\\u%04x", c);
        } else {
            sgs_buf_add(out, sgs_slice_head(text, len));
        }
        text = sgs_slice_from(text, len > 0 ? len : 1);
    }
}
