/* Lines of ndjson: golden octets by hand from the contract, and read back by another library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <signscope/export.h>

#include "export/forms.h"

#define TIME (INT64_C(1772442842) * SGS_SEC + 123456789) /* 2026-03-02T09:14:02.123456789Z */

static struct sgs_buf written;
static bool is_broken;

static bool take(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    return !is_broken && sgs_buf_add(&written, octets);
}

static int setup(void **state)
{
    (void)state;
    is_broken = false;
    sgs_buf_init(&written, 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_buf_clear(&written);
    return 0;
}

static bool write_event(const struct sgs_event *ev, bool is_merged)
{
    const struct sgs_export_options options = {.is_merged = is_merged};
    struct sgs_out out = {take, NULL};

    return sgs_ndjson_event(&options, ev, &out);
}

static void expect(const char *want)
{
    assert_int_equal(written.len, strlen(want));
    assert_memory_equal(written.ptr, want, written.len);
}

static struct sgs_value text(enum sgs_field_id id, const char *s)
{
    return (struct sgs_value){.id = id, .type = SGS_T_TEXT, .text = sgs_slice_str(s)};
}

static struct sgs_event request(const struct sgs_value *values, size_t n)
{
    return (struct sgs_event){
        .id = 118,
        .kind = SGS_K_HTTP_REQUEST,
        .origin = {.frame = 41,
                   .frame_last = 43,
                   .time = TIME,
                   .time_last = TIME + SGS_MS,
                   .input = 2,
                   .input_frame = 40},
        .transport = SGS_TCP,
        .conn = 3,
        .dir = SGS_C2S,
        .src = {.ip = {10, 0, 0, 15},  .len = 4,         .port = 50738                },
        .dst = {.ip = {10, 0, 1, 9},  .len = 4,.port = 443},
        .trust = SGS_DECRYPTED,
        .layers = SGS_LIT("tls/http1"),
        .values = values,
        .n_values = n,
    };
}

/* The example of the contract. */
static void example(void **state)
{
    const struct sgs_value values[] = {
        text(SGS_F_METHOD, "GET"),
        text(SGS_F_HOST, "lyncdiscover.contoso.com"),
        text(SGS_F_TARGET, "/?sipuri=ada@contoso.com"),
        text(SGS_F_VERSION, "HTTP/1.1"),
    };
    const struct sgs_event ev = request(values, 4);

    (void)state;
    assert_true(write_event(&ev, false));
    expect("{\"kind\":\"http.request\",\"id\":118,\"time\":\"2026-03-02T09:14:02.123456789Z\","
           "\"frame\":41,\"frame_last\":43,\"time_last\":\"2026-03-02T09:14:02.124456789Z\","
           "\"conn\":\"tcp3\",\"dir\":\"c2s\",\"src\":\"10.0.0.15:50738\",\"dst\":\"10.0.1.9:443\","
           "\"layers\":\"tls/http1\",\"trust\":\"decrypted\",\"fields\":{\"method\":\"GET\","
           "\"host\":\"lyncdiscover.contoso.com\",\"target\":\"/?sipuri=ada@contoso.com\","
           "\"version\":\"HTTP/1.1\"}}\n");
}

/* What is not known is absent. */
static void bare(void **state)
{
    const struct sgs_event ev = {
        .id = 1,
        .kind = SGS_K_ICMP_ERROR,
        .origin = {.frame = 7, .frame_last = 7, .time = 0, .time_last = 0},
        .trust = SGS_CLEAR
    };

    (void)state;
    assert_true(write_event(&ev, true));
    expect("{\"kind\":\"icmp.error\",\"id\":1,\"time\":\"1970-01-01T00:00:00.000000000Z\","
           "\"frame\":7,\"frame_last\":7,\"time_last\":\"1970-01-01T00:00:00.000000000Z\","
           "\"trust\":\"clear\",\"fields\":{}}\n");
}

static void merged_and_carried(void **state)
{
    struct sgs_event ev = request(NULL, 0);
    json_t *o = NULL;

    (void)state;
    ev.in = 17;
    assert_true(write_event(&ev, true));
    o = json_loadb((const char *)written.ptr, written.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_int_equal(json_integer_value(json_object_get(o, "in")), 17);
    assert_int_equal(json_integer_value(json_object_get(o, "input")), 2);
    assert_int_equal(json_integer_value(json_object_get(o, "input_frame")), 40);
    json_decref(o);
}

static struct sgs_member member(const char *name, const char *value)
{
    return (struct sgs_member){sgs_slice_str(name), sgs_slice_str(value), 0};
}

static void every_type(void **state)
{
    /* clang-format off */
    struct sgs_slice names[] = {SGS_LIT("a.example"), SGS_LIT("b\"c")};
    struct sgs_member map[] = {member("source", "fe01"), member("source", "twice"),
                               {SGS_LIT("code"), {NULL, 0}, 28032}};
    struct sgs_member answer[] = {member("name", "x"), {SGS_LIT("ttl"), {NULL, 0}, 60}};
    struct sgs_row one_map[] = {{map, 3}};
    struct sgs_row rows[] = {{answer, 2}, {answer, 1}};
    const struct sgs_value values[] = {
        {.id = SGS_F_STATUS, .type = SGS_T_INT, .number = 401},
        {.id = SGS_F_ANSWERS, .type = SGS_T_ROWS, .rows = rows, .n = 2},
        {.id = SGS_F_RTT_MS, .type = SGS_T_MS, .number = 1250000},
        {.id = SGS_F_RESUMED, .type = SGS_T_BOOL, .number = 1},
        {.id = SGS_F_NAMES, .type = SGS_T_TEXTS, .list = names, .n = 2},
        {.id = SGS_F_NOT_BEFORE, .type = SGS_T_TIME, .number = TIME},
        {.id = SGS_F_NOT_AFTER, .type = SGS_T_TIME, .number = TIME - 123456789},
        {.id = SGS_F_MS_DIAGNOSTICS, .type = SGS_T_MAP, .rows = one_map, .n = 1},
    };
    /* clang-format on */
    const struct sgs_event ev = request(values, sizeof values / sizeof *values);
    static const char want[] =
        "\"fields\":{\"status\":401,\"answers\":[{\"name\":\"x\",\"ttl\":60},{\"name\":\"x\"}],"
        "\"rtt_ms\":1.25,\"resumed\":true,\"names\":[\"a.example\",\"b\\\"c\"],"
        "\"not_before\":\"2026-03-02T09:14:02.123456789Z\",\"not_after\":\"2026-03-02T09:14:02Z\","
        "\"ms_diagnostics\":{\"source\":\"fe01\",\"code\":28032}}}\n";

    (void)state;
    assert_true(write_event(&ev, false));
    assert_true(written.len > sizeof want);
    assert_memory_equal(written.ptr + written.len - (sizeof want - 1), want, sizeof want - 1);
}

/* Whatever octets a text has, the line is JSON, one line, and shows the octets that are text. */
static void hostile_text(void **state)
{
    uint8_t octets[256];
    struct sgs_value value = {.id = SGS_F_HOST, .type = SGS_T_TEXT};
    struct sgs_event ev = request(&value, 1);
    json_t *o = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)i;
    }
    value.text = sgs_slice(octets, sizeof octets);
    assert_true(write_event(&ev, false));
    assert_int_equal(sgs_slice_chr(sgs_buf_slice(&written), '\n'), written.len - 1);
    o = json_loadb((const char *)written.ptr, written.len, JSON_ALLOW_NUL, NULL);
    assert_non_null(o);
    assert_memory_equal(json_string_value(json_object_get(json_object_get(o, "fields"), "host")),
                        octets, 128);
    json_decref(o);
}

static void write_error(void **state)
{
    const struct sgs_event ev = request(NULL, 0);

    (void)state;
    is_broken = true;
    assert_false(write_event(&ev, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(example, setup, teardown),
        cmocka_unit_test_setup_teardown(bare, setup, teardown),
        cmocka_unit_test_setup_teardown(merged_and_carried, setup, teardown),
        cmocka_unit_test_setup_teardown(every_type, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_text, setup, teardown),
        cmocka_unit_test_setup_teardown(write_error, setup, teardown),
    };
    return cmocka_run_group_tests_name("ndjson", tests, NULL, NULL) != 0;
}
