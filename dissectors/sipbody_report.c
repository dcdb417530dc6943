/*
 * The client reports an error to its server ([MS-OCER], sections 2.2.2 and 3.1.4.1): which request
 * failed, with what answer, and what was reported on the way.
 *
 *   <reportError><error callId="..." requestType="INVITE" responseCode="408" ...>
 *     <diagHeader>10000;reason="..."</diagHeader>
 *     <progressReports><progressReport><diagHeader>12006;...</diagHeader></progressReport> ...
 */
#include "sipbody.h"

#include <signscope/diagnostics.h>
#include <signscope/mask.h>

static struct sgs_slice attribute(const struct sipbody *b, size_t i, const char *name)
{
    return sgs_xml_attribute(&b->x, i, name);
}

/* Diagnostics of the answer, then those of its progress. */
static void put_headers(struct sipbody *b, size_t error)
{
    size_t end = sgs_xml_close(&b->x, error);
    size_t reports = sgs_xml_find(&b->x, error, end, "progressReports");

    for (size_t i = error; (i = sgs_xml_find(&b->x, i, end, "diagHeader")) < end; i++) {
        struct sgs_slice text = sgs_xml_text(&b->x, i);
        if (i < reports) {
            ev_diagnostics(b->d, SGS_F_MS_DIAGNOSTICS, text, b->a);
        } else {
            ev_row(b->d, SGS_F_PROGRESS);
            ev_diagnostics(b->d, SGS_F_PROGRESS, text, b->a);
        }
    }
}

void sipbody_report(struct sipbody *b)
{
    size_t error = sgs_xml_find(&b->x, 0, b->x.n, "error");
    uint64_t status = 0;

    if (error == b->x.n) {
        return;
    }
    ev_text(b->d, SGS_F_METHOD, attribute(b, error, "requestType"));
    if (sgs_slice_uint(attribute(b, error, "responseCode"), UINT32_MAX, &status)) {
        ev_int(b->d, SGS_F_STATUS, status);
    }
    ev_text(b->d, SGS_F_CALL_ID, attribute(b, error, "callId"));
    ev_text(b->d, SGS_F_CONTENT_TYPE, attribute(b, error, "contentType"));
    ev_text(b->d, SGS_F_FROM, sgs_mask_url(b->a, attribute(b, error, "fromUri")));
    ev_text(b->d, SGS_F_TO, sgs_mask_url(b->a, attribute(b, error, "toUri")));
    put_headers(b, error);
}
