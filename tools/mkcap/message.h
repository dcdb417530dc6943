/* Texts of scenarios as messages of HTTP and SIP. */
#ifndef MKCAP_MESSAGE_H
#define MKCAP_MESSAGE_H

#include "scenario.h"

/* Makes the octets of a message out of the command's text and its options (chunked, gzip, lines,
 * length=, body=, sign=, see README.md).  out_bulk: random octets that are still to follow. */
void mk_message(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a, unsigned side,
                struct mk_buf *out, uint64_t *out_bulk);

/* Text with \r \n \t \\ \xHH as octets. */
void mk_unescape(const char *text, struct mk_buf *out);

#endif
