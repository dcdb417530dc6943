/*
 * LDAP over TCP and UDP.  The octets are those of make.py, the expected values what it put into
 * them; names are those of RFC 4511, filters those of RFC 4515.
 */
#include "../play.h"

#include <signscope/limits.h>
#include <signscope/reader.h>

static void open_ldap(struct play *p, enum sgs_transport transport, const char *dissector)
{
    const struct sgs_conn_info info = {
        .transport = transport,
        .end = {{.ip = {10, 0, 0, 15}, .len = 4, .port = 50738},
                {.ip = {10, 0, 1, 5}, .len = 4, .port = 389}},
        .has_start = true,
    };

    play_open(p, dissector, true);
    sgs_stream_close(p->stream);
    p->stream = sgs_stream_open(p->engine, &info, dissector);
}

/* Events of others up to what says who brought them: they have tests of their own. */
static void shorten(char *text)
{
    static const char *const others[] = {" ntlm.", " spnego.", " kerberos.", " tls."};
    char *to = text;

    for (char *line = text, *next = NULL; *line; line = next) {
        char *end = strchr(line, '\n');
        next = end + 1;
        *end = 0;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            char *kind = strstr(line, others[i]);
            char *field = kind ? strchr(kind + 1, ' ') : NULL;
            if (field && strncmp(field, " in=", 4) == 0) {
                field = strchr(field + 1, ' ');
            }
            char *carrier = field ? strstr(field, " carrier=") : NULL;
            bool is_other = kind && kind == strchr(line, ' ');
            if (is_other && carrier) {
                size_t n = strcspn(carrier + 1, " ") + 1;
                memmove(field, carrier, n);
                field[n] = 0;
            } else if (is_other && field) {
                *field = 0;
            }
        }
        size_t n = strlen(line);
        memmove(to, line, n);
        to[n] = '\n';
        to += n + 1;
    }
    *to = 0;
}

static void expect(const char *sample, enum sgs_transport transport, const char *dissector,
                   const char *expected)
{
    struct play p;

    open_ldap(&p, transport, dissector);
    play_sample(&p, sample);
    (void)play_end(&p, SGS_END_FIN);
    shorten((char *)p.out.ptr);
    assert_string_equal((const char *)p.out.ptr, expected);
    play_close(&p);
}

#define MS " rtt_ms=1000000"
#define BASE "DC=contoso,DC=com"
#define REFUSED                                                                                    \
    "diagnostic=80090308: LdapErr: DSID-0C090400, comment: AcceptSecurityContext error, data "     \
    "52e, v1db1"
#define BIND(id, scheme, rest)                                                                     \
    "#" #id " ldap.request version=3 auth_scheme=" scheme " op=bindRequest message_id=" rest "\n"
#define BOUND(id, of, result, rest)                                                                \
    "#" #id " ldap.response request=" #of MS " op=bindResponse result=" result " message_id=" rest \
    "\n"

static void binds(void **state)
{
    struct play p;

    open_ldap(&p, SGS_TCP, "ldap");
    play_sample(&p, "ldap/binds.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    assert_null(strstr(out, "Sesam"));
    assert_null(strstr(out, "0123456789abcdef"));
    assert_null(strstr(out, "malformed"));
    assert_non_null(strstr(out, " user=User carrier=ldap domain=Domain workstation=COMPUTER "));
    play_close(&p);
    expect("ldap/binds.bin", SGS_TCP, "ldap",
#include "binds.def"
    );
}

static void operations(void **state)
{
    struct play p;

    expect("ldap/operations.bin", SGS_TCP, "ldap",
#include "operations.def"
    );
    open_ldap(&p, SGS_TCP, "ldap");
    play_sample(&p, "ldap/operations.bin");
    assert_null(strstr(play_end(&p, SGS_END_FIN), "Sesam"));
    play_close(&p);
}

/* RFC 4515, section 4, has some of these. */
static void filters(void **state)
{
    static const char *const expected[] = {
        "(&(|(a=1)(b>=2))(!(c<=3))(d~=4))",
        "(cn=A*d*a)",
        "(cn=*d*)",
        "(cn=A*)",
        "(cn=*a)",
        "(sn:dn:2.4.6.8.10:=Barney)",
        "(:1.2.3:=Wilma)",
        "(sn:=x)",
        "(o=Parens R Us \\28for all your parenthetical needs\\29)",
        "(cn=\\2a\\5c\\00)",
        "(sn=Lu\xc4\x8di\xc4\x87)",
        "(objectSid=\\01\\05\\ff\\fe)",
        "(&)",
        "(&(userPassword=***)(unicodePwd;binary=***))",
        "(userPassword=****)",
        "(userPassword:=***)",
    };
    struct play p;
    char line[256];

    open_ldap(&p, SGS_TCP, "ldap");
    play_sample(&p, "ldap/filters.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        (void)snprintf(line, sizeof line,
                       "op=searchRequest filter=%s scope=baseObject message_id=%zu\n", expected[i],
                       i + 1);
        if (!strstr(out, line)) {
            fail_msg("no \"%s\"", line);
        }
    }
    assert_null(strstr(out, "Sesam"));
    play_close(&p);
}

