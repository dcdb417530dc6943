/*
 * What sgs_cert_read says of a certificate that openssl made; expected values are those that
 * `openssl x509 -text` prints.  Every prefix and every changed octet must do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/cert.h>

#include "unhex.h"

/* clang-format off */
static const char der_hex[] =
    "308202f230820297a003020102020600abcdef0102300a06082a8648ce3d040302304331173015060a09"
    "92268993f22c6401191607636f6e746f736f31163014060355040a0c0d436f6e746f736f2c204c74642e"
    "3110300e06035504030c074ac3bc7267656e301e170d3236313132313135313030325a170d3236313132"
    "323135313030325a304331173015060a0992268993f22c6401191607636f6e746f736f31163014060355"
    "040a0c0d436f6e746f736f2c204c74642e3110300e06035504030c074ac3bc7267656e3059301306072a"
    "8648ce3d020106082a8648ce3d0301070342000418509c44c4dc2fd27f74cf40aa211488ddaeef303ef6"
    "0b1124898d9c260dbbed6d43710b228460a732e4f0afd4e7e8e20c2c323fc5b825f5c6b3d2bb44128e41"
    "a38201753082017130819e0603551d1104819630819382137765622e636f6e746f736f2e6578616d706c"
    "6582112a2e636f6e746f736f2e6578616d706c658704c0000209871020010db800000000000000000000"
    "000986177369703a616e6e40636f6e746f736f2e6578616d706c658113616e6e40636f6e746f736f2e65"
    "78616d706c65a023060a2b060104018237140203a0150c13616e6e40636f6e746f736f2e6578616d706c"
    "6530470603551d1f0440303e3027a025a0238621687474703a2f2f63726c2e636f6e746f736f2e657861"
    "6d706c652f63612e63726c3013a011a00f860d6c6461703a2f2f2f434e3d4341306606082b0601050507"
    "0101045a3058302d06082b060105050730028621687474703a2f2f6169612e636f6e746f736f2e657861"
    "6d706c652f63612e636572302706082b06010505073001861b687474703a2f2f6f6373702e636f6e746f"
    "736f2e6578616d706c65301d0603551d0e041604142f70aa192150a26217cb8f1ec49ef93603c35ace30"
    "0a06082a8648ce3d040302034900304602210091d31aa3bff0bb48156902d74729a0d40a6690eaa8922f"
    "13bc564d2b7740efcd022100a357cf9c837e3e27838bb38ea75fdb0d27a96bc58e12ed788da3e42c4786"
    "1c56";
/* clang-format on */

static void assert_text(struct sgs_slice got, const char *want)
{
    assert_octets(got, sgs_slice_str(want));
}

static void assert_list(const struct sgs_slice *got, size_t n, const char *const *want,
                        size_t n_want)
{
    assert_int_equal(n, n_want);
    for (size_t i = 0; i < n; i++) {
        assert_text(got[i], want[i]);
    }
}

static void facts(void **state)
{
    static const char *const names[] = {
        "web.contoso.example", "*.contoso.example",       "192.0.2.9",
        "2001:db8::9",         "sip:ann@contoso.example", "ann@contoso.example"};
    static const char *const crl[] = {"http://crl.contoso.example/ca.crl", "ldap:///CN=CA"};
    static const char *const aia[] = {"http://aia.contoso.example/ca.cer",
                                      "http://ocsp.contoso.example"};
    struct sgs_arena a;
    struct sgs_cert c;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_cert_read(unhex(&a, der_hex), &a, &c), SGS_OK);
    assert_text(c.subject, "DC=contoso, O=Contoso\\, Ltd., CN=J\xc3\xbcrgen");
    assert_text(c.issuer, "DC=contoso, O=Contoso\\, Ltd., CN=J\xc3\xbcrgen");
    assert_text(c.serial, "abcdef0102");
    assert_int_equal(c.not_before, sgs_time_civil(2026, 11, 21, 15, 10, 2) * SGS_SEC);
    assert_int_equal(c.not_after, sgs_time_civil(2026, 11, 22, 15, 10, 2) * SGS_SEC);
    assert_list(c.names, c.n_names, names, sizeof names / sizeof *names);
    assert_list(c.crl, c.n_crl, crl, sizeof crl / sizeof *crl);
    assert_list(c.aia, c.n_aia, aia, sizeof aia / sizeof *aia);
    assert_octets(sgs_slice(c.sha256, sizeof c.sha256),
                  unhex(&a, "4870d3f4f45bd3cd59a1cefa1421b350691a31c4d3029c3d2ac840196beaf6b8"));
    sgs_arena_clear(&a);
}

/* A copy of its own on the heap, so that a read past its end is seen. */
static enum sgs_status read_copy(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_cert c;
    uint8_t *copy = malloc(der.len + 1);

    assert_non_null(copy);
    memcpy(copy, der.ptr, der.len);
    uint8_t *exact = realloc(copy, der.len ? der.len : 1);
    assert_non_null(exact);
    enum sgs_status st = sgs_cert_read(sgs_slice(exact, der.len), a, &c);
    free(exact);
    sgs_arena_reset(a);
    return st;
}

static void prefixes(void **state)
{
    struct sgs_arena a, b;

    sgs_arena_init(&a, 1u << 20);
    sgs_arena_init(&b, 1u << 20);
    struct sgs_slice der = unhex(&a, der_hex);
    for (size_t n = 0; n < der.len; n++) {
        assert_int_equal(read_copy(sgs_slice_head(der, n), &b), SGS_E_FORMAT);
    }
    sgs_arena_clear(&a);
    sgs_arena_clear(&b);
}

static void flips(void **state)
{
    struct sgs_arena a, b;

    sgs_arena_init(&a, 1u << 20);
    sgs_arena_init(&b, 1u << 20);
    struct sgs_slice der = unhex(&a, der_hex);
    uint8_t *octets = malloc(der.len + 1);
    assert_non_null(octets);
    for (size_t i = 0; i < der.len; i++) {
        memcpy(octets, der.ptr, der.len);
        octets[i] ^= 0xff;
        enum sgs_status st = read_copy(sgs_slice(octets, der.len), &b);
        assert_true(st == SGS_OK || st == SGS_E_FORMAT);
    }
    memcpy(octets, der.ptr, der.len);
    octets[der.len] = 0; /* one octet too many */
    assert_int_equal(read_copy(sgs_slice(octets, der.len + 1), &b), SGS_E_FORMAT);
    free(octets);
    sgs_arena_clear(&a);
    sgs_arena_clear(&b);
}

/* At the arena's cap texts are empty, and nothing else happens. */
static void small_arena(void **state)
{
    struct sgs_arena a, b;
    struct sgs_cert c;

    sgs_arena_init(&a, 1u << 20);
    struct sgs_slice der = unhex(&a, der_hex);
    for (size_t cap = 0; cap < 6000; cap += 37) {
        sgs_arena_init(&b, cap);
        assert_int_equal(sgs_cert_read(der, &b, &c), SGS_OK);
        sgs_arena_clear(&b);
    }
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(flips),
        cmocka_unit_test(small_arena),
    };
    return cmocka_run_group_tests_name("cert", tests, NULL, NULL) != 0;
}
