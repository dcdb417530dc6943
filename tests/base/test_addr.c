/* addr.h: IPv4, and IPv6 as RFC 5952 writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/addr.h>

static const struct {
    struct sgs_addr addr;
    const char *host;
    const char *text;
} rows[] = {
    {{.len = 0},                                                         "",                 ""                    },
    {{.len = 0, .port = 5},                                              "",                 ""                    },
    {{{10, 0, 0, 15}, 4, 50738},                                         "10.0.0.15",        "10.0.0.15:50738"     },
    {{{255, 255, 255, 255}, 4, 0},                                       "255.255.255.255",  "255.255.255.255"     },
    {{{0x20, 1, 0x0d, 0xb8, [15] = 1}, 16, 443},                         "2001:db8::1",      "[2001:db8::1]:443"   },
    {{{0}, 16, 0},                                                       "::",               "::"                  },
    {{{[15] = 1}, 16, 1},                                                "::1",              "[::1]:1"             },
 /* one group of zeros stays; of two equal runs the first is cut (section 4.2) */
    {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 16, 0},
     "2001:db8:0:1:1:1:1:1",                                                                 "2001:db8:0:1:1:1:1:1"},
    {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, 16, 0},
     "2001:db8::1:0:0:1",                                                                    "2001:db8::1:0:0:1"   },
    {{{0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 16, 0},
     "2001:0:0:1::1",                                                                        "2001:0:0:1::1"       },
    {{{0xfe, 0x80}, 16, 65535},                                          "fe80::",           "[fe80::]:65535"      },
    {{{[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}, 16, 9},                  "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:9"},
};

static void prints(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[SGS_ADDR_TEXT_LEN];
        sgs_addr_host(&rows[i].addr, text);
        assert_string_equal(text, rows[i].host);
        sgs_addr_text(&rows[i].addr, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void longest_fits(void **state)
{
    struct sgs_addr a = {.len = 16, .port = 65535};
    char text[SGS_ADDR_TEXT_LEN];

    for (size_t i = 0; i < 16; i++) {
        a.ip[i] = 0xab;
    }
    sgs_addr_text(&a, text);
    assert_string_equal(text, "[abab:abab:abab:abab:abab:abab:abab:abab]:65535");
}

static void tells_private_networks(void **state)
{
    static const struct {
        struct sgs_addr addr;
        bool is_private;
    } cases[] = {
        {{{10, 255, 255, 255}, 4, 0}, true },
        {{{172, 16, 0, 1}, 4, 0},     true },
        {{{172, 31, 255, 255}, 4, 0}, true },
        {{{172, 32, 0, 0}, 4, 0},     false},
        {{{172, 15, 255, 255}, 4, 0}, false},
        {{{192, 168, 1, 1}, 4, 0},    true },
        {{{192, 169, 0, 0}, 4, 0},    false},
        {{{11, 0, 0, 0}, 4, 0},       false},
        {{{0xfc}, 16, 0},             true },
        {{{0xfd, 0x12}, 16, 0},       true },
        {{{0xfe, 0x80}, 16, 0},       false},
        {{{10}, 16, 0},               false},
        {{.len = 0},                  false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(sgs_addr_is_private(&cases[i].addr) == cases[i].is_private);
    }
}

static void compares(void **state)
{
    struct sgs_addr a = {
        {10, 0, 0, 1},
        4, 80
    };
    struct sgs_addr b = {
        {10, 0, 0, 1},
        4, 81
    };
    struct sgs_addr c = {
        {10, 0, 0, 1},
        16, 80
    };
    struct sgs_addr d = {
        {10, 0, 0, 2},
        4, 80
    };

    assert_true(sgs_addr_eq(&a, &a));
    assert_false(sgs_addr_eq(&a, &b));
    assert_true(sgs_addr_same_host(&a, &b));
    assert_false(sgs_addr_same_host(&a, &c));
    assert_false(sgs_addr_same_host(&a, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints),
        cmocka_unit_test(longest_fits),
        cmocka_unit_test(compares),
        cmocka_unit_test(tells_private_networks),
    };

    return cmocka_run_group_tests_name("addr", tests, NULL, NULL) != 0;
}
