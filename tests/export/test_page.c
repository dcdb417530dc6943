/* Lines and columns: expectations by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "export/page.h"

static struct sgs_buf written;
static struct sgs_export_options options;
static struct sgs_page page;

static bool take(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    return sgs_buf_add(&written, octets);
}

static struct sgs_out out = {take, NULL};

static int setup(void **state)
{
    (void)state;
    options = (struct sgs_export_options){.width = 20, .is_utf8 = true};
    sgs_buf_init(&written, 65536);
    sgs_page_init(&page, &options, &out);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_page_clear(&page);
    sgs_buf_clear(&written);
    return 0;
}

static void expect(const char *want)
{
    sgs_page_end(&page);
    sgs_buf_add_octet(&written, '\0');
    assert_string_equal((const char *)written.ptr, want);
}

static void wrap(size_t column, const char *text)
{
    sgs_page_at(&page, column);
    sgs_page_wrap(&page, column, sgs_slice_str(text));
}

static void words(void **state)
{
    (void)state;
    wrap(2, "the quick brown fox jumps over");
    expect("  the quick brown\n  fox jumps over\n");
}

/* 18 columns are left: a word of 18 just fits. */
static void exact(void **state)
{
    (void)state;
    wrap(2, "123456789012345678 90");
    expect("  123456789012345678\n  90\n");
}

static void long_word_at_punctuation(void **state)
{
    (void)state;
    wrap(2, "GET /autodiscover/autodiscoverservice");
    expect("  GET /autodiscover/\n  autodiscoverservic\n  e\n");
}

static void long_word_behind_short(void **state)
{
    (void)state;
    wrap(10, "a b.c.d.e.f.g.h.i.j");
    expect("          a b.c.d.e.\n          f.g.h.i.j\n");
}

static void wide_characters(void **state)
{
    (void)state;
    options.width = 6;
    wrap(0, "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87");
    expect("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\n\xe6\x96\x87\n");
}

static void columns(void **state)
{
    (void)state;
    sgs_page_str(&page, "ab");
    sgs_page_at(&page, 5);
    sgs_page_str(&page, "c");
    sgs_page_at(&page, 3);
    sgs_page_str(&page, "d");
    sgs_page_at(&page, 12);
    expect("ab   c d\n");
}

static void escapes(void **state)
{
    (void)state;
    sgs_page_text(&page, SGS_LIT("a\x1b[2Jb"));
    expect("a\\x1b[2Jb\n");
}

static void color(void **state)
{
    (void)state;
    options.has_color = true;
    page.style = SGS_BAD;
    wrap(2, "no");
    page.style = SGS_PLAIN;
    sgs_page_at(&page, 6);
    sgs_page_str(&page, "yes");
    expect("  \x1b[1;31mno\x1b[0m  yes\n");
}

static void ascii(void **state)
{
    (void)state;
    options.is_utf8 = false;
    assert_string_equal(sgs_page_arrow(&page), "->");
    sgs_page_text(&page, SGS_LIT("\xc3\xbc"));
    expect("\\u00fc\n");
}

static void nothing_to_wrap(void **state)
{
    (void)state;
    wrap(2, "   ");
    expect("\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words),
        TEST(exact),
        TEST(long_word_at_punctuation),
        TEST(long_word_behind_short),
        TEST(wide_characters),
        TEST(columns),
        TEST(escapes),
        TEST(color),
        TEST(ascii),
        TEST(nothing_to_wrap),
    };
    return cmocka_run_group_tests_name("page", tests, NULL, NULL) != 0;
}
