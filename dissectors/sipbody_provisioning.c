/*
 * In-band provisioning ([MS-SIPREGE], section 2.2.2.5): a client asks for groups of settings by
 * name, and is told addresses and policies.  Both spellings of a setting occur:
 *
 *   <provisionGroup name="ServerConfiguration"><ucwaUrl>https://...</ucwaUrl> ...
 *   <provisionGroup name="endpointConfiguration"><propertyEntryList><property
 *   name="EnableTracing">true</property> ...
 *
 * Addresses are told of all groups, other settings of endpointConfiguration alone: the rest is
 * about calls and meetings.
 */
#include "sipbody.h"

#include <signscope/mask.h>

#define MAX_SETTING 256 /* octets of a value that is told: switches and numbers are far shorter */

static const struct sgs_xml_token *token(const struct sipbody *b, size_t i)
{
    return &b->x.tokens[i];
}

/* Index of the next START called name from i on, or n. */
static size_t next(const struct sipbody *b, size_t i, const char *name)
{
    return sgs_xml_find(&b->x, i, b->x.n, name);
}

void sipbody_groups_asked(struct sipbody *b)
{
    for (size_t i = 0; (i = next(b, i, "provisioningGroup")) < b->x.n; i++) {
        ev_item(b->d, SGS_F_GROUPS, sgs_xml_attribute(&b->x, i, "name"));
    }
}

static bool is_address(struct sgs_slice text)
{
    static const char *const schemes[] = {"http://", "https://", "sip:", "sips:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (sgs_slice_istarts(text, sgs_slice_str(schemes[i]))) {
            return sgs_slice_chr(text, ' ') == text.len;
        }
    }
    return false;
}

static void put_setting(struct sipbody *b, size_t i, bool is_endpoint)
{
    struct sgs_slice text = sgs_xml_text(&b->x, i);
    struct sgs_slice name = sgs_slice_eq(token(b, i)->name, SGS_LIT("property"))
                                ? sgs_xml_attribute(&b->x, i, "name")
                                : token(b, i)->name;

    if (text.len == 0 || name.len == 0) {
        return;
    }
    if (is_address(text)) {
        ev_member(b->d, SGS_F_LINKS, name, sgs_mask_url(b->a, text));
    } else if (is_endpoint && text.len <= MAX_SETTING) {
        ev_member(b->d, SGS_F_SETTINGS, name, sgs_mask_text(b->a, text));
    }
}

void sipbody_groups_told(struct sipbody *b)
{
    for (size_t i = 0; (i = next(b, i, "provisionGroup")) < b->x.n;) {
        struct sgs_slice name = sgs_xml_attribute(&b->x, i, "name");
        bool is_endpoint = sgs_slice_ieq(name, SGS_LIT("endpointConfiguration"));
        size_t close = sgs_xml_close(&b->x, i);
        ev_item(b->d, SGS_F_GROUPS, name);
        for (i++; i < close; i++) {
            if (token(b, i)->kind == SGS_XML_START) {
                put_setting(b, i, is_endpoint);
            }
        }
    }
}
