/*
 * Security tokens: what they say of themselves and a digest that ties the answer that brought one
 * to the requests that show it; never their value.  Carriers push an element that holds a token
 * (SOAP: WS-Security 1.1, WS-Trust 1.3 and 2005/02), or the text of one (headers, forms, JSON).
 *
 *   Assertion                        SAML 1.1 and 2.0
 *   EncryptedData, EncryptedAssertion     XML Encryption: only its algorithm is known
 *   BinarySecurityToken              X.509, Kerberos, compact tokens of the account service (t=...)
 *   UsernameToken                    the user alone
 *   opaque=PHNhbWw6...               base64 of an assertion      [MS-OCAUTHWS], X-MS-WebTicket
 *   cwt=AAEB...                      compact web ticket
 *   eyJ0eXAi... . eyJhdWQi... . sig  JSON Web Token (RFC 7519)
 */
#include <signscope/buf.h>
#include <signscope/cert_fields.h>
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/json.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define JWT_PARTS 3
#define JWE_PARTS 5
#define MAX_ISSUED                                                                                 \
    16 /* tokens read of one answer: the account service gives one a service asked                 \
        */

/* A token while it is read. */
struct token {
    struct sgs_layer *l;
    enum sgs_dir dir;
    struct sgs_arena *a;
    struct sgs_draft *ev;
    struct sgs_xml x;
    sgs_time not_before, not_after;
    struct sgs_slice place; /* where it stands */
    bool is_issued;         /* else it is shown to somebody */
};

static void put(const struct token *t, enum sgs_field_id id, struct sgs_slice text)
{
    ev_text(t->ev, id, sgs_mask_text(t->a, sgs_slice_trim(text)));
}

static void put_url(const struct token *t, enum sgs_field_id id, struct sgs_slice text)
{
    ev_text(t->ev, id, sgs_mask_url(t->a, sgs_slice_trim(text)));
}

/* What follows the last of the separators: the local part of a URI or URN. */
static struct sgs_slice last_part(struct sgs_slice uri, const char *separators)
{
    for (struct sgs_slice set = sgs_slice_str(separators); set.len > 0;
         set = sgs_slice_from(set, 1)) {
        for (size_t at = sgs_slice_chr(uri, set.ptr[0]); at < uri.len;
             at = sgs_slice_chr(uri, set.ptr[0])) {
            uri = sgs_slice_from(uri, at + 1);
        }
    }
    return uri;
}

/* Without blanks and line ends, which encoders put where they like. */
static struct sgs_slice packed(struct sgs_arena *a, struct sgs_slice text)
{
    uint8_t *out = sgs_arena_room(a, text.len);
    size_t n = 0;

    for (size_t i = 0; out && i < text.len; i++) {
        out[n] = text.ptr[i];
        n += text.ptr[i] > ' ';
    }
    return sgs_slice(out, n);
}

static void digest(const struct token *t, const char *kind, struct sgs_slice secret)
{
    if (secret.len > 0) {
        ev_text(t->ev, SGS_F_DIGEST, sgs_digest_secret(t->a, sgs_slice_str(kind), secret));
    }
}

static void open_event(struct token *t, const char *type)
{
    t->ev = sgs_event_open(t->l, t->dir, t->is_issued ? SGS_K_TOKEN_ISSUED : SGS_K_TOKEN_PRESENTED);
    t->not_before = t->not_after = SGS_TIME_NONE;
    ev_str(t->ev, SGS_F_TYPE, type);
    ev_text(t->ev, SGS_F_PLACE, t->place);
}

/* Its dates, and what they are worth when the token is seen. */
static void close_event(struct token *t)
{
    sgs_time now = sgs_origin_of(t->l)->time;

    ev_time(t->ev, SGS_F_NOT_BEFORE, t->not_before);
    ev_time(t->ev, SGS_F_NOT_AFTER, t->not_after);
    if (t->not_before != SGS_TIME_NONE && now < t->not_before) {
        ev_str(t->ev, SGS_F_VALIDITY, "not-yet");
    } else if (t->not_after != SGS_TIME_NONE) {
        ev_str(t->ev, SGS_F_VALIDITY, now >= t->not_after ? "expired" : "ok");
    }
    if (sgs_is_cut(t->l)) {
        ev_bool(t->ev, SGS_F_CUT, true);
    }
    sgs_emit(t->ev);
}

/* texts */

/* JSON that is base64url in a part of a token; NULL: it is something else. */
static struct sgs_json *json_part(const struct token *t, struct sgs_slice part)
{
    struct sgs_slice text = {NULL, 0};

