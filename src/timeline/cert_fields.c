/* Certificates and OCSP answers as fields of events: one list of them for all carriers. */
#include <signscope/cert_fields.h>

#include <signscope/codec.h>

void ev_cert(struct sgs_draft *d, const struct sgs_cert *c, struct sgs_arena *a)
{
    ev_text(d, SGS_F_SUBJECT, c->subject);
    ev_text(d, SGS_F_ISSUER, c->issuer);
    ev_time(d, SGS_F_NOT_BEFORE, c->not_before);
    ev_time(d, SGS_F_NOT_AFTER, c->not_after);
    ev_text(d, SGS_F_SHA256, sgs_hex_encode(a, sgs_slice(c->sha256, sizeof c->sha256)));
    ev_text(d, SGS_F_SERIAL, c->serial);
}

void ev_ocsp(struct sgs_draft *d, const struct sgs_ocsp *o, const struct sgs_ocsp_cert *c)
{
    ev_str(d, SGS_F_OCSP_STATUS, o->status);
    if (c) {
        ev_text(d, SGS_F_SERIAL, c->serial);
        ev_str(d, SGS_F_CERT_STATUS, c->status);
        ev_time(d, SGS_F_THIS_UPDATE, c->this_update);
        ev_time(d, SGS_F_NEXT_UPDATE, c->next_update);
        ev_time(d, SGS_F_REVOKED_AT, c->revoked_at);
        ev_str(d, SGS_F_REVOCATION_REASON, c->reason);
    }
}
