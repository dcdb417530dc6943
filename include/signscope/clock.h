/* Capture time.  Nothing here reads a clock of the wall. */
#ifndef SGS_CLOCK_H
#define SGS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

/* Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds; may be negative. */
typedef int64_t sgs_time;

#define SGS_TIME_NONE INT64_MIN /* not known */
#define SGS_US INT64_C(1000)
#define SGS_MS INT64_C(1000000)
#define SGS_SEC INT64_C(1000000000)

#define SGS_TIME_TEXT_LEN 40 /* octets, with the NUL, that any form below needs */

/* RFC 3339 in UTC with nine decimals: 2026-03-02T09:14:02.123456789Z; empty for SGS_TIME_NONE.
 * Gives the place of the NUL. */
char *sgs_time_rfc3339(sgs_time t, char out[SGS_TIME_TEXT_LEN]);

/* The same without decimals, for dates of certificates. */
char *sgs_time_rfc3339_s(sgs_time t, char out[SGS_TIME_TEXT_LEN]);

/* Reads RFC 3339 and xs:dateTime, "2019-05-14T08:02:12.12Z"; without a zone it is UTC.  False, and
 * *out as it was: the text is something else. */
bool sgs_time_read(struct sgs_slice text, sgs_time *out);

/* Reads the Date of HTTP and SIP, "Tue, 14 May 2019 08:02:12 GMT" (IMF-fixdate of RFC 9110 section
 * 5.6.7); else as sgs_time_read. */
bool sgs_time_read_date(struct sgs_slice text, sgs_time *out);

/* Seconds since 1970 of a civil UTC date, proleptic Gregorian; month from 1. */
int64_t sgs_time_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                       unsigned second);

/* ns as a time, saturated instead of wrapped. */
sgs_time sgs_time_from(int64_t seconds, int64_t nanoseconds);

#endif
