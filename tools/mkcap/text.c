/* Words, variables and functions of scenarios: ${name}, ${name:-otherwise}, ${function words}. */
#include "text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypt.h"
#include "dsk.h"

/* Octets of the ${...} at the start of text; n when its end is missing. */
static size_t slot(const char *text, size_t n)
{
    size_t depth = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] == '$' && i + 1 < n && text[i + 1] == '{') {
            depth++;
            i++;
        } else if (text[i] == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return n;
}

size_t mk_word(const char *line)
{
    bool is_quoted = false;
    size_t i = 0;

    while (line[i] && (is_quoted || !strchr(" \t", line[i]))) {
        if (line[i] == '$' && line[i + 1] == '{') {
            i += slot(line + i, strlen(line + i));
            continue;
        }
        is_quoted ^= line[i++] == '"';
    }
    return i;
}

void mk_expand_word(struct mk_scenario *s, struct mk_thread *t, const char *word, size_t n,
                    struct mk_buf *out)
{
    struct mk_buf plain = {0};

    for (size_t i = 0; i < n;) {
        const size_t some =
            word[i] == '$' && i + 1 < n && word[i + 1] == '{' ? slot(word + i, n - i) : 1;

        if (some > 1 || word[i] != '"') {
            mk_buf_add(&plain, word + i, some);
        }
        i += some;
    }
    mk_expand(s, t, mk_buf_text(&plain), plain.len, out);
    mk_buf_free(&plain);
}

void mk_squeeze(const char *text, struct mk_buf *out)
{
    for (const char *line = text; *line;) {
        const size_t n = strcspn(line, "\n");
        size_t from = strspn(line, " \t");
        size_t upto = n;

        while (upto > from && strchr(" \t\r", line[upto - 1])) {
            upto--;
        }
        from = from < upto ? from : upto;
        if (upto > from && out->len && out->ptr[out->len - 1] != '>' && line[from] != '<') {
            mk_buf_str(out, " ");
        }
        mk_buf_add(out, line + from, upto - from);
        line += n + (line[n] ? 1 : 0);
    }
}

/* A time as text: iso, iso-ms or http. */
static void put_time(int64_t time, const char *format, struct mk_buf *out)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const time_t seconds = (time_t)(time / MK_S);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm)) {
        mk_fail("no such time");
    }
    if (!strcmp(format, "http")) {
        mk_buf_printf(out, "%s, %02d %s %d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
                      months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        return;
    }
    mk_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (!strcmp(format, "iso-ms")) {
        mk_buf_printf(out, ".%03d", (int)(time % MK_S / MK_MS));
    }
    mk_buf_str(out, "Z");
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return 365 * year + year / 4 - year / 100 + year / 400 + of_year - 719468;
}

int64_t mk_time_parse(const char *text)
{
    int year, month, day, hour, minute;
    double second;
    char zone;

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%lf%c", &year, &month, &day, &hour, &minute, &second,
               &zone) != 7 ||
        zone != 'Z') {
        mk_fail("\"%s\" is not a time as 2025-03-11T08:15:30Z", text);
    }
    return ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 * MK_S +
           (int64_t)(second * 1e9);
}

/* What a function gets: its words as one text, and where its answer goes. */
struct call {
    struct mk_scenario *s;
    struct mk_thread *t;
    const char *args; /* expanded; borrowed */
    struct mk_buf *out;
};

/* The i-th word of the arguments (from 0); borrowed until the next call; "" when it is missing. */
static const char *word(const struct call *c, unsigned i)
{
    static char words[4][512];
    const char *at = c->args;

    for (unsigned skip = 0;; skip++) {
        at += strspn(at, " ");
        const size_t n = strcspn(at, " ");
        if (skip == i) {
            if (n >= sizeof words[0]) {
                mk_fail("\"%s\" is too long", at);
            }
            memcpy(words[i], at, n);
            words[i][n] = 0;
            return words[i];
        }
        at += n;
    }
}

static void put_uuid(struct mk_buf *out, const uint8_t o[16])
{
    for (unsigned i = 0; i < 16; i++) {
        mk_buf_str(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "");
        mk_hex(out, o + i, 1);
    }
}

