/*
 * A page of text: lines of a width, columns, words that are not torn.  It knows nothing of what is
 * written on it.
 */
#ifndef SGS_EXPORT_PAGE_H
#define SGS_EXPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/export.h>

enum sgs_style { SGS_PLAIN, SGS_BOLD, SGS_DIM, SGS_GOOD, SGS_CAUTION, SGS_BAD };

struct sgs_page {
    const struct sgs_export_options *options; /* kept */
    struct sgs_out *out;                      /* kept */
    struct sgs_buf line;                      /* the line being written */
    size_t column;                            /* columns used of it */
    enum sgs_style style;                     /* of what is added next */
    bool is_good;                             /* everything could be written so far */
};

void sgs_page_init(struct sgs_page *p, const struct sgs_export_options *options,
                   struct sgs_out *out);
void sgs_page_clear(struct sgs_page *p);

/* Blanks up to column; at least one when the line is there already and not empty. */
void sgs_page_at(struct sgs_page *p, size_t column);

/* Text of ours as it stands. */
void sgs_page_str(struct sgs_page *p, const char *text);
void sgs_page_printf(struct sgs_page *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text of anybody, escaped, on this line. */
void sgs_page_text(struct sgs_page *p, struct sgs_slice text);

/*
 * Text of anybody, escaped, from here on; lines that would pass the width go on at column indent.
 * Breaks at blanks; a word longer than a whole line breaks behind its punctuation.
 */
void sgs_page_wrap(struct sgs_page *p, size_t indent, struct sgs_slice text);

/* Columns that escaped text takes. */
size_t sgs_page_columns(const struct sgs_page *p, struct sgs_slice text);

/* Ends the line. */
void sgs_page_end(struct sgs_page *p);

/* "->", or the arrow where the terminal has it. */
const char *sgs_page_arrow(const struct sgs_page *p);

#endif
