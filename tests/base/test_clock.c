/* clock.h: dates against those of GNU date, and the ends of the range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <signscope/clock.h>

/* date -u -d @<seconds> +%FT%TZ */
static const struct {
    int64_t seconds;
    const char *text;
} dates[] = {
    {0,           "1970-01-01T00:00:00Z"},
    {-1,          "1969-12-31T23:59:59Z"},
    {951782400,   "2000-02-29T00:00:00Z"},
    {951868799,   "2000-02-29T23:59:59Z"},
    {951868800,   "2000-03-01T00:00:00Z"},
    {-2203891200, "1900-03-01T00:00:00Z"},
    {-2203891201, "1900-02-28T23:59:59Z"},
    {4107542399,  "2100-02-28T23:59:59Z"},
    {4107542400,  "2100-03-01T00:00:00Z"},
    {1772442842,  "2026-03-02T09:14:02Z"},
    {-9214560000, "1678-01-01T00:00:00Z"},
    {9214646399,  "2261-12-31T23:59:59Z"},
};

static void prints_dates(void **state)
{
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        char text[SGS_TIME_TEXT_LEN];
        sgs_time_rfc3339_s(sgs_time_from(dates[i].seconds, 0), text);
        assert_string_equal(text, dates[i].text);
    }
}

static void civil_dates_go_there_and_back(void **state)
{
    for (unsigned year = 1678; year < 2262; year++) {
        for (unsigned month = 1; month <= 12; month++) {
            char want[SGS_TIME_TEXT_LEN];
            char text[SGS_TIME_TEXT_LEN];
            (void)snprintf(want, sizeof want, "%04u-%02u-28T23:59:58Z", year, month);
            sgs_time_rfc3339_s(
                sgs_time_from(sgs_time_civil((int64_t)year, month, 28, 23, 59, 58), 0), text);
            assert_string_equal(text, want);
        }
    }
}

static void civil_dates_outside(void **state)
{
    /* date -u -d 9999-12-31T23:59:59Z +%s; 0001-01-01 */
    assert_true(sgs_time_civil(9999, 12, 31, 23, 59, 59) == INT64_C(253402300799));
    assert_true(sgs_time_civil(1, 1, 1, 0, 0, 0) == INT64_C(-62135596800));
    assert_true(sgs_time_civil(2025, 13, 1, 0, 0, 0) == sgs_time_civil(2026, 1, 1, 0, 0, 0));
    assert_true(sgs_time_civil(INT64_MAX, UINT32_MAX, 1, 0, 0, 0) > 0);
    assert_true(sgs_time_civil(INT64_MIN, 1, 1, 0, 0, 0) < 0);
}

static void prints_nanoseconds(void **state)
{
    char text[SGS_TIME_TEXT_LEN];

    sgs_time_rfc3339(sgs_time_from(1772442842, 123456789), text);
    assert_string_equal(text, "2026-03-02T09:14:02.123456789Z");
    sgs_time_rfc3339(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
    sgs_time_rfc3339(SGS_SEC, text);
    assert_string_equal(text, "1970-01-01T00:00:01.000000000Z");
    sgs_time_rfc3339(INT64_MAX, text);
    assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
    sgs_time_rfc3339(SGS_TIME_NONE, text);
    assert_string_equal(text, "");
}

static void saturates(void **state)
{
    assert_true(sgs_time_from(INT64_MAX, 0) == INT64_MAX);
    assert_true(sgs_time_from(INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(sgs_time_from(9223372036, 854775807) == INT64_MAX);
    assert_true(sgs_time_from(9223372036, 854775808) == INT64_MAX);
    assert_true(sgs_time_from(INT64_MIN, 0) < -9223372035 * SGS_SEC);
    assert_true(sgs_time_from(INT64_MIN, INT64_MIN) < -9223372035 * SGS_SEC);
    assert_true(sgs_time_from(INT64_MIN, 0) != SGS_TIME_NONE);
    assert_true(sgs_time_from(1, -1) == 999999999);
    assert_true(sgs_time_from(-1, 2 * SGS_SEC) == SGS_SEC);
    assert_true(sgs_time_from(0, INT64_MAX) == INT64_MAX);
}

/* date -u -d TEXT +%s */
static void reads_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds, ns;
    } rows[] = {
        {"2019-05-14T08:02:12Z",              1557820932, 0        },
        {" 2019-05-14T08:02:12.120Z\n",       1557820932, 120000000},
        {"2019-05-14T08:02:12.1234567891Z",   1557820932, 123456789},
        {"2019-05-14t08:02:12.5",             1557820932, 500000000},
        {"2019-05-14 10:02:12+02:00",         1557820932, 0        },
        {"2019-05-14T02:32:12.0000000-05:30", 1557820932, 0        },
        {"1969-12-31T23:59:59z",              -1,         0        },
    };
    static const char *const wrong[] = {
        "",
        "2019-05-14",
        "2019-05-14T08:02:12Zx",
        "2019-05-14T08:02:12+2:00",
        "2019-13-14T08:02:12Z",
        "2019-00-14T08:02:12Z",
        "2019-05-32T08:02:12Z",
        "2019-05-14T08:60:12Z",
        "2019-05-14_08:02:12Z",
        "19-05-14T08:02:12Z",
        "2019-05-14T08:02:1xZ",
        "Tue, 14 May 2019 08:02:12 GMT",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_time t = 0;
        assert_true(sgs_time_read(sgs_slice_str(rows[i].text), &t));
        assert_true(t == rows[i].seconds * SGS_SEC + rows[i].ns);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sgs_time t = 7;
        assert_false(sgs_time_read(sgs_slice_str(wrong[i]), &t));
        assert_true(t == 7);
    }
}

/* date -u -d TEXT +%s; the form is that of RFC 9110 section 5.6.7. */
static void reads_dates_of_messages(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"Tue, 14 May 2019 08:02:12 GMT",   1557820932},
        {" Sun, 06 Nov 1994 08:49:37 GMT ", 784111777 },
        {"2019-05-14T08:02:12Z",            1557820932},
    };
    static const char *const wrong[] = {
        "",
        "Tue",
        "Tue,",
        "Tue, 14 May 2019",
        "Tue, 14 Mai 2019 08:02:12 GMT",
        "Tue, 14 May 2019 08:02:12 CET",
        "Tue, 32 May 2019 08:02:12 GMT",
        "Tue, 14 May 2019 24:02:12 GMT",
        "Tue, 14-May-2019 08:02:12 GMT",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sgs_time t = 0;
        assert_true(sgs_time_read_date(sgs_slice_str(rows[i].text), &t));
        assert_true(t == rows[i].seconds * SGS_SEC);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sgs_time t = 7;
        assert_false(sgs_time_read_date(sgs_slice_str(wrong[i]), &t));
        assert_true(t == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_dates),
        cmocka_unit_test(civil_dates_go_there_and_back),
        cmocka_unit_test(civil_dates_outside),
        cmocka_unit_test(prints_nanoseconds),
        cmocka_unit_test(saturates),
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(reads_dates_of_messages),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL) != 0;
}
