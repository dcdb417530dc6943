/* Text of the wire on a terminal: golden octets, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "export/escape.h"

struct row {
    const char *name;
    const char *text;
    const char *utf8;  /* as shown where UTF-8 is understood */
    const char *ascii; /* elsewhere; NULL: the same */
};

static const struct row rows[] = {
    {"plain",               "sip:ada@contoso.com", "sip:ada@contoso.com",  NULL          },
    {"empty",               "",                    "",                     NULL          },
    {"backslash stays",     "CONTOSO\\ada",        "CONTOSO\\ada",         NULL          },
    {"colour",              "\x1b[31mred\x1b[0m",  "\\x1b[31mred\\x1b[0m", NULL          },
    {"title of the window", "\x1b]0;evil\x07",     "\\x1b]0;evil\\x07",    NULL          },
    {"line ends",           "a\r\nb\tc",           "a\\r\\nb\\tc",         NULL          },
    {"backspace, delete",   "a\bb\x7f",            "a\\x08b\\x7f",         NULL          },
    {"letters",             "M\xc3\xbcller",       "M\xc3\xbcller",        "M\\u00fcller"},
    {"C1 control (CSI)",
     "\xc2\x9b"
     "31m",                                        "\\u009b31m",           NULL          },
    {"a lone octet",
     "\x9b"
     "31m",                                        "\\x9b31m",             NULL          },
    {"cut sequence",        "a\xe2\x82",           "a\\xe2\\x82",          NULL          },
    {"overlong",            "\xc0\xaf",            "\\xc0\\xaf",           NULL          },
    {"surrogate",           "\xed\xa0\x80",        "\\xed\\xa0\\x80",      NULL          },
    {"turned direction",
     "a\xe2\x80\xae"
     "b",                                          "a\\u202eb",            NULL          },
    {"isolate",             "\xe2\x81\xa6",        "\\u2066",              NULL          },
    {"zero width",
     "a\xe2\x80\x8b"
     "b",                                          "a\\u200bb",            NULL          },
    {"line separator",      "\xe2\x80\xa8",        "\\u2028",              NULL          },
    {"byte order mark",
     "\xef\xbb\xbf"
     "a",                                          "\\ufeffa",             NULL          },
    {"tag characters",      "\xf3\xa0\x81\x81",    "\\U000e0041",          NULL          },
    {"picture",             "\xf0\x9f\x98\x80",    "\xf0\x9f\x98\x80",     "\\U0001f600" },
};

static void expect(const char *text, bool is_utf8, const char *want)
{
    struct sgs_buf out;

    sgs_buf_init(&out, 4096);
    sgs_escape_text(&out, sgs_slice_str(text), is_utf8);
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.len ? out.ptr : (const uint8_t *)"", want, out.len);
    sgs_buf_clear(&out);
}

static void one(void **state)
{
    const struct row *row = *state;

    expect(row->text, true, row->utf8);
    expect(row->text, false, row->ascii ? row->ascii : row->utf8);
}

/* Whatever octet comes, only printable ASCII or whole UTF-8 leaves. */
static void every_octet(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t octet = (uint8_t)c;
        struct sgs_buf out;

        sgs_buf_init(&out, 64);
        sgs_escape_text(&out, sgs_slice(&octet, 1), true);
        assert_true(out.len > 0);
        for (size_t i = 0; i < out.len; i++) {
            assert_in_range(out.ptr[i], 0x20, 0x7e);
        }
        sgs_buf_clear(&out);
    }
}

static void columns(void **state)
{
    (void)state;
    assert_int_equal(sgs_text_columns(SGS_LIT("abc")), 3);
    assert_int_equal(sgs_text_columns(SGS_LIT("M\xc3\xbcller")), 6);
    assert_int_equal(sgs_text_columns(SGS_LIT("u\xcc\x88")), 1); /* u and a combining mark */
    assert_int_equal(sgs_text_columns(SGS_LIT("\xe4\xb8\xad\xe6\x96\x87")), 4); /* two wide ones */
    assert_int_equal(sgs_text_columns(SGS_LIT("")), 0);
}

/* What Markdown must show and not obey. */
static void markdown(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a plain word.",     "a plain word."          },
        {"a|b",               "a\\|b"                  },
        {"a\\",               "a\\\\"                  },
        {"a\\|b",             "a\\\\\\|b"              },
        {"`x`",               "\\`x\\`"                },
        {"*a* _b_",           "\\*a\\* \\_b\\_"        },
        {"<script>&amp;",     "&lt;script&gt;&amp;amp;"},
        {"[x](y)",            "\\[x\\](y)"             },
        {"![](y)",            "\\!\\[\\](y)"           },
        {"a\nb\tc",           "a\\\\nb\\\\tc"          },
        {"\x1b[31m",          "\\\\x1b\\[31m"          },
        {"\xff",              "\\\\xff"                },
        {"M\xc3\xbcller",     "M\xc3\xbcller"          },
        {"  two   blanks ",   "two blanks"             },
        {"see @admin now",    "see `@admin` now"       },
        {"](http://x)",       "`](http://x)`"          },
        {"HTTP://x",          "`HTTP://x`"             },
        {"www.x.test",        "`www.x.test`"           },
        {"# 1",               "`#` 1"                  },
        {"#12 GH-7 high-end", "`#12` `GH-7` high-end"  },
        {":bug: at:",         "`:bug:` at:"            },
        {"$x$",               "`$x$`"                  },
        {"`@a|b`\n",          "`\\x60@a\\x7cb\\x60\\n`"},
        {"",                  ""                       },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sgs_buf out;

        sgs_buf_init(&out, 1024);
        sgs_escape_markdown(&out, sgs_slice_str(cases[i].text));
        sgs_buf_add_octet(&out, 0);
        assert_string_equal((const char *)out.ptr, cases[i].want);
        sgs_buf_clear(&out);
    }
}

int main(void)
{
    enum { N_ROWS = sizeof rows / sizeof *rows };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(every_octet),
        cmocka_unit_test(columns),
        cmocka_unit_test(markdown),
    };
    struct CMUnitTest tests[N_ROWS];
    int failed = 0;

    for (size_t i = 0; i < N_ROWS; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    failed += cmocka_run_group_tests_name("rows", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("escape", others, NULL, NULL);
    return failed != 0;
}
