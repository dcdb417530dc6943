/*
 * Secrets in texts that are otherwise facts.
 *
 * A text is looked at as it stands, and again after each of a few rounds of percent decoding,
 * because URLs carry URLs.  Each look marks octets of the original; in the end every run of marked
 * octets is written as "***".  A look marks
 *   - the value of a parameter whose name is that of a secret: all names in queries, fragments and
 *     forms, in free text only those that nothing else is called by;
 *   - the password of user:password@ (RFC 3986, section 3.2.1; RFC 3261, section 19.1.1);
 *   - JSON Web Tokens (RFC 7519) and what follows the name of an authentication scheme;
 *   - sessions in a path, /(S(...))/;
 *   - 40 and more octets of base64, base64url or hex in a row, unless they are words or a UUID.
 * In doubt it marks too much: a lost fact costs less than a secret that is passed on.
 */
#include <signscope/mask.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/codec.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/words.h"

#define ROUNDS 4     /* looks; what is then still encoded is masked as a whole */
#define LONG_RUN 40u /* octets in a row that are looked at more closely */
/* Of them in parts that are no words: more than 32 hex digits, or with letters of both cases. */
#define STRANGE_ENOUGH 33u
#define STRANGE_MIXED 12u
#define SHORTEST_JWT 16u
#define SHORTEST_BLOB 8u /* after the name of a scheme */
#define UUID_LEN 36u
#define LONGEST_NAME 64u
#define LONGEST_USERINFO 256u /* octets searched for an '@' */
#define LONGEST_HOST 255u

enum { SECRET = 1, HOST = 2 };

/* The text as a look sees it.  Most texts are never decoded and nothing in them is marked: then
 * there is nothing of ours here. */
struct view {
    struct sgs_slice original;
    const uint8_t *octets; /* as decoded so far */
    size_t n;
    uint8_t *decoded; /* ours; NULL: octets are the original's */
    size_t *from;     /* ours; n + 1: where each octet began in the original; NULL: where it is */
    uint8_t *marks;   /* ours; of the original's octets; NULL: there are none */
    bool has_secret;  /* one of them says SECRET */
    bool is_url;
    bool has_runs; /* octets marked HOST will be asked for */
};

/* A name of ours, with its length. */
struct word {
    const char *text;
    size_t len;
};

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* Names are compared in lower case, without '-', '_', '.', '[', ']' and without digits at the end.
 */
static const struct word secret_in_text[] = {
    WORD("apikey"),     WORD("cookie"),    WORD("cwt"),         WORD("fedauth"),
    WORD("jsessionid"), WORD("jwt"),       WORD("passcode"),    WORD("password"),
    WORD("pwd"),        WORD("rtfa"),      WORD("samlrequest"), WORD("samlresponse"),
    WORD("secret"),     WORD("sessionid"), WORD("ticket"),      WORD("token"),
    WORD("wresult"),
};

static const struct word secret_in_url[] = {
    WORD("accesscode"),   WORD("accesskey"),     WORD("auth"),
    WORD("authcode"),     WORD("authorization"), WORD("authorizationcode"),
    WORD("bearer"),       WORD("canary"),        WORD("code"),
    WORD("codeverifier"), WORD("ctx"),           WORD("devicecode"),
    WORD("hmac"),         WORD("key"),           WORD("nonce"),
    WORD("otp"),          WORD("pass"),          WORD("pin"),
    WORD("ppft"),         WORD("prt"),           WORD("relaystate"),
    WORD("saml"),         WORD("session"),       WORD("sessionstate"),
    WORD("sft"),          WORD("sid"),           WORD("sig"),
    WORD("state"),        WORD("usercode"),      WORD("wctx"),
};

static const struct word secret_within[] = {
    WORD("assertion"), WORD("credential"), WORD("passphrase"), WORD("passwd"),
    WORD("password"),  WORD("secret"),     WORD("signature"),  WORD("token"),
};

static const struct word secret_at_end[] = {WORD("apikey"), WORD("sessionid"), WORD("ticket")};

