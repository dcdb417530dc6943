/*
 * SOAP 1.1 and 1.2 envelopes: WS-Addressing action, the operation, the service a token is asked for
 * (WS-Trust AppliesTo), what kind of credential is shown (WS-Security), which token came, and
 * faults with their diagnostics.  Tokens, and operations that somebody claims, go to their readers.
 *
 *   Envelope / Header / Action, To, MessageID, RelatesTo
 *                     Security / Timestamp / Created, Expires
 *                              / UsernameToken / Username
 *                     pp / reqstatus, errorstatus, authstate
 *            / Body / RequestSecurityToken / AppliesTo / EndpointReference / Address
 *                   / Fault / detail / OCSDiagnosticsFault / Ms-Diagnostics-Fault / ErrorId, Reason
 */
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/mask.h>
#include <signscope/xml.h>

#define PROBE_MAX 4096 /* octets searched for the envelope's tag */
#define MAX_TOKENS 32  /* elements of one security header that are looked at */

/* The namespaces of 1.1 and 1.2. */
static const char *const envelopes[] = {"http://schemas.xmlsoap.org/soap/envelope/",
                                        "http://www.w3.org/2003/05/soap-envelope"};

/* Elements of wsse:Security that are a credential. */
static const char *const tokens[] = {"UsernameToken", "BinarySecurityToken", "Assertion",
                                     "EncryptedData", "EncryptedAssertion"};

/* A document while it is read. */
struct soap {
    struct sgs_layer *l;
    struct sgs_arena *a;
    struct sgs_draft *ev;
    struct sgs_xml x;
    size_t header, body; /* their START tokens; x.n: not there */
};

/* Text in the START at i; empty when i is x.n. */
static struct sgs_slice text_at(const struct soap *s, size_t i)
{
    return i < s->x.n ? sgs_xml_text(&s->x, i) : (struct sgs_slice){NULL, 0};
}

/* The element called name anywhere inside the one at parent; x.n when there is none. */
static size_t inside(const struct soap *s, size_t parent, const char *name)
{
    return sgs_xml_inside(&s->x, parent, name);
}

/* The direct child called name; x.n when there is none. */
static size_t child(const struct soap *s, size_t parent, const char *name)
{
    return sgs_xml_child_named(&s->x, parent, name);
}

static void put_text(const struct soap *s, enum sgs_field_id id, struct sgs_slice text)
{
    ev_text(s->ev, id, sgs_mask_text(s->a, text));
}

static void put_url(const struct soap *s, enum sgs_field_id id, struct sgs_slice url)
{
    ev_text(s->ev, id, sgs_mask_url(s->a, url));
}

static void put_time(const struct soap *s, enum sgs_field_id id, struct sgs_slice text)
{
    sgs_time t = SGS_TIME_NONE;

    (void)sgs_time_read(text, &t);
    ev_time(s->ev, id, t);
}

/* Gives the element at i to whoever reads such ones; place and user: what it cannot see itself. */
static void hand(const struct soap *s, enum sgs_dir dir, size_t i, struct sgs_slice place,
                 struct sgs_slice user)
{
    struct sgs_layer *reader = sgs_start(s->l, SGS_BY_ELEMENT, s->x.tokens[i].name);

    if (reader) {
        sgs_put(reader, SGS_NOTE_PLACE, place);
        sgs_put(reader, SGS_NOTE_USER, user);
        sgs_push_element(reader, dir, &s->x, i);
        sgs_finish(reader);
    }
}

/* A user name that some services take in base64 (the /Auth endpoint of the web ticket service). */
static struct sgs_slice plain_user(const struct soap *s, struct sgs_slice name)
{
    struct sgs_slice target = sgs_get(s->l, SGS_NOTE_TARGET);
    bool is_coded =
        sgs_slice_iends(sgs_slice_head(target, sgs_slice_chr(target, '?')), SGS_LIT("/Auth"));
    struct sgs_slice text;

