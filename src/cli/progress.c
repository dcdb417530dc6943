/*
 * Progress: octets, frames, sign-ins and, for files of known size, the time left.  The only clock
 * here is the monotonic one, and nothing of it gets into a result.  Sign-ins are counted as often
 * as that stays cheap.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, isatty, fileno */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define EVERY_MS 250   /* between two lines on a terminal */
#define COUNT_SHARE 20 /* counting takes at most one part in so many of the time */
#define FIRST_MS 500   /* short work shows nothing */

struct sgs_progress {
    struct sgs_progress_source source;
    uint64_t total;     /* octets of all inputs; 0: not known */
    int64_t started_ms; /* when it began */
    int64_t shown_ms;   /* when the last line was shown */
    int64_t count_ms;   /* when sign-ins may be counted again */
    uint64_t counted;   /* sign-ins then */
    bool is_terminal;
    bool has_line; /* a line stands there */
};

int64_t sgs_monotonic_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Octets of all files; 0 when one of them has no size. */
static uint64_t total_of(const struct sgs_options *options)
{
    uint64_t total = 0;

    for (size_t i = 0; i < options->n_files; i++) {
        struct stat st;

        if (stat(options->files[i], &st) != 0 || !S_ISREG(st.st_mode)) {
            return 0;
        }
        total += (uint64_t)st.st_size;
    }
    return total;
}

struct sgs_progress *sgs_progress_new(const struct sgs_options *options,
                                      const struct sgs_progress_source *source)
{
    struct sgs_progress *p = sgs_xcalloc(1, sizeof *p);

    p->source = *source;
    p->total = total_of(options);
    p->started_ms = sgs_monotonic_ms();
    p->shown_ms = p->started_ms + FIRST_MS - EVERY_MS;
    p->is_terminal = isatty(STDERR_FILENO) == 1;
    return p;
}

static void count(struct sgs_progress *p, int64_t now)
{
    if (now < p->count_ms || !p->source.attempts) {
        return;
    }
    p->counted = p->source.attempts(p->source.ctx);
    p->count_ms = now + (sgs_monotonic_ms() - now) * COUNT_SHARE + EVERY_MS;
}

/* Compressed files give more octets than they have: then nothing is known of the end. */
static void left(const struct sgs_progress *p, uint64_t octets, int64_t now)
{
    uint64_t spent = (uint64_t)(now - p->started_ms);

    if (p->total == 0 || octets == 0 || octets > p->total) {
        return;
    }
    (void)fprintf(stderr, ", %u %%, %.0f s left", (unsigned)(octets * 100 / p->total),
                  (double)spent * (double)(p->total - octets) / (double)octets / 1000.0);
}

static void show(struct sgs_progress *p, int64_t now)
{
    uint64_t octets = p->source.octets(p->source.ctx);

    (void)fprintf(stderr, "%.1f MiB, %llu frames", (double)octets / (1024.0 * 1024.0),
                  (unsigned long long)p->source.frames(p->source.ctx));
    if (p->source.attempts) {
        (void)fprintf(stderr, ", %llu sign-ins", (unsigned long long)p->counted);
    }
    left(p, octets, now);
}

void sgs_progress_tick(struct sgs_progress *p)
{
    int64_t now = 0;

    if (!p->is_terminal) {
        return;
    }
    now = sgs_monotonic_ms();
    if (now - p->shown_ms < EVERY_MS) {
        return;
    }
    count(p, now);
    (void)fputs("\r\x1b[K", stderr);
    show(p, now);
    (void)fflush(stderr);
    p->shown_ms = now;
    p->has_line = true;
}

void sgs_progress_wipe(struct sgs_progress *p)
{
    if (p->has_line) {
        (void)fputs("\r\x1b[K", stderr);
        p->has_line = false;
    }
}

void sgs_progress_line(struct sgs_progress *p)
{
    sgs_progress_wipe(p);
    p->counted = p->source.attempts ? p->source.attempts(p->source.ctx) : 0;
    (void)fputs("signscope: ", stderr);
    show(p, sgs_monotonic_ms());
    (void)fputc('\n', stderr);
}

void sgs_progress_free(struct sgs_progress *p)
{
    free(p);
}
