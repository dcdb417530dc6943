/*
 * SIP: framing in streams and datagrams, header lines in all their spellings, the tie between
 * responses and requests, authentication and diagnostics.  Messages are those of RFC 3261,
 * [MS-SIPAE] and [MS-SIPREGE], or made to their letter.
 */
#include "../play.h"

#include <signscope/limits.h>

static void open_sip(struct play *p, enum sgs_transport transport)
{
    const struct sgs_conn_info info = {
        .transport = transport,
        .end = {{.ip = {10, 20, 7, 44}, .len = 4, .port = 52110},
                {.ip = {10, 0, 1, 21}, .len = 4, .port = 5060}},
        .has_start = true,
    };

    play_open(p, "sip", true);
    sgs_stream_close(p->stream);
    p->stream = sgs_stream_open(p->engine, &info, "sip");
}

static const char *play_both(struct play *p, const char *c2s, const char *s2c)
{
    open_sip(p, SGS_TCP);
    play_text(p, SGS_C2S, c2s);
    play_text(p, SGS_S2C, s2c);
    return play_end(p, SGS_END_FIN);
}

static void has(const char *out, const char *want)
{
    if (!strstr(out, want)) {
        fail_msg("\"%s\" is not in:\n%s", want, out);
    }
}

static void has_not(const char *out, const char *bad)
{
    if (strstr(out, bad)) {
        fail_msg("\"%s\" is in:\n%s", bad, out);
    }
}

/* header lines: what they are, and what must be among the fields of their message */

struct line_case {
    const char *name;
    const char *start; /* NULL: a request */
    const char *lines;
    const char *want;
    const char *bad; /* must not be there; NULL: "malformed" */
};

#define REQUEST "OPTIONS sip:bob@contoso.com SIP/2.0\r\n"
#define RESPONSE "SIP/2.0 401 Unauthorized\r\n"