    if (name.len % 4 != 0 || sgs_slice_chr(name, '@') < name.len ||
        !sgs_base64_decode(s->a, name, &text)) {
        return name;
    }
    is_coded |= sgs_slice_chr(text, '@') < text.len || sgs_slice_chr(text, '\\') < text.len;
    for (size_t i = 0, n = 0; i < text.len; i += n) {
        n = sgs_utf8_len(sgs_slice_from(text, i));
        if (n == 0 || text.ptr[i] < ' ') {
            return name;
        }
    }
    return is_coded ? text : name;
}

/* wsse:Security: the kind of credential, the user where it is named, and the sender's clock (WS-
 * Security 1.1, chapter 10). */
static void security(const struct soap *s, enum sgs_dir dir)
{
    size_t header = child(s, s->header, "Security");
    size_t i = header < s->x.n ? sgs_xml_child(&s->x, header, header + 1) : s->x.n;
    size_t timestamp = child(s, header, "Timestamp");
    struct sgs_slice user = text_at(s, inside(s, child(s, header, "UsernameToken"), "Username"));

    user = user.len > 0 ? plain_user(s, user) : user;
    put_text(s, SGS_F_USER, user);
    put_time(s, SGS_F_CREATED, text_at(s, child(s, timestamp, "Created")));
    put_time(s, SGS_F_EXPIRES_AT, text_at(s, child(s, timestamp, "Expires")));
    for (unsigned n = 0; i < s->x.n && n < MAX_TOKENS; n++) {
        for (size_t k = 0; k < sizeof tokens / sizeof *tokens; k++) {
            if (sgs_slice_eq(s->x.tokens[i].name, sgs_slice_str(tokens[k]))) {
                ev_text(s->ev, SGS_F_AUTH_SCHEME, s->x.tokens[i].name);
                hand(s, dir, i, SGS_LIT("Security"), user);
            }
        }
        i = sgs_xml_child(&s->x, header, i + 1);
    }
}

/* The headers of any version of WS-Addressing. */
static void addressing(const struct soap *s)
{
    size_t i = s->header < s->x.n ? sgs_xml_child(&s->x, s->header, s->header + 1) : s->x.n;

    for (; i < s->x.n; i = sgs_xml_child(&s->x, s->header, i + 1)) {
        const struct sgs_xml_token *t = &s->x.tokens[i];
        if (sgs_slice_find(t->ns, SGS_LIT("addressing")) == t->ns.len) {
            continue;
        }
        if (sgs_slice_eq(t->name, SGS_LIT("Action"))) {
            put_text(s, SGS_F_ACTION, text_at(s, i));
        } else if (sgs_slice_eq(t->name, SGS_LIT("To"))) {
            put_url(s, SGS_F_TO, text_at(s, i));
        } else if (sgs_slice_eq(t->name, SGS_LIT("MessageID"))) {
            put_text(s, SGS_F_WSA_MESSAGE_ID, text_at(s, i));
        } else if (sgs_slice_eq(t->name, SGS_LIT("RelatesTo"))) {
            put_text(s, SGS_F_RELATES_TO, text_at(s, i));
        }
    }
}

/* What the token service is asked for; the account service's own entry does not count. */
static void applies_to(const struct soap *s)
{
    size_t end = s->body < s->x.n ? sgs_xml_close(&s->x, s->body) : s->x.n;

    for (size_t i = s->body; i < end; i++) {
        i = sgs_xml_find(&s->x, i, end, "AppliesTo");
        struct sgs_slice address = i < end ? text_at(s, inside(s, i, "Address")) : text_at(s, end);
        if (address.len > 0 && !sgs_slice_istarts(address, SGS_LIT("http://Passport.NET/"))) {
            ev_text(s->ev, SGS_F_APPLIES_TO, sgs_mask_url(s->a, address));
            return;
        }
    }
}

