/*
 * Bodies of SIP messages: provisioning and roaming data, error reports, the end of a registration,
 * several bodies in one.  Documents are made after the examples of [MS-SIPREGE], [MS-OCER], section
 * 3.1.4.1, and [MS-SIP], section 3.7.
 */
#include "../play.h"

#include <signscope/limits.h>

#define ASKED "application/vnd-microsoft-roaming-provisioning-v2+xml"
#define SELF "application/vnd-microsoft-roaming-self+xml"
#define CONTACTS "application/vnd-microsoft-roaming-contacts+xml"
#define REPORT "application/msrtc-reporterror+xml"
#define EVENT "text/registration-event"
#define GROUPS "xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification\""

struct body_case {
    const char *name;
    const char *media;
    const char *body;
    const char *want; /* NULL: nothing but the message */
    const char *bad;  /* must not be there; NULL: "malformed" */
};

/* Rows whose texts take several lines cannot be aligned. */
/* clang-format off */
static const struct body_case cases[] = {
    {"groups asked for", ASKED,
     "<provisioningGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist\"><provisioningGroup name=\"ServerConfiguration\"/>"
     "<provisioningGroup name=\"endpointConfiguration\" /></provisioningGroupList>",
     "provisioning.groups in=1 operation=provisioningGroupList groups=ServerConfiguration,endpointConfiguration\n", NULL},
    {"groups told", ASKED "; charset=utf-8",
     "<?xml version=\"1.0\"?>\r\n<!-- groups --><provisionGroupList " GROUPS "><provisionGroup name=\"ServerConfiguration\"><organization>Contoso</organization>"
     "<absInternalServerUrl>https://web.contoso.com/abs?token=abc</absInternalServerUrl><empty></empty><mrasUri>sip:mras@contoso.com</mrasUri></provisionGroup>"
     "<provisionGroup name=\"endpointConfiguration\"><propertyEntryList><property name=\"EnableTracing\">true</property>"
     "<property name=\"CustomStateUrl\"> https://web.contoso.com/state.xml </property><disableEmoticons>false</disableEmoticons></propertyEntryList></provisionGroup>"
     "<provisionGroup name=\"ucPolicy\"><enableUC>true</enableUC></provisionGroup></provisionGroupList>",
     "provisioning.groups in=1 operation=provisionGroupList links{absInternalServerUrl:\"https://web.contoso.com/abs?token=***\" mrasUri:\"sip:mras@contoso.com\" "
     "CustomStateUrl:\"https://web.contoso.com/state.xml\"} groups=ServerConfiguration,endpointConfiguration,ucPolicy "
     "settings{EnableTracing:\"true\" disableEmoticons:\"false\"}\n", NULL},
    {"a setting that is too long", ASKED,
     "<provisionGroupList><provisionGroup name=\"endpointConfiguration\"><IMWarning>"
     "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789</IMWarning></provisionGroup></provisionGroupList>",
     " groups=endpointConfiguration\n", "settings"},
    {"groups with prefixes, in a document that is cut", ASKED, "<p:provisionGroupList xmlns:p=\"x\"><p:provisionGroup name=\"ucPolicy\"><p:a>1",
     "provisioning.groups in=1 operation=provisionGroupList cut=1 groups=ucPolicy\n", NULL},
    {"roaming data asked for", SELF,
     "<roamingList xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\"><roaming type=\"categories\"/><roaming type=\"containers\"/>"
     "<roamingEx type=\"delegates\" xmlns=\"http://schemas.microsoft.com/2007/09/sip/roaming-self-ex\"/></roamingList>",
     "roaming.data in=1 operation=roamingList groups=categories,containers,delegates\n", NULL},
    {"roaming data told", SELF,
     "<roamingData><categories><category name=\"note\"/><category name=\"state\"/></categories><containers><container id=\"2\"/></containers>"
     "<subscribers><subscriber user=\"eve@contoso.com\"/></subscribers></roamingData>",
     "roaming.data in=1 operation=roamingData counts{category:2 container:1 subscriber:1}\n", "eve"},
    {"contacts", CONTACTS, "<contactList deltaNum=\"7\"><group id=\"1\" name=\"~\"/><contact uri=\"eve@contoso.com\" groups=\"1\"/><contact uri=\"x@y\"/></contactList>",
     "roaming.data in=1 operation=contactList counts{contact:2 group:1}\n", "eve"},
    {"a change of contacts", CONTACTS, "<contactDelta><addedContact uri=\"x@y\"/></contactDelta>", "roaming.data in=1 operation=contactDelta counts{addedContact:1}\n", NULL},
    {"no contacts", CONTACTS, "<contactList/>", "roaming.data in=1 operation=contactList\n", NULL},
    {"an error report", REPORT,
     "<reportError xmlns=\"http://schemas.microsoft.com/2006/09/sip/error-reporting\"><error toUri=\"sip:user@contoso.com\" callId=\"5ec5a21a\" fromTag=\"823b\" "
     "contentType=\"application/sdp;call-type=audiovideo\" responseCode=\"408\" requestType=\"INVITE\">"
     "<diagHeader>10000;reason=\"Gateway returned a SIP failure code\"</diagHeader><progressReports><progressReport>"
     "<diagHeader>12006;reason=\"Trying next hop\";appName=\"OutboundRouting\"</diagHeader></progressReport><progressReport>"
     "<diagHeader>12007;source=\"x\"</diagHeader></progressReport></progressReports></error></reportError>",
     "error.report in=1 method=INVITE status=408 ms_diagnostics{code:10000 reason:\"Gateway returned a SIP failure code\"} "
     "content_type=application/sdp;call-type=audiovideo call_id=5ec5a21a to=sip:user@contoso.com operation=reportError "
     "progress{code:12006 reason:\"Trying next hop\" appName:\"OutboundRouting\"}{code:12007 source:\"x\"}\n", NULL},
    {"an error report without an error", REPORT, "<reportError/>", "error.report in=1 operation=reportError\n", NULL},
    {"an error report whose status is no number", REPORT, "<reportError><error responseCode=\"x\" callId=\"1\"/></reportError>", "error.report in=1 call_id=1 operation=reportError\n", NULL},
    {"the user is disabled", EVENT, "deregistered;event=rejected", "registration.event in=1 why=rejected registration=deregistered\n", NULL},
    {"blanks around it", EVENT, "\r\n Deregistered ; event=preferred-registrar-change \r\n", "registration.event in=1 why=preferred-registrar-change registration=Deregistered\n", NULL},
    {"still registered", EVENT, "registered;event=userservices-unavailable", "registration.event in=1 why=userservices-unavailable registration=registered\n", NULL},
    {"a registration event that is none", EVENT, "hello", NULL, NULL},
    {"another document", SELF, "<other/>", NULL, NULL},
    {"a document type declaration", CONTACTS, "<!DOCTYPE a><contactList><contact/></contactList>", "malformed in=1 what=XML with a document type declaration", "roaming.data"},
    {"wrong XML", CONTACTS, "<contactList><contact></contactList>", "malformed in=1 what=XML is not well formed", "cut=1"},
    {"media that nobody reads", "application/sdp", "v=0\r\n", NULL, NULL},
    {"presence, which is not read", "application/msrtc-event-categories+xml", "<categories/>", NULL, NULL},

    {"two bodies", "multipart/related;type=\"application/rlmi+xml\";start=a;boundary=\"50UBfW7LSCVLtggUPe5z\"",
     "--50UBfW7LSCVLtggUPe5z\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <a>\r\nContent-Type: text/registration-event\r\n\r\n"
     "deregistered;event=unregistered\r\n--50UBfW7LSCVLtggUPe5z\r\ncontent-type:" CONTACTS ";charset=utf-8\r\n\r\n<contactList><contact/></contactList>\r\n"
     "--50UBfW7LSCVLtggUPe5z--\r\nepilogue",
     "registration.event in=1 why=unregistered registration=deregistered\n#3 roaming.data in=1 operation=contactList counts{contact:1}\n", NULL},
    {"line ends without CR, and hyphens inside", "multipart/mixed", "--b\nContent-Type: " EVENT "\n\nregistered;event=--b\n--b\n\nno type\n--b--\n", "registration.event in=1 why=--b registration=registered\n", NULL},
    {"bodies in a body", "multipart/mixed", "--b\nContent-Type: multipart/related\n\n--c\nContent-Type: " EVENT "\n\nregistered\n--c--\n--b--\n", "registration.event in=1 registration=registered\n", NULL},
    {"a part without a body", "multipart/mixed", "--b\r\nContent-Type: " EVENT "\r\n\r\n--b--", NULL, NULL},
    {"no last boundary", "multipart/mixed", "--b\r\nContent-Type: " EVENT "\r\n\r\nregistered;event=x", "registration.event in=1 why=x registration=registered\n", NULL},
    {"only a boundary", "multipart/mixed", "--b\r\n", NULL, NULL},
    {"hyphens alone", "multipart/mixed", "--\r\nContent-Type: " EVENT "\r\n\r\nregistered", "malformed in=1 what=a body of several parts without a boundary offset=0\n", "registration."},
    {"no multipart at all", "multipart/mixed", "hello", NULL, NULL},
};
/* clang-format on */