/* Rows whose texts take several lines cannot be aligned. */
/* clang-format off */
static const struct line_case line_cases[] = {
    {"compact names", NULL,
     "v: SIP/2.0/TCP h\r\nf: <sip:a@x>;tag=1\r\nt: sip:b@x\r\ni: 7@h\r\nm: <sip:a@h>\r\no: "
     "presence\r\n", " call_id=7@h from=sip:a@x to=sip:b@x event=presence contact=sip:a@h\n", NULL},
    {"names in capitals", NULL, "FROM: <sip:a@x>;epid=0a\r\nCALL-ID: 1\r\nCSEQ: 3 OPTIONS\r\n",
     " call_id=1 cseq=3 from=sip:a@x epid=0a\n", NULL},
    {"blanks before the colon", NULL, "Call-ID  : 1\r\n", " call_id=1\n", NULL},
    {"no blank behind the colon", NULL, "Call-ID:1\r\n", " call_id=1\n", NULL},
    {"User-Agent", NULL, "User-Agent: UCCAPI/16.0 OC/16.0 (Skype for Business)\r\n",
     " user_agent=UCCAPI/16.0 OC/16.0 (Skype for Business) ", NULL},
    {"User-Agent without hyphen", NULL, "UserAgent: RTC/1.3\r\n", " user_agent=RTC/1.3 ", NULL},
    {"a folded line", NULL, "To: <sip:b@x>\r\n   ;tag=1\r\n\t;epid=ab\r\n", " to=sip:b@x epid=ab\n",
     NULL},
    {"a fold inside quotes", RESPONSE,
     "ms-diagnostics: 1000;reason=\"Final\r\n   handshake failed\"\r\n",
     " ms_diagnostics{code:1000 reason:\"Final handshake failed\"}", NULL},
    {"line ends without CR", NULL, "Call-ID: 1\nCSeq: 2 OPTIONS\n", " call_id=1 cseq=2\n", NULL},
    {"a name without <>", NULL,
     "To: \"Alice\" sip:alice@x;tag=1\r\nFrom: Alice B sip:al@x;epid=1f\r\n",
     " from=sip:al@x to=sip:alice@x epid=1f\n", NULL},
    {"a Contact without <>", RESPONSE, "Contact: sip:hs2.contoso.com\r\n",
     " contact=sip:hs2.contoso.com\n", NULL},
    {"a blank before >", NULL, "From: <sip:al@x >;tag=1\r\nTo: < sip:alice@x >\r\n",
     " from=sip:al@x to=sip:alice@x\n", NULL},
    {"epid before tag, in capitals", NULL, "From: \"x\" <sip:a@x>;EPID=0A0B0C0D0E0F;tag=9\r\n",
     " from=sip:a@x epid=0A0B0C0D0E0F\n", NULL},
    {"epid of To when From has none", NULL, "From: <sip:s@x>;tag=1\r\nTo: <sip:a@x>;epid=0b\r\n",
     " epid=0b\n", NULL},
    {"epid of From before that of To", NULL, "To: <sip:a@x>;epid=0b\r\nFrom: <sip:s@x>;epid=0c\r\n",
     " epid=0c\n", NULL},
    {"CSeq of a method unknown", NULL, "CSeq: 7 SERVICE\r\n", " cseq=7\n", NULL},
    {"CSeq of 32 bits", NULL, "CSeq: 4294967295 OPTIONS\r\n", " cseq=4294967295\n", NULL},
    {"CSeq beyond 32 bits", NULL, "CSeq: 4294967296 OPTIONS\r\n",
     "CSeq against the grammar offset=37", " cseq="},
    {"Expires", NULL, "Expires: 0\r\n", " expires=0\n", NULL},
    {"Expires that is no number", NULL, "Expires: soon\r\n",
     "Expires against the grammar offset=37", " expires="},
    {"Event with parameters", NULL, "Event: presence;id=3\r\n", " event=presence\n", NULL},
    {"Contact with instance", NULL,
     "Contact: <sip:1.2.3.4;transport=tls>;+sip.instance=\"<urn:uuid:AB>\";expires=60\r\n",
     " contact=sip:1.2.3.4;transport=tls contact_expires=60 instance=urn:uuid:AB\n", NULL},
    {"Call-ID twice: the first counts", NULL, "Call-ID: 1\r\nCall-ID: 2\r\n", " call_id=1\n",
     " call_id=2"},
    {"Call-ID twice is malformed", NULL, "Call-ID: 1\r\nCall-ID: 2\r\n",
     "malformed in=1 what=header that may stand only once offset=49", " call_id=2"},
    {"a line without colon", NULL, "what\r\nCall-ID: 1\r\n",
     "malformed in=1 what=header line without name offset=37", " call_id=\n"},
    {"an open <", NULL, "From: <sip:a@x\r\nCall-ID: 1\r\n",
     "what=From against the grammar offset=37", " from="},
    {"Server and Date", RESPONSE, "Server: RTC/6.0\r\nDate: Tue, 14 May 2019 08:02:11 GMT\r\n",
     " server=RTC/6.0 date=Tue, 14 May 2019 08:02:11 GMT", NULL},
    {"a remote user", RESPONSE, "ms-user-logon-data: RemoteUser\r\n", " remote_user=1\n", NULL},
    {"challenges in the server's order", RESPONSE,
     "WWW-Authenticate: NTLM realm=\"r\", targetname=\"fe.x\", version=4\r\n"
     "WWW-Authenticate: Kerberos realm=\"r\", targetname=\"sip/fe.x\", version=4\r\n"
     "WWW-Authenticate: TLS-DSK realm=\"r\", targetname=\"fe.x\", version=4, "
     "sts-uri=\"https://p.x:443/CertProv/CertProvisioningService.svc\"\r\n",
     " auth_schemes=NTLM,Kerberos,TLS-DSK "
     "sts_uri=https://p.x:443/CertProv/CertProvisioningService.svc "
     "targetname=fe.x\n", NULL},
    {"challenges in one line", RESPONSE,
     "Proxy-Authenticate: NTLM realm=\"a, b c\", Kerberos targetname=\"sip/k.x\", Negotiate\r\n",
     " auth_schemes=NTLM,Kerberos,Negotiate targetname=k.x\n", NULL},
    {"a challenge without parameters", RESPONSE, "WWW-Authenticate: NTLM\r\n",
     " auth_schemes=NTLM\n", NULL},
    {"a quote that never closes", RESPONSE,
     "Proxy-Authenticate: NTLM realm=\"r\", targetname=\"hs1.x', qop=\"auth\"\r\n",
     " auth_schemes=NTLM ", " opaque="},
    {"handle of a signed answer", RESPONSE,
     "Authentication-Info:\r\n Kerberos rspauth=\"60230609\", srand=\"669CF161\", snum=\"7\", "
     "opaque=\"C71765D4\", targetname=\"sip/s.x\"\r\n", " opaque=C71765D4 targetname=s.x signed=1\n",
     "60230609"},
    {"a handle that is no hex", RESPONSE,
     "WWW-Authenticate: NTLM realm=\"r\", opaque=\"secret!\"\r\n", " auth_schemes=NTLM\n", "secret"},
    {"a handle that is long", RESPONSE,
     "WWW-Authenticate: NTLM realm=\"r\", opaque=\"00112233445566778899aabbccddeeff\"\r\n",
     " auth_schemes=NTLM\n", "0011"},
    {"opaque of Digest", RESPONSE, "WWW-Authenticate: Digest realm=\"r\", opaque=\"5ccc\"\r\n",
     " auth_schemes=Digest opaque=5ccc\n", NULL},
    {"no credentials", NULL, "Call-ID: 1\r\n", " auth_leg=bare ", " auth_scheme="},
    {"NTLM begins with nothing", NULL,
     "Authorization: NTLM qop=\"auth\", realm=\"r\", targetname=\"t\", gssapi-data=\"\", "
     "version=4\r\n", " auth_scheme=NTLM auth_leg=first\n", NULL},
    {"NTLM answers", NULL,
     "Proxy-Authorization: NTLM qop=\"auth\", realm=\"r\", opaque=\"2BDBAC9D\", "
     "gssapi-data=\"TlRMTVNTUAADAAAAGAAYAHIAAADGAMYAigAA\", crand=\"x\", response=\"0100\"\r\n",
     " auth_scheme=NTLM auth_leg=answer opaque=2BDBAC9D signed=1\n", "TlRM"},
    {"NTLM answers without handle", NULL,
     "Authorization: NTLM gssapi-data=\"TlRMTVNTUAADAAAAGAAYAHIAAADGAMYAigAA\"\r\n",
     " auth_scheme=NTLM auth_leg=answer\n", "TlRM"},
    {"Kerberos has one token", NULL,
     "Authorization: Kerberos qop=\"auth\", realm=\"r\", targetname=\"sip/t\", "
     "gssapi-data=\"YIIKWgYGKwYB\", "
     "response=\"60\"\r\n", " auth_scheme=Kerberos auth_leg=first\n", "YII"},
    {"TLS-DSK goes on with a handle", NULL,
     "Authorization: TLS-DSK qop=\"auth\", opaque=\"F7550E1D\", gssapi-data=\"FgMBAAQLAAAA\"\r\n",
     " auth_scheme=TLS-DSK auth_leg=answer opaque=F7550E1D\n", "FgMB"},
    {"a user of Digest", NULL,
     "Authorization: Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"dcd98b\", "
     "uri=\"sip:bob@biloxi.com\", response=\"6629fae4\"\r\n",
     " auth_scheme=Digest auth_leg=answer user=bob\n", "6629"},
    {"signed", NULL,
     "Authorization: TLS-DSK qop=\"auth\", opaque=\"F7550E1D\", crand=\"a\", cnum=\"1\", "
     "response=\"5f0c\"\r\n", " auth_scheme=TLS-DSK auth_leg=signed opaque=F7550E1D signed=1\n", "5f0c"},
    {"values without quotes", NULL,
     "Proxy-Authorization: Kerberos realm=Contoso RTC Provider, gssapi-data=8234, "
     "opaque=CDEF1245\r\n", " auth_scheme=Kerberos auth_leg=answer opaque=CDEF1245\n", "8234"},
    {"a token alone", NULL, "Authorization: Negotiate YIIKWgYGKwYBBQUCoIIKTjCCCg==\r\n",
     " auth_scheme=Negotiate auth_leg=first\n", "YII"},
    {"diagnostics", RESPONSE,
     "ms-diagnostics: 4005;reason=\"Destination; does not "
     "exist\";source=\"pool.x\";appName=\"A\"\r\n",
     " ms_diagnostics{code:4005 reason:\"Destination; does not exist\" source:\"pool.x\" "
     "appName:\"A\"}", NULL},
    {"diagnostics with blanks, reason last", RESPONSE,
     "Ms-Diagnostics: 1017; summary=\"s\"; source=\"p\"; REASON=\"r\"\r\n",
     " ms_diagnostics{code:1017 reason:\"r\" source:\"p\" summary:\"s\"}", NULL},
    {"public diagnostics", RESPONSE, "ms-diagnostics-public: 4141;reason=\"User disabled\"\r\n",
     " ms_diagnostics{code:4141 reason:\"User disabled\"}", "ms_diagnostics_all"},
    {"several diagnostics", RESPONSE,
     "ms-diagnostics-public: 1;reason=\"a\"\r\nms-diagnostics: 2;reason=\"b\"\r\n"
     "ms-diagnostics: "
     "3\r\n",
     " ms_diagnostics{code:2 reason:\"b\"} "
     "ms_diagnostics_all{code:1 reason:\"a\"}{code:2 reason:\"b\"}{code:3}", NULL},
    {"the client's own diagnostics are not the server's", RESPONSE,
     "ms-client-diagnostics: 51007;reason=\"x\"\r\n",
     "sip.response status=401 reason=Unauthorized client_diagnostics{code:51007 reason:\"x\"}\n",
     " diagnostics{"},
};
/* clang-format on */

