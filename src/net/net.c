/* One frame after the other: the entry and the end of net, and how its parts speak to the sink. */
#include "net/net.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <signscope/limits.h>

#include "base/mem.h"
#include "net/conn.h"
#include "net/inner.h"

struct sgs_net *sgs_net_new(const struct sgs_net_sink *sink)
{
    struct sgs_net *n = sgs_xcalloc(1, sizeof *n);

    assert(sink->opened && sink->fact && sink->data && sink->gap && sink->end && sink->closed);
    assert(sink->icmp && sink->skipped && sink->limit && sink->malformed);
    n->sink = *sink;
    n->conns = sgs_conns_new();
    n->defrag = sgs_defrag_new();
    return n;
}

void sgs_net_free(struct sgs_net *n)
{
    if (!n) {
        return;
    }
    sgs_conns_free(n->conns);
    sgs_defrag_free(n->defrag);
    free(n);
}

/*
 * Timers follow the capture time, but not where it leaps farther than any silence: somebody has set
 * a clock, or some records have a wrong time, and then nothing has been idle.
 */
static void advance(struct sgs_net *n, sgs_time time)
{
    sgs_time last = n->has_time ? n->last_time : time;
    sgs_time ahead = sgs_elapsed(last, time);
    sgs_time back = sgs_elapsed(time, last);

    n->now = n->has_time ? n->now : time;
    n->has_time = true;
    n->last_time = time;
    if (ahead >= 0 && ahead <= SGS_MAX_TIME_STEP) {
        n->now = sgs_later(n->now, ahead);
    }
    if (back > 0 && back <= SGS_MAX_TIME_STEP && n->now > INT64_MIN + back) {
        n->now -= back;
    }
}

void sgs_net_feed(struct sgs_net *n, const struct sgs_frame *frame)
{
    struct sgs_span s = {frame->octets, frame->wire_len};

    if (s.wire < s.octets.len) {
        s.wire = s.octets.len;
    }
    advance(n, frame->time);
    n->origin = (struct sgs_origin){
        .frame = frame->number,
        .frame_last = frame->number,
        .time = frame->time,
        .time_last = frame->time,
        .input = frame->input,
        .input_frame = frame->input_number,
    };
    n->depth = 0;
    n->has_told_malformed = false;
    sgs_defrag_expire(n, false);
    sgs_conns_expire(n);
    sgs_link_frame(n, frame->link, s);
}

void sgs_net_finish(struct sgs_net *n)
{
    sgs_defrag_expire(n, true);
    sgs_conns_finish(n);
}

void sgs_net_skip(struct sgs_net *n, const char *layer, const char *format, ...)
{
    char name[48];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    n->sink.skipped(n->sink.ctx, layer, name);
}

void sgs_net_malformed(struct sgs_net *n, const char *what)
{
    if (!n->has_told_malformed) {
        n->has_told_malformed = true;
        n->sink.malformed(n->sink.ctx, NULL, what, &n->origin);
    }
}

void sgs_net_short(struct sgs_net *n, struct sgs_span s, const char *layer, const char *what)
{
    if (s.octets.len < s.wire) {
        sgs_net_skip(n, layer, "header cut by the capture");
        return;
    }
    sgs_net_malformed(n, what);
}

bool sgs_net_deeper(struct sgs_net *n)
{
    if (++n->depth <= SGS_MAX_LINK_DEPTH) {
        return true;
    }
    if (n->depth == SGS_MAX_LINK_DEPTH + 1) {
        n->sink.limit(n->sink.ctx, NULL, "net.depth", SGS_MAX_LINK_DEPTH, &n->origin);
    }
    return false;
}