static const char *play_body(struct play *p, const char *media, const char *body, size_t len)
{
    char head[1024];

    (void)snprintf(head, sizeof head,
                   "NOTIFY sip:a@x SIP/2.0\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                   media, len);
    play_open(p, "sip", true);
    play_text(p, SGS_S2C, head);
    play_push(p, SGS_S2C, sgs_slice(body, len));
    return play_end(p, SGS_END_FIN);
}

static void bodies(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct body_case *c = &cases[i];
        const char *bad = c->bad                                    ? c->bad
                          : c->want && strstr(c->want, "malformed") ? "##"
                                                                    : "malformed";
        struct play p;
        const char *out = play_body(&p, c->media, c->body, strlen(c->body));
        bool is_alone = !strstr(out, "#2 ");
        if ((c->want ? !strstr(out, c->want) : !is_alone) || strstr(out, bad)) {
            fail_msg("%s: want \"%s\", not \"%s\", in\n%s", c->name, c->want ? c->want : "nothing",
                     bad, out);
        }
        play_close(&p);
    }
}

/* A body whose end is lost gives what is there. */
static void a_cut_body(void **state)
{
    struct play p;

    play_open(&p, "sip", true);
    play_text(&p, SGS_S2C,
              "NOTIFY sip:a@x SIP/2.0\r\nContent-Type: " CONTACTS
              "\r\nContent-Length: 500\r\n\r\n<contactList><contact/>");
    play_gap(&p, SGS_S2C, 100);
    const char *out = play_end(&p, SGS_END_FIN);
    if (!strstr(out, "roaming.data in=2 operation=contactList cut=1 counts{contact:1}\n")) {
        fail_msg("%s", out);
    }
    assert_null(strstr(out, "malformed"));
    play_close(&p);
}

static void many_parts(void **state)
{
    static const char part[] = "--b\r\nContent-Type: " EVENT "\r\n\r\nregistered\r\n";
    struct sgs_buf b;
    struct play p;
    unsigned n = 0;

    sgs_buf_init(&b, 1u << 20);
    for (unsigned i = 0; i < 2 * SGS_MAX_MULTIPART; i++) {
        assert_true(sgs_buf_add_str(&b, part));
    }
    const char *out = play_body(&p, "multipart/mixed", (const char *)b.ptr, b.len);
    for (const char *at = out; (at = strstr(at, "registration.event")) != NULL; at++) {
        n++;
    }
    assert_int_equal(n, SGS_MAX_MULTIPART);
    assert_non_null(strstr(out, "limit in=1 what=multipart.parts"));
    play_close(&p);
    sgs_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(a_cut_body),
        cmocka_unit_test(many_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