    return sgs_base64url_decode(t->a, part, &text) ? sgs_json_read(text) : NULL;
}

static struct sgs_slice member(struct sgs_json_value object, const char *name)
{
    return sgs_json_text(sgs_json_member(object, name));
}

/* Seconds since 1970 (RFC 7519, section 2: NumericDate). */
static sgs_time numeric_date(struct sgs_json_value object, const char *name)
{
    int64_t seconds = sgs_json_int(sgs_json_member(object, name), 0);

    return seconds > 0 ? sgs_time_from(seconds, 0) : SGS_TIME_NONE;
}

/* A text with blanks between its words, or a list of texts. */
static void words(const struct token *t, enum sgs_field_id id, struct sgs_json_value v)
{
    struct sgs_slice text = sgs_json_text(v);

    while (text.len > 0) {
        ev_item(t->ev, id, sgs_mask_text(t->a, sgs_slice_cut(&text, ' ')));
    }
    for (size_t i = 0; i < sgs_json_size(v) && i < SGS_MAX_EVENT_ITEMS; i++) {
        ev_item(t->ev, id, sgs_mask_text(t->a, sgs_json_text(sgs_json_item(v, i, NULL))));
    }
}

/* Who it is for, and whom it speaks of: the names that people know come first. */
static void claims(struct token *t, struct sgs_json_value v)
{
    static const char *const names[] = {
        "upn", "preferred_username", "unique_name", "email", "nameid", "sub"};
    struct sgs_json_value audience = sgs_json_member(v, "aud");
    struct sgs_slice app = member(v, "appid");
    struct sgs_slice user = {NULL, 0};

    audience = audience.kind == SGS_JSON_LIST ? sgs_json_item(audience, 0, NULL) : audience;
    for (size_t i = 0; i < sizeof names / sizeof *names && user.len == 0; i++) {
        user = member(v, names[i]);
    }
    put_url(t, SGS_F_ISSUER, member(v, "iss"));
    put_url(t, SGS_F_AUDIENCE, sgs_json_text(audience));
    put(t, SGS_F_SUBJECT, user);
    put(t, SGS_F_APP_ID, app.len > 0 ? app : member(v, "azp"));
    put(t, SGS_F_TENANT, member(v, "tid"));
    words(t, SGS_F_SCOPES, sgs_json_member(v, "scp"));
    words(t, SGS_F_ROLES, sgs_json_member(v, "roles"));
    ev_time(t->ev, SGS_F_ISSUED_AT, numeric_date(v, "iat"));
    t->not_before = numeric_date(v, "nbf");
    t->not_after = numeric_date(v, "exp");
}

/* Three parts, of which the first two can be read; or five, of which only the first. */
static bool json_web_token(struct token *t, struct sgs_slice text)
{
    struct sgs_slice parts[JWE_PARTS], rest = text;
    size_t n = 0;

    while (rest.len > 0 && n < JWE_PARTS) {
        parts[n++] = sgs_slice_cut(&rest, '.');
    }
    if (rest.len > 0 || n < JWT_PARTS - 1) {
        return false;
    }
    struct sgs_json *head = json_part(t, parts[0]);
    struct sgs_json_value v = sgs_json_root(head);
    if (v.kind == SGS_JSON_OBJECT) {
        struct sgs_json *body = json_part(t, parts[1]);
        struct sgs_slice kid = member(v, "kid");
        open_event(t, "jwt");
        put(t, SGS_F_ALG, member(v, "alg"));
        put(t, SGS_F_KID, kid.len > 0 ? kid : member(v, "x5t"));
        put(t, SGS_F_ENCRYPTION, member(v, "enc"));
        claims(t, sgs_json_root(body));
        digest(t, "text", text);
        sgs_json_free(body);
    }
    sgs_json_free(head);
    return v.kind == SGS_JSON_OBJECT;
}

/* Tokens that only their issuer can read, by how they begin. */
static const struct {
    const char *head;
    const char *type;
} heads[] = {
    {"cwt=",    "cwt"       },
    {"opaque=", "web-ticket"},
    {"t=",      "orgid"     },
};

/* Opens the event of a token that is no element. */
static void plain_token(struct token *t, struct sgs_slice text)
{
    const char *type = sgs_slice_eq(t->place, SGS_LIT("refresh_token")) ? "refresh" : "other";

    text = packed(t->a, text);
    if (json_web_token(t, text)) {
        return;
    }
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        if (sgs_slice_istarts(text, sgs_slice_str(heads[k].head))) {
            type = heads[k].type;
        }
    }
    open_event(t, type);
    digest(t, "text", text);
}

