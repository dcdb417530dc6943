/*
 * Whom the trouble meets: sign-ins that ended alike as rows, the table of KB 2541980 over them, and
 * servers that serve nobody (service-outage-all-clients).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "findings/survey/survey.h"

#define STORM 10                   /* attempts of one user on one computer, and more, */
#define STORM_TIME (300 * SGS_SEC) /* within this time (findings catalogue) */
#define MANY                                                                                       \
    3 /* users or computers that fail alike before a server is blamed (findings catalogue) */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static struct sgs_slice address(const struct sgs_record *r)
{
    return sgs_slice(r->client.ip, r->client.len);
}

/* Signed in, failed and unknown ones apart; failed ones by cause, stage and host. */
static int compare_kinds(const struct sgs_record *a, const struct sgs_record *b)
{
    int c = compare_numbers(a->outcome, b->outcome);

    if (c == 0) {
        c = sgs_survey_compare_texts(sgs_slice_str(a->cause), sgs_slice_str(b->cause));
    }
    if (c == 0) {
        c = compare_numbers(a->stage, b->stage);
    }
    return c ? c : sgs_survey_compare_texts(a->host, b->host);
}

static int compare_users(const void *x, const void *y)
{
    const struct sgs_record *a = x, *b = y;
    int c = compare_kinds(a, b);

    if (c == 0) {
        c = sgs_survey_compare_texts(a->user, b->user);
    }
    if (c == 0) {
        c = sgs_survey_compare_texts(address(a), address(b));
    }
    return c ? c : compare_numbers(a->started, b->started);
}

static int compare_computers(const void *x, const void *y)
{
    const struct sgs_record *a = x, *b = y;
    int c = sgs_survey_compare_texts(address(a), address(b));

    return c ? c : compare_users(x, y);
}

static int compare_agents(const void *x, const void *y)
{
    const struct sgs_record *a = x, *b = y;
    int c = sgs_survey_compare_texts(a->agent, b->agent);

    return c ? c : compare_users(x, y);
}

static int compare_tries(const void *x, const void *y)
{
    const struct sgs_record *a = x, *b = y;
    int c = sgs_survey_compare_texts(a->user, b->user);

    c = c ? c : sgs_survey_compare_texts(address(a), address(b));
    return c ? c : compare_numbers(a->started, b->started);
}

static uint64_t count_users(const struct sgs_record *list, size_t n)
{
    uint64_t count = n > 0;

    for (size_t i = 1; i < n; i++) {
        count += !sgs_slice_eq(list[i].user, list[i - 1].user);
    }
    return count;
}

/* Sorts them. */
static uint64_t count_computers(struct sgs_record *list, size_t n)
{
    uint64_t count = n > 0;

    qsort(list, n, sizeof *list, compare_computers);
    for (size_t i = 1; i < n; i++) {
        count += !sgs_addr_same_host(&list[i].client, &list[i - 1].client);
    }
    return count;
}

/* Sorts them. */
static void name_agents(struct sgs_survey *s, struct sgs_record *list, size_t n,
                        struct sgs_scope *row)
{
    struct sgs_slice *agents = sgs_arena_array(&s->arena, SGS_MAX_SCOPE_AGENTS, sizeof *agents);
    size_t n_agents = 0;

    qsort(list, n, sizeof *list, compare_agents);
    for (size_t i = 0; agents && i < n && n_agents < SGS_MAX_SCOPE_AGENTS; i++) {
        bool is_new = n_agents == 0 || !sgs_slice_eq(agents[n_agents - 1], list[i].agent);
        if (is_new && list[i].agent.len > 0) {
            agents[n_agents++] = list[i].agent;
        }
    }
    row->agents = agents;
    row->n_agents = n_agents;
}

/* list is sorted by users, and of one kind; it is sorted anew. */
static void fill_row(struct sgs_survey *s, struct sgs_record *list, size_t n, struct sgs_scope *row)
{
    *row = (struct sgs_scope){
        .outcome = list[0].outcome,
        .cause = list[0].cause,
        .title = list[0].title,
        .stage = list[0].stage,
        .host = list[0].host,
        .attempts = n,
        .users = count_users(list, n),
        .first = list[0].started,
        .last = list[0].started,
    };
    for (size_t i = 1; i < n; i++) {
        row->first = list[i].started < row->first ? list[i].started : row->first;
        row->last = list[i].started > row->last ? list[i].started : row->last;
    }
    row->computers = count_computers(list, n);
    name_agents(s, list, n, row);
}

static unsigned weight(enum sgs_outcome outcome)
{
    return outcome == SGS_FAILED ? 0 : outcome == SGS_UNKNOWN ? 1 : 2;
}

static int compare_rows(const void *x, const void *y)
{
    const struct sgs_scope *a = x, *b = y;
    int c = compare_numbers(weight(a->outcome), weight(b->outcome));

    c = c ? c : compare_numbers((int64_t)b->attempts, (int64_t)a->attempts);
    c = c ? c : compare_numbers(a->first, b->first);
    c = c ? c : sgs_survey_compare_texts(sgs_slice_str(a->cause), sgs_slice_str(b->cause));
    c = c ? c : compare_numbers(a->stage, b->stage);
    return c ? c : sgs_survey_compare_texts(a->host, b->host);
}

/* servers that serve nobody */

/* All behind one address who do not even get through to it: that is their network. */
static bool is_their_network(const struct sgs_scope *row)
{
    return row->computers == 1 && row->stage <= SGS_STAGE_TLS;
}

