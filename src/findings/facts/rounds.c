/*
 * The attempt as a whole.
 *
 *   attempt      always there, once
 *   agent        the client; text: its User-Agent
 *   rounds.sip   challenges that belong to the authentication of REGISTER, how many
 *   rounds.http  the same of web services and identity providers
 *   rounds.passive   those of the web ticket service in a sign-in by a form
 */
#include "findings/facts.h"

#include <string.h>

#include "signin/exchange.h"

void sgs_facts_rounds(struct sgs_facts *f)
{
    const struct sgs_step *last_sip = NULL;
    const struct sgs_step *last_http = NULL;
    const struct sgs_step *agent = NULL;
    int64_t n_sip = 0;
    int64_t n_http = 0;
    const struct sgs_step *last_web = NULL;
    int64_t n_web = 0;
    bool is_passive = false;

    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        bool is_round = s->effect == SGS_FX_CHALLENGE && (s->status == 401 || s->status == 407);
        const struct sgs_event *req = s->exchange ? s->exchange->req : NULL;
        bool is_agents = req && f->at->agent.len > 0 &&
                         sgs_slice_eq(sgs_event_text(req, SGS_F_USER_AGENT), f->at->agent);
        agent = is_agents && !agent ? s : agent;
        is_passive |= s->name && strcmp(s->name, "passive.form") == 0;
        if (s->name && strcmp(s->name, "web.windows") == 0 && s->status == 401) {
            n_web++;
            last_web = s;
        }
        if (is_round && strcmp(s->proto, "sip") == 0) {
            n_sip++;
            last_sip = s;
        } else if (is_round) {
            n_http++;
            last_http = s;
        }
    }
    (void)sgs_facts_add(f, "attempt", f->at->n_acts ? &f->at->acts[f->at->n_acts - 1] : NULL,
                        (int64_t)f->at->n_acts, (struct sgs_slice){NULL, 0});
    if (agent) {
        (void)sgs_facts_add(f, "agent", agent, 0, f->at->agent);
    }
    if (last_sip) {
        (void)sgs_facts_add(f, "rounds.sip", last_sip, n_sip, (struct sgs_slice){NULL, 0});
    }
    if (last_http) {
        (void)sgs_facts_add(f, "rounds.http", last_http, n_http, (struct sgs_slice){NULL, 0});
    }
    if (is_passive && last_web) {
        (void)sgs_facts_add(f, "rounds.passive", last_web, n_web, (struct sgs_slice){NULL, 0});
    }
}