/* elements */

static struct sgs_slice text_at(const struct token *t, size_t i)
{
    return i < t->x.n ? sgs_xml_text(&t->x, i) : (struct sgs_slice){NULL, 0};
}

/* The first of two names for one thing. */
static struct sgs_slice attribute(const struct token *t, size_t i, const char *name,
                                  const char *other)
{
    struct sgs_slice value =
        i < t->x.n ? sgs_xml_attribute(&t->x, i, name) : (struct sgs_slice){NULL, 0};

    return value.len > 0 || i >= t->x.n ? value : sgs_xml_attribute(&t->x, i, other);
}

/* The key that a holder of the assertion must have (SAML 1.1, section 2.4.2.3). */
static void confirmation(const struct token *t, size_t assertion)
{
    size_t i = sgs_xml_inside(&t->x, assertion, "SubjectConfirmation");
    struct sgs_slice method = text_at(t, sgs_xml_inside(&t->x, i, "ConfirmationMethod"));
    size_t key = sgs_xml_inside(&t->x, i, "KeyInfo");

    method = method.len > 0 ? method : attribute(t, i, "Method", "Method");
    put(t, SGS_F_CONFIRMATION, last_part(method, ":"));
    if (key == t->x.n) {
        return;
    }
    bool is_symmetric = sgs_xml_inside(&t->x, key, "EncryptedKey") < t->x.n ||
                        sgs_xml_inside(&t->x, key, "BinarySecret") < t->x.n;
    ev_str(t->ev, SGS_F_PROOF_KEY, is_symmetric ? "symmetric" : "asymmetric");
}

static void attributes(const struct token *t, size_t assertion)
{
    size_t end = sgs_xml_close(&t->x, assertion);

    for (size_t i = assertion; i < end; i++) {
        i = sgs_xml_find(&t->x, i, end, "Attribute");
        if (i < end) {
            struct sgs_slice name = attribute(t, i, "AttributeName", "Name");
            ev_item(t->ev, SGS_F_ATTRIBUTES, sgs_mask_text(t->a, last_part(name, "/")));
        }
    }
}

/* Identifier and signature value: what serialisers leave as it is.  Unsigned, it is all of it. */
static void digest_assertion(const struct token *t, size_t i)
{
    struct sgs_slice id = attribute(t, i, "AssertionID", "ID");
    struct sgs_slice value = text_at(t, sgs_xml_inside(&t->x, i, "SignatureValue"));

    if (value.len > 0) {
        value = packed(t->a, value);
        value = sgs_arena_printf(t->a, "%.*s\n%.*s", (int)id.len, (const char *)id.ptr,
                                 (int)value.len, (const char *)value.ptr);
    } else {
        value = sgs_xml_write(&t->x, i, t->a);
    }
    digest(t, "assertion", value);
}

/* SAML 1.1 (sections 2.3 and 2.4) and 2.0 (section 2.3 to 2.7). */
static void assertion(struct token *t, size_t i)
{
    size_t conditions = sgs_xml_child_named(&t->x, i, "Conditions");
    bool is_2 = sgs_xml_attribute(&t->x, i, "Version").len > 0;
    bool is_1_0 = sgs_slice_eq(sgs_xml_attribute(&t->x, i, "MinorVersion"), SGS_LIT("0"));
    struct sgs_slice issuer = attribute(t, i, "Issuer", "Issuer");
    size_t name = sgs_xml_inside(&t->x, i, is_2 ? "NameID" : "NameIdentifier");
    size_t method = sgs_xml_inside(&t->x, i, "SignatureMethod");
    sgs_time at = SGS_TIME_NONE;

    open_event(t, is_2 ? "saml2" : is_1_0 ? "saml1.0" : "saml1.1");
    put_url(t, SGS_F_ISSUER,
            issuer.len > 0 ? issuer : text_at(t, sgs_xml_child_named(&t->x, i, "Issuer")));
    put_url(t, SGS_F_AUDIENCE, text_at(t, sgs_xml_inside(&t->x, conditions, "Audience")));
    put(t, SGS_F_SUBJECT, text_at(t, name));
    put(t, SGS_F_ALG, last_part(attribute(t, method, "Algorithm", "Algorithm"), "#/"));
    (void)sgs_time_read(attribute(t, conditions, "NotBefore", "NotBefore"), &t->not_before);
    (void)sgs_time_read(attribute(t, conditions, "NotOnOrAfter", "NotOnOrAfter"), &t->not_after);
    (void)sgs_time_read(attribute(t, i, "IssueInstant", "IssueInstant"), &at);
    ev_time(t->ev, SGS_F_ISSUED_AT, at);
    confirmation(t, i);
    attributes(t, i);
    digest_assertion(t, i);
}

