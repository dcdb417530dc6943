/* What sign-ins are together: their records, and the procedures of survey/ that look at them. */
#include <signscope/survey.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "findings/explain.h"
#include "findings/proof.h"
#include "findings/survey/survey.h"

struct sgs_survey *sgs_survey_new(void)
{
    struct sgs_survey *s = sgs_xcalloc(1, sizeof *s);

    sgs_arena_init(&s->arena, SGS_MAX_SURVEY_MEMORY);
    s->served = sgs_map_new();
    s->clocks = sgs_map_new();
    return s;
}

void sgs_survey_free(struct sgs_survey *s)
{
    if (s) {
        sgs_map_free(s->served);
        sgs_map_free(s->clocks);
        free(s->records);
        sgs_arena_clear(&s->arena);
        free(s);
    }
}

struct sgs_finding *sgs_survey_add(struct sgs_survey *s, const char *id,
                                   enum sgs_confidence confidence, struct sgs_slice detail)
{
    const struct sgs_finding_row *row = sgs_finding_row(sgs_slice_str(id));

    if (!row) {
        sgs_die("a finding has no row");
    }
    if (s->n_findings == SGS_MAX_FINDINGS) {
        return NULL;
    }
    struct sgs_finding *f = &s->findings[s->n_findings++];
    *f = (struct sgs_finding){
        .id = row->id,
        .stage = row->stage == SGS_STAGE_ANY ? SGS_STAGE_DNS : (enum sgs_stage)row->stage,
        .severity = row->severity,
        .role = SGS_NOTE,
        .confidence = confidence,
        .title = sgs_slice_str(row->title),
        .detail = detail,
        .hint = sgs_slice_str(row->says),
        .user_saw = sgs_slice_str(row->saw),
    };
    return f;
}

void sgs_survey_prove(struct sgs_survey *s, struct sgs_finding *f, uint64_t event, uint64_t frame)
{
    if (event != 0) {
        sgs_proof_add(&s->arena, f, &event, 1, &frame, 1);
    }
}

int sgs_survey_compare_texts(struct sgs_slice a, struct sgs_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int by_octets = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

    return by_octets != 0 ? by_octets : (a.len > b.len) - (a.len < b.len);
}

/* attempts */

#define PLACE_LEN 264 /* octets: two digits, a blank, a host */

/* The key of served; longer names are cut. */
static struct sgs_slice place(enum sgs_stage stage, struct sgs_slice host, char out[PLACE_LEN])
{
    int n = snprintf(out, PLACE_LEN, "%u %.*s", (unsigned)stage,
                     host.len < 256 ? (int)host.len : 256, (const char *)host.ptr);
    return sgs_slice(out, n > 0 ? (size_t)n : 0);
}

bool sgs_survey_is_served(const struct sgs_survey *s, enum sgs_stage stage, struct sgs_slice host)
{
    char key[PLACE_LEN];

    return sgs_map_get(s->served, place(stage, host, key)) != NULL;
}

static void see_served(struct sgs_survey *s, const struct sgs_attempt *at)
{
    char key[PLACE_LEN];

    for (size_t i = 0; i < at->n_acts; i++) {
        const struct sgs_step *act = &at->acts[i];
        bool is_good = act->effect == SGS_FX_PROGRESS || act->effect == SGS_FX_REGISTERED;

        if (is_good && act->host.len > 0 && sgs_map_len(s->served) < SGS_MAX_KNOWN_HOSTS) {
            (void)sgs_map_put(s->served, place(act->stage, act->host, key), s);
        }
    }
}

static void fill_failure(struct sgs_survey *s, struct sgs_record *r, const struct sgs_attempt *at)
{
    const struct sgs_finding *root = sgs_attempt_root(at);

    if (root) {
        r->cause = root->id;
        r->title = sgs_arena_copy(&s->arena, root->title);
        r->confidence = root->confidence;
        r->stage = root->stage;
        r->event = root->n_evidence > 0 ? root->evidence[0] : 0;
        r->frame = root->n_frames > 0 ? root->frames[0] : 0;
    }
    if (at->decisive) {
        r->host = sgs_arena_lower(&s->arena, at->decisive->host);
    }
}

void sgs_survey_attempt(struct sgs_survey *s, const struct sgs_attempt *at)
{
    char address[SGS_ADDR_TEXT_LEN];

    see_served(s, at);
    sgs_survey_see_clocks(s, at);
    if (s->n_records == SGS_MAX_SURVEYED) {
        s->more++;
        return;
    }
    if (s->n_records == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->records = sgs_xrealloc(s->records, s->room, sizeof *s->records);
    }
    struct sgs_record *r = &s->records[s->n_records++];
    sgs_addr_host(&at->client, address);
    *r = (struct sgs_record){
        .user = at->user.len > 0 ? sgs_arena_lower(&s->arena, at->user)
                                 : sgs_arena_copy(&s->arena, sgs_slice_str(address)),
        .client = at->client,
        .agent = sgs_arena_copy(&s->arena, at->agent),
        .outcome = at->outcome,
        .started = at->started,
    };
    r->client.port = 0;
    sgs_survey_see_neighbour(s, r, at);
    if (at->outcome == SGS_FAILED) {
        fill_failure(s, r, at);
    }
}

/* the end */

static void judge_keys(struct sgs_survey *s, const struct sgs_survey_view *view)
{
    if (view->key_lines == 0 || view->tls_strange == 0 || view->tls_decrypted > 0 ||
        view->tls_else > 0) {
        return;
    }
    (void)sgs_survey_add(
        s, "keys-do-not-match", SGS_PROVEN,
        sgs_arena_printf(&s->arena,
                         "The key logs hold %llu entries, and none is for one of the %llu TLS "
                         "connections of the capture.",
                         (unsigned long long)view->key_lines,
                         (unsigned long long)view->tls_strange));
}

static void judge_emptiness(struct sgs_survey *s, const struct sgs_survey_view *view)
{
    char first[SGS_TIME_TEXT_LEN], last[SGS_TIME_TEXT_LEN];

    if (s->n_records > 0 || view->frames == 0) {
        return;
    }
    sgs_time_rfc3339_s(view->first, first);
    sgs_time_rfc3339_s(view->last, last);
    (void)sgs_survey_add(s, "no-signin-in-capture", SGS_PROVEN,
                         sgs_arena_printf(&s->arena,
                                          "None of the %llu frames from %s to %s belongs to a "
                                          "sign-in.",
                                          (unsigned long long)view->frames, first, last));
}

void sgs_survey_finish(struct sgs_survey *s, const struct sgs_survey_view *view)
{
    judge_emptiness(s, view);
    judge_keys(s, view);
    sgs_survey_make_scope(s);
    sgs_survey_judge_clocks(s);
    sgs_survey_judge_neighbours(s);
}

size_t sgs_survey_findings(const struct sgs_survey *s, const struct sgs_finding **out)
{
    *out = s->findings;
    return s->n_findings;
}

size_t sgs_survey_scope(const struct sgs_survey *s, const struct sgs_scope **out)
{
    *out = s->scope;
    return s->n_scope;
}