static void header_line(void **state)
{
    const struct line_case *c = *state;
    struct play p;

    open_sip(&p, SGS_TCP);
    enum sgs_dir dir = c->start ? SGS_S2C : SGS_C2S;
    play_text(&p, dir, c->start ? c->start : REQUEST);
    play_text(&p, dir, c->lines);
    play_text(&p, dir, "\r\n");
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, c->want);
    has_not(out, c->bad ? c->bad : "malformed");
    play_close(&p);
}

/* start lines, by the probe: RFC 3261, section 7 */

extern const struct sgs_dissector sgs_dissector_sip;

static void recognised(void **state)
{
    static const struct {
        const char *head;
        enum sgs_guess want;
    } rows[] = {
        {"REGISTER sip:contoso.com SIP/2.0\r\n",        SGS_SURE },
        {"NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\r\n",    SGS_SURE },
        {"BENOTIFY sips:a@x SIP/2.0\r\nVia",            SGS_SURE },
        {"INVITE tel:+49-89 SIP/2.0\r\n",               SGS_SURE },
        {"INVITE urn:service:sos SIP/2.0\r\n",          SGS_SURE },
        {"REGISTER sip:contoso",                        SGS_SURE },
        {"SIP/2.0 401 Unauthorized\r\n",                SGS_SURE },
        {"SIP/2.0 200",                                 SGS_SURE },
        {"\r\n\r\nSIP/2.0 200 OK\r\n",                  SGS_SURE },
        {"REGIS",                                       SGS_SHORT},
        {"REGISTER si",                                 SGS_SHORT},
        {"SIP/2.0 2",                                   SGS_SHORT},
        {"S",                                           SGS_SHORT},
        {"\r\n\r\n",                                    SGS_SHORT},
        {"GET / HTTP/1.1\r\n",                          SGS_NO   },
        {"GET sip:a HTTP/1.1\r\n",                      SGS_NO   },
        {"HTTP/1.1 200 OK\r\n",                         SGS_NO   },
        {"SIP/2.0 2000 OK\r\n",                         SGS_NO   },
        {"SIP/2.0 99 OK\r\n",                           SGS_NO   },
        {"SIP/3.0 200 OK\r\n",                          SGS_NO   },
        {" REGISTER sip:contoso.com SIP/2.0\r\n",       SGS_NO   },
        {"REGISTER  SIP/2.0\r\n",                       SGS_NO   },
        {"\x16\x03\x01",                                SGS_NO   },
        {"REGISTERREGISTERREGISTERREGISTERREGISTER s ", SGS_NO   },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_slice head = sgs_slice(rows[i].head, strlen(rows[i].head));
        if (sgs_dissector_sip.probe(head, SGS_C2S) != rows[i].want) {
            fail_msg("guess of \"%s\"", rows[i].head);
        }
    }
}