static void f_guid(const struct call *c)
{
    struct mk_rng r = {mk_rng_seed(c->s->world.seed, c->args)};
    uint8_t o[16];

    mk_rng_fill(&r, o, sizeof o);
    o[6] = 0x40 | (o[6] & 0x0f); /* RFC 9562, version 4 */
    o[8] = 0x80 | (o[8] & 0x3f);
    put_uuid(c->out, o);
}

static void f_hex(const struct call *c)
{
    for (uint64_t n = mk_number(word(c, 0)); n; n--) {
        mk_buf_printf(c->out, "%x", mk_rng_below(&c->s->world.rng, 16));
    }
}

static void f_below(const struct call *c)
{
    mk_buf_printf(c->out, "%u", mk_rng_below(&c->s->world.rng, (uint32_t)mk_number(word(c, 0))));
}

static void f_random64(const struct call *c)
{
    const size_t n = mk_number(word(c, 0));
    uint8_t *o = mk_alloc(n);

    mk_rng_fill(&c->s->world.rng, o, n);
    mk_base64(c->out, o, n, 0);
    free(o);
}

static void f_b64(const struct call *c)
{
    mk_base64(c->out, c->args, strlen(c->args), 0);
}

/* As in tokens: the alphabet of URLs, no padding. */
static void f_b64url(const struct call *c)
{
    const size_t from = c->out->len;

    mk_base64(c->out, c->args, strlen(c->args), 0);
    for (size_t i = from; i < c->out->len; i++) {
        uint8_t *p = &c->out->ptr[i];

        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    }
    while (c->out->len > from && c->out->ptr[c->out->len - 1] == '=') {
        c->out->len--;
    }
}

/* Seconds since 1970. */
static void f_epoch(const struct call *c)
{
    const char *shift = word(c, 0);

    mk_buf_printf(c->out, "%lld",
                  (long long)((c->t->now + (*shift ? mk_span(shift + 1) : 0)) / MK_S));
}

static void f_time(const struct call *c)
{
    const char *shift = word(c, 1);

    put_time(c->t->now + (*shift ? mk_span(*shift == '+' ? shift + 1 : shift) : 0), word(c, 0),
             c->out);
}

static void f_calc(const struct call *c)
{
    const int64_t a = (int64_t)mk_number(word(c, 0));
    const int64_t b = (int64_t)mk_number(word(c, 2));
    const char op = *word(c, 1);

    if (!strchr("+-*/%", op) || !op || ((op == '/' || op == '%') && !b)) {
        mk_fail("\"%s\" cannot be calculated", c->args);
    }
    mk_buf_printf(c->out, "%lld",
                  (long long)(op == '+'   ? a + b
                              : op == '-' ? a - b
                              : op == '*' ? a * b
                              : op == '/' ? a / b
                                          : a % b));
}

static void f_url(const struct call *c)
{
    for (const char *p = c->args; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("-._~", *p)) {
            mk_buf_u8(c->out, (unsigned char)*p);
        } else {
            mk_buf_printf(c->out, "%%%02X", (unsigned char)*p);
        }
    }
}

static void f_upper(const struct call *c)
{
    for (const char *p = c->args; *p; p++) {
        mk_buf_u8(c->out, (unsigned)toupper((unsigned char)*p));
    }
}

static void f_instance(const struct call *c)
{
    uint8_t o[16];

    mk_instance_of_epid(c->args, o);
    const uint8_t shown[16] = {o[3], o[2], o[1],  o[0],  o[5],  o[4],  o[7],  o[6],
                               o[8], o[9], o[10], o[11], o[12], o[13], o[14], o[15]};
    put_uuid(c->out, shown);
}

/* The endpoint part of a GRUU: the instance and two zeros, base64 for URLs ([MS-SIPRE] 2.2). */
static void f_gruu(const struct call *c)
{
    uint8_t o[18] = {0};

    mk_instance_of_epid(c->args, o);
    const size_t from = c->out->len;
    mk_base64(c->out, o, sizeof o, 0);
    for (size_t i = from; i < c->out->len; i++) {
        uint8_t *p = &c->out->ptr[i];

        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    }
}

static void f_address(const struct call *c)
{
    const struct mk_addr *a = &mk_host_find(&c->s->world, word(c, 0))->addr[0];
    char text[INET6_ADDRSTRLEN];

    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->octets, text, sizeof text);
    mk_buf_str(c->out, text);
}

