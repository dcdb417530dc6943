/* What the files of the DNS dissector share. */
#ifndef SGS_DISSECTORS_DNS_H
#define SGS_DISSECTORS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/layer.h>
#include <signscope/reader.h>

#define SGS_DNS_MAX_NAME                                                                           \
    255                     /* octets on the wire, with the root label: RFC 1035, section 2.3.4    \
                             */
#define SGS_DNS_TYPE_OPT 41 /* no record, but EDNS options: RFC 6891 */

/* A name without compression: length and label, again and again, without the root. */
struct sgs_dns_name {
    uint8_t octets[SGS_DNS_MAX_NAME];
    size_t len; /* octets */
};

/* One message while it is read. */
struct sgs_dns_reading {
    struct sgs_layer *l; /* borrowed */
    enum sgs_dir dir;
    struct sgs_slice msg;   /* without the length of TCP; borrowed */
    struct sgs_buf text;    /* presentation form of what was read last */
    const char *wrong;      /* static text: the first thing that is not as it must be, or NULL */
    size_t wrong_off;       /* where, octets from the head of msg */
    bool has_reached_limit; /* `limit` was said, no more can be read */
};

/* Notes that something is not as it must be, unless something was noted before.  what: static. */
void sgs_dns_wrong(struct sgs_dns_reading *m, const char *what, size_t off);

/*
 * Reads the name at r, whose window ends somewhere in the message; pointers leave it.  False, with
 * r bad, when it cannot be read; then that was noted or a limit was said.
 */
bool sgs_dns_read_name(struct sgs_dns_reading *m, struct sgs_reader *r, struct sgs_dns_name *out);

/* Appends the name: dots between labels, none behind the last, "." for the root. */
void sgs_dns_put_name(struct sgs_buf *to, const struct sgs_dns_name *name);

/* "SRV" or "TYPE4711"; borrowed until message() returns. */
struct sgs_slice sgs_dns_type_name(struct sgs_layer *l, uint16_t type);

/* Appends the presentation form of a record's data to m->text.  r: just these octets, as a window
 * of the message; when it is not rd_done afterwards, the data are damaged. */
void sgs_dns_put_data(struct sgs_dns_reading *m, uint16_t type, uint16_t class,
                      struct sgs_reader *r);

#endif