/* framing */

#define MESSAGE(id, body_len, body)                                                                \
    "MESSAGE sip:b@x SIP/2.0\r\nCall-ID: " id "\r\nContent-Length: " body_len "\r\n\r\n" body

/* Keep-alives, messages that share a segment, a missing Content-Length, a body with a start line.
 */
static const char stream[] = "\r\n\r\n" MESSAGE("1", "5", "hello") "\r\n" MESSAGE(
    "2", "18", "SIP/2.0 200 OK\r\n\r\n") "OPTIONS sip:b@x SIP/2.0\r\ni: 3\r\n\r\n\r\n\r\n"
                                         "OPTIONS sip:b@x SIP/2.0\r\ni: 4\r\nl: 0\r\n\r\n";

static const char stream_events[] =
    "#1 sip.keep_alive\n"
    "#2 sip.request method=MESSAGE uri=sip:b@x auth_leg=bare body_octets=5 call_id=1\n"
    "#3 sip.request method=MESSAGE uri=sip:b@x auth_leg=bare body_octets=18 call_id=2\n"
    "#4 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare call_id=3\n"
    "#5 sip.keep_alive\n"
    "#6 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare call_id=4\n";

static void stream_at_once(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, stream);
    assert_string_equal(play_end(&p, SGS_END_FIN), stream_events);
    play_close(&p);
}

