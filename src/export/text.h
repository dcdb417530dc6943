/* The parts of the text report and what they share. */
#ifndef SGS_EXPORT_TEXT_H
#define SGS_EXPORT_TEXT_H

#include "export/page.h"

#define SGS_TEXT_LABEL 2  /* column of labels */
#define SGS_TEXT_VALUE 11 /* column of what stands beside a label */

/* A label called name and the text beside it, wrapped; nothing when text is empty. */
void sgs_text_field(struct sgs_page *p, const char *name, struct sgs_slice text);

/* "2026-03-02 09:14:02.123 UTC", or in the zone of TZ with its offset; then only the time of day.
 */
void sgs_text_time(struct sgs_page *p, sgs_time t);
void sgs_text_time_of_day(struct sgs_page *p, sgs_time t);

/* Seconds with three decimals, cut, not rounded: "0.097". */
#define SGS_SECONDS_TEXT_LEN 32
void sgs_text_seconds(sgs_time ns, char out[SGS_SECONDS_TEXT_LEN]);

/* Milliseconds with one decimal, cut, or nothing for what is not known. */
void sgs_text_milliseconds(sgs_time ns, char out[SGS_SECONDS_TEXT_LEN]);

/* "4", "4,6" or "4-19"; "-" when there is none. */
#define SGS_FRAMES_TEXT_LEN 48
void sgs_text_frames(const uint64_t *frames, size_t n, char out[SGS_FRAMES_TEXT_LEN]);

/* "signed in", "FAILED", "unknown"; static. */
const char *sgs_text_outcome(enum sgs_outcome outcome);

/* "ok", "FAILED", "NO ANSWER"; static, of nine columns at most, with the style it is set in. */
const char *sgs_text_verdict(enum sgs_verdict verdict, enum sgs_style *out_style);

/* "1 frame", "2 frames": the number and the word, with an s where it belongs. */
void sgs_text_count(struct sgs_page *p, uint64_t n, const char *word);

/* The steps of an attempt, a row each. */
void sgs_text_timeline(struct sgs_page *p, const struct sgs_attempt *a);

/* Sign-ins that ended alike, a row each; nothing when none failed or there is only one. */
void sgs_text_scope(struct sgs_page *p, const struct sgs_report *r);

/* What was read, what was not, and why. */
void sgs_text_capture(struct sgs_page *p, const struct sgs_report *r);

#endif
