/* codec.h: the vectors of RFC 4648, bad input, UTF-8 and UTF-16, and parameter lists of the field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/codec.h>

static struct sgs_arena a;

static int fresh(void **state)
{
    sgs_arena_init(&a, 1u << 20);
    return 0;
}

static int release(void **state)
{
    sgs_arena_clear(&a);
    return 0;
}

static void assert_slice(struct sgs_slice have, struct sgs_slice want)
{
    assert_int_equal(have.len, want.len);
    assert_memory_equal(have.ptr ? have.ptr : want.ptr, want.ptr, want.len);
}

static void decodes_base64(void **state)
{
    static const struct {
        const char *text;
        const char *octets;
    } rows[] = {
        {"",                      ""            }, /* RFC 4648, section 10 */
        {"Zg==",                  "f"           },
        {"Zm8=",                  "fo"          },
        {"Zm9v",                  "foo"         },
        {"Zm9vYg==",              "foob"        },
        {"Zm9vYmE=",              "fooba"       },
        {"Zm9vYmFy",              "foobar"      },
        {"Zg",                    "f"           },
        {"Zm8",                   "fo"          },
        {"Zg=",                   "f"           },
        {" Zm9v\r\n\tYg = =\r\n", "foob"        },
        {"+/+/",                  "\xfb\xff\xbf"},
    };
    struct sgs_slice out;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(sgs_base64_decode(&a, sgs_slice_str(rows[i].text), &out));
        assert_slice(out, sgs_slice_str(rows[i].octets));
    }
}

static void refuses_base64(void **state)
{
    static const char *const rows[] = {
        "Z", "Zm9vY", "Zg===", "Zm9v=", "Z=g=", "Zg==Zg==", "Zm9*", "Zm-_", "=", "Zm9v%"};
    struct sgs_slice out = SGS_LIT("untouched");
    struct sgs_arena small;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(sgs_base64_decode(&a, sgs_slice_str(rows[i]), &out));
    }
    assert_false(sgs_base64_decode(&a, sgs_slice("Zm\0v", 4), &out));
    sgs_arena_init(&small, 4);
    assert_false(sgs_base64_decode(&small, SGS_LIT("Zm9vYmFy"), &out));
    assert_slice(out, SGS_LIT("untouched"));
}

static void decodes_base64url(void **state)
{
    struct sgs_slice out;

    assert_true(sgs_base64url_decode(&a, SGS_LIT("-_-_"), &out));
    assert_slice(out, SGS_LIT("\xfb\xff\xbf"));
    assert_true(sgs_base64url_decode(&a, SGS_LIT("eyJhbGciOiJub25lIn0"), &out));
    assert_slice(out, SGS_LIT("{\"alg\":\"none\"}"));
    assert_false(sgs_base64url_decode(&a, SGS_LIT("+/+/"), &out));
}

static void hex(void **state)
{
    struct sgs_slice out;

    assert_true(sgs_hex_decode(&a, SGS_LIT("00fFAa19"), &out));
    assert_slice(out, SGS_LIT("\x00\xff\xaa\x19"));
    assert_slice(sgs_hex_encode(&a, out), SGS_LIT("00ffaa19"));
    assert_true(sgs_hex_decode(&a, SGS_LIT(""), &out));
    assert_int_equal(out.len, 0);
    assert_false(sgs_hex_decode(&a, SGS_LIT("abc"), &out));
    assert_false(sgs_hex_decode(&a, SGS_LIT("ag"), &out));
    assert_false(sgs_hex_decode(&a, SGS_LIT("0x"), &out));
    assert_int_equal(sgs_hex_digit('9'), 9);
    assert_int_equal(sgs_hex_digit('F'), 15);
    assert_int_equal(sgs_hex_digit('g'), -1);
    assert_int_equal(sgs_hex_digit('@'), -1);
    assert_int_equal(sgs_hex_digit(0x10), -1); /* '0' without one bit */
}

static void percent(void **state)
{
    struct sgs_slice plain = SGS_LIT("a+b");

    assert_ptr_equal(sgs_percent_decode(&a, plain).ptr, plain.ptr);
    assert_slice(sgs_percent_decode(&a, SGS_LIT("%41%2f%3A%00")), SGS_LIT("A/:\0"));
    assert_slice(sgs_percent_decode(&a, SGS_LIT("%4%zz%%41%")), SGS_LIT("%4%zz%A%"));
    assert_slice(sgs_percent_decode(&a, SGS_LIT("%2541")), SGS_LIT("%41")); /* once */
}