static void stream_octet_by_octet(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_slowly(&p, SGS_C2S, stream);
    assert_string_equal(play_end(&p, SGS_END_FIN), stream_events);
    play_close(&p);
}

/* A start line is not found inside a line, however the octets come. */
static void garbage_between(void **state)
{
    static const char octets[] = "junk REGISTER sip:x SIP/2.0\r\nSIP/2.0 200 OK\r\n\r\n" MESSAGE(
        "1", "0", "") "junk\r\n" MESSAGE("2", "0", "");
    static const char want[] =
        "#1 malformed what=no start line where a message must begin offset=0\n"
        "#2 sip.request method=MESSAGE uri=sip:b@x auth_leg=bare call_id=1\n"
        "#3 malformed what=no start line where a message must begin offset=0\n"
        "#4 sip.request method=MESSAGE uri=sip:b@x auth_leg=bare call_id=2\n";
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, octets);
    assert_string_equal(play_end(&p, SGS_END_FIN), want);
    play_close(&p);
    open_sip(&p, SGS_TCP);
    play_slowly(&p, SGS_C2S, octets);
    assert_string_equal(play_end(&p, SGS_END_FIN), want);
    play_close(&p);
}

static void gap_in_a_head(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPT");
    play_gap(&p, SGS_C2S, 10);
    play_text(&p, SGS_C2S, "l: 400\r\n\r\nSIP/2.0 200 OK\r\n\r\n" MESSAGE("2", "0", ""));
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "sip.request method=OPTIONS uri=sip:b@x auth_leg=bare call_id=1 cut=1\n");
    has(out, "sip.request method=MESSAGE uri=sip:b@x auth_leg=bare call_id=2\n");
    has_not(out, "malformed");
    has_not(out, "sip.response");
    play_close(&p);
}

static void gap_in_a_body(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, MESSAGE("1", "10", "abc"));
    play_gap(&p, SGS_C2S, 4);
    play_text(&p, SGS_C2S, "xyz" MESSAGE("2", "0", ""));
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "method=MESSAGE uri=sip:b@x auth_leg=bare body_octets=10 call_id=1 cut=1\n");
    has(out, "method=MESSAGE uri=sip:b@x auth_leg=bare call_id=2\n");
    has_not(out, "malformed");
    play_close(&p);
}

/* Bodies end without a line end, and the next message stands right behind. */
static void gap_before_the_end_of_a_body(void **state)
{
    static const char *const ends[] = {"</publications>", "{\"a\":1}", "a b c", "ab\r\nxyz"};
    static const char *const starts[] = {MESSAGE("2", "0", ""),
                                         "SIP/2.0 200 OK\r\nCall-ID: 2\r\n\r\n"};

    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct play p;
            open_sip(&p, SGS_TCP);
            play_text(&p, SGS_C2S, MESSAGE("1", "0", ""));
            play_gap(&p, SGS_C2S, 1000);
            play_text(&p, SGS_C2S, ends[i]);
            play_text(&p, SGS_C2S, starts[k]);
            play_text(&p, SGS_C2S, MESSAGE("3", "0", ""));
            const char *out = play_end(&p, SGS_END_FIN);
            has(out, " call_id=2\n");
            has(out,
                k == 0 ? " method=MESSAGE uri=sip:b@x auth_leg=bare call_id=2" : "sip.response ");
            has(out, " call_id=3\n");
            has_not(out, "malformed");
            play_close(&p);
        }
    }
}

