/* The outcome of an attempt. */
#include "findings/outcome.h"

#include <signscope/limits.h>
#include <signscope/url.h>

#include "signin/cond.h"
#include "signin/exchange.h"

#define TYPING (60 * SGS_SEC)       /* nothing for so long: nobody types a password (own choice) */
#define GUESS_RANK 14               /* guessed SIP host names: the last candidates of discovery */
#define DISCOVERY_RANK 30           /* ranks below belong to lists of candidates */
#define REGISTER_RANK 60            /* ranks of REGISTER begin here */
#define SIP_PATIENCE (32 * SGS_SEC) /* RFC 3261, section 17.1.2.2: timer F */
#define OPEN_FOR (60 * SGS_SEC)     /* an unreadable SIP connection open for so long (own choice) */
#define OPAQUE_OCTETS ((uint64_t)6144) /* with so much from the server (own choice) */

static bool is_good(const struct sgs_step *s)
{
    switch (s->effect) {
    case SGS_FX_PROGRESS:
    case SGS_FX_CHALLENGE:
    case SGS_FX_REDIRECT:
    case SGS_FX_REGISTERED:
        return true;
    case SGS_FX_NONE:
    case SGS_FX_SIGNED_OUT:
    case SGS_FX_REFUSED:
    case SGS_FX_NEGATIVE:
        return false;
    }
    return false;
}

static bool is_dns(const struct sgs_step *s)
{
    return s->proto[0] == 'd';
}

/* By the rank of TLS with a host: ranks of what may have gone well on a connection that could not
 * be read (src/signin/flows/blocks/). */
static const struct {
    unsigned rank, from, to;
} blind[] = {
    {18, 18, 30 }, /* Autodiscover */
    {18, 31, 49 }, /* and web tickets: online it is the same host */
    {18, 61, 89 },
    {33, 31, 49 }, /* web services: web tickets */
    {33, 61, 89 }, /* certificates */
    {35, 35, 36 }, /* identity provider */
    {55, 50, 60 }, /* registrar */
    {55, 90, 110},
};

#define N_RANKS 128 /* ranks of acts are lower */

/* Connections that could not be read: of each rank until when something went on one. */
struct blindness {
    sgs_time until[N_RANKS]; /* SGS_TIME_NONE: there is none */
};

static struct blindness blindness_of(const struct sgs_attempt *at)
{
    struct blindness b;
    for (size_t i = 0; i < N_RANKS; i++) {
        b.until[i] = SGS_TIME_NONE;
    }
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        sgs_time until = s->blind_until == SGS_TIME_NONE ? INT64_MAX : s->blind_until;
        if (s->is_blind && s->rank < N_RANKS && until > b.until[s->rank]) {
            b.until[s->rank] = until;
        }
    }
    return b;
}

/* About an identity provider. */
static bool is_of_idp(const struct sgs_step *s)
{
    return s->name && (sgs_slice_iends(sgs_slice_str(s->name), SGS_LIT(".idp")) ||
                       sgs_slice_starts(sgs_slice_str(s->name), SGS_LIT("idp.")));
}

/* A new connection to the web services failed, and that was the end: nothing went on anywhere. */
static bool is_the_end(const struct sgs_attempt *at, const struct blindness *b,
                       const struct sgs_step *bad)
{
    bool is_conn = bad->name && sgs_glob("T.t*.web", sgs_slice_str(bad->name));
    for (size_t i = 0; is_conn && i < N_RANKS; i++) {
        if (b->until[i] >= bad->time) {
            return false;
        }
    }
    return is_conn && at->quiet >= SGS_GIVEN_UP;
}

/* What was asked in vain may have gone well where nothing could be read; of an identity provider
 * only what went on afterwards tells. */
