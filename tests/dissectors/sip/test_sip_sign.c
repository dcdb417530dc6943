/*
 * TLS-DSK in SIP: handshakes in its headers and signatures that rest on them.  Hand-made messages
 * have the secrets, keys and signatures that [MS-SIPAE], section 3.2.5.1, gives when it is worked
 * out with Python's hmac; whole sign-ins are those of ../tlsdsk/make.py, which signs the same way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/dissector.h>
#include <signscope/limits.h>

#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define KEYS                                                                                       \
    "CLIENT_RANDOM a0a1a2a3a4a5a6a7a8a9aaabacadaeafa0a1a2a3a4a5a6a7a8a9aaabacadaeaf "              \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                             \
    "202122232425262728292a2b2c2d2e2f\n"
/* ClientHello; ServerHello and ServerHelloDone: TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA */
#define HELLO "FgMBAC0BAAApAwGgoaKjpKWmp6ipqqusra6voKGio6SlpqeoqaqrrK2urwAAAgAvAQA="
#define ANSWER "FgMBAC4CAAAmAwFQUVJTVFVWV1hZWltcXV5fUFFSU1RVVldYWVpbXF1eXwAALwAOAAAA"
#define REALM "realm=\"SIP Communications Service\", targetname=\"fe01.contoso.com\""
#define CALL "Call-ID: 1f3870be274f4ab8a1d1c0de5a1ad001\r\nCSeq: 4 REGISTER\r\n"
#define PARTIES                                                                                    \
    "From: <sip:ada@contoso.com>;tag=7e57a9c001;epid=a1b2c3d4e5\r\nTo: <sip:ada@contoso.com>\r\n"
#define REQUEST "REGISTER sip:contoso.com SIP/2.0\r\n"
#define END "Content-Length: 0\r\n\r\n"
#define SIGNED(number, opaque, signature, version)                                                 \
    "Authorization: TLS-DSK qop=\"auth\", " REALM ", " opaque "crand=\"0a1b2c3d\", cnum=\"" number \
    "\", response=\"" signature "\"" version "\r\n"
#define OPAQUE "opaque=\"F7550E1D\", "
#define GOOD "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae648"

struct turn {
    enum sgs_dir dir;
    const char *text;
};

static char *copy(const struct sgs_buf *lines)
{
    char *text = calloc(1, lines->len + 1);

    assert_non_null(text);
    return memcpy(text, lines->ptr, lines->len);
}

static char *run(const char *keys, const struct turn *turns, size_t n)
{
    struct feed_sample s = {.is_udp = false};
    struct feed f;

    feed_keys(&s, sgs_slice(keys, strlen(keys)));
    feed_open(&f, "sip", &s);
    for (size_t i = 0; i < n; i++) {
        feed_next(&f);
        feed_push(&f, turns[i].dir, sgs_slice(turns[i].text, strlen(turns[i].text)));
    }
    feed_end(&f);
    char *lines = copy(&f.lines);
    feed_close(&f);
    feed_unload(&s);
    return lines;
}

static unsigned count(const char *lines, const char *what)
{
    unsigned n = 0;

    for (const char *p = strstr(lines, what); p; p = strstr(p + 1, what)) {
        n++;
    }
    return n;
}

/* messages whose signature is known, behind the same handshake */

/* clang-format off */

#define FIRST                                                                                      \
    REQUEST CALL PARTIES "Authorization: TLS-DSK qop=\"auth\", " REALM                             \
                         ", gssapi-data=\"" HELLO "\", version=4\r\n" END
#define CHALLENGE(version)                                                                         \
    "SIP/2.0 401 Unauthorized\r\n" CALL PARTIES "WWW-Authenticate: TLS-DSK " OPAQUE                \
    "gssapi-data=\"" ANSWER "\", " REALM version "\r\n" END

#define CHALLENGE_4 CHALLENGE(", version=4")
#define CHALLENGE_2 CHALLENGE(", version=2")
#define SECOND REQUEST CALL PARTIES SIGNED("1", OPAQUE, GOOD, ", version=4")
#define OLD REQUEST CALL PARTIES SIGNED("1", OPAQUE, "670291a40ab8a8c4913e0c4390b540c7843edc0a", "") END
/* clang-format on */

struct signed_case {
    const char *name;
    enum sgs_dir dir;
    const char *text;
    const char *want; /* behind "signed=1"; NULL: no signature */
};

