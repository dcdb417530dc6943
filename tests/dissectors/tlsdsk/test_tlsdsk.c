/*
 * TLS-DSK: handshakes that OpenSSL made (make.py), with their keys and without, with flights
 * missing or spoiled.  Names, serials and dates of certificates are those of make.py; what a flight
 * holds is what RFC 5246, section 7.3, draws.
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

#include "feed.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define NONE SIZE_MAX
#define LEAF                                                                                       \
    "subject=\"CN=fe01.contoso.com\" issuer=\"CN=Example Enterprise CA\" "                         \
    "names=\"fe01.contoso.com\",\"sip.contoso.com\" not_before=1714521600000000000 "               \
    "not_after=2030054400000000000 position=0 "
#define USER                                                                                       \
    "tls.certificate c>s subject=\"CN=ada@contoso.com\" issuer=\"CN=Communications Server\" "      \
    "not_before=1714521600000000000 not_after=2030054400000000000 position=0 "
#define FLIGHT_1 "tlsdsk.message c>s by=\"client\" round=1 contains=\"ClientHello\" [tlsdsk]"
#define FLIGHT_3                                                                                   \
    "contains=\"Certificate\",\"ClientKeyExchange\",\"CertificateVerify\",\"ChangeCipherSpec\","   \
    "\"Finished\""
#define FLIGHT_4 "contains=\"ChangeCipherSpec\",\"Finished\""

/* What is done to a sample before it is played. */
struct play {
    const char *name;
    const char *sample;
    bool is_keyless;
    size_t first;       /* record that is played first */
    size_t without;     /* record that is left out, or NONE */
    size_t spoilt;      /* record with one octet changed, or NONE */
    size_t spoilt_at;   /* octets from its end */
    const char *has[5]; /* in the lines */
    const char *lacks[2];
};

/* clang-format off */
static const struct play plays[] = {
    {"TLS 1.0", "tls10", false, 0, NONE, NONE, 0,
     {FLIGHT_1,
      "tls.server_hello s>c version=\"TLSv1.0\" cipher=\"TLS_RSA_WITH_AES_128_CBC_SHA\" resumed=0",
      "by=\"server\" round=1 contains=\"ServerHello\",\"Certificate\",\"CertificateRequest\",\"ServerHelloDone\" [tlsdsk]",
      "tlsdsk.message c>s by=\"client\" round=2 " FLIGHT_3 " finished_valid=1",
      "tlsdsk.message s>c by=\"server\" round=2 " FLIGHT_4 " finished_valid=1"}, {"malformed"}},
    {"certificates", "tls10", false, 0, NONE, NONE, 0,
     {"tls.certificate s>c " LEAF, "serial=\"1001\"", USER, "side=\"client\" serial=\"2001\"",
      "state=\"decrypted\" records=2 records_decrypted=2 key_source=\"keylog\" end=\"ok\" [tlsdsk/tls]"}, {NULL}},
    {"TLS 1.1 with a key exchange", "tls11", false, 0, NONE, NONE, 0,
     {"contains=\"ServerHello\",\"Certificate\",\"ServerKeyExchange\",\"CertificateRequest\",\"ServerHelloDone\"",
      FLIGHT_3 " finished_valid=1", FLIGHT_4 " finished_valid=1"}, {NULL}},
    {"TLS 1.2 with SHA-384", "tls12", false, 0, NONE, NONE, 0,
     {FLIGHT_3 " finished_valid=1", FLIGHT_4 " finished_valid=1"}, {NULL}},
    {"no keys", "tls12", true, 0, NONE, NONE, 0,
     {USER, FLIGHT_3, FLIGHT_4, "reason=\"no-key", "state=\"opaque\" records=2 records_decrypted=0 end=\"ok\""},
     {"finished_valid", "turns"}},
    {"a second handshake resumes the first", "resumed", false, 0, NONE, NONE, 0,
     {"round=1 contains=\"ServerHello\",\"ChangeCipherSpec\",\"Finished\" finished_valid=1",
      "tlsdsk.message c>s by=\"client\" round=2 " FLIGHT_4 " finished_valid=1", "resumed=1"}, {"malformed"}},
    {"the first of two is missing", "resumed", false, 4, NONE, NONE, 0,
     {"round=1 contains=\"ServerHello\",\"ChangeCipherSpec\",\"Finished\" finished_valid=1"}, {"malformed"}},
    {"the server refuses the certificate", "refused", false, 0, NONE, NONE, 0,
     {"tls.alert s>c by=\"server\" level=\"fatal\" description=\"unknown_ca\"",
      "by=\"server\" round=2 contains=\"Alert\"", "end=\"alert-s\""}, {"malformed"}},
    {"joined at the server's flight", "tls10", false, 1, NONE, NONE, 0,
     {"by=\"server\" contains=\"ServerHello\",", "side=\"server\"", "side=\"client\" serial=\"2001\"", FLIGHT_4},
     {"round", "finished_valid"}},
    {"joined at the client's second flight", "tls10", false, 2, NONE, NONE, 0,
     {"side=\"client\" serial=\"2001\"", "by=\"client\" " FLIGHT_3, "reason=\"no-client-hello\""},
     {"finished_valid", "side=\"server\""}},
    {"the server's flight is missing", "tls10", false, 0, 1, NONE, 0, {FLIGHT_3, FLIGHT_4}, {"finished_valid"}},
    {"the client's second flight is missing", "tls10", false, 0, 2, NONE, 0,
     {"by=\"server\" round=1 " FLIGHT_4}, {"finished_valid=1", "finished_valid=0"}},
    {"Finished was changed on its way", "tls12", false, 0, NONE, 2, 1,
     {FLIGHT_3 " [tlsdsk]", "records_decrypted=1"}, {"finished_valid"}},
    {"a certificate was changed on its way", "tls10", false, 0, NONE, 1, 100,
     {FLIGHT_3 " finished_valid=0", FLIGHT_4 " finished_valid=0"}, {"finished_valid=1"}},
};
/* clang-format on */

