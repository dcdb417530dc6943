/*
 * Roaming data: what a user has on the server, told to each of the user's endpoints ([MS-PRES],
 * section 2.2.2; contacts in [MS-SIP], section 3.7).  Who the contacts are is nobody's business;
 * how many there are tells whether the data came.
 */
#include "sipbody.h"

static const char *const counted[] = {"contact",  "group",     "addedContact", "addedGroup",
                                      "category", "container", "subscriber",   "delegate"};

void sipbody_roaming_asked(struct sipbody *b)
{
    for (size_t i = 0; i < b->x.n; i++) {
        if (b->x.tokens[i].kind == SGS_XML_START && i > 0) {
            ev_item(b->d, SGS_F_GROUPS, sgs_xml_attribute(&b->x, i, "type"));
        }
    }
}

void sipbody_roaming_told(struct sipbody *b)
{
    for (size_t k = 0; k < sizeof counted / sizeof *counted; k++) {
        int64_t n = 0;
        for (size_t i = 0; (i = sgs_xml_find(&b->x, i, b->x.n, counted[k])) < b->x.n; i++) {
            n++;
        }
        if (n > 0) {
            ev_member_int(b->d, SGS_F_COUNTS, sgs_slice_str(counted[k]), n);
        }
    }
}