/* All cipher values: that of the key, if it comes along, and that of the data. */
static void encrypted(struct token *t, size_t i)
{
    size_t end = sgs_xml_close(&t->x, i);
    size_t data = sgs_slice_eq(t->x.tokens[i].name, SGS_LIT("EncryptedData"))
                      ? i
                      : sgs_xml_inside(&t->x, i, "EncryptedData");
    size_t method = sgs_xml_child_named(&t->x, data, "EncryptionMethod");
    struct sgs_buf all;

    open_event(t, "encrypted");
    put(t, SGS_F_ENCRYPTION, last_part(attribute(t, method, "Algorithm", "Algorithm"), "#/"));
    sgs_buf_init(&all, SGS_MAX_XML);
    for (; i < end; i++) {
        i = sgs_xml_find(&t->x, i, end, "CipherValue");
        (void)sgs_buf_add(&all, packed(t->a, text_at(t, i < end ? i : t->x.n)));
    }
    digest(t, "encrypted", sgs_buf_slice(&all));
    sgs_buf_clear(&all);
}

/* A certificate that signs the message (X.509 token profile 1.1, section 3.1). */
static bool certificate(struct token *t, struct sgs_slice text)
{
    struct sgs_slice der = {NULL, 0};
    struct sgs_cert c;

    if (!sgs_base64_decode(t->a, text, &der) || sgs_cert_read(der, t->a, &c) != SGS_OK) {
        return false;
    }
    open_event(t, "x509");
    ev_cert(t->ev, &c, t->a);
    t->not_before = c.not_before;
    t->not_after = c.not_after;
    return true;
}

/* X.509, Kerberos (its token profile), or what the account service calls a compact token. */
static void binary(struct token *t, size_t i)
{
    struct sgs_slice kind = last_part(sgs_xml_attribute(&t->x, i, "ValueType"), "#:/");
    struct sgs_slice text = text_at(t, i);

    if (certificate(t, text)) {
        return;
    }
    if (sgs_slice_ifind(kind, SGS_LIT("Kerberos")) < kind.len) {
        open_event(t, "kerberos");
        digest(t, "text", packed(t->a, text));
        return;
    }
    if (sgs_slice_ifind(kind, SGS_LIT("X509")) < kind.len) {
        open_event(t, "x509");
        return;
    }
    plain_token(t, text);
}

/* The user; a password is nothing that may be told, not even its digest. */
static void username(struct token *t, size_t i)
{
    struct sgs_slice user = sgs_get(t->l, SGS_NOTE_USER);

    open_event(t, "username");
    put(t, SGS_F_SUBJECT,
        user.len > 0 ? user : text_at(t, sgs_xml_child_named(&t->x, i, "Username")));
}

static const struct {
    const char *name;
    void (*read)(struct token *t, size_t i);
} elements[] = {
    {"Assertion",           assertion},
    {"EncryptedData",       encrypted},
    {"EncryptedAssertion",  encrypted},
    {"BinarySecurityToken", binary   },
    {"UsernameToken",       username },
};

/* Reads the element at i and opens its event. */
static void read_element(struct token *t, size_t i)
{
    for (size_t k = 0; k < sizeof elements / sizeof *elements; k++) {
        if (sgs_slice_eq(t->x.tokens[i].name, sgs_slice_str(elements[k].name))) {
            elements[k].read(t, i);
            return;
        }
    }
    plain_token(t, text_at(t, i));
}

/* wsu:Lifetime, AppliesTo and the proof key of an answer, where the token itself does not tell. */
static void around(struct token *t, size_t answer)
{
    size_t lifetime = sgs_xml_child_named(&t->x, answer, "Lifetime");
    size_t applies_to = sgs_xml_child_named(&t->x, answer, "AppliesTo");
    size_t proof = sgs_xml_child_named(&t->x, answer, "RequestedProofToken");

    if (t->not_after == SGS_TIME_NONE) {
        (void)sgs_time_read(text_at(t, sgs_xml_inside(&t->x, lifetime, "Created")), &t->not_before);
        (void)sgs_time_read(text_at(t, sgs_xml_inside(&t->x, lifetime, "Expires")), &t->not_after);
    }
    put_url(t, SGS_F_APPLIES_TO, text_at(t, sgs_xml_inside(&t->x, applies_to, "Address")));
    put(t, SGS_F_TOKEN_TYPE, text_at(t, sgs_xml_child_named(&t->x, answer, "TokenType")));
    if (proof < t->x.n) {
        bool is_computed = sgs_xml_inside(&t->x, proof, "ComputedKey") < t->x.n;
        ev_str(t->ev, SGS_F_PROOF_KEY, is_computed ? "computed" : "symmetric");
    }
}

