/*
 * Files of private keys and pre-shared keys.  What a file is, is seen from its content:
 *
 *   PEM (RFC 7468)     -----BEGIN PRIVATE KEY-----, ENCRYPTED, RSA, EC ...; other things are passed
 * over PKCS#8 (RFC 5958)  SEQUENCE { INTEGER, algorithm, OCTET STRING } encrypted        SEQUENCE {
 * algorithm, OCTET STRING } PKCS#1 (RFC 8017)  SEQUENCE { INTEGER, INTEGER modulus ... } PKCS#12
 * key_file_p12.c pre-shared key     hex digits
 */
#include "crypto/key_file.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "crypto/crypto.h"

/* what a file is */

static bool is_hex(struct sgs_slice text)
{
    text = sgs_slice_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        if (sgs_hex_digit(text.ptr[i]) < 0) {
            return false;
        }
    }
    return text.len > 0;
}

/* A SEQUENCE that begins with an INTEGER or a SEQUENCE, as all that is read here does. */
static bool is_der(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);
    uint8_t tag = rd_u8(&r), len = rd_u8(&r);

    if (len > 0x80) {
        rd_skip(&r, len & 0x7fu);
    }
    uint8_t first = rd_u8(&r);
    return rd_ok(&r) && tag == 0x30 && len <= 0x84 && (first == 0x02 || first == 0x30);
}

enum sgs_key_file sgs_key_file_probe(struct sgs_slice head)
{
    if (sgs_tls_keys_probe(head)) {
        return SGS_KEY_FILE_LOG;
    }
    if (is_hex(head)) {
        return SGS_KEY_FILE_PSK;
    }
    bool is_pem = sgs_slice_find(head, SGS_LIT("-----BEGIN ")) < head.len;
    return is_pem || is_der(head) ? SGS_KEY_FILE_PRIVATE : SGS_KEY_FILE_OTHER;
}

const char *sgs_key_error_text(enum sgs_key_error error)
{
    static const char *const texts[] = {
#define SGS_KEY_ERROR_ROW(name, text) text,
        SGS_KEY_ERROR_LIST(SGS_KEY_ERROR_ROW)
#undef SGS_KEY_ERROR_ROW
    };
    return texts[error];
}

/* work */

/* Rounds of a hash that alg asks for; too many when it is not known. */
static bool is_cheap_scrypt(const X509_ALGOR *alg)
{
    const void *value = NULL;
    int type = 0;
    const uint64_t most = SGS_MAX_KEY_ROUNDS;

    X509_ALGOR_get0(NULL, &type, &value, alg);
    SCRYPT_PARAMS *p =
        type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(SCRYPT_PARAMS)) : NULL;
    uint64_t n = 0, r = 0, width = 0;
    bool ok = p && ASN1_INTEGER_get_uint64(&n, p->costParameter) == 1 &&
              ASN1_INTEGER_get_uint64(&r, p->blockSize) == 1 &&
              ASN1_INTEGER_get_uint64(&width, p->parallelizationParameter) == 1 && n <= most &&
              r <= most && width <= most && n * r <= most && n * r * width <= most;
    SCRYPT_PARAMS_free(p);
    return ok;
}

static bool is_cheap_count(const ASN1_INTEGER *rounds)
{
    uint64_t n = 0;

    return rounds && ASN1_INTEGER_get_uint64(&n, rounds) == 1 && n <= SGS_MAX_KEY_ROUNDS;
}

/* PBES2 (RFC 8018, section 6.2): the function that makes a key of the pass phrase. */
static bool is_cheap_pbes2(const ASN1_STRING *params)
{
    const ASN1_OBJECT *name = NULL;
    const void *value = NULL;
    int type = 0;
    PBE2PARAM *p = ASN1_item_unpack(params, ASN1_ITEM_rptr(PBE2PARAM));
    bool ok = false;

    if (!p) {
        return false;
    }
    X509_ALGOR_get0(&name, &type, &value, p->keyfunc);
    if (OBJ_obj2nid(name) == NID_id_scrypt) {
        ok = is_cheap_scrypt(p->keyfunc);
    } else if (OBJ_obj2nid(name) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE) {
        PBKDF2PARAM *kdf = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBKDF2PARAM));
        ok = kdf && is_cheap_count(kdf->iter);
        PBKDF2PARAM_free(kdf);
    }
    PBE2PARAM_free(p);
    return ok;
}

