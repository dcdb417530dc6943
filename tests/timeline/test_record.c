/* Numbers and packed octets of event files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event_file.h"

static void test_numbers_are_leb128(void **state)
{
    static const struct {
        uint64_t number;
        size_t len;
        uint8_t octets[10];
    } rows[] = {
        {0,          1,  {0}                                                         },
        {127,        1,  {0x7f}                                                      },
        {624485,     3,  {0xe5, 0x8e, 0x26}                                          }, /* DWARF 5, appendix C */
        {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
    };
    static const uint8_t bad[][11] = {
        {0xff,  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
        { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
    };
    struct sgs_buf b;

    (void)state;
    sgs_buf_init(&b, 100);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_buf_drop(&b, b.len);
        sgs_put_uint(&b, rows[i].number);
        assert_int_equal(b.len, rows[i].len);
        assert_memory_equal(b.ptr, rows[i].octets, b.len);
        struct sgs_reader r = rd_open(sgs_buf_slice(&b));
        assert_true(sgs_get_uint(&r) == rows[i].number && rd_done(&r));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sgs_reader r = rd_open(sgs_slice(bad[i], sizeof bad[i]));
        (void)sgs_get_uint(&r);
        assert_false(rd_ok(&r));
    }
    sgs_buf_clear(&b);
}

static void test_unpacking(void **state)
{
    static const struct {
        const char *octets;
        bool is_good;
    } rows[] = {
        {"01000000789c4b040000620062",   true }, /* zlib of "a" */
        {"",                             false},
        {"01000000",                     false},
        {"0100000000",                   false},
        {"00000000789c030000000001",     false}, /* of nothing */
        {"01000000789c030000000001",     false},
        {"02000000789c4b040000620062",   false},
        {"00000000789c4b040000620062",   false},
        {"01000000789c4b04000062006200", false}, /* more behind it */
        {"01000000789c4b040000620063",   false}, /* wrong Adler-32 */
        {"01001000789c4b040000620062",   false},
        {"ffffffff789c4b040000620062",   false},
    };
    struct sgs_buf packed;
    struct sgs_buf out;

    (void)state;
    sgs_buf_init(&packed, 1000);
    sgs_buf_init(&out, SGS_MAX_EVENT_BLOCK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_buf_drop(&packed, packed.len);
        put_hex(&packed, rows[i].octets);
        assert_true(sgs_record_unpack(sgs_buf_slice(&packed), &out) == rows[i].is_good);
        assert_int_equal(out.len, rows[i].is_good);
    }
    sgs_buf_clear(&packed);
    sgs_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_leb128),
        cmocka_unit_test(test_unpacking),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
