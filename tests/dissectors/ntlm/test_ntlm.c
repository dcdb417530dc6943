/*
 * NTLM messages.  Octets are those of [MS-NLMP], sections 4.2.2 (LM and NTLMv1), 4.2.3 (extended
 * session security) and 4.2.4 (NTLMv2), or made to the letter of section 2.2.
 */
#include "../play.h"

#include <signscope/codec.h>

/* A message put together field by field; the payload follows the head. */
struct build {
    uint8_t octets[1024];
    size_t len;
    size_t head; /* octets before the payload */
};

static void put(uint8_t *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static void begin(struct build *b, uint32_t type, size_t head)
{
    memset(b, 0, sizeof *b);
    memcpy(b->octets, "NTLMSSP", 8);
    put(b->octets + 8, type, 4);
    b->len = b->head = head;
}

/* A field at off whose octets are appended. */
static void field(struct build *b, size_t off, const void *octets, size_t len)
{
    assert_true(b->len + len <= sizeof b->octets);
    memcpy(b->octets + b->len, octets, len);
    put(b->octets + off, len, 2);
    put(b->octets + off + 2, len, 2);
    put(b->octets + off + 4, b->len, 4);
    b->len += len;
}

static void expect(const struct build *b, const char *expected)
{
    struct play p;

    play_open(&p, "ntlm", true);
    play_push(&p, SGS_C2S, sgs_slice(b->octets, b->len));
    assert_string_equal(play_end(&p, SGS_END_FIN), expected);
    play_close(&p);
}

#define LM_AT 12
#define NT_AT 20
#define DOMAIN_AT 28
#define USER_AT 36
#define HOST_AT 44
#define KEY_AT 52
#define FLAGS_AT 60
#define HEAD_V1 72  /* with VERSION */
#define HEAD_MIC 88 /* with VERSION and MIC */

#define UTF16_USER "U\0s\0e\0r"
#define UTF16_DOMAIN "D\0o\0m\0a\0i\0n"
#define UTF16_HOST "C\0O\0M\0P\0U\0T\0E\0R"

/* AUTHENTICATE_MESSAGE with the names of section 4.2.1. */
static void authenticate(struct build *b, size_t head, uint32_t flags, const char *lm,
                         size_t lm_len, const char *nt, size_t nt_len)
{
    begin(b, 3, head);
    put(b->octets + FLAGS_AT, flags, 4);
    field(b, DOMAIN_AT, UTF16_DOMAIN, sizeof UTF16_DOMAIN);
    field(b, USER_AT, UTF16_USER, sizeof UTF16_USER);
    field(b, HOST_AT, UTF16_HOST, sizeof UTF16_HOST);
    field(b, LM_AT, lm, lm_len);
    field(b, NT_AT, nt, nt_len);
}

#define NAMES "user=User domain=Domain workstation=COMPUTER empty_user=0 "

static const char lm_v1[] = "\x98\xde\xf7\xb8\x7f\x88\xaa\x5d\xaf\xe2\xdf\x77"
                            "\x96\x88\xa1\x72\xde\xf1\x1c\x7d\x5c\xcd\xef\x13";
static const char nt_v1[] = "\x67\xc4\x30\x11\xf3\x02\x98\xa2\xad\x35\xec\xe6"
                            "\x4f\x16\x33\x1c\x44\xbd\xbe\xd9\x27\x84\x1f\x94";
static const char lm_session[24] = "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
static const char nt_session[] = "\x75\x37\xf8\x03\xae\x36\x71\x28\xca\x45\x82\x04"
                                 "\xbd\xe7\xca\xf8\x1e\x97\xed\x26\x83\x26\x72\x32";
static const char zeros[24];

static void samples(void **state)
{
    struct play p;

    play_open(&p, "ntlm", true);
    play_sample(&p, "ntlm/udp-v2.bin");
    assert_string_equal(
        play_end(&p, SGS_END_FIN),
        "#1 ntlm.negotiate domain=CONTOSO workstation=WS-10 flags=NTLMSSP_NEGOTIATE_UNICODE,"
        "NTLM_NEGOTIATE_OEM,NTLMSSP_REQUEST_TARGET,NTLMSSP_NEGOTIATE_SIGN,NTLMSSP_NEGOTIATE_LM_KEY,"
        "NTLMSSP_NEGOTIATE_NTLM,NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED,"
        "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED,NTLMSSP_NEGOTIATE_ALWAYS_SIGN,"
        "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,NTLMSSP_NEGOTIATE_VERSION,"
        "NTLMSSP_NEGOTIATE_128,NTLMSSP_NEGOTIATE_KEY_EXCH,NTLMSSP_NEGOTIATE_56 "
        "os_version=10.0.17763\n"
        "#2 ntlm.challenge target=Server flags=NTLMSSP_NEGOTIATE_UNICODE,NTLM_NEGOTIATE_OEM,"
        "NTLMSSP_NEGOTIATE_SIGN,NTLMSSP_NEGOTIATE_SEAL,NTLMSSP_NEGOTIATE_NTLM,"
        "NTLMSSP_NEGOTIATE_ALWAYS_SIGN,NTLMSSP_TARGET_TYPE_SERVER,"
        "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,NTLMSSP_NEGOTIATE_TARGET_INFO,"
        "NTLMSSP_NEGOTIATE_VERSION,NTLMSSP_NEGOTIATE_128,NTLMSSP_NEGOTIATE_KEY_EXCH,"
        "NTLMSSP_NEGOTIATE_56 os_version=6.0.6000 "
        "target_info{MsvAvNbDomainName:\"Domain\" MsvAvNbComputerName:\"Server\"}\n"
        "#3 ntlm.authenticate user=User domain=Domain workstation=COMPUTER empty_user=0 "
        "flags=NTLMSSP_NEGOTIATE_UNICODE,NTLMSSP_REQUEST_TARGET,NTLMSSP_NEGOTIATE_SIGN,"
        "NTLMSSP_NEGOTIATE_SEAL,NTLMSSP_NEGOTIATE_NTLM,NTLMSSP_NEGOTIATE_ALWAYS_SIGN,"
        "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,NTLMSSP_NEGOTIATE_TARGET_INFO,"
        "NTLMSSP_NEGOTIATE_VERSION,NTLMSSP_NEGOTIATE_128,NTLMSSP_NEGOTIATE_KEY_EXCH,"
        "NTLMSSP_NEGOTIATE_56 os_version=5.1.2600 "
        "target_info{MsvAvNbDomainName:\"Domain\" MsvAvNbComputerName:\"Server\"} "
        "responses=LMv2,NTLMv2 mic=0\n");
    play_close(&p);
}

static void responses(void **state)
{
    static const struct {
        uint32_t flags;
        const char *lm;
        size_t lm_len;
        const char *nt;
        size_t nt_len;
        const char *expected;
    } rows[] = {
#define UNICODE "#1 ntlm.authenticate " NAMES "flags=NTLMSSP_NEGOTIATE_UNICODE"
#define EXTENDED UNICODE ",NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"
        {0x00000001, lm_v1,      24, nt_v1,      24, UNICODE " responses=LM,NTLMv1 mic=0\n"     },
        {0x00000001, nt_v1,      24, nt_v1,      24, UNICODE " responses=NTLMv1 mic=0\n"        },
        {0x00000001, zeros,      24, nt_v1,      24, UNICODE " responses=NTLMv1 mic=0\n"        },
        {0x00000001, lm_v1,      24, "",         0,  UNICODE " responses=LM mic=0\n"            },
        {0x00080001, lm_session, 24, nt_session, 24, EXTENDED " responses=NTLM2 session mic=0\n"},
        {0x00000001, lm_session, 24, nt_session, 24, UNICODE " responses=LM,NTLMv1 mic=0\n"     },
        {0x00080001, "",         0,  nt_v1,      24, EXTENDED " responses=NTLMv1 mic=0\n"       },
        {0x00000001, "",         1,  "",         0,  UNICODE " responses=anonymous mic=0\n"     },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        authenticate(&b, HEAD_V1, rows[i].flags, rows[i].lm, rows[i].lm_len, rows[i].nt,
                     rows[i].nt_len);
        expect(&b, rows[i].expected);
    }
}

/* Section 3.2.5.1.2: no user, no response; and a user that is empty in spite of a response. */
static void nobody(void **state)
{
    struct build b;

    begin(&b, 3, HEAD_V1);
    put(b.octets + FLAGS_AT, 0x00000801, 4);
    field(&b, LM_AT, "", 1);
    expect(&b, "#1 ntlm.authenticate empty_user=1 flags=NTLMSSP_NEGOTIATE_UNICODE,"
               "NTLMSSP_NEGOTIATE_ANONYMOUS responses=anonymous mic=0\n");
    begin(&b, 3, HEAD_V1);
    put(b.octets + FLAGS_AT, 1, 4);
    field(&b, NT_AT, nt_v1, 24);
    expect(&b, "#1 ntlm.authenticate empty_user=1 flags=NTLMSSP_NEGOTIATE_UNICODE "
               "responses=NTLMv1 mic=0\n");
}

/* An NTLMv2 response: proof, versions, time, nonce, list. */
static size_t response_v2(uint8_t *out, uint64_t ticks, const char *list, size_t len)
{
    memset(out, 0x5a, 44);
    memset(out + 16, 0, 8);
    out[16] = out[17] = 1;
    put(out + 24, ticks, 8);
    memset(out + 40, 0, 4);
    memcpy(out + 44, list, len);
    return 44 + len;
}

#define FLAGS_MIC "\x06\0\x04\0\x02\0\0\0"
#define BINDING_NONE "\x0a\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define BINDING "\x0a\0\x10\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define TARGET "\x09\0\x0a\0H\0T\0T\0P\0/\0"
#define TIME "\x07\0\x08\0\0\0\0\0\0\0\0\0"
#define EOL "\0\0\0\0"

static void list_of_names(void **state)
{
    /* 2 March 2024, 09:14:02 UTC: 116444736000000000 + 1709370842 * 10^7 */
    const uint64_t ticks = UINT64_C(133538444420000000);
    static const struct {
        size_t head;
        const char *list;
        size_t len;
        const char *expected;
    } rows[] = {
#define LIST(text) text, sizeof(text) - 1
#define V2 "#1 ntlm.authenticate " NAMES "flags=NTLMSSP_NEGOTIATE_UNICODE "
#define SINCE " timestamp=1709370842000000000 responses=NTLMv2 "
        {HEAD_MIC, LIST(FLAGS_MIC TIME BINDING TARGET EOL),
                                                                        V2 "target_info{MsvAvFlags:2 MsvAvTargetName:\"HTTP/\"}" SINCE
            "mic=1 channel_binding=1\n"                                                                                                                                  },
        {HEAD_MIC, LIST(BINDING_NONE EOL),
                                                                        V2 "timestamp=1709370842000000000 responses=NTLMv2 mic=0 channel_binding=0\n"                    },
        {HEAD_V1,  LIST(FLAGS_MIC EOL),                     V2 "target_info{MsvAvFlags:2}" SINCE "mic=0\n"},
        {HEAD_V1,  LIST(FLAGS_MIC),
                                                                        V2 "target_info{MsvAvFlags:2}" SINCE "mic=0\n"
            "#2 malformed what=target information without an end offset=20\n"                                                                                            },
        {HEAD_V1,  LIST("\x02\0\xff\xff"),
                                                                        V2 "timestamp=1709370842000000000 responses=NTLMv2 mic=0\n"
            "#2 malformed what=target information without an end offset=20\n"                                                                                            },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t nt[256];
        struct build b;
        size_t len = response_v2(nt, ticks, rows[i].list, rows[i].len);
        authenticate(&b, rows[i].head, 1, zeros, 24, (const char *)nt, len);
        expect(&b, rows[i].expected);
    }
}

/* Names of the machine's own character set, and clients that send no flags. */
static void old_clients(void **state)
{
    struct build b;
    struct play p;

    begin(&b, 3, 52);
    field(&b, USER_AT, "ADA", 3);
    field(&b, LM_AT, lm_v1, 24);
    expect(&b, "#1 ntlm.authenticate user=ADA empty_user=0 responses=LM mic=0\n");

    play_open(&p, "ntlm", true);
    begin(&b, 2, 32);
    put(b.octets + 20, 1, 4);
    play_push(&p, SGS_S2C, sgs_slice(b.octets, b.len));
    begin(&b, 3, 52);
    field(&b, USER_AT, UTF16_USER, sizeof UTF16_USER);
    field(&b, LM_AT, lm_v1, 24);
    play_push(&p, SGS_C2S, sgs_slice(b.octets, b.len));
    assert_string_equal(play_end(&p, SGS_END_FIN),
                        "#1 ntlm.challenge flags=NTLMSSP_NEGOTIATE_UNICODE\n"
                        "#2 ntlm.authenticate user=User empty_user=0 responses=LM mic=0\n");
    play_close(&p);
}

static void wrong(void **state)
{
    struct build b;

    begin(&b, 3, HEAD_V1);
    put(b.octets + FLAGS_AT, 1, 4);
    put(b.octets + USER_AT, 8, 2);
    put(b.octets + USER_AT + 4, UINT32_MAX, 4);
    expect(&b, "#1 ntlm.authenticate empty_user=1 flags=NTLMSSP_NEGOTIATE_UNICODE "
               "responses=anonymous mic=0\n"
               "#2 malformed what=a field points outside the message offset=36\n");
    begin(&b, 3, 40);
    expect(&b, "#1 ntlm.authenticate\n#2 malformed what=message cut short offset=40\n");
    begin(&b, 2, 20);
    expect(&b, "#1 ntlm.challenge\n#2 malformed what=message cut short offset=20\n");
    begin(&b, 1, 14);
    expect(&b, "#1 ntlm.negotiate\n#2 malformed what=message cut short offset=14\n");
    begin(&b, 4, 40);
    expect(&b, "#1 malformed what=no NTLM message offset=0\n");
    begin(&b, 1, 11);
    expect(&b, "#1 malformed what=no NTLM message offset=0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),       cmocka_unit_test(responses),   cmocka_unit_test(nobody),
        cmocka_unit_test(list_of_names), cmocka_unit_test(old_clients), cmocka_unit_test(wrong),
    };

    return cmocka_run_group_tests_name("ntlm", tests, NULL, NULL) != 0;
}
