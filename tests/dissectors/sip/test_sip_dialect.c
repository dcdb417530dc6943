/*
 * Headers of Microsoft's servers and clients.  Values are those of the examples in [MS-SIPREGE],
 * [MS-CONMGMT], [MS-OCER] and of published registrations; pairs of epid, +sip.instance and GRUU are
 * published ones, worked out again with Python's hashlib.
 */
#include "../play.h"

#include <signscope/limits.h>

#define REQUEST "REGISTER sip:contoso.com SIP/2.0\r\n"
#define RESPONSE "SIP/2.0 200 OK\r\n"
#define URN(uuid) "+sip.instance=\"<urn:uuid:" uuid ">\""
#define GRUU(coded) "gruu=\"sip:ada@contoso.com;opaque=user:epid:" coded ";gruu\""

struct line_case {
    const char *name;
    const char *start;
    const char *lines;
    const char *want;
    const char *bad; /* must not be there; NULL: "malformed" */
};

/* Rows whose texts take several lines cannot be aligned. */
/* clang-format off */
static const struct line_case cases[] = {
    {"options of several headers", REQUEST, "Supported: gruu-10, adhoclist,msrtc-event-categories\r\nsupported: ms-forking\r\nk: ms-cluster-failover\r\n",
     " supported=gruu-10,adhoclist,msrtc-event-categories,ms-forking,ms-cluster-failover\n", NULL},
    {"event packages", RESPONSE, "Allow-Events: vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts ,presence.wpending\r\nu: presence\r\n",
     " allow_events=vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,presence.wpending,presence\n", NULL},
    {"an empty list", REQUEST, "Supported:\r\nAllow-Events: ,\r\n", "auth_leg=bare\n", "supported"},
    {"a keep-alive is offered", REQUEST, "ms-keep-alive: UAC;hop-hop=yes\r\n", " keep_alive{role:\"UAC\" hop-hop:\"yes\"}\n", NULL},
    {"a keep-alive is answered", RESPONSE, "Ms-Keep-Alive: UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300\r\n",
     " keep_alive{role:\"UAS\" tcp:\"no\" hop-hop:\"yes\" end-end:\"no\" timeout:300}\n", NULL},
    {"a keep-alive that names no role", RESPONSE, "ms-keep-alive: timeout=60\r\n", " keep_alive{timeout:60}\n", NULL},
    {"the registrar's state", RESPONSE, "presence-state: register-action=\"added\"\r\n", " presence_state{register-action:\"added\"}\n", NULL},
    {"failover to another registrar", RESPONSE,
     "presence-state: register-action=\"refreshed\";primary-cluster-type=\"central\";is-connected-to-primary=\"no\"\r\n",
     " presence_state{register-action:\"refreshed\" primary-cluster-type:\"central\" is-connected-to-primary:\"no\"}\n", NULL},
    {"come back later", "SIP/2.0 503 Service Unavailable\r\n", "Retry-After: 127 (busy)\r\n", " retry_after=127 (busy)\n", NULL},
    {"warnings", RESPONSE, "Warning: 310 lcs.contoso.com \"The client is old, too\"\r\nWarning: 399 x \"b\"\r\n",
     " warning=310 lcs.contoso.com \"The client is old, too\",399 x \"b\"\n", NULL},
    {"reasons", REQUEST, "Reason: SIP;cause=487;text=\"Busy\"\r\n", " reasons=SIP;cause=487;text=\"Busy\"\n", NULL},
    {"the client's own view", REQUEST, "ms-client-diagnostics: 51007; reason=\"Call failed\"; CallerMediaDebug=\"a=1\"\r\nms-diagnostics-client: 52;source=\"x\"\r\n",
     " client_diagnostics{code:51007 reason:\"Call failed\" CallerMediaDebug:\"a=1\"}{code:52 source:\"x\"}\n", NULL},
    {"all diagnostics of one answer", "SIP/2.0 403 Forbidden\r\n",
     "ms-diagnostics: 4003;reason=\"User is not enabled for remote access\";source=\"fe01.contoso.com\"\r\n"
     "MS-Diagnostics: 1034;reason=\"Previous hop\";source=\"edge.contoso.com\"\r\nms-diagnostics-public: 4003;reason=\"User is not enabled for remote access\"\r\n",
     "{code:4003 reason:\"User is not enabled for remote access\" source:\"fe01.contoso.com\"}"
     "{code:1034 reason:\"Previous hop\" source:\"edge.contoso.com\"}{code:4003 reason:\"User is not enabled for remote access\"}\n", NULL},
    {"identities", REQUEST, "P-Asserted-Identity: \"Ada, L\"<sip:ada@contoso.com>,<tel:+14255550100>\r\n",
     " asserted=sip:ada@contoso.com,tel:+14255550100\n", NULL},
    {"a preferred identity", REQUEST, "P-Preferred-Identity: <sip:ada@contoso.com>\r\n", " asserted=sip:ada@contoso.com\n", NULL},
    {"another registrar", "NOTIFY sip:a@x SIP/2.0\r\n", "P-Preferred-Registrar: pool02.contoso.com:5061;transport=tls\r\n",
     " preferred_registrar=pool02.contoso.com:5061;transport=tls\n", NULL},
    {"ids for telemetry", RESPONSE, "ms-telemetry-id: 5DFA24FB-0A56-5A2E-8A4E-2E0F0A0B0C0D\r\nms-correlation-id: 4d5a\r\n",
     " correlation_id=4d5a telemetry_id=5DFA24FB-0A56-5A2E-8A4E-2E0F0A0B0C0D\n", NULL},
    {"a subscription that is over", "BENOTIFY sip:a@x SIP/2.0\r\n", "subscription-state: terminated;expires=0\r\n", " subscription_state=terminated\n", NULL},
    {"the first notification comes with the answer", RESPONSE, "ms-piggyback-cseq: 1\r\n", " piggyback_cseq=1\n", NULL},
    {"a piggyback that is no number", RESPONSE, "ms-piggyback-cseq: x\r\n", "sip.response", "piggyback"},
    {"where the client is", REQUEST, "ms-endpoint-location-data: NetworkScope;ms-media-location-type=Internet\r\n", " endpoint_location=Internet\n", NULL},
    {"behind a NAT", RESPONSE, "Via: SIP/2.0/TLS 192.168.1.23:52110;received=203.0.113.9;ms-received-port=61877;ms-received-cid=EA42B00\r\nVia: SIP/2.0/TLS x;received=192.0.2.1\r\n",
     " received=203.0.113.9:61877 received_cid=EA42B00\n", NULL},
    {"the port alone", RESPONSE, "v: SIP/2.0/TLS 10.20.7.44:52110;ms-received-port=52110;ms-received-cid=5D3F00\r\n",
     " received=:52110 received_cid=5D3F00\n", NULL},
    {"the address alone", RESPONSE, "Via: SIP/2.0/TCP h;branch=z9hG4bK1;received=2001:db8::1\r\n", " received=2001:db8::1\n", NULL},
    {"a request has not been received yet", REQUEST, "Via: SIP/2.0/TCP h;received=192.0.2.1\r\n", "sip.request", "received"},
    {"sent to the home pool", "SIP/2.0 301 Redirect request to Home Server\r\n", "Contact: <sip:pool02.contoso.com:5061;transport=tls>\r\nExpires: 2592000\r\n",
     " redirect=sip:pool02.contoso.com:5061;transport=tls", NULL},
    {"sent elsewhere for now, without brackets", "SIP/2.0 302 Moved Temporarily\r\n", "Contact: sip:hs2.contoso.com\r\n", " redirect=sip:hs2.contoso.com", NULL},
    {"a Contact that redirects nobody", RESPONSE, "Contact: <sip:a@h>\r\n", "contact=sip:a@h", "redirect"},
    {"secrets in free text", RESPONSE, "Warning: 399 x \"password=hunter2\"\r\n", " warning=399 x \"password=***", "hunter2"},

    {"the first published pair", REQUEST, "From: <sip:a@x>;epid=c8ca638a15\r\nContact: <sip:a@h>;" URN("34D859DB-6585-5F91-A3B4-DE853C15347D") "\r\n",
     " instance_fits=1\n", NULL},
    {"the second", REQUEST, "From: <sip:a@x>;epid=8248ca9ebb\r\nContact: <sip:a@h>;" URN("4233fd41-093b-5fd6-b5d2-651ed55969e6") "\r\n", " instance_fits=1\n", NULL},
    {"the third", REQUEST, "From: <sip:a@x>;epid=2ebb6f264f\r\nContact: <sip:a@h>;" URN("124841E4-264D-52E8-96C5-D22AA8CDC316") "\r\n", " instance_fits=1\n", NULL},
    {"of another endpoint", REQUEST, "From: <sip:a@x>;epid=2ebb6f2640\r\nContact: <sip:a@h>;" URN("124841E4-264D-52E8-96C5-D22AA8CDC316") "\r\n", " instance_fits=0\n", NULL},
    {"an instance that is no UUID", REQUEST, "From: <sip:a@x>;epid=1\r\nContact: <sip:a@h>;+sip.instance=\"<urn:uuid:12>\"\r\n", " instance=urn:uuid:12", "fits"},
    {"an instance that is no URN", REQUEST, "From: <sip:a@x>;epid=1\r\nContact: <sip:a@h>;+sip.instance=\"<124841E4-264D-52E8-96C5-D22AA8CDC316>\"\r\n", "sip.request", "fits"},
    {"an instance that is too long", REQUEST, "From: <sip:a@x>;epid=1\r\nContact: <sip:a@h>;" URN("124841E4-264D-52E8-96C5-D22AA8CDC31600") "\r\n", "sip.request", "fits"},
    {"an instance without epid", REQUEST, "Contact: <sip:a@h>;" URN("124841E4-264D-52E8-96C5-D22AA8CDC316") "\r\n", "sip.request", "fits"},
    {"an epid that is too long", REQUEST, "From: <sip:a@x>;epid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nContact: <sip:a@h>;"
     URN("124841E4-264D-52E8-96C5-D22AA8CDC316") "\r\n", "sip.request", "fits"},
    {"an address for the endpoint", RESPONSE, "Contact: <sip:a@h>;" URN("34d859db-6585-5f91-a3b4-de853c15347d") ";" GRUU("21nYNIVlkV-jtN6FPBU0fQAA") "\r\n",
     " gruu=sip:ada@contoso.com;opaque=user:epid:21nYNIVlkV-jtN6FPBU0fQAA;gruu gruu_fits=1\n", NULL},
    {"of another one", RESPONSE, "Contact: <sip:a@h>;" URN("34d859db-6585-5f91-a3b4-de853c15347d") ";" GRUU("Qf0zQjsJ1l-10mUe1Vlp5gAA") "\r\n", " gruu_fits=0\n", NULL},
    {"without the zeros", RESPONSE, "Contact: <sip:a@h>;" URN("34d859db-6585-5f91-a3b4-de853c15347d") ";" GRUU("21nYNIVlkV-jtN6FPBU0fQ") "\r\n", " gruu_fits=0\n", NULL},
    {"not base64", RESPONSE, "Contact: <sip:a@h>;" URN("34d859db-6585-5f91-a3b4-de853c15347d") ";" GRUU("21nY/") "\r\n", " gruu_fits=0\n", NULL},
    {"of a service", RESPONSE, "Contact: <sip:a@h>;" URN("34d859db-6585-5f91-a3b4-de853c15347d") ";gruu=\"sip:mras@x;gruu;opaque=srvr:MRAS:rg9K\"\r\n",
     " gruu=sip:mras@x;gruu;opaque=srvr:MRAS:rg9K", "fits"},
};
/* clang-format on */

