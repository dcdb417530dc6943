/*
 * Clocks, by the stamps that client and servers put into their messages.  The time of the capture
 * only stands between them: it may be wrong itself.
 *
 *   clock.client   how far the client's clock is off, s; text: "ahead of" or "behind"
 */
#include "findings/facts.h"

#include <stdlib.h>

#include "signin/exchange.h"

#define MAX_STAMPS 64         /* of each side: more say no more */
#define ENOUGH 2              /* stamps of the client: one may be old (findings catalogue) */
#define STEADY (60 * SGS_SEC) /* stamps that differ more among each other are no clock */

struct stamps {
    sgs_time ahead[MAX_STAMPS]; /* of the capture */
    size_t n;
};

struct clocks {
    struct stamps client, server;
    const struct sgs_step *shown; /* where the client's clock was seen last */
};

static bool add(struct stamps *s, sgs_time stamp, sgs_time at)
{
    if (stamp == SGS_TIME_NONE || s->n == MAX_STAMPS) {
        return false;
    }
    s->ahead[s->n++] = stamp - at;
    return true;
}

static void see(struct clocks *c, const struct sgs_step *step, const struct sgs_event *ev)
{
    sgs_time at = ev->origin.time;
    sgs_time date = SGS_TIME_NONE;
    bool is_client = false;

    switch (ev->kind) {
    case SGS_K_HTTP_RESPONSE:
    case SGS_K_SIP_RESPONSE:
        (void)sgs_time_read_date(sgs_event_text(ev, SGS_F_DATE), &date);
        (void)add(&c->server, date, at);
        break;
    case SGS_K_KERBEROS_ERROR:
        is_client = add(&c->client, sgs_event_int(ev, SGS_F_CTIME, SGS_TIME_NONE), at);
        (void)add(&c->server, sgs_event_int(ev, SGS_F_STIME, SGS_TIME_NONE), at);
        break;
    case SGS_K_SOAP_MESSAGE:
        is_client = ev->dir == SGS_C2S;
        is_client = add(is_client ? &c->client : &c->server,
                        sgs_event_int(ev, SGS_F_CREATED, SGS_TIME_NONE), at) &&
                    is_client;
        break;
    default:
        break;
    }
    c->shown = is_client ? step : c->shown;
}

static int compare(const void *x, const void *y)
{
    const sgs_time *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

/* Sorts them. */
static sgs_time median(struct stamps *s)
{
    qsort(s->ahead, s->n, sizeof *s->ahead, compare);
    return s->ahead[s->n / 2];
}

void sgs_facts_clocks(struct sgs_facts *f)
{
    struct clocks c = {.client = {.n = 0}};

    for (size_t i = 0; i < f->at->n_acts && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        const struct sgs_exchange *x = s->exchange;
        if (x && x->rsp) {
            see(&c, s, x->rsp);
        }
        for (size_t j = 0; x && j < x->n_inner; j++) {
            see(&c, s, x->inner[j]);
        }
    }
    if (c.client.n < ENOUGH || c.server.n == 0) {
        return;
    }
    sgs_time off = median(&c.client) - median(&c.server);
    bool is_steady = c.client.ahead[c.client.n - 1] - c.client.ahead[0] <= STEADY;
    int64_t seconds = (off < 0 ? -off : off) / SGS_SEC;
    if (is_steady) {
        (void)sgs_facts_add(f, "clock.client", c.shown, seconds,
                            off < 0 ? SGS_LIT("behind") : SGS_LIT("ahead of"));
    }
}
