/*
 * OAuth 2.0 (RFC 6749, RFC 8628) as Azure AD, AD FS and the web ticket service speak it: requests
 * for tokens as forms, answers as JSON.  Passwords, codes and tokens are not told; tokens go to
 * their reader.
 *
 *   grant_type=password&username=ada%40contoso.com&password=...&resource=https%3A%2F%2F...
 *   {"access_token":"...","token_type":"Bearer","expires_in":28289}
 *   {"error":"invalid_grant","error_description":"AADSTS50126: ...","error_codes":[50126]}
 */
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/json.h>
#include <signscope/limits.h>
#include <signscope/mask.h>

#define PROBE_MAX 4096 /* octets searched for a name */
#define MAX_PAIRS 256  /* pairs of one form that are looked at */
#define MAX_CODES 16   /* error codes told */

enum as { TEXT, URL, WORDS, NUMBER };

struct fact {
    const char *name;
    enum sgs_field_id field;
    enum as as;
};

static const struct fact asked[] = {
    {"grant_type",           SGS_F_GRANT_TYPE,        TEXT },
    {"client_id",            SGS_F_CLIENT_ID,         TEXT },
    {"resource",             SGS_F_RESOURCE,          URL  },
    {"scope",                SGS_F_SCOPES,            WORDS},
    {"username",             SGS_F_USER,              TEXT },
    {"login_hint",           SGS_F_USER,              TEXT },
    {"redirect_uri",         SGS_F_REDIRECT_URI,      URL  },
    {"client-request-id",    SGS_F_CLIENT_REQUEST_ID, TEXT },
    {"ms_rtc_conferenceuri", SGS_F_CONFERENCE_URI,    TEXT },
};

static const struct fact told[] = {
    {"token_type",            SGS_F_TOKEN_TYPE,        TEXT  },
    {"expires_in",            SGS_F_EXPIRES_IN,        NUMBER},
    {"resource",              SGS_F_RESOURCE,          URL   },
    {"scope",                 SGS_F_SCOPES,            WORDS },
    {"ms_rtc_identityscope",  SGS_F_IDENTITY_SCOPE,    TEXT  },
    {"ms_rtc_passiveauthuri", SGS_F_PASSIVE_AUTH_URI,  URL   },
    {"verification_uri",      SGS_F_VERIFICATION_URI,  URL   },
    {"verification_url",      SGS_F_VERIFICATION_URI,  URL   },
    {"error",                 SGS_F_ERROR,             TEXT  },
    {"error_description",     SGS_F_ERROR_DESCRIPTION, TEXT  },
    {"suberror",              SGS_F_SUBERROR,          TEXT  },
    {"correlation_id",        SGS_F_CORRELATION_ID,    TEXT  },
    {"trace_id",              SGS_F_TRACE_ID,          TEXT  },
};

/* Members and parameters that are tokens. */
static const char *const tokens[] = {"access_token", "id_token",         "refresh_token",
                                     "assertion",    "client_assertion", "wresult"};

/* Names that only such messages have.  A form says who asks; an answer what it gives. */
static const char *const signs[] = {"grant_type=",           "client_id=",
                                    "\"access_token\"",      "\"token_type\"",
                                    "\"error_description\"", "\"ms_rtc_passiveauthuri\"",
                                    "\"device_code\""};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void put(struct sgs_layer *l, struct sgs_draft *ev, const struct fact *f,
                struct sgs_slice text)
{
    struct sgs_arena *a = sgs_scratch(l);
    uint64_t number = 0;

    switch (f->as) {
    case TEXT:
        ev_text(ev, f->field, sgs_mask_text(a, text));
        return;
    case URL:
        ev_text(ev, f->field, sgs_mask_url(a, text));
        return;
    case WORDS:
        while (text.len > 0) {
            ev_item(ev, f->field, sgs_mask_text(a, sgs_slice_cut(&text, ' ')));
        }
        return;
    case NUMBER:
        if (sgs_slice_uint(text, INT32_MAX, &number)) {
            ev_int(ev, f->field, number);
        }
        return;
    }
}