/* What only looks like a start line: no header follows, no address, a number that is none. */
static void no_start_line_inside_a_line(void **state)
{
    static const char *const octets[] = {
        "<a>MESSAGE sip:b@x SIP/2.0\r\n<b>\r\n", "<a>MESSAGE b SIP/2.0\r\nCall-ID: 2\r\n\r\n",
        "<a>MESSAGE  sip:b@x SIP/2.0x\r\nCall-ID: 2\r\n\r\n",
        "<a>SIP/2.0 20 OK\r\nCall-ID: 2\r\n\r\n", "<a>> sip:b@x SIP/2.0\r\nCall-ID: 2\r\n\r\n"};

    for (size_t i = 0; i < sizeof octets / sizeof *octets; i++) {
        struct play p;
        open_sip(&p, SGS_TCP);
        play_text(&p, SGS_C2S, MESSAGE("1", "0", ""));
        play_gap(&p, SGS_C2S, 1000);
        play_text(&p, SGS_C2S, octets[i]);
        play_text(&p, SGS_C2S, MESSAGE("3", "0", ""));
        const char *out = play_end(&p, SGS_END_FIN);
        has_not(out, "call_id=2");
        has(out, " call_id=3\n");
        play_close(&p);
    }
}

static void length_beyond_the_cap(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, MESSAGE("1", "4294967296000", "x\r\n") MESSAGE("2", "0", ""));
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "limit what=sip.body number=1048576\n");
    has(out, " call_id=1 cut=1\n");
    has(out, " call_id=2\n");
    play_close(&p);
}

static void head_beyond_the_cap(void **state)
{
    static const char line[] = "X: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789a\r\n";
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\n");
    for (size_t n = 0; n < 2u * SGS_MAX_SIP_HEAD; n += sizeof line - 1) {
        play_text(&p, SGS_C2S, line);
    }
    play_text(&p, SGS_C2S, "\r\n" MESSAGE("2", "0", ""));
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "limit what=sip.head number=65536\n");
    has(out, "what=sip.headers number=256\n");
    has(out, " call_id=1 cut=1\n");
    has(out, " call_id=2\n");
    play_close(&p);
}

/* sofia-sip takes quadratic time for parameters: it never sees so many. */
static void parameters_beyond_the_cap(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\nFrom: <sip:a@x>");
    for (unsigned i = 0; i <= SGS_MAX_SIP_PARAMS; i++) {
        play_text(&p, SGS_C2S, ";a");
    }
    play_text(&p, SGS_C2S, "\r\n\r\n");
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "what=sip.params number=512\n");
    has(out, " call_id=1\n");
    play_close(&p);
}

static void datagrams(void **state)
{
    static const uint8_t nothing[] = {0, 0, 0, 0};
    struct play p;

    open_sip(&p, SGS_UDP);
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\n\r\nall of it");
    play_text(&p, SGS_C2S, "\r\n\r\n");
    play_push(&p, SGS_C2S, sgs_slice(nothing, sizeof nothing));
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 2\r\nl: 3\r\n\r\nabcde");
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 3\r\nl: 9\r\n\r\nabcde");
    play_text(&p, SGS_C2S, "OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 4");
    play_text(&p, SGS_C2S, "no message");
    play_frame(&p);
    sgs_stream_push(p.stream, SGS_C2S, SGS_LIT("OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 5\r\nCSeq: 12"),
                    true, &p.origin);
    assert_string_equal(
        play_end(&p, SGS_END_IDLE),
        "#1 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare body_octets=9 call_id=1\n"
        "#2 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare body_octets=3 call_id=2\n"
        "#4 malformed in=3 what=Content-Length beyond the end of the message offset=45\n"
        "#3 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare body_octets=5 call_id=3\n"
        "#5 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare call_id=4\n"
        "#6 malformed what=datagram without start line offset=0\n"
        "#7 sip.request method=OPTIONS uri=sip:b@x auth_leg=bare call_id=5 cut=1\n");
    play_close(&p);
}

/* transactions */

