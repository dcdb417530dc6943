/*
 * der.h: elements, and what is none.  The encodings are those of X.690: 8.1.3 (lengths), 8.3
 * (INTEGER), 8.6 (BIT STRING), 8.19 (OBJECT IDENTIFIER, with the example of 8.19.5), 11.7
 * (GeneralizedTime).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/der.h>

#define READER(octets) rd_open(sgs_slice((octets), sizeof(octets) - 1))

static void elements(void **state)
{
    struct sgs_reader r = READER("\x02\x01\x05\x04\x81\x02"
                                 "ab\x05\x00");
    struct sgs_der e;

    assert_true(sgs_der_next(&r, &e));
    assert_int_equal(e.tag, SGS_DER_INTEGER);
    assert_int_equal(e.value.len, 1);
    assert_true(sgs_der_next(&r, &e));
    assert_int_equal(e.tag, SGS_DER_OCTET_STRING);
    assert_true(sgs_slice_eq(e.value, SGS_LIT("ab")));
    assert_true(sgs_der_next(&r, &e));
    assert_int_equal(e.value.len, 0);
    assert_false(sgs_der_next(&r, &e));
    assert_true(rd_done(&r));
}

static void wrong_elements(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
    } rows[] = {
        {"\x02",                         1}, /* no length */
        {"\x02\x02\x01",                 3}, /* longer than the window */
        {"\x30\x80\x00\x00",             4}, /* indefinite */
        {"\x1f\x81\x01\x00",             4}, /* tag of several octets */
        {"\x30\x85\x00\x00\x00\x00\x00", 7}, /* length of five octets */
        {"\x30\x84\xff\xff\xff\xff",     6},
        {"\x30\x82\x01",                 3},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_reader r = rd_open(sgs_slice(rows[i].octets, rows[i].len));
        struct sgs_der e;
        assert_false(sgs_der_next(&r, &e));
        assert_false(rd_ok(&r));
    }
}

static void windows(void **state)
{
    struct sgs_reader r = READER("\x30\x03\x02\x01\x7f\x02\x01\x01");
    struct sgs_reader in = sgs_der_enter(&r, SGS_DER_SEQUENCE);

    assert_int_equal(sgs_der_int(&in), 0x7f);
    assert_true(rd_done(&in));
    in = sgs_der_enter(&r, SGS_DER_SEQUENCE);
    assert_false(rd_ok(&in));
    assert_false(rd_ok(&r));

    r = READER("\x30\x20\x02\x01\x7f\x04\x10"
               "ab");
    in = sgs_der_enter_cut(&r, SGS_DER_SEQUENCE);
    assert_true(rd_ok(&r));
    assert_int_equal(sgs_der_int(&in), 0x7f);
    assert_int_equal(sgs_der_value(&in, SGS_DER_OCTET_STRING).len, 0);
    assert_false(rd_ok(&in));
}

static void integers(void **state)
{
    struct sgs_reader r = READER("\x02\x01\x80\x02\x02\x00\x80\x0a\x01\x03"
                                 "\x02\x08\x80\x00\x00\x00\x00\x00\x00\x00"
                                 "\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff");

    assert_true(sgs_der_int(&r) == -128);
    assert_true(sgs_der_int(&r) == 128);
    assert_true(sgs_der_int(&r) == 3);
    assert_true(sgs_der_int(&r) == INT64_MIN);
    assert_true(sgs_der_int(&r) == INT64_MAX);
    assert_true(rd_done(&r));

    r = READER("\x02\x00");
    assert_true(sgs_der_int(&r) == 0);
    assert_false(rd_ok(&r));
    r = READER("\x02\x09\x00\x01\x02\x03\x04\x05\x06\x07\x08");
    assert_true(sgs_der_int(&r) == 0);
    assert_false(rd_ok(&r));
}

static void bits(void **state)
{
    struct sgs_reader r = READER("\x03\x05\x00\x40\x81\x00\x10\x03\x02\x07\x80\x03\x01\x00");

    assert_true(sgs_der_bits(&r) == 0x40810010);
    assert_true(sgs_der_bits(&r) == 0x80000000);
    assert_true(sgs_der_bits(&r) == 0);
    assert_true(rd_done(&r));
    r = READER("\x03\x00");
    assert_true(sgs_der_bits(&r) == 0);
    assert_false(rd_ok(&r));
}

static void times(void **state)
{
    static const char *const wrong[] = {"19700101000000", "1970010100000Z", "19701301000000Z",
                                        "197001 1000000Z", "19700101000000+"};
    struct sgs_reader r = READER("\x18\x0f"
                                 "20370913024805Z");

    assert_true(sgs_der_time(&r) == INT64_C(2136422885) * SGS_SEC); /* date -u +%s */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t octets[32] = {SGS_DER_GENERALIZED_TIME, (uint8_t)strlen(wrong[i])};
        memcpy(octets + 2, wrong[i], strlen(wrong[i]));
        r = rd_open(sgs_slice(octets, 2 + strlen(wrong[i])));
        assert_true(sgs_der_time(&r) == SGS_TIME_NONE);
        assert_false(rd_ok(&r));
    }
}

static void oids(void **state)
{
    struct sgs_arena a;

    sgs_arena_init(&a, 1u << 16);
    assert_true(sgs_slice_eq(sgs_der_oid(&a, SGS_LIT("\x2b\x06\x01\x05\x05\x02")),
                             SGS_LIT("1.3.6.1.5.5.2")));
    assert_true(sgs_slice_eq(sgs_der_oid(&a, SGS_LIT("\x88\x37\x03")), SGS_LIT("2.999.3")));
    assert_true(sgs_slice_eq(sgs_der_oid(&a, SGS_LIT("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")),
                             SGS_LIT("1.2.840.113554.1.2.2")));
    assert_int_equal(sgs_der_oid(&a, SGS_LIT("\x2b\x86")).len, 0);
    assert_int_equal(sgs_der_oid(&a, SGS_LIT("")).len, 0);
    assert_int_equal(
        sgs_der_oid(&a, SGS_LIT("\x2b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")).len, 0);
    sgs_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements), cmocka_unit_test(wrong_elements), cmocka_unit_test(windows),
        cmocka_unit_test(integers), cmocka_unit_test(bits),           cmocka_unit_test(times),
        cmocka_unit_test(oids),
    };

    return cmocka_run_group_tests_name("der", tests, NULL, NULL) != 0;
}
