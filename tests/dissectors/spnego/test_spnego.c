/* SPNEGO: what the sides agree on, and whom their tokens go to.  Octets: ../kerberos/make.py. */
#include "../play.h"

static void expect(const char *sample, const char *expected)
{
    struct play p;

    play_open(&p, "spnego", true);
    play_sample(&p, sample);
    assert_string_equal(play_end(&p, SGS_END_FIN), expected);
    play_close(&p);
}

static void kerberos(void **state)
{
    expect("spnego/udp-kerberos.bin",
           "#2 kerberos.ap_req in=1 carrier=tcp sname=HTTP/web.contoso.com realm=CONTOSO.COM "
           "ticket_etype=aes256-cts-hmac-sha1-96 etype=aes256-cts-hmac-sha1-96 kvno=7 "
           "options=mutual-required ticket=4fda104b08be2da611a9145223a04508\n"
           "#1 spnego.init mechs=MS Kerberos 5,Kerberos 5\n"
           "#4 kerberos.ap_rep in=3 request=2 carrier=tcp etype=aes256-cts-hmac-sha1-96\n"
           "#3 spnego.response mech=MS Kerberos 5 neg_state=accept-completed\n");
}

static void bare_tokens(void **state)
{
    struct play p;

    play_open(&p, "spnego", true);
    play_sample(&p, "spnego/udp-bare.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    assert_ptr_equal(strstr(out, "#1 ntlm.negotiate domain=CONTOSO workstation=WS-10 "), out);
    assert_non_null(strstr(out, "\n#2 spnego.response neg_state=reject\n"
                                "#3 kerberos.ap_req carrier=tcp sname=HTTP/web.contoso.com "));
    play_close(&p);
}

static void ntlm(void **state)
{
    struct play p;

    play_open(&p, "spnego", true);
    play_sample(&p, "spnego/udp-ntlm.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    assert_ptr_equal(strstr(out, "#2 ntlm.negotiate in=1 "), out);
    assert_non_null(
        strstr(out, "\n#1 spnego.init mechs=MS Kerberos 5,Kerberos 5,NTLMSSP,NEGOEX\n"));
    assert_non_null(strstr(out, "\n#4 ntlm.challenge in=3 target=Server "));
    assert_non_null(strstr(out, "\n#3 spnego.response mech=NTLMSSP neg_state=accept-incomplete\n"));
    assert_non_null(strstr(out, "\n#6 ntlm.authenticate in=5 user=User "));
    assert_non_null(strstr(out, "\n#5 spnego.response mic=1\n"
                                "#7 spnego.response mic=1 neg_state=accept-completed\n"));
    play_close(&p);
}

/* What is no SPNEGO, and NegTokenInit2 of a server: [MS-SPNG], section 2.2.1. */
static void odd_tokens(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        const char *expected;
    } rows[] = {
#define ROW(octets, expected) {octets, sizeof(octets) - 1, expected},
#include "tokens.def"
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct play p;
        play_open(&p, "spnego", true);
        play_push(&p, SGS_C2S, sgs_slice(rows[i].octets, rows[i].len));
        assert_string_equal(play_end(&p, SGS_END_FIN), rows[i].expected);
        play_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kerberos),
        cmocka_unit_test(bare_tokens),
        cmocka_unit_test(ntlm),
        cmocka_unit_test(odd_tokens),
    };

    return cmocka_run_group_tests_name("spnego", tests, NULL, NULL) != 0;
}
