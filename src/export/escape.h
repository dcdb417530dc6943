/* Escaping for the targets of the exporters.  JSON's is base/json_write.h. */
#ifndef SGS_EXPORT_ESCAPE_H
#define SGS_EXPORT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/buf.h>
#include <signscope/slice.h>

/*
 * Appends s so that a terminal shows it and obeys nothing in it, on one line: control characters,
 * marks that turn the direction of text, characters without width and octets that are not UTF-8
 * become \n, \t, \x1b or \u202e.  Where the terminal is not one for UTF-8, all that is not ASCII
 * does.
 */
void sgs_escape_text(struct sgs_buf *out, struct sgs_slice s, bool is_utf8);

/*
 * Appends s as inline Markdown (CommonMark and GitHub's tables), on one line: it reads as it is and
 * does nothing, neither in a paragraph nor in a cell.  On top of what sgs_escape_text (as UTF-8)
 * does, punctuation gets a backslash or becomes an entity.  A word that readers would make a link,
 * a mention, a reference or a picture in spite of that (with an @, #, $, www. or :// in it) becomes
 * a code span.
 */
void sgs_escape_markdown(struct sgs_buf *out, struct sgs_slice s);

/* Columns that escaped text takes on a terminal. */
size_t sgs_text_columns(struct sgs_slice s);

/* Octets of the first character of escaped text (at least 1 when s is not empty), and its columns.
 */
size_t sgs_text_character(struct sgs_slice s, size_t *out_columns);

#endif
