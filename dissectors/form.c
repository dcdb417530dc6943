/*
 * Forms that browsers post to sign in (WS-Federation 1.2, section 13; SAML 2.0 bindings, section
 * 3.5; the pages of AD FS and Azure AD): names of the fields, the user, and tokens for their
 * reader.  Values of other fields are not told: passwords are among them.
 *
 *   UserName=ada%40contoso.com&Password=...&AuthMethod=FormsAuthentication
 *   wa=wsignin1.0&wresult=%3Ct%3ARequestSecurityTokenResponse...&wctx=...
 */
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>

#define MAX_PAIRS 256   /* pairs of one form that are looked at */
#define LONGEST_NAME 80 /* octets of a field's name; ASP.NET makes long ones */

/* Fields with the user, lower case; whatever stands before the last '$' is ASP.NET's. */
static const char *const users[] = {"username", "login",           "loginfmt",
                                    "user",     "usernametextbox", "email"};

static const char *const tokens[] = {"wresult", "SAMLResponse", "id_token", "access_token"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A name that somebody gave a field; what has no value may be something else. */
static bool is_name(struct sgs_slice name, struct sgs_slice value)
{
    size_t n = 0;

    for (; n < name.len && name.ptr[n] > ' ' && name.ptr[n] < 0x7f; n++) {
    }
    return n == name.len && n > 0 && n <= LONGEST_NAME && value.len > 0;
}

/* ctl00$Content$UsernameTextBox is called UsernameTextBox. */
static bool is_user(struct sgs_slice name)
{
    struct sgs_slice own = sgs_slice_behind_last(name, '$');

    for (size_t i = 0; i < COUNT(users); i++) {
        if (sgs_slice_ieq(own, sgs_slice_str(users[i]))) {
            return true;
        }
    }
    return false;
}

static void field(struct sgs_layer *l, enum sgs_dir dir, struct sgs_draft *ev,
                  struct sgs_slice name, struct sgs_slice value)
{
    struct sgs_arena *a = sgs_scratch(l);

    if (is_name(name, value)) {
        ev_item(ev, SGS_F_FORM_FIELDS, sgs_mask_text(a, name));
    }
    if (is_user(name)) {
        ev_text(ev, SGS_F_USER, sgs_mask_text(a, value));
    } else if (sgs_slice_eq(name, SGS_LIT("AuthMethod"))) {
        ev_text(ev, SGS_F_AUTH_SCHEME, sgs_mask_text(a, value));
    } else if (sgs_slice_eq(name, SGS_LIT("wa"))) {
        ev_text(ev, SGS_F_ACTION, sgs_mask_text(a, value));
    } else if (sgs_slice_eq(name, SGS_LIT("wtrealm"))) {
        ev_text(ev, SGS_F_AUDIENCE, sgs_mask_url(a, value));
    }
    for (size_t i = 0; i < COUNT(tokens); i++) {
        if (sgs_slice_eq(name, sgs_slice_str(tokens[i]))) {
            sgs_show_token(l, dir, tokens[i], value);
        }
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice form = sgs_slice_trim(msg), name, value;
    struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_FORM_POST);

    for (unsigned n = 0; n < MAX_PAIRS && sgs_form_next(sgs_scratch(l), &form, &name, &value);
         n++) {
        field(l, dir, ev, name, value);
    }
    if (sgs_is_cut(l)) {
        ev_bool(ev, SGS_F_CUT, true);
    }
    sgs_emit(ev);
}

/* A body is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

/* Whatever nobody knows better. */
static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    return SGS_MAYBE;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "application/x-www-form-urlencoded"},
    {0,            NULL                               },
};

SGS_DISSECTOR(form) = {
    .name = "form",
    .title = "Forms",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