/* clang-format off */
static const struct signed_case cases[] = {
    {"version 4", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, GOOD, ", version=4") END, "signature_valid=1"},
    {"version as the handshake had it", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, GOOD, "") END, "signature_valid=1"},
    {"version 2", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "670291a40ab8a8c4913e0c4390b540c7843edc0a", ", version=2") END, "signature_valid=1"},
    {"MD5", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "2ff8af659e5596f282f16a38c3669000", ", version=4") END, "signature_valid=1"},
    {"in capitals", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "CA6A5049B1C823C970AD3CC9D37DD26D0F9AE648", ", version=4") END, "signature_valid=1"},
    {"handle in small letters", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", "opaque=\"f7550e1d\", ", GOOD, ", version=4") END, "signature_valid=1"},
    {"no handle, but only one association", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", "", GOOD, ", version=4") END, "signature_valid=1"},
    {"another handle", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", "opaque=\"00000000\", ", GOOD, ", version=4") END, "["},
    {"another number", SGS_C2S, REQUEST CALL PARTIES SIGNED("2", OPAQUE, GOOD, ", version=4") END, "signature_valid=0"},
    {"one digit less", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "ca6a5049b1c823c970ad3cc9d37dd26d0f9ae64", ", version=4") END, "signature_valid=0"},
    {"no hex", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "signature", ", version=4") END, "signature_valid=0"},
    {"empty", SGS_C2S, REQUEST CALL PARTIES SIGNED("1", OPAQUE, "", ", version=4") END, NULL},
    {"folded and in another order", SGS_C2S,
     REQUEST CALL PARTIES "authorization:\tTLS-DSK version=4,\r\n response=\"" GOOD "\",\r\n\tcnum=\"1\",crand=\"0a1b2c3d\", " REALM "\r\n , " OPAQUE
     "qop=\"auth\"\r\n" END, "signature_valid=1"},
    {"a name with signs in front of the address", SGS_C2S,
     REQUEST CALL "f: \"<sip:eve@x>;tag=9, \\\" <\"  <sip:ada@contoso.com>;epid=a1b2c3d4e5;tag=7e57a9c001\r\nt: Ada L sip:ada@contoso.com\r\n"
     SIGNED("1", OPAQUE, GOOD, ", version=4") END, "signature_valid=1"},
    {"both identities", SGS_C2S,
     REQUEST CALL PARTIES "P-Asserted-Identity: \"Ada, L\" <sip:ada@contoso.com>, <tel:+14255550100>\r\n"
     SIGNED("1", OPAQUE, "762c30a1f1a3f355927974c75f1f4c43dbd489d4", ", version=4") END, "signature_valid=1"},
    {"the preferred identity, a number only", SGS_C2S,
     REQUEST CALL PARTIES "P-Preferred-Identity: <tel:+14255550100>\r\n"
     SIGNED("1", OPAQUE, "e23210f166b5a781b18e62a78efab0f36d9959cc", ", version=4") END, "signature_valid=1"},
    {"an answer of the server", SGS_S2C,
     "SIP/2.0 200 OK\r\n" CALL "From: <sip:ada@contoso.com>;tag=7e57a9c001\r\nTo: <sip:ada@contoso.com>;tag=5E61CCD925D17E04\r\nExpires: 7200\r\n"
     "Authentication-Info: TLS-DSK qop=\"auth\", " OPAQUE "srand=\"0a1b2c3d\", snum=\"1\", rspauth=\"5c639309e4097306c4dca07790e331d0154441a5\", "
     REALM ", version=4\r\n" END, "signature_valid=1"},
    {"the client's key is not the server's", SGS_S2C,
     REQUEST CALL PARTIES "Authentication-Info: TLS-DSK " OPAQUE "srand=\"0a1b2c3d\", snum=\"1\", rspauth=\"" GOOD "\", " REALM ", version=4\r\n" END,
     "signature_valid=0"},
    {"NTLM with the same handle", SGS_C2S,
     REQUEST CALL PARTIES "Authorization: NTLM " OPAQUE "crand=\"0a1b2c3d\", cnum=\"1\", response=\"" GOOD "\", " REALM ", version=4\r\n" END, "["},
    {"Digest is no signature", SGS_C2S, REQUEST CALL PARTIES "Authorization: Digest username=\"a\", response=\"" GOOD "\"\r\n" END, NULL},
};
/* clang-format on */

/* The event of the last message. */
static const char *last_message(const char *lines)
{
    const char *last = lines;

    for (const char *p = lines; (p = strstr(p, "\nsip.re")) != NULL; p++) {
        last = p;
    }
    return last;
}