static void load(const char *name, struct feed_sample *s)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tlsdsk/udp-%s.bin", SGS_SAMPLES, name);
    if (!feed_load(path, s)) {
        fail_msg("%s is no sample", path);
    }
}

static void push(struct feed *f, const struct feed_record *r, bool is_spoilt, size_t at)
{
    uint8_t *octets = malloc(r->octets.len);

    assert_non_null(octets);
    memcpy(octets, r->octets.ptr, r->octets.len);
    if (is_spoilt) {
        octets[r->octets.len - 1 - at] ^= 1;
    }
    feed_next(f);
    feed_push(f, r->dir, sgs_slice(octets, r->octets.len));
    free(octets);
}

static void check_lines(const struct play *p, const char *lines)
{
    for (size_t i = 0; i < N(p->has) && p->has[i]; i++) {
        if (!strstr(lines, p->has[i])) {
            fail_msg("%s: no %s in\n%s", p->name, p->has[i], lines);
        }
    }
    for (size_t i = 0; i < N(p->lacks) && p->lacks[i]; i++) {
        if (strstr(lines, p->lacks[i])) {
            fail_msg("%s: %s in\n%s", p->name, p->lacks[i], lines);
        }
    }
}

static void handshakes(void **state)
{
    for (size_t i = 0; i < N(plays); i++) {
        const struct play *p = &plays[i];
        struct feed_sample s;
        struct feed f;
        load(p->sample, &s);
        if (p->is_keyless) {
            feed_keys(&s, (struct sgs_slice){NULL, 0});
        }
        feed_open(&f, "tlsdsk", &s);
        for (size_t k = p->first; k < s.n; k++) {
            if (k != p->without) {
                push(&f, &s.records[k], k == p->spoilt, p->spoilt_at);
            }
        }
        feed_end(&f);
        assert_true(sgs_buf_add_octet(&f.lines, 0));
        check_lines(p, (const char *)f.lines.ptr);
        feed_close(&f);
        feed_unload(&s);
    }
}

/* flights made by hand */

