/*
 * Headers by which Microsoft's servers and clients tell how a registration stands: what both can
 * do, keep-alives ([MS-CONMGMT], section 2.2.1), the registrar's state ([MS-SIPREGE],
 * section 2.2.1), what the client makes of it ([MS-OCER]), and where a server saw the client.
 */
#include <signscope/codec.h>
#include <signscope/diagnostics.h>
#include <signscope/mask.h>

#include "sip.h"

/* All headers called name, which are lists, item by item. */
static void put_items(struct sgs_draft *d, enum sgs_field_id field, const struct sgs_sip_head *head,
                      enum sgs_sip_name name)
{
    for (size_t i = 0; i < head->n; i++) {
        struct sgs_slice rest = head->headers[i].value;
        while (head->headers[i].name == name && rest.len > 0) {
            ev_item(d, field, sgs_slice_trim(sgs_slice_cut(&rest, ',')));
        }
    }
}

/* All headers called name, as they are. */
static void put_whole(struct sgs_draft *d, struct sgs_arena *a, enum sgs_field_id field,
                      const struct sgs_sip_head *head, enum sgs_sip_name name)
{
    for (size_t i = 0; i < head->n; i++) {
        if (head->headers[i].name == name) {
            ev_item(d, field, sgs_mask_text(a, head->headers[i].value));
        }
    }
}

/* name=value; name=value ..., numbers as numbers. */
static void put_params(struct sgs_draft *d, struct sgs_arena *a, enum sgs_field_id field,
                       struct sgs_slice list)
{
    struct sgs_param p;
    uint64_t number = 0;

    while (sgs_param_next(&list, ';', &p)) {
        if (sgs_slice_uint(p.value, UINT32_MAX, &number)) {
            ev_member_int(d, field, p.name, (int64_t)number);
        } else if (p.value.len > 0) {
            ev_member(d, field, p.name, sgs_mask_text(a, p.value));
        }
    }
}

/* UAC;hop-hop=yes, and UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300 */
static void put_keep_alive(struct sgs_draft *d, struct sgs_arena *a, struct sgs_slice value)
{
    struct sgs_slice role = sgs_slice_trim(sgs_slice_head(value, sgs_slice_chr(value, ';')));

    if (role.len > 0 && sgs_slice_chr(role, '=') == role.len) {
        ev_member(d, SGS_F_KEEP_ALIVE, SGS_LIT("role"), role);
    }
    put_params(d, a, SGS_F_KEEP_ALIVE, value);
}

static void put_client_diagnostics(struct sgs_draft *d, struct sgs_arena *a,
                                   const struct sgs_sip_head *head)
{
    for (size_t i = 0; i < head->n; i++) {
        if (head->headers[i].name == SGS_SIP_MS_CLIENT_DIAGNOSTICS) {
            ev_row(d, SGS_F_CLIENT_DIAGNOSTICS);
            ev_diagnostics(d, SGS_F_CLIENT_DIAGNOSTICS, head->headers[i].value, a);
        }
    }
}

static void put_identities(struct sgs_draft *d, struct sgs_arena *a,
                           const struct sgs_sip_head *head)
{
    struct sgs_slice list = sgs_sip_value(head, SGS_SIP_P_ASSERTED_IDENTITY);
    struct sgs_slice uri;

    list = list.len > 0 ? list : sgs_sip_value(head, SGS_SIP_P_PREFERRED_IDENTITY);
    while ((uri = sgs_sip_next_uri(&list)).len > 0) {
        ev_item(d, SGS_F_ASSERTED, sgs_mask_url(a, uri));
    }
}

static void put_piggyback(struct sgs_draft *d, struct sgs_slice value)
{
    uint64_t number = 0;

    if (sgs_slice_uint(value, UINT32_MAX, &number)) {
        ev_int(d, SGS_F_PIGGYBACK_CSEQ, number);
    }
}

void sgs_sip_put_dialect(struct sgs_draft *d, struct sgs_arena *a, const struct sgs_sip_head *head)
{
    static const struct {
        enum sgs_sip_name name;
        enum sgs_field_id field;
    } texts[] = {
        {SGS_SIP_MS_CORRELATION_ID,     SGS_F_CORRELATION_ID     },
        {SGS_SIP_MS_TELEMETRY_ID,       SGS_F_TELEMETRY_ID       },
        {SGS_SIP_P_PREFERRED_REGISTRAR, SGS_F_PREFERRED_REGISTRAR},
        {SGS_SIP_RETRY_AFTER,           SGS_F_RETRY_AFTER        },
    };
    struct sgs_slice state = sgs_sip_value(head, SGS_SIP_SUBSCRIPTION_STATE);

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ev_text(d, texts[i].field, sgs_mask_text(a, sgs_sip_value(head, texts[i].name)));
    }
    put_items(d, SGS_F_SUPPORTED, head, SGS_SIP_SUPPORTED);
    put_items(d, SGS_F_ALLOW_EVENTS, head, SGS_SIP_ALLOW_EVENTS);
    put_whole(d, a, SGS_F_WARNING, head, SGS_SIP_WARNING);
    put_whole(d, a, SGS_F_REASONS, head, SGS_SIP_REASON);
    put_keep_alive(d, a, sgs_sip_value(head, SGS_SIP_MS_KEEP_ALIVE));
    put_params(d, a, SGS_F_PRESENCE_STATE, sgs_sip_value(head, SGS_SIP_PRESENCE_STATE));
    put_client_diagnostics(d, a, head);
    put_identities(d, a, head);
    put_piggyback(d, sgs_sip_value(head, SGS_SIP_MS_PIGGYBACK_CSEQ));
    ev_text(d, SGS_F_SUBSCRIPTION_STATE, sgs_slice_trim(sgs_slice_cut(&state, ';')));
    ev_text(d, SGS_F_ENDPOINT_LOCATION,
            sgs_param_find(sgs_sip_value(head, SGS_SIP_MS_ENDPOINT_LOCATION_DATA), ';',
                           SGS_LIT("ms-media-location-type")));
}

void sgs_sip_put_received(struct sgs_draft *d, struct sgs_arena *a, struct sgs_slice via)
{
    struct sgs_slice first = sgs_slice_cut(&via, ',');
    struct sgs_slice ip = sgs_param_find(first, ';', SGS_LIT("received"));
    struct sgs_slice port = sgs_param_find(first, ';', SGS_LIT("ms-received-port"));

    if (port.len > 0) {
        ev_text(d, SGS_F_RECEIVED,
                sgs_arena_printf(a, "%.*s:%.*s", (int)ip.len,
                                 ip.len > 0 ? (const char *)ip.ptr : "", (int)port.len,
                                 (const char *)port.ptr));
    } else {
        ev_text(d, SGS_F_RECEIVED, ip);
    }
    ev_text(d, SGS_F_RECEIVED_CID, sgs_param_find(first, ';', SGS_LIT("ms-received-cid")));
}