static bool may_be_healed(const struct blindness *b, const struct sgs_step *bad)
{
    sgs_time from = is_of_idp(bad) ? bad->time : SGS_TIME_NONE + 1;
    for (size_t i = 0; !is_dns(bad) && i < sizeof blind / sizeof *blind; i++) {
        if (blind[i].from <= bad->rank && bad->rank <= blind[i].to &&
            b->until[blind[i].rank] >= from) {
            return true;
        }
    }
    for (size_t i = bad->rank; is_dns(bad) && i < N_RANKS; i++) {
        if (b->until[i] >= from) {
            return true;
        }
    }
    return false;
}

static struct sgs_slice host_of(const struct sgs_step *s)
{
    return s->exchange ? s->exchange->host : s->host; /* of a look-up: the name asked for */
}

/* The farthest rank that worked, all protocols and all but DNS; 0: none. */
struct rank {
    unsigned any;
    unsigned beyond_dns;
};

#define MAX_IDPS 16 /* identity providers told apart; what worked with more counts for each */

/* The same of all, of all but identity providers, and of each of these. */
struct reach {
    struct rank all, others;
    struct {
        struct sgs_slice host;
        struct rank rank;
    } idps[MAX_IDPS];
    size_t n_idps;
};

static void raise_rank(struct rank *r, const struct sgs_step *s)
{
    r->any = s->rank > r->any ? s->rank : r->any;
    r->beyond_dns = !is_dns(s) && s->rank > r->beyond_dns ? s->rank : r->beyond_dns;
}

/* Of the identity provider host; NULL: nothing worked there. */
static struct rank *idp_of(struct reach *r, struct sgs_slice host)
{
    for (size_t i = 0; i < r->n_idps; i++) {
        if (sgs_slice_ieq(r->idps[i].host, host)) {
            return &r->idps[i].rank;
        }
    }
    return NULL;
}

static void extend(struct reach *r, const struct sgs_step *s)
{
    if (!is_good(s)) {
        return;
    }
    raise_rank(&r->all, s);
    struct rank *own = is_of_idp(s) ? idp_of(r, host_of(s)) : &r->others;
    if (!own && r->n_idps < MAX_IDPS) {
        r->idps[r->n_idps].host = host_of(s);
        r->idps[r->n_idps].rank = (struct rank){0, 0};
        own = &r->idps[r->n_idps++].rank;
    }
    raise_rank(own ? own : &r->others, s);
}

static bool has_reached(const struct rank *r, const struct sgs_step *bad)
{
    unsigned best = r ? (is_dns(bad) ? r->any : r->beyond_dns) : 0;
    return best > 0 && best >= bad->rank;
}

/*
 * Something at least as far along worked later.  For candidates (names, hosts, ports) what worked
 * before counts as well; that a name resolves heals nothing but names, and what one identity
 * provider says nothing of another one.
 */
static bool is_overcome(const struct sgs_step *bad, struct reach *all, struct reach *later)
{
    if (bad->effect == SGS_FX_NEGATIVE && is_of_idp(bad) && host_of(bad).len > 0) {
        return has_reached(&all->others, bad) || has_reached(idp_of(all, host_of(bad)), bad);
    }
    bool is_candidate = bad->effect == SGS_FX_NEGATIVE || bad->rank < DISCOVERY_RANK;
    return has_reached(is_candidate ? &all->all : &later->all, bad);
}

/* All names of discovery are used up: a guessed one failed, or nothing followed. */
static bool is_used_up(const struct sgs_attempt *at)
{
    for (size_t i = 0; i < at->n_acts; i++) {
        if (at->acts[i].rank == GUESS_RANK && at->acts[i].effect == SGS_FX_NEGATIVE) {
            return true;
        }
    }
    return at->quiet >= SGS_GIVEN_UP && at->acts[at->n_acts - 1].verdict != SGS_V_UNANSWERED;
}

static const struct sgs_step *last_good_before(const struct sgs_attempt *at, size_t i)
{
    for (; i > 0; i--) {
        if (is_good(&at->acts[i - 1])) {
            return &at->acts[i - 1];
        }
    }
    return NULL;
}

