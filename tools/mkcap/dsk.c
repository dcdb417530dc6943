/* Security associations of SIP: flights in headers, and signatures over parts of messages. */
#include "dsk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/ssl.h>

#include "crypt.h"
#include "kerberos.h"
#include "ntlm.h"
#include "tcp.h"

struct mk_sa *mk_sa_dsk(const char *name, struct mk_tls_world *w, const struct mk_tls_plan *plan)
{
    struct mk_sa *sa = mk_alloc(sizeof *sa);

    sa->name = mk_copy(name);
    sa->tls = mk_tls_new(w, plan);
    return sa;
}

struct mk_sa *mk_sa_find(struct mk_sa *all, const char *name)
{
    for (; all; all = all->next) {
        if (!strcmp(all->name, name)) {
            return all;
        }
    }
    mk_fail("no security association is called \"%s\"", name);
}

void mk_sa_free(struct mk_sa *all)
{
    while (all) {
        struct mk_sa *sa = all;

        all = sa->next;
        mk_tls_free(sa->tls);
        mk_ntlm_free(sa->ntlm);
        mk_krb_free(sa->krb);
        mk_buf_free(&sa->to[0]);
        mk_buf_free(&sa->to[1]);
        free(sa->name);
        free(sa);
    }
}

void mk_sa_flight(struct mk_sa *sa, unsigned side, struct mk_buf *out)
{
    struct mk_buf records = {0};

    if (!sa->tls) {
        mk_fail("%s is not TLS-DSK", sa->name);
    }
    mk_tls_handshake(sa->tls, side, &sa->to[side], &records);
    mk_base64(out, records.ptr, records.len, 0);
    mk_buf_free(&sa->to[side]);
    mk_buf_free(&sa->to[!side]);
    sa->to[!side] = records;
}

void mk_sa_ntlm(struct mk_sa *sa, const char *message, int64_t now, struct mk_buf *out)
{
    struct mk_buf octets = {0};

    if (!sa->ntlm) {
        mk_fail("%s is not NTLM", sa->name);
    }
    if (!strcmp(message, "negotiate")) {
        mk_ntlm_negotiate(sa->ntlm, &octets);
    } else if (!strcmp(message, "challenge")) {
        mk_ntlm_challenge(sa->ntlm, now, &octets);
    } else if (!strcmp(message, "authenticate")) {
        mk_ntlm_authenticate(sa->ntlm, &octets);
    } else {
        mk_fail("\"%s\" is no NTLM message", message);
    }
    mk_base64(out, octets.ptr, octets.len, 0);
    mk_buf_free(&octets);
}

void mk_sa_kerberos(struct mk_sa *sa, const char *token, int64_t now, struct mk_buf *out)
{
    struct mk_buf octets = {0};

    if (!sa->krb) {
        mk_fail("%s is not Kerberos", sa->name);
    }
    mk_krb_token(sa->krb, token, now, &octets);
    mk_base64(out, octets.ptr, octets.len, 0);
    mk_buf_free(&octets);
}

/* The value of a header of a message, without its line end; NULL when it has none. */
static const char *header(const char *message, const char *name, size_t *len)
{
    const size_t n = strlen(name);

    for (const char *line = message; *line && *line != '\r';) {
        const size_t all = strcspn(line, "\r");

        if (!strncasecmp(line, name, n) && line[n] == ':') {
            const char *value = line + n + 1 + strspn(line + n + 1, " ");

            *len = (size_t)(line + all - value);
            return value;
        }
        line += all + 2;
    }
    *len = 0;
    return NULL;
}

/* <value>, up to one of the stops. */
static void angle(struct mk_buf *b, const char *value, size_t len, const char *stops)
{
    size_t n = 0;

    while (value && n < len && !strchr(stops, value[n])) {
        n++;
    }
    mk_buf_str(b, "<");
    mk_buf_add(b, value, value ? n : 0);
    mk_buf_str(b, ">");
}

/* The text behind a mark inside a header value. */
static const char *behind(const char *value, size_t *len, const char *mark)
{
    const size_t n = strlen(mark);

    for (size_t i = 0; value && i + n <= *len; i++) {
        if (!strncmp(value + i, mark, n)) {
            *len -= i + n;
            return value + i + n;
        }
    }
    *len = 0;
    return NULL;
}

static void parameter(struct mk_buf *b, const char *credentials, size_t len, const char *mark)
{
    const char *value = behind(credentials, &len, mark);

    angle(b, value, len, "\",");
}