static void utf16(void **state)
{
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("A\0\xe4\0\xac\x20")),
                 SGS_LIT("A\xc3\xa4\xe2\x82\xac"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("\x3d\xd8\x00\xde")), SGS_LIT("\xf0\x9f\x98\x80"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("\xff\xdb\xff\xdf")), SGS_LIT("\xf4\x8f\xbf\xbf"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("\x3d\xd8"
                                                "A\0")),
                 SGS_LIT("\xef\xbf\xbd"
                         "A"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("\x00\xde"
                                                "A\0")),
                 SGS_LIT("\xef\xbf\xbd"
                         "A"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("A\0\x3d\xd8")), SGS_LIT("A\xef\xbf\xbd"));
    assert_slice(sgs_utf16le_decode(&a, SGS_LIT("A\0B")), SGS_LIT("A\xef\xbf\xbd"));
    assert_int_equal(sgs_utf16le_decode(&a, SGS_LIT("")).len, 0);
}

static void utf8(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"a",                1},
        {"\x7f",             1},
        {"\xc2\x80",         2},
        {"\xdf\xbf",         2},
        {"\xe0\xa0\x80",     3},
        {"\xed\x9f\xbf",     3},
        {"\xee\x80\x80",     3},
        {"\xef\xbf\xbf",     3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\x80",             0}, /* a tail */
        {"\xc0\xaf",         0}, /* too long forms */
        {"\xc1\xbf",         0},
        {"\xe0\x9f\xbf",     0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xed\xa0\x80",     0}, /* a surrogate */
        {"\xf4\x90\x80\x80", 0}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", 0},
        {"\xff",             0},
        {"\xe2\x82",         0}, /* cut */
        {"\xe2\x82g",        0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_utf8_len(sgs_slice_str(rows[i].text)), rows[i].len);
    }
    assert_int_equal(sgs_utf8_len(SGS_LIT("")), 0);
    assert_int_equal(sgs_utf8_len(SGS_LIT("\0")), 1);
}

/* Writes a list as name|value; parameters apart by '/'; a name without '=' has no '|'. */
static struct sgs_slice told(struct sgs_slice list, uint8_t sep)
{
    struct sgs_slice text = SGS_LIT("");
    struct sgs_param p;

    while (sgs_param_next(&list, sep, &p)) {
        text = sgs_arena_printf(&a, "%.*s%.*s%s%.*s/", (int)text.len, (const char *)text.ptr,
                                (int)p.name.len, (const char *)p.name.ptr, p.has_value ? "|" : "",
                                (int)p.value.len, (const char *)p.value.ptr);
        assert_non_null(p.value.ptr);
    }
    return text;
}

static void parameters(void **state)
{
    static const struct {
        uint8_t sep;
        const char *list;
        const char *told;
    } rows[] = {
        {',', "qop=\"auth\", realm=\"SIP Communications Service\", version=4",
         "qop|auth/realm|SIP Communications Service/version|4/"                                                              },
        {';', "1000;reason=\"Final handshake failed\";source=\"fe01\"",
         "1000/reason|Final handshake failed/source|fe01/"                                                                   },
        {',', "a=\"x, y; z\",b=2",                                                             "a|x, y; z/b|2/"              },
        {';', "a=\"say \\\"hi; there\\\"\";b=2",                                               "a|say \\\"hi; there\\\"/b|2/"},
        {',', "a=\"open, b=2",                                                                 "a|open, b=2/"                },
        {',', "a=\"open\\",                                                                    "a|open\\/"                   },
        {',', " a = 1 ,\tb\t=\t\"2\" , c ",                                                    "a|1/b|2/c/"                  },
        {',', ",, a=1,,b=2,,",                                                                 "a|1/b|2/"                    },
        {',', "gssapi-data=\"\",x=",                                                           "gssapi-data|/x|/"            },
        {',', "data=YWJj==,y",                                                                 "data|YWJj==/y/"              },
        {',', "=1,a",                                                                          "|1/a/"                       },
        {';', "\"Ann; x=1\" <sip:ann@h;a=b;c>;expires=60;+sip.instance=\"<urn:uuid:1>\";gruu",
         "\"Ann; x=1\" <sip:ann@h;a=b;c>/expires|60/+sip.instance|<urn:uuid:1>/gruu/"                                        },
        {',', "<sip:a@h>, <sip:b@h,c>;q=1",                                                    "<sip:a@h>/<sip:b@h,c>;q|1/"  },
        {';', "<sip:open@h;a=b",                                                               "<sip:open@h;a=b/"            },
        {';', "a=<b;c=d",                                                                      "a|<b/c|d/"                   },
        {',', "a=\"x\" junk, b=1",                                                             "a|x/b|1/"                    },
        {',', " , ",                                                                           ""                            },
        {',', "",                                                                              ""                            },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_slice(told(sgs_slice_str(rows[i].list), rows[i].sep), sgs_slice_str(rows[i].told));
    }
}