bool sgs_key_is_cheap(const X509_ALGOR *alg)
{
    const ASN1_OBJECT *name = NULL;
    const void *value = NULL;
    int type = 0;

    X509_ALGOR_get0(&name, &type, &value, alg);
    if (type != V_ASN1_SEQUENCE || !value) {
        return false;
    }
    if (OBJ_obj2nid(name) == NID_pbes2) {
        return is_cheap_pbes2(value);
    }
    PBEPARAM *p = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM));
    bool ok = p && is_cheap_count(p->iter);
    PBEPARAM_free(p);
    return ok;
}

/* one key */

enum sgs_key_error sgs_key_take_plain(struct sgs_key_reading *r, const PKCS8_PRIV_KEY_INFO *p8)
{
    const ASN1_OBJECT *kind = NULL;
    const uint8_t *octets = NULL;
    int len = 0;
    EVP_PKEY *pkey = NULL;

    if (p8 && PKCS8_pkey_get0(&kind, &octets, &len, NULL, p8) == 1) {
        pkey = OBJ_obj2nid(kind) == NID_rsaEncryption ? sgs_key_rsa(sgs_slice(octets, (size_t)len))
                                                      : EVP_PKCS82PKEY(p8);
    }
    return pkey ? sgs_server_keys_put(r->ring, pkey) : SGS_KEY_ERROR_BAD;
}

enum sgs_key_error sgs_key_take_sealed(struct sgs_key_reading *r, const X509_SIG *sealed)
{
    const X509_ALGOR *alg = NULL;

    X509_SIG_get0(sealed, &alg, NULL);
    if (!sgs_key_is_cheap(alg)) {
        return SGS_KEY_ERROR_COSTLY;
    }
    for (size_t i = 0; i < r->n_passes; i++) {
        PKCS8_PRIV_KEY_INFO *p8 =
            PKCS8_decrypt(sealed, (const char *)r->passes[i].ptr, (int)r->passes[i].len);
        if (p8) {
            enum sgs_key_error error = sgs_key_take_plain(r, p8);
            PKCS8_PRIV_KEY_INFO_free(p8);
            return error;
        }
    }
    return r->n_passes > 0 ? SGS_KEY_ERROR_WRONG_PASS : SGS_KEY_ERROR_NEEDS_PASS;
}

/* A key in the form of its own kind: PKCS#1, SEC 1 (RFC 5915), DSA. */
static enum sgs_key_error take_typed(struct sgs_key_reading *r, struct sgs_slice der)
{
    static const int kinds[] = {EVP_PKEY_EC, EVP_PKEY_DSA};
    EVP_PKEY *rsa = sgs_key_rsa(der);

    if (rsa) {
        return sgs_server_keys_put(r->ring, rsa);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const uint8_t *p = der.ptr;
        EVP_PKEY *pkey = d2i_PrivateKey(kinds[i], NULL, &p, (long)der.len);
        if (pkey) {
            return sgs_server_keys_put(r->ring, pkey);
        }
    }
    return SGS_KEY_ERROR_BAD;
}

/* DER of any kind but PKCS#12; EMPTY: it is something else. */
static enum sgs_key_error take_der(struct sgs_key_reading *r, struct sgs_slice der)
{
    enum sgs_key_error error = SGS_KEY_ERROR_EMPTY;
    const uint8_t *p = der.ptr;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.len);

    if (sealed) {
        error = sgs_key_take_sealed(r, sealed);
        X509_SIG_free(sealed);
        return error;
    }
    p = der.ptr;
    PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len);
    if (p8) {
        error = sgs_key_take_plain(r, p8);
        PKCS8_PRIV_KEY_INFO_free(p8);
        return error;
    }
    error = take_typed(r, der);
    p = der.ptr;
    X509 *x509 = error == SGS_KEY_ERROR_BAD ? d2i_X509(NULL, &p, (long)der.len) : NULL;
    X509_free(x509);
    return x509 ? SGS_KEY_ERROR_EMPTY : error;
}

/* PEM */

static int give_pass(char *out, int size, int is_writing, void *ctx)
{
    const struct sgs_slice *pass = ctx;

    if (is_writing || pass->len > (size_t)size) {
        return -1;
    }
    memcpy(out, pass->ptr, pass->len);
    return (int)pass->len;
}

/* The old way to seal a key: headers that name a cipher (RFC 1421, section 4.6.1.3). */
static enum sgs_key_error take_old_sealed(struct sgs_key_reading *r, char *header,
                                          struct sgs_slice octets)
{
    EVP_CIPHER_INFO cipher;
    enum sgs_key_error error =
        r->n_passes > 0 ? SGS_KEY_ERROR_WRONG_PASS : SGS_KEY_ERROR_NEEDS_PASS;

