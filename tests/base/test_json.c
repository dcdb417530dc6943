/* json.h: values, what is no JSON, and the caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/json.h>
#include <signscope/limits.h>

static struct sgs_json *j;

static int release(void **state)
{
    sgs_json_free(j);
    j = NULL;
    return 0;
}

static struct sgs_json_value read_text(const char *text)
{
    sgs_json_free(j);
    j = sgs_json_read(sgs_slice_str(text));
    return sgs_json_root(j);
}

static void reads_members(void **state)
{
    struct sgs_json_value v = read_text(
        " {\"_links\":{\"self\":{\"href\":\"https://h/\\u00e4\"}},\"n\":42,\"f\":1.5,\"b\":true,"
        "\"z\":null,\"l\":[1,\"two\",false],\"N\":-9223372036854775808} ");
    struct sgs_json_value self =
        sgs_json_member(sgs_json_member(sgs_json_member(v, "_links"), "self"), "href");

    assert_int_equal(v.kind, SGS_JSON_OBJECT);
    assert_int_equal(sgs_json_size(v), 7);
    assert_true(sgs_slice_eq(sgs_json_text(self), SGS_LIT("https://h/\xc3\xa4")));
    assert_int_equal(sgs_json_int(sgs_json_member(v, "n"), 7), 42);
    assert_int_equal(sgs_json_int(sgs_json_member(v, "f"), 7), 7);
    assert_int_equal(sgs_json_member(v, "f").kind, SGS_JSON_NUMBER);
    assert_int_equal(sgs_json_int(sgs_json_member(v, "b"), 7), 1);
    assert_int_equal(sgs_json_member(v, "b").kind, SGS_JSON_BOOL);
    assert_int_equal(sgs_json_member(v, "z").kind, SGS_JSON_NULL);
    assert_true(sgs_json_int(sgs_json_member(v, "N"), 7) == INT64_MIN);
    assert_int_equal(sgs_json_member(v, "Z").kind, SGS_JSON_NONE);
}

static void reads_items_in_order(void **state)
{
    struct sgs_json_value v = read_text("{\"z\":[1,\"two\",false],\"a\":{},\"m\":[]}");
    struct sgs_slice name = SGS_LIT("untouched");
    struct sgs_json_value list = sgs_json_item(v, 0, &name);

    assert_true(sgs_slice_eq(name, SGS_LIT("z")));
    assert_int_equal(sgs_json_item(v, 1, &name).kind, SGS_JSON_OBJECT);
    assert_true(sgs_slice_eq(name, SGS_LIT("a")));
    assert_int_equal(sgs_json_item(v, 2, NULL).kind, SGS_JSON_LIST);
    assert_int_equal(sgs_json_item(v, 3, &name).kind, SGS_JSON_NONE);
    assert_true(sgs_slice_eq(name, SGS_LIT("a")));
    assert_int_equal(sgs_json_size(list), 3);
    assert_int_equal(sgs_json_int(sgs_json_item(list, 0, NULL), 7), 1);
    assert_true(sgs_slice_eq(sgs_json_text(sgs_json_item(list, 1, &name)), SGS_LIT("two")));
    assert_int_equal(sgs_json_int(sgs_json_item(list, 2, NULL), 7), 0);
}

static void nothing_is_safe(void **state)
{
    struct sgs_json_value v = sgs_json_root(NULL);

    assert_int_equal(v.kind, SGS_JSON_NONE);
    assert_int_equal(sgs_json_member(v, "x").kind, SGS_JSON_NONE);
    assert_int_equal(sgs_json_item(v, 0, NULL).kind, SGS_JSON_NONE);
    assert_int_equal(sgs_json_size(v), 0);
    assert_int_equal(sgs_json_text(v).len, 0);
    assert_int_equal(sgs_json_int(v, 9), 9);
    v = read_text("\"text\"");
    assert_int_equal(sgs_json_member(v, "x").kind, SGS_JSON_NONE);
    assert_int_equal(sgs_json_int(v, 9), 9);
}

static void takes_what_is_odd(void **state)
{
    struct sgs_json_value v = read_text("\xef\xbb\xbf{\"a\":1,\"a\":2,\"t\":\"x\\u0000y\"}");

    assert_int_equal(v.kind, SGS_JSON_OBJECT);
    assert_int_equal(sgs_json_size(v), 2);
    assert_int_equal(sgs_json_int(sgs_json_member(v, "a"), 7), 2);
    assert_true(sgs_slice_eq(sgs_json_text(sgs_json_member(v, "t")), SGS_LIT("x\0y")));
}

static void refuses(void **state)
{
    static const char *const rows[] = {
        "",      " ",    "{",           "[1,]",     "{\"a\":1", "{\"a\"}",      "nul",
        "1 2",   "\"a",  "\"\\ud800\"", "\"\xff\"", "[1e999]",  "\xef\xbb\xbf", "<a/>",
        "{a:1}", "[01]", "\"a\nb\"",    "]",        "\"\\",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(read_text(rows[i]).kind, SGS_JSON_NONE);
        assert_null(j);
    }
}

static void caps_depth(void **state)
{
    char text[2 * SGS_MAX_JSON_DEPTH + 3] = {0};

    memset(text, '[', SGS_MAX_JSON_DEPTH);
    memset(text + SGS_MAX_JSON_DEPTH, ']', SGS_MAX_JSON_DEPTH);
    assert_int_equal(read_text(text).kind, SGS_JSON_LIST);
    memset(text, '[', SGS_MAX_JSON_DEPTH + 1);
    memset(text + SGS_MAX_JSON_DEPTH + 1, ']', SGS_MAX_JSON_DEPTH + 1);
    assert_int_equal(read_text(text).kind, SGS_JSON_NONE);
    assert_int_equal(
        read_text("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                  "[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[\"")
            .kind,
        SGS_JSON_TEXT);
}

static void caps_size(void **state)
{
    static char text[SGS_MAX_JSON + 1];

    memset(text, ' ', sizeof text);
    text[0] = '1';
    sgs_json_free(j);
    j = sgs_json_read(sgs_slice(text, SGS_MAX_JSON));
    assert_non_null(j);
    assert_null(sgs_json_read(sgs_slice(text, SGS_MAX_JSON + 1)));
    text[0] = '[';
    for (size_t i = 1; i < 2 * SGS_MAX_JSON_VALUES; i += 2) {
        text[i] = '1';
        text[i + 1] = ',';
    }
    text[2 * SGS_MAX_JSON_VALUES] = ']';
    assert_null(sgs_json_read(sgs_slice(text, sizeof text - 1)));
    memset(text + 1, ' ', 4);
    sgs_json_free(j);
    j = sgs_json_read(sgs_slice(text, sizeof text - 1));
    assert_non_null(j);
    assert_int_equal(sgs_json_size(sgs_json_root(j)), SGS_MAX_JSON_VALUES - 2);
}

#define CASE(f) cmocka_unit_test_teardown(f, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reads_members),   CASE(reads_items_in_order),
        CASE(nothing_is_safe), CASE(takes_what_is_odd),
        CASE(refuses),         CASE(caps_depth),
        CASE(caps_size),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL) != 0;
}
