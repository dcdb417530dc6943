/*
 * What lists and OCSP messages that openssl made say; expected values are those of `openssl crl
 * -text` and `openssl ocsp -req_text -resp_text`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signscope/cert.h>

#include "certs.h"

#define MADE (sgs_time_civil(2026, 11, 21, 18, 25, 29) * SGS_SEC)
#define DAY (86400 * SGS_SEC)

static void list(void **state)
{
    struct sgs_arena a;
    struct sgs_crl c;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_crl_read(certs_load(&a, "crl.der"), &a, &c), SGS_OK);
    assert_text(c.issuer, "O=Contoso, CN=Contoso Issuing");
    assert_text(c.signature, "sha256WithRSAEncryption");
    assert_int_equal(c.this_update, sgs_time_civil(2026, 2, 1, 0, 0, 0) * SGS_SEC);
    assert_int_equal(c.next_update, sgs_time_civil(2026, 3, 1, 0, 0, 0) * SGS_SEC);
    assert_false(c.is_delta);
    assert_int_equal(c.entries, 1);
    assert_int_equal(c.n_revoked, 1);
    assert_text(c.revoked[0], "1001");
    sgs_arena_clear(&a);
}

static void empty_list(void **state)
{
    struct sgs_arena a;
    struct sgs_crl c;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_crl_read(certs_load(&a, "crl-empty.der"), &a, &c), SGS_OK);
    assert_int_equal(c.entries, 0);
    assert_int_equal(c.n_revoked, 0);
    sgs_arena_clear(&a);
}

/* A delta lists what is no longer revoked, too. */
static void delta(void **state)
{
    struct sgs_arena a;
    struct sgs_crl c;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_crl_read(certs_load(&a, "crl-delta.der"), &a, &c), SGS_OK);
    assert_true(c.is_delta);
    assert_int_equal(c.entries, 2);
    assert_int_equal(c.n_revoked, 1);
    assert_text(c.revoked[0], "1000");
    sgs_arena_clear(&a);
}

static void question(void **state)
{
    struct sgs_arena a;
    struct sgs_ocsp o;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_ocsp_request_read(certs_load(&a, "ocsp-request.der"), &a, &o), SGS_OK);
    assert_null(o.status);
    assert_int_equal(o.n_certs, 2);
    assert_text(o.certs[0].serial, "1000");
    assert_text(o.certs[1].serial, "1001");
    assert_null(o.certs[0].status);
    assert_int_equal(o.certs[0].this_update, SGS_TIME_NONE);
    sgs_arena_clear(&a);
}

static void answer(void **state)
{
    struct sgs_arena a;
    struct sgs_ocsp o;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_ocsp_response_read(certs_load(&a, "ocsp-response.der"), &a, &o), SGS_OK);
    assert_string_equal(o.status, "successful");
    assert_int_equal(o.produced_at, MADE);
    assert_int_equal(o.n_certs, 2);
    assert_text(o.certs[0].serial, "1000");
    assert_string_equal(o.certs[0].status, "good");
    assert_int_equal(o.certs[0].this_update, MADE);
    assert_int_equal(o.certs[0].next_update, MADE + 7 * DAY);
    assert_int_equal(o.certs[0].revoked_at, SGS_TIME_NONE);
    assert_null(o.certs[0].reason);
    assert_text(o.certs[1].serial, "1001");
    assert_string_equal(o.certs[1].status, "revoked");
    assert_int_equal(o.certs[1].revoked_at, MADE);
    assert_string_equal(o.certs[1].reason, "keyCompromise");
    sgs_arena_clear(&a);
}

static void no_answer(void **state)
{
    struct sgs_arena a;
    struct sgs_ocsp o;

    sgs_arena_init(&a, 1u << 20);
    assert_int_equal(sgs_ocsp_response_read(certs_load(&a, "ocsp-try-later.der"), &a, &o), SGS_OK);
    assert_string_equal(o.status, "tryLater");
    assert_int_equal(o.n_certs, 0);
    sgs_arena_clear(&a);
}

/* No reader takes what another one is for. */
static void others(void **state)
{
    static const char *const names[] = {"leaf.der", "crl.der", "ocsp-request.der",
                                        "ocsp-response.der"};
    struct sgs_arena a;
    struct sgs_cert cert;
    struct sgs_crl crl;
    struct sgs_ocsp ocsp;

    sgs_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sgs_slice der = certs_load(&a, names[i]);
        assert_int_equal(sgs_cert_read(der, &a, &cert), i == 0 ? SGS_OK : SGS_E_FORMAT);
        assert_int_equal(sgs_crl_read(der, &a, &crl), i == 1 ? SGS_OK : SGS_E_FORMAT);
        assert_int_equal(sgs_ocsp_request_read(der, &a, &ocsp), i == 2 ? SGS_OK : SGS_E_FORMAT);
        assert_int_equal(sgs_ocsp_response_read(der, &a, &ocsp), i == 3 ? SGS_OK : SGS_E_FORMAT);
    }
    sgs_arena_clear(&a);
}

static enum sgs_status read_crl(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_crl c;
    return sgs_crl_read(der, a, &c);
}

static enum sgs_status read_question(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_ocsp o;
    return sgs_ocsp_request_read(der, a, &o);
}

static enum sgs_status read_answer(struct sgs_slice der, struct sgs_arena *a)
{
    struct sgs_ocsp o;
    return sgs_ocsp_response_read(der, a, &o);
}

static void damage(void **state)
{
    certs_damage("crl.der", read_crl);
    certs_damage("ocsp-request.der", read_question);
    certs_damage("ocsp-response.der", read_answer);
    certs_damage("ocsp-try-later.der", read_answer);
}

/* At the arena's cap lists are empty. */
static void small_arena(void **state)
{
    struct sgs_arena a, b;
    struct sgs_crl c;
    struct sgs_ocsp o;

    sgs_arena_init(&a, 1u << 20);
    struct sgs_slice crl = certs_load(&a, "crl.der");
    struct sgs_slice ocsp = certs_load(&a, "ocsp-response.der");
    for (size_t cap = 0; cap < 8192; cap += 61) {
        sgs_arena_init(&b, cap);
        assert_int_equal(sgs_crl_read(crl, &b, &c), SGS_OK);
        assert_int_equal(sgs_ocsp_response_read(ocsp, &b, &o), SGS_OK);
        sgs_arena_clear(&b);
    }
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list),     cmocka_unit_test(empty_list), cmocka_unit_test(delta),
        cmocka_unit_test(question), cmocka_unit_test(answer),     cmocka_unit_test(no_answer),
        cmocka_unit_test(others),   cmocka_unit_test(damage),     cmocka_unit_test(small_arena),
    };
    return cmocka_run_group_tests_name("cert_status", tests, NULL, NULL) != 0;
}
