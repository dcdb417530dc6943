/* Values with the names of users and domains taken out. */
#include "diff/same.h"

#include "base/ascii.h"

#define MIN_LABEL 3 /* letters of a label that is looked for: shorter ones are in other words */

static struct sgs_slice user_part(struct sgs_slice user)
{
    return sgs_slice_head(user, sgs_slice_chr(user, '@'));
}

/* What stands behind the name that a client asks for by itself. */
static struct sgs_slice asked_domain(struct sgs_slice name)
{
    static const char *const heads[] = {"lyncdiscoverinternal.", "lyncdiscover.",
                                        "_sipinternaltls._tcp.", "_sip._tls."};
    name = sgs_slice_from(name, sgs_slice_chr(name, ' ') + 1); /* behind the type */
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct sgs_slice head = sgs_slice_str(heads[i]);
        if (sgs_slice_istarts(name, head)) {
            return sgs_slice_from(name, head.len);
        }
    }
    return (struct sgs_slice){NULL, 0};
}

struct sgs_slice sgs_same_domain(const struct sgs_attempt *at)
{
    struct sgs_slice domain = sgs_slice_from(at->user, sgs_slice_chr(at->user, '@') + 1);
    for (size_t i = 0; domain.len == 0 && i < at->n_steps; i++) {
        const struct sgs_step *s = &at->steps[i];
        domain = asked_domain(s->request);
        for (size_t j = 0; domain.len == 0 && j < s->n_parts; j++) {
            domain = asked_domain(s->parts[j].request);
        }
    }
    return domain;
}

/* Words that differ, and are there on both sides. */
static void put_word(struct sgs_same *s, size_t i, struct sgs_slice good, struct sgs_slice bad,
                     size_t least)
{
    if (good.len >= least && bad.len >= least && !sgs_slice_ieq(good, bad)) {
        s->words[0][i] = good;
        s->words[1][i] = bad;
    }
}

void sgs_same_init(struct sgs_same *s, const struct sgs_attempt *good,
                   const struct sgs_attempt *bad)
{
    struct sgs_slice domains[] = {sgs_same_domain(good), sgs_same_domain(bad)};

    *s = (struct sgs_same){0};
    put_word(s, 0, good->user, bad->user, 1);
    put_word(s, 1, domains[0], domains[1], 1);
    put_word(s, 2, user_part(good->user), user_part(bad->user), 1);
    put_word(s, 3, sgs_slice_head(domains[0], sgs_slice_chr(domains[0], '.')),
             sgs_slice_head(domains[1], sgs_slice_chr(domains[1], '.')), MIN_LABEL);
}

/* No letter or digit, nor what joins them, ends there. */
static bool is_border(struct sgs_slice text, size_t at)
{
    return at >= text.len ||
           !(sgs_is_alnum(text.ptr[at]) || text.ptr[at] == '-' || text.ptr[at] == '_');
}

/* The word that stands at octet at of text, or SGS_SAME_WORDS. */
static size_t word_at(const struct sgs_same *s, unsigned side, struct sgs_slice text, size_t at)
{
    bool is_start = at == 0 || is_border(text, at - 1);
    struct sgs_slice rest = sgs_slice_from(text, at);
    size_t i = is_start ? 0 : SGS_SAME_WORDS;

    while (i < SGS_SAME_WORDS &&
           !(s->words[side][i].len > 0 && sgs_slice_istarts(rest, s->words[side][i]) &&
             is_border(rest, s->words[side][i].len))) {
        i++;
    }
    return i;
}

void sgs_same_put(const struct sgs_same *s, unsigned side, struct sgs_slice text,
                  struct sgs_buf *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t word = word_at(s, side, text, at);
        uint8_t c = text.ptr[at];

        if (word < SGS_SAME_WORDS) {
            sgs_buf_add_octet(out, (uint8_t)(1 + word));
            at += s->words[side][word].len;
        } else {
            sgs_buf_add_octet(out, sgs_is_upper(c) ? (uint8_t)(c - 'A' + 'a') : c);
            at++;
        }
    }
}

bool sgs_same_texts(const struct sgs_same *s, struct sgs_slice good, struct sgs_slice bad)
{
    struct sgs_buf a, b;

    if (sgs_slice_ieq(good, bad)) {
        return true;
    }
    sgs_buf_init(&a, good.len + 1);
    sgs_buf_init(&b, bad.len + 1);
    sgs_same_put(s, 0, good, &a);
    sgs_same_put(s, 1, bad, &b);
    bool is_same = sgs_slice_eq(sgs_buf_slice(&a), sgs_buf_slice(&b));
    sgs_buf_clear(&a);
    sgs_buf_clear(&b);
    return is_same;
}
