/* Words and texts of scenarios. */
#ifndef MKCAP_TEXT_H
#define MKCAP_TEXT_H

#include "scenario.h"

/* Octets of the word at the start of line: up to a blank outside quotes and ${ }. */
size_t mk_word(const char *line);
/* Appends a word without its quotes, expanded. */
void mk_expand_word(struct mk_scenario *s, struct mk_thread *t, const char *word, size_t n,
                    struct mk_buf *out);
/* Appends a text of several lines as one: indentation goes, and between two lines stays a blank
 * unless one ends or the other begins with a tag. */
void mk_squeeze(const char *text, struct mk_buf *out);
/* Reads 2025-03-11T08:15:30[.123]Z; fails on anything else. */
int64_t mk_time_parse(const char *text);

#endif