static const struct word no_secret[] = {WORD("tokenendpoint"), WORD("tokentype")};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct sgs_slice seen(const struct view *v, size_t from, size_t to)
{
    return sgs_slice_from(sgs_slice(v->octets, to), from);
}

/* Where the octet at i began in the original. */
static size_t place(const struct view *v, size_t i)
{
    return v->from ? v->from[i] : i;
}

static void mark(struct view *v, size_t from, size_t to, uint8_t what)
{
    if (from >= to) {
        return;
    }
    if (!v->marks) {
        v->marks = sgs_xcalloc(v->original.len, 1);
    }
    for (size_t i = place(v, from); i < place(v, to); i++) {
        v->marks[i] |= what;
        v->has_secret |= what == SECRET;
    }
}

static bool is_host(const struct view *v, size_t i)
{
    return v->marks && (v->marks[place(v, i)] & HOST) != 0;
}

static uint8_t at(const struct view *v, size_t i)
{
    return i < v->n ? v->octets[i] : 0;
}

static bool is_among(uint8_t c, const char *set)
{
    while (*set && (uint8_t)*set != c) {
        set++;
    }
    return *set != '\0';
}

/* Offset of the first octet at or after i that is in set, or to. */
static size_t until(const struct view *v, size_t i, size_t to, const char *set)
{
    if (i < to && set[1] == '\0') {
        return i + sgs_slice_chr(seen(v, i, to), (uint8_t)set[0]);
    }
    while (i < to && !is_among(v->octets[i], set)) {
        i++;
    }
    return i;
}

/* ---- parameters ---- */

static bool is_listed(struct sgs_slice name, const struct word *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (name.len == table[i].len && memcmp(name.ptr, table[i].text, table[i].len) == 0) {
            return true;
        }
    }
    return false;
}

/* One of secret_within stands at the head of s. */
static bool begins_secret(struct sgs_slice s)
{
    const uint32_t first = 1u << ('a' - 'a') | 1u << ('c' - 'a') | 1u << ('p' - 'a') |
                           1u << ('s' - 'a') | 1u << ('t' - 'a'); /* letters of them */

    if (!sgs_is_lower(s.ptr[0]) || !(first >> (s.ptr[0] - 'a') & 1)) {
        return false;
    }
    for (size_t i = 0; i < COUNT(secret_within); i++) {
        if (s.len >= secret_within[i].len &&
            memcmp(s.ptr, secret_within[i].text, secret_within[i].len) == 0) {
            return true;
        }
    }
    return false;
}

/* name is in lower case. */
static bool is_secret_anywhere(struct sgs_slice name)
{
    if (name.len == 0 || is_listed(name, no_secret, COUNT(no_secret))) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (begins_secret(sgs_slice_from(name, i))) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(secret_at_end); i++) {
        const struct word *w = &secret_at_end[i];
        if (sgs_slice_iends(name, sgs_slice(w->text, w->len))) {
            return true;
        }
    }
    return is_listed(name, secret_in_text, COUNT(secret_in_text));
}

static bool is_secret_in_url(struct sgs_slice name, bool in_query)
{
    return is_secret_anywhere(name) || is_listed(name, secret_in_url, COUNT(secret_in_url)) ||
           sgs_slice_iends(name, SGS_LIT("key")) ||
           (in_query && sgs_slice_eq(name, SGS_LIT("opaque")));
}

struct name {
    char letters[LONGEST_NAME];
    size_t len;
    size_t start;   /* in the view */
    bool is_quoted; /* "name": */
};

/* The name that ends before the '=' or ':' at i. */
static struct name name_before(const struct view *v, size_t i)
{
    struct name name = {.start = i};

    while (name.start > 0 && is_among(v->octets[name.start - 1], " \t\"'\\")) {
        name.start--;
        name.is_quoted |= is_among(v->octets[name.start], "\"'");
    }
    size_t end = name.start;
    while (name.start > 0 && end - name.start < LONGEST_NAME &&
           (sgs_is_alnum(v->octets[name.start - 1]) ||
            is_among(v->octets[name.start - 1], "-_.[]$"))) {
        name.start--;
    }
    for (size_t k = name.start; k < end; k++) {
        uint8_t c = v->octets[k];
        if (sgs_is_alnum(c)) {
            name.letters[name.len++] = (char)(sgs_is_upper(c) ? c | 0x20 : c);
        }
    }
    while (name.len > 0 && sgs_is_digit((uint8_t)name.letters[name.len - 1])) {
        name.len--;
    }
    return name;
}