/* clang-format off */
#define ROW(name, octets, ...) {name, octets, sizeof(octets) - 1, {__VA_ARGS__}}
static const struct {
    const char *name;
    const char *octets;
    size_t len;
    const char *has[3];
} flights[] = {
    ROW("a message over two records",
        "\x16\x03\x01\0\2\x0e\0" "\x16\x03\x01\0\2\0\0", "contains=\"ServerHelloDone\" [", "tls.session"),
    ROW("two messages in a record", "\x16\x03\x01\0\x8\x0e\0\0\0\0\0\0\0", "contains=\"ServerHelloDone\",\"HelloRequest\" ["),
    ROW("a message without a name", "\x16\x03\x01\0\4\x63\0\0\0", "contains=\"99\" ["),
    ROW("no TLS", "NTLMSSP", "malformed c>s what=\"gssapi-data without a TLS record\" offset=0"),
    ROW("SSL 2.0", "\x80\x2e\1\3\1", "malformed c>s what=\"gssapi-data without a TLS record\" offset=0"),
    ROW("one octet", "\x16", "malformed c>s what=\"gssapi-data without a TLS record\" offset=0"),
    ROW("half a second record", "\x14\x03\x01\0\1\1\x16\x03\x01\0\2\0", "contains=\"ChangeCipherSpec\" [",
        "malformed c>s what=\"gssapi-data does not end with a whole TLS record\" offset=6"),
    ROW("a record that is too long", "\x14\x03\x01\0\1\1\x16\x03\x01\xff\xff",
        "malformed c>s what=\"gssapi-data does not end with a whole TLS record\" offset=6"),
    ROW("half a message", "\x16\x03\x01\0\x5\x0b\0\0\x9\0", "tlsdsk.message c>s by=\"client\" [",
        "malformed c>s what=\"a handshake message passes the end of its flight\" offset=10"),
    ROW("an alert", "\x15\x03\x01\0\2\2\x2a", "contains=\"Alert\" [", "by=\"client\" level=\"fatal\" description=\"bad_certificate\""),
    ROW("an encrypted alert", "\x14\x03\x01\0\1\1\x15\x03\x01\0\x20" "0123456789abcdef0123456789abcdef",
        "contains=\"ChangeCipherSpec\",\"Alert\" ["),
    ROW("application data, which never comes", "\x17\x03\x01\0\1x", "contains=\"ApplicationData\" ["),
};
/* clang-format on */

static void by_hand(void **state)
{
    for (size_t i = 0; i < N(flights); i++) {
        struct feed_sample s = {.is_udp = true};
        struct feed f;
        feed_open(&f, "tlsdsk", &s);
        feed_next(&f);
        feed_push(&f, SGS_C2S, sgs_slice(flights[i].octets, flights[i].len));
        feed_end(&f);
        assert_true(sgs_buf_add_octet(&f.lines, 0));
        for (size_t k = 0; k < N(flights[i].has) && flights[i].has[k]; k++) {
            if (!strstr((const char *)f.lines.ptr, flights[i].has[k])) {
                fail_msg("%s: no %s in\n%s", flights[i].name, flights[i].has[k], f.lines.ptr);
            }
        }
        feed_close(&f);
    }
}

/* What is broken in one flight says nothing of the next. */
static void flights_stand_alone(void **state)
{
    struct feed_sample s = {.is_udp = true};
    struct feed f;

    feed_open(&f, "tlsdsk", &s);
    feed_next(&f);
    feed_push(&f, SGS_S2C, SGS_LIT("\x16\x03\x01\0\x5\x0b\0\0\x9\0"));
    feed_next(&f);
    feed_push(&f, SGS_S2C, SGS_LIT("\x16\x03\x01\0\4\x0e\0\0\0"));
    feed_end(&f);
    assert_true(sgs_buf_add_octet(&f.lines, 0));
    assert_non_null(strstr((const char *)f.lines.ptr, "contains=\"ServerHelloDone\""));
    assert_null(strstr((const char *)f.lines.ptr, "certificate is not"));
    feed_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(flights_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