/* The negative that decides: the one farthest along; of equals the last refusal, else the first. */
static bool find_failure(const struct sgs_attempt *at, struct sgs_outcome_facts *out)
{
    bool names_count = is_used_up(at);
    struct blindness unread = blindness_of(at);
    size_t best = at->n_acts;
    struct reach all = {.n_idps = 0};
    struct reach later = {.n_idps = 0};
    for (size_t i = 0; i < at->n_acts; i++) {
        extend(&all, &at->acts[i]);
    }
    for (size_t i = at->n_acts; i > 0; i--) {
        const struct sgs_step *s = &at->acts[i - 1];
        const struct sgs_step *have = best < at->n_acts ? &at->acts[best] : NULL;
        bool is_bad = s->effect == SGS_FX_REFUSED || s->effect == SGS_FX_NEGATIVE;
        bool counts = is_bad && !is_overcome(s, &all, &later) && (!is_dns(s) || names_count) &&
                      (is_the_end(at, &unread, s) || !may_be_healed(&unread, s));
        bool is_firmer = !have || s->rank > have->rank ||
                         (s->rank == have->rank && have->effect != SGS_FX_REFUSED);
        best = counts && is_firmer ? i - 1 : best;
        extend(&later, s);
    }
    if (best == at->n_acts) {
        return false;
    }
    const struct sgs_step *s = &at->acts[best];
    bool is_sure = s->effect == SGS_FX_REFUSED || at->is_closed || at->quiet >= SGS_GIVEN_UP;
    *out = (struct sgs_outcome_facts){
        SGS_FAILED, is_sure ? SGS_PROVEN : SGS_LIKELY, s, last_good_before(at, best),
        s->effect == SGS_FX_REFUSED ? "the server refused, and nothing further worked"
                                    : "no host, name or port that was tried worked"};
    return true;
}

/* A connection that failed, and a later one to the same port of the same host was opened. */
static bool is_tried_again(const struct sgs_attempt *at, const struct sgs_step *bad)
{
    const struct sgs_cond *opened = CONDS(LIKE(SESSION, END, "ok"));
    bool is_conn = bad->effect == SGS_FX_NEGATIVE && bad->proto[0] == 't';
    for (size_t i = 0; is_conn && i < at->n_conns && i < SGS_MAX_JUDGED; i++) {
        const struct sgs_step *c = &at->conns[i];
        if (c->time > bad->time && c->dst.port == bad->dst.port &&
            sgs_slice_ieq(c->host, bad->host) && sgs_cond_all(opened, c->exchange)) {
            return true;
        }
    }
    return false;
}

void sgs_outcome_overcome(const struct sgs_attempt *at, bool *is_over)
{
    struct reach all = {.n_idps = 0};
    struct reach later = {.n_idps = 0};
    for (size_t i = 0; i < at->n_acts; i++) {
        extend(&all, &at->acts[i]);
    }
    for (size_t i = at->n_acts; i > 0; i--) {
        const struct sgs_step *s = &at->acts[i - 1];
        is_over[i - 1] =
            is_overcome(s, &all, &later) || (i <= SGS_MAX_JUDGED && is_tried_again(at, s));
        extend(&later, &at->acts[i - 1]);
    }
}

/* Asked by the client, and the answer is not in the capture. */
static bool is_open(const struct sgs_step *s)
{
    return s->stage != SGS_STAGE_POST_SIGNIN && !is_dns(s) &&
           (s->verdict == SGS_V_UNANSWERED || s->verdict == SGS_V_UNSEEN);
}

/* When its connection ended, or the capture. */
static sgs_time end_of_patience(const struct sgs_attempt *at, const struct sgs_step *s)
{
    for (size_t i = 0; i < at->n_conns; i++) {
        const struct sgs_step *c = &at->conns[i];
        if (c->transport == s->transport && c->conn == s->conn && c->exchange->rsp) {
            return c->exchange->rsp->origin.time_last;
        }
    }
    return at->ended + at->quiet;
}

static bool is_silence(const struct sgs_step *s)
{
    return s->proto[0] == 's' && s->rank >= REGISTER_RANK && s->verdict == SGS_V_UNANSWERED;
}

