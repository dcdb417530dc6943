/* What a request for a certificate says; expected values are those that `openssl req -text` prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/cert.h>

#include "certs.h"

static enum sgs_status read_request(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_cert_request r;
    return sgs_cert_request_read(der, a, &r);
}

static void facts(void **state)
{
    struct sgs_arena a;
    struct sgs_cert_request r;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_cert_request_read(certs_load(&a, "request.der"), &a, &r), SGS_OK);
    assert_text(r.subject, "CN=ada@contoso.com");
    assert_text(r.key, "RSA 2048");
    assert_text(r.signature, "sha1WithRSAEncryption");
    assert_true(r.is_signed);
    assert_int_equal(read_request(certs_load(&a, "user.der"), &a), SGS_E_FORMAT);
    assert_int_equal(read_request(SGS_LIT(""), &a), SGS_E_FORMAT);
    sgs_arena_clear(&a);
}

/* The parameters of the signature algorithm, which RSA has none of: nobody vouches for their tag.
 */
static bool is_unsigned(size_t at)
{
    return at == 348;
}

/* No prefix and no changed octet is read as it was, or does harm. */
static void damaged(void **state)
{
    struct sgs_arena a, b;

    sgs_arena_init(&a, 1u << 20);
    sgs_arena_init(&b, 1u << 20);
    struct sgs_slice der = certs_load(&a, "request.der");
    uint8_t *octets = malloc(der.len);
    assert_non_null(octets);
    for (size_t i = 0; i < der.len; i++) {
        struct sgs_cert_request r = {.is_signed = false};
        assert_int_equal(certs_exact(sgs_slice(der.ptr, i), &b, read_request), SGS_E_FORMAT);
        memcpy(octets, der.ptr, der.len);
        octets[i] ^= 0x10;
        if (sgs_cert_request_read(sgs_slice(octets, der.len), &b, &r) == SGS_OK) {
            assert_true(!r.is_signed || is_unsigned(i));
        }
        sgs_arena_reset(&b);
    }
    free(octets);
    sgs_arena_clear(&b);
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests_name("cert_request", tests, NULL, NULL) != 0;
}
