/*
 * Text of the wire for a terminal.  Whatever an attacker put into a header must not move the
 * cursor, change colours, set titles, turn the direction of text around (Unicode Standard Annex 9)
 * or hide: it is shown as an escape instead.
 */
#include "export/escape.h"

#include <stdint.h>

#include <signscope/codec.h>

struct range {
    uint32_t first, last;
};

/* What is never shown as it is: C1 controls, zero width, direction, line and paragraph separators,
 * private use, variation selectors, tags. */
static const struct range unseen[] = {
    {0x7f,    0x9f    },
    {0xad,    0xad    },
    {0x34f,   0x34f   },
    {0x61c,   0x61c   },
    {0x115f,  0x1160  },
    {0x17b4,  0x17b5  },
    {0x180b,  0x180f  },
    {0x200b,  0x200f  },
    {0x2028,  0x202e  },
    {0x2060,  0x206f  },
    {0x3164,  0x3164  },
    {0xe000,  0xf8ff  },
    {0xfe00,  0xfe0f  },
    {0xfeff,  0xfeff  },
    {0xffa0,  0xffa0  },
    {0xfff0,  0xfffb  },
    {0xfffe,  0xffff  },
    {0xe0000, 0x10ffff},
};

/* Marks that stand on the character before them. */
static const struct range marks[] = {
    {0x300,  0x36f },
    {0x483,  0x489 },
    {0x591,  0x5bd },
    {0x610,  0x61a },
    {0x64b,  0x65f },
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
};

/* East Asian wide and full width (Unicode Standard Annex 11), and pictures. */
static const struct range wide[] = {
    {0x1100,  0x115e },
    {0x2e80,  0x303e },
    {0x3041,  0xa4cf },
    {0xac00,  0xd7a3 },
    {0xf900,  0xfaff },
    {0xfe30,  0xfe6f },
    {0xff01,  0xff60 },
    {0xffe0,  0xffe6 },
    {0x1f300, 0x1f64f},
    {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};

static bool is_among(const struct range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define IS_AMONG(ranges, c) is_among(ranges, sizeof(ranges) / sizeof *(ranges), c)

/* The character in len octets of valid UTF-8. */
static uint32_t decode(struct sgs_slice s, size_t len)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = s.ptr[0] & masks[len];

    for (size_t i = 1; i < len; i++) {
        c = c << 6 | (s.ptr[i] & 0x3f);
    }
    return c;
}

static void escape(struct sgs_buf *out, uint32_t c)
{
    if (c == '\n' || c == '\r' || c == '\t') {
        sgs_buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (c < 0x80) {
        sgs_buf_printf(out, "\\x%02x", (unsigned)c);
    } else if (c <= 0xffff) {
        sgs_buf_printf(out, "\\u%04x", (unsigned)c);
    } else {
        sgs_buf_printf(out, "\\U%08x", (unsigned)c);
    }
}

void sgs_escape_text(struct sgs_buf *out, struct sgs_slice s, bool is_utf8)
{
    while (s.len > 0) {
        size_t len = sgs_utf8_len(s);

        if (len == 0) {
            sgs_buf_printf(out, "\\x%02x", s.ptr[0]);
            s = sgs_slice_from(s, 1);
            continue;
        }
        uint32_t c = decode(s, len);

        if (c < 0x20 || IS_AMONG(unseen, c) || (c >= 0x80 && !is_utf8)) {
            escape(out, c);
        } else {
            sgs_buf_add(out, sgs_slice_head(s, len));
        }
        s = sgs_slice_from(s, len);
    }
}

/* True if a reader would make more of this word than text, whatever stands before its punctuation:
 * addresses, mentions, references, formulas, pictures by name (":bug:"). */
static bool is_lively(struct sgs_slice word)
{
    static const char *const signs[] = {"@", "#", "$", "://", "www."};
    size_t colon = sgs_slice_chr(word, ':');
    struct sgs_slice issue = sgs_slice_from(word, sgs_slice_ifind(word, SGS_LIT("gh-")));

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (sgs_slice_ifind(word, sgs_slice_str(signs[i])) < word.len) {
            return true;
        }
    }
    if (issue.len > 3 && issue.ptr[3] >= '0' && issue.ptr[3] <= '9') {
        return true;
    }
    return sgs_slice_chr(sgs_slice_from(word, colon + 1), ':') + colon + 1 < word.len;
}

/* A backslash stands for nothing in a code span, so what would end it or the cell is spelled out.
 */
static void code_span(struct sgs_buf *out, struct sgs_slice word)
{
    struct sgs_buf safe;

    sgs_buf_init(&safe, out->cap);
    sgs_escape_text(&safe, word, true);
    sgs_buf_add_octet(out, '`');
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.ptr[i] == '`' || safe.ptr[i] == '|') {
            sgs_buf_printf(out, "\\x%02x", safe.ptr[i]);
        } else {
            sgs_buf_add_octet(out, safe.ptr[i]);
        }
    }
    sgs_buf_add_octet(out, '`');
    out->overflow = out->overflow || safe.overflow;
    sgs_buf_clear(&safe);
}

static void plain_word(struct sgs_buf *out, struct sgs_slice word)
{
    const struct sgs_slice marks_up = SGS_LIT("\\`*_{}[]|~!");
    struct sgs_buf safe;

    sgs_buf_init(&safe, out->cap);
    sgs_escape_text(&safe, word, true);
    for (size_t i = 0; i < safe.len; i++) {
        uint8_t c = safe.ptr[i];

        if (c == '<' || c == '>' || c == '&') {
            sgs_buf_add_str(out, c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;");
        } else {
            if (sgs_slice_chr(marks_up, c) < marks_up.len) {
                sgs_buf_add_octet(out, '\\');
            }
            sgs_buf_add_octet(out, c);
        }
    }
    out->overflow = out->overflow || safe.overflow;
    sgs_buf_clear(&safe);
}

void sgs_escape_markdown(struct sgs_buf *out, struct sgs_slice s)
{
    bool is_first = true;

    while (s.len > 0) {
        struct sgs_slice word = sgs_slice_cut(&s, ' ');

        if (word.len == 0) {
            continue;
        }
        if (!is_first) {
            sgs_buf_add_octet(out, ' ');
        }
        is_first = false;
        if (is_lively(word)) {
            code_span(out, word);
        } else {
            plain_word(out, word);
        }
    }
}

size_t sgs_text_character(struct sgs_slice s, size_t *out_columns)
{
    size_t len = sgs_utf8_len(s);

    if (len == 0) {
        *out_columns = 1;
        return s.len > 0 ? 1 : 0;
    }
    uint32_t c = decode(s, len);

    *out_columns = IS_AMONG(marks, c) ? 0 : IS_AMONG(wide, c) ? 2 : 1;
    return len;
}

size_t sgs_text_columns(struct sgs_slice s)
{
    size_t total = 0;

    while (s.len > 0) {
        size_t columns = 0;

        s = sgs_slice_from(s, sgs_text_character(s, &columns));
        total += columns;
    }
    return total;
}
