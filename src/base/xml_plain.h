/* Private to src/base: a short way through documents of XML that have nothing special. */
#ifndef SGS_BASE_XML_PLAIN_H
#define SGS_BASE_XML_PLAIN_H

#include <stdbool.h>

#include <signscope/arena.h>
#include <signscope/slice.h>
#include <signscope/xml.h>

/* Reads document (without a byte order mark) and tells true, or leaves it to expat: false, and *out
 * is untouched. */
bool sgs_xml_read_plain(struct sgs_slice document, struct sgs_arena *a, struct sgs_xml *out);

#endif