static void header_lines(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct line_case *c = &cases[i];
        const char *bad = c->bad ? c->bad : "malformed";
        char text[4096];
        struct play p;
        (void)snprintf(text, sizeof text, "%s%s\r\n", c->start, c->lines);
        play_open(&p, "sip", true);
        play_text(&p, SGS_C2S, text);
        const char *out = play_end(&p, SGS_END_FIN);
        if (!strstr(out, c->want) || strstr(out, bad)) {
            fail_msg("%s: want \"%s\", not \"%s\", in\n%s", c->name, c->want, bad, out);
        }
        play_close(&p);
    }
}

/* More items than an event holds. */
static void a_long_list(void **state)
{
    char text[8192];
    size_t len = (size_t)snprintf(text, sizeof text, REQUEST "Supported: a");
    struct play p;

    for (size_t i = 0; i < 2 * SGS_MAX_EVENT_ITEMS; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, ",b%zu", i);
    }
    (void)snprintf(text + len, sizeof text - len, "\r\n\r\n");
    play_open(&p, "sip", true);
    play_text(&p, SGS_C2S, text);
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, " supported=a,b0,"));
    assert_non_null(strstr(out, ",b254"));
    assert_null(strstr(out, ",b256"));
    play_close(&p);
}

/* The client's question, then what comes instead of an answer. */
static const char *answered(struct play *p, const char *octets, bool slowly)
{
    play_open(p, "sip", true);
    play_text(p, SGS_C2S, REQUEST "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n");
    if (slowly) {
        play_slowly(p, SGS_S2C, octets);
    } else {
        play_text(p, SGS_S2C, octets);
    }
    return play_end(p, SGS_END_FIN);
}