/* End of the value that begins at *i, which is moved behind blanks and an opening quote. */
static size_t text_value_end(const struct view *v, size_t *i)
{
    while (is_among(at(v, *i), " \t")) {
        (*i)++;
    }
    bool is_escaped = at(v, *i) == '\\'; /* \"value\" in a string of JSON */
    uint8_t quote = at(v, *i + (is_escaped ? 1 : 0));
    if (is_among(quote, "\"'")) {
        *i += is_escaped ? 2 : 1;
        size_t end = *i;
        while (end < v->n && v->octets[end] != quote) {
            end += v->octets[end] == '\\' && !is_escaped ? 2 : 1;
        }
        return end < v->n ? end : v->n;
    }
    return until(v, *i, v->n, " \t\r\n\"<>&");
}

/* A parameter of free text: the octet after its name is at i.  Returns where to look on. */
static size_t text_parameter(struct view *v, size_t i)
{
    struct name name = name_before(v, i);
    struct sgs_slice letters = sgs_slice(name.letters, name.len);
    bool in_url = name.start > 0 && is_among(v->octets[name.start - 1], "?&#");
    bool is_secret = in_url ? is_secret_in_url(letters, true) : is_secret_anywhere(letters);

    if (v->octets[i] == ':' && !name.is_quoted) {
        is_secret = sgs_slice_iends(letters, SGS_LIT("password")) ||
                    sgs_slice_iends(letters, SGS_LIT("secret")) ||
                    sgs_slice_eq(letters, SGS_LIT("pwd"));
    }
    if (!is_secret) {
        return i + 1;
    }
    size_t start = i + 1;
    size_t end = text_value_end(v, &start);
    mark(v, start, end, SECRET);
    return end > i ? end : i + 1;
}

/* The same in a URL, where nothing but '&' ends a value, and '?' or '#' one in the path. */
static size_t url_parameter(struct view *v, size_t i, bool in_query)
{
    struct name name = name_before(v, i);

    if (!is_secret_in_url(sgs_slice(name.letters, name.len), in_query)) {
        return i + 1;
    }
    size_t end = until(v, i + 1, v->n, in_query ? "&" : "&?#");
    mark(v, i + 1, end, SECRET);
    return end;
}

static void look_for_parameters(struct view *v)
{
    size_t query = until(v, 0, v->n, "?");
    size_t fragment = until(v, 0, v->n, "#");
    size_t first = query < fragment ? query : fragment;
    size_t i = 0;

    while (v->is_url && (i = until(v, i, v->n, "=")) < v->n) {
        i = url_parameter(v, i, first < i);
    }
    while (!v->is_url && i < v->n) {
        bool is_after_name = v->octets[i] == '=' || v->octets[i] == ':';
        i = is_after_name ? text_parameter(v, i) : i + 1;
    }
}

/* ---- user:password@host ---- */

/* Marks the password in [i, end), where the last '@' is looked for; returns where the host begins.
 */
static size_t userinfo(struct view *v, size_t i, size_t end)
{
    size_t sign = end;

    while (sign > i && v->octets[sign - 1] != '@') {
        sign--;
    }
    if (sign == i) {
        return i;
    }
    size_t colon = until(v, i, sign - 1, ":");
    if (colon + 1 < sign - 1) {
        mark(v, colon + 1, sign - 1, SECRET);
    }
    return sign;
}

static bool is_port(struct sgs_slice s)
{
    uint64_t port;

    return s.len == 0 || sgs_slice_uint(s, UINT16_MAX, &port);
}

