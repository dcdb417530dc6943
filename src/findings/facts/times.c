/*
 * Where the time went.
 *
 *   time.total   machine time of the sign-in in ms: waiting for people is left out
 *   time.dns     an answer that came late, ms; time.http, time.sip likewise
 *   time.idle    the client waited for nothing, ms; text: what often takes so long
 */
#include "findings/facts.h"

#include <string.h>

#include "signin/cond.h"
#include "signin/exchange.h"

#define IDLE (5 * SGS_SEC) /* shorter pauses are nothing (own choice) */

static sgs_time end_of(const struct sgs_step *s)
{
    const struct sgs_event *last = s->exchange ? sgs_exchange_last(s->exchange) : NULL;
    return last ? last->origin.time_last : s->time;
}

/* It carries what somebody has just typed: the pause before it is theirs. */
static bool is_typed(const struct sgs_step *s, const struct sgs_step *before)
{
    const struct sgs_event *req = s->exchange ? s->exchange->req : NULL;
    bool is_post = req && sgs_slice_eq(sgs_event_text(req, SGS_F_METHOD), SGS_LIT("POST"));
    bool is_page = sgs_glob("idp.*.page", sgs_slice_str(s->name)) && is_post;
    bool is_again = before && before->effect == SGS_FX_REFUSED &&
                    sgs_slice_eq(sgs_slice_str(before->name), sgs_slice_str(s->name));
    return is_page || is_again;
}

/* Time-outs that clients and systems are known for. */
static struct sgs_slice usual(sgs_time pause)
{
    static const struct {
        int64_t seconds;
        const char *what;
    } known[] = {
        {15, "15 s are what Windows gives a revocation check"          },
        {21, "21 s are what Windows gives a TCP connection"            },
        {30, "30 s are the usual patience with a request"              },
        {32, "32 s are the time a SIP transaction has"                 },
        {60, "60 s are what SIP clients wait before they register anew"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        sgs_time off = pause - known[i].seconds * SGS_SEC;
        if (off > -SGS_SEC && off < SGS_SEC) {
            return sgs_slice_str(known[i].what);
        }
    }
    return SGS_LIT("no usual time-out is so long");
}

static const char *slow_name(const struct sgs_step *s)
{
    static const struct {
        const char *proto;
        const char *name;
    } names[] = {
        {"dns",  "time.dns" },
        {"http", "time.http"},
        {"sip",  "time.sip" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(s->proto, names[i].proto) == 0) {
            return names[i].name;
        }
    }
    return NULL;
}

void sgs_facts_times(struct sgs_facts *f)
{
    const struct sgs_attempt *at = f->at;
    const struct sgs_step *before = NULL;
    sgs_time reached = SGS_TIME_NONE;
    sgs_time machine = 0;

    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        sgs_time pause = reached == SGS_TIME_NONE ? 0 : s->time - reached;
        bool is_pause = pause > IDLE;
        bool is_people = is_pause && is_typed(s, before);
        const char *slow = s->duration >= SGS_MS * 500 ? slow_name(s) : NULL;
        if (slow) {
            (void)sgs_facts_add(f, slow, s, s->duration / SGS_MS, (struct sgs_slice){NULL, 0});
        }
        if (is_pause && !is_people) {
            (void)sgs_facts_add(f, "time.idle", s, pause / SGS_MS, usual(pause));
        }
        sgs_time end = end_of(s);
        if (reached == SGS_TIME_NONE || end > reached) {
            sgs_time from = reached == SGS_TIME_NONE || is_people ? s->time : reached;
            machine += end - from;
            reached = end;
        }
        before = s;
        if (s->effect == SGS_FX_REGISTERED) {
            (void)sgs_facts_add(f, "time.total", s, machine / SGS_MS, (struct sgs_slice){NULL, 0});
            return;
        }
    }
}
