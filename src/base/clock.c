/*
 * Capture time as text (RFC 3339) and from civil dates.
 *
 * Days are counted in years that begin on 1 March, so that the leap day comes last and the lengths
 * of the months follow one formula: month m of such a year begins (153 m + 2) / 5 days into it.
 */
#include <signscope/clock.h>

#include <string.h>

#include <signscope/reader.h>

#include "base/decimal.h"

#define DAY INT64_C(86400)          /* seconds */
#define ERA_DAYS INT64_C(146097)    /* 400 years of the Gregorian calendar */
#define EPOCH_DAYS INT64_C(719468)  /* from 0000-03-01 to 1970-01-01 */
#define YEAR_MAX INT64_C(100000000) /* years beyond are clamped: the seconds must fit an int64 */

struct civil {
    int64_t year;
    unsigned month, day; /* from 1 */
};

/* a / b rounded towards minus infinity; b > 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* The date of a day since 1970. */
static struct civil civil_from(int64_t day)
{
    int64_t shifted = day + EPOCH_DAYS;
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

#define SECOND_LEN 19 /* YYYY-MM-DDTHH:MM:SS: years between 1677 and 2262 */

/* n as two digits and c behind them; gives the place behind that. */
static char *put_two(char *out, unsigned n, char c)
{
    out = sgs_two_digits(out, n);
    *out = c;
    return out + 1;
}

/* Most times are of the same second as the one before: its text is kept. */
static _Thread_local struct {
    int64_t second; /* since 1970 */
    char text[SECOND_LEN];
} last = {0, "1970-01-01T00:00:00"};

static void learn_second(int64_t second)
{
    int64_t day = floor_div(second, DAY);
    unsigned in_day = (unsigned)(second - day * DAY);
    struct civil civil = civil_from(day);
    char *end = sgs_decimal(last.text, (uint64_t)civil.year, 4);

    *end++ = '-';
    end = put_two(end, civil.month, '-');
    end = put_two(end, civil.day, 'T');
    end = put_two(end, in_day / 3600, ':');
    end = put_two(end, in_day / 60 % 60, ':');
    (void)sgs_two_digits(end, in_day % 60);
    last.second = second;
}

/* The text of a second and c; gives the place behind it. */
static char *put_second(int64_t second, char *out, char c)
{
    if (second != last.second) {
        learn_second(second);
    }
    memcpy(out, last.text, SECOND_LEN);
    out[SECOND_LEN] = c;
    return out + SECOND_LEN + 1;
}

char *sgs_time_rfc3339(sgs_time t, char out[SGS_TIME_TEXT_LEN])
{
    if (t != SGS_TIME_NONE) {
        int64_t second = floor_div(t, SGS_SEC);
        unsigned ns = (unsigned)(t - second * SGS_SEC);
        out = put_second(second, out, '.');
        for (size_t at = 9; at > 1; at -= 2) {
            (void)sgs_two_digits(out + at - 2, ns % 100);
            ns /= 100;
        }
        out[0] = (char)('0' + ns);
        out[9] = 'Z';
        out += 10;
    }
    *out = '\0';
    return out;
}

char *sgs_time_rfc3339_s(sgs_time t, char out[SGS_TIME_TEXT_LEN])
{
    if (t != SGS_TIME_NONE) {
        out = put_second(floor_div(t, SGS_SEC), out, 'Z');
    }
    *out = '\0';
    return out;
}

/* reading */

/* n digits, and the octet that must follow them (0: any). */
static unsigned digits(struct sgs_reader *r, unsigned n, char next)
{
    unsigned value = 0;

    while (n-- > 0) {
        uint8_t c = rd_u8(r);
        r->bad |= c < '0' || c > '9';
        value = value * 10 + (unsigned)(c - '0');
    }
    r->bad |= next && rd_u8(r) != (uint8_t)next;
    return value;
}

static bool is_digit_next(struct sgs_reader *r)
{
    struct sgs_reader ahead = *r;
    uint8_t c = rd_u8(&ahead);

    return rd_ok(&ahead) && c >= '0' && c <= '9';
}

/* .12: digits beyond nanoseconds are dropped. */
static int64_t fraction(struct sgs_reader *r)
{
    int64_t ns = 0, unit = SGS_SEC / 10;

    for (; is_digit_next(r); unit /= 10) {
        ns += (int64_t)digits(r, 1, 0) * unit;
    }
    return ns;
}

/* Z, +hh:mm or -hh:mm, in seconds east. */
static int64_t zone(struct sgs_reader *r, uint8_t sign)
{
    if (sign != '+' && sign != '-') {
        r->bad |= sign != 'Z' && sign != 'z';
        return 0;
    }
    int64_t hours = digits(r, 2, ':');
    int64_t seconds = hours * 3600 + (int64_t)digits(r, 2, 0) * 60;
    return sign == '-' ? -seconds : seconds;
}

bool sgs_time_read(struct sgs_slice text, sgs_time *out)
{
    struct sgs_reader r = rd_open(sgs_slice_trim(text));
    unsigned year = digits(&r, 4, '-');
    unsigned month = digits(&r, 2, '-');
    unsigned day = digits(&r, 2, 0);
    uint8_t sep = rd_u8(&r);
    unsigned hour = digits(&r, 2, ':');
    unsigned minute = digits(&r, 2, ':');
    unsigned second = digits(&r, 2, 0);
    int64_t ns = 0, east = 0;
    uint8_t next = rd_left(&r) > 0 ? rd_u8(&r) : 'Z';

    if (next == '.') {
        ns = fraction(&r);
        next = rd_left(&r) > 0 ? rd_u8(&r) : 'Z';
    }
    east = zone(&r, next);
    if (!rd_ok(&r) || rd_left(&r) > 0 || (sep != 'T' && sep != 't' && sep != ' ') ||
        month - 1 > 11 || day - 1 > 30 || hour > 24 || minute > 59 || second > 60) {
        return false;
    }
    *out = sgs_time_from(sgs_time_civil(year, month, day, hour, minute, second) - east, ns);
    return true;
}

/* 1 to 12 of a name with three letters; 0: none. */
static unsigned month_of(struct sgs_slice name)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (sgs_slice_ieq(name, sgs_slice_str(names[i]))) {
            return i + 1;
        }
    }
    return 0;
}

bool sgs_time_read_date(struct sgs_slice text, sgs_time *out)
{
    struct sgs_slice trimmed = sgs_slice_trim(text);
    size_t comma = sgs_slice_chr(trimmed, ',');
    struct sgs_reader r = rd_open(sgs_slice_from(trimmed, comma + 1));

    if (comma == trimmed.len) {
        return sgs_time_read(text, out);
    }
    r.bad |= rd_u8(&r) != ' ';
    unsigned day = digits(&r, 2, ' ');
    unsigned month = month_of(rd_take(&r, 3));
    r.bad |= rd_u8(&r) != ' ';
    unsigned year = digits(&r, 4, ' ');
    unsigned hour = digits(&r, 2, ':');
    unsigned minute = digits(&r, 2, ':');
    unsigned second = digits(&r, 2, ' ');
    if (!rd_ok(&r) || !sgs_slice_eq(rd_rest(&r), SGS_LIT("GMT")) || month == 0 || day - 1 > 30 ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *out = sgs_time_from(sgs_time_civil(year, month, day, hour, minute, second), 0);
    return true;
}
