/*
 * OAuth 2.0; texts after RFC 6749 and 8628, Microsoft's UCWA documentation and public answers of
 * Azure AD.  Digests are Python's.
 */
#include "../bodies.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define CORRELATION "0f7f2d64-9f5d-4a6f-8d34-5b3f6f3d6a10"

static const struct body_row rows[] = {
#include "rows.def"
};

extern const struct sgs_dissector sgs_dissector_oauth;

static void probing(void **state)
{
    static const struct {
        const char *text;
        enum sgs_guess guess;
    } probes[] = {
        {"a=b&grant_type=password",       SGS_SURE },
        {"{\"access_token\":\"x\"}",      SGS_SURE },
        {"{\"error\":\"invalid_grant\"}", SGS_MAYBE},
        {"UserName=a&Password=b",         SGS_NO   },
        {"{\"_links\":{}}",               SGS_NO   },
    };
    (void)state;

    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_oauth.probe(head, S), probes[i].guess);
    }
}

/* A token that was issued is known when it is shown to another service. */
static void tied(void **state)
{
    struct play p;
    (void)state;

    play_open(&p, "http1", true);
    play_text(&p, C, "POST /token HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    play_text(&p, S,
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 55\r\n\r\n"
              "{\"access_token\":\"cwt=AAEBS3cret\",\"token_type\":\"Bearer\"}");
    play_text(&p, C, "GET / HTTP/1.1\r\nAuthorization: Bearer cwt=AAEBS3cret\r\n\r\n");
    const char *got = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(got, "#4 token.issued in=3 type=cwt "));
    assert_non_null(strstr(got, "#6 token.presented in=5 type=cwt "));
    assert_non_null(strstr(got, " issued_by=4 "));
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(probing), cmocka_unit_test(tied)};
    return body_run("oauth", rows, N(rows), more, N(more));
}