/* The first element of the body, and what some operations name beside it. */
static void operation(const struct soap *s, enum sgs_dir dir)
{
    size_t i = s->body < s->x.n ? sgs_xml_child(&s->x, s->body, s->body + 1) : s->x.n;

    if (i == s->x.n) {
        return;
    }
    ev_text(s->ev, SGS_F_OPERATION, s->x.tokens[i].name);
    put_text(s, SGS_F_USER, sgs_xml_attribute(&s->x, i, "Entity"));
    put_text(s, SGS_F_INSTANCE, sgs_xml_attribute(&s->x, i, "DeviceId"));
    put_text(s, SGS_F_USER, text_at(s, inside(s, inside(s, i, "ClaimType"), "Value")));

    size_t token = inside(s, i, "RequestedSecurityToken");
    token = token < s->x.n ? sgs_xml_child(&s->x, token, token + 1) : s->x.n;
    if (token < s->x.n) {
        ev_text(s->ev, SGS_F_ISSUED, s->x.tokens[token].name);
    }
    if (sgs_slice_eq(s->x.tokens[i].name, SGS_LIT("RequestSecurityToken"))) {
        put_text(s, SGS_F_TOKEN_TYPE, text_at(s, child(s, i, "TokenType")));
        put_text(s, SGS_F_KEY_TYPE, text_at(s, child(s, i, "KeyType")));
    }
    hand(s, dir, i, (struct sgs_slice){NULL, 0}, (struct sgs_slice){NULL, 0});
}

/* Ms-Diagnostics-Fault of the web services ([MS-OCAUTHWS], OCSDiagnosticsFault). */
static void diagnostics(const struct soap *s, size_t fault)
{
    size_t i = inside(s, fault, "Ms-Diagnostics-Fault");
    struct sgs_slice reason = text_at(s, child(s, i, "Reason"));
    uint64_t code = 0;

    if (sgs_slice_uint(text_at(s, child(s, i, "ErrorId")), INT32_MAX, &code)) {
        ev_member_int(s->ev, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), (int64_t)code);
    }
    if (reason.len > 0) {
        ev_member(s->ev, SGS_F_MS_DIAGNOSTICS, SGS_LIT("reason"), sgs_mask_text(s->a, reason));
    }
}

/* Codes of Azure AD: "AADSTS50034: ..." */
static void azure_codes(const struct soap *s, struct sgs_slice text)
{
    struct sgs_slice code;

    while (sgs_code_next(&text, SGS_LIT("AADSTS"), &code)) {
        ev_item(s->ev, SGS_F_AADSTS, code);
    }
}

/* Codes of the Microsoft account service: in a fault's detail, or in the header of any answer. */
static void account_service(const struct soap *s, size_t fault)
{
    size_t error = inside(s, fault, "error");
    size_t inner = inside(s, error, "internalerror");
    size_t header = child(s, s->header, "pp");
    struct sgs_slice code = text_at(s, child(s, error, "value"));
    struct sgs_slice inner_code = text_at(s, child(s, inner, "code"));
    struct sgs_slice text = text_at(s, child(s, inner, "text"));

    put_text(s, SGS_F_PSF_CODE, code.len > 0 ? code : text_at(s, child(s, header, "reqstatus")));
    put_text(s, SGS_F_PSF_INTERNAL,
             inner_code.len > 0 ? inner_code : text_at(s, child(s, header, "errorstatus")));
    put_text(s, SGS_F_PSF_STATE, text_at(s, child(s, header, "authstate")));
    put_text(s, SGS_F_FAULT_DETAIL, text);
    azure_codes(s, text);
}

/* SOAP 1.1: faultcode, faultstring.  SOAP 1.2: Code with Subcodes inside each other, Reason/Text.
 */
static void fault(const struct soap *s, size_t i)
{
    size_t code = child(s, i, "Code");
    struct sgs_slice value = text_at(s, child(s, code, "Value"));
    struct sgs_slice reason = text_at(s, child(s, child(s, i, "Reason"), "Text"));
    struct sgs_slice old_code = text_at(s, child(s, i, "faultcode"));
    struct sgs_slice old_reason = text_at(s, child(s, i, "faultstring"));

    for (unsigned depth = 0; code < s->x.n && depth < SGS_MAX_XML_DEPTH; depth++) {
        struct sgs_slice inner = text_at(s, child(s, code, "Value"));
        value = inner.len > 0 ? inner : value;
        code = child(s, code, "Subcode");
    }
    put_text(s, SGS_F_FAULT_CODE, old_code.len > 0 ? old_code : value);
    put_text(s, SGS_F_FAULT_REASON, old_reason.len > 0 ? old_reason : reason);
    diagnostics(s, i);
}

