/*
 * Kerberos messages to a KDC over UDP and TCP, and to services in tokens.  The octets are those of
 * make.py, the expected values what it put into them; codes and names are those of RFC 4120.
 */
#include "../play.h"

#include <signscope/limits.h>
#include <signscope/reader.h>

static void open_kerberos(struct play *p, enum sgs_transport transport)
{
    const struct sgs_conn_info info = {
        .transport = transport,
        .end = {{.ip = {10, 0, 0, 15}, .len = 4, .port = 50738},
                {.ip = {10, 0, 1, 5}, .len = 4, .port = 88}},
        .has_start = true,
    };

    play_open(p, "kerberos", true);
    sgs_stream_close(p->stream);
    p->stream = sgs_stream_open(p->engine, &info, "kerberos");
}

static void expect(const char *sample, enum sgs_transport transport, const char *expected)
{
    struct play p;

    open_kerberos(&p, transport);
    play_sample(&p, sample);
    assert_string_equal(play_end(&p, SGS_END_FIN), expected);
    play_close(&p);
}

#define CLOCKS " ctime=1709370841250000000 stime=1709370842123456000\n"
#define ASKED_ETYPES                                                                               \
    "etypes=aes256-cts-hmac-sha1-96,aes128-cts-hmac-sha1-96,rc4-hmac,rc4-hmac-old-exp,99 "
#define TGT_ASKED(carrier)                                                                         \
    "carrier=" carrier " cname=ada sname=krbtgt/CONTOSO.COM realm=CONTOSO.COM " ASKED_ETYPES       \
    "options=forwardable,renewable,canonicalize,renewable-ok till=2136422885000000000 "
#define TGT_ANSWERED "carrier=udp sname=krbtgt/CONTOSO.COM realm=CONTOSO.COM "

static void datagrams(void **state)
{
    expect(
        "kerberos/udp-logon.bin", SGS_UDP,
        "#1 kerberos.as_req " TGT_ASKED(
            "udp") "padata=PA-PAC-REQUEST\n"
                   "#2 kerberos.error request=1 " TGT_ANSWERED
                   "etypes=aes256-cts-hmac-sha1-96,rc4-hmac "
                   "padata=PA-ETYPE-INFO2,PA-ENC-TIMESTAMP,PA-FX-FAST fast=1 "
                   "error=KDC_ERR_PREAUTH_REQUIRED" CLOCKS "#3 kerberos.as_req " TGT_ASKED(
                       "udp") "padata=PA-ENC-TIMESTAMP\n"
                              "#4 kerberos.error request=3 " TGT_ANSWERED "padata=PA-PW-SALT "
                              "error=KDC_ERR_CLIENT_REVOKED e_text=locked "
                              "nt_status=0xC0000234" CLOCKS "#5 kerberos.as_req " TGT_ASKED(
                                  "udp") "padata=PA-ENC-TIMESTAMP\n"
                                         "#6 kerberos.error request=5 " TGT_ANSWERED
                                         "error=KDC_ERR_CLIENT_REVOKED nt_status=0xC0000234" CLOCKS
                                         "#7 kerberos.tgs_req carrier=udp "
                                         "sname=sip/fe01.contoso.com "
                                         "realm=CONTOSO.COM " ASKED_ETYPES
                                         "options=forwardable,renewable,canonicalize "
                                         "till=2136422885000000000 "
                                         "padata=PA-TGS-REQ\n"
                                         "#8 kerberos.error request=7 carrier=udp "
                                         "sname=sip/fe01.contoso.com realm=CONTOSO.COM "
                                         "error=KDC_ERR_S_PRINCIPAL_UNKNOWN" CLOCKS
                                         "#9 kerberos.error " TGT_ANSWERED
                                         "error=KRB_ERR_RESPONSE_TOO_BIG" CLOCKS);
}

/* Fingerprints: the first half of SHA-256 over a label and the ticket, each behind its length in 8
 * octets; worked out by another program.  The ticket is the same where it is shown. */
#define SERVICE_TICKET "ticket=387843fc7217ce9d761a7e1f435d2d67\n"

static void stream(void **state)
{
    expect("kerberos/tcp-logon.bin", SGS_TCP,
           "#1 kerberos.as_req " TGT_ASKED(
               "tcp") "padata=PA-ENC-TIMESTAMP\n"
                      "#2 kerberos.as_rep request=1 carrier=tcp cname=ada crealm=CONTOSO.COM "
                      "sname=krbtgt/CONTOSO.COM realm=CONTOSO.COM "
                      "etypes=aes256-cts-hmac-sha1-96,rc4-hmac "
                      "ticket_etype=aes256-cts-hmac-sha1-96 etype=aes256-cts-hmac-sha1-96 kvno=2 "
                      "padata=PA-ETYPE-INFO2 ticket=60aedc4731de65f410845fa3577405d5\n"
                      "#3 kerberos.tgs_req carrier=tcp sname=HTTP/web.contoso.com "
                      "realm=CONTOSO.COM " ASKED_ETYPES
                      "options=forwardable,renewable,canonicalize till=2136422885000000000 "
                      "padata=PA-TGS-REQ,PA-FX-FAST fast=1\n"
                      "#4 kerberos.tgs_rep request=3 carrier=tcp cname=ada crealm=CONTOSO.COM "
                      "sname=HTTP/web.contoso.com realm=CONTOSO.COM ticket_etype=rc4-hmac "
                      "etype=aes256-cts-hmac-sha1-96 kvno=7 " SERVICE_TICKET);
}

