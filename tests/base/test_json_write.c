/* json_write.h: commas, escapes, exact numbers; what is written reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/codec.h>
#include <signscope/json.h>

#include "base/json_write.h"

static struct sgs_buf out;
static struct sgs_jw w;

static int fresh(void **state)
{
    sgs_buf_init(&out, 1u << 20);
    sgs_jw_init(&w, &out);
    return 0;
}

static int release(void **state)
{
    sgs_buf_clear(&out);
    return 0;
}

static void assert_written(const char *want)
{
    assert_true(sgs_buf_add_octet(&out, 0));
    assert_string_equal((const char *)out.ptr, want);
}

static void nests(void **state)
{
    sgs_jw_object(&w);
    sgs_jw_member_str(&w, "a", "x");
    sgs_jw_name(&w, "list");
    sgs_jw_list(&w);
    sgs_jw_int(&w, -1);
    sgs_jw_list(&w);
    sgs_jw_list_end(&w);
    sgs_jw_object(&w);
    sgs_jw_object_end(&w);
    sgs_jw_null(&w);
    sgs_jw_list_end(&w);
    sgs_jw_member_bool(&w, "yes", true);
    sgs_jw_member_bool(&w, "no", false);
    sgs_jw_name_slice(&w, SGS_LIT("q\""));
    sgs_jw_raw(&w, SGS_LIT("[1]"));
    sgs_jw_object_end(&w);
    assert_written(
        "{\"a\":\"x\",\"list\":[-1,[],{},null],\"yes\":true,\"no\":false,\"q\\\"\":[1]}");
}

static void numbers(void **state)
{
    sgs_jw_list(&w);
    sgs_jw_int(&w, INT64_MIN);
    sgs_jw_int(&w, INT64_MAX);
    sgs_jw_uint(&w, UINT64_MAX);
    sgs_jw_list_end(&w);
    assert_written("[-9223372036854775808,9223372036854775807,18446744073709551615]");
}

static void milliseconds(void **state)
{
    static const int64_t ns[] = {0,         534100000, 1200000,   1,       -1000001, 999999,
                                 100000000, 1500,      INT64_MIN, -500000, 10010000};

    sgs_jw_list(&w);
    for (size_t i = 0; i < sizeof ns / sizeof *ns; i++) {
        sgs_jw_ms(&w, ns[i]);
    }
    sgs_jw_list_end(&w);
    assert_written("[0.0,534.1,1.2,0.000001,-1.000001,0.999999,100.0,0.0015,"
                   "-9223372036854.775808,-0.5,10.01]");
}

static void times(void **state)
{
    sgs_jw_object(&w);
    sgs_jw_member_time(&w, "t", INT64_C(1772442842123456789));
    sgs_jw_member_time(&w, "none", SGS_TIME_NONE);
    sgs_jw_member_ms(&w, "d", SGS_MS);
    sgs_jw_member_int(&w, "i", 5);
    sgs_jw_member_uint(&w, "u", 6);
    sgs_jw_object_end(&w);
    assert_written(
        "{\"t\":\"2026-03-02T09:14:02.123456789Z\",\"none\":null,\"d\":1.0,\"i\":5,\"u\":6}");
}

static void escapes(void **state)
{
    static const struct {
        struct sgs_slice text;
        const char *json;
    } rows[] = {
        {{(const uint8_t *)"a/\"\\b", 5},                              "a/\\\"\\\\b"                         },
        {{(const uint8_t *)"\b\f\n\r\t", 5},                           "\\b\\f\\n\\r\\t"                     },
        {{(const uint8_t *)"\0\x1f\x7f", 3},                           "\\u0000\\u001f\\u007f"               },
        {{(const uint8_t *)"\xc3\xa4\xf0\x9f\x98\x80", 6},             "\xc3\xa4\xf0\x9f\x98\x80"            },
        {{(const uint8_t *)"\xff"
                           "a\xc3",
          3},
         "\xef\xbf\xbd"
         "a\xef\xbf\xbd"                                                                                     },
        {{(const uint8_t *)"\xed\xa0\x80", 3},                         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {{(const uint8_t *)"\xc2\x9b\xc2\xa0", 4},                     "\\u009b\xc2\xa0"                     },
        {{(const uint8_t *)"\xe2\x80\xa8\xe2\x80\xae\xe2\x82\xac", 9},
         "\\u2028\\u202e\xe2\x82\xac"                                                                        },
        {{NULL, 0},                                                    ""                                    },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_buf_drop(&out, out.len);
        sgs_json_escape(&out, rows[i].text);
        assert_written(rows[i].json);
    }
}

/* Every octet pair, read back by the library, is what it was, or U+FFFD. */
static void reads_back(void **state)
{
    for (unsigned i = 0; i < 65536; i++) {
        const uint8_t pair[] = {(uint8_t)(i >> 8), (uint8_t)i};
        struct sgs_slice text = sgs_slice(pair, 2);
        bool is_valid = sgs_utf8_len(text) == 2 ||
                        (sgs_utf8_len(text) == 1 && sgs_utf8_len(sgs_slice_from(text, 1)) == 1);
        sgs_buf_drop(&out, out.len);
        sgs_jw_init(&w, &out);
        sgs_jw_text(&w, text);
        struct sgs_json *j = sgs_json_read(sgs_buf_slice(&out));
        assert_non_null(j);
        assert_int_equal(sgs_slice_eq(sgs_json_text(sgs_json_root(j)), text), is_valid);
        sgs_json_free(j);
    }
}

static void tells_of_the_cap(void **state)
{
    struct sgs_buf small;

    sgs_buf_init(&small, 8);
    sgs_jw_init(&w, &small);
    sgs_jw_list(&w);
    sgs_jw_str(&w, "too long for it");
    sgs_jw_list_end(&w);
    assert_true(small.overflow);
    sgs_buf_clear(&small);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nests),   CASE(numbers),    CASE(milliseconds),     CASE(times),
        CASE(escapes), CASE(reads_back), CASE(tells_of_the_cap),
    };

    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL) != 0;
}