static void known_signatures(void **state)
{
    for (size_t i = 0; i < N(cases); i++) {
        const struct turn turns[] = {
            {SGS_C2S,      FIRST        },
            {SGS_S2C,      CHALLENGE_4  },
            {cases[i].dir, cases[i].text}
        };
        char *lines = run(KEYS, turns, N(turns));
        const char *last = last_message(lines);
        const char *proof = strstr(last, " signed=1 ");
        if (!cases[i].want
                ? proof != NULL
                : !proof || strncmp(proof + 10, cases[i].want, strlen(cases[i].want)) != 0) {
            fail_msg("%s: %s", cases[i].name, last);
        }
        free(lines);
    }
}

/* What the handshake says of the protocol counts where a message says nothing. */
static void version_of_the_handshake(void **state)
{
    const struct turn turns[] = {
        {SGS_C2S, FIRST      },
        {SGS_S2C, CHALLENGE_2},
        {SGS_C2S, OLD        }
    };
    char *lines = run(KEYS, turns, N(turns));

    assert_non_null(strstr(lines, "signature_valid=1"));
    free(lines);
}

static void nothing_to_check_with(void **state)
{
    const struct turn turns[] = {
        {SGS_C2S, FIRST      },
        {SGS_S2C, CHALLENGE_4},
        {SGS_C2S, SECOND END }
    };
    char *lines = run("", turns, N(turns));
    assert_non_null(strstr(lines, " signed=1 ["));
    free(lines);
    lines = run(KEYS, turns + 1, N(turns) - 1); /* the ClientHello was not seen */
    assert_non_null(strstr(lines, " signed=1 ["));
    free(lines);
    lines = run(KEYS, turns + 2, 1);
    assert_non_null(strstr(lines, " signed=1 ["));
    free(lines);
}

static void cut_message(void **state)
{
    const struct turn turns[] = {
        {SGS_C2S, FIRST              },
        {SGS_S2C, CHALLENGE_4        },
        {SGS_C2S, SECOND "Expires: 7"}
    };
    char *lines = run(KEYS, turns, N(turns));

    assert_non_null(strstr(lines, " signed=1 "));
    assert_non_null(strstr(lines, "cut=1"));
    assert_null(strstr(lines, "signature_valid"));
    free(lines);
}

/* what gssapi-data may hold, and what the client is then about */

/* clang-format off */
static const struct {
    const char *data;
    const char *leg;
    const char *want;
    const char *bad;
} tokens[] = {
    {"gssapi-data=\"" HELLO "\"",                  "first",  "contains=\"ClientHello\"", "malformed"},
    {OPAQUE "gssapi-data=\"" HELLO "\"",           "first",  "contains=\"ClientHello\"", "malformed"},
    {"gssapi-data=\"FAMBAAEB\"",                   "answer", "contains=\"ChangeCipherSpec\"", "malformed"},
    {"gssapi-data=\"\"",                           "first",  "auth_scheme=\"TLS-DSK\"", "tlsdsk.message"},
    {"gssapi-data=\"*no base64*\"",                "first",  "malformed c>s what=\"gssapi-data is not base64\" offset=182", "tlsdsk.message"},
    {OPAQUE "gssapi-data=\"FgMBAA==\"",               "answer", "malformed c>s what=\"gssapi-data without a TLS record\"", "tlsdsk.message"},
};
/* clang-format on */

static void tokens_and_legs(void **state)
{
    for (size_t i = 0; i < N(tokens); i++) {
        char text[2048], leg[64];
        (void)snprintf(text, sizeof text, REQUEST CALL PARTIES "%s: TLS-DSK " REALM ", %s\r\n" END,
                       i % 2 ? "Proxy-Authorization" : "Authorization", tokens[i].data);
        (void)snprintf(leg, sizeof leg, "auth_leg=\"%s\"", tokens[i].leg);
        const struct turn turn = {SGS_C2S, text};
        char *lines = run(KEYS, &turn, 1);
        if (!strstr(lines, leg) || !strstr(lines, tokens[i].want) || strstr(lines, tokens[i].bad)) {
            fail_msg("%s: %s", tokens[i].data, lines);
        }
        free(lines);
    }
}

