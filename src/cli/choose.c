/* Which sign-ins the report is about. */
#include "cli/choose.h"

#include <stdlib.h>

#include "base/mem.h"
#include "signin/cond.h"

/* Name and pattern, or the part before the @ where the pattern has none. */
static bool is_user(struct sgs_slice user, const char *pattern)
{
    struct sgs_slice text = sgs_slice_str(pattern);
    bool has_domain = sgs_slice_chr(text, '@') < text.len;

    return sgs_glob(pattern, user) ||
           (!has_domain && sgs_glob(pattern, sgs_slice_head(user, sgs_slice_chr(user, '@'))));
}

static bool is_asked(const struct sgs_options *o, const struct sgs_attempt *at)
{
    char address[SGS_ADDR_TEXT_LEN];
    bool fits_user = o->n_users == 0, fits_client = o->n_clients == 0;

    for (size_t i = 0; i < o->n_users; i++) {
        fits_user |= at->user.len > 0 && is_user(at->user, o->users[i]);
    }
    sgs_addr_host(&at->client, address);
    for (size_t i = 0; i < o->n_clients; i++) {
        fits_client |= sgs_slice_ieq(sgs_slice_str(address), sgs_slice_str(o->clients[i]));
    }
    return fits_user && fits_client && (!o->query || sgs_query_holds(o->query, at));
}

size_t *sgs_choose(const struct sgs_options *o, struct sgs_report *report)
{
    bool is_all = o->n_users == 0 && o->n_clients == 0 && !o->query && o->count == 0;
    size_t n = 0;

    report->n_all = report->n_attempts;
    if (is_all) {
        return NULL;
    }
    size_t *chosen = sgs_xcalloc(report->n_attempts + 1, sizeof *chosen);
    for (size_t i = 0; i < report->n_attempts && (o->count == 0 || n < o->count); i++) {
        if (is_asked(o, sgs_report_attempt(report, i))) {
            chosen[n++] = i;
        }
    }
    report->chosen = chosen;
    report->n_attempts = n;
    return chosen;
}
