/* Who is revoked: lists (RFC 5280, section 5) and OCSP messages (RFC 6960, section 4). */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <signscope/limits.h>
#include <signscope/names.h>

#include "crypto/cert_facts.h"
#include "crypto/crypto.h"

/* Reasons as RFC 5280, section 5.3.1, has them. */
static const char *reason_name(int reason)
{
    static const struct sgs_value_name names[] = {
        {0,  "unspecified"         },
        {1,  "keyCompromise"       },
        {2,  "cACompromise"        },
        {3,  "affiliationChanged"  },
        {4,  "superseded"          },
        {5,  "cessationOfOperation"},
        {6,  "certificateHold"     },
        {8,  "removeFromCRL"       },
        {9,  "privilegeWithdrawn"  },
        {10, "aACompromise"        },
    };
    return reason < 0 ? NULL : SGS_NAME_FIND(names, (uint32_t)reason);
}

static bool can_read(struct sgs_slice der, size_t cap)
{
    return sgs_crypto_open() && der.len > 0 && der.len <= cap;
}

/* An entry of a delta that takes a certificate off the list. */
static bool is_removal(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    bool is_so = reason && ASN1_ENUMERATED_get(reason) == CRL_REASON_REMOVE_FROM_CRL;

    ASN1_ENUMERATED_free(reason);
    return is_so;
}

static void read_entries(struct sgs_arena *a, X509_CRL *crl, struct sgs_crl *out)
{
    const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    int n = sk_X509_REVOKED_num(entries);

    if (n <= 0) {
        return;
    }
    out->entries = (uint64_t)n;
    out->revoked = sgs_arena_array(a, SGS_MAX_EVENT_ITEMS, sizeof *out->revoked);
    for (int i = 0; out->revoked && i < n && out->n_revoked < SGS_MAX_EVENT_ITEMS; i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        if (!is_removal(entry)) {
            out->revoked[out->n_revoked++] =
                sgs_cert_serial_text(a, X509_REVOKED_get0_serialNumber(entry));
        }
    }
}

enum sgs_status sgs_crl_read(struct sgs_slice der, struct sgs_arena *a, struct sgs_crl *out)
{
    const unsigned char *p = der.ptr;
    const X509_ALGOR *signature = NULL;
    const ASN1_OBJECT *algorithm = NULL;
    X509_CRL *crl = can_read(der, SGS_MAX_BODY) ? d2i_X509_CRL(NULL, &p, (long)der.len) : NULL;

    if (!crl || p != der.ptr + der.len) {
        X509_CRL_free(crl);
        ERR_clear_error();
        return SGS_E_FORMAT;
    }
    X509_CRL_get0_signature(crl, NULL, &signature);
    X509_ALGOR_get0(&algorithm, NULL, NULL, signature);
    struct sgs_crl c = {
        .issuer = sgs_cert_name_text(a, X509_CRL_get_issuer(crl)),
        .signature = sgs_cert_object_text(a, algorithm, true),
        .this_update = sgs_cert_time(X509_CRL_get0_lastUpdate(crl)),
        .next_update = sgs_cert_time(X509_CRL_get0_nextUpdate(crl)),
        .is_delta = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0,
    };
    read_entries(a, crl, &c);
    X509_CRL_free(crl);
    ERR_clear_error();
    *out = c;
    return SGS_OK;
}

/* Only a copy of an ID that is part of a message may be asked. */
static struct sgs_slice id_serial(struct sgs_arena *a, const OCSP_CERTID *id)
{
    OCSP_CERTID *copy = OCSP_CERTID_dup(id);
    ASN1_INTEGER *serial = NULL;
    struct sgs_slice text = {NULL, 0};

    if (copy && OCSP_id_get0_info(NULL, NULL, NULL, &serial, copy) == 1) {
        text = sgs_cert_serial_text(a, serial);
    }
    OCSP_CERTID_free(copy);
    return text;
}

static struct sgs_ocsp_cert *room_for(struct sgs_arena *a, int n)
{
    size_t room = n < SGS_MAX_OCSP_CERTS ? (size_t)(n > 0 ? n : 0) : SGS_MAX_OCSP_CERTS;
    return room > 0 ? sgs_arena_array(a, room, sizeof(struct sgs_ocsp_cert)) : NULL;
}

