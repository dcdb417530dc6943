/*
 * Authentication in HTTP (RFC 9110, section 11): what challenges and credentials say in the clear,
 * and their tokens, which go to whoever reads the scheme.
 *
 *   WWW-Authenticate: scheme [token68 | name=value, ...] [, scheme ...]
 *   Authorization:    scheme [token68 | name=value, ...]
 *
 * Passwords, responses, nonces and tokens are looked at, but never passed on.
 */
#include <signscope/codec.h>
#include <signscope/mask.h>
#include <signscope/reader.h>

#include "http.h"

#define SCHEME_MAX 32  /* octets of an authentication scheme's name */
#define SCHEMES_MAX 32 /* challenges of one head */

/* One challenge or the credentials sent: its scheme, and what it carries beside parameters. */
struct challenge {
    struct sgs_slice scheme;
    struct sgs_slice token; /* token68 of RFC 9110, section 11.2; empty when it has none */
};

static bool is_token68(uint8_t c)
{
    return sgs_http_is_token(c) || c == '/' || c == '=';
}

/*
 * Reads one element of a list of challenges (RFC 9110, section 11.6.1): "NTLM", "Basic realm=x" and
 * "Negotiate TlRM" begin a challenge, "realm=x" goes on with one.
 */
static bool challenge_begins(struct sgs_slice element, struct challenge *out)
{
    size_t n = sgs_http_run(element, sgs_http_is_token);
    struct sgs_slice rest = sgs_slice_trim(sgs_slice_from(element, n));

    if (n == 0 || n > SCHEME_MAX || (rest.len > 0 && rest.ptr[0] == '=')) {
        return false;
    }
    if (n < element.len && !sgs_http_is_blank(element.ptr[n])) {
        return false;
    }
    out->scheme = sgs_slice_head(element, n);
    size_t name = sgs_http_run(rest, sgs_http_is_token);
    bool is_param = name + 1 < rest.len && rest.ptr[name] == '=' && rest.ptr[name + 1] != '=';
    out->token =
        is_param || sgs_http_run(rest, is_token68) < rest.len ? sgs_slice_head(rest, 0) : rest;
    return true;
}

/* Takes the next element off a comma separated list; commas inside quotes do not count. */
static struct sgs_slice next_element(struct sgs_slice *rest)
{
    struct sgs_slice all = *rest;
    bool quoted = false;
    size_t i = 0;

    for (; i < all.len && (quoted || all.ptr[i] != ','); i++) {
        if (all.ptr[i] == '\\' && quoted) {
            i++;
        } else if (all.ptr[i] == '"') {
            quoted = !quoted;
        }
    }
    *rest = sgs_slice_from(all, i + 1);
    return sgs_slice_trim(sgs_slice_head(all, i));
}

/* Gives a token to whoever reads this scheme: one child a scheme and conversation. */
static void carry(struct sgs_layer *l, enum sgs_dir dir, const struct challenge *c, const char *who)
{
    struct sgs_slice token;

    if (c->token.len > 0 && sgs_base64_decode(sgs_scratch(l), c->token, &token) && token.len > 0) {
        struct sgs_slice key = sgs_arena_printf(sgs_scratch(l), "%s %.*s", who, (int)c->scheme.len,
                                                (const char *)c->scheme.ptr);
        struct sgs_layer *child = sgs_child(l, key, SGS_BY_SCHEME, c->scheme);
        if (sgs_get(child, SGS_NOTE_CARRIER).len == 0) {
            sgs_put(child, SGS_NOTE_CARRIER, SGS_LIT("http"));
        }
        sgs_push(child, dir, token);
    }
}

static bool is_known(const struct challenge *list, size_t n, struct sgs_slice scheme)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(list[i].scheme, scheme)) {
            return true;
        }
    }
    return false;
}

/*
 * Parameters that are facts: RFC 7616, section 3.3, RFC 6750, section 3, and what Microsoft's
 * servers put into challenges of OAuth ([MS-OAUTH2EX], section 3.2.5.1).
 */
