/* What the files of the dissector of SIP bodies share. */
#ifndef SGS_DISSECTORS_SIPBODY_H
#define SGS_DISSECTORS_SIPBODY_H

#include <stddef.h>

#include <signscope/dissector.h>
#include <signscope/xml.h>

/* A document that is read. */
struct sipbody {
    struct sgs_layer *l;
    enum sgs_dir dir;
    struct sgs_arena *a; /* of the message */
    struct sgs_xml x;
    struct sgs_draft *d; /* the event that is filled */
};

/* sipbody_provisioning.c: [MS-SIPREGE], section 2.2.2.5 */
void sipbody_groups_asked(struct sipbody *b);
void sipbody_groups_told(struct sipbody *b);

/* sipbody_roaming.c: [MS-PRES] and [MS-SIP], section 3.7 */
void sipbody_roaming_asked(struct sipbody *b);
void sipbody_roaming_told(struct sipbody *b);

/* sipbody_report.c: [MS-OCER], section 2.2.2 */
void sipbody_report(struct sipbody *b);

/* sipbody_multipart.c: RFC 2046, section 5.1; parts go to whoever claims their media type. */
void sipbody_multipart(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg);

#endif