static void f_client(const struct call *c)
{
    mk_sa_flight(mk_sa_find(c->s->associations, word(c, 0)), MK_CLIENT, c->out);
}

static void f_server(const struct call *c)
{
    mk_sa_flight(mk_sa_find(c->s->associations, word(c, 0)), MK_SERVER, c->out);
}

static void f_ntlm(const struct call *c)
{
    mk_sa_ntlm(mk_sa_find(c->s->associations, word(c, 1)), word(c, 0), c->t->now, c->out);
}

static void f_kerberos(const struct call *c)
{
    mk_sa_kerberos(mk_sa_find(c->s->associations, word(c, 1)), word(c, 0), c->t->now, c->out);
}

static void f_cert(const struct call *c)
{
    mk_pki_put_cert(c->out, mk_pki_cert(&c->s->pki, word(c, 0)));
}

static void f_request(const struct call *c)
{
    mk_pki_put_request(&c->s->pki, c->out, word(c, 0), word(c, 1));
}

static const char *variable(const struct call *c, const char *name)
{
    const char *value = mk_var_get(&c->t->vars, name);

    if (!value) {
        mk_fail("there is no variable \"%s\"", name);
    }
    return value;
}

static void f_sha1(const struct call *c)
{
    mk_sha1_text(variable(c, word(c, 0)), c->out);
}

static void f_hmac(const struct call *c)
{
    mk_hmac_sha1_text(word(c, 0), variable(c, word(c, 1)), c->out);
}

static void f_psha1(const struct call *c)
{
    mk_psha1_text(word(c, 0), word(c, 1), c->out);
}

static const struct {
    const char *name;
    void (*call)(const struct call *);
} functions[] = {
    {"address",  f_address },
    {"guid",     f_guid    },
    {"below",    f_below   },
    {"hex",      f_hex     },
    {"random64", f_random64},
    {"b64",      f_b64     },
    {"b64url",   f_b64url  },
    {"epoch",    f_epoch   },
    {"time",     f_time    },
    {"calc",     f_calc    },
    {"url",      f_url     },
    {"upper",    f_upper   },
    {"instance", f_instance},
    {"gruu",     f_gruu    },
    {"client",   f_client  },
    {"server",   f_server  },
    {"ntlm",     f_ntlm    },
    {"kerberos", f_kerberos},
    {"cert",     f_cert    },
    {"request",  f_request },
    {"sha1",     f_sha1    },
    {"hmac",     f_hmac    },
    {"psha1",    f_psha1   },
};

static void one_slot(struct mk_scenario *s, struct mk_thread *t, const char *text, size_t n,
                     struct mk_buf *out)
{
    struct mk_buf name = {0};
    const size_t len = strcspn(text, " }:");

    if (len < n && text[len] == ' ') {
        mk_expand(s, t, text + len + 1, n - len - 1, &name);
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if (strlen(functions[i].name) == len && !memcmp(functions[i].name, text, len)) {
                const struct call c = {s, t, mk_buf_text(&name), out};

                functions[i].call(&c);
                mk_buf_free(&name);
                return;
            }
        }
        mk_fail("there is no function \"%.*s\"", (int)len, text);
    }
    mk_buf_add(&name, text, len < n ? len : n);
    const char *value = mk_var_get(&t->vars, mk_buf_text(&name));
    if (value) {
        mk_buf_str(out, value);
    } else if (n - len > 1 && !memcmp(text + len, ":-", 2)) {
        mk_expand(s, t, text + len + 2, n - len - 2, out);
    } else {
        mk_fail("there is no variable \"%s\"", mk_buf_text(&name));
    }
    mk_buf_free(&name);
}

void mk_expand(struct mk_scenario *s, struct mk_thread *t, const char *text, size_t n,
               struct mk_buf *out)
{
    for (size_t i = 0; i < n;) {
        if (text[i] == '$' && i + 1 < n && text[i + 1] == '{') {
            const size_t len = slot(text + i, n - i);

            if (text[i + len - 1] != '}') {
                mk_fail("no } ends ${");
            }
            one_slot(s, t, text + i + 2, len - 3, out);
            i += len;
        } else {
            mk_buf_u8(out, (unsigned char)text[i++]);
        }
    }
}
