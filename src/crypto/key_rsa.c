/*
 * An RSA private key from DER (RFC 8017, appendix A.1.2), every number an INTEGER:
 *
 *   SEQUENCE { version 0, n, e, d, p, q, d mod (p-1), d mod (q-1), q^-1 mod p }
 *
 * OpenSSL's decoders would do, but leave copies of the octets behind in released memory.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <signscope/reader.h>

#include "crypto/key_file.h"

#define N_NUMBERS 8
#define MAX_NUMBER 2049 /* octets: 16384 bits and a zero in front */

/* The content of an element with this tag; r fails when it is another one. */
static struct sgs_slice element(struct sgs_reader *r, uint8_t tag)
{
    uint8_t got = rd_u8(r);
    size_t len = rd_u8(r);

    if (len == 0x81) {
        len = rd_u8(r);
    } else if (len == 0x82) {
        len = rd_be16(r);
    } else if (len > 0x7f) {
        len = SIZE_MAX;
    }
    return rd_take(r, got == tag ? len : SIZE_MAX);
}

/* Numbers go to OpenSSL with their last octet first, as this machine has them. */
static OSSL_PARAM number(const char *name, struct sgs_slice octets, uint8_t *room)
{
    for (size_t i = 0; i < octets.len; i++) {
        room[i] = octets.ptr[octets.len - 1 - i];
    }
    return OSSL_PARAM_construct_BN(name, room, octets.len);
}

EVP_PKEY *sgs_key_rsa(struct sgs_slice der)
{
    static const char *const names[N_NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    struct sgs_reader file = rd_open(der), r = rd_open(element(&file, 0x30));
    struct sgs_slice version = element(&r, 0x02);
    uint8_t room[N_NUMBERS][MAX_NUMBER];
    OSSL_PARAM params[N_NUMBERS + 1];
    EVP_PKEY *pkey = NULL;
    bool ok = rd_ok(&file) && version.len == 1 && version.ptr[0] == 0;

    for (size_t i = 0; ok && i < N_NUMBERS; i++) {
        struct sgs_slice octets = element(&r, 0x02);
        ok = rd_ok(&r) && octets.len > 0 && octets.len <= MAX_NUMBER && octets.ptr[0] < 0x80;
        if (ok) {
            params[i] = number(names[i], octets, room[i]);
        }
    }
    params[N_NUMBERS] = OSSL_PARAM_construct_end();
    EVP_PKEY_CTX *x = ok && rd_done(&r) ? EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL) : NULL;
    if (x && (EVP_PKEY_fromdata_init(x) != 1 ||
              EVP_PKEY_fromdata(x, &pkey, EVP_PKEY_KEYPAIR, params) != 1)) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(x);
    OPENSSL_cleanse(room, sizeof room);
    ERR_clear_error();
    return pkey;
}