static void a_web_server_answers(void **state)
{
    static const struct {
        const char *octets;
        const char *want, *bad;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n",
         "#2 proto.named status=400 request=1 name=HTTP/1.1 by=status line\n",                         "malformed"  },
        {"HTTP/1.0 502 x\r\n\r\nHTTP/1.0 502 x\r\n\r\n",
         "#2 proto.named status=502 request=1 name=HTTP/1.0 by=status line\n",                         "#3"         },
        {"HTTP/2.0 400 x\r\n\r\n",                                                        "malformed", "proto.named"},
        {"HTTP/1.1 no\r\n\r\n",                                                           "malformed", "proto.named"},
        {"SIP/2.0 401 x\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\nHTTP/1.1 400 x\r\n\r\n",
         "#3 proto.named status=400 name=HTTP/1.1 by=status line\n",                                   "malformed"  },
    };

    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct play p;
        const char *out = answered(&p, rows[i / 2].octets, i % 2);
        if (!strstr(out, rows[i / 2].want) || strstr(out, rows[i / 2].bad)) {
            fail_msg("want \"%s\", not \"%s\", in\n%s", rows[i / 2].want, rows[i / 2].bad, out);
        }
        play_close(&p);
    }
}

static size_t count(const char *out, const char *what)
{
    size_t n = 0;

    for (; (out = strstr(out, what)) != NULL; out++) {
        n++;
    }
    return n;
}

