/*
 * Certificates, lists and OCSP messages: pieces, each 2 octets of length (big endian) and as many
 * octets.  The first one is the name asked for, the others are a chain; each of them is shown to
 * all readers, too.
 */
#include "fuzz.h"

#include <signscope/cert.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#define MAX_PIECES 8
#define WHEN (INT64_C(1782000000) * SGS_SEC)

static void read_all(struct sgs_slice der)
{
    struct sgs_arena a;
    struct sgs_cert cert, again;
    struct sgs_crl crl;
    struct sgs_ocsp ocsp;

    sgs_arena_init(&a, 1u << 22);
    if (sgs_cert_read(der, &a, &cert) == SGS_OK) {
        FUZZ_CHECK(cert.n_ocsp <= cert.n_aia);
        FUZZ_CHECK(sgs_cert_read(der, &a, &again) == SGS_OK);
        FUZZ_CHECK(sgs_slice_eq(cert.key, again.key) && cert.n_eku == again.n_eku);
        (void)sgs_cert_validity(&cert, WHEN);
    }
    if (sgs_crl_read(der, &a, &crl) == SGS_OK) {
        FUZZ_CHECK(crl.n_revoked <= SGS_MAX_EVENT_ITEMS && crl.n_revoked <= crl.entries);
    }
    if (sgs_ocsp_request_read(der, &a, &ocsp) == SGS_OK) {
        FUZZ_CHECK(!ocsp.status && ocsp.n_certs <= SGS_MAX_OCSP_CERTS);
    }
    if (sgs_ocsp_response_read(der, &a, &ocsp) == SGS_OK) {
        FUZZ_CHECK(ocsp.status && ocsp.n_certs <= SGS_MAX_OCSP_CERTS);
    }
    sgs_arena_clear(&a);
}

/* Verdicts with and without an anchor, which may only make more chains good. */
static void check(const struct sgs_cert_chain *chain)
{
    struct sgs_anchors *anchors = sgs_anchors_new();
    struct sgs_cert_verdict bare, anchored;
    size_t n = 0;

    if (sgs_anchors_add(anchors, chain->ders[chain->n - 1], &n) == SGS_OK &&
        sgs_cert_check(chain, NULL, &bare) == SGS_OK) {
        FUZZ_CHECK(sgs_cert_check(chain, anchors, &anchored) == SGS_OK);
        FUZZ_CHECK(!bare.has_trust && anchored.has_trust);
        FUZZ_CHECK(bare.name_match == anchored.name_match);
        FUZZ_CHECK(anchored.is_trusted == !anchored.why);
    }
    sgs_anchors_free(anchors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_reader r = rd_open(sgs_slice(data, size));
    struct sgs_slice pieces[MAX_PIECES];
    size_t n = 0;

    while (n < MAX_PIECES && rd_more(&r)) {
        struct sgs_slice piece = rd_take(&r, rd_be16(&r));
        if (!rd_ok(&r)) {
            break;
        }
        pieces[n++] = piece;
        (void)sgs_cert_url_kind(piece);
        read_all(piece);
    }
    if (n > 1) {
        const struct sgs_cert_chain chain = {
            .ders = pieces + 1, .n = n - 1, .name = pieces[0], .when = WHEN};
        check(&chain);
    }
    return 0;
}