enum sgs_status sgs_ocsp_request_read(struct sgs_slice der, struct sgs_arena *a,
                                      struct sgs_ocsp *out)
{
    const unsigned char *p = der.ptr;
    OCSP_REQUEST *request =
        can_read(der, SGS_MAX_OCSP) ? d2i_OCSP_REQUEST(NULL, &p, (long)der.len) : NULL;

    if (!request || p != der.ptr + der.len) {
        OCSP_REQUEST_free(request);
        ERR_clear_error();
        return SGS_E_FORMAT;
    }
    int n = OCSP_request_onereq_count(request);
    struct sgs_ocsp o = {.produced_at = SGS_TIME_NONE, .certs = room_for(a, n)};
    for (int i = 0; o.certs && i < n && i < SGS_MAX_OCSP_CERTS; i++) {
        o.certs[o.n_certs++] = (struct sgs_ocsp_cert){
            .serial = id_serial(a, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, i))),
            .this_update = SGS_TIME_NONE,
            .next_update = SGS_TIME_NONE,
            .revoked_at = SGS_TIME_NONE,
        };
    }
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    *out = o;
    return SGS_OK;
}

static struct sgs_ocsp_cert single_answer(struct sgs_arena *a, OCSP_SINGLERESP *single)
{
    static const struct sgs_value_name statuses[] = {
        {V_OCSP_CERTSTATUS_GOOD,    "good"   },
        {V_OCSP_CERTSTATUS_REVOKED, "revoked"},
        {V_OCSP_CERTSTATUS_UNKNOWN, "unknown"},
    };
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *next = NULL;
    int reason = -1;
    int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &next);

    return (struct sgs_ocsp_cert){
        .serial = id_serial(a, OCSP_SINGLERESP_get0_id(single)),
        .status = status < 0 ? NULL : SGS_NAME_FIND(statuses, (uint32_t)status),
        .this_update = sgs_cert_time(from),
        .next_update = sgs_cert_time(next),
        .revoked_at = sgs_cert_time(revoked),
        .reason = reason_name(reason),
    };
}

static void read_basic(struct sgs_arena *a, OCSP_BASICRESP *basic, struct sgs_ocsp *out)
{
    int n = OCSP_resp_count(basic);

    out->produced_at = sgs_cert_time(OCSP_resp_get0_produced_at(basic));
    out->certs = room_for(a, n);
    for (int i = 0; out->certs && i < n && i < SGS_MAX_OCSP_CERTS; i++) {
        out->certs[out->n_certs++] = single_answer(a, OCSP_resp_get0(basic, i));
    }
}

enum sgs_status sgs_ocsp_response_read(struct sgs_slice der, struct sgs_arena *a,
                                       struct sgs_ocsp *out)
{
    static const struct sgs_value_name statuses[] = {
        {OCSP_RESPONSE_STATUS_SUCCESSFUL,       "successful"      },
        {OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, "malformedRequest"},
        {OCSP_RESPONSE_STATUS_INTERNALERROR,    "internalError"   },
        {OCSP_RESPONSE_STATUS_TRYLATER,         "tryLater"        },
        {OCSP_RESPONSE_STATUS_SIGREQUIRED,      "sigRequired"     },
        {OCSP_RESPONSE_STATUS_UNAUTHORIZED,     "unauthorized"    },
    };
    const unsigned char *p = der.ptr;
    OCSP_RESPONSE *response =
        can_read(der, SGS_MAX_OCSP) ? d2i_OCSP_RESPONSE(NULL, &p, (long)der.len) : NULL;

    if (!response || p != der.ptr + der.len) {
        OCSP_RESPONSE_free(response);
        ERR_clear_error();
        return SGS_E_FORMAT;
    }
    int status = OCSP_response_status(response);
    struct sgs_ocsp o = {.produced_at = SGS_TIME_NONE};
    o.status = status < 0 ? NULL : SGS_NAME_FIND(statuses, (uint32_t)status);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    if (basic) {
        read_basic(a, basic, &o);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    if (!o.status) {
        return SGS_E_FORMAT;
    }
    *out = o;
    return SGS_OK;
}