static const char *const told[] = {
    "realm",     "qop",        "algorithm",       "stale",       "charset",
    "error",     "scope",      "resource",        "client_id",   "authorization_uri",
    "authz_uri", "grant_type", "trusted_issuers", "token_types", "error_description",
    "href",
};

/* The row of the scheme at hand. */
struct params {
    struct sgs_layer *l;
    struct sgs_draft *ev;
    struct sgs_slice scheme;
    bool is_open;
};

/* One name=value of the challenge or the credentials at hand. */
static void put_param(struct params *to, struct sgs_slice element)
{
    struct sgs_param p;

    if (!sgs_param_next(&element, ',', &p) || !p.has_value || p.value.len == 0 ||
        !sgs_http_is_one_of(p.name, told, sizeof told / sizeof *told)) {
        return;
    }
    if (!to->is_open) {
        ev_row(to->ev, SGS_F_AUTH_PARAMS);
        ev_member(to->ev, SGS_F_AUTH_PARAMS, SGS_LIT("scheme"), to->scheme);
        to->is_open = true;
    }
    bool is_url =
        sgs_slice_iends(p.name, SGS_LIT("_uri")) || sgs_slice_ieq(p.name, SGS_LIT("href"));
    struct sgs_arena *a = sgs_scratch(to->l);
    ev_member(to->ev, SGS_F_AUTH_PARAMS, sgs_arena_lower(a, p.name),
              is_url ? sgs_mask_url(a, p.value) : sgs_mask_text(a, p.value));
}

/* The challenges of one header line; list: those seen so far, each scheme once. */
static size_t read_challenges(struct sgs_layer *l, enum sgs_dir dir, const char *name,
                              struct sgs_slice value, struct sgs_draft *ev, struct challenge *list,
                              size_t n)
{
    struct params params = {
        l, ev, {NULL, 0},
          false
    };
    bool is_new = false;

    while (value.len > 0 && n < SCHEMES_MAX) {
        struct sgs_slice element = next_element(&value);
        struct challenge *c = &list[n];
        if (!challenge_begins(element, c)) {
            if (is_new) {
                put_param(&params, element);
            }
            continue;
        }
        carry(l, dir, c, name);
        is_new = !is_known(list, n, c->scheme);
        if (is_new) {
            params = (struct params){l, ev, c->scheme, false};
            ev_item(ev, SGS_F_AUTH_SCHEMES, c->scheme);
            put_param(&params, sgs_slice_trim(sgs_slice_from(element, c->scheme.len)));
            n++;
        }
    }
    return n;
}

void sgs_http_challenges(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                         struct sgs_draft *ev)
{
    static const char *const names[] = {"WWW-Authenticate", "Proxy-Authenticate"};
    struct challenge list[SCHEMES_MAX];
    size_t n = 0;
    struct sgs_slice value;

    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        size_t i = 0;
        while (sgs_http_next_header(head, names[k], &i, &value)) {
            n = read_challenges(l, dir, names[k], value, ev, list, n);
        }
    }
}

/*
 * Which leg of a handshake a token is, by its head: an NTLM message type ([MS-NLMP],
 * section 2.2.1), the first or a later SPNEGO message (RFC 4178, section 4.2).  NULL: neither.
 */
static const char *leg_of(struct sgs_layer *l, struct sgs_slice token68)
{
    struct sgs_slice token = {NULL, 0};
    if (!sgs_base64_decode(sgs_scratch(l), token68, &token)) {
        return NULL;
    }
    struct sgs_reader r = rd_open(token);
    if (sgs_slice_starts(token, SGS_LIT("NTLMSSP\0"))) {
        rd_skip(&r, 8);
        return rd_le32(&r) == 1 ? "first" : "answer";
    }
    switch (rd_u8(&r)) {
    case 0x60: /* InitialContextToken */
        return "first";
    case 0xa1: /* negTokenResp */
        return "answer";
    default:
        return NULL;
    }
}