/* One RequestSecurityTokenResponse.  Without a token it is no issue of one. */
static void answer(struct token *t, size_t response)
{
    size_t holder = sgs_xml_child_named(&t->x, response, "RequestedSecurityToken");
    size_t i = holder < t->x.n ? sgs_xml_child(&t->x, holder, holder + 1) : t->x.n;

    if (i < t->x.n) {
        t->place = t->place.len > 0 ? t->place : SGS_LIT("RequestedSecurityToken");
        read_element(t, i);
        around(t, response);
        close_event(t);
    }
}

/* t->x, of which there is something. */
static void document(struct token *t)
{
    struct sgs_slice name = t->x.tokens[0].name;
    size_t n = 0;

    if (!sgs_slice_starts(name, SGS_LIT("RequestSecurityTokenResponse"))) {
        read_element(t, 0);
        close_event(t);
        return;
    }
    t->is_issued |= t->place.len == 0;
    if (sgs_slice_eq(name, SGS_LIT("RequestSecurityTokenResponse"))) {
        answer(t, 0);
    }
    for (size_t i = sgs_xml_child(&t->x, 0, 1); i < t->x.n && n < MAX_ISSUED; n++) {
        answer(t, i);
        i = sgs_xml_child(&t->x, 0, i + 1);
    }
}

/* The document in a text: itself, or behind base64 of either alphabet.  Empty: there is none. */
static struct sgs_slice document_in(const struct token *t, struct sgs_slice text)
{
    struct sgs_slice inner = text;

    if (sgs_slice_istarts(text, SGS_LIT("opaque="))) {
        text = sgs_slice_from(text, sizeof "opaque=" - 1);
    }
    if (!sgs_slice_starts(text, SGS_LIT("<")) && !sgs_base64_decode(t->a, text, &inner) &&
        !sgs_base64url_decode(t->a, text, &inner)) {
        return (struct sgs_slice){NULL, 0};
    }
    bool is_document =
        sgs_slice_starts(inner, SGS_LIT("<")) || sgs_slice_starts(inner, SGS_LIT("\xef\xbb\xbf<"));
    return sgs_slice_head(inner, is_document ? inner.len : 0);
}

static struct token begin(struct sgs_layer *l, enum sgs_dir dir)
{
    struct token t = {.l = l, .dir = dir, .a = sgs_scratch(l), .place = sgs_get(l, SGS_NOTE_PLACE)};

    t.is_issued = t.place.len > 0 && dir == SGS_S2C && !sgs_slice_eq(t.place, SGS_LIT("Security"));
    return t;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct token t = begin(l, dir);
    struct sgs_slice text = sgs_slice_trim(msg);
    struct sgs_slice inner = document_in(&t, text);

    if (inner.len > 0) {
        sgs_xml_read(inner, t.a, &t.x);
    }
    if (t.x.n > 0) {
        document(&t);
    } else if (text.len > 0) {
        plain_token(&t, text);
        close_event(&t);
    }
}

static void element(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x)
{
    struct token t = begin(l, dir);

    t.x = *x;
    document(&t);
}

static const struct sgs_claim claims_of[] = {
    {SGS_BY_TOKEN,   "*"                                     },
    {SGS_BY_ELEMENT, "RequestSecurityTokenResponseCollection"},
    {SGS_BY_ELEMENT, "RequestSecurityTokenResponse"          },
    {SGS_BY_ELEMENT, "Assertion"                             },
    {SGS_BY_ELEMENT, "EncryptedData"                         },
    {SGS_BY_ELEMENT, "EncryptedAssertion"                    },
    {SGS_BY_ELEMENT, "BinarySecurityToken"                   },
    {SGS_BY_ELEMENT, "UsernameToken"                         },
    {0,              NULL                                    },
};

SGS_DISSECTOR(token) = {
    .name = "token",
    .title = "Security tokens",
    .claims = claims_of,
    .max_message = SGS_MAX_XML,
    .message = message,
    .element = element,
};