/* What follows "//" at i. */
static void authority(struct view *v, size_t i)
{
    size_t most = v->n - i < LONGEST_USERINFO ? v->n : i + LONGEST_USERINFO;
    size_t end = until(v, i, most, "/?#\\ \t\r\n\"<>");
    size_t colon = until(v, i, end, ":");
    bool has_sign = until(v, i, end, "@") < end;

    if (!has_sign && colon < end && at(v, i) != '[' && !is_port(seen(v, colon + 1, end))) {
        end = until(v, i, most, " \t\r\n\"<>"); /* the password may hold a '/' */
    }
    size_t host = userinfo(v, i, end);
    size_t host_end = host;
    while (host_end < v->n &&
           (sgs_is_alnum(v->octets[host_end]) || is_among(v->octets[host_end], "-._"))) {
        host_end++;
    }
    if (v->has_runs && host_end - host <= LONGEST_HOST) {
        mark(v, host, host_end, HOST);
    }
}

/* The octets before i end with tail, but for case. */
static bool ends_before(const struct view *v, size_t i, struct sgs_slice tail)
{
    return sgs_slice_iends(seen(v, 0, i), tail);
}

/* The ':' at i ends the scheme of a SIP address. */
static bool is_sip(const struct view *v, size_t i)
{
    return ends_before(v, i, SGS_LIT("sip")) || ends_before(v, i, SGS_LIT("sips"));
}

static void look_for_passwords(struct view *v)
{
    if (sgs_slice_starts(seen(v, 0, v->n), SGS_LIT("//"))) {
        authority(v, 2);
    }
    for (size_t i = until(v, 0, v->n, ":"); i < v->n; i = until(v, i + 1, v->n, ":")) {
        if (at(v, i + 1) == '/' && at(v, i + 2) == '/') {
            authority(v, i + 3);
        }
        if (is_sip(v, i)) {
            size_t start = i + 1;
            size_t most = v->n - start < LONGEST_USERINFO ? v->n : start + LONGEST_USERINFO;
            (void)userinfo(v, start, until(v, start, most, ";? \t\r\n\"<>"));
        }
    }
}

/* ---- tokens by their looks ---- */

static void look_for_jwts(struct view *v)
{
    for (size_t i = 0; i + SHORTEST_JWT <= v->n; i++) {
        if (!sgs_slice_starts(seen(v, i, v->n), SGS_LIT("eyJ")) ||
            (i > 0 && sgs_is_alnum(v->octets[i - 1]))) {
            continue;
        }
        size_t end = i;
        while (end < v->n && (sgs_is_alnum(v->octets[end]) || is_among(v->octets[end], "-_.=+"))) {
            end++;
        }
        if (end - i >= SHORTEST_JWT) {
            mark(v, i, end, SECRET);
        }
        i = end - 1;
    }
}

/* "Word", "word" or "WORD". */
static bool is_one_word(struct sgs_slice s)
{
    size_t lower = 0;
    size_t upper = 0;

    for (size_t i = 0; i < s.len; i++) {
        lower += sgs_is_lower(s.ptr[i]) ? 1 : 0;
        upper += sgs_is_upper(s.ptr[i]) ? 1 : 0;
    }
    return lower == s.len || upper == s.len || (lower + 1 == s.len && sgs_is_upper(s.ptr[0]));
}

/* What follows the name of an authentication scheme, from i on. */
static void blob(struct view *v, size_t i)
{
    while (is_among(at(v, i), " \t")) {
        i++;
    }
    size_t end = i;
    while (end < v->n && (sgs_is_alnum(v->octets[end]) || is_among(v->octets[end], "-_~+/"))) {
        end++;
    }
    bool is_blob = end - i >= SHORTEST_BLOB && !is_one_word(seen(v, i, end));
    size_t padded = end;
    while (at(v, padded) == '=') {
        padded++;
    }
    bool is_parameter =
        padded > end && (sgs_is_alnum(at(v, padded)) || is_among(at(v, padded), "\"'"));
    if (is_blob && !is_parameter) {
        mark(v, i, padded, SECRET);
    }
}

