/*
 * PKCS#12 files (RFC 7292): safes of bags, of which some hold private keys.  A file without pass
 * phrase is sealed with an empty one, which some programs write as text and some as nothing at all.
 */
#include "crypto/key_file.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <signscope/limits.h>

#define MAX_SAFES 64 /* safes of a file: programs write two */
#define MAX_BAGS 256 /* bags of a safe: a chain and a key are four */

/* A pass phrase as OpenSSL takes it; text NULL: none at all. */
struct pass {
    const char *text;
    int len;
};

/* Pass phrase i: the empty ones first. */
static struct pass pass_at(const struct sgs_key_reading *r, size_t i)
{
    if (i < 2) {
        return (struct pass){i == 0 ? "" : NULL, 0};
    }
    return (struct pass){(const char *)r->passes[i - 2].ptr, (int)r->passes[i - 2].len};
}

static enum sgs_key_error take_bag(struct sgs_key_reading *r, const PKCS12_SAFEBAG *bag,
                                   struct pass pass)
{
    if (PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag) {
        return sgs_key_take_plain(r, PKCS12_SAFEBAG_get0_p8inf(bag));
    }
    const X509_SIG *sealed = PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag
                                 ? PKCS12_SAFEBAG_get0_pkcs8(bag)
                                 : NULL;
    const X509_ALGOR *alg = NULL;
    if (!sealed) {
        return SGS_KEY_ERROR_EMPTY;
    }
    X509_SIG_get0(sealed, &alg, NULL);
    if (!sgs_key_is_cheap(alg)) {
        return SGS_KEY_ERROR_COSTLY;
    }
    PKCS8_PRIV_KEY_INFO *p8 = PKCS8_decrypt(sealed, pass.text, pass.len);
    if (!p8) {
        return SGS_KEY_ERROR_WRONG_PASS;
    }
    enum sgs_key_error error = sgs_key_take_plain(r, p8);
    PKCS8_PRIV_KEY_INFO_free(p8);
    return error;
}

/* The bags of a safe into *out, given; NONE with *out NULL: it is one that is passed over. */
static enum sgs_key_error open_safe(PKCS7 *safe, struct pass pass, STACK_OF(PKCS12_SAFEBAG) * *out)
{
    if (PKCS7_type_is_data(safe)) {
        *out = safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
        return *out ? SGS_KEY_ERROR_NONE : SGS_KEY_ERROR_BAD;
    }
    if (!PKCS7_type_is_encrypted(safe)) {
        return SGS_KEY_ERROR_NONE;
    }
    const PKCS7_ENCRYPT *sealed = safe->d.encrypted;
    if (!sealed || !sealed->enc_data || !sealed->enc_data->algorithm ||
        !sealed->enc_data->enc_data) {
        return SGS_KEY_ERROR_BAD;
    }
    if (!sgs_key_is_cheap(sealed->enc_data->algorithm)) {
        return SGS_KEY_ERROR_COSTLY;
    }
    *out = PKCS12_unpack_p7encdata(safe, pass.text, pass.len);
    return *out ? SGS_KEY_ERROR_NONE : SGS_KEY_ERROR_WRONG_PASS;
}

/* All keys of a safe. */
static enum sgs_key_error take_safe(struct sgs_key_reading *r, PKCS7 *safe, struct pass pass)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    enum sgs_key_error error = open_safe(safe, pass, &bags);
    bool is_empty = true;

    for (int i = 0; error == SGS_KEY_ERROR_NONE && i < sk_PKCS12_SAFEBAG_num(bags) && i < MAX_BAGS;
         i++) {
        error = take_bag(r, sk_PKCS12_SAFEBAG_value(bags, i), pass);
        is_empty = is_empty && error == SGS_KEY_ERROR_EMPTY;
        error = error == SGS_KEY_ERROR_EMPTY ? SGS_KEY_ERROR_NONE : error;
    }
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return error == SGS_KEY_ERROR_NONE && is_empty ? SGS_KEY_ERROR_EMPTY : error;
}

static enum sgs_key_error take_safes(struct sgs_key_reading *r, const STACK_OF(PKCS7) * safes,
                                     struct pass pass)
{
    enum sgs_key_error error = SGS_KEY_ERROR_NONE;
    bool is_empty = true;

    for (int i = 0; error == SGS_KEY_ERROR_NONE && i < sk_PKCS7_num(safes) && i < MAX_SAFES; i++) {
        error = take_safe(r, sk_PKCS7_value(safes, i), pass);
        is_empty = is_empty && error == SGS_KEY_ERROR_EMPTY;
        error = error == SGS_KEY_ERROR_EMPTY ? SGS_KEY_ERROR_NONE : error;
    }
    return error == SGS_KEY_ERROR_NONE && is_empty ? SGS_KEY_ERROR_EMPTY : error;
}

/* The seal of the whole file asks for bounded work. */
static bool is_cheap_seal(const PKCS12 *p12)
{
    const ASN1_INTEGER *rounds = NULL;
    uint64_t n = 1; /* when it does not say */

    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
    return !rounds || (ASN1_INTEGER_get_uint64(&n, rounds) == 1 && n <= SGS_MAX_KEY_ROUNDS);
}

static enum sgs_key_error take_file(struct sgs_key_reading *r, PKCS12 *p12)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
    enum sgs_key_error error = SGS_KEY_ERROR_BAD;
    bool has_seal = PKCS12_mac_present(p12) == 1;

    if (!safes) {
        return error;
    }
    if (has_seal && !is_cheap_seal(p12)) {
        sk_PKCS7_pop_free(safes, PKCS7_free);
        return SGS_KEY_ERROR_COSTLY;
    }
    error = SGS_KEY_ERROR_WRONG_PASS;
    for (size_t i = 0; error == SGS_KEY_ERROR_WRONG_PASS && i < r->n_passes + 2; i++) {
        struct pass pass = pass_at(r, i);
        if (!has_seal || PKCS12_verify_mac(p12, pass.text, pass.len) == 1) {
            error = take_safes(r, safes, pass);
        }
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return error == SGS_KEY_ERROR_WRONG_PASS && r->n_passes == 0 ? SGS_KEY_ERROR_NEEDS_PASS : error;
}

bool sgs_key_take_p12(struct sgs_key_reading *r, struct sgs_slice file, enum sgs_key_error *out)
{
    const uint8_t *p = file.ptr;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)file.len);

    if (!p12) {
        return false;
    }
    *out = take_file(r, p12);
    PKCS12_free(p12);
    return true;
}