static void start_tls(void **state)
{
    expect("ldap/start-tls.bin", SGS_TCP, "ldap",
           "#1 ldap.request op=extendedReq message_id=1 extension=StartTLS\n"
           "#2 ldap.response request=1" MS " op=extendedResp result=success message_id=1 "
           "extension=StartTLS\n"
           "#3 tls.client_hello\n"
           "#4 tls.session\n");
}

#define FIND_ADA "base=" BASE " filter=(sAMAccountName=ada) scope=wholeSubtree attributes=cn "
#define SIGNED " protection=signed\n"

static void signed_and_sealed(void **state)
{
    expect("ldap/signed.bin", SGS_TCP, "ldap",
           "#3 ntlm.negotiate in=2 carrier=ldap\n"
           "#2 spnego.init in=1 carrier=ldap\n"
           "#1 ldap.request version=3 auth_scheme=sasl op=bindRequest message_id=1 "
           "sasl_mechanism=GSS-SPNEGO\n"
           "#5 spnego.response in=4 carrier=ldap\n"
           "#4 ldap.response request=1" MS " op=bindResponse result=success message_id=1\n"
           "#6 ldap.request op=searchRequest " FIND_ADA "message_id=2" SIGNED
           "#7 ldap.response request=6 op=searchResEntry base=CN=Ada,CN=Users," BASE
           " attributes=cn message_id=2" SIGNED "#8 ldap.response request=6" MS
           " entries=1 op=searchResDone result=success message_id=2" SIGNED
           "#9 proto.named name=SASL by=buffer mech=Kerberos 5 protection=sealed\n");
}

#define ROOT_DSE(id)                                                                               \
    "op=searchRequest filter=(objectClass=*) scope=baseObject "                                    \
    "attributes=supportedSASLMechanisms,defaultNamingContext message_id=" id
#define ROOT_DSE_DONE(of, id)                                                                      \
    "request=" of MS " entries=0 op=searchResDone result=success message_id=" id

static void buffers(void **state)
{
    expect("sasl/udp-kerberos.bin", SGS_UDP, "sasl",
           "#1 ldap.request " ROOT_DSE("1") SIGNED "#2 ldap.response " ROOT_DSE_DONE("1", "1")
               SIGNED "#3 ldap.request " ROOT_DSE("2") SIGNED
           "#4 ldap.response " ROOT_DSE_DONE("3", "2") SIGNED
           "#5 proto.named name=SASL by=buffer mech=Kerberos 5 protection=sealed\n");
    expect("sasl/udp-old-kerberos.bin", SGS_UDP, "sasl",
           "#1 ldap.request " ROOT_DSE("1") SIGNED "#2 ldap.response " ROOT_DSE_DONE("1", "1")
               SIGNED "#3 proto.named name=SASL by=buffer mech=Kerberos 5 protection=sealed\n");
    expect("sasl/udp-ntlm-signed.bin", SGS_UDP, "sasl",
           "#1 ldap.request " ROOT_DSE("1") SIGNED "#2 ldap.response " ROOT_DSE_DONE("1", "1")
               SIGNED);
    expect("sasl/udp-ntlm-sealed.bin", SGS_UDP, "sasl",
           "#1 proto.named name=SASL by=buffer mech=NTLMSSP protection=sealed\n");
    expect("sasl/udp-digest.bin", SGS_UDP, "sasl",
           "#1 ldap.request " ROOT_DSE("1") SIGNED
           "#2 proto.named name=SASL by=buffer mech=DIGEST-MD5 protection=sealed\n");
    expect("sasl/udp-nobody.bin", SGS_UDP, "sasl",
           "#1 proto.named name=SASL by=buffer protection=sealed\n");
}