static void tied_by_call_and_number(void **state)
{
    struct play p;
    const char *out = play_both(&p,
                                "REGISTER sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 REGISTER\r\n\r\n"
                                "REGISTER sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 2 REGISTER\r\n\r\n"
                                "REGISTER sip:x SIP/2.0\r\nCall-ID: b\r\nCSeq: 1 REGISTER\r\n\r\n",
                                "SIP/2.0 401 x\r\nCall-ID: b\r\nCSeq: 1 REGISTER\r\n\r\n"
                                "SIP/2.0 401 x\r\nCall-ID: a\r\nCSeq: 1 REGISTER\r\n\r\n"
                                "SIP/2.0 200 x\r\nCall-ID: a\r\nCSeq: 2 REGISTER\r\n\r\n"
                                "SIP/2.0 200 x\r\nCall-ID: a\r\nCSeq: 2 SUBSCRIBE\r\n\r\n"
                                "SIP/2.0 200 x\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n");

    has(out, "status=401 reason=x request=3 call_id=b");
    has(out, "status=401 reason=x request=1 call_id=a");
    has(out, "status=200 reason=x request=2 call_id=a cseq=2 cseq_method=REGISTER\n");
    has(out, "status=200 reason=x call_id=a cseq=2 cseq_method=SUBSCRIBE\n");
    has(out, "status=200 reason=x call_id=c");
    play_close(&p);
}

static void tied_by_branch(void **state)
{
    struct play p;
    const char *out = play_both(
        &p,
        "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z1\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n"
        "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z2\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n",
        "SIP/2.0 180 x\r\nVia: SIP/2.0/TCP h;branch=z2;received=1.2.3.4\r\ni: a\r\n"
        "CSeq: 1 INVITE\r\n\r\n"
        "SIP/2.0 180 y\r\nVia: SIP/2.0/TCP h;branch=z3\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n");

    has(out, "status=180 reason=x request=2 ");
    has(out, "status=180 reason=y call_id=a");
    play_close(&p);
}

/* A request sent again is the same until its final response; then the same numbers are a new one.
 */
static void sent_again(void **state)
{
    static const char request[] = "OPTIONS sip:x SIP/2.0\r\ni: a\r\nCSeq: 1 OPTIONS\r\n\r\n";
    struct play p;

    open_sip(&p, SGS_UDP);
    play_text(&p, SGS_C2S, request);
    play_text(&p, SGS_C2S, request);
    play_text(&p, SGS_S2C, "SIP/2.0 200 one\r\ni: a\r\nCSeq: 1 OPTIONS\r\n\r\n");
    play_text(&p, SGS_S2C, "SIP/2.0 200 two\r\ni: a\r\nCSeq: 1 OPTIONS\r\n\r\n");
    play_text(&p, SGS_C2S, request);
    play_text(&p, SGS_S2C, "SIP/2.0 200 three\r\ni: a\r\nCSeq: 1 OPTIONS\r\n\r\n");
    play_text(&p, SGS_C2S, "SIP/2.0 200 four\r\ni: a\r\nCSeq: 1 OPTIONS\r\n\r\n");
    const char *out = play_end(&p, SGS_END_IDLE);
    has(out, "reason=one request=1 ");
    has(out, "reason=two request=1 ");
    has(out, "reason=three request=5 ");
    has(out, "reason=four call_id=a"); /* nobody answers himself */
    play_close(&p);
}

static void asked_by_the_server(void **state)
{
    struct play p;

    open_sip(&p, SGS_TCP);
    play_text(&p, SGS_S2C, "NOTIFY sip:x SIP/2.0\r\ni: a\r\nCSeq: 1 NOTIFY\r\n\r\n");
    play_text(&p, SGS_C2S, "SIP/2.0 200 x\r\ni: a\r\nCSeq: 1 NOTIFY\r\n\r\n");
    has(play_end(&p, SGS_END_FIN), "status=200 reason=x request=1 ");
    play_close(&p);
}

static void many_transactions(void **state)
{
    struct play p;
    char text[128];

    open_sip(&p, SGS_TCP);
    for (unsigned i = 0; i <= SGS_MAX_SIP_PENDING; i++) {
        (void)snprintf(text, sizeof text, "INFO sip:x SIP/2.0\r\ni: a\r\nCSeq: %u INFO\r\n\r\n", i);
        play_text(&p, SGS_C2S, text);
    }
    play_text(&p, SGS_S2C,
              "SIP/2.0 200 old\r\ni: a\r\nCSeq: 0 INFO\r\n\r\n"
              "SIP/2.0 200 next\r\ni: a\r\nCSeq: 1 INFO\r\n\r\n");
    const char *out = play_end(&p, SGS_END_FIN);
    has(out, "limit in=1025 what=sip.pending number=1024\n");
    has(out, "reason=old call_id=a");
    has(out, "reason=next request=2 ");
    play_close(&p);
}