/* [MS-CONMGMT], section 3.5.6: CR LF CR LF; what ends a line is none. */
static void keep_alives(void **state)
{
    static const struct {
        const char *octets;
        size_t n;
    } rows[] = {
        {"\r\n\r\n",                1},
        {"\r\n",                    0},
        {"\r\n\r\n\r\n",            1},
        {"\r\n\r\n\r\n\r\n",        2},
        {"\r\n\r\n" REQUEST "\r\n", 1},
    };

    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct play p;
        play_open(&p, "sip", true);
        if (i % 2) {
            play_slowly(&p, SGS_C2S, rows[i / 2].octets);
        } else {
            play_text(&p, SGS_C2S, rows[i / 2].octets);
        }
        const char *out = play_end(&p, SGS_END_FIN);
        assert_int_equal(count(out, "sip.keep_alive"), rows[i / 2].n);
        assert_null(strstr(out, "malformed"));
        play_close(&p);
    }
}

static void many_keep_alives(void **state)
{
    struct play p;

    play_open(&p, "sip", true);
    for (size_t i = 0; i < 2 * SGS_MAX_SIP_PINGS; i++) {
        play_text(&p, SGS_C2S, "\r\n\r\n");
    }
    const char *out = play_end(&p, SGS_END_FIN);
    assert_int_equal(count(out, "sip.keep_alive"), SGS_MAX_SIP_PINGS);
    assert_int_equal(count(out, "limit what=sip.pings"), 1);
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_lines),         cmocka_unit_test(a_long_list),
        cmocka_unit_test(a_web_server_answers), cmocka_unit_test(keep_alives),
        cmocka_unit_test(many_keep_alives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