#define SHOWN                                                                                      \
    "carrier=udp sname=HTTP/web.contoso.com realm=CONTOSO.COM ticket_etype=rc4-hmac "              \
    "etype=aes256-cts-hmac-sha1-96 kvno=7 options=mutual-required " SERVICE_TICKET

static void tokens(void **state)
{
    expect("kerberos/udp-tokens.bin", SGS_UDP,
           "#1 kerberos.ap_req " SHOWN
           "#2 kerberos.ap_rep request=1 carrier=udp etype=aes256-cts-hmac-sha1-96\n"
           "#3 kerberos.ap_req " SHOWN "#4 kerberos.error request=3 carrier=udp "
           "sname=HTTP/web.contoso.com realm=CONTOSO.COM error=KRB_AP_ERR_MODIFIED" CLOCKS);
}

/* One message by hand. */
static void push(enum sgs_transport transport, const char *octets, size_t len, const char *expected)
{
    struct play p;

    open_kerberos(&p, transport);
    play_push(&p, SGS_S2C, sgs_slice(octets, len));
    assert_string_equal(play_end(&p, SGS_END_FIN), expected);
    play_close(&p);
}

static void odd_messages(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        const char *expected;
    } rows[] = {
#define ROW(octets, expected) {octets, sizeof(octets) - 1, expected},
#include "messages.def"
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        push(SGS_UDP, rows[i].octets, rows[i].len, rows[i].expected);
    }
}

/* A name of more components than any has: KRB-ERROR with an sname of 33 times "a". */
static void long_name(void **state)
{
    uint8_t octets[17 + 3 * (SGS_MAX_KRB_NAME + 1)] = {0x7e, 0,    0x30, 0, 0xaa, 0, 0x30, 0, 0xa0,
                                                       3,    0x02, 1,    2, 0xa1, 0, 0x30, 0};
    static const size_t lengths[] = {1, 3, 5, 7, 14, 16};
    struct sgs_buf expected;
    struct play p;

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        octets[lengths[i]] = (uint8_t)(sizeof octets - 1 - lengths[i]);
    }
    for (size_t i = 17; i < sizeof octets; i += 3) {
        octets[i] = 0x1b;
        octets[i + 1] = 1;
        octets[i + 2] = 'a';
    }
    sgs_buf_init(&expected, 256);
    assert_true(sgs_buf_add_str(&expected, " sname=a"));
    for (size_t i = 1; i < SGS_MAX_KRB_NAME; i++) {
        assert_true(sgs_buf_add_str(&expected, "/a"));
    }
    assert_true(sgs_buf_add(&expected, sgs_slice("\n", 2)));
    open_kerberos(&p, SGS_UDP);
    play_push(&p, SGS_S2C, sgs_slice(octets, sizeof octets));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, " what=kerberos.name number=32\n"));
    assert_non_null(strstr(out, (const char *)expected.ptr));
    sgs_buf_clear(&expected);
    play_close(&p);
}

/* A message whose end is lost shows what came before. */
static void cut(void **state)
{
    struct play p;
    FILE *f = fopen(SGS_SAMPLES "/kerberos/tcp-logon.bin", "rb");
    uint8_t octets[256];

    assert_non_null(f);
    assert_int_equal(fread(octets, 1, sizeof octets, f), sizeof octets);
    assert_int_equal(fclose(f), 0);
    open_kerberos(&p, SGS_TCP);
    play_push(&p, SGS_C2S, rd_at(sgs_slice(octets, sizeof octets), 5, 180));
    play_gap(&p, SGS_C2S, 1000);
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out,
                           "kerberos.as_req cut=1 carrier=tcp cname=ada sname=krbtgt/CONTOSO.COM "
                           "realm=CONTOSO.COM "));
    assert_non_null(strstr(out, " padata=PA-ENC-TIMESTAMP\n"));
    assert_null(strstr(out, "malformed"));
    play_close(&p);
}

/* Who answers on port 88 must look like it. */
static void probed(void **state)
{
    const struct sgs_dissector *d = NULL;

    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        d = strcmp(sgs_dissectors[i]->name, "kerberos") == 0 ? sgs_dissectors[i] : d;
    }
    assert_non_null(d);
#define GUESS(octets) d->probe(sgs_slice(octets, sizeof(octets) - 1), SGS_C2S)
    assert_int_equal(GUESS("\x6a\x0c\x30\x0a\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"), SGS_SURE);
    assert_int_equal(GUESS("\0\0\0\x0e\x6a\x0c\x30\x0a\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"),
                     SGS_SURE);
    assert_int_equal(GUESS("\0\0\0\x0f\x6a\x0c\x30\x0a\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"),
                     SGS_NO);
    assert_int_equal(GUESS("\x6a\x0c\x30\x0b\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"), SGS_NO);
    assert_int_equal(GUESS("\0\0\0\x0e\x6a"), SGS_SHORT);
    assert_int_equal(GUESS("\0\0"), SGS_SHORT);
    assert_int_equal(GUESS("GET / HTTP/1.1\r\n"), SGS_NO);
    assert_int_equal(GUESS("\0\0\0\x0e\x60\x0c"), SGS_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams),    cmocka_unit_test(stream),    cmocka_unit_test(tokens),
        cmocka_unit_test(odd_messages), cmocka_unit_test(long_name), cmocka_unit_test(cut),
        cmocka_unit_test(probed),
    };

    return cmocka_run_group_tests_name("kerberos", tests, NULL, NULL) != 0;
}