static void address(struct mk_buf *b, const char *message, const char *name)
{
    size_t len, tag_len;
    const char *value = header(message, name, &len);
    const char *tag;

    tag_len = len;
    tag = behind(value, &tag_len, ";tag=");
    value = behind(value, &len, "<");
    angle(b, value, len, ">");
    angle(b, tag, tag_len, ";");
}

static void asserted(struct mk_buf *b, const char *message, const char *scheme)
{
    size_t len;
    const char *value = header(message, "P-Asserted-Identity", &len);

    if (!value) {
        value = header(message, "P-Preferred-Identity", &len);
    }
    value = behind(value, &len, scheme);
    angle(b, value ? value - strlen(scheme) + 1 : NULL, len + strlen(scheme) - 1, ">,");
}

/* [MS-SIPAE] 3.2.5.2, versions 3 and 4. */
static void signed_text(struct mk_buf *b, const char *message, const char *credentials, size_t len)
{
    size_t n;
    const bool is_answer = !strncmp(message, "SIP/2.0 ", 8);
    const char *value;

    angle(b, credentials, len, " ");
    parameter(b, credentials, len, is_answer ? "srand=\"" : "crand=\"");
    parameter(b, credentials, len, is_answer ? "snum=\"" : "cnum=\"");
    parameter(b, credentials, len, "realm=\"");
    parameter(b, credentials, len, "targetname=\"");
    value = header(message, "Call-ID", &n);
    angle(b, value, n, "\r");
    value = header(message, "CSeq", &n);
    angle(b, value, n, " ");
    value = behind(value, &n, " ");
    angle(b, value, n, "\r");
    address(b, message, "From");
    address(b, message, "To");
    asserted(b, message, "<sip:");
    asserted(b, message, "<tel:");
    value = header(message, "Expires", &n);
    angle(b, value, n, "\r");
    if (is_answer) {
        angle(b, message + 8, 3, "");
    }
}

/* The MAC key is a part of what TLS gives for EAP-TLS, the digest that of the cipher suite. */
static size_t dsk_mac(struct mk_sa *sa, unsigned side, const struct mk_buf *text, uint8_t *mac)
{
    static const char label[] = "client EAP encryption";
    uint8_t material[128];
    SSL *ssl = sa->tls->end[side];
    const char *suite = SSL_get_cipher_name(ssl);

    if (!sa->tls->is_open || SSL_export_keying_material(ssl, material, sizeof material, label,
                                                        sizeof label - 1, NULL, 0, 0) != 1) {
        mk_fail("the handshake of %s is not at its end", sa->name);
    }
    const size_t n = strlen(suite);
    const char *digest = n > 6 && !strcmp(suite + n - 6, "SHA384")   ? "SHA384"
                         : n > 6 && !strcmp(suite + n - 6, "SHA256") ? "SHA256"
                                                                     : "SHA1";
    return mk_hmac(digest, material + (side == MK_CLIENT ? 64 : 96), 32, text->ptr, text->len, mac);
}

void mk_sa_sign(struct mk_sa *sa, unsigned side, struct mk_buf *message)
{
    static const char *const headers[] = {"Authorization", "Proxy-Authorization",
                                          "Authentication-Info", "Proxy-Authentication-Info"};
    const char *whole = mk_buf_text(message);
    const char *credentials = NULL;
    struct mk_buf text = {0}, out = {0};
    uint8_t mac[64];
    size_t len = 0, n = 16;

    for (size_t i = 0; !credentials && i < 4; i++) {
        credentials = header(whole, headers[i], &len);
    }
    size_t at_len = len;
    const char *at =
        behind(credentials, &at_len, side == MK_CLIENT ? " response=\"" : "rspauth=\"");
    if (!at || *at != '*') {
        mk_fail("no place for the signature in this message");
    }
    signed_text(&text, whole, credentials, len);
    if (sa->tls) {
        if (sa->to[side].len) {
            struct mk_buf none = {0};

            mk_tls_handshake(sa->tls, side, &sa->to[side], &none);
            mk_buf_free(&sa->to[side]);
            mk_buf_free(&none);
        }
        n = dsk_mac(sa, side, &text, mac);
    } else if (sa->krb) {
        mk_krb_sign(sa->krb, text.ptr, text.len, mac);
        n = MK_KRB_MIC;
    } else {
        mk_ntlm_sign(sa->ntlm, side, text.ptr, text.len, mac);
    }
    mk_buf_add(&out, message->ptr, (size_t)(at - whole));
    mk_hex(&out, mac, n);
    mk_buf_str(&out, at + 1);
    mk_buf_free(message);
    mk_buf_free(&text);
    *message = out;
}