static const struct word schemes[] = {
    WORD("bearer"), WORD("basic"), WORD("kerberos"), WORD("negotiate"), WORD("ntlm"),
};

static void look_for_schemes(struct view *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (!is_among(v->octets[i], "bBkKnN") || (i > 0 && sgs_is_alnum(v->octets[i - 1]))) {
            continue;
        }
        for (size_t k = 0; k < COUNT(schemes); k++) {
            struct sgs_slice scheme = sgs_slice(schemes[k].text, schemes[k].len);
            if (sgs_slice_istarts(seen(v, i, v->n), scheme) &&
                is_among(at(v, i + scheme.len), " \t")) {
                blob(v, i + scheme.len);
            }
        }
    }
}

static void look_for_path_sessions(struct view *v)
{
    for (size_t i = 0; i + 3 < v->n; i++) {
        if (v->octets[i] == '(' && is_among(v->octets[i + 1], "AaFfSs") &&
            v->octets[i + 2] == '(') {
            size_t end = until(v, i + 3, v->n, ")/");
            mark(v, i + 3, end, SECRET);
            i = end - 1;
        }
    }
}

/* ---- long runs ---- */

/* Marks the strange parts of the long run [i, end), and what stands between them. */
static void judge_run(struct view *v, size_t i, size_t end)
{
    size_t first = end;
    size_t last = i;
    size_t strange = 0;
    bool is_mixed = false;
    bool is_value = i > 0 && at(v, i - 1) == '='; /* no path, so it is one thing as a whole */
    size_t start = i;

    if (end - i < LONG_RUN) {
        return;
    }
    while (i < end) {
        size_t part_end = until(v, i, end, "/");
        if (!(part_end > i && is_host(v, part_end - 1)) && !sgs_are_words(seen(v, i, part_end))) {
            first = i < first ? i : first;
            last = part_end;
            strange += part_end - i;
            is_mixed |= sgs_is_mixed_case(seen(v, i, part_end));
        }
        i = part_end + 1;
    }
    if (strange < (is_mixed ? STRANGE_MIXED : STRANGE_ENOUGH)) {
        return;
    }
    first = is_value ? start : first;
    last = is_value ? end : last;
    while (last == end && at(v, end) == '=') {
        end++;
        last = end;
    }
    for (size_t k = first; k < last; k++) {
        if (!is_host(v, k)) {
            mark(v, k, k + 1, SECRET);
        }
    }
}

static bool is_uuid_at(const struct view *v, size_t i)
{
    if (i + UUID_LEN > v->n || v->octets[i + 8] != '-') {
        return false;
    }
    for (size_t k = 0; k < UUID_LEN; k++) {
        bool is_dash = k == 8 || k == 13 || k == 18 || k == 23;
        if (is_dash ? v->octets[i + k] != '-' : sgs_hex_digit(v->octets[i + k]) < 0) {
            return false;
        }
    }
    return true;
}

/* What an octet can be: a character of base64, base64url or hex, or of what stands between runs of
 * them; what worth_of() looks at; the last letter of a scheme's name. */
enum { IN_RUN = 1, OF_SEARCH = 2, SCHEME_END = 4 };

/* clang-format off */
static const uint8_t classes[256] = {
    /*               \t */ [0x09] = 2,
    /*  !"#$%&'()*+,-./ */ [0x20] = 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 1, 0, 3,
    /* 0123456789:;<=>? */ [0x30] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 0, 2, 0, 0,
    /* @ABCDEFGHIJKLMNO */ [0x40] = 0, 1, 1, 5, 1, 5, 1, 1, 1, 1, 3, 1, 1, 5, 1, 1,
    /* PQRSTUVWXYZ[\]^_ */ [0x50] = 1, 1, 5, 5, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    /* `abcdefghijklmno */ [0x60] = 0, 1, 1, 5, 1, 5, 1, 1, 1, 1, 1, 1, 1, 5, 1, 1,
    /* pqrstuvwxyz{|}~  */ [0x70] = 1, 1, 5, 5, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
};
/* clang-format on */

