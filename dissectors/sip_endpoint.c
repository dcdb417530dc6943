/*
 * One identity in three spellings ([MS-SIPRE], section 2.2): what identifies an endpoint of a user.
 *
 *   epid           "a1b2c3d4e5"
 *   +sip.instance  a UUID: the first 16 octets of SHA-1(namespace | epid), marked as version 5
 *   gruu           sip:user@domain;opaque=user:epid:<base64url of the UUID and two zeros>;gruu
 *
 * UUIDs are GUIDs in memory: their first three groups are little endian.
 */
#include <signscope/buf.h>
#include <signscope/codec.h>
#include <signscope/digest.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "sip.h"

#define UUID_LEN 16 /* octets */
#define MAX_EPID 64 /* octets: those of clients have 10 or 12 */
#define N_DIGITS 32 /* of a UUID as text */

/* fcacfb03-8a73-46ef-91b1-e5ebeeaba4fe */
static const uint8_t namespace[UUID_LEN] = {0x03, 0xfb, 0xac, 0xfc, 0x73, 0x8a, 0xef, 0x46,
                                            0x91, 0xb1, 0xe5, 0xeb, 0xee, 0xab, 0xa4, 0xfe};

/* "urn:uuid:7446BEDA-E8B3-53B7-A965-B85A66A31CFC" as octets; false: it is none. */
static bool read_uuid(struct sgs_slice text, uint8_t out[UUID_LEN])
{
    static const uint8_t places[UUID_LEN] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    const struct sgs_slice prefix = SGS_LIT("urn:uuid:");
    struct sgs_slice digits = sgs_slice_from(text, prefix.len);
    size_t n = 0;

    for (size_t i = 0; i < UUID_LEN; i++) {
        out[i] = 0;
    }
    for (size_t i = 0; i < digits.len; i++) {
        int digit = sgs_hex_digit(digits.ptr[i]);
        if (digits.ptr[i] == '-') {
            continue;
        }
        if (digit < 0 || n == N_DIGITS) {
            return false;
        }
        uint8_t *octet = &out[places[n / 2]];
        *octet = (uint8_t)(*octet << 4 | digit);
        n++;
    }
    return n == N_DIGITS && sgs_slice_istarts(text, prefix);
}

/* The UUID that is made of an epid. */
static bool make_uuid(struct sgs_slice epid, uint8_t out[UUID_LEN])
{
    uint8_t hash[SGS_SHA1_LEN];
    struct sgs_buf b;

    sgs_buf_init(&b, UUID_LEN + MAX_EPID);
    bool ok = sgs_buf_add(&b, sgs_slice(namespace, UUID_LEN)) && sgs_buf_add(&b, epid);
    if (ok) {
        sgs_sha1(sgs_buf_slice(&b), hash);
    }
    sgs_buf_clear(&b);
    for (size_t i = 0; ok && i < UUID_LEN; i++) {
        out[i] = hash[i];
    }
    if (ok) {
        out[7] = (uint8_t)((out[7] & 0x0f) | 0x50);
        out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
    }
    return ok;
}

void sgs_sip_put_instance_fits(struct sgs_draft *d, struct sgs_slice instance,
                               struct sgs_slice epid)
{
    uint8_t told[UUID_LEN], made[UUID_LEN];

    if (epid.len > 0 && read_uuid(instance, told) && make_uuid(epid, made)) {
        ev_bool(d, SGS_F_INSTANCE_FITS,
                sgs_slice_eq(sgs_slice(told, UUID_LEN), sgs_slice(made, UUID_LEN)));
    }
}

void sgs_sip_put_gruu(struct sgs_draft *d, struct sgs_arena *a, struct sgs_slice gruu,
                      struct sgs_slice instance)
{
    const struct sgs_slice mark = SGS_LIT("opaque=user:epid:");
    uint8_t uuid[UUID_LEN];
    struct sgs_slice octets;

    ev_text(d, SGS_F_GRUU, sgs_mask_url(a, gruu));
    struct sgs_slice coded = sgs_slice_from(gruu, sgs_slice_find(gruu, mark) + mark.len);
    coded = sgs_slice_head(coded, sgs_slice_chr(coded, ';'));
    if (coded.len == 0 || !read_uuid(instance, uuid)) {
        return;
    }
    bool fits = sgs_base64url_decode(a, coded, &octets) && octets.len == UUID_LEN + 2 &&
                sgs_slice_eq(sgs_slice_head(octets, UUID_LEN), sgs_slice(uuid, UUID_LEN)) &&
                sgs_slice_eq(sgs_slice_from(octets, UUID_LEN), SGS_LIT("\0\0"));
    ev_bool(d, SGS_F_GRUU_FITS, fits);
}