    if (PEM_get_EVP_CIPHER_INFO(header, &cipher) != 1) {
        return SGS_KEY_ERROR_BAD;
    }
    for (size_t i = 0; i < r->n_passes && error == SGS_KEY_ERROR_WRONG_PASS; i++) {
        struct sgs_slice pass = r->passes[i];
        uint8_t *copy = OPENSSL_memdup(octets.ptr, octets.len);
        long len = (long)octets.len;

        if (!copy) {
            return SGS_KEY_ERROR_BAD;
        }
        if (PEM_do_header(&cipher, copy, &len, give_pass, &pass) == 1) {
            error = take_typed(r, sgs_slice(copy, (size_t)len));
            error = error == SGS_KEY_ERROR_BAD ? SGS_KEY_ERROR_WRONG_PASS : error;
        }
        OPENSSL_clear_free(copy, octets.len);
    }
    return error;
}

static enum sgs_key_error take_pem_block(struct sgs_key_reading *r, const char *name, char *header,
                                         struct sgs_slice octets)
{
    static const char end[] = "PRIVATE KEY";
    size_t len = strlen(name);

    if (len < sizeof end - 1 || strcmp(name + len - (sizeof end - 1), end) != 0) {
        return SGS_KEY_ERROR_EMPTY;
    }
    if (strstr(header, "ENCRYPTED")) {
        return take_old_sealed(r, header, octets);
    }
    enum sgs_key_error error = take_der(r, octets);
    return error == SGS_KEY_ERROR_EMPTY ? SGS_KEY_ERROR_BAD : error;
}

/* All blocks; the first one that is no good tells. */
static enum sgs_key_error take_pem(struct sgs_key_reading *r, struct sgs_slice file)
{
    BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);
    enum sgs_key_error error = SGS_KEY_ERROR_NONE;
    char *name = NULL, *header = NULL;
    uint8_t *octets = NULL;
    long len = 0;
    const unsigned how = PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE; /* wiped, line by line */
    bool is_empty = true, is_cut = false;

    while (bio && error == SGS_KEY_ERROR_NONE &&
           PEM_read_bio_ex(bio, &name, &header, &octets, &len, how) == 1) {
        error = take_pem_block(r, name, header, sgs_slice(octets, (size_t)len));
        is_empty = is_empty && error == SGS_KEY_ERROR_EMPTY;
        error = error == SGS_KEY_ERROR_EMPTY ? SGS_KEY_ERROR_NONE : error;
        OPENSSL_secure_free(name);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(octets, (size_t)len);
    }
    if (error == SGS_KEY_ERROR_NONE) {
        is_cut = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
    }
    BIO_free(bio);
    return error != SGS_KEY_ERROR_NONE ? error
           : is_cut                    ? SGS_KEY_ERROR_BAD
           : is_empty                  ? SGS_KEY_ERROR_EMPTY
                                       : SGS_KEY_ERROR_NONE;
}

/* pre-shared keys */

static enum sgs_key_error take_psk(struct sgs_server_keys *k, struct sgs_slice text)
{
    uint8_t psk[SGS_MAX_PSK];

    text = sgs_slice_trim(text);
    if (text.len % 2 != 0 || text.len / 2 > sizeof psk || !is_hex(text)) {
        return SGS_KEY_ERROR_BAD_PSK;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        psk[i / 2] = (uint8_t)(sgs_hex_digit(text.ptr[i]) << 4 | sgs_hex_digit(text.ptr[i + 1]));
    }
    enum sgs_key_error error = sgs_server_keys_put_psk(k, sgs_slice(psk, text.len / 2));
    OPENSSL_cleanse(psk, sizeof psk);
    return error;
}

enum sgs_key_error sgs_server_keys_add(struct sgs_server_keys *k, enum sgs_key_file kind,
                                       struct sgs_slice file, const struct sgs_slice *passes,
                                       size_t n_passes)
{
    struct sgs_key_reading r = {k, passes, n_passes};
    enum sgs_key_error error = SGS_KEY_ERROR_EMPTY;

    if (kind == SGS_KEY_FILE_PSK) {
        return take_psk(k, file);
    }
    if (!sgs_crypto_open() || file.len > SGS_MAX_PRIVATE_FILE) {
        return SGS_KEY_ERROR_BAD;
    }
    ERR_clear_error();
    if (sgs_slice_find(file, SGS_LIT("-----BEGIN ")) < file.len) {
        error = take_pem(&r, file);
    } else if (!sgs_key_take_p12(&r, file, &error)) {
        error = take_der(&r, file);
    }
    ERR_clear_error();
    return error;
}