static void look_for_runs(struct view *v)
{
    size_t start = 0;
    size_t i = 0;

    while (i < v->n) {
        bool is_part = classes[v->octets[i]] & IN_RUN;
        bool is_uuid =
            is_part && is_uuid_at(v, i) && (i == start || sgs_hex_digit(v->octets[i - 1]) < 0);
        if (is_part && !is_uuid) {
            i++;
            continue;
        }
        judge_run(v, start, i);
        i += is_uuid ? UUID_LEN : 1;
        start = i;
    }
    judge_run(v, start, i);
}

/* ---- all of it ---- */

static void begin_decoding(struct view *v)
{
    v->decoded = sgs_xmalloc(v->n);
    memcpy(v->decoded, v->octets, v->n);
    v->octets = v->decoded;
    v->from = sgs_xcalloc(v->n + 1, sizeof *v->from);
    for (size_t i = 0; i <= v->n; i++) {
        v->from[i] = i;
    }
}

/* One round of percent decoding; false when there was nothing to decode. */
static bool decode(struct view *v)
{
    size_t to = 0;

    if (sgs_slice_chr(seen(v, 0, v->n), '%') == v->n) {
        return false;
    }
    if (!v->decoded) {
        begin_decoding(v);
    }
    for (size_t i = 0; i < v->n; i++) {
        int high = v->octets[i] == '%' ? sgs_hex_digit(at(v, i + 1)) : -1;
        int low = high >= 0 ? sgs_hex_digit(at(v, i + 2)) : -1;
        v->from[to] = v->from[i];
        v->decoded[to++] = low >= 0 ? (uint8_t)(high * 16 + low) : v->octets[i];
        i += low >= 0 ? 2 : 0;
    }
    bool is_changed = to < v->n;
    v->from[to] = v->from[v->n];
    v->n = to;
    return is_changed;
}

/* ---- what is worth a search ---- */

enum { PASSWORDS = 1, PARAMETERS = 2, JWTS = 4, SCHEMES = 8, PATH_SESSIONS = 16, RUNS = 32 };

/* The ':' at i ends a number, as in a time of day: no name stands before it. */
static bool is_after_number(const struct view *v, size_t i)
{
    size_t start = i;

    while (start > 0 && sgs_is_digit(v->octets[start - 1])) {
        start--;
    }
    return start < i && (start == 0 || is_among(v->octets[start - 1], " :"));
}

/* For the ':' at i: a scheme that has passwords, or the end of a secret's name in free text. */
static unsigned worth_of_colon(const struct view *v, size_t i)
{
    uint8_t before = i > 0 ? v->octets[i - 1] : 0;
    bool has_password = at(v, i + 1) == '/' || is_sip(v, i);
    /* password, pwd, secret */
    bool is_name = sgs_is_lower(before) || sgs_is_upper(before) ? is_among(before, "dtDT")
                                                                : !is_after_number(v, i);

    return (has_password ? PASSWORDS : 0u) | (is_name && !v->is_url ? PARAMETERS : 0u);
}

static bool is_after_scheme(const struct view *v, size_t i)
{
    if (i == 0 || !(classes[v->octets[i - 1]] & SCHEME_END)) {
        return false;
    }
    for (size_t k = 0; k < COUNT(schemes); k++) {
        if (ends_before(v, i, sgs_slice(schemes[k].text, schemes[k].len))) {
            return true;
        }
    }
    return false;
}

/* The searches that may find something because of the octet at i. */
static unsigned worth_of(const struct view *v, size_t i)
{
    switch (v->octets[i]) {
    case '=':
        return PARAMETERS;
    case ':':
        return worth_of_colon(v, i);
    case '/':
        return i == 0 && at(v, 1) == '/' ? PASSWORDS : 0;
    case '(':
        return at(v, i + 2) == '(' ? PATH_SESSIONS : 0;
    case 'J': /* eyJ */
        return i > 0 && v->octets[i - 1] == 'y' ? JWTS : 0;
    case ' ':
    case '\t':
        return is_after_scheme(v, i) ? SCHEMES : 0;
    default:
        return 0;
    }
}