/* The registrar lists the contacts of all the user's endpoints: [MS-SIPREGE], section 3. */
#define OTHERS "<sip:10.0.0.1>;expires=60;+sip.instance=\"<urn:uuid:11>\""
#define OURS "<sip:10.0.0.2>;expires=7200;+sip.instance=\"<urn:uuid:ab>\""
#define REGISTER                                                                                   \
    "REGISTER sip:x SIP/2.0\r\ni: a\r\nCSeq: 1 REGISTER\r\nContact: "                              \
    "<sip:10.0.0.2>;+sip.instance=\"<urn:uuid:AB>\"\r\n\r\n"
#define REGISTERED(contacts) "SIP/2.0 200 x\r\ni: a\r\nCSeq: 1 REGISTER\r\n" contacts "\r\n"

static void own_contact(void **state)
{
    struct play p;

    has(play_both(&p, REGISTER, REGISTERED("Contact: " OTHERS ", " OURS "\r\n")),
        " contact=sip:10.0.0.1 contact_expires=7200 registered_endpoints=2\n");
    play_close(&p);
    has(play_both(&p, REGISTER, REGISTERED("m: " OTHERS "\r\nm: " OURS "\r\n")),
        " contact=sip:10.0.0.1 contact_expires=7200 registered_endpoints=2\n");
    play_close(&p);
    has(play_both(&p, "", REGISTERED("Contact: <sip:10.0.0.3>;expires=900\r\n")),
        " contact=sip:10.0.0.3 contact_expires=900 registered_endpoints=1\n");
    play_close(&p);
    has(play_both(&p, "", REGISTERED("m: " OTHERS "\r\nm: " OURS "\r\n")),
        " contact=sip:10.0.0.1 registered_endpoints=2\n");
    play_close(&p);
    has(play_both(&p, "", REGISTERED("m: " OTHERS ", " OTHERS "\r\n")),
        " registered_endpoints=1\n");
    play_close(&p);
}

/* Whole sign-in: no octet of a token or signature comes out. */
static void no_secrets(void **state)
{
    static const char *const secrets[] = {"TlRM", "0100000", "0a1b2c", "9616454F"};
    struct play p;

    open_sip(&p, SGS_TCP);
    play_sample(&p, "sip/register-ntlm.bin");
    const char *out = play_end(&p, SGS_END_FIN);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        has_not(out, secrets[i]);
    }
    has(out, " auth_leg=bare ");
    has(out, " auth_leg=first ");
    has(out, " auth_leg=answer ");
    has(out, " auth_leg=signed ");
    has(out, " contact_expires=7200 ");
    has(out, " ntlm.challenge in=4 target=Server carrier=sip ");
    has(out, " ntlm.authenticate in=6 user=User carrier=sip domain=Domain ");
    has_not(out, "malformed");
    play_close(&p);
}

#define N_LINES (sizeof line_cases / sizeof *line_cases)

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(recognised),
        cmocka_unit_test(stream_at_once),
        cmocka_unit_test(stream_octet_by_octet),
        cmocka_unit_test(garbage_between),
        cmocka_unit_test(gap_in_a_head),
        cmocka_unit_test(gap_in_a_body),
        cmocka_unit_test(gap_before_the_end_of_a_body),
        cmocka_unit_test(no_start_line_inside_a_line),
        cmocka_unit_test(length_beyond_the_cap),
        cmocka_unit_test(head_beyond_the_cap),
        cmocka_unit_test(parameters_beyond_the_cap),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(tied_by_call_and_number),
        cmocka_unit_test(tied_by_branch),
        cmocka_unit_test(sent_again),
        cmocka_unit_test(asked_by_the_server),
        cmocka_unit_test(many_transactions),
        cmocka_unit_test(own_contact),
        cmocka_unit_test(no_secrets),
    };
    struct CMUnitTest tests[N_LINES + sizeof single / sizeof *single];
    size_t n = 0;

    for (size_t i = 0; i < N_LINES; i++) {
        tests[n++] = (struct CMUnitTest){.name = line_cases[i].name,
                                         .test_func = header_line,
                                         .initial_state = (void *)(uintptr_t)&line_cases[i]};
    }
    memcpy(tests + n, single, sizeof single);
    return cmocka_run_group_tests_name("sip", tests, NULL, NULL) != 0;
}