#define SERVICES "CN=Public Key Services,CN=Services,CN=Configuration," BASE
#define SERVICES_URL "CN=Public%20Key%20Services,CN=Services,CN=Configuration," BASE

/* What the list and the certificates say is in test_x509.c. */
static void revocation(void **state)
{
    static const char *const expected[] = {
        "op=searchRequest base=CN=Contoso Issuing CA,CN=CDP," SERVICES
        " filter=(objectClass=cRLDistributionPoint) scope=baseObject "
        "attributes=certificateRevocationList message_id=1\n",
        "#3 revocation.fetch in=2 ",
        " url=ldap:///CN=Contoso%20Issuing%20CA,CN=CDP," SERVICES_URL "?certificateRevocationList ",
        "op=searchResEntry base=CN=Contoso Issuing CA,CN=CDP," SERVICES
        " attributes=certificateRevocationList;binary message_id=1\n",
        " url=ldap:///CN=Contoso%20Issuing%20CA,CN=AIA," SERVICES_URL "?cACertificate",
        " url=ldap:///CN=50%25,CN=%C3%A4?authorityRevocationList",
        "malformed in=11 what=neither a certificate nor a CRL",
    };
    struct play p;

    open_ldap(&p, SGS_TCP, "ldap");
    play_sample(&p, "ldap/revocation.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (!strstr(out, expected[i])) {
            fail_msg("no \"%s\"", expected[i]);
        }
    }
    play_close(&p);
}

static void ping(void **state)
{
    expect("ldap/udp-ping.bin", SGS_UDP, NULL,
           "#1 ldap.request user=ada domain=contoso.com workstation=WS-10 op=searchRequest "
           "filter=(&(DnsDomain=contoso.com)(Host=WS-10)(User=ada)(NtVer=\\16\\00\\00\\00)) "
           "scope=baseObject attributes=NetLogon message_id=1\n"
           "#2 ldap.response request=1 op=searchResEntry attributes=Netlogon message_id=1\n"
           "#3 ldap.response request=1" MS " entries=1 op=searchResDone result=success "
           "message_id=1\n"
           "#4 ldap.request " ROOT_DSE("2") "\n");
}

/* One message by hand: octets, and what is seen of them. */
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
        struct play p;
        open_ldap(&p, SGS_TCP, "ldap");
        play_push(&p, SGS_C2S, sgs_slice(rows[i].octets, rows[i].len));
        assert_string_equal(play_end(&p, SGS_END_FIN), rows[i].expected);
        play_close(&p);
    }
}

/* One NOT in the other, as deep as depth; returns the octets used. */
static size_t deep_search(uint8_t *to, size_t size, unsigned depth)
{
    static const uint8_t before[] = {4, 0, 0x0a, 1, 0, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0};
    size_t at = size;

    to[--at] = 0; /* no attributes */
    to[--at] = 0x30;
    size_t end = at;
    to[--at] = 'a';
    to[--at] = 1;
    to[--at] = 0x87;
    for (unsigned i = 0; i < depth; i++) {
        size_t len = end - at;
        to[--at] = (uint8_t)len;
        to[--at] = 0x81;
        to[--at] = 0xa2;
    }
    at -= sizeof before;
    memcpy(to + at, before, sizeof before);
    size_t len = size - at;
    to[--at] = (uint8_t)len;
    to[--at] = 0x81;
    to[--at] = 0x63;
    to[--at] = 1;
    to[--at] = 1;
    to[--at] = 2;
    len = size - at;
    to[--at] = (uint8_t)len;
    to[--at] = 0x81;
    to[--at] = 0x30;
    return at;
}

