/* What a request for a certificate says (PKCS #10, RFC 2986). */
#include <signscope/cert.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <signscope/limits.h>

#include "crypto/cert_facts.h"
#include "crypto/crypto.h"

enum sgs_status sgs_cert_request_read(struct sgs_slice der, struct sgs_arena *a,
                                      struct sgs_cert_request *out)
{
    const unsigned char *at = der.ptr;
    const ASN1_OBJECT *algorithm = NULL;
    const X509_ALGOR *signature = NULL;

    if (!sgs_crypto_open() || der.len == 0 || der.len > SGS_MAX_TLS_CERTIFICATE) {
        return SGS_E_FORMAT;
    }
    X509_REQ *r = d2i_X509_REQ(NULL, &at, (long)der.len);
    bool is_whole = r && at == der.ptr + der.len;
    if (is_whole) {
        EVP_PKEY *key = X509_REQ_get0_pubkey(r);
        X509_REQ_get0_signature(r, NULL, &signature);
        X509_ALGOR_get0(&algorithm, NULL, NULL, signature);
        *out = (struct sgs_cert_request){
            .subject = sgs_cert_name_text(a, X509_REQ_get_subject_name(r)),
            .key = sgs_cert_key_text(a, X509_REQ_get_X509_PUBKEY(r)),
            .signature = sgs_cert_object_text(a, algorithm, true),
            .is_signed = key && X509_REQ_verify(r, key) == 1,
        };
    }
    X509_REQ_free(r);
    ERR_clear_error();
    return is_whole ? SGS_OK : SGS_E_FORMAT;
}