/* The last thing on the way was a question to the registrar, perhaps asked again, and it was silent
 * for too long. */
static bool find_timeout(const struct sgs_attempt *at, struct sgs_outcome_facts *out)
{
    const struct sgs_step *open = NULL;
    size_t at_step = 0;
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        bool is_patient = !open || end_of_patience(at, open) - open->time < SIP_PATIENCE;
        if (s->stage == SGS_STAGE_POST_SIGNIN || is_dns(s)) {
            continue;
        }
        if (!is_silence(s)) {
            open = NULL;
        } else if (is_patient) {
            open = s;
            at_step = i;
        }
    }
    if (!open || end_of_patience(at, open) - open->time < SIP_PATIENCE) {
        return false;
    }
    bool is_sure = at->is_closed || at->quiet >= SGS_GIVEN_UP;
    *out = (struct sgs_outcome_facts){SGS_FAILED, is_sure ? SGS_PROVEN : SGS_LIKELY, open,
                                      last_good_before(at, at_step),
                                      "a registrar that is silent for 32 s will not answer"};
    return true;
}

static bool is_unanswered(const struct sgs_step *s)
{
    return s->proto[0] == 's' && s->exchange && s->exchange->req && !s->exchange->rsp;
}

/* A SIP connection that was ended by the other side with nothing said there. */
static bool is_cut_short(const struct sgs_step *conn)
{
    const struct sgs_cond *cut =
        CONDS(GE(SESSION, OCTETS_C2S, 1), EQ(SESSION, OCTETS_S2C, 0), LIKE(RSP, BY, "server"));
    return sgs_cond_all(cut, conn->exchange) && !conn->exchange->has_gap;
}

/* Each SIP connection, and more than one, was cut short after the question, and nothing followed.
 */
static bool find_cuts(const struct sgs_attempt *at, struct sgs_outcome_facts *out)
{
    size_t n = 0, at_step = at->n_acts;
    for (size_t i = 0; i < at->n_conns; i++) {
        const struct sgs_step *c = &at->conns[i];
        bool is_sip = sgs_slice_eq(sgs_slice_str(c->name), SGS_LIT("conn.sip"));
        if (is_sip && !is_cut_short(c)) {
            return false;
        }
        n += is_sip;
    }
    for (size_t i = 0; i < at->n_acts; i++) {
        if (!is_dns(&at->acts[i])) {
            at_step = is_unanswered(&at->acts[i]) ? i : at->n_acts;
        }
    }
    if (n < 2 || at_step == at->n_acts) {
        return false;
    }
    bool is_sure = at->is_closed || at->quiet >= SGS_GIVEN_UP;
    *out = (struct sgs_outcome_facts){
        SGS_FAILED, is_sure ? SGS_PROVEN : SGS_LIKELY, &at->acts[at_step],
        last_good_before(at, at_step),
        "each connection to the registrar was ended by the other side before an answer"};
    return true;
}

/* s did not work, and was where Autodiscover had sent the client, or where it had to get the token
 * that is wanted. */
static bool is_end_of(const struct sgs_step *sent, const struct sgs_step *s)
{
    struct sgs_url url;
    bool is_redirect = sent->effect == SGS_FX_REDIRECT && sent->stage == SGS_STAGE_DISCOVER;
    bool is_wanted = sent->effect == SGS_FX_CHALLENGE && sent->name &&
                     sgs_glob("web.mex", sgs_slice_str(sent->name));
    if (is_wanted) {
        return s->name && sgs_glob("T.*.idp", sgs_slice_str(s->name));
    }
    return is_redirect && s->proto[0] == 't' &&
           sgs_url_read(sgs_exchange_place(sent->exchange), &url) &&
           sgs_slice_ieq(url.host, host_of(s));
}

/* How long the client may take to act on s: people fill in forms, and are asked for the password
 * that a token is had for. */
static sgs_time patience(const struct sgs_step *s)
{
    bool is_for_people = s->effect == SGS_FX_CHALLENGE && s->name && s->status == 200 &&
                         (sgs_glob("idp.*.page", sgs_slice_str(s->name)) ||
                          sgs_glob("web.mex", sgs_slice_str(s->name)));
    return is_for_people ? TYPING : SGS_GIVEN_UP;
}