static void finds_parameters(void **state)
{
    struct sgs_slice list =
        SGS_LIT("realm=\"r, opaque=no\", Opaque=\"AB\", opaque=CD, empty=, bare");

    assert_slice(sgs_param_find(list, ',', SGS_LIT("opaque")), SGS_LIT("AB"));
    assert_null(sgs_param_find(list, ',', SGS_LIT("nonce")).ptr);
    assert_non_null(sgs_param_find(list, ',', SGS_LIT("empty")).ptr);
    assert_int_equal(sgs_param_find(list, ',', SGS_LIT("empty")).len, 0);
    assert_non_null(sgs_param_find(list, ',', SGS_LIT("bare")).ptr);
}

/* One second is enough for a megabyte of anything: no list is read twice. */
static void lists_take_linear_time(void **state)
{
    static const char *const units[] = {"<", "\"", "=", ",", "<,", "\\", "a=\"", "=<,"};
    static char text[1u << 20];

    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        struct sgs_slice list = sgs_slice(text, sizeof text);
        struct sgs_param p;
        for (size_t i = 0; i < sizeof text; i++) {
            text[i] = units[u][i % strlen(units[u])];
        }
        while (sgs_param_next(&list, ',', &p)) {
            assert_true(p.name.len <= sizeof text);
        }
        assert_int_equal(list.len, 0);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

/* WHATWG URL, application/x-www-form-urlencoded. */
static void reads_forms(void **state)
{
    struct sgs_slice rest = SGS_LIT("&a=1&b+c=x%20y+z%2B&&d&=e&f==g");
    static const char *const pairs[][2] = {
        {"a",   "1"     },
        {"b c", "x y z+"},
        {"d",   ""      },
        {"",    "e"     },
        {"f",   "=g"    }
    };
    struct sgs_slice name, value;
    struct sgs_arena arena;

    sgs_arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(sgs_form_next(&arena, &rest, &name, &value));
        assert_true(sgs_slice_eq(name, sgs_slice_str(pairs[i][0])));
        assert_true(sgs_slice_eq(value, sgs_slice_str(pairs[i][1])));
    }
    assert_false(sgs_form_next(&arena, &rest, &name, &value));
    sgs_arena_clear(&arena);
}

static void finds_codes(void **state)
{
    struct sgs_slice rest = SGS_LIT("AADSTS: AADSTS50034, xAADSTS7; AADSTS12345678901234567");
    struct sgs_slice code;

    assert_true(sgs_code_next(&rest, SGS_LIT("AADSTS"), &code));
    assert_true(sgs_slice_eq(code, SGS_LIT("AADSTS50034")));
    assert_true(sgs_code_next(&rest, SGS_LIT("AADSTS"), &code));
    assert_true(sgs_slice_eq(code, SGS_LIT("AADSTS7")));
    assert_false(sgs_code_next(&rest, SGS_LIT("AADSTS"), &code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(decodes_base64),
        CASE(refuses_base64),
        CASE(decodes_base64url),
        CASE(hex),
        CASE(percent),
        CASE(utf16),
        CASE(utf8),
        CASE(parameters),
        CASE(finds_parameters),
        CASE(lists_take_linear_time),
        cmocka_unit_test(reads_forms),
        cmocka_unit_test(finds_codes),
    };

    return cmocka_run_group_tests_name("codec", tests, NULL, NULL) != 0;
}
