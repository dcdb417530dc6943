/* What the files of the LDAP dissector share. */
#ifndef SGS_DISSECTORS_LDAP_H
#define SGS_DISSECTORS_LDAP_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/der.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/slice.h>

#define SGS_LDAP_START_TLS SGS_LIT("1.3.6.1.4.1.1466.20037")
#define SGS_LDAP_WHO_AM_I SGS_LIT("1.3.6.1.4.1.4203.1.11.3")

#define SGS_LDAP_SET 0x31 /* SET OF */

/* A request that may still be answered. */
struct sgs_ldap_request {
    int64_t message_id;
    uint64_t event;   /* id */
    sgs_time time;    /* of its first octet */
    uint64_t entries; /* returned so far */
    bool is_over;
    bool is_start_tls;
    bool is_who_am_i;
};

#define SGS_LDAP_BLOCK 32 /* requests for which memory is taken at once */

enum sgs_ldap_start_tls { SGS_LDAP_TLS_NONE, SGS_LDAP_TLS_ASKED };

/* State of a layer. */
struct sgs_ldap {
    struct sgs_ldap_request *blocks[SGS_MAX_LDAP_PENDING / SGS_LDAP_BLOCK]; /* a ring in blocks */
    size_t n_requests;                                                      /* put into it so far */
    const char *token;                 /* who reads tokens of the bind that goes on, or NULL */
    enum sgs_ldap_start_tls start_tls; /* and not answered */
    bool is_answer_lost;               /* that answer may be in a hole */
    bool has_lost_one;                 /* the limit of waiting requests was told */
    bool is_cut;                       /* the datagram at hand was longer on the wire */
    bool is_lost[2];                   /* by direction: where a message begins is not known */
};

/* One message on its way into an event. */
struct sgs_ldap_work {
    struct sgs_layer *l;
    enum sgs_dir dir;
    struct sgs_draft *d;
    struct sgs_ldap_request *request; /* that this is, or answers; NULL: not known */
    uint32_t code;                    /* of the result, if there is one */
    size_t n_values;                  /* given to others so far */
    bool is_bad;                      /* something is against the grammar */
    bool opens_tls;                   /* this answer lets StartTLS begin */
};

/* One message, whole or (is_cut) its head.  True: TLS begins behind it. */
bool sgs_ldap_read(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg, bool is_cut);

/* A tag of one of the operations. */
bool sgs_ldap_is_operation(uint8_t tag);

/* Names of numbers, or the number; static or in the arena. */
struct sgs_slice sgs_ldap_result(struct sgs_arena *a, uint32_t code);
struct sgs_slice sgs_ldap_extension(struct sgs_slice oid);
struct sgs_slice sgs_ldap_control(struct sgs_slice oid);

/* The Filter at the head of r into the event; of a search for "NetLogon" also what it asks about.
 */
void sgs_ldap_put_filter(struct sgs_ldap_work *w, struct sgs_der filter);
void sgs_ldap_put_ping(struct sgs_ldap_work *w, struct sgs_der filter);

/* The URL of a list or a certificate that a search asks for: that of an attribute of an entry;
 * empty when the attribute is none of these. */
struct sgs_slice sgs_ldap_document_url(struct sgs_arena *a, struct sgs_slice entry,
                                       struct sgs_slice attribute);

/* SearchResultEntry: names into the event, certificates and lists to whoever reads them. */
void sgs_ldap_put_entry(struct sgs_ldap_work *w, struct sgs_reader *r);

#endif
