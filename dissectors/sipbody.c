/*
 * Bodies of SIP messages that tell how a registration goes on: XML documents of Lync and Skype for
 * Business, known by their root, several bodies in one, and the word by which a registrar ends a
 * registration ([MS-SIPREGE], section 2.2.1.13):
 *
 *   deregistered;event=rejected
 */
#include "sipbody.h"

#include <signscope/codec.h>
#include <signscope/limits.h>

#define PROBE_MAX 1024 /* octets in which the root of a document lies */

static const struct {
    const char *root;
    enum sgs_kind kind;
    void (*read)(struct sipbody *b);
} documents[] = {
    {"provisioningGroupList", SGS_K_PROVISIONING_GROUPS, sipbody_groups_asked },
    {"provisionGroupList",    SGS_K_PROVISIONING_GROUPS, sipbody_groups_told  },
    {"roamingList",           SGS_K_ROAMING_DATA,        sipbody_roaming_asked},
    {"roamingData",           SGS_K_ROAMING_DATA,        sipbody_roaming_told },
    {"contactList",           SGS_K_ROAMING_DATA,        sipbody_roaming_told },
    {"contactDelta",          SGS_K_ROAMING_DATA,        sipbody_roaming_told },
    {"reportError",           SGS_K_ERROR_REPORT,        sipbody_report       },
};

#define N_DOCUMENTS (sizeof documents / sizeof *documents)

static size_t document_find(struct sgs_slice root)
{
    size_t i = 0;

    while (i < N_DOCUMENTS && !sgs_slice_eq(root, sgs_slice_str(documents[i].root))) {
        i++;
    }
    return i;
}

/* How the document ended, when that was not well. */
static void tell_end(const struct sipbody *b)
{
    switch (b->x.end) {
    case SGS_XML_WHOLE:
    case SGS_XML_CUT:
        return;
    case SGS_XML_WRONG:
        sgs_malformed(b->l, b->dir, "XML is not well formed", b->x.offset);
        return;
    case SGS_XML_DTD:
        sgs_malformed(b->l, b->dir, "XML with a document type declaration", b->x.offset);
        return;
    case SGS_XML_LIMIT:
        sgs_limit(b->l, b->dir, b->x.limit, b->x.offset);
        return;
    }
}

static void document(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sipbody b = {.l = l, .dir = dir, .a = sgs_scratch(l)};

    sgs_xml_read(msg, b.a, &b.x);
    size_t i = b.x.n > 0 ? document_find(b.x.tokens[0].name) : N_DOCUMENTS;
    if (i < N_DOCUMENTS) {
        b.d = sgs_event_open(l, dir, documents[i].kind);
        ev_str(b.d, SGS_F_OPERATION, documents[i].root);
        documents[i].read(&b);
        if (sgs_is_cut(l) || b.x.end == SGS_XML_CUT) {
            ev_bool(b.d, SGS_F_CUT, true);
        }
        sgs_emit(b.d);
    }
    tell_end(&b);
}

/* state;event=cause */
static void registration(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice list = sgs_slice_trim(msg);
    struct sgs_slice cause = sgs_param_find(list, ';', SGS_LIT("event"));
    struct sgs_draft *d = sgs_event_open(l, dir, SGS_K_REGISTRATION_EVENT);

    ev_text(d, SGS_F_REGISTRATION, sgs_slice_trim(sgs_slice_cut(&list, ';')));
    ev_text(d, SGS_F_WHY, cause);
    sgs_emit(d);
}

/* The local name in the first tag of a document; empty: there is none yet. */
static struct sgs_slice root_of(struct sgs_slice s)
{
    for (size_t open = 0; (open = sgs_slice_chr(s, '<')) < s.len;) {
        s = sgs_slice_from(s, open + 1);
        if (s.len > 0 && s.ptr[0] != '?' && s.ptr[0] != '!') {
            size_t end = 0;
            while (end < s.len && s.ptr[end] > ' ' && s.ptr[end] != '>' && s.ptr[end] != '/') {
                end++;
            }
            struct sgs_slice name = sgs_slice_head(s, end);
            size_t colon = sgs_slice_chr(name, ':');
            return colon < name.len ? sgs_slice_from(name, colon + 1) : name;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static bool is_registration(struct sgs_slice s)
{
    return sgs_slice_istarts(s, SGS_LIT("registered")) ||
           sgs_slice_istarts(s, SGS_LIT("deregistered"));
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice front = sgs_slice_trim(sgs_slice_head(head, PROBE_MAX));
    struct sgs_slice root = root_of(front);

    if (root.len == 0 && sgs_slice_starts(front, SGS_LIT("<"))) {
        return head.len < PROBE_MAX ? SGS_SHORT : SGS_NO;
    }
    if (is_registration(front) || document_find(root) < N_DOCUMENTS) {
        return SGS_SURE;
    }
    return sgs_slice_starts(front, SGS_LIT("--")) ? SGS_MAYBE : SGS_NO;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice front = sgs_slice_trim(msg);

    if (is_registration(front)) {
        registration(l, dir, msg);
    } else if (sgs_slice_starts(front, SGS_LIT("--"))) {
        sipbody_multipart(l, dir, front);
    } else {
        document(l, dir, msg);
    }
}

/* A body is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/vnd-microsoft-roaming-*"},
    {SGS_BY_MEDIA, "application/msrtc-reporterror+xml"  },
    {SGS_BY_MEDIA, "text/registration-event"            },
    {SGS_BY_MEDIA, "multipart/*"                        },
    {0,            NULL                                 },
};

SGS_DISSECTOR(sipbody) = {
    .name = "sipbody",
    .title = "SIP body",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