static void deep_filters(void **state)
{
    uint8_t octets[256];
    struct play p;

    size_t at = deep_search(octets, sizeof octets, SGS_MAX_LDAP_FILTER);
    open_ldap(&p, SGS_TCP, "ldap");
    play_push(&p, SGS_C2S, sgs_slice(octets + at, sizeof octets - at));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "(!(a=*))))))))))))))))))))))))))))))))) scope="));
    play_close(&p);
    at = deep_search(octets, sizeof octets, SGS_MAX_LDAP_FILTER + 1);
    open_ldap(&p, SGS_TCP, "ldap");
    play_push(&p, SGS_C2S, sgs_slice(octets + at, sizeof octets - at));
    assert_string_equal(play_end(&p, SGS_END_FIN),
                        "#2 limit in=1 what=ldap.filter number=32\n"
                        "#1 ldap.request op=searchRequest scope=baseObject message_id=1\n");
    play_close(&p);
}

/* Requests that nobody answers fill a ring; the oldest are forgotten. */
static void many_requests(void **state)
{
    uint8_t request[] = {0x30, 6, 2, 2, 0, 0, 0x4a, 0};
    uint8_t answer[] = {0x30, 13, 2, 2, 0, 0, 0x6b, 7, 10, 1, 0, 4, 0, 4, 0};
    struct play p;

    open_ldap(&p, SGS_TCP, "ldap");
    for (unsigned i = 0; i <= SGS_MAX_LDAP_PENDING; i++) {
        request[4] = (uint8_t)(i >> 8);
        request[5] = (uint8_t)i;
        play_push(&p, SGS_C2S, sgs_slice(request, sizeof request));
    }
    p.out.len = 0;
    play_push(&p, SGS_S2C, sgs_slice(answer, sizeof answer));
    answer[5] = 1;
    play_push(&p, SGS_S2C, sgs_slice(answer, sizeof answer));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "ldap.response op=delResponse result=success message_id=0\n"));
    assert_non_null(strstr(out, "ldap.response request=2 "));
    play_close(&p);
}

static size_t load(const char *sample, uint8_t *to, size_t size)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", SGS_SAMPLES, sample);
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    size_t n = fread(to, 1, size, f);
    assert_int_equal(fclose(f), 0);
    return n;
}

/* Of a message whose end is lost the head is shown; behind the hole messages are found again. */
static void losses(void **state)
{
    static const char anonymous[] = "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00";
    static const char unbind[] = "\x30\x05\x02\x01\x09\x42\x00";
    uint8_t octets[256];
    struct play p;

    size_t n = load("ldap/revocation.bin", octets, sizeof octets);
    assert_int_equal(n, sizeof octets);
    open_ldap(&p, SGS_TCP, "ldap");
    play_push(&p, SGS_C2S, rd_at(sgs_slice(octets, n), 5, 150));
    play_gap(&p, SGS_C2S, 5000);
    play_push(&p, SGS_C2S, sgs_slice("\xff\x30\x05\x02\x01", 5));
    play_push(&p, SGS_C2S, sgs_slice("\x09\x42\x00", 3));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, " cut=1 op=searchRequest base=CN=Contoso Issuing CA,"));
    assert_non_null(strstr(out, "ldap.request op=unbindRequest message_id=9\n"));
    assert_null(strstr(out, "malformed"));
    play_close(&p);

    open_ldap(&p, SGS_TCP, "ldap");
    play_push(&p, SGS_C2S, sgs_slice(anonymous, sizeof anonymous - 1));
    play_gap(&p, SGS_C2S, 0);
    play_push(&p, SGS_C2S, sgs_slice("no message at all", 17));
    play_push(&p, SGS_C2S, sgs_slice(unbind, sizeof unbind - 1));
    out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "op=unbindRequest"));
    play_close(&p);
}