/* More handles than are kept: the oldest is forgotten, the youngest is not. */
static void many_associations(void **state)
{
    struct feed_sample s = {.is_udp = false};
    struct feed f;
    char text[2048];

    feed_keys(&s, SGS_LIT(KEYS));
    feed_open(&f, "sip", &s);
    for (unsigned i = 0; i <= SGS_MAX_SIP_SAS; i++) {
        feed_next(&f);
        feed_push(&f, SGS_C2S, SGS_LIT(FIRST));
        (void)snprintf(text, sizeof text,
                       "SIP/2.0 401 Unauthorized\r\n" CALL PARTIES
                       "WWW-Authenticate: TLS-DSK opaque=\"%08X\", gssapi-data=\"" ANSWER
                       "\", " REALM ", version=4\r\n" END,
                       i);
        feed_push(&f, SGS_S2C, sgs_slice(text, strlen(text)));
    }
    for (unsigned i = 0; i <= SGS_MAX_SIP_SAS; i += SGS_MAX_SIP_SAS) {
        (void)snprintf(text, sizeof text,
                       REQUEST CALL PARTIES "Authorization: TLS-DSK " REALM
                                            ", opaque=\"%08X\", crand=\"0a1b2c3d\", cnum=\"1\", "
                                            "response=\"" GOOD "\", version=4\r\n" END,
                       i);
        feed_next(&f);
        feed_push(&f, SGS_C2S, sgs_slice(text, strlen(text)));
    }
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    assert_int_equal(count((const char *)f.lines.ptr, " signed=1"), 2);
    assert_int_equal(count((const char *)f.lines.ptr, "signature_valid=1"), 1);
    assert_int_equal(count((const char *)f.lines.ptr, "signature_valid=0"), 0);
    feed_close(&f);
    feed_unload(&s);
}

/* whole sign-ins */

static char *run_sample(const char *name, size_t first, bool is_keyless)
{
    char path[512];
    struct feed_sample s;
    struct feed f;

    (void)snprintf(path, sizeof path, "%s/sip/%s.bin", SGS_SAMPLES, name);
    assert_true(feed_load(path, &s));
    if (is_keyless) {
        feed_keys(&s, (struct sgs_slice){NULL, 0});
    }
    feed_open(&f, "sip", &s);
    for (size_t i = first; i < s.n; i++) {
        feed_next(&f);
        feed_push(&f, s.records[i].dir, s.records[i].octets);
    }
    feed_end(&f);
    char *lines = copy(&f.lines);
    feed_close(&f);
    feed_unload(&s);
    return lines;
}

static void sign_in(void **state)
{
    char *lines = run_sample("tls-dsk", 0, false);

    assert_int_equal(count(lines, "tlsdsk.message"), 4);
    assert_int_equal(count(lines, "finished_valid=1"), 2);
    assert_int_equal(count(lines, "auth_leg=\"first\""), 1);
    assert_int_equal(count(lines, "auth_leg=\"answer\""), 1);
    assert_int_equal(count(lines, "auth_leg=\"signed\""), 3);
    assert_int_equal(count(lines, "signature_valid=1"), 4);
    assert_int_equal(count(lines, "signature_valid=0"), 1); /* SERVICE: signed with an Expires */
    assert_non_null(strstr(lines, "name=\"fe01.contoso.com\" subject=\"CN=fe01.contoso.com\""));
    assert_non_null(strstr(lines, "name_match=1"));
    assert_non_null(strstr(lines, "sources=\"targetname\""));
    assert_int_equal(count(lines, "[sip/tlsdsk/tls]"), 5);
    free(lines);
}

static void sign_in_without_keys(void **state)
{
    char *lines = run_sample("tls-dsk", 0, true);

    assert_int_equal(count(lines, "tlsdsk.message"), 4);
    assert_int_equal(count(lines, " signed=1"), 5);
    assert_null(strstr(lines, "signature_valid"));
    assert_null(strstr(lines, "finished_valid"));
    free(lines);
}

static void two_users(void **state)
{
    char *lines = run_sample("tls-dsk-two-users", 0, false);

    assert_int_equal(count(lines, "finished_valid=1"), 4);
    assert_int_equal(count(lines, "signature_valid=1"), 4);
    assert_int_equal(count(lines, "round=1"), 4);
    assert_int_equal(count(lines, "round=2"), 4);
    assert_int_equal(count(lines, "serial=\"2001\""), 1);
    assert_int_equal(count(lines, "serial=\"2002\""), 1);
    assert_int_equal(count(lines, "tls.session"), 2);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_signatures),
        cmocka_unit_test(version_of_the_handshake),
        cmocka_unit_test(nothing_to_check_with),
        cmocka_unit_test(cut_message),
        cmocka_unit_test(tokens_and_legs),
        cmocka_unit_test(many_associations),
        cmocka_unit_test(sign_in),
        cmocka_unit_test(sign_in_without_keys),
        cmocka_unit_test(two_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
