/*
 * The certificate of the user, as TLS-DSK shows it.
 *
 *   cert.other    it is somebody else's; text: whose, more: who signs in
 *   cert.ending   little of its life is left; its number is how much in thousandths, text: its last
 *                 day
 */
#include "findings/facts.h"

#include "signin/cond.h"
#include "signin/exchange.h"
#include "signin/known.h"

#define SHORT (24 * 3600 * SGS_SEC) /* those that live no longer are renewed every day */
#define LITTLE 200                  /* thousandths of a life */

/* NULL: there is none in it. */
static const struct sgs_event *users(const struct sgs_step *s)
{
    static const struct sgs_cond has[] = {
        HAS(USER, SUBJECT), {SGS_OP_END, SGS_REQ, SGS_N_FIELDS, 0, NULL}
    };
    const struct sgs_event *ev = NULL;
    return s->exchange && sgs_cond_proof(has, s->exchange, &ev, 1) > 0 ? ev : NULL;
}

/* "ada@contoso.com" of "CN=ada@contoso.com"; empty when the name is no address. */
static struct sgs_slice owner(const struct sgs_event *cert)
{
    const struct sgs_slice cn = SGS_LIT("CN=");
    struct sgs_slice subject = sgs_event_text(cert, SGS_F_SUBJECT);
    size_t at = sgs_slice_ifind(subject, cn);
    struct sgs_slice name = sgs_slice_from(subject, at < subject.len ? at + cn.len : subject.len);
    name = sgs_slice_trim(sgs_slice_head(name, sgs_slice_chr(name, ',')));
    return sgs_slice_chr(name, '@') < name.len ? name : (struct sgs_slice){NULL, 0};
}

static void look_at_owner(struct sgs_facts *f, const struct sgs_step *s,
                          const struct sgs_event *cert)
{
    struct sgs_slice who = owner(cert);
    struct sgs_slice user = s->exchange->user;
    if (who.len == 0 || user.len == 0 || sgs_slice_ieq(who, user)) {
        return;
    }
    struct sgs_step *fact = sgs_facts_add(f, "cert.other", s, 0, who);
    if (fact) {
        fact->symbol = sgs_arena_copy(f->arena, user);
    }
}

static void look_at_life(struct sgs_facts *f, const struct sgs_step *s,
                         const struct sgs_event *cert)
{
    sgs_time from = sgs_event_int(cert, SGS_F_NOT_BEFORE, SGS_TIME_NONE);
    sgs_time to = sgs_event_int(cert, SGS_F_NOT_AFTER, SGS_TIME_NONE);
    char day[SGS_TIME_TEXT_LEN];
    if (from == SGS_TIME_NONE || to == SGS_TIME_NONE || s->time < from || s->time >= to) {
        return;
    }
    sgs_time life = sgs_time_later(to, -from);
    int64_t left = life >= 1000 ? (to - s->time) / (life / 1000) : 0;
    if (life > SHORT && left < LITTLE) {
        (void)sgs_time_rfc3339_s(to, day);
        (void)sgs_facts_add(f, "cert.ending", s, left, sgs_slice_head(sgs_slice_str(day), 10));
    }
}

void sgs_facts_user_certificate(struct sgs_facts *f)
{
    for (size_t i = 0; i < f->at->n_acts; i++) {
        const struct sgs_step *s = &f->at->acts[i];
        const struct sgs_event *cert = users(s);
        if (cert) {
            look_at_owner(f, s, cert);
            look_at_life(f, s, cert);
        }
    }
}
