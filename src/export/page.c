/* Lines and columns of text output. */
#include "export/page.h"

#include <stdarg.h>
#include <stdio.h>

#include <signscope/limits.h>

#include "export/escape.h"

/* Select Graphic Rendition (ECMA-48, section 8.3.117), 16 colours only: any background will do. */
static const char *const styles[] = {
    [SGS_PLAIN] = "",        [SGS_BOLD] = "\x1b[1m",     [SGS_DIM] = "\x1b[2m",
    [SGS_GOOD] = "\x1b[32m", [SGS_CAUTION] = "\x1b[33m", [SGS_BAD] = "\x1b[1;31m",
};

void sgs_page_init(struct sgs_page *p, const struct sgs_export_options *options,
                   struct sgs_out *out)
{
    *p = (struct sgs_page){.options = options, .out = out, .is_good = true};
    sgs_buf_init(&p->line, SGS_MAX_REPORT_LINE);
}

void sgs_page_clear(struct sgs_page *p)
{
    sgs_buf_clear(&p->line);
}

/* Text that is safe already. */
static void put(struct sgs_page *p, struct sgs_slice text)
{
    bool is_styled = p->options->has_color && p->style != SGS_PLAIN && text.len > 0;

    if (is_styled) {
        sgs_buf_add_str(&p->line, styles[p->style]);
    }
    sgs_buf_add(&p->line, text);
    if (is_styled) {
        sgs_buf_add_str(&p->line, "\x1b[0m");
    }
    p->column += sgs_text_columns(text);
}

static void blanks(struct sgs_page *p, size_t n)
{
    sgs_buf_printf(&p->line, "%*s", (int)n, "");
    p->column += n;
}

void sgs_page_at(struct sgs_page *p, size_t column)
{
    if (p->column < column) {
        blanks(p, column - p->column);
    } else if (p->column > 0 && column > 0 && p->column >= column) {
        blanks(p, 1);
    }
}

void sgs_page_str(struct sgs_page *p, const char *text)
{
    put(p, sgs_slice_str(text));
}

void sgs_page_printf(struct sgs_page *p, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sgs_page_str(p, text);
}

void sgs_page_text(struct sgs_page *p, struct sgs_slice text)
{
    struct sgs_buf safe;

    sgs_buf_init(&safe, SGS_MAX_REPORT_LINE);
    sgs_escape_text(&safe, text, p->options->is_utf8);
    put(p, sgs_buf_slice(&safe));
    sgs_buf_clear(&safe);
}

size_t sgs_page_columns(const struct sgs_page *p, struct sgs_slice text)
{
    struct sgs_buf safe;
    size_t columns = 0;

    sgs_buf_init(&safe, SGS_MAX_REPORT_LINE);
    sgs_escape_text(&safe, text, p->options->is_utf8);
    columns = sgs_text_columns(sgs_buf_slice(&safe));
    sgs_buf_clear(&safe);
    return columns;
}

static size_t room(const struct sgs_page *p)
{
    return p->options->width > p->column ? p->options->width - p->column : 0;
}

/* How good a place to tear a word is behind c: 0 none, 2 the best. */
static unsigned seam(uint8_t c)
{
    const struct sgs_slice good = SGS_LIT("/?&;,");
    const struct sgs_slice fair = SGS_LIT("=:.-_@%)\"");

    if (sgs_slice_chr(good, c) < good.len) {
        return 2;
    }
    return sgs_slice_chr(fair, c) < fair.len ? 1 : 0;
}

/* Octets of the longest beginning of word that fits into columns and ends behind its best
 * punctuation, or 0; *out_fitting is what fits at all, at least one character. */
static size_t piece(struct sgs_slice word, size_t columns, size_t *out_fitting)
{
    size_t ends[3] = {0}; /* by seam */
    size_t used = 0;
    size_t off = 0;

    while (off < word.len) {
        size_t wide = 0;
        size_t len = sgs_text_character(sgs_slice_from(word, off), &wide);

        if (used + wide > columns && off > 0) {
            break;
        }
        used += wide;
        off += len;
        if (used <= columns) {
            ends[seam(word.ptr[off - 1])] = off;
        }
    }
    *out_fitting = off;
    return ends[2] > 0 ? ends[2] : ends[1];
}

static void next_line(struct sgs_page *p, size_t indent)
{
    sgs_page_end(p);
    sgs_page_at(p, indent);
}

/* A word from here on, torn where it passes a whole line. */
static void long_word(struct sgs_page *p, size_t indent, struct sgs_slice word)
{
    while (word.len > 0) {
        size_t fitting = 0;
        size_t len = piece(word, room(p), &fitting);

        if (sgs_text_columns(word) <= room(p)) {
            put(p, word);
            return;
        }
        len = len > 0 ? len : fitting;
        put(p, sgs_slice_head(word, len));
        word = sgs_slice_from(word, len);
        if (word.len > 0) {
            next_line(p, indent);
        }
    }
}

/* True if word, or as much of it as may stand alone, has room behind a blank on this line. */
static bool fits_here(const struct sgs_page *p, size_t indent, struct sgs_slice word)
{
    size_t columns = sgs_text_columns(word);
    size_t left = room(p);
    size_t fitting = 0;

    if (columns + 1 <= left) {
        return true;
    }
    return columns + indent > p->options->width && left > 1 && piece(word, left - 1, &fitting) > 0;
}

void sgs_page_wrap(struct sgs_page *p, size_t indent, struct sgs_slice text)
{
    struct sgs_buf safe;
    struct sgs_slice rest;
    bool is_first = true;

    sgs_buf_init(&safe, SGS_MAX_REPORT_LINE);
    sgs_escape_text(&safe, text, p->options->is_utf8);
    rest = sgs_slice_trim(sgs_buf_slice(&safe));
    while (rest.len > 0) {
        struct sgs_slice word = sgs_slice_cut(&rest, ' ');

        if (word.len == 0) {
            continue;
        }
        if (!is_first && fits_here(p, indent, word)) {
            blanks(p, 1);
        } else if (!is_first || (p->column > indent && sgs_text_columns(word) > room(p))) {
            next_line(p, indent);
        }
        is_first = false;
        long_word(p, indent, word);
    }
    sgs_buf_clear(&safe);
}

void sgs_page_end(struct sgs_page *p)
{
    while (p->line.len > 0 && p->line.ptr[p->line.len - 1] == ' ') {
        p->line.len--;
    }
    sgs_buf_add_octet(&p->line, '\n');
    p->is_good =
        p->is_good && !p->line.overflow && p->out->write(p->out->ctx, sgs_buf_slice(&p->line));
    sgs_buf_drop(&p->line, p->line.len);
    p->column = 0;
}

const char *sgs_page_arrow(const struct sgs_page *p)
{
    return p->options->is_utf8 ? "\xe2\x86\x92" : "->";
}