/*
 * The user that credentials name in the clear: the user-id of Basic (RFC 7617, section 2), which is
 * what stands before a colon, and username of Digest (RFC 7616, section 3.4).  value: all of them.
 */
static struct sgs_slice user_of(struct sgs_layer *l, const struct challenge *sent,
                                struct sgs_slice value)
{
    struct sgs_slice pair = {NULL, 0};

    if (sgs_slice_ieq(sent->scheme, SGS_LIT("Digest"))) {
        return sgs_param_find(sgs_slice_from(value, sent->scheme.len), ',', SGS_LIT("username"));
    }
    if (!sgs_slice_ieq(sent->scheme, SGS_LIT("Basic")) ||
        !sgs_base64_decode(sgs_scratch(l), sent->token, &pair)) {
        return pair;
    }
    size_t colon = sgs_slice_chr(pair, ':');
    return sgs_slice_head(pair, colon < pair.len ? colon : 0);
}

/* What credentials of Digest say of their realm. */
static void put_credential_params(struct sgs_layer *l, const struct challenge *sent,
                                  struct sgs_slice value, struct sgs_draft *ev)
{
    struct params params = {l, ev, sent->scheme, false};
    struct sgs_slice rest = sgs_slice_from(value, sent->scheme.len);

    while (sgs_slice_ieq(sent->scheme, SGS_LIT("Digest")) && rest.len > 0) {
        put_param(&params, next_element(&rest));
    }
}

/*
 * Credentials sent: the name of their scheme and which leg they are (RFC 9110, section 11.4).  One
 * word alone may be a secret without a scheme, so it must be a name that is known.
 */
void sgs_http_credentials(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_http_head *head,
                          struct sgs_draft *ev)
{
    enum { PROXY, SERVER, N_ROWS };
    static const char *const names[N_ROWS][2] = {
        [PROXY] = {"Proxy-Authorization", "Proxy-Authenticate"},
        [SERVER] = {"Authorization",       "WWW-Authenticate"  },
    };
    static const char *const known[] = {"Negotiate", "NTLM",   "Kerberos",
                                        "Basic",     "Digest", "Bearer"};
    static const char *const bearers[] = {"Bearer", "WLID1.0"}; /* the second: live.com */
    struct sgs_slice proxy_scheme = {NULL, 0};

    for (size_t k = 0; k < N_ROWS; k++) {
        struct challenge sent = {0};
        struct sgs_slice value = sgs_http_header(head, names[k][0]);
        if (!challenge_begins(value, &sent) ||
            (sent.scheme.len == value.len &&
             !sgs_http_is_one_of(sent.scheme, known, sizeof known / sizeof *known))) {
            continue;
        }
        if (k == PROXY) {
            ev_item(ev, SGS_F_AUTH_FOR, SGS_LIT("proxy"));
            proxy_scheme = sent.scheme;
        } else if (proxy_scheme.len > 0) {
            ev_item(ev, SGS_F_AUTH_FOR, SGS_LIT("server"));
            ev_text(ev, SGS_F_PROXY_AUTH_SCHEME, proxy_scheme);
        }
        ev_text(ev, SGS_F_AUTH_SCHEME, sent.scheme);
        ev_str(ev, SGS_F_AUTH_LEG, leg_of(l, sent.token));
        ev_text(ev, SGS_F_USER, sgs_mask_text(sgs_scratch(l), user_of(l, &sent, value)));
        put_credential_params(l, &sent, value, ev);
        if (sgs_http_is_one_of(sent.scheme, bearers, sizeof bearers / sizeof *bearers)) {
            sgs_show_token(l, dir, names[k][0],
                           sgs_slice_trim(sgs_slice_from(value, sent.scheme.len)));
        } else {
            carry(l, dir, &sent, names[k][1]);
        }
    }
}