/* StartTLS whose answer nobody saw: the ClientHello waits for it, or says so itself. */
static void start_tls_without_answer(void **state)
{
    uint8_t octets[1024];
    struct play p;
    size_t n = load("ldap/start-tls.bin", octets, sizeof octets);
    struct sgs_slice all = sgs_slice(octets, n);
    size_t asked = 5 + octets[4], answered = asked + 5 + octets[asked + 4];
    struct sgs_slice request = rd_at(all, 5, octets[4]);
    struct sgs_slice answer = rd_at(all, asked + 5, octets[asked + 4]);
    struct sgs_slice hello = sgs_slice_from(all, answered + 5);

    open_ldap(&p, SGS_TCP, "ldap"); /* the capture shows the answer late */
    play_push(&p, SGS_C2S, request);
    play_push(&p, SGS_C2S, hello);
    assert_int_equal(strcspn((const char *)p.out.ptr, "\n") + 1, p.out.len);
    play_push(&p, SGS_S2C, answer);
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "tls.client_hello"));
    play_close(&p);

    open_ldap(&p, SGS_TCP, "ldap"); /* a hole in its place */
    play_push(&p, SGS_C2S, request);
    play_gap(&p, SGS_S2C, answer.len);
    play_push(&p, SGS_C2S, sgs_slice_head(hello, 3));
    play_push(&p, SGS_C2S, sgs_slice_from(hello, 3));
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "tls.client_hello"));
    play_close(&p);

    open_ldap(&p, SGS_TCP, "ldap"); /* only the client was captured */
    play_push(&p, SGS_C2S, request);
    play_push(&p, SGS_C2S, hello);
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "tls.client_hello"));
    play_close(&p);

    open_ldap(&p, SGS_TCP, "ldap"); /* nobody asked for it */
    play_push(&p, SGS_C2S, hello);
    assert_null(strstr(play_end(&p, SGS_END_FIN), "tls.client_hello"));
    play_close(&p);
}

static void probed(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        enum sgs_guess guess;
    } rows[] = {
#define ROW(octets, guess) {octets, sizeof(octets) - 1, guess},
        ROW("\x30\x05\x02\x01\x03\x42\x00", SGS_SURE)
            ROW("\x30\x84\x00\x00\x00\x05\x02\x01\x03\x42\x00", SGS_SURE) ROW("\x30", SGS_SHORT)
                ROW("\x30\x05", SGS_SHORT) ROW("\x30\x05\x02", SGS_SHORT)
                    ROW("\x30\x05\x02\x01\x03", SGS_SHORT)
                        ROW("\x30\x05\x02\x01\x03\x42\x01", SGS_NO)     /* longer than the whole */
        ROW("\x30\x05\x02\x01\x03\x04\x00", SGS_NO)                     /* SNMP */
        ROW("\x30\x05\x02\x05\x03\x42\x00\x00\x00\x00\x00\x00", SGS_NO) /* an id of 5 octets */
        ROW("\x30\x80\x02\x01\x03\x42\x00", SGS_NO) /* BER that RFC 4511, 5.1, forbids */
        ROW("\x30\x84\x7f\x00\x00\x00\x02\x01\x03\x42\x00", SGS_NO)
            ROW("\x30\x82\x03\x00\x30\x82\x02\x00\x00\x00\x00\x00", SGS_NO) /* a certificate */
        ROW("\0\0\0\x40\x05\x04\x04\xff", SGS_MAYBE) ROW("\0\0\0\x40\x05\x04\x08\xff", SGS_NO)
            ROW("\0\0\0\x40\x60\x3e\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x02\x01", SGS_MAYBE)
                ROW("\0\0\0\x40\x60\x3e\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00",
                    SGS_NO) ROW("\0\0\0\x40\xfeSMB", SGS_NO) ROW("\0\0\0\x40\x05", SGS_SHORT)
                    ROW("\x16\x03\x01\x00\xc8\x01", SGS_NO) ROW("GET / HTTP/1.1\r\n", SGS_NO)
#undef ROW
    };
    const struct sgs_dissector *d = NULL;

    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        d = strcmp(sgs_dissectors[i]->name, "ldap") == 0 ? sgs_dissectors[i] : d;
    }
    assert_non_null(d);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (d->probe(sgs_slice(rows[i].octets, rows[i].len), SGS_C2S) != rows[i].guess) {
            fail_msg("row %zu", i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds),
        cmocka_unit_test(operations),
        cmocka_unit_test(filters),
        cmocka_unit_test(start_tls),
        cmocka_unit_test(signed_and_sealed),
        cmocka_unit_test(buffers),
        cmocka_unit_test(revocation),
        cmocka_unit_test(ping),
        cmocka_unit_test(odd_messages),
        cmocka_unit_test(deep_filters),
        cmocka_unit_test(many_requests),
        cmocka_unit_test(losses),
        cmocka_unit_test(start_tls_without_answer),
        cmocka_unit_test(probed),
    };

    return cmocka_run_group_tests_name("ldap", tests, NULL, NULL) != 0;
}