/* The searches that a look is worth; for most texts there is none. */
static unsigned worth(const struct view *v)
{
    unsigned searches = 0;
    size_t run = 0;

    for (size_t i = 0; i < v->n; i++) {
        uint8_t class = classes[v->octets[i]];
        run = class & IN_RUN ? run + 1 : 0;
        if (class & OF_SEARCH) {
            searches |= worth_of(v, i);
        }
        if (run == LONG_RUN) {
            searches |= RUNS;
        }
    }
    return searches;
}

static void look(struct view *v)
{
    static void (*const searches[])(struct view * v) = {
        look_for_passwords, look_for_parameters,    look_for_jwts,
        look_for_schemes,   look_for_path_sessions, look_for_runs,
    };
    unsigned todo = worth(v);

    /* what is decoded in a later look may have some */
    v->has_runs = todo & RUNS || sgs_slice_chr(v->original, '%') < v->original.len;
    for (size_t i = 0; todo >> i; i++) {
        if (todo >> i & 1) {
            searches[i](v);
        }
    }
}

static struct sgs_slice write_masked(struct sgs_arena *a, struct sgs_slice text,
                                     const uint8_t *marks)
{
    struct sgs_buf out;
    bool is_inside = false;

    sgs_buf_init(&out, 3 * text.len);
    for (size_t i = 0; i < text.len; i++) {
        bool is_secret = (marks[i] & SECRET) != 0;
        if (is_secret && !is_inside) {
            sgs_buf_add_str(&out, "***");
        }
        if (!is_secret) {
            sgs_buf_add_octet(&out, text.ptr[i]);
        }
        is_inside = is_secret;
    }
    struct sgs_slice masked = sgs_arena_copy(a, sgs_buf_slice(&out));
    sgs_buf_clear(&out);
    return masked;
}

/*
 * Texts in which nothing was found lately.  Who talks, to whom and with what program is said in
 * every message: most texts were looked at before.
 */
#define MIN_KEPT 8
#define MAX_KEPT 125

static _Thread_local struct harmless {
    uint8_t len; /* 0: the row is free */
    bool is_url;
    uint8_t octets[MAX_KEPT];
} harmless[64];

/* The row that such a text has; NULL: none. */
static struct harmless *row_for(struct sgs_slice text)
{
    uint64_t head, tail;

    if (text.len < MIN_KEPT || text.len > MAX_KEPT) {
        return NULL;
    }
    memcpy(&head, text.ptr, sizeof head);
    memcpy(&tail, text.ptr + text.len - sizeof tail, sizeof tail);
    uint64_t mixed = (head ^ (tail << 31 | tail >> 33)) * UINT64_C(0x9e3779b97f4a7c15);
    return &harmless[mixed >> 58];
}

static bool is_kept(const struct harmless *row, struct sgs_slice text, bool is_url)
{
    return row->len == text.len && row->is_url == is_url &&
           memcmp(row->octets, text.ptr, text.len) == 0;
}

static struct sgs_slice mask(struct sgs_arena *a, struct sgs_slice text, bool is_url)
{
    struct view v = {.original = text, .octets = text.ptr, .n = text.len, .is_url = is_url};
    struct harmless *kept = row_for(text);
    int rounds = 0;

    if (kept && is_kept(kept, text, is_url)) {
        return text;
    }
    do {
        look(&v);
    } while (decode(&v) && ++rounds < ROUNDS);
    if (rounds == ROUNDS) {
        mark(&v, 0, v.n, SECRET);
    }
    if (v.has_secret) {
        text = write_masked(a, text, v.marks);
    } else if (kept) {
        memcpy(kept->octets, text.ptr, text.len);
        kept->len = (uint8_t)text.len;
        kept->is_url = is_url;
    }
    free(v.decoded);
    free(v.from);
    free(v.marks);
    return text;
}

struct sgs_slice sgs_mask_url(struct sgs_arena *a, struct sgs_slice url)
{
    return mask(a, url, true);
}

struct sgs_slice sgs_mask_text(struct sgs_arena *a, struct sgs_slice text)
{
    return mask(a, text, false);
}