static bool is_envelope(const struct sgs_xml_token *t)
{
    for (size_t k = 0; k < sizeof envelopes / sizeof *envelopes; k++) {
        if (sgs_slice_eq(t->name, SGS_LIT("Envelope")) &&
            sgs_slice_eq(t->ns, sgs_slice_str(envelopes[k]))) {
            return true;
        }
    }
    return false;
}

/* How the document ended, when that was not well. */
static void tell_end(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x)
{
    switch (x->end) {
    case SGS_XML_WHOLE:
    case SGS_XML_CUT:
        return;
    case SGS_XML_WRONG:
        sgs_malformed(l, dir, "XML is not well formed", x->offset);
        return;
    case SGS_XML_DTD:
        sgs_malformed(l, dir, "XML with a document type declaration", x->offset);
        return;
    case SGS_XML_LIMIT:
        sgs_limit(l, dir, x->limit, x->offset);
        return;
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct soap s = {.l = l, .a = sgs_scratch(l)};

    sgs_xml_read(msg, s.a, &s.x);
    if (s.x.n == 0 || !is_envelope(&s.x.tokens[0])) {
        tell_end(l, dir, &s.x);
        return;
    }
    s.ev = sgs_event_open(l, dir, SGS_K_SOAP_MESSAGE);
    s.header = child(&s, 0, "Header");
    s.body = child(&s, 0, "Body");
    addressing(&s);
    operation(&s, dir);
    security(&s, dir);
    applies_to(&s);
    size_t refused = child(&s, s.body, "Fault");
    fault(&s, refused);
    account_service(&s, refused);
    if (sgs_is_cut(l) || s.x.end == SGS_XML_CUT) {
        ev_bool(s.ev, SGS_F_CUT, true);
    }
    tell_end(l, dir, &s.x);
    sgs_emit(s.ev);
}

/* A document is read whole. */
static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    return SGS_REST;
}

/* The first tag of a document: behind a byte order mark, blanks, declarations and comments. */
static struct sgs_slice first_tag(struct sgs_slice s)
{
    for (;;) {
        s = sgs_slice_from(s, sgs_slice_chr(s, '<') + 1);
        if (s.len == 0 || (s.ptr[0] != '?' && s.ptr[0] != '!')) {
            return sgs_slice_head(s, sgs_slice_chr(s, '>'));
        }
    }
}

static enum sgs_guess probe(struct sgs_slice head, enum sgs_dir dir)
{
    struct sgs_slice tag = first_tag(sgs_slice_head(head, PROBE_MAX));
    struct sgs_slice name = sgs_slice_head(tag, sgs_slice_find(tag, SGS_LIT("Envelope")) + 8);

    if (sgs_slice_starts(head, SGS_LIT("\xff\xfe")) ||
        sgs_slice_starts(head, SGS_LIT("\xfe\xff"))) {
        return SGS_MAYBE; /* UTF-16: the document tells */
    }
    if (!sgs_slice_iends(name, SGS_LIT("Envelope")) || sgs_slice_chr(name, ' ') < name.len) {
        return SGS_NO;
    }
    for (size_t k = 0; k < sizeof envelopes / sizeof *envelopes; k++) {
        if (sgs_slice_find(tag, sgs_slice_str(envelopes[k])) < tag.len) {
            return SGS_SURE;
        }
    }
    return SGS_MAYBE;
}

static const struct sgs_claim claims[] = {
    {SGS_BY_MEDIA, "text/xml"            },
    {SGS_BY_MEDIA, "application/xml"     },
    {SGS_BY_MEDIA, "application/soap+xml"},
    {SGS_BY_MEDIA, "*+xml"               },
    {0,            NULL                  },
};

SGS_DISSECTOR(soap) = {
    .name = "soap",
    .title = "SOAP",
    .claims = claims,
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .probe = probe,
    .measure = measure,
    .message = message,
};
