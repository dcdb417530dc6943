/*
 * Capture time as text (RFC 3339) and from civil dates.
 *
 * Days are counted in years that begin on 1 March, so that the leap day comes last and the lengths
 * of the months follow one formula: month m of such a year begins (153 m + 2) / 5 days into it.
 */
#include <signscope/clock.h>

#include "base/decimal.h"

#define DAY INT64_C(86400)          /* seconds */
#define ERA_DAYS INT64_C(146097)    /* 400 years of the Gregorian calendar */
#define EPOCH_DAYS INT64_C(719468)  /* from 0000-03-01 to 1970-01-01 */
#define YEAR_MAX INT64_C(100000000) /* years beyond are clamped: the seconds must fit an int64 */

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
};

/* a / b rounded towards minus infinity; b > 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static struct civil civil_from(int64_t seconds)
{
    int64_t days = floor_div(seconds, DAY);
    unsigned in_day = (unsigned)(seconds - days * DAY);
    int64_t shifted = days + EPOCH_DAYS;
    int64_t era = floor_div(shifted, ERA_DAYS);
    int64_t in_era = shifted - era * ERA_DAYS;
    int64_t year =
        (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365; /* 0..399 */
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153; /* 0 is March */

    return (struct civil){
        .year = era * 400 + year + (month >= 10 ? 1 : 0),
        .month = (unsigned)(month >= 10 ? month - 9 : month + 3),
        .day = (unsigned)(in_year - (153 * month + 2) / 5 + 1),
        .hour = in_day / 3600,
        .minute = in_day / 60 % 60,
        .second = in_day % 60,
    };
}

int64_t sgs_time_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                       unsigned second)
{
    int64_t months = (int64_t)month - 3; /* since 1 March; a month past December moves the year */

    year = year > YEAR_MAX ? YEAR_MAX : year < -YEAR_MAX ? -YEAR_MAX : year;
    year += floor_div(months, 12);
    months -= floor_div(months, 12) * 12;
    int64_t days = 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) +
                   (153 * months + 2) / 5 + (int64_t)day - 1 - EPOCH_DAYS;
    return days * DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second;
}

sgs_time sgs_time_from(int64_t seconds, int64_t nanoseconds)
{
    int64_t carry = floor_div(nanoseconds, SGS_SEC);
    int64_t rest = nanoseconds - carry * SGS_SEC;
    int64_t limit = INT64_MAX / SGS_SEC;

    if (seconds > limit - carry) {
        seconds = limit;
        carry = 0;
        rest = INT64_MAX % SGS_SEC;
    }
    if (seconds < -limit - carry) {
        seconds = -limit;
        carry = 0;
        rest = 0;
    }
    int64_t whole = (seconds + carry) * SGS_SEC;
    return whole > 0 && rest > INT64_MAX - whole ? INT64_MAX : whole + rest;
}

/* n as two digits and c behind them; gives the place behind that. */
static char *put_two(char *out, unsigned n, char c)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
    out[2] = c;
    return out + 3;
}

/* YYYY-MM-DDTHH:MM:SS of t and c; gives the place behind it. */
static char *put_seconds(sgs_time t, char *out, char c)
{
    struct civil civil = civil_from(floor_div(t, SGS_SEC));

    out = sgs_decimal(out, (uint64_t)civil.year, 4); /* between 1677 and 2262 */
    *out++ = '-';
    out = put_two(out, civil.month, '-');
    out = put_two(out, civil.day, 'T');
    out = put_two(out, civil.hour, ':');
    out = put_two(out, civil.minute, ':');
    return put_two(out, civil.second, c);
}

void sgs_time_rfc3339(sgs_time t, char out[SGS_TIME_TEXT_LEN])
{
    int64_t ns = t % SGS_SEC;

    if (t != SGS_TIME_NONE) {
        out = put_seconds(t, out, '.');
        out = sgs_decimal(out, (uint64_t)(ns < 0 ? ns + SGS_SEC : ns), 9);
        *out++ = 'Z';
    }
    *out = '\0';
}

void sgs_time_rfc3339_s(sgs_time t, char out[SGS_TIME_TEXT_LEN])
{
    if (t != SGS_TIME_NONE) {
        out = put_seconds(t, out, 'Z');
    }
    *out = '\0';
}