/* Gives a token to its reader. */
static void carry(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice name,
                  struct sgs_slice value)
{
    for (size_t i = 0; i < COUNT(tokens); i++) {
        if (sgs_slice_eq(name, sgs_slice_str(tokens[i]))) {
            sgs_show_token(l, dir, tokens[i], value);
        }
    }
}

static void request(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice form)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_OAUTH_REQUEST);
    struct sgs_slice name, value;
    unsigned n = 0;

    while (n++ < MAX_PAIRS && sgs_form_next(sgs_scratch(l), &form, &name, &value)) {
        for (size_t i = 0; i < COUNT(asked); i++) {
            if (sgs_slice_eq(name, sgs_slice_str(asked[i].name))) {
                put(l, ev, &asked[i], value);
            }
        }
        carry(l, dir, name, value);
    }
    if (sgs_is_cut(l)) {
        ev_bool(ev, SGS_F_CUT, true);
    }
    sgs_emit(ev);
}

/* A number or text as text. */
static struct sgs_slice scalar(struct sgs_arena *a, struct sgs_json_value v)
{
    return v.kind == SGS_JSON_NUMBER ? sgs_arena_printf(a, "%lld", (long long)sgs_json_int(v, 0))
                                     : sgs_json_text(v);
}

/* Codes of Azure AD: as numbers, or at the head of the text. */
static void codes(struct sgs_arena *a, struct sgs_draft *ev, struct sgs_json_value root)
{
    struct sgs_json_value list = sgs_json_member(root, "error_codes");
    struct sgs_slice text = sgs_json_text(sgs_json_member(root, "error_description")), code;
    size_t n = sgs_json_size(list);

    for (size_t i = 0; i < n && i < MAX_CODES; i++) {
        int64_t number = sgs_json_int(sgs_json_item(list, i, NULL), 0);
        ev_item(ev, SGS_F_AADSTS, sgs_arena_printf(a, "AADSTS%lld", (long long)number));
    }
    while (n++ < MAX_CODES && sgs_code_next(&text, SGS_LIT("AADSTS"), &code) &&
           sgs_json_size(list) == 0) {
        ev_item(ev, SGS_F_AADSTS, code);
    }
}

static void answer(struct sgs_layer *l, enum sgs_dir dir, struct sgs_json_value root)
{
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_OAUTH_RESPONSE);
    bool is_one = false;

    for (size_t i = 0; i < COUNT(told); i++) {
        struct sgs_slice text = scalar(sgs_scratch(l), sgs_json_member(root, told[i].name));
        is_one |= text.len > 0;
        put(l, ev, &told[i], text);
    }
    if (!is_one) {
        sgs_drop(ev);
        return;
    }
    codes(sgs_scratch(l), ev, root);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        carry(l, dir, sgs_slice_str(tokens[i]), sgs_json_text(sgs_json_member(root, tokens[i])));
    }
    sgs_emit(ev);
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice text = sgs_slice_trim(msg);
    struct sgs_json *j = NULL;

    if (!sgs_slice_starts(text, SGS_LIT("{"))) {
        request(l, dir, text);
        return;
    }
    j = sgs_json_read(text);
    if (j) {
        answer(l, dir, sgs_json_root(j));
    }
    sgs_json_free(j);
}

/* A body is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice front = sgs_slice_head(head, PROBE_MAX);

    for (size_t i = 0; i < COUNT(signs); i++) {
        if (sgs_slice_find(front, sgs_slice_str(signs[i])) < front.len) {
            return SGS_SURE;
        }
    }
    return sgs_slice_find(front, SGS_LIT("\"error\"")) < front.len ? SGS_MAYBE : SGS_NO;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/x-www-form-urlencoded"},
    {SGS_BY_MEDIA, "application/json"                 },
    {SGS_BY_MEDIA, "text/json"                        },
    {0,            NULL                               },
};

SGS_DISSECTOR(oauth) = {
    .name = "oauth",
    .title = "OAuth 2.0",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
