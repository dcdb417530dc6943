/*
 * Entries that a search returns (RFC 4511, section 4.5.2): a name and attributes with their values.
 * Values stay unread, but for lists of revoked certificates and issuers (RFC 4523, section 4).
 */
#include <signscope/mask.h>

#include "ldap.h"

/* What certificates name to be fetched by LDAP (RFC 5280, sections 4.2.1.13 and 4.2.2.1). */
static const struct {
    const char *attribute;
    const char *media;
} documents[] = {
    {"certificateRevocationList", "application/pkix-crl" },
    {"authorityRevocationList",   "application/pkix-crl" },
    {"deltaRevocationList",       "application/pkix-crl" },
    {"cACertificate",             "application/pkix-cert"},
};

/* The media type of an attribute's values, or NULL. */
static const char *media_of(struct sgs_slice attribute)
{
    struct sgs_slice name = sgs_slice_head(attribute, sgs_slice_chr(attribute, ';'));

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        if (sgs_slice_ieq(name, sgs_slice_str(documents[i].attribute))) {
            return documents[i].media;
        }
    }
    return NULL;
}

/* What RFC 3986, section 2.3, and RFC 4516, section 2.1, let stand in the name of a URL. */
static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           sgs_slice_chr(SGS_LIT("-._~!$&'()*+,;=:@/"), c) < sizeof "-._~!$&'()*+,;=:@/" - 1;
}

struct sgs_slice sgs_ldap_document_url(struct sgs_arena *a, struct sgs_slice entry,
                                       struct sgs_slice attribute)
{
    static const char digits[] = "0123456789ABCDEF";
    struct sgs_slice name = sgs_slice_head(attribute, sgs_slice_chr(attribute, ';'));
    size_t n = 0;

    if (!media_of(name)) {
        return (struct sgs_slice){NULL, 0};
    }
    entry = sgs_slice_head(entry, SGS_MAX_EVENT_TEXT);
    uint8_t *text = sgs_arena_array(a, entry.len + 1, 3);
    for (size_t i = 0; text && i < entry.len; i++) {
        uint8_t c = entry.ptr[i];
        if (is_plain(c)) {
            text[n++] = c;
        } else {
            text[n++] = '%';
            text[n++] = (uint8_t)digits[c >> 4];
            text[n++] = (uint8_t)digits[c & 15];
        }
    }
    return sgs_arena_printf(a, "ldap:///%.*s?%.*s", (int)n, text ? (const char *)text : "",
                            (int)name.len, (const char *)name.ptr);
}

static void hand_out(struct sgs_ldap_work *w, const char *media, struct sgs_slice url,
                     struct sgs_slice value)
{
    struct sgs_layer *child = sgs_start(w->l, SGS_BY_MEDIA, sgs_slice_str(media));

    sgs_put(child, SGS_NOTE_MEDIA, sgs_slice_str(media));
    sgs_put(child, SGS_NOTE_TARGET, url);
    sgs_push(child, w->dir, value);
    sgs_finish(child);
}

static void put_attribute(struct sgs_ldap_work *w, struct sgs_slice entry, struct sgs_reader *r)
{
    struct sgs_slice attribute = sgs_der_value(r, SGS_DER_OCTET_STRING);
    struct sgs_reader values = sgs_der_enter(r, SGS_LDAP_SET);
    const char *media = media_of(attribute);
    struct sgs_der e;

    ev_item(w->d, SGS_F_ATTRIBUTES, attribute);
    while (media && sgs_der_next(&values, &e)) {
        if (w->n_values == SGS_MAX_LDAP_VALUES) {
            sgs_limit(w->l, w->dir, "ldap.values", SGS_MAX_LDAP_VALUES);
        }
        if (w->n_values++ < SGS_MAX_LDAP_VALUES) {
            hand_out(w, media, sgs_ldap_document_url(sgs_scratch(w->l), entry, attribute), e.value);
        }
    }
    r->bad |= values.bad;
}

void sgs_ldap_put_entry(struct sgs_ldap_work *w, struct sgs_reader *r)
{
    struct sgs_slice entry = sgs_der_value(r, SGS_DER_OCTET_STRING);
    ev_text(w->d, SGS_F_BASE, sgs_mask_text(sgs_scratch(w->l), entry));
    struct sgs_reader list = sgs_der_enter(r, SGS_DER_SEQUENCE);
    struct sgs_der e;

    while (sgs_der_next(&list, &e)) {
        struct sgs_reader in = rd_open(e.value);
        put_attribute(w, entry, &in);
        w->is_bad |= in.bad;
    }
    w->is_bad |= list.bad;
}
