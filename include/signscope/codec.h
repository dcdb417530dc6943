/* Text encodings: base64 (RFC 4648, section 4), hex, percent (RFC 3986, section 2.1), UTF-16LE,
 * parameters. */
#ifndef SGS_CODEC_H
#define SGS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/slice.h>

/* Decodes all of text (blanks and line ends are skipped, padding may lack) into the arena.  False
 * on any other octet or at the cap. */
bool sgs_base64_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out);

/* The same for the URL alphabet (RFC 4648, section 5): '-' and '_' in place of '+' and '/'. */
bool sgs_base64url_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out);

/* Hex digits of both cases, an even number, into the arena.  False otherwise or at the cap. */
bool sgs_hex_decode(struct sgs_arena *a, struct sgs_slice text, struct sgs_slice *out);

/* Value of one hex digit, or -1. */
int sgs_hex_digit(uint8_t c);

/* Lower-case hex of s in the arena; empty at the cap. */
struct sgs_slice sgs_hex_encode(struct sgs_arena *a, struct sgs_slice s);

/* %XX undone; a bad escape stays as it stands.  s itself when nothing was escaped. */
struct sgs_slice sgs_percent_decode(struct sgs_arena *a, struct sgs_slice s);

/* UTF-16LE to UTF-8 in the arena; lone surrogates and a cut last octet become U+FFFD. */
struct sgs_slice sgs_utf16le_decode(struct sgs_arena *a, struct sgs_slice s);

/* Octets of the UTF-8 sequence at the head of s (1 to 4), or 0 when it is not valid (RFC 3629). */
size_t sgs_utf8_len(struct sgs_slice s);

/*
 * Next pair of a form or query (application/x-www-form-urlencoded), decoded in the arena where that
 * changes something.  False when nothing is left.
 */
bool sgs_form_next(struct sgs_arena *a, struct sgs_slice *rest, struct sgs_slice *name,
                   struct sgs_slice *value);

/* Next prefix with decimal digits behind it, at most 16 of them: "AADSTS50034".  *out is a slice of
 * *rest.  False when there is none. */
bool sgs_code_next(struct sgs_slice *rest, struct sgs_slice prefix, struct sgs_slice *out);

/*
 * Next name[=value] of a list separated by sep (',' or ';'): quoted values lose their quotes
 * (backslash escapes stay), separators inside quotes do not count.  Both are slices of *rest,
 * trimmed; has_value tells name= from name. False when nothing is left.
 */
struct sgs_param {
    struct sgs_slice name;
    struct sgs_slice value;
    bool has_value;
};
bool sgs_param_next(struct sgs_slice *rest, uint8_t sep, struct sgs_param *out);

/* The value of the first parameter called name (ASCII case folded), or an empty slice with NULL
 * ptr. */
struct sgs_slice sgs_param_find(struct sgs_slice list, uint8_t sep, struct sgs_slice name);

#endif
