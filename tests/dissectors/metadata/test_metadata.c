/* WSDL and WS-MetadataExchange; texts after [MS-OCAUTHWS], WSDL 1.1 and WS-SecurityPolicy. */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define WSDL                                                                                       \
    "xmlns:w='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/'"
#define POLICY                                                                                     \
    "xmlns:p='http://schemas.xmlsoap.org/ws/2004/09/policy' xmlns:u='http://docs.oasis-open.org/"  \
    "wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'"
#define AF "xmlns:af='urn:component:Microsoft.Rtc.WebAuthentication.2010'"
#define WTS "https://web.contoso.com/WebTicket/WebTicketService.svc"
#define PROOF "https://web.contoso.com/CertProv/CertProvisioningService.svc/WebTicket_Proof_SHA1"

struct row {
    const char *name;
    const char *reader;
    const char *text;
    const char *expected;
};

static const struct row rows[] = {
    {"certificate provisioning",                                        "metadata",
     "<w:definitions " WSDL " " POLICY ">"
     "<p:Policy u:Id='CertProvisioningServiceWebTicketProof_SHA1_policy'><p:ExactlyOne><p:All>"
     "<EndorsingSupportingTokens xmlns='urn:sp'><p:Policy><IssuedToken><Issuer><Address "
     "xmlns='http://www.w3.org/2005/08/addressing'>" WTS "</Address></Issuer></IssuedToken>"
     "</p:Policy></EndorsingSupportingTokens></p:All></p:ExactlyOne></p:Policy>"
     "<w:service name='CertProvisioningService'>"
     "<w:port name='CertProvisioningServiceWebTicketProof_SHA1' binding='t:B1'>"
     "<s:address location='" PROOF "'/></w:port></w:service></w:definitions>",
     "#1 service.metadata name=CertProvisioningService endpoints{"
     "name:\"CertProvisioningServiceWebTicketProof_SHA1\" url:\"" PROOF
     "\" wants:\"EndorsingSupportingTokens IssuedToken\" issuer:\"" WTS "\"}\n"                                                                             },

    {"web ticket service in a SOAP answer, with modern authentication", "soap",
     "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>"
     "<x:Metadata xmlns:x='http://schemas.xmlsoap.org/ws/2004/09/mex'><x:MetadataSection>"
     "<w:definitions " WSDL " " POLICY " " AF "><p:Policy u:Id='Negotiate'><p:All>"
     "<h:NegotiateAuthentication xmlns:h='urn:h'/><af:OAuth "
     "af:authorizationUri='https://login.windows.net/common/oauth2/authorize'/></p:All></p:Policy>"
     "<w:binding name='B2'><p:PolicyReference URI='#Negotiate'/></w:binding>"
     "<w:binding name='B3'><p:PolicyReference URI='#none'/></w:binding>"
     "<w:service name='S'><w:port name='WebTicketServiceWinNegotiate' binding='t:B2'><s:address "
     "location='" WTS "'/></w:port><w:port name='WsFedBearer' binding='B3'><a:EndpointReference "
     "xmlns:a='urn:a'><a:Address> " WTS "/WsFed_bearer </a:Address></a:EndpointReference></w:port>"
     "<w:port/></w:service><af:MSWebAuthentication><af:LiveIdEnvironment>PPE</af:LiveIdEnvironment>"
     "</af:MSWebAuthentication></w:definitions></x:MetadataSection></x:Metadata></e:Body>"
     "</e:Envelope>",                                                                                                                                     "#2 service.metadata in=1 name=S endpoints{name:\"WebTicketServiceWinNegotiate\" url:\"" WTS
     "\" wants:\"NegotiateAuthentication OAuth\"}{name:\"WsFedBearer\" url:\"" WTS
     "/WsFed_bearer\"}{} "
     "authorization_uri=https://login.windows.net/common/oauth2/authorize "
     "live_id_environment=PPE\n#1 soap.message operation=Metadata\n"                                                                   },

    {"cut",                                                             "metadata", "<Metadata><service name='S'><port name='A'><address location='http",
     "#1 service.metadata name=S cut=1 endpoints{name:\"A\"}\n"                                                                                             },

    {"no document",                                                     "metadata", "metadata",                                                           ""},
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, row->reader, true);
    play_text(&p, SGS_S2C, row->text);
    assert_string_equal(play_end(&p, SGS_END_FIN), row->expected);
    play_close(&p);
}

/* Little endian behind a byte order mark; the environment as an attribute. */
static void utf16(void **state)
{
    static const char text[] = "<Metadata><Auth LiveIdEnvironment='INT'/></Metadata>";
    uint8_t octets[2 * sizeof text] = {0xff, 0xfe};
    char head[256];
    struct play p;
    (void)state;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        octets[2 + 2 * i] = (uint8_t)text[i];
    }
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n",
                     sizeof octets);
    play_open(&p, "http1", true);
    play_text(&p, SGS_C2S, "GET /x.svc/mex HTTP/1.1\r\nHost: web.contoso.com\r\n\r\n");
    play_push(&p, SGS_S2C, sgs_slice(head, (size_t)n));
    play_push(&p, SGS_S2C, sgs_slice(octets, sizeof octets));
    assert_non_null(
        strstr(play_end(&p, SGS_END_FIN), "service.metadata in=2 live_id_environment=INT\n"));
    play_close(&p);
}

extern const struct sgs_dissector sgs_dissector_metadata;

static void probing(void **state)
{
    static const struct {
        const char *text;
        enum sgs_guess guess;
    } probes[] = {
        {"<?xml version='1.0'?><wsdl:definitions a='b'>", SGS_SURE},
        {"<Metadata>",                                    SGS_SURE},
        {"<Envelope>",                                    SGS_NO  },
        {"",                                              SGS_NO  },
    };
    (void)state;

    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_metadata.probe(head, SGS_S2C), probes[i].guess);
    }
}

int main(void)
{
    static struct CMUnitTest tests[N(rows) + 2];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){rows[i].name, one, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(probing);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(utf16);
    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL) != 0;
}
