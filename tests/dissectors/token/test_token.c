/*
 * Tokens in headers and elements.  Texts after the examples of [MS-OCAUTHWS], SAML 1.1 and 2.0,
 * WS-Trust and RFC 7519; what is expected follows from them, digests are Python's.
 */
#include "../play.h"

#include "tokens.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define C SGS_C2S
#define S SGS_S2C
#define TRUST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define TRUST05 "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define WSU "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define SAML_TYPE "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
#define LIFETIME                                                                                   \
    "<t:Lifetime><u:Created xmlns:u='" WSU "'>2020-01-01T00:00:00Z</u:Created><u:Expires "         \
    "xmlns:u='" WSU "'>2020-01-02T00:00:00Z</u:Expires></t:Lifetime>"
#define APPLIES                                                                                    \
    "<p:AppliesTo xmlns:p='urn:p'><p:E><p:Address>https://web.contoso.com/CertProv/"               \
    "CertProvisioningService.svc/WebTicket_Proof_SHA1</p:Address></p:E></p:AppliesTo>"
#define T0802 "1557820932120000000" /* date -d 2019-05-14T08:02:12.12Z +%s%N */
#define T1602 "1557849732120000000"

struct row {
    const char *name;
    const char *reader;
    enum sgs_dir dir;
    const char *text;
    const char *expected; /* all of it, or a part when it begins with a blank */
};

static const struct row rows[] = {
#include "rows.def"
};

/* What must never be shown of the tokens above. */
static const char *const secrets[] = {
    "secretvalue0001",
    "c2lnbmF0dXJlMDAwMQ",
    "SamlSecurityToken-1d5e0b54",
    "AAECAwQF",
    "EwCAAsec",
    "AAEB",
    "Summer2016",
    "eyJ0eXAi",
    "YIIB",
    "a2V5",
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, row->reader, true);
    play_text(&p, row->dir, row->text);
    const char *got = play_end(&p, SGS_END_FIN);
    if (row->expected[0] != ' ') {
        assert_string_equal(got, row->expected);
    } else if (!strstr(got, row->expected)) {
        fail_msg("no \"%s\" in\n%s", row->expected, got);
    }
    for (size_t i = 0; i < N(secrets); i++) {
        assert_null(strstr(got, secrets[i]));
    }
    play_close(&p);
}

/* A ticket that was issued is known when it is shown, on whatever way. */
static void tied(void **state)
{
    struct play p;
    (void)state;

    play_open(&p, "soap", true);
    play_text(&p, S,
              "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
              "<RequestSecurityTokenResponse xmlns='" TRUST "'><RequestedSecurityToken>" ASSERTION
              "</RequestedSecurityToken></RequestSecurityTokenResponse></s:Body></s:Envelope>");
    play_frame(&p);
    sgs_stream_end(p.stream, S, SGS_END_FIN, &p.origin);
    sgs_engine_drain(p.engine);
    play_text(&p, C,
              "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>"
              "<o:Security xmlns:o='" WSSE "'>" ASSERTION_OTHER
              "</o:Security></s:Header><s:Body/></s:Envelope>");
    const char *got = play_end(&p, SGS_END_FIN);
    const char *second = strstr(got, "#4 token.presented");
    assert_non_null(strstr(got, "#2 token.issued in=1 "));
    assert_non_null(second);
    assert_non_null(strstr(second, " issued_by=2 "));
    play_close(&p);
}

/* Every cut of a ticket: no crash, no secret. */
static void prefixes(void **state)
{
    (void)state;
    for (size_t n = 0; n <= strlen(ASSERTION); n += 7) {
        struct play p;
        play_open(&p, "token", true);
        play_push(&p, C, sgs_slice(ASSERTION, n));
        const char *got = play_end(&p, SGS_END_FIN);
        assert_null(strstr(got, "secretvalue0001"));
        assert_null(strstr(got, "c2lnbmF0dXJl"));
        play_close(&p);
    }
}

int main(void)
{
    static struct CMUnitTest tests[N(rows) + 2];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){rows[i].name, one, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(tied);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(prefixes);
    return cmocka_run_group_tests_name("token", tests, NULL, NULL) != 0;
}