/* What decides last, and what did not work of where it sent the client; NULL: nothing. */
struct demand {
    const struct sgs_step *last;
    const struct sgs_step *dead;
    size_t at_step;
};

static void put_demand(struct demand *d, const struct sgs_attempt *at, size_t i)
{
    const struct sgs_step *s = &at->acts[i];
    bool is_bad = s->effect == SGS_FX_NEGATIVE && d->last;
    bool is_end = is_bad && is_end_of(d->last, s);
    if (is_end || (is_bad && s->rank < d->last->rank)) {
        d->dead = is_end ? s : d->dead; /* a host that the answer sent it to did not take it in */
    } else if (s->effect != SGS_FX_NONE && !is_dns(s)) {
        *d = (struct demand){s, NULL, i};
    } else if (is_open(s)) {
        d->last = NULL; /* it did act, and how that went is not seen */
    }
}

/* Something went on where nothing can be read. */
static bool may_have_acted(const struct sgs_attempt *at, const struct sgs_step *last)
{
    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *s = &at->acts[i];
        if (s->is_blind && s->time + s->duration >= last->time) {
            return true;
        }
    }
    return false;
}

/* The client was asked for something, and did nothing more. */
static bool find_giving_up(const struct sgs_attempt *at, struct sgs_outcome_facts *out)
{
    struct demand d = {NULL, NULL, 0};
    for (size_t i = 0; i < at->n_acts; i++) {
        put_demand(&d, at, i);
    }
    bool is_asked =
        d.last && (d.last->effect == SGS_FX_CHALLENGE || d.last->effect == SGS_FX_REDIRECT);
    if (!is_asked || may_have_acted(at, d.last)) {
        return false;
    }
    bool is_challenged = d.last->proto[0] == 's' && d.last->effect == SGS_FX_CHALLENGE;
    if (at->quiet < patience(d.last) && !(is_challenged && at->is_closed)) {
        return false;
    }
    enum sgs_confidence sure = at->quiet >= SGS_GIVEN_UP ? SGS_PROVEN : SGS_LIKELY;
    *out = (struct sgs_outcome_facts){SGS_FAILED, sure, d.last, last_good_before(at, d.at_step),
                                      "the client did not act on the answer and gave up"};
    if (d.dead) {
        *out =
            (struct sgs_outcome_facts){SGS_FAILED, sure, d.dead, d.last,
                                       "the host that the client was sent to did not take it in"};
    }
    return true;
}

struct sgs_outcome_facts sgs_outcome_of(const struct sgs_attempt *at)
{
    struct sgs_outcome_facts f = {SGS_UNKNOWN, SGS_HINT, NULL, NULL,
                                  "the capture does not show how it ended"};
    for (size_t i = 0; i < at->n_acts; i++) {
        if (at->acts[i].effect == SGS_FX_REGISTERED) {
            return (struct sgs_outcome_facts){SGS_SIGNED_IN, SGS_PROVEN, &at->acts[i], NULL,
                                              "the server accepted the registration"};
        }
    }
    if (find_failure(at, &f) || find_timeout(at, &f) || find_cuts(at, &f) ||
        find_giving_up(at, &f)) {
        return f;
    }
    if (at->is_cut_off && at->reached) {
        return (struct sgs_outcome_facts){
            SGS_FAILED, SGS_LIKELY, at->reached, last_good_before(at, at->n_acts),
            "each connection to a registrar was closed after one question at most, and no way to "
            "register has but one"};
    }
    f.why = at->reached_why ? at->reached_why : f.why;
    if (at->opaque_octets > OPAQUE_OCTETS && at->opaque_open >= OPEN_FOR) {
        f.outcome = SGS_SIGNED_IN;
        f.confidence = SGS_LIKELY;
        f.why = "an unreadable SIP connection stayed open and carried data both ways";
    }
    return f;
}
