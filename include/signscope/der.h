/*
 * Elements of DER (ITU-T X.690), read one by one through a reader: one-octet tags and definite
 * lengths, which is all that Kerberos, SPNEGO and LDAP use.  Whatever does not lie whole in its
 * window makes the reader bad; nothing is copied.
 */
#ifndef SGS_DER_H
#define SGS_DER_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/clock.h>
#include <signscope/reader.h>
#include <signscope/slice.h>

enum {
    SGS_DER_INTEGER = 0x02,
    SGS_DER_BIT_STRING = 0x03,
    SGS_DER_OCTET_STRING = 0x04,
    SGS_DER_OID = 0x06,
    SGS_DER_ENUMERATED = 0x0a,
    SGS_DER_GENERALIZED_TIME = 0x18,
    SGS_DER_GENERAL_STRING = 0x1b,
    SGS_DER_SEQUENCE = 0x30
};
#define SGS_DER_APPLICATION(n) (0x60 | (n)) /* constructed; n up to 30 */
#define SGS_DER_CONTEXT(n) (0xa0 | (n))     /* constructed; n up to 30 */

/* One element; value is borrowed as the reader's window is. */
struct sgs_der {
    uint8_t tag;
    struct sgs_slice value;
};

/*
 * Tag and length of the element at the head of r, which is then at its value.  The value need not
 * lie in the window.  False and bad when they are cut, the tag has several octets or the length is
 * indefinite or beyond 32 bits.
 */
bool sgs_der_head(struct sgs_reader *r, uint8_t *out_tag, uint32_t *out_len);

/* The next element, whole.  False at the end of the window, or (then r is bad) when it is wrong. */
bool sgs_der_next(struct sgs_reader *r, struct sgs_der *out);

/* A reader on the value of the next element, which must have tag; both are bad when it has not. */
struct sgs_reader sgs_der_enter(struct sgs_reader *r, uint8_t tag);

/* The same where the end of the octets may be missing: the value is then what is there of it. */
struct sgs_reader sgs_der_enter_cut(struct sgs_reader *r, uint8_t tag);

/* The value of the next element, which must have tag; empty and bad when it has not. */
struct sgs_slice sgs_der_value(struct sgs_reader *r, uint8_t tag);

/* The next element as INTEGER or ENUMERATED of at most 8 octets; 0 and bad when it is none. */
int64_t sgs_der_int(struct sgs_reader *r);

/* The next element as GeneralizedTime in the form of DER, YYYYMMDDHHMMSSZ; SGS_TIME_NONE and bad
 * when it is none. */
sgs_time sgs_der_time(struct sgs_reader *r);

/* The first 32 bits of the next element, a BIT STRING: bit 0 of ASN.1 is the top one.  0 and bad
 * when it is none. */
uint32_t sgs_der_bits(struct sgs_reader *r);

/* The value of an OBJECT IDENTIFIER with dots, in the arena; empty when it is none. */
struct sgs_slice sgs_der_oid(struct sgs_arena *a, struct sgs_slice value);

#endif