static void judge_outage(struct sgs_survey *s, const struct sgs_scope *row,
                         const struct sgs_record *list)
{
    if (row->outcome != SGS_FAILED || !row->cause || row->host.len == 0 ||
        (row->users < MANY && row->computers < MANY) || is_their_network(row) ||
        sgs_survey_is_served(s, row->stage, row->host)) {
        return;
    }
    struct sgs_finding *f = sgs_survey_add(
        s, "service-outage-all-clients", SGS_LIKELY,
        sgs_arena_printf(&s->arena,
                         "%llu users on %llu computers failed alike at %.*s (%s), and nobody got "
                         "on there.",
                         (unsigned long long)row->users, (unsigned long long)row->computers,
                         (int)row->host.len, (const char *)row->host.ptr, row->cause));
    for (size_t i = 0; f && i < row->attempts; i++) {
        f->stage = row->stage;
        sgs_survey_prove(s, f, list[i].event, list[i].frame);
    }
}

/* the table of KB 2541980 */

struct reach {
    uint64_t attempts, users, computers;
};

/* Of all that ended so, over rows; the records are sorted anew. */
static struct reach reach_of(struct sgs_survey *s, enum sgs_outcome outcome)
{
    struct sgs_record *list = sgs_xcalloc(s->n_records + 1, sizeof *list);
    struct reach r = {0};

    for (size_t i = 0; i < s->n_records; i++) {
        if (s->records[i].outcome == outcome) {
            list[r.attempts] = s->records[i];
            list[r.attempts].cause = NULL;
            list[r.attempts].stage = SGS_STAGE_DNS;
            list[r.attempts++].host = (struct sgs_slice){NULL, 0};
        }
    }
    qsort(list, r.attempts, sizeof *list, compare_users);
    r.users = count_users(list, r.attempts);
    r.computers = count_computers(list, r.attempts);
    free(list);
    return r;
}

static const char *blame(const struct reach *failed)
{
    if (failed->computers == 1) {
        return "the client; with one computer in sight, ask whether the user fails elsewhere";
    }
    return failed->users == 1
               ? "network or service where the portal lets the user in, else identity"
               : "network, service or Azure AD where the portal lets the users in, else identity";
}

static void judge_scope(struct sgs_survey *s)
{
    struct reach failed = reach_of(s, SGS_FAILED);
    struct reach good = reach_of(s, SGS_SIGNED_IN);

    if (failed.attempts == 0) {
        return;
    }
    (void)sgs_survey_add(
        s, "scope-from-capture", SGS_LIKELY,
        sgs_arena_printf(&s->arena,
                         "Failed: users %llu, computers %llu; worked: users %llu, computers %llu. "
                         "By the table of KB 2541980 this points to %s.",
                         (unsigned long long)failed.users, (unsigned long long)failed.computers,
                         (unsigned long long)good.users, (unsigned long long)good.computers,
                         blame(&failed)));
}

/* tries too close to each other */

static bool is_same_client(const struct sgs_record *a, const struct sgs_record *b)
{
    return sgs_slice_eq(a->user, b->user) && sgs_addr_same_host(&a->client, &b->client);
}

static void tell_storm(struct sgs_survey *s, const struct sgs_record *list, size_t n)
{
    char client[SGS_ADDR_TEXT_LEN];

    sgs_addr_host(&list->client, client);
    struct sgs_finding *f = sgs_survey_add(
        s, "retry-storm", SGS_LIKELY,
        sgs_arena_printf(&s->arena, "%.*s on %s: %zu sign-ins within %lld s.", (int)list->user.len,
                         (const char *)list->user.ptr, client, n,
                         (long long)((list[n - 1].started - list->started) / SGS_SEC)));
    for (size_t i = 0; f && i < n; i++) {
        sgs_survey_prove(s, f, list[i].event, list[i].frame);
    }
}

/* Of each client the first run of tries that is one. */
static void judge_storms(struct sgs_survey *s)
{
    const struct sgs_record *r = s->records;

    qsort(s->records, s->n_records, sizeof *s->records, compare_tries);
    for (size_t i = 0, n = 0; i < s->n_records; i += n) {
        bool is_told = false;
        for (n = 1; i + n < s->n_records && is_same_client(&r[i], &r[i + n]); n++) {
            size_t last = i + n;
            if (!is_told && n >= STORM && r[last].started - r[last - STORM].started <= STORM_TIME) {
                tell_storm(s, &r[last - STORM], STORM + 1);
                is_told = true;
            }
        }
    }
}

void sgs_survey_make_scope(struct sgs_survey *s)
{
    if (s->n_records < 2) {
        return;
    }
    s->scope = sgs_arena_array(&s->arena, SGS_MAX_SCOPE_ROWS, sizeof *s->scope);
    judge_storms(s);
    qsort(s->records, s->n_records, sizeof *s->records, compare_users);
    judge_scope(s);
    for (size_t i = 0, n = 0; s->scope && i < s->n_records; i += n) {
        for (n = 1; i + n < s->n_records; n++) {
            if (compare_kinds(&s->records[i], &s->records[i + n]) != 0) {
                break;
            }
        }
        if (s->n_scope < SGS_MAX_SCOPE_ROWS) {
            struct sgs_scope *row = &s->scope[s->n_scope++];
            fill_row(s, &s->records[i], n, row);
            judge_outage(s, row, &s->records[i]);
        }
    }
    if (s->scope && s->n_scope > 0) {
        qsort(s->scope, s->n_scope, sizeof *s->scope, compare_rows);
    }
}
